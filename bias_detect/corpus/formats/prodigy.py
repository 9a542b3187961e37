"""Prodigy: JSON lines of tasks with answers, as ``db-out`` writes and ``db-in`` and the recipes read them.

Two kinds of record are in use to classify texts. In the ``choice`` interface a task has ``options`` and,
once answered, the chosen ones under ``accept``. In the ``classification`` interface it has a ``label``, and the answer
says whether it applies. Under ``answer`` stands ``accept``, ``reject`` or ``ignore``.

References
----------
.. [1] Prodigy, Annotation interfaces, https://prodi.gy/docs/api-interfaces
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from bias_detect.corpus.formats.record import (
    FIELDS,
    REJECTED,
    Annotation,
    Item,
    Left,
    annotation,
    carry,
    free_name,
    known,
    one_label,
    to_json,
)
from bias_detect.errors import CorpusError
from bias_detect.labels import Label, shown
from bias_detect.tabular import BadRecord, as_text, iter_records

_SHOWN_TO_ANNOTATORS = ("document", "sentence_id", "section", "source", "page", "paragraph")
_OWN = ("text", "label", "options", "accept", "answer", "meta", "_annotator_id", "_session_id")
_WHOLE_NUMBERS = ("_input_hash", "_task_hash", "_timestamp")


def read_prodigy(path: Path, *, text: str = "text", label: str = "label") -> Iterator[Item]:
    """Read what Prodigy exports.

    An accepted record gives its label. A rejected one says that a label does not apply: it gives no label, and names
    that one under ``rejected``. An ignored one is passed over, as is a choice that was rejected with nothing chosen.

    Parameters
    ----------
    path : Path
        A JSONL file.
    text, label : str
        The names of the text and, in binary records, of the label.

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
    ...     _ = path.write_text('{"text": "She rang.", "label": "told", "answer": "accept"}', encoding="utf-8")
    ...     [row] = read_prodigy(path)
    >>> row.sentence, row.label
    ('She rang.', 'told')
    """
    for record in iter_records(path, error=CorpusError):
        place = f"line {record.number}"
        if isinstance(record, BadRecord):
            yield Left(place, record.error.cause.removeprefix(f"{place} "))
            continue
        try:
            yield _read(record.cells, place, text, label)
        except CorpusError as error:
            yield Left(place, error.cause)


def _read(cells: Mapping[str, Any], place: str, text: str, label: str) -> Item:
    task = dict(cells)
    answer = task.pop("answer", None)
    if answer == "ignore":
        return Left(place, "was ignored by the annotator", malformed=False)
    if answer not in ("accept", "reject", None):
        raise CorpusError(f"has the answer {answer!r}, which is none of accept, reject and ignore")
    annotator, session = as_text(task.pop("_annotator_id", None)), as_text(task.pop("_session_id", None))
    choice = "options" in task or "accept" in task
    if task.get("options") == _options(map(str, Label)):
        del task["options"]  # those that come back of themselves
    chosen = task.pop("accept", []) if choice else task.pop(label, None)
    meta = task.pop("meta", None)
    row = annotation(task, text=text)
    row.annotator = annotator or session or row.annotator
    if annotator is not None and session not in (None, annotator):
        row.extra["_session_id"] = session
    if isinstance(meta, dict):
        for name in FIELDS[2:]:
            if getattr(row, name) is None and not isinstance(meta.get(name), (dict, list)):
                setattr(row, name, as_text(meta.get(name)))
        carry(row, {name: value for name, value in meta.items() if name in ("page", "paragraph")})
        meta = {name: value for name, value in meta.items() if name not in _SHOWN_TO_ANNOTATORS}
    if meta:
        row.extra["meta"] = meta
    told = one_label(chosen)
    if answer == "reject":
        if told is None:
            return Left(place, "was rejected by the annotator", malformed=False)
        row.extra[REJECTED] = told
    else:
        row.label = told
        if answer == "accept" and told is None:
            row.extra["answer"] = answer  # looked at, and nothing chosen
    if told is not None and not choice and answer is not None and "_view_id" not in row.extra:
        row.extra["_view_id"] = "classification"
    return row


def write_prodigy(rows: Iterable[Annotation], stream: IO[bytes], labels: Sequence[str]) -> None:
    r"""Write tasks for Prodigy's choice interface, those with a label answered; one after the other, as they come.

    What is shown to the annotator under the text is where the sentence stands; all else goes along unseen. Records that
    came from the ``classification`` interface go back to it, and so do rejected labels.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows.
    stream : binary file
        Where to.
    labels : sequence of str
        The options.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write_prodigy([Annotation("She rang.", "told", annotator="ann")], stream, ["told"])
    >>> print(stream.getvalue().decode().replace(', "', ',\n "'))
    {"text": "She rang.",
     "options": [{"id": "told",
     "text": "told"}],
     "accept": ["told"],
     "answer": "accept",
     "_annotator_id": "ann",
     "_session_id": "ann"}
    """
    options = _options(labels)
    for row in rows:
        stream.write(f"{to_json(_task(row, options))}\n".encode())


def _options(labels: Iterable[str]) -> list[dict[str, Any]]:
    return [{"id": label, "text": shown(label)} for label in labels]


def _task(row: Annotation, options: list[dict[str, Any]]) -> dict[str, Any]:
    extra = dict(row.extra)
    rejected = extra.pop(REJECTED, None)
    answered = extra.pop("answer", None) == "accept" or row.label is not None or rejected is not None
    inner = extra.pop("meta", None)
    meta = {name: value for name, value in known(row).items() if name in _SHOWN_TO_ANNOTATORS}
    meta |= {name: extra.pop(name) for name in ("page", "paragraph") if name in extra}
    if isinstance(inner, dict):
        meta |= inner
    elif inner is not None:
        extra["given_meta"] = inner
    given = extra.pop("options", None)
    session = extra.pop("_session_id", row.annotator)
    told = rejected if rejected is not None else row.label
    task: dict[str, Any] = {"text": row.sentence}
    binary = given is None and told is not None and (rejected is not None or extra.get("_view_id") == "classification")
    if binary:
        task["label"] = told
    else:
        task["options"] = given if isinstance(given, list) else options
        if answered:
            task["accept"] = [] if told is None else [_option(told, task["options"])]
    if answered:
        task["answer"] = "accept" if rejected is None else "reject"
    if meta:
        task["meta"] = meta
    if row.annotator is not None:
        task |= {"_annotator_id": row.annotator, "_session_id": session}
    for name, value in extra.items():
        digits = name in _WHOLE_NUMBERS and isinstance(value, str) and value.lstrip("-").isdecimal()
        task[free_name(name, _OWN)] = int(value) if digits else value  # a CSV file has made texts of them
    return task


def _option(label: str, options: list[Any]) -> Any:
    """Return the identifier of an option in its own type, which need not be text."""
    ids = (option.get("id") for option in options if isinstance(option, dict))
    return next((identifier for identifier in ids if as_text(identifier) == label), label)
