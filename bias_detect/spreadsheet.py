"""Cells that a spreadsheet opens as they are meant."""

from __future__ import annotations

from typing import Any

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def without_formula(cell: Any) -> Any:
    """Return a cell with a mark in front if a spreadsheet would take its text for a formula.

    Parameters
    ----------
    cell : object
        Its value.

    Returns
    -------
    object
        The value; a text that begins like a formula with an apostrophe in front.

    Examples
    --------
    >>> without_formula("=1+1"), without_formula(-1), without_formula("She rang.")
    ("'=1+1", -1, 'She rang.')
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
