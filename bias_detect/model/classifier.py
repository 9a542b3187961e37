"""The classifier: a linear pipeline with calibrated probabilities and conformal label sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from bias_detect.errors import CorpusError
from bias_detect.language.pipeline import Sentence
from bias_detect.model.conformal import conformal_threshold
from bias_detect.model.features import SentenceFeatures, read

Floats = NDArray[np.float64]


def linear_pipeline() -> Pipeline:
    """Make the default pipeline: our features, then TF-IDF and balanced logistic regression.

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
        [("features", SentenceFeatures()), ("tfidf", TfidfTransformer(sublinear_tf=True)), ("linear", linear)]
    )


class ReviewClassifier(ClassifierMixin, BaseEstimator):
    """Label sentences by a linear model on n-grams and visible cues, and say when it is not sure.

    A pipeline gives probabilities. Those that it gives out of fold, from folds that split no document, fit two small
    things: a second logistic regression that calibrates the probabilities to the shares of the training labels, and
    the threshold of split-conformal label sets. The label is the most probable one.

    Parameters
    ----------
    pipeline : Pipeline, optional
        From sentences to probabilities; by default :func:`linear_pipeline`. A step called ``features`` is given the
        documents, a step called ``linear`` the weights of the sentences.
    n_splits : int, default=5
        Number of folds for the out-of-fold probabilities.
    coverage : float, default=0.95
        Share of sentences whose label set shall hold the true label.
    random_state : int, default=0
        Seed of the folds.

    Attributes
    ----------
    classes_ : ndarray of str
        The labels, sorted.
    pipeline_ : Pipeline
        The fitted pipeline.
    calibrator_ : LogisticRegression
        From the pipeline's log-probabilities to calibrated ones.
    threshold_ : float
        Least probability with which a label enters the set.
    out_of_fold_ : ndarray of shape (n_sentences, n_classes)
        Calibrated probabilities of the training sentences, each from a model that did not see its document; not kept
        when the classifier is pickled or saved.
    class_prior_ : ndarray of shape (n_classes,)
        Shares of the labels in the training data.
    confusion_ : ndarray of int32 of shape (n_documents, n_classes, n_classes)
        Out-of-fold confusion of each training document, true labels in rows: what an estimate of shares is corrected
        by. See :meth:`keep_confusion`.
    training_keys_ : ndarray of uint64
        Sorted keys of the training sentences, so that an evaluation can tell which it has seen.

    See Also
    --------
    sklearn.calibration.CalibratedClassifierCV : calibration of other classifiers.

    Notes
    -----
    The threshold of the label sets is taken from cross-fitted scores, so that their coverage is measured, not proved.
    Of scikit-learn's estimator checks those that feed arrays of numbers do not apply: the input is text.

    References
    ----------
    Sadinle, Lei and Wasserman, *Least ambiguous set-valued classifiers with bounded error levels*, 2019.

    Examples
    --------
    >>> places = ["ward", "clinic", "school", "court", "office", "hostel"]
    >>> sentences = [f"Staff {verb} the {place}." for place in places for verb in ("rang", "should have rung")]
    >>> model = ReviewClassifier(n_splits=3).fit(sentences, ["told", "judged"] * 6)
    >>> model.predict(["Staff should have rung the police."]).tolist()
    ['judged']
    """

    def __init__(
        self, pipeline: Pipeline | None = None, n_splits: int = 5, coverage: float = 0.95, random_state: int = 0
    ) -> None:
        self.pipeline = pipeline
        self.n_splits = n_splits
        self.coverage = coverage
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is text."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Leave the training sentences' probabilities out of what is stored."""
        return {name: value for name, value in super().__getstate__().items() if name != "out_of_fold_"}

    def fit(
        self,
        X: Sequence[str],
        y: Sequence[Any],
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
    ) -> ReviewClassifier:
        """Fit the classifier.

        Parameters
        ----------
        X : sequence of str
            Sentences.
        y : sequence
            Their labels, two or more different ones.
        groups : sequence, optional
            The document of each sentence; where it is not known, equal sentences form a group.
        sample_weight : sequence of float, optional
            Weight of each sentence.

        Returns
        -------
        ReviewClassifier
            Itself.

        Raises
        ------
        CorpusError
            If there is one class only, or a label occurs in one document only.
        """
        from bias_detect.model.splits import document_codes, plan_folds, sentence_keys

        texts = [item.text if isinstance(item, Sentence) else str(item) for item in X]
        given = np.asarray(y)
        self.classes_, codes = np.unique(given, return_inverse=True)
        if len(self.classes_) < 2:
            raise CorpusError("all sentences have the same label", next_step="give a corpus with two labels or more")
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        keys = sentence_keys(texts)
        documents, _ = document_codes(keys, groups)
        sentences = read(X)
        counts = {label: len(np.unique(documents[codes == k])) for k, label in enumerate(self.classes_)}
        rare, least = min(counts.items(), key=lambda item: item[1])
        if least < 2:
            raise CorpusError(
                f"label {rare} occurs in one document only", next_step="add sentences with this label from another"
            )
        names = [str(label) for label in given]
        folds, _ = plan_folds(names, documents, keys, n_splits=min(self.n_splits, least), seed=self.random_state)
        held_out = np.zeros((len(texts), len(self.classes_)))
        for fold in folds:
            part = self._fit_pipeline(sentences, codes, documents, weights, fold.train)
            held_out[fold.test] = _log_proba(part, [sentences[i] for i in fold.test])
        self.pipeline_ = self._fit_pipeline(sentences, codes, documents, weights, np.arange(len(texts)))
        self.calibrator_ = LogisticRegression(C=100.0, max_iter=1000).fit(held_out, codes, sample_weight=weights)
        self.out_of_fold_ = np.asarray(self.calibrator_.predict_proba(held_out))
        self.threshold_ = conformal_threshold(self.out_of_fold_, codes, self.coverage)
        self.class_prior_ = np.bincount(codes, minlength=len(self.classes_)) / len(codes)
        self.confusion_ = _confusion(codes, self.out_of_fold_.argmax(axis=1), documents, len(self.classes_))
        self.training_keys_ = np.unique(keys)
        return self

    def keep_confusion(self, rows: NDArray[np.bool_], y: Sequence[Any], groups: Sequence[Any]) -> None:
        """Keep the confusion of some of the training sentences only: of those drawn as they come.

        Sentences chosen for being hard are confused more often than those of a whole report, and would correct the
        shares of a report too far.

        Parameters
        ----------
        rows : ndarray of bool
            Which of the training sentences count.
        y, groups : sequence
            Labels and documents of the training sentences, as given to :meth:`fit`.

        Raises
        ------
        CorpusError
            If none of them counts.
        """
        if not rows.any():
            raise CorpusError("no sentence is drawn as it comes", next_step="mark some in the column natural")
        codes = np.searchsorted(self.classes_, np.asarray(y))
        predicted = self.out_of_fold_.argmax(axis=1)
        documents = np.asarray(groups)[rows]
        self.confusion_ = _confusion(codes[rows], predicted[rows], documents, len(self.classes_))

    def _fit_pipeline(
        self,
        sentences: list[Sentence],
        codes: NDArray[np.intp],
        documents: NDArray[np.intp],
        weights: Floats | None,
        rows: NDArray[np.intp],
    ) -> Pipeline:
        pipeline = linear_pipeline() if self.pipeline is None else clone(self.pipeline)
        given: dict[str, Any] = {}
        if "features" in pipeline.named_steps:
            given["features__groups"] = documents[rows]
        if weights is not None:
            given["linear__sample_weight"] = weights[rows]
        return pipeline.fit([sentences[i] for i in rows], codes[rows], **given)

    def predict_proba(self, X: Iterable[str | Sentence]) -> Floats:
        """Return calibrated probabilities.

        Parameters
        ----------
        X : iterable of str or Sentence
            One sentence each.

        Returns
        -------
        ndarray of shape (n_sentences, n_classes)
            In the order of ``classes_``; each row sums to 1.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier was not fitted.
        """
        check_is_fitted(self)
        sentences = read(X)
        if not sentences:
            return np.empty((0, len(self.classes_)))
        return np.asarray(self.calibrator_.predict_proba(_log_proba(self.pipeline_, sentences)), dtype=np.float64)

    def decide(self, proba: Floats) -> NDArray[Any]:
        """Return the labels for probabilities that ``predict_proba`` gave.

        Parameters
        ----------
        proba : ndarray of shape (n_sentences, n_classes)
            Calibrated probabilities.

        Returns
        -------
        ndarray of shape (n_sentences,)
            The most probable label of each.
        """
        return np.asarray(self.classes_[np.argmax(proba, axis=1)])

    def label_sets(self, proba: Floats) -> NDArray[np.bool_]:
        """Return the conformal label sets for probabilities that ``predict_proba`` gave.

        Parameters
        ----------
        proba : ndarray of shape (n_sentences, n_classes)
            Calibrated probabilities.

        Returns
        -------
        ndarray of bool of shape (n_sentences, n_classes)
            True where the label is in the set; the most probable one always is.
        """
        sets: NDArray[np.bool_] = proba >= self.threshold_
        sets[np.arange(len(proba)), np.argmax(proba, axis=1)] = True
        return sets

    def uncertain(self, proba: Floats) -> NDArray[np.bool_]:
        """Say where the model should not be trusted: the label set has more than one label.

        Parameters
        ----------
        proba : ndarray of shape (n_sentences, n_classes)
            Calibrated probabilities.

        Returns
        -------
        ndarray of bool of shape (n_sentences,)
            True where other labels are possible.
        """
        return np.asarray(self.label_sets(proba).sum(axis=1) > 1)

    def predict(self, X: Iterable[str | Sentence]) -> NDArray[Any]:
        """Return the label of each sentence.

        Parameters
        ----------
        X : iterable of str or Sentence
            One sentence each.

        Returns
        -------
        ndarray of shape (n_sentences,)
            Labels.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier was not fitted.
        """
        return self.decide(self.predict_proba(X))


def _confusion(codes: NDArray[np.intp], predicted: NDArray[np.intp], documents: NDArray[Any], k: int) -> Any:
    _, places = np.unique(documents, return_inverse=True)
    confusion = np.zeros((int(places.max()) + 1, k, k), dtype=np.int32)
    np.add.at(confusion, (places, codes, predicted), 1)
    return confusion


def _log_proba(pipeline: Pipeline, sentences: list[Sentence]) -> Floats:
    return np.asarray(np.log(np.maximum(pipeline.predict_proba(sentences), 1e-9)))
