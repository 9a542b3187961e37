"""The words of the comments that a draft gets: short, since a reviewer reads many."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bias_detect.labels import shown
from bias_detect.review.advice import advice
from bias_detect.review.flags import Flag
from bias_detect.review.ignore import ignore_path
from bias_detect.review.word_comments import Comment

_MOST_CHARACTERS = 60


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
    told = advice(flag.reason)
    lines = [_sure(flag)]
    if flag.signals:
        said = (f"{', '.join(map(_quoted, words))} ({shown(name)})" for name, words in flag.words.items())
        lines.append(f"Because of: {'; '.join(said)}")
    lines += [told.why if flag.kind == "section" else told.what, flag.question]
    lines += [f"See {authority.title}" for authority in told.authorities[:1]]
    return (*lines, f"To leave this one for good, add {flag.id} to {ignore_path(Path(draft)).name}")


def _sure(flag: Flag) -> str:
    if flag.kind == "section":
        return f"{shown(flag.label)}: nearly all of this section ({flag.percent}%) says what happened"
    if flag.uncertain:
        return f"perhaps {shown(flag.label)} ({flag.percent}%)"
    return f"{shown(flag.label)}, {flag.percent}% sure"


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1].rstrip() + '…'}”"
