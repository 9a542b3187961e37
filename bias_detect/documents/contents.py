"""Contents lists: headings with the numbers of their pages, which are no text of a report."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bias_detect.documents.lines import Line, letter_width, sample
from bias_detect.documents.sections import is_contents_entry

_HEADING = re.compile(
    r"\W*(?:table of contents|contents(?: page| list)?|list of (?:figures|tables|boxes|appendices|annexes))\W*+"
    r"(?:page|continued)?\W*",
    re.IGNORECASE,
)
_COLUMN_HEADS = re.compile(r"(?:(?:paragraph|page|section|number|para|no)s?\.?(?:\s+|$))+", re.IGNORECASE)
# Runs of white space and dots may be long, and are looked at once, from their beginning.
_PAGE = re.compile(r"(?:\s|(?<!\.)\.{2,}+|…)(?:(\d{1,4})|[ivxl]+)$")
_LEADERS = re.compile(r"(?:\. ?){4,}|…{2,}")
_APART = re.compile(r"(?:(?:(?<!\.)\.{3,}+|…)|(?<!\s)(?:\s{3}|(?=\s*\t)\s))\s*+(?:\d{1,4}|[ivxl]+)$")
_PAGE_ENDS = "0123456789ivxl"
_LONGEST_HEADING = 40
_FEWEST = 3  # entries of a list
_LINES_OF_ENTRY = 3  # at most
_FARTHEST = 200  # pages from one entry to the next
_STRETCHED = 1.3  # width of an entry's letters, with the gap before its page, against that of other lines


def without_contents(flows: Sequence[list[Line]]) -> list[list[Line]]:
    """Leave the contents lists out of the pages of a document.

    A list begins under its heading, or with an entry that has dots before its page, and goes on while entries
    follow one another whose pages do not fall.

    Parameters
    ----------
    flows : sequence of list of Line
        The lines of each page in reading order.

    Returns
    -------
    list of list of Line
        The lines that are left.

    Examples
    --------
    >>> lines = [Line(text, 50, 400, 0, 10, 400) for text in ("Contents", "Aim 3", "Visits 5", "Thanks 9", "She rang.")]
    >>> [line.text for line in without_contents([lines])[0]]
    ['She rang.']
    """
    lines = [line for flow in flows for line in flow]
    width = letter_width(sample(flows))
    gone: set[int] = set()
    place = 0
    while place < len(lines):
        text = lines[place].text
        possible = text[-1] in _PAGE_ENDS or len(text) < _LONGEST_HEADING
        end = _end_of_list(lines, place, width) if possible else place
        gone.update(range(place, end))
        place = max(end, place + 1)
    if not gone:
        return list(flows)
    numbered = iter(range(len(lines)))
    return [[line for line in flow if next(numbered) not in gone] for flow in flows]


def _end_of_list(lines: Sequence[Line], start: int, width: float) -> int:
    """Return the place behind the list that begins at ``start``, or ``start`` where none does."""
    text = lines[start].text
    headed = len(text) < _LONGEST_HEADING and _HEADING.fullmatch(text) is not None
    if not headed and (text[-1] not in _PAGE_ENDS or not _LEADERS.search(text) or not _page_of(lines[start], width)):
        return start
    end, last_page, entries = start, 0, 0
    for place in range(start, len(lines)):
        line = lines[place]
        page = _page_of(line, width, weak=headed)
        if page is not None and (page == 0 or last_page <= page <= last_page + _FARTHEST):
            end, last_page, entries = place + 1, max(page, last_page), entries + 1
        elif _HEADING.fullmatch(line.text) or _COLUMN_HEADS.fullmatch(line.text):
            last_page = 0 if _HEADING.fullmatch(line.text) else last_page
        elif place - end >= _LINES_OF_ENTRY:
            break
    return end if entries >= _FEWEST else start


def _page_of(line: Line, width: float, *, weak: bool = False) -> int | None:
    """Return the page that an entry ends with, 0 for a Roman one; None where the line is no entry."""
    match = _PAGE.search(line.text)
    if match is None or not (weak or is_entry(line, width)) or not is_contents_entry(line.text):
        return None
    return int(match.group(1) or 0)


def is_entry(line: Line, width: float) -> bool:
    """Say whether a line is set as the entries of a contents list are: a number stands off at its end.

    Parameters
    ----------
    line : Line
        The line.
    width : float
        Usual width of a letter, against the height of the line.

    Returns
    -------
    bool
        True also for the rows of some tables.

    Examples
    --------
    >>> [is_entry(Line(text, 50, 90, 0, 10, 400), width=0.5) for text in ("Findings ........ 3", "He was 3")]
    [True, False]
    """
    if line.text[-1] not in _PAGE_ENDS or not _PAGE.search(line.text):
        return False
    stretched = (line.right - line.left) / len(line.text) > _STRETCHED * width * line.height
    return stretched or _LEADERS.search(line.text) is not None


def is_contents_list(text: str) -> bool:
    r"""Say whether a paragraph of plain text is a contents list.

    Parameters
    ----------
    text : str
        The paragraph, with its line ends.

    Returns
    -------
    bool
        True where four fifths of its lines, three at least, end in a page number that stands off.

    Examples
    --------
    >>> is_contents_list("Contents\nFindings ..... 3\nAnalysis ..... 9\nThanks .... 14")
    True
    """
    if "\n" not in text:
        return False
    lines = [line.strip() for line in text.split("\n") if not _HEADING.fullmatch(line.strip())]
    entries = sum(_APART.search(line) is not None for line in lines)
    return entries >= _FEWEST and entries >= 0.8 * len(lines)
