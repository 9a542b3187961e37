"""Shares from a random sample of validated sentences, helped by the classifier's probabilities for all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from bias_detect.auditing.calibration import checked_codes, checked_proba
from bias_detect.auditing.counting import Prevalence, prevalences
from bias_detect.auditing.resampling import document_codes, document_sums, draw_totals, half_sentences, spread
from bias_detect.bootstrap import REPLICATES
from bias_detect.errors import UsageError
from bias_detect.model.counts import Codes, Floats

_ROUNDING = 0.05  # what probabilities that were written with few digits may do
_ALIKE = 1e-6
_SEVERAL = 50


@dataclass(frozen=True, slots=True)
class Validated:
    """Sentences drawn at random among the audited ones and labelled by a person.

    Parameters
    ----------
    rows : sequence of int
        Their places among the audited sentences, none twice.
    truth : sequence of int
        The places of the labels given.
    inclusion : sequence of float
        The probability with which each was drawn into the sample, above 0 and at most 1; only their proportions count.

    Examples
    --------
    >>> Validated(rows=[3, 8], truth=[0, 1], inclusion=[1.0, 1.0]).truth
    [0, 1]
    """

    rows: Codes | Sequence[int]
    truth: Codes | Sequence[int]
    inclusion: Floats | Sequence[float]


def population_size(inclusion: Floats | Sequence[float]) -> tuple[float, float]:
    """Estimate from how many sentences a sample was drawn.

    Parameters
    ----------
    inclusion : sequence of float
        The probabilities with which its sentences were drawn.

    Returns
    -------
    tuple of (float, float)
        The number, and by how much it may fall short by chance alone.

    Notes
    -----
    The sum of one over the probabilities (Horvitz and Thompson). Where all sentences were as likely to be drawn it is
    exact, and what was drawn for certain adds nothing to its error. Otherwise the error is the one of a sample of fixed
    size by Hájek [1]_, which a small sample may miss: in samples of 20 to 150 sentences, parted by label, section or
    document or preferred by uncertainty, of 400 to 10,907 sentences, the sum fell short by up to 72 errors and 71%, but
    never by more than 4 errors and three quarters (half, from 50 sentences on) at once.

    References
    ----------
    .. [1] J. Hájek, Asymptotic theory of rejective sampling with varying probabilities from a finite population,
       Annals of Mathematical Statistics 35, 1964.

    Examples
    --------
    >>> size, short = population_size([0.25] * 10 + [1.0] * 5)
    >>> round(size), round(short, 1)
    (45, 2.2)
    """
    chances = np.asarray(inclusion, dtype=np.float64)
    size, chances = float((1 / chances).sum()), chances[chances < 1]
    if len(chances) < 2 or np.ptp(chances) < _ALIKE * chances.max():
        return size, _ROUNDING * size
    missed, weights = 1 - chances, 1 / chances
    centre = (missed * weights).sum() / missed.sum()
    error = np.sqrt(len(chances) / (len(chances) - 1) * (missed * (weights - centre) ** 2).sum())
    # A part of at most 3/4 (1/2) that is missing means: of at most 3 times (once) what the sample stands for.
    return size, max(4 * float(error), (1.0 if len(chances) >= _SEVERAL else 3.0) * size)


def prediction_powered(
    labels: Sequence[str],
    proba: Floats,
    documents: Sequence[Hashable],
    validated: Validated,
    *,
    n_boot: int = REPLICATES,
    seed: int = 0,
) -> list[Prevalence]:
    """Take the mean probabilities of all sentences, and correct them by what the validated ones show to be wrong.

    Nothing is assumed of the classifier: a bad one makes the interval wider, not wrong. All that counts is that the
    sample was drawn at random, with the probabilities given.

    Parameters
    ----------
    labels : sequence of str
        The names of the labels.
    proba : ndarray of shape (n_sentences, n_labels)
        The classifier's probabilities for all audited sentences, the validated ones among them.
    documents : sequence
        The document of each sentence.
    validated : Validated
        The sample.
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
        If the arrays do not fit together, or the sample is in fewer than two documents (in a single one: sentences).

    Notes
    -----
    The estimate is prediction-powered inference [1]_ for a mean, with weights of one over the inclusion probability
    that are scaled to their sum: the difference estimator of survey sampling. Predictions count only as far as they
    have been seen to help (power tuning [2]_): their part, between 0 and 1, is the one that makes the variance between
    documents least, summed over the labels, so that the shares go on adding up to 1.

    Replicates draw whole documents with all that is in them, which takes both the sentences' likeness within a document
    and the drawing of the sample into account. Half a sentence of each label is added at random, so that a rare label
    that the sample happened to miss does not come out as certainly absent.

    References
    ----------
    .. [1] A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan, T. Zrnic, Prediction-powered inference, Science
       382, 2023.
    .. [2] A. N. Angelopoulos, J. C. Duchi, T. Zrnic, PPI++: efficient prediction-powered inference, 2023.

    Examples
    --------
    >>> proba = np.array([[0.8, 0.2], [0.4, 0.6]] * 20)
    >>> sample = Validated(rows=[0, 1, 2, 3], truth=[0, 0, 0, 1], inclusion=[0.1] * 4)
    >>> shares = prediction_powered(["a", "b"], proba, ["r1", "r1", "r2", "r2"] * 10, sample)
    >>> [round(share.value, 3) for share in shares]
    [0.75, 0.25]
    """
    proba = checked_proba(proba)
    n, n_labels = proba.shape
    if n_labels != len(labels):
        raise UsageError(f"{n_labels} probabilities for {len(labels)} labels", next_step="give one for each")
    codes, n_documents = document_codes(documents, n)
    if n_documents == 1:  # nothing to compare between documents: its sentences take their place
        codes, n_documents = np.arange(n), n
    rows, truth, weights = _sample(validated, n, n_labels)

    given = np.zeros((n, n_labels))
    given[rows, truth] = weights
    weight = np.zeros((n, 1))
    weight[rows, 0] = weights
    columns = np.hstack([proba, np.ones((n, 1)), weight * proba, weight, given])
    sums = document_sums(codes, n_documents, columns)
    n_validated = len(np.unique(codes[rows]))
    if n_validated < 2:
        raise UsageError(
            "holds fewer than two sentences" if len(rows) < 2 else "holds sentences of one document only",
            subject="the validated sample",
            next_step="draw the sample at random from all sentences of the audit, and validate all of it",
        )

    part = _power(sums, n_labels)
    value = _estimate(sums.sum(axis=0, keepdims=True), n_labels, part)[0]
    rng = np.random.default_rng(seed)
    totals = draw_totals(sums, n_boot, rng)
    totals = totals[totals[:, 2 * n_labels + 1] > 0]  # a replicate may miss all validated documents
    extra = half_sentences(n_labels, len(totals), rng) * weights.mean()
    draws = value + spread(n_validated) * (_estimate(totals, n_labels, part, extra) - value)
    return prevalences(labels, value, draws, "prediction_powered")


def _sample(validated: Validated, n: int, n_labels: int) -> tuple[Codes, Codes, Floats]:
    """Return the rows, labels and weights of the sample."""
    subject = "the validated sample"
    rows, truth = checked_codes(validated.rows, n), checked_codes(validated.truth, n_labels)
    inclusion = np.asarray(validated.inclusion, dtype=np.float64)
    if not len(rows) == len(truth) == len(inclusion):
        raise UsageError(
            f"{len(rows)} sentences, {len(truth)} labels and {len(inclusion)} probabilities",
            subject=subject,
            next_step="give one label and one probability for each sentence",
        )
    if len(np.unique(rows)) < len(rows):
        raise UsageError("a sentence occurs twice", subject=subject, next_step="keep one label for each sentence")
    if not ((inclusion > 0) & (inclusion <= 1)).all():
        raise UsageError(
            "a probability of being drawn is not above 0 and at most 1",
            subject=subject,
            next_step="give the probabilities that the sample was drawn with",
        )
    return rows, truth, 1 / inclusion


def _parts(sums: Floats, k: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Take sums apart: probabilities, sentences, and weighted probabilities, weights and labels of the sample."""
    return (
        sums[:, :k],
        sums[:, k : k + 1],
        sums[:, k + 1 : 2 * k + 1],
        sums[:, 2 * k + 1 : 2 * k + 2],
        sums[:, 2 * k + 2 :],
    )


def _estimate(totals: Floats, k: int, part: float, extra: Floats | None = None) -> Floats:
    proba, sentences, sampled, weight, given = _parts(totals, k)
    truth = given / weight if extra is None else (given + extra) / (weight + extra.sum(axis=1, keepdims=True))
    return np.asarray(truth + part * (proba / sentences - sampled / weight))


def _power(sums: Floats, k: int) -> float:
    """Return how far the predictions are used, by the least variance between documents of the linearised estimate."""
    proba, sentences, sampled, weight, given = _parts(sums, k)
    everything, sample = sentences.sum(), weight.sum()
    truth = (given - given.sum(axis=0) / sample * weight) / sample
    lever = (proba - proba.sum(axis=0) / everything * sentences) / everything
    lever = lever - (sampled - sampled.sum(axis=0) / sample * weight) / sample
    strength = (lever**2).sum()
    return float(np.clip(-(truth * lever).sum() / strength, 0, 1)) if strength > 0 else 0.0
