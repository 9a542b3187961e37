"""Search a small grid of parameters of the recipe, and measure honestly what the search is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import clone

from bias_detect.bootstrap import REPLICATES
from bias_detect.errors import CorpusError
from bias_detect.language.pipeline import Sentence
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.counts import Codes, Floats, count_labels, macro_f1_and_mcc
from bias_detect.model.features import read
from bias_detect.model.linear import linear_pipeline
from bias_detect.model.metrics import classification_figures
from bias_detect.model.parallel import run_tasks
from bias_detect.model.shared_steps import SharedSteps
from bias_detect.model.splits import Fold, document_codes, plan_folds, sentence_keys

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.model.training import Trained

GRID: dict[str, tuple[Any, ...]] = {
    "features__words": ((1, 2), (1, 3)),
    "features__min_documents": (2, 3),
    "linear__C": (1.0, 3.0, 10.0, 30.0),
    "linear__class_weight": ("balanced", None),
}
"""What `train --search` tries: lengths of n-grams, documents that a feature must occur in, strength and weighting."""

CRITERION = "macro-F1 out of fold"


@dataclass(frozen=True, slots=True)
class Searched:
    """The best candidate of a search, and what it found.

    Parameters
    ----------
    estimator : ReviewClassifier
        The recipe with the chosen parameters, not fitted.
    record : dict
        ``criterion``, ``grid``, ``candidates`` (``parameters``, ``macro_f1``, ``mcc`` and ``log_loss`` of each),
        ``chosen``, ``nested`` (the figures of the nested cross-validation, ``chosen_by_fold`` and ``protocol``) and
        ``seed``.

    Examples
    --------
    >>> found = Searched(ReviewClassifier(), {"criterion": CRITERION})
    >>> found.record["criterion"]
    'macro-F1 out of fold'
    """

    estimator: ReviewClassifier
    record: dict[str, Any]


class _Data(NamedTuple):
    """What every fit is given."""

    estimator: ReviewClassifier
    sentences: list[Sentence]
    labels: list[str]
    documents: Codes
    weights: Floats | None
    folds: list[Fold]


class _Fits(NamedTuple):
    """Candidates with the same features, fitted on the training side of one fold, or on all where the fold is None."""

    fold: int | None
    candidates: list[dict[str, Any]]


class _Found(NamedTuple):
    """How good a fit is on its own sentences, out of fold, and what it gives for those held out."""

    macro_f1: float
    mcc: float
    log_loss: float
    held_out: Floats | None


def search_parameters(
    table: pd.DataFrame,
    *,
    estimator: ReviewClassifier | None = None,
    n_splits: int = 5,
    n_boot: int = REPLICATES,
    seed: int = 0,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Searched:
    """Search the grid by nested cross-validation grouped by document.

    The best candidate is the one with the highest macro-F1 out of fold; of equal ones the first in the grid. How good a
    model that is chosen in this way will be cannot be read off its own figure, which is the best of many. Therefore the
    whole search is made anew without each outer fold, and its choice predicts that fold: those are the nested figures.

    Parameters
    ----------
    table : pandas.DataFrame
        ``sentence``, ``label``, ``document`` and, if sentences shall count differently, ``weight``.
    estimator : ReviewClassifier, optional
        The recipe; parameters of the grid that its linear step does not have are left out.
    n_splits, n_boot : int
        Numbers of outer folds and of bootstrap replicates.
    seed : int
        Seed of all folds.
    jobs : int
        Processes; the results do not depend on it.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers do the work instead.
    progress : callable, optional
        Called with the fits done and their number.

    Returns
    -------
    Searched
        The chosen parameters and the record of the search.

    Raises
    ------
    CorpusError
        If the folds cannot be planned, or there are too few sentences for a candidate.

    References
    ----------
    .. [1] S. Varma, R. Simon, Bias in error estimation when using cross-validation for model selection, BMC
       Bioinformatics 7, 2006.
    .. [2] G. C. Cawley, N. L. C. Talbot, On over-fitting in model selection and subsequent selection bias in
       performance evaluation, Journal of Machine Learning Research 11, 2010.
    """
    recipe = ReviewClassifier() if estimator is None else clone(estimator)
    steps = linear_pipeline() if recipe.pipeline is None else recipe.pipeline
    recipe.set_params(random_state=seed, pipeline=steps)
    texts, labels = [str(text) for text in table["sentence"]], [str(label) for label in table["label"]]
    keys = sentence_keys(texts)
    documents, _ = document_codes(keys, table["document"].tolist() if "document" in table else None)
    folds, _ = plan_folds(labels, documents, keys, n_splits=n_splits, seed=seed)
    weights = table["weight"].to_numpy(dtype=np.float64) if "weight" in table else None
    known = steps.get_params()
    grid = {name: values for name, values in GRID.items() if name in known}
    candidates = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    data = _Data(recipe, read(texts), labels, documents, weights, folds)
    tasks = [_Fits(split, part) for split in [*range(len(folds)), None] for part in _of_same_features(candidates)]
    size = len(tasks[0].candidates)
    step = None if progress is None else (lambda done, of: progress(done * size, of * size))
    results = run_tasks(_fit_all, data, tasks, jobs=jobs, scheduler=scheduler, progress=step)
    found = [one for part in results for one in part]
    by_split = [found[place : place + len(candidates)] for place in range(0, len(found), len(candidates))]
    best = [max(range(len(candidates)), key=lambda i: (part[i].macro_f1, -i)) for part in by_split]
    classes = sorted(set(labels))
    proba = np.zeros((len(labels), len(classes)))
    for number, fold in enumerate(folds):
        proba[fold.test] = by_split[number][best[number]].held_out
    figures = classification_figures(labels, proba, classes, documents.tolist(), n_boot=n_boot, seed=seed)
    chosen = candidates[best[-1]]
    return Searched(
        recipe.set_params(pipeline=clone(steps).set_params(**chosen)),
        {
            "criterion": CRITERION,
            "grid": {name: [_plain(value) for value in values] for name, values in grid.items()},
            "candidates": [
                {
                    "parameters": _named(candidate),
                    "macro_f1": result.macro_f1,
                    "mcc": result.mcc,
                    "log_loss": result.log_loss,
                }
                for candidate, result in zip(candidates, by_split[-1], strict=True)
            ],
            "chosen": _named(chosen),
            "nested": {
                **{name: figures[name] for name in ("macro_f1", "mcc", "log_loss", "brier", "ece", "per_class")},
                "chosen_by_fold": [_named(candidates[place]) for place in best[:-1]],
                "protocol": f"nested cross-validation by document, {len(folds)} outer folds, the grid searched anew "
                f"without each",
            },
            "seed": seed,
        },
    )


def with_search(trained: Trained, search: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a training whose parameters were searched for.

    Parameters
    ----------
    trained : Trained
        The chosen candidate, fitted on all sentences.
    search : dict
        The record of the search.

    Returns
    -------
    dict
        The record, with ``search``, and with the nested figures as its ``quality``: the chosen candidate's own are the
        best of many.

    Examples
    --------
    >>> from bias_detect.model.training import Trained
    >>> search = {"nested": {"macro_f1": 0.6, "chosen_by_fold": []}}
    >>> record = {"quality": {"macro_f1": 0.7, "n": 40}}
    >>> with_search(Trained(ReviewClassifier(), record), search)["quality"]
    {'macro_f1': 0.6, 'n': 40}
    """
    nested = {name: value for name, value in search["nested"].items() if name != "chosen_by_fold"}
    return {**trained.record, "quality": {**trained.record["quality"], **nested}, "search": search}


