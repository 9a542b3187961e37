"""The parts of a draft that are there to explain, its findings and analyses, and how much of them only describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bias_detect.documents.document import Document, Paragraph
from bias_detect.documents.sections import FOOTNOTE

SECTION_KINDS = frozenset({"analysis", "findings"})
"""Kinds of section that are there to explain."""

LEAST_SENTENCES = 10
"""Sentences that a finding must have before it is said to be nearly all description."""

_LEAST_WORDS = 5  # what is shorter is a heading, a label or an item of a list
_SENTENCE_END = re.compile(r"[.?!…][\"'”’)\]]*$")


class Stretch(NamedTuple):
    """A finding or a section of analysis.

    Parameters
    ----------
    heading : str or None
        Its heading.
    prose : list of (dict, Paragraph)
        The rows of its sentences, each with its paragraph.

    Examples
    --------
    >>> Stretch("Finding 2", []).heading
    'Finding 2'
    """

    heading: str | None
    prose: list[tuple[dict[str, Any], Paragraph]]

    @property
    def share(self) -> float:
        """The share of description."""
        return float(sum(row["p_descriptive"] for row, _ in self.prose) / len(self.prose))


def stretches(document: Document, rows: Sequence[dict[str, Any]]) -> Iterator[Stretch]:
    """Yield what is there to explain and has `LEAST_SENTENCES`; headings part it, and notes do not.

    Under several headings with fewer sentences each, such as those of one finding, what stands together counts as one.

    Parameters
    ----------
    document : Document
        The draft.
    rows : sequence of dict
        Rows of its scored table.

    Yields
    ------
    Stretch
        In reading order.

    Examples
    --------
    >>> list(stretches(Document.from_texts("draft", ["The nurse rang the ward."]), []))
    []
    """
    by_paragraph: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        if len(row["sentence"].split()) >= _LEAST_WORDS and _SENTENCE_END.search(row["sentence"]):
            by_paragraph.setdefault(row["paragraph"], []).append(row)
    for section in _sections(document):
        short: list[Paragraph] = []
        for part in _parts(section):
            whole = _stretch(part, by_paragraph)
            if len(whole.prose) < LEAST_SENTENCES:
                short += part
                continue
            yield from _long_enough(short, by_paragraph)
            yield whole
            short = []
        yield from _long_enough(short, by_paragraph)


def _long_enough(paragraphs: list[Paragraph], rows: Mapping[int, list[dict[str, Any]]]) -> Iterator[Stretch]:
    stretch = _stretch(paragraphs, rows)
    if len(stretch.prose) >= LEAST_SENTENCES:
        yield stretch


def _stretch(paragraphs: list[Paragraph], rows: Mapping[int, list[dict[str, Any]]]) -> Stretch:
    heading = next((paragraph.text for paragraph in paragraphs if paragraph.heading), None)
    texts = (paragraph for paragraph in paragraphs if not paragraph.heading)
    return Stretch(heading, [(row, paragraph) for paragraph in texts for row in rows.get(paragraph.number, ())])


def _sections(document: Document) -> Iterator[list[Paragraph]]:
    """Yield the paragraphs of each section of a kind that is there to explain."""
    held: list[Paragraph] = []
    for paragraph in document.paragraphs:
        if paragraph.section == FOOTNOTE:
            continue
        if held and paragraph.section != held[-1].section:
            yield held
            held = []
        if paragraph.section in SECTION_KINDS:
            held.append(paragraph)
    if held:
        yield held


def _parts(section: list[Paragraph]) -> Iterator[list[Paragraph]]:
    """Part a section where a heading stands behind text."""
    held: list[Paragraph] = []
    for paragraph in section:
        if paragraph.heading and held and not held[-1].heading:
            yield held
            held = []
        held.append(paragraph)
    yield held
