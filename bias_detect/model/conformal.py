"""Label sets that hold the true label as often as asked: split-conformal prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def conformal_threshold(proba: NDArray[np.float64], codes: NDArray[np.intp], coverage: float) -> float:
    """Find the probability from which on a label must enter the set for the sets to hold the true label.

    Split-conformal with grouped calibration: the probabilities are out of fold, from folds that split no document.
    Sentences of a document are not exchangeable, so that the coverage is measured on other documents, not proved.

    Parameters
    ----------
    proba : ndarray of shape (n_sentences, n_classes)
        Out-of-fold probabilities.
    codes : ndarray of int
        Places of the true labels.
    coverage : float
        Share of sentences whose set shall hold the true label.

    Returns
    -------
    float
        The threshold.

    References
    ----------
    Vovk, Gammerman and Shafer, *Algorithmic Learning in a Random World*, 2005.
    Sadinle, Lei and Wasserman, *Least ambiguous set-valued classifiers with bounded error levels*, 2019.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]])
    >>> conformal_threshold(proba, np.array([0, 1, 0, 1]), 0.6)
    0.7
    """
    scores = np.sort(proba[np.arange(len(codes)), codes])
    # The finite-sample correction: the next, unseen score counts as one more.
    rank = int(np.floor((len(scores) + 1) * (1 - coverage))) - 1
    return float(scores[rank]) if rank >= 0 else 0.0
