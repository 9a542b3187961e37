"""What an earlier review left in a Word draft: comments, which are not made twice, and a summary, which is replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from bias_detect.documents.word import SUMMARY_MARK, WordParagraph, is_summary
from bias_detect.documents.word_package import NAMESPACE, Element

if TYPE_CHECKING:
    from bias_detect.review.word_comments import Comment

_W = f"{{{NAMESPACE}}}"
_P, _ID, _NAME = f"{_W}p", f"{_W}id", f"{_W}name"
_WORD = re.compile(r"[\w-]+")


def not_there_yet(
    comments: Sequence[Comment], paragraphs: Sequence[WordParagraph], main: Element, there: Element
) -> list[Comment]:
    """Return the comments that no earlier review has made.

    A comment is known by its id, wherever its sentence has gone since; where the same sentence stands in several
    places, by its paragraph first. Comments that were taken off the text, or that nobody made, are missing.

    Parameters
    ----------
    comments : sequence of Comment
        What is to be said.
    paragraphs : sequence of WordParagraph
        Those of the document.
    main : lxml element
        The root of the main part.
    there : lxml element
        The root of the part of the comments.

    Returns
    -------
    list of Comment
        Those that are new, in their order.
    """
    wanted = {comment.id for comment in comments}
    said = {
        comment.get(_ID): wanted.intersection(_WORD.findall(" ".join(comment.itertext(f"{_W}t"))))
        for comment in there.iter(f"{_W}comment")
    }
    places: dict[str, list[Element]] = {}
    for mark in main.iter(f"{_W}commentReference"):
        for name in said.get(mark.get(_ID), ()):
            places.setdefault(name, []).append(next(mark.iterancestors(_P), None))
    if not places:
        return [*comments]

    def take(comment: Comment, among: set[Element] | None) -> bool:
        held = places.get(comment.id, [])
        for index, place in enumerate(held):
            if among is None or place in among:
                del held[index]
                return True
        return False

    elsewhere = [comment for comment in comments if not take(comment, _elements(paragraphs[comment.paragraph - 1]))]
    return [comment for comment in elsewhere if not take(comment, None)]


def _elements(paragraph: WordParagraph) -> set[Element]:
    return {parent for piece, _ in paragraph.pieces for parent in piece.iterancestors(_P)}


def remove_summary(body: Element) -> None:
    """Take the summary of an earlier review out of a document.

    Parameters
    ----------
    body : lxml element
        The ``w:body``, which is changed.

    Examples
    --------
    >>> import docx
    >>> body = docx.Document().element.body
    >>> body.add_p().append(next(summary_marks(body, count(7)))[0])
    >>> before = len(body)
    >>> remove_summary(body)
    >>> before - len(body)
    1
    """
    for paragraph in [child for child in body if child.tag == _P and is_summary(child)]:
        body.remove(paragraph)


def summary_marks(body: Element, numbers: Iterator[int]) -> Iterator[tuple[Element, Element]]:
    """Yield the bookmarks by which the paragraphs of a summary are known again, a beginning and an end for each.

    Parameters
    ----------
    body : lxml element
        The ``w:body``.
    numbers : iterator of int
        Numbers that are free.

    Yields
    ------
    tuple of (lxml element, lxml element)
        A ``w:bookmarkStart`` and its ``w:bookmarkEnd``.

    Examples
    --------
    >>> import docx
    >>> start, end = next(summary_marks(docx.Document().element.body, count(7)))
    >>> sorted(start.values()), end.values()
    (['7', '_bias_detect_summary_1'], ['7'])
    """
    taken = {mark.get(_NAME) for mark in body.iter(f"{_W}bookmarkStart")}
    names = (name for place in count(1) if (name := f"{SUMMARY_MARK}_{place}") not in taken)
    for name, number in zip(names, map(str, numbers), strict=False):
        start = body.makeelement(f"{_W}bookmarkStart", {_ID: number, _NAME: name}, body.nsmap)
        yield start, body.makeelement(f"{_W}bookmarkEnd", {_ID: number}, body.nsmap)
