"""What each annotator said of each sentence, put together from single labels, and where labels stand in a table."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bias_detect.corpus.schema import ANNOTATOR, folded, label_texts
from bias_detect.labels import Label
from bias_detect.numbering import numbered
from bias_detect.tabular import quoted

NO_VOTE = -1
"""Stands in `Votes.codes` where an annotator gave no label."""

Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Votes:
    """The labels that annotators gave to sentences; any of them may be missing.

    Parameters
    ----------
    annotators, labels : tuple of str
        Their names.
    codes : array of int, of shape (n_sentences, n_annotators)
        The place of each label in ``labels``; `NO_VOTE` where there is none.
    sentences : list of str
        The sentences.
    documents, ids : list of str or None
        The document of each sentence, and its name in there; None where there is none.
    others : dict of str to list
        The cells of every other column. Where the rows of a sentence differ in one, a dict by annotator.
    keys : list of str
        A short name for each sentence, the same whenever the same tables are read.
    notes : tuple of str
        What could not be counted and why, by row.

    Examples
    --------
    >>> codes = np.array([[0, 1], [1, NO_VOTE]])
    >>> votes = Votes(("A", "B"), ("x", "y"), codes, ["One.", "Two."], ["d", "d"], [None] * 2, {}, ["1", "2"])
    >>> votes.of(1), votes.groups().tolist()
    ({'A': 'y'}, [0, 0])
    """

    annotators: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Codes
    sentences: list[str]
    documents: list[str | None]
    ids: list[str | None]
    others: dict[str, list[Any]]
    keys: list[str]
    notes: tuple[str, ...] = ()

    def groups(self) -> Codes:
        """Return a number for the document of each sentence; a sentence without one is a group of its own.

        Examples
        --------
        >>> codes, documents = np.array([[0], [0]]), ["a.txt", None]
        >>> votes = Votes(("A",), ("x",), codes, ["One.", "Two."], documents, [None] * 2, {}, ["1", "2"])
        >>> votes.groups().tolist()
        [0, 1]
        """
        return numbered(row if name is None else name for row, name in enumerate(self.documents))[0]

    def of(self, row: int) -> dict[str, str]:
        """Return the labels given to a sentence by annotator.

        Examples
        --------
        >>> votes = Votes(("A", "B"), ("x",), np.array([[0, NO_VOTE]]), ["One."], [None], [None], {}, ["1"])
        >>> votes.of(0)
        {'A': 'x'}
        """
        given = zip(self.annotators, self.codes[row], strict=True)
        return {name: self.labels[code] for name, code in given if code != NO_VOTE}


class Vote(NamedTuple):
    """One annotator's label of one sentence.

    Parameters
    ----------
    place : str
        The row that it stands in, as a person counts them.
    annotator, sentence : str
        Who said it, and of what.
    document, id : str or None
        The document of the sentence, and its name in there.
    label : str or None
        The label; None where the annotator gave none.
    others : mapping of str to object
        The other cells of the row.

    Examples
    --------
    >>> Vote("row 2", "Ann", "She rang.", None, None, "told", {}).label
    'told'
    """

    place: str
    annotator: str
    sentence: str
    document: str | None
    id: str | None
    label: str | None
    others: Mapping[str, Any]


@dataclass(slots=True)
class _Item:
    """A sentence with all that was said of it."""

    sentence: str
    document: str | None
    id: str | None
    votes: dict[str, str] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    rows: set[str] = field(default_factory=set)


def columns_of_votes(
    columns: Mapping[str, Sequence[Any]], labels: Collection[str | None]
) -> dict[str, list[str | None]]:
    """Return the columns of a table that hold one annotator's labels each.

    Their names begin with ``annotator``. A column of names, dates or remarks may begin with the same word: it has
    nothing in common with the labels of the table or, where there are none, with the other such columns.

    Parameters
    ----------
    columns : mapping of str to sequence
        The cells of each column.
    labels : collection of str
        The labels in the table's own column of labels.

    Returns
    -------
    dict of str to list of str or None
        The labels in each such column.

    Examples
    --------
    >>> columns_of_votes({"annotator_a": ["x", None], "annotator_b": ["x", "y"], "annotator_note": ["so", ""]}, ())
    {'annotator_a': ['x', None], 'annotator_b': ['x', 'y']}
    """
    texts = {name: label_texts(cells) for name, cells in columns.items() if name.startswith(ANNOTATOR)}
    given = {name: _folded(cells) for name, cells in texts.items()}
    found = {}
    for name, cells in texts.items():
        others = [_folded(labels)]
        if not others[0]:
            others = [given[other] for other in given if other != name]
        if any(given[name] & other for other in others):
            found[name] = cells
    return found


def _folded(labels: Iterable[str | None]) -> set[str]:
    return {folded(str(label)) for label in labels if label is not None}


def annotators_of_columns(columns: Iterable[str]) -> dict[str, str]:
    """Return the annotators whose labels stand in some columns: ``Ann`` for ``annotator_Ann``.

    Parameters
    ----------
    columns : iterable of str
        The names of the columns.

    Returns
    -------
    dict of str to str
        The annotator of each column; its whole name where two would be called alike.

    Examples
    --------
    >>> annotators_of_columns(["annotator_ann", "bo"])
    {'annotator_ann': 'ann', 'bo': 'bo'}
    """
    short = {column: re.sub(rf"^{ANNOTATOR}[\s_-]*", "", column) or column for column in columns}
    return short if len(set(short.values())) == len(short) else {column: column for column in short}


def gather_votes(votes: Iterable[Vote], notes: Iterable[str] = ()) -> Votes:
    """Put together what was said of each sentence.

    Labels belong to one sentence where document and identifier are the same or, without an identifier, document and
    words. The same words again, from the same annotator, are another sentence.

    Parameters
    ----------
    votes : iterable of Vote
        The single labels. Where an annotator labels a sentence again, the last label counts.
    notes : iterable of str
        What is known that could not be counted.

    Returns
    -------
    Votes
        All sentences, in the order in which they first appear.

    Examples
    --------
    >>> one = Vote("row 2", "Ann", "She rang.", None, None, "told", {})
    >>> gather_votes([one, one._replace(annotator="Bo", label="judged")]).of(0)
    {'Ann': 'told', 'Bo': 'judged'}
    """
    votes, noted = list(votes), list(notes)
    items: dict[tuple[str | int | None, ...], _Item] = {}
    met: Counter[tuple[str | None, ...]] = Counter()
    first: dict[tuple[str | None, ...], tuple[str, str]] = {}
    for vote in votes:
        words = " ".join(vote.sentence.split())
        key: tuple[str | int | None, ...] = (vote.document, "id", vote.id)
        if vote.id is None:
            known = vote.annotator, vote.document, words
            met[known] += 1
            key = (vote.document, "text", words, met[known])
            if vote.label is not None:
                place, label = first.setdefault(known, (vote.place, vote.label))
                if label != vote.label:
                    noted.append(f"{vote.place}: {quoted([vote.annotator])} gives the words of {place} another label, "
                                 f"{vote.label!r} and not {label!r}; they count as two sentences")  # fmt: skip
        item = items.setdefault(key, _Item(vote.sentence, vote.document, vote.id))
        if vote.place not in item.rows:
            item.rows.add(vote.place)
            for column, cell in vote.others.items():
                item.others[column][vote.annotator] = cell
        if vote.label is None:
            continue
        before = item.votes.get(vote.annotator)
        if before not in (None, vote.label):
            noted.append(f"{vote.place}: {quoted([vote.annotator])} labels a sentence again; the earlier {before!r} "
                         "does not count")  # fmt: skip
        item.votes[vote.annotator] = vote.label
    annotators = tuple(dict.fromkeys(vote.annotator for vote in votes))
    labels = _ordered({label for item in items.values() for label in item.votes.values()})
    places = {label: place for place, label in enumerate(labels)}
    codes = np.full((len(items), len(annotators)), NO_VOTE, dtype=np.intp)
    for row, item in enumerate(items.values()):
        codes[row] = [places[item.votes[name]] if name in item.votes else NO_VOTE for name in annotators]
    columns = dict.fromkeys(column for item in items.values() for column in item.others)
    return Votes(
        annotators,
        labels,
        codes,
        [item.sentence for item in items.values()],
        [item.document for item in items.values()],
        [item.id for item in items.values()],
        {column: [_merged(item, column) for item in items.values()] for column in columns},
        [_short(key) for key in items],
        tuple(noted),
    )


def _ordered(labels: set[str]) -> tuple[str, ...]:
    """Return labels in the order of the codebook where they are its own."""
    if labels <= set(Label):
        return tuple(str(label) for label in Label if label in labels)
    return tuple(sorted(labels))


def _merged(item: _Item, column: str) -> Any:
    """Return what the rows of a sentence have in a column: the cell that all share, or a dict by annotator.

    A table that lacks the column, as tools lose some, contradicts nobody; a column of one annotator alone stays theirs.
    """
    cells = item.others.get(column, {})
    alike = len({json.dumps(cell, default=str) for cell in cells.values()}) == 1
    if alike and (len(cells) > 1 or len(cells) == len(item.rows)):
        return next(iter(cells.values()))
    return {name: cell for name, cell in cells.items() if cell is not None} or None


def _short(key: tuple[str | int | None, ...]) -> str:
    # The letter in front keeps a spreadsheet from taking it for a number.
    return f"k{blake2b(json.dumps(key).encode(), digest_size=8).hexdigest()}"
