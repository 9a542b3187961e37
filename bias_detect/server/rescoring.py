"""Scoring a text again after an edit: only paragraphs that were not seen before are read."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from bias_detect.documents.document import Document, Paragraph
from bias_detect.scoring import score_paragraphs

if TYPE_CHECKING:
    from bias_detect.model.classifier import ReviewClassifier

Row = dict[str, Any]

_MOST_CHARACTERS = 4_000_000  # of the paragraphs that are held


class Rescorer:
    """Score documents, and hold the rows of their paragraphs in memory for the next time.

    A row depends on its paragraph alone, but for its place in the document, which is put in anew, and for the 16th
    digit of its probabilities.

    Parameters
    ----------
    model : ReviewClassifier
        A fitted classifier.
    most : int
        Characters of text that are held; those that were used longest ago are forgotten.

    Examples
    --------
    >>> from bias_detect.model.bundle import load_model
    >>> rescorer = Rescorer(load_model("default"))
    >>> rescorer.rows(Document.from_texts("draft", ["She rang.", "Nobody came."]))[1]["sentence_id"]
    'p2s1'
    """

    def __init__(self, model: ReviewClassifier, most: int = _MOST_CHARACTERS) -> None:
        self._model = model
        self._most = most
        self._held: OrderedDict[bytes, tuple[int, list[Row]]] = OrderedDict()
        self._characters = 0

    def rows(self, document: Document) -> list[Row]:
        """Score a document.

        Parameters
        ----------
        document : Document
            The document.

        Returns
        -------
        list of dict
            The rows of its scored table.

        Examples
        --------
        >>> from bias_detect.model.bundle import load_model
        >>> rows = Rescorer(load_model("default")).rows(Document.from_texts("draft", ["She rang. Nobody came."]))
        >>> [row["sentence"] for row in rows]
        ['She rang.', 'Nobody came.']
        """
        keys = [
            hashlib.sha256(paragraph.text.encode("utf-8", "surrogatepass")).digest()
            for paragraph in document.paragraphs
        ]
        fresh = {
            key: paragraph.text
            for key, paragraph in zip(keys, document.paragraphs, strict=True)
            if key not in self._held
        }
        known = {key: self._held[key][1] for key in keys if key in self._held} | self._score(fresh)
        for key, text in fresh.items():
            self._held[key] = len(text), known[key]
            self._characters += len(text)
        for key in keys:
            self._held.move_to_end(key)
        while self._characters > self._most:
            _, (size, _) = self._held.popitem(last=False)
            self._characters -= size
        return [
            _placed(row, document.name, paragraph, place)
            for key, paragraph in zip(keys, document.paragraphs, strict=True)
            for place, row in enumerate(known[key], start=1)
        ]

    def forget(self) -> None:
        """Hold nothing any more.

        Examples
        --------
        >>> from bias_detect.model.bundle import load_model
        >>> rescorer = Rescorer(load_model("default"))
        >>> _ = rescorer.rows(Document.from_texts("draft", ["She rang."]))
        >>> rescorer.forget()
        """
        self._held.clear()
        self._characters = 0

    def _score(self, texts: dict[bytes, str]) -> dict[bytes, list[Row]]:
        keys = list(texts)
        found: dict[bytes, list[Row]] = {key: [] for key in keys}
        paragraphs = (Paragraph(text, number, 0) for number, text in enumerate(texts.values()))
        for rows in score_paragraphs(paragraphs, self._model, name=""):
            for row in rows:
                found[keys[row["paragraph"]]].append(row)
        return found


def _placed(row: Row, name: str, paragraph: Paragraph, place: int) -> Row:
    """Return a row of a paragraph by itself as one of a document."""
    return {
        **row,
        "document": name,
        "sentence_id": f"p{paragraph.number}s{place}",
        "section": paragraph.section,
        "paragraph": paragraph.number,
        "page": paragraph.page_at(row["start"]),
        "start": row["start"] + paragraph.start,
        "end": row["end"] + paragraph.start,
    }
