"""Figures of merit on arrays of labels and probabilities, each with an interval by bootstrap over documents.

Every figure is a function of a few counts that add up over documents: hits, labels given, labels predicted,
losses. They are counted once a document; a replicate is then a row of a matrix product, not a pass over
sentences.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from bias_detect.bootstrap import REPLICATES, as_figure, bootstrap
from bias_detect.errors import UsageError
from bias_detect.model.counts import (
    Codes,
    Floats,
    count_labels,
    document_places,
    label_codes,
    macro_f1_and_mcc,
    ratio,
)

CALIBRATION_BINS = 15


def classification_figures(
    y_true: Sequence[str],
    proba: Floats | None,
    classes: Sequence[str],
    groups: Sequence[Hashable],
    *,
    n_boot: int = REPLICATES,
    seed: int = 0,
    y_pred: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Measure predictions against labels, with 95% intervals by bootstrap over documents.

    Whole documents are drawn with replacement, since the sentences of one document resemble each other and an
    interval that takes them for independent is too narrow. The same seed and documents give the same draws,
    so that a model and its baselines are compared on the same replicates.

    Parameters
    ----------
    y_true : sequence of str
        The labels given.
    proba : array of shape (n_sentences, n_classes) or None
        The probabilities, columns in the order of ``classes``; None for a rule that gives labels only, whose
        log-loss, Brier score and calibration error are then None.
    classes : sequence of str
        All labels that can be given or predicted.
    groups : sequence
        The document of each sentence.
    n_boot : int
        Number of replicates.
    seed : int
        Seed of the draws.
    y_pred : sequence of str, optional
        The labels predicted; by default the most probable ones.

    Returns
    -------
    dict
        ``macro_f1``, ``mcc``, ``log_loss``, ``brier``, ``ece`` and ``per_class[label]`` with ``precision``,
        ``recall``, ``f1`` and ``support``, each a `Figure`; ``confusion`` with ``labels`` and ``matrix`` (a
        row for each label given, a column for each label predicted); ``n_sentences`` and ``n_documents``.

    Raises
    ------
    UsageError
        If the arrays do not fit together, or a label is not one of ``classes``.

    Notes
    -----
    - Precision, recall and F1 with nothing to divide by are 0, and macro-F1 is the mean over the labels that
      are given or predicted at all, in every replicate too: scikit-learn's conventions.
    - ``mcc`` is Gorodkin's coefficient for several classes, 0 where one side is constant.
    - ``log_loss`` is in nats; probabilities are cut off at the precision of the float.
    - ``brier`` is Brier's own sum over the classes, from 0 to 2.
    - ``ece`` compares the probability of the most probable label with how often that label is right, in 15
      bins of equal width, as Guo et al. do. It is never negative: noise raises it, and raises a replicate
      once more, so that the percentile interval of a well calibrated model lies above the true value. Its
      interval therefore begins where the reflected ("basic") interval does, cut at 0, and ends at the higher
      of the two upper ends. In simulations it held the true value in 92 to 98% of samples of 20 to 400
      documents where that was 0.03 or 0.09; where it was nearly 0, in 64% (20 documents) to 90% (400).
    - The other intervals run from the 2.5% to the 97.5% quantile of the replicates; a replicate in which a
      figure is not defined is left out. A single document has no interval. In simulations with sentences more
      alike within a document, they held the true macro-F1 in 88% of samples of 10 documents and in 93 to 95%
      of samples of 20 to 100; intervals that took sentences for independent, in 54 to 57%. They hold for new
      documents of the same kind, not for a model that is trained anew.

    References
    ----------
    .. [1] G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review
       78, 1950.
    .. [2] J. Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient,
       Computational Biology and Chemistry 28, 2004.
    .. [3] M. P. Naeini, G. F. Cooper, M. Hauskrecht, Obtaining well calibrated probabilities using Bayesian
       binning, AAAI 2015.
    .. [4] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural networks, ICML 2017.
    .. [5] C. A. Field, A. H. Welsh, Bootstrapping clustered data, Journal of the Royal Statistical Society B
       69, 2007.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    >>> figures = classification_figures(["a", "a", "b", "b"], proba, ["a", "b"], [1, 1, 2, 2])
    >>> figures["per_class"]["b"]["recall"]["value"], figures["confusion"]["matrix"]
    (0.5, [[2, 0], [1, 1]])
    """
    labels = [str(name) for name in classes]
    truth = label_codes(y_true, labels, "label")
    document, n_documents = document_places(groups, len(truth))
    if proba is not None:
        proba = _checked(proba, (len(truth), len(labels)))
    if y_pred is not None:
        guess = label_codes(y_pred, labels, "predicted label")
    elif proba is not None:
        guess = proba.argmax(axis=1)
    else:
        raise UsageError("neither probabilities nor predicted labels are given", next_step="give either")
    if len(guess) != len(truth):
        raise UsageError(f"{len(guess)} predictions for {len(truth)} sentences", next_step="give one each")

    k = len(labels)
    parts = [count_labels(document, truth, guess, n_documents, k)]
    if proba is not None:
        parts.append(_losses(document, truth, proba, n_documents))
    values, lows, highs = bootstrap(np.hstack(parts), lambda totals: _statistics(totals, k), n_boot, seed)
    if proba is not None:
        lows[-1], highs[-1] = _of_biased(values[-1], lows[-1], highs[-1])
    flat = [as_figure(*triple) for triple in zip(values, lows, highs, strict=True)]
    names = ("precision", "recall", "f1", "support")
    columns = [flat[place * k : (place + 1) * k] for place in range(len(names))]
    per_class = {label: dict(zip(names, row, strict=True)) for label, *row in zip(labels, *columns, strict=True)}
    matrix = np.bincount(truth * k + guess, minlength=k * k).reshape(k, k)
    return {
        **dict(zip(("macro_f1", "mcc", "log_loss", "brier", "ece"), flat[len(names) * k :], strict=True)),
        "per_class": per_class,
        "confusion": {"labels": labels, "matrix": matrix.tolist()},
        "n_sentences": len(truth),
        "n_documents": n_documents,
    }


