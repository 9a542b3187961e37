"""Word documents of raw paragraphs, and what their comments stand at."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
from lxml import etree

from bias_detect.documents.read import read_document
from bias_detect.documents.word import word_paragraphs, word_stories
from bias_detect.documents.word_package import open_package
from bias_detect.review.word_comments import Comment, comment_word

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SPACES = {
    "w": W[1:-1],
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
}
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
CHANGED = frozenset({"word/document.xml", "word/comments.xml", "[Content_Types].xml", "word/_rels/document.xml.rels"})
"""The parts of an empty document that may differ once it has comments."""

_SECTION = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'


def _empty() -> dict[str, bytes]:
    stream = io.BytesIO()
    docx.Document().save(stream)
    return parts_of(stream)


def parts_of(file: Path | io.BytesIO) -> dict[str, bytes]:
    """Return the parts of a package in their order."""
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def run(text: str, properties: str = "") -> str:
    """Return a run."""
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def main_part(*paragraphs: str) -> str:
    """Return a main part of raw paragraphs."""
    spaces = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in SPACES.items())
    opening = f'<w:document {spaces} mc:Ignorable="w14 w15">'
    return f"{DECLARATION}{opening}<w:body>{''.join(paragraphs)}{_SECTION}</w:body></w:document>"


EMPTY = _empty()


def write_word(path: Path, *paragraphs: str, more: Mapping[str, str | bytes] | None = None) -> Path:
    """Write a document of raw paragraphs, with more parts or others than an empty document has."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in {**EMPTY, "word/document.xml": main_part(*paragraphs), **(more or {})}.items():
            out.writestr(name, data)
    return path


def related(kind: str, target: str) -> bytes:
    """Return the relationships of an empty document with one more."""
    name = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
    relation = f'<Relationship Id="rId90" Type="{name}" Target="{target}"/></Relationships>'
    return EMPTY["word/_rels/document.xml.rels"].replace(b"</Relationships>", relation.encode())


def typed(name: str, kind: str) -> bytes:
    """Return the content types of an empty document with one part more."""
    kind = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"
    override = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'
    return EMPTY["[Content_Types].xml"].replace(b"</Types>", override.encode())


def commented(path: Path) -> dict[str, str]:
    """Return the text that stands between the marks of each comment, but for that in text boxes."""
    with open_package(path) as package:
        main = package.part(package.main).root
        paragraphs = chain.from_iterable(map(word_paragraphs, word_stories(package, main)))
        pieces = [piece for paragraph in paragraphs for piece in paragraph.pieces]
    texts = {element: text for element, text in pieces if not [*element.iterancestors(f"{W}txbxContent")]}
    found: dict[str, str] = {}
    is_open: set[str] = set()
    for element in main.iter():
        if element.tag == f"{W}commentRangeStart":
            is_open.add(element.get(f"{W}id"))
            found[element.get(f"{W}id")] = ""
        elif element.tag == f"{W}commentRangeEnd":
            is_open.remove(element.get(f"{W}id"))
        for number in is_open:
            found[number] += texts.get(element, "")
    assert not is_open
    references = [element.get(f"{W}id") for element in main.iter(f"{W}commentReference")]
    assert sorted(references) == sorted(found)
    return found


def comment_texts(path: Path) -> dict[str, list[str]]:
    """Return the paragraphs of each comment, as python-docx reads them."""
    return {
        str(comment.comment_id): [paragraph.text for paragraph in comment.paragraphs]
        for comment in docx.Document(str(path)).comments
    }


def at(path: Path, *stretches: str) -> list[Comment]:
    """Return a comment for each stretch, at its first place in the text."""
    comments = []
    for number, stretch in enumerate(stretches):
        paragraph = next(p for p in read_document(path).paragraphs if stretch in p.text)
        start = paragraph.text.index(stretch)
        lines = (f"About: {stretch}", "What was known then?")
        comments.append(Comment(paragraph.number, start, start + len(stretch), lines, f"id{number}"))
    return comments


def review(path: Path, *stretches: str) -> Path:
    """Comment on stretches, check all that is promised of any copy, and return the copy."""
    output = path.with_name("out.docx")
    before = path.read_bytes()
    comment_word(path, output, at(path, *stretches))
    assert path.read_bytes() == before
    assert [p.text for p in read_document(output).paragraphs] == [p.text for p in read_document(path).paragraphs]
    old, new = parts_of(path), parts_of(output)
    assert list(new)[: len(old)] == list(old)
    assert {name for name in new if new[name] != old.get(name)} <= CHANGED
    kept = frozenset(commented(path))
    assert without_comments(new["word/document.xml"], kept) == without_comments(old["word/document.xml"], kept)
    return output


def without_comments(data: bytes, keep: frozenset[str] = frozenset()) -> bytes:
    """Return a main part without its comments, runs of the same properties put together."""
    root = etree.fromstring(data)
    for mark in list(root.iter(f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}commentReference")):
        if mark.get(f"{W}id") not in keep:
            mark = mark.getparent() if mark.tag == f"{W}commentReference" else mark
            mark.getparent().remove(mark)
    for element in list(root.iter(f"{W}r")):
        before = element.getprevious()
        if before is not None and before.tag == f"{W}r" and _properties(before) == _properties(element):
            _put_together(before, element)
    for text in list(root.iter(f"{W}t")):
        before = text.getprevious()
        if before is not None and before.tag == f"{W}t":
            before.text = (before.text or "") + (text.text or "")
            text.getparent().remove(text)
    for text in root.iter(f"{W}t"):
        text.attrib.pop("{http://www.w3.org/XML/1998/namespace}space", None)
    return etree.tostring(root, method="c14n2")


def _put_together(before: Any, element: Any) -> None:
    # The loop goes on with `before` as the one that precedes, so what is moved must go into the later run.
    for properties in element.findall(f"{W}rPr"):
        element.remove(properties)
    for child in reversed(before):
        element.insert(0, child)
    before.getparent().remove(before)


def _properties(element: Any) -> tuple[bytes, list[tuple[str, str]]]:
    properties = element.find(f"{W}rPr")
    if properties is None:
        return b"", sorted(element.items())
    copied = etree.fromstring(etree.tostring(properties))
    for change in copied.iter(f"{W}rPrChange"):
        change.attrib.pop(f"{W}id")
    return etree.tostring(copied, method="c14n2", exclusive=True), sorted(element.items())
