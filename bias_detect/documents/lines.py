"""Lines of text on the pages of a PDF: put in reading order, and joined to the text of a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

HYPHEN = "\ufffe"
"""What stands for the hyphen of a word broken at a line end; pdfium's own mark."""

TURN = "\ufdd0"
"""What stands, while a paragraph is put together, where its text goes on on the next page."""

MARK = re.compile(
    r"[•▪◦●○■□➢►‣·*–—-]|[(\[]?[A-Za-z]{0,3}\d{1,3}(?:\.\d{1,3})*[.)\]]{0,2}|[(\[]?[A-Za-z]{1,4}[.)\]]{1,2}"
)
"""The number or bullet of a paragraph or item, where it stands alone."""

_ENOUGH_PAGES = 100
_ODD_SPACE = re.compile(r"\s\s|[^\S ]")
_CLOSING = re.compile(r"[.,;:)\]?!]+(?!\w)|[’”]")
_BROKEN_WORD = re.compile(rf"(?<!\w)(\w*){HYPHEN}+\s*({TURN}?)(\w*)")
_NUMERAL = re.compile(r"\d+|two|three|four|five|eight|(?:twen|thir|for|fif|six|seven|eigh|nine)ty")
_END_OF_NUMERAL = re.compile(r"t?e?en|th|ty|ieth")
_HYPHENED_WORDS = re.compile("self|same|lone")  # that hardly any other is closed up with
_OPENING_WORDS = re.compile(
    "any|back|before|can|down|every|fore|hand|here|her|him|how|into|man|mis|not|out|over|some|their|them|there|up|"
    "under|what|where|who|with|your"
)
_CLOSING_WORDS = re.compile(
    "able|age|all|ally|ant|ate|body|day|down|ever|father|ful|ground|hold|hood|ion|ish|less|like|lines?|loads?|man|marks?|men|"
    "mother|most|one|over|point|rooms?|self|selves|ship|side|the|thing|times?|wards?|where|wise|works?"
)
_LINKS = {"and", "by", "of", "the", "to", "up"}
_PUNCTUATION = ".,;:?!()[]'\"‘’“”"


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
    """

    text: str
    left: float
    right: float
    bottom: float
    height: float
    weight: int
    raised: bool = False


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
    """
    lines = [line for page in pages for line in page]
    widths = sum((line.right - line.left) / line.height for line in lines)
    return widths / max(1, sum(len(line.text) for line in lines))


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page as they are read, each whole.

    A page of one column is sorted from top to bottom; where text stands side by side, the order of the file is kept.

    Parameters
    ----------
    lines : sequence of Line
        In the order of the file.

    Returns
    -------
    list of Line
        The parts of one line on paper, which a raised note number or a change of font keeps apart, are joined.
    """
    whole = _whole_lines(lines)
    if all(a.bottom >= b.bottom - 1 for a, b in pairwise(whole)):
        return whole
    by_height = sorted(whole, key=lambda line: -line.bottom)
    beside = sum(a.bottom - b.bottom < 0.4 * min(a.height, b.height) for a, b in pairwise(by_height))
    return by_height if beside <= max(2, len(whole) // 20) else whole


def _whole_lines(lines: Iterable[Line]) -> list[Line]:
    whole: list[Line] = []
    for line in lines:
        if whole:
            last = whole[-1]
            size = max(last.height, line.height)
            if -1 <= line.left - last.right < size and abs(line.bottom - last.bottom) < 0.6 * size:
                glue = "" if _CLOSING.match(line.text) or last.text.endswith(HYPHEN) else " "
                last.text = f"{last.text}{glue}{line.text}"
                last.right, last.height = line.right, size
                last.bottom = min(last.bottom, line.bottom)
                continue
        whole.append(line)
    return whole


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
        The text, to be given to `mend` with those of all paragraphs.
    """
    text = lines[0].text
    for line, (before, page) in zip(lines[1:], pairwise(pages), strict=True):
        following = line.text
        turn = TURN if page != before else ""
        if text.endswith("-") and text[-2:-1].isalnum() and following[:1].isalnum():
            text = f"{text[:-1]}{HYPHEN}{turn}{following}"
        elif text.endswith(HYPHEN) or _CLOSING.match(following):
            text = f"{text}{turn}{following}"
        else:
            text = f"{text} {turn}{following}"
    return " ".join(text.split()) if _ODD_SPACE.search(text) else text


def mend(texts: Sequence[str]) -> list[str]:
    """Put broken words together.

    A hyphen at a line end may be the word's own. It stays where the document writes the word so elsewhere. For
    words found nowhere else, it stays where both parts are words of the document, and where the document is not
    seen to break words at all.

    Parameters
    ----------
    texts : sequence of str
        The paragraphs of a document, joined.

    Returns
    -------
    list of str
        The texts without marks of broken words.
    """
    divided = [text for text in texts if HYPHEN in text]
    if not divided:
        return list(texts)
    words = {word for text in texts for word in text.casefold().split()}
    words = {word.strip(_PUNCTUATION) for word in words}
    broken = [(match[1], match[3]) for text in divided for match in _BROKEN_WORD.finditer(text)]
    divides = sum((first + second).casefold() in words for first, second in broken)
    divides -= sum(f"{first}-{second}".casefold() in words for first, second in broken)

    def mended(match: re.Match[str]) -> str:
        first, turn, second = match.groups()
        whole, compound = f"{first}{second}{turn}", f"{first}-{second}{turn}"
        if not first or not second:
            return whole
        if f"{first}-{second}".casefold() in words or _is_linked(match, first, second):
            return compound
        if (first + second).casefold() in words:
            return whole
        if divides <= 0 or not second[0].islower() or _make_compound(first.casefold(), second, words):
            return compound
        return whole

    return [_BROKEN_WORD.sub(mended, text) if HYPHEN in text else text for text in texts]


def _make_compound(first: str, second: str, words: set[str]) -> bool:
    """Say whether two parts of a word that is found nowhere else are words by themselves, joined by a hyphen."""
    if _NUMERAL.fullmatch(first):
        return not _END_OF_NUMERAL.match(second)
    if _HYPHENED_WORDS.fullmatch(first):
        return second not in {"ish", "less", "ness"}
    if _OPENING_WORDS.fullmatch(first) or _CLOSING_WORDS.fullmatch(second):
        return False
    return min(len(first), len(second)) >= 3 and first in words and second in words


def _is_linked(match: re.Match[str], first: str, second: str) -> bool:
    """Say whether the hyphen is one of several, as in out-of-hours."""
    before, behind = match.string[: match.start()], match.string[match.end() :]
    return (before.endswith("-") and first in _LINKS) or (behind.startswith("-") and second in _LINKS)
