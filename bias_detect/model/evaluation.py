"""How well a classifier labels sentences of documents that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.bootstrap import REPLICATES
from bias_detect.errors import CorpusError, UsageError
from bias_detect.labels import Label
from bias_detect.model.annotators import annotator_agreement
from bias_detect.model.counts import Floats
from bias_detect.model.folds import inputs, predict_fold
from bias_detect.model.metrics import classification_figures
from bias_detect.model.parallel import run_tasks
from bias_detect.model.splits import Codes, Leaks, document_codes, plan_folds, sentence_keys

if TYPE_CHECKING:
    import pandas as pd

Rule = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Labelled sentences with what a classifier that had not seen them predicts.

    Parameters
    ----------
    sentences, labels, predicted : list of str
        The sentences, the labels given and the labels predicted.
    classes : list of str
        All labels, in the order of the columns of ``proba``.
    proba : array of shape (n_sentences, n_classes) or None
        The probabilities; None where the classifier gives labels alone.
    priors : array of shape (n_classes,)
        The shares of the labels: in the data that a ready model was trained on; of a cross-validation, in the whole
        table.
    groups : array of int
        The document of each sentence.
    rows : array of int
        Where the sentences stand in the table that was given.
    leaks : Leaks
        Sentences that stood on both sides and were kept on one.
    protocol : dict
        How the predictions were made.

    Examples
    --------
    >>> places, even = np.arange(2), np.full(2, 0.5)
    >>> texts, labels = ["She rang.", "He left."], ["told", "judged"]
    >>> found = Predictions(texts, labels, ["told"] * 2, labels, None, even, places, places, Leaks(), {})
    >>> found.on(np.array([1])).sentences
    ['He left.']
    """

    sentences: list[str]
    labels: list[str]
    predicted: list[str]
    classes: list[str]
    proba: Floats | None
    priors: Floats
    groups: Codes
    rows: Codes
    leaks: Leaks
    protocol: dict[str, Any]

    def on(self, rows: Codes) -> Predictions:
        """Return the predictions for some rows of the table alone, which must be among its own.

        Parameters
        ----------
        rows : array of int
            Rows of the table that was given, ascending.

        Returns
        -------
        Predictions
            The same for these.

        Examples
        --------
        >>> from sklearn.dummy import DummyClassifier
        >>> found = cross_validate(DummyClassifier(), ["One.", "Two.", "Three.", "Four."], ["a", "b"] * 2, n_splits=2)
        >>> found.on(np.array([0, 3])).sentences
        ['One.', 'Four.']
        """
        places = np.searchsorted(self.rows, rows)
        return replace(
            self,
            sentences=[self.sentences[i] for i in places],
            labels=[self.labels[i] for i in places],
            predicted=[self.predicted[i] for i in places],
            proba=None if self.proba is None else self.proba[places],
            groups=self.groups[places],
            rows=rows,
        )


