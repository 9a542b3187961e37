"""The shares of the labels in single reports and in groups of reports of an audit, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.counting import Prevalence, draw_adjusted, prevalences
from bias_detect.auditing.resampling import draw_rates, draw_shares
from bias_detect.bootstrap import REPLICATES
from bias_detect.errors import ModelError
from bias_detect.model.counts import Floats

Shares = list[Prevalence] | None


class ReportShares:
    """Estimate the shares of the labels in reports, one by one or several together.

    What the drawing of the calibration documents does to the rates is worked out once, not for every estimate.

    Parameters
    ----------
    labels : sequence of str
        The labels of the model.
    calibration : Calibration or None
        What the model confuses.

    Notes
    -----
    The interval of a single report stands for sentences drawn as those of the report were; that sentences beside each
    other are alike makes it too narrow rather than too wide.

    Examples
    --------
    >>> calibration = Calibration(np.array([[[8, 2], [1, 9]], [[8, 2], [1, 9]]]), np.array([0.5, 0.5]))
    >>> (raw, corrected), *_ = ReportShares(["a", "b"], calibration).of(np.array([[66, 34]]))
    >>> [round(share.value, 2) for share in (*raw, *corrected)]
    [0.66, 0.34, 0.8, 0.2]
    """

    def __init__(self, labels: Sequence[str], calibration: Calibration | None) -> None:
        self._labels = labels
        self._inverse: Floats | None = None
        if calibration is None:
            return
        try:  # refuses a calibration that nothing can be corrected by
            draw_adjusted(labels, list(range(len(labels))), [0] * len(labels), calibration, n_boot=1, seed=0)
        except ModelError:
            return
        drawn = draw_rates(calibration.confusion, REPLICATES, np.random.default_rng(0))
        self._inverse = np.asarray(np.linalg.pinv(np.swapaxes(drawn, 1, 2)), dtype=np.float64)
        self._rates = calibration.rates

    def of(self, counts: Floats) -> Iterator[tuple[Shares, Shares]]:
        """Estimate.

        Parameters
        ----------
        counts : ndarray of shape (n_reports, n_labels)
            Sentences of each label in each report.

        Yields
        ------
        tuple of (list of Prevalence or None, list of Prevalence or None)
            Raw and corrected shares of a report: None where it has no sentences, or there is no usable calibration.
            Those of one report do not depend on which others there are.

        Examples
        --------
        >>> found = ReportShares(["a", "b"], None).of(np.array([[3, 1], [0, 0]]))
        >>> [raw and [share.value for share in raw] for raw, _ in found]
        [[0.75, 0.25], None]
        """
        for row in counts:
            yield self.together(row[None, :])

    def together(self, counts: Floats) -> tuple[Shares, Shares]:
        """Estimate the shares in all sentences of some reports.

        Parameters
        ----------
        counts : ndarray of shape (n_reports, n_labels)
            Sentences of each label in each report.

        Returns
        -------
        tuple of (list of Prevalence or None, list of Prevalence or None)
            Raw and corrected shares, as from `of`. The interval is by bootstrap over the reports, or over the sentences
            of a single one.

        Examples
        --------
        >>> raw, corrected = ReportShares(["a", "b"], None).together(np.array([[3, 1], [5, 1]]))
        >>> [share.value for share in raw], corrected
        ([0.8, 0.2], None)
        """
        totals = counts.sum(axis=0)
        if not totals.any():
            return None, None
        counts = counts.astype(np.float64)
        share = totals / totals.sum()
        draws = draw_shares(counts, REPLICATES, np.random.default_rng(1))
        raw = prevalences(self._labels, share, draws, "raw")
        if self._inverse is None:
            return raw, None
        value = np.linalg.solve(self._rates.T, share)
        corrected = (self._inverse @ draws[..., None])[..., 0]
        return raw, prevalences(self._labels, value, corrected, "adjusted")


def share_columns(labels: Sequence[str], raw: Shares, corrected: Shares) -> dict[str, float | bool | None]:
    """Return shares as the columns of a table.

    Parameters
    ----------
    labels : sequence of str
        The labels of the model.
    raw, corrected : list of Prevalence or None
        From `ReportShares`.

    Returns
    -------
    dict
        ``share_<label>`` and ``corrected_<label>``, each with ``_low`` and ``_high``, and ``projected``: whether the
        corrected shares were no shares as they came out, and the nearest ones were taken.

    Examples
    --------
    >>> share_columns(["a"], ReportShares(["a"], None).together(np.array([[3]]))[0], None)
    {'share_a': 1.0, 'share_a_low': 1.0, 'share_a_high': 1.0,
     'corrected_a': None, 'corrected_a_low': None, 'corrected_a_high': None, 'projected': None}
    """
    columns: dict[str, float | bool | None] = {}
    for stem, shares in (("share", raw), ("corrected", corrected)):
        for place, label in enumerate(labels):
            share = None if shares is None else shares[place]
            columns[f"{stem}_{label}"] = None if share is None else share.value
            columns[f"{stem}_{label}_low"] = None if share is None else share.low
            columns[f"{stem}_{label}_high"] = None if share is None else share.high
    return columns | {"projected": None if corrected is None else corrected[0].projected}
