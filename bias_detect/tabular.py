"""Table files, row by row: CSV, TSV, JSONL, Parquet and XLSX to records, in memory that does not grow with the rows."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from bias_detect.errors import BiasDetectError

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")
"""Endings of the names of table files that can be read."""

_BATCH_ROWS = 256
_HEAD_BYTES = 8192
# What a file begins with when it is not the text that its name promises.
_MAGIC = {
    b"PK\x03\x04": "a zip archive or Office file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_INDEX_COLUMN = re.compile(r"__index_level_\d+__")  # pandas' own, in Parquet files


class Record(NamedTuple):
    """One row of a table.

    Parameters
    ----------
    number : int
        Its number as a person counts in that format: in a spreadsheet the header is row 1.
    cells : dict of str to object
        What stands under each column; None for an empty cell.
    """

    number: int
    cells: dict[str, Any]


class BadRecord(NamedTuple):
    """A row that could not be read, though those after it may be.

    Parameters
    ----------
    number : int
        Its number, as that of a `Record`.
    error : BiasDetectError
        Why.
    """

    number: int
    error: BiasDetectError


class _Source(NamedTuple):
    """A file that is read, and the error that is raised for it."""

    path: Path
    error: type[BiasDetectError]
    longest: int


def unit_of(path: Path) -> str:
    """Return what is counted in a table file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        ``line`` for JSONL, ``row`` for every other format.

    Examples
    --------
    >>> unit_of(Path("a.jsonl")), unit_of(Path("a.xlsx"))
    ('line', 'row')
    """
    return "line" if path.suffix.lower() == ".jsonl" else "row"


def quoted(names: Iterable[object], most: int = 12) -> str:
    r"""Return column or label names fit for a message: quoted, made printable, and not too many.

    Parameters
    ----------
    names : iterable of object
        The names.
    most : int, default 12
        How many to show before the rest is only counted.

    Returns
    -------
    str
        The names with commas between them.

    Examples
    --------
    >>> quoted(["text", "a" * 50, "x\x00"], most=2)
    "'text', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…', and 1 more"
    """
    texts = [str(name) for name in names]
    shown = [repr(text if len(text) <= 40 else text[:40] + "…") for text in texts[:most]]
    if len(texts) > most:
        shown.append(f"and {len(texts) - most} more")
    return ", ".join(shown)


def as_text(value: Any) -> str | None:
    """Return a cell's value as text: whole numbers without a decimal point, None for a missing one.

    Parameters
    ----------
    value : object
        What a reader found in a cell.

    Returns
    -------
    str or None
        The text without white space at its ends; None for an empty, blank, None or NaN cell.

    Examples
    --------
    >>> [as_text(value) for value in (1, 1.0, 0.5, True, " yes ", "", float("nan"))]
    ['1', '1', '0.5', 'True', 'yes', None, None]
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if not isinstance(value, (int, float)):  # what numpy and pandas make of numbers and of missing values
        import numpy as np
        import pandas as pd

        if pd.api.types.is_scalar(value) and pd.isna(value):
            return None
        value = float(value) if isinstance(value, np.floating) else value
    if isinstance(value, float):
        if math.isnan(value):
            return None
        value = int(value) if value.is_integer() else value
    return str(value).strip() or None


