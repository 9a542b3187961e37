"""Word documents: order, tracked changes, text boxes, headings, and archives that are not what they say."""

from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from bias_detect.documents import word_package
from bias_detect.documents.read import read_document
from bias_detect.documents.word import word_paragraphs
from bias_detect.errors import DocumentError

SPACES = (
    nsdecls("w", "r", "wp", "a")
    + ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    + ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    + ' xmlns:v="urn:schemas-microsoft-com:vml"'
)


def with_body(path: Path, *paragraphs: str) -> Path:
    """Write a document whose body holds the given raw paragraphs."""
    document = docx.Document()
    for xml in paragraphs:
        document.element.body.insert_element_before(parse_xml(xml.replace(">", f" {SPACES}>", 1)), "w:sectPr")
    document.save(str(path))
    return path


def texts(path: Path) -> list[str]:
    return [paragraph.text for paragraph in read_document(path).paragraphs]


def test_paragraphs_lists_and_cells_come_in_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Before the table.")
    document.add_paragraph("First point", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for number, cell in enumerate((cell for row in table.rows for cell in row.cells), start=1):
        cell.text = f"Cell {number}"
    nested = table.cell(1, 1).add_table(rows=1, cols=1)
    nested.cell(0, 0).text = "Inner cell"
    document.add_paragraph("")
    document.add_paragraph("After the table.")
    document.save(str(tmp_path / "a.docx"))
    read = read_document(tmp_path / "a.docx")
    assert [p.text for p in read.paragraphs] == [
        *("Before the table.", "First point", "Cell 1", "Cell 2", "Cell 3", "Cell 4", "Inner cell"),
        "After the table.",
    ]
    assert [p.number for p in read.paragraphs] == list(range(1, 9))
    assert all(read.text[p.start :].startswith(p.text) for p in read.paragraphs)
    assert (read.name, {p.page for p in read.paragraphs}) == ("a.docx", {None})


def test_tracked_changes_are_read_as_accepted(tmp_path: Path) -> None:
    path = with_body(
        tmp_path / "a.docx",
        "<w:p><w:r><w:t>The nurse </w:t></w:r>"
        '<w:del w:id="1" w:author="A"><w:r><w:delText>never </w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="A"><w:r><w:t>twice </w:t></w:r></w:ins>'
        '<w:moveFrom w:id="3" w:author="A"><w:r><w:t>on Monday </w:t></w:r></w:moveFrom>'
        '<w:moveTo w:id="4" w:author="A"><w:r><w:t>in May </w:t></w:r></w:moveTo>'
        "<w:r><w:t>rang.</w:t></w:r></w:p>",
        '<w:p><w:pPr><w:rPr><w:del w:id="5" w:author="A"/></w:rPr></w:pPr>'
        '<w:del w:id="6" w:author="A"><w:r><w:delText>Gone.</w:delText></w:r></w:del></w:p>',
        '<w:p><w:pPr><w:rPr><w:del w:id="7" w:author="A"/></w:rPr></w:pPr><w:r><w:t>She knew, </w:t></w:r></w:p>',
        "<w:p><w:r><w:t>and wrote it down.</w:t></w:r></w:p>",
        '<w:tbl><w:tr><w:trPr><w:del w:id="8" w:author="A"/></w:trPr>'
        "<w:tc><w:p><w:r><w:t>Deleted row</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        '<w:p><w:pPr><w:rPr><w:del w:id="9" w:author="A"/></w:rPr></w:pPr><w:r><w:t>The last.</w:t></w:r></w:p>',
    )
    assert texts(path) == ["The nurse twice in May rang.", "She knew, and wrote it down.", "The last."]


def test_what_stands_in_a_paragraph_beside_plain_runs(tmp_path: Path) -> None:
    path = with_body(
        tmp_path / "a.docx",
        '<w:p><w:hyperlink r:id="rId1"><w:r><w:t>The log</w:t></w:r></w:hyperlink>'
        "<w:r><w:tab/><w:t>was kept on page</w:t><w:br/></w:r>"
        '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText> PAGEREF x </w:instrText>'
        '<w:fldChar w:fldCharType="separate"/><w:t>12</w:t><w:fldChar w:fldCharType="end"/></w:r>'
        '<w:fldSimple w:instr="DATE"><w:r><w:t> in May</w:t></w:r></w:fldSimple>'
        "<w:sdt><w:sdtContent><w:r><w:t> by two teams</w:t></w:r></w:sdtContent></w:sdt>"
        "<w:r><w:t>, cross</w:t><w:noBreakHyphen/><w:t>checked re\u00adpeatedly</w:t><w:softHyphen/></w:r>"
        '<w:r><w:footnoteReference w:id="2"/></w:r><w:commentRangeStart w:id="0"/>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> unseen</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>.</w:t></w:r></w:p>',
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>",
    )
    assert texts(path) == [
        "The log was kept on page 12 in May by two teams, cross-checked repeatedly.",
        "In a control.",
    ]


def test_text_boxes_are_read_once_behind_the_paragraph_that_holds_them(tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    path = with_body(
        tmp_path / "a.docx",
        "<w:p><w:r><w:t>Outside </w:t></w:r><w:r><mc:AlternateContent>"
        f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r><w:r><w:t>the box.</w:t></w:r></w:p>",
    )
    assert texts(path) == ["Outside the box.", "In the box."]


def test_a_box_comes_behind_the_text_that_a_deleted_paragraph_end_runs_on_into(tmp_path: Path) -> None:
    inner = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    box = f"<w:pict><v:textbox>{inner}</v:textbox></w:pict>"
    path = with_body(
        tmp_path / "a.docx",
        '<w:p><w:pPr><w:rPr><w:del w:id="7" w:author="A"/></w:rPr></w:pPr>'
        f"<w:r><w:t>She knew, </w:t></w:r><w:r>{box}</w:r></w:p>",
        "<w:p><w:r><w:t>and wrote it down.</w:t></w:r></w:p>",
    )
    assert texts(path) == ["She knew, and wrote it down.", "In the box."]


def test_notes_come_behind_the_text_that_refers_to_them(tmp_path: Path) -> None:
    def part(kind: str) -> str:
        notes = "".join(
            f'<w:{kind} w:id="{n}"><w:p><w:r><w:{kind}Ref/><w:t> The {kind} {n}.</w:t></w:r></w:p></w:{kind}>'
            for n in (0, 1, 2)
        )
        return f'<w:{kind}s xmlns:w="{TRANSITIONAL}">{notes}</w:{kind}s>'

    def reference(kind: str, number: int) -> str:
        return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'

    inner = f"<w:r><w:t>She rang.</w:t></w:r>{reference('endnote', 1)}{reference('footnote', 2)}"
    deleted = f'<w:del w:id="7" w:author="A">{reference("footnote", 1)}</w:del>'
    body = f"<w:body><w:p>{inner}{deleted}</w:p></w:body>"
    path = archive(
        tmp_path / "a.docx",
        {
            "word/document.xml": f'<w:document xmlns:w="{TRANSITIONAL}">{body}</w:document>',
            "word/footnotes.xml": part("footnote"),
            "word/endnotes.xml": part("endnote"),
        },
    )
    read = read_document(path).paragraphs
    assert [(p.text, p.section) for p in read] == [
        ("She rang.", None),
        ("The footnote 2.", "footnote"),
        ("The endnote 1.", "footnote"),
    ]


@pytest.mark.parametrize("style", ["TOC1", "TOCHeading", "Contents2", "TableofFigures"])
def test_contents_lists_are_left_out(tmp_path: Path, style: str) -> None:
    path = with_body(
        tmp_path / "a.docx",
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>Findings</w:t><w:tab/><w:t>7</w:t></w:r></w:p>',
        "<w:p><w:r><w:t>She rang.</w:t></w:r></w:p>",
    )
    assert texts(path) == ["She rang."]


def test_headings_by_style_outline_level_and_bold_type_set_the_section(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("An anonymous child")
    document.add_heading("Learning review", level=0)
    document.add_heading("Findings", level=1)
    document.add_heading("The school", level=2)
    document.add_paragraph("The form had no box.")
    document.add_paragraph().add_run("What the review recommends: recommendations").bold = True
    document.add_paragraph("The board must act.")
    outlined = document.add_paragraph("Chronology")
    outlined.paragraph_format.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="0"/>'))
    document.add_paragraph("In May she moved.")
    bold = document.add_paragraph()
    bold.add_run("The conclusions were bold.").bold = True
    document.save(str(tmp_path / "a.docx"))
    assert [p.section for p in read_document(tmp_path / "a.docx").paragraphs] == [
        *(None, "other", "findings", "findings", "findings"),
        *("recommendations", "recommendations", "chronology", "chronology", "chronology"),
    ]


def test_word_paragraphs_give_the_elements_of_what_the_reader_numbers(tmp_path: Path) -> None:
    path = with_body(
        tmp_path / "a.docx",
        "<w:p></w:p>",
        "<w:p><w:r><w:t>One </w:t></w:r><w:r><w:t>two.</w:t></w:r></w:p>",
        "<w:p><w:r><w:t>Three.</w:t></w:r></w:p>",
    )
    found = list(word_paragraphs(docx.Document(str(path)).element.body))
    assert [p.text for p in found] == texts(path)
    assert [(element.text, text) for element, text in found[0].pieces] == [("One ", "One "), ("two.", "two.")]


def archive(path: Path, parts: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(name, data)
    return path


BODY = '<w:document xmlns:w="{}"><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>'
TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def test_the_main_part_may_have_another_name_and_the_strict_namespace(tmp_path: Path) -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"'
        ' Target="/word/document2.xml"/></Relationships>'
    )
    parts = {"_rels/.rels": relations, "word/document2.xml": BODY.format(STRICT, "She rang.")}
    assert texts(archive(tmp_path / "a.docx", parts)) == ["She rang."]


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]>'
    path = archive(tmp_path / "a.docx", {"word/document.xml": entity + BODY.format(TRANSITIONAL, "&e;")})
    with pytest.raises(DocumentError, match="document type declaration"):
        read_document(path)


def test_a_part_that_unpacks_to_far_more_than_a_report_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.docx", {"word/document.xml": b" " * 20_000_000})
    with pytest.raises(DocumentError, match="unpacks to 20,000,000 bytes"):
        read_document(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_spoilt_bytes_are_a_damaged_document(tmp_path: Path, method: int) -> None:
    path, name = tmp_path / "a.docx", "word/document.xml"
    with zipfile.ZipFile(path, "w", method) as out:
        out.writestr(name, BODY.format(TRANSITIONAL, "She rang."))
        entry = out.getinfo(name)
    data = bytearray(path.read_bytes())
    start = entry.header_offset + 30 + len(name) + (9 if method == zipfile.ZIP_LZMA else 0)  # its properties are sound
    data[start : start + 20] = b"\xff" * 20
    path.write_bytes(bytes(data))
    with pytest.raises(DocumentError, match="is a damaged Word document"):
        read_document(path)


def test_a_large_report_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_package, "MAX_PART_BYTES", 1000)
    path = archive(tmp_path / "a.docx", {"word/document.xml": BODY.format(TRANSITIONAL, "She rang. " * 50)})
    assert len(texts(path)) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Dear all,", "is not a Word document"),
        (b"%PDF-1.7", "is not a Word document"),
        (b"", "is not a Word document"),
        (b"PK\x03\x04" + b"\0" * 90, "is a damaged Word document"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 900, r"of the old kind \(\.doc\); save it as \.docx"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "is locked with a password"),
    ],
)
def test_files_that_are_no_word_documents(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "draft.docx"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=rf"draft\.docx: .*{message}"):
        read_document(path)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"xl/workbook.xml": "<x/>"}, "is a zip archive without a Word document in it"),
        ({"word/document.xml": "<w:document"}, "is a damaged Word document"),
        ({"word/document.xml": "<x/>"}, "is a damaged Word document"),
        ({"word/document.xml": BODY.format(TRANSITIONAL, " ")}, "holds no text"),
    ],
)
def test_archives_that_hold_no_readable_document(tmp_path: Path, parts: dict[str, str], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_document(archive(tmp_path / "a.docx", parts))


def test_a_cut_off_document_is_damaged(tmp_path: Path) -> None:
    path = with_body(tmp_path / "a.docx", "<w:p><w:r><w:t>She rang.</w:t></w:r></w:p>")
    data = path.read_bytes()
    for keep in (len(data) // 3, len(data) - 30):
        path.write_bytes(data[:keep])
        with pytest.raises(DocumentError, match="damaged"):
            read_document(path)
