"""What in a corpus may tell who a person is: those that it speaks of, and those who annotated it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bias_detect.corpus.findings import Finding, Severity, finding
from bias_detect.corpus.personal import EMAIL, KINDS, find_personal, masked
from bias_detect.corpus.schema import ANNOTATOR
from bias_detect.corpus.sheet import Sheet
from bias_detect.tabular import as_text, quoted

# Prodigy's: times and digests, and one time in eleven a number of ten digits passes for that of a patient.
_NUMBERS = frozenset({"_input_hash", "_task_hash", "_timestamp"})
_PREFIX = re.compile(rf"(?:{ANNOTATOR}[\s_-]*)?")


def find_private(sheet: Sheet) -> Iterator[Finding]:
    """Find what may tell who a person is, in sentences and in every other cell that holds text.

    Annotators' addresses are a finding of their own, each named once: tools put them into every row, and adjudication
    into the names of columns.

    Parameters
    ----------
    sheet : Sheet
        A corpus.

    Yields
    ------
    Finding
        One a kind; nothing of it can be read.

    Examples
    --------
    >>> sheet = Sheet(["row 2"], ["Mrs Hallam rang."], ["told"], [None], {"annotator_dee@example.org": ["told"]})
    >>> [(found.check, found.examples) for found in find_private(sheet)][0]
    ('names after titles', ('row 2: H*****',))
    >>> [(found.check, found.examples) for found in find_private(sheet)][1]
    ("annotators' e-mail addresses", ("d**************: 1 row, column 'annotator_d**************'",))
    """
    found: dict[str, dict[int, str]] = {kind: {} for kind in KINDS}
    annotators = _annotators(sheet)
    columns: dict[str, Sequence[object]] = {"": sheet.sentences, "document": sheet.documents, **sheet.others}
    for column, cells in columns.items():
        where = f", column {shown_column(column)}" if column else ""
        for row, cell in enumerate(cells):
            text = cell if isinstance(cell, str) else ""
            for mark in find_personal(text):
                address = text[mark.start : mark.end].casefold()
                if column and mark.kind == EMAIL and address in annotators:
                    annotators[address][column].add(row)
                # Outside of prose a word of digits and capitals is the name of a row and not of a person.
                elif not column or mark.kind == EMAIL or (" " in text and column not in _NUMBERS):
                    found[mark.kind].setdefault(row, f"{sheet.places[row]}{where}: {mark.masked}")
    advice = "replace them before the corpus leaves your hands, unless they are made up or public"
    for kind, marks in found.items():
        rows = sorted(marks)
        yield from finding(kind, Severity.WARNING, rows, advice, (marks[row] for row in rows))
    everywhere: dict[str, set[int]] = {address: set().union(*places.values()) for address, places in annotators.items()}
    examples = (
        f"{masked(address)}: {len(everywhere[address]):,} row{'' if len(everywhere[address]) == 1 else 's'}, column "
        f"{' and '.join(map(shown_column, places))}"
        for address, places in annotators.items()
    )
    advice = "annotators are people too: write initials for each address, in the names of columns as well"
    rows = sorted(set[int]().union(*everywhere.values()))
    yield from finding("annotators' e-mail addresses", Severity.WARNING, rows, advice, examples, len(annotators))


def shown_column(name: str) -> str:
    """Return the name of a column fit to be shown: it may be that of an annotator, by address.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str
        The name in quotation marks.

    Examples
    --------
    >>> print(shown_column("annotator_dee@example.org"))
    'annotator_d**************'
    """
    rest = _PREFIX.sub("", name, count=1)
    return quoted([name.removesuffix(rest) + masked(rest)])


def _annotators(sheet: Sheet) -> dict[str, dict[str, set[int]]]:
    """Return the addresses by which annotators go, each with the columns named after it and the rows of these."""
    found: dict[str, dict[str, set[int]]] = {}
    for column, cells in sheet.others.items():
        texts = {row: text for row, cell in enumerate(cells) if (text := as_text(cell)) is not None}
        if column == ANNOTATOR:
            for name in dict.fromkeys(texts.values()):
                for address in _addresses(name):
                    found.setdefault(address, defaultdict(set))
        elif column.startswith(ANNOTATOR):
            for address in _addresses(_PREFIX.sub("", column, count=1)):
                found.setdefault(address, defaultdict(set))[column] |= texts.keys()
    return found


def _addresses(text: str) -> list[str]:
    return [text[mark.start : mark.end].casefold() for mark in find_personal(text) if mark.kind == EMAIL]
