"""The 64-bit keys of features: of folded tokens, of the n-grams that they are joined to, and of cues."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from bias_detect.language.pipeline import Sentence
from bias_detect.model.folding import fold_token

Keys = NDArray[np.uint64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_CACHE_LIMIT = 200_000


def joined(keys: Keys, tokens: Keys) -> Keys:
    """Return the keys of n-grams that are one token longer.

    Parameters
    ----------
    keys : ndarray of uint64
        The keys of the n-grams.
    tokens : ndarray of uint64
        The key of the token behind each.

    Returns
    -------
    ndarray of uint64
        As many.

    Examples
    --------
    >>> rang, her = np.array([3], np.uint64), np.array([5], np.uint64)
    >>> bool(joined(rang, her) == joined(her, rang))
    False
    """
    keys = keys * _MULTIPLIER + tokens
    keys ^= keys >> _SHIFT
    keys *= _MULTIPLIER
    return keys


def _key(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


class _Tokens:
    """Keys of folded tokens, kept by token."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._first: dict[str, int] = {}
        self._later: dict[str, int] = {}
        self._keys: list[int] = []
        self._array = np.zeros(0, np.uint64)

    def look_up(self, sentences: Sequence[Sentence], n_tokens: int) -> Keys:
        """Return the keys of all tokens of sentences."""
        if len(self._keys) > _CACHE_LIMIT:
            self._clear()
        places = np.empty(n_tokens, np.intp)
        position = 0
        for sentence in sentences:
            tokens = sentence.tokens
            if not tokens:
                continue
            try:
                found = [self._later[token] for token in tokens]
                found[0] = self._first[tokens[0]]
            except KeyError:
                found = [self._add(self._later, token, False) for token in tokens]
                found[0] = self._add(self._first, tokens[0], True)
            places[position : position + len(found)] = found
            position += len(found)
        if len(self._array) != len(self._keys):
            self._array = np.array(self._keys, np.uint64)
        return self._array[places]

    def _add(self, known: dict[str, int], token: str, first: bool) -> int:
        if token not in known:
            known[token] = len(self._keys)
            self._keys.append(_key(fold_token(token, first)))
        return known[token]


TOKENS = _Tokens()
"""The process's cache of the keys of tokens."""

_CUES: dict[str, int] = {}


def cue_key(name: str) -> int:
    """Return the key of a cue.

    Parameters
    ----------
    name : str
        From :func:`~bias_detect.model.cue_features.cue_features`.

    Returns
    -------
    int
        64 bits.

    Examples
    --------
    >>> cue_key("no signal") == cue_key("no link")
    False
    """
    if name not in _CUES:
        _CUES[name] = _key("cue " + name)
    return _CUES[name]
