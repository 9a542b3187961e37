"""What the tests of the estimates of shares share."""

import numpy as np

from bias_detect.auditing.prevalence import Calibration

AB = ("a", "b")


def calibration(rows: list[list[float]], n_documents: int = 20) -> Calibration:
    """Return a calibration on so many documents that are confused alike."""
    return Calibration(np.tile(rows, (n_documents, 1, 1)), np.sum(rows, axis=1) / np.sum(rows))


def values(estimates: list) -> list[float]:
    """Return the values of estimates."""
    return [estimate.value for estimate in estimates]
