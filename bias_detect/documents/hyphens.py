"""Words broken at line ends, put together: with the hyphen where it is their own, without it where the line's."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from bias_detect.documents.lines import HYPHEN, TURN

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
    "mother|most|one|over|point|rooms?|self|selves|ship|side|the|thing|times?|wards?|ways?|where|wise|works?"
)
_PREFIXES = {"non", "pre"}  # that are no words
_PREFIXED = re.compile(  # what they are closed up with
    "caution.*|dated?|dates|face|mature|position|sense|sent|serve.*|sided?|tend|text|vent|view.*"
)
_FIRST_WORDS = re.compile(
    "cross|double|follow|full|half|hard|high|ill|long|low|old|open|part|short|single|slight|slow|soft"
)
_CLOSED_UP = re.compile("back|bar|born|cuts?|fall|hand|head|land|lights?|list|lock|roads?|ware|words?")
_TAILS = re.compile(
    "based|centred|focused|funded|known|led|minute|mortem|off|quality|related|risk|round|specific|term|up|wide"
)
_LINKS = {"and", "by", "of", "the", "to", "up"}
_PUNCTUATION = ".,;:?!()[]'\"‘’“”⁰¹²³⁴⁵⁶⁷⁸⁹"
_SHORTEST_STEM, _LONGEST_ENDING = 3, 3


def mend(texts: Sequence[str]) -> list[str]:
    """Put broken words together.

    A hyphen at a line end may be the word's own. It stays where the document writes the word, or another form of it,
    so elsewhere. For words found nowhere else, it stays where both parts are words of the document, or are such as
    are hardly ever closed up (``pre-school``, ``long-term``), and where the document is not seen to break words at all.

    Parameters
    ----------
    texts : sequence of str
        The paragraphs of a document, joined.

    Returns
    -------
    list of str
        The texts without marks of broken words.

    Examples
    --------
    >>> mend([f"The infor{HYPHEN}mation was late.", "No information came."])
    ['The information was late.', 'No information came.']
    """
    divided = [text for text in texts if HYPHEN in text]
    if not divided:
        return list(texts)
    words = {word for text in texts for word in text.casefold().split()}
    words = {word.strip(_PUNCTUATION) for word in words}
    in_order = sorted(words)
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
        if (first + second).casefold() in words or _has_form(in_order, first, second):
            return whole
        if _has_form(in_order, f"{first}-", second):
            return compound
        if divides <= 0 or not second[0].islower() or _make_compound(first.casefold(), second, words):
            return compound
        return whole

    return [_BROKEN_WORD.sub(mended, text) if HYPHEN in text else text for text in texts]


def _has_form(words: Sequence[str], first: str, second: str) -> bool:
    """Say whether another form of a word is among the words, which are in order: another ending, or none."""
    stem = (first + second[: max(_SHORTEST_STEM, len(second) - _LONGEST_ENDING)]).casefold()
    place = bisect_left(words, stem)
    return place < len(words) and words[place].startswith(stem) and len(words[place]) <= len(first + second) + 3


def _make_compound(first: str, second: str, words: set[str]) -> bool:
    """Say whether two parts of a word that is found nowhere else are words by themselves, joined by a hyphen."""
    if _NUMERAL.fullmatch(first):
        return not _END_OF_NUMERAL.match(second)
    if _HYPHENED_WORDS.fullmatch(first):
        return second not in {"ish", "less", "ness"}
    if len(first) == 1:  # no word is broken there
        return True
    if first in _PREFIXES:
        return second in words and not _PREFIXED.fullmatch(second)
    is_word = first in words or _FIRST_WORDS.fullmatch(first) is not None
    if is_word and _TAILS.fullmatch(second):
        return not (second == "led" and first.endswith("l"))  # controlled
    if _FIRST_WORDS.fullmatch(first) and (second in {"day", "time"} or _CLOSED_UP.fullmatch(second)):
        return not _CLOSED_UP.fullmatch(second)
    if _OPENING_WORDS.fullmatch(first) or _CLOSING_WORDS.fullmatch(second):
        return False
    return min(len(first), len(second)) >= 3 and is_word and second in words


def _is_linked(match: re.Match[str], first: str, second: str) -> bool:
    """Say whether the hyphen is one of several, as in out-of-hours."""
    before, behind = match.string[: match.start()], match.string[match.end() :]
    return (before.endswith("-") and first in _LINKS) or (behind.startswith("-") and second in _LINKS)
