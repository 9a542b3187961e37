"""Table files, row by row: CSV, TSV, JSONL, Parquet and XLSX to records, in memory that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bias_detect.errors import BiasDetectError
from bias_detect.tabular.binary import parquet_records, workbook_rows
from bias_detect.tabular.cells import as_text, quoted
from bias_detect.tabular.rows import BadRecord, Record, Source, keyed, unit_of
from bias_detect.tabular.text import check_text, delimited_rows, delimiter_of, json_records

__all__ = ["TABLE_SUFFIXES", "BadRecord", "Record", "as_text", "iter_records", "quoted", "unit_of"]

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")
"""Endings of the names of table files that can be read."""

_HEAD_BYTES = 8192


def iter_records(
    path: Path, *, error: type[BiasDetectError], columns: Sequence[str] | None = None, longest: int = 131_072
) -> Iterator[Record | BadRecord]:
    r"""Yield the rows of a table file, one after the other; the first sheet of a workbook.

    The format follows from the suffix. Text files are UTF-8; cells of CSV stand between commas or, as its first line
    says, semicolons or tabulators; blank rows are passed over. Only an empty cell is a missing value: a cell ``NA``
    stays ``NA``.

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
    source = Source(path, error, longest)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            if not head:
                raise error("is empty", subject=path, next_step="choose a table with rows")
            file.seek(0)
            if suffix == ".parquet":
                yield from parquet_records(source, file, columns)
            elif suffix == ".xlsx":
                yield from keyed(source, workbook_rows(source, file))
            else:
                check_text(source, head)
                if suffix == ".jsonl":
                    yield from json_records(source, file)
                else:
                    yield from keyed(
                        source, delimited_rows(source, file, "\t" if suffix == ".tsv" else delimiter_of(head))
                    )
    except FileNotFoundError:
        raise error("no such file", subject=path, next_step="check the path") from None
    except (OSError, ValueError) as problem:
        cause = getattr(problem, "strerror", None) or str(problem)
        raise error(f"cannot be read ({cause})", subject=path, next_step="check the file") from problem
