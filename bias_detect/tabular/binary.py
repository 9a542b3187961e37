"""Tables that are no text: Excel workbooks and Parquet files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO

from bias_detect.errors import BiasDetectError
from bias_detect.tabular.rows import Record, Source, check_unique

_BATCH_ROWS = 256
_INDEX_COLUMN = re.compile(r"__index_level_\d+__")  # pandas' own, in Parquet files


def workbook_rows(source: Source, file: IO[bytes]) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield the rows of the first sheet of a workbook, with the values that its formulas last had.

    Parameters
    ----------
    source : Source
        The file.
    file : binary file
        Its content.

    Yields
    ------
    int
        The number of the row.
    sequence of object
        Its cells; empty texts for empty cells and for errors of formulas.

    Raises
    ------
    BiasDetectError
        If it is no workbook that can be read.
    """
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


def parquet_records(source: Source, file: IO[bytes], columns: Sequence[str] | None) -> Iterator[Record]:
    """Yield the rows of a Parquet file, counted from 1, for it has no header row.

    Parameters
    ----------
    source : Source
        The file.
    file : binary file
        Its content.
    columns : sequence of str, optional
        The columns that are needed; without them, or where one is missing, all are read.

    Yields
    ------
    Record
        The rows.

    Raises
    ------
    BiasDetectError
        If it is no Parquet file that can be read, or a name stands in it twice.
    """
    number = 0
    try:
        import pyarrow.parquet

        table = pyarrow.parquet.ParquetFile(file)
        names = [name for name in table.schema_arrow.names if not _INDEX_COLUMN.fullmatch(name)]
        check_unique(source, names)
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
