"""The API as the page uses it: the scored table, files to take along, and a description that tells the truth."""

import csv
import html
import io
import math
import os
import subprocess
import sys
import zipfile

import docx
import httpx
import pytest
from pdf_writer import Page, write_pdf
from serving import ENTRY, JUDGED, ROOT, TEXT, TOLD, Serving, assert_guarded, problem

import bias_detect
from bias_detect.server import schemas


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Serving("--port", "0", folder=tmp_path_factory.mktemp("serve")) as started:
        yield started


def _word(path):
    document = docx.Document()
    document.add_heading("Findings", level=1)
    document.add_paragraph(TOLD)
    paragraph = document.add_paragraph("Staff ")
    paragraph.add_run("should").bold = True
    paragraph.add_run(" have seen that he was in danger. It was late.")
    document.save(str(path))


def _pdf(path):
    pages = [Page().at(72, 700, "Findings", size=16, font="bold").at(72, 660, JUDGED), Page().at(72, 700, TOLD)]
    write_pdf(path, pages)


_WRITERS = {
    "draft.docx": _word,
    "draft.pdf": _pdf,
    "draft.html": lambda path: path.write_text(f"<html><body><h2>Findings</h2><p>{JUDGED}</p></body></html>"),
    "draft.md": lambda path: path.write_text(f"## Findings\n\n**Staff** {JUDGED[6:]}\n"),
    "draft.txt": lambda path: path.write_text(TEXT),
}


@pytest.fixture(params=_WRITERS)
def draft(request, tmp_path):
    path = tmp_path / request.param
    _WRITERS[request.param](path)
    return path


@pytest.fixture
def word_draft(tmp_path):
    path = tmp_path / "Child Ü – draft.docx"
    _word(path)
    return path


def _table(rows):
    return [
        {name: value for name, value in row.items() if name not in ("id", "flagged", "question", "meanings")}
        for row in rows
    ]


def _assert_same(rows, source):
    """The rows are those of the scored table; how many sentences are labelled at a time moves the 16th digit."""
    table = bias_detect.score(source)
    assert [list(row) for row in rows] == [list(table.columns)] * len(table)
    for name in table.columns:
        values = [None if isinstance(value, float) and math.isnan(value) else value for value in table[name].tolist()]
        numbers = name == "confidence" or name.startswith("p_")
        assert [row[name] for row in rows] == (pytest.approx(values, abs=1e-12) if numbers else values), name


