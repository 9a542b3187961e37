"""The scored table as CSV that a spreadsheet opens as it is meant: no cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from bias_detect.spreadsheet import without_formula

_MARK = b"\xef\xbb\xbf"  # by which Excel knows UTF-8


def csv_head(names: Sequence[str], *, excel: bool) -> bytes:
    r"""Return the line of the columns' names.

    Parameters
    ----------
    names : sequence of str
        The columns.
    excel : bool
        Whether the mark stands before it by which Excel knows UTF-8.

    Returns
    -------
    bytes
        The beginning of a CSV file.

    Examples
    --------
    >>> csv_head(["document", "label"], excel=False)
    b'document,label\r\n'
    """
    return (_MARK if excel else b"") + _lines([names])


def csv_rows(names: Sequence[str], rows: Iterable[dict[str, Any]]) -> bytes:
    r"""Return rows of the scored table; signals and influences are JSON.

    Parameters
    ----------
    names : sequence of str
        The columns.
    rows : iterable of dict
        The rows.

    Returns
    -------
    bytes
        A line a row.

    Examples
    --------
    >>> csv_rows(["sentence", "signals"], [{"sentence": "=1+1", "signals": []}])
    b"'=1+1,[]\r\n"
    """
    return _lines([_cell(row[name]) for name in names] for row in rows)


def _lines(cells: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return without_formula(value)
