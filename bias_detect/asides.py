"""Sentences that are scored but not counted: headings and notes, what is quoted, was asked for, or shall be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bias_detect.documents.document import Paragraph
from bias_detect.documents.sections import FOOTNOTE
from bias_detect.language.quotations import quotation_spans, quoted_share

SECTIONS = frozenset({"method", "recommendations", FOOTNOTE})
"""Kinds of section whose sentences are set aside: purpose, law and method; what shall be done; and the notes."""

_HEADING = "heading"

_MOSTLY = 0.5  # a sentence more of which is quoted is somebody else's


class Asides:
    """Say of the sentences of a document whether they are set aside, and why.

    Parameters
    ----------
    count_all : bool
        Whether none is.
    section : str or None
        A kind of section that was asked for, which is therefore counted.

    Examples
    --------
    >>> asides = Asides(count_all=False, section=None)
    >>> quoted = Paragraph("“He should have come.” She said no more.", number=7, start=100)
    >>> list(asides.watch([quoted])) == [quoted]
    True
    >>> asides.reason("findings", 7, 100, 122), asides.reason("findings", 7, 123, 140)
    ('quotation', None)
    >>> asides.reason("recommendations", 8, 200, 220)
    'recommendations'
    """

    def __init__(self, *, count_all: bool, section: str | None) -> None:
        self._count_all = count_all
        self._sections = SECTIONS - {section}
        self._headings: set[int] = set()
        self._quoted: dict[int, list[tuple[int, int]]] = {}

    def watch(self, paragraphs: Iterable[Paragraph]) -> Iterator[Paragraph]:
        """Hand paragraphs on, and remember which are headings and what is quoted in the others.

        Parameters
        ----------
        paragraphs : iterable of Paragraph
            Of one document.

        Yields
        ------
        Paragraph
            The same.

        Examples
        --------
        >>> asides = Asides(count_all=False, section=None)
        >>> [paragraph.text for paragraph in asides.watch([Paragraph("Findings", number=1, start=0, heading=True)])]
        ['Findings']
        """
        for paragraph in paragraphs:
            if paragraph.heading:
                self._headings.add(paragraph.number)
            elif not self._count_all and (spans := quotation_spans(paragraph.text)):
                shift = paragraph.start
                self._quoted[paragraph.number] = [(start + shift, end + shift) for start, end in spans]
            yield paragraph

    def reason(self, section: str | None, paragraph: int, start: int, end: int) -> str | None:
        """Say why a sentence is set aside.

        Parameters
        ----------
        section : str or None
            The kind of its section.
        paragraph : int
            The number of its paragraph, which was handed on before.
        start, end : int
            Its offsets in the document.

        Returns
        -------
        str or None
            The kind of section, ``"heading"`` or ``"quotation"``; None where it is counted.

        Examples
        --------
        >>> asides = Asides(count_all=False, section=None)
        >>> _ = list(asides.watch([Paragraph("Findings", number=1, start=0, heading=True)]))
        >>> asides.reason("findings", 1, 0, 8), asides.reason("findings", 2, 10, 30)
        ('heading', None)
        """
        if self._count_all:
            return None
        if section in self._sections:
            return section
        if paragraph in self._headings:
            return _HEADING
        quoted = paragraph in self._quoted and quoted_share(self._quoted[paragraph], start, end) > _MOSTLY
        return "quotation" if quoted else None
