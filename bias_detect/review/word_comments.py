"""A copy of a Word draft with comments, each at exactly its stretch of the text."""

from __future__ import annotations

import os
import posixpath
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from bias_detect.documents.word import WordParagraph, word_paragraphs, word_stories
from bias_detect.documents.word_package import NAMESPACE, Element, WordPackage, XmlPart, damaged, open_package
from bias_detect.errors import DocumentError, UsageError
from bias_detect.files import whole_file
from bias_detect.review.word_anchor import Anchorer, free_numbers
from bias_detect.review.word_copy import write_copy
from bias_detect.review.word_earlier import look_for, remove_summary, summary_marks
from bias_detect.review.word_outdated import Outdated, Upkeep, outdated, take_out

MAX_COMMENTS = 32_767
"""Word opens no file with more comments than this ([MS-OI29500], 2.1.315)."""

_W = f"{{{NAMESPACE}}}"
_VAL, _ID = f"{_W}val", f"{_W}id"
_CONTENT_TYPES = "[Content_Types].xml"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
_STRICT_RELATION = "http://purl.oclc.org/ooxml/officeDocument/relationships/comments"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBERED = (f"{_W}comment", f"{_W}commentReference")
_MOST_AUTHOR, _MOST_INITIALS = 255, 9  # what Word has room for


@dataclass(frozen=True)
class Comment:
    """A comment at a stretch of a paragraph.

    Parameters
    ----------
    paragraph : int
        Number of the paragraph, as `read_document` counts from 1.
    start, end : int
        The stretch, as character offsets in the paragraph's text.
    lines : tuple of str
        What it says, a paragraph a line.
    id : str
        By which it is known again; where no line has it, it stands in a line of its own behind them.

    Examples
    --------
    >>> Comment(paragraph=2, start=0, end=9, lines=("What was known then?",), id="3fa9c1d20b").paragraph
    2
    """

    paragraph: int
    start: int
    end: int
    lines: tuple[str, ...]
    id: str


class Earlier(NamedTuple):
    """What became of the comments of an earlier review, which a draft had already.

    Parameters
    ----------
    already : int
        How many of the comments need not be made again.
    removed : int
        How many stood at what is no longer commented on, and were taken out.
    kept : int
        How many stand there, and were kept since people have worked on them.
    """

    already: int = 0
    removed: int = 0
    kept: int = 0


def comment_word(
    draft: Path,
    output: Path,
    comments: Sequence[Comment],
    *,
    author: str = "bias-detect",
    initials: str = "bd",
    summary: Sequence[str] = (),
    upkeep: Upkeep | None = None,
) -> Earlier:
    r"""Write a copy of a Word draft with comments.

    Nothing else changes: runs are split where a stretch begins or ends within them, and every part but the text, the
    comments and what lists them is copied as it is. Word takes no comments in text boxes and notes; one on a
    sentence in these stands at the box, or at the mark of the note, and quotes the sentence. In a draft that is itself
    such a copy, comments that it has already stay as they are, and are not made again; its summary is replaced, and
    with `upkeep` those of its comments are taken out that stand at what is no longer commented on.

    The date of the comments is now, or that of the environment variable ``SOURCE_DATE_EPOCH``.

    Parameters
    ----------
    draft : Path
        The draft, which is not written to.
    output : Path
        The copy; it appears whole or not at all.
    comments : sequence of Comment
        The comments.
    author, initials : str
        Whose comments they are.
    summary : sequence of str
        Lines for a page behind the text, the first of which is its heading; without any there is no such page, or that
        of an earlier review stays.
    upkeep : Upkeep, optional
        Which comments of an earlier review may stay; by default all.

    Returns
    -------
    Earlier
        What became of comments that the draft had already.

    Raises
    ------
    DocumentError
        Where the draft cannot be read, or would have more comments than Word opens.
    UsageError
        Where the output is the draft or cannot be written, or a comment stands at no text of the draft.

    Examples
    --------
    >>> import docx, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     word = docx.Document()
    ...     _ = word.add_paragraph("It was obvious.")
    ...     word.save(f"{folder}/a.docx")
    ...     comment = Comment(1, 0, 15, ("What was known then?",), "3fa9c1d20b")
    ...     earlier = comment_word(Path(folder, "a.docx"), Path(folder, "b.docx"), [comment])
    ...     [comment.text for comment in docx.Document(f"{folder}/b.docx").comments]
    ['What was known then?\nbias-detect: 3fa9c1d20b']
    """
    target = Path(os.path.realpath(output))
    if target == Path(os.path.realpath(draft)) or (target.exists() and target.samefile(draft)):
        raise UsageError(
            "is the draft itself, which is never written to", subject=output, next_step="name another file"
        )
    try:
        with open_package(draft) as package:
            parts, earlier = _changed_parts(package, comments, (author, initials), summary, upkeep)
            with whole_file(output, draft) as stream:
                write_copy(package, stream, parts)
        return earlier
    except OSError as error:
        raise DocumentError(
            f"could not be read ({error.strerror or error})", subject=draft, next_step="check the name and the folder"
        ) from error


