"""Drawing sentences at random, each with a known probability: designs and the draw itself, numbers only.

All designs end in one draw, systematic sampling with unequal probabilities: the sentences are laid end to end in some
order, each as long as its probability, and every whole step from a random start picks the one it falls on. So many are
drawn as was asked for; each sentence has exactly the probability it was given; and what stands close together in the
order is seldom drawn together, which spreads the sample over whatever the order runs through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from bias_detect.errors import UsageError

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

FLOOR = 0.2
"""The part of a draw by uncertainty that goes to all sentences alike, so that no weight exceeds 1 / FLOOR times the
weight under simple random sampling."""


def uniforms(count: int, seed: int, names: Iterable[str]) -> Floats:
    """Return random numbers that depend on the seed and on what they are for, and on nothing else.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        The seed.
    names : iterable of str
        What they are for: of other names the numbers are others.

    Returns
    -------
    ndarray of float
        Numbers from 0 up to, and without, 1; the same on every machine and in every version of numpy, which promises
        this of its bit generators only.

    Examples
    --------
    >>> bool((uniforms(3, 1, ["a"]) == uniforms(3, 1, ["a"])).all()), bool((uniforms(3, 1, ["b"]) < 1).all())
    (True, True)
    """
    digest = blake2b(str(seed).encode(), digest_size=16)
    for name in names:
        data = name.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    bits = np.random.PCG64(int.from_bytes(digest.digest(), "little")).random_raw(count)
    return np.asarray((bits >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def inclusion_probabilities(sizes: Floats, total: float, limits: Floats | float = 1.0) -> Floats:
    """Share a number of draws out in proportion to sizes, without giving any more than its limit.

    Parameters
    ----------
    sizes : ndarray of float
        Above 0.
    total : float
        The number of draws, at most the sum of the limits.
    limits : ndarray of float or float, default=1.0
        The most that each can have: 1 for a sentence.

    Returns
    -------
    ndarray of float
        Their parts, which add up to the total: ``min(limit, factor * size)`` with the factor that makes it so.

    Raises
    ------
    UsageError
        If a size is not above 0, or there are fewer to draw from than are to be drawn.

    Examples
    --------
    >>> inclusion_probabilities(np.array([1.0, 1.0, 2.0, 12.0]), 2).tolist()
    [0.25, 0.25, 0.5, 1.0]
    """
    sizes = np.asarray(sizes, dtype=np.float64)
    limits = np.broadcast_to(np.asarray(limits, dtype=np.float64), sizes.shape)
    if not (np.isfinite(sizes) & (sizes > 0)).all():
        raise UsageError("a sentence has no chance to be drawn", next_step="give every sentence a size above 0")
    if not 0 <= total <= limits.sum() * (1 + 1e-12):
        raise UsageError(
            f"{total:,.0f} cannot be drawn from {limits.sum():,.0f}", next_step="ask for fewer, or draw from more"
        )
    full = np.zeros(len(sizes), dtype=bool)
    while not full.all():
        # Running sums add up in one order everywhere, which other sums in numpy do not.
        factor = max(total - _sum(limits[full]), 0.0) / _sum(sizes[~full])
        over = ~full & (factor * sizes >= limits)
        if not over.any():
            return np.where(full, limits, factor * sizes)
        full |= over
    return limits.copy()


def stratified_probabilities(strata: Codes, sizes: Floats, total: int, *, equal: bool = False) -> Floats:
    """Return the probability of each sentence where draws are shared out among strata.

    Parameters
    ----------
    strata : ndarray of int
        The stratum of each sentence, from 0 without gaps.
    sizes : ndarray of float
        Within a stratum, sentences are drawn in proportion to them.
    total : int
        The number of draws.
    equal : bool, default=False
        Whether all strata get as many draws, as far as they have sentences; else as many as is their share of all.

    Returns
    -------
    ndarray of float
        Probabilities above 0 and at most 1, which add up to the total. What a stratum gets on average need be no whole
        number: in a draw along the strata it gets one of the two next to it. So there may be more strata than draws,
        and every sentence still has its chance.

    Examples
    --------
    >>> stratified_probabilities(np.array([0, 0, 0, 0, 1]), np.ones(5), 2, equal=True).tolist()
    [0.25, 0.25, 0.25, 0.25, 1.0]
    """
    counts = np.bincount(strata).astype(np.float64)
    wanted = inclusion_probabilities(np.ones(len(counts)) if equal else counts, total, counts)
    inclusion = np.empty(len(strata))
    order = np.argsort(strata, kind="stable")
    for stratum, members in enumerate(np.split(order, np.cumsum(counts[:-1]).astype(int))):
        inclusion[members] = inclusion_probabilities(sizes[members], wanted[stratum])
    return inclusion


def uncertainty_sizes(uncertainty: Floats, floor: float = FLOOR) -> Floats:
    """Return sizes for a draw that prefers what a model is uncertain of, and leaves nothing out.

    Parameters
    ----------
    uncertainty : ndarray of float
        At least 0.
    floor : float, default=FLOOR
        The part that goes to all alike, above 0 and at most 1.

    Returns
    -------
    ndarray of float
        A mixture of equal sizes and sizes in proportion to the uncertainty; their mean is 1.

    Notes
    -----
    A defensive mixture: probabilities in proportion to the uncertainty alone would give the sentences of which a model
    is wrongly certain next to no chance, and the few that are drawn a weight that ruins the estimate.

    References
    ----------
    .. [1] T. Hesterberg, Weighted average importance sampling and defensive mixture distributions, Technometrics 37,
       1995.

    Examples
    --------
    >>> uncertainty_sizes(np.array([0.0, 0.5, 1.0])).tolist()
    [0.2, 1.0, 1.8]
    """
    mean = _sum(uncertainty) / len(uncertainty) if len(uncertainty) else 0.0
    if mean <= 0:
        return np.ones(len(uncertainty))
    return np.asarray(floor + (1 - floor) * uncertainty / mean, dtype=np.float64)


def entropies(proba: Floats) -> Floats:
    """Return how uncertain a model is of each sentence, from 0 to 1.

    Parameters
    ----------
    proba : ndarray of shape (n_sentences, n_labels)
        Its probabilities.

    Returns
    -------
    ndarray of float
        The entropy as a share of the highest possible, to six digits, so that the last bit of a probability, in which
        machines differ, decides nothing.

    Examples
    --------
    >>> entropies(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    proba = np.asarray(proba, dtype=np.float64)
    if proba.shape[1] < 2:
        return np.zeros(len(proba))
    logs = np.log(np.where(proba > 0, proba, 1.0))
    share = (proba * logs).sum(axis=1) / -np.log(proba.shape[1])
    return np.asarray(np.clip(np.round(share, 6), 0, 1) + 0.0)  # no minus before a zero


def systematic(inclusion: Floats, order: Codes | Sequence[int], start: float) -> Codes:
    """Draw with the given probabilities, at even steps along an order.

    Parameters
    ----------
    inclusion : ndarray of float
        The probability of each sentence, above 0 and at most 1; they should add up to a whole number.
    order : sequence of int
        All places, in the order in which the sentences are laid end to end.
    start : float
        A random number from 0 up to, and without, 1.

    Returns
    -------
    ndarray of int
        The places drawn, ascending: as many as the probabilities add up to, and each with its own probability.

    References
    ----------
    .. [1] W. G. Madow, On the theory of systematic sampling, II, Annals of Mathematical Statistics 20, 1949.

    Examples
    --------
    >>> systematic(np.array([0.5, 0.5, 1.0, 0.5, 0.5]), [0, 1, 2, 3, 4], 0.7).tolist()
    [1, 2, 4]
    """
    inclusion = np.asarray(inclusion, dtype=np.float64)
    order = np.asarray(order, dtype=np.intp)
    sure = order[inclusion[order] >= 1]
    rest = order[inclusion[order] < 1]
    ends = np.cumsum(inclusion[rest])
    count = round(ends[-1]) if len(ends) else 0
    if not count:
        return np.sort(sure)
    ends *= count / ends[-1]  # takes back what rounding has added up to
    picked = rest[np.minimum(np.searchsorted(ends, start + np.arange(count), side="right"), len(rest) - 1)]
    return np.sort(np.concatenate([sure, picked]))


def _sum(values: Floats) -> float:
    return float(np.cumsum(values)[-1]) if len(values) else 0.0
