"""What the lengths of reports do to the overall shares, which count sentences and not reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.counting import Prevalence
from bias_detect.auditing.shares import ReportShares

if TYPE_CHECKING:
    import pandas as pd

_FEW = 10  # one in so many reports, or a single one of fewer


def largest_reports(sentences: Sequence[int]) -> tuple[int, float] | None:
    """Find out whether few reports hold more than half of all sentences.

    Parameters
    ----------
    sentences : sequence of int
        How many each report has.

    Returns
    -------
    tuple of (int, float) or None
        The least number of reports that hold more than half, and their part of the sentences; None where these are more
        than a tenth of the reports and more than one, or there are fewer than three reports.

    Examples
    --------
    >>> largest_reports([90, 10, 10, 10]), largest_reports([10, 10, 10, 10])
    ((1, 0.75), None)
    """
    held = np.cumsum(sorted((count for count in sentences if count), reverse=True))
    if len(held) < 3:
        return None
    number = int(np.searchsorted(held, held[-1] / 2, side="right")) + 1
    return (number, float(held[number - 1] / held[-1])) if number <= max(1, len(held) // _FEW) else None


def mean_over_reports(
    reports: pd.DataFrame, labels: Sequence[str], calibration: Calibration | None
) -> list[list[Prevalence]]:
    """Average the shares of reports, each counting alike, however long it is.

    Parameters
    ----------
    reports : pandas.DataFrame
        A row a report: ``n_<label>``.
    labels : sequence of str
        The labels of the model.
    calibration : Calibration or None
        What the model confuses.

    Returns
    -------
    list of list of Prevalence
        As labelled, and by the adjusted count if there is a usable calibration, with intervals by bootstrap over the
        reports; nothing where fewer than two reports have counted sentences.

    Examples
    --------
    >>> import pandas as pd
    >>> reports = pd.DataFrame({"n_a": [90, 1, 0], "n_b": [10, 1, 0]})
    >>> [round(share.value, 2) for share in mean_over_reports(reports, ["a", "b"], None)[0]]
    [0.7, 0.3]
    """
    if reports.empty:
        return []
    counts = reports[[f"n_{label}" for label in labels]].to_numpy(np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    counts, totals = counts[totals[:, 0] > 0], totals[totals[:, 0] > 0]
    if len(counts) < 2:
        return []
    found = ReportShares(labels, calibration).together(counts * (totals.mean() / totals))
    return [shares for shares in found if shares is not None]
