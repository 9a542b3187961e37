"""The annotators' own agreement: the yardstick that a model's figures are read against."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from bias_detect.model.metrics import REPLICATES, agreement_figures

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.model.splits import Codes

_PREFIX = "annotator"


def annotator_agreement(
    table: pd.DataFrame, groups: Codes, *, n_boot: int = REPLICATES, seed: int = 0
) -> list[dict[str, Any]]:
    """Measure the agreement of every pair of annotators on the sentences that both have labelled.

    The labels stand either beside each other, in columns whose names begin with ``annotator`` and that hold
    labels, or below each other: then ``annotator`` names the person and each sentence has a row for each of
    them.

    Parameters
    ----------
    table : pandas.DataFrame
        A corpus table.
    groups : array of int
        The document of each row.
    n_boot : int
        Number of replicates.
    seed : int
        Seed of the draws.

    Returns
    -------
    list of dict
        One a pair: ``annotators`` (two names) and the figures of `agreement_figures`. Empty where there is no
        pair with a sentence in common.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"sentence": ["One.", "Two."], "label": ["a", "b"],
    ...                       "annotator_1": ["a", "b"], "annotator_2": ["a", "b"]})
    >>> [pair["kappa"]["value"] for pair in annotator_agreement(table, [0, 1])]
    [1.0]
    """
    given = _side_by_side(table, groups) or _one_below_the_other(table, groups)
    pairs = []
    for first, second in combinations(given, 2):
        items = [item for item in given[first] if item in given[second]]
        if items:
            figures = agreement_figures(
                [given[first][item] for item in items],
                [given[second][item] for item in items],
                [group for group, _ in items],
                n_boot=n_boot,
                seed=seed,
            )
            pairs.append({"annotators": [first, second], **figures})
    return pairs


# The labels of each annotator, by document and sentence.
_Given = dict[str, dict[tuple[int, str], str]]


def _side_by_side(table: pd.DataFrame, groups: Codes) -> _Given:
    from bias_detect.corpus.schema import label_texts

    labels, given = set(table["label"]), {}
    for column in (str(name) for name in table.columns):
        texts = label_texts(table[column].tolist()) if column.startswith(_PREFIX) else []
        # A column of names, dates or remarks may begin with the same word.
        if labels & set(texts):
            cells = enumerate(zip(groups, texts, strict=True))
            given[column] = {(int(group), str(row)): text for row, (group, text) in cells if text is not None}
    return given


def _one_below_the_other(table: pd.DataFrame, groups: Codes) -> _Given:
    from bias_detect.corpus.schema import as_text

    given: _Given = {}
    if _PREFIX not in table:
        return given
    sentence = "sentence_id" if "sentence_id" in table else "sentence"
    columns = (table[name].tolist() for name in (_PREFIX, sentence, "label"))
    for group, annotator, item, label in zip(groups, *columns, strict=True):
        name = as_text(annotator)
        if name is not None:
            given.setdefault(name, {}).setdefault((int(group), str(item)), str(label))
    return given
