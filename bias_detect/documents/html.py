"""HTML pages: the blocks of the main text, without what surrounds it on the screen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bias_detect.documents.cleaning import clean_text
from bias_detect.documents.decoding import characters, no_text
from bias_detect.documents.document import Document
from bias_detect.documents.sections import SectionTracker, is_heading

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DROPPED = frozenset(
    {"aside", "audio", "button", "canvas", "dialog", "footer", "head", "header", "iframe", "nav", "noscript"}
    | {"object", "script", "select", "style", "svg", "template", "textarea", "title", "video"}
)
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
    }
    | {"img", "input", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong"}
    | {"sub", "sup", "time", "tt", "u", "var", "wbr"}
)
_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^>]{0,400}?(?:charset|encoding)\s*=\s*["']?([\w\-]+)""", re.IGNORECASE)
_NOTE_MARK = re.compile(r"\s*\[?(?:\d{1,3}|[a-z*†‡])\]?\s*")


def read_html(path: Path, *, encoding: str | None = None) -> Document:
    """Read an HTML file.

    The text is that of ``<main>`` where there is one, else of the whole body. Scripts, styles, navigation,
    page headers and footers, asides and the marks of footnotes are left out; each block is a paragraph.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str, optional
        Its encoding; by default what a byte order mark or the page itself declares, else UTF-8.

    Returns
    -------
    Document
        The paragraphs, with the kind of section they stand in.

    Raises
    ------
    DocumentError
        Where the bytes are not text or there is nothing to read in them.
    """
    from selectolax.lexbor import LexborHTMLParser

    data = path.read_bytes()
    text = "".join(characters(io.BytesIO(data), str(path), encoding or _declared_encoding(data[:4096])))
    tree = LexborHTMLParser(text)
    for root in (tree.css_first("main, [role=main]"), tree.body):
        document = Document.from_parts(path.name, _parts(root) if root is not None else ())
        if document.paragraphs:
            return document
    raise no_text(str(path))


def _declared_encoding(head: bytes) -> str | None:
    """Return the encoding that the page names; browsers read Latin 1 as Windows 1252, and so do we."""
    match = None if head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) else _DECLARED.search(head)
    name = match.group(1).decode("ascii").lower() if match else None
    if name is None or name.startswith(("utf-16", "utf-32")):  # it could not have been read so far
        return None
    return "cp1252" if name in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else name


def _parts(root: LexborNode) -> Iterator[tuple[str, int | None, str | None]]:
    tracker = SectionTracker()
    for text, level in _blocks(root):
        if level is not None or is_heading(text):
            tracker.heading(text, level)
        yield text, None, tracker.current


def _blocks(root: LexborNode) -> Iterator[tuple[str, int | None]]:
    """Walk the tree without recursion, and yield each block's text with its level where it is a heading."""
    pieces: list[str] = []
    ancestors: list[LexborNode] = []
    node = root.child
    while node is not None or ancestors:
        if node is None:
            node = ancestors.pop()
            if node.tag not in _INLINE:
                yield from _gathered(pieces, node.tag or "")
            node = node.next
            continue
        tag = node.tag or ""
        if tag == "-text":
            pieces.append(node.text_content or "")
        elif tag == "br":
            pieces.append("\n")
        elif not (tag in _DROPPED or tag.startswith("-") or _is_hidden(node, tag)):
            if tag not in _INLINE:
                yield from _gathered(pieces, "")
            ancestors.append(node)
            node = node.child
            continue
        node = node.next
    yield from _gathered(pieces, "")


def _gathered(pieces: list[str], tag: str) -> Iterator[tuple[str, int | None]]:
    """Yield what has been gathered as one block, and begin anew."""
    text = " ".join(clean_text("".join(pieces)).split())
    pieces.clear()
    if text:
        yield text, int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1].isdecimal() else None


def _is_hidden(node: LexborNode, tag: str) -> bool:
    """Say whether an element is not shown, or is the mark of a footnote, which is no word of its sentence."""
    attributes = node.attributes
    if "hidden" in attributes or "display:none" in (attributes.get("style") or "").replace(" ", ""):
        return True
    return tag == "sup" and node.css_first("a") is not None and bool(_NOTE_MARK.fullmatch(node.text()))
