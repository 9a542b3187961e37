"""How much better a classifier gets with more annotated documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bias_detect.bootstrap import REPLICATES, as_figure, bootstrap
from bias_detect.errors import CorpusError
from bias_detect.model.counts import Codes, Floats, count_labels, macro_f1_and_mcc
from bias_detect.model.folds import inputs, predict_fold
from bias_detect.model.parallel import run_tasks
from bias_detect.model.splits import Fold, document_codes, plan_folds, sentence_keys

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
DRAWS = 3


def learning_curve(
    estimator: Any,
    sentences: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[Any] | None = None,
    *,
    shares: Sequence[float] = SHARES,
    n_draws: int = DRAWS,
    n_splits: int = 5,
    n_boot: int = REPLICATES,
    seed: int = 0,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Measure a classifier that is trained on shares of the documents, always on the same test sentences.

    In each fold the training documents are put in a random order, and a share of them is taken from the front, so that
    a smaller share is part of a larger one. This is done several times. Every sentence is predicted once a share and
    draw, and the figures are those over all sentences, averaged over the draws; the interval draws documents anew, the
    same for all draws.

    Parameters
    ----------
    estimator : scikit-learn classifier
        Takes sentences; it is cloned.
    sentences, labels : sequence of str
        The annotated sentences.
    groups : sequence, optional
        The document of each sentence.
    shares : sequence of float
        Shares of the training documents.
    n_draws : int
        How often documents are put in order; once for a share of 1, where the order does not matter.
    n_splits, n_boot : int
        Numbers of folds and of bootstrap replicates.
    seed : int
        Seed of folds, orders and draws.
    jobs : int
        Processes.
    progress : callable, optional
        Called with the fits done and their number.

    Returns
    -------
    list of dict
        For each share: ``share``, ``documents`` and ``sentences`` (mean numbers trained on), ``macro_f1`` and ``mcc``,
        ``failed`` (why there are no figures, or None).

    Raises
    ------
    CorpusError
        If the folds cannot be planned.

    Notes
    -----
    The interval is that of new test documents. How much the figures depend on which documents happened to be annotated
    is in the mean over draws and folds, not in the interval.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> places = ["ward", "clinic", "school", "court", "office", "hostel"]
    >>> sentences = [f"They {verb} the {place}." for place in places for verb in ("left", "rang")]
    >>> curve = learning_curve(DummyClassifier(), sentences, ["a", "b"] * 6, [p for p in places for _ in "ab"],
    ...                        shares=[0.5, 1.0], n_splits=2)
    >>> [(point["share"], point["documents"], point["macro_f1"]["value"]) for point in curve]
    [(0.5, 2.0, 0.33...), (1.0, 3.0, 0.33...)]
    """
    keys = sentence_keys(sentences)
    documents, _ = document_codes(keys, groups)
    folds, _ = plan_folds(list(labels), documents, keys, n_splits=n_splits, seed=seed)
    given = np.array([str(label) for label in labels])
    classes, truth = np.unique(given, return_inverse=True)
    tasks, places = [], []
    for place, share in enumerate(shares):
        for draw in range(n_draws if share < 1 else 1):
            for number, fold in enumerate(folds):
                rows = _taken(documents, fold.train, share, [seed, draw, number])
                tasks.append(Fold(rows, fold.test))
                places.append((place, draw))
    shared = (estimator, inputs(estimator, [str(text) for text in sentences]), given.tolist(), documents)
    results = run_tasks(_predicted, shared, tasks, jobs=jobs, progress=progress)
    points = []
    for place, share in enumerate(shares):
        own = [index for index, (at, _) in enumerate(places) if at == place]
        failed = next((result for index in own if isinstance(result := results[index], str)), None)
        parts = []
        for draw in sorted({places[index][1] for index in own}) if failed is None else []:
            guess = np.zeros(len(given), dtype=np.intp)
            for index in own:
                if places[index][1] == draw:
                    guess[tasks[index].test] = np.searchsorted(classes, results[index])
            parts.append(count_labels(documents, truth, guess, int(documents.max()) + 1, len(classes)))
        points.append(
            {
                "share": float(share),
                "documents": float(np.mean([len(np.unique(documents[tasks[index].train])) for index in own])),
                "sentences": float(np.mean([len(tasks[index].train) for index in own])),
                **_averaged(parts, n_boot, seed),
                "failed": failed,
            }
        )
    return points


def _taken(documents: Codes, train: Codes, share: float, seed: list[int]) -> Codes:
    """Return the rows of a share of the training documents."""
    order = np.random.default_rng(seed).permutation(np.unique(documents[train]))
    first = order[: max(1, round(share * len(order)))]
    return train[np.isin(documents[train], first)]


def _predicted(shared: tuple[Any, ...], fold: Fold) -> list[str] | str:
    """Return the labels of the test side; where there is too little to train on, why."""
    labels = {shared[2][row] for row in fold.train}
    if len(labels) < 2:
        return "the documents hold one label only"
    try:
        return predict_fold(shared, fold)[2]
    except CorpusError as error:
        return error.cause


def _averaged(parts: list[Floats], n_boot: int, seed: int) -> dict[str, Any]:
    if not parts:
        nothing = as_figure(np.nan, np.nan, np.nan)
        return {"macro_f1": nothing, "mcc": nothing}

    def statistics(totals: Floats) -> Floats:
        return np.asarray(np.mean([macro_f1_and_mcc(part) for part in np.split(totals, len(parts), axis=1)], axis=0))

    figures = zip(*bootstrap(np.hstack(parts), statistics, n_boot, seed), strict=True)
    return {name: as_figure(*figure) for name, figure in zip(("macro_f1", "mcc"), figures, strict=True)}
