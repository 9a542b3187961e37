"""Word documents: body text in reading order, as it stands once every tracked change is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bias_detect.documents.cleaning import clean_text
from bias_detect.documents.decoding import no_text
from bias_detect.documents.document import Document, Part, name_of
from bias_detect.documents.sections import (
    FOOTNOTE,
    MAX_HEADING_CHARACTERS,
    SectionTracker,
    ends_as_statement,
    is_heading,
)
from bias_detect.documents.word_package import NAMESPACE, Element, WordPackage, damaged, open_package

_W = f"{{{NAMESPACE}}}"
_P, _R, _T, _RPR, _VAL, _ID = (f"{_W}{name}" for name in ("p", "r", "t", "rPr", "val", "id"))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
TEXT_BOX = f"{_W}txbxContent"
"""The element that holds the paragraphs of a text box."""

SUMMARY_MARK = "_bias_detect_summary"
"""How the bookmarks begin by which a paragraph is known that a review has added, and that is no part of the text."""

_DROPPED = frozenset({f"{_W}{tag}" for tag in ("del", "moveFrom", "pPr", "rPr", "rt", "sectPr")} | {_FALLBACK})
_AS_TEXT = {f"{_W}{tag}": " " for tag in ("tab", "ptab", "br", "cr")} | {f"{_W}noBreakHyphen": "-"}
_OFF = {"0", "false", "off", "none"}
_NOTES = ("footnote", "endnote")
_CONTENTS_STYLE = re.compile(r"(?:TOC|Contents) ?(?:\d|Heading)|TableofFigures", re.IGNORECASE)
_HEADING_STYLE = re.compile(r"heading ([1-9])\b", re.IGNORECASE)


@dataclass
class WordParagraph:
    """One paragraph of a Word document's body.

    Parameters
    ----------
    element : lxml element
        The ``w:p``, the last of them where a tracked deletion runs paragraphs together.
    pieces : list of (lxml element, str)
        The elements that hold text (``w:t``, ``w:tab``, …) with what each adds to it.

    Examples
    --------
    >>> import docx
    >>> element = docx.Document().add_paragraph("She rang.")._p
    >>> WordParagraph(element, [(element[0][0], "She rang.")]).text
    'She rang.'
    """

    element: Element
    pieces: list[tuple[Element, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, white space at its ends left out."""
        return "".join(text for _, text in self.pieces).strip()


def read_word(path: Path) -> Document:
    """Read a Word document (``.docx``).

    Paragraphs, list items, table cells and text boxes come in the order of the file. Tracked insertions are
    text, tracked deletions are not; comments, page headers, hidden text and contents lists are left out, and
    so is the summary that a review has added. Footnotes and endnotes come behind the text, in the section ``footnote``.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Document
        The paragraphs, with the kind of section they stand in.

    Raises
    ------
    DocumentError
        Where the file is not a Word document, is locked, damaged or suspiciously large, or holds no text.

    Examples
    --------
    >>> import docx, tempfile
    >>> word = docx.Document()
    >>> _ = word.add_heading("Findings"), word.add_paragraph("She rang.")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     word.save(f"{folder}/draft.docx")
    ...     [(paragraph.section, paragraph.text) for paragraph in read_word(Path(folder, "draft.docx")).paragraphs]
    [('findings', 'Findings'), ('findings', 'She rang.')]
    """
    body, styles, notes = _open(path)
    document = Document.from_parts(name_of(path), _parts(body, styles, notes))
    if not document.paragraphs:
        raise no_text(str(path))
    return document


def word_paragraphs(body: Element) -> Iterator[WordParagraph]:
    """Yield the paragraphs that hold text, in reading order: those that `read_word` numbers from 1.

    A text box comes behind the paragraph that holds it.

    Parameters
    ----------
    body : lxml element
        The ``w:body``, such as python-docx's ``document.element.body``, or a note.

    Yields
    ------
    WordParagraph
        The paragraph with the elements of its text.

    Examples
    --------
    >>> import docx
    >>> word = docx.Document()
    >>> _ = word.add_paragraph("She rang."), word.add_paragraph(""), word.add_paragraph("Nobody came.")
    >>> [paragraph.text for paragraph in word_paragraphs(word.element.body)]
    ['She rang.', 'Nobody came.']
    """
    held = WordParagraph(body)
    boxes: list[Element] = []
    for element in _paragraph_elements(body):
        boxes += _boxes(element)
        if not _is_contents_entry(element) and not is_summary(element):
            held = WordParagraph(element, [*held.pieces, *_pieces(element)])
            if element.find(f"{_W}pPr/{_RPR}/{_W}del") is not None:
                continue  # its end was deleted: it runs on into the next
            if held.text:
                yield held
            held = WordParagraph(body)
        for box in boxes:
            yield from word_paragraphs(box)
        boxes = []
    if held.text:
        yield held
    for box in boxes:
        yield from word_paragraphs(box)


