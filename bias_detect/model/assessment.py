"""What a classifier says of some sentences."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Assessment(NamedTuple):
    """What a classifier says of some sentences.

    Parameters
    ----------
    proba : ndarray of shape (n_sentences, n_classes)
        Calibrated probabilities.
    labels : ndarray of shape (n_sentences,)
        The most probable label of each.
    sets : ndarray of bool of shape (n_sentences, n_classes)
        The conformal label sets.

    Examples
    --------
    >>> found = Assessment(np.array([[0.6, 0.4]]), np.array(["told"]), np.array([[True, True]]))
    >>> found.uncertain.tolist()
    [True]
    """

    proba: NDArray[np.float64]
    labels: NDArray[Any]
    sets: NDArray[np.bool_]

    @property
    def uncertain(self) -> NDArray[np.bool_]:
        """Where the label should not be trusted: the set holds several labels, or none."""
        return np.asarray(self.sets.sum(axis=1) != 1)
