"""Votes read from the tables that annotation leaves behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bias_detect.corpus.schema import (
    ANNOTATOR,
    DOCUMENT,
    LABEL,
    SENTENCE,
    SENTENCE_ID,
    codebook_spellings,
    label_texts,
    sentence_text,
    wording,
)
from bias_detect.corpus.sheet import readable_records
from bias_detect.corpus.votes import (
    Vote,
    Votes,
    annotators_of_columns,
    columns_of_votes,
    gather_votes,
)
from bias_detect.errors import CorpusError, UsageError
from bias_detect.tabular import Record, as_text, quoted, unit_of


class _Columns(NamedTuple):
    """The names of columns that the caller gave."""

    text: str
    label: str
    document: str
    annotator: str | None
    votes: Sequence[str]


def read_votes(
    paths: Sequence[Path],
    *,
    text_column: str = SENTENCE,
    label_column: str = LABEL,
    group_column: str | None = None,
    annotator_column: str | None = None,
    vote_columns: Sequence[str] = (),
) -> Votes:
    r"""Read what annotators said of sentences, in any of the three shapes in which people have it.

    - A row for each label given, with a column that names the annotator.
    - A row for each sentence, with a column for each annotator: those that are named, or else those whose names begin
      with ``annotator`` and that hold labels.
    - A file for each annotator, named after them.

    A sentence is known by its document and ``sentence_id`` or, without that, by its document and words; where the
    words stand in the document more than once, by their order. Where one annotator labelled a sentence of the same
    ``sentence_id`` twice, the later label counts, and the row of the earlier one is noted. Labels of the codebook count
    as these however they are written, which is noted too.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    text_column, label_column : str
        The columns that hold the sentences and the labels.
    group_column : str, optional
        The column that names a sentence's document; without it ``document`` is used where there is one.
    annotator_column : str, optional
        The column that names the annotator; without it ``annotator`` is used where there is one.
    vote_columns : sequence of str
        The columns that hold the labels of one annotator each.

    Returns
    -------
    Votes
        All sentences, in the order in which they first appear.

    Raises
    ------
    CorpusError
        If a file cannot be read, lacks a column, or names no annotators, or if one document and ``sentence_id`` stand
        beside sentences of different words.
    UsageError
        If columns are asked for that do not go together.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("sentence,annotator,label\nShe rang.,Ann,told\nShe rang.,Bo,\n", encoding="utf-8")
    ...     votes = read_votes([path])
    >>> votes.annotators, votes.of(0)
    (('Ann', 'Bo'), {'Ann': 'told'})
    """
    if annotator_column is not None and vote_columns:
        raise UsageError(
            "--annotator-column and --vote-column do not go together",
            next_step="name the one column of annotators, or a column of labels for each of them",
        )
    if len(vote_columns) == 1:
        raise UsageError(
            f"one column of labels ({quoted(vote_columns)}) cannot be compared",
            next_step="give --vote-column for each annotator",
        )
    columns = _Columns(text_column, label_column, group_column or DOCUMENT, annotator_column, vote_columns)
    named = [text_column, *vote_columns, *([group_column] if group_column else [])]
    if len(set(named)) < len(named):
        raise UsageError(
            f"one column is named for two purposes ({quoted(named)})", next_step="give each purpose a column of its own"
        )
    notes: list[str] = []
    found: list[Vote] = []
    for path, name in zip(paths, _names(paths), strict=True):
        votes = _read(path, columns, name if len(paths) > 1 else None, notes)
        found += _texts_as_labels(votes)
    _check_words(found)
    return gather_votes(_as_the_codebook(found, notes), notes)


def _names(paths: Sequence[Path]) -> list[str]:
    """Return a name for each file, as short as tells them apart."""
    stems = Counter(path.stem for path in paths)
    return [path.stem if stems[path.stem] == 1 else str(path) for path in paths]


def _read(path: Path, columns: _Columns, file_name: str | None, notes: list[str]) -> list[Vote]:
    """Return the votes of one file, with labels still as they stand there."""
    prefix = f"{path}: " if file_name is not None else ""
    good, names, unreadable = readable_records(path, prefix)
    notes += unreadable
    _require(path, names, [columns.text, *columns.votes, *([columns.annotator] if columns.annotator else [])])
    by_column = _vote_columns(good, names, columns)
    person = columns.annotator or ANNOTATOR
    if not by_column:
        _require(path, names, [columns.label])
        if person not in names and file_name is None:
            raise CorpusError(
                f"does not say who labelled what (it has {quoted(names)})",
                subject=path,
                next_step="name the column of annotators with --annotator-column, the columns that hold their labels "
                "with --vote-column, or give a file for each annotator",
            )
    used = {columns.text, columns.document, SENTENCE_ID, *by_column}
    used |= set() if by_column else {columns.label, person}
    votes = []
    for record in good:
        place = f"{prefix}{unit_of(path)} {record.number}"
        sentence = sentence_text(record.cells.get(columns.text))
        if not sentence:
            notes.append(f"{place} has no sentence")
            continue
        document = as_text(record.cells.get(columns.document)) if columns.document != columns.text else None
        identity = as_text(record.cells.get(SENTENCE_ID))
        others = {name: cell for name, cell in record.cells.items() if name not in used}
        if by_column:
            given = [(name, record.cells.get(column)) for column, name in by_column.items()]
        else:
            name = as_text(record.cells.get(person)) if person in names else file_name
            if name is None:
                notes.append(f"{place} names no annotator")
                continue
            given = [(name, record.cells.get(columns.label))]
        votes += [Vote(place, name, sentence, document, identity, cell, others) for name, cell in given]
    return votes


def _require(path: Path, names: list[str], wanted: list[str]) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise CorpusError(
            f"has no column {quoted(missing)} (it has {quoted(names)})",
            subject=path,
            next_step="name the right one with --text-column, --label-column, --annotator-column or --vote-column",
        )


def _vote_columns(records: list[Record], names: list[str], columns: _Columns) -> dict[str, str]:
    """Return the columns that hold one annotator's labels each, with the names of the annotators."""
    chosen = list(columns.votes)
    if not chosen and (columns.annotator or ANNOTATOR) not in names:
        cells = {name: [record.cells.get(name) for record in records] for name in {*names, columns.label}}
        chosen = list(columns_of_votes({name: cells[name] for name in names}, label_texts(cells[columns.label])))
    return annotators_of_columns(chosen)