def _of_same_features(candidates: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the candidates in parts that differ in the last step alone; in the grid they stand side by side."""

    def features(candidate: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in candidate.items() if name.startswith("features__")}

    return [list(part) for _, part in groupby(candidates, key=features)]


def _fit_all(data: _Data, task: _Fits) -> list[_Found]:
    memory = SharedSteps()
    fold = None if task.fold is None else data.folds[task.fold]
    return [_fit(data, fold, candidate, memory) for candidate in task.candidates]


def _fit(data: _Data, fold: Fold | None, parameters: dict[str, Any], memory: SharedSteps) -> _Found:
    rows = np.arange(len(data.labels)) if fold is None else fold.train
    labels = [data.labels[i] for i in rows]
    model = clone(data.estimator)
    model.set_params(pipeline=clone(model.pipeline).set_params(**parameters, memory=memory))
    try:
        model.fit(
            [data.sentences[i] for i in rows],
            labels,
            groups=data.documents[rows].tolist(),
            sample_weight=None if data.weights is None else data.weights[rows].tolist(),
        )
    except CorpusError as error:
        raise CorpusError(
            f"{error.cause} in one of the nested folds",
            next_step="add sentences of rare labels from more documents, or train without --search",
        ) from error
    truth = np.searchsorted(model.classes_, labels)
    proba = model.out_of_fold_
    counts = count_labels(np.zeros_like(truth), truth, proba.argmax(axis=1), 1, len(model.classes_))
    macro_f1, mcc = macro_f1_and_mcc(counts)[0]
    log_loss = -np.log(np.clip(proba[np.arange(len(truth)), truth], 1e-15, 1)).mean()
    held_out = None if fold is None else model.predict_proba([data.sentences[i] for i in fold.test])
    return _Found(float(macro_f1), float(mcc), float(log_loss), held_out)


def _named(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in parameters.items()}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
