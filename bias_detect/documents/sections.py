"""Headings of review reports: which lines are headings, and which kind of section each begins.

The words are data (``sections.json``): for each kind the phrases that head such a section in serious case
reviews, safeguarding reviews, domestic homicide reviews, coroners' reports and public inquiries.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

FOOTNOTE = "footnote"
"""The kind of the notes at the foot of pages, whichever section they stand in."""

MAX_HEADING_CHARACTERS = 160
_MAX_HEADING_WORDS = 14
_MAX_BARE_HEADING_WORDS = 8

_ENUMERATOR = re.compile(
    r"""\s*(?:
        (?:chapter|part|section|volume|module)\s+(?:\d+|[ivxlc]+|[a-z])\b\s*[:.\-–—]*
      | \(?(?:\d{1,3}(?:\.\d{1,3})*|[ivxlc]{1,5}|[a-z])[.)]+(?!\d)
      | \d{1,3}(?:\.\d{1,3})*(?=\s)
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBERED_NAME = re.compile(
    r"(?:chapter|part|appendix|annexe?|finding|lesson|theme|recommendation|learning point)"
    r"\s+(?:\d+|[ivxlc]+|[a-z])\b",
    re.IGNORECASE,
)
_CHAPTER = re.compile(r"\s*(?:chapter|part|appendix|annexe?)\s+(?:\d+|[ivxlc]+|[a-z])\b", re.IGNORECASE)
_NOTES = re.compile(r"(?:the )?(?:(?:foot|end)?notes|references and notes|notes and references)\W*")
_AT_HEAD = frozenset({"method", "appendix"})
# What may stand before the words that head these sections; behind others, such words tell of practice.
_BEFORE_HEAD = re.compile(
    r"(?:.*[:–—]\s+|.*\s-\s+)?(?:(?:introduction|overview|summary|aims?|purpose) and )?"
    r"(?:(?:a|an|the|our|its|this|about|on|relevant|key|national|local|applicable|current|review|report|inquiry|panel"
    r"|investigation|audit|inquest|scr|dhr|sar|serious case|safeguarding adults|domestic homicide)(?:'s)?\s+)*"
)
_SENTENCE_END = re.compile(r"[.!;,]['\"’”)\]]*$")
_PAGE_REFERENCE = re.compile(r"(?:\s\d{1,4}|(?<!\.)\.{3,}+\s*\d*|\s[ivxlc]+)\s*$")
_OWN_NUMBER = re.compile(  # a year, or the number of what is named before it
    r"(?:\s(?:19|20)\d\d|\b(?:box|case|episode|event|figure|issue|level|module|period|phase|question|section|stage|step"
    r"|study|table|volume|ward)\s\d{1,3})$",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")


@cache
def _lists() -> dict[str, list[str]]:
    lists: dict[str, list[str]] = json.loads(files(__package__).joinpath("sections.json").read_text("utf-8"))
    return lists


def section_kinds() -> tuple[str, ...]:
    """Return the kinds of section that are told apart.

    Returns
    -------
    tuple of str
        Their names.

    Examples
    --------
    >>> "findings" in section_kinds()
    True
    """
    return (*_lists(), FOOTNOTE)


@cache
def _phrases() -> tuple[re.Pattern[str], dict[str, str]]:
    """Read the word lists once: one pattern, longest phrase first, and the kind of each phrase."""
    kinds = {phrase: kind for kind, phrases in _lists().items() for phrase in phrases}
    longest_first = sorted(kinds, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    return pattern, kinds


def section_kind(heading: str) -> str | None:
    """Return the kind of section that a heading begins, or None where no word of it is known.

    The first known phrase decides, so that ``Findings and recommendations`` begins findings; a word such as
    ``introduction`` decides only where nothing else is known. Words of law, method and appendices decide only at the
    head: ``Statutory guidance`` begins method, and ``How staff followed statutory guidance`` does not.

    Parameters
    ----------
    heading : str
        The heading, with or without its number.

    Returns
    -------
    str or None
        ``method``, ``facts``, ``chronology``, ``analysis``, ``findings``, ``conclusions``,
        ``recommendations``, ``appendix``, ``footnote`` (a list of endnotes), ``other`` or None.

    Examples
    --------
    >>> section_kind("4.2 Analysis of practice"), section_kind("APPENDIX B: Terms of reference")
    ('analysis', 'appendix')
    >>> section_kind("The weeks before Christmas") is None
    True
    """
    text = " ".join(heading.replace("’", "'").casefold().split())
    text = text[enumerator.end() :] if (enumerator := _ENUMERATOR.match(text)) else text
    pattern, kinds = _phrases()
    if _NOTES.fullmatch(text):
        return FOOTNOTE
    found = [
        kind
        for match in pattern.finditer(text)
        if (kind := kinds[match.group()]) not in _AT_HEAD or _BEFORE_HEAD.fullmatch(text, 0, match.start())
    ]
    return next((kind for kind in found if kind != "other"), found[0] if found else None)


def is_heading(text: str) -> bool:
    """Say whether a paragraph of its own reads as a heading, by its words alone.

    A heading is short, does not end as a statement does, and is set in capitals, carries a chapter's or
    finding's number, or, cleared of its number, is made up mainly of a phrase known to head a section.
    Entries of a contents list, which end in a page number, are not headings.

    Parameters
    ----------
    text : str
        The paragraph.

    Returns
    -------
    bool
        True for a heading.

    Examples
    --------
    >>> is_heading("5. Findings"), is_heading("KEY EPISODE ONE"), is_heading("Finding 3: One form, two teams")
    (True, True, True)
    >>> is_heading("The findings were shared with the family."), is_heading("5. Findings 27")
    (False, False)
    """
    text = text.strip()
    if not 0 < len(text) <= MAX_HEADING_CHARACTERS or "\n" in text:
        return False
    if ends_as_statement(text) or is_contents_entry(text):
        return False
    if _NUMBERED_NAME.match(text):
        return True
    bare = text[enumerator.end() :] if (enumerator := _ENUMERATOR.match(text)) else text
    if len(text.split()) > _MAX_HEADING_WORDS or not _LETTER.match(bare.lstrip("‘’“”\"'([")):
        return False
    if bare.isupper() and len(bare) > 3:
        return True
    return bare[0].isupper() and len(bare.split()) <= _MAX_BARE_HEADING_WORDS and _is_known(bare)


def ends_as_statement(text: str) -> bool:
    """Say whether a text ends as a statement does, as paragraphs do that are merely set as headings.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    bool
        False for most headings.

    Examples
    --------
    >>> ends_as_statement("4.1 The nurse rang."), ends_as_statement("What happened?")
    (True, False)
    """
    return _SENTENCE_END.search(text) is not None


def is_contents_entry(text: str) -> bool:
    """Say whether a line ends in a page number, as the entries of a contents list do.

    Parameters
    ----------
    text : str
        The line.

    Returns
    -------
    bool
        False for ``Recommendation 4``, whose number is its name, and for ``The weeks to May 2014``.

    Examples
    --------
    >>> is_contents_entry("Chapter 2: The visits 19"), is_contents_entry("Chapter 2")
    (True, False)
    """
    if not _PAGE_REFERENCE.search(text) or _OWN_NUMBER.search(text.rstrip()):
        return False
    named = _NUMBERED_NAME.match(text)
    return named is None or named.end() < len(text.rstrip())


def _is_known(bare: str) -> bool:
    """Say whether a heading without its number opens with a known phrase, or is at least half made of one."""
    text = bare.replace("’", "'").casefold()
    match = _phrases()[0].search(text)
    return match is not None and (match.start() == 0 or 2 * len(match.group()) >= len(text))


class SectionTracker:
    """Follow the headings of one document, and say which kind of section stands open.

    Headings nest by level. A heading of a known kind opens a section of that kind; one of no known kind inherits
    the kind of the section around it, and without one opens ``other``. A heading whose level is not known changes
    the section only where its kind is known: it may as well be the title of a list. Chapters and appendices are of
    the first level.

    Examples
    --------
    >>> tracker = SectionTracker()
    >>> tracker.current is None
    True
    >>> tracker.heading("Findings", level=1)
    'findings'
    >>> tracker.heading("The school", level=2)
    'findings'
    >>> tracker.heading("Postscript", level=1)
    'other'
    """

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    @property
    def current(self) -> str | None:
        """Kind of the section that stands open; None before the first heading."""
        return self._open[-1][1] if self._open else None

    def heading(self, text: str, level: int | None = None) -> str | None:
        """Take the next heading.

        Parameters
        ----------
        text : str
            The heading.
        level : int, optional
            Its depth as the format gives it, from 1 (0 for the document's title).

        Returns
        -------
        str or None
            Kind of the section under it.

        Examples
        --------
        >>> tracker = SectionTracker()
        >>> tracker.heading("4. Findings", level=1), tracker.heading("5. Recommendations", level=1)
        ('findings', 'recommendations')
        """
        kind = section_kind(text)
        if level is None and _CHAPTER.match(text):
            level = 1
        if level is None:
            if kind is not None and self.current != "appendix":  # an appendix has headings of its own
                self._open = [(1, kind)]
            return self.current
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, kind or self.current or "other"))
        return self.current
