"""PDF: the lines of each page with their places, and the document made of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bias_detect.documents.decoding import no_text
from bias_detect.documents.document import Document
from bias_detect.documents.layout import Block, blocks_of
from bias_detect.documents.pdf_page import page_lines
from bias_detect.documents.sections import (
    FOOTNOTE,
    MAX_HEADING_CHARACTERS,
    SectionTracker,
    is_contents_entry,
    is_heading,
)
from bias_detect.errors import DocumentError

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_PDFIUM = threading.Lock()  # the library must not be entered by two threads at once
_LARGER = 1.08  # a heading's letters against those of body text


def read_pdf(path: Path) -> Document:
    """Read the text layer of a PDF.

    Running heads, page numbers and contents lists are dropped, words broken at a line end are put together, and
    paragraphs go on across lines, columns and pages. Footnotes are paragraphs of their own, behind the paragraph
    that is open at the foot of their page.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Document
        The paragraphs, with the page on which each begins, the turns to further pages, and the kind of section it
        stands in, ``footnote`` for the notes.

    Raises
    ------
    DocumentError
        Where the file is not a PDF, is locked or damaged, or most of its pages have no text layer.
    """
    import pypdfium2

    subject = str(path)
    try:
        with _PDFIUM, closing(pypdfium2.PdfDocument(path)) as pdf:
            pages = [page_lines(page) for page in _pages(pdf, subject)]
            if 2 * sum(not lines for lines in pages) > len(pages):
                _refuse_scan(pdf, [bool(lines) for lines in pages], subject)
    except pypdfium2.PdfiumError as error:
        raise _cannot_open(error, path) from error
    blocks = blocks_of(pages)
    if not blocks:
        raise no_text(subject)
    document = Document.from_parts(path.name, _parts(blocks))
    return Document(
        path.name,
        tuple(
            replace(paragraph, turns=block.turns) if block.turns else paragraph
            for paragraph, block in zip(document.paragraphs, blocks, strict=True)
        ),
    )


def _pages(pdf: PdfDocument, subject: str) -> Iterator[PdfPage]:
    import pypdfium2

    if not len(pdf):
        raise DocumentError("is a PDF without pages", subject=subject, next_step="download or export it again")
    for index in range(len(pdf)):
        try:
            page = pdf[index]
        except pypdfium2.PdfiumError as error:
            raise DocumentError(
                f"is damaged: page {index + 1} cannot be read",
                subject=subject,
                next_step="download or export it again",
            ) from error
        with closing(page):
            yield page


def _cannot_open(error: Exception, path: Path) -> DocumentError:
    """Return the error for a file that pdfium refuses."""
    import pypdfium2.raw as pdfium

    if getattr(error, "err_code", None) in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
        cause, next_step = "is locked with a password", "open it and save it without one"
    elif b"%PDF" not in path.read_bytes()[:1024]:
        cause, next_step = "is not a PDF", "check what it is and give it its proper name"
    else:
        cause, next_step = "is a damaged PDF", "download or export it again"
    return DocumentError(cause, subject=path, next_step=next_step)


def _refuse_scan(pdf: PdfDocument, has_text: list[bool], subject: str) -> None:
    """Raise where most pages are pictures without a single character, be there a cover sheet with text or not."""
    import pypdfium2.raw as pdfium

    pages = zip(_pages(pdf, subject), has_text, strict=True)
    scans = sum(
        not text and next(page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE]), None) is not None for page, text in pages
    )
    if 2 * scans > len(has_text):
        where = f" on {scans} of its {len(has_text)} pages" if any(has_text) else ""
        raise DocumentError(f"has no text layer{where} (a scan)", subject=subject, next_step="run it through OCR first")


def _parts(blocks: list[Block]) -> Iterator[tuple[str, int | None, str | None]]:
    """Follow the headings: larger ones nest by size, others count where their words are a heading's."""
    large = [block for block in blocks if not block.note and _stands_out(block) and block.scale > _LARGER]
    sizes = sorted({round(block.scale, 1) for block in large}, reverse=True)
    tracker = SectionTracker()
    for block in blocks:
        if block.note:
            yield block.text, block.page, FOOTNOTE
            continue
        if block.scale > _LARGER and _stands_out(block):
            tracker.heading(block.text, sizes.index(round(block.scale, 1)) + 1)
        elif is_heading(block.text) or (block.bold and _stands_out(block)):
            tracker.heading(block.text)
        yield block.text, block.page, tracker.current


def _stands_out(block: Block) -> bool:
    """Say whether a block set larger or bolder than body text is short and no sentence, as headings are."""
    return (
        len(block.text) <= MAX_HEADING_CHARACTERS and block.text[-1] not in ".,;" and not is_contents_entry(block.text)
    )
