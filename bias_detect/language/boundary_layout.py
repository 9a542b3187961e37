"""Where a sentence of report prose begins: what blank lines, line breaks, bullets and run-together lists say.

``WORDS`` holds the word lists of ``patterns/abbreviations.json``, which this module and
:mod:`bias_detect.language.boundary_rules` share. Abbreviations are written without their last point:

``never``
    End no sentence (``Mr``, ``e.g``).
``titles``
    Stand before a name (``Dr``, ``St``): end one only before a word that is no name.
``numbered``
    Stand before a number (``No``, ``para``): end one only before a word.
``closing``
    May end one (``Co``, ``al``), before a word that is no name; so do points between single letters (``U.K.``).
``units``, ``free``, ``times``, ``months``
    Units and firms, which end one before any capital; ``etc``; ``a.m``; months and days.
``also_words``
    Those of the above that in lower case are words as well (``no``, ``art``).
``openers``, ``report_openers``
    Words with a capital at the head of a sentence only, and those that report prose begins with so often.
``surnames_too``
    Openers that can be names behind a title.
``persons``, ``name_nouns``, ``lettered_nouns``, ``numbered_nouns``, ``label_nouns``
    What a person is called by; what a name follows (``the charity Shout!``), a letter (``Child B.``), a number
    (``ward 2.``); what labels a paragraph (``Finding 3.``).
``never_last``, ``verbs``, ``headings``
    Words that end no line of a list and no heading; that no heading holds; that most headings begin or end with.
``determiners``
    Before a word that could take a number, they say that it does not (``the ward 2.``).
``speech_verbs``, ``marked_names``
    Verbs behind a quotation, and names written with ``!`` or ``?``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

_FILE = resources.files("bias_detect.language") / "patterns" / "abbreviations.json"
WORDS: dict[str, frozenset[str]] = {
    name: frozenset(words.split()) for name, words in json.loads(_FILE.read_text(encoding="utf-8")).items()
}

BULLETS = "•◦▪▫‣⁃●○■□➢➤►✓✔\uf0a7\uf0b7\uf0d8\uf0fc"
STOPS = ".!?…‽"
DASHES = "-–—*"
_NUMBER = r"(?:\d{1,3}(?:\.\d{1,3}){0,4}[A-Za-z]?|[A-Z]\d{1,2}(?:\.\d{1,3}){0,4}|[A-Za-z]|[ivx]{1,6}|[IVX]{1,6})"
MARKER = re.compile(rf"[{BULLETS}*–\-\s]*[(\[§]?\s?{_NUMBER}(?:\(\w{{1,4}}\))*[)\]]?")
"""A paragraph's or item's number up to its stop: it opens a sentence and is none."""

_LAYOUT = re.compile(rf"[\n\r\v\f\x85\u2028\u2029·{BULLETS}]")
_BULLET = re.compile(rf"[{BULLETS}]|(?<!\S)·(?=\s)")
_LINE = re.compile(r"\S[^\n\r\v\f\x85\u2028\u2029]*")
_BLANK = re.compile(r"(?:\r\n|\r(?!\n)|\n)[^\S\r\n]*[\r\n]|\u2029")
_NUMBER_LAST = re.compile(rf"[{STOPS}]\s+{_NUMBER}\.?$")
_LINE_MARK = re.compile(
    rf"(?P<bullet>[{BULLETS}]|[-–—*o·]\s)|(?P<closed>\(?{_NUMBER}\)+\s)|(?P<letter>[A-Za-z]|[ivx]{{1,6}})\.\s+(?!\d)"
    r"|(?P<number>\d{1,3}(?:\.\d{1,3})*)(?:[.:]\s|(?<=\.\d)\s|(?<=\.\d\d)\s)"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_BEFORE = rf"[\s({BULLETS}]"
_ITEM_END = re.compile(
    rf"[.)](?:(?:(?<={_BEFORE}\w.)|(?<={_BEFORE}\d\d.)|(?<={_BEFORE}[ivx]{{2}}.)|(?<={_BEFORE}[ivx]{{3}}.)"
    rf"|(?<={_BEFORE}[ivx]{{4}}.))\)?(?=\s+\S)|(?:(?<=\s\d.)|(?<=\s\d\d.))(?:\d{{1,2}}\.){{0,2}}\d{{1,2}}(?=\s+[A-Z]))"
)
_ITEM = re.compile(rf"[\s{BULLETS}](\(?)(\d{{1,2}}|[A-Za-z]|[ivx]{{2,4}}|\d{{1,2}}(?:\.\d{{1,2}}){{1,3}})(\.\)|[.)]|)$")
_FIRST_ITEM = re.compile(r"[.)](?<=[\s(][1aAi].)")
_ITEM_HEADS = re.compile(rf"\W*{_NUMBER}[.)\s]")
_ROMANS = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv"
ROMAN = {body: number for number, body in enumerate(_ROMANS.split(), 1)}
_SHORT_LINE, _HEADING_WORDS, _HEADING_LENGTH = 5, 10, 80
_NEARBY = 200


def opens_sentence(text: str, word: str, end: int) -> bool:
    """Tell whether a capitalised word is one that is so written at the head of a sentence only.

    Parameters
    ----------
    text : str
        The text that it stands in.
    word : str
        The word, without what follows an apostrophe.
    end : int
        Offset of its end.

    Returns
    -------
    bool
        False for names, and for ``I``, ``A`` and ``No`` where they are initials or abbreviations.

    Examples
    --------
    >>> opens_sentence("They met Hale.", "They", 4), opens_sentence("They met Hale.", "Hale", 13)
    (True, False)
    """
    if word.lower() not in WORDS["openers"] or (len(word) > 1 and word.isupper()):
        return False
    if word == "A":
        return text[end : end + 2].strip()[:1].islower()
    return not (word in ("I", "No") and text[end : end + 1] == ".")


def forced_starts(text: str) -> list[int]:
    r"""Return the offsets at which layout alone begins a sentence.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of int
        Ascending; the beginning of the text is not among them.

    Examples
    --------
    >>> forced_starts("1) The first item 2) The second item")
    [18]
    >>> forced_starts("A line that\nwraps.")
    []
    """
    begin = len(text) - len(text.lstrip())
    printable = text.isprintable()
    starts: set[int] = set()
    if not printable or _ITEM_HEADS.match(text, begin) or _FIRST_ITEM.search(text):
        starts.update(_run_starts(text))
    if text[begin : begin + 1] in tuple(DASHES):
        starts.update(_dash_starts(text, begin, len(text)))
    if not (printable and text.isascii()) and _LAYOUT.search(text):
        starts.update(match.start() for match in _BULLET.finditer(text))
        starts.update(_line_starts(text))
    return sorted(start for start in starts if start > begin)


def _line_starts(text: str) -> Iterator[int]:
    """Yield the lines that begin a sentence: each behind a blank line, and some behind a single break."""
    lines = list(_LINE.finditer(text))
    block: list[tuple[int, str]] = []
    for index, line in enumerate(lines):
        if line.group()[0] in DASHES:
            yield from _dash_starts(text, line.start(), line.end())
        block.append((line.start(), line.group().rstrip()))
        after = lines[index + 1].start() if index + 1 < len(lines) else len(text)
        if index + 1 == len(lines) or _BLANK.search(text, line.end(), after):
            yield block[0][0]
            yield from _block_starts(block)
            block = []


def _dash_starts(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the items of a line that begins with a dash for a bullet: ``- The first - The second``."""
    dash = text[start]
    for match in re.finditer(rf"(?<=\s){re.escape(dash)}(?=\s+[A-Z])", text[start:end]):
        yield start + match.start()


