"""How well a classifier trained on one source of sentences labels those of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bias_detect.bootstrap import REPLICATES
from bias_detect.errors import BiasDetectError, CorpusError
from bias_detect.model.counts import Codes
from bias_detect.model.evaluation import cross_validate
from bias_detect.model.folds import inputs, predict_fold
from bias_detect.model.metrics import classification_figures
from bias_detect.model.parallel import run_tasks
from bias_detect.model.splits import Fold, document_codes, sentence_keys

MOST_SOURCES = 12


def transfer_matrix(
    estimator: Any,
    sentences: Sequence[str],
    labels: Sequence[str],
    sources: Sequence[str],
    groups: Sequence[Any] | None = None,
    *,
    n_splits: int = 5,
    n_boot: int = REPLICATES,
    seed: int = 0,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Train a classifier on each source of sentences and test it on each.

    A source is tested by itself through cross-validation by document. Of another, all sentences are tested, and the
    training side is left without their documents and equals.

    Parameters
    ----------
    estimator : scikit-learn classifier
        Takes sentences; it is cloned.
    sentences, labels, sources : sequence of str
        The annotated sentences and where they come from.
    groups : sequence, optional
        The document of each sentence.
    n_splits, n_boot : int
        Numbers of folds and of bootstrap replicates.
    seed : int
        Seed of folds and draws.
    jobs : int
        Processes.
    progress : callable, optional
        Called with the sources trained on and their number.

    Returns
    -------
    list of dict
        For each pair: ``trained_on``, ``tested_on``, ``sentences`` (tested), ``macro_f1`` and ``mcc`` with intervals,
        ``failed`` (why there are no figures, or None). Macro-F1 is the mean over the labels that occur there.

    Raises
    ------
    CorpusError
        If there is one source only, or more than :data:`MOST_SOURCES`.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> places = ["ward", "clinic", "school", "court", "office", "hostel", "chapel", "prison"]
    >>> sentences = [f"They {verb} the {place}." for place in places for verb in ("left", "rang")]
    >>> sources, documents = ["old"] * 8 + ["new"] * 8, [place for place in places for _ in "ab"]
    >>> cells = transfer_matrix(DummyClassifier(), sentences, ["a", "b"] * 8, sources, documents, n_splits=2)
    >>> [(cell["trained_on"], cell["tested_on"], cell["sentences"]) for cell in cells]
    [('new', 'new', 8), ('new', 'old', 8), ('old', 'new', 8), ('old', 'old', 8)]
    """
    names, codes = np.unique(np.asarray(sources, dtype=str), return_inverse=True)
    if not 2 <= len(names) <= MOST_SOURCES:
        raise CorpusError(
            f"comes from {len(names)} source(s), and a transfer is measured between 2 to {MOST_SOURCES}",
            subject="the corpus",
            next_step="name the column of the sources with --source-column",
        )
    keys = sentence_keys(sentences)
    documents, _ = document_codes(keys, groups)
    given = [str(label) for label in labels]
    read = inputs(estimator, [str(text) for text in sentences])
    shared = (estimator, sentences, read, given, keys, documents, codes, n_splits, n_boot, seed)
    rows = run_tasks(_trained_on, shared, range(len(names)), jobs=jobs, progress=progress)
    return [
        {"trained_on": str(names[place]), "tested_on": str(name), **cell}
        for place, row in enumerate(rows)
        for name, cell in zip(names, row, strict=True)
    ]


def _trained_on(shared: tuple[Any, ...], source: int) -> list[dict[str, Any]]:
    """Return the cells of the classifiers trained on one source."""
    estimator, sentences, read, given, keys, documents, codes, n_splits, n_boot, seed = shared
    cells = []
    for target in range(int(codes.max()) + 1):
        rows = np.flatnonzero(codes == target)
        try:
            if target == source:
                own = cross_validate(
                    estimator,
                    [sentences[i] for i in rows],
                    [given[i] for i in rows],
                    documents[rows].tolist(),
                    n_splits=n_splits,
                    seed=seed,
                )
                predicted = own.predicted
            else:
                same = np.isin(keys, keys[rows]) | np.isin(documents, documents[rows])
                train = np.flatnonzero((codes == source) & ~same)
                predicted = _labels(estimator, read, given, documents, Fold(train, rows))
            cells.append(_measured(given, predicted, documents, rows, n_boot, seed))
        except BiasDetectError as error:
            nothing = {"value": None, "low": None, "high": None}
            cells.append({"sentences": len(rows), "macro_f1": nothing, "mcc": nothing, "failed": error.cause})
    return cells


def _labels(estimator: Any, read: Sequence[Any], given: list[str], documents: Codes, fold: Fold) -> list[str]:
    if len({given[i] for i in fold.train}) < 2:
        raise CorpusError("the training side holds fewer than two labels")
    return predict_fold((estimator, read, given, documents), fold)[2]


def _measured(
    given: list[str], predicted: list[str], documents: Codes, rows: Codes, n_boot: int, seed: int
) -> dict[str, Any]:
    truth = [given[i] for i in rows]
    figures = classification_figures(
        truth,
        None,
        sorted({*truth, *predicted}),
        documents[rows].tolist(),
        n_boot=n_boot,
        seed=seed,
        y_pred=predicted,
    )
    return {"sentences": len(rows), "macro_f1": figures["macro_f1"], "mcc": figures["mcc"], "failed": None}
