"""The sentences of an audit as one CSV file or one workbook, for those who do not read Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bias_detect.auditing.extras import SENTENCES_CSV, SENTENCES_XLSX, is_changed, remember
from bias_detect.auditing.result import AuditResult
from bias_detect.auditing.store import iter_rows, schema
from bias_detect.files import whole
from bias_detect.spreadsheet import Lines, fitting, without_formula

SHEET_ROWS = 1_048_576  # what a sheet of Excel holds, the header among them


def write_sentences_csv(result: AuditResult) -> Path:
    """Write ``sentences.csv``: UTF-8 as Excel knows it, marks as JSON, no cell that could be taken for a formula.

    A file that a person has changed since it was written, and that still fits the audit, is left as it is.

    Parameters
    ----------
    result : AuditResult
        The audit.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from bias_detect.auditing.run import audit
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("She rang the ward.", encoding="utf-8")
    ...     result = audit([Path(folder, "a.txt")], Path(folder, "audit"), report=False)
    ...     write_sentences_csv(result).read_text(encoding="utf-8-sig")[:20]
    'document,sentence_id'
    """
    path = result.folder / SENTENCES_CSV
    if is_changed(result.folder, path):
        return path
    names = _names(result)
    with whole(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        writer = csv.writer(Lines(text))
        writer.writerow(names)
        for rows in _rows(result):
            writer.writerows([without_formula(_cell(row[name])) for name in names] for row in rows)
        text.detach()
    remember(result.folder, [path])
    return path


def write_sentences_xlsx(result: AuditResult) -> Path:
    """Write ``sentences.xlsx``; further sheets hold what one cannot.

    A file that a person has changed since it was written, and that still fits the audit, is left as it is.

    Parameters
    ----------
    result : AuditResult
        The audit.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from bias_detect.auditing.run import audit
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("She rang the ward.", encoding="utf-8")
    ...     result = audit([Path(folder, "a.txt")], Path(folder, "audit"), report=False)
    ...     write_sentences_xlsx(result).name
    'sentences.xlsx'
    """
    import openpyxl

    path = result.folder / SENTENCES_XLSX
    if is_changed(result.folder, path):
        return path
    names = _names(result)
    book = openpyxl.Workbook(write_only=True)
    sheet, room, sheets = None, 0, 0
    for rows in _rows(result):
        for row in rows:
            if room == 0:
                sheets += 1
                sheet = book.create_sheet("sentences" if sheets == 1 else f"sentences {sheets}")
                sheet.append([*map(_fitting, names)])
                room = SHEET_ROWS - 1
            assert sheet is not None
            sheet.append([_fitting(_cell(row[name])) for name in names])
            room -= 1
    if sheet is None:
        book.create_sheet("sentences").append([*map(_fitting, names)])
    with whole(path) as stream:
        book.save(stream)
    remember(result.folder, [path])
    return path


def _names(result: AuditResult) -> list[str]:
    return list(schema(result.summary["model"]["classes"]).names)


def _rows(result: AuditResult) -> Iterator[list[dict[str, Any]]]:
    for name in result.reports["sentences_file"]:
        yield from iter_rows(result.sentences_path / name)


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _fitting(cell: Any) -> Any:
    return without_formula(fitting(cell)) if isinstance(cell, str) else cell
