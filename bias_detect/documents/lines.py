"""Lines of text on the pages of a PDF: put in reading order, and joined to the text of a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import pairwise

HYPHEN = "\ufffe"
"""What stands for the hyphen of a word broken at a line end; pdfium's own mark."""

TURN = "\ufdd0"
"""What stands, while a paragraph is put together, where its text goes on on the next page."""

MARK = re.compile(
    r"[•▪◦●○■□➢►‣·*–—-]|[(\[]?[A-Za-z]{0,3}\d{1,3}(?:\.\d{1,3})*[.)\]]{0,2}|[(\[]?[A-Za-z]{1,4}[.)\]]{1,2}"
)
"""The number or bullet of a paragraph or item, where it stands alone."""

RAISED_DIGITS = dict(zip(map(ord, "0123456789"), "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
"""The number of a note is written with these behind the words that it belongs to, so that it is none of theirs."""

RAISED = 0.8
"""Size of a note's number against that of its line, at most."""

_BEFORE_NOTE = ".,;:?!)]'\"’”"
_ENOUGH_PAGES = 100
_ODD_SPACE = re.compile(r"\s\s|[^\S ]")
_DIGITS = re.compile(r"\d+")
_CLOSING = re.compile(r"[.,;:)\]?!]+(?!\w)|[’”]")


@dataclass(slots=True)
class Line:
    """One line of text on a page, or a part of it.

    Parameters
    ----------
    text : str
        Its characters.
    left, right : float
        Where it begins and ends, from the left edge of the page.
    bottom : float
        How high its base line stands.
    height : float
        Size of its letters.
    weight : int
        Weight of its font.
    raised : bool
        Whether it begins with a raised number or sign, as a note does.
    italic : bool
        Whether its letters slant.

    Examples
    --------
    >>> line = Line("She rang.", left=50, right=95, bottom=700, height=10, weight=400)
    >>> line.right - line.left
    45
    """

    text: str
    left: float
    right: float
    bottom: float
    height: float
    weight: int
    raised: bool = False
    italic: bool = False


def sample(pages: Sequence[Sequence[Line]]) -> Sequence[Sequence[Line]]:
    """Return as many pages as show what is usual in a document, spread over the whole of it.

    Parameters
    ----------
    pages : sequence of sequence of Line
        The lines of each page.

    Returns
    -------
    sequence of sequence of Line
        A hundred to two hundred pages, or all of fewer.

    Examples
    --------
    >>> len(sample([[]] * 450)), len(sample([[]] * 20))
    (113, 20)
    """
    return pages[:: max(1, len(pages) // _ENOUGH_PAGES)]


def letter_width(pages: Sequence[Sequence[Line]]) -> float:
    """Return the usual width of a letter, against its height.

    Parameters
    ----------
    pages : sequence of sequence of Line
        The lines of each page.

    Returns
    -------
    float
        0 where there are no lines.

    Examples
    --------
    >>> letter_width([[Line("She rang.", 50, 95, 700, 10, 400)]])
    0.5
    """
    lines = [line for page in pages for line in page]
    widths = sum((line.right - line.left) / line.height for line in lines)
    return widths / max(1, sum(len(line.text) for line in lines))


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page as they are read, each whole.

    A page of one column is sorted from top to bottom; where text stands side by side, be it in columns or in the cells
    of a table, the order of the file is kept.

    Parameters
    ----------
    lines : sequence of Line
        In the order of the file.

    Returns
    -------
    list of Line
        The parts of one line on paper, which a raised note number or a change of font keeps apart, are joined.

    Examples
    --------
    >>> lines = [Line("Nobody came.", 50, 110, 688, 10, 400), Line("She rang.", 50, 95, 700, 10, 400)]
    >>> [line.text for line in in_reading_order(lines)]
    ['She rang.', 'Nobody came.']
    """
    whole = _whole_lines(lines)
    if all(a.bottom >= b.bottom - 1 for a, b in pairwise(whole)):
        return whole
    by_height = sorted(whole, key=lambda line: -line.bottom)
    beside = sum(_is_beside(a, b) for a, b in pairwise(by_height))
    return _sorted_runs(whole) if beside <= max(2, len(whole) // 20) else whole


def _is_beside(a: Line, b: Line) -> bool:
    return abs(a.bottom - b.bottom) < 0.4 * min(a.height, b.height)


def _sorted_runs(lines: Sequence[Line]) -> list[Line]:
    """Put what the file draws later where it stands, but for what begins beside another line, as a cell does."""
    cuts = [place for place in range(1, len(lines)) if lines[place].bottom > lines[place - 1].bottom + 1]
    ordered: list[Line] = []
    for first, end in pairwise([0, *cuts, len(lines)]):
        run = list(lines[first:end])
        if any(_is_beside(line, run[0]) for line in ordered):
            ordered += run
        else:
            ordered = list(merge(ordered, run, key=lambda line: -line.bottom))
    return ordered


def _whole_lines(lines: Iterable[Line]) -> list[Line]:
    whole: list[Line] = []
    for line in lines:
        if whole:
            last = whole[-1]
            size = max(last.height, line.height)
            if -1 <= line.left - last.right < size and abs(line.bottom - last.bottom) < 0.6 * size:
                text = line.text
                is_note = _is_note_number(last, line)
                if is_note and (mark := _DIGITS.match(text)):
                    text = f"{mark.group().translate(RAISED_DIGITS)}{text[mark.end() :]}"
                close = is_note or _CLOSING.match(text) or last.text.endswith(HYPHEN)
                last.text = f"{last.text}{text}" if close else f"{last.text} {text}"
                last.right, last.height = line.right, size
                last.bottom = min(last.bottom, line.bottom)
                continue
        whole.append(line)
    return whole


def _is_note_number(before: Line, line: Line) -> bool:
    """Say whether a part of a line is, or begins with, the raised number of a note to the words before it."""
    raised = line.raised or (line.height < RAISED * before.height and line.text.isdecimal())
    return raised and before.text[-1] in _BEFORE_NOTE


def joined(lines: Sequence[Line], pages: Sequence[int]) -> str:
    """Join lines to one text, marking the hyphen of a broken word and the turn to another page.

    Parameters
    ----------
    lines : sequence of Line
        The lines of a paragraph.
    pages : sequence of int
        The page of each.

    Returns
    -------
    str
        The text, to be given to `hyphens.mend` with those of all paragraphs.

    Examples
    --------
    >>> joined([Line("She rang", 50, 90, 700, 10, 400), Line("the ward.", 50, 95, 688, 10, 400)], [1, 1])
    'She rang the ward.'
    """
    texts = [lines[0].text]
    end = texts[0][-2:]
    for line, (before, page) in zip(lines[1:], pairwise(pages), strict=True):
        following = line.text
        turn = TURN if page != before else ""
        if end[-1] == "-" and end[:-1].isalnum() and following[:1].isalnum():
            texts[-1] = texts[-1][:-1]
            following = f"{HYPHEN}{turn}{following}"
        elif end[-1] == HYPHEN or end == " ?" or (not following[0].isalnum() and _CLOSING.match(following)):
            # doctors write "?fracture"
            following = f"{turn}{following}"
        else:
            following = f" {turn}{following}"
        texts.append(following)
        end = f"{end}{following}"[-2:]
    text = "".join(texts)
    return " ".join(text.split()) if _ODD_SPACE.search(text) else text
