"""The share of each label in a set of documents, from a classifier's output.

A report leads with the prediction-powered shares where a random sample of sentences was validated, otherwise with the
adjusted count, and gives the raw shares beside them. Expectation-maximisation is a second opinion: it never leads,
since its interval does not know of wrong probabilities. Where the two corrections are far apart, the documents may be
unlike those of the calibration, and which estimate is right cannot be told without validated sentences: in
``overconfident`` below it is the adjusted count, in other prose it was the plain count. A report then leads with the
range that holds the intervals of them all. All intervals are for documents of the kind that was audited;
for the very documents they are on the wide side. A single document has no others to be compared with: its interval is
for itself.

Bias, coverage of the 95% intervals and their mean width, for a label whose share is given (one of three; 100 documents
of 80 sentences, calibration on 100 of 40 that hold 22% of the label, 300 sentences validated):

=============  =====  ===================  ===================  ===================  ===================
world          share  raw                  adjusted             em                   prediction-powered
=============  =====  ===================  ===================  ===================  ===================
shift             2%   +3.7%   0.0%  2.4%   -0.1%  96.4%  3.7%   +0.0%  92.1%  2.2%   +0.0%  95.4%  3.4%
shift            10%   +2.1%  37.8%  3.7%   +0.1%  93.6%  5.6%   +0.1%  95.0%  4.6%   +0.1%  93.9%  5.6%
shift            40%   -4.2%  19.0%  5.7%   +0.0%  96.0%  8.4%   +0.0%  95.9%  7.4%   +0.0%  94.4%  8.4%
overconfident     2%   +3.7%   0.0%  2.4%   -0.1%  96.6%  3.7%   +1.4%  21.0%  2.3%   +0.0%  95.0%  3.4%
overconfident    10%   +2.1%  37.0%  3.7%   +0.1%  93.2%  5.5%   +0.9%  85.6%  4.1%   +0.0%  94.6%  5.7%
overconfident    40%   -4.3%  17.6%  5.7%   -0.1%  96.2%  8.4%   -2.5%  70.4%  6.5%   -0.1%  93.4%  8.4%
harder            2%   +3.3%   0.0%  2.3%   -0.6%  94.0%  3.3%   -1.0%  43.0%  1.6%   +0.0%  95.8%  3.6%
harder           10%   -0.1%  93.8%  3.3%   -2.7%  46.4%  5.1%   -3.7%  11.0%  3.9%   +0.1%  94.2%  6.3%
harder           40%  -12.9%   0.0%  5.3%  -10.9%   0.0%  7.6%  -10.2%   0.2%  7.7%   -0.1%  94.0%  9.7%
=============  =====  ===================  ===================  ===================  ===================

In ``shift`` only the shares differ from the calibration's; in ``overconfident`` the probabilities are too sure of
themselves as well; in ``harder`` 62% of the label's sentences are found and not, as in calibration, 84%, which only
validated sentences show. Over all three labels and shares in ``shift``, coverage is 92.9 to 96.4% (mean 95.0%) for the
adjusted count, 92.6 to 95.9% (94.5%) for prediction-powered shares, 92.1 to 96.4% (94.6%) for expectation-maximisation
and 0 to 90.2% for raw shares; 800 audits leave 1.5 points of noise in each. Expectation-maximisation is left out in 4
to 7% of the audits where it is right, in 41, 11 and 58% where it is overconfident, in 7, 20 and 8% in ``harder``: that
it is not left out proves little.

Measured by ``python scripts/measure_prevalence.py --world WORLD`` (``--samples 800`` for ``shift``).
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from bias_detect.auditing.calibration import Calibration, check_calibration
from bias_detect.auditing.counting import Method, Prevalence, adjusted_count, draw_adjusted, prevalences, raw_share
from bias_detect.auditing.priors import draw_most_likely, expectation_maximisation
from bias_detect.auditing.validated import Validated, prediction_powered
from bias_detect.bootstrap import REPLICATES, TAIL
from bias_detect.errors import ModelError
from bias_detect.labels import shown
from bias_detect.model.counts import Codes, Floats

__all__ = [
    "Calibration",
    "Estimates",
    "Prevalence",
    "Validated",
    "adjusted_count",
    "estimate_prevalence",
    "expectation_maximisation",
    "prediction_powered",
    "raw_share",
]

_RANK: tuple[Method, ...] = ("prediction_powered", "adjusted", "raw")
_FAR = 0.1  # two estimates of a share that differ by more are far apart, however wide their intervals
_FACTOR, _LEAST = 1.5, 0.01  # as are those that differ by this factor and by more than this, if not by chance


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How far the adjusted count is from a second estimate.

    Parameters
    ----------
    label : str
        The label whose shares differ most, of those whose shares are far apart.
    difference : float
        By how much.
    shares : list of Prevalence
        The second estimate, one for each label.

    Examples
    --------
    >>> Disagreement("told", 0.35, [Prevalence("told", 0.65, 0.6, 0.7, "em", False)]).difference
    0.35
    """

    label: str
    difference: float
    shares: list[Prevalence]

    @classmethod
    def between(
        cls, adjusted: Sequence[Prevalence], other: list[Prevalence], apart: Container[str] = ()
    ) -> Disagreement | None:
        """Compare two estimates.

        Parameters
        ----------
        adjusted, other : sequence of Prevalence
            Both, one for each label.
        apart : container of str
            Labels whose shares differ by more than chance explains.

        Returns
        -------
        Disagreement or None
            None unless a label differs by more than 10 points, has intervals that do not meet, or is apart and differs
            by half or more and by more than a point.

        Notes
        -----
        Where only the shares differ from the calibration's, the last of these is met by 0 to 5 in 100 audits of 5 to
        100 simulated documents (world ``shift`` of ``measure_prevalence``, a share of 2, 5 or 10%; 60 audits of each
        kind), as the test behind ``apart`` promises; without it by up to 33. The others are met by none.

        Examples
        --------
        >>> near = [Prevalence("a", 0.3, 0.2, 0.4, "adjusted", False)]
        >>> far = [Prevalence("a", 0.65, 0.6, 0.7, "em", False)]
        >>> round(Disagreement.between(near, far).difference, 2), Disagreement.between(near, near)
        (0.35, None)
        """
        far = [pair for pair in zip(adjusted, other, strict=True) if _are_far(*pair, apart)]
        if not far:
            return None
        one, second = max(far, key=lambda pair: abs(pair[0].value - pair[1].value))
        return cls(one.label, abs(one.value - second.value), other)


