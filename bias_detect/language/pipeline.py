"""The project's spaCy pipeline, and what the rest of the program reads off it: plain Sentences.

A :class:`Sentence` holds strings and numbers only, so that it outlives the Doc, crosses processes and is cheap.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

from spacy.attrs import ORTH
from spacy.lang.en import English
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bias_detect.language import boundaries  # noqa: F401 - importing it registers its factory
from bias_detect.language.boundary_layout import BULLETS
from bias_detect.language.cues import Found

_VOCABULARY_LIMIT = 400_000
_COMPONENTS = ("report_sentences", "review_signals", "review_influences")

# spaCy's tokenizer takes the marks off a word one by one, and looks at all the rest each time: 8,000 brackets in a row
# take it 17 seconds. Longer runs than these, which no prose has, are therefore tokenized in pieces; those of bullets
# one by one, since each begins a sentence, and to split a token that holds several takes quadratic time as well.
_RUNS = (
    (32, re.compile(r"(?:[^\w\s]|_){33,}")),
    (400, re.compile(r"(?<!\S)\S{401,}")),
    (1, re.compile(rf"(?:[{BULLETS}][^\w\s]?){{17,}}")),
)
_SHORTEST_RUN = 17


class Mark(NamedTuple):
    """A marked stretch of a sentence.

    Parameters
    ----------
    label : str
        The signal, influence or link.
    start, end : int
        Character offsets in the sentence.
    text : str
        The words.
    rule : str
        Identifier of the rule that marked it.
    first, last : int
        Offsets of its first token and of the token after its last, in the sentence.

    Examples
    --------
    >>> mark = sentence_reader().read("Staff should have seen the risk.").signals[0]
    >>> mark.label, mark.text
    ('counterfactual', 'should have seen')
    """

    label: str
    start: int
    end: int
    text: str
    rule: str
    first: int
    last: int


class Sentence(NamedTuple):
    """One sentence, as read by the pipeline.

    Parameters
    ----------
    text : str
        The sentence as it stands in the text.
    start, end : int
        Character offsets in the text that it was read from.
    tokens : list of str
        Its tokens, spaces left out.
    signals, cancelled, influences, links : list of Mark
        What the components marked; ``cancelled`` are signals that a pseudo-cue took back.

    Examples
    --------
    >>> sentence = sentence_reader().split("It was late. He had left.")[1]
    >>> sentence.start, sentence.tokens
    (13, ['He', 'had', 'left', '.'])
    """

    text: str
    start: int
    end: int
    tokens: list[str]
    signals: list[Mark]
    cancelled: list[Mark]
    influences: list[Mark]
    links: list[Mark]


def build_pipeline() -> Language:
    """Make the pipeline: a blank English tokenizer with the three components.

    Returns
    -------
    spacy.language.Language
        A new pipeline.

    Examples
    --------
    >>> build_pipeline().pipe_names
    ['report_sentences', 'review_signals', 'review_influences']
    """
    nlp = English()  # what spacy.blank("en") makes, in less time
    for name in _COMPONENTS:
        nlp.add_pipe(name)
    return nlp


class _Words(dict[int, tuple[str, int]]):
    """Text and lower-case key of each word of a vocabulary, by the word's key.

    Reading a Doc through this takes half the time of asking its tokens one by one.
    """

    def __init__(self, vocab: Vocab) -> None:
        super().__init__()
        self._vocab = vocab

    def __missing__(self, key: int) -> tuple[str, int]:
        lexeme = self._vocab[key]
        self[key] = lexeme.text, lexeme.lower
        return self[key]

    def read(self, doc: Doc) -> tuple[list[str], list[int]]:
        """Return the texts and the lower-case keys of a Doc's tokens."""
        entries = [self[key] for key in doc.to_array(ORTH).tolist()]
        return [entry[0] for entry in entries], [entry[1] for entry in entries]


