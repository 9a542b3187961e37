"""What is known about reports from elsewhere, joined to the table of reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bias_detect.errors import CorpusError, UsageError
from bias_detect.tabular import BadRecord, as_text, iter_records

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 5
_FILE = "file"  # among the attributes of a table: where it was read from
_LARGEST = 2**63  # that a column of whole numbers can hold


def read_metadata(path: str | Path) -> pd.DataFrame:
    r"""Read a table of what is known about reports.

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

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("report,year\na.pdf,2019\n", encoding="utf-8")
    ...     read_metadata(path).to_dict("records")
    [{'report': 'a.pdf', 'year': '2019'}]
    """
    import pandas as pd

    rows = []
    for record in iter_records(Path(path), error=CorpusError):
        if isinstance(record, BadRecord):
            raise record.error
        rows.append(record.cells)
    table = pd.DataFrame(rows, dtype="object").astype("object").where(lambda table: table.notna(), None)
    table.attrs[_FILE] = str(path)
    return table


def check_metadata(table: pd.DataFrame, documents: Sequence[str]) -> None:
    """Refuse a table that says nothing of any document, before these are scored.

    Parameters
    ----------
    table : pandas.DataFrame
        The metadata.
    documents : sequence of str
        All documents that were found, whatever will become of them.

    Raises
    ------
    UsageError
        If no column names any of them.

    Examples
    --------
    >>> import pandas as pd
    >>> check_metadata(pd.DataFrame({"report": ["ann"], "year": ["2019"]}), ["north/ann.pdf"])
    """
    if documents and not any(_places(documents, [_text(cell) for cell in table[column]]) for column in table):
        raise _names_none(table, documents)


def _names_none(table: pd.DataFrame, documents: Sequence[str]) -> UsageError:
    return UsageError(
        f"no column ({first_few([*map(str, table)])}) names any of the reports ({first_few(documents)})",
        subject=table.attrs.get(_FILE, "the metadata"),
        next_step="add one with their file names, or with the identifiers of --id-column; what is done is kept",
    )


def join_metadata(
    reports: pd.DataFrame,
    table: pd.DataFrame,
    *,
    leave_out: Container[str] = (),
    copies: Sequence[tuple[str, str]] = (),
    unscored: Sequence[str] = (),
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Join a table to the reports, by whichever of its columns names the most of them.

    A cell names a report if it is the report's name, its file's name, or that without its ending; failing that, if it
    is so but for upper and lower case. Where no row names a report, one that names a copy of it is taken.

    Parameters
    ----------
    reports : pandas.DataFrame
        The table of reports.
    table : pandas.DataFrame
        The metadata.
    leave_out : container of str
        Columns that do not join: those whose texts were audited.
    copies : sequence of tuple of str
        Documents of the same content as a report, and that report.
    unscored : sequence of str
        Documents that are not in the table of reports, but that rows may well name.

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
    everything = [*documents, *(copy for copy, _ in copies), *unscored]
    best: dict[int, int] = {}
    key = None
    for column in table:
        places = _places(everything, [_text(cell) for cell in table[column]])
        if len(places) > len(best):
            best, key = places, column
    of_copies: dict[str, dict[str, int]] = {}
    for place, (copy, original) in enumerate(copies, len(documents)):
        if place in best:
            of_copies.setdefault(original, {})[copy] = best[place]
    order = [best.get(place, next(iter(of_copies.get(name, {}).values()), -1)) for place, name in enumerate(documents)]
    if documents and max(order) < 0:
        raise _names_none(table, documents)
    joined, names = reports.copy(), []
    for column in table:
        if column != key and column not in leave_out:
            name = str(column) if column not in reports else f"metadata_{column}"
            joined[name] = _typed([None if row < 0 else table[column].iloc[row] for row in order])
            names.append(name)
    notes = []
    if order.count(-1):
        unsaid = first_few([name for name, row in zip(documents, order, strict=True) if row < 0])
        notes.append(f"The metadata says nothing of {order.count(-1):,} of {len(documents):,} reports: {unsaid}.")
    if key is None:
        return joined, names, notes
    about = table.drop(columns=[key, *(column for column in table if column in leave_out)])
    unlike = [
        f"{name} ({first_few([copy for copy, row in of_copies[name].items() if _differ(about, taken, row)])})"
        for name, taken in zip(documents, order, strict=True)
        if any(_differ(about, taken, row) for row in of_copies.get(name, {}).values())
    ]
    if unlike:
        notes.append(
            "The metadata says other things of copies than of the report itself, or than of its first copy, whose row "
            f"was taken: {first_few(unlike)}."
        )
    cells = [_text(cell) for cell in table[key]]
    named = [cell for cell in cells if cell is not None]
    twice = len(named) - len(set(named))
    if twice:
        repeat = "row of the metadata repeats" if twice == 1 else "rows of the metadata repeat"
        which = first_few([name for name, times in Counter(named).items() if times > 1])
        notes.append(f"{twice:,} {repeat} a name in its column {key}: {which}; the first row was taken.")
    known = {form.casefold() for name in everything for form in _forms(name)}
    lost = [cell or "a row without a name" for cell in cells if _fold(cell) not in known]
    if lost:
        name = "row of the metadata names" if len(lost) == 1 else "rows of the metadata name"
        notes.append(f"{len(lost):,} {name} no report in its column {key}: {first_few(lost)}.")
    return joined, names, notes


def first_few(names: Sequence[str]) -> str:
    """List names, but of many only the first.

    Parameters
    ----------
    names : sequence of str
        The names.

    Returns
    -------
    str
        Up to five of them.

    Examples
    --------
    >>> first_few(["a", "b"]), first_few(list("abcdefg"))
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _differ(table: pd.DataFrame, one: int, other: int) -> bool:
    return one != other and [*map(as_text, table.iloc[one])] != [*map(as_text, table.iloc[other])]


def _fold(cell: str | None) -> str:
    return (cell or "").casefold()


def _forms(document: str) -> tuple[str, ...]:
    """Return the names by which a cell may name a document."""
    file = PurePosixPath(document)
    return document, file.name, str(file.with_suffix("")) if file.name else document, file.stem


def _places(documents: Sequence[str], cells: Sequence[str | None]) -> dict[int, int]:
    """Return the row for each document that one names: by the whole name first, by a looser likeness last."""
    found: dict[int, int] = {}
    for folded in (False, True):
        rows: dict[str, int] = {}
        for row, cell in enumerate(cells):
            if cell is not None:
                rows.setdefault(cell.casefold() if folded else cell, row)
        for place, document in enumerate(documents):
            for name in _forms(document):
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
            fits = all(str(kind(cell)) == cell and (kind is float or abs(int(cell)) < _LARGEST) for cell in present)
            if present and fits:
                return pd.Series([None if cell is None else kind(str(cell)) for cell in cells], dtype=type_)
        except (ValueError, OverflowError):
            continue
    return column