def cross_validate(
    estimator: Any,
    sentences: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[Any] | None = None,
    *,
    n_splits: int = 5,
    seed: int = 0,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Predict every sentence by a classifier trained without its document and without its equals.

    Parameters
    ----------
    estimator : scikit-learn classifier
        Takes sentences; it is cloned for each fold and itself left as it is. If its ``fit`` takes ``groups``,
        it is given them. Without ``predict_proba`` it gives labels alone.
    sentences, labels : sequence of str
        The annotated sentences.
    groups : sequence, optional
        The document of each sentence; where it is not known, equal sentences form a group.
    n_splits : int
        Number of folds.
    seed : int
        Seed of the shuffle of documents.
    jobs : int
        Processes that work on the folds.
    progress : callable, optional
        Called with the folds done and their number.

    Returns
    -------
    Predictions
        For all sentences, in their order.

    Raises
    ------
    CorpusError
        If there are fewer documents than folds, or a training side lacks a label.
    UsageError
        If the sequences differ in length, or fewer than two folds are asked for.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> sentences, labels, documents = ["One.", "Two.", "Three.", "Four."], list("abab"), list("1122")
    >>> cross_validate(DummyClassifier(), sentences, labels, documents, n_splits=2).predicted
    ['a', 'a', 'a', 'a']
    """
    texts, given = _texts(sentences), _texts(labels)
    if len(texts) != len(given):
        raise UsageError(f"{len(given)} labels for {len(texts)} sentences", next_step="give one for each")
    keys = sentence_keys(texts)
    codes, n_alone = document_codes(keys, groups)
    folds, leaks = plan_folds(given, codes, keys, n_splits=n_splits, seed=seed)
    classes = sorted(set(given))
    results = run_tasks(
        predict_fold, (estimator, inputs(estimator, texts), given, codes), folds, jobs=jobs, progress=progress
    )
    proba: Floats | None = np.zeros((len(texts), len(classes)))
    predicted = [""] * len(texts)
    for fold, (columns, chances, guesses) in zip(folds, results, strict=True):
        if proba is None or chances is None:
            proba = None
        else:
            proba[np.ix_(fold.test, np.searchsorted(classes, columns))] = chances
        for place, label in zip(fold.test, guesses, strict=True):
            predicted[place] = label
    protocol = {
        "kind": "cross-validation",
        "folds": len(folds),
        "seed": seed,
        "priors": "table",
        "sentences_without_document": n_alone,
    }
    rows = np.arange(len(texts))
    return Predictions(texts, given, predicted, classes, proba, _shares(given, classes), codes, rows, leaks, protocol)


def evaluate_model(model: Any, table: pd.DataFrame) -> Predictions:
    """Predict a table of annotated sentences by a fitted classifier, without those that it was trained on.

    Parameters
    ----------
    model : fitted scikit-learn classifier
        Takes sentences. If it has ``training_keys_`` (see `bias_detect.model.splits.sentence_keys`),
        sentences among them are left out. If it has ``class_prior_``, these are the shares of the labels in
        its training data, in the order of ``classes_``; otherwise the shares in the table stand for them,
        which favours the baseline.
    table : pandas.DataFrame
        ``sentence``, ``label`` and, where known, ``document``.

    Returns
    -------
    Predictions
        For the sentences that the model has not seen.

    Raises
    ------
    CorpusError
        If the table holds a label that the model does not know, or no sentence that is new to it.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> model = DummyClassifier().fit(["One.", "Two.", "Three."], ["a", "a", "b"])
    >>> predictions = evaluate_model(model, pd.DataFrame({"sentence": ["Four."], "label": ["b"]}))
    >>> predictions.predicted, predictions.leaks.checked
    (['a'], False)
    """
    texts, given = _texts(table["sentence"].tolist()), _texts(table["label"].tolist())
    classes = [str(name) for name in model.classes_]
    unknown = sorted(set(given) - set(classes))
    if unknown:
        raise CorpusError(
            f"has labels that the model was not trained on: {', '.join(unknown)}",
            subject="the corpus",
            next_step=f"the model knows {', '.join(classes)}; rename the labels, or train anew with --cv",
        )
    keys = sentence_keys(texts)
    seen = getattr(model, "training_keys_", None)
    known = np.zeros(len(texts), dtype=bool)
    if seen is not None:
        known = np.isin(keys, np.fromiter(seen, dtype=np.uint64))
    rows, n_known = np.flatnonzero(~known), int(known.sum())
    if not len(rows):
        raise CorpusError(
            "holds no sentence that the model was not trained on",
            subject="the corpus",
            next_step="give sentences that are new to it, or leave it out and train anew with --cv",
        )
    leaks = Leaks(seen is not None, n_known, None, dropped_from_evaluation=n_known)
    new, labels = [texts[i] for i in rows], [given[i] for i in rows]
    priors = getattr(model, "class_prior_", None)
    shares = _shares(labels, classes) if priors is None else np.asarray(priors, dtype=np.float64)
    documents = table["document"].iloc[rows].tolist() if "document" in table else None
    codes, n_alone = document_codes(keys[rows], documents)
    protocol = {
        "kind": "model",
        "priors": "evaluation" if priors is None else "training",
        "sentences_without_document": n_alone,
    }
    return Predictions(
        new,
        labels,
        [str(label) for label in model.predict(new)],
        classes,
        np.asarray(model.predict_proba(new), dtype=np.float64),
        shares,
        codes,
        rows,
        leaks,
        protocol,
    )


def figures(
    predictions: Predictions,
    table: pd.DataFrame | None = None,
    *,
    n_boot: int = REPLICATES,
    seed: int = 0,
    rule: Rule | None = None,
) -> dict[str, Any]:
    """Put together all figures of an evaluation, as they stand in the metrics file.

    Parameters
    ----------
    predictions : Predictions
        From `cross_validate` or `evaluate_model`.
    table : pandas.DataFrame, optional
        The whole table that was given, for its ``annotator…`` columns and its ``source``.
    n_boot : int
        Number of bootstrap replicates.
    seed : int
        Seed of the draws.
    rule : callable, optional
        Labels sentences by their signals alone; by default the project's own.

    Returns
    -------
    dict
        The figures of `bias_detect.model.metrics.classification_figures`; the same under
        ``baselines.majority`` (the most frequent label, the same for every sentence, with the labels' shares as
        probabilities) and, where the labels are the codebook's, ``baselines.signals_rule`` (no probabilities,
        so that log-loss, Brier score and calibration error are None); ``annotators``; ``leaks``;
        ``protocol``; and ``by_source``, where sentences come from several sources.

    Notes
    -----
    The majority is not taken anew from the training side of each fold. Where labels are about as frequent, it is there
    the label that the tested side has less of: put together, such guesses lie below chance, and by them a classifier
    that knows nothing would be better than the baseline. The label and the shares of the whole table are the same for
    every sentence, so that MCC is 0; if anything, they favour the baseline.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> model = DummyClassifier().fit(["One.", "Two.", "Three."], ["a", "a", "b"])
    >>> table = pd.DataFrame({"sentence": ["Four.", "Five."], "label": ["b", "a"]})
    >>> metrics = figures(evaluate_model(model, table), table)
    >>> metrics["baselines"]["majority"]["per_class"]["a"]["recall"]["value"]
    1.0
    """
    by_rule = None
    if set(predictions.classes) == set(Label):
        if rule is None:
            from bias_detect.model.rule import predict_rule

            rule = predict_rule
        by_rule = [str(label) for label in rule(predictions.sentences)]

    def measured(chosen: Codes) -> dict[str, Any]:
        """Return the figures of the model and its baselines on some of the sentences."""

        def figures_of(proba: Floats | None, predicted: list[str] | None) -> dict[str, Any]:
            return classification_figures(
                [predictions.labels[i] for i in chosen],
                None if proba is None else proba[chosen],
                predictions.classes,
                predictions.groups[chosen].tolist(),
                n_boot=n_boot,
                seed=seed,
                y_pred=None if predicted is None else [predicted[i] for i in chosen],
            )

        shares = np.tile(predictions.priors, (len(predictions.labels), 1))
        baselines = {"majority": figures_of(shares, None)}
        if by_rule is not None:
            baselines["signals_rule"] = figures_of(None, by_rule)
        return {**figures_of(predictions.proba, predictions.predicted), "baselines": baselines}

    metrics = measured(np.arange(len(predictions.labels)))
    annotators: list[dict[str, Any]] = []
    if table is not None:
        evaluated = table.iloc[predictions.rows]
        annotators = annotator_agreement(evaluated, predictions.groups, n_boot=n_boot, seed=seed)
        if "source" in table and evaluated["source"].nunique() > 1:
            sources = evaluated["source"].fillna("not named").astype(str).to_numpy()
            metrics["by_source"] = {str(name): measured(np.flatnonzero(sources == name)) for name in np.unique(sources)}
    return {
        **metrics,
        "annotators": annotators,
        "leaks": predictions.leaks.as_dict(),
        "protocol": {
            **predictions.protocol,
            "bootstrap": {"replicates": n_boot, "seed": seed, "level": 0.95, "unit": "document"},
        },
    }


def _texts(values: Sequence[str]) -> list[str]:
    texts = list(values)
    missing = [row for row, value in enumerate(texts, start=1) if not isinstance(value, str)]
    if missing:
        raise CorpusError(
            f"row {missing[0]} holds no text where a sentence and its label are needed",
            next_step="fill in or delete rows without a sentence or a label",
        )
    return [str(text) for text in texts]


def _shares(labels: list[str], classes: list[str]) -> Floats:
    return np.array([labels.count(name) for name in classes], dtype=np.float64) / len(labels)
