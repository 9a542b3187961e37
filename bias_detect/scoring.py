"""Text or a document in, a table of scored sentences out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bias_detect.documents.document import Document, Paragraph
from bias_detect.documents.read import SUFFIXES, read_document
from bias_detect.documents.text import iter_text
from bias_detect.errors import UsageError
from bias_detect.language.pipeline import Mark, Sentence, sentence_reader
from bias_detect.model.bundle import load_model

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.model.classifier import ReviewClassifier

BATCH = 512
"""Sentences that are held in memory and labelled at a time."""

_PLACE = ("document", "sentence_id", "section", "paragraph", "page", "start", "end", "sentence", "label", "confidence")
_MARKS = ("uncertain", "signals", "influences")


def columns(model: ReviewClassifier) -> list[str]:
    """Return the columns of the scored table.

    Parameters
    ----------
    model : ReviewClassifier
        The model that labels.

    Returns
    -------
    list of str
        Their names; ``p_<label>`` for each label of the model.

    Examples
    --------
    >>> columns(load_model())[8:13]
    ['label', 'confidence', 'p_descriptive', 'p_explanatory', 'p_hindsight_biased']
    """
    return [*_PLACE, *(f"p_{name}" for name in model.classes_), *_MARKS]


def score(
    source: str | Path | Document, *, model: str | Path | ReviewClassifier = "default", section: str | None = None
) -> pd.DataFrame:
    """Label every sentence of a text or document.

    Parameters
    ----------
    source : str, Path or Document
        A text, a file (Word, PDF, HTML, Markdown, plain text) or a document that was read before. A string is taken
        for a file where one of this name exists.
    model : str, Path or ReviewClassifier, default="default"
        The model, by name, folder or itself.
    section : str, optional
        Score only the paragraphs of this kind of section, such as ``"findings"``.

    Returns
    -------
    pandas.DataFrame
        A row a sentence: ``document``, ``sentence_id``, ``section``, ``paragraph``, ``page``, ``start``, ``end``
        (character offsets in the document's text), ``sentence``, ``label``, ``confidence`` (probability of the
        label), ``p_<label>``, ``uncertain``, ``signals`` and ``influences`` (lists of dicts, offsets in the sentence).

    Raises
    ------
    DocumentError
        If the file or text cannot be read.
    ModelError
        If the model cannot be loaded.
    UsageError
        If what is given is a list, a table or anything else.

    Examples
    --------
    >>> score("The nurse rang the ward. Staff should have seen that he was in danger.")["label"].tolist()
    ['descriptive', 'hindsight_biased']
    """
    import pandas as pd

    classifier = load_model(model) if isinstance(model, str | Path) else model
    name, paragraphs = _open(source)
    if section is not None:
        paragraphs = (paragraph for paragraph in paragraphs if paragraph.section == section)
    names = columns(classifier)
    table: dict[str, list[Any]] = {column: [] for column in names}
    for batch in _batches(paragraphs, classifier, name, BATCH):
        for column, values in zip(names, batch, strict=True):
            table[column] += values
    if table["sentence"]:
        return pd.DataFrame(table)
    # Columns without a cell have no type of their own: they get those of a table that has a row.
    row = next(_batches([Paragraph("None.", 1, 0, section="findings")], classifier, name, 1))
    return pd.DataFrame(dict(zip(names, row, strict=True))).iloc[:0]


def _open(source: str | Path | Document) -> tuple[str, Iterable[Paragraph]]:
    if isinstance(source, Document):
        return source.name, source.paragraphs
    if not isinstance(source, str | Path):
        raise UsageError(
            f"score takes one text, file or document, and no {type(source).__name__}",
            next_step="give a list of sentences to load_model().predict, and the file of a table to audit",
        )
    if isinstance(source, Path) or _names_file(source):
        document = read_document(source)
        return document.name, document.paragraphs
    return "text", read_text(source)


def _names_file(text: str) -> bool:
    if len(text) > 1000 or "\n" in text or not text.strip():
        return False
    try:
        # "draft.docx" is meant as a file also where there is none, and is then said to be missing.
        return Path(text).is_file() or text.lower().endswith(SUFFIXES)
    except (OSError, ValueError):
        return False


def read_text(text: str, name: str = "text") -> Iterator[Paragraph]:
    r"""Read a text as plain-text files are read: blank lines part paragraphs.

    Parameters
    ----------
    text : str
        Any prose.
    name : str, default="text"
        What errors call it.

    Yields
    ------
    Paragraph
        In order.

    Raises
    ------
    DocumentError
        If it holds no text, control characters, or a run without any sentence end.

    Examples
    --------
    >>> [paragraph.text for paragraph in read_text("One.\n\nTwo.")]
    ['One.', 'Two.']
    """
    return iter_text(io.BytesIO(text.encode("utf-8", errors="replace")), name)


def score_paragraphs(
    paragraphs: Iterable[Paragraph], model: ReviewClassifier, *, name: str, batch: int = BATCH
) -> Iterator[list[dict[str, Any]]]:
    """Label the sentences of paragraphs batch by batch, so that memory is bounded by the batch.

    Parameters
    ----------
    paragraphs : iterable of Paragraph
        From a reader; taken one at a time.
    model : ReviewClassifier
        A fitted classifier.
    name : str
        The document's name.
    batch : int, default=512
        Least number of sentences to label at a time.

    Yields
    ------
    list of dict
        Rows of the scored table.

    Examples
    --------
    >>> rows = next(score_paragraphs(read_text("The ward was full."), load_model(), name="note"))
    >>> rows[0]["document"], rows[0]["sentence_id"], rows[0]["start"]
    ('note', 'p1s1', 0)
    """
    names = columns(model)
    for values in _batches(paragraphs, model, name, batch):
        yield [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _batches(
    paragraphs: Iterable[Paragraph], model: ReviewClassifier, name: str, size: int
) -> Iterator[list[list[Any]]]:
    """Yield the values of the scored table's columns for some sentences at a time."""
    reader = sentence_reader()
    places: list[tuple[Paragraph, int]] = []
    sentences: list[Sentence] = []
    for paragraph in paragraphs:
        found = reader.split(paragraph.text)
        sentences += found
        places += [(paragraph, place) for place in range(1, len(found) + 1)]
        if len(sentences) >= size:
            yield _columns(places, sentences, model, name)
            places, sentences = [], []
    if sentences:
        yield _columns(places, sentences, model, name)


