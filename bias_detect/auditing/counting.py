"""Shares by counting labels: as they are, and corrected by what the classifier is known to confuse."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bias_detect.auditing.calibration import Calibration, check_calibration, checked_codes
from bias_detect.auditing.resampling import (
    document_codes,
    draw_rates,
    draw_shares,
    project_to_simplex,
)
from bias_detect.bootstrap import REPLICATES, TAIL
from bias_detect.errors import ModelError
from bias_detect.model.counts import Codes, Floats

Method = Literal["raw", "adjusted", "em", "prediction_powered"]

_SINGULAR = 1e-6  # least singular value of a confusion matrix that is still solved


@dataclass(frozen=True, slots=True)
class Prevalence:
    """The share of one label, with its 95% interval.

    Parameters
    ----------
    label : str
        The label.
    value, low, high : float
        The estimate and the ends of its interval, all between 0 and 1.
    method : {"raw", "adjusted", "em", "prediction_powered"}
        How it was estimated.
    projected : bool
        Whether the estimates of the labels were no shares as they came out, below 0 or above 1, and the nearest
        shares were taken in their place.

    Examples
    --------
    >>> share = Prevalence("told", 0.3, 0.2, 0.4, "adjusted", projected=False)
    >>> f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"
    '30% (20% to 40%)'
    """

    label: str
    value: float
    low: float
    high: float
    method: Method
    projected: bool


def raw_share(
    labels: Sequence[str],
    predicted: Codes | Sequence[int],
    documents: Sequence[Hashable],
    *,
    n_boot: int = REPLICATES,
    seed: int = 0,
) -> list[Prevalence]:
    """Count what is predicted. The interval knows nothing of the classifier's errors.

    Parameters
    ----------
    labels : sequence of str
        The names of the labels.
    predicted : sequence of int
        The place of each sentence's predicted label.
    documents : sequence
        The document of each sentence.
    n_boot : int
        Number of bootstrap replicates.
    seed : int
        Seed of the draws.

    Returns
    -------
    list of Prevalence
        One for each label.

    Raises
    ------
    UsageError
        If the arrays do not fit together.

    Examples
    --------
    >>> [share.value for share in raw_share(["a", "b"], [0, 0, 0, 1], ["r1", "r1", "r2", "r2"])]
    [0.75, 0.25]
    """
    counts = _counts(labels, predicted, documents)
    draws = draw_shares(counts, n_boot, np.random.default_rng(seed))
    return prevalences(labels, counts.sum(axis=0) / counts.sum(), draws, "raw")


def adjusted_count(
    labels: Sequence[str],
    predicted: Codes | Sequence[int],
    documents: Sequence[Hashable],
    calibration: Calibration,
    *,
    n_boot: int = REPLICATES,
    seed: int = 0,
) -> list[Prevalence]:
    """Count what is predicted, and solve for the shares that would be predicted so.

    If the shares are s and a label i is predicted as j in a part R[i, j] of its sentences, then s R is predicted. The
    equations are solved for s [1]_ [2]_. What is assumed is label shift: the documents may hold other shares than those
    that R comes from, but the sentences of a label are as easy to tell.

    Parameters
    ----------
    labels : sequence of str
        The names of the labels.
    predicted : sequence of int
        The place of each sentence's predicted label.
    documents : sequence
        The document of each sentence.
    calibration : Calibration
        The classifier's confusions.
    n_boot : int
        Number of bootstrap replicates.
    seed : int
        Seed of the draws.

    Returns
    -------
    list of Prevalence
        One for each label.

    Raises
    ------
    ModelError
        If the calibration is for other labels, lacks a label, or the classifier cannot tell the labels apart.
    UsageError
        If the arrays do not fit together.

    Notes
    -----
    Each replicate draws audited documents and, independently, calibration documents, both whole, as Moreo and Salvati
    draw training and test items [3]_; so the interval is for the shares among documents such as these. It carries the
    sampling error of both, not a shift in the errors themselves.

    A solution outside the simplex is replaced by the nearest shares [4]_, its replicates are moved by as much, and
    those that are outside then are replaced likewise; so the interval of a label that comes out below 0 still reaches
    as far up as its uncertainty. A solution far outside says that the documents are unlike those of the calibration. A
    label that is missing from a replicate's calibration documents keeps its rates there.

    References
    ----------
    .. [1] G. Forman, Quantifying counts and costs via classification, Data Mining and Knowledge Discovery 17, 2008.
    .. [2] M. Bunse, On multi-class extensions of adjusted classify and count, LQ workshop at ECML-PKDD 2022.
    .. [3] A. Moreo, N. Salvati, An efficient method for deriving confidence intervals in aggregative quantification,
       LQ workshop at ECML-PKDD 2025.
    .. [4] J. Duchi, S. Shalev-Shwartz, Y. Singer, T. Chandra, Efficient projections onto the l1-ball for learning in
       high dimensions, ICML 2008.

    Examples
    --------
    >>> confusion = np.array([[[8, 2], [1, 9]], [[8, 2], [1, 9]]])
    >>> calibration = Calibration(confusion, np.array([0.5, 0.5]))
    >>> shares = adjusted_count(["a", "b"], [0] * 66 + [1] * 34, ["r1", "r2"] * 50, calibration)
    >>> [round(share.value, 3) for share in shares]
    [0.8, 0.2]
    """
    value, draws = draw_adjusted(labels, predicted, documents, calibration, n_boot=n_boot, seed=seed)
    return prevalences(labels, value, draws, "adjusted")


def draw_adjusted(
    labels: Sequence[str],
    predicted: Codes | Sequence[int],
    documents: Sequence[Hashable],
    calibration: Calibration,
    *,
    n_boot: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Return what `adjusted_count` rests on, before anything is projected.

    Parameters
    ----------
    labels, predicted, documents, calibration, n_boot, seed
        As for `adjusted_count`.

    Returns
    -------
    tuple of (ndarray of shape (n_labels,), ndarray of shape (n_boot, n_labels))
        The solution, and its replicates. The same seed draws the same audited documents for every method.

    Raises
    ------
    ModelError, UsageError
        As `adjusted_count`.

    Examples
    --------
    >>> calibration = Calibration(np.array([[[8, 2], [1, 9]]] * 2), np.array([0.5, 0.5]))
    >>> predicted, documents = [0] * 66 + [1] * 34, ["r1", "r2"] * 50
    >>> value, draws = draw_adjusted(["a", "b"], predicted, documents, calibration, n_boot=20, seed=0)
    >>> value.round(3).tolist(), draws.shape
    ([0.8, 0.2], (20, 2))
    """
    check_calibration(labels, calibration)
    counts = _counts(labels, predicted, documents)
    rates = calibration.rates
    missing = [label for label, row in zip(labels, rates, strict=True) if not row.any()]
    if missing:
        raise ModelError(
            f"no calibration document holds the label {', '.join(missing)}, so that its errors are not known",
            subject="the calibration",
            next_step="use the raw shares, or a model trained on a corpus that holds every label",
        )
    if np.linalg.svd(rates, compute_uv=False)[-1] < _SINGULAR:
        raise ModelError(
            "the model predicts some labels alike whatever the truth is, so that their shares cannot be told apart",
            subject="the calibration",
            next_step="validate a random sample of sentences, or train a better model",
        )
    rng = np.random.default_rng(seed)
    shares = draw_shares(counts, n_boot, rng)
    drawn = draw_rates(calibration.confusion, n_boot, rng)
    value = np.linalg.solve(rates.T, counts.sum(axis=0) / counts.sum())
    try:
        draws = np.linalg.solve(np.swapaxes(drawn, 1, 2), shares[..., None])[..., 0]
    except np.linalg.LinAlgError:  # few calibration documents: a replicate may tell nothing apart
        draws = (np.linalg.pinv(np.swapaxes(drawn, 1, 2)) @ shares[..., None])[..., 0]
    return value, np.asarray(draws)


