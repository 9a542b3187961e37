"""Several classifiers side by side: the same sentences, the same folds, and what their differences are worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.bootstrap import REPLICATES
from bias_detect.errors import CorpusError
from bias_detect.labels import Label
from bias_detect.model.comparison import PERMUTATIONS, compare_systems
from bias_detect.model.evaluation import Predictions, cross_validate, evaluate_model, figures
from bias_detect.model.metrics import classification_figures
from bias_detect.model.natural import INCLUSION, inclusion_probabilities, natural_figures

if TYPE_CHECKING:
    import pandas as pd

FEW_LEFT = 10
"""Sentences that must be new to the models where some are not: what is left by accident measures nothing."""

Step = Callable[[str, int, int], None]
"""Called with the name of a classifier, the folds done and their number."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What several classifiers predict for the same sentences.

    Parameters
    ----------
    contestants : dict of str to Predictions
        By name, those that are compared with each other; the first is the one that the figures are about.
    baselines : dict of str to Predictions
        Those that the contestants are compared with.
    left_out : dict of str to int
        By name of a ready model, the sentences that it was trained on, on which nobody is measured.

    Examples
    --------
    >>> Contest({}, {}, left_out={"ready": 12}).left_out["ready"]
    12
    """

    contestants: dict[str, Predictions]
    baselines: dict[str, Predictions]
    left_out: dict[str, int]


def run_contest(
    table: pd.DataFrame,
    *,
    models: Mapping[str, Any] | None = None,
    estimators: Mapping[str, Any] | None = None,
    baselines: Mapping[str, Any] | None = None,
    n_splits: int = 5,
    seed: int = 0,
    jobs: int = 1,
    progress: Step | None = None,
) -> Contest:
    """Let classifiers predict the same annotated sentences, each without having seen them.

    Estimators are cross-validated: all of them in the same folds, which split no document. Ready models cannot be
    trained anew, so that sentences that one of them was trained on are left out, for everyone.

    Parameters
    ----------
    table : pandas.DataFrame
        ``sentence``, ``label`` and, where known, ``document``.
    models, estimators, baselines : mapping of str to scikit-learn classifier
        Fitted classifiers, classifiers to be fitted, and classifiers to be fitted that are baselines; by name.
    n_splits : int
        Number of folds.
    seed : int
        Seed of the folds.
    jobs : int
        Processes that work on the folds.
    progress : callable, optional
        Called after each fold.

    Returns
    -------
    Contest
        Estimators first, then models.

    Raises
    ------
    CorpusError
        If no sentence is new to all models, or next to none, or as `cross_validate` and `evaluate_model` raise it.

    Notes
    -----
    A model knows its training sentences, not its training documents: other sentences of these documents are not left
    out, and favour it.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> places = ["ward", "clinic", "school", "court"]
    >>> rows = [(f"They {verb} the {place}.", verb, place) for place in places for verb in ("left", "rang")]
    >>> table = pd.DataFrame(rows, columns=["sentence", "label", "document"])
    >>> list(run_contest(table, estimators={"most frequent": DummyClassifier()}, n_splits=2).contestants)
    ['most frequent']
    """

    def validated(name: str, estimator: Any) -> Predictions:
        documents = table["document"].tolist() if "document" in table else None
        step = None if progress is None else (lambda done, of: progress(name, done, of))
        return cross_validate(
            estimator,
            table["sentence"].tolist(),
            table["label"].tolist(),
            documents,
            n_splits=n_splits,
            seed=seed,
            jobs=jobs,
            progress=step,
        )

    ready = {name: _by_ready(name, model, table) for name, model in (models or {}).items()}
    trained = {name: validated(name, estimator) for name, estimator in (estimators or {}).items()}
    below = {name: validated(name, estimator) for name, estimator in (baselines or {}).items()}
    everyone = [*trained.values(), *ready.values(), *below.values()]
    rows = everyone[0].rows
    for predictions in everyone[1:]:
        rows = np.intersect1d(rows, predictions.rows)
    if not len(rows):
        raise CorpusError(
            "holds no sentence that none of the models was trained on",
            subject="the corpus",
            next_step="give sentences that are new to them, or compare fewer models",
        )
    left_out = {name: len(table) - len(predictions.rows) for name, predictions in ready.items()}
    if any(left_out.values()) and len(rows) < FEW_LEFT:
        raise CorpusError(
            f"holds {len(table):,} sentences, of which {len(rows):,} "
            f"{'is' if len(rows) == 1 else 'are'} new to {' and '.join(ready)}: too few to measure",
            subject="the corpus",
            next_step=f"give {FEW_LEFT} or more that are new, or train anew with --cv",
        )
    return Contest(
        {name: predictions.on(rows) for name, predictions in (trained | ready).items()},
        {name: predictions.on(rows) for name, predictions in below.items()},
        left_out,
    )


def _by_ready(name: str, model: Any, table: pd.DataFrame) -> Predictions:
    """Return what a ready model predicts; where it cannot, say which."""
    try:
        return evaluate_model(model, table)
    except CorpusError as error:
        raise CorpusError(error.cause, subject=f"the corpus, for model {name}", next_step=error.next_step) from error


def contest_figures(
    contest: Contest,
    table: pd.DataFrame,
    *,
    n_boot: int = REPLICATES,
    n_permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> dict[str, Any]:
    """Put together the figures of a contest, as they stand in the metrics file.

    Parameters
    ----------
    contest : Contest
        From `run_contest`.
    table : pandas.DataFrame
        The whole table that was given.
    n_boot, n_permutations : int
        Numbers of bootstrap replicates and of random swaps.
    seed : int
        Seed of the draws.

    Returns
    -------
    dict
        The figures of `bias_detect.model.evaluation.figures` for the first contestant, whose name is under ``name``;
        those of the others under ``models.<name>`` and, of baselines, ``baselines.<name>``; ``comparisons`` of all
        contestants with each other and with every baseline, from `bias_detect.model.comparison.compare_systems`; and,
        where the table has a column ``inclusion``, ``natural`` from `bias_detect.model.natural.natural_figures`.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> places = ["ward", "clinic", "school", "court"]
    >>> rows = [(f"They {verb} the {place}.", verb, place) for place in places for verb in ("left", "rang")]
    >>> table = pd.DataFrame(rows, columns=["sentence", "label", "document"])
    >>> contest = run_contest(table, estimators={"most frequent": DummyClassifier()}, n_splits=2)
    >>> metrics = contest_figures(contest, table)
    >>> metrics["name"], metrics["comparisons"][0]["systems"], metrics["comparisons"][0]["p"]
    ('most frequent', ['most frequent', 'majority'], 1.0)
    """
    (name, main), *others = contest.contestants.items()

    def measured(predictions: Predictions) -> dict[str, Any]:
        return classification_figures(
            predictions.labels,
            predictions.proba,
            predictions.classes,
            predictions.groups.tolist(),
            n_boot=n_boot,
            seed=seed,
            y_pred=predictions.predicted,
        )

    metrics = {"name": name, **figures(main, table, n_boot=n_boot, seed=seed)}
    metrics["baselines"] |= {other: measured(predictions) for other, predictions in contest.baselines.items()}
    metrics["models"] = {other: measured(predictions) for other, predictions in others}
    metrics["left_out"] = contest.left_out
    predicted = {other: predictions.predicted for other, predictions in contest.contestants.items()}
    below = {other: predictions.predicted for other, predictions in contest.baselines.items()}
    below["majority"] = [main.classes[main.priors.argmax()]] * len(main.labels)
    if set(main.classes) == set(Label):
        from bias_detect.model.rule import predict_rule

        below["signals_rule"] = list(predict_rule(main.sentences))
    metrics["comparisons"] = compare_systems(
        main.labels,
        below | predicted,
        main.groups.tolist(),
        _pairs(list(predicted), list(below)),
        n_boot=n_boot,
        n_permutations=n_permutations,
        seed=seed,
    )
    inclusion = inclusion_probabilities(table[INCLUSION].tolist()) if INCLUSION in table else None
    if inclusion is not None:
        everyone, drawn = predicted | below, inclusion[main.rows]
        natural = natural_figures(main.labels, everyone, main.groups.tolist(), drawn, n_boot=n_boot, seed=seed)
        if natural is not None:
            metrics["natural"] = natural
    return metrics


def _pairs(contestants: Sequence[str], baselines: Sequence[str]) -> list[tuple[str, str]]:
    """Return who is compared: a baseline with a baseline says nothing, and would only cost strength."""
    pairs = [(one, other) for place, one in enumerate(contestants) for other in contestants[place + 1 :]]
    return pairs + [(one, other) for one in contestants for other in baselines]
