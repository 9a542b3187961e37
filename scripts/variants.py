"""A bench for variants of the default model: sentences analysed once, folds that split no document.

A variant is a function that is given training rows and test rows and returns log-probabilities of the test rows.
``notebooks/model_selection.ipynb`` runs them; what is kept goes into ``bias_detect.model``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import log_softmax
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from variant_features import FEATURES, folded

from bias_detect.language.pipeline import Sentence
from bias_detect.model.calibrator import MOST_COUNTED, SCALE
from bias_detect.model.features import SentenceFeatures, read
from bias_detect.model.splits import Fold, document_codes, plan_folds, sentence_keys

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Variant = Callable[[Rows, Rows], Floats]

CHOSEN = ("words 1-3", "cues")  # the blocks of the reference; the shipped model has the cues in its calibrator
_CALIBRATION = 100.0  # C of the calibrator in ReviewClassifier


def logistic(c: float = 10.0, class_weight: Any = "balanced") -> LogisticRegression:
    """Return the default model's logistic regression with other settings."""
    return LogisticRegression(C=c, class_weight=class_weight, max_iter=1000, tol=1e-3)


class Bench:
    """Labelled sentences, their features by block and the folds of a cross-validation by document.

    Parameters
    ----------
    table : DataFrame
        ``sentence``, ``label``, ``document``, ``source`` and ``part``, as from ``default_corpus``.
    pool : sequence of (document, Sentence)
        Unlabelled sentences: rows behind the labelled ones, never in a fold.
    seed : int
        Seed of the folds.
    """

    def __init__(self, table: pd.DataFrame, pool: Sequence[tuple[str, Sentence]] = (), seed: int = 0) -> None:
        self.table = table
        self.size = len(table)
        self.sentences = [*read(table["sentence"].tolist()), *(sentence for _, sentence in pool)]
        self.classes, self.codes = np.unique(table["label"].to_numpy(dtype=str), return_inverse=True)
        self.keys = sentence_keys([sentence.text for sentence in self.sentences])
        names = [*table["document"], *(document for document, _ in pool)]
        self.documents, _ = document_codes(self.keys, names)
        self.sources = table["source"].to_numpy(dtype=str)
        self.parts = table["part"].to_numpy(dtype=str)
        self.folds = self.plan(np.arange(self.size), seed)
        self._blocks: dict[str, Any] = {}

    def plan(self, rows: Rows, seed: int) -> list[Fold]:
        """Plan folds over some of the labelled rows."""
        labels = self.classes[self.codes[rows]].tolist()
        folds, _ = plan_folds(labels, self.documents[rows], self.keys[rows], seed=seed)
        return [Fold(rows[fold.train], rows[fold.test]) for fold in folds]

    def block(self, name: str) -> Any:
        """Return the counts of a block of features that stand in two documents or more, all sentences."""
        if name not in self._blocks:
            counts = self._count(name)
            self._blocks[name] = counts[:, self._spread(counts, np.arange(len(self.sentences))) >= 2]
        return self._blocks[name]

    def _count(self, name: str) -> Any:
        if name == "characters 2-5":
            counter = CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False, min_df=2)
            return counter.fit_transform(" ".join(folded(sentence)) for sentence in self.sentences).tocsr()
        keys: Any
        if name.startswith("words"):
            least, most = map(int, name.split()[1].split("-"))
            rows, keys = SentenceFeatures(words=(least, most), cues=False).keys(self.sentences)
        else:
            places: dict[str, int] = {}
            found = [
                (row, places.setdefault(feature, len(places)))
                for row, sentence in enumerate(self.sentences)
                for feature in FEATURES[name](sentence)
            ]
            rows, keys = np.array(found, dtype=np.intp).reshape(-1, 2).T
        columns = np.unique(keys, return_inverse=True)[1]
        shape = (len(self.sentences), int(columns.max()) + 1)
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)

    def _spread(self, counts: Any, rows: Rows) -> NDArray[np.intp]:
        """Count the documents of each column among some rows."""
        cells = counts[rows].tocoo()
        shape = (int(self.documents.max()) + 1, counts.shape[1])
        pairs = sparse.csr_matrix((np.ones(cells.nnz), (self.documents[rows][cells.row], cells.col)), shape=shape)
        return np.bincount(pairs.indices, minlength=counts.shape[1])

    def counts(self, blocks: Sequence[str], train: Rows, min_documents: int = 3) -> Any:
        """Return the counts of blocks, columns of too few training documents left out."""
        counts = sparse.hstack([self.block(name) for name in blocks]).tocsr()
        return counts[:, self._spread(counts, train) >= min_documents]

    def weighted(self, blocks: Sequence[str], train: Rows, min_documents: int = 3, sublinear: bool = True) -> Any:
        """Return TF-IDF of blocks, learned on the training rows, for all rows."""
        counts = self.counts(blocks, train, min_documents)
        return TfidfTransformer(sublinear_tf=sublinear).fit(counts[train]).transform(counts)

    def linear(
        self,
        blocks: Sequence[str] = CHOSEN,
        estimator: Callable[[], Any] = logistic,
        weights: Floats | None = None,
        select: Callable[[Any, Rows], NDArray[np.bool_]] | None = None,
        **weighting: Any,
    ) -> Variant:
        """Return a variant of the default pipeline: other blocks, estimator, weights or selection of features."""

        def variant(train: Rows, test: Rows) -> Floats:
            matrix = self.weighted(blocks, train, **weighting)
            if select is not None:
                matrix = matrix[:, select(matrix[train], self.codes[train])]
            given = {} if weights is None else {"sample_weight": weights[train]}
            return log_proba(estimator().fit(matrix[train], self.codes[train], **given), matrix[test])

        return variant

    def domain_copies(self, domains: Rows, at_test: Rows | None, blocks: Sequence[str] = CHOSEN) -> Variant:
        """Return a variant with a copy of each feature for all domains and one for its own (Daumé 2007).

        ``at_test`` says which domain's copy each row uses when it is predicted; None is the general copy alone.
        """

        def variant(train: Rows, test: Rows) -> Floats:
            matrix = self.weighted(blocks, train)

            def copied(rows: Rows, domain_of: Rows | None) -> Any:
                part = matrix[rows]
                own = [np.zeros(len(rows)) if domain_of is None else domain_of[rows] == d for d in np.unique(domains)]
                return sparse.hstack([part, *(sparse.diags(mask.astype(float)) @ part for mask in own)]).tocsr()

            fitted = logistic().fit(copied(train, domains), self.codes[train])
            return log_proba(fitted, copied(test, at_test))

        return variant

    def log_count_ratios(self, c: float = 0.1, blocks: Sequence[str] = CHOSEN) -> Variant:
        """Return logistic regression on presence times log-count ratio, one label against the rest (NB-SVM)."""

        def variant(train: Rows, test: Rows) -> Floats:
            there = (self.counts(blocks, train) > 0).astype(float)
            scores = np.zeros((len(test), len(self.classes)))
            for place in range(len(self.classes)):
                own = self.codes[train] == place
                inside, outside = (1 + np.asarray(there[train][mask].sum(axis=0)).ravel() for mask in (own, ~own))
                scale = sparse.diags(np.log(inside / inside.sum()) - np.log(outside / outside.sum()))
                fitted = logistic(c).fit(there[train] @ scale, own)
                scores[:, place] = fitted.decision_function(there[test] @ scale)
            return np.asarray(log_softmax(scores, axis=1))

        return variant

    def with_pseudo_labels(self, least: float, weight: float) -> Variant:
        """Return self-training: the pool's confident sentences of no test document join the training rows."""
        pool = np.arange(self.size, len(self.sentences))

        def variant(train: Rows, test: Rows) -> Floats:
            first = self.weighted(CHOSEN, train)
            outside = pool[~np.isin(self.documents[pool], self.documents[test])]
            proba = logistic().fit(first[train], self.codes[train]).predict_proba(first[outside])
            sure = proba.max(axis=1) >= least
            rows = np.concatenate([train, outside[sure]])
            codes = np.concatenate([self.codes[train], proba[sure].argmax(axis=1)])
            weights = np.concatenate([np.ones(len(train)), np.full(int(sure.sum()), weight)])
            matrix = self.weighted(CHOSEN, rows)
            return log_proba(logistic().fit(matrix[rows], codes, sample_weight=weights), matrix[test])

        return variant

    def stacked(self, variants: Sequence[Variant], blocks: Sequence[str] = (), c: float = 0.1) -> Variant:
        """Return logistic regression on the log-probabilities of variants, out of fold, and on the counts of blocks."""

        def variant(train: Rows, test: Rows) -> Floats:
            scores = np.zeros((self.size, len(variants) * len(self.classes)))
            for inner in (*self.plan(train, 1), Fold(train, test)):
                scores[inner.test] = np.hstack([member(inner.train, inner.test) for member in variants])
            parts = [
                SCALE * scores,
                *(self.block(name)[: self.size].toarray().clip(0, MOST_COUNTED) for name in blocks),
            ]
            matrix = np.hstack(parts)
            return log_proba(logistic(c, None).fit(matrix[train], self.codes[train]), matrix[test])

        return variant

    def guessed_sources(self) -> Rows:
        """Return the source of each labelled sentence as it is guessed, out of fold, from the chosen features."""
        names, codes = np.unique(self.sources, return_inverse=True)
        found = np.zeros(self.size, dtype=np.intp)
        for fold in self.folds:
            matrix = self.weighted(CHOSEN, fold.train)
            found[fold.test] = logistic(3.0, None).fit(matrix[fold.train], codes[fold.train]).predict(matrix[fold.test])
        return np.asarray(names[found])

    def out_of_fold(self, variant: Variant, folds: Sequence[Fold] | None = None) -> Floats:
        """Return the log-probabilities of all labelled rows, each without its document."""
        found = np.zeros((self.size, len(self.classes)))
        for fold in self.folds if folds is None else folds:
            found[fold.test] = variant(fold.train, fold.test)
        return found


