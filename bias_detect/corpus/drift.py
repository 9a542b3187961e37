"""Annotators who label otherwise late than early."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bias_detect.corpus.findings import Finding, Severity, finding
from bias_detect.corpus.personal import masked
from bias_detect.corpus.schema import ANNOTATOR, SENTENCE_ID
from bias_detect.corpus.sheet import Sheet
from bias_detect.numbering import numbered
from bias_detect.tabular import as_text, quoted

TIMES = ("annotated_at", "timestamp", "_timestamp", "created_at", "updated_at", "time", "date")
"""Columns that may say when a label was given; the first that does is used."""

LEAST = 40
"""Labels that an annotator must have given before early and late are compared."""

_LEAST_BLOCKS = 6
_REPLICATES = 1_999
_LEVEL = 0.05
_SEED = 0
_READABLE = 0.9

Floats = NDArray[np.float64]


def find_drift(sheet: Sheet) -> Iterator[Finding]:
    """Find annotators whose labels change between the first half of their work and the second.

    An annotator's label counts against what the others gave to the same sentence, where there are others, so that
    other documents are no drift; only sentences with others count, where they are enough. The order is that of a column
    of `TIMES`, and else that of the rows. What chance would do is seen by shuffling the annotator's documents, whole;
    the largest change over all labels is compared, and Holm's correction made for the number of annotators, at 5%.

    Parameters
    ----------
    sheet : Sheet
        The corpus, with a column ``annotator`` and a row for each label given.

    Yields
    ------
    Finding
        One, if there is any such annotator.

    References
    ----------
    .. [1] S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.

    Examples
    --------
    >>> days = [f"2024-01-{day:02}" for day in range(1, 13) for _ in range(5)]
    >>> labels = ["told"] * 30 + ["asked"] * 30
    >>> names = {"annotator": ["Ann"] * 60, "date": days}
    >>> sheet = Sheet([f"row {n}" for n in range(2, 62)], ["She rang."] * 60, labels, list(days), names)
    >>> [found.examples for found in find_drift(sheet)]
    [("'Ann': 'asked' +100%",)]
    """
    names = [as_text(cell) for cell in sheet.others.get(ANNOTATOR, [])]
    rows = [row for row, name in enumerate(names) if name is not None and sheet.labels[row] is not None]
    labels = sorted({label for row in rows if (label := sheet.labels[row]) is not None})
    if len(labels) < 2:
        return
    column, when = _times(sheet, rows)
    beyond, shared = _beyond_others(sheet, names, rows, labels)
    tested = []
    for name in dict.fromkeys(names[row] for row in rows):
        own = [place for place, row in enumerate(rows) if names[row] == name]
        compared = [place for place in own if shared[place]]
        chosen = compared if len(compared) >= LEAST else own
        if len(chosen) < LEAST:
            continue
        chosen.sort(key=lambda place: when[place])
        blocks = [sheet.documents[rows[place]] or f"\n{rows[place]}" for place in chosen]
        values = beyond[chosen] if chosen is compared else _one_hot(sheet, [rows[p] for p in chosen], labels)
        change, chance = _change(values, blocks)
        if change is not None:
            tested.append((chance, str(name), change, [rows[place] for place in chosen]))
    drifted = []
    for place, (chance, name, change, own) in enumerate(sorted(tested, key=lambda test: test[0])):
        if chance * (len(tested) - place) > _LEVEL:
            break
        most = int(np.abs(change).argmax())
        said = f"{quoted([masked(name)])}: {quoted([labels[most]])} {change[most]:+.0%}"
        drifted.append((abs(change[most]), said, own))
    drifted.sort(key=lambda drift: -drift[0])
    order = f"in the order of column {quoted([column])}" if column else "in the order of the rows"
    yield from finding(
        "annotators who drift",
        Severity.WARNING if column else Severity.NOTE,
        (row for _, _, own in drifted for row in own),
        f"see whether they, or those they are compared with, read the codebook otherwise in the second half, {order}",
        (example for _, example, _ in drifted),
        len(drifted),
    )


def _times(sheet: Sheet, rows: Sequence[int]) -> tuple[str | None, list[tuple[float, int]]]:
    """Return the column that says when a label was given, and what to order the rows by."""
    import pandas as pd

    for column in TIMES:
        cells = [as_text(sheet.others[column][row]) for row in rows] if column in sheet.others else []
        if not any(cells):
            continue
        moments = pd.to_numeric(pd.Series(cells, dtype="object"), errors="coerce")
        if moments.notna().mean() < _READABLE:
            dates = pd.to_datetime(pd.Series(cells, dtype="object"), errors="coerce", utc=True, format="ISO8601")
            moments = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
        if moments.notna().mean() >= _READABLE and moments.nunique() > 1:
            # A row of an unknown time goes with the one before it.
            return column, list(zip(moments.ffill().fillna(-np.inf).tolist(), rows, strict=True))
    return None, [(0.0, row) for row in rows]


def _one_hot(sheet: Sheet, rows: Sequence[int], labels: Sequence[str]) -> Floats:
    given = np.array([sheet.labels[row] for row in rows], dtype=object)
    return np.stack([given == label for label in labels], axis=1).astype(np.float64)


def _beyond_others(
    sheet: Sheet, names: Sequence[str | None], rows: Sequence[int], labels: Sequence[str]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return each label given less the shares of those that others gave to its sentence, and whether there are any."""
    ids = sheet.others.get(SENTENCE_ID, [None] * len(names))
    same: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        identity = as_text(ids[row]) or " ".join(sheet.sentences[row].split())
        same[sheet.documents[row], identity].append(place)
    values = _one_hot(sheet, rows, labels)
    shared = np.zeros(len(rows), dtype=bool)
    beyond = values.copy()
    for places in same.values():
        for place in places:
            others = [other for other in places if names[rows[other]] != names[rows[place]]]
            if others:
                shared[place] = True
                beyond[place] -= values[others].mean(axis=0)
    return beyond, shared


def _change(values: Floats, blocks: Sequence[str]) -> tuple[Floats | None, float]:
    """Return how the mean changes from the first half to the second, and how probable so much is by chance.

    Chance shuffles blocks: all that belongs to one document stays together.
    """
    of, n_blocks = numbered(blocks)
    if n_blocks < _LEAST_BLOCKS:
        return None, 1.0
    half = np.arange(len(values)) >= len(values) / 2

    def change(order: NDArray[np.intp]) -> Floats:
        moved = values[order]
        return np.asarray(moved[half].mean(axis=0) - moved[~half].mean(axis=0))

    found = change(np.arange(len(values)))
    rng = np.random.default_rng(_SEED)
    as_much = 1
    for _ in range(_REPLICATES):
        turns = rng.permutation(n_blocks)
        shuffled = change(np.argsort(turns[of], kind="stable"))
        as_much += bool(np.abs(shuffled).max() >= np.abs(found).max() - 1e-12)
    return found, as_much / (_REPLICATES + 1)
