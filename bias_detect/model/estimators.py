"""Classifiers to set beside the recipe: the plain baseline, and any other by its import path."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import get_tags

from bias_detect.errors import UsageError
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.counts import Floats
from bias_detect.model.linear import linear_pipeline
from bias_detect.model.skops_reader import TRUSTED


def plain_baseline() -> Pipeline:
    """Make what anybody would try first: TF-IDF of words and logistic regression, as scikit-learn has them.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Takes sentences.

    Examples
    --------
    >>> list(plain_baseline().named_steps)
    ['tfidfvectorizer', 'logisticregression']
    """
    return make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))


def make_estimator(spec: str, seed: int = 0) -> Any:
    """Make a classifier of sentences from an import path.

    One that takes text itself (by scikit-learn's tag ``input_tags.string``, or because it is a pipeline that begins
    with a vectorizer, or a search over one) is taken as it is. Any other takes the place of the linear step of the
    recipe, so that it gets the same features, the same visible cues beside it and the same calibration. Importing runs
    the module's code.

    Parameters
    ----------
    spec : str
        ``module:name``, the name of a class or of a function that makes a classifier, if need be with parameters, which
        are Python literals: ``sklearn.svm:LinearSVC(C=0.5)``. Modules in the working folder are found.
    seed : int, default=0
        Its ``random_state``, if it has one and none is given.

    Returns
    -------
    scikit-learn classifier
        Takes sentences.

    Raises
    ------
    UsageError
        If it cannot be made, or is no classifier.

    Examples
    --------
    >>> make_estimator("sklearn.naive_bayes:ComplementNB(alpha=0.5)").pipeline["linear"]
    ComplementNB(alpha=0.5)
    """
    path, given = _parsed(spec)
    try:
        estimator = _imported(path, spec)(**given)
        names = estimator.get_params()
        if "random_state" in names and names["random_state"] is None:
            estimator.set_params(random_state=seed)
        fits = is_classifier(clone(estimator))
        takes_text = _takes_text(estimator)
    except UsageError:
        raise
    except Exception as error:  # the module and the class are somebody else's
        raise UsageError(
            f"cannot be made ({type(error).__name__}: {error})",
            subject=spec,
            next_step="name a scikit-learn classifier and parameters that it takes",
        ) from error
    if not fits:
        raise UsageError("is no scikit-learn classifier", subject=spec, next_step="name a classifier")
    if takes_text:
        return estimator
    if not hasattr(estimator, "predict_proba"):
        if not hasattr(estimator, "decision_function"):
            raise UsageError(
                "gives neither probabilities nor scores", subject=spec, next_step="name another classifier"
            )
        estimator = Margins(estimator)
    steps = linear_pipeline().set_params(linear=estimator)
    return ReviewClassifier(steps, random_state=seed)


def check_storable(estimator: Any, spec: str) -> None:
    """Make sure that a bundle can hold a classifier, before the work of training.

    Parameters
    ----------
    estimator : scikit-learn classifier
        From :func:`make_estimator`.
    spec : str
        What it was made from.

    Raises
    ------
    UsageError
        If it has a type that the reader of bundles does not trust.

    Notes
    -----
    Reading a bundle runs no code but that of a short list of classes. A list that a bundle itself could lengthen would
    be none, so that other classifiers can be measured and not stored.

    Examples
    --------
    >>> check_storable(make_estimator("sklearn.linear_model:LogisticRegression(C=3.0)"), "…")
    """
    whole = not isinstance(estimator, ReviewClassifier) or estimator.pipeline is None
    steps = [estimator] if whole else estimator.pipeline.named_steps.values()
    for step in steps:
        if type(step).__name__ not in TRUSTED.get(type(step).__module__, ()):
            raise UsageError(
                "is not among the types that a model bundle may hold, so that it could not be loaded again",
                subject=spec,
                next_step="measure it with 'evaluate --cv 5 --estimator', or name "
                "sklearn.linear_model:LogisticRegression with other parameters",
            )


class Margins(ClassifierMixin, BaseEstimator):
    """A classifier that gives scores, such as a support-vector machine, as one that gives probabilities.

    The scores are taken for log-odds. The recipe calibrates them like any others.

    Parameters
    ----------
    estimator : scikit-learn classifier
        With ``decision_function``.

    Attributes
    ----------
    classes_ : ndarray
        The labels.
    estimator_ : scikit-learn classifier
        The fitted classifier.

    See Also
    --------
    sklearn.calibration.CalibratedClassifierCV : for use without the recipe.

    Examples
    --------
    >>> from sklearn.svm import LinearSVC
    >>> Margins(LinearSVC()).fit([[0.0], [1.0]], ["a", "b"]).predict([[0.9]]).tolist()
    ['b']
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Margins:
        """Fit the classifier.

        Parameters
        ----------
        X, y : array
            Features and labels.
        sample_weight : array, optional
            Weights.

        Returns
        -------
        Margins
            Itself.

        Examples
        --------
        >>> from sklearn.svm import LinearSVC
        >>> Margins(LinearSVC()).fit([[0.0], [1.0]], ["a", "b"]).classes_.tolist()
        ['a', 'b']
        """
        named = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator_ = clone(self.estimator).fit(X, y, **named)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Return what a soft maximum makes of the scores.

        Parameters
        ----------
        X : array
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows that add up to 1.

        Examples
        --------
        >>> from sklearn.svm import LinearSVC
        >>> Margins(LinearSVC()).fit([[0.0], [1.0]], ["a", "b"]).predict_proba([[0.9], [0.1]]).argmax(axis=1).tolist()
        [1, 0]
        """
        from scipy.special import softmax

        scores = np.asarray(self.estimator_.decision_function(X), dtype=np.float64)
        if scores.ndim == 1:
            scores = np.column_stack([-scores, scores]) / 2
        return np.asarray(softmax(scores, axis=1))

    def predict(self, X: Any) -> Any:
        """Return the labels.

        Parameters
        ----------
        X : array
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.

        Examples
        --------
        >>> from sklearn.svm import LinearSVC
        >>> Margins(LinearSVC()).fit([[0.0], [1.0]], ["a", "b"]).predict([[0.1]]).tolist()
        ['a']
        """
        return self.estimator_.predict(X)


def _takes_text(estimator: Any) -> bool:
    """Say whether an estimator is made for texts: by its own tag, or its first step's, or that of what it wraps."""
    if isinstance(estimator, Pipeline):
        return _takes_text(estimator[0])
    inner = getattr(estimator, "estimator", None)
    return bool(get_tags(estimator).input_tags.string) or (inner is not None and _takes_text(inner))


def _parsed(spec: str) -> tuple[str, dict[str, Any]]:
    path, bracket, _ = spec.partition("(")
    if not bracket:
        return path, {}
    try:
        call = ast.parse(f"_{spec[len(path) :]}", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or any(word.arg is None for word in call.keywords):
            raise ValueError("parameters are needed as name=value")
        return path, {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise UsageError(
            f"has parameters that cannot be read ({error})",
            subject=spec,
            next_step="write them as name=value, with numbers, texts, None or lists of these",
        ) from error


def _imported(path: str, spec: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        made = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(
            f"cannot be imported ({error})",
            subject=spec,
            next_step="name it as module:Class, such as sklearn.svm:LinearSVC",
        ) from error
    if not (inspect.isclass(made) or callable(made)):
        raise UsageError("is neither a class nor a function", subject=spec, next_step="name it as module:Class")
    return made  # type: ignore[no-any-return]
