"""The scored table as people and programs read it: table, CSV, JSON, JSON lines, one line a sentence."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bias_detect.labels import Label, shown
from bias_detect.scored_csv import csv_head, csv_rows

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from bias_detect.model.classifier import ReviewClassifier
    from bias_detect.model.explain import Explanation

Row = dict[str, Any]
Alone = frozenset[str]

_LEFT_ALONE = "left_alone"
_ARTICLES = frozenset({"the", "a", "an"})
# A paragraph's number: 5.2, (3), 12. or, as inquests have it, 12 before a capital.
_NUMBER = re.compile(r"\s*\(?\d{1,3}(?:(?:\.\d{1,3})+\.?\s|[.)]+\s|\s+(?=[A-Z]))")

_STYLES = {Label.DESCRIPTIVE: "", Label.EXPLANATORY: "green", Label.HINDSIGHT_BIASED: "bold yellow"}
# Line ends and what a terminal would take for a command; each becomes a space, so that offsets stay.
_CONTROL = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")


class Format(StrEnum):
    """How the scored table is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    LINE = "line"


class Writer:
    """Turn rows into bytes; ``begin`` may be called before each source and says something only once.

    All state is in attributes that are replaced, never changed in place, so that a shallow copy can be tried on a
    source and thrown away if the source fails.
    """

    def __init__(self) -> None:
        self._begun = False

    def begin(self) -> bytes:
        """Return what stands before all rows, at the first call."""
        if self._begun:
            return b""
        self._begun = True
        return self.head()

    def head(self) -> bytes:
        """Return what stands before all rows."""
        return b""

    def rows(self, rows: list[Row], alone: Alone = frozenset()) -> bytes:
        """Return some rows; ``alone`` are the sentences whose label is left alone, and not shown as a flag."""
        raise NotImplementedError

    def end(self) -> bytes:
        """Return what stands behind all rows."""
        return b""


class _Lines(Writer):
    def rows(self, rows: list[Row], alone: Alone = frozenset()) -> bytes:
        return "".join(_line(_quiet(row) if row["sentence_id"] in alone else row) for row in rows).encode()


def _quiet(row: Row) -> Row:
    """Return a row as one that is left alone is shown: without its label and signals."""
    return {**row, "label": _LEFT_ALONE, "signals": []}


def _line(row: Row) -> str:
    signals = ", ".join(dict.fromkeys(mark["signal"] for mark in row["signals"]))
    document, label = (str(row[name]).translate(_CONTROL) for name in ("document", "label"))
    sentence = " ".join(row["sentence"].translate(_CONTROL).split())
    return f"{document}:{row['paragraph']}: {label} ({row['confidence']:.2f}) {signals}: {sentence}\n"


class _JsonLines(Writer):
    def rows(self, rows: list[Row], alone: Alone = frozenset()) -> bytes:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


class _Json(Writer):
    """One array of all rows."""

    def __init__(self) -> None:
        super().__init__()
        self._separator = "[\n "

    def rows(self, rows: list[Row], alone: Alone = frozenset()) -> bytes:
        parts = []
        for row in rows:
            parts.append(self._separator + json.dumps(row, ensure_ascii=False))
            self._separator = ",\n "
        return "".join(parts).encode()

    def end(self) -> bytes:
        return b"\n]\n" if self._separator.startswith(",") else b"[]\n"


class _Csv(Writer):
    """Columns as in the scored table."""

    def __init__(self, names: list[str], *, excel: bool) -> None:
        super().__init__()
        self._names = names
        self._excel = excel

    def head(self) -> bytes:
        return csv_head(self._names, excel=self._excel)

    def rows(self, rows: list[Row], alone: Alone = frozenset()) -> bytes:
        return csv_rows(self._names, rows)


