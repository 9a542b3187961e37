"""Training and test sides that share neither a document nor a sentence."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bias_detect.errors import CorpusError, UsageError
from bias_detect.numbering import numbered

Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Leaks:
    """Sentences that are equal after normalisation on both sides of a split.

    Parameters
    ----------
    checked : bool
        False where the model does not say what it was trained on.
    sentences : int
        Test sentences that have an equal on the training side.
    pairs : int or None
        Pairs of equal sentences on different sides; None where the training side holds each text once.
    dropped_from_training : int
        Sentences that the training sides were left without, added up over the folds.
    dropped_from_evaluation : int
        Sentences that the figures do not count.

    Examples
    --------
    >>> Leaks(sentences=2, pairs=3).as_dict()["dropped_from_training"]
    0
    """

    checked: bool = True
    sentences: int = 0
    pairs: int | None = 0
    dropped_from_training: int = 0
    dropped_from_evaluation: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as they stand in the metrics file.

        Examples
        --------
        >>> Leaks(sentences=2, pairs=3).as_dict()["pairs"]
        3
        """
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fold:
    """One split: the row numbers of its two sides.

    Examples
    --------
    >>> Fold(train=np.array([0, 1]), test=np.array([2])).test.tolist()
    [2]
    """

    train: Codes
    test: Codes


def sentence_keys(sentences: Sequence[str]) -> NDArray[np.uint64]:
    """Return a 64-bit key for each sentence, the same for sentences that are equal after normalisation.

    A model keeps the sorted keys of its training sentences as ``training_keys_``, so that a later evaluation
    can tell which sentences it has seen although it does not keep their text.

    Parameters
    ----------
    sentences : sequence of str
        The sentences.

    Returns
    -------
    array of uint64
        One key a sentence.

    Examples
    --------
    >>> first, second = sentence_keys(["The visit was late.", "the  visit was late."])
    >>> bool(first == second)
    True
    """
    from bias_detect.corpus.duplicates import normalise

    digests = b"".join(
        blake2b(normalise(text).encode(errors="surrogatepass"), digest_size=8).digest() for text in sentences
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def document_codes(keys: NDArray[np.uint64], documents: Sequence[Any] | None) -> tuple[Codes, int]:
    """Return a number for each group that must not be split: a document or, without one, equal sentences.

    Parameters
    ----------
    keys : array of uint64
        The sentences' keys.
    documents : sequence or None
        The document of each sentence; None, an empty string and NaN stand for not known.

    Returns
    -------
    array of int
        The number of each sentence's group, counted from 0.
    int
        How many sentences have no document.

    Raises
    ------
    UsageError
        If there is not one document for each sentence.

    Examples
    --------
    >>> document_codes(np.array([7, 8, 8, 9], dtype=np.uint64), ["A", None, "", "A"])
    (array([0, 1, 1, 0]), 2)
    """
    from bias_detect.tabular import as_text

    named = [None] * len(keys) if documents is None else [as_text(value) for value in documents]
    if len(named) != len(keys):
        raise UsageError(f"{len(named)} documents for {len(keys)} sentences", next_step="name one for each")
    codes, _ = numbered(int(key) if name is None else name for name, key in zip(named, keys, strict=True))
    return codes, named.count(None)


def plan_folds(
    labels: Sequence[str], groups: Codes, keys: NDArray[np.uint64], *, n_splits: int = 5, seed: int = 0
) -> tuple[list[Fold], Leaks]:
    """Plan a cross-validation in which no document and no sentence stands on both sides.

    Documents are dealt out so that every fold has about the same share of each label. A sentence that stands
    in documents of different folds stays on the test side and is taken from the training side.

    Parameters
    ----------
    labels : sequence of str
        The labels given.
    groups : array of int
        The document of each sentence.
    keys : array of uint64
        The sentences' keys.
    n_splits : int
        Number of folds.
    seed : int
        Seed of the shuffle of documents.

    Returns
    -------
    list of Fold
        The folds; each sentence is tested once.
    Leaks
        What had to be taken from the training sides.

    Raises
    ------
    CorpusError
        If there are fewer documents than folds, or a training side lacks a label.
    UsageError
        If fewer than two folds are asked for.

    Examples
    --------
    >>> keys = np.array([1, 2, 3, 4, 5, 2, 7, 8], dtype=np.uint64)
    >>> folds, leaks = plan_folds(list("abababab"), np.arange(8) // 2, keys, n_splits=2)
    >>> len(folds), sorted(np.concatenate([fold.test for fold in folds]).tolist())
    (2, [0, 1, 2, 3, 4, 5, 6, 7])
    """
    from bias_detect.corpus.duplicates import split_leaks

    if n_splits < 2:
        raise UsageError(f"{n_splits} fold(s) cannot be cross-validated", next_step="ask for at least 2")
    names, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    if len(names) < 2:
        raise CorpusError(
            "all sentences have the same label" if len(names) else "there are no labelled sentences",
            next_step="give a corpus with two labels or more",
        )
    n_groups = len(np.unique(groups))
    if n_groups < n_splits:
        raise CorpusError(
            f"{n_groups} document(s) cannot be dealt out to {n_splits} folds",
            next_step="ask for fewer folds, add documents, or check the column that names them",
        )
    fold_of = _deal(codes, groups, n_splits, seed)
    folds, dropped = [], 0
    for number in range(n_splits):
        test = np.flatnonzero(fold_of == number)
        rest = np.flatnonzero(fold_of != number)
        train = split_leaks(rest, test, keys)
        missing = names[np.setdiff1d(np.arange(len(names)), codes[train])]
        if len(missing):
            raise CorpusError(
                f"with {n_splits} folds one training side has no sentence labelled {', '.join(missing)}",
                next_step="add sentences with this label from other documents, or change the number of folds",
            )
        if len(test):
            folds.append(Fold(train, test))
            dropped += len(rest) - len(train)
    return folds, _leaks_across(keys, fold_of, dropped)


def _deal(codes: Codes, groups: Codes, n_splits: int, seed: int) -> Codes:
    """Return the fold of each sentence."""
    from sklearn.model_selection import StratifiedGroupKFold

    if np.bincount(codes).max() < n_splits:
        raise CorpusError(
            f"no label has as many sentences as there are folds ({n_splits})", next_step="ask for fewer folds"
        )
    fold_of = np.zeros(len(codes), dtype=np.intp)
    splitter = StratifiedGroupKFold(n_splits=n_splits, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # It warns of rare labels; what matters, a label that a training side lacks, is checked by the caller.
        warnings.simplefilter("ignore", UserWarning)
        for number, (_, test) in enumerate(splitter.split(codes, codes, groups)):
            fold_of[test] = number
    return fold_of


def _leaks_across(keys: NDArray[np.uint64], fold_of: Codes, dropped: int) -> Leaks:
    _, text = np.unique(keys, return_inverse=True)
    cells = text * (fold_of.max() + 1) + fold_of
    total, size = np.bincount(text)[text], np.bincount(cells)[cells]
    # Summed over sentences, the others of equal text in another fold: each pair is met from both ends.
    elsewhere = total - size
    return Leaks(sentences=int((elsewhere > 0).sum()), pairs=int(elsewhere.sum()) // 2, dropped_from_training=dropped)
