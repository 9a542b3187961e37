"""Which question a flag asks: one that fits what the sentence speaks of.

A question has two halves. The first goes by how the sentence judges: its first signal and the words marked for it, or
whose view it gives. The second goes by the matter that stands nearest to those words, such as a referral, a visit, a
record or an influence on practice; where the sentence names none, the first half has a second of its own. The halves
and the words that they go by are data (``questions.json``): no chance is in it, and the same sentence is always asked
the same. What the flag is explained with goes by its words in the same way, where these do not do what their signal
usually does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from bias_detect.review.advice import advice

_REACH = 1_000  # characters before and behind the beginning of the marked words in which a matter counts
_LEAST_TIMES = 3  # sentences of a section that must speak of a matter before the section is asked about it


class Mark(NamedTuple):
    """A signal that a sentence has, and where.

    Examples
    --------
    >>> Mark("counterfactual", start=6, end=17).name
    'counterfactual'
    """

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Form:
    """A way to judge, and the half of a question that meets it.

    Parameters
    ----------
    id : str
        Its name.
    question : str
        The first half.
    otherwise : str
        The second half, where the sentence names no matter.
    of : frozenset of str
        The signals or labels that it can be a form of; all where there is none.
    marked : re.Pattern or None
        What the marked words, and the next few, must have.
    sentence : re.Pattern or None
        What the sentence must have.
    """

    id: str
    question: str
    otherwise: str
    of: frozenset[str]
    marked: re.Pattern[str] | None
    sentence: re.Pattern[str] | None

    def fits(self, sentence: str, reason: str, marked: str) -> bool:
        """Tell whether a sentence judges in this way."""
        return (
            (not self.of or reason in self.of)
            and (self.marked is None or self.marked.search(marked) is not None)
            and (self.sentence is None or self.sentence.search(sentence) is not None)
        )


@dataclass(frozen=True)
class Matter:
    """What a sentence can speak of, and the half of a question that asks about it.

    Parameters
    ----------
    id : str
        Its name.
    question : str
        The second half.
    words : re.Pattern
        The words that name it.
    """

    id: str
    question: str
    words: re.Pattern[str]


class _Meaning(NamedTuple):
    of: frozenset[str]  # the signals that it can be the meaning of
    marked: re.Pattern[str]  # what the sentence says from the marked words on
    name: str  # the signal or label whose advice explains it


class _Texts(NamedTuple):
    meanings: tuple[_Meaning, ...]
    forms: tuple[Form, ...]
    matters: tuple[Matter, ...]
    reach: int  # how many words behind the marked ones count with them
    section: str  # the first half of the question about a section


def sentence_question(sentence: str, label: str, signals: Sequence[Mark] = ()) -> str:
    """Return what to ask about a sentence that judges by hindsight.

    Parameters
    ----------
    sentence : str
        The sentence.
    label : str
        Its label.
    signals : sequence of Mark
        Its signals; the first is the reason of the flag.

    Returns
    -------
    str
        The question, of fewer than 35 words.

    Examples
    --------
    >>> signals = [Mark("counterfactual", 11, 27)]
    >>> sentence_question("A referral should have been made.", "hindsight_biased", signals)[:51]
    'What did the procedure call for, and what was done?'
    """
    texts = _texts()
    reason, first, last = signals[0] if signals else Mark(label, 0, 0)
    begin = max(0, first - _REACH)
    near_by = sentence[begin : first + _REACH]
    said = _plain(near_by)
    start, end = (len(_plain(near_by[: place - begin])) for place in (first, last))
    marked = said[start:end] + " ".join(said[end:].split(" ")[: texts.reach + 1])
    form = next(form for form in texts.forms if form.fits(said, reason, marked))
    near = _nearest(said, start, end)
    return f"{form.question} {form.otherwise if near is None else near.question}"


def meaning(sentence: str, mark: Mark) -> str:
    """Return the name of the advice that explains a signal as these words show it.

    Parameters
    ----------
    sentence : str
        The sentence.
    mark : Mark
        The signal.

    Returns
    -------
    str
        That of the signal, unless its words do what another signal or label stands for.

    Examples
    --------
    >>> meaning("With hindsight the visit was short.", Mark("foreseeability", 0, 14))
    'hindsight_biased'
    >>> meaning("It was obvious.", Mark("foreseeability", 3, 14))
    'foreseeability'
    """
    said = _plain(sentence[mark.start : mark.end + _REACH])
    fitting = (other for other in _texts().meanings if mark.name in other.of and other.marked.match(said))
    return next((other.name for other in fitting), mark.name)


def is_question(text: str) -> bool:
    """Tell whether a text is a question that a sentence or a section can be asked.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    bool
        Whether it is.

    Examples
    --------
    >>> is_question(section_question([])), is_question("What was known then?")
    (True, False)
    """
    return text in _questions()


def section_question(sentences: Iterable[str]) -> str:
    """Return what to ask about a section that is nearly all description.

    Parameters
    ----------
    sentences : iterable of str
        Its sentences.

    Returns
    -------
    str
        The question: where several sentences speak of one matter, it asks about the one that most of them speak of.

    Examples
    --------
    >>> section_question(["The nurse rang the ward."])
    'What made this the sensible thing to do at the time, and is it how it is usually done?'
    """
    texts = _texts()
    said = [_plain(sentence[:_REACH]) for sentence in sentences]
    times = [sum(matter.words.search(text) is not None for text in said) for matter in texts.matters]
    most = max(times)
    if most < _LEAST_TIMES:
        return advice("descriptive").question
    return f"{texts.section} {texts.matters[times.index(most)].question}"


def _nearest(sentence: str, start: int, end: int) -> Matter | None:
    """Return the matter whose words stand nearest to the marked ones; of several as near, the one that comes first."""
    found = [
        (_distance(*match.span(), start, end), match.start(), number, matter)
        for number, matter in enumerate(_texts().matters)
        for match in matter.words.finditer(sentence)
    ]
    return min(found, default=(0, 0, 0, None))[-1]


def _distance(start: int, end: int, marked_start: int, marked_end: int) -> int:
    return max(start - marked_end, marked_start - end, 0)


def _plain(text: str) -> str:
    """Return a text as words are looked for in it: on one line, in small letters and with straight apostrophes."""
    return " ".join(text.lower().replace("’", "'").split())


@cache
def _questions() -> frozenset[str]:
    texts = _texts()
    near = [matter.question for matter in texts.matters]
    sections = {advice("descriptive").question, *(f"{texts.section} {second}" for second in near)}
    pairs = ((form.question, second) for form in texts.forms for second in (form.otherwise, *near))
    return frozenset(sections.union(f"{first} {second}" for first, second in pairs))


@cache
def _texts() -> _Texts:
    data: dict[str, Any] = json.loads(files(__package__).joinpath("questions.json").read_text("utf-8"))
    meanings = (_Meaning(frozenset(other["of"]), _compiled(other["marked"]), other["as"]) for other in data["meanings"])
    forms = (
        Form(
            id=form["id"],
            question=form["question"],
            otherwise=form["otherwise"],
            of=frozenset(form.get("of", ())),
            marked=_pattern(form.get("marked")),
            sentence=_pattern(form.get("sentence")),
        )
        for form in data["forms"]
    )
    matters = (
        Matter(
            id=matter["id"],
            question=matter["question"] if "question" in matter else advice(matter["influence"]).question,
            words=_compiled(matter["words"]),
        )
        for matter in data["matters"]
    )
    return _Texts(tuple(meanings), tuple(forms), tuple(matters), data["reach"], data["section"])


def _pattern(words: list[str] | None) -> re.Pattern[str] | None:
    return None if words is None else _compiled(words)


def _compiled(words: list[str]) -> re.Pattern[str]:
    """Compile alternatives, each of which begins and ends with a word."""
    return re.compile(rf"\b(?:{'|'.join(words)})(?!\w)")
