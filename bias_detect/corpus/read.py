"""Read annotated sentences: CSV, TSV, JSONL, Parquet and XLSX files to one canonical table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bias_detect.corpus import schema
from bias_detect.corpus.schema import DOCUMENT, LABEL, SENTENCE, Rows
from bias_detect.errors import CorpusError, UsageError
from bias_detect.tabular import BadRecord, as_text, iter_records, quoted, unit_of


def read_corpus(
    paths: str | Path | Iterable[str | Path],
    *,
    text_column: str = SENTENCE,
    label_column: str = LABEL,
    group_column: str | None = None,
    require_labels: bool = True,
) -> pd.DataFrame:
    r"""Read one or several tables of annotated sentences into one table.

    The format follows from the suffix: ``.csv``, ``.tsv``, ``.jsonl``, ``.parquet`` or ``.xlsx`` (first
    sheet). Text files are UTF-8. Only an empty cell is a missing value: a sentence ``NA`` stays ``NA``.

    Parameters
    ----------
    paths : path or iterable of paths
        The files; their rows follow one another.
    text_column, label_column : str
        The columns that hold the sentences and the labels.
    group_column : str, optional
        The column that names the document of a sentence, which must not be split. Without it the column
        ``document`` is used where there is one.
    require_labels : bool, default True
        Whether every sentence needs a label, and the whole at least two of them.

    Returns
    -------
    pandas.DataFrame
        ``sentence``, ``label`` and ``document``, all text, then the other columns as they are (in CSV and TSV
        files all cells are text). ``document`` is missing where it is not known: such a sentence is a group
        of its own. A column of one of the three names that is not the one asked for becomes ``given_<name>``.

    Raises
    ------
    CorpusError
        If a file cannot be read, or its table cannot be used; the message names the file, the cause and the
        next step.
    UsageError
        If one column is named for two purposes, or no file is named.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "reviews.csv"
    ...     _ = path.write_text("text,target\nNo visit was made.,0\nIt was obvious.,1\n", encoding="utf-8")
    ...     table = read_corpus(path, text_column="text", label_column="target")
    >>> table["label"].tolist()
    ['0', '1']
    """
    files = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    if not files:
        raise UsageError("no table is named", next_step="name at least one file of annotated sentences")
    named = [text_column, label_column, *([] if group_column is None else [group_column])]
    if len(set(named)) < len(named):
        raise UsageError(
            f"one column is named for two purposes ({quoted(named)})",
            next_step="give --text-column, --label-column and --group-column a column each",
        )
    tables = [
        _canonical(
            *_read(path),
            text_column=text_column,
            label_column=label_column,
            group_column=group_column,
            require_labels=require_labels,
        )
        for path in files
    ]
    table = pd.concat(tables, ignore_index=True)
    if require_labels:
        schema.check_classes(table[LABEL], ", ".join(str(path) for path in files))
    return table


def _canonical(
    frame: pd.DataFrame,
    rows: Rows,
    *,
    text_column: str,
    label_column: str,
    group_column: str | None,
    require_labels: bool,
) -> pd.DataFrame:
    """Check one file's table and give its columns their canonical names."""
    if frame.empty:
        raise CorpusError("holds no rows", subject=rows.path, next_step="choose a table with annotated sentences")
    _require_column(frame, text_column, rows, what="the sentences", option="--text-column")
    if require_labels:
        _require_column(frame, label_column, rows, what="the labels", option="--label-column")
    if group_column is not None:
        _require_column(frame, group_column, rows, what="the documents", option="--group-column")
    document_column = DOCUMENT if group_column is None else group_column

    columns: dict[str, Sequence[str | None]] = {}
    columns[SENTENCE] = schema.check_sentences(frame[text_column].tolist(), rows, text_column)
    if label_column not in frame:
        columns[LABEL] = [None] * len(frame)
    elif require_labels:
        columns[LABEL] = schema.check_labels(frame[label_column].tolist(), rows, label_column)
    else:
        columns[LABEL] = schema.label_texts(frame[label_column].tolist())
    # A column serves once: a table whose sentences stand in a column `document` has no documents.
    has_documents = document_column in frame and document_column not in (text_column, label_column)
    columns[DOCUMENT] = [as_text(value) for value in frame[document_column]] if has_documents else [None] * len(frame)
    others = frame.drop(columns={text_column, label_column, document_column} & set(frame.columns))
    others = others.rename(columns={name: f"given_{name}" for name in columns})
    return pd.concat([pd.DataFrame(columns, dtype="object"), others.reset_index(drop=True)], axis="columns")


def _require_column(frame: pd.DataFrame, name: str, rows: Rows, *, what: str, option: str) -> None:
    """Raise if a table lacks a column, listing those it has and the option that names another."""
    if name in frame:
        return
    columns = list(frame.columns)
    next_step = f"name the one that holds {what} with {option}"
    if len(columns) == 1 and any(mark in str(columns[0]) for mark in ";\t|"):
        next_step = "its cells do not seem to be separated by commas: save it as a comma-separated file"
    raise CorpusError(
        f"has no column {quoted([name])} (it has {quoted(columns)})", subject=rows.path, next_step=next_step
    )


def _read(path: Path) -> tuple[pd.DataFrame, Rows]:
    """Read a file whole."""
    records: list[dict[str, Any]] = []
    numbers: list[int] = []
    for record in iter_records(path, error=CorpusError):
        if isinstance(record, BadRecord):
            raise record.error
        records.append(record.cells)
        numbers.append(record.number)
    columns = list(dict.fromkeys(name for record in records for name in record))
    frame = pd.DataFrame({name: [record.get(name) for record in records] for name in columns}, dtype="object")
    return frame, Rows(path, numbers, unit=unit_of(path))
