"""The words of the comments that a draft gets: short, since a reviewer reads many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from bias_detect.labels import Signal, shown
from bias_detect.review.advice import advice, all_advice
from bias_detect.review.flags import SECTION, Flag
from bias_detect.review.ignore import ignore_path
from bias_detect.review.questions import is_question
from bias_detect.review.word_comments import Comment
from bias_detect.review.word_outdated import Upkeep

_MOST_CHARACTERS = 60
_FIRST = re.compile(
    r"hindsight-biased, \d{1,2}% sure|perhaps hindsight-biased \(\d{1,2}%\)"
    r"|descriptive: nearly all of this section \(\d{1,2}%\) says what happened"
)
_REASON = re.compile(rf"Because of: “.+” \((?:{'|'.join(map(shown, Signal))})\)")
_LAST = re.compile(r"To leave this one for good, add ((?:section-)?[0-9a-f]{10}(?:-\d+)?) to .+\.ignore")
_ELSEWHERE = re.compile(r"In this (?:footnote|endnote|text box): “.+”")
_STOPS = " ,;:–—-("


def make_comments(flags: Iterable[Flag], draft: str) -> list[Comment]:
    """Make the comments of a draft.

    Parameters
    ----------
    flags : iterable of Flag
        What is flagged.
    draft : str
        The draft's file name, which the ignore file is called after.

    Returns
    -------
    list of Comment
        One a flag, in their order.

    Examples
    --------
    >>> from bias_detect.documents.document import Document
    >>> from bias_detect.review.flags import find_flags
    >>> from bias_detect.scoring import score
    >>> draft = Document.from_texts("draft.docx", ["Staff should have seen that he was in danger."])
    >>> [comment.paragraph for comment in make_comments(find_flags(draft, score(draft)), "draft.docx")]
    [1]
    """
    return [
        Comment(paragraph=flag.paragraph, start=flag.start, end=flag.end, lines=comment_lines(flag, draft), id=flag.id)
        for flag in flags
    ]


def comment_lines(flag: Flag, draft: str) -> tuple[str, ...]:
    """Say what is flagged and because of which words, what to ask, and how to leave it alone.

    Parameters
    ----------
    flag : Flag
        The flag.
    draft : str
        The draft's file name, which the ignore file is called after.

    Returns
    -------
    tuple of str
        The lines; the id stands in the last.

    Examples
    --------
    >>> from bias_detect.review.flags import Signalled
    >>> signals = (Signalled("counterfactual", 6, 21, "should have seen"),)
    >>> place = {"id": "3fa9c1d20b", "kind": "sentence", "paragraph": 1, "start": 0, "end": 22}
    >>> said = {"signals": signals, "sentence": "Staff should have seen.", "question": "What was known then?"}
    >>> flag = Flag(**place, label="hindsight_biased", confidence=0.92, uncertain=False, **said)
    >>> for line in comment_lines(flag, "draft.docx"):
    ...     print(line)
    hindsight-biased, 92% sure
    Because of: “should have seen” (counterfactual)
    It sets beside what happened something else that might or ought to have happened.
    What was known then?
    See S. Dekker, Reconstructing human contributions to accidents (2002)
    To leave this one for good, add 3fa9c1d20b to draft.docx.ignore
    """
    told = advice(flag.meanings[flag.reason])
    lines = [_sure(flag)]
    if flag.signals:
        said = (f"{', '.join(map(_quoted, words))} ({shown(name)})" for name, words in flag.words.items())
        lines.append(f"Because of: {'; '.join(said)}")
    lines += [told.why if flag.kind == "section" else told.what, flag.question]
    lines += [f"See {authority.title}" for authority in told.authorities[:1]]
    return (*lines, f"To leave this one for good, add {flag.id} to {ignore_path(Path(draft)).name}")


def upkeep(standing: Mapping[str, int], *, sections: bool) -> Upkeep:
    """Say which comments of an earlier review may stay in a draft.

    Parameters
    ----------
    standing : mapping of str to int
        The ids of what may have a comment, and how many times it stands in the draft.
    sections : bool
        Whether this holds for comments on sections too; where it does not, they stay.

    Returns
    -------
    Upkeep
        The same, with the way to know such comments.

    Examples
    --------
    >>> lines = ["hindsight-biased, 92% sure", "To leave this one for good, add 3fa9c1d20b to draft.docx.ignore"]
    >>> upkeep({}, sections=False).known(lines), upkeep({}, sections=False).known([*lines, "Done!"])
    (('3fa9c1d20b', True), ('3fa9c1d20b', False))
    """

    def known(lines: Sequence[str]) -> tuple[str, bool] | None:
        found = next((found for line in lines if (found := _LAST.search(line))), None)
        if found is None or (found[1].startswith(SECTION) and not sections):
            return None
        first, *others, last = lines if not _ELSEWHERE.fullmatch(lines[0]) else lines[1:]
        own = _FIRST.fullmatch(first) and _LAST.fullmatch(last) and all(map(_is_own, others))
        return found[1], bool(own)

    return Upkeep(standing, known)


def _is_own(line: str) -> bool:
    """Tell whether a line between the first and the last of a comment says what the program would have it say."""
    return line in _advised() or is_question(line) or _REASON.fullmatch(line) is not None


@cache
def _advised() -> frozenset[str]:
    return frozenset(
        line
        for told in all_advice().values()
        for line in (told.what, told.why, told.question, *(f"See {authority.title}" for authority in told.authorities))
    )


def _sure(flag: Flag) -> str:
    if flag.kind == "section":
        return f"{shown(flag.label)}: nearly all of this section ({flag.percent}%) says what happened"
    if flag.uncertain:
        return f"perhaps {shown(flag.label)} ({flag.percent}%)"
    return f"{shown(flag.label)}, {flag.percent}% sure"


def _quoted(text: str) -> str:
    if len(text) > _MOST_CHARACTERS:
        begin = text[:_MOST_CHARACTERS]  # whose last word may go on, or be the space behind one
        text = f"{begin.rpartition(' ')[0].rstrip(_STOPS) or begin[:-1]} …"
    return f"“{text}”"