def _changed_parts(
    package: WordPackage,
    comments: Sequence[Comment],
    signed: tuple[str, str],
    summary: Sequence[str],
    upkeep: Upkeep | None,
) -> tuple[dict[str, bytes], Earlier]:
    """Return the parts of the package that differ in the copy, or are new in it, and what became of its comments."""
    has_comments = package.related("comments") in package.names
    if not comments and not summary and (upkeep is None or not has_comments):
        return {}, Earlier()
    main = package.part(package.main)
    stories = word_stories(package, main.root)
    paragraphs = list(chain.from_iterable(map(word_paragraphs, stories)))
    _check(comments, paragraphs, package.subject)
    if summary:
        remove_summary(stories[0])
        _add_summary(stories[0], summary)
    name, part, changed = _comments_part(package, strict=main.strict)
    fresh, had = look_for(comments, paragraphs, main.root, part.root)
    numbers = free_numbers(element.get(_ID) for root in (part.root, main.root) for element in root.iter(*_NUMBERED))
    old = Outdated()
    if upkeep is not None and has_comments:
        old = outdated(upkeep, had, package=package, main=main.root, there=part.root, author=_author(signed[0]))
        take_out(old.removable, main.root, part.root)
    earlier = Earlier(len(comments) - len(fresh), len(old.removable), len(old.kept))
    if not fresh:
        same = {package.main: main.serialise()} if summary or old.removable else {}
        return {**same, name: part.serialise()} if old.removable else same, earlier
    if len(part.root) + len(fresh) > MAX_COMMENTS:
        raise DocumentError(
            f"would have more than {MAX_COMMENTS:,} comments, which Word does not open",
            subject=package.subject,
            next_step="split it, or flag less of it",
        )
    styles = _comment_styles(package)
    anchorer = Anchorer(main.root, styles.get("annotation reference"))
    numbered = [*zip(fresh, numbers, strict=False)]
    together: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for comment, number in numbered:
        together[comment.paragraph].append((comment.start, comment.end, number))
    places = {which: anchorer.mark(paragraphs[which - 1], stretches) for which, stretches in together.items()}
    texts = {which: paragraphs[which - 1].text for which, place in places.items() if place is not None}
    for comment, number in numbered:
        lines = [*comment.lines]
        if comment.paragraph in texts:
            said = texts[comment.paragraph][comment.start : comment.end]
            lines.insert(0, f"In this {places[comment.paragraph]}: “{said}”")
        if not any(comment.id in line for line in lines):
            lines.append(f"bias-detect: {comment.id}")
        _add_comment(part.root, number, lines, signed, styles)
    return {**changed, name: part.serialise(), package.main: main.serialise()}, earlier


def _check(comments: Sequence[Comment], paragraphs: list[WordParagraph], subject: str) -> None:
    @cache
    def length(number: int) -> int:
        return len(paragraphs[number - 1].text) if 1 <= number <= len(paragraphs) else 0

    for comment in comments:
        if 0 <= comment.start < comment.end <= length(comment.paragraph):
            continue
        raise UsageError(
            f"has no characters {comment.start} to {comment.end} in paragraph {comment.paragraph}, "
            f"where comment {comment.id} is to stand",
            subject=subject,
            next_step="read the draft again, and comment on what it holds now",
        )


