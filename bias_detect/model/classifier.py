"""The classifier: a linear pipeline with calibrated probabilities and conformal label sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from bias_detect.errors import CorpusError, UsageError
from bias_detect.language.pipeline import Sentence
from bias_detect.model.assessment import Assessment
from bias_detect.model.calibrator import calibrator_input, fit_calibrator
from bias_detect.model.conformal import conformal_sets, conformal_thresholds
from bias_detect.model.features import SentenceFeatures, TextEstimator, read
from bias_detect.model.given import each_label, one_each
from bias_detect.model.linear import DECIMALS, Floats, apply_pipeline, fit_pipeline, rounded


class ReviewClassifier(ClassifierMixin, TextEstimator):
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
        Number of folds for the out-of-fold probabilities; no more are made than the rarest label has documents.
    coverage : float, default=0.9
        Share of sentences whose label set shall hold the true label, between 0 and 1.
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
        From :func:`~bias_detect.model.calibrator.calibrator_input` to calibrated probabilities.
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

    A search over the parameters of the default pipeline names it:

    >>> from sklearn.model_selection import GridSearchCV
    >>> from bias_detect.model.linear import linear_pipeline
    >>> search = GridSearchCV(ReviewClassifier(linear_pipeline(), n_splits=2), {"pipeline__linear__C": [1, 10]}, cv=2)
    >>> search.fit(sentences, ["told", "judged"] * 6).best_params_
    {'pipeline__linear__C': 1}
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
    ) -> Self:
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
            If there is one class only, a label occurs in one document only, or no word in enough of them.
        UsageError
            If what is given is no list of texts, of another length than the others, or has a label missing.

        Notes
        -----
        ``cross_val_predict(…, groups=g)`` and ``GridSearchCV(…).fit(…, groups=g)`` give the documents to the splitter
        alone. ``params={"groups": g}`` brings them here too; so does, where metadata routing is enabled,
        ``set_fit_request(groups=True)``, which a search needs.

        Examples
        --------
        >>> from sklearn.model_selection import GroupKFold, cross_val_predict
        >>> places = ["ward", "clinic", "school", "court", "office", "hostel"]
        >>> sentences = [f"Staff {verb} the {place}." for place in places for verb in ("rang", "should have rung")]
        >>> y, documents, cv = ["told", "judged"] * 6, np.repeat(places, 2), GroupKFold(3)
        >>> model = ReviewClassifier(n_splits=4)
        >>> cross_val_predict(model, sentences, y, groups=documents, cv=cv, params={"groups": documents})[:2].tolist()
        ['told', 'judged']
        """
        return self._fit(X, y, groups, sample_weight, sources)

    def _fit(
        self,
        X: Iterable[str | Sentence],
        y: Sequence[Any],
        groups: Sequence[Any] | None,
        sample_weight: Sequence[float] | None,
        sources: Sequence[str] | None,
        encoded: Floats | None = None,
    ) -> Self:
        """Fit, with what an encoder says of the sentences where there is one."""
        from bias_detect.model.splits import document_codes, plan_folds, sentence_keys

        if not 0 < self.coverage < 1:
            raise UsageError(f"a coverage of {self.coverage} cannot be had", next_step="ask for a share, such as 0.9")
        sentences = read(X)
        n = len(sentences)
        labels = np.asarray(each_label(y, n))
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise CorpusError("all sentences have the same label", next_step="give a corpus with two labels or more")
        weights = None if sample_weight is None else np.asarray(one_each(sample_weight, "weights", n), dtype=np.float64)
        origin = ["all"] * n if sources is None else one_each(sources, "sources", n)
        keys = sentence_keys([sentence.text for sentence in sentences])
        documents, _ = document_codes(keys, groups)
        counts = {label: len(np.unique(documents[codes == k])) for k, label in enumerate(self.classes_)}
        rare, least = min(counts.items(), key=lambda item: item[1])
        if least < 2:
            raise CorpusError(
                f"label {rare} occurs in one document only", next_step="add sentences with this label from another"
            )
        names = [str(label) for label in labels]
        folds, _ = plan_folds(names, documents, keys, n_splits=min(self.n_splits, least), seed=self.random_state)
        self.kinds_, origins = np.unique(origin, return_inverse=True)
        held_out, guessed = np.zeros((n, len(self.classes_))), np.zeros(n, dtype=np.intp)
        for fold in folds:
            try:
                part = fit_pipeline(self.pipeline, sentences, codes, documents, fold.train, weights)
            except CorpusError as error:
                held = f"{len(np.unique(documents[fold.test]))} of {len(np.unique(documents))}"
                cause = f"{error.cause}, with {held} document(s) held out to measure it"
                raise CorpusError(cause, next_step=error.next_step) from error
            tested = [sentences[i] for i in fold.test]
            kind_model = self._fit_kinds(part, [sentences[i] for i in fold.train], origins[fold.train])
            held_out[fold.test], guessed[fold.test] = apply_pipeline(part, kind_model, tested)
        everything = np.arange(n)
        self.pipeline_ = fit_pipeline(self.pipeline, sentences, codes, documents, everything, weights)
        self.kind_model_ = self._fit_kinds(self.pipeline_, sentences, origins)
        self.cues_ = SentenceFeatures(words=None).fit(sentences, groups=documents.tolist()) if self.cues else None
        given = calibrator_input(held_out, self.cues_, sentences, encoded)
        self.calibrator_ = fit_calibrator(given, codes, everything, weights)
        self.out_of_fold_ = np.zeros_like(held_out)
        for fold in folds:  # a calibrator that has seen a sentence would flatter it
            part = fit_calibrator(given, codes, fold.train, weights)
            self.out_of_fold_[fold.test] = part.predict_proba(given[fold.test])
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

        Examples
        --------
        >>> places = ["ward", "clinic", "school", "court", "office", "hostel"]
        >>> sentences = [f"Staff {verb} the {place}." for place in places for verb in ("rang", "should have rung")]
        >>> labels = ["told", "judged"] * 6
        >>> model = ReviewClassifier(n_splits=3).fit(sentences, labels)
        >>> model.keep_confusion(np.arange(12) < 4, labels, ["A", "A", "B", "B", *"C" * 8])
        >>> model.confusion_.shape
        (2, 2, 2)
        """
        if not rows.any():
            raise CorpusError("no sentence is drawn as it comes", next_step="mark some in the column natural")
        codes = np.searchsorted(self.classes_, np.asarray(y))
        predicted = self.out_of_fold_.argmax(axis=1)
        documents = np.asarray(groups)[rows]
        self.confusion_ = _confusion(codes[rows], predicted[rows], documents, len(self.classes_))

    def _fit_kinds(self, pipeline: Pipeline, sentences: list[Sentence], origins: NDArray[np.intp]) -> Any:
        if len(self.kinds_) == 1:
            return None
        kinds = LogisticRegression(C=3.0, max_iter=1000, tol=1e-3)
        return rounded(kinds.fit(pipeline[:-1].transform(sentences), origins))

    def _encoded(self, sentences: list[Sentence]) -> Floats | None:
        """Return what an encoder says of new sentences; here there is none."""
        return None

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
            given = calibrator_input(scores, self.cues_, sentences, self._encoded(sentences))
            proba = np.asarray(self.calibrator_.predict_proba(given), dtype=np.float64)
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

        Examples
        --------
        >>> from bias_detect.model.bundle import load_model
        >>> load_model().predict_proba(["She rang the ward."]).shape
        (1, 3)
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

        Examples
        --------
        >>> from bias_detect.model.bundle import load_model
        >>> load_model().predict(["She rang the ward."]).tolist()
        ['descriptive']
        """
        return self.assess(X).labels


def _confusion(codes: NDArray[np.intp], predicted: NDArray[np.intp], documents: NDArray[Any], k: int) -> Any:
    _, places = np.unique(documents, return_inverse=True)
    confusion = np.zeros((int(places.max()) + 1, k, k), dtype=np.int32)
    np.add.at(confusion, (places, codes, predicted), 1)
    return confusion
