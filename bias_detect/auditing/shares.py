"""The shares of the labels in each report of an audit, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.counting import Prevalence, _draw_rates, draw_adjusted, prevalences
from bias_detect.auditing.resampling import draw_shares
from bias_detect.errors import ModelError
from bias_detect.model.metrics import REPLICATES, Floats

Shares = list[Prevalence] | None


class ReportShares:
    """Estimate the shares of the labels report by report.

    What the drawing of the calibration documents does to the rates is worked out once, not for every report.

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
        drawn = _draw_rates(calibration.confusion, REPLICATES, np.random.default_rng(0))
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
        """
        for row in counts.astype(np.float64):
            if not row.sum():
                yield None, None
                continue
            share = row / row.sum()
            draws = draw_shares(row[None, :], REPLICATES, np.random.default_rng(1))
            raw = prevalences(self._labels, share, draws, "raw")
            if self._inverse is None:
                yield raw, None
                continue
            value = np.linalg.solve(self._rates.T, share)
            corrected = (self._inverse @ draws[..., None])[..., 0]
            yield raw, prevalences(self._labels, value, corrected, "adjusted")