def _texts_as_labels(votes: list[Vote]) -> list[Vote]:
    """Return votes whose labels are text as `read_corpus` has it."""
    labels = label_texts([vote.label for vote in votes])
    return [vote._replace(label=label) for vote, label in zip(votes, labels, strict=True)]


def _as_the_codebook(votes: list[Vote], notes: list[str]) -> list[Vote]:
    """Return votes with labels as the codebook writes them, where they are its own, and note which were changed."""
    spellings = codebook_spellings(vote.label for vote in votes if vote.label is not None)
    counts = Counter(vote.label for vote in votes if vote.label in spellings)
    notes[:0] = [
        f"{quoted([label])} is taken for {spellings[label]!r} ({n:,} of {len(votes):,} labels)"
        for label, n in counts.items()
        if label is not None
    ]
    return [vote._replace(label=spellings.get(vote.label or "", vote.label)) for vote in votes]


def _check_words(votes: list[Vote]) -> None:
    """Raise where sentences of one name have different words: labels of different sentences would be compared."""
    first: dict[tuple[str | None, str], Vote] = {}
    apart: dict[tuple[str | None, str], Vote] = {}
    for vote in votes:
        if vote.id is None:
            continue
        known = first.setdefault((vote.document, vote.id), vote)
        if wording(known.sentence) != wording(vote.sentence):
            apart.setdefault((vote.document, vote.id), vote)
    if not apart:
        return
    (document, name), vote = next(iter(apart.items()))
    of = "" if document is None else f" of document {quoted([document])}"
    have = "sentence has" if len(apart) == 1 else "sentences have"
    raise CorpusError(
        f"{len(apart):,} {have} other words under the same {SENTENCE_ID}, first {quoted([name])}{of}: {vote.place} has "
        f"not the words of {first[document, name].place}",
        subject="the corpus",
        next_step=f"put each sentence back beside its own {SENTENCE_ID} (sorting one column alone parts them); where "
        "documents share these, name the column of documents with --group-column",
    )