def _block_starts(lines: list[tuple[int, str]]) -> Iterator[int]:
    """Yield the lines of a block without blank lines that begin a sentence, after the first."""
    if len(lines) < 2:
        return
    listed = len(lines) > 2 and all(
        line[-1] not in f"{STOPS},-–" and len(line.split()) <= _SHORT_LINE for _, line in lines
    )
    fresh, in_list = True, bool(_LINE_MARK.match(lines[0][1]))
    for (_, line), (start, following) in pairwise(lines):
        mark = _LINE_MARK.match(following)
        if mark and _marks_item(line, following, mark, in_list):
            starts = True
        elif MARKER.fullmatch(line.rstrip(".")) or not line.strip(f"{BULLETS}-–—*"):
            starts = False  # a number or bullet alone in its line heads what follows
        else:
            starts = listed or _breaks(line, following, fresh)
        if starts:
            yield start
            in_list = bool(mark)
        fresh = starts or line[-1] in STOPS


def _marks_item(line: str, following: str, mark: re.Match[str], in_list: bool) -> bool:
    """Tell whether the number or bullet at the head of a line belongs to a list, rather than to a sentence."""
    behind = following[mark.end() :].lstrip()[:1]
    last = _last_word(line)
    if mark["number"] and (last in WORDS["numbered"] or not (behind.isupper() or mark.group().rstrip()[-1] in ".:")):
        return False
    if line[-1] in ".!?:;…" or in_list:
        return not (mark["bullet"] and mark["bullet"][0] in "-–—" and line[-1] not in ".!?:;…" and behind.islower())
    if mark["bullet"]:
        return behind.isupper() or mark["bullet"][0] in BULLETS
    return behind.isupper() and not (mark["letter"] or _runs_on(line) or _takes_number(line))


