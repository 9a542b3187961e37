"""The labels that are most probably right, given how often each annotator errs: the model of Dawid and Skene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bias_detect.errors import UsageError

Floats = NDArray[np.float64]

# In place of the logarithm of 0: times no vote it is 0 and not undefined, and no sum of real ones comes near it.
_NEVER = -1e300


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """What the model finds.

    Parameters
    ----------
    posterior : array of shape (n_sentences, n_labels)
        How probable each label is for each sentence.
    prior : array of shape (n_labels,)
        How frequent each label is.
    error_rates : array of shape (n_annotators, n_labels, n_labels)
        How often each annotator gives the label of the last axis to a sentence whose label is that of the middle one.
        A row is 0 where the annotator met no such sentence.
    log_likelihood : tuple of float
        After each step; it never falls.
    converged : bool
        Whether the last step changed nothing any more.

    Examples
    --------
    >>> found = dawid_skene(np.array([[[1, 0], [1, 0]], [[0, 1], [0, 1]]]))
    >>> found.prior.round(2).tolist(), found.converged
    ([0.5, 0.5], True)
    """

    posterior: Floats
    prior: Floats
    error_rates: Floats
    log_likelihood: tuple[float, ...]
    converged: bool


def dawid_skene(counts: NDArray[np.integer], *, tolerance: float = 1e-9, steps: int = 2_000) -> DawidSkene:
    """Estimate the true labels and the annotators' error rates together, by expectation-maximisation.

    Annotators are taken to err independently of each other, given the true label, and a sentence's difficulty plays no
    part. With two annotators, or with few sentences in common, error rates are poorly determined.

    Parameters
    ----------
    counts : array of int, of shape (n_sentences, n_annotators, n_labels)
        How often each annotator gave each label to each sentence: mostly once or not at all.
    tolerance : float
        The change of a probability below which the estimate stands still.
    steps : int
        Most steps.

    Returns
    -------
    DawidSkene
        The maximum that is reached from the shares of the votes, as published.

    Raises
    ------
    UsageError
        If a sentence has no vote.

    References
    ----------
    .. [1] A. P. Dawid, A. M. Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm,
       Applied Statistics 28, 1979.

    Examples
    --------
    >>> one = np.eye(2, dtype=int)
    >>> found = dawid_skene(np.array([one[[0, 0, 0]], one[[1, 1, 1]], one[[1, 1, 0]], one[[0, 0, 0]]]))
    >>> found.posterior.round(2).tolist()[2]
    [0.0, 1.0]
    """
    counts = np.asarray(counts)
    n_sentences, n_annotators, n_labels = counts.shape
    votes = counts.sum(axis=1).astype(np.float64)
    if n_sentences == 0 or not votes.sum(axis=1).all():
        raise UsageError("a sentence has no label to learn from", next_step="leave out sentences that nobody labelled")
    flat = counts.reshape(n_sentences, -1).astype(np.float64)
    posterior = votes / votes.sum(axis=1, keepdims=True)
    likelihood: list[float] = []
    converged = False
    prior = posterior.mean(axis=0)
    rates = np.zeros((n_annotators, n_labels, n_labels))
    while not converged and len(likelihood) < steps:
        prior = posterior.mean(axis=0)
        rates = (posterior.T @ flat).reshape(n_labels, n_annotators, n_labels).transpose(1, 0, 2)
        met = rates.sum(axis=2, keepdims=True)
        rates = np.divide(rates, met, out=np.zeros_like(rates), where=met > 0)
        joint = flat @ _log(rates.transpose(0, 2, 1).reshape(-1, n_labels)) + _log(prior)
        highest = joint.max(axis=1, keepdims=True)
        weights = np.exp(joint - highest)
        total = weights.sum(axis=1, keepdims=True)
        likelihood.append(float((highest + np.log(total)).sum()))
        before, posterior = posterior, weights / total
        converged = bool(np.abs(posterior - before).max() < tolerance)
    return DawidSkene(posterior, prior, rates, tuple(likelihood), converged)


def _log(shares: Floats) -> Floats:
    return np.log(shares, out=np.full_like(shares, _NEVER), where=shares > 0)
