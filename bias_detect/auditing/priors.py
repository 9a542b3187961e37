"""Shares by maximum likelihood: those under which the classifier's probabilities are the most likely."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from bias_detect.auditing.calibration import Calibration, check_calibration, checked_proba
from bias_detect.auditing.counting import Prevalence, prevalences
from bias_detect.auditing.resampling import document_codes, draw_totals, n_units, spread
from bias_detect.bootstrap import REPLICATES
from bias_detect.errors import ModelError, UsageError
from bias_detect.model.counts import Codes, Floats

_MOST_CELLS = 2000  # sentences, or kinds of sentences, that a replicate is worked out on
_GRIDS = (40, 20, 10, 5, 2)
_ROUNDS, _STILL = 1000, 1e-6


def expectation_maximisation(
    labels: Sequence[str],
    proba: Floats,
    documents: Sequence[Hashable],
    calibration: Calibration,
    *,
    n_boot: int = REPLICATES,
    seed: int = 0,
) -> list[Prevalence]:
    """Find the shares under which the probabilities are the most likely.

    Probabilities assume the shares of the training data. They are turned into those that they would be under other
    shares, the mean of these is taken for the shares, and so on until nothing moves [1]_. Under label shift, and where
    the probabilities are right, no estimate is narrower; where they are not, the shares are off and the interval does
    not say so [2]_ [3]_.

    Parameters
    ----------
    labels : sequence of str
        The names of the labels.
    proba : ndarray of shape (n_sentences, n_labels)
        Calibrated probabilities.
    documents : sequence
        The document of each sentence.
    calibration : Calibration
        The shares that the probabilities assume are taken from it.
    n_boot : int
        Number of bootstrap replicates.
    seed : int
        Seed of the draws.

    Returns
    -------
    list of Prevalence
        One for each label. The interval carries the sampling error of the documents alone.

    Raises
    ------
    ModelError
        If the calibration is for other labels, or a label had no share in the training data.
    UsageError
        If the arrays do not fit together.

    Notes
    -----
    More than 2,000 sentences are put together by their probabilities, rounded to 1/40 (or more coarsely, if there are
    many labels) and replaced by their means, so that time and memory do not grow with the sentences.

    References
    ----------
    .. [1] M. Saerens, P. Latinne, C. Decaestecker, Adjusting the outputs of a classifier to new a priori probabilities,
       Neural Computation 14, 2002.
    .. [2] A. Alexandari, A. Kundaje, A. Shrikumar, Maximum likelihood with bias-corrected calibration is hard-to-beat
       at label shift adaptation, ICML 2020.
    .. [3] A. Esuli, A. Molinari, F. Sebastiani, A critical reassessment of the Saerens-Latinne-Decaestecker algorithm
       for posterior probability adjustment, ACM Transactions on Information Systems 39, 2021.

    Examples
    --------
    >>> calibration = Calibration(np.array([[[9, 1], [1, 9]]]), np.array([0.5, 0.5]))
    >>> proba = np.array([[0.9, 0.1]] * 74 + [[0.1, 0.9]] * 26)
    >>> shares = expectation_maximisation(["a", "b"], proba, ["r1", "r2"] * 50, calibration)
    >>> [round(share.value, 3) for share in shares]
    [0.8, 0.2]
    """
    value, draws = draw_most_likely(labels, proba, documents, calibration, n_boot=n_boot, seed=seed)
    return prevalences(labels, value, draws, "em")


def draw_most_likely(
    labels: Sequence[str],
    proba: Floats,
    documents: Sequence[Hashable],
    calibration: Calibration,
    *,
    n_boot: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Return what `expectation_maximisation` rests on.

    Parameters
    ----------
    labels, proba, documents, calibration, n_boot, seed
        As for `expectation_maximisation`.

    Returns
    -------
    tuple of (ndarray of shape (n_labels,), ndarray of shape (n_boot, n_labels))
        The most likely shares, and their replicates. The same seed draws the same documents for every method.

    Raises
    ------
    ModelError, UsageError
        As `expectation_maximisation`.

    Examples
    --------
    >>> calibration = Calibration(np.array([[[8, 2], [1, 9]]] * 2), np.array([0.5, 0.5]))
    >>> proba = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.1]])
    >>> value, draws = draw_most_likely(["a", "b"], proba, list("rrss"), calibration, n_boot=20, seed=0)
    >>> value.round(2).tolist(), draws.shape
    ([0.81, 0.19], (20, 2))
    """
    check_calibration(labels, calibration)
    proba = checked_proba(proba)
    if proba.shape[1] != len(labels):
        raise UsageError(f"{proba.shape[1]} probabilities for {len(labels)} labels", next_step="give one for each")
    missing = [label for label, prior in zip(labels, calibration.priors, strict=True) if prior == 0]
    if missing:
        raise ModelError(
            f"the label {', '.join(missing)} had no share in the training data, so that no probability speaks of it",
            subject="the calibration",
            next_step="use the raw shares, or a model trained on a corpus that holds every label",
        )
    codes, n_documents = document_codes(documents, len(proba))
    kinds, counts = _kinds(proba, codes, n_documents)
    likelihood = kinds / calibration.priors
    value = _most_likely(likelihood, counts.sum(axis=0, keepdims=True), calibration.priors)[0]
    totals = draw_totals(counts, n_boot, np.random.default_rng(seed))
    return value, value + spread(n_units(counts)) * (_most_likely(likelihood, totals, value) - value)


def _kinds(proba: Floats, documents: Codes, n_documents: int) -> tuple[Floats, Floats]:
    """Put sentences of nearly equal probabilities together; return their mean probabilities and counts by document."""
    kinds, places = proba, np.arange(len(proba))
    for grid in _GRIDS:
        if len(kinds) <= _MOST_CELLS:
            break
        _, places = np.unique(np.rint(proba * grid).astype(np.int8), axis=0, return_inverse=True)
        sizes = np.bincount(places)
        kinds = np.column_stack([np.bincount(places, weights=column) / sizes for column in proba.T])
    cells = np.bincount(documents * len(kinds) + places, minlength=n_documents * len(kinds))
    return kinds, cells.reshape(n_documents, len(kinds)).astype(np.float64)


def _most_likely(likelihood: Floats, totals: Floats, start: Floats) -> Floats:
    """Iterate all rows of totals at once, from the same start, until none moves."""
    # A label that starts from nothing stays there, so that every label is given a little.
    begin = np.maximum(start, _STILL)
    shares = np.tile(begin / begin.sum(), (len(totals), 1))
    sizes = totals.sum(axis=1, keepdims=True)
    weights = np.empty_like(totals)  # written over in every round: fresh memory would take longer than the sums
    for _ in range(_ROUNDS):
        np.matmul(shares, likelihood.T, out=weights)
        np.maximum(weights, np.finfo(np.float64).tiny, out=weights)
        np.divide(totals, weights, out=weights)
        fresh = shares * (weights @ likelihood) / sizes
        moved = np.abs(fresh - shares).max()
        shares = fresh
        if moved < _STILL:
            break
    return np.asarray(shares)
