"""What a check of a corpus finds, and how bad it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

EXAMPLES = 3
"""Examples that a finding shows."""


class Severity(StrEnum):
    """How bad it is: training or the labels fail; figures or people may suffer; good to know.

    Examples
    --------
    >>> Severity("note") is Severity.NOTE
    True
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    check : str
        What was found.
    severity : Severity
        How bad it is.
    count : int
        How many rows, documents or labels it concerns.
    rows : tuple of int
        Positions of the rows, from 0, among those that can be read.
    examples : tuple of str
        Some of them, fit to be shown.
    advice : str
        What to do.

    Examples
    --------
    >>> Finding("empty sentences", Severity.ERROR, 1, (4,), ("row 6",), "fill or delete the rows").severity.value
    'error'
    """

    check: str
    severity: Severity
    count: int
    rows: tuple[int, ...]
    examples: tuple[str, ...]
    advice: str


def finding(
    check: str, severity: Severity, rows: Iterable[int], advice: str, examples: Iterable[str], count: int | None = None
) -> Iterator[Finding]:
    """Yield the finding on these rows, if there are any.

    Parameters
    ----------
    check : str
        What was found.
    severity : Severity
        How bad it is.
    rows : iterable of int
        Positions of the rows.
    advice : str
        What to do.
    examples : iterable of str
        What may be shown; only the first few are.
    count : int, optional
        How many there are, where it is not rows that are counted.

    Yields
    ------
    Finding
        One, or none.

    Examples
    --------
    >>> [found] = finding("empty sentences", Severity.ERROR, [4, 7], "fill or delete the rows", ["row 6", "row 9"])
    >>> found.count, found.examples
    (2, ('row 6', 'row 9'))
    """
    if found := tuple(rows):
        yield Finding(check, severity, count or len(found), found, tuple(islice(examples, EXAMPLES)), advice)