def agreement_figures(
    first: Sequence[str],
    second: Sequence[str],
    groups: Sequence[Hashable],
    *,
    n_boot: int = REPLICATES,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure how far two annotators agree, in the same figures as a model where they exist.

    None of the figures changes when the annotators change places.

    Parameters
    ----------
    first, second : sequence of str
        The labels that each of them gave to the same sentences.
    groups : sequence
        The document of each sentence.
    n_boot : int
        Number of replicates.
    seed : int
        Seed of the draws.

    Returns
    -------
    dict
        ``kappa`` (Cohen's), ``macro_f1`` and ``mcc``, each a `Figure`; ``n_sentences`` and ``n_documents``.
        Kappa is None where both gave one and the same label throughout.

    Raises
    ------
    UsageError
        If the sequences differ in length or are empty.

    References
    ----------
    .. [1] J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement
       20, 1960.

    Examples
    --------
    >>> figures = agreement_figures(["a", "b", "b", "a"], ["a", "b", "a", "a"], ["r1", "r1", "r2", "r2"])
    >>> figures["kappa"]["value"]
    0.5
    """
    labels = sorted({*map(str, first), *map(str, second)})
    one, other = label_codes(first, labels, "label"), label_codes(second, labels, "label")
    if len(one) != len(other):
        raise UsageError(f"{len(one)} labels against {len(other)}", next_step="give two for each sentence")
    document, n_documents = document_places(groups, len(one))
    k = len(labels)

    def statistics(totals: Floats) -> Floats:
        hits, given, predicted = totals[:, :k], totals[:, k : 2 * k], totals[:, 2 * k : 3 * k]
        n = given.sum(axis=1)
        chance = (given * predicted).sum(axis=1) / n**2
        excess = hits.sum(axis=1) / n - chance
        kappa = np.divide(excess, 1 - chance, out=np.full(len(n), np.nan), where=chance < 1)
        return np.column_stack([kappa, _statistics(totals, k)[:, 4 * k : 4 * k + 2]])

    sums = count_labels(document, one, other, n_documents, k)
    results = [as_figure(*triple) for triple in zip(*bootstrap(sums, statistics, n_boot, seed), strict=True)]
    return {
        **dict(zip(("kappa", "macro_f1", "mcc"), results, strict=True)),
        "n_sentences": len(one),
        "n_documents": n_documents,
    }


def _checked(proba: Floats, shape: tuple[int, int]) -> Floats:
    proba = np.asarray(proba, dtype=np.float64)
    if proba.shape != shape:
        raise UsageError(
            f"the probabilities have the shape {proba.shape}",
            next_step=f"give them as {shape}",
        )
    if not np.isfinite(proba).all() or proba.min() < 0 or not np.allclose(proba.sum(axis=1), 1, atol=1e-4):
        raise UsageError("not every row of probabilities adds up to 1", next_step="give probabilities")
    return proba


def _losses(document: Codes, truth: Codes, proba: Floats, n_documents: int) -> Floats:
    """Add up, a row a document: log-loss, Brier score, and by bin how far hits exceed confidence."""
    rows = np.arange(len(truth))
    eps = np.finfo(np.float64).eps
    log_loss = -np.log(np.clip(proba[rows, truth], eps, 1 - eps))
    brier = (proba**2).sum(axis=1) - 2 * proba[rows, truth] + 1
    confidence = proba.max(axis=1)
    excess = (proba.argmax(axis=1) == truth) - confidence
    box = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(np.intp) - 1, 0, CALIBRATION_BINS - 1)
    box += document * CALIBRATION_BINS
    by_box = np.bincount(box, weights=excess, minlength=n_documents * CALIBRATION_BINS)
    by_document = [np.bincount(document, weights=loss, minlength=n_documents) for loss in (log_loss, brier)]
    return np.column_stack([*by_document, by_box.reshape(n_documents, -1)])


def _statistics(totals: Floats, k: int) -> Floats:
    """Turn totals, a row a replicate, into precision, recall, F1, support, macro-F1, MCC and the losses."""
    counts, losses = totals[:, : 3 * k], totals[:, 3 * k :]
    hits, given, predicted = np.split(counts, 3, axis=1)
    n = given.sum(axis=1)
    f1 = ratio(2 * hits, given + predicted)
    macro, mcc = macro_f1_and_mcc(counts).T
    if losses.shape[1]:
        gap = np.abs(losses[:, 2:]).sum(axis=1)
        means = np.column_stack([losses[:, :2], gap]) / n[:, None]
    else:
        means = np.full((len(totals), 3), np.nan)
    return np.column_stack([ratio(hits, predicted), ratio(hits, given), f1, given, macro, mcc, means])


def _of_biased(value: float, low: float, high: float) -> tuple[float, float]:
    """Turn the percentile interval of a figure that noise can only raise into one that reaches down."""
    lowest, highest = np.clip([2 * value - high, 2 * value - low], 0, 1)
    return lowest, np.maximum(high, highest)