def log_proba(fitted: Any, matrix: Any) -> Floats:
    """Return log-probabilities, or for margins and scores without probabilities what a soft maximum makes of them."""
    if hasattr(fitted, "decision_function") and not hasattr(fitted, "predict_proba"):
        return np.asarray(log_softmax(2 * fitted.decision_function(matrix), axis=1))
    return np.asarray(np.log(np.maximum(fitted.predict_proba(matrix), 1e-9)))


def calibrated(scores: Floats, codes: Rows, folds: Sequence[Fold], groups: Any = None) -> Floats:
    """Return calibrated probabilities: each fold's calibrator is fitted on the other folds' scores.

    With ``groups`` each group of sentences has a calibrator of its own.
    """
    proba = np.zeros_like(scores)
    kinds = np.zeros(len(scores), dtype=np.intp) if groups is None else np.unique(groups, return_inverse=True)[1]
    for fold in folds:
        train = np.setdiff1d(np.arange(len(scores)), fold.test)
        for kind in np.unique(kinds):
            rows, test = train[kinds[train] == kind], fold.test[kinds[fold.test] == kind]
            fitted = LogisticRegression(C=_CALIBRATION, max_iter=1000).fit(scores[rows], codes[rows])
            proba[test] = fitted.predict_proba(scores[test])
    return proba


