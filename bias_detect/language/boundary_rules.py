"""Where a sentence of report prose begins: the decisions at stops, on plain text.

A stop is looked at with the word before it, the closing quotes, brackets and footnote marks behind it, and the first
word after it. The words that matter are data, in ``patterns/abbreviations.json``. Breaks that lines, bullets and
lists make come from :mod:`bias_detect.language.boundary_layout`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import NamedTuple

from bias_detect.language.boundary_layout import (
    BULLETS,
    DASHES,
    MARKER,
    ROMAN,
    STOPS,
    WORDS,
    forced_starts,
    opens_sentence,
)


def _any(name: str) -> str:
    """Return a pattern for the words of a list."""
    return "|".join(sorted(WORDS[name]))


_UPPER = "A-ZÀ-ÖØ-Þ"
_OPEN = "\"'“‘«(\\["
_STOP = re.compile(
    rf"""
    ([{STOPS}](?<![{STOPS}].)(?:(?<=\.)(?:\x20\.(?![.\w])){{1,200}}+|[{STOPS}]*+))  # 1: the stop; spaced dots are one
    (["'”’»)\]}}]*)                                                         # 2: what closes with it
    (\x20?\[\d{{1,3}}\](?:,?\x20?\[\d{{1,3}}\])*|\(\d{{1,3}}\)|[¹²³⁰⁴-⁹*†‡]+
     |(?:\d{{1,3}}|(?:(?<=["”’»)])|(?<=[a-z"”’»)][.!?]))\d{{4}})           # 3: footnotes
      (?:(?:,\x20?|[–-])[\d¹²³⁰⁴-⁹]{{1,4}})*)?
    (?:(\s+)|(?=[{_OPEN}]*[{_UPPER}][\w'’\s])|(?=\d{{1,9}}(?:\.\d{{1,9}}){{1,9}}+\s+[{_UPPER}]))
    """,
    re.VERBOSE,
)
_NEXT = re.compile(rf"((?:\[?(?:\.{{3,}}|…|\.\x20\.\x20\.)\]?\s*|[{_OPEN}]+){{0,50}})([^\W\d_]*)")
_LOWER_MARKER = re.compile(r"\(?(?:[a-z]|[ivx]{1,5})[.)]+\s+\S")
_MARK = re.compile(rf"[{STOPS})·{BULLETS}\n\r\v\f\x85\u2028\u2029]")  # a boundary needs one, or a dash for a bullet
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PARAGRAPH = re.compile(r"\d{1,3}(?:\.\d{1,3})+\.?\s+[A-Z\"“‘'\[(]")
_CITATION = re.compile(
    r"\((?!(?:[A-Za-z]|[ivxIVX]{1,6}|\d{1,3})\))(?![^()]*[.!?…]\))[^()]{1,80}\)(?:\s+(?=[\"'“‘(\[]*[A-Z\[])|$)"
)
_LABEL = re.compile(rf"\W*(?:{_any('label_nouns')})\s+(?:\d{{1,3}}(?:\.\d+)*|[a-z]|[ivx]+)", re.IGNORECASE)
_DOTTED = re.compile(r"(?:[A-Za-z]\.|[A-Z][a-z]\.)+(?:[A-Za-z]|[A-Z][a-z])")
_ADDRESS = re.compile(r"@|://|www\.|/")
_SPACE = re.compile(r"\s")
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = rf"{_MONTHS}|{_any('months')}|{_DAYS}"
_DATE_WORDS = (
    "the|of|about|around|approximately|exactly|just|after|before|and|to|until|between|on|at|by|from|in|morning|afternoon"
    f"|evening|night|early|late|uk|eu|us|{_DATE}"
)
_MONTH = re.compile(rf"\d{{0,2}}\s?(?:{_DATE}|gmt|bst|utc)\b", re.IGNORECASE)
_ADVERBIAL = re.compile(
    rf"(?:{MARKER.pattern}[.)]*\s+)?(?:at|on|by|from|in|around|about|before|after|until|since|between|shortly)"
    rf"(?:\s+(?:[\d:/–-]+(?:\.\d+)*(?:st|nd|rd|th)?|[a-z](?:\.[a-z])+|{_DATE_WORDS})[.,]?)*",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(
    rf"\b(?:[Tt]he|a|at|by|from|with|for|of|to|called|named|in|and|{_any('name_nouns')})"
    rf"\s(?:[{_UPPER}][\w’'-]*\s)*[{_UPPER}][\w’'-]*$"
)
_QUESTION = re.compile(
    r"\W*(?:who|what|when|where|why|how|was|were|is|are|did|do|does|had|has|have|should|could|would|can|will)\b",
    re.IGNORECASE,
)
_SPOKEN = re.compile(rf"(?:[{_UPPER}][\w’'-]*\.?\s+){{1,3}}(?:{_any('speech_verbs')})\b")
_PAIR = re.compile(r"[\"“”'‘’()\[\]«»](?!(?<=\w['’])\w)")
_PAIR_HEADS = ('"', "(", "“", "‘", "[", "«", " '", "-'", "–'", "—'")
_PARTNER = {"”": "“", "’": "‘", ")": "(", "]": "[", "»": "«", '"': '"', "'": "'"}
_LONGEST_PAIR, _DEEPEST_PAIR = 200, 20
_LONGEST_ADVERBIAL, _LONGEST_LABEL, _LONGEST_NOTE = 80, 24, 9
_NOTE_ALONE = re.compile(r"\d{1,4}\s*$")  # behind the last stop

_CLASSES = ("never", "titles", "numbered", "closing", "free", "units", "times", "months")
_CLASS = {word: name for name in _CLASSES for word in WORDS[name]}
_SLOW = _CLASS.keys() | ROMAN.keys()
_HEADS = frozenset(("opener", "report", "title", "weak", "digit", "symbol"))
_ENDS = {
    "plain": _HEADS,
    "never": frozenset[str](),
    "titles": frozenset(("opener", "report")),
    "numbered": frozenset(("opener", "report", "title")),
    "closing": frozenset(("opener", "report", "title")),
    "months": frozenset(("opener", "report", "title")),
    "free": _HEADS,
    "units": _HEADS - {"digit"},
    "times": _HEADS,
}


class _Stop(NamedTuple):
    """A stop with what stands around it."""

    text: str
    start: int  # of the sentence
    at: int
    mark: str
    closers: str
    note: str
    spaced: bool
    word: str  # before the stop
    after: int  # where the next sentence would begin
    opening: str  # quotes, brackets and dots before the next word
    next: str
    next_at: int
    kind: str  # of the next word


def sentence_starts(text: str) -> list[int]:
    """Return the offsets at which sentences begin.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of int
        Ascending offsets of characters that are no white space; empty where there are none.

    Examples
    --------
    >>> sentence_starts("Dr. Smith left at 9.30. He was tired.")
    [0, 24]
    """
    begin = len(text) - len(text.lstrip())
    if begin == len(text):
        return []
    if text[begin] not in DASHES and not _MARK.search(text, 0, len(text) - 1):
        return [begin]
    bounds = [begin, *forced_starts(text), len(text)]
    text = text if text.isprintable() else _SPACE.sub(" ", text)
    paired = any(map(text.__contains__, _PAIR_HEADS))
    starts: list[int] = []
    for low, high in pairwise(bounds):
        starts.append(low)
        _scan(text, low, high, starts, paired or text[low] == "'")
    if len(starts) > 1 and len(text) - starts[-1] < _LONGEST_NOTE and _NOTE_ALONE.match(text, starts[-1]):
        starts.pop()
    return starts


def _scan(text: str, low: int, high: int, starts: list[int], quoted: bool) -> None:
    """Append the sentence starts that stops make between two offsets."""
    pairs = _pairs(text, low, high) if quoted else []
    start = low
    for match in _STOP.finditer(text, low, high):
        at, end = match.span()
        if end >= high:
            break
        cut = 0
        if end == at + 2 and text[at:end] == ". " and text[end].isupper() and at - start > _LONGEST_LABEL:
            word = text[text.rfind(" ", start, at) + 1 : at]
            if len(word) > 1 and word.isalpha() and word.lower() not in _SLOW:
                cut = end  # quickly: a word, a point, a space and a capital
        if not cut:
            cut = _cut(text, start, match, high)
        if cut and cut < high and not (pairs and _is_within(pairs, at, match.end(2))):
            starts.append(cut)
            start = cut


def _pairs(text: str, low: int, high: int) -> list[tuple[int, int]]:
    """Return the short quotations and brackets: a sentence that holds one is not cut inside it."""
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for match in _PAIR.finditer(text, low, high):
        mark, at = match.group(), match.start()
        before = text[at - 1] if at > low else " "
        behind = text[at + 1 : at + 2] or " "
        if mark in "“‘«([" or (mark in "\"'" and before in " (['\"“‘–—-" and not behind.isspace()):
            stack = [(kind, opened) for kind, opened in stack[-_DEEPEST_PAIR:] if kind != mark or mark in "(["]
            stack.append((mark, at))
            continue
        if mark in "'’" and before == "s" and text[at + 2 : at + 3].islower():
            continue
        for depth in range(len(stack) - 1, -1, -1):
            if stack[depth][0] == _PARTNER[mark]:
                if at - stack[depth][1] <= _LONGEST_PAIR:
                    pairs.append((stack[depth][1], at))
                del stack[depth:]
                break
    return sorted(pairs)


def _is_within(pairs: list[tuple[int, int]], at: int, end: int) -> bool:
    for opened, closed in reversed(pairs[: bisect_left(pairs, (at, 0))]):
        if opened < at - _LONGEST_PAIR:
            return False
        if end <= closed:
            return True
    return False


def _kind(text: str, word: str, at: int) -> str:
    """Tell what the word after a stop says about it."""
    if word:
        if word[0].islower():
            return "weak" if not word.islower() else "lower"
        lower = word.lower()
        if lower in WORDS["openers"]:
            return "opener" if opens_sentence(text, word, at + len(word)) else "weak"
        if lower in WORDS["report_openers"]:
            return "report"
        return "title" if lower in WORDS["titles"] or lower in WORDS["persons"] else "weak"
    sign = text[at : at + 1]
    if sign.isdigit():
        return "digit"
    if sign in ("£", "$", "€", "█", "_", "#", "@"):
        return "symbol"
    if sign in ("-", "–", "—"):
        return "symbol" if text[at + 1 : at + 3].strip()[:1].isupper() else "none"
    return "none"


def _cut(text: str, start: int, match: re.Match[str], high: int) -> int:
    """Return where the sentence after a stop begins, or 0 where the stop ends none."""
    mark, closers, note, space = match.groups()
    at, after = match.span()
    numbered = note is not None and note[0].isdecimal()
    if numbered and text[at - 1 : at].isdigit() and not _YEAR.match(text, max(at - 4, start)):
        return 0  # a decimal or a time
    found = _NEXT.match(text, after, high)
    opening, word = found.groups() if found else ("", "")
    next_at = after + len(opening)
    kind = _kind(text, word, next_at)
    before = text[max(text.rfind(" ", start, at) + 1, start) : at].lstrip("\"'“‘([«*_")
    stop = _Stop(text, start, at, mark, closers, note or "", bool(space), before, after, opening, word, next_at, kind)
    if kind == "none" or (kind == "lower" and not _heads_lower(stop)):
        return _after_citation(stop, high) if opening[:1] == "(" and _class(stop) == "plain" else 0
    if kind == "lower":
        return after if _class(stop) == "plain" else 0
    if not space and not note:
        if closers[:1] == '"' and text.count('"', start, at) % 2 == 0:
            return match.start(2)
        if not _is_glued(stop):
            return 0
    if numbered:
        return _after_note(stop, match)
    if mark[0] == "." and len(mark) == 1:
        ends = _ends_with_point(stop)
    elif mark[0] in "!?‽":
        ends = not _is_name_or_speech(stop)
    else:
        return _after_ellipsis(stop)
    if not ends:
        return 0
    return (_after_citation(stop, high) or after) if opening[:1] == "(" else after


def _heads_lower(stop: _Stop) -> bool:
    """Tell whether a word in lower case heads a sentence here: an item's number, or the first word of a quotation."""
    if _LOWER_MARKER.match(stop.text, stop.after):
        return True
    return stop.spaced and stop.opening[:1] in ("'", '"', "“", "‘") and stop.mark in (".", "!", "?")


def _after_citation(stop: _Stop, high: int) -> int:
    """Return where the sentence behind a bracket without a stop of its own begins: it belongs to the one before."""
    match = _CITATION.match(stop.text, stop.after, high)
    return match.end() if match and match.end() < high else 0


def _in_address(stop: _Stop) -> bool:
    end = stop.text.find(" ", stop.at)
    return bool(_ADDRESS.search(stop.word + stop.text[stop.at : end if end > 0 else len(stop.text)]))


def _is_glued(stop: _Stop) -> bool:
    """Tell whether the space after a stop is missing; there is none in addresses, file names and initials."""
    if _in_address(stop):
        return False
    last = stop.word.rsplit(".", 1)[-1]
    if stop.closers or last[-1:] in (")", "]"):
        return True
    if last[-1:].isdigit():
        return stop.next[1:2].islower()
    if len(last) < 2:
        return stop.kind == "opener" and len(stop.next) > 1 and (not last or "." in stop.word)
    if stop.kind == "digit":
        return True
    if len(stop.next) > 1 and stop.next.isupper():
        return last.islower() and len(last) > 3
    return stop.kind != "weak" or last.islower() or stop.mark != "."


def _after_note(stop: _Stop, match: re.Match[str]) -> int:
    """Return where the sentence behind a footnote's number begins; a reference or a date has none."""
    number = stop.kind == "digit" and not _PARAGRAPH.match(stop.text, stop.after)
    if number or (stop.mark == "." and _class(stop) != "plain") or _in_address(stop):
        return 0
    return match.start(3) if _MONTH.match(f"{stop.note} {stop.next}") else stop.after


def _class(stop: _Stop) -> str:
    """Return the class of the abbreviation before a point, ``plain`` where it is none."""
    word = stop.word
    lower = word.lower()
    last = re.split(r"[/–(\-]|^\d[\d.:]*", lower)[-1]
    name = _CLASS.get(lower) or _CLASS.get(last)
    if len(word) == 1 and word.isalpha():
        return (name or "closing") if word.islower() else "initial"
    if name is None:
        return "closing" if _DOTTED.fullmatch(word) else "plain"
    if stop.closers.strip(")]}") and name not in ("never", "titles"):
        return "plain"
    if word.islower() and last in WORDS["also_words"] and stop.kind not in ("digit", "lower"):
        return "plain"
    return name


def _ends_with_point(stop: _Stop) -> bool:
    """Tell whether a single point ends its sentence."""
    text, start, at = stop.text, stop.start, stop.at
    head = start + (text[start] in "\"'“‘")
    if at - head < 16 and not stop.closers.strip(")]") and MARKER.fullmatch(text, head, at):
        return False
    if at - start < _LONGEST_LABEL and _LABEL.fullmatch(text, start, at):
        return False
    name = _class(stop)
    if name == "initial":
        return _ends_with_initial(stop)
    if stop.kind not in _ENDS[name] or (name == "titles" and stop.next.lower() in WORDS["surnames_too"]):
        return False
    if name in ("times", "months", "closing") and stop.kind != "opener":
        if stop.kind in ("digit", "weak") and _MONTH.match(text, stop.next_at):
            return False
        return at - start > _LONGEST_ADVERBIAL or not _ADVERBIAL.fullmatch(text, start, at)
    return True


def _ends_with_initial(stop: _Stop) -> bool:
    """Tell whether ``B.`` ends a sentence (``Child B. Mother said``) or abbreviates a name (``B. Smith``)."""
    before = stop.text[stop.start : stop.at - 1].rsplit(None, 1)
    previous = before[-1] if before else ""
    if stop.kind in ("opener", "report", "title"):
        return not (previous[1:] == "." and stop.next.lower() in WORDS["surnames_too"])
    if previous.lower() in WORDS["lettered_nouns"] or (previous and previous == stop.next):
        return True
    if stop.word == "I":
        return previous.islower()
    return stop.word in "XYZ" and previous.lower() in WORDS["persons"]


def _is_name_or_speech(stop: _Stop) -> bool:
    """Tell whether ``!`` or ``?`` is part of a name (``Which? Magazine``) or of speech with its speaker behind it."""
    text, start, at = stop.text, stop.start, stop.at
    if stop.closers:
        speaker = stop.kind != "opener" or stop.next == "I"
        return speaker and text[start] in "\"'“‘" and bool(_SPOKEN.match(text, stop.next_at))
    if stop.kind not in ("weak", "opener", "title", "report") or stop.opening or len(stop.mark) > 1:
        return False
    known = stop.word.lower() in WORDS["marked_names"]
    if stop.kind == "opener":
        tail = text[stop.next_at + len(stop.next) : stop.next_at + len(stop.next) + 2]
        if not (stop.next in ("For", "In", "At", "With") and tail.strip()[:1].isupper()):
            return False
        return (stop.word[:1].isupper() and " " not in text[start:at]) or bool(_NAME_BEFORE.search(text, start, at))
    if known:
        return True
    if stop.mark == "?" and _QUESTION.match(text, start):
        return False
    return stop.kind == "weak" and bool(_NAME_BEFORE.search(text, start, at))


def _after_ellipsis(stop: _Stop) -> int:
    """Return where the sentence after dots of omission begins, or 0 where they stand inside one."""
    dots = stop.mark.count(".") + 3 * stop.mark.count("…")
    tight = stop.at > stop.start and not stop.text[stop.at - 1].isspace()
    if (
        stop.kind == "digit"
        or (tight and stop.text[stop.at - 1] in "[(")
        or not stop.text[stop.start : stop.at].strip()
    ):
        return 0
    if stop.mark.startswith(". .") and dots > 3 and tight:
        return stop.at + 2
    return stop.after if tight or dots > 3 or (stop.kind == "opener" and stop.next != "I") else 0
