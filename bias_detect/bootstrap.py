"""Intervals of figures by drawing whole documents anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REPLICATES = 1_000
TAIL = 0.025  # on either side: 95% intervals
BLOCK = 1_000_000  # numbers of replicates held in memory at once


class Figure(TypedDict):
    """A measured figure with its 95% interval; None where it is not defined.

    Examples
    --------
    >>> figure: Figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    >>> figure["value"]
    0.5
    """

    value: float | None
    low: float | None
    high: float | None


def bootstrap(
    sums: Any, statistics: Callable[[Floats], Floats], n_boot: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return the statistics of all documents, and their lower and upper quantiles over the replicates.

    Parameters
    ----------
    sums : array or sparse array of shape (n_documents, n_counts)
        What adds up over documents.
    statistics : callable
        From totals, a row each, to statistics, a row each.
    n_boot : int
        Number of replicates.
    seed : int
        Seed of the draws; the same seed and number of documents draw the same.

    Returns
    -------
    tuple of three arrays
        The values and the ends of their 95% intervals; NaN where there is one document only, or a statistic is not
        defined. A replicate in which it is not is left out.

    Examples
    --------
    >>> sums = np.array([[1.0, 2.0], [1.0, 2.0]])
    >>> bootstrap(sums, lambda totals: totals[:, :1] / totals[:, 1:], 100, 0)
    (array([0.5]), array([0.5]), array([0.5]))
    """
    values = statistics(np.asarray(sums.sum(axis=0)).reshape(1, -1))[0]
    low, high = np.full_like(values, np.nan), np.full_like(values, np.nan)
    n_documents, width = sums.shape
    if n_documents < 2 or n_boot < 2:
        return values, low, high
    blocks = drawn_documents(n_documents, n_boot, seed, width=width)
    replicates = np.vstack([statistics(weights @ sums) for weights in blocks])
    for place, column in enumerate(replicates.T):
        defined = column[np.isfinite(column)]
        if len(defined) and np.isfinite(values[place]):
            low[place], high[place] = np.quantile(defined, [TAIL, 1 - TAIL])
    return values, low, high


def drawn_documents(n_documents: int, n_boot: int, seed: int, *, width: int = 1) -> Iterator[Floats]:
    """Yield blocks of replicates: how often each document is drawn, a row a replicate.

    Parameters
    ----------
    n_documents, n_boot : int
        How many documents and replicates there are.
    seed : int
        Seed of the draws; they do not depend on the size of the blocks.
    width : int
        Numbers that are made of each replicate: with many, blocks are smaller.

    Yields
    ------
    array of shape (n, n_documents)
        Counts.

    Examples
    --------
    >>> [block.sum(axis=1).tolist() for block in drawn_documents(3, 2, 0)]
    [[3.0, 3.0]]
    """
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK // max(n_documents, width))
    for begin in range(0, n_boot, step):
        size = min(step, n_boot - begin)
        drawn = rng.integers(n_documents, size=(size, n_documents)) + np.arange(size)[:, None] * n_documents
        yield np.bincount(drawn.ravel(), minlength=size * n_documents).reshape(size, -1).astype(np.float64)


def as_figure(value: float, low: float, high: float) -> Figure:
    """Return a figure as plain data, NaN as None.

    Parameters
    ----------
    value, low, high : float
        The figure and the ends of its interval.

    Returns
    -------
    Figure
        The same.

    Examples
    --------
    >>> as_figure(0.5, float("nan"), float("nan"))
    {'value': 0.5, 'low': None, 'high': None}
    """
    clean = [None if np.isnan(number) else float(number) for number in (value, low, high)]
    return {"value": clean[0], "low": clean[1], "high": clean[2]}
