"""Figures for the variants on the bench: by source and part, against the chosen one, with bootstrap over documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve
from variants import Bench, Floats, Rows, best_offsets, calibrated, macro_f1, replicates, tally

from bias_detect.model.conformal import conformal_sets, conformal_threshold, conformal_thresholds
from bias_detect.model.splits import Fold

Mask = NDArray[np.bool_]
SOURCES = ("composed", "coroners", "inquiries")
REAL = SOURCES[1:]
LEVELS = (0.025, 0.975)


def groups(bench: Bench) -> dict[str, Mask]:
    """Return the sets that figures are given for: sources, and real sentences that the rules' authors had seen or not.

    Parameters
    ----------
    bench : Bench
        The sentences.

    Returns
    -------
    dict of array
        A mask of the labelled rows for each set.
    """
    found = {source: bench.sources == source for source in SOURCES}
    for source, part in (("coroners", "pfd"), ("inquiries", "inquiries")):
        found[f"{source}, seen"] = bench.parts == part
        found[f"{source}, unseen"] = bench.parts == f"{part}_more"
    return found


def decided(bench: Bench, proba: Floats, folds: Sequence[Fold] | None = None) -> Rows:
    """Label by calibrated probabilities moved by offsets that are best, over the sources, on the other folds."""
    guess, logs = np.zeros(bench.size, dtype=np.intp), np.log(np.maximum(proba, 1e-12))
    for fold in bench.folds if folds is None else folds:
        rest = np.ones(bench.size, dtype=bool)
        rest[fold.test] = False
        sources = [bench.sources[rest] == source for source in SOURCES]
        guess[fold.test] = (logs[fold.test] + best_offsets(logs[rest], bench.codes[rest], sources)).argmax(axis=1)
    return guess


def text(value: float, draws: Floats, sign: str = "") -> str:
    """Write a figure and its interval in points of 100."""
    low, high = np.quantile(draws, LEVELS)
    return f"{100 * value:{sign}.1f} ({100 * low:{sign}.1f} to {100 * high:{sign}.1f})"


class Results:
    """The variants' guesses, and what they come to.

    Parameters
    ----------
    bench : Bench
        The sentences.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.groups = groups(bench)
        self.guesses: dict[str, Rows] = {}
        self.moved: dict[str, Rows] = {}
        self.precision: dict[str, list[float]] = {}

    def add(self, name: str, scores: Floats) -> Floats:
        """Keep a variant's log-probabilities out of fold; return them."""
        proba = calibrated(scores, self.bench.codes, self.bench.folds)
        self.guesses[name] = scores.argmax(axis=1)
        self.moved[name] = decided(self.bench, proba)
        masks = [self.groups[source] for source in REAL]
        pairs = [(self.bench.codes[mask] == label, proba[mask, label]) for mask in masks for label in (1, 2)]
        self.precision[name] = [float(average_precision_score(truth, given)) for truth, given in pairs]
        return scores

    def _draws(self, guess: Rows, group: Mask) -> tuple[float, Floats]:
        codes, documents = self.bench.codes[group], self.bench.documents[: self.bench.size][group]
        value = float(macro_f1(tally(codes, guess[group]))[0])
        return value, replicates(codes, guess[group], documents)

    def table(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Return macro-F1 with intervals, a row a variant, a column a set."""
        chosen = names or list(self.guesses)
        cells = [[text(*self._draws(self.guesses[name], group)) for group in self.groups.values()] for name in chosen]
        return pd.DataFrame(cells, index=pd.Index(chosen, name="variant"), columns=list(self.groups))

    def against(self, reference: str, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Return differences in macro-F1 to a reference on the same replicates, as numbers: a row a variant and source.

        ``plain`` compares the most probable labels, ``moved`` those of `decided`.
        """
        rows = []
        for kind, guesses in (("plain", self.guesses), ("moved", self.moved)):
            for source in SOURCES if reference in guesses else ():
                value, draws = self._draws(guesses[reference], self.groups[source])
                for name in names or [name for name in guesses if name != reference]:
                    if name in guesses:
                        other, others = self._draws(guesses[name], self.groups[source])
                        low, high = np.quantile(others - draws, LEVELS)
                        rows.append((name, source, kind, *(100 * number for number in (other - value, low, high))))
        return pd.DataFrame(rows, columns=["variant", "source", "kind", "difference", "low", "high"])

    def ranking(self) -> pd.DataFrame:
        """Return average precision of calibrated probabilities on the real sources, in points of 100."""
        columns = [f"{source}, {label}" for source in REAL for label in ("explanatory", "hindsight-biased")]
        cells = [[f"{100 * value:.1f}" for value in row] for row in self.precision.values()]
        return pd.DataFrame(cells, index=pd.Index(self.precision, name="variant"), columns=columns)


def precision_at(truth: Mask, scores: Floats, documents: Rows, recall: float, n_boot: int = 300) -> str:
    """Return precision at a recall with its interval.

    Parameters
    ----------
    truth : array of bool
        Which sentences have the label.
    scores : array of float
        Its probability.
    documents : array of int
        The document of each sentence.
    recall : float
        The share that must be found.
    n_boot : int
        Number of replicates.

    Returns
    -------
    str
        In points of 100.
    """

    def at(weights: Floats | None) -> float:
        precision, recalls, _ = precision_recall_curve(truth, scores, sample_weight=weights)
        return float(precision[recalls >= recall].max())

    rows = np.unique(documents, return_inverse=True)[1]
    n = int(rows.max()) + 1
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), n_boot)
    return text(at(None), np.array([at(weights[rows].astype(float)) for weights in drawn if weights[rows] @ truth]))


def label_sets(
    bench: Bench, proba: Floats, coverage: float, kinds: Any = None, by_label: bool = False, never_empty: bool = True
) -> Any:
    """Return conformal label sets, each fold's thresholds taken from the other folds.

    Parameters
    ----------
    bench : Bench
        The sentences.
    proba : array
        Calibrated probabilities out of fold.
    coverage : float
        The share of sentences whose set shall hold the true label.
    kinds : array, optional
        The kind of prose of each sentence, given or guessed; each kind has thresholds of its own.
    by_label : bool
        Whether each most probable label has a threshold of its own.
    never_empty : bool
        Whether the most probable label is always in the set.

    Returns
    -------
    array of bool
        Which labels are in the set.
    """
    sets = np.zeros(proba.shape, dtype=bool)
    names, codes = np.unique(np.full(bench.size, "all") if kinds is None else kinds, return_inverse=True)
    for fold in bench.folds:
        rest = np.setdiff1d(np.arange(bench.size), fold.test)
        if by_label:
            thresholds = conformal_thresholds(proba[rest], bench.codes[rest], codes[rest], len(names), coverage)
            sets[fold.test] = conformal_sets(proba[fold.test], codes[fold.test], thresholds)
            continue
        for kind in range(len(names)):
            rows, test = rest[codes[rest] == kind], fold.test[codes[fold.test] == kind]
            sets[test] = proba[test] >= conformal_threshold(proba[rows], bench.codes[rows], coverage)
    if never_empty:
        sets[np.arange(bench.size), proba.argmax(axis=1)] = True
    return sets


def some_documents(bench: Bench, rows: Rows, share: float, seed: int) -> Rows:
    """Return the rows of a random share of the documents among some rows."""
    documents = np.unique(bench.documents[rows])
    kept = np.random.default_rng(seed).permutation(documents)[: round(share * len(documents))]
    return rows[np.isin(bench.documents[rows], kept)]