class _Table(Writer):
    """Columns of fixed width, so that a batch can be written before the next is known."""

    def __init__(self, model: ReviewClassifier, *, terminal: bool, explain: bool) -> None:
        super().__init__()
        self._model = model
        self._terminal = terminal
        self._explain = explain
        self._counts = {str(label): 0 for label in model.classes_}
        self._uncertain = 0
        self._alone = 0
        self._document: str | None = None

    def rows(self, rows: list[Row], alone: Alone = frozenset()) -> bytes:
        text = io.StringIO()
        console = self._console(text)
        for row in rows:
            if row["document"] != self._document:
                self._document = row["document"]
                console.print(f"\n{row['document'].translate(_CONTROL)}", style="bold", markup=False, highlight=False)
            if row["sentence_id"] in alone:
                self._alone += 1
                self._row(console, _quiet(row))
                continue
            label = str(row["label"])
            self._counts = {**self._counts, label: self._counts[label] + 1}
            self._uncertain += row["uncertain"]
            self._row(console, row)
        return text.getvalue().encode()

    def _console(self, text: io.StringIO) -> Console:
        from rich.console import Console

        return Console(
            file=text,
            force_terminal=self._terminal,
            no_color=None,
            width=None if self._terminal else 110,
            legacy_windows=False,
            emoji=False,  # a file called "12:fire:9.txt" is shown by its name
        )

    def _row(self, console: Console, row: Row) -> None:
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=8)
        grid.add_column(width=16)
        grid.add_column(width=5)
        grid.add_column(ratio=1)
        grid.expand = True
        style = _STYLES.get(row["label"], "")
        body = _marked(row)
        reasons = _reasons(row)
        if reasons:
            body = Text.assemble(body, "\n", (reasons, "dim"))
        if self._explain:
            from bias_detect.model.explain import explain

            lines = _telling(explain(row["sentence"], self._model)).as_text().split("\n")
            body = Text.assemble(body, "\n", ("\n".join(line.translate(_CONTROL) for line in lines), "dim"))
        sure = f"{row['confidence']:.2f}{'?' if row['uncertain'] else ''}"
        label = Text(shown(row["label"]).translate(_CONTROL), style=style)
        grid.add_row(Text(row["sentence_id"], style="dim"), label, sure, body)
        console.print(grid)

    def end(self) -> bytes:
        total = sum(self._counts.values()) + self._alone
        if not total:
            return b"\n0 sentences\n"
        counts = [(_named(shown(name).translate(_CONTROL)), count) for name, count in self._counts.items()]
        parts = ", ".join(f"{count:,} {name} ({count / total:.0%})" for name, count in counts)
        plural = "" if total == 1 else "s"
        alone = f"; {self._alone:,} left alone" if self._alone else ""
        return f"\n{total:,} sentence{plural}: {parts}; {self._uncertain:,} uncertain (?){alone}\n".encode()


def _named(label: str) -> str:
    """Return a label as it stands behind a number: in quotation marks if it is one itself."""
    return label if any(map(str.isalpha, label)) else f"'{label}'"


def _telling(explanation: Explanation) -> Explanation:
    """Return an explanation without the words that tell people nothing: the paragraph's number, marks, articles."""
    number = _NUMBER.match(explanation.sentence)
    behind = number.end() if number else 0
    words = [
        word
        for word in explanation.words
        if (word.start or 0) >= behind and word.text.lower() not in _ARTICLES and any(map(str.isalnum, word.text))
    ]
    return replace(explanation, words=words)


def _marked(row: Row) -> Text:
    from rich.text import Text

    text = Text(row["sentence"].translate(_CONTROL))
    for mark in row["signals"]:
        text.stylize("underline yellow", mark["start"], mark["end"])
    for mark in row["influences"]:
        text.stylize("underline green", mark["start"], mark["end"])
    return text


def _reasons(row: Row) -> str:
    marks = [(shown(mark["signal"]), mark["text"]) for mark in row["signals"]]
    marks += [(shown(mark["influence"]), mark["text"]) for mark in row["influences"]]
    return "; ".join(f"{name}: {' '.join(text.translate(_CONTROL).split())}" for name, text in dict.fromkeys(marks))


def writer_for(
    chosen: Format, model: ReviewClassifier, *, terminal: bool, explain: bool = False, excel: bool = False
) -> Writer:
    """Make the writer for a format.

    Parameters
    ----------
    chosen : Format
        The format.
    model : ReviewClassifier
        The model that labels, for the columns.
    terminal : bool
        Whether the output is a terminal, which gets colours.
    explain : bool, default=False
        Whether the table says which words pulled each sentence.
    excel : bool, default=False
        Whether a CSV begins with the mark by which Excel knows UTF-8.

    Returns
    -------
    Writer
        The writer.

    Examples
    --------
    >>> from bias_detect.model.bundle import load_model
    >>> writer = writer_for(Format.CSV, load_model(), terminal=False)
    >>> writer.begin()[:20]
    b'document,sentence_id'
    """
    if chosen is Format.TABLE:
        return _Table(model, terminal=terminal, explain=explain)
    if chosen is Format.CSV:
        from bias_detect.scoring import columns

        return _Csv(columns(model), excel=excel)
    return {Format.JSON: _Json, Format.JSONL: _JsonLines, Format.LINE: _Lines}[chosen]()
