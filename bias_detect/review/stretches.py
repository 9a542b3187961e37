"""The parts of a draft that are there to explain: its sections of analysis and findings."""

from __future__ import annotations

from collections.abc import Iterator

from bias_detect.documents.document import Document, Paragraph
from bias_detect.documents.sections import FOOTNOTE

SECTION_KINDS = frozenset({"analysis", "findings"})
"""Kinds of section that are there to explain."""


def stretches(document: Document) -> Iterator[list[Paragraph]]:
    """Yield the paragraphs of each section of a kind that is there to explain; notes do not part it.

    Parameters
    ----------
    document : Document
        The draft.

    Yields
    ------
    list of Paragraph
        Those of one section, in reading order.

    Examples
    --------
    >>> list(stretches(Document.from_texts("draft", ["The nurse rang the ward."])))
    []
    """
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
