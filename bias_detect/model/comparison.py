"""Whether one classifier labels the same sentences better than another, or only by chance."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bias_detect.bootstrap import BLOCK, REPLICATES, as_figure, bootstrap
from bias_detect.errors import UsageError
from bias_detect.model.counts import Floats, count_labels, document_places, label_codes, macro_f1_and_mcc

FIGURES = ("macro_f1", "mcc")
PERMUTATIONS = 9_999


def compare_systems(
    y_true: Sequence[str],
    predicted: Mapping[str, Sequence[str]],
    groups: Sequence[Hashable],
    pairs: Iterable[tuple[str, str]],
    *,
    n_boot: int = REPLICATES,
    n_permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Compare classifiers that labelled the same sentences, two and two.

    The interval of a difference is a paired bootstrap: both classifiers are measured on the same drawn documents. The
    p-value is that of a permutation test: were the two equally good, it would not matter which of them labelled a
    document, so that their labels are swapped in documents chosen at random. All p-values together are corrected by
    Holm's method.

    Parameters
    ----------
    y_true : sequence of str
        The labels given.
    predicted : mapping of str to sequence of str
        By name of the classifier, the labels that it predicts.
    groups : sequence
        The document of each sentence.
    pairs : iterable of (str, str)
        Which classifiers are compared.
    n_boot, n_permutations : int
        Numbers of replicates and of random swaps.
    seed : int
        Seed of the draws.

    Returns
    -------
    list of dict
        For each pair and each of macro-F1 and MCC: ``systems`` (two names), ``figure``, ``difference`` (the first less
        the second, with its 95% interval), ``p`` and ``p_holm``. With a single document there is nothing to draw from,
        and both are None.

    Raises
    ------
    UsageError
        If the sequences differ in length or are empty.

    Notes
    -----
    Interval and p-value answer to different questions and may disagree at the edge. Both hold for new documents of the
    same kind, not for classifiers that are trained anew: which of two *methods* is better takes several corpora.

    References
    ----------
    .. [1] E. W. Noreen, Computer-Intensive Methods for Testing Hypotheses, 1989; A. Yeh, More accurate tests for the
       statistical significance of result differences, COLING 2000.
    .. [2] C. A. Field, A. H. Welsh, Bootstrapping clustered data, Journal of the Royal Statistical Society B 69, 2007.
    .. [3] S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.

    Examples
    --------
    >>> truth, documents = ["a", "b"] * 20, [i // 2 for i in range(40)]
    >>> found = compare_systems(truth, {"one": truth, "other": ["a"] * 40}, documents, [("one", "other")])
    >>> found[1]["figure"], found[1]["difference"]["value"], found[1]["p"]
    ('mcc', 1.0, 0.0001)
    """
    labels = sorted({*map(str, y_true), *(str(name) for names in predicted.values() for name in names)})
    truth = label_codes(y_true, labels, "label")
    document, n_documents = document_places(groups, len(truth))
    for name, names in predicted.items():
        if len(names) != len(truth):
            raise UsageError(f"{len(names)} labels for {len(truth)} sentences", subject=name, next_step="give one each")
    counts = {
        name: count_labels(document, truth, label_codes(names, labels, "predicted label"), n_documents, len(labels))
        for name, names in predicted.items()
    }
    found: list[dict[str, Any]] = []
    for first, second in pairs:
        one, other = counts[first], counts[second]
        differences = zip(*bootstrap(np.hstack([one, other]), _difference, n_boot, seed), strict=True)
        chances = _swapped(one, other, n_permutations, seed)
        for figure, difference, p in zip(FIGURES, differences, chances, strict=True):
            found.append(
                {"systems": [first, second], "figure": figure, "difference": as_figure(*difference), "p": p},
            )
    for row, corrected in zip(found, holm([row["p"] for row in found]), strict=True):
        row["p_holm"] = corrected
    return found


def holm(chances: Sequence[float | None]) -> list[float | None]:
    """Correct p-values for their number, by Holm's method.

    Parameters
    ----------
    chances : sequence of float or None
        The p-values; None where there is none.

    Returns
    -------
    list of float or None
        The corrected ones, in the same order.

    References
    ----------
    .. [1] S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005])
    [0.03, 0.06, 0.06, 0.02]
    """
    tested = sorted((p, place) for place, p in enumerate(chances) if p is not None)
    corrected: list[float | None] = [None] * len(chances)
    least = 0.0
    for rank, (p, place) in enumerate(tested):
        least = max(least, min(1.0, (len(tested) - rank) * p))
        corrected[place] = least
    return corrected


def _difference(totals: Floats) -> Floats:
    one, other = np.split(totals, 2, axis=1)
    return macro_f1_and_mcc(one) - macro_f1_and_mcc(other)


def _swapped(one: Floats, other: Floats, n: int, seed: int) -> list[float | None]:
    """Return how often swaps of documents make differences as large as those measured, with these among them."""
    if len(one) < 2:
        return [None] * len(FIGURES)
    both, apart = (one + other).sum(axis=0), one - other
    apart = apart[np.abs(apart).sum(axis=1) > 0]  # a swap of equal labels changes nothing
    if not len(apart):
        return [1.0] * len(FIGURES)
    measured = np.abs(_difference(np.hstack([one, other]).sum(axis=0, keepdims=True))[0])
    rng, reached = np.random.default_rng(seed), np.zeros(len(FIGURES))
    step = max(1, BLOCK // len(apart))
    for begin in range(0, n, step):
        sides = rng.integers(2, size=(min(step, n - begin), len(apart))) * 2.0 - 1.0
        moved = sides @ apart
        swapped = np.abs(_difference(np.hstack([both + moved, both - moved]) / 2))
        reached += (swapped >= measured - 1e-12).sum(axis=0)
    return [float(count) for count in (reached + 1) / (n + 1)]