def _comments_part(package: WordPackage, *, strict: bool) -> tuple[str, XmlPart, dict[str, bytes]]:
    """Return the name of the part of the comments, that part, and what must change for the package to have it."""
    from lxml import etree

    name = package.related("comments")
    if name in package.names:
        return name, package.part(name), {}
    if _CONTENT_TYPES not in package.names:
        raise damaged(package.subject)
    changed = {}
    if name is None:
        folder = package.folder
        names = ["comments.xml", *(f"comments{number}.xml" for number in range(2, len(package.names) + 3))]
        target = next(name for name in names if posixpath.join(folder, name) not in package.names)
        name = posixpath.join(folder, target)
        changed[package.relations] = _with_relation(package, target, _STRICT_RELATION if strict else _RELATION)
    types = package.part(_CONTENT_TYPES)
    override = {"PartName": f"/{name}", "ContentType": _COMMENTS_TYPE}
    types.root.append(types.root.makeelement(etree.QName(types.root, "Override"), override, types.root.nsmap))
    changed[_CONTENT_TYPES] = types.serialise()
    return name, XmlPart(etree.Element(f"{_W}comments", nsmap={"w": NAMESPACE}), _DECLARATION, strict), changed


def _with_relation(package: WordPackage, target: str, kind: str) -> bytes:
    """Return the list of what the main part refers to, with the comments in it."""
    from lxml import etree

    name = package.relations
    if name in package.names:
        relations = package.part(name)
    else:
        relations = XmlPart(
            etree.Element(f"{{{_RELATIONS}}}Relationships", nsmap={None: _RELATIONS}), _DECLARATION, False
        )
    numbers = free_numbers(str(relation.get("Id", "")).removeprefix("rId") for relation in relations.root)
    attributes = {"Id": f"rId{next(numbers)}", "Type": kind, "Target": target}
    etree.SubElement(relations.root, f"{{{_RELATIONS}}}Relationship", attributes)
    return relations.serialise()


def _comment_styles(package: WordPackage) -> dict[str, str]:
    """Return the identifiers of the styles of comments, which the document need not have, by their names."""
    part = package.related("styles") or f"{package.folder}/styles.xml"
    found = {}
    for style in package.part(part).root.iter(f"{_W}style") if part in package.names else ():
        name = style.find(f"{_W}name")
        if name is not None and name.get(_VAL) in {"annotation text", "annotation reference"}:
            found[name.get(_VAL)] = style.get(f"{_W}styleId")
    return found


def _add_comment(
    root: Element, number: int, lines: Sequence[str], signed: tuple[str, str], styles: dict[str, str]
) -> None:
    from lxml.etree import SubElement

    author, initials = _author(signed[0]), _printable(signed[1])
    comment = SubElement(
        root,
        f"{_W}comment",
        {
            _ID: str(number),
            f"{_W}author": author,
            f"{_W}date": _date(),
            f"{_W}initials": initials[:_MOST_INITIALS],
        },
    )
    for place, line in enumerate(lines):
        paragraph = SubElement(comment, f"{_W}p")
        if "annotation text" in styles:
            SubElement(SubElement(paragraph, f"{_W}pPr"), f"{_W}pStyle", {_VAL: styles["annotation text"]})
        if place == 0:
            run = SubElement(paragraph, f"{_W}r")
            if "annotation reference" in styles:
                SubElement(SubElement(run, f"{_W}rPr"), f"{_W}rStyle", {_VAL: styles["annotation reference"]})
            SubElement(run, f"{_W}annotationRef")
        _add_text(paragraph, line)


def _add_summary(body: Element, lines: Sequence[str]) -> None:
    """Add a page behind the text, before the properties of its last section."""
    from lxml.etree import SubElement

    last = body[-1] if len(body) and body[-1].tag == f"{_W}sectPr" else None
    used = free_numbers(element.get(_ID) for element in body.iter(f"{_W}*"))
    for place, (line, (start, end)) in enumerate(zip(lines, summary_marks(body, used), strict=False)):
        paragraph = SubElement(body, f"{_W}p")
        if place == 0:
            SubElement(SubElement(paragraph, f"{_W}pPr"), f"{_W}pageBreakBefore")
        paragraph.append(start)
        _add_text(paragraph, line, bold=place == 0)
        paragraph.append(end)
    if last is not None:
        body.append(last)


def _add_text(paragraph: Element, line: str, *, bold: bool = False) -> None:
    from lxml.etree import SubElement

    run = SubElement(paragraph, f"{_W}r")
    if bold:
        SubElement(SubElement(run, f"{_W}rPr"), f"{_W}b")
    text = SubElement(run, f"{_W}t", {_SPACE: "preserve"})
    text.text = _printable(line)


def _printable(line: str) -> str:
    """Return a line without what XML cannot hold or an attribute would lose."""
    return " ".join(_NO_XML.sub("\ufffd", line).split())


def _author(name: str) -> str:
    return _printable(name)[:_MOST_AUTHOR]


def _date() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(epoch) if epoch.isdecimal() else None))
