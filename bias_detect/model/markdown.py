"""Figures and tables as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARKS = re.compile(r"([\\`*_\[\]<>|#~])")


def figure_text(figure: dict[str, float]) -> str:
    """Return a figure with its interval.

    Parameters
    ----------
    figure : dict
        With ``value``, ``low`` and ``high``.

    Returns
    -------
    str
        Three decimals.

    Examples
    --------
    >>> figure_text({"value": 0.5, "low": 0.4, "high": 0.6})
    '0.500 (0.400–0.600)'
    """
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


def markdown_text(text: str) -> str:
    r"""Return text in which nothing is taken for Markdown or HTML.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> print(markdown_text("a|b <i>"))
    a\|b \<i\>
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, its first column to the left and the others to the right.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : sequence of sequence of str
        Cells.

    Returns
    -------
    str
        Lines without a final line end.

    Examples
    --------
    >>> print(markdown_table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---:|
    | 1 | 2 |
    """
    rule = "|".join(["---", *["---:"] * (len(head) - 1)])
    return "\n".join([f"| {' | '.join(head)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)])
