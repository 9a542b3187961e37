"""Tables and notes that commands print."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bias_detect.cli.common import say

if TYPE_CHECKING:
    from rich.console import Console

_NOTES = 5


def say_notes(notes: Sequence[str]) -> None:
    """Say what could not be counted, the first few of it.

    Parameters
    ----------
    notes : sequence of str
        What is to be said.

    Examples
    --------
    >>> say_notes(["row 3 has no label"])  # on standard error
    """
    for note in notes[:_NOTES]:
        say(f"note: {note}")
    if len(notes) > _NOTES:
        say(f"note: and {len(notes) - _NOTES:,} more like these")


def results_console(**options: Any) -> Console:
    """Return a console for results: in colour on a terminal alone, and there unless NO_COLOR is set.

    FORCE_COLOR, which notebooks set for whatever they run, is not followed: what is piped or kept in a file is read by
    programs.

    Parameters
    ----------
    **options : object
        Other options of rich's ``Console``.

    Returns
    -------
    rich.console.Console
        The console.

    Examples
    --------
    >>> results_console(width=40).print("told", 3)
    told 3
    """
    from rich.console import Console

    return Console(force_terminal=sys.stdout.isatty(), legacy_windows=False, **options)


def print_table(rows: list[list[str]], title: str) -> None:
    """Print a table; nothing in it is markup.

    Parameters
    ----------
    rows : list of list of str
        The header, then the rows; the first column is text, the others are figures.
    title : str
        What stands above it.

    Examples
    --------
    >>> print_table([["label", "sentences"], ["told", "3"]], "a.csv")
    a.csv
    label sentences
    told 3
    <BLANKLINE>
    """
    from rich.table import Table
    from rich.text import Text

    console = results_console()
    table = Table(box=None, pad_edge=False)
    head, *body = rows
    for place, name in enumerate(head):
        table.add_column(Text(name), justify="left" if place == 0 else "right", no_wrap=True)
    for row in body:
        table.add_row(*map(Text, row))
    if not console.is_terminal:
        console.width = 10_000
    console.print(Text(title, style="italic"))
    console.print(table)
    console.print()
