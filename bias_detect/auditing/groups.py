"""Shares of the labels in groups of reports, by the columns of the metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.reports import DIGITS
from bias_detect.auditing.shares import ReportShares, share_columns

if TYPE_CHECKING:
    import pandas as pd

MOST_GROUPS = 40
"""Most values of a column that are groups."""

NOT_GIVEN = "not given"
_DATE = re.compile(r"(?:(\d{4})-\d{1,2}-\d{1,2}(?:[T ].*)?|\d{1,2}[/.]\d{1,2}[/.](\d{4}))")


def groups_table(
    reports: pd.DataFrame, columns: Sequence[str], labels: Sequence[str], calibration: Calibration | None
) -> pd.DataFrame:
    """Estimate the shares of the labels among the reports of each value of some columns.

    The sentences of a group are taken together and corrected as those of all reports are, by the adjusted count; so it
    is assumed that the model confuses no more in one group than in another.

    Parameters
    ----------
    reports : pandas.DataFrame
        A row a report: ``n_<label>`` and the columns.
    columns : sequence of str
        The columns; where all values of one are dates, their years count. Those of `no_groups` are left out.
    labels : sequence of str
        The labels of the model.
    calibration : Calibration or None
        What the model confuses.

    Returns
    -------
    pandas.DataFrame
        A row a group, in order; see `AuditResult` for the columns.

    Examples
    --------
    >>> import pandas as pd
    >>> reports = pd.DataFrame({"date": ["2019-03-01", "2020-01-09", "2020-05-30"], "n_a": [1, 5, 5], "n_b": [9, 5, 5]})
    >>> table = groups_table(reports, ["date"], ["a", "b"], None)
    >>> table[["value", "reports", "share_a"]].to_numpy().tolist()
    [['2019', 1, 0.1], ['2020', 2, 0.5]]
    """
    import pandas as pd

    counted = [f"n_{label}" for label in labels]
    unknown = share_columns(labels, None, None)
    if not columns:  # the drawing of the calibration documents takes a while
        return pd.DataFrame(columns=["column", "value", "reports", "sentences", *counted, *unknown])
    shares = ReportShares(labels, calibration)
    reports = reports[reports[counted].sum(axis=1) > 0]
    rows = []
    for column in columns:
        keys, _ = group_keys(reports[column])
        for value in () if no_groups(keys) else sorted(keys.unique(), key=_order):
            part = reports.loc[keys == value, counted]
            row = {"column": column, "value": value, "reports": len(part), "sentences": int(part.to_numpy().sum())}
            rows.append(row | part.sum().to_dict() | share_columns(labels, *shares.together(part.to_numpy(dtype=int))))
    table = pd.DataFrame(rows, columns=["column", "value", "reports", "sentences", *counted, *unknown])
    return table.astype(dict.fromkeys(unknown, "float64") | {"projected": "boolean"}).round(DIGITS)


def no_groups(keys: pd.Series) -> str | None:
    """Return why a column makes no groups, if it makes none.

    Parameters
    ----------
    keys : pandas.Series
        The value of each report, from `group_keys`.

    Returns
    -------
    str or None
        That it has one value only, more than `MOST_GROUPS`, or another one for each report that has any, and these are
        most of the reports.

    Examples
    --------
    >>> import pandas as pd
    >>> no_groups(pd.Series(["A", "B", "C"])), no_groups(pd.Series(["A", "B", "B"]))
    ('another value in each report', None)
    """
    values = keys.nunique()
    given = keys[keys != NOT_GIVEN]
    if values <= 1:
        return "one value only"
    if given.is_unique and len(given) > len(keys) / 2:
        return "another value in each report"
    return f"{values:,} values, more than {MOST_GROUPS}" if values > MOST_GROUPS else None


def ungrouped_said(reports: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return what must be said of columns of which no groups are made.

    Parameters
    ----------
    reports : pandas.DataFrame
        A row a report: ``sentences`` and the columns.
    columns : sequence of str
        The columns.

    Returns
    -------
    list of str
        One sentence, or none.

    Examples
    --------
    >>> import pandas as pd
    >>> ungrouped_said(pd.DataFrame({"sentences": [3, 4], "title": ["A", "B"]}), ["title"])
    ['No groups are made of title (another value in each report).']
    """
    counted = reports[reports["sentences"] > 0]
    why = {column: no_groups(group_keys(counted[column])[0]) for column in columns} if len(counted) else {}
    left_out = [f"{column} ({reason})" for column, reason in why.items() if reason]
    return [f"No groups are made of {', '.join(left_out)}."] if left_out else []


def group_keys(column: pd.Series) -> tuple[pd.Series, bool]:
    """Return the value of each report by which it is grouped.

    Parameters
    ----------
    column : pandas.Series
        A column of the metadata.

    Returns
    -------
    tuple of (pandas.Series, bool)
        The values as texts, and whether they were dates, taken by their years.

    Examples
    --------
    >>> import pandas as pd
    >>> keys, by_year = group_keys(pd.Series(["03/02/2019", None]))
    >>> keys.tolist(), by_year
    (['2019', 'not given'], True)
    """
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
