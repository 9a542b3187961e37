"""Tables of annotations: CSV, TSV, JSON lines, Parquet and Excel.

In CSV and TSV an apostrophe stands before a text that a spreadsheet would take for a formula; readers take it away.

In JSON lines every value keeps its type. The other formats hold texts and numbers in columns; what is neither, as the
inner records of annotation tools, stands in one column ``extra`` as a JSON object, and comes out of it again.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from bias_detect.corpus.formats.record import FIELDS, Annotation, Item, Left, annotation, to_json
from bias_detect.corpus.schema import LABEL, SENTENCE
from bias_detect.errors import CorpusError
from bias_detect.spreadsheet import MOST_IN_CELL, Lines, without_formula
from bias_detect.tabular import BadRecord, iter_records, quoted, unit_of

EXTRA = "extra"
_BATCH = 10_000
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what a workbook cannot hold
_WHOLE = 2**53  # up to here Excel, which has one kind of number, is exact


def read_table(path: Path, *, text: str = SENTENCE, label: str = LABEL) -> Iterator[Item]:
    r"""Read a table of annotations row by row.

    Parameters
    ----------
    path : Path
        CSV, TSV, JSONL, Parquet or XLSX, of which the first sheet.
    text, label : str
        The columns of the sentences and the labels; the latter need not be there.

    Yields
    ------
    Annotation or Left
        One a row.

    Raises
    ------
    CorpusError
        If the file cannot be read, or has no column of sentences.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("sentence,label,mood\nShe rang.,told,calm\n", encoding="utf-8")
    ...     [row] = read_table(path)
    >>> row.label, row.extra
    ('told', {'mood': 'calm'})
    """
    unit = unit_of(path)
    for record in iter_records(path, error=CorpusError):
        place = f"{unit} {record.number}"
        if isinstance(record, BadRecord):
            yield Left(place, record.error.cause.removeprefix(f"{place} "))
            continue
        cells = dict(record.cells)
        if text not in cells and unit == "row":
            raise CorpusError(
                f"has no column {quoted([text])} (it has {quoted(cells)})",
                subject=path,
                next_step="name the one that holds the sentences with --text-column, or the tool with --from",
            )
        inner = _inner(cells)
        try:
            yield annotation({**cells, **inner}, text=text, label=label)
        except CorpusError as error:
            yield Left(place, error.cause)


def _inner(cells: dict[str, Any]) -> dict[str, Any]:
    """Take what the column ``extra`` holds out of it, if this is a JSON object."""
    value = cells.get(EXTRA)
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    if not isinstance(value, dict):
        return {}
    del cells[EXTRA]
    return value


def write_table(rows: Iterable[Annotation], stream: IO[bytes], kind: str, *, columns: Sequence[str] = ()) -> None:
    """Write annotations as a table.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows; JSON lines are written as they come.
    stream : binary file
        Where to.
    kind : str
        ``"csv"``, ``"tsv"``, ``"jsonl"``, ``"parquet"`` or ``"xlsx"``.
    columns : sequence of str
        Columns that come first and are there in any case; by default the sentence and the label are.

    Raises
    ------
    CorpusError
        If an Excel cell cannot hold a text.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> write_table([Annotation("She rang.", "told", extra={"page": 3})], stream, "csv")
    >>> stream.getvalue().decode().splitlines()
    ['sentence,label,page', 'She rang.,told,3']
    """
    first = tuple(columns) or (SENTENCE, LABEL)
    if kind == "jsonl":
        for row in rows:
            values = _values(row)
            ordered = {name: values.pop(name, None) for name in first}
            stream.write(f"{to_json({**ordered, **values})}\n".encode())
        return
    write_columns(*table_columns(list(rows), first, kind), stream, kind)


def write_columns(names: list[str], table: list[list[Any]], stream: IO[bytes], kind: str) -> None:
    """Write columns as a table, but not as JSON lines.

    Parameters
    ----------
    names : list of str
        Their names.
    table : list of list
        Their cells: texts, numbers, truth values or None.
    stream : binary file
        Where to.
    kind : str
        ``"csv"``, ``"tsv"``, ``"parquet"`` or ``"xlsx"``.

    Raises
    ------
    CorpusError
        If an Excel cell cannot hold a text.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> write_columns(["sentence", "label"], [["She rang."], ["told"]], stream, "csv")
    >>> stream.getvalue().split()
    [b'sentence,label', b'She', b'rang.,told']
    """
    if kind == "parquet":
        _parquet(names, table, stream)
    elif kind == "xlsx":
        _xlsx(names, table, stream)
    else:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(Lines(text), delimiter="\t" if kind == "tsv" else ",")
        for cells in [names, *zip(*table, strict=True)]:
            writer.writerow([without_formula(cell) for cell in cells])
        text.detach()


def _values(row: Annotation) -> dict[str, Any]:
    """Return the fields and the rest of a row, as far as they are there."""
    values = {name: value for name in FIELDS if (value := getattr(row, name)) is not None}
    return {**values, **row.extra}


def table_columns(rows: list[Annotation], first: Sequence[str], kind: str) -> tuple[list[str], list[list[Any]]]:
    """Lay rows out in columns; what no column can hold is put into a last one, as JSON.

    Parameters
    ----------
    rows : list of Annotation
        The rows.
    first : sequence of str
        Columns that come first and are there in any case.
    kind : str
        The kind of table.

    Returns
    -------
    list of str
        The names of the columns.
    list of list
        Their cells.

    Examples
    --------
    >>> table_columns([Annotation("She rang.", "told", extra={"page": 3})], ("sentence", "label"), "csv")
    (['sentence', 'label', 'page'], [['She rang.'], ['told'], [3]])
    """
    values = [_values(row) for row in rows]
    present = dict.fromkeys(name for row in values for name in row)
    names = [*first, *(name for name in FIELDS if name in present and name not in first)]
    inner = []
    for name in present:
        if name in names:
            continue
        cells = [row[name] for row in values if name in row]
        names.append(name) if name != EXTRA and _fits(name, cells, kind) else inner.append(name)
    table = [[row.get(name) for row in values] for name in names]
    if inner:
        names.append(EXTRA)
        packed = [{name: row[name] for name in inner if name in row} for row in values]
        table.append([to_json(part) if part else None for part in packed])
    return names, table


def _fits(name: str, cells: list[Any], kind: str) -> bool:
    """Say whether a column of this name can hold all of these values and give them back."""
    kinds = {type(cell) for cell in cells}
    if not kinds <= {str, int, float, bool}:
        return False
    if kind == "parquet":
        return len(kinds) == 1 and all(-(2**63) <= cell < 2**63 for cell in cells if kinds == {int})
    if kind == "xlsx":
        return not _is_too_much(name) and all(abs(cell) <= _WHOLE for cell in cells if isinstance(cell, int))
    return True


def _is_too_much(text: str) -> bool:
    """Say whether Excel cannot hold a text."""
    return len(text) > MOST_IN_CELL or _NO_XML.search(text) is not None


def _parquet(names: list[str], table: list[list[Any]], stream: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = [pa.array(*_typed(cells, pa.string())) for cells in table]
    pq.write_table(pa.table(dict(zip(names, arrays, strict=True))), stream)


def _typed(cells: list[Any], text: Any) -> tuple[list[Any], Any]:
    """Return a column and its type; text where the cells are not all of one kind, or there are none."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if len(kinds) == 1 and str not in kinds:
        return cells, None
    return [None if cell is None else str(cell) for cell in cells], text


