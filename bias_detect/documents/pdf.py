"""PDF: the lines of each page with their places, and the document made of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bias_detect.documents.decoding import no_text
from bias_detect.documents.document import Document, Part, name_of
from bias_detect.documents.layout import Block, blocks_of
from bias_detect.documents.lines import Line
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

MAX_PAGES = 20_000
"""Pages that a PDF may have: the longest public inquiries take some thousands a volume."""

MAX_CHARACTERS = 20_000_000
"""Characters that a PDF may have, as many as a text in a table: a report of some three million words."""

_MOST_ON_A_PAGE = 1_000_000  # characters; a close page of a report has 6,000
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
        Where the file is not a PDF, is locked or damaged, most of its pages have no text layer, or it holds far more
        than a report.

    Notes
    -----
    Measured by ``python scripts/measure_documents.py`` on eight published reports of 575 pages: of 1,686 labelled
    sentences of inquiries, 98.8% come back whole, on their page, and 97.4% end where a sentence ends here (97.0% of
    1,693 labels, seven of which are a paragraph's number and no more); what is missing are rows of a glossary,
    sentences that were labelled with a list's first item, and labels that end at an abbreviation or inside a quotation.
    Reading takes 1.9 times as long as the bare text. Of 1,499 sentences in nine documents printed by LibreOffice
    (``tests/documents/test_libreoffice.py``), all come back whole with their page and paragraph; of 1,660 others
    (its layouts with seeds from 100), at first sight 99.7%, and no fewer than 99% in any of them. Lost are words with a
    hyphen of their own.

    The number of a note is written with raised digits behind its words: ``in 2019.³``. Each cell of a table is a
    paragraph of the section that the table stands in, as in Word and HTML, for many reports tell their chronology and
    list their findings in tables; where a row goes on over the page, its cells are not put together.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "draft.pdf")
    ...     _ = path.write_text("The nurse rang.")
    ...     try:
    ...         read_pdf(path)
    ...     except DocumentError as error:
    ...         print(error.cause, error.next_step, sep="; ")
    is not a PDF; check what it is and give it its proper name
    """
    import pypdfium2

    subject = str(path)
    try:
        with _PDFIUM, closing(pypdfium2.PdfDocument(path)) as pdf:
            pages = _lines(pdf, subject)
            if 2 * sum(not lines for lines in pages) > len(pages):
                _refuse_scan(pdf, [bool(lines) for lines in pages], subject)
    except pypdfium2.PdfiumError as error:
        raise _cannot_open(error, path) from error
    blocks = blocks_of(pages)
    if not blocks:
        raise no_text(subject)
    return Document.from_parts(name_of(path), _parts(blocks))


def _lines(pdf: PdfDocument, subject: str) -> list[list[Line]]:
    """Return the lines of each page, as long as they are not more than any report holds."""
    pages: list[list[Line]] = []
    room = MAX_CHARACTERS
    for page in _pages(pdf, subject):
        lines = page_lines(page, most=_MOST_ON_A_PAGE)
        if lines is None:
            raise _too_much(f"more than {_MOST_ON_A_PAGE:,} characters on page {len(pages) + 1}", subject)
        room -= sum(len(line.text) for line in lines)
        if room < 0:
            raise _too_much(f"more than {MAX_CHARACTERS:,} characters", subject)
        pages.append(lines)
    return pages


def _too_much(what: str, subject: str) -> DocumentError:
    return DocumentError(
        f"has {what}, far more than a report",
        subject=subject,
        next_step="check where it comes from; if it is sound, split it",
    )


def _pages(pdf: PdfDocument, subject: str) -> Iterator[PdfPage]:
    import pypdfium2

    if not len(pdf):
        raise DocumentError("is a PDF without pages", subject=subject, next_step="download or export it again")
    if len(pdf) > MAX_PAGES:
        raise _too_much(f"{len(pdf):,} pages", subject)
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


def _parts(blocks: list[Block]) -> Iterator[Part]:
    """Follow the headings: larger ones nest by size, others count where their words are a heading's."""
    sizes = {round(block.scale, 1) for block in blocks if _is_large(block)}
    levels = {size: level for level, size in enumerate(sorted(sizes, reverse=True), start=1)}
    tracker = SectionTracker()
    for block in blocks:
        if block.note:
            yield Part(block.text, block.page, FOOTNOTE, block.turns)
            continue
        level = levels[round(block.scale, 1)] if _is_large(block) else None
        heading = level is not None or is_heading(block.text) or (block.set_off and _stands_out(block))
        if heading:
            tracker.heading(block.text, level)
        yield Part(block.text, block.page, tracker.current, block.turns, heading)


def _is_large(block: Block) -> bool:
    """Say whether a block is set as a heading that is larger than body text."""
    return not block.note and block.scale > _LARGER and _stands_out(block)


def _stands_out(block: Block) -> bool:
    """Say whether a block that is set unlike body text is short and no sentence, as headings are, nor quoted."""
    text = block.text
    quoted = text[0] in '“"' and not text.endswith(("”", '"'))
    short = len(text) <= MAX_HEADING_CHARACTERS and text[-1] not in ".,;"
    return short and not quoted and not is_contents_entry(text)
