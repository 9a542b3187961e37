"""doccano: text classification as JSON lines, JSON or CSV, for all or, in a zip archive, one file an annotator.

A record has ``id``, ``text``, ``label`` (a list, or for import a text; ``labels`` in older versions), ``Comments`` and
whatever else came with the text. In CSV several labels or comments stand in one cell with ``#`` between them. Where
annotators work apart, the export is an archive of files that bear their names.

The import takes records a thousand at a time as one table, in which it makes "not a number" of what a record lacks and
then cannot store it. So all records that are written here have the same names. What the import or the next export would
overwrite (``Comments``, ``data``, ``filename``…) goes under other names.

References
----------
.. [1] doccano, Import and export dataset, https://doccano.github.io/doccano/
.. [2] doccano, backend/data_export, https://github.com/doccano/doccano/tree/master/backend/data_export
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from bias_detect.corpus.formats.archive import members
from bias_detect.corpus.formats.json_file import records_of
from bias_detect.corpus.formats.record import (
    COMMENT,
    Annotation,
    Item,
    Left,
    annotation,
    carry,
    free_name,
    known,
    to_json,
)
from bias_detect.errors import CorpusError
from bias_detect.spreadsheet import Lines
from bias_detect.tabular import quoted

_SUFFIXES = (".jsonl", ".json", ".csv")
_NOBODY = ("all", "unknown")  # names of files that are no annotator's
_OWN = (
    *("text", "label", "Comments", COMMENT, "annotator", "data", "categories"),
    *("filename", "upload_name", "example_uuid", "#line_number"),
)
_MARK = "#"


def read_doccano(path: Path, *, text: str = "text", label: str | None = None) -> Iterator[Item]:
    """Read what doccano exports.

    Parameters
    ----------
    path : Path
        JSONL, JSON, CSV, or a zip archive of them, whose files are named after annotators.
    text : str
        The name of the text.
    label : str, optional
        The name of the label; by default ``label`` or, where a record has none, ``labels``.

    Yields
    ------
    Annotation or Left
        One a record.

    Raises
    ------
    CorpusError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.jsonl")
    ...     _ = path.write_text('{"text": "She rang.", "label": ["told"]}', encoding="utf-8")
    ...     [row] = read_doccano(path)
    >>> row.sentence, row.label
    ('She rang.', 'told')
    """
    if path.suffix.lower() != ".zip":
        yield from _read(path, text, label, None, "")
        return
    for name, file in members(path, _SUFFIXES):
        stem = PurePosixPath(name).stem
        try:
            yield from _read(file, text, label, None if stem in _NOBODY else stem, f"{name} ")
        except CorpusError as error:  # of one file; the others may be in order
            yield Left(name, error.cause)


def _read(path: Path, text: str, label: str | None, annotator: str | None, prefix: str) -> Iterator[Item]:
    joined = path.suffix.lower() == ".csv"
    for place, record in records_of(path):
        if isinstance(record, str):
            yield Left(prefix + place, record)
            continue
        cells = dict(record)
        if joined and text not in cells:
            raise CorpusError(
                f"has no column {quoted([text])} (it has {quoted(cells)})",
                subject=path,
                next_step="name the one that holds the sentences with --text-column",
            )
        comments = [*_texts(cells.pop(COMMENT, None), joined), *_texts(cells.pop("Comments", None), False)]
        column = label or ("labels" if "labels" in cells and "label" not in cells else "label")
        if joined and isinstance(cells.get(column), str):
            cells[column] = cells[column].split(_MARK)
        try:
            row = annotation({name: cell for name, cell in cells.items() if cell != ""}, text=text, label=column)
        except CorpusError as error:
            yield Left(prefix + place, error.cause)
            continue
        if annotator is not None and _safe(row.annotator) != annotator:
            # Whose file it is has labelled the text; the name that came with it is that of an annotator before.
            row.annotator, before = annotator, row.annotator
            carry(row, {"annotator": before})
        if comments:
            row.extra[COMMENT] = comments[0] if len(comments) == 1 else comments
        yield row


def _texts(value: Any, packed: bool) -> list[Any]:
    """Return comments: a list, a text or, in a table, a list that is packed into a text."""
    if packed and isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def write_doccano(rows: Iterable[Annotation], stream: IO[bytes], kind: str) -> None:
    r"""Write records for doccano to import.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows.
    stream : binary file
        Where to.
    kind : str
        ``"jsonl"``, ``"csv"``, or ``"zip"`` for one JSONL file an annotator.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> write_doccano([Annotation("She rang.", "told", document="A1")], stream, "jsonl")
    >>> stream.getvalue().decode()
    '{"text": "She rang.", "label": ["told"], "document": "A1"}\n'
    """
    records = _level([_record(row) for row in rows])
    if kind == "csv":
        _write_csv(records, stream)
    elif kind == "jsonl":
        stream.writelines(f"{to_json(record)}\n".encode() for record in records)
    else:
        files: dict[str, io.BytesIO] = {}
        for record in records:
            name = f"{_safe(record.get('annotator')) or 'unknown'}.jsonl"
            files.setdefault(name, io.BytesIO()).write(f"{to_json(record)}\n".encode())
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name), content.getvalue())


def _safe(annotator: str | None) -> str | None:
    """Return the name of an annotator's file, without its ending; the rows name those whom it cannot."""
    if annotator is None:
        return None
    safe = "".join(mark if mark.isalnum() or mark in "-_@+." else "-" for mark in annotator)
    return f"{'-' if safe.startswith('.') else ''}{safe}"


def _record(row: Annotation) -> dict[str, Any]:
    extra = dict(row.extra)
    comment = extra.pop(COMMENT, None)
    record = {"text": row.sentence, "label": [] if row.label is None else [row.label]}
    if "id" in extra:
        record = {"id": extra.pop("id"), **record}
    if comment is not None:
        record[COMMENT] = comment
    record |= known(row, leave_out=("sentence", "label"))
    record |= {free_name(name, _OWN): value for name, value in extra.items()}
    return record


def _level(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return records that all have the same names, in the same order; an empty text stands for what one lacks."""
    names = dict.fromkeys(["text", "label", *(name for record in records for name in record)])
    return [{name: record.get(name, "") for name in names} for record in records]


def _write_csv(records: Sequence[dict[str, Any]], stream: IO[bytes]) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.DictWriter(Lines(text), records[0] if records else ["text", "label"])
    writer.writeheader()
    writer.writerows({name: _cell(name, value) for name, value in record.items()} for record in records)
    text.detach()


def _cell(name: str, value: Any) -> Any:
    if name == "label":
        return _MARK.join(map(str, value))
    return to_json(value) if isinstance(value, (dict, list)) else value
