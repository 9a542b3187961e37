"""Plain text and Markdown, read as a stream: memory is bounded by a block, however large the file is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from bias_detect.documents.cleaning import clean_text
from bias_detect.documents.contents import is_contents_list
from bias_detect.documents.decoding import characters, no_text
from bias_detect.documents.document import PARAGRAPH_BREAK, Paragraph
from bias_detect.documents.markdown import markdown_blocks
from bias_detect.documents.sections import FOOTNOTE, SectionTracker, ends_as_statement, is_heading
from bias_detect.errors import DocumentError

SOFT_LIMIT = 50_000  # a paragraph longer than this is handed on in pieces
HARD_LIMIT = 100_000  # a run longer than this without any place to cut it is not prose

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_SENTENCE_END = re.compile(
    r"[.!?](?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bSt\.)(?<!\bNo\.)(?<!\b[A-Z]\.)"
    r"[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-ZÀ-ÖØ-Þ])"
)
_NOTE_MARK = re.compile(r"\[\d{1,3}\]")
_NOT_BLANK = re.compile(r"\S")


def iter_text(
    stream: BinaryIO, subject: str, *, encoding: str | None = None, markdown: bool = False
) -> Iterator[Paragraph]:
    r"""Yield the paragraphs of plain text or Markdown while it is being read.

    Blank lines and form feeds part paragraphs; line ends inside a paragraph stay as they are. Lines that all have tabs
    in them are the rows of a table, each a paragraph of its own. A paragraph that begins with the mark of a note, such
    as ``[1]``, which stood in the text before it, is a footnote. Contents lists are left out. A paragraph of more than
    50,000 characters is handed on in pieces, cut behind a sentence where one can be seen, else at a line end.

    Parameters
    ----------
    stream : binary file
        The bytes; it need not be seekable.
    subject : str
        Name of the file in error messages.
    encoding : str, optional
        Encoding of the text; by default UTF-8, or what a byte order mark says.
    markdown : bool, default False
        Take off the marks of Markdown.

    Yields
    ------
    Paragraph
        In reading order, numbered from 1.

    Raises
    ------
    DocumentError
        Where the bytes are not text, hold control characters, hold no text, or run on without a sentence end.
    UsageError
        Where the encoding is not known.

    Examples
    --------
    >>> import io
    >>> [p.text for p in iter_text(io.BytesIO(b"One.\n\nTwo."), "draft.txt")]
    ['One.', 'Two.']
    """
    tracker = SectionTracker()
    number, start = 0, 0
    marks: set[str] = set()
    for raw in split_paragraphs(characters(stream, subject, encoding), subject):
        for text, level, is_note in markdown_blocks(raw, first=number == 0) if markdown else _rows(raw):
            text = clean_text(text).strip()
            if not text or is_contents_list(text):
                continue
            is_note = is_note or _opens_note(text, marks)
            first_line = text.partition("\n")[0]
            heading = not is_note and (level is not None or is_heading(first_line))
            if heading:
                tracker.heading(first_line, level)
            number += 1
            section = FOOTNOTE if is_note else tracker.current
            heading = heading and first_line == text and not ends_as_statement(text)
            yield Paragraph(text, number, start, section=section, heading=heading)
            start += len(text) + len(PARAGRAPH_BREAK)
    if not number:
        raise no_text(subject)


def _opens_note(text: str, marks: set[str]) -> bool:
    """Say whether a paragraph begins with the mark of a note, such as ``[1]``, that stood behind words before it."""
    if "[" not in text:
        return False
    opening = _NOTE_MARK.match(text)
    if opening and opening.group() in marks:
        return True
    marks.update(match.group() for match in _NOTE_MARK.finditer(text) if match.start())
    return False


def _rows(paragraph: str) -> Iterator[tuple[str, None, bool]]:
    """Yield the rows of a table, whose cells tabs part, and its title, each by itself; other text as it is."""
    lines = [line.strip() for line in paragraph.split("\n") if line.strip()] if "\t" in paragraph else []
    rows = lines[1:] if lines and "\t" not in lines[0] else lines
    if len(rows) > 1 and all("\t" in row for row in rows) and not is_contents_list(paragraph):
        yield from ((line, None, False) for line in lines)
    else:
        yield paragraph, None, False


def split_paragraphs(blocks: Iterable[str], subject: str) -> Iterator[str]:
    r"""Cut the characters into paragraphs at blank lines, and over-long paragraphs into pieces.

    A cut depends on the next 100,000 characters alone, and is made only once they are there or the text has
    ended: the pieces are the same whatever the size of the blocks.

    Parameters
    ----------
    blocks : iterable of str
        The text in pieces of any size, its lines ended by newlines.
    subject : str
        Name of the file in error messages.

    Yields
    ------
    str
        A paragraph or piece of one, without white space at its ends; none is empty.

    Raises
    ------
    DocumentError
        Where the text runs on without a sentence end.

    Examples
    --------
    >>> list(split_paragraphs(["One.\n", "\nTwo."], "draft.txt"))
    ['One.', 'Two.']
    """
    pending, position = "", 0
    for block in blocks:
        pending, position = pending[position:] + block, 0
        while len(pending) - position > HARD_LIMIT:
            end, after = _next_piece(pending, position, subject)
            if piece := pending[position:end].strip():
                yield piece
            position = after
    while position < len(pending):
        end, after = _next_piece(pending, position, subject)
        if piece := pending[position:end].strip():
            yield piece
        position = after


def _next_piece(text: str, start: int, subject: str) -> tuple[int, int]:
    """Return where the paragraph or piece that begins at ``start`` ends, and where the next may begin."""
    limit = min(start + HARD_LIMIT, len(text))
    first = _NOT_BLANK.search(text, start, limit)
    if first is None:
        return start, limit
    if first.start() > start:
        return start, first.start()
    blank = _BLANK_LINE.search(text, start, limit)
    end = blank.start() if blank else limit
    after = blank.end() if blank else limit
    if end - start <= SOFT_LIMIT:
        return end, after
    if cut := _place_to_cut(text, start, end):
        return cut, cut
    if blank or limit - start < HARD_LIMIT:
        return end, after
    raise DocumentError(
        f"holds a run of more than {HARD_LIMIT:,} characters without a sentence end; it does not look like prose",
        subject=subject,
        next_step="check that it is a report, or break its text into sentences and paragraphs",
    )


def _place_to_cut(text: str, start: int, end: int) -> int:
    """Return where to cut: behind the last sentence that fits, else at a line end, else behind the next."""
    last, following = 0, 0
    for match in _SENTENCE_END.finditer(text, start, end):
        if match.end() > start + SOFT_LIMIT:
            following = match.end()
            break
        last = match.end()
    return last or text.rfind("\n", start, start + SOFT_LIMIT) + 1 or following
