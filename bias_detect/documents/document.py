"""What every reader returns: a Document of Paragraphs."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

PARAGRAPH_BREAK = "\n\n"


class Part(NamedTuple):
    """What a reader says of a paragraph; its number and offset follow from those before it.

    Parameters
    ----------
    text, page, section, turns, heading
        As in `Paragraph`.

    Examples
    --------
    >>> Part("The nurse rang.", section="findings").section
    'findings'
    """

    text: str
    page: int | None = None
    section: str | None = None
    turns: tuple[int, ...] = ()
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a document.

    Parameters
    ----------
    text : str
        The text, whole across line and page breaks.
    number : int
        Place in the document, counted from 1.
    start : int
        Character offset of the paragraph in the document's text.
    page : int or None
        Page on which it begins, counted from 1; None where the format has no pages.
    section : str or None
        Kind of section (``findings``, ``recommendations``, …), ``footnote`` for the notes, or, in a table, the column.
    turns : tuple of int
        Character offsets in the text at which further pages begin.
    heading : bool
        Whether it is a heading, which states nothing.

    Examples
    --------
    >>> Document.from_texts("draft", ["One.", "Two."]).paragraphs[1].start
    6
    """

    text: str
    number: int
    start: int
    page: int | None = None
    section: str | None = None
    turns: tuple[int, ...] = ()
    heading: bool = False

    def page_at(self, offset: int) -> int | None:
        """Return the page on which a character of the text stands.

        Parameters
        ----------
        offset : int
            Offset of the character in the paragraph's text.

        Returns
        -------
        int or None
            The page, counted from 1; None where the format has no pages.

        Examples
        --------
        >>> paragraph = Paragraph("It began here. It ended there.", 1, 0, page=7, turns=(15,))
        >>> paragraph.page_at(0), paragraph.page_at(15)
        (7, 8)
        """
        return None if self.page is None else self.page + bisect_right(self.turns, offset)


def name_of(path: Path) -> str:
    r"""Return the name of a file as text: on some disks it need not be any, and in some locales no umlaut is.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        Its name, with question marks in black diamonds for what is no UTF-8.

    Examples
    --------
    >>> name_of(Path("folder/draft\udcff.txt"))
    'draft�.txt'
    """
    return os.fsencode(path.name).decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class Document:
    r"""A document read into memory.

    Parameters
    ----------
    name : str
        What the scored table calls it: the file's name, or an identifier.
    paragraphs : tuple of Paragraph
        In reading order.

    Examples
    --------
    >>> Document.from_texts("draft", ["One.", "Two."]).text
    'One.\n\nTwo.'
    """

    name: str
    paragraphs: tuple[Paragraph, ...] = field(default=())

    @classmethod
    def from_texts(cls, name: str, texts: list[str]) -> Document:
        """Build a document of plain paragraphs.

        Parameters
        ----------
        name : str
            The document's name.
        texts : list of str
            The paragraphs' texts.

        Returns
        -------
        Document
            The paragraphs numbered from 1, with their offsets.

        Examples
        --------
        >>> [paragraph.number for paragraph in Document.from_texts("draft", ["One.", "Two."]).paragraphs]
        [1, 2]
        """
        return cls.from_parts(name, map(Part, texts))

    @classmethod
    def from_parts(cls, name: str, parts: Iterable[Part]) -> Document:
        """Build a document of paragraphs with their pages and sections.

        Parameters
        ----------
        name : str
            The document's name.
        parts : iterable of Part
            The paragraphs in reading order.

        Returns
        -------
        Document
            The paragraphs numbered from 1, with their offsets.

        Examples
        --------
        >>> parts = [Part("Findings", heading=True), Part("She rang.", section="findings")]
        >>> document = Document.from_parts("draft", parts)
        >>> document.paragraphs[1].number, document.paragraphs[1].section
        (2, 'findings')
        """
        paragraphs, start = [], 0
        for number, part in enumerate(parts, start=1):
            paragraphs.append(Paragraph(part.text, number, start, part.page, part.section, part.turns, part.heading))
            start += len(part.text) + len(PARAGRAPH_BREAK)
        return cls(name, tuple(paragraphs))

    @property
    def text(self) -> str:
        """The document's text, in which ``start`` and ``end`` count."""
        return PARAGRAPH_BREAK.join(paragraph.text for paragraph in self.paragraphs)
