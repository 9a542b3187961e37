"""Label Studio's short exports: JSON-MIN and CSV, one record an annotation.

A record has the data of the task, the choice under the name of its control, ``annotator`` and times. A control that
holds more than one choice is an object: in CSV, JSON in a cell.

References
----------
.. [1] Label Studio, Export annotations, https://labelstud.io/guide/export
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from bias_detect.corpus.formats.json_file import records_of, write_list
from bias_detect.corpus.formats.record import (
    COMMENT,
    Annotation,
    Item,
    Left,
    annotation,
    free_name,
    known,
    number_or_text,
    one_label,
    text_name,
)
from bias_detect.errors import CorpusError
from bias_detect.tabular import quoted

_LABEL = "label"  # the name of the control in records that are written here
_OWN = ("text", "label", "annotator", "data")  # a record with the last is taken for a full task
_NOT_LABELS = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
_USUAL = ("label", "labels", "choice", "choices", "class", "category", "sentiment")


def read_label_studio_min(path: Path, *, text: str | None = None, label: str | None = None) -> Iterator[Item]:
    """Read JSON-MIN, or the same records as a table.

    Parameters
    ----------
    path : Path
        A file of JSON, CSV or TSV.
    text : str, optional
        The name of the text; by default ``text`` or, where there is none, ``sentence``.
    label : str, optional
        The control whose choice is the label; by default the one that has a usual name.

    Yields
    ------
    Annotation or Left
        One a record.

    Raises
    ------
    CorpusError
        If the file cannot be read, or it is not plain which control is the label.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.json")
    ...     _ = path.write_text('[{"id": 1, "text": "She rang.", "choice": "told"}]', encoding="utf-8")
    ...     [row] = read_label_studio_min(path)
    >>> row.sentence, row.label
    ('She rang.', 'told')
    """
    records = list(records_of(path))
    first = next((record for _, record in records if isinstance(record, dict)), {})
    name = text_name(text, first)
    if path.suffix.lower() != ".json":
        records = [(place, _opened(record, name) if isinstance(record, dict) else record) for place, record in records]
    control = label or _control([record for _, record in records if isinstance(record, dict)], name, path)
    for place, record in records:
        if isinstance(record, str):
            yield Left(place, record)
            continue
        cells = dict(record)
        chosen = cells.pop(control, None)
        by = cells.get("annotator")
        if isinstance(by, dict):
            cells["annotator"] = by.get("email") or by.get("id")
        if cells.get(COMMENT) is not None:
            remarks = _remarks(cells[COMMENT])
            cells[COMMENT] = remarks[0] if len(remarks) == 1 else remarks
        try:
            row = annotation(cells, text=name)
            row.label = one_label(chosen.get("choices") if isinstance(chosen, dict) else chosen)
        except CorpusError as error:
            yield Left(place, error.cause)
            continue
        yield row


def _opened(record: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a record of a table with its inner values; a sentence may look like one and is none."""
    return {name: cell if name == text else _inner(cell) for name, cell in record.items()}


def _inner(cell: Any) -> Any:
    if not isinstance(cell, str) or not cell.startswith(("{", "[")):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _remarks(value: Any) -> list[Any]:
    """Return the texts of a text area: one is a text of its own, several are an object or a list."""
    if isinstance(value, dict) and set(value) == {"text"}:
        value = value["text"]
    return [text for one in value for text in _remarks(one)] if isinstance(value, list) else [value]


def _control(records: list[dict[str, Any]], text: str, path: Path) -> str:
    names = dict.fromkeys(name for record in records for name in record if name not in (*_NOT_LABELS, text))
    # A column `label` that came empty with the texts is not what the annotators filled in.
    filled = [name for name in _USUAL if any(record.get(name) not in (None, "") for record in records)]
    choices = [name for name in names if any(_is_choice(record.get(name)) for record in records)]
    if filled:
        return filled[0]
    if len(choices) != 1 and (_LABEL in names or not names):
        return _LABEL
    if len(choices) != 1:
        raise CorpusError(
            f"does not say which of {quoted(names)} is the label",
            subject=path,
            next_step="name it with --label-column",
        )
    return choices[0]


def _is_choice(value: Any) -> bool:
    return isinstance(value, dict) and "choices" in value


def write_label_studio_min(rows: Iterable[Annotation], stream: IO[bytes]) -> None:
    """Write JSON-MIN, one record an annotation, with the label under ``label``.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows.
    stream : binary file
        Where to.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write_label_studio_min([Annotation("She rang.", "told")], stream)
    >>> json.loads(stream.getvalue())
    [{'text': 'She rang.', 'label': 'told'}]
    """
    write_list((_short(row) for row in rows), stream)


def _short(row: Annotation) -> dict[str, Any]:
    record: dict[str, Any] = {"text": row.sentence, "label": row.label}
    record |= known(row, leave_out=("sentence", "label", "annotator"))
    if row.annotator is not None:
        record["annotator"] = number_or_text(row.annotator)
    record |= {free_name(name, _OWN): value for name, value in row.extra.items()}
    if isinstance(record.get(COMMENT), list):
        record[COMMENT] = {"text": record[COMMENT]}
    return record
