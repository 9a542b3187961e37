"""From sentences to counted features: the one transformer of our own in the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from bias_detect.errors import CorpusError
from bias_detect.language.pipeline import Sentence, sentence_reader
from bias_detect.model.cue_features import cue_features
from bias_detect.model.feature_keys import TOKENS, Keys, cue_key, joined
from bias_detect.model.folding import NAME, fold_token
from bias_detect.model.given import each_text, one_each

Rows = NDArray[np.intp]

_LOW = np.uint64(2**20 - 1)
_MOST_TABLES = 8
# Tables of low bits by vocabulary, beside the estimators so that they are neither stored nor compared with them.
_LOW_BITS: dict[int, tuple[Keys, NDArray[np.bool_]]] = {}


class TextEstimator(BaseEstimator):
    """An estimator whose input is text.

    Examples
    --------
    >>> TextEstimator().__sklearn_tags__().input_tags.string
    True
    """

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is text."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


class SentenceFeatures(TransformerMixin, TextEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Count the n-grams of folded tokens and the visible cues of sentences.

    Numbers, anonymised people and proper names are folded first, and what opens a sentence with a word that is only a
    name elsewhere is left out. Features are 64-bit keys, not texts: the fitted transformer holds no word of the
    sentences that it was fitted on.

    Parameters
    ----------
    words : tuple of (int, int) or None, default=(1, 3)
        Shortest and longest n-gram of folded tokens; None for none.
    cues : bool, default=True
        Whether to count signals, influences, links and what they combine to.
    min_documents : int, default=3
        In how many documents a feature must occur to enter the vocabulary.

    Attributes
    ----------
    vocabulary_ : ndarray of uint64 of shape (n_features,)
        Keys of the features, sorted: column *j* counts the feature ``vocabulary_[j]``.
    n_features_out_ : int
        Number of columns.

    See Also
    --------
    sklearn.feature_extraction.text.CountVectorizer : the same for plain words, with a vocabulary in clear text.
    sklearn.feature_extraction.text.TfidfTransformer : the step that belongs behind it.

    Notes
    -----
    Of scikit-learn's estimator checks those that feed arrays of numbers do not apply: the input is text.

    References
    ----------
    Weinberger et al., *Feature hashing for large scale multitask learning*, 2009; here the keys are wide enough that
    no two features of a corpus share one.

    Examples
    --------
    >>> features = SentenceFeatures(words=(1, 1), cues=False, min_documents=1)
    >>> features.fit_transform(["SW1 rang at 9.30.", "HV2 rang."]).toarray().sum(axis=1)
    array([5., 3.])
    """

    def __init__(
        self,
        words: tuple[int, int] | None = (1, 3),
        cues: bool = True,
        min_documents: int = 3,
    ) -> None:
        self.words = words
        self.cues = cues
        self.min_documents = min_documents

    def fit(self, X: Iterable[str | Sentence], y: Any = None, groups: Sequence[Any] | None = None) -> SentenceFeatures:
        """Learn which features occur in enough documents.

        Parameters
        ----------
        X : iterable of str or Sentence
            One sentence each.
        y : None
            Not used.
        groups : sequence, optional
            The document of each sentence; without it each sentence counts as one.

        Returns
        -------
        SentenceFeatures
            Itself.

        Raises
        ------
        CorpusError
            If no feature occurs in enough documents.
        UsageError
            If what is given is no list of texts, or there is not one document for each.

        Examples
        --------
        >>> SentenceFeatures(words=(1, 1), cues=False, min_documents=2).fit(["She rang.", "He rang."]).n_features_out_
        2
        """
        sentences = read(X)
        rows, keys = self.keys(sentences)
        given = range(len(sentences)) if groups is None else one_each(groups, "documents", len(sentences))
        named, codes = np.unique(np.asarray(given), return_inverse=True)
        if len(named) < self.min_documents:
            raise CorpusError(
                f"{len(named)} document(s) are fewer than the {self.min_documents} in which a word or cue must occur",
                next_step="give sentences from more documents",
            )
        vocabulary, places = np.unique(keys, return_inverse=True)
        # One number for each pair of feature and document, so that equal pairs are counted once.
        pairs = np.unique(places.astype(np.int64) * (len(sentences) + 1) + codes[rows])
        documents = np.bincount(pairs // (len(sentences) + 1), minlength=len(vocabulary))
        shared = vocabulary[documents >= self.min_documents]
        self.vocabulary_ = np.setdiff1d(shared, self._opened_by_names(sentences), assume_unique=True)
        self.n_features_out_ = len(self.vocabulary_)
        if not self.n_features_out_:
            raise CorpusError(
                f"no word or cue occurs in {self.min_documents} documents or more",
                next_step="give more sentences, from more documents",
            )
        return self

    def _opened_by_names(self, sentences: list[Sentence]) -> Keys:
        """Return the keys of n-grams that open a sentence with a word that is nothing but a name elsewhere.

        The first word of a sentence has a capital whatever it is, so that its name is not folded.
        """
        inside = {token for sentence in sentences for token in sentence.tokens[1:]}
        folded = {token: fold_token(token, False) for token in inside}
        names = {token.lower() for token, fold in folded.items() if fold == NAME} - set(folded.values())
        opened = [sentence for sentence in sentences if sentence.tokens and sentence.tokens[0].lower() in names]
        found = [keys[places == 0] for _, places, _, keys in self.ngrams(opened)]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64)

    def transform(self, X: Iterable[str | Sentence]) -> Any:
        """Count the features of each sentence.

        Parameters
        ----------
        X : iterable of str or Sentence
            One sentence each; a :class:`~bias_detect.language.pipeline.Sentence` is not tokenized again.

        Returns
        -------
        scipy.sparse.csr_matrix of shape (n_sentences, n_features)
            Counts.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the transformer was not fitted.

        Examples
        --------
        >>> features = SentenceFeatures(words=(1, 1), cues=False, min_documents=1).fit(["She rang.", "He left."])
        >>> features.transform(["She left."]).shape
        (1, 5)
        """
        from scipy.sparse import csr_matrix

        check_is_fitted(self)
        sentences = read(X)
        rows, keys = self.keys(sentences)
        columns = self.columns(keys)
        known = np.flatnonzero(columns >= 0)
        shape = (len(sentences), self.n_features_out_)
        return csr_matrix((np.ones(len(known)), (rows[known], columns[known])), shape=shape)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return a name for each column: its key in hex digits, the same in whatever model has the feature.

        The words are not kept, so that they cannot be named; :func:`bias_detect.model.explain.explain` names those of a
        sentence and what they do.

        Parameters
        ----------
        input_features : None
            Not used.

        Returns
        -------
        ndarray of str
            As many as columns.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the transformer was not fitted.

        Examples
        --------
        >>> features = SentenceFeatures(words=(1, 1), cues=False, min_documents=1).fit(["They rang."])
        >>> features.get_feature_names_out().tolist()
        ['a97116eafea1b413', 'e0f166dc4a30700c', 'ff7f1ec59a7c768a']
        """
        check_is_fitted(self)
        return np.array([f"{key:016x}" for key in self.vocabulary_.tolist()], dtype=object)

    def columns(self, keys: Keys) -> NDArray[np.intp]:
        """Return the column of each key, or -1 where the vocabulary does not have it.

        Parameters
        ----------
        keys : ndarray of uint64
            From :meth:`keys`.

        Returns
        -------
        ndarray of int
            Columns.

        Examples
        --------
        >>> fitted = SentenceFeatures(words=(1, 1), min_documents=1, cues=False).fit(["She rang."])
        >>> (fitted.columns(fitted.keys(read(["She ran."]))[1]) >= 0).tolist()
        [True, False, True]
        """
        columns = np.full(len(keys), -1)
        if len(self.vocabulary_):
            # Most n-grams of a new sentence are unknown; a table of low bits tells so without a search.
            likely = np.flatnonzero(self._low_bits[keys & _LOW])
            places = np.minimum(np.searchsorted(self.vocabulary_, keys[likely]), len(self.vocabulary_) - 1)
            columns[likely] = np.where(self.vocabulary_[places] == keys[likely], places, -1)
        return columns

    @property
    def _low_bits(self) -> NDArray[np.bool_]:
        known: tuple[Keys, NDArray[np.bool_]] | None = _LOW_BITS.get(id(self.vocabulary_))
        if known is None or known[0] is not self.vocabulary_:
            table = np.zeros(int(_LOW) + 1, dtype=bool)
            table[self.vocabulary_ & _LOW] = True
            if len(_LOW_BITS) >= _MOST_TABLES:
                _LOW_BITS.clear()
            known = _LOW_BITS[id(self.vocabulary_)] = self.vocabulary_, table
        return known[1]

    def keys(self, sentences: Sequence[Sentence]) -> tuple[Rows, Keys]:
        """Return the keys of all features of sentences.

        Parameters
        ----------
        sentences : sequence of Sentence
            The sentences.

        Returns
        -------
        rows : ndarray of int
            The sentence that each key comes from.
        keys : ndarray of uint64
            The keys, repeated as often as the feature occurs.

        Examples
        --------
        >>> rows, keys = SentenceFeatures(words=(1, 1), cues=False).keys(read(["She rang.", "She wrote."]))
        >>> rows.tolist(), len(set(keys.tolist()))
        ([0, 0, 0, 1, 1, 1], 4)
        """
        none = np.zeros(0, np.intp), np.zeros(0, np.uint64)  # of sentences that are shorter than any n-gram asked for
        parts = [none, *((rows, keys) for rows, _, _, keys in self.ngrams(sentences))]
        if self.cues:
            cues = [(row, cue_key(name)) for row, sentence in enumerate(sentences) for name in cue_features(sentence)]
            found = np.array(cues, dtype=np.uint64).reshape(-1, 2)
            parts.append((found[:, 0].astype(np.intp), found[:, 1]))
        return np.concatenate([rows for rows, _ in parts]), np.concatenate([keys for _, keys in parts])

    def ngrams(self, sentences: Sequence[Sentence]) -> Iterator[tuple[Rows, Rows, int, Keys]]:
        """Yield the n-grams of sentences, one length after the other.

        Parameters
        ----------
        sentences : sequence of Sentence
            The sentences.

        Yields
        ------
        tuple of (ndarray, ndarray, int, ndarray)
            For all n-grams of one length: the sentence, the first token in it, the length, the key.

        Examples
        --------
        >>> found = SentenceFeatures(words=(1, 2)).ngrams(read(["She rang."]))
        >>> [(length, places.tolist()) for _, places, length, _ in found]
        [(1, [0, 1, 2]), (2, [0, 1])]
        """
        if self.words is None:
            return
        lengths = np.fromiter((len(sentence.tokens) for sentence in sentences), np.intp, len(sentences))
        rows = np.repeat(np.arange(len(sentences)), lengths)
        places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        left = np.repeat(lengths, lengths) - places
        tokens = TOKENS.look_up(sentences, len(rows))
        least, most = self.words
        keys = np.ones(len(tokens), dtype=np.uint64)
        for n in range(1, min(most, int(lengths.max(initial=0))) + 1):  # no n-gram is longer than a sentence
            # The rolling key of the n tokens from each place on; those that run over an end are left out below.
            keys = joined(keys[: len(tokens) - n + 1], tokens[n - 1 :])
            if n >= least:
                whole = np.flatnonzero(left[: len(keys)] >= n)
                yield rows[whole], places[whole], n, keys[whole]


def read(X: Iterable[str | Sentence]) -> list[Sentence]:
    """Read texts that are one sentence each, and leave Sentences as they are.

    Parameters
    ----------
    X : iterable of str or Sentence
        One sentence each.

    Returns
    -------
    list of Sentence
        As many.

    Raises
    ------
    UsageError
        If it is one text or a table, or an item is no text.

    Examples
    --------
    >>> read(["The ward was full."])[0].tokens
    ['The', 'ward', 'was', 'full', '.']
    """
    reader = sentence_reader()
    return [item if isinstance(item, Sentence) else reader.read(str(item)) for item in each_text(X)]
