"""What is flagged in a draft: sentences that judge by hindsight, and sections that are nearly all description."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bias_detect.asides import Asides
from bias_detect.documents.document import Document, Paragraph
from bias_detect.errors import ModelError
from bias_detect.labels import Label
from bias_detect.review.ignore import IgnoreList
from bias_detect.review.questions import Mark, meaning, section_question, sentence_question
from bias_detect.review.stretches import stretches

if TYPE_CHECKING:
    import pandas as pd

    Row = dict[str, Any]

NEARLY_ALL = 0.9
"""Share of description from which a section is flagged."""

SECTION = "section-"
"""How the ids of sections begin."""

_NUMBER = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}[.)]+)\s+")
_QUOTES = str.maketrans("‘’‚‛“”„‟«»`´", "''''" + '"' * 6 + "''")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_DIGITS = 10
_MOST_PERCENT = 99


@dataclass(frozen=True)
class Signalled:
    """A signal in a flagged sentence.

    Parameters
    ----------
    name : str
        The signal.
    start, end : int
        Character offsets in the sentence.
    text : str
        The words.
    """

    name: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Flag:
    """A place in a draft about which the reviewer is asked something.

    Parameters
    ----------
    id : str
        The same in every draft that holds the sentence, or the section's heading.
    kind : str
        ``"sentence"`` or ``"section"``.
    paragraph : int
        Number of the paragraph, counted from 1.
    start, end : int
        Character offsets in the paragraph's text; of a section, those of its first sentence.
    label : str
        The label.
    confidence : float
        Probability of the label; of a section, the share of its sentences that describe.
    uncertain : bool
        Whether other labels are possible.
    signals : tuple of Signalled
        What in the sentence leans on later knowledge, without what is ignored.
    sentence : str
        The sentence; of a section, its first.
    question : str
        What to ask.
    """

    id: str
    kind: str
    paragraph: int
    start: int
    end: int
    label: str
    confidence: float
    uncertain: bool
    signals: tuple[Signalled, ...]
    sentence: str
    question: str

    @property
    def percent(self) -> int:
        """The confidence as people read it: no sentence is beyond doubt."""
        return min(_MOST_PERCENT, round(100 * self.confidence))

    @property
    def reason(self) -> str:
        """What the question comes from: the first signal, or else the label."""
        return _reason(self.signals, self.label)

    @property
    def meanings(self) -> dict[str, str]:
        """By signal, or by the label where there is none, the name of the advice that explains it here."""
        if not self.signals:
            return {self.label: self.label}
        told: dict[str, list[str]] = {}
        for mark in self.signals:
            told.setdefault(mark.name, []).append(meaning(self.sentence, Mark(mark.name, mark.start, mark.end)))
        return {name: name if name in names else names[0] for name, names in told.items()}

    @property
    def words(self) -> dict[str, list[str]]:
        """The words of each signal, on one line, each once."""
        said: dict[str, dict[str, None]] = {}
        for mark in self.signals:
            said.setdefault(mark.name, {})[" ".join(mark.text.split())] = None
        return {name: [*words] for name, words in said.items()}


def sentence_id(sentence: str) -> str:
    """Return the id of a sentence: a digest of its words.

    White space, case, the kind of quotation marks, invisible characters and the paragraph's number in front do not
    count, so that the id stays when a draft is laid out or numbered anew.

    Parameters
    ----------
    sentence : str
        The sentence.

    Returns
    -------
    str
        Ten hexadecimal digits.

    Examples
    --------
    >>> sentence_id("5.2 Staff “should”  have acted.") == sentence_id('Staff "should" have acted.')
    True
    >>> sentence_id("Staff should have acted.") == sentence_id("Staff could have acted.")
    False
    """
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", sentence).translate(_QUOTES))
    text = " ".join(text.casefold().split())
    number = _NUMBER.match(text)
    text = text[number.end() :] if number else text
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()[:_DIGITS]


def find_flags(
    document: Document,
    table: pd.DataFrame,
    *,
    ignored: IgnoreList | None = None,
    since: Document | None = None,
    skip_quotations: bool = False,
    sections: bool = False,
    section: str | None = None,
    silent: Counter[str] | None = None,
    standing: Counter[str] | None = None,
) -> list[Flag]:
    """Find what to ask the author of a draft about.

    Sentences labelled as judging by hindsight are flagged, the uncertain ones too; headings, and sections on method
    and purpose and recommendations, are not. A finding or analysis, as `stretches` parts them, is flagged as a whole
    if `NEARLY_ALL` of it describes.

    Parameters
    ----------
    document : Document
        The draft.
    table : pandas.DataFrame
        Its scored table, or that of one kind of section.
    ignored : IgnoreList, optional
        What the reviewer leaves alone.
    since : Document, optional
        An older draft; what stands in it already is not flagged.
    skip_quotations : bool, default=False
        Leave out sentences more of which than half is quoted.
    sections : bool, default=False
        Flag sections as well.
    section : str, optional
        A kind of section that was asked for, which is therefore flagged whatever it is.
    silent : Counter, optional
        To which is added, by reason, how many sentences that judge by hindsight are not flagged: a kind of section,
        ``"heading"``, ``"quotation"``, ``"unchanged"`` or ``"left_alone"``.
    standing : Counter, optional
        To which is added, by id, how many sentences may have a comment of an earlier review: all that judge by
        hindsight, but for what is quoted or left alone.

    Returns
    -------
    list of Flag
        In reading order.

    Raises
    ------
    ModelError
        If the model that scored the table does not know the labels of the codebook that this needs.

    Notes
    -----
    The share of description is the mean of ``p_descriptive``, which is calibrated, and not the share of labels: the
    model misses explanations in real reports, and what it missed still counts by its probability. Ten sentences are
    the least of which one in ten can be told. By these numbers 2 of the 169 composed reviews would be flagged, in
    which on average 24% of the sentences explain; of the findings of three public inquiries, 40 of 65 that are long
    enough: there 3% of the sentences are labelled as explaining.

    Examples
    --------
    >>> from bias_detect.scoring import score
    >>> draft = Document.from_texts("draft", ["The nurse rang.", "She should have seen that he was in danger."])
    >>> [(flag.paragraph, flag.signals[0].text) for flag in find_flags(draft, score(draft))]
    [(2, 'should have seen')]
    """
    needed = [Label.HINDSIGHT_BIASED, *([Label.DESCRIPTIVE] if sections else [])]
    check_labels([name.removeprefix("p_") for name in table.columns if name.startswith("p_")], needed)
    left = IgnoreList() if ignored is None else ignored
    paragraphs = {paragraph.number: paragraph for paragraph in document.paragraphs}
    asides = Asides(count_all=False, section=section)
    for _ in asides.watch(document.paragraphs if skip_quotations else ()):
        pass
    rows = _records(table)
    fresh = _new_rows(rows, since) if since is not None else None

    def reason(row: Row) -> str | None:
        aside = asides.reason(row["section"], *_place(row))
        if aside is not None:
            return aside
        if paragraphs[row["paragraph"]].heading:
            return "heading"
        if fresh is not None and row["start"] not in fresh:
            return "unchanged"
        return "left_alone" if left.leaves(sentence_id(row["sentence"]), row["label"], _names(row)) else None

    flags = []
    for row in rows:
        if row["label"] == Label.HINDSIGHT_BIASED:
            why = reason(row)
            if standing is not None and why not in ("quotation", "left_alone"):
                standing[sentence_id(row["sentence"])] += 1
            if why is None:
                flags.append(_sentence_flag(row, paragraphs[row["paragraph"]], left))
            elif silent is not None:
                silent[why] += 1
    if sections:
        found = [flag for flag in _section_flags(document, rows, fresh) if flag.id not in left]
        flags = sorted([*found, *flags], key=lambda flag: (flag.paragraph, flag.start))
    return flags


def leave_alone(rows: list[Row], ignored: IgnoreList) -> frozenset[str]:
    """Take the marks of ignored signals off rows of a scored table, and say which sentences are left alone.

    Parameters
    ----------
    rows : list of dict
        Rows, of one document; their ``signals`` are replaced.
    ignored : IgnoreList
        What the reviewer leaves alone.

    Returns
    -------
    frozenset of str
        The ``sentence_id`` of each row that is left alone.

    Examples
    --------
    >>> from bias_detect.scoring import score
    >>> rows = score("Staff should have seen that he was in danger.").to_dict("records")
    >>> leave_alone(rows, IgnoreList("counterfactual")), rows[0]["signals"]
    (frozenset({'p1s1'}), [])
    """
    if not ignored.entries:
        return frozenset()
    alone = frozenset(
        row["sentence_id"] for row in rows if ignored.leaves(sentence_id(row["sentence"]), row["label"], _names(row))
    )
    for row in rows:
        row["signals"] = [mark for mark in row["signals"] if mark["signal"] not in ignored]
    return alone


def check_labels(known: Iterable[str], needed: Iterable[str]) -> None:
    """Make sure that a model has the labels that a review looks for.

    Parameters
    ----------
    known : iterable of str
        The labels of the model.
    needed : iterable of str
        Labels of the codebook.

    Raises
    ------
    ModelError
        If one is missing.
    """
    known = list(known)
    for label in needed:
        if label not in known:
            raise ModelError(
                f"the model has no label {str(label)!r}, which a review flags (it has {', '.join(map(repr, known))})",
                next_step="choose a model of the codebook's labels, such as 'default'",
            )


def _records(table: pd.DataFrame) -> list[Row]:
    rows: list[Row] = table.to_dict("records")  # type: ignore[assignment]
    return rows


def _place(row: Row) -> tuple[int, int, int]:
    return row["paragraph"], row["start"], row["end"]


def _names(row: Row) -> list[str]:
    return [mark["signal"] for mark in row["signals"]]


def _new_rows(rows: list[Row], since: Document) -> set[int]:
    """Return where the sentences begin that an older draft does not have, or does not have so many times."""
    from bias_detect.language.pipeline import sentence_reader

    reader = sentence_reader()
    old = Counter(
        sentence_id(sentence.text) for paragraph in since.paragraphs for sentence in reader.split(paragraph.text)
    )
    fresh = set()
    for row in rows:
        key = sentence_id(row["sentence"])
        if old[key]:
            old[key] -= 1
        else:
            fresh.add(row["start"])
    return fresh


def _sentence_flag(row: Row, paragraph: Paragraph, ignored: IgnoreList) -> Flag:
    signals = tuple(
        Signalled(mark["signal"], mark["start"], mark["end"], mark["text"])
        for mark in row["signals"]
        if mark["signal"] not in ignored
    )
    return Flag(
        id=sentence_id(row["sentence"]),
        kind="sentence",
        paragraph=row["paragraph"],
        start=row["start"] - paragraph.start,
        end=row["end"] - paragraph.start,
        label=row["label"],
        confidence=row["confidence"],
        uncertain=bool(row["uncertain"]),
        signals=signals,
        sentence=row["sentence"],
        question=sentence_question(
            row["sentence"], row["label"], [Mark(mark.name, mark.start, mark.end) for mark in signals]
        ),
    )


def _reason(signals: tuple[Signalled, ...], label: str) -> str:
    return signals[0].name if signals else label


def _section_flags(document: Document, rows: list[Row], fresh: set[int] | None) -> Iterator[Flag]:
    """Yield a flag for each finding or analysis that is nearly all description."""
    seen: Counter[str] = Counter()
    for stretch in stretches(document, rows):
        first, paragraph = stretch.prose[0]
        key = f"{SECTION}{sentence_id(first['sentence'] if stretch.heading is None else stretch.heading)}"
        seen[key] += 1
        changed = fresh is None or any(row["start"] in fresh for row, _ in stretch.prose)
        if stretch.share < NEARLY_ALL or not changed:
            continue
        yield Flag(
            id=key if seen[key] == 1 else f"{key}-{seen[key]}",
            kind="section",
            paragraph=paragraph.number,
            start=first["start"] - paragraph.start,
            end=first["end"] - paragraph.start,
            label=Label.DESCRIPTIVE.value,
            confidence=stretch.share,
            uncertain=False,
            signals=(),
            sentence=first["sentence"],
            question=section_question(row["sentence"] for row, _ in stretch.prose),
        )
