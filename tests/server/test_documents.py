"""Files that a reviewer opens in the page and that are not as they should be: read where they can be, and else told."""

import pytest
from serving import JUDGED, Serving, problem


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Serving("--port", "0", folder=tmp_path_factory.mktemp("serve")) as started:
        yield started


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("draft.docx", b"PK\x03\x04 nothing", "damaged"),
        ("draft.pdf", b"%PDF-1.7 nothing", "damaged"),
        ("draft.xls", b"a", "table"),
        ("draft.txt", b"\x00\x01", "binary"),
        ("draft.txt", b"  \n ", "no text"),
        ("draft.txt", b"", "empty"),
        ("draft.txt", b"\x81\x8d\xe9 no text in any of both", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(server, name, data, said):
    detail = problem(server.send(data, name), 422)
    assert said in detail
    assert name in detail or not data


@pytest.mark.parametrize("name", ["draft.txt", "draft.md", "draft.html", "draft"])
def test_a_text_of_an_older_editor_is_read_and_that_is_said(server, name):
    text = f"The café’s “log” was kept. {JUDGED}"
    data = text if not name.endswith("html") else f"<html><body><p>{text}</p></body></html>"
    scored = server.send(data.encode("cp1252"), name).json()
    assert scored["paragraphs"][0]["text"] == text
    if not name.endswith("html"):
        assert "was read as Windows-1252 text" in scored["note"]
    assert server.send(data.encode(), name).json()["note"] is None
    made = server.post("/api/csv", {"upload": scored["upload"]})
    assert text.split(". ", maxsplit=1)[0] in made.content.decode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("draft.txt", b"\x81\x8d\xe9"),
        ("draft.txt", b"a\0b"),
        ("draft.csv", b"a,b"),
        ("draft.docx", b"PK"),
        ("draft.pdf", b"%PDF"),
        ("draft.odt", b"PK"),
        ("~$draft.docx", b"a"),
        ("long.txt", b"She rang. " * 210_000),
    ],
)
def test_nothing_of_the_command_line_is_advised_on_the_page(server, name, data):
    detail = problem(server.send(data, name), 422)
    assert "--" not in detail
    assert "bias-detect" not in detail
    assert ";" in detail  # but something is
