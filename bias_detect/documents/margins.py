"""How far to the right the lines of a page may reach: those of its text, and those of the cells of a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bias_detect.documents.lines import Line

_STRIP = 40.0  # points
_SAME_EDGE = 2.0  # points
_NEXT_LINE = 1.8  # letter heights


class Margins:
    """The right margins of one page.

    Parameters
    ----------
    lines : sequence of Line
        The lines of the page in reading order.

    Examples
    --------
    >>> lines = [Line("She rang the ward.", 50, 140, 700, 10, 400), Line("He", 50, 60, 688, 10, 400)]
    >>> Margins(lines).room_behind(lines[1], lines[0])
    (80, 25.0)
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self._strips: dict[int, float] = {}
        for line in lines:
            strip = int(line.left // _STRIP)
            self._strips[strip] = max(self._strips.get(strip, line.right), line.right)
        self._lines = lines
        self._cells: dict[tuple[float, float], float] | None = None

    def room_behind(self, a: Line, b: Line, *, in_cell: bool = False) -> tuple[float, float]:
        """Return the room left behind ``a``, and the room that the first word of ``b`` would have needed.

        Parameters
        ----------
        a, b : Line
            Two lines that follow one another.
        in_cell : bool
            Whether a cell that stands to the right of ``a`` leaves it less room.

        Returns
        -------
        tuple of float
            In points.

        Examples
        --------
        >>> lines = [Line("She rang the ward", 50, 135, 700, 10, 400), Line("at night.", 50, 95, 688, 10, 400)]
        >>> Margins(lines).room_behind(lines[0], lines[1])
        (0, 20.0)
        """
        strip = int(a.left // _STRIP)
        margin = max(self._strips.get(strip + step, a.right) for step in (-1, 0, 1))
        width = (a.right - a.left) / max(1, len(a.text))
        needed = (len(b.text.split(None, 1)[0]) + 2) * width
        if in_cell and margin - a.right > needed:
            if self._cells is None:
                self._cells = _right_of_cells(self._lines)
            margin = min(margin, self._cells.get((a.left, a.bottom), margin))
        return margin - a.right, needed


def _right_of_cells(lines: Sequence[Line]) -> dict[tuple[float, float], float]:
    """Return, by the places of the lines of cells, where the cell to the right of each begins."""
    if all(a.bottom > b.bottom + 1 for a, b in pairwise(lines)):
        return {}  # no two lines stand side by side
    edges: dict[tuple[float, float], float] = {}
    by_height = sorted(lines, key=lambda line: (-line.bottom, line.left))
    for place, a in enumerate(by_height):
        for b in by_height[place + 1 :]:
            if a.bottom - b.bottom > 0.4 * a.height:
                break
            first, second = (a, b) if a.left < b.left else (b, a)
            if second.left >= first.right:
                key = first.left, first.bottom
                edges[key] = min(second.left, edges.get(key, second.left))
    if edges:  # a cell may have more lines than the one beside it
        for order in (lines, list(reversed(lines))):
            for a, b in pairwise(order):
                edge = edges.get((a.left, a.bottom))
                near = abs(a.left - b.left) < _SAME_EDGE and abs(a.bottom - b.bottom) < _NEXT_LINE * a.height
                if edge is not None and near and b.right < edge:
                    edges[b.left, b.bottom] = min(edge, edges.get((b.left, b.bottom), edge))
    return edges
