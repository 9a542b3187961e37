"""The spaCy components ``review_signals`` and ``review_influences``.

Both read patterns kept as data (``patterns/*.jsonl``) and write spans; neither decides on a label.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Span

from bias_detect.language.rules import Rule, RuleMatcher, load_rules


class Found(NamedTuple):
    """A mark before it is a span: its label, the rule's identifier, first token, token after the last.

    Examples
    --------
    >>> Found("outcome", "outcome-1", start=2, end=4).label
    'outcome'
    """

    label: str
    rule: str
    start: int
    end: int


class _CueComponent:
    """What the two components share: the rules' matcher and the walk over sentences."""

    rules_name: str
    keys: tuple[str, str]

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name
        self.matcher = RuleMatcher(nlp.vocab, load_rules(self.rules_name))

    def __call__(self, doc: Doc) -> Doc:
        """Add the spans to a Doc.

        Parameters
        ----------
        doc : spacy.tokens.Doc
            The text.

        Returns
        -------
        spacy.tokens.Doc
            The same Doc.
        """
        lowers = [token.lower for token in doc]
        spaces = [token.i for token in doc if token.is_space]
        groups: tuple[list[Found], list[Found]] = [], []
        for start, end in _sentences(doc):
            for group, found in zip(groups, self.find(doc, start, end, lowers, spaces), strict=True):
                group += found
        for key, group in zip(self.keys, groups, strict=True):
            doc.spans[key] = [Span(doc, mark.start, mark.end, mark.label, span_id=mark.rule) for mark in group]
        return doc

    def find(
        self, doc: Doc, start: int, end: int, lowers: list[int], spaces: Sequence[int]
    ) -> tuple[list[Found], list[Found]]:
        """Find the marks of one sentence without touching the Doc.

        Parameters
        ----------
        doc : spacy.tokens.Doc
            The text.
        start, end : int
            Token offsets of the sentence.
        lowers : list of int
            The ``lower`` attribute of every token of the Doc.
        spaces : sequence of int
            Tokens of the Doc that are white space, in order.

        Returns
        -------
        tuple of (list of Found, list of Found)
            The marks for the first and for the second of ``keys``.
        """
        left_out = set(spaces[bisect_left(spaces, start) : bisect_left(spaces, end)])
        if left_out:
            # A line break or a run of spaces is a token to spaCy, and must part no cue.
            places = [place for place in range(start, end) if place not in left_out]
            bare = Doc(doc.vocab, words=[doc[place].text for place in places])
            first, second = self.find(bare, 0, len(bare), [lowers[place] for place in places], ())
            return _moved(first, places), _moved(second, places)
        matches = list(self.matcher(doc, start, end, lowers))
        if not matches:
            return [], []
        pseudo = [match for match in matches if match[0].kind == "pseudo"]
        groups: tuple[list[Found], list[Found]] = [], []
        for rule, left, right in matches:
            if rule.kind == "pseudo":
                continue
            place = self.group(rule, any(_cancels(match, rule.label, left, right) for match in pseudo))
            if place is not None:
                groups[place].append(Found(rule.label, rule.id, left, right))
        return _longest_by_label(groups[0]), _longest_by_label(groups[1])

    def group(self, rule: Rule, cancelled: bool) -> int | None:
        """Say in which of the two groups a match of a rule goes; None leaves it out."""
        raise NotImplementedError


