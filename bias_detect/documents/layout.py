"""From the lines of PDF pages to paragraphs: running heads and contents dropped, notes parted, line ends undone.

A PDF holds glyphs at places, not paragraphs. What parts paragraphs on paper parts them here: a wider gap, a
change of size, an indent, a number or bullet that hangs in the margin, a line that ends early. What joins them
joins: a word broken at a line end, a sentence that runs on into the next column or page, or below a box.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bias_detect.documents.cleaning import clean_text
from bias_detect.documents.contents import is_entry, without_contents
from bias_detect.documents.hyphens import mend
from bias_detect.documents.lines import HYPHEN, MARK, TURN, Line, in_reading_order, joined, letter_width, sample
from bias_detect.documents.margins import Margins
from bias_detect.documents.notes import begins_note, each_note, part_notes
from bias_detect.documents.running import running_lines
from bias_detect.documents.sections import is_heading

_EARLY = 0.3  # of its width a line leaves free that ends early though no sentence ends with it
_WIDER = 1.3  # a gap between paragraphs, against that between lines
_A_LITTLE_WIDER = 1.15  # the same, where a sentence has ended
_INDENT = 0.6  # letter heights
_SURELY_NEXT = 1.8  # letter heights from a line to the next, at most
_BETWEEN = 6  # paragraphs of boxes and the like that may stand inside another, at most
_TAIL = 12  # characters that show how a line ends

# A stop, and perhaps the number of a note behind it; "6.177" and "0.5" end no sentence, "in 2019.12" does.
_FULL_STOP = re.compile(r"[.!?]['\"’”)\]]*[⁰¹²³⁴-⁹]*$|(?:(?<!\d)[.!?]['\"’”)\]]*|(?<=\d{4})\.)\s?\d{1,3}$")
_PAUSE = re.compile(r"[:;]['\"’”)\]]*(?:[⁰¹²³⁴-⁹]*|\s?\d{1,3})$")
_GOES_ON = ("i.e.", "e.g.", " cf.", " Mr.", " Mrs.", " Dr.")
_SPEAKING = re.compile(r"(?::|\b(?:as|is|read|reads|said|say|says|stated|states|that|was|wrote))$")
_UNFINISHED = re.compile(
    r"[^.]\s(?:a|an|and|as|at|because|but|by|for|from|had|has|have|in|into|is|nor|of|on|or|that|the|their|this|to|was|"
    r"were|when|which|who|whose|with)$"
)
_BULLET = re.compile(r"(?:[•▪◦●○■□➢►‣·*–—-]|o(?=\s+[A-Z]))\s+(?=\S)")
_NUMBER = re.compile(
    r"(?:[A-Z]?\d{1,3}(?:\.\d{1,3})+(?!\d)\.?|\d{1,3}[.)](?!\d)|\(\w{1,4}\)|[a-z]{1,4}\)|[a-z]\.)"
    r"\s*(?=[\"'“‘(\[]*[A-Z£]|\d)"
)
_ITEM = re.compile(r"(?:\(\w{1,4}\)|[a-z]{1,4}\)|[a-z]\.|\d{1,2}[.)])\s+(?=\S)")
_OPENING_QUOTE = re.compile(r"[“\"‘']")
_WORD = re.compile(r"\w")


@dataclass(slots=True)
class Block:
    """A paragraph made of lines.

    Parameters
    ----------
    text : str
        The text, whole across line and page breaks.
    page : int
        Page on which it begins, counted from 1.
    turns : tuple of int
        Offsets in the text at which further pages begin.
    scale : float
        Size of its letters, body text being 1.
    set_off : bool
        Whether it is set bolder than body text, or is one line in italics.
    note : bool
        Whether it is a footnote.
    """

    text: str
    page: int
    turns: tuple[int, ...]
    scale: float
    set_off: bool
    note: bool


@dataclass(slots=True)
class _Draft:
    """A paragraph while it is put together: its lines, and the page of each."""

    lines: list[Line]
    pages: list[int]
    note: bool = False
    gap: float | None = field(default=None)


def blocks_of(pages: Sequence[list[Line]]) -> list[Block]:
    """Make paragraphs of the lines of all pages.

    Parameters
    ----------
    pages : sequence of list of Line
        The lines of each page in the order in which the file draws them.

    Returns
    -------
    list of Block
        In reading order; footnotes follow the paragraph that is open at the foot of their page.
    """
    flows = [in_reading_order(lines) for lines in pages]
    dropped = running_lines([[(line.text, line.bottom) for line in flow] for flow in flows])
    flows = [[line for i, line in enumerate(flow) if i not in gone] for flow, gone in zip(flows, dropped, strict=True)]
    flows = without_contents(flows)
    composer = _Composer(flows)
    for number, flow in enumerate(flows, start=1):
        composer.add_page(number, flow)
    return composer.blocks()


class _Style:
    """What is usual in a document: size and weight of its text, gaps between its lines, what parts its paragraphs."""

    def __init__(self, flows: Sequence[Sequence[Line]]) -> None:
        heights: Counter[float] = Counter()
        weights: Counter[int] = Counter()
        slanting = 0
        flows = sample(flows)
        for flow in flows:
            for line in flow:
                heights[round(line.height, 1)] += len(line.text)
                weights[line.weight] += len(line.text)
                slanting += len(line.text) if line.italic else 0
        most = max(heights.values(), default=0)
        # Where notes take more room than the text, the text is still the larger of the two.
        self.body = max((height for height, count in heights.items() if 2 * count >= most), default=1.0)
        self.width = letter_width(flows)
        usual = weights.most_common(1)[0][0] if weights else 0
        self._bold = 1.1 * max(usual, 400)  # some fonts give no weight
        self.italic = 2 * slanting > weights.total()
        self._pitches = _pitches(flows)
        self._leading = self._pitches.get((round(self.body, 1), None), 1.2 * self.body) / self.body
        self.parts_by_gaps = self._parts_by_gaps(flows)

    def is_bold(self, line: Line) -> bool:
        return line.weight > self._bold

    def pitch(self, line: Line) -> float:
        """Return the usual gap between a line and the one above it in a paragraph."""
        height = round(line.height, 1)
        for key in ((height, round(line.left)), (height, None)):
            if key in self._pitches:
                return self._pitches[key]
        return self._leading * line.height

    def _parts_by_gaps(self, flows: Sequence[Sequence[Line]]) -> bool:
        """Say whether gaps part the paragraphs of the document, so that a line that ends early need not."""
        wide = near = 0
        for flow in flows:
            margins = Margins(flow)
            for a, b in pairwise(flow):
                gap = a.bottom - b.bottom
                if _differ_in_size(a, b) or not 0 < gap < 4 * a.height or not _ends_sentence(a.text):
                    continue
                if gap > _A_LITTLE_WIDER * self.pitch(b):
                    wide += 1
                elif not b.text[0].islower():
                    slack, needed = margins.room_behind(a, b)
                    near += slack > max(needed, _EARLY * (a.right + slack - a.left))
        return wide > 3 * near


def _pitches(flows: Sequence[Sequence[Line]]) -> dict[tuple[float, int | None], float]:
    """Return the usual gap between lines for each size of letter, and for each size at each left edge."""
    surely: defaultdict[tuple[float, int | None], Counter[float]] = defaultdict(Counter)
    perhaps: defaultdict[tuple[float, int | None], Counter[float]] = defaultdict(Counter)
    for flow in flows:
        for a, b in pairwise(flow):
            gap = a.bottom - b.bottom
            if 0.4 * a.height < gap < 2.5 * a.height and abs(a.height - b.height) < 0.05:
                height, gap = round(b.height, 1), round(gap, 1)
                if b.text[0].islower():
                    surely[height, round(b.left)][gap] += 1
                    surely[height, None][gap] += 1
                else:
                    perhaps[height, None][gap] += 1
    found = {key: _least_common_gap(gaps) for key, gaps in perhaps.items() if gaps.total() > 2}
    return found | {key: gaps.most_common(1)[0][0] for key, gaps in surely.items() if gaps.total() > 2}


def _least_common_gap(gaps: Counter[float]) -> float:
    """Return the least of the gaps that are common."""
    most = max(gaps.values())
    return min(gap for gap, count in gaps.items() if 4 * count >= most)


class _Composer:
    """Put lines together to paragraphs, page after page."""

    def __init__(self, flows: Sequence[Sequence[Line]]) -> None:
        self._style = _Style(flows)
        self._margins = Margins([])
        self._open: _Draft | None = None
        self._note: _Draft | None = None
        self._waiting: list[_Draft] = []
        self._drafts: list[_Draft] = []

    def add_page(self, number: int, flow: Sequence[Line]) -> None:
        """Add one page: its text goes on with the open paragraph, its footnotes wait until that is closed."""
        body, notes = part_notes(flow, self._style.body)
        for place, line in enumerate(body):
            following = body[place + 1] if place + 1 < len(body) else None
            draft = self._draft_for(line, following, over=not place)
            if draft is None:
                self._close()
                self._open = draft = _Draft([], [])
                self._drafts.append(draft)
            elif draft is not self._open:
                self._close()
                self._open = draft
            elif place:
                gap = draft.lines[-1].bottom - line.bottom
                if gap > 0.4 * line.height:
                    draft.gap = gap if draft.gap is None else min(gap, draft.gap)
            draft.lines.append(line)
            draft.pages.append(number)
            if not place:  # the margins of the page before have done their service
                self._margins = Margins(flow)
        for lines in each_note(notes):
            self._add_note(number, lines)

    def blocks(self) -> list[Block]:
        """Close what is open and return all paragraphs that hold a letter or digit."""
        self._close()
        drafts = self._drafts
        texts = [clean_text(text) for text in mend([joined(draft.lines, draft.pages) for draft in drafts])]
        return [self._block(draft, text) for draft, text in zip(drafts, texts, strict=True) if _WORD.search(text)]

    def _block(self, draft: _Draft, text: str) -> Block:
        first, *others = text.split(TURN)
        turns = []
        for part in others:
            turns.append(len(first))
            first += part
        lines = draft.lines
        set_off = self._style.is_bold(lines[0]) and self._style.is_bold(lines[-1])
        if len(lines) == 1 and lines[0].italic and first[0].isalnum():
            set_off = set_off or not self._style.italic
        return Block(first, draft.pages[0], tuple(turns), lines[0].height / self._style.body, set_off, draft.note)

    def _add_note(self, number: int, lines: list[Line]) -> None:
        marked = begins_note(lines[0])
        last = self._note
        if not marked and last and last.pages[-1] == number - 1 and not _ends_sentence(last.lines[-1].text):
            last.lines += lines
            last.pages += [number] * len(lines)
            return
        draft = _Draft(lines, [number] * len(lines), note=marked)
        self._waiting.append(draft)
        self._note = draft if marked else None

    def _close(self) -> None:
        self._drafts += self._waiting
        self._waiting = []
        self._open = None

    def _draft_for(self, line: Line, following: Line | None, *, over: bool) -> _Draft | None:
        """Return the paragraph that a line goes on with, None where it begins one."""
        if self._open is None:
            return None
        last = self._open.lines[-1]
        if not over and _surely_runs_on(last, line):
            return self._open
        parts = self._parts_over(last, line, following) if over else self._parts(last, line, following)
        if line.text[0].islower():
            far = abs(last.left - line.left) > 2 and last.bottom - line.bottom > 2 * self._style.pitch(line)
            over = over or last.bottom < line.bottom
            if (parts or far or _ends_sentence(last.text)) and (cut_off := self._cut_off(line, over=over)):
                return cut_off
        return None if parts else self._open

    def _cut_off(self, line: Line, *, over: bool) -> _Draft | None:
        """Return the paragraph that was cut off by a box, table or figure, and goes on with this line."""
        for draft in reversed(self._drafts[-_BETWEEN - 1 : -1]):
            last = draft.lines[-1]
            if draft.note or _differ_in_size(last, line):
                continue
            if over:  # to another column or page, whose left edge is another
                in_place = last.right - last.left > 0.5 * (line.right - line.left)
            else:
                in_place = abs(last.left - line.left) <= 2
            if in_place and not (_ends_sentence(last.text) or _pauses(last.text)):
                return draft
        return None

    def _parts(self, a: Line, b: Line, following: Line | None) -> bool:
        """Say whether a new paragraph begins with ``b``, the next line on the page."""
        gap = a.bottom - b.bottom
        if gap < -0.5 * a.height:  # the top of the next column, or a box that was drawn last
            return (b.left < a.right and b.right > a.left) or self._parts_over(a, b, following)
        is_mark = len(self._lines) == 1 and MARK.fullmatch(a.text) is not None
        beside = gap < 0.3 * a.height or b.left > a.right or b.right < a.left
        if beside and not is_mark:
            return True  # another cell of a table
        if _differ_in_size(a, b) or (is_entry(a, self._style.width) and is_entry(b, self._style.width)):
            return True
        pitch = self._open_gap or self._style.pitch(b)
        if _is_broken(a.text, b.text) and (b.text[0].islower() or gap < _WIDER * pitch):
            return False
        ended = _ends_sentence(a.text)
        if not ended and _runs_on(a.text, b.text):
            return False
        if _BULLET.match(b.text):
            return True
        finished = ended or _pauses(a.text)
        if gap > (_A_LITTLE_WIDER if finished else _WIDER) * pitch:
            return True
        slack, needed = self._margins.room_behind(a, b, in_cell=True)
        short = slack > needed
        if _NUMBER.match(b.text) or _ITEM.match(b.text):
            return short or finished or self._hangs(a, b)
        if finished and self._is_set_off(a, b):
            return True
        if not finished and _UNFINISHED.search(a.text[-_TAIL:]):  # how wide a cell of a table is, none can tell
            return self._style.is_bold(a) != self._style.is_bold(b)
        if (short or finished) and self._style.is_bold(a) != self._style.is_bold(b):
            return True
        early = slack > _EARLY * (a.right + slack - a.left)
        return short and (early or (finished and not self._style.parts_by_gaps))

    @property
    def _lines(self) -> list[Line]:
        return self._open.lines if self._open else []

    @property
    def _open_gap(self) -> float | None:
        return self._open.gap if self._open else None

    def _hangs(self, a: Line, b: Line) -> bool:
        """Say whether ``b`` has another left edge than ``a``, which is not merely the indented first line."""
        indented = len(self._lines) == 1 and b.left < a.left and not _opens_item(a.text)
        return abs(b.left - a.left) > 3 and not indented

    def _is_set_off(self, a: Line, b: Line) -> bool:
        """Say whether ``b`` is indented, or stands out to the left of a paragraph that has got its left edge."""
        lines = self._lines
        if b.left - a.left > _INDENT * a.height:
            return len(lines) > 1 or not _opens_item(a.text)
        return a.left - b.left > _INDENT * a.height and len(lines) > 1 and abs(lines[-2].left - a.left) < 2

    def _parts_over(self, a: Line, b: Line, following: Line | None) -> bool:
        """Say whether a new paragraph begins with ``b``, at the top of another page or column."""
        if _differ_in_size(a, b):
            return True
        ended = _ends_sentence(a.text)
        if b.text[0].islower() or _is_broken(a.text, b.text) or (not ended and _runs_on(a.text, b.text)):
            return False
        if _BULLET.match(b.text) or _NUMBER.match(b.text) or is_heading(a.text) or is_heading(b.text):
            return True
        slack, needed = self._margins.room_behind(a, b)
        if ended and following is not None and abs(b.bottom - following.bottom) < 0.3 * b.height:
            return True  # the first cell of a row
        if ended:
            indented = following is not None and b.left - following.left > _INDENT * b.height
            return indented or slack > needed
        return slack > max(needed, _EARLY * (a.right + slack - a.left))


def _surely_runs_on(a: Line, b: Line) -> bool:
    """Say, quickly, whether ``b`` goes on below ``a`` with its sentence, as most lines do."""
    if not (b.text[0].islower() and (a.text[-1].isalpha() or a.text[-1] == ",") and a.height == b.height):
        return False
    return 0.3 < (a.bottom - b.bottom) / a.height < _SURELY_NEXT and b.left <= a.right and b.right >= a.left


def _differ_in_size(a: Line, b: Line) -> bool:
    return a.height != b.height and abs(a.height - b.height) > 0.08 * max(a.height, b.height)


def _ends_sentence(text: str) -> bool:
    return not text[-1].isalpha() and _FULL_STOP.search(text[-_TAIL:]) is not None and not text.endswith(_GOES_ON)


def _pauses(text: str) -> bool:
    return not text[-1].isalpha() and _PAUSE.search(text[-_TAIL:]) is not None


def _opens_item(text: str) -> bool:
    """Say whether a line begins with the number or bullet of a paragraph."""
    return any(pattern.match(text) for pattern in (_NUMBER, _BULLET, _ITEM))


def _is_broken(before: str, text: str) -> bool:
    """Say whether a word is broken between two lines."""
    return before[-1] in f"-{HYPHEN}" and before[-2:-1].isalnum() and text[0].isalnum()


def _runs_on(before: str, text: str) -> bool:
    """Say whether a line goes on with a sentence that has not ended, be it as a list item or as a quotation."""
    mark = None if text[0].isupper() else _BULLET.match(text) or _ITEM.match(text)
    if text[mark.end() if mark else 0].islower():
        return True
    return _OPENING_QUOTE.match(text) is not None and _SPEAKING.search(before[-_TAIL:]) is not None
