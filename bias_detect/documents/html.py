"""HTML pages: the blocks of the main text, without what surrounds it on the screen."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bias_detect.documents.cleaning import clean_text
from bias_detect.documents.decoding import characters, no_text
from bias_detect.documents.document import Document, Part, name_of
from bias_detect.documents.sections import FOOTNOTE, SectionTracker, ends_as_statement, is_heading
from bias_detect.errors import DocumentError

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
_MOST_DEPTH = 10_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)")
_CLOSED_BY_OTHERS = frozenset(  # or empty, so that there may be thousands in a row that no tag closes
    {"area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option"}
    | {"p", "param", "rp", "rt", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr"}
)
_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^>]{0,400}?(?:charset|encoding)\s*=\s*["']?([\w\-]+)""", re.IGNORECASE)
_NOTE_MARK = re.compile(r"\s*\[?(?:\d{1,3}|[a-z*†‡])\]?\s*")
_NOTE_ROLES = frozenset({"doc-footnote", "doc-endnote", "doc-endnotes"})
_NOTE_CLASS = re.compile(
    r"(?:^|\s)(?:mso)?(?:foot|end)notes?(?:-?(?:text|list|item|content|body))?(?=\s|$)", re.IGNORECASE
)
_NOTE_ID = re.compile(r"(?:fn|ftn|edn|(?:foot|end)note)s?[-_:.]?\d{0,3}", re.IGNORECASE)
_BACK_TO_TEXT = re.compile(r"\s*[\^↑↩⏎\ufe0e\ufe0f]+\s*")


def read_html(path: Path, *, encoding: str | None = None) -> Document:
    """Read an HTML file.

    The text is that of ``<main>`` where there is one, else of the whole body. Scripts, styles, navigation,
    page headers and footers, asides and the marks of footnotes are left out; each block is a paragraph. Footnotes and
    endnotes that the page marks as such are of the section ``footnote``.

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
        Where the bytes are not text, there is nothing to read in them, or elements are nested without end.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "draft.html")
    ...     _ = path.write_text("<nav>Home</nav><main><h2>Findings</h2><p>She rang.</p></main>")
    ...     [(paragraph.section, paragraph.text) for paragraph in read_html(path).paragraphs]
    [('findings', 'Findings'), ('findings', 'She rang.')]
    """
    from selectolax.lexbor import LexborHTMLParser

    data = path.read_bytes()
    text = "".join(characters(io.BytesIO(data), str(path), encoding or _declared_encoding(data[:4096])))
    if _depth(text) > _MOST_DEPTH:
        raise DocumentError(
            f"nests more than {_MOST_DEPTH:,} elements in each other, as no page does",
            subject=path,
            next_step="check where it comes from, or save its text as .txt",
        )
    tree = LexborHTMLParser(text)
    for root in (tree.css_first("main, [role=main]"), tree.body):
        document = Document.from_parts(name_of(path), _parts(root) if root is not None else ())
        if document.paragraphs:
            return document
    raise no_text(str(path))


def _depth(text: str) -> int:
    """Return how deeply elements are nested, roughly: the parser takes time with the square of it."""
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for closes, tag, rest in _TAG.findall(text):
        name = tag.lower()
        if name in _CLOSED_BY_OTHERS or rest.endswith("/"):
            continue
        if not closes:
            opened[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return deepest


def _declared_encoding(head: bytes) -> str | None:
    """Return the encoding that the page names; browsers read Latin 1 as Windows 1252, and so do we."""
    match = None if head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) else _DECLARED.search(head)
    name = match.group(1).decode("ascii").lower() if match else None
    if name is None or name.startswith(("utf-16", "utf-32")):  # it could not have been read so far
        return None
    return "cp1252" if name in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else name


def _parts(root: LexborNode) -> Iterator[Part]:
    tracker = SectionTracker()
    for text, level, is_note in _blocks(root):
        if is_note:
            yield Part(text, section=FOOTNOTE)
            continue
        heading = level is not None or is_heading(text)
        if heading:
            tracker.heading(text, level)
        yield Part(text, section=tracker.current, heading=heading and not ends_as_statement(text))


def _blocks(root: LexborNode) -> Iterator[tuple[str, int | None, bool]]:
    """Walk the tree without recursion; yield each block's text, its level as a heading, and whether it is a note."""
    pieces: list[str] = []
    ancestors: list[LexborNode] = []
    notes = 0  # how many of the ancestors stand in notes, or hold them
    node = root.child
    while node is not None or ancestors:
        if node is None:
            node = ancestors.pop()
            if node.tag not in _INLINE:
                yield from _gathered(pieces, node.tag or "", is_note=notes > 0)
            notes = max(0, notes - 1)
            node = node.next
            continue
        tag = node.tag or ""
        if tag == "-text":
            pieces.append(node.text_content or "")
        elif tag == "br":
            pieces.append("\n")
        else:
            opens_notes = _holds_notes(node, tag)
            if not (_is_left_out(tag, is_note=notes > 0 or opens_notes) or _is_hidden(node, tag)):
                if tag not in _INLINE:
                    yield from _gathered(pieces, "", is_note=notes > 0)
                ancestors.append(node)
                notes += notes > 0 or opens_notes
                node = node.child
                continue
        node = node.next
    yield from _gathered(pieces, "", is_note=False)


def _gathered(pieces: list[str], tag: str, *, is_note: bool) -> Iterator[tuple[str, int | None, bool]]:
    """Yield what has been gathered as one block, and begin anew."""
    text = " ".join(clean_text("".join(pieces)).split())
    pieces.clear()
    if text:
        level = int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1].isdecimal() else None
        yield text, level, is_note


def _is_left_out(tag: str, *, is_note: bool) -> bool:
    """Say whether an element is none of the text; notes are, though they may stand aside or at the foot."""
    return (tag in _DROPPED and not (is_note and tag in {"aside", "footer"})) or tag.startswith("-")


def _holds_notes(node: LexborNode, tag: str) -> bool:
    """Say whether a block is a footnote or endnote, or the list of them."""
    if tag in _INLINE or tag in {"main", "body"}:
        return False
    attributes = node.attributes
    if _NOTE_ROLES.intersection((attributes.get("role") or "").split()):
        return True
    kind = f"{attributes.get('class') or ''} {attributes.get('epub:type') or ''}"
    return _NOTE_CLASS.search(kind) is not None or _NOTE_ID.fullmatch(attributes.get("id") or "") is not None


def _is_hidden(node: LexborNode, tag: str) -> bool:
    """Say whether an element is not shown, or leads from the text to a note or back, and is no word of either."""
    attributes = node.attributes
    if "hidden" in attributes or "display:none" in (attributes.get("style") or "").replace(" ", ""):
        return True
    if tag == "a" and _BACK_TO_TEXT.fullmatch(node.text()):
        return True
    return tag == "sup" and node.css_first("a") is not None and bool(_NOTE_MARK.fullmatch(node.text()))
