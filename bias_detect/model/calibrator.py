"""The calibrator over the linear model: a logistic regression on what the words, the cues and an encoder say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bias_detect.language.pipeline import Sentence
from bias_detect.model.features import SentenceFeatures
from bias_detect.model.linear import Floats, rounded

SCALE = 10.0
"""Factor of the log-probabilities in front of the calibrator, so that its penalty falls on the cues and not on them."""

MOST_COUNTED = 3
"""Times from which on a cue that a sentence repeats counts no further."""


def calibrator_input(
    scores: Floats, cues: SentenceFeatures | None, sentences: list[Sentence], encoded: Floats | None = None
) -> Any:
    """Return what the calibrator is given: log-probabilities by the words, and beside them cues and an encoder's.

    Parameters
    ----------
    scores : ndarray of shape (n_sentences, n_classes)
        The pipeline's log-probabilities.
    cues : SentenceFeatures or None
        Counts the cues of a sentence; None where they do not count.
    sentences : list of Sentence
        The sentences.
    encoded : ndarray of shape (n_sentences, n_classes), optional
        An encoder's log-probabilities.

    Returns
    -------
    csr_matrix of shape (n_sentences, n_columns)
        Sparse, so that what a sentence gets does not depend, in the last digit, on those it is labelled with.

    Examples
    --------
    >>> from bias_detect.model.features import read
    >>> calibrator_input(np.log([[0.5, 0.5]]), None, read(["She rang."])).shape
    (1, 2)
    """
    from scipy.sparse import csr_matrix, hstack

    blocks = [csr_matrix(SCALE * scores)]
    if cues is not None:
        counts = cues.transform(sentences)
        counts.sum_duplicates()
        counts.data = counts.data.clip(0, MOST_COUNTED)
        blocks.append(counts)
    if encoded is not None:
        blocks.append(csr_matrix(SCALE * encoded))
    return hstack(blocks, format="csr")


def fit_calibrator(
    given: Any, codes: NDArray[np.intp], rows: NDArray[np.intp], weights: Floats | None = None
) -> LogisticRegression:
    """Fit the calibrator on some of the sentences.

    Parameters
    ----------
    given : csr_matrix of shape (n_sentences, n_columns)
        From :func:`calibrator_input`, with the pipeline's probabilities out of fold.
    codes : ndarray of int
        Places of the true labels.
    rows : ndarray of int
        The sentences to fit on.
    weights : ndarray of shape (n_sentences,), optional
        Weight of each sentence.

    Returns
    -------
    LogisticRegression
        Fitted, its numbers rounded.

    Examples
    --------
    >>> scores = np.log([[0.9, 0.1], [0.2, 0.8]] * 4)
    >>> fitted = fit_calibrator(calibrator_input(scores, None, []), np.array([0, 1] * 4), np.arange(8))
    >>> fitted.predict(calibrator_input(scores[:2], None, [])).tolist()
    [0, 1]
    """
    # Newton's method comes to the same point on every machine; the default one stops a thousandth from it.
    calibrator = LogisticRegression(C=0.1, solver="newton-cholesky", tol=1e-8, max_iter=1000)
    sample_weight = None if weights is None else weights[rows]
    return rounded(calibrator.fit(given[rows], codes[rows], sample_weight=sample_weight))
