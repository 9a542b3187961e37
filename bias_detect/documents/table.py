"""Tables of texts: each row of a CSV, TSV, JSONL, Parquet or XLSX file is a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from bias_detect.documents.cleaning import clean_text
from bias_detect.documents.document import Document, Part, name_of
from bias_detect.documents.text import split_paragraphs
from bias_detect.errors import DocumentError, UsageError
from bias_detect.tabular import BadRecord, Record, as_text, iter_records, quoted, unit_of

MAX_CELL = 20_000_000
"""Characters that a cell may have: a report of some three million words."""

_ROWS_LOOKED_AT = 1_000  # of a JSONL file, whose columns are those of all its lines


def iter_table(
    path: str | Path, *, text_columns: Sequence[str], id_column: str | None = None
) -> Iterator[tuple[str, Document | DocumentError]]:
    r"""Yield the rows of a table one after the other, each as a document.

    A document is named by its identifier, else, and where the identifier was met before, by the file and the row's
    number. Each text column is a section of the column's name; blank lines part paragraphs, and line ends inside a
    paragraph stay as they are. Memory does not grow with the rows, but for a number a name and, in a workbook,
    for the texts that Excel keeps together.

    Parameters
    ----------
    path : str or Path
        A file whose name ends in ``.csv``, ``.tsv``, ``.jsonl``, ``.parquet`` or ``.xlsx``; text is UTF-8.
    text_columns : sequence of str
        The columns that hold the texts, in reading order.
    id_column : str, optional
        The column that names a row.

    Yields
    ------
    tuple of str and (Document or DocumentError)
        The document's name, unlike every other of the table, and the document, or why there is none.

    Raises
    ------
    DocumentError
        Where the table cannot be read, or not to its end, or lacks one of the columns.
    UsageError
        Where no text column is named, or one is named twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "reports.csv")
    ...     _ = path.write_text("ref,concerns\nA7,The form had no box.\nA8,\n")
    ...     rows = list(iter_table(path, text_columns=["concerns"], id_column="ref"))
    >>> rows[0][1].paragraphs[0].section
    'concerns'
    >>> print(rows[1][0], rows[1][1])
    A8 A8: has no text in 'concerns'; fill it in, or leave the row out
    """
    path = Path(path)
    for column in {column for column in text_columns if list(text_columns).count(column) > 1}:
        raise UsageError(f"--text-column names {quoted([column])} twice", next_step="name each column once")
    if not text_columns:
        raise UsageError("no column with texts is named", next_step="name it with --text-column")
    needed = list(dict.fromkeys([*text_columns, *([] if id_column is None else [id_column])]))
    records = iter_records(path, error=DocumentError, columns=needed, longest=MAX_CELL)
    names = _Names(name_of(path))
    for record in chain(_with_columns(records, path, needed), records):
        if isinstance(record, BadRecord):
            name = names.take(None, record.number)
            yield name, DocumentError(record.error.cause, subject=name, next_step=record.error.next_step)
            continue
        name = names.take(None if id_column is None else as_text(record.cells.get(id_column)), record.number)
        try:
            yield name, Document.from_parts(name, _parts(name, record.cells, text_columns))
        except DocumentError as error:
            yield name, error


def _with_columns(records: Iterator[Record | BadRecord], path: Path, needed: Sequence[str]) -> list[Record | BadRecord]:
    """Take the first rows, as many as show that the table has the columns; raise where it lacks one."""
    first: list[Record | BadRecord] = []
    found: dict[str, None] = {}
    for record in islice(records, _ROWS_LOOKED_AT):
        first.append(record)
        if isinstance(record, Record):
            found.update(dict.fromkeys(record.cells))
            if unit_of(path) == "row" or found.keys() >= set(needed):
                break
    if not found:
        raise DocumentError("holds no rows that can be read", subject=path, next_step="choose a table with rows")
    if missing := [name for name in needed if name not in found]:
        raise DocumentError(
            f"has no column {quoted(missing)} (it has {quoted(found)})",
            subject=path,
            next_step="name those that hold the texts with --text-column, and that of the names with --id-column",
        )
    return first


class _Names:
    """Give each row a name that no other row has."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._taken: set[int] = set()

    def take(self, identifier: str | None, number: int) -> str:
        """Return the identifier, or the file's name where there is none, made unlike those before with its number."""
        name = f"{self._file}#{number}" if identifier is None else " ".join(clean_text(identifier).split())
        while hash(name) in self._taken:
            name = f"{name}#{number}"
        self._taken.add(hash(name))
        return name


def _parts(name: str, cells: dict[str, Any], columns: Sequence[str]) -> Iterator[Part]:
    """Yield the paragraphs of a row, and raise where it has none."""
    empty = True
    for column in columns:
        value = cells.get(column)
        if isinstance(value, (list, dict, bytes)):
            raise DocumentError(
                f"holds a {type(value).__name__} in {quoted([column])}, not text",
                subject=name,
                next_step="write it as text, or name another column with --text-column",
            )
        text = clean_text(as_text(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        for paragraph in split_paragraphs([text], name):
            empty = False
            yield Part(paragraph, section=column)
    if empty:
        raise DocumentError(
            f"has no text in {quoted(columns)}", subject=name, next_step="fill it in, or leave the row out"
        )
