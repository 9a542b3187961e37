"""Tables that are no text: Excel workbooks and Parquet files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from bias_detect.errors import BiasDetectError
from bias_detect.files import MOST_RATIO, is_bomb, open_entry
from bias_detect.tabular.cells import quoted
from bias_detect.tabular.rows import Record, Source, check_unique

_BATCH_ROWS = 256
_BATCH_BYTES = 500_000_000
_MOST_ROWS = 1_048_576
_MOST_CELLS = 200_000_000  # with the empty ones, which stand in no file and still take their time
_MOST_BYTES = 500_000_000  # of a sheet, unpacked
_MOST_OTHER_BYTES = 100_000_000  # of any other part: these are held in memory
_CHUNK = 1 << 16
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
        If it is no workbook that can be read, or unpacks to absurdly much.

    Examples
    --------
    >>> import io
    >>> from pathlib import Path
    >>> import openpyxl
    >>> book, file = openpyxl.Workbook(), io.BytesIO()
    >>> book.active.append(["id", "text"])
    >>> book.save(file)
    >>> list(workbook_rows(Source(Path("a.xlsx"), BiasDetectError, 1000), file))
    [(1, ['id', 'text'])]
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
        _check_parts(source, file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write wrong ones
        rows = iter(sheet.iter_rows(values_only=True))
    except BiasDetectError:
        raise
    except Exception as problem:  # openpyxl lets through whatever its parsers raise on a damaged workbook
        raise unreadable(problem) from problem
    number = counted = 0
    while True:
        number += 1
        try:
            cells = next(rows, None)
        except Exception as problem:
            raise unreadable(problem) from problem
        if cells is None:
            return
        if number > _MOST_ROWS:  # a row of a number of its own choosing has as many empty ones before it
            raise source.error(
                f"has a row of a number above {_MOST_ROWS:,}, which Excel does not have",
                subject=source.path,
                next_step="open it in Excel and save it again as .xlsx, or export it as CSV UTF-8",
            )
        counted += len(cells)
        if counted > _MOST_CELLS:
            raise source.error(
                f"has more than {_MOST_CELLS:,} cells", subject=source.path, next_step="export it as CSV UTF-8"
            )
        yield number, ["" if cell is None or cell in ERROR_CODES else cell for cell in cells]


def _check_parts(source: Source, file: IO[bytes]) -> None:
    """Refuse a workbook of which a part unpacks to absurdly much, or to more than it says."""
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            most = _MOST_BYTES if "/worksheets/" in entry.filename else _MOST_OTHER_BYTES
            if entry.file_size > most or is_bomb(entry):
                raise source.error(
                    f"holds {quoted([entry.filename])}, which unpacks to {entry.file_size:,} bytes",
                    subject=source.path,
                    next_step="check where it comes from; if it is sound, export it as CSV UTF-8",
                )
            with open_entry(archive, entry) as part:
                while part.read(_CHUNK):  # to its end, where it comes out if it holds more
                    pass


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
        If it is no Parquet file that can be read, unpacks to absurdly much, or a name stands in it twice.

    Examples
    --------
    >>> import io
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> file = io.BytesIO(pd.DataFrame({"text": ["She rang."]}).to_parquet())
    >>> list(parquet_records(Source(Path("a.parquet"), BiasDetectError, 1000), file, None))
    [Record(number=1, cells={'text': 'She rang.'})]
    """
    number = 0
    try:
        import pyarrow.parquet

        table = pyarrow.parquet.ParquetFile(file)
        names = [name for name in table.schema_arrow.names if not _INDEX_COLUMN.fullmatch(name)]
        check_unique(source, names)
        # Where one that is needed is missing, all are read, so that the message can list them.
        wanted = list(columns) if columns is not None and set(columns) <= set(names) else names
        rows = _rows_at_a_time(source, table.metadata, wanted)
        for batch in table.iter_batches(batch_size=rows, columns=wanted):
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


def _rows_at_a_time(source: Source, metadata: Any, wanted: Sequence[str]) -> int:
    """Return how many rows of a Parquet file can be read together in bounded memory.

    Encodings that write a text once and refer to it again may unpack a few bytes to gigabytes; no single text is longer
    than its whole column.
    """
    rows = _BATCH_ROWS
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            if chunk.path_in_schema.partition(".")[0] not in wanted:
                continue
            size = max(1, chunk.total_uncompressed_size)
            if size > max(_BATCH_BYTES, MOST_RATIO * chunk.total_compressed_size):
                raise source.error(
                    f"holds a column that unpacks to {size:,} bytes",
                    subject=source.path,
                    next_step="check where it comes from; no table packs that much so small",
                )
            if set(chunk.encodings) - {"PLAIN", "RLE", "BIT_PACKED"}:
                rows = min(rows, max(1, _BATCH_BYTES // size))
    return rows
