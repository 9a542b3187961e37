"""Label sets that hold the true label as often as asked, for each kind of sentence: split-conformal prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 100
"""Sentences of a kind from which on it has a threshold of its own."""


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


def conformal_thresholds(
    proba: NDArray[np.float64], codes: NDArray[np.intp], kinds: NDArray[np.intp], n_kinds: int, coverage: float
) -> NDArray[np.float64]:
    """Find a threshold for each kind of prose and each most probable label (Mondrian conformal prediction).

    One threshold for all covers easy prose too often and hard prose too seldom. A kind of prose, or a label within
    it, of fewer than :data:`LEAST` sentences takes the threshold of the kind, or of all.

    Parameters
    ----------
    proba : ndarray of shape (n_sentences, n_classes)
        Out-of-fold probabilities.
    codes : ndarray of int
        Places of the true labels.
    kinds : ndarray of int
        The kind of prose of each sentence, as it would be guessed for a new one.
    n_kinds : int
        Number of kinds.
    coverage : float
        Share of the sentences of each kind whose set shall hold the true label.

    Returns
    -------
    ndarray of shape (n_kinds, n_classes)
        The thresholds; the columns are the most probable labels.

    References
    ----------
    Vovk, Lindsay, Nouretdinov and Gammerman, *Mondrian confidence machine*, 2003.

    Examples
    --------
    >>> proba, codes = np.array([[0.9, 0.1]] * 150 + [[0.4, 0.6]] * 150), np.array([0] * 150 + [1] * 150)
    >>> conformal_thresholds(proba, codes, np.zeros(300, dtype=int), 1, 0.9).tolist()
    [[0.9, 0.6]]
    """
    likeliest, n_classes = proba.argmax(axis=1), proba.shape[1]
    found = np.full((n_kinds, n_classes), conformal_threshold(proba, codes, coverage))
    for kind in range(n_kinds):
        rows = kinds == kind
        if rows.sum() >= LEAST:
            found[kind] = conformal_threshold(proba[rows], codes[rows], coverage)
        for label in range(n_classes):
            cell = rows & (likeliest == label)
            if cell.sum() >= LEAST:
                found[kind, label] = conformal_threshold(proba[cell], codes[cell], coverage)
    return found


def conformal_sets(
    proba: NDArray[np.float64], kinds: NDArray[np.intp], thresholds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return the label sets of sentences.

    Parameters
    ----------
    proba : ndarray of shape (n_sentences, n_classes)
        Probabilities.
    kinds : ndarray of int
        The kind of prose of each sentence.
    thresholds : ndarray of shape (n_kinds, n_classes)
        From :func:`conformal_thresholds`.

    Returns
    -------
    ndarray of bool of shape (n_sentences, n_classes)
        True where the label is in the set. Where prose is easy and a sentence is not, the set may be empty: none of
        the labels conforms.

    Examples
    --------
    >>> conformal_sets(np.array([[0.9, 0.1], [0.55, 0.45]]), np.array([0, 0]), np.array([[0.6, 0.6]])).tolist()
    [[True, False], [False, False]]
    """
    return np.asarray(proba >= thresholds[kinds, proba.argmax(axis=1)][:, None])