class ReviewSignals(_CueComponent):
    """Mark the seven hindsight and outcome signals as spans in ``doc.spans["signals"]``.

    A span's ``label_`` is the signal, its ``id_`` the rule. *Pseudo-cues* cancel: a named standard, a stated time or
    frequency, a declined judgement, the future or a recommendation, the review's own method, an epistemic reading.
    What they cancel stands in ``doc.spans["signals_cancelled"]``. Sentences are taken from the pipeline where it sets
    them (``report_sentences`` does); otherwise the whole Doc counts as one.

    Notes
    -----
    Measured with ``python scripts/measure_cues.py``: precision as evidence of ``hindsight_biased`` and recall as the
    share of ``hindsight_biased`` sentences that carry the signal. The rules were written on the sentences of the first
    three columns (3,783, 1,693 and 5,263, of which 282, 133 and 1,153 are hindsight-biased); counting only rules that
    hold on two of them or more, recall is 0.89, 0.78 and 0.87. The coroners' and inquiry sentences are enriched with
    cue words, so that precision on running text is another.

    Only the two unseen columns put the rules to the test: 4,665 and 4,334 further sentences of the same reports, which
    the rules were not written with sight of. They are no running text either: most of what has a plain cue word had
    been drawn before, and just 35 and 107 of them are hindsight-biased. Whole new reports should lie between. Single
    signals have few marks there, most of them under 20.

    ==================  ===========  ===========  ===========  ================  =================
    signal              coroners     inquiries    composed     coroners, unseen  inquiries, unseen
    ==================  ===========  ===========  ===========  ================  =================
    counterfactual      0.86 / 0.65  0.75 / 0.62  0.91 / 0.47  0.65 / 0.31       0.53 / 0.31
    foreseeability      0.82 / 0.06  0.79 / 0.14  0.92 / 0.19  0.07 / 0.03       0.43 / 0.06
    inevitability       0.50 / 0.00  0.33 / 0.01  0.96 / 0.04  0.00 / 0.00       0.25 / 0.01
    missed_opportunity  0.87 / 0.09  0.25 / 0.01  0.89 / 0.08  0.00 / 0.00       0.00 / 0.00
    failure_to_see      0.58 / 0.07  0.64 / 0.07  0.84 / 0.08  0.25 / 0.11       0.40 / 0.07
    outcome             0.85 / 0.14  0.67 / 0.02  0.98 / 0.10  0.40 / 0.11       0.50 / 0.03
    blame               0.50 / 0.01  0.50 / 0.02  0.97 / 0.10  0.14 / 0.03       0.18 / 0.03
    any signal          0.80 / 0.91  0.70 / 0.81  0.91 / 0.89  0.26 / 0.51       0.41 / 0.46
    ==================  ===========  ===========  ===========  ================  =================

    The component costs about 30 microseconds a coroner's sentence.

    Examples
    --------
    >>> import spacy
    >>> nlp = spacy.blank("en")
    >>> _ = nlp.add_pipe("review_signals")
    >>> doc = nlp("Staff should have seen the risk.")
    >>> [(span.text, span.label_) for span in doc.spans["signals"]]
    [('should have seen', 'counterfactual')]
    """

    rules_name = "signals"
    keys = ("signals", "signals_cancelled")

    def group(self, rule: Rule, cancelled: bool) -> int | None:
        """Say in which of the two groups a match of a rule goes."""
        return int(cancelled)


