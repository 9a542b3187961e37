"""doccano: text classification as JSON lines, JSON or CSV, for all or, in a zip archive, one file an annotator.

A record has ``id``, ``text``, ``label`` (a list, or for import a text; ``labels`` in older versions), ``Comments`` and
whatever else came with the text. In CSV several labels or comments stand in one cell with ``#`` between them. Where
annotators work apart, the export is an archive of files that bear their names.

References
----------
.. [1] doccano, Import and export dataset, https://doccano.github.io/doccano/
.. [2] doccano, backend/data_export, https://github.com/doccano/doccano/tree/master/backend/data_export
"""

from __future__ import annotations

import csv
import io
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
    free_name,
    known,
    to_json,
)
from bias_detect.errors import CorpusError
from bias_detect.tabular import quoted

_SUFFIXES = (".jsonl", ".json", ".csv")
_NOBODY = ("all", "unknown")  # names of files that are no annotator's
_OWN = ("text", "label", "Comments", "annotator")
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
        comments = cells.pop("Comments", None)
        column = label or ("labels" if "labels" in cells and "label" not in cells else "label")
        if joined and isinstance(cells.get(column), str):
            cells[column] = cells[column].split(_MARK)
        try:
            row = annotation(cells, text=text, label=column)
        except CorpusError as error:
            yield Left(prefix + place, error.cause)
            continue
        row.annotator = row.annotator or annotator
        if comments:
            row.extra[COMMENT] = comments[0] if isinstance(comments, list) and len(comments) == 1 else comments
        yield row


def write_doccano(rows: Iterable[Annotation], stream: IO[bytes], kind: str) -> None:
    r"""Write records for doccano to import.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows; as JSON lines they are written as they come.
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
    if kind == "jsonl":
        for row in rows:
            stream.write(_line(row))
    elif kind == "csv":
        _write_csv([_record(row) for row in rows], stream)
    else:
        files: dict[str, io.BytesIO] = {}
        for row in rows:
            files.setdefault(_file(row.annotator), io.BytesIO()).write(_line(row))
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name), content.getvalue())


def _file(annotator: str | None) -> str:
    """Return the name of an annotator's file; the rows name those whom it cannot."""
    safe = "".join(mark if mark.isalnum() or mark in "-_@+." else "-" for mark in annotator or "unknown")
    return f"{'-' if safe.startswith('.') else ''}{safe}.jsonl"


def _record(row: Annotation) -> dict[str, Any]:
    extra = dict(row.extra)
    comment = extra.pop(COMMENT, None)
    record = {"text": row.sentence, "label": [] if row.label is None else [row.label]}
    if "id" in extra:
        record = {"id": extra.pop("id"), **record}
    if comment is not None:
        record["Comments"] = comment if isinstance(comment, list) else [comment]
    record |= known(row, leave_out=("sentence", "label"))
    record |= {free_name(name, _OWN): value for name, value in extra.items()}
    return record


def _line(row: Annotation) -> bytes:
    return f"{to_json(_record(row))}\n".encode()


def _write_csv(records: Sequence[dict[str, Any]], stream: IO[bytes]) -> None:
    names = list(dict.fromkeys(["text", "label", *(name for record in records for name in record)]))
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(name, value) for name, value in record.items()} for record in records)
    text.detach()


def _cell(name: str, value: Any) -> Any:
    if name in ("label", "Comments"):
        return _MARK.join(map(str, value))
    return to_json(value) if isinstance(value, (dict, list)) else value
