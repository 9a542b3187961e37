"""The annotators' own agreement: the yardstick that a model's figures are read against."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.bootstrap import REPLICATES
from bias_detect.corpus.schema import ANNOTATOR, LABEL, SENTENCE, SENTENCE_ID
from bias_detect.corpus.votes import (
    NO_VOTE,
    Vote,
    annotators_of_columns,
    columns_of_votes,
    gather_votes,
)
from bias_detect.model.metrics import agreement_figures
from bias_detect.tabular import as_text

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.model.splits import Codes


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
    votes = gather_votes(_side_by_side(table, groups) or _one_below_the_other(table, groups))
    pairs = []
    for first, second in combinations(range(len(votes.annotators)), 2):
        common = np.flatnonzero((votes.codes[:, [first, second]] != NO_VOTE).all(axis=1))
        if len(common):
            one, other = ([votes.labels[code] for code in votes.codes[common, place]] for place in (first, second))
            figures = agreement_figures(
                one,
                other,
                [votes.documents[row] for row in common],
                n_boot=n_boot,
                seed=seed,
            )
            pairs.append({"annotators": [votes.annotators[first], votes.annotators[second]], **figures})
    return pairs


def _side_by_side(table: pd.DataFrame, groups: Codes) -> list[Vote]:
    columns = {str(name): table[name].tolist() for name in table.columns if str(name) != ANNOTATOR}
    found = columns_of_votes(columns, set(table[LABEL]))
    # Every row is a sentence of its own, whatever its identifier.
    names = annotators_of_columns(found)
    return [
        Vote(str(row), names[column], str(row), str(group), None, cells[row], {})
        for column, cells in found.items()
        for row, group in enumerate(groups)
    ]


def _one_below_the_other(table: pd.DataFrame, groups: Codes) -> list[Vote]:
    if ANNOTATOR not in table:
        return []
    ids = table[SENTENCE_ID].tolist() if SENTENCE_ID in table else [None] * len(table)
    columns = (table[name].tolist() for name in (ANNOTATOR, SENTENCE, LABEL))
    return [
        Vote(str(row), name, str(sentence), str(group), as_text(place), str(label), {})
        for row, (group, place, annotator, sentence, label) in enumerate(zip(groups, ids, *columns, strict=True))
        if (name := as_text(annotator)) is not None
    ]