class ReviewInfluences(_CueComponent):
    """Mark the seven influences on practice as spans in ``doc.spans["influences"]``.

    A span's ``label_`` is the influence, its ``id_`` the rule. Connectives that tie an influence to an act stand in
    ``doc.spans["links"]``, their kind (``because``, ``result``, ``participle`` and so on) in ``label_``. *Pseudo-cues*
    cancel both: a recommendation, the future, a question, the author's own concern, a cause of harm, a patient's
    thoughts. A marked influence does not make a sentence explanatory by itself: `Staff were busy` names one and
    explains nothing. The rules see a sentence's words and not whose practice it is about.

    Notes
    -----
    Precision as evidence of ``explanatory`` and recall over the explanatory sentences, by
    ``python scripts/measure_cues.py``, on 5,263 composed sentences (1,353 explanatory), 3,783 of coroners' reports
    (246) and 1,693 of inquiries (169). The last two were drawn to be hard: base rates are 0.26, 0.07 and 0.10. The
    unseen columns are 4,665 (92) and 4,334 (292) further sentences of the same reports, which the rules were not
    written with sight of: base rates are 0.02 and 0.07.

    ==========================  ===========  ===========  ===========  ================  =================
    mark                        composed     coroners     inquiries    coroners, unseen  inquiries, unseen
    ==========================  ===========  ===========  ===========  ================  =================
    beliefs                     0.71 / 0.29  0.24 / 0.22  0.26 / 0.24  0.10 / 0.16       0.21 / 0.17
    information                 0.66 / 0.13  0.27 / 0.19  0.21 / 0.07  0.11 / 0.14       0.27 / 0.10
    family                      0.53 / 0.05  0.25 / 0.07  0.07 / 0.01  0.07 / 0.04       0.07 / 0.01
    working_together            0.60 / 0.05  0.24 / 0.04  0.20 / 0.01  0.02 / 0.01       0.14 / 0.02
    tools                       0.69 / 0.08  0.27 / 0.06  0.14 / 0.01  0.09 / 0.05       0.07 / 0.01
    rules                       0.55 / 0.10  0.22 / 0.09  0.19 / 0.05  0.08 / 0.10       0.16 / 0.05
    management                  0.68 / 0.18  0.32 / 0.24  0.39 / 0.14  0.07 / 0.09       0.23 / 0.13
    any influence               0.61 / 0.65  0.23 / 0.67  0.23 / 0.42  0.07 / 0.47       0.19 / 0.41
    a link                      0.58 / 0.57  0.19 / 0.78  0.24 / 0.71  0.08 / 0.53       0.21 / 0.56
    influence and link          0.78 / 0.41  0.41 / 0.57  0.31 / 0.30  0.17 / 0.30       0.30 / 0.26
    influence, link, no signal  0.82 / 0.38  0.42 / 0.55  0.33 / 0.30  0.17 / 0.28       0.30 / 0.24
    ==========================  ===========  ===========  ===========  ================  =================

    The rules were written with the sentences of the first three columns in view. On the 1,853 composed sentences that
    were set aside unread, any influence reaches 0.54 / 0.60, influence and link 0.74 / 0.40; for real reports the
    unseen columns are that check.

    Examples
    --------
    >>> import spacy
    >>> nlp = spacy.blank("en")
    >>> _ = nlp.add_pipe("review_influences")
    >>> doc = nlp("She believed that he was asleep.")
    >>> [(span.text, span.label_) for span in doc.spans["influences"]]
    [('believed that', 'beliefs')]
    """

    rules_name = "influences"
    keys = ("influences", "links")

    def group(self, rule: Rule, cancelled: bool) -> int | None:
        """Say in which of the two groups a match of a rule goes; what is cancelled is left out."""
        return None if cancelled else int(rule.kind == "link")


def _sentences(doc: Doc) -> Iterator[tuple[int, int]]:
    if doc.has_annotation("SENT_START"):
        for sentence in doc.sents:
            yield sentence.start, sentence.end
    else:
        yield 0, len(doc)


def _moved(marks: list[Found], places: list[int]) -> list[Found]:
    return [mark._replace(start=places[mark.start], end=places[mark.end - 1] + 1) for mark in marks]


def _cancels(pseudo: tuple[Rule, int, int], label: str, start: int, end: int) -> bool:
    rule, left, right = pseudo
    if rule.cancels and label not in rule.cancels:
        return False
    return rule.scope == "sentence" or (left < end and start < right)


def _longest_by_label(marks: list[Found]) -> list[Found]:
    """Of overlapping marks with one label keep the longest; other labels may overlap them."""
    if len(marks) < 2:
        return marks
    kept: list[Found] = []
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)  # of each label, in order
    for mark in sorted(marks, key=lambda mark: (mark.start - mark.end, mark.start)):
        places = taken[mark.label]
        after = bisect_left(places, (mark.start, mark.end))
        if (after and places[after - 1][1] > mark.start) or (after < len(places) and places[after][0] < mark.end):
            continue
        places.insert(after, (mark.start, mark.end))
        kept.append(mark)
    return sorted(kept, key=lambda mark: (mark.start, mark.end, mark.label))


@Language.factory("review_signals", assigns=["doc.spans"])
def create_review_signals(nlp: Language, name: str) -> ReviewSignals:
    """Make a ``review_signals`` component (spaCy factory).

    Examples
    --------
    >>> create_review_signals(Language(), "signals").keys
    ('signals', 'signals_cancelled')
    """
    return ReviewSignals(nlp, name)


@Language.factory("review_influences", assigns=["doc.spans"])
def create_review_influences(nlp: Language, name: str) -> ReviewInfluences:
    """Make a ``review_influences`` component (spaCy factory).

    Examples
    --------
    >>> create_review_influences(Language(), "influences").keys
    ('influences', 'links')
    """
    return ReviewInfluences(nlp, name)