@dataclass(frozen=True, slots=True)
class Estimates:
    """All estimates that could be made of the shares of the labels.

    Parameters
    ----------
    by_method : dict of str to list of Prevalence
        The estimates, one for each label.
    left_out : dict of str to str
        The methods that were not used or not trusted, and why.
    disagreement : Disagreement, optional
        Where the adjusted count is far from the prediction-powered shares or, if no sentences were validated, from
        expectation-maximisation.

    Examples
    --------
    >>> found = Estimates({"raw": [Prevalence("told", 0.3, 0.2, 0.4, "raw", False)]}, {"em": "no probabilities"})
    >>> found.lead[0].value, found.ranges
    (0.3, None)
    """

    by_method: dict[Method, list[Prevalence]]
    left_out: dict[Method, str]
    disagreement: Disagreement | None = None

    @property
    def lead(self) -> list[Prevalence]:
        """The estimates that a report should lead with."""
        return next(self.by_method[method] for method in _RANK if method in self.by_method)

    @property
    def ranges(self) -> dict[str, tuple[float, float]] | None:
        """For each label the range of all intervals, to lead with where the two corrections disagree; else None."""
        if self.disagreement is None or "prediction_powered" in self.by_method:
            return None
        every = zip(self.by_method["raw"], self.by_method["adjusted"], self.disagreement.shares, strict=True)
        return {shares[0].label: (min(s.low for s in shares), max(s.high for s in shares)) for shares in every}


