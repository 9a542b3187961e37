"""Counts of labels that add up over documents, and the figures that follow from them alone."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from bias_detect.errors import UsageError
from bias_detect.numbering import numbered

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_NOTHING = 1e-12  # what adding up fractions leaves of a zero


def label_codes(names: Sequence[str], labels: Sequence[str], what: str) -> Codes:
    """Return the places of labels in a list of them.

    Parameters
    ----------
    names : sequence of str
        The labels of sentences.
    labels : sequence of str
        All labels.
    what : str
        What the names are called if one is unknown.

    Returns
    -------
    array of int
        One a sentence.

    Raises
    ------
    UsageError
        If one is unknown.

    Examples
    --------
    >>> label_codes(["b", "a"], ["a", "b"], "label").tolist()
    [1, 0]
    """
    places = {label: place for place, label in enumerate(labels)}
    unknown = sorted({str(name) for name in names} - places.keys())
    if unknown:
        raise UsageError(f"unknown {what}: {', '.join(unknown)}", next_step=f"use {', '.join(labels)}")
    return np.fromiter((places[str(name)] for name in names), dtype=np.intp, count=len(names))


def document_places(groups: Sequence[Hashable], n: int) -> tuple[Codes, int]:
    """Return a number for the document of each sentence, in the order in which they are met.

    Parameters
    ----------
    groups : sequence
        The documents.
    n : int
        How many sentences there are.

    Returns
    -------
    array of int
        One a sentence.
    int
        How many documents there are.

    Raises
    ------
    UsageError
        If there is no sentence, or not one document for each.

    Examples
    --------
    >>> document_places(["b", "a", "b"], 3)
    (array([0, 1, 0]), 2)
    """
    if n == 0:
        raise UsageError("there are no sentences to measure on", next_step="give at least one")
    if len(groups) != n:
        raise UsageError(f"{len(groups)} documents named for {n} sentences", next_step="name one a sentence")
    return numbered(groups)


def count_labels(
    document: Codes, truth: Codes, guess: Codes, n_documents: int, k: int, weights: Floats | None = None
) -> Floats:
    """Count, a row a document: sentences rightly labelled, given and predicted, each by label.

    Parameters
    ----------
    document, truth, guess : array of int
        The document of each sentence, the label given and the label predicted.
    n_documents, k : int
        How many documents and labels there are.
    weights : array of float, optional
        How many sentences each stands for; 1 by default.

    Returns
    -------
    array of shape (n_documents, 3 * k)
        Counts.

    Examples
    --------
    >>> count_labels(np.array([0, 0]), np.array([0, 1]), np.array([0, 0]), 1, 2).tolist()
    [[1.0, 0.0, 1.0, 1.0, 2.0, 0.0]]
    """
    weight = np.ones(len(truth)) if weights is None else weights
    counted = ((truth, np.where(truth == guess, weight, 0.0)), (truth, weight), (guess, weight))
    counts = [np.bincount(document * k + c, w, n_documents * k).reshape(n_documents, k) for c, w in counted]
    return np.hstack(counts).astype(np.float64)


def macro_f1_and_mcc(counts: Floats) -> Floats:
    """Return macro-F1 and Gorodkin's MCC of sums of such counts, a row each.

    Parameters
    ----------
    counts : array of shape (n, 3 * k)
        Sums of :func:`count_labels` over documents.

    Returns
    -------
    array of shape (n, 2)
        Macro-F1, over the labels that are given or predicted at all, and MCC, 0 where one side is constant.

    Examples
    --------
    >>> macro_f1_and_mcc(np.array([[2.0, 2.0, 2.0, 2.0, 2.0, 2.0]])).tolist()
    [[1.0, 1.0]]
    """
    hits, given, predicted = np.split(counts, 3, axis=1)
    n = given.sum(axis=1)
    # A label neither given nor predicted has an F1 of 0 in the sum and does not count in the mean.
    f1 = ratio(2 * hits, given + predicted)
    macro = f1.sum(axis=1) / np.maximum((given + predicted > 0).sum(axis=1), 1)
    covariance = hits.sum(axis=1) * n - (given * predicted).sum(axis=1)
    spread = (n**2 - (given**2).sum(axis=1)) * (n**2 - (predicted**2).sum(axis=1))
    spread = np.where(spread > _NOTHING * n**4, spread, 0.0)  # of weighted counts a constant side leaves a trace
    return np.column_stack([macro, ratio(covariance, np.sqrt(spread))])


def ratio(above: Floats, below: Floats) -> Floats:
    """Divide, and give 0 where there is nothing to divide by.

    Parameters
    ----------
    above, below : array
        What is divided, and by what.

    Returns
    -------
    array
        Of the same shape.

    Examples
    --------
    >>> ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0])).tolist()
    [0.5, 0.0]
    """
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
