"""Sums over documents, their bootstrap replicates, and shares that leave the simplex."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from bias_detect.bootstrap import TAIL
from bias_detect.errors import UsageError
from bias_detect.model.counts import Codes, Floats

_BLOCK = 2_000_000  # drawn documents held in memory at once
_HALF = 0.5  # Jeffreys' prior: half a sentence of each label


def document_codes(documents: Sequence[Hashable], n_sentences: int) -> tuple[Codes, int]:
    """Give documents numbers in the order of their names, so that the order of the sentences changes no draw.

    Parameters
    ----------
    documents : sequence
        The document of each sentence.
    n_sentences : int
        How many sentences there are.

    Returns
    -------
    tuple of (ndarray of int, int)
        The number of each sentence's document, and how many documents there are.

    Raises
    ------
    UsageError
        If there are no sentences, or not one document for each.

    Examples
    --------
    >>> document_codes(["b", "a", "b"], 3)
    (array([1, 0, 1]), 2)
    """
    if n_sentences == 0:
        raise UsageError("there are no sentences to take shares of", next_step="give at least one")
    if len(documents) != n_sentences:
        raise UsageError(f"{len(documents)} documents named for {n_sentences} sentences", next_step="name one for each")
    places = {name: place for place, name in enumerate(sorted(set(documents), key=repr))}
    codes = np.fromiter((places[name] for name in documents), dtype=np.intp, count=n_sentences)
    return codes, len(places)


def document_sums(documents: Codes, n_documents: int, columns: Floats) -> Floats:
    """Add up columns over the sentences of each document.

    Parameters
    ----------
    documents : ndarray of int
        The number of each sentence's document.
    n_documents : int
        How many documents there are.
    columns : ndarray of shape (n_sentences, n_columns)
        What is added up.

    Returns
    -------
    ndarray of shape (n_documents, n_columns)
        The sums.

    Examples
    --------
    >>> document_sums(np.array([1, 0, 1]), 2, np.array([[1.0], [2.0], [3.0]]))
    array([[2.],
           [4.]])
    """
    sums = [np.bincount(documents, weights=column, minlength=n_documents) for column in columns.T]
    return np.column_stack(sums)


def draw_totals(counts: Floats, n_boot: int, rng: np.random.Generator) -> Floats:
    """Draw whole documents with replacement and add up what is counted in them.

    Where there is one document only, its sentences are drawn instead.

    Parameters
    ----------
    counts : ndarray of shape (n_documents, n_cells)
        Counts by document; with one document, each sentence is in one cell.
    n_boot : int
        Number of replicates.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of shape (n_boot, n_cells)
        The totals of each replicate.

    Examples
    --------
    >>> draw_totals(np.array([[3.0, 0.0], [0.0, 3.0]]), 50, np.random.default_rng(0)).sum(axis=1).tolist() == [6.0] * 50
    True
    """
    n_documents = len(counts)
    if n_documents == 1:
        total = counts.sum()
        return rng.multinomial(round(float(total)), counts[0] / total, size=n_boot).astype(np.float64)
    even = np.full(n_documents, 1 / n_documents)
    step = max(1, _BLOCK // n_documents)
    sizes = [min(step, n_boot - begin) for begin in range(0, n_boot, step)]
    return np.vstack([rng.multinomial(n_documents, even, size=size).astype(np.float64) @ counts for size in sizes])


def draw_shares(counts: Floats, n_boot: int, rng: np.random.Generator) -> Floats:
    """Draw shares by document, spread as widely as the number of documents demands.

    Half a sentence of each label is added at random to each replicate, so that a label that was counted nowhere does
    not come out as certainly absent.

    Parameters
    ----------
    counts : ndarray of shape (n_documents, n_labels)
        Sentences of each label by document.
    n_boot : int
        Number of replicates.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of shape (n_boot, n_labels)
        Shares; they add up to 1 but may lie outside 0 and 1.

    Examples
    --------
    >>> counts = np.array([[9.0, 0.0], [12.0, 0.0], [8.0, 0.0]])
    >>> bool(np.quantile(draw_shares(counts, 1000, np.random.default_rng(0))[:, 1], 0.975) > 0.05)
    True
    """
    totals = draw_totals(counts, n_boot, rng) + half_sentences(counts.shape[1], n_boot, rng)
    centre = counts.sum(axis=0) / counts.sum()
    return np.asarray(centre + spread(n_units(counts)) * (totals / totals.sum(axis=1, keepdims=True) - centre))


def draw_rates(confusion: Floats, n_boot: int, rng: np.random.Generator) -> Floats:
    """Draw whole calibration documents with replacement, and take the rates of each replicate.

    Parameters
    ----------
    confusion : ndarray of shape (n_documents, n_labels, n_labels)
        As in `Calibration`; every label occurs.
    n_boot : int
        Number of replicates.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of shape (n_boot, n_labels, n_labels)
        Replicates of ``Calibration.rates``, spread as widely as the number of documents demands. A label that is
        missing from a replicate keeps its rates there.

    Examples
    --------
    >>> draw_rates(np.array([[[8.0, 2.0], [1.0, 9.0]]] * 9), 1, np.random.default_rng(0))
    array([[[0.8, 0.2],
            [0.1, 0.9]]])
    """
    n_labels = confusion.shape[1]
    cells = confusion.reshape(len(confusion), -1)
    total = cells.sum(axis=0).reshape(n_labels, n_labels)
    rates = total / total.sum(axis=1, keepdims=True)
    drawn = draw_totals(cells, n_boot, rng).reshape(n_boot, n_labels, n_labels)
    sizes = drawn.sum(axis=2, keepdims=True)
    redrawn = np.where(sizes > 0, drawn / np.maximum(sizes, 1), rates)
    return np.asarray(rates + spread(n_units(cells)) * (redrawn - rates))


def half_sentences(n_labels: int, n_boot: int, rng: np.random.Generator) -> Floats:
    """Draw what Jeffreys' prior adds to counts: on average half a sentence of each label.

    Parameters
    ----------
    n_labels, n_boot : int
        How many labels and replicates there are.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of shape (n_boot, n_labels)
        Gamma variates of mean one half.

    Examples
    --------
    >>> bool(half_sentences(3, 10, np.random.default_rng(0)).min() > 0)
    True
    """
    return rng.standard_gamma(_HALF, size=(n_boot, n_labels))


def n_units(counts: Floats) -> int:
    """Return how many things are drawn: documents, or the sentences of a single one.

    Parameters
    ----------
    counts : ndarray of shape (n_documents, n_cells)
        Counts by document.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> n_units(np.ones((4, 3))), n_units(np.ones((1, 3)))
    (4, 3)
    """
    return len(counts) if len(counts) > 1 else round(float(counts.sum()))


def spread(units: int) -> float:
    """Return by how much replicates of few units are too close together.

    A bootstrap of n units is too narrow by ``sqrt((n - 1) / n)``, and its quantiles stand for the normal distribution
    where Student's is due.

    Parameters
    ----------
    units : int
        How many were drawn; one is taken for two, since nothing can be said of the spread of one.

    Returns
    -------
    float
        The factor.

    References
    ----------
    T. C. Hesterberg, What teachers should know about the bootstrap, The American Statistician 69, 2015.

    Examples
    --------
    >>> round(spread(10), 3), round(spread(1000), 3)
    (1.217, 1.002)
    """
    from scipy.special import ndtri, stdtrit

    n = max(units, 2)
    return float(np.sqrt(n / (n - 1)) * stdtrit(n - 1, 1 - TAIL) / ndtri(1 - TAIL))


def project_to_simplex(points: Floats) -> Floats:
    """Return the nearest shares: not negative, adding up to 1.

    Parameters
    ----------
    points : ndarray of shape (..., n_labels)
        Anything.

    Returns
    -------
    ndarray of the same shape
        The nearest points of the simplex by Euclidean distance; points on it stay as they are.

    References
    ----------
    J. Duchi, S. Shalev-Shwartz, Y. Singer, T. Chandra, Efficient projections onto the l1-ball for learning in high
    dimensions, ICML 2008.

    Examples
    --------
    >>> project_to_simplex(np.array([0.7, 0.5, -0.2]))
    array([0.6, 0.4, 0. ])
    """
    descending = -np.sort(-points, axis=-1)
    excess = np.cumsum(descending, axis=-1) - 1
    rank = np.arange(1, points.shape[-1] + 1)
    kept = (descending - excess / rank > 0).sum(axis=-1, keepdims=True)
    return np.asarray(np.maximum(points - np.take_along_axis(excess, kept - 1, axis=-1) / kept, 0))