def _columns(
    places: list[tuple[Paragraph, int]], sentences: list[Sentence], model: ReviewClassifier, name: str
) -> list[list[Any]]:
    assessed = model.assess(sentences)
    proba = assessed.proba
    return [
        [name] * len(sentences),
        [f"p{paragraph.number}s{place}" for paragraph, place in places],
        [paragraph.section for paragraph, _ in places],
        [paragraph.number for paragraph, _ in places],
        [paragraph.page_at(sentence.start) for (paragraph, _), sentence in zip(places, sentences, strict=True)],
        [paragraph.start + sentence.start for (paragraph, _), sentence in zip(places, sentences, strict=True)],
        [paragraph.start + sentence.end for (paragraph, _), sentence in zip(places, sentences, strict=True)],
        [sentence.text for sentence in sentences],
        assessed.labels.tolist(),
        proba.max(axis=1).tolist(),
        *proba.T.tolist(),
        assessed.uncertain.tolist(),
        [_marks("signal", sentence.signals) for sentence in sentences],
        [_marks("influence", sentence.influences) for sentence in sentences],
    ]


def _marks(kind: str, marks: list[Mark]) -> list[dict[str, Any]]:
    return [{kind: mark.label, "start": mark.start, "end": mark.end, "text": mark.text} for mark in marks]