def _last_word(line: str) -> str:
    words = line.rsplit(None, 1)
    return words[-1].strip("\"'“”‘’()[].,").lower() if words else ""


def _takes_number(line: str) -> bool:
    """Tell whether a number after these words belongs to them: ``on ward``, ``under section``, but not ``the ward``."""
    last, *before = [word.strip("\"'“”‘’()[].,").lower() for word in reversed(line[-_NEARBY:].split()[-2:])] or [""]
    return last in WORDS["numbered_nouns"] and not WORDS["determiners"].intersection(before)


def _runs_on(line: str) -> bool:
    """Tell whether a line cannot end where it breaks."""
    last = _last_word(line)
    return line[-1] in ",-–—&/(" or last in WORDS["never_last"] or last in WORDS["titles"] or last in WORDS["persons"]


def _breaks(line: str, following: str, fresh: bool) -> bool:
    """Tell whether a sentence ends with a line that has no final stop."""
    head = _WORD.search(following)
    if head is None or not head.group()[0].isupper():
        return False
    before = following[: head.start()].strip("\"'“‘([« ")
    if before:  # a number without a point, below a heading
        return before.isdecimal() and len(before) < 3 and fresh and _is_heading(line)
    if line[-1] in ":;":
        return True
    if line.rstrip("\"'”’)]")[-1:] in tuple(STOPS) or _runs_on(line) or _NUMBER_LAST.search(line[-12:]):
        return False
    word = head.group().split("'")[0].split("’")[0]
    if word != "I" and opens_sentence(following, word, head.start() + len(word)):
        return True
    return fresh and _is_heading(line)


def _is_heading(line: str) -> bool:
    mark = _LINE_MARK.match(line)
    words = _WORD.findall(line[mark.end() :] if mark else line)
    if not words or len(words) > _HEADING_WORDS or len(line) > _HEADING_LENGTH or not words[0][0].isupper():
        return False
    lower = [word.lower() for word in words]
    if lower[0] in WORDS["titles"] or lower[0] in WORDS["persons"]:
        return False
    if all(word.isupper() for word in words) and len("".join(words)) > 3:
        return True
    if WORDS["verbs"].intersection(lower):
        return False
    if len(words) > 1 and all(word[0].isupper() for word in words if len(word) > 3):
        return True
    return bool(mark and len(words) <= _SHORT_LINE) or lower[-1] in WORDS["headings"] or lower[0] in WORDS["headings"]


