"""What is known about reports from elsewhere, joined to the table of reports."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bias_detect.errors import CorpusError, UsageError
from bias_detect.tabular import BadRecord, as_text, iter_records

if TYPE_CHECKING:
    import pandas as pd


def read_metadata(path: str | Path) -> pd.DataFrame:
    """Read a table of what is known about reports.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, JSONL, Parquet or XLSX.

    Returns
    -------
    pandas.DataFrame
        The table.

    Raises
    ------
    CorpusError
        If it cannot be read.
    """
    import pandas as pd

    rows = []
    for record in iter_records(Path(path), error=CorpusError):
        if isinstance(record, BadRecord):
            raise record.error
        rows.append(record.cells)
    return pd.DataFrame(rows, dtype="object").astype("object").where(lambda table: table.notna(), None)


def join_metadata(
    reports: pd.DataFrame, table: pd.DataFrame, *, leave_out: Container[str] = ()
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Join a table to the reports, by whichever of its columns names the most of them.

    A cell names a report if it is the report's name, its file's name, or that without its ending; failing that, if it
    is so but for upper and lower case.

    Parameters
    ----------
    reports : pandas.DataFrame
        The table of reports.
    table : pandas.DataFrame
        The metadata.
    leave_out : container of str
        Columns that do not join: those whose texts were audited.

    Returns
    -------
    tuple of (pandas.DataFrame, list of str, list of str)
        The reports with the other columns of the metadata, the names of these, and what must be said.

    Raises
    ------
    UsageError
        If no column names any report.

    Examples
    --------
    >>> import pandas as pd
    >>> about = pd.DataFrame({"report": ["ann", "ben"], "year": ["2019", "2020"]})
    >>> joined, *_ = join_metadata(pd.DataFrame({"document": ["north/ann.pdf"]}), about)
    >>> joined["year"].tolist()
    [2019]
    """
    documents = reports["document"].tolist()
    best: dict[int, int] = {}
    key = None
    for column in table:
        places = _places(documents, [_text(cell) for cell in table[column]])
        if len(places) > len(best):
            best, key = places, column
    if documents and key is None:
        raise UsageError(
            "no column names any of the reports",
            subject="the metadata",
            next_step="add one with their file names, or with the identifiers of --id-column; what is done is kept",
        )
    joined, names = reports.copy(), []
    order = [best.get(place, -1) for place in range(len(documents))]
    for column in table:
        if column != key and column not in leave_out:
            name = str(column) if column not in reports else f"metadata_{column}"
            joined[name] = _typed([None if row < 0 else table[column].iloc[row] for row in order])
            names.append(name)
    notes = []
    if len(best) < len(documents):
        notes.append(f"The metadata says nothing of {len(documents) - len(best):,} of {len(documents):,} reports.")
    twice = sum(table[key].duplicated()) if key is not None else 0
    if twice:
        notes.append(f"{twice:,} rows of the metadata repeat a name in its column {key}; the first row was taken.")
    return joined, names, notes


def _places(documents: Sequence[str], cells: Sequence[str | None]) -> dict[int, int]:
    """Return the row for each document that one names: by the whole name first, by a looser likeness last."""
    found: dict[int, int] = {}
    for folded in (False, True):
        rows: dict[str, int] = {}
        for row, cell in enumerate(cells):
            if cell is not None:
                rows.setdefault(cell.casefold() if folded else cell, row)
        for place, document in enumerate(documents):
            file = PurePosixPath(document)
            for name in (document, file.name, str(file.with_suffix("")) if file.name else document, file.stem):
                row_of = rows.get(name.casefold() if folded else name)
                if place not in found and row_of is not None:
                    found[place] = row_of
    return found


def _text(cell: object) -> str | None:
    text = as_text(cell)
    return None if text is None else text.strip().replace("\\", "/")


def _typed(cells: list[object]) -> pd.Series:
    """Return cells as numbers where every one is written as the number itself would be, so that 007 stays a text."""
    import pandas as pd

    column = pd.Series(cells, dtype="object")
    present = [str(cell) for cell in cells if cell is not None]
    for kind, type_ in ((int, "Int64"), (float, "Float64")):
        try:
            if present and all(str(kind(cell)) == cell for cell in present):
                return pd.Series([None if cell is None else kind(str(cell)) for cell in cells], dtype=type_)
        except (ValueError, OverflowError):
            continue
    return column
