"""Shares of the labels in groups of reports, by a column of the metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bias_detect.auditing.counting import raw_share
from bias_detect.model.metrics import Codes

if TYPE_CHECKING:
    import pandas as pd

MOST_GROUPS = 40
"""Most values of a column that are shown."""

NOT_GIVEN = "not given"
_DATE = re.compile(r"(?:(\d{4})-\d{1,2}-\d{1,2}(?:[T ].*)?|\d{1,2}[/.]\d{1,2}[/.](\d{4}))")


@dataclass(frozen=True, slots=True)
class Groups:
    """Shares by the values of one column.

    Parameters
    ----------
    column : str
        The column.
    by_year : bool
        Whether its values were dates, taken by their years.
    table : pandas.DataFrame
        A row a value, in order: ``value``, ``reports``, ``sentences``, and by label ``share_<label>``,
        ``share_<label>_low``, ``share_<label>_high``. Empty where the column has one value, or too many to be shown.
    n_values : int
        How many values there are.
    """

    column: str
    by_year: bool
    table: pd.DataFrame
    n_values: int


def group_shares(reports: pd.DataFrame, column: str, labels: Sequence[str]) -> Groups:
    """Take the shares of the labels, as they were given, by the values of a column.

    Parameters
    ----------
    reports : pandas.DataFrame
        A row a report: ``n_<label>`` and the column.
    column : str
        The column; where all its values are dates, their years count.
    labels : sequence of str
        The labels.

    Returns
    -------
    Groups
        The shares, with intervals by bootstrap over reports.

    Examples
    --------
    >>> import pandas as pd
    >>> reports = pd.DataFrame({"date": ["2019-03-01", "2020-01-09", "2020-05-30"], "n_a": [1, 5, 5], "n_b": [9, 5, 5]})
    >>> group_shares(reports, "date", ["a", "b"]).table[["value", "reports", "share_a"]].to_numpy().tolist()
    [['2019', 1, 0.1], ['2020', 2, 0.5]]
    """
    import pandas as pd

    reports = reports[reports[[f"n_{label}" for label in labels]].sum(axis=1) > 0]
    keys, by_year = _keys(reports[column])
    values = sorted(keys.unique(), key=_order)
    rows = []
    if 1 < len(values) <= MOST_GROUPS:
        for value in values:
            part = reports[keys == value]
            counts = part[[f"n_{label}" for label in labels]].to_numpy(dtype=int)
            row: dict[str, object] = {"value": value, "reports": len(part), "sentences": int(counts.sum())}
            for share in raw_share(labels, *_sentences(counts)):
                stem = f"share_{share.label}"
                row |= {stem: share.value, f"{stem}_low": share.low, f"{stem}_high": share.high}
            rows.append(row)
    return Groups(column, by_year, pd.DataFrame(rows), len(values))


def _sentences(counts: Codes) -> tuple[Codes, list[int]]:
    """Return the label and the report of each sentence that was counted."""
    report, label = np.indices(counts.shape)
    return np.repeat(label.ravel(), counts.ravel()), np.repeat(report.ravel(), counts.ravel()).tolist()


def _keys(column: pd.Series) -> tuple[pd.Series, bool]:
    given = column.map(_text, na_action="ignore")
    dates = given.map(_DATE.fullmatch, na_action="ignore")
    by_year = bool(given.notna().any()) and bool(dates[given.notna()].notna().all())
    if by_year:
        given = dates.map(lambda found: found[1] or found[2], na_action="ignore")
    return given.astype(object).where(given.notna() & (given != ""), NOT_GIVEN), by_year


def _text(value: object) -> str:
    # A column of years in which one is missing holds floats.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _order(value: str) -> tuple[bool, bool, float, str]:
    try:
        number = float(value)
    except ValueError:
        number = np.nan
    known = bool(np.isfinite(number))
    return value == NOT_GIVEN, not known, number if known else 0.0, value.casefold()
