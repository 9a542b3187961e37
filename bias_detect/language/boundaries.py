"""Sentence boundaries of British report prose, as a spaCy component and as a plain function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from spacy.language import Language
from spacy.pipeline import Sentencizer
from spacy.strings import StringStore
from spacy.tokens import Doc

from bias_detect.language.boundary_rules import sentence_starts

MOST_PIECES = 100_000
_SPACE_BIT = 63


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the character spans of a text's sentences.

    The decisions are those of :class:`ReportSentences`; no tokenizer is needed.

    Parameters
    ----------
    text : str
        A paragraph or a whole text.

    Returns
    -------
    list of (int, int)
        Starts and ends without the white space around a sentence; no sentence is empty, and nothing but white
        space lies between them.

    Examples
    --------
    >>> text = "Dr. A. N. Jones saw the risk.12 The G.P. did not."
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['Dr. A. N. Jones saw the risk.12', 'The G.P. did not.']
    """
    starts = sentence_starts(text)
    ends = [*starts[1:], len(text)] if starts else []
    return [(start, start + len(text[start:end].rstrip())) for start, end in zip(starts, ends, strict=True)]


class _Pieces(dict[int, str]):
    """The words of a vocabulary with the space behind them, by hash; the top bit stands for the space.

    Putting a text together from these takes half the time of ``doc.text``.
    """

    def __init__(self, strings: StringStore) -> None:
        super().__init__()
        self.strings = strings

    def __missing__(self, key: int) -> str:
        word = key ^ 1 << _SPACE_BIT
        spaced = word in self.strings  # type: ignore[operator]
        piece = self[key] = self.strings[word] + " " if spaced else self.strings[key]
        return piece

    def __reduce__(self) -> tuple[type[_Pieces], tuple[StringStore]]:
        return _Pieces, (StringStore(),)  # a cache is not worth sending to another process


