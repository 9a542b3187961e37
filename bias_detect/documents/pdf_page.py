"""The lines of one page of a PDF, with where they stand, how large their letters are and how heavy."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from bias_detect.documents.cleaning import BULLETS, LIGATURES
from bias_detect.documents.lines import HYPHEN, MARK, RAISED, RAISED_DIGITS, Line

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_Point = tuple[float, float]

_BOLD = 700
_BOLD_NAME = re.compile(rb"bold|black|heavy", re.IGNORECASE)  # many fonts give no weight, or a wrong one
_LONGEST_NAME = 128  # of a font
_ITALIC = 1 << 6  # among the flags of a font
_ITALIC_NAME = re.compile(rb"italic|oblique", re.IGNORECASE)
_BROKEN = re.compile("[\x02\ufffe]")  # where pdfium sees a broken word, it ends no line
_NOTE_MARKS = "0123456789*†‡§"
_NOTE_NUMBER = re.compile(
    r"\d(?:(?<=[.,;:?!)\]'\"’”–-]\d)|(?<=[^\W_\d]\d)|(?<=[.,;:?!)\]'\"’”] \d))\d{0,2}(?![\w%])(?!\.\d)"
)
_NOTE_MARK = re.compile(f"[{_NOTE_MARKS}]+")
_GAP = 2.0  # letter heights between the cells of a table, at least
_SET_OFF = 0.2  # letter heights between a word and its hyphen, at most
_LOWER = 0.9  # letter heights by which a line's last character stands below the first where it is two lines
_USUAL_WIDTH = 0.5  # of letters, against their height
_INITIAL = re.compile(r"(?<![^\W_])[^\W\d_]")
_WORD = re.compile("[^\\s\x02\ufffe]+[\x02\ufffe]?")
_LONGEST = 300  # characters of a line
_SPACE = re.compile(r"\s+")
_GLUED = re.compile(
    r"(\d{1,3}(?:\.\d{1,3})*[.)]|\d{1,3}(?:\.\d{1,3})+)(?=[“\"‘(]?(?:[A-Z][a-z]|[AI] ))"
)  # a number with the text that a tabulator set off too little for a space
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxl]+")
_CLEAN = (
    LIGATURES
    | BULLETS
    | dict.fromkeys((0x02, 0xAD, ord(HYPHEN)), HYPHEN)  # hyphens that only a line end called for
    | dict.fromkeys((*range(2), *range(3, 9), *range(14, 32), 127), "")
)
_TO_CLEAN = re.compile(f"[{re.escape(''.join(map(chr, _CLEAN)))}]")


@dataclass(slots=True)
class _Found:
    """A line as it stands on the sheet, which may be turned: where it begins, and the corners of its last character."""

    text: str
    first: int
    last: int
    start: _Point
    corners: tuple[_Point, _Point]
    size: float
    weight: int
    raised: bool
    italic: bool


def page_lines(page: PdfPage, *, most: int) -> list[Line] | None:
    """Return the lines of a page in the order of the file.

    Parameters
    ----------
    page : pypdfium2.PdfPage
        The page.
    most : int
        Characters that it may have.

    Returns
    -------
    list of Line or None
        No line is blank. Cells of a table that stand side by side are lines of their own. None where there are more
        characters than there may be.
    """
    with closing(page.get_textpage()) as textpage:
        if textpage.count_chars() > most:
            return None
        text = textpage.get_text_range()
        places = _Places(textpage, text)
        found = list(places.lines())
        turn = places.turn() if page.get_rotation() or any(map(_may_be_turned, found)) else 0
        # Text that runs up or down a page is not parted into lines by pdfium.
        found = list(places.by_words(0, len(text), turn)) if turn else list(places.cells(places.whole(found)))
    return [line for line in (_line(turn, each) for each in found) if line.text]


class _Places:
    """Where the characters of a page stand, how large they are and how heavy."""

    def __init__(self, textpage: PdfTextPage, text: str) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium, self._raw, self._text = pdfium, textpage.raw, text
        self._char_origin, self._char_box = pdfium.FPDFText_GetCharOrigin, pdfium.FPDFText_GetLooseCharBox
        self._char_matrix, self._font_size = pdfium.FPDFText_GetMatrix, pdfium.FPDFText_GetFontSize
        self._font_info = pdfium.FPDFText_GetFontInfo
        self._clean = _TO_CLEAN.search(text) is None
        self._same = textpage.count_chars() == len(text)  # but for characters beyond U+FFFF
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._to_x, self._to_y = ctypes.byref(self._x), ctypes.byref(self._y)
        self._box, self._matrix, self._flags = pdfium.FS_RECTF(), pdfium.FS_MATRIX(), ctypes.c_int()
        self._name = ctypes.create_string_buffer(_LONGEST_NAME)
        self._fonts: dict[bytes, tuple[int, bool]] = {}

    def lines(self) -> Iterator[_Found]:
        """Yield the lines that are not blank."""
        position = 0
        for line in self._text.split("\r\n"):
            end = position + len(line)
            breaks = [position + match.end() for match in _BROKEN.finditer(line)] if not self._clean else ()
            for first, last in pairwise([position, *breaks, end]) if breaks else ((position, end),):
                if found := self._stretch(first, last):
                    yield found
            position = end + 2

    def turn(self) -> int:
        """Return by how many degrees most of the text is turned."""
        turns: Counter[int] = Counter()
        for first, last in self._words(0, len(self._text)):
            turns[_direction(self._origin(self._at(first)), self._origin(self._at(last)))] += last - first
        return turns.most_common(1)[0][0] if turns else 0

    def whole(self, found: Iterable[_Found]) -> list[_Found]:
        """Part the lines that pdfium took for one, whose last character stands lower than the first."""
        lines: list[_Found] = []
        for line in found:
            if line.corners[0][1] < line.start[1] - _LOWER * line.size:
                lines += self.by_words(line.first, line.last + 1, 0)
            else:
                lines.append(line)
        return lines

    def by_words(self, start: int, stop: int, turn: int) -> Iterator[_Found]:
        """Yield the lines of a stretch of text by the places of its words, the cells of a table apart."""
        first, end, size, line_turn = 0, 0, 1.0, turn
        right = bottom = 0.0
        for begin, last in self._words(start, stop):
            starts, ends = self._origin(self._at(begin)), self._origin(self._at(last))
            word_turn = line_turn if begin == last else _direction(starts, ends)
            left, level = _turned(starts, word_turn)
            near = -size < left - right < _GAP * size and abs(level - bottom) < 0.4 * size
            if not (end and near and word_turn == line_turn):
                if end and (line := self._stretch(first, end)):
                    yield line
                first, size, line_turn = begin, self._size(self._at(begin)), word_turn
            right, bottom, end = _turned(ends, word_turn)[0], level, last + 1
        if end and (line := self._stretch(first, end)):
            yield line

    def _words(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the first and the last character of each word, and of each part of a broken one."""
        for match in _WORD.finditer(self._text, start, stop):
            yield match.start(), match.end() - 1

    def cells(self, found: list[_Found]) -> Iterator[_Found]:
        """Part lines at the gaps between the cells of a table: wide ones, at whose end a line or two rows begin.

        A gap between a number and its text is none, nor one before the number of a page, nor one left by a name
        that was blacked out.
        """
        widths = [(line.corners[1][0] - line.start[0]) / (len(line.text) * line.size) for line in found]
        usual = median(widths) if len(widths) > 2 else _USUAL_WIDTH
        gaps = [
            self._gaps(line) if (width - usual) * len(line.text) > _GAP and " " in line.text else []
            for line, width in zip(found, widths, strict=True)
        ]
        edges: Counter[int] = Counter()
        for line in found if any(gaps) else ():
            edges[round(line.start[0])] += 2
        edges.update(round(x) for each in gaps for _, x in each)
        for line, each in zip(found, gaps, strict=True):
            cuts = [place for place, x in each if edges[round(x)] > 2]
            if not cuts:
                yield line
                continue
            for first, end in pairwise([line.first, *cuts, line.last + 1]):
                if cell := self._stretch(first, end):
                    yield cell

    def _gaps(self, line: _Found) -> list[tuple[int, float]]:
        """Return the places of the wide gaps of a line, and where the text behind each begins."""
        text, size = self._text, line.size
        gaps: list[tuple[int, float]] = []
        for match in _SPACE.finditer(text, line.first, line.last + 1):
            end, following = match.span()
            if text[following].islower():
                continue
            x = self._origin(self._at(following))[0]
            if x - self._corners(self._at(end - 1))[1][0] < _GAP * size:
                continue
            is_mark = not gaps and MARK.fullmatch(text, line.first, end)
            if not is_mark and not _PAGE_NUMBER.fullmatch(text, following, line.last + 1):
                gaps.append((end, x))
        return gaps

    def _stretch(self, first: int, end: int) -> _Found | None:
        """Return a stretch of the text as a line, unless it is blank; three of its characters say where it stands."""
        whole = self._text
        text = whole[first:end].strip()
        if not text:
            return None
        if whole[first].isspace():
            first = whole.index(text[0], first)
        last = first + len(text) - 1
        middle = (first + last) // 2
        # The initial of a word, where there is one: numbers, and the "th" behind them, may be raised.
        letter = _INITIAL.search(whole, middle, last + 1) or _INITIAL.search(whole, first, middle)
        middle = letter.start() if letter else first
        places = first, middle, last
        at_first, at, at_last = places if self._same else map(self._at, places)
        size, (weight, italic) = self._size(at), self._font(at)
        start = self._origin(at_first)
        if _NOTE_NUMBER.search(text, 1):
            text = self._with_notes_raised(text, first, at, size)
        raised = False
        if text[0] in _NOTE_MARKS:
            mark = _NOTE_MARK.match(text)
            raised = mark is not None and mark.end() < len(text) and self._size(at_first) < RAISED * size
            if mark and raised:  # it does not stand on the line
                start = start[0], self._origin(self._at(first + mark.end()))[1]
                text = f"{mark.group()} {text[mark.end() :].lstrip()}"
        if text[-1] == "-" and text.endswith(" -") and self._is_broken_word(last):
            text = f"{text[:-2]}{HYPHEN}"
        if not self._clean and _TO_CLEAN.search(text):
            text = text.translate(_CLEAN).strip()
        return _Found(text, first, last, start, self._corners(at_last), max(size, 1.0), weight, raised, italic)

    def _with_notes_raised(self, text: str, first: int, letter: int, size: float) -> str:
        """Return a line with raised digits for the numbers of notes, close to the words that they belong to."""
        for match in reversed(list(_NOTE_NUMBER.finditer(text, 1))):
            begin, end = match.span()
            at = self._at(first + begin)
            if self._size(at) < RAISED * size and self._is_raised(at, letter):
                text = f"{text[:begin].rstrip()}{match.group().translate(RAISED_DIGITS)}{text[end:]}"
        return text

    def _is_raised(self, at: int, letter: int) -> bool:
        """Say whether a character stands higher than a letter of its line."""
        return self._origin(at)[1] > self._origin(letter)[1]

    def _at(self, index: int) -> int:
        return index if self._same else int(self._pdfium.FPDFText_GetCharIndexFromTextIndex(self._raw, index))

    def _origin(self, at: int) -> _Point:
        self._char_origin(self._raw, at, self._to_x, self._to_y)
        return self._x.value, self._y.value

    def _corners(self, at: int) -> tuple[_Point, _Point]:
        box = self._box
        self._char_box(self._raw, at, box)
        return (box.left, box.bottom), (box.right, box.top)

    def _size(self, at: int) -> float:
        matrix = self._matrix
        self._char_matrix(self._raw, at, matrix)
        return float(self._font_size(self._raw, at) * math.hypot(matrix.c, matrix.d))

    def _font(self, at: int) -> tuple[int, bool]:
        """Return how heavy a character is, and whether it slants."""
        self._font_info(self._raw, at, self._name, _LONGEST_NAME, self._flags)
        name = self._name.value
        font = self._fonts.get(name)
        if font is None:
            weight = _BOLD if _BOLD_NAME.search(name) else int(self._pdfium.FPDFText_GetFontWeight(self._raw, at))
            slants = self._flags.value & _ITALIC or _ITALIC_NAME.search(name)
            font = self._fonts[name] = weight, bool(slants)
        return font

    def _is_broken_word(self, last: int) -> bool:
        """Say whether the hyphen at a line end belongs to the word before, from which pdfium sets it off."""
        at, space, before = map(self._at, (last, last - 1, last - 2))
        if self._pdfium.FPDFText_IsGenerated(self._raw, space) != 1:
            return False
        return self._origin(at)[0] - self._corners(before)[1][0] < _SET_OFF * self._size(at)


def _may_be_turned(line: _Found) -> bool:
    """Say whether a line is longer than any, or does not end to the right of where it begins."""
    return len(line.text) > _LONGEST or (len(line.text) > 3 and line.corners[0][0] <= line.start[0])


def _direction(start: _Point, end: _Point) -> int:
    """Return the direction from one point to another, in degrees against the clock."""
    run, rise = end[0] - start[0], end[1] - start[1]
    if abs(run) >= abs(rise):
        return 0 if run >= 0 else 180
    return 90 if rise > 0 else 270


def _line(turn: int, found: _Found) -> Line:
    """Return a line as it stands once its page is turned."""
    left, bottom = _turned(found.start, turn) if turn else found.start
    right = max(_turned(corner, turn)[0] for corner in found.corners) if turn else found.corners[1][0]
    text = _GLUED.sub(r"\1 ", found.text, count=1) if _GLUED.match(found.text) else found.text
    return Line(text, left, right, bottom, found.size, found.weight, found.raised, found.italic)


def _turned(point: _Point, turn: int) -> _Point:
    """Return a point as it stands once its page is turned clockwise."""
    x, y = point
    if turn == 0:
        return x, y
    if turn == 90:
        return y, -x
    return (-y, x) if turn == 270 else (-x, -y)
