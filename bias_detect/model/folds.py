"""One fold of a cross-validation: fit on one side, predict the other."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from bias_detect.errors import BiasDetectError, CorpusError, UsageError
from bias_detect.model.counts import Codes, Floats
from bias_detect.model.splits import Fold

Training = tuple[Any, Sequence[Any], Sequence[str], Codes]
"""An estimator, its inputs, the labels and the documents of all sentences."""


def predict_fold(training: Training, fold: Fold) -> tuple[list[str], Floats | None, list[str]]:
    """Fit a clone of an estimator on one side of a split and let it predict the other.

    Parameters
    ----------
    training : tuple
        The estimator, its inputs, the labels and the documents.
    fold : Fold
        The two sides.

    Returns
    -------
    tuple
        The labels that it knows, the probabilities (None where it gives none) and the labels predicted.

    Raises
    ------
    CorpusError
        If there are too few sentences to fit it.
    UsageError
        If an estimator that is not of this project cannot be fitted.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> fold = Fold(np.array([0, 1]), np.array([2]))
    >>> predict_fold((DummyClassifier(), ["One.", "Two.", "Three."], ["a", "a", "b"], np.arange(3)), fold)
    (['a'], array([[1.]]), ['a'])
    """
    from sklearn.base import clone

    estimator, given, labels, documents = training
    model = clone(estimator)
    named = {"groups": documents[fold.train]} if "groups" in inspect.signature(model.fit).parameters else {}
    held_out = [given[i] for i in fold.test]
    try:
        model.fit([given[i] for i in fold.train], [labels[i] for i in fold.train], **named)
        proba = np.asarray(model.predict_proba(held_out)) if hasattr(model, "predict_proba") else None
        predicted = [str(label) for label in model.predict(held_out)]
    except CorpusError as error:
        raise CorpusError(
            f"{error.cause} on the training side of a fold",
            next_step="give more sentences, from more documents, or ask for more folds",
        ) from error
    except BiasDetectError:
        raise
    except Exception as error:  # an estimator of somebody else's may raise anything
        raise UsageError(
            f"cannot be trained on these sentences ({type(error).__name__}: {error})",
            subject=type(estimator).__name__,
            next_step="choose another estimator or other parameters",
        ) from error
    return [str(name) for name in model.classes_], proba, predicted


def inputs(estimator: Any, texts: Sequence[str]) -> Sequence[Any]:
    """Return sentences in the form that is quickest for an estimator: read once where it would read them itself.

    Parameters
    ----------
    estimator : scikit-learn classifier
        Takes sentences.
    texts : sequence of str
        The sentences.

    Returns
    -------
    sequence
        As many.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> inputs(DummyClassifier(), ["She rang."])
    ['She rang.']
    """
    from bias_detect.model.classifier import ReviewClassifier
    from bias_detect.model.features import read

    return read(texts) if isinstance(estimator, ReviewClassifier) else texts