def prevalences(labels: Sequence[str], value: Floats, draws: Floats, method: Method) -> list[Prevalence]:
    """Turn an estimate and its replicates into shares with intervals.

    Parameters
    ----------
    labels : sequence of str
        The names of the labels.
    value : ndarray of shape (n_labels,)
        The estimate, which may lie outside the simplex.
    draws : ndarray of shape (n_boot, n_labels)
        Its replicates, likewise.
    method : str
        How it was estimated.

    Returns
    -------
    list of Prevalence
        One for each label.

    Examples
    --------
    >>> prevalences(["a", "b"], np.array([1.1, -0.1]), np.array([[1.2, -0.2], [0.9, 0.1]]), "adjusted")[1].projected
    True
    """
    inside = project_to_simplex(value)
    # Replicates go where the estimate goes: an interval of the outside, cut off, would be a certain 0.
    low, high = np.quantile(project_to_simplex(draws + (inside - value)), [TAIL, 1 - TAIL], axis=0)
    moved = not np.allclose(inside, value, rtol=0, atol=1e-9)
    return [
        Prevalence(str(label), float(share), float(min(below, share)), float(max(above, share)), method, moved)
        for label, share, below, above in zip(labels, inside, low, high, strict=True)
    ]


def _counts(labels: Sequence[str], predicted: Codes | Sequence[int], documents: Sequence[Hashable]) -> Floats:
    """Count the predicted labels, a row a document."""
    guess = checked_codes(predicted, len(labels))
    codes, n_documents = document_codes(documents, len(guess))
    cells = np.bincount(codes * len(labels) + guess, minlength=n_documents * len(labels))
    return cells.reshape(n_documents, len(labels)).astype(np.float64)
