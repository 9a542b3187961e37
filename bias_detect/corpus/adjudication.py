"""One label for each sentence out of those that annotators gave, by a rule that is named in the result."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.corpus.agreement import label_counts, sentence_agreement
from bias_detect.corpus.dawid_skene import DawidSkene, dawid_skene
from bias_detect.corpus.schema import ANNOTATOR, SENTENCE_ID
from bias_detect.corpus.votes import NO_VOTE, Votes
from bias_detect.errors import UsageError
from bias_detect.labels import Label
from bias_detect.tabular import quoted

if TYPE_CHECKING:
    import pandas as pd

MAJORITY = "majority"
SENIOR = "senior"
DAWID_SKENE = "dawid-skene"
OPEN, AGREED, ONLY, DECISION = "open", "agreed", "only one label", "decision"
THRESHOLD = 0.9
"""The probability from which Dawid-Skene decides; below it a sentence stays open."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided.

    Parameters
    ----------
    label : str or None
        The label; None where there is only a note.
    note : str or None
        What they noted.

    Examples
    --------
    >>> Decision("explanatory", "asks why, after the event").label
    'explanatory'
    """

    label: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """One label for each sentence, with all that led to it.

    Parameters
    ----------
    votes : Votes
        What annotators said.
    labels : list of str or None
        The label of each sentence; None where it is open.
    decided_by : list of str
        What decided each sentence, or that it is open.
    notes : list of str or None
        What a person noted of each sentence.
    model : DawidSkene, optional
        What the model of Dawid and Skene found; its rows are those of ``voted``.
    voted : list of int
        The rows of the sentences that the model was given: those with any label.

    Examples
    --------
    >>> codes = np.array([[0, 0], [0, 1]])
    >>> votes = Votes(("A", "B"), ("x", "y"), codes, ["One.", "Two."], [None] * 2, [None] * 2, {}, ["1", "2"])
    >>> found = Adjudicated(votes, ["x", None], [AGREED, OPEN], [None] * 2)
    >>> found.open_rows(), found.counts()
    ([1], {'agreed': 1, 'open': 1})
    """

    votes: Votes
    labels: list[str | None]
    decided_by: list[str]
    notes: list[str | None]
    model: DawidSkene | None = None
    voted: list[int] = field(default_factory=list)

    def open_rows(self) -> list[int]:
        """Return the rows of the sentences that are left to decide.

        Examples
        --------
        >>> votes = Votes(("A", "B"), ("x", "y"), np.array([[0, 1]]), ["One."], [None], [None], {}, ["1"])
        >>> adjudicate(votes).open_rows()
        [0]
        """
        return [row for row, label in enumerate(self.labels) if label is None]

    def counts(self) -> dict[str, int]:
        """Return how many sentences were decided by what, the most first.

        Examples
        --------
        >>> votes = Votes(("A", "B"), ("x", "y"), np.array([[0, 0]]), ["One."], [None], [None], {}, ["1"])
        >>> adjudicate(votes).counts()
        {'agreed': 1}
        """
        return dict(Counter(self.decided_by).most_common())


def adjudicate(
    votes: Votes, rule: str = MAJORITY, *, decisions: Mapping[str, Decision] | None = None, threshold: float = THRESHOLD
) -> Adjudicated:
    """Settle one label for each sentence.

    Parameters
    ----------
    votes : Votes
        What annotators said.
    rule : str
        - ``majority``: the label of more than half of those who labelled the sentence; ties stay open.
        - ``senior:NAME``: the label that this annotator gave; where they gave none, the one that all others gave.
        - ``dawid-skene``: the most probable label, by `bias_detect.corpus.dawid_skene.dawid_skene`.
    decisions : mapping of str to Decision, optional
        What people decided, by the key of the sentence: it goes before any rule.
    threshold : float
        For Dawid-Skene, the probability below which a sentence stays open.

    Returns
    -------
    Adjudicated
        The labels. By majority and seniority, one label alone is taken and named as that.

    Raises
    ------
    UsageError
        If there is no such rule or annotator, or the threshold is no probability.

    Examples
    --------
    >>> codes = np.array([[0, 0, 1], [0, 1, -1], [1, 1, 1]])
    >>> votes = Votes(("A", "B", "C"), ("x", "y"), codes, [""] * 3, [None] * 3, [None] * 3, {}, list("123"))
    >>> found = adjudicate(votes)
    >>> found.labels, found.decided_by
    (['x', None, 'y'], ['majority', 'open', 'agreed'])
    """
    tally = label_counts(votes)
    model, voted = None, []
    if rule == MAJORITY:
        chosen = [_by_majority(row) for row in tally]
    elif rule.startswith(f"{SENIOR}:"):
        chosen = _by_senior(votes, tally, rule.removeprefix(f"{SENIOR}:"))
    elif rule == DAWID_SKENE:
        if not 0 <= threshold <= 1:
            raise UsageError(f"the threshold {threshold} is no probability", next_step="give one from 0 to 1")
        voted = [int(row) for row in np.flatnonzero(tally.sum(axis=1))]
        chosen = [(NO_VOTE, OPEN)] * len(tally)
        if voted:
            given = votes.codes[voted]
            model = dawid_skene((given[:, :, None] == np.arange(len(votes.labels))).astype(np.intp))
            for row, shares in zip(voted, model.posterior, strict=True):
                if shares.max() >= threshold:
                    chosen[row] = (int(shares.argmax()), DAWID_SKENE)
    else:
        raise UsageError(
            f"there is no rule {quoted([rule])}",
            next_step=f"use {MAJORITY}, {SENIOR}:NAME with the name of an annotator, or {DAWID_SKENE}",
        )
    labels = [None if code == NO_VOTE else votes.labels[code] for code, _ in chosen]
    decided_by = [name for _, name in chosen]
    notes: list[str | None] = [None] * len(labels)
    for row, key in enumerate(votes.keys):
        decision = (decisions or {}).get(key)
        if decision is not None:
            notes[row] = decision.note
            if decision.label is not None:
                labels[row], decided_by[row] = decision.label, DECISION
    return Adjudicated(votes, labels, decided_by, notes, model, voted)


def _by_majority(counts: Any) -> tuple[int, str]:
    given, most = int(counts.sum()), int(counts.max(initial=0))
    if 2 * most <= given:
        return NO_VOTE, OPEN
    return int(counts.argmax()), MAJORITY if most < given else AGREED if given > 1 else ONLY


def _by_senior(votes: Votes, tally: Any, name: str) -> list[tuple[int, str]]:
    if name not in votes.annotators:
        raise UsageError(
            f"there is no annotator {quoted([name])}", next_step=f"name one of {quoted(votes.annotators, 40)}"
        )
    chosen = []
    for counts, code in zip(tally, votes.codes[:, votes.annotators.index(name)], strict=True):
        decided = _by_majority(counts)
        if decided[1] not in (AGREED, ONLY):
            decided = (int(code), OPEN if code == NO_VOTE else f"{SENIOR}:{name}")
        chosen.append(decided)
    return chosen


def label_set(votes: Votes) -> tuple[str, ...]:
    """Return the labels that may be decided on: the codebook's where only these are in use, else those in use.

    Parameters
    ----------
    votes : Votes
        What annotators said.

    Returns
    -------
    tuple of str
        The labels.

    Examples
    --------
    >>> votes = Votes(("A",), ("told",), np.array([[0]]), ["She rang."], [None], [None], {}, ["1"])
    >>> label_set(votes)
    ('told',)
    """
    codebook = tuple(map(str, Label))
    return codebook if set(votes.labels) <= set(codebook) else votes.labels


def adjudicated_table(found: Adjudicated) -> pd.DataFrame:
    """Return the corpus: a row a sentence, with its label, what decided it, and every vote.

    Parameters
    ----------
    found : Adjudicated
        The labels.

    Returns
    -------
    pandas.DataFrame
        ``document``, ``sentence_id``, ``sentence``, ``label``, ``decided_by``, ``agreement`` (the share of pairs of
        labels that are equal), ``note``, ``annotator_<name>`` for each annotator and, by Dawid-Skene, ``p_<label>``;
        then the other columns of the tables. An open sentence has no label. A column of one of these names becomes
        ``given_<name>``; cells that differ between annotators are a JSON object by annotator.

    Examples
    --------
    >>> codes = np.array([[0, 0], [0, 1]])
    >>> votes = Votes(("A", "B"), ("x", "y"), codes, ["One.", "Two."], [None] * 2, [None] * 2, {}, ["1", "2"])
    >>> adjudicated_table(adjudicate(votes))[["sentence", "label", "annotator_B"]].values.tolist()
    [['One.', 'x', 'x'], ['Two.', None, 'y']]
    """
    import pandas as pd

    votes = found.votes
    agreement = sentence_agreement(votes)
    said = [votes.of(row) for row in range(len(votes.sentences))]
    columns: dict[str, list[Any]] = {
        "document": votes.documents,
        SENTENCE_ID: votes.ids,
        "sentence": votes.sentences,
        "label": found.labels,
        "decided_by": found.decided_by,
        "agreement": [None if np.isnan(share) else round(float(share), 6) for share in agreement],
        "note": found.notes,
    }
    columns |= {f"{ANNOTATOR}_{name}": [labels.get(name) for labels in said] for name in votes.annotators}
    if found.model is not None:
        by_row = dict(zip(found.voted, found.model.posterior, strict=True))
        for c, label in enumerate(votes.labels):
            shares = [by_row.get(row) for row in range(len(said))]
            columns[f"p_{label}"] = [None if share is None else round(float(share[c]), 6) for share in shares]
    for name in ("document", SENTENCE_ID, "note"):
        if not any(columns[name]):
            del columns[name]
    for name, cells in votes.others.items():
        while name in columns:
            name = f"given_{name}"
        columns[name] = [json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict) else cell for cell in cells]
    return pd.DataFrame({name: pd.Series(cells, dtype="object") for name, cells in columns.items()})
