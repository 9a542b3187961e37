"""The linear model under the classifier: its pipeline, and how it is fitted, applied and rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from bias_detect.language.pipeline import Sentence
from bias_detect.model.features import SentenceFeatures

Floats = NDArray[np.float64]

DECIMALS = 6
"""To which learned numbers are rounded, so that the same data and seed give the same model on another machine."""


def linear_pipeline() -> Pipeline:
    """Make the default pipeline: n-grams, then TF-IDF and balanced logistic regression.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With the steps ``features``, ``tfidf`` and ``linear``.

    Examples
    --------
    >>> list(linear_pipeline().named_steps)
    ['features', 'tfidf', 'linear']
    """
    linear = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000, tol=1e-3)
    return Pipeline(
        [("features", SentenceFeatures(cues=False)), ("tfidf", TfidfTransformer(sublinear_tf=True)), ("linear", linear)]
    )


def fit_pipeline(
    template: Pipeline | None,
    sentences: list[Sentence],
    codes: NDArray[np.intp],
    documents: NDArray[np.intp],
    rows: NDArray[np.intp],
    weights: Floats | None = None,
) -> Pipeline:
    """Fit a copy of a pipeline on some of the sentences.

    Parameters
    ----------
    template : Pipeline or None
        An unfitted pipeline; None means :func:`linear_pipeline`. A step called ``features`` is given the documents, a
        step called ``linear`` the weights.
    sentences : list of Sentence
        The sentences.
    codes : ndarray of int
        Places of their labels.
    documents : ndarray of int
        The document of each.
    rows : ndarray of int
        The sentences to fit on.
    weights : ndarray of shape (n_sentences,), optional
        Weight of each sentence.

    Returns
    -------
    Pipeline
        Fitted, its numbers rounded.

    Examples
    --------
    >>> from bias_detect.model.features import read
    >>> sentences = read([f"{words} {who}." for words in ("She rang", "He left") for who in ("him", "her", "us")])
    >>> fitted = fit_pipeline(None, sentences, np.array([0, 0, 0, 1, 1, 1]), np.arange(6), np.arange(6))
    >>> fitted.predict(sentences).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    pipeline = linear_pipeline() if template is None else clone(template)
    given: dict[str, Any] = {}
    if "features" in pipeline.named_steps:
        given["features__groups"] = documents[rows]
    if weights is not None:
        given["linear__sample_weight"] = weights[rows]
    with config_context(enable_metadata_routing=False):  # with it no step would be given what it did not request
        pipeline.fit([sentences[i] for i in rows], codes[rows], **given)
    for step in pipeline.named_steps.values():
        rounded(step)
    return pipeline


def apply_pipeline(pipeline: Pipeline, kind_model: Any, sentences: list[Sentence]) -> tuple[Floats, NDArray[np.intp]]:
    """Apply a fitted pipeline, and the model beside it that guesses the kind of prose.

    Parameters
    ----------
    pipeline : Pipeline
        A fitted pipeline.
    kind_model : LogisticRegression or None
        Fitted on what the steps before the last give; None where there is one kind of prose.
    sentences : list of Sentence
        The sentences.

    Returns
    -------
    tuple of (ndarray of shape (n_sentences, n_classes), ndarray of int)
        The pipeline's log-probabilities, and the guessed kinds of prose.

    Examples
    --------
    >>> from bias_detect.model.features import read
    >>> sentences = read(["She rang him.", "She rang her.", "He left early.", "He left late."])
    >>> fitted = linear_pipeline().fit(sentences, ["a", "a", "b", "b"])
    >>> scores, kinds = apply_pipeline(fitted, None, sentences[:1])
    >>> scores.argmax(axis=1).tolist(), kinds.tolist()
    ([0], [0])
    """
    if kind_model is None:
        proba, kinds = pipeline.predict_proba(sentences), np.zeros(len(sentences), dtype=np.intp)
    else:
        features = pipeline[:-1].transform(sentences)
        proba, kinds = pipeline[-1].predict_proba(features), kind_model.predict(features)
    return np.asarray(np.log(np.maximum(proba, 1e-9))), kinds


def rounded(fitted: Any) -> Any:
    """Round what was learned: processors add up in another order, and differ in the last of sixteen digits.

    Parameters
    ----------
    fitted : estimator
        A fitted step; what it has of ``coef_``, ``intercept_`` and ``idf_`` is rounded in place.

    Returns
    -------
    estimator
        The same.

    Examples
    --------
    >>> linear = LogisticRegression()
    >>> linear.coef_ = np.array([1 / 3])
    >>> rounded(linear).coef_.tolist()
    [0.333333]
    """
    for name in ("coef_", "intercept_", "idf_"):
        if hasattr(fitted, name):
            setattr(fitted, name, np.asarray(getattr(fitted, name)).round(DECIMALS))
    return fitted


def centred(coefficients: Floats) -> Floats:
    """Return the coefficients of each label, against the labels' mean.

    Parameters
    ----------
    coefficients : ndarray of shape (n_classes, n_features) or (1, n_features)
        Those of a logistic regression; one row where there are two labels.

    Returns
    -------
    ndarray of shape (n_classes, n_features)
        One row a label.

    Examples
    --------
    >>> centred(np.array([[4.0]])).tolist()
    [[-2.0], [2.0]]
    """
    if len(coefficients) == 1:
        coefficients = np.vstack([-coefficients, coefficients]) / 2
    return np.asarray(coefficients - coefficients.mean(axis=0))
