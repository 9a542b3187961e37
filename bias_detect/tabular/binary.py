"""Tables that are no text: Excel workbooks and Parquet files."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import IO, Any

from bias_detect.errors import BiasDetectError
from bias_detect.files import MOST_RATIO, is_bomb, open_entry
from bias_detect.tabular.cells import quoted
from bias_detect.tabular.pages import IN_LIST, column_pages, cost
from bias_detect.tabular.rows import Record, Source, check_unique

_BATCH_ROWS, _PART_ROWS = 256, 32
_MOST_ROWS = 1_048_576
_MOST_CELLS = 200_000_000  # with the empty ones, which stand in no file and still take their time
_MOST_BYTES = 500_000_000  # of a sheet, or the rows of a small Parquet file, unpacked
_MOST_OTHER_BYTES = 100_000_000  # of any other part, or rows that are read together: these are held in memory
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
    number = held = 0
    try:
        import pyarrow.parquet

        table = pyarrow.parquet.ParquetFile(file)
        names = [name for name in table.schema_arrow.names if not _INDEX_COLUMN.fullmatch(name)]
        check_unique(source, names)
        # Where one that is needed is missing, all are read, so that the message can list them.
        wanted = list(columns) if columns is not None and set(columns) <= set(names) else names
        rows = _rows_at_a_time(source, file, table, wanted)
        most = max(_MOST_BYTES, MOST_RATIO * file.seek(0, io.SEEK_END))
        for batch in table.iter_batches(batch_size=rows, columns=wanted):
            if batch.nbytes > _MOST_OTHER_BYTES * batch.num_rows:
                raise _unfolds(source, f"rows of more than {_MOST_OTHER_BYTES:,} bytes")
            # A part of them at a time: Python takes up to four times the memory for the same text.
            for cells in chain.from_iterable(
                batch.slice(place, _PART_ROWS).to_pylist() for place in range(0, batch.num_rows, _PART_ROWS)
            ):
                number += 1
                held += sys.getsizeof(cells) + sum(map(sys.getsizeof, cells.values()))
                if held > most:
                    raise _unfolds(source, f"rows that unpack to more than {most:,} bytes")
                yield Record(number, {str(name): value for name, value in cells.items()})
    except BiasDetectError:
        raise
    except Exception as problem:  # pyarrow raises many kinds on a damaged file
        raise source.error(
            f"is no Parquet file that can be read ({type(problem).__name__})",
            subject=source.path,
            next_step="write it again, or export it as CSV UTF-8",
        ) from problem


def _unfolds(source: Source, what: str) -> BiasDetectError:
    return source.error(
        f"holds {what}",
        subject=source.path,
        next_step="check where it comes from; no table packs that much so small",
    )


def _rows_at_a_time(source: Source, file: IO[bytes], table: Any, wanted: Sequence[str]) -> int:
    """Return how many rows of a Parquet file can be read together in bounded memory.

    Encodings that write a text once and refer to it again may unpack a few bytes to gigabytes; no single text is longer
    than what is unpacked of its column at once, which are a page and the dictionary.
    """
    rows = _BATCH_ROWS
    leaves = [place for place, leaf in enumerate(table.schema) if _is_part(leaf.path, frozenset(wanted))]
    width = sum(_width(table.schema_arrow.field(name).type) for name in wanted)
    if width > _MOST_BYTES:
        raise _unfolds(source, f"a row of {width:,} bytes")
    for group in map(table.metadata.row_group, range(table.metadata.num_row_groups)):
        costs = []
        for place in leaves:
            column = group.column(place)
            start = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)), default=0)
            pages = column_pages(file, start, start + column.total_compressed_size)
            costs.append(cost(pages, rows, in_lists=table.schema.column(place).max_repetition_level > 0))
        packed, unpacked, at_once, a_row, together = map(sum, zip(*costs, strict=True)) if costs else (0,) * 5
        if unpacked > max(_MOST_OTHER_BYTES, MOST_RATIO * packed) or at_once > _MOST_BYTES:
            raise _unfolds(source, f"columns that unpack to {unpacked:,} bytes")
        rows = max(1, min(rows, (_MOST_BYTES - together) // max(1, a_row + width)))
    return rows


def _is_part(path: str, names: frozenset[str]) -> bool:
    """Say whether a path, of which the parts may have dots as well, leads into one of some columns."""
    return any(prefix in names for prefix in accumulate(path.split("."), "{}.{}".format))


def _width(kind: Any) -> int:
    """Return the bytes that a cell of a type takes in any case, be it empty."""
    from pyarrow import types

    if types.is_fixed_size_list(kind):
        return int(kind.list_size) * max(IN_LIST, _width(kind.value_type))
    if types.is_fixed_size_binary(kind):
        return int(kind.byte_width)
    return sum(_width(kind.field(place).type) for place in range(kind.num_fields))