def _xlsx(names: list[str], table: list[list[Any]], stream: IO[bytes]) -> None:
    import openpyxl

    check_for_excel(table)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sentences")
    sheet.freeze_panes = "A2"
    for cells in [names, *zip(*table, strict=True)]:
        # Cells of their own are slow, and few texts need one.
        texts = (isinstance(cell, str) and cell.startswith(("=", "#")) for cell in cells)
        sheet.append([excel_cell(sheet, cell) if text else cell for cell, text in zip(cells, texts, strict=True)])
    book.save(stream)


def check_for_excel(table: Iterable[Sequence[Any]]) -> None:
    """Make sure that Excel can hold all texts, before anything is written.

    Parameters
    ----------
    table : iterable of sequence
        The cells, column by column.

    Raises
    ------
    CorpusError
        If it cannot.

    Examples
    --------
    >>> check_for_excel([["She rang."], ["told"]])
    """
    for cells in table:
        for number, value in enumerate(cells, start=2):
            if isinstance(value, str) and _is_too_much(value):
                what = f"{len(value):,} characters" if len(value) > MOST_IN_CELL else "a control character"
                cause = f"row {number} has {what}, which Excel cannot hold"
                raise CorpusError(cause, next_step="write CSV or JSONL instead")


def excel_cell(sheet: Any, value: Any) -> Any:
    """Return a cell in which a text stays a text, even where Excel would take it for a formula.

    Parameters
    ----------
    sheet : openpyxl worksheet
        The sheet.
    value : object
        A text that Excel can hold, a number, a truth value or None.

    Returns
    -------
    openpyxl cell
        The cell.

    Examples
    --------
    >>> import openpyxl
    >>> sheet = openpyxl.Workbook(write_only=True).create_sheet()
    >>> excel_cell(sheet, "=1+1").data_type
    's'
    """
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl takes some texts for formulas or errors
    return cell