class SentenceReader:
    """Read texts into Sentences with one pipeline, renewed when its vocabulary has grown too large.

    spaCy keeps every word it has met; renewing keeps the memory of a long run bounded.

    Examples
    --------
    >>> reader = SentenceReader()
    >>> [sentence.text for sentence in reader.split("It was late. Dr. Smith had left.")]
    ['It was late.', 'Dr. Smith had left.']
    """

    def __init__(self) -> None:
        self._renew()

    def _renew(self) -> None:
        self._nlp = build_pipeline()
        self._words = _Words(self._nlp.vocab)
        self._report_sentences: Any
        self._signals: Any
        self._influences: Any
        self._report_sentences, self._signals, self._influences = map(self._nlp.get_pipe, _COMPONENTS)

    def _tokenize(self, text: str) -> Doc:
        if len(self._nlp.vocab) > _VOCABULARY_LIMIT:
            self._renew()
        places = _places_to_cut(text)
        if not places:
            return self._nlp.make_doc(text)
        pieces = [self._nlp.make_doc(text[start:end]) for start, end in pairwise([0, *places, len(text)])]
        tokens = [(token.text, bool(token.whitespace_)) for piece in pieces for token in piece]
        return Doc(self._nlp.vocab, [word for word, _ in tokens], [spaced for _, spaced in tokens])

    def split(self, text: str) -> list[Sentence]:
        """Split a text into its sentences.

        Parameters
        ----------
        text : str
            A paragraph or more.

        Returns
        -------
        list of Sentence
            In order; a text of white space has none.

        Examples
        --------
        >>> [(sentence.start, sentence.end) for sentence in sentence_reader().split("It was late. He had left.")]
        [(0, 12), (13, 25)]
        """
        doc = self._tokenize(text)
        if not len(doc):
            return []
        # May split tokens of the Doc, and so comes before they are read.
        flags = self._report_sentences.flags(doc, text)
        words, lowers = self._words.read(doc)
        spaces = _spaces(words)
        starts = [place for place, begins in enumerate(flags) if begins]
        sentences = []
        for start, end in zip(starts, [*starts[1:], len(doc)], strict=True):
            # White space of more than one character is a token of its own.
            while start < end and words[start].isspace():
                start += 1
            while start < end and words[end - 1].isspace():
                end -= 1
            if start < end:
                sentences.append(self._sentence(text, doc, start, end, words, lowers, spaces))
        return sentences

    def read(self, text: str) -> Sentence:
        """Read a text that is one sentence.

        Parameters
        ----------
        text : str
            The sentence.

        Returns
        -------
        Sentence
            It, white space around it left out; an empty one for an empty text.

        Examples
        --------
        >>> [mark.label for mark in sentence_reader().read("Staff should have seen the risk.").signals]
        ['counterfactual']
        """
        bare = text.strip()
        doc = self._tokenize(bare)
        if not len(doc):
            return Sentence(bare, 0, 0, [], [], [], [], [])
        words, lowers = self._words.read(doc)
        return self._sentence(bare, doc, 0, len(doc), words, lowers, _spaces(words))

    def _sentence(
        self, text: str, doc: Doc, start: int, end: int, words: list[str], lowers: list[int], spaces: list[int]
    ) -> Sentence:
        found = (
            *self._signals.find(doc, start, end, lowers, spaces),
            *self._influences.find(doc, start, end, lowers, spaces),
        )
        offset = doc[start].idx
        finish = doc[end - 1].idx + len(words[end - 1])
        tokens = words[start:end]
        left_out = spaces[bisect_left(spaces, start) : bisect_left(spaces, end)]
        if left_out:
            tokens = [word for word in tokens if not word.isspace()]

        def place(token: int) -> int:
            return token - start - bisect_left(left_out, token)

        marks = [[_mark(doc, text, mark, offset, place) for mark in group] if group else [] for group in found]
        return Sentence(text[offset:finish], offset, finish, tokens, *marks)


def _places_to_cut(text: str) -> list[int]:
    """Return where runs without a space are cut that would take the tokenizer quadratic time."""
    longest = max(map(len, text.split()), default=0)
    if longest < _SHORTEST_RUN:
        return []
    return sorted(
        {
            place
            for most, runs in _RUNS
            if longest > most
            for run in runs.finditer(text)
            for place in range(run.start() + most, run.end(), most)
        }
    )


def _spaces(words: list[str]) -> list[int]:
    return [place for place, word in enumerate(words) if word.isspace()]


def _mark(doc: Doc, text: str, found: Found, offset: int, place: Callable[[int], int]) -> Mark:
    last = doc[found.end - 1]
    start, end = doc[found.start].idx, last.idx + len(last)
    first, after = place(found.start), place(found.end)
    return Mark(found.label, start - offset, end - offset, text[start:end], found.rule, first, after)


_reader: SentenceReader | None = None


def sentence_reader() -> SentenceReader:
    """Return the process's reader, made on the first call.

    Returns
    -------
    SentenceReader
        The same object at every call.

    Examples
    --------
    >>> sentence_reader() is sentence_reader()
    True
    """
    global _reader  # noqa: PLW0603 - building a pipeline takes a tenth of a second
    if _reader is None:
        _reader = SentenceReader()
    return _reader