def estimate_prevalence(
    labels: Sequence[str],
    predicted: Codes | Sequence[int],
    proba: Floats,
    documents: Sequence[Hashable],
    *,
    calibration: Calibration | None = None,
    validated: Validated | None = None,
    n_boot: int = REPLICATES,
    seed: int = 0,
) -> Estimates:
    """Estimate the shares of the labels by every method that what is known allows.

    Expectation-maximisation is left out where it differs from the adjusted count by more than the drawing of documents
    explains: both are drawn together, and only one of them needs the probabilities to be right [1]_.

    Parameters
    ----------
    labels : sequence of str
        The names of the labels.
    predicted : sequence of int
        The place of each sentence's predicted label.
    proba : ndarray of shape (n_sentences, n_labels)
        The probabilities.
    documents : sequence
        The document of each sentence.
    calibration : Calibration, optional
        The classifier's confusions; without it there are only raw shares and, if sentences were validated,
        prediction-powered ones.
    validated : Validated, optional
        Sentences drawn at random and labelled by a person.
    n_boot : int
        Number of bootstrap replicates.
    seed : int
        Seed of the draws.

    Returns
    -------
    Estimates
        The estimates by method, and what was left out and why.

    Raises
    ------
    ModelError
        If the calibration is for other labels.
    UsageError
        If the arrays do not fit together, or the sample is none.

    References
    ----------
    .. [1] J. A. Hausman, Specification tests in econometrics, Econometrica 46, 1978.

    Examples
    --------
    >>> estimates = estimate_prevalence(["a", "b"], [0, 0, 1], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], ["r1", "r1", "r2"])
    >>> estimates.lead[0].method, sorted(estimates.left_out)
    ('raw', ['adjusted', 'em', 'prediction_powered'])
    """
    found: dict[Method, list[Prevalence]] = {"raw": raw_share(labels, predicted, documents, n_boot=n_boot, seed=seed)}
    left_out: dict[Method, str] = {}
    if validated is None:
        left_out["prediction_powered"] = "no sentences were validated"
    else:
        found["prediction_powered"] = prediction_powered(labels, proba, documents, validated, n_boot=n_boot, seed=seed)
    if calibration is None:
        left_out["adjusted"] = left_out["em"] = "the model does not say what it confuses"
        return Estimates(found, left_out)
    check_calibration(labels, calibration)
    try:
        counted = draw_adjusted(labels, predicted, documents, calibration, n_boot=n_boot, seed=seed)
    except ModelError as error:
        left_out["adjusted"] = left_out["em"] = error.cause
        return Estimates(found, left_out)
    found["adjusted"] = prevalences(labels, *counted, "adjusted")
    try:
        likely = draw_most_likely(labels, proba, documents, calibration, n_boot=n_boot, seed=seed)
    except ModelError as error:
        left_out["em"] = error.cause
        return Estimates(found, left_out, _disagreement(found))
    second = prevalences(labels, *likely, "em")
    apart = _apart(labels, likely, counted)
    if apart:
        pairs = [
            (shown(one.label), f"{one.value:.1%}", f"{other.value:.1%}")
            for one, other in zip(second, found["adjusted"], strict=True)
            if one.label in apart
        ]
        said = "; ".join(f"{label} {ours} against {theirs}" for label, ours, theirs in pairs if ours != theirs)
        # Before the nearest shares are taken they may differ where they do not any more.
        left_out["em"] = f"it does not agree with the adjusted count{said and ': '}{said}"
    else:
        found["em"] = second
    return Estimates(found, left_out, _disagreement(found, second, apart))


def _disagreement(
    found: dict[Method, list[Prevalence]], second: list[Prevalence] | None = None, apart: Container[str] = ()
) -> Disagreement | None:
    """Compare the adjusted count with the best that there is beside it."""
    if "prediction_powered" in found:
        return Disagreement.between(found["adjusted"], found["prediction_powered"])
    return None if second is None else Disagreement.between(found["adjusted"], second, apart)


def _are_far(one: Prevalence, other: Prevalence, apart: Container[str]) -> bool:
    difference = abs(one.value - other.value)
    if difference > _FAR or one.low > other.high or other.low > one.high:
        return True
    relative = difference > _LEAST and max(one.value, other.value) >= _FACTOR * min(one.value, other.value)
    return relative and one.label in apart


def _apart(labels: Sequence[str], likely: tuple[Floats, Floats], counted: tuple[Floats, Floats]) -> list[str]:
    """Name the labels whose two estimates differ by more than the drawing of documents explains."""
    tail = TAIL / len(labels)  # one audit in twenty is allowed to disagree by chance, whatever the number of labels
    low, high = np.quantile(likely[1] - counted[1], [tail, 1 - tail], axis=0)
    return [label for label, below, above in zip(labels, low, high, strict=True) if not below <= 0 <= above]