def _is_contents_entry(element: Element) -> bool:
    """Say whether a paragraph has the style of the entries of a contents list, or of a list of figures."""
    style = element.find(f"{_W}pPr/{_W}pStyle")
    return style is not None and _CONTENTS_STYLE.fullmatch(style.get(_VAL, "")) is not None


def is_summary(element: Element) -> bool:
    """Say whether a review has added a paragraph.

    Parameters
    ----------
    element : lxml element
        The ``w:p``.

    Returns
    -------
    bool
        Whether a bookmark in it says so.

    Examples
    --------
    >>> import docx
    >>> is_summary(docx.Document().add_paragraph("She rang.")._p)
    False
    """
    return any(mark.get(f"{_W}name", "").startswith(SUMMARY_MARK) for mark in element.findall(f"{_W}bookmarkStart"))


def _paragraph_elements(node: Element) -> Iterator[Element]:
    for child in node:
        if child.tag == _P:
            yield child
        elif child.tag == f"{_W}tr" and child.find(f"{_W}trPr/{_W}del") is not None:
            continue
        elif isinstance(child.tag, str) and child.tag not in _DROPPED:
            yield from _paragraph_elements(child)


def _boxes(paragraph: Element) -> Iterator[Element]:
    """Yield the text boxes of a paragraph, not those that stand in another box, which yields them."""
    return (box for box in paragraph.iter(TEXT_BOX) if not _inside_dropped(box, paragraph))


def _inside_dropped(box: Element, paragraph: Element) -> bool:
    """Say whether a text box is a spare copy, is deleted, or stands in another box."""
    for ancestor in box.iterancestors():
        if ancestor is paragraph:
            return False
        if ancestor.tag in _DROPPED or ancestor.tag == TEXT_BOX:
            return True
    return False


def _pieces(node: Element) -> Iterator[tuple[Element, str]]:
    for child in node:
        tag = child.tag
        if tag in (_T, _MATH_TEXT):
            yield child, " ".join(clean_text(child.text or "").split("\n"))
        elif tag in _AS_TEXT:
            yield child, _AS_TEXT[tag]
        elif tag == _R and _is_on(child.find(f"{_RPR}/{_W}vanish")):
            continue
        elif isinstance(tag, str) and tag not in _DROPPED and tag != TEXT_BOX:
            yield from _pieces(child)


def _is_on(toggle: Element | None) -> bool:
    """Say whether a toggle such as ``w:b`` is there and not switched off."""
    return toggle is not None and toggle.get(_VAL, "1") not in _OFF


@dataclass(frozen=True)
class _Style:
    """What matters here about a style: its heading level (0 for the title) and whether it is bold."""

    level: int | None = None
    bold: bool = False


def _parts(body: Element, styles: dict[str, _Style], notes: list[Element]) -> Iterator[Part]:
    tracker = SectionTracker()
    for paragraph in word_paragraphs(body):
        text = paragraph.text
        style = _style_of(paragraph.element, styles)
        heading = False
        if len(text) <= MAX_HEADING_CHARACTERS:
            level = _own_level(paragraph.element, style.level)
            heading = level is not None or is_heading(text) or _is_bold_line(paragraph, style)
            if heading:
                tracker.heading(text, level)
        yield Part(text, section=tracker.current, heading=heading and not ends_as_statement(text))
    for note in notes:
        for paragraph in word_paragraphs(note):
            yield Part(paragraph.text, section=FOOTNOTE)


def _style_of(element: Element, styles: dict[str, _Style]) -> _Style:
    name = element.find(f"{_W}pPr/{_W}pStyle")
    return styles.get("" if name is None else name.get(_VAL, ""), _Style())


def _own_level(element: Element, level: int | None) -> int | None:
    own = element.find(f"{_W}pPr/{_W}outlineLvl")
    if own is not None and own.get(_VAL, "").isdecimal():
        level = int(own.get(_VAL)) + 1
    return level if level is None or level <= 9 else None  # 10 is body text


