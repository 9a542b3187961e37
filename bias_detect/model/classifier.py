"""The classifier: a linear pipeline with calibrated probabilities and conformal label sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from bias_detect.errors import CorpusError
from bias_detect.language.pipeline import Sentence
from bias_detect.model.conformal import conformal_sets, conformal_thresholds
from bias_detect.model.features import SentenceFeatures, read
from bias_detect.model.linear import DECIMALS, Floats, apply_pipeline, linear_pipeline, rounded

SCALE = 10.0
"""Factor of the log-probabilities in front of the calibrator, so that its penalty falls on the cues and not on them."""

MOST_COUNTED = 3
"""Times from which on a cue that a sentence repeats counts no further."""


class Assessment(NamedTuple):
    """What a classifier says of some sentences.

    Parameters
    ----------
    proba : ndarray of shape (n_sentences, n_classes)
        Calibrated probabilities.
    labels : ndarray of shape (n_sentences,)
        The most probable label of each.
    sets : ndarray of bool of shape (n_sentences, n_classes)
        The conformal label sets.

    Examples
    --------
    >>> found = Assessment(np.array([[0.6, 0.4]]), np.array(["told"]), np.array([[True, True]]))
    >>> found.uncertain.tolist()
    [True]
    """

    proba: Floats
    labels: NDArray[Any]
    sets: NDArray[np.bool_]

    @property
    def uncertain(self) -> NDArray[np.bool_]:
        """Where the label should not be trusted: the set holds several labels, or none."""
        return np.asarray(self.sets.sum(axis=1) != 1)


class ReviewClassifier(ClassifierMixin, BaseEstimator):
    """Label sentences by a linear model on n-grams and visible cues, and say when it is not sure.

    A pipeline gives probabilities by the words. Those that it gives out of fold, from folds that split no document, fit
    two small things: a second logistic regression, on these probabilities and on the visible cues, which gives
    probabilities calibrated to the shares of the training labels (stacked generalisation), and the thresholds of
    split-conformal label sets, one for each most probable label and, where sentences of several sources are given, for
    each kind of prose, which is guessed from the words. The label is the most probable one.

    Parameters
    ----------
    pipeline : Pipeline, optional
        From sentences to probabilities; by default :func:`~bias_detect.model.linear.linear_pipeline`. A step called
        ``features`` is given the documents, a step called ``linear`` the weights of the sentences.
    n_splits : int, default=5
        Number of folds for the out-of-fold probabilities.
    coverage : float, default=0.9
        Share of sentences whose label set shall hold the true label.
    cues : bool, default=True
        Whether the signals, influences and links of the codebook count beside the pipeline's probabilities.
    random_state : int, default=0
        Seed of the folds.

    Attributes
    ----------
    classes_ : ndarray of str
        The labels, sorted.
    pipeline_ : Pipeline
        The fitted pipeline.
    cues_ : SentenceFeatures or None
        Counts the cues that three documents share.
    calibrator_ : LogisticRegression
        From the pipeline's log-probabilities (times :data:`SCALE`) and the counts of cues to calibrated probabilities.
    kinds_ : ndarray of str
        The kinds of prose, which are the sources of the training sentences; one where none were given.
    kind_model_ : LogisticRegression or None
        Guesses the kind of prose from the features of ``pipeline_``.
    thresholds_ : ndarray of shape (n_kinds, n_classes)
        Least probability with which a label enters the set, by kind of prose and most probable label.
    out_of_fold_ : ndarray of shape (n_sentences, n_classes)
        Calibrated probabilities of the training sentences, each from a model that did not see its document; not kept
        when the classifier is pickled or saved.
    out_of_fold_sets_ : ndarray of bool of shape (n_sentences, n_classes)
        The label sets for these probabilities; not kept either.
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
    The thresholds of the label sets are taken from cross-fitted scores, so that their coverage is measured, not proved.
    Of scikit-learn's estimator checks those that feed arrays of numbers do not apply: the input is text.

    References
    ----------
    Wolpert, *Stacked generalization*, 1992.
    Sadinle, Lei and Wasserman, *Least ambiguous set-valued classifiers with bounded error levels*, 2019.
    Vovk, Lindsay, Nouretdinov and Gammerman, *Mondrian confidence machine*, 2003.

    Examples
    --------
    >>> places = ["ward", "clinic", "school", "court", "office", "hostel"]
    >>> sentences = [f"Staff {verb} the {place}." for place in places for verb in ("rang", "should have rung")]
    >>> model = ReviewClassifier(n_splits=3).fit(sentences, ["told", "judged"] * 6)
    >>> model.predict(["Staff should have rung the police."]).tolist()
    ['judged']
    """

    def __init__(
        self,
        pipeline: Pipeline | None = None,
        n_splits: int = 5,
        coverage: float = 0.9,
        cues: bool = True,
        random_state: int = 0,
    ) -> None:
        self.pipeline = pipeline
        self.n_splits = n_splits
        self.coverage = coverage
        self.cues = cues
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is text."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Leave the training sentences' probabilities out of what is stored."""
        state = super().__getstate__().items()
        return {name: value for name, value in state if name not in ("out_of_fold_", "out_of_fold_sets_")}

    def fit(
        self,
        X: Sequence[str],
        y: Sequence[Any],
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
        sources: Sequence[str] | None = None,
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
        sources : sequence of str, optional
            The kind of prose that each sentence comes from, so that the label sets cover each kind alike.

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
        self.kinds_, origins = np.unique(["all"] * len(texts) if sources is None else sources, return_inverse=True)
        held_out, guessed = np.zeros((len(texts), len(self.classes_))), np.zeros(len(texts), dtype=np.intp)
        for fold in folds:
            part = self._fit_pipeline(sentences, codes, documents, weights, fold.train)
            tested = [sentences[i] for i in fold.test]
            kind_model = self._fit_kinds(part, [sentences[i] for i in fold.train], origins[fold.train])
            held_out[fold.test], guessed[fold.test] = apply_pipeline(part, kind_model, tested)
        self.pipeline_ = self._fit_pipeline(sentences, codes, documents, weights, np.arange(len(texts)))
        self.kind_model_ = self._fit_kinds(self.pipeline_, sentences, origins)
        self.cues_ = SentenceFeatures(words=None).fit(sentences, groups=documents.tolist()) if self.cues else None
        beside = self._beside(held_out, sentences)
        self.calibrator_ = self._fit_calibrator(beside, codes, weights, np.arange(len(texts)))
        self.out_of_fold_ = np.zeros_like(held_out)
        for fold in folds:  # a calibrator that has seen a sentence would flatter it
            part = self._fit_calibrator(beside, codes, weights, fold.train)
            self.out_of_fold_[fold.test] = part.predict_proba(beside[fold.test])
        thresholds = conformal_thresholds(self.out_of_fold_, codes, guessed, len(self.kinds_), self.coverage)
        self.thresholds_ = thresholds.round(DECIMALS)
        self.out_of_fold_sets_ = conformal_sets(self.out_of_fold_, guessed, self.thresholds_)
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
        pipeline.fit([sentences[i] for i in rows], codes[rows], **given)
        for step in pipeline.named_steps.values():
            rounded(step)
        return pipeline

    def _fit_kinds(self, pipeline: Pipeline, sentences: list[Sentence], origins: NDArray[np.intp]) -> Any:
        if len(self.kinds_) == 1:
            return None
        kinds = LogisticRegression(C=3.0, max_iter=1000, tol=1e-3)
        return rounded(kinds.fit(pipeline[:-1].transform(sentences), origins))

    def _fit_calibrator(
        self, beside: Any, codes: NDArray[np.intp], weights: Floats | None, rows: NDArray[np.intp]
    ) -> Any:
        given = None if weights is None else weights[rows]
        # Newton's method comes to the same point on every machine; the default one stops a thousandth from it.
        calibrator = LogisticRegression(C=0.1, solver="newton-cholesky", tol=1e-8, max_iter=1000)
        return rounded(calibrator.fit(beside[rows], codes[rows], sample_weight=given))

    def _beside(self, scores: Floats, sentences: list[Sentence]) -> Any:
        """Return what the calibrator is given: the pipeline's log-probabilities, and beside them the cues.

        Sparse, so that what a sentence gets does not depend, in the last digit, on those it is labelled with.
        """
        from scipy.sparse import csr_matrix, hstack

        if self.cues_ is None:
            return csr_matrix(SCALE * scores)
        counts = self.cues_.transform(sentences)
        counts.sum_duplicates()
        counts.data = counts.data.clip(0, MOST_COUNTED)
        return hstack([csr_matrix(SCALE * scores), counts], format="csr")

    def assess(self, X: Iterable[str | Sentence]) -> Assessment:
        """Return probabilities, labels and label sets in one go.

        Parameters
        ----------
        X : iterable of str or Sentence
            One sentence each.

        Returns
        -------
        Assessment
            ``proba``, ``labels``, ``sets`` and ``uncertain``, a row or item a sentence.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier was not fitted.

        Examples
        --------
        >>> from bias_detect.model.bundle import load_model
        >>> load_model("default").assess(["She rang the ward.", "He left."]).proba.shape
        (2, 3)
        """
        check_is_fitted(self)
        sentences = read(X)
        if sentences:
            scores, kinds = apply_pipeline(self.pipeline_, self.kind_model_, sentences)
            proba = np.asarray(self.calibrator_.predict_proba(self._beside(scores, sentences)), dtype=np.float64)
        else:
            proba, kinds = np.empty((0, len(self.classes_))), np.zeros(0, dtype=np.intp)
        return Assessment(
            proba, np.asarray(self.classes_[proba.argmax(axis=1)]), conformal_sets(proba, kinds, self.thresholds_)
        )

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
        return self.assess(X).proba

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
        return self.assess(X).labels


def _confusion(codes: NDArray[np.intp], predicted: NDArray[np.intp], documents: NDArray[Any], k: int) -> Any:
    _, places = np.unique(documents, return_inverse=True)
    confusion = np.zeros((int(places.max()) + 1, k, k), dtype=np.int32)
    np.add.at(confusion, (places, codes, predicted), 1)
    return confusion
