"""Comments of an earlier review at what it would no longer comment on: taken out, unless people have worked on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bias_detect.documents.word_package import NAMESPACE, Element, WordPackage

_W = f"{{{NAMESPACE}}}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"
_P, _R, _T, _ID = f"{_W}p", f"{_W}r", f"{_W}t", f"{_W}id"
_START, _END, _REFERENCE = (f"{_W}comment{mark}" for mark in ("RangeStart", "RangeEnd", "Reference"))


class Upkeep(NamedTuple):
    """Which comments of an earlier review may stay.

    Parameters
    ----------
    standing : mapping of str to int
        The ids of what may have a comment, and how many times it stands in the document.
    known : callable
        From the lines of a comment, its id, and whether it says just what a review had it say; None for one that no
        review has made, or that is to stay whatever it stands at.
    """

    standing: Mapping[str, int]
    known: Callable[[Sequence[str]], tuple[str, bool] | None]


class Outdated(NamedTuple):
    """The comments at what is no longer commented on, by their numbers.

    Parameters
    ----------
    removable : frozenset of str
        Those that nobody has worked on.
    kept : frozenset of str
        Those to which somebody has replied, or whose text somebody has changed.
    """

    removable: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


def outdated(
    upkeep: Upkeep, had: frozenset[str], *, package: WordPackage, main: Element, there: Element, author: str
) -> Outdated:
    """Find the comments of an earlier review at sentences that were changed since, or are no longer flagged.

    Only what has the author of the review is looked at, and only what still stands in the text.

    Parameters
    ----------
    upkeep : Upkeep
        What may stay.
    had : frozenset of str
        The numbers of the comments that would be made again.
    package : WordPackage
        The document.
    main, there : lxml element
        The roots of its main part and of the part of the comments.
    author : str
        Whose comments a review's are.

    Returns
    -------
    Outdated
        Their numbers.
    """
    spans = _spans(main)
    ours: dict[str, tuple[str, bool]] = {}
    others: set[tuple[int, int]] = set()
    for comment in there.iter(f"{_W}comment"):
        number = comment.get(_ID)
        known = upkeep.known(_lines(comment)) if comment.get(f"{_W}author") == author else None
        if known is not None and number in spans:
            ours[number] = known
        elif number in spans:
            others.add(spans[number])
    if not ours:
        return Outdated()
    room = Counter(upkeep.standing)
    room.subtract(Counter(ours[number][0] for number in had if number in ours))
    replied = _replied(package, there)
    removable, kept = set(), set()
    for number, (name, untouched) in ours.items():
        if number in had:
            continue
        if room[name] > 0:
            room[name] -= 1
        elif not untouched or number in replied or _has_beside(spans[number], others):
            kept.add(number)
        else:
            removable.add(number)
    return Outdated(frozenset(removable), frozenset(kept))


def take_out(numbers: frozenset[str], main: Element, there: Element) -> None:
    """Take comments out of a document, and their marks out of the text, which stays as it is.

    Parameters
    ----------
    numbers : frozenset of str
        The numbers of the comments.
    main, there : lxml element
        The roots of its main part and of the part of the comments, which are changed.

    Examples
    --------
    >>> import docx
    >>> word = docx.Document()
    >>> run = word.add_paragraph("She rang.").runs[0]
    >>> comment = word.add_comment(run, "When?")
    >>> take_out(frozenset({str(comment.comment_id)}), word.element, word.part._comments_part.element)
    >>> len(word.comments), [element.tag.rpartition("}")[2] for element in run._r.getparent()]
    (0, ['r'])
    """
    for mark in [mark for mark in main.iter(_START, _END, _REFERENCE) if mark.get(_ID) in numbers]:
        holder = mark.getparent()
        _drop(mark)
        if holder.tag == _R and all(child.tag == f"{_W}rPr" for child in holder):
            _drop(holder)
    for comment in [comment for comment in there.iter(f"{_W}comment") if comment.get(_ID) in numbers]:
        _drop(comment)


def _drop(element: Element) -> None:
    element.getparent().remove(element)


def _lines(comment: Element) -> list[str]:
    return [" ".join("".join(paragraph.itertext(_T)).split()) for paragraph in comment.iter(_P)]


def _spans(main: Element) -> dict[str, tuple[int, int]]:
    """Return between which pieces of the text each comment that is referred to stands."""
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    spans: dict[str, tuple[int, int]] = {}
    done = 0
    for element in main.iter(_T, _START, _END, _REFERENCE):
        number = element.get(_ID)
        if element.tag == _T:
            done += 1
        elif element.tag == _START:
            starts[number] = done
        elif element.tag == _END:
            ends[number] = done
        else:
            spans[number] = (starts.get(number, done), ends.get(number, done))
    return spans


def _has_beside(span: tuple[int, int], others: set[tuple[int, int]]) -> bool:
    """Tell whether another comment stands as a reply does: at the same text, or as a mere point at the end of it."""
    return span in others or (span[1], span[1]) in others


def _replied(package: WordPackage, there: Element) -> set[str]:
    """Return the numbers of the comments to which there are replies."""
    name = package.related("commentsExtended")
    if name not in package.names:
        return set()
    extended = package.part(name).root.iter(f"{_W15}commentEx")
    parents = {entry.get(f"{_W15}paraIdParent") for entry in extended} - {None}
    return {
        comment.get(_ID)
        for comment in there.iter(f"{_W}comment")
        if any(paragraph.get(f"{_W14}paraId") in parents for paragraph in comment.iter(_P))
    }
