"""PDFs that cannot be read: locked, scanned, empty or damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from pdf_reading import read, report, texts
from pdf_writer import Page, write_pdf

from bias_detect.documents.read import read_document
from bias_detect.errors import DocumentError


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "locked.pdf", report(2), password="secret")
    with pytest.raises(DocumentError, match=r"locked\.pdf: is locked with a password; open it and save it without"):
        read_document(path)
    assert len(read_document(write_pdf(path, report(2), password="")).paragraphs) > 1


def test_a_scan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"has no text layer \(a scan\); run it through OCR first"):
        read(tmp_path, Page(image=True), Page(image=True))


def test_a_scan_behind_a_cover_sheet_is_refused(tmp_path: Path) -> None:
    cover = Page().at(72, 700, "This is the cover sheet.")
    with pytest.raises(DocumentError, match=r"no text layer on 3 of its 4 pages \(a scan\); run it through OCR first"):
        read(tmp_path, cover, *[Page(image=True)] * 3)
    assert texts(tmp_path, cover, Page(image=True)) == ["This is the cover sheet."]
    assert texts(tmp_path, cover, Page(), Page()) == ["This is the cover sheet."]


@pytest.mark.parametrize("page", [Page(), Page().at(72, 700, "  ").at(72, 600, "—")])
def test_a_pdf_of_empty_pages_holds_no_text(tmp_path: Path, page: Page) -> None:
    with pytest.raises(DocumentError, match="holds no text"):
        read(tmp_path, page)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not a PDF"),
        (b"Dear all, here is the draft.", "is not a PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 20, "is a damaged PDF"),
    ],
)
def test_files_that_are_no_pdfs(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "draft.pdf"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=rf"draft\.pdf: {message}"):
        read_document(path)


def test_a_pdf_cut_off_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "report.pdf", report(3))
    data = path.read_bytes()
    for keep in range(0, len(data), 97):
        path.write_bytes(data[:keep])
        try:
            assert read_document(path).paragraphs
        except DocumentError as error:
            assert "report.pdf" in str(error)
