"""The points of calibration and precision-recall curves."""

from __future__ import annotations

from typing import Any

import numpy as np

from bias_detect.model.counts import Codes, Floats
from bias_detect.model.metrics import CALIBRATION_BINS

_MOST_POINTS = 400


def calibration_points(proba: Floats, truth: Codes) -> list[dict[str, float]]:
    """Compare how probable a classifier holds its label with how often that label is right.

    Parameters
    ----------
    proba : array of shape (n_sentences, n_classes)
        Probabilities.
    truth : array of int
        Places of the labels given.

    Returns
    -------
    list of dict
        For each bin of the probability that holds sentences, the bins of the calibration error: ``confidence`` and
        ``right`` (means) and ``sentences``.

    Examples
    --------
    >>> calibration_points(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1]))
    [{'confidence': 0.9, 'right': 0.5, 'sentences': 2.0}]
    """
    confidence = proba.max(axis=1)
    right = (proba.argmax(axis=1) == truth).astype(np.float64)
    box = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(np.intp) - 1, 0, CALIBRATION_BINS - 1)
    sizes = np.bincount(box, minlength=CALIBRATION_BINS)
    sums = [np.bincount(box, weights=values, minlength=CALIBRATION_BINS) for values in (confidence, right)]
    return [
        {"confidence": float(sums[0][i] / n), "right": float(sums[1][i] / n), "sentences": float(n)}
        for i, n in enumerate(sizes)
        if n
    ]


def precision_recall(scores: Floats, positive: Any) -> tuple[Floats, Floats, float]:
    """Return the precision-recall curve of one label against the others.

    Parameters
    ----------
    scores : array
        The probability of the label, a sentence each.
    positive : array of bool
        Whether it was given.

    Returns
    -------
    recall, precision : array
        Points from the highest threshold down; long curves are thinned out.
    average_precision : float
        The area under the steps.

    Examples
    --------
    >>> recall, precision, area = precision_recall(np.array([0.9, 0.8, 0.1]), np.array([True, False, True]))
    >>> recall.tolist(), precision.round(2).tolist(), round(area, 2)
    ([0.0, 0.5, 0.5, 1.0], [1.0, 1.0, 0.5, 0.67], 0.83)
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(positive, scores)
    area = float(average_precision_score(positive, scores))
    kept = np.unique(np.linspace(0, len(recall) - 1, min(len(recall), _MOST_POINTS)).round().astype(np.intp))
    return recall[::-1][kept], precision[::-1][kept], area