class ReportSentences(Sentencizer):
    """Mark where the sentences of a report begin; takes the place of spaCy's ``sentencizer``.

    It knows abbreviations (``Dr. Smith``, ``see p. 4``, ``etc. The``), initials, decimals, times, money, addresses on
    the web, paragraph and item numbers, bullets, lists run together in a line, footnote marks, quotations and brackets
    with the stop inside, dots of omission, names with exclamation marks, missing spaces and hard line breaks. A number
    belongs to the sentence that it heads, a footnote mark to the one that it follows. A short quotation or bracket
    stays whole even where it holds several sentences. The words that decide are data: ``patterns/abbreviations.json``.

    It does not find a sentence that begins in lower case without a sign (``He left. she stayed.``), nor one that begins
    with a name behind an initial (``He met Mr B. Carter drove.``); nor does it join a number to a paragraph behind a
    blank line. Where two sentences share a token (``2019.The``), the token is split. Boundaries set by components
    before it are kept.

    Parameters
    ----------
    name : str
        The component's name in the pipeline.

    Attributes
    ----------
    pieces : dict or None
        Words as they stand in texts, kept at hand: :data:`MOST_PIECES` and those of one text at the most.

    Notes
    -----
    Measured by ``python scripts/measure_boundaries.py`` (one core of a shared machine, Python 3.11, spaCy 3.8): all 567
    cases right, where ``sentencizer`` has 50.4% right; 12 microseconds a Doc of one sentence against its 9 (ratio 1.3),
    112 a Doc of ten sentences against its 68 (ratio 1.7). The rules have been mended on these cases; at first sight
    97% of 498 of them were right, which is nearer to what new prose will show. Of the 3,783 labelled sentences of
    coroners' reports, 98.5% come back with their boundaries or with a paragraph's number before them (the last test of
    ``tests/language/test_boundaries.py``); most of the others were cut more crudely for labelling.

    The kinds of cases follow the "golden rules" of pragmatic_segmenter (https://github.com/diasks2/pragmatic_segmenter);
    the cases are our own, in ``tests/language/boundary_cases.txt``.

    Examples
    --------
    >>> import spacy
    >>> nlp = spacy.blank("en")
    >>> _ = nlp.add_pipe("report_sentences")
    >>> [sentence.text for sentence in nlp("4.2 He saw Dr. Hale at 9.30. Nobody else did.").sents]
    ['4.2 He saw Dr. Hale at 9.30.', 'Nobody else did.']
    """

    def __init__(self, name: str = "report_sentences") -> None:
        super().__init__(name)
        self.pieces: _Pieces | None = None

    def predict(self, docs: Iterable[Doc]) -> list[list[bool]]:
        """Tell for each token of each Doc whether it begins a sentence.

        Parameters
        ----------
        docs : iterable of spacy.tokens.Doc
            The texts; a token that two sentences share is split.

        Returns
        -------
        list of list of bool
            One flag a token.

        Examples
        --------
        >>> from spacy.vocab import Vocab
        >>> doc = Doc(Vocab(), ["She", "rang", ".", "He", "came", "."], [True, False, True, True, False, False])
        >>> ReportSentences().predict([doc])
        [[True, False, False, True, False, False]]
        """
        return [self.flags(doc, self._text(doc)) if len(doc) else [] for doc in docs]

    def flags(self, doc: Doc, text: str) -> list[bool]:
        """Tell for each token of a Doc whether it begins a sentence, where the caller has its text.

        Parameters
        ----------
        doc : spacy.tokens.Doc
            Some tokens; one that two sentences share is split.
        text : str
            What ``doc.text`` gives, which takes longer than to find the sentences.

        Returns
        -------
        list of bool
            One flag a token.

        Examples
        --------
        >>> from spacy.vocab import Vocab
        >>> doc = Doc(Vocab(), ["She", "rang", ".", "He", "came", "."], [True, False, True, True, False, False])
        >>> ReportSentences().flags(doc, doc.text)
        [True, False, False, True, False, False]
        """
        flags = [True, *[False] * (len(doc) - 1)]
        starts = sentence_starts(text)
        for start in starts[1:]:
            token = _token_at(doc, start)
            if doc[token].idx != start:
                _split(doc, starts)
                return self.flags(doc, text)
            flags[token] = True
        return flags

    def _text(self, doc: Doc) -> str:
        pieces = self.pieces
        if pieces is None or pieces.strings is not doc.vocab.strings or len(pieces) > MOST_PIECES:
            pieces = self.pieces = _Pieces(doc.vocab.strings)
        words: Any = doc.to_array(["ORTH", "SPACY"])
        keys = words[:, 0] ^ words[:, 1] << _SPACE_BIT
        return "".join(map(pieces.__getitem__, keys.tolist()))


def _token_at(doc: Doc, offset: int) -> int:
    span: Any = doc.char_span(offset, offset + 1, alignment_mode="expand")
    index: int = span.start
    return index


def _split(doc: Doc, starts: list[int]) -> None:
    """Split the tokens inside which a sentence begins."""
    cuts: dict[int, list[int]] = defaultdict(list)
    for start in starts[1:]:
        index = _token_at(doc, start)
        if doc[index].idx != start:
            cuts[index].append(start - doc[index].idx)
    with doc.retokenize() as retokenizer:
        for index, places in cuts.items():
            token = doc[index]
            pieces = [token.text[low:high] for low, high in pairwise([0, *places, len(token)])]
            retokenizer.split(token, pieces, heads=[(token, place) for place in range(len(pieces))])


@Language.factory("report_sentences", assigns=["token.is_sent_start", "doc.sents"], retokenizes=True)
def create_report_sentences(nlp: Language, name: str) -> ReportSentences:
    """Make the component; called by ``nlp.add_pipe("report_sentences")``.

    Parameters
    ----------
    nlp : spacy.language.Language
        The pipeline.
    name : str
        The component's name in it.

    Returns
    -------
    ReportSentences
        A new component.

    Examples
    --------
    >>> create_report_sentences(Language(), "sentences").name
    'sentences'
    """
    return ReportSentences(name)
