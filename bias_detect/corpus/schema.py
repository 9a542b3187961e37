"""The columns of a table of annotated sentences, and the checks that each of them must pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bias_detect.errors import CorpusError
from bias_detect.labels import Label
from bias_detect.tabular import as_text, quoted

SENTENCE = "sentence"
LABEL = "label"
DOCUMENT = "document"
ANNOTATOR = "annotator"
SENTENCE_ID = "sentence_id"

MAX_CHARACTERS = 100_000

# Control characters except tab and line ends, half surrogate pairs, and the two noncharacters that PDF
# extraction leaves behind: most output formats cannot hold them. U+0080 to U+009F are let through: they are
# dashes and quotation marks of Windows text read as Latin-1, common in public tables and harmless.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows of a table stand in its file, so that an error can name one.

    Parameters
    ----------
    path : Path
        The file.
    numbers : sequence of int
        The number of each row as a person counts in that format: in a spreadsheet the header is row 1.
    unit : str
        What is counted: ``row`` or ``line``.

    Examples
    --------
    >>> Rows(Path("a.csv"), [2, 3, 5]).name(2)
    'row 5'
    """

    path: Path
    numbers: Sequence[int]
    unit: str = "row"

    def name(self, position: int) -> str:
        """Return the name of the row at a position, counted from 0.

        Examples
        --------
        >>> Rows(Path("a.jsonl"), [1, 2], "line").name(0)
        'line 1'
        """
        return f"{self.unit} {self.numbers[position]}"


def check_sentences(values: Sequence[Any], rows: Rows, column: str) -> list[str]:
    """Return the sentences as text, or say which of them cannot be used.

    Parameters
    ----------
    values : sequence of object
        The cells of the text column.
    rows : Rows
        Where they stand.
    column : str
        The column's name in the file.

    Returns
    -------
    list of str
        The sentences as they stand in the file; a number becomes its text.

    Raises
    ------
    CorpusError
        If one is missing, is no text, is longer than ``MAX_CHARACTERS`` or holds a control character.

    Examples
    --------
    >>> check_sentences(["No visit was made.", "NA"], Rows(Path("a.csv"), [2, 3]), "sentence")
    ['No visit was made.', 'NA']
    """
    texts = [value if isinstance(value, str) else _number_text(value) for value in values]
    missing = [position for position, text in enumerate(texts) if not text or text.isspace()]
    for position in missing:
        if as_text(values[position]) is not None:
            kind = type(values[position]).__name__
            raise CorpusError(
                f"{rows.name(position)} of column {quoted([column])} holds a {kind}, not text",
                subject=rows.path,
                next_step="write it as text, or name another column with --text-column",
            )
    _refuse_missing(missing, rows, column, what="sentence", next_step="fill in or delete such rows")
    sentences = [text for text in texts if text is not None]
    for position, sentence in enumerate(sentences):
        if len(sentence) > MAX_CHARACTERS:
            raise CorpusError(
                f"{rows.name(position)} of column {quoted([column])} has {len(sentence):,} characters, and a "
                f"sentence may have {MAX_CHARACTERS:,}",
                subject=rows.path,
                next_step="split the text into sentences, one a row",
            )
        if found := _CONTROL.search(sentence):
            raise CorpusError(
                f"{rows.name(position)} of column {quoted([column])} holds the control character "
                f"U+{ord(found.group()):04X} at character {found.start() + 1}",
                subject=rows.path,
                next_step="remove it, or export the table again as UTF-8",
            )
    return sentences


def is_sound(sentence: str) -> bool:
    r"""Say whether `check_sentences` lets a sentence pass, where a bad one is not to stop the rest.

    Parameters
    ----------
    sentence : str
        A sentence.

    Returns
    -------
    bool
        Whether it has text, is not too long and holds no control character.

    Examples
    --------
    >>> is_sound("She rang."), is_sound(" "), is_sound("She\0rang.")
    (True, False, False)
    """
    try:
        check_sentences([sentence], Rows(Path(), [0]), SENTENCE)
    except CorpusError:
        return False
    return True


def sentence_text(cell: Any) -> str:
    """Return the text of a cell that holds a sentence, where a bad cell is not to stop the rest.

    Parameters
    ----------
    cell : object
        The cell.

    Returns
    -------
    str
        What `check_sentences` has; nothing where that would find no sentence.

    Examples
    --------
    >>> sentence_text(" She rang."), sentence_text(7), sentence_text(["She rang."]), sentence_text(" ")
    (' She rang.', '7', '', '')
    """
    if isinstance(cell, str):
        return cell if cell.strip() else ""
    return "" if isinstance(cell, (list, dict)) else as_text(cell) or ""


