"""Label Studio: the full JSON export of tasks with their annotations.

A task has its texts under ``data``, and a list of ``annotations``, each with ``completed_by``, ``was_cancelled`` (the
annotator skipped the task) and a ``result`` whose parts of the type ``choices`` name the label under ``value.choices``.

References
----------
.. [1] Label Studio, Task format, https://labelstud.io/guide/task_format
.. [2] Label Studio, Export annotations, https://labelstud.io/guide/export
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    to_json,
)
from bias_detect.errors import CorpusError
from bias_detect.tabular import as_text

INNER = "label_studio"
"""Name in ``extra`` of what a task and an annotation hold beside text and label."""

_GIVEN = ("annotations", "completions")  # the latter in exports of before version 1.0
_LABEL, _TEXT, _COMMENT = "label", "text", "comment"  # the names of the controls in tasks that are written here
_ANNOTATOR = "annotator"  # in the ``meta`` of a result: a name that no account of Label Studio has


def read_label_studio(path: Path, *, text: str | None = None, label: str | None = None) -> Iterator[Item]:
    """Read the full JSON export.

    Cancelled annotations are passed over. Drafts that nobody submitted and predictions of models give no label; they
    are carried along. Choices on a part of a text are no label of the whole, unless their control is named.

    Parameters
    ----------
    path : Path
        A JSON file.
    text : str, optional
        The name of the text among the data of a task; by default ``text`` or, where there is none, ``sentence``.
    label : str, optional
        The control (``from_name``) whose choice is the label, where there are several.

    Yields
    ------
    Annotation or Left
        One an annotation, or one a task without any.

    Raises
    ------
    CorpusError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.json")
    ...     _ = path.write_text('[{"id": 1, "data": {"text": "She rang."}}]', encoding="utf-8")
    ...     [row] = read_label_studio(path)
    >>> row.sentence, row.label
    ('She rang.', None)
    """
    for place, task in records_of(path, "task"):
        if isinstance(task, str) or not isinstance(task.get("data"), dict):
            yield Left(place, task if isinstance(task, str) else "has no data")
            continue
        data = task["data"]
        about = {name: value for name, value in task.items() if name not in ("data", *_GIVEN)}
        given: Any = next((task[name] for name in _GIVEN if task.get(name)), [])
        name = text_name(text, data)
        try:
            annotation(data, text=name)
        except CorpusError as error:
            yield Left(place, f"{error.cause} among its data")
            continue
        if not isinstance(given, list):
            yield Left(place, f"has annotations that are a {type(given).__name__}, no list")
        elif not given:
            yield _row(data, name, about, None)
        for position, one in enumerate(given if isinstance(given, list) else [], start=1):
            where = f"{place}, annotation {position}"
            if not isinstance(one, dict):
                yield Left(where, "is no annotation")
            elif one.get("was_cancelled"):
                yield Left(where, "was cancelled by the annotator", malformed=False)
            else:
                try:
                    yield _annotated(_row(data, name, about, one), one, label)
                except CorpusError as error:
                    yield Left(where, error.cause)


def _row(data: Mapping[str, Any], text: str, about: dict[str, Any], one: dict[str, Any] | None) -> Annotation:
    inner = {name: value for name, value in (("task", about), ("annotation", one)) if value}
    row = annotation(data, text=text)
    if inner:
        row.extra[INNER] = inner
    return row


def _annotated(row: Annotation, one: Mapping[str, Any], control: str | None) -> Annotation:
    result = one.get("result")
    parts = [part for part in result if isinstance(part, dict)] if isinstance(result, list) else []
    row.label = one_label(_choices(parts, control))
    remarks = [text for part in parts for text in _texts(part)]
    if remarks:
        row.extra[COMMENT] = remarks[0] if len(remarks) == 1 else remarks
    by = one.get("completed_by")
    row.annotator = _named(parts) or _account(by) or row.annotator
    return row


def _account(by: Any) -> str | None:
    """Return who completed an annotation: a number or, in some exports, an object with an address."""
    return as_text(by.get("email") or by.get("id")) if isinstance(by, dict) else as_text(by)


def _named(parts: Iterable[Mapping[str, Any]]) -> str | None:
    names = (as_text(_object(part.get("meta")).get(_ANNOTATOR)) for part in parts)
    return next((name for name in names if name is not None), None)


def _signed(part: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """Return a part of a result that bears this name, or none."""
    meta = {key: value for key, value in _object(part.get("meta")).items() if key != _ANNOTATOR}
    meta |= {} if name is None else {_ANNOTATOR: name}
    return {**part, "meta": meta} if meta or "meta" in part else dict(part)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _choices(parts: Iterable[Mapping[str, Any]], control: str | None) -> list[Any]:
    chosen: list[Any] = []
    for part in parts:
        value = part.get("value")
        if part.get("type") != "choices" or not isinstance(value, dict):
            continue
        if part.get("from_name") == control or (control is None and "start" not in value):
            given = value.get("choices")
            chosen += given if isinstance(given, list) else [given]
    return chosen


def _texts(part: Mapping[str, Any]) -> list[str]:
    value = part.get("value")
    given = value.get("text") if part.get("type") == "textarea" and isinstance(value, dict) else None
    return [given] if isinstance(given, str) else [text for text in given or [] if isinstance(text, str)]


def write_label_studio(rows: Iterable[Annotation], stream: IO[bytes]) -> None:
    r"""Write tasks for Label Studio to import, each with all its annotations.

    The labelling interface must have a text ``text``, choices ``label`` and, for comments, a text area ``comment``.
    Label Studio refuses annotations by people whom it does not know. So ``completed_by`` has annotators that are
    addresses or numbers, and these must be members of the project; other names stand in the ``meta`` of the result.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows; those of one sentence of one document are one task.
    stream : binary file
        Where to.

    Examples
    --------
    >>> import io, json
    >>> stream = io.BytesIO()
    >>> write_label_studio([Annotation("She rang.", "told", annotator="3")], stream)
    >>> [task] = json.loads(stream.getvalue())
    >>> task["data"], task["annotations"][0]["completed_by"]
    ({'text': 'She rang.'}, 3)
    """
    tasks: dict[str, dict[str, Any]] = {}
    for row in rows:
        extra = dict(row.extra)
        inner = _object(extra.pop(INNER, None))
        comment = extra.pop(COMMENT, None)
        given = _object(inner.get("annotation"))
        seen = row.label is not None or comment is not None or bool(given)
        # Of a row in which nothing is said yet, the data say who is to annotate it.
        data = {"text": row.sentence, **known(row, leave_out=("sentence", "label", *(["annotator"] if seen else [])))}
        data |= {free_name(name, ("text", "annotator")): value for name, value in extra.items()}
        about = _importable(_object(inner.get("task")))
        one = _annotation(row, given, comment) if seen else None
        task = tasks.setdefault(to_json([data, about]), {**about, "data": data, "annotations": []})
        if one is not None:
            task["annotations"].append(one)
    write_list(tasks.values(), stream)


def _annotation(row: Annotation, given: Mapping[str, Any], comment: Any) -> dict[str, Any]:
    """Return an annotation as it came, brought up to date with the row's label, comment and annotator."""
    one = {**given}
    result = [part for part in given.get("result") or [] if isinstance(part, dict)]
    if not _says(result, row.label):
        others = [part for part in result if not _choices([part], None)]
        result = [*([] if row.label is None else [_part(_LABEL, "choices", {"choices": [row.label]})]), *others]
    remarks = comment if isinstance(comment, list) else [] if comment is None else [str(comment)]
    if [text for part in result for text in _texts(part)] != remarks:
        result = [part for part in result if part.get("type") != "textarea"]
        result += [_part(_COMMENT, "textarea", {"text": remarks})] if remarks else []
    if row.annotator is not None and row.annotator != (_named(result) or _account(one.get("completed_by"))):
        one.pop("completed_by", None)
        by = number_or_text(row.annotator)
        if isinstance(by, int):
            one["completed_by"] = by
        elif "@" in row.annotator:
            one["completed_by"] = {"email": row.annotator}
        result = [_signed(part, None if "completed_by" in one else row.annotator) for part in result]
    one["result"] = result
    return {"was_cancelled": False, **one}


def _importable(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task without what its export only points at: the import fails on the numbers of predictions."""
    about = dict(task)
    if isinstance(about.get("predictions"), list):
        about["predictions"] = [one for one in about["predictions"] if isinstance(one, dict)]
    return about


def _says(result: list[dict[str, Any]], label: str | None) -> bool:
    """Say whether a result holds this label: one of its controls does, where there are several."""
    chosen = [_choices([part], None) for part in result]
    return not any(chosen) if label is None else [label] in [[as_text(one) for one in given] for given in chosen]


def _part(control: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"from_name": control, "to_name": _TEXT, "type": kind, "value": value}