def iter_records(
    path: Path, *, error: type[BiasDetectError], columns: Sequence[str] | None = None, longest: int = 131_072
) -> Iterator[Record | BadRecord]:
    r"""Yield the rows of a table file, one after the other; the first sheet of a workbook.

    The format follows from the suffix. Text files are UTF-8; blank rows are passed over. Only an empty cell is a
    missing value: a cell ``NA`` stays ``NA``.

    Parameters
    ----------
    path : Path
        The file.
    error : type of BiasDetectError
        The error to raise.
    columns : sequence of str, optional
        Columns that are needed. Where a format can leave the others unread, it does.
    longest : int, default 131072
        Characters that a cell of a CSV or TSV file may have.

    Yields
    ------
    Record or BadRecord
        The rows in order.

    Raises
    ------
    BiasDetectError
        Of the type ``error``, where the file or its header cannot be read, or not to its end.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("id,text\n1,She rang.\n2,\n")
    ...     [row.cells for row in iter_records(path, error=BiasDetectError)]
    [{'id': '1', 'text': 'She rang.'}, {'id': '2', 'text': None}]
    """
    suffix = path.suffix.lower()
    if suffix not in TABLE_SUFFIXES:
        raise error(
            f"is no table that can be read (its name ends in {suffix or 'nothing'!r})",
            subject=path,
            next_step=f"save it as one of {', '.join(TABLE_SUFFIXES)}",
        )
    if "\0" not in str(path) and path.is_dir():
        raise error("is a folder", subject=path, next_step="name the table inside it")
    source = _Source(path, error, longest)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            if not head:
                raise error("is empty", subject=path, next_step="choose a table with rows")
            file.seek(0)
            if suffix == ".parquet":
                yield from _parquet(source, file, columns)
            elif suffix == ".xlsx":
                yield from _keyed(source, _xlsx(source, file))
            else:
                _check_text(source, head)
                if suffix == ".jsonl":
                    yield from _jsonl(source, file)
                else:
                    yield from _keyed(source, _delimited(source, file, "\t" if suffix == ".tsv" else ","))
    except FileNotFoundError:
        raise error("no such file", subject=path, next_step="check the path") from None
    except (OSError, ValueError) as problem:
        cause = getattr(problem, "strerror", None) or str(problem)
        raise error(f"cannot be read ({cause})", subject=path, next_step="check the file") from problem


def _check_text(source: _Source, head: bytes) -> None:
    """Raise where the first bytes are not those of UTF-8 text."""
    kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if head.startswith(_UTF16):
        raise source.error(
            "is UTF-16, not UTF-8", subject=source.path, next_step="save it again with the encoding UTF-8"
        )
    if kind is not None or b"\0" in head:
        raise source.error(
            f"is {kind or 'a binary file'}, not a text table",
            subject=source.path,
            next_step="give it the suffix of its real format, or export it as CSV UTF-8",
        )


def _lines(source: _Source, file: IO[bytes]) -> Iterator[str]:
    """Yield the lines of UTF-8 text with their ends, without a byte order mark."""
    before = 0
    for data in file:
        try:
            line = data.decode("utf-8")
        except UnicodeDecodeError as problem:
            raise source.error(
                f"is not UTF-8 (byte 0x{data[problem.start]:02X} at offset {before + problem.start:,})",
                subject=source.path,
                next_step="save it again with the encoding UTF-8",
            ) from None
        yield line if before else line.removeprefix("\ufeff")
        before += len(data)


def _delimited(source: _Source, file: IO[bytes], delimiter: str) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield the rows of CSV or TSV with their numbers: all cells as text."""
    lines = (part for line in _lines(source, file) for part in io.StringIO(line, newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        usual = csv.field_size_limit(source.longest)  # the limit is one for the whole process
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            raise _unparsable(source, number, problem) from None
        finally:
            csv.field_size_limit(usual)
        if cells is None:
            return
        yield number, cells


def _unparsable(source: _Source, number: int, problem: csv.Error) -> BiasDetectError:
    if "field limit" in str(problem):
        return source.error(
            f"row {number} has a cell of more than {source.longest:,} characters",
            subject=source.path,
            next_step="look for a quotation mark left open, or split the text",
        )
    return source.error(
        f"row {number} cannot be parsed ({problem})",
        subject=source.path,
        next_step="check its quotation marks: one inside a cell is written twice",
    )


def _xlsx(source: _Source, file: IO[bytes]) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield the rows of the first sheet of a workbook, with the values that its formulas last had."""
    import openpyxl
    from openpyxl.cell.cell import ERROR_CODES

    def unreadable(problem: Exception) -> BiasDetectError:
        return source.error(
            f"is no Excel workbook that can be read ({type(problem).__name__})",
            subject=source.path,
            next_step="open it in Excel and save it again as .xlsx, or export it as CSV UTF-8",
        )

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write wrong ones
        rows = iter(sheet.iter_rows(values_only=True))
    except Exception as problem:  # openpyxl lets through whatever its parsers raise on a damaged workbook
        raise unreadable(problem) from problem
    number = 0
    while True:
        number += 1
        try:
            cells = next(rows, None)
        except Exception as problem:
            raise unreadable(problem) from problem
        if cells is None:
            return
        yield number, ["" if cell is None or cell in ERROR_CODES else cell for cell in cells]