TEXTS = {
    "plain": TEXT,
    "one line": f"{TOLD} {JUDGED}",
    "beyond the basic plane": f"🙂 {TOLD}\n\n𝔘nder “quotes” {JUDGED}\n{JUDGED}",
    "twice the same": f"{JUDGED}\n\n{JUDGED}\n\n{TOLD}\n\n{JUDGED}",
    "line ends": f"{TOLD}\r\n\r\n{JUDGED}\r\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_gives_the_scored_table(server, text):
    for _ in range(2):  # the second time out of memory
        answer = server.post("/api/score", {"text": text})
        assert answer.status_code == 200
        assert_guarded(answer)
        scored = answer.json()
        _assert_same(_table(scored["sentences"]), text)
        joined = "\n\n".join(place["text"] for place in scored["paragraphs"])
        assert all(joined[row["start"] : row["end"]] == row["sentence"] for row in scored["sentences"])
    assert sum(share["count"] for share in scored["shares"].values()) == len(scored["sentences"])
    assert sum(share["share"] for share in scored["shares"].values()) == pytest.approx(1)


def test_an_edited_text_gives_the_table_of_the_edited_text(server):
    paragraphs = [f"{TOLD} {JUDGED} It was {hour} o'clock." for hour in range(1, 12)]
    server.post("/api/score", {"text": "\n\n".join(paragraphs)})
    paragraphs.insert(3, "Recommendations")
    paragraphs[7] = f"{JUDGED} Nobody asked."
    del paragraphs[0]
    edited = "\n\n".join(paragraphs)
    _assert_same(_table(server.post("/api/score", {"text": edited}).json()["sentences"]), edited)


def test_a_file_gives_the_scored_table(server, draft):
    answer = server.send(draft.read_bytes(), draft.name)
    assert answer.status_code == 200, answer.text
    scored = answer.json()
    _assert_same(_table(scored["sentences"]), draft)
    assert scored["document"] == draft.name
    assert scored["kind"] == {".docx": "word", ".pdf": "pdf"}.get(draft.suffix, "text")


def test_flags_are_those_of_a_review(server, word_draft):
    scored = server.send(word_draft.read_bytes(), word_draft.name).json()
    flagged = [row["sentence"] for row in scored["sentences"] if row["flagged"]]
    assert [row["sentence"] for row in scored["sentences"] if row["question"]] == flagged
    assert [row["meanings"] for row in scored["sentences"] if row["meanings"]] == [{"counterfactual": "failure_to_see"}]
    assert flagged == [JUDGED]


def test_answers_are_as_described(server, word_draft):
    schemas.AdviceBook.model_validate(server.http.get("/api/advice").json(), extra="forbid")
    scored = server.post("/api/score", {"text": TEXT}).json()
    model = server.http.get("/api/advice").json()["model"]
    validated = schemas.Scored.model_validate(scored)
    assert set(validated.sentences[0].model_extra) == {f"p_{label}" for label in model["classes"]}
    assert set(scored["shares"]) == set(model["classes"])
    schemas.ScoredDocument.model_validate(server.send(word_draft.read_bytes(), word_draft.name).json())
    schemas.ProblemDetails.model_validate(server.post("/api/score", {"text": ""}).json(), extra="forbid")
    read = server.post("/api/ignore/read", {"text": "outcome\n3fa9c1d20b # agreed"}).json()
    assert read == {"ids": ["3fa9c1d20b"], "signals": ["outcome"]}
    schemas.IgnoreEntries.model_validate(read, extra="forbid")


def test_the_description_is_sound_and_complete(server):
    described = server.http.get("/api/openapi.json").json()
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is not installed")
    validator.validate(described)
    expected = {"advice", "score", "documents", "word", "csv", "html", "ignore", "ignore/read"}
    assert set(described["paths"]) == {f"/api/{name}" for name in expected}
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            assert "200" in operation["responses"]
            assert "503" in operation["responses"]
            if path != "/api/advice":
                assert operation["requestBody"]["required"]
                assert "413" in operation["responses"]
    schema = described["components"]["schemas"]
    for name in ("ScoreRequest", "FileRequest", "IgnoreRequest", "IgnoreText"):
        assert schema[name]["examples"], name
    for path, name in {"/api/score": "ScoreRequest", "/api/csv": "FileRequest", "/api/ignore": "IgnoreRequest"}.items():
        assert server.post(path, schema[name]["examples"][0]).status_code == 200


def test_examples_of_the_description_have_the_form_that_it_describes():
    for model in (schemas.Scored, schemas.ScoredDocument, schemas.AdviceBook, schemas.ProblemDetails):
        for example in model.model_config["json_schema_extra"]["examples"]:
            model.model_validate(example)


def test_the_page_and_its_parts(server):
    page = server.http.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert_guarded(page)
    kinds = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
    parts = [path.name for path in (ROOT / "bias_detect" / "server" / "static").iterdir() if path.suffix != ".html"]
    assert {"app.js", "app.css", "favicon.svg"} <= set(parts)
    for name in parts:
        answer = server.http.get(f"/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kinds[name.rpartition(".")[2]]
        assert_guarded(answer)


def test_head_is_get_without_the_body(server):
    answer = server.http.head("/")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) == len(server.http.get("/").content)


def _comments(data):
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read("word/comments.xml").decode() if "word/comments.xml" in package.namelist() else ""


def test_the_word_file_of_a_draft_is_the_draft_with_comments(server, word_draft):
    before = word_draft.read_bytes()
    scored = server.send(before, word_draft.name).json()
    answer = server.post("/api/word", {"upload": scored["upload"], "ignored": []})
    assert answer.status_code == 200, answer.text
    assert_guarded(answer)
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''Child%20%C3%9C%20%E2%80%93%20draft.reviewed.docx"
    )
    flag = next(row for row in scored["sentences"] if row["flagged"])
    assert flag["id"] in _comments(answer.content)
    copy = docx.Document(io.BytesIO(answer.content))
    original = docx.Document(io.BytesIO(before))
    assert [paragraph.text for paragraph in copy.paragraphs] == [paragraph.text for paragraph in original.paragraphs]
    left = server.post("/api/word", {"upload": scored["upload"], "ignored": [flag["id"]]})
    assert flag["id"] not in _comments(left.content)


