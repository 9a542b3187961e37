"""Commented copies as LibreOffice opens them: the comments, what they are anchored to, and a PDF of all that."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from lxml import etree
from word_writer import review, run, write_word

pytestmark = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is absent")

CHANGE = 'w:id="51" w:author="A" w:date="2024-01-01T00:00:00Z"'
MARKS = "<w:r><w:fldChar w:fldCharType='{}'/></w:r>".format
PARAGRAPHS = (
    f"<w:p>{run('She rang the ward. No o')}{run('ne came', '<w:b/>')}<w:hyperlink w:anchor='x'>"
    f"{run('. It rained. Then it')}</w:hyperlink>{run(' stopped.')}</w:p>",
    f"<w:p>{run('Al')}<w:ins {CHANGE}>{run('l of them knew. They had')}</w:ins>{run(' been told.')}</w:p>",
    f"<w:p><w:pPr><w:rPr><w:del {CHANGE}/></w:rPr></w:pPr>{run('In May she knew ')}</w:p>"
    f"<w:p>{run('and wrote it down. Then she left.')}</w:p>",
    f'<w:p>{run("See ")}{MARKS("begin")}<w:r><w:instrText> HYPERLINK "http://example.org/" </w:instrText></w:r>'
    f"{MARKS('separate')}{run('the log. It was kept.')}{MARKS('end')}</w:p>",
    "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w='4000'/></w:tblGrid><w:tr><w:tc><w:tcPr/>"
    f"<w:p>{run('In a cell. And more.')}</w:p></w:tc></w:tr></w:tbl>",
    f"<w:p><w:sdt><w:sdtPr/><w:sdtContent>{run('In a control. Half')}</w:sdtContent></w:sdt>{run(' outside.')}</w:p>",
)
STRETCHES = (
    *("She rang the ward.", "No one came.", "It rained.", "Then it stopped.", "All of them knew."),
    *("They had been told.", "In May she knew and wrote it down.", "Then she left.", "See the log.", "It was kept."),
    *("In a cell.", "And more.", "In a control.", "Half outside."),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return review(write_word(tmp_path_factory.mktemp("office") / "draft.docx", *PARAGRAPHS), *STRETCHES)


def convert(file: Path, kind: str) -> Path:
    profile = f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", kind, "--outdir", str(file.parent), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return file.with_suffix(f".{kind.partition(':')[0]}")


class Annotations:
    """The comments of an OpenDocument file, with the text that each is anchored to."""

    def __init__(self, root: Any) -> None:
        self._office, self._text = (f"{{{root.nsmap[prefix]}}}" for prefix in ("office", "text"))
        self._open: set[str] = set()
        self.anchored: dict[str, str] = {}
        self.said: dict[str, list[str]] = {}
        self._walk(root.find(f"{self._office}body"))

    def _walk(self, element: Any) -> None:
        name = element.get(f"{self._office}name")
        if element.tag == f"{self._office}annotation":
            self._open.add(name)
            self.anchored[name] = ""
            self.said[name] = ["".join(line.itertext()) for line in element.iter(f"{self._text}p")]
            return
        if element.tag == f"{self._office}annotation-end":
            self._open.remove(name)
        if element.tag == f"{self._text}s":
            self._add(" ")
        self._add(element.text)
        for child in element:
            self._walk(child)
            self._add(child.tail)

    def _add(self, text: str | None) -> None:
        for name in self._open:
            self.anchored[name] += text or ""


def test_comments_are_anchored_to_their_sentences(copy: Path) -> None:
    found = Annotations(etree.parse(str(convert(copy, "fodt"))).getroot())
    anchored = {" ".join(found.anchored[name].split()): said[0] for name, said in found.said.items()}
    assert anchored == {stretch: f"About: {stretch}" for stretch in STRETCHES}


def test_a_pdf_of_the_copy_has_the_comments(copy: Path) -> None:
    options = '{"ExportNotes":{"type":"boolean","value":"true"}}'
    with closing(pypdfium2.PdfDocument(convert(copy, f"pdf:writer_pdf_Export:{options}"))) as pdf:
        notes = [note for page in pdf for note in _notes(page)]
    assert all(any(f"About: {stretch}" in note for note in notes) for stretch in STRETCHES)


def _notes(page: pypdfium2.PdfPage) -> list[str]:
    texts = []
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        length = pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
        buffer = ctypes.create_string_buffer(length)
        pointer = ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR))
        pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", pointer, length)
        texts.append(buffer.raw.decode("utf-16-le"))
        pdfium.FPDFPage_CloseAnnot(annotation)
    return texts
