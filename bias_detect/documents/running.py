"""Running heads and feet and page numbers: what stands on the pages of a document and is no text of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

_EDGE_LINES = 3
_LINES_OF_SHORT_PAGE = 8
_FEWEST_REPEATS = 3
_APART = 24.0  # points between a running head and the text, at least
_LEVEL = 4.0  # points by which a running head may stand higher or lower than its likes

_PAGE_NUMBER = re.compile(r"(?:page|p\.)?[\s\-–|]*(\d{1,4})(?:\s*(?:of|/)\s*\d{1,4})?[\s\-–|.]*", re.IGNORECASE)
_PAGE_OF_PAGES = re.compile(r"page\s+\d{1,4}\s+(?:of|/)\s+\d{1,4}\.?", re.IGNORECASE)
_ROMAN_NUMBER = re.compile(r"[ivxlc]{1,7}")
_NUMBER = re.compile(r"(?<!\w)\d{1,4}(?!\w)")

_Page = Sequence[tuple[str, float]]


def running_lines(pages: Sequence[_Page]) -> list[set[int]]:
    """Find the running heads, running feet and page numbers of a paged document.

    A line is one where it stands among the three at the top or the foot of at least three pages, at one height and
    with the same words but for the page number, and hardly ever in the middle of a page. Where there are but two
    pages, it stands on both, and some way off the text.

    Parameters
    ----------
    pages : sequence of sequence of (str, float)
        Each page's lines, with how high they stand on it.

    Returns
    -------
    list of set of int
        For each page the places of the lines that are no text of the document.

    Examples
    --------
    >>> body = ["The call came.", "She went out.", "No one was in."]
    >>> running_lines([[("A Review", 800), (text, 700), (f"{n}", 20)] for n, text in enumerate(body, 4)])
    [{0, 2}, {0, 2}, {0, 2}]
    """
    edges = [_edge(page) for page in pages]
    shift = _page_number_shift(pages, edges)
    keys = [
        {i: _key(page[i][0], number, shift) for i in edge}
        for number, (page, edge) in enumerate(zip(pages, edges, strict=True))
    ]
    running = _running_keys(pages, keys, min(_FEWEST_REPEATS, max(2, len(pages))))
    romans = sum(any(_ROMAN_NUMBER.fullmatch(key) for key in on_page.values()) for on_page in keys)
    bands = _bands(pages, keys, running)
    dropped = []
    for number, (page, on_page) in enumerate(zip(pages, keys, strict=True)):
        gone = {i for i, key in on_page.items() if key in running or (romans > 1 and _ROMAN_NUMBER.fullmatch(key))}
        if len(pages) == 2:  # what two pages have in common may be chance
            gone = {i for i in gone if _stands_apart(page, i)}
        gone |= {i for i in on_page if _is_page_number(page[i][0], number, shift)}
        gone |= {i for i in on_page if i not in gone and _is_in(bands, page[i][1]) and _stands_apart(page, i)}
        dropped.append(gone)
    return dropped


def _edge(page: _Page) -> set[int]:
    """Return the places of the topmost and the lowest lines.

    On a page whose text is turned, heads are not at its edges, but come first or last in the file.
    """
    order = sorted(range(len(page)), key=lambda i: page[i][1])
    count = min(_EDGE_LINES, (len(page) + 3) // 4)  # of a short page, not all
    ends = {0, 1, len(page) - 2, len(page) - 1} if len(page) > _LINES_OF_SHORT_PAGE else set()
    return {*order[:count], *order[len(page) - count :]} | ends


def _page_number_shift(pages: Sequence[_Page], edges: Sequence[set[int]]) -> int | None:
    """Return what page numbers are ahead of the page's place in the file, where enough pages agree on it."""
    shifts: Counter[int] = Counter()
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        shifts.update({int(found) - number for i in edge for found in _NUMBER.findall(page[i][0])})
    if not shifts:
        return None
    shift, agreeing = max(shifts.items(), key=lambda item: (item[1], -abs(item[0])))
    return shift if agreeing >= min(_FEWEST_REPEATS, max(2, len(pages))) else None


def _key(text: str, number: int, shift: int | None) -> str:
    """Return the line's words, with ``#`` for the number of its page."""
    label = None if shift is None else str(number + shift)
    return " ".join("#" if word.strip("|-–.") == label else word for word in text.casefold().split())


def _is_page_number(text: str, number: int, shift: int | None) -> bool:
    if _PAGE_OF_PAGES.fullmatch(text):
        return True
    match = _PAGE_NUMBER.fullmatch(text)
    return match is not None and shift is not None and int(match.group(1)) == number + shift


def _running_keys(pages: Sequence[_Page], keys: Sequence[dict[int, str]], fewest: int) -> set[str]:
    """Return the words that come back at the edge of pages and do not stand in the middle of others."""
    heights: defaultdict[str, list[float]] = defaultdict(list)
    for page, on_page in zip(pages, keys, strict=True):
        for key, i in {key: i for i, key in on_page.items()}.items():
            heights[key].append(page[i][1])
    repeated = {key for key, at in heights.items() if len(at) >= fewest and _is_level(at)}
    inside = Counter(
        key
        for page, on_page in zip(pages, keys, strict=True)
        for i, (text, _) in enumerate(page)
        if i not in on_page and (key := text.casefold()) in repeated
    )
    return {key for key in repeated if len(heights[key]) > 3 * inside[key]}


def _bands(pages: Sequence[_Page], keys: Sequence[dict[int, str]], running: set[str]) -> list[float]:
    """Return the heights at which running heads stand, those of one or two pages alone as well."""
    found: Counter[float] = Counter()
    for page, on_page in zip(pages, keys, strict=True):
        found.update({round(page[i][1]) for i, key in on_page.items() if key in running})
    return [height for height, count in found.items() if count >= _FEWEST_REPEATS]


def _is_in(bands: list[float], height: float) -> bool:
    return any(abs(height - band) <= 1 for band in bands)


def _stands_apart(page: _Page, place: int) -> bool:
    """Say whether a line is the first or last on its page, with some room between it and the next."""
    height = page[place][1]
    others = [at for i, (_, at) in enumerate(page) if i != place]
    if not others:
        return False
    return height - max(others) > _APART or min(others) - height > _APART


def _is_level(heights: list[float]) -> bool:
    """Say whether most of the heights are the same."""
    middle = median(heights)
    return 2 * sum(abs(height - middle) <= _LEVEL for height in heights) > len(heights)
