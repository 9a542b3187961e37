"""What the readers of table files hand over: rows with their numbers, good or bad, and the file that they are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bias_detect.errors import BiasDetectError
from bias_detect.spreadsheet import as_it_was
from bias_detect.tabular.cells import as_text, quoted


class Record(NamedTuple):
    """One row of a table.

    Parameters
    ----------
    number : int
        Its number as a person counts in that format: in a spreadsheet the header is row 1.
    cells : dict of str to object
        What stands under each column; None for an empty cell.

    Examples
    --------
    >>> Record(2, {"text": "She rang."}).cells["text"]
    'She rang.'
    """

    number: int
    cells: dict[str, Any]


class BadRecord(NamedTuple):
    """A row that could not be read, though those after it may be.

    Parameters
    ----------
    number : int
        Its number, as that of a `Record`.
    error : BiasDetectError
        Why.

    Examples
    --------
    >>> print(BadRecord(3, BiasDetectError("row 3 has 1 cells where the header has 2")).error)
    row 3 has 1 cells where the header has 2
    """

    number: int
    error: BiasDetectError


class Source(NamedTuple):
    """A file that is read.

    Parameters
    ----------
    path : Path
        The file.
    error : type of BiasDetectError
        The error that is raised for it.
    longest : int
        Characters that a cell of text may have.

    Examples
    --------
    >>> Source(Path("a.csv"), BiasDetectError, longest=1000).path.suffix
    '.csv'
    """

    path: Path
    error: type[BiasDetectError]
    longest: int


def unit_of(path: Path) -> str:
    """Return what is counted in a table file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        ``line`` for JSONL, ``row`` for every other format.

    Examples
    --------
    >>> unit_of(Path("a.jsonl")), unit_of(Path("a.xlsx"))
    ('line', 'row')
    """
    return "line" if path.suffix.lower() == ".jsonl" else "row"


def keyed(source: Source, rows: Iterator[tuple[int, Sequence[object]]]) -> Iterator[Record | BadRecord]:
    """Yield rows of cells as records; the first of them that is not blank is the header.

    Parameters
    ----------
    source : Source
        The file.
    rows : iterator of int and sequence
        Numbers and cells; an empty cell is an empty text.

    Yields
    ------
    Record or BadRecord
        The rows below the header that are not blank; bad ones have fewer or more cells than it.

    Raises
    ------
    BiasDetectError
        If there is no header, or a name stands in it twice.

    Examples
    --------
    >>> rows = iter([(1, ["id", "text"]), (2, ["", ""]), (3, ["a", "She rang."])])
    >>> list(keyed(Source(Path("a.csv"), BiasDetectError, 1000), rows))
    [Record(number=3, cells={'id': 'a', 'text': 'She rang.'})]
    """
    filled = ((number, cells) for number, cells in rows if any(cell != "" for cell in cells))
    number, header = next(filled, (0, ()))
    spreadsheet = source.path.suffix.lower() == ".xlsx"
    if not spreadsheet:  # which says of each cell whether it is a formula
        header, filled = list(map(as_it_was, header)), ((row, list(map(as_it_was, cells))) for row, cells in filled)
    names = [as_text(cell) or "" for cell in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise source.error("holds no rows", subject=source.path, next_step="choose a table with rows")
    names = [name or f"unnamed_{position}" for position, name in enumerate(names, start=1)]
    check_unique(source, names)
    for number, cells in filled:
        missing = len(names) - len(cells)
        if (missing > 0 and not spreadsheet) or any(cell != "" for cell in cells[len(names) :]):
            problem = source.error(
                f"row {number} has {len(cells)} cells where the header has {len(names)}",
                subject=source.path,
                next_step="put quotation marks round a cell that holds the separator, and name every column",
            )
            yield BadRecord(number, problem)
            continue
        values = [None if cell == "" else cell for cell in cells] + [None] * missing
        yield Record(number, dict(zip(names, values, strict=False)))


def check_unique(source: Source, names: Sequence[str]) -> None:
    """Raise where two columns have one name.

    Parameters
    ----------
    source : Source
        The file.
    names : sequence of str
        The names of its columns.

    Raises
    ------
    BiasDetectError
        If a name is there twice.

    Examples
    --------
    >>> try:
    ...     check_unique(Source(Path("a.csv"), BiasDetectError, 1000), ["text", "text"])
    ... except BiasDetectError as error:
    ...     print(error)
    a.csv: has more than one column of the name 'text'; rename one of them
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise source.error(
            f"has more than one column of the name {quoted(twice)}",
            subject=source.path,
            next_step="rename one of them",
        )
