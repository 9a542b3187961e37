"""What the commands on corpora print, and the lists that they write for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bias_detect.cli.common import say

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

_NOTES = 5


def say_notes(notes: Sequence[str]) -> None:
    """Say what could not be counted."""
    for note in notes[:_NOTES]:
        say(f"note: {note}")
    if len(notes) > _NOTES:
        say(f"note: and {len(notes) - _NOTES:,} more like these")


def csv_for_people(table: pd.DataFrame) -> bytes:
    """Return a table as CSV that opens in Excel, and in which no text can be taken for a formula."""
    from bias_detect.spreadsheet import without_formula

    safe = table.map(without_formula).rename(columns=without_formula)
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def results_console(**options: Any) -> Console:
    """Return a console for results: in colour on a terminal alone, and there unless NO_COLOR is set.

    FORCE_COLOR, which notebooks set for whatever they run, is not followed: what is piped or kept in a file is read by
    programs.
    """
    from rich.console import Console

    return Console(force_terminal=sys.stdout.isatty(), legacy_windows=False, **options)


def print_table(rows: list[list[str]], title: str) -> None:
    """Print a table whose first row is the header and whose first column is text; nothing in it is markup."""
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