def _keyed(source: _Source, rows: Iterator[tuple[int, Sequence[object]]]) -> Iterator[Record | BadRecord]:
    """Yield rows of cells as records; the first of them that is not blank is the header."""
    filled = ((number, cells) for number, cells in rows if any(cell != "" for cell in cells))
    number, header = next(filled, (0, ()))
    names = [as_text(cell) or "" for cell in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise source.error("holds no rows", subject=source.path, next_step="choose a table with rows")
    names = [name or f"unnamed_{position}" for position, name in enumerate(names, start=1)]
    _check_unique(source, names)
    spreadsheet = source.path.suffix.lower() == ".xlsx"
    for number, cells in filled:
        missing = len(names) - len(cells)
        if (missing > 0 and not spreadsheet) or any(cell != "" for cell in cells[len(names) :]):
            problem = source.error(
                f"row {number} has {len(cells)} cells where the header has {len(names)}",
                subject=source.path,
                next_step="put quotation marks round a cell that holds the separator, and name every column",
            )
            yield BadRecord(number, problem)
            continue
        values = [None if cell == "" else cell for cell in cells] + [None] * missing
        yield Record(number, dict(zip(names, values, strict=False)))


def _check_unique(source: _Source, names: Sequence[str]) -> None:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise source.error(
            f"has more than one column of the name {quoted(twice)}",
            subject=source.path,
            next_step="rename one of them",
        )


def _jsonl(source: _Source, file: IO[bytes]) -> Iterator[Record | BadRecord]:
    """Yield one JSON object a line."""
    for number, line in enumerate(_lines(source, file), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
            if "\\ud" in line.lower():
                json.dumps(cells, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError) as problem:
            reason = getattr(problem, "msg", None) or getattr(problem, "reason", None) or type(problem).__name__
            bad = source.error(
                f"line {number} is not valid JSON ({reason})",
                subject=source.path,
                next_step="write one JSON object a line",
            )
            yield BadRecord(number, bad)
            continue
        if not isinstance(cells, dict):
            bad = source.error(
                f"line {number} holds no JSON object but a {type(cells).__name__}",
                subject=source.path,
                next_step="write one object a line, whose keys are the names of the columns",
            )
            yield BadRecord(number, bad)
            continue
        yield Record(number, cells)


def _parquet(source: _Source, file: IO[bytes], columns: Sequence[str] | None) -> Iterator[Record]:
    """Yield the rows of a Parquet file, counted from 1, for it has no header row."""
    number = 0
    try:
        import pyarrow.parquet

        table = pyarrow.parquet.ParquetFile(file)
        names = [name for name in table.schema_arrow.names if not _INDEX_COLUMN.fullmatch(name)]
        _check_unique(source, names)
        # Where one that is needed is missing, all are read, so that the message can list them.
        wanted = list(columns) if columns is not None and set(columns) <= set(names) else names
        for batch in table.iter_batches(batch_size=_BATCH_ROWS, columns=wanted):
            for cells in batch.to_pylist():
                number += 1
                yield Record(number, {str(name): value for name, value in cells.items()})
    except BiasDetectError:
        raise
    except Exception as problem:  # pyarrow raises many kinds on a damaged file
        raise source.error(
            f"is no Parquet file that can be read ({type(problem).__name__})",
            subject=source.path,
            next_step="write it again, or export it as CSV UTF-8",
        ) from problem