def moved_priors(proba: Floats, priors: Floats, target: Floats | None = None) -> Floats:
    """Move probabilities to other shares of the labels: given ones, or those found by expectation-maximisation.

    Saerens, Latinne and Decaestecker, *Adjusting the outputs of a classifier to new a priori probabilities*, 2002.
    """
    shares = priors if target is None else target
    for _ in range(200):
        moved = proba * (shares / priors)
        moved /= moved.sum(axis=1, keepdims=True)
        found = moved.mean(axis=0)
        if target is not None or np.abs(found - shares).max() < 1e-6:
            break
        shares = found
    return np.asarray(moved)


def best_offsets(log_probabilities: Floats, codes: Rows, groups: Sequence[NDArray[np.bool_]]) -> Floats:
    """Return what to add to the log-probabilities so that macro-F1, averaged over groups of sentences, is highest."""
    steps = np.arange(-1.5, 1.51, 0.25)
    tried = [np.array([0.0, one, other]) for one in steps for other in steps]

    def quality(offsets: Floats) -> float:
        guess = (log_probabilities + offsets).argmax(axis=1)
        return float(np.mean([macro_f1(tally(codes[group], guess[group]).sum(axis=0)) for group in groups]))

    return max(tried, key=quality)


def tally(codes: Rows, guess: Rows, documents: Rows | None = None, k: int = 3) -> Floats:
    """Count, a row a document, sentences rightly labelled, given and guessed, each by label."""
    rows = np.zeros(len(codes), np.intp) if documents is None else np.unique(documents, return_inverse=True)[1]
    n, hit = int(rows.max()) + 1, codes == guess
    pairs = ((rows[hit], codes[hit]), (rows, codes), (rows, guess))
    return np.hstack([np.bincount(r * k + c, minlength=n * k).reshape(n, k) for r, c in pairs]).astype(float)


def macro_f1(totals: Floats) -> Any:
    """Return macro-F1 from totals of hits, labels given and labels guessed along the last axis."""
    hits, given, guessed = np.split(totals, 3, axis=-1)
    return (2 * hits / np.maximum(given + guessed, 1)).mean(axis=-1)


def replicates(codes: Rows, guess: Rows, documents: Rows, n_boot: int = 1_000, seed: int = 0) -> Floats:
    """Return macro-F1 of replicates that draw whole documents, the same draws whatever the guess."""
    counts = tally(codes, guess, documents)
    weights = np.random.default_rng(seed).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), n_boot)
    return np.asarray(macro_f1(weights @ counts))
