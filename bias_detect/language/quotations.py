"""Quotations: which stretches of a text are somebody else's words, set in quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterable

Span = tuple[int, int]

_BEFORE = r"(?<![^\s(\[{—–\-/“‘\"'])"  # what may stand before a mark that opens: nothing, or one of these
_OPENING = re.compile(rf"[“„](?=\S)|{_BEFORE}[\"‘](?=\S)(?!\d0s\b)|{_BEFORE}'(?=[\w\[“\"])(?!\d0s\b)")
_CLOSING_DOUBLE = re.compile(r"”|(?<=\S)\"(?!\w*[^\W\d])|(?<=\S)“(?=[\s.,;:!?)\]]|$)")
_CLOSING_SINGLE = re.compile(r"(?<=\S)[’'](?![^\W\d])(?<!\s.)")
MAX_CHARACTERS = 5_000
"""Length beyond which the end of a quotation is not looked for."""

_PLURAL = re.compile(r"(?<=s)[’'] [a-z]")


def quotation_spans(text: str) -> list[Span]:
    """Return the stretches of a text that stand in quotation marks.

    Double and single, curly and straight marks are known; apostrophes, plural possessives and decades are told from
    them by what stands on either side. Of quotations inside one another the outermost is returned. A double curly
    mark that is not closed opens a quotation that goes on to the end, since one of several paragraphs is closed in
    the last alone; another mark does so only at the start of the text.

    Parameters
    ----------
    text : str
        A paragraph: marks are paired within it.

    Returns
    -------
    list of (int, int)
        Starts and ends, the marks included, in order.

    Examples
    --------
    >>> text = "The nurse wrote “mother’s boyfriend is back” and went on. Staff ‘hadn’t known’."
    >>> [text[start:end] for start, end in quotation_spans(text)]
    ['“mother’s boyfriend is back”', '‘hadn’t known’']
    """
    spans: list[Span] = []
    position = 0
    while opening := _OPENING.search(text, position):
        start, mark = opening.span()[0], opening.group()
        end = _end_of_single(text, start + 1) if mark in "‘'" else _end_of_double(text, start + 1)
        if end is None and (mark == "“" or (mark != "'" and not text[:start].strip())):
            end = len(text)
        if end is not None:
            spans.append((start, end))
        position = end or start + 1
    return spans


def quoted_share(spans: Iterable[Span], start: int, end: int) -> float:
    """Return how much of a stretch of text is quoted.

    Parameters
    ----------
    spans : iterable of (int, int)
        The quotations of the text, as `quotation_spans` returns them.
    start, end : int
        Where the stretch begins and ends.

    Returns
    -------
    float
        Between 0 and 1; 0 for an empty stretch.

    Examples
    --------
    >>> text = "She said “no”."
    >>> quoted_share(quotation_spans(text), 9, len(text))
    0.8
    """
    if end <= start:
        return 0.0
    covered = sum(max(0, min(end, last) - max(start, first)) for first, last in spans)
    return covered / (end - start)


def _end_of_double(text: str, start: int) -> int | None:
    closing = _CLOSING_DOUBLE.search(text, start, start + MAX_CHARACTERS)
    return None if closing is None else closing.end()


def _end_of_single(text: str, start: int) -> int | None:
    """Return where a quotation in single marks ends; a plural possessive does so only where no mark follows."""
    possessive = None
    for closing in _CLOSING_SINGLE.finditer(text, start, start + MAX_CHARACTERS):
        if possessive is not None and _OPENING.search(text, possessive, closing.start()):
            break
        if _PLURAL.match(text, closing.start()) is None:
            return closing.end()
        possessive = possessive or closing.end()
    return possessive
