"""A corpus as it stands in its files, with all that is missing or wrong in its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bias_detect.corpus.schema import ANNOTATOR, DOCUMENT, LABEL, SENTENCE, label_texts, sentence_text
from bias_detect.errors import CorpusError, UsageError
from bias_detect.tabular import BadRecord, Record, as_text, iter_records, quoted, unit_of


@dataclass(slots=True)
class Sheet:
    """The rows of one or several tables, good or bad.

    Parameters
    ----------
    places : list of str
        What a person calls each row: ``row 12``, with the file in front where there are several.
    sentences : list of str
        The sentences; empty where a cell holds no text.
    labels, documents : list of str or None
        The labels and the documents; None where there is none.
    others : dict of str to list
        The cells of every other column.
    unreadable : list of str
        The rows that could not be read, and why: they are in none of the lists above.

    Examples
    --------
    >>> sheet = Sheet(["row 2"], ["She rang."], ["told"], [None], {"annotator": ["Ann"]})
    >>> sheet.sentences, sheet.unreadable
    (['She rang.'], [])
    """

    places: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    documents: list[str | None] = field(default_factory=list)
    others: dict[str, list[Any]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


def read_sheet(
    paths: Sequence[Path],
    *,
    text_column: str = SENTENCE,
    label_column: str = LABEL,
    group_column: str | None = None,
    annotator_column: str | None = None,
) -> Sheet:
    r"""Read one or several tables of annotated sentences, and refuse no row.

    Parameters
    ----------
    paths : sequence of Path
        The files, as for `bias_detect.corpus.read.read_corpus`.
    text_column, label_column : str
        The columns that hold the sentences and the labels.
    group_column : str, optional
        The column that names a sentence's document; without it ``document`` is used where there is one.
    annotator_column : str, optional
        The column that names who labelled, which becomes ``annotator`` among the others.

    Returns
    -------
    Sheet
        The rows of all files, one after the other.

    Raises
    ------
    CorpusError
        If a file cannot be read, has no row that can be, or lacks a column.
    UsageError
        If one column is named for two purposes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("sentence,label\nShe rang.,\n", encoding="utf-8")
    ...     sheet = read_sheet([path])
    >>> sheet.places, sheet.sentences, sheet.labels
    (['row 2'], ['She rang.'], [None])
    """
    asked = [text_column, label_column, *([] if group_column is None else [group_column])]
    named = [*asked, *([] if annotator_column is None else [annotator_column])]
    if len(set(named)) < len(named):
        raise UsageError(
            f"one column is named for two purposes ({quoted(named)})",
            next_step="give --text-column, --label-column, --group-column and --annotator-column a column each",
        )
    sheet = Sheet()
    for path in paths:
        _add(sheet, path, asked, annotator_column or ANNOTATOR, f"{path} " if len(paths) > 1 else "")
    return sheet


def readable_records(path: Path, prefix: str) -> tuple[list[Record], list[str], list[str]]:
    r"""Return the rows of a table that can be read, and say what is wrong with the others.

    Parameters
    ----------
    path : Path
        The table.
    prefix : str
        What stands before what is said of a row.

    Returns
    -------
    tuple of (list of Record, list of str, list of str)
        The rows, the names of their columns, and a note for each row that cannot be read.

    Raises
    ------
    CorpusError
        If no row can be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.jsonl")
    ...     _ = path.write_text('{"sentence": "She rang."}\n{"sentence": \n', encoding="utf-8")
    ...     rows, names, unreadable = readable_records(path, "a.jsonl: ")
    >>> len(rows), names, len(unreadable)
    (1, ['sentence'], 1)
    """
    records = list(iter_records(path, error=CorpusError))
    good = [record for record in records if not isinstance(record, BadRecord)]
    if not good:
        raise CorpusError("has no row that can be read", subject=path, next_step="choose a table with sentences")
    names = list(dict.fromkeys(name for record in good for name in record.cells))
    return good, names, [f"{prefix}{record.error.cause}" for record in records if isinstance(record, BadRecord)]


def _add(sheet: Sheet, path: Path, asked: list[str], annotator: str, prefix: str) -> None:
    """Put a file's rows behind those that are there."""
    good, names, unreadable = readable_records(path, prefix)
    sheet.unreadable += unreadable
    columns = dict.fromkeys(names)
    needed = [*asked, *([] if annotator == ANNOTATOR else [annotator])]
    if missing := [name for name in needed if name not in columns]:
        raise CorpusError(
            f"has no column {quoted(missing)} (it has {quoted(columns)})",
            subject=path,
            next_step="name the right one with --text-column, --label-column, --group-column or --annotator-column",
        )
    cells = {name: [record.cells.get(name) for record in good] for name in columns}
    nothing = [None] * len(good)
    text, label, *group = asked
    document = group[0] if group else DOCUMENT
    if annotator != ANNOTATOR:
        others = {f"given_{ANNOTATOR}" if name == ANNOTATOR else name: values for name, values in cells.items()}
        cells = {ANNOTATOR if name == annotator else name: values for name, values in others.items()}
        columns = dict.fromkeys(cells)
    for name in columns:
        if name not in (*asked, document):
            sheet.others.setdefault(name, [None] * len(sheet.places))
    for name, values in sheet.others.items():
        values += cells.get(name, nothing)
    sheet.places += [f"{prefix}{unit_of(path)} {record.number}" for record in good]
    sheet.sentences += map(sentence_text, cells[text])
    sheet.labels += label_texts(cells[label])
    # A column serves once: a table whose sentences stand in a column `document` has no documents.
    named = nothing if document in (text, label) else cells.get(document, nothing)
    sheet.documents += map(as_text, named)
