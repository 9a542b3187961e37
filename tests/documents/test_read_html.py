"""HTML: blocks in order, what surrounds the text dropped, encodings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bias_detect.documents.read import read_document
from bias_detect.errors import DocumentError

PAGE = """<!DOCTYPE html>
<html><head><title>Tab</title><style>p {}</style></head>
<body><header>Site</header><nav><p>Menu</p></nav>
<div>Loose &amp; direct <b>text</b><!-- note --><p>First<br>line&nbsp;two, re&shy;read.</p>tail</div>
<h1>Learning review</h1><h2>Findings</h2>
<ul><li>One <i>point</i></li><li>Two<ul><li>Inner</li></ul></li></ul>
<table><tr><th>Who</th><td>The <em>school</em></td></tr></table>
<blockquote>Quoted.</blockquote><p>It knew.<sup><a href="#n1">1</a></sup> It rose by 10<sup>2</sup>.</p>
<p hidden>Hidden</p><p style="display: none">Unseen</p><script>var x = "<p>no</p>";</script>
<h2>Recommendations</h2><p>Act.
<aside>Box</aside><footer>Foot</footer></body></html>"""


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def texts(path: Path, **options: str) -> list[str]:
    return [p.text for p in read_document(path, **options).paragraphs]


def test_blocks_come_in_order_without_what_surrounds_them(tmp_path: Path) -> None:
    document = read_document(write(tmp_path / "a.html", PAGE))
    assert [(p.text, p.section) for p in document.paragraphs] == [
        ("Loose & direct text", None),
        ("First line two, reread.", None),
        ("tail", None),
        ("Learning review", "other"),
        ("Findings", "findings"),
        ("One point", "findings"),
        ("Two", "findings"),
        ("Inner", "findings"),
        ("Who", "findings"),
        ("The school", "findings"),
        ("Quoted.", "findings"),
        ("It knew. It rose by 102.", "findings"),
        ("Recommendations", "recommendations"),
        ("Act.", "recommendations"),
    ]
    assert all(document.text[p.start :].startswith(p.text) for p in document.paragraphs)


@pytest.mark.parametrize(
    "notes",
    [
        '<section role="doc-endnotes"><ol><li id="fn1"><p>{}<a href="#r1">↩︎</a></p></li></ol></section>',
        '<aside epub:type="footnote" id="n1"><p>{}</p></aside>',
        '<div id="ftn1"><p class=MsoFootnoteText>{}</p></div>',
        '<footer><p>Contact</p><div class="footnotes"><p>{}</p></div></footer>',
    ],
)
def test_footnotes_are_told_from_the_text(tmp_path: Path, notes: str) -> None:
    note = notes.format("The log of the ward.")
    page = f'<h2>Findings</h2><p>She rang.<sup><a href="#n1">1</a></sup></p>{note}<p>No one came.</p>'
    found = read_document(write(tmp_path / "a.html", page)).paragraphs
    expected = [("Findings", "findings", True), ("She rang.", "findings", False)]
    if "footer" not in notes:
        expected.append(("The log of the ward.", "footnote", False))
    assert [(p.text, p.section, p.heading) for p in found] == [*expected, ("No one came.", "findings", False)]


def test_main_is_read_alone_where_it_holds_text(tmp_path: Path) -> None:
    assert texts(write(tmp_path / "a.htm", "<p>Cookies?</p><main><p>She rang.</p></main>")) == ["She rang."]
    assert texts(write(tmp_path / "b.htm", "<p>She rang.</p><main></main>")) == ["She rang."]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
        ('<meta charset="windows-1252">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">', "cp1252"),
        ('<?xml version="1.0" encoding="ISO-8859-15"?>', "iso-8859-15"),
    ],
)
def test_encodings(tmp_path: Path, head: str, encoding: str) -> None:
    page = f"{head}<html><body><p>Zoë’s café</p></body></html>".replace("’", "'" if "15" in encoding else "’")
    assert texts(write(tmp_path / "a.html", page.encode(encoding)))[0].startswith("Zoë")


def test_an_encoding_that_is_named_wins(tmp_path: Path) -> None:
    path = write(tmp_path / "a.html", '<meta charset="utf-8"><p>café</p>'.encode("cp1252"))
    with pytest.raises(DocumentError, match=r"is not UTF-8 text \(byte 0xe9 at offset"):
        read_document(path)
    assert texts(path, encoding="cp1252") == ["café"]


@pytest.mark.parametrize("page", ["", "<html></html>", "<body><script>x()</script><nav>Menu</nav></body>", "<!-- -->"])
def test_pages_without_text(tmp_path: Path, page: str) -> None:
    with pytest.raises(DocumentError, match=r"a\.html: holds no text"):
        read_document(write(tmp_path / "a.html", page))


def test_a_pdf_called_html_is_a_binary_file(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is a binary file"):
        read_document(write(tmp_path / "a.html", b"%PDF-1.4\n"))


def test_deep_nesting_is_no_trouble(tmp_path: Path) -> None:
    assert texts(write(tmp_path / "a.html", "<div>" * 5000 + "deep")) == ["deep"]


@pytest.mark.parametrize("unit", ["<div>", "<ul><li>a", "<dl><dt>a", "<DIV class='a'>\n", "<div></span>"])
def test_nesting_without_end_is_refused_before_it_takes_for_ever(tmp_path: Path, unit: str) -> None:
    with pytest.raises(DocumentError, match="nests more than 10,000 elements in each other"):
        read_document(write(tmp_path / "a.html", f"<p>She rang.</p>{unit * 100_000}"))


@pytest.mark.parametrize("unit", ["<p>a", "<p>a<br>", "<div>a</div>", "<p>a<svg><path/></svg>", "<p>a<wbr><img src=x>"])
def test_many_elements_beside_each_other_are_no_nesting(tmp_path: Path, unit: str) -> None:
    assert texts(write(tmp_path / "a.html", unit * 20_000)) == ["a"] * 20_000