def test_the_word_file_of_a_text_has_its_paragraphs_and_comments(server):
    text = f"{TOLD}\n\n\ufffe=A line\nand\tanother. {JUDGED}\n\n<w:p/> & 🙂"
    answer = server.post("/api/word", {"text": text})
    assert answer.status_code == 200, answer.text
    word = docx.Document(io.BytesIO(answer.content))
    assert [paragraph.text for paragraph in word.paragraphs] == [
        TOLD,
        f"\ufffd=A line\nand\tanother. {JUDGED}",
        "<w:p/> & 🙂",
    ]
    assert len(list(word.comments)) == 1


def test_the_word_file_of_a_pdf_is_a_new_document(server, tmp_path):
    _pdf(tmp_path / "draft.pdf")
    upload = server.send((tmp_path / "draft.pdf").read_bytes(), "draft.pdf").json()["upload"]
    word = docx.Document(io.BytesIO(server.post("/api/word", {"upload": upload}).content))
    assert [paragraph.text for paragraph in word.paragraphs] == ["Findings", f"{JUDGED} {TOLD}"]
    assert len(list(word.comments)) == 1


def test_the_csv_is_that_of_the_command_line(server, tmp_path):
    path = tmp_path / "draft.txt"
    path.write_text(f"=HYPERLINK(1)\n\n@{JUDGED}\n\n-{TOLD}", encoding="utf-8")
    command = [sys.executable, "-c", ENTRY, "score", path.name, "-o", "scored.csv"]
    subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}, check=True)
    upload = server.send(path.read_bytes(), path.name).json()["upload"]
    made = server.post("/api/csv", {"upload": upload})
    assert made.content == (tmp_path / "scored.csv").read_bytes()
    assert "draft.scored.csv" in made.headers["content-disposition"]
    for row in csv.reader(io.StringIO(made.content.decode("utf-8-sig"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_the_marked_page_holds_the_text_and_leaves_out_what_is_ignored(server):
    made = server.post("/api/html", {"text": TEXT})
    assert made.status_code == 200
    assert made.headers["content-type"] == "text/html; charset=utf-8"
    assert made.headers["content-disposition"].startswith("attachment")
    flag = next(row for row in server.post("/api/score", {"text": TEXT}).json()["sentences"] if row["flagged"])
    assert TOLD in made.text
    assert made.text != server.post("/api/html", {"text": TEXT, "ignored": [flag["id"]]}).text


def test_an_ignore_file_goes_out_and_in_again(server):
    before = "# ours\n3fa9c1d20b  # agreed with the panel\nblame\n"
    body = {"ignored": ["3fa9c1d20b", "0123456789"], "signals": ["missed_opportunity"], "name": "../draft.docx"}
    answer = server.post("/api/ignore", {**body, "text": before})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''draft.docx.ignore"
    assert answer.text.splitlines()[:2] == before.splitlines()[:2]
    read = server.post("/api/ignore/read", {"text": answer.text}).json()
    assert read == {"ids": ["3fa9c1d20b", "0123456789"], "signals": ["missed_opportunity"]}
    assert "line 1" in problem(server.post("/api/ignore/read", {"text": "no such thing"}), 422)
    assert "neither" in problem(server.post("/api/word", {"text": TEXT, "ignored": ["\n# x"]}), 422)


def test_an_ignore_file_says_how_its_sentences_begin(server):
    body = {"ignored": ["3fa9c1d20b", "0123456789"], "notes": {"3fa9c1d20b": "Staff should\nhave seen …"}}
    lines = server.post("/api/ignore", body).text.splitlines()
    assert lines[1:] == ["3fa9c1d20b  # Staff should have seen …", "0123456789"]
    assert "3fa9c1d20b" in server.post("/api/ignore/read", {"text": "\n".join(lines)}).json()["ids"]


def test_headings_are_told_apart(server, word_draft):
    scored = server.send(word_draft.read_bytes(), word_draft.name).json()
    assert [place["heading"] for place in scored["paragraphs"]] == [True, False, False]
    assert [place["heading"] for place in server.post("/api/score", {"text": TEXT}).json()["paragraphs"]] == [
        True,
        False,
        False,
    ]


def test_how_often_a_flag_is_right_is_said(server):
    said = server.http.get("/api/advice").json()["model"]["quality"]
    assert said.startswith("On real reports ")
    assert html.escape(said, quote=True).replace("&#x27;", "&#39;") in server.post("/api/html", {"text": TEXT}).text


def test_a_copy_that_comes_back_gets_no_second_comments(server, word_draft):
    upload = server.send(word_draft.read_bytes(), word_draft.name).json()["upload"]
    first = server.post("/api/word", {"upload": upload}).content
    upload = server.send(first, "draft.reviewed.docx").json()["upload"]
    assert _comments(server.post("/api/word", {"upload": upload}).content) == _comments(first) != ""
    listed = server.post("/api/ignore", {"ignored": ["3fa9c1d20b"], "name": "draft.reviewed.docx"})
    assert listed.headers["content-disposition"].endswith("''draft.docx.ignore")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/score", {}),
        ("/api/score", {"text": 5}),
        ("/api/score", {"text": "x", "more": 1}),
        ("/api/score", []),
        ("/api/csv", {}),
        ("/api/csv", {"text": "x", "upload": "y"}),
        ("/api/word", {"text": "x", "ignored": "3fa9c1d20b"}),
    ],
)
def test_a_request_that_lacks_something_is_told_so(server, path, body):
    problem(server.post(path, body), 422)


def test_a_document_that_is_no_longer_held_is_gone(server):
    assert "open it again" in problem(server.post("/api/word", {"upload": "guessed"}), 410)
    first = server.send(TEXT.encode(), "first.txt").json()["upload"]
    for number in range(8):
        server.send(f"{TEXT} {number}".encode(), "more.txt")
    problem(server.post("/api/csv", {"upload": first}), 410)


def test_what_is_not_there_is_a_problem(server):
    for path in ("/nothing", "/api/nothing", "/docs", "/redoc", "/openapi.json", "/static/", "/static/nothing.js"):
        problem(server.http.get(path), 404)
    problem(server.http.get("/api/score"), 405)
    problem(server.post("/", {}), 405)


def test_a_second_server_takes_another_port(server, tmp_path):
    with Serving(folder=tmp_path) as first, Serving(folder=tmp_path) as second:
        assert first.port != second.port
        assert first.is_alive()
        assert second.is_alive()


def test_a_port_that_was_asked_for_and_is_taken_is_said_so(server, tmp_path):
    command = [sys.executable, "-c", ENTRY, "serve", "--no-browser", "--port", str(server.port)]
    ran = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr == (f"bias-detect: port {server.port}: is taken by another program; name another with --port\n")


def test_a_model_that_is_not_there_is_said_so(tmp_path):
    command = [sys.executable, "-c", ENTRY, "serve", "--no-browser", "--port", "0", "--model", "nowhere"]
    ran = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("bias-detect: nowhere: there is no such model")
    assert ran.stderr.count("\n") == 1


def test_ctrl_c_stops_it_and_leaves_nothing(tmp_path):
    with Serving("--port", "0", folder=tmp_path) as server:
        assert server.line == f"The page is at {server.address}/ (Ctrl-C stops it)\n"
        server.send(TEXT.encode(), "draft.txt")
        children = server.children()
        assert children
        assert server.stop() == (0, "")
        with pytest.raises(httpx.TransportError):
            httpx.get(server.address, trust_env=False)
        for child in children:
            assert not _runs(child)
    assert list(tmp_path.iterdir()) == []


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
