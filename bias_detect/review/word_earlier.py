"""What an earlier review left in a Word draft: comments, which are not made twice, and a summary, which is replaced."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from bias_detect.documents.word import SUMMARY_MARK, WordParagraph, is_summary
from bias_detect.documents.word_package import NAMESPACE, Element

if TYPE_CHECKING:
    from bias_detect.review.word_comments import Comment

_W = f"{{{NAMESPACE}}}"
_P, _ID, _NAME = f"{_W}p", f"{_W}id", f"{_W}name"
_WORD = re.compile(r"[\w-]+")


class Found(NamedTuple):
    """What is there of the comments that are to be made.

    Parameters
    ----------
    fresh : list of Comment
        Those that no earlier review has made.
    had : frozenset of str
        The numbers, in the part of the comments, of the others.
    """

    fresh: list[Comment]
    had: frozenset[str]


def look_for(comments: Sequence[Comment], paragraphs: Sequence[WordParagraph], main: Element, there: Element) -> Found:
    """Tell the comments that an earlier review has made from those that are new.

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
    Found
        The new ones in their order, and the numbers of the others.
    """
    wanted = {comment.id for comment in comments}
    said = {
        comment.get(_ID): wanted.intersection(_WORD.findall(" ".join(comment.itertext(f"{_W}t"))))
        for comment in there.iter(f"{_W}comment")
    }
    places: defaultdict[str, dict[Element, list[str]]] = defaultdict(dict)
    for mark in main.iter(f"{_W}commentReference"):
        for name in said.get(mark.get(_ID), ()):
            places[name].setdefault(next(mark.iterancestors(_P), None), []).append(mark.get(_ID))
    if not places:
        return Found([*comments], frozenset())

    @cache
    def elements(number: int) -> set[Element]:
        return {parent for piece, _ in paragraphs[number - 1].pieces for parent in piece.iterancestors(_P)}

    had: set[str] = set()

    def take(comment: Comment, among: Iterable[Element]) -> bool:
        held = places[comment.id]
        for place in among:
            if place in held:
                had.add(held[place].pop(0))
                if not held[place]:
                    del held[place]
                return True
        return False

    elsewhere = [comment for comment in comments if not take(comment, elements(comment.paragraph))]
    return Found([comment for comment in elsewhere if not take(comment, places[comment.id])], frozenset(had))


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
