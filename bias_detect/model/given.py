"""What a caller gives to an estimator, checked before it is used: a wrong call is refused and not labelled."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as short
from typing import Any

from bias_detect.errors import UsageError
from bias_detect.language.pipeline import Sentence

_TEXT = str | Sentence
_ONE = (str, bytes, Mapping, Sentence)  # what can be iterated over, and is no list of sentences all the same


def one_each(values: Any, what: str, n: int | None = None) -> list[Any]:
    """Return what was given for the sentences, one item each, as a list.

    Parameters
    ----------
    values : iterable
        A list, array, column of a table or anything else that gives one item after the other.
    what : str
        What the items are, in the plural.
    n : int, optional
        How many there must be.

    Returns
    -------
    list
        The items.

    Raises
    ------
    UsageError
        If it is one text, a table or nothing that has items, or there are more or fewer.

    Examples
    --------
    >>> one_each(iter(["She rang."]), "sentences")
    ['She rang.']
    """
    # A table would give the names of its columns; that it has two dimensions tells it apart without pandas.
    if isinstance(values, _ONE) or getattr(values, "ndim", 1) != 1 or not hasattr(values, "__iter__"):
        raise UsageError(
            f"the {what} were given as one {type(values).__name__}, which is no list of them",
            next_step="give a list, such as [text], or one column of a table, such as table['sentence']",
        )
    items = list(values)
    if n is not None and len(items) != n:
        raise UsageError(f"{len(items)} {what} for {n} sentences", next_step="give one for each")
    return items


def each_text(values: Any) -> list[str | Sentence]:
    """Return what was given as sentences, all of which are text.

    Parameters
    ----------
    values : iterable of str or Sentence
        One sentence each.

    Returns
    -------
    list of str or Sentence
        The same.

    Raises
    ------
    UsageError
        If one is no text, or for what :func:`one_each` raises.

    Examples
    --------
    >>> each_text(("She rang.", "He left."))
    ['She rang.', 'He left.']
    """
    items = one_each(values, "sentences")
    for place, item in enumerate(items):
        if not isinstance(item, _TEXT):
            raise UsageError(
                f"sentence {place}, counted from 0, is no text but {short(item)}",
                next_step="leave it out, or give its text",
            )
    return items


def each_label(values: Any, n: int) -> list[Any]:
    """Return what was given as labels, none of which is missing.

    Parameters
    ----------
    values : iterable
        The labels.
    n : int
        How many sentences there are.

    Returns
    -------
    list
        The same.

    Raises
    ------
    UsageError
        If one is None, NaN or empty, or for what :func:`one_each` raises.

    Examples
    --------
    >>> each_label(("told", "judged"), 2)
    ['told', 'judged']
    """
    from bias_detect.tabular import as_text

    items = one_each(values, "labels", n)
    for place, item in enumerate(items):
        if as_text(item) is None:
            raise UsageError(
                f"label {place}, counted from 0, is missing", next_step="leave out the sentences without a label"
            )
    return items
