"""Footnotes: the small print at the foot of a page or column, parted from the text above it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bias_detect.documents.lines import Line

_MOST = 0.6  # of the lines of a page, beyond which small print with few marks is its text
_LONGEST = 8  # lines of a note, on an average
_SMALL = 0.93  # size of notes against that of the body text, at most
_MARK = re.compile(r"(\d{1,3})\b|[*†‡§]")


def part_notes(flow: Sequence[Line], body: float) -> tuple[list[Line], list[Line]]:
    """Part the notes at the foot of a page from its text.

    Notes are the last lines of a page or column, if they are smaller than body text or begin with a raised number.
    The small print of a page that is small all over is its text.

    Parameters
    ----------
    flow : sequence of Line
        The lines of the page in reading order.
    body : float
        Size of body text.

    Returns
    -------
    tuple of list of Line
        The lines of the text, and those of the notes.

    Examples
    --------
    >>> flow = [Line(f"Line {place}.", 50, 90, 700 - 12 * place, 10, 400) for place in range(4)]
    >>> text, notes = part_notes([*flow, Line("1 Her diary.", 50, 90, 600, 7, 400)], body=10)
    >>> [line.text for line in notes]
    ['1 Her diary.']
    """
    small = [line.height < _SMALL * body for line in flow]
    if all(small):
        return list(flow), []
    is_note = [False] * len(flow)
    place = 0
    while place < len(flow):
        if not (small[place] or flow[place].raised):
            place += 1
            continue
        end = _end_of_run(flow, small, place)
        marks = sum(begins_note(line) for line in flow[place:end])
        likely = end - place < _MOST * len(flow) or (begins_note(flow[place]) and end - place <= _LONGEST * marks)
        apart = small[place] or _stands_off(flow, place)
        if apart and likely and (marks or end == len(flow)) and _is_at_foot(flow, place, end):
            is_note[place:end] = [True] * (end - place)
        place = end if small[place] or is_note[place] else place + 1
    text = [line for line, gone in zip(flow, is_note, strict=True) if not gone]
    return text, [line for line, gone in zip(flow, is_note, strict=True) if gone]


def _end_of_run(flow: Sequence[Line], small: Sequence[bool], start: int) -> int:
    """Return where the small print ends; in print of the text's size, where the column ends."""
    place = start + 1
    while place < len(flow):
        same_column = flow[place].bottom < flow[place - 1].bottom + 1
        if small[place] != small[start] or (not small[start] and not same_column):
            break
        place += 1
    return place


def _stands_off(flow: Sequence[Line], place: int) -> bool:
    """Say whether a line is set off from the one above it more than that is from its own."""
    if place < 2:
        return False
    before, above = flow[place - 2].bottom - flow[place - 1].bottom, flow[place - 1].bottom - flow[place].bottom
    return above > 1.2 * before > 0


def _is_at_foot(flow: Sequence[Line], start: int, end: int) -> bool:
    """Say whether nothing of the page stands below a run of lines, in their column."""
    run = flow[start:end]
    left, right = min(line.left for line in run), max(line.right for line in run)
    lowest = min(line.bottom for line in run)
    return not any(
        line.bottom < lowest and line.left < right and line.right > left
        for place, line in enumerate(flow)
        if not start <= place < end
    )


def each_note(lines: Sequence[Line]) -> list[list[Line]]:
    """Part the lines of notes into notes; one that is numbered begins with the number after the last one's.

    Parameters
    ----------
    lines : sequence of Line
        The lines of a page's notes.

    Returns
    -------
    list of list of Line
        The first may be what is left of a note of the page before; a line set off from the notes is by itself.

    Examples
    --------
    >>> texts = ("1 Her diary,", "page 4.", "2 A call.")
    >>> lines = [Line(text, 50, 90, 60 - 8 * place, 7, 400) for place, text in enumerate(texts)]
    >>> [[line.text for line in note] for note in each_note(lines)]
    [['1 Her diary,', 'page 4.'], ['2 A call.']]
    """
    notes: list[list[Line]] = []
    last = None
    for line in lines:
        mark = _MARK.match(line.text)
        number = int(mark.group(1)) if mark and mark.group(1) else None
        follows = mark and (line.raised or number is None or last is None or number == last + 1)
        if not notes or follows or _is_other_print(notes[-1][-1], line):
            notes.append([])
            last = last if number is None else number
        notes[-1].append(line)
    return notes


def _is_other_print(a: Line, b: Line) -> bool:
    """Say whether ``b`` is of another size than ``a`` above it, or stands off from it."""
    return abs(a.height - b.height) > 0.08 * a.height or a.bottom - b.bottom > 2 * a.height


def begins_note(line: Line) -> bool:
    """Say whether a line begins with the number or sign of a note.

    Parameters
    ----------
    line : Line
        A line of small print.

    Returns
    -------
    bool
        False for the rest of a note of the page before, or for other small print.

    Examples
    --------
    >>> begins_note(Line("1 Her diary.", 50, 90, 60, 7, 400)), begins_note(Line("page 4.", 50, 90, 52, 7, 400))
    (True, False)
    """
    return _MARK.match(line.text) is not None