def check_labels(values: Sequence[Any], rows: Rows, column: str) -> list[str]:
    """Return the labels as text, or say how many rows have none.

    Numbers read as a spreadsheet shows them: 1, 1.0 and ``"1.0"`` in a column of numbers are all ``"1"``.

    Parameters
    ----------
    values : sequence of object
        The cells of the label column.
    rows : Rows
        Where they stand.
    column : str
        The column's name in the file.

    Returns
    -------
    list of str
        The labels.

    Raises
    ------
    CorpusError
        If a row has no label.

    Examples
    --------
    >>> check_labels([1, 0.0, True], Rows(Path("a.csv"), [2, 3, 4]), "target")
    ['1', '0', 'True']
    """
    labels = label_texts(values)
    missing = [position for position, label in enumerate(labels) if label is None]
    _refuse_missing(
        missing,
        rows,
        column,
        what="label",
        next_step="label or delete such rows, or name another column with --label-column",
    )
    return [label for label in labels if label is not None]


def label_texts(values: Sequence[Any]) -> list[str | None]:
    """Return labels as text, None where there is none.

    Parameters
    ----------
    values : sequence of object
        The cells of the label column.

    Returns
    -------
    list of str or None
        The labels; the word ``nan``, which other programs write for a missing value, counts as missing.

    Examples
    --------
    >>> label_texts(["1.0", "0.0", "nan"]), label_texts(["v1.0", None])
    (['1', '0', None], ['v1.0', None])
    """
    labels = [None if text is None or text.lower() == "nan" else text for text in map(as_text, values)]
    if all(_NUMBER.fullmatch(label) for label in labels if label is not None):
        return [None if label is None else re.sub(r"\.0+$", "", label) for label in labels]
    return labels


def check_classes(labels: Iterable[str], subject: str) -> None:
    """Raise unless there are at least two labels to tell apart.

    Parameters
    ----------
    labels : iterable of str
        The labels of all sentences.
    subject : str
        The file or files that they come from.

    Raises
    ------
    CorpusError
        If there are fewer than two.

    Examples
    --------
    >>> check_classes(["yes", "no"], "a.csv")
    """
    known = sorted(set(labels))
    if len(known) < 2:
        raise CorpusError(
            f"every sentence has the same label ({quoted(known)}), and a classifier needs at least two",
            subject=subject,
            next_step="add sentences of another label, or name another column with --label-column",
        )


def folded(label: str) -> str:
    """Return a label as it is compared with what a person wrote: without case, and with one kind of separator.

    Parameters
    ----------
    label : str
        A label.

    Returns
    -------
    str
        The same for all ways to write it.

    Examples
    --------
    >>> folded("Hindsight-biased ")
    'hindsight_biased'
    """
    return re.sub(r"[\s_-]+", "_", label.strip().casefold())


def codebook_spellings(labels: Iterable[str]) -> dict[str, str]:
    """Return how the codebook writes those labels of a table that are its own, and are written otherwise there.

    A table's labels are the codebook's where two of them are to the letter, or where all are but for case and
    separators. Labels of another scheme are never touched, nor is a single one, which may belong to such a scheme.

    Parameters
    ----------
    labels : iterable of str
        All labels of the table.

    Returns
    -------
    dict of str to str
        The codebook's label by what stands in the table; empty where all is as it should be.

    Examples
    --------
    >>> codebook_spellings(["descriptive", "Hindsight-biased"])
    {'Hindsight-biased': 'hindsight_biased'}
    >>> codebook_spellings(["Descriptive", "Evaluative"])
    {}
    """
    used, known = sorted(set(labels)), {str(label) for label in Label}
    exact = known.intersection(used)
    if len(exact) < 2 and (len(used) < 2 or not {folded(label) for label in used} <= known):
        return {}
    return {label: folded(label) for label in used if label not in exact and folded(label) in known}


def wording(sentence: str) -> str:
    """Return what is left of a sentence where looks do not count: by it two are told to have the same words.

    Parameters
    ----------
    sentence : str
        A sentence.

    Returns
    -------
    str
        Its letters and digits, without case. Of these the plain ones alone, where there are any: the others suffer
        where a table is saved in a wrong encoding.

    Examples
    --------
    >>> wording("The  mother’s GP rang."), wording("the motherâ€™s GP rang")
    ('themothersgprang', 'themothersgprang')
    """
    return re.sub(r"[^a-z0-9]+", "", sentence.casefold()) or "".join(sentence.casefold().split())


def _number_text(value: Any) -> str | None:
    """Return the text of a cell that a spreadsheet took for a number or a truth value, else None."""
    return as_text(value) if isinstance(value, (bool, int, float, np.bool_, np.number)) else None


def _refuse_missing(positions: list[int], rows: Rows, column: str, *, what: str, next_step: str) -> None:
    """Raise if any row lacks what it must have, naming how many and the first."""
    if not positions:
        return
    first = rows.name(positions[0])
    cause = (
        f"{first} has no {what}" if len(positions) == 1 else f"{len(positions):,} rows have no {what}, first {first}"
    )
    raise CorpusError(f"{cause} (column {quoted([column])})", subject=rows.path, next_step=next_step)