def _is_bold_line(paragraph: WordParagraph, style: _Style) -> bool:
    """Say whether every letter is bold and the line does not end as a sentence does."""
    if paragraph.text[-1] in ".;,":
        return False
    return all(
        style.bold if (bold := _toggle(element, "b")) is None else _is_on(bold)
        for element, text in paragraph.pieces
        if text.strip()
    )


def _toggle(element: Element, name: str) -> Element | None:
    run = next(element.iterancestors(_R), None)
    return None if run is None else run.find(f"{_RPR}/{_W}{name}")


def _open(path: Path) -> tuple[Element, dict[str, _Style], list[Element]]:
    """Return the body of the main part, the styles, and the notes."""
    with open_package(path) as package:
        body, *notes = word_stories(package, package.part(package.main).root)
        styles = package.related("styles") or f"{package.folder}/styles.xml"
        return body, _styles(package.part(styles).root) if styles in package.names else {}, notes


def word_stories(package: WordPackage, main: Element) -> list[Element]:
    """Return the elements that hold the text: the body, then each footnote and each endnote that it refers to.

    Parameters
    ----------
    package : WordPackage
        The package.
    main : lxml element
        The root of its main part.

    Returns
    -------
    list of lxml element
        Those whose `word_paragraphs`, one after the other, are the paragraphs of the document.

    Raises
    ------
    DocumentError
        Where there is no body, or a part is damaged.

    Examples
    --------
    >>> import docx, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     docx.Document().save(f"{folder}/draft.docx")
    ...     with open_package(Path(folder, "draft.docx")) as package:
    ...         len(word_stories(package, package.part(package.main).root))
    1
    """
    body = main.find(f"{_W}body")
    if body is None:
        raise damaged(package.subject)
    return [body, *(note for kind in _NOTES for note in _notes(package, body, kind))]


def _notes(package: WordPackage, body: Element, kind: str) -> Iterator[Element]:
    name = package.related(f"{kind}s") or f"{package.folder}/{kind}s.xml"
    if name in package.names:
        references = {reference.get(_ID) for reference in note_references(body, kind)}
        for note in package.part(name).root.iter(f"{_W}{kind}"):
            if note.get(_ID) in references:
                yield note


def note_references(body: Element, kind: str) -> Iterator[Element]:
    """Yield the marks of notes that stand in a text, not those that were deleted.

    Parameters
    ----------
    body : lxml element
        The ``w:body``.
    kind : str
        ``"footnote"`` or ``"endnote"``.

    Yields
    ------
    lxml element
        A ``w:footnoteReference`` or ``w:endnoteReference``.

    Examples
    --------
    >>> from lxml import etree
    >>> body = etree.fromstring(f'<w:body xmlns:w="{NAMESPACE}"><w:footnoteReference w:id="2"/></w:body>')
    >>> [mark.values() for mark in note_references(body, "footnote")]
    [['2']]
    """
    for reference in body.iter(f"{_W}{kind}Reference"):
        if all(ancestor.tag not in _DROPPED for ancestor in reference.iterancestors()):
            yield reference


def _styles(root: Element) -> dict[str, _Style]:
    """Return the paragraph styles by identifier, with what they inherit."""
    elements = {style.get(f"{_W}styleId", ""): style for style in root.iter(f"{_W}style")}
    return {name: _resolve(name, elements) for name in elements}


def _resolve(name: str, elements: dict[str, Element]) -> _Style:
    level: int | None = None
    bold: bool | None = None
    seen: set[str] = set()
    while name in elements and name not in seen:
        seen.add(name)
        style = elements[name]
        shown = style.find(f"{_W}name")
        title = "" if shown is None else shown.get(_VAL, "")
        if level is None and (match := _HEADING_STYLE.match(title)):
            level = int(match.group(1))
        elif level is None and title.casefold() == "title":
            level = 0
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if level is None and outline is not None and outline.get(_VAL, "").isdecimal():
            level = int(outline.get(_VAL)) + 1
        own = style.find(f"{_RPR}/{_W}b")
        if bold is None and own is not None:
            bold = _is_on(own)
        parent = style.find(f"{_W}basedOn")
        name = "" if parent is None else parent.get(_VAL, "")
    return _Style(level, bool(bold))
