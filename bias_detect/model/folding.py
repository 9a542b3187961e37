"""Tokens with what identifies a person, a place or a case folded away."""

from __future__ import annotations

import re
from importlib import resources

NAME = "<name>"
NUMBER = "<number>"
PERSON = "<person>"

# SW1, HV2, GP3, Child W, Adult B: how anonymised reviews name people.
_ANONYMISED = re.compile(r"(?:[A-Z]{1,4}\d{1,2}|[B-HJ-Z]|[MP]G[MF])")


def _words(name: str) -> frozenset[str]:
    text = (resources.files("bias_detect.model") / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


FUNCTION_WORDS = _words("function")
_INSTITUTIONS = _words("institutions")


def fold_token(token: str, first: bool) -> str:
    """Lower-case a token; fold numbers, anonymised people and proper names.

    Parameters
    ----------
    token : str
        The token.
    first : bool
        Whether it opens the sentence, where a capital says nothing.

    Returns
    -------
    str
        ``<number>``, ``<person>`` (``SW1``, the ``W`` of ``Child W``), ``<name>`` for capitalised words that are
        neither function words nor words for institutions (``Trust``, ``Police``, ``Court``), else the word.

    Examples
    --------
    >>> [fold_token(token, False) for token in ("SW1", "visited", "Ashby", "Hospital", "3", "times")]
    ['<person>', 'visited', '<name>', 'hospital', '<number>', 'times']
    """
    if _ANONYMISED.fullmatch(token):
        return PERSON
    if any(character.isdigit() for character in token):
        return NUMBER
    lower = token.lower().replace("’", "'")
    if not first and token[0].isupper() and lower not in _INSTITUTIONS and lower not in FUNCTION_WORDS:
        return NAME
    return lower
