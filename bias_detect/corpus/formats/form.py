"""A form in Excel for people who annotate without a tool: sentences with a drop-down of labels, and the codebook.

It is read as any Excel table is: the first sheet is an ordinary table with the columns of a corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

from bias_detect.corpus.formats.record import COMMENT, FIELDS, Annotation
from bias_detect.corpus.formats.tables import check_for_excel, excel_cell, table_columns
from bias_detect.labels import DEFINITIONS, shown

_FILLED_IN = ("label", COMMENT, "annotator")
_SHOWN = ("document", "sentence_id", "section", "page", "paragraph", "sentence", *_FILLED_IN, "source")
_WIDTHS = {"document": 18, "sentence": 80, "label": 20, COMMENT: 40}
_HOW = (
    "Choose one label for each sentence, from the list that opens in its cell in the column 'label'.",
    "Judge the sentence by itself: what does it do with the practice that it is about?",
    "Write your name or initials in the column 'annotator'; remarks go into 'comment'.",
    "Only these three columns can be filled in. Save as an Excel workbook (.xlsx).",
)


def write_form(rows: Iterable[Annotation], stream: IO[bytes], labels: Sequence[str]) -> None:
    """Write sentences as a form to be filled in.

    Sentences and places are locked, without a password; labels, comments and the annotator's name are not. Columns that
    could sway an annotator, such as the stratum of a draw, are kept and hidden.

    Parameters
    ----------
    rows : iterable of Annotation
        The sentences.
    stream : binary file
        Where to.
    labels : sequence of str
        The labels to choose from.

    Raises
    ------
    CorpusError
        If an Excel cell cannot hold a text.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write_form([Annotation("She rang.")], stream, ["told", "asked"])
    >>> stream.getvalue()[:2]
    b'PK'
    """
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill, Protection
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    given = list(rows)
    names, table = table_columns(given, ("sentence", "label"), "xlsx")
    check_for_excel(table)
    columns: dict[str, list[Any]] = dict(zip(names, table, strict=True))
    for name in _FILLED_IN:
        columns.setdefault(name, [None] * len(given))
    order = [name for name in _SHOWN if name in columns]
    order += [name for name in columns if name not in order]

    bold, wrapped = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    open_cell, tinted = Protection(locked=False), PatternFill("solid", fgColor="FFF8E1")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sentences")
    sheet.freeze_panes = "A2"
    for place, name in enumerate(order, start=1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width = _WIDTHS.get(name, 12)
        dimension.hidden = name not in _SHOWN
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False  # allowed
    last = max(len(given) + 1, 2)
    validation = DataValidation("list", formula1=f"Codebook!$A$2:$A${len(labels) + 1}", allow_blank=True)
    validation.showErrorMessage = True
    validation.errorTitle, validation.error = "Not a label", "Choose one of the labels in the list."
    letter = get_column_letter(order.index("label") + 1)
    validation.add(f"{letter}2:{letter}{last}")
    sheet.data_validations.append(validation)

    header = [excel_cell(sheet, name) for name in order]
    for cell in header:
        cell.font = bold
    sheet.append(header)
    for values in zip(*(columns[name] for name in order), strict=True):
        cells = [excel_cell(sheet, value) for value in values]
        for name, cell in zip(order, cells, strict=True):
            if name in _FILLED_IN:
                cell.protection, cell.fill, cell.alignment = open_cell, tinted, wrapped
            elif name in FIELDS:
                cell.alignment = wrapped
        sheet.append(cells)
    _codebook(book, labels, bold, wrapped)
    book.save(stream)


def _codebook(book: Any, labels: Sequence[str], bold: Any, wrapped: Any) -> None:
    sheet = book.create_sheet("Codebook")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 110
    sheet.protection.sheet = True
    lines = [("label", "the sentence…"), *((label, DEFINITIONS.get(label, shown(label))) for label in labels)]
    for number, line in enumerate([*lines, ("", ""), *(("", text) for text in _HOW)], start=1):
        cells = [excel_cell(sheet, text) for text in line]
        for cell in cells:
            cell.alignment = wrapped
            if number == 1:
                cell.font = bold
        sheet.append(cells)
