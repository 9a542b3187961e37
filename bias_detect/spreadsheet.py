"""Cells that a spreadsheet opens as they are meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pandas as pd

MOST_IN_CELL = 32_767
"""Characters that a cell of a workbook holds."""

_FORMULA = re.compile("'*[=+\\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"[+-](?:\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?%?)?")
_NO_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what no workbook can hold


def without_formula(cell: Any) -> Any:
    r"""Return a cell with a mark in front if a spreadsheet would take its text for a formula.

    Parameters
    ----------
    cell : object
        Its value.

    Returns
    -------
    object
        The value; a text that begins like a formula, and is no number, with an apostrophe in front.

    Examples
    --------
    >>> without_formula("=1+1"), without_formula(-1), without_formula("She rang.")
    ("'=1+1", -1, 'She rang.')
    """
    risky = isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky else cell


def as_it_was(cell: Any) -> Any:
    """Return a cell as it was before `without_formula`.

    Parameters
    ----------
    cell : object
        What was read.

    Returns
    -------
    object
        The value; a text without the apostrophe that stands in front of what begins like a formula.

    Examples
    --------
    >>> as_it_was("'=1+1"), as_it_was("'Tis so."), as_it_was(-1)
    ('=1+1', "'Tis so.", -1)
    """
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and _FORMULA.match(cell) else cell


def fitting(text: str) -> str:
    r"""Return a text as a cell of a workbook can hold it, with room for an apostrophe in front.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text, with a mark for each character that no workbook can hold, and cut off where it is too long.

    Examples
    --------
    >>> fitting("She\0rang."), len(fitting("a" * 40_000))
    ('She\ufffdrang.', 32766)
    """
    clean = _NO_CELL.sub("\ufffd", text)
    return clean if len(clean) < MOST_IN_CELL else f"{clean[: MOST_IN_CELL - 2]}…"


def csv_for_people(table: pd.DataFrame) -> bytes:
    r"""Return a table as CSV in UTF-8 that opens in Excel, and in which no text can be taken for a formula.

    Parameters
    ----------
    table : pandas.DataFrame
        The table.

    Returns
    -------
    bytes
        The file.

    Examples
    --------
    >>> import pandas as pd
    >>> csv_for_people(pd.DataFrame({"sentence": ["=1+1"]}))
    b"\xef\xbb\xbfsentence\r\n'=1+1\r\n"
    """
    safe = table.map(without_formula).rename(columns=without_formula)
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


class Lines:
    r"""What a `csv.writer` writes to, so that lines end in a newline and each cell with a carriage return is quoted.

    Told to end lines in a newline, the writer itself leaves a lone carriage return unquoted, and readers take it for
    the end of the row.

    Parameters
    ----------
    text : text file
        Where the lines go.

    Examples
    --------
    >>> import csv, io
    >>> text = io.StringIO()
    >>> csv.writer(Lines(text)).writerow(["a\rb", "c"])
    8
    >>> text.getvalue()
    '"a\rb",c\n'
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def write(self, line: str) -> int:
        r"""Write one line as the writer gives it.

        Examples
        --------
        >>> import io
        >>> text = io.StringIO()
        >>> Lines(text).write("a,b\r\n")
        4
        >>> text.getvalue()
        'a,b\n'
        """
        return self._text.write(line.removesuffix("\r\n") + "\n")
