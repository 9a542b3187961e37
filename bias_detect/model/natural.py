"""Figures at natural shares, from a sample in which some sentences were more likely to be drawn than others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from bias_detect.bootstrap import REPLICATES, as_figure, bootstrap
from bias_detect.model.counts import Floats, count_labels, document_places, label_codes, macro_f1_and_mcc, ratio

INCLUSION = "inclusion"
"""The column in which `corpus sample` writes the probability with which it drew a sentence."""


def inclusion_probabilities(cells: Sequence[Any]) -> Floats | None:
    """Read a column of inclusion probabilities.

    Parameters
    ----------
    cells : sequence
        Numbers or texts.

    Returns
    -------
    array of float or None
        The probabilities, NaN where a cell is empty; None where one is no number above 0 and up to 1, so that the
        column holds something else.

    Examples
    --------
    >>> inclusion_probabilities(["0.5", "", 1])
    array([0.5, nan, 1. ])
    >>> inclusion_probabilities(["yes", "no"]) is None
    True
    """
    from bias_detect.tabular import as_text

    texts = [as_text(cell) for cell in cells]
    try:
        found = np.array([np.nan if text is None else float(text) for text in texts], dtype=np.float64)
    except ValueError:
        return None
    known = found[[text is not None for text in texts]]
    return found if ((known > 0) & (known <= 1)).all() else None


def natural_figures(
    y_true: Sequence[str],
    predicted: Mapping[str, Sequence[str]],
    groups: Sequence[Hashable],
    inclusion: Floats,
    *,
    n_boot: int = REPLICATES,
    seed: int = 0,
) -> dict[str, Any] | None:
    """Measure classifiers as they would do on all sentences that a sample was drawn from.

    A sample that was drawn to hold many sentences of a rare label flatters precision: on whole pages more of the
    others are there to be taken for it. Every sentence therefore counts with one over its inclusion probability, as
    many sentences as it stands for.

    Parameters
    ----------
    y_true : sequence of str
        The labels given.
    predicted : mapping of str to sequence of str
        By name of the classifier, the labels that it predicts.
    groups : sequence
        The document of each sentence.
    inclusion : array of float
        The inclusion probability of each; NaN where it is not known: such sentences do not count.
    n_boot : int
        Number of bootstrap replicates.
    seed : int
        Seed of the draws.

    Returns
    -------
    dict or None
        ``n_sentences``, ``effective`` (as many that count alike would be as precise, by Kish), ``share`` by label, and
        under ``systems.<name>`` the figures ``macro_f1``, ``mcc`` and ``per_class.<label>.{precision,recall,f1}``. None
        where all sentences count alike, so that there is nothing to add.

    References
    ----------
    .. [1] D. G. Horvitz, D. J. Thompson, A generalization of sampling without replacement from a finite universe,
       Journal of the American Statistical Association 47, 1952.
    .. [2] L. Kish, Survey Sampling, 1965.

    Examples
    --------
    >>> found = natural_figures(["a", "a", "b"], {"mine": ["a", "b", "b"]}, [1, 2, 3], np.array([0.1, 0.1, 1.0]))
    >>> round(found["systems"]["mine"]["per_class"]["b"]["precision"]["value"], 3)
    0.091
    """
    rows = np.flatnonzero(np.isfinite(inclusion)).tolist()
    if not len(rows) or np.ptp(inclusion[rows]) == 0:
        return None
    weights = 1 / inclusion[rows]
    labels = sorted({*map(str, y_true), *(str(name) for names in predicted.values() for name in names)})
    k = len(labels)
    truth = label_codes([y_true[i] for i in rows], labels, "label")
    document, n_documents = document_places([groups[i] for i in rows], len(rows))

    def statistics(totals: Floats) -> Floats:
        hits, given, guessed = np.split(totals, 3, axis=1)
        shares = ratio(given, np.broadcast_to(given.sum(axis=1, keepdims=True), given.shape))
        parts = [ratio(hits, guessed), ratio(hits, given), ratio(2 * hits, given + guessed), shares]
        return np.column_stack([*parts, macro_f1_and_mcc(totals)])

    systems, share = {}, {}
    for name, names in predicted.items():
        guess = label_codes([names[i] for i in rows], labels, "predicted label")
        sums = count_labels(document, truth, guess, n_documents, k, weights)
        flat = [as_figure(*one) for one in zip(*bootstrap(sums, statistics, n_boot, seed), strict=True)]
        measures = [flat[place * k : (place + 1) * k] for place in range(4)]
        systems[name] = {
            "macro_f1": flat[-2],
            "mcc": flat[-1],
            "per_class": {
                label: dict(zip(("precision", "recall", "f1"), row, strict=True))
                for label, *row in zip(labels, *measures[:3], strict=True)
            },
        }
        share = dict(zip(labels, measures[3], strict=True))
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    return {"n_sentences": len(rows), "effective": effective, "share": share, "systems": systems}
