"""Pages of PDFs to read, and ways to read them."""

from __future__ import annotations

from pathlib import Path

from pdf_writer import Page, write_pdf

from bias_detect.documents.document import Document
from bias_detect.documents.read import read_document

FULL = "The duty worker rang the school twice and left a message with the office each"  # nearly fills a line


def read(tmp_path: Path, *pages: Page) -> Document:
    return read_document(write_pdf(tmp_path / "report.pdf", list(pages)))


def texts(tmp_path: Path, *pages: Page) -> list[str]:
    return [paragraph.text for paragraph in read(tmp_path, *pages).paragraphs]


def lines_at(start: float, *lines: str) -> Page:
    page = Page()
    page.column(list(lines), y=start)
    return page


def report(count: int) -> list[Page]:
    """Pages with a running head, a page number and a sentence that runs on to the next page."""
    names = ["Ash", "Birch", "Cedar", "Elm", "Fir"]
    pages = []
    for number in range(1, count + 1):
        page = Page().at(72, 800, "A review of one family")
        page.column([f"{names[number]} House was the last. Then the call came in." if number > 1 else "It began."])
        page.column(
            [FULL, f"week. The visit to {names[number]} House is told here at length, and so are those to"], y=640
        )
        pages.append(page.at(290, 30, f"Page {number} of {count}"))
    return pages