class _Item(NamedTuple):
    """The number of an item of a list, with the brackets or the point that it is written with."""

    start: int
    end: int
    opening: str
    body: str
    closing: str


def _items(text: str) -> list[_Item]:
    padded = " " + text
    ends = list(_ITEM_END.finditer(padded))
    items = []
    for found in ends if len(ends) > 1 else ():
        base = max(0, found.end() - 14)
        match = _ITEM.search(padded[base : found.end()])
        if match:
            items.append(_Item(base + match.start(1) - 1, found.end() - 1, *match.groups()))
    return items


def _run_starts(text: str) -> list[int]:
    """Return the offsets of the items of lists in one line: ``1) … 2) …``, ``a. … b. …``, ``4.1 … 4.2 …``."""
    items = _items(text)
    if len(items) < 2:
        return []
    runs: dict[tuple[str, str, str], list[tuple[int, _Item]]] = {}
    starts: list[int] = []
    for item in items:
        for series, number in _series(item.body):
            key = (item.opening, item.closing, series)
            run = runs.get(key)
            if run and number == run[-1][0] + 1:
                if _continues_list(text, item, series):
                    run.append((number, item))
            elif number == 1 or _head(text, item.start):
                starts += _list_starts(text, run)
                runs[key] = [(number, item)]
    for run in runs.values():
        starts += _list_starts(text, run)
    return starts


def _series(body: str) -> Iterator[tuple[str, int]]:
    """Yield the ways to read an item's number, as the name of a series and a place in it."""
    head, _, tail = body.rpartition(".")
    if tail.isdecimal():
        yield head, int(tail)
        return
    if len(body) == 1:
        yield ("a" if body.islower() else "A"), ord(body.lower()) - ord("a") + 1
    if body in ROMAN:
        yield "i", ROMAN[body]


def _before(text: str, offset: int) -> str:
    return text[max(0, offset - _NEARBY) : offset].rstrip()


def _head(text: str, offset: int) -> str:
    """Return what an item stands behind, a stop or a break; nothing where it stands in a sentence."""
    before = _before(text, offset)
    if not before or before[-1] in BULLETS or _LAYOUT.search(text, max(0, offset - 3), offset):
        return "break"
    return before[-1] if before[-1] in f"{STOPS}:" or before[-2:-1] in tuple(STOPS) else ""


def _continues_list(text: str, item: _Item, series: str) -> bool:
    """Tell whether a number is the next item's, not a part of a sentence (``ward 2.``, ``and (b) …``)."""
    if _head(text, item.start):
        return True
    before = _before(text, item.start)
    last = _last_word(before)
    capital = _next_sign(text, item.end).isupper()
    if before.rfind("(") > before.rfind(")") or (before[-1] == "," and not capital):
        return False
    if item.closing.endswith(")"):
        return capital or last not in ("and", "or") or before[: -len(last)].rstrip()[-1:] == ";"
    if _takes_number(before) or last in WORDS["never_last"] or before[-1] == ",":
        return False
    if series != "A":
        return capital or bool(item.closing)
    head = _WORD.match(text, item.end + 1)
    return bool(head and opens_sentence(text, head.group(), head.end()))


def _next_sign(text: str, offset: int) -> str:
    return text[offset : offset + 20].lstrip()[:1]


def _list_starts(text: str, run: list[tuple[int, _Item]] | None) -> list[int]:
    """Return where the items of a run begin; a run inside a sentence (``whether (a) …, (b) …``) is no list."""
    if run is None or len(run) < 2:
        return []
    head = _head(text, run[0][1].start)
    capitals = all(_next_sign(text, item.end).isupper() for _, item in run)
    if head in ("", ":") and not (capitals and (head or run[0][1].closing.endswith(")"))):
        return []
    return [item.start for _, item in run if _before(text, item.start)[-1:] not in tuple(BULLETS)]
