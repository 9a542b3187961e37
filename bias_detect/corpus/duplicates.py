"""Sentences that stand in a table more than once: equal after normalisation, or nearly equal.

A sentence that stands on both sides of a split is learnt by heart and not judged. Two cures are in use.
Joining the documents that share a sentence into one group keeps every sentence, but one stock sentence or
heading ("Background.") would glue half of a corpus together, and the folds with it. Here the documents stay
as they are, and a sentence of the training side that also stands on the test side is left out of the training
side of that split (`split_leaks`): little is lost, the test side stays whole, and the count can be reported
(`count_leaks`).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from bias_detect.errors import UsageError

_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ‘`´](?=\w)")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
# How many sentences, and how many pairs of them, are looked at in one go: what bounds the memory.
_BLOCK = 500
_PAIRS = 200_000


class _Fold(dict[int, str]):
    """A translation table that turns all but letters, marks and digits into spaces, filled as it is used."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = character if unicodedata.category(character)[0] in "LMN" else " "
        return self[code]


class _Invisible(dict[int, str]):
    """A translation table that drops format characters (soft hyphen, joiners, marks of direction)."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = "" if unicodedata.category(character) == "Cf" else character
        return self[code]


_FOLD, _INVISIBLE = _Fold(), _Invisible()


def normalise(text: str) -> str:
    """Return what is left of a sentence when looks are set aside: the key by which duplicates are found.

    Case, white space, punctuation, quotation marks, dashes, ligatures and invisible characters do not count;
    an apostrophe inside a word is dropped; a number, date or time in figures becomes ``0``, so that two
    sentences of one template are equal. A text of nothing but signs keeps them.

    Parameters
    ----------
    text : str
        A sentence.

    Returns
    -------
    str
        Words with single spaces between them.

    Examples
    --------
    >>> normalise("On 3.5.2012,  the nurse's note said “No concerns”.")
    'on 0 the nurses note said no concerns'
    >>> normalise("* * *")
    '* * *'
    """
    folded = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    folded = _NUMBER.sub("0", _APOSTROPHE.sub("", folded))
    return " ".join(folded.translate(_FOLD).split()) or " ".join(text.split())


def duplicate_groups(sentences: Iterable[str]) -> NDArray[np.int64]:
    """Return a number for every sentence, the same for sentences that are equal after normalisation.

    Parameters
    ----------
    sentences : iterable of str
        The sentences.

    Returns
    -------
    numpy.ndarray
        The numbers, from 0 in order of first appearance.

    Examples
    --------
    >>> duplicate_groups(["No visit.", "She called.", "no visit"]).tolist()
    [0, 1, 0]
    """
    codes, _ = pd.factorize(np.array([normalise(sentence) for sentence in sentences], dtype=object))
    return np.asarray(codes, dtype=np.int64)


def count_leaks(keys: ArrayLike, groups: ArrayLike) -> int:
    """Return how many sentences also stand in another document.

    Parameters
    ----------
    keys : array-like
        A number for every sentence, as `duplicate_groups` gives them.
    groups : array-like
        The document of every sentence.

    Returns
    -------
    int
        The count of sentences, not of different sentences.

    Examples
    --------
    >>> count_leaks([0, 1, 0, 2, 2], ["a", "a", "b", "b", "b"])
    2
    """
    table = pd.DataFrame({"key": np.asarray(keys), "group": np.asarray(groups)})
    return int((table.groupby("key")["group"].transform("nunique") > 1).sum())


def split_leaks(train: ArrayLike, test: ArrayLike, keys: ArrayLike) -> NDArray[np.int64]:
    """Return the training side of a split without the sentences that also stand on the test side.

    Parameters
    ----------
    train, test : array-like of int
        Positions of the sentences on either side.
    keys : array-like
        A number for every sentence, as `duplicate_groups` gives them.

    Returns
    -------
    numpy.ndarray
        The positions that stay in training; how many are missing is the number to report.

    Examples
    --------
    >>> split_leaks([0, 1, 2], [3, 4], keys=[0, 1, 2, 1, 3]).tolist()
    [0, 2]
    """
    keys = np.asarray(keys)
    train = np.asarray(train, dtype=np.int64)
    return train[~np.isin(keys[train], keys[np.asarray(test, dtype=np.int64)])]


def near_duplicates(sentences: Sequence[str], threshold: float = 0.8) -> pd.DataFrame:
    """Find the pairs of sentences that share nearly all of their words.

    The likeness of two sentences is the Jaccard index of their sets of normalised words: the words that stand
    in both as a share of those that stand in either. It is exact, blind to word order, and fast because two
    sets can only be so alike if they share one of their few rarest words (prefix filtering). Sentences equal
    after normalisation count as one: see `duplicate_groups` for those.

    Parameters
    ----------
    sentences : sequence of str
        The sentences.
    threshold : float, default 0.8
        The least likeness of a pair, above 0 and at most 1.

    Returns
    -------
    pandas.DataFrame
        ``first`` and ``second`` (positions of the first appearance of each, ``first < second``) and
        ``similarity``, the most alike first.

    Raises
    ------
    UsageError
        If the threshold lies outside of that range.

    References
    ----------
    S. Chaudhuri, V. Ganti and R. Kaushik, *A primitive operator for similarity joins in data cleaning*, 2006.

    Examples
    --------
    >>> near_duplicates(["The nurse did not call the ward.", "Yes.", "The nurse did not call a ward."])
       first  second  similarity
    0      0       2    0.857143
    """
    if not 0 < threshold <= 1:
        raise UsageError(f"the threshold {threshold} is not above 0 and at most 1", next_step="use 0.8")
    firsts: dict[str, int] = {}
    for position, sentence in enumerate(sentences):
        firsts.setdefault(normalise(sentence), position)
    firsts.pop("", None)
    words = [set(key.split()) for key in firsts]
    whole, prefixes, sizes = _word_matrices(words, threshold)

    positions = np.fromiter(firsts.values(), dtype=np.int64, count=len(firsts))
    found = [pd.DataFrame({"first": positions[:0], "second": positions[:0], "similarity": np.empty(0)})]
    for start in range(0, len(words), _BLOCK):
        shared = sparse.triu(prefixes[start : start + _BLOCK] @ prefixes.T, k=start + 1).tocoo()
        left, right = shared.row + start, shared.col
        # Two sets whose sizes differ too much cannot be alike enough.
        low, high = np.minimum(sizes[left], sizes[right]), np.maximum(sizes[left], sizes[right])
        likely = low / high >= threshold
        left, right = left[likely], right[likely]
        both = _shared_words(whole, left, right)
        similarity = both / (sizes[left] + sizes[right] - both)
        alike = similarity >= threshold
        found.append(
            pd.DataFrame(
                {
                    "first": positions[left[alike]],
                    "second": positions[right[alike]],
                    "similarity": similarity[alike],
                }
            )
        )
    return pd.concat(found).sort_values(
        ["similarity", "first", "second"], ascending=[False, True, True], ignore_index=True
    )


def _word_matrices(words: list[set[str]], threshold: float) -> tuple[Any, Any, NDArray[np.int64]]:
    """Return sentences by words as 0 and 1, the same for their rarest words only, and the sets' sizes."""
    counts = Counter(word for members in words for word in members)
    # Rarest first, ties by the word, so that every sentence orders its words alike.
    rank = {word: place for place, (_, word) in enumerate(sorted((count, word) for word, count in counts.items()))}
    rows = [sorted(rank[word] for word in members) for members in words]
    sizes = np.array([len(row) for row in rows], dtype=np.int64)
    # The sets share at least ceil(threshold * size) words, so one of them is among the first of either.
    heads = [row[: len(row) - math.ceil(threshold * len(row) - 1e-9) + 1] for row in rows]
    return _indicator(rows, len(rank)), _indicator(heads, len(rank)), sizes


def _shared_words(whole: Any, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many words each pair of sentences shares."""
    shared = np.empty(len(left), dtype=np.int64)
    for start in range(0, len(left), _PAIRS):
        part = slice(start, start + _PAIRS)
        shared[part] = whole[left[part]].multiply(whole[right[part]]).sum(axis=1)
    return shared


def _indicator(rows: list[list[int]], width: int) -> Any:
    """Return a sparse matrix with a one where a row names a column."""
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((column for row in rows for column in row), dtype=np.int64, count=int(ends[-1]))
    return sparse.csr_array((np.ones(len(columns), dtype=np.int32), columns, ends), shape=(len(rows), width))
