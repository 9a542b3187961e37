"""Word documents: body text in reading order, as it stands once every tracked change is accepted."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bias_detect.documents.cleaning import clean_text
from bias_detect.documents.decoding import no_text
from bias_detect.documents.document import Document
from bias_detect.documents.sections import MAX_HEADING_CHARACTERS, SectionTracker, is_heading
from bias_detect.errors import DocumentError

MAX_PART_BYTES = 100_000_000  # of XML, unpacked: more than any report holds
MAX_RATIO = 250  # real documents pack 5 to 40 times
_RATIO_MATTERS = 10_000_000

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT_NAMESPACE = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_W = f"{{{_NAMESPACE}}}"
_P, _R, _T, _RPR, _VAL = f"{_W}p", f"{_W}r", f"{_W}t", f"{_W}rPr", f"{_W}val"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TEXT_BOX = f"{_W}txbxContent"
_DROPPED = frozenset({f"{_W}{tag}" for tag in ("del", "moveFrom", "pPr", "rPr", "rt", "sectPr")} | {_FALLBACK})
_AS_TEXT = {f"{_W}{tag}": " " for tag in ("tab", "ptab", "br", "cr")} | {f"{_W}noBreakHyphen": "-"}
_OFF = {"0", "false", "off", "none"}
_CONTENTS_STYLE = re.compile(r"(?:TOC|Contents) ?(?:\d|Heading)|TableofFigures", re.IGNORECASE)
_HEADING_STYLE = re.compile(r"heading ([1-9])\b", re.IGNORECASE)

# What the standard library raises for a broken archive.
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, KeyError, ValueError),
)

# lxml has no types of its own: an element of its trees.
Element = Any


@dataclass
class WordParagraph:
    """One paragraph of a Word document's body.

    Parameters
    ----------
    element : lxml element
        The ``w:p``, the last of them where a tracked deletion runs paragraphs together.
    pieces : list of (lxml element, str)
        The elements that hold text (``w:t``, ``w:tab``, …) with what each adds to it.
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
    text, tracked deletions are not; comments, footnotes, page headers, hidden text and
    contents lists are left out.

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
    """
    body, styles = _open(path)
    document = Document.from_parts(path.name, _parts(body, styles))
    if not document.paragraphs:
        raise no_text(str(path))
    return document


def word_paragraphs(body: Element) -> Iterator[WordParagraph]:
    """Yield the paragraphs that hold text, in reading order: those that `read_word` numbers from 1.

    Parameters
    ----------
    body : lxml element
        The ``w:body``, such as python-docx's ``document.element.body``.

    Yields
    ------
    WordParagraph
        The paragraph with the elements of its text.
    """
    held = WordParagraph(body)
    for element in _paragraph_elements(body):
        if _is_contents_entry(element):
            continue
        held = WordParagraph(element, [*held.pieces, *_pieces(element)])
        if element.find(f"{_W}pPr/{_RPR}/{_W}del") is not None:
            continue  # its end was deleted: it runs on into the next
        if held.text:
            yield held
        held = WordParagraph(body)
    if held.text:
        yield held


def _is_contents_entry(element: Element) -> bool:
    """Say whether a paragraph has the style of the entries of a contents list, or of a list of figures."""
    style = element.find(f"{_W}pPr/{_W}pStyle")
    return style is not None and _CONTENTS_STYLE.fullmatch(style.get(_VAL, "")) is not None


def _paragraph_elements(node: Element) -> Iterator[Element]:
    for child in node:
        if child.tag == _P:
            yield child
            for box in child.iter(_TEXT_BOX):
                if not _inside_dropped(box, child):
                    yield from _paragraph_elements(box)
        elif child.tag == f"{_W}tr" and child.find(f"{_W}trPr/{_W}del") is not None:
            continue
        elif isinstance(child.tag, str) and child.tag not in _DROPPED:
            yield from _paragraph_elements(child)


def _inside_dropped(box: Element, paragraph: Element) -> bool:
    """Say whether a text box is a spare copy, is deleted, or stands in another box, which yields it."""
    for ancestor in box.iterancestors():
        if ancestor is paragraph:
            return False
        if ancestor.tag in _DROPPED or ancestor.tag == _TEXT_BOX:
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
        elif isinstance(tag, str) and tag not in _DROPPED and tag != _TEXT_BOX:
            yield from _pieces(child)


def _is_on(toggle: Element | None) -> bool:
    """Say whether a toggle such as ``w:b`` is there and not switched off."""
    return toggle is not None and toggle.get(_VAL, "1") not in _OFF


@dataclass(frozen=True)
class _Style:
    """What matters here about a style: its heading level (0 for the title) and whether it is bold."""

    level: int | None = None
    bold: bool = False


def _parts(body: Element, styles: dict[str, _Style]) -> Iterator[tuple[str, int | None, str | None]]:
    tracker = SectionTracker()
    for paragraph in word_paragraphs(body):
        text = paragraph.text
        style = _style_of(paragraph.element, styles)
        if len(text) <= MAX_HEADING_CHARACTERS:
            level = _own_level(paragraph.element, style.level)
            if level is not None or is_heading(text) or _is_bold_line(paragraph, style):
                tracker.heading(text, level)
        yield text, None, tracker.current


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


def _open(path: Path) -> tuple[Element, dict[str, _Style]]:
    """Return the body of the main part and the styles, or raise a clear error for all that can go wrong."""
    subject = str(path)
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            raise _old_or_locked(head + file.read(), subject)
    if not head.startswith(b"PK"):
        raise DocumentError("is not a Word document", subject=subject, next_step="open it in Word and save it as .docx")
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            main = _main_part(archive, names, subject)
            body = _parse(archive, main, subject).find(f"{_W}body")
            styles = main.rpartition("/")[0] + "/styles.xml"
            found = _styles(_parse(archive, styles, subject)) if styles in names else {}
    except _ZIP_ERRORS as error:
        raise _damaged(subject) from error
    if body is None:
        raise _damaged(subject)
    return body, found


def _damaged(subject: str) -> DocumentError:
    return DocumentError(
        "is a damaged Word document",
        subject=subject,
        next_step="open it in Word, repair it and save it again",
    )


def _old_or_locked(data: bytes, subject: str) -> DocumentError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DocumentError(
            "is locked with a password", subject=subject, next_step="open it in Word and save it without one"
        )
    return DocumentError(
        "is a Word document of the old kind (.doc)", subject=subject, next_step="save it as .docx in Word"
    )


def _main_part(archive: zipfile.ZipFile, names: set[str], subject: str) -> str:
    """Return the name of the part that holds the text, which some programs call ``document2.xml``."""
    if "word/document.xml" in names:
        return "word/document.xml"
    if "_rels/.rels" in names:
        for relation in _parse(archive, "_rels/.rels", subject):
            target = str(relation.get("Target", "")).lstrip("/")
            is_main = str(relation.get("Type", "")).endswith("/officeDocument")
            if is_main and target.startswith("word/") and target in names:
                return target
    raise DocumentError(
        "is a zip archive without a Word document in it", subject=subject, next_step="give a .docx file"
    )


def _parse(archive: zipfile.ZipFile, name: str, subject: str) -> Element:
    """Parse one part; no entity is resolved, nothing is fetched, and nothing of absurd size is unpacked."""
    from lxml import etree

    info = archive.getinfo(name)
    ratio = info.file_size / max(1, info.compress_size)
    if info.file_size > MAX_PART_BYTES or (info.file_size > _RATIO_MATTERS and ratio > MAX_RATIO):
        raise DocumentError(
            f"unpacks to {info.file_size:,} bytes, far more than a report holds",
            subject=subject,
            next_step="check where it comes from; if it is sound, save it again in Word",
        )
    data = archive.read(info).replace(_STRICT_NAMESPACE, _NAMESPACE.encode())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _damaged(subject) from error
    if root.getroottree().docinfo.doctype:
        raise DocumentError(
            "holds a document type declaration, which Word never writes",
            subject=subject,
            next_step="check where it comes from, or save it again in Word",
        )
    return root


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
