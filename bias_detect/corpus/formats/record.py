"""What every format is read into and written from: one row an annotation, with all else that its record held."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from bias_detect.errors import CorpusError
from bias_detect.tabular import as_text

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")

COMMENT, REJECTED = "comment", "rejected"
"""Names in ``extra``: what the annotator remarked, and a label that the annotator said does not apply."""


@dataclass(slots=True)
class Annotation:
    """A sentence and what one annotator made of it.

    Parameters
    ----------
    sentence : str
        The sentence, to the letter.
    label : str or None
        The label; None where the sentence is still to be annotated, or one label was rejected.
    document, sentence_id, annotator, section, source : str or None
        As in the table of a corpus; None where not known.
    extra : dict
        Everything else, by its own name and in its own type: JSON values.

    Examples
    --------
    >>> Annotation("She rang.", "told", annotator="Ann").extra
    {}
    """

    sentence: str
    label: str | None = None
    document: str | None = None
    sentence_id: str | None = None
    annotator: str | None = None
    section: str | None = None
    source: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


FIELDS = tuple(item.name for item in fields(Annotation) if item.name != "extra")
"""The columns that a corpus may have, in their order."""


class Left(NamedTuple):
    """A record that becomes no annotation.

    Parameters
    ----------
    place : str
        Where it stands: ``line 3``.
    cause : str
        Why, in plain words.
    malformed : bool
        False where the record is in order and its annotator skipped it.

    Examples
    --------
    >>> Left("line 3", "has no text").malformed
    True
    """

    place: str
    cause: str
    malformed: bool = True


Item = Annotation | Left


def annotation(values: Mapping[str, Any], *, text: str, label: str | None = None) -> Annotation:
    """Make an annotation of a record.

    Parameters
    ----------
    values : mapping of str to object
        The record's values by name.
    text : str
        The name under which the sentence stands.
    label : str, optional
        The name under which the label stands, as text or as a list of one.

    Returns
    -------
    Annotation
        With the fields of a corpus under their own names, and the rest in ``extra``; a value that has the name of
        another field goes there as ``given_<name>``.

    Raises
    ------
    CorpusError
        If there is no sentence, or more than one label.

    Examples
    --------
    >>> annotation({"text": "She rang.", "label": ["a"], "document": 7, "mood": "calm"}, text="text", label="label")
    Annotation(sentence='She rang.', label='a', document='7', ..., extra={'mood': 'calm'})
    """
    rest = dict(values)
    sentence = rest.pop(text, None)
    if isinstance(sentence, (int, float)):  # a spreadsheet takes some sentences for numbers
        sentence = as_text(sentence)
    if not isinstance(sentence, str) or not sentence.strip():
        kind = "no text" if sentence is None or isinstance(sentence, str) else f"a {type(sentence).__name__}, no text"
        raise CorpusError(f"has {kind} under {text!r}")
    row = Annotation(sentence, one_label(rest.pop(label, None)) if label is not None else None)
    for name in FIELDS[2:]:
        if name in rest and not isinstance(rest[name], (dict, list)):
            setattr(row, name, as_text(rest.pop(name)))
    carry(row, rest)
    return row


def text_name(given: str | None, names: Collection[str]) -> str:
    """Return the name under which the sentence stands in records whose names are those of the imported data.

    Parameters
    ----------
    given : str or None
        The name that was asked for.
    names : collection of str
        Those that a record has.

    Returns
    -------
    str
        The name asked for, else ``text`` or, where only that is there, the ``sentence`` of a corpus.

    Examples
    --------
    >>> text_name(None, ["id", "sentence"]), text_name(None, ["sentence", "text"]), text_name("words", ["text"])
    ('sentence', 'text', 'words')
    """
    return given or ("sentence" if "sentence" in names and "text" not in names else "text")


def carry(row: Annotation, values: Mapping[str, Any]) -> None:
    """Put values into the ``extra`` of a row, under names that no field of a corpus has.

    Parameters
    ----------
    row : Annotation
        The row.
    values : mapping of str to object
        The values; those that are missing are left out.

    Examples
    --------
    >>> row = Annotation("She rang.")
    >>> carry(row, {"label": "told", "mood": None})
    >>> row.extra
    {'given_label': 'told'}
    """
    for name, value in values.items():
        if value is not None:
            row.extra[free_name(name, FIELDS)] = value


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name under which a value can stand beside others.

    Parameters
    ----------
    name : str
        Its own name.
    taken : collection of str
        Names that others have.

    Returns
    -------
    str
        The name, or ``given_<name>`` where it is taken.

    Examples
    --------
    >>> free_name("text", ["text"]), free_name("mood", ["text"])
    ('given_text', 'mood')
    """
    while name in taken:
        name = f"given_{name}"
    return name


def one_label(value: Any) -> str | None:
    """Return the label that a tool gives as a text or as a list.

    Parameters
    ----------
    value : object
        A text, a number, a list of them, or None.

    Returns
    -------
    str or None
        The label; None where there is none.

    Raises
    ------
    CorpusError
        If there is more than one, or something that is no label.

    Examples
    --------
    >>> one_label(["descriptive"]), one_label(1.0), one_label([])
    ('descriptive', '1', None)
    """
    values = value if isinstance(value, list) else [value]
    if any(isinstance(item, (dict, list)) for item in values):
        raise CorpusError("has a label that is no text")
    labels = list(dict.fromkeys(text for text in map(as_text, values) if text is not None))
    if len(labels) > 1:
        raise CorpusError(f"has {len(labels)} labels ({', '.join(labels)}), and a sentence of a corpus has one")
    return labels[0] if labels else None


def known(row: Annotation, *, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Return what is known of a row, for a record of a tool.

    Parameters
    ----------
    row : Annotation
        The row.
    leave_out : collection of str
        Fields that the tool has names of its own for.

    Returns
    -------
    dict
        Its fields, as far as they are known.

    Examples
    --------
    >>> known(Annotation("She rang.", "told", annotator="Ann"), leave_out=["annotator"])
    {'sentence': 'She rang.', 'label': 'told'}
    """
    values = {name: getattr(row, name) for name in FIELDS if name not in leave_out}
    return {name: value for name, value in values.items() if value is not None}


def number_or_text(value: str | None) -> int | str | None:
    """Return the identifier of a tool as the number that it was.

    Parameters
    ----------
    value : str or None
        An identifier.

    Returns
    -------
    int, str or None
        A number where it is one in plain digits.

    Examples
    --------
    >>> number_or_text("12"), number_or_text("012"), number_or_text("ann")
    (12, '012', 'ann')
    """
    return (
        int(value) if value is not None and value.isascii() and value.isdigit() and str(int(value)) == value else value
    )


def to_json(value: Any) -> str:
    """Return a value as JSON on one line.

    Parameters
    ----------
    value : object
        JSON values, or what NumPy and pandas make of them.

    Returns
    -------
    str
        The text, in UTF-8's full range.

    Examples
    --------
    >>> to_json({"text": "She rang the café."})
    '{"text": "She rang the café."}'
    """
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
