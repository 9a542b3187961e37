"""The sheet of sentences that are left to decide: written for people, and taken back."""

from __future__ import annotations

import io
from collections import defaultdict
from pathlib import Path
from typing import Any

from bias_detect.corpus.adjudication import Adjudicated, Decision, label_set
from bias_detect.corpus.schema import SENTENCE_ID, folded
from bias_detect.corpus.votes import Votes
from bias_detect.errors import CorpusError, UsageError
from bias_detect.labels import DEFINITIONS
from bias_detect.spreadsheet import fitting
from bias_detect.tabular import BadRecord, as_text, iter_records, quoted, unit_of

KEY = "key"
COLUMNS = ("document", SENTENCE_ID, "sentence", "votes", "decision", "note", KEY)
_WIDTHS = (16, 14, 80, 36, 22, 36, 18)
_INVITATION = "one of the labels on the second sheet"


def sheet_of_open(found: Adjudicated) -> bytes:
    """Return a workbook of the sentences that are left to decide.

    Its first sheet has a row for each, with a drop-down of the labels under ``decision`` and room for a ``note``; the
    second says what the labels mean. No cell is a formula, whatever the sentences begin with. ``key`` tells the
    sentence when the sheet comes back, and is to be left alone.

    Parameters
    ----------
    found : Adjudicated
        The labels, and what is open.

    Returns
    -------
    bytes
        An XLSX file.

    Examples
    --------
    >>> import numpy as np
    >>> votes = Votes(("A", "B"), ("x", "y"), np.array([[0, 1]]), ["She rang."], [None], [None], {}, ["1"])
    >>> sheet_of_open(Adjudicated(votes, [None], ["open"], [None]))[:2]
    b'PK'
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    labels = label_set(found.votes)
    book = Workbook()
    sheet, meanings = book.active, book.create_sheet("labels")
    sheet.title = "to decide"
    rows = [COLUMNS, *(_row(found, row) for row in found.open_rows())]
    for number, cells in enumerate(rows, start=1):
        for column, text in enumerate(cells, start=1):
            _write(sheet.cell(number, column), text)
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    top = Alignment(wrap_text=True, vertical="top")
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = top
    for number, label in enumerate(labels, start=1):
        _write(meanings.cell(number, 1), label)
        _write(meanings.cell(number, 2), DEFINITIONS.get(label))
    meanings.column_dimensions["A"].width, meanings.column_dimensions["B"].width = 24, 110
    decision = get_column_letter(COLUMNS.index("decision") + 1)
    choice = DataValidation("list", formula1=f"labels!$A$1:$A${len(labels)}", allow_blank=True, showErrorMessage=True)
    choice.error = f"Choose {_INVITATION}."
    choice.add(f"{decision}2:{decision}{max(len(rows), 2)}")
    sheet.add_data_validation(choice)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _row(found: Adjudicated, row: int) -> list[str | None]:
    votes = found.votes
    said = "; ".join(f"{name}: {label}" for name, label in votes.of(row).items())
    place = (votes.documents[row], votes.ids[row], votes.sentences[row])
    return [*place, said or "none", None, found.notes[row], votes.keys[row]]


def _write(cell: Any, text: str | None) -> None:
    """Put text into a cell as text: openpyxl would make a formula of what begins with an equals sign."""
    if text is None:
        return
    cell.value = fitting(text)
    cell.data_type = "s"
    cell.quotePrefix = True


def read_decisions(path: Path, votes: Votes) -> tuple[dict[str, Decision], list[str]]:
    r"""Read the decisions that people wrote into a sheet.

    Parameters
    ----------
    path : Path
        The sheet, as `sheet_of_open` made it and as it was saved since, or the same columns in another table.
    votes : Votes
        What annotators said of the sentences.

    Returns
    -------
    dict of str to Decision
        What was decided, by the key of the sentence. Case, spaces, hyphens and underscores of a label do not count.
    list of str
        The rows that could not be used, and why; all others are.

    Raises
    ------
    CorpusError
        If the sheet cannot be read, or lacks a column.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> votes = Votes(("A", "B"), ("x", "y"), np.array([[0, 1]]), ["She rang."], [None], [None], {}, ["k1"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "sheet.csv")
    ...     _ = path.write_text("key,decision,note\nk1,X,she said so\n", encoding="utf-8")
    ...     read_decisions(path, votes)
    ({'k1': Decision(label='x', note='she said so')}, [])
    """
    labels = {folded(label): label for label in label_set(votes)}
    known = set(votes.keys)
    problems: list[str] = []
    found: dict[str, list[tuple[str, Decision]]] = defaultdict(list)
    for record in iter_records(path, error=CorpusError):
        place = f"{unit_of(path)} {record.number}"
        if isinstance(record, BadRecord):
            problems.append(record.error.cause)
            continue
        if missing := [name for name in ("decision", KEY) if name not in record.cells]:
            raise CorpusError(
                f"has no column {quoted(missing)} (it has {quoted(record.cells)})",
                subject=path,
                next_step="give the sheet that --sheet wrote, with its columns as they were",
            )
        written, note, key = (as_text(record.cells.get(name)) for name in ("decision", "note", KEY))
        if written is None and note is None:
            continue
        label = None if written is None else labels.get(folded(written))
        if key not in known or key is None:
            problems.append(f"{place} names no sentence of the corpus by its key")
            continue
        if written is not None and label is None:
            problems.append(f"{place} decides on {quoted([written])}, which is not one of {quoted(labels.values())}")
        found[key].append((place, Decision(label, note)))
    decisions = {}
    for key, several in found.items():
        decided = {decision.label for _, decision in several} - {None}
        if len(decided) > 1:
            where = ", ".join(place for place, _ in several)
            problems.append(f"{where} decide differently on the same sentence")
        notes = dict.fromkeys(decision.note for _, decision in several if decision.note)
        decisions[key] = Decision(decided.pop() if len(decided) == 1 else None, " | ".join(notes) or None)
    return decisions, problems


def refuse_to_overwrite(path: Path) -> None:
    """Raise if a sheet that is to be written stands there already with decisions or notes in it.

    Parameters
    ----------
    path : Path
        Where the new sheet is to go.

    Raises
    ------
    UsageError
        If what people wrote would be lost.

    Examples
    --------
    >>> refuse_to_overwrite(Path("a-sheet-that-nobody-has-written-yet.xlsx"))
    """
    if not path.is_file():
        return
    next_step = "take them in with --decisions, and name another file with --sheet"
    try:
        records = [record for record in iter_records(path, error=CorpusError) if not isinstance(record, BadRecord)]
    except CorpusError as error:
        raise UsageError("is there already and is no sheet of decisions", subject=path, next_step=next_step) from error
    written = sum(as_text(record.cells.get("decision")) is not None for record in records)
    written += sum(as_text(record.cells.get("note")) is not None for record in records)
    if written or any(KEY not in record.cells for record in records):
        what = f"holds {written:,} decisions and notes" if written else "is there already and is another table"
        raise UsageError(what, subject=path, next_step=next_step)
