"""Tables that are UTF-8 text: CSV, TSV and JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import IO

from bias_detect.errors import BiasDetectError
from bias_detect.tabular.rows import BadRecord, Record, Source

# What a file begins with when it is not the text that its name promises.
_MAGIC = {
    b"PK\x03\x04": "a zip archive or Office file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}
_MOST_NAMES = 1_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def check_text(source: Source, head: bytes) -> None:
    r"""Raise where the first bytes are not those of UTF-8 text.

    Parameters
    ----------
    source : Source
        The file.
    head : bytes
        Its beginning.

    Raises
    ------
    BiasDetectError
        If it is another kind of file.

    Examples
    --------
    >>> from pathlib import Path
    >>> try:
    ...     check_text(Source(Path("a.csv"), BiasDetectError, 1000), b"PK\x03\x04")
    ... except BiasDetectError as error:
    ...     print(error.cause)
    is a zip archive or Office file, not a text table
    """
    kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if head.startswith(_UTF16):
        raise source.error(
            "is UTF-16, not UTF-8", subject=source.path, next_step="save it again with the encoding UTF-8"
        )
    if kind is not None or b"\0" in head:
        raise source.error(
            f"is {kind or 'a binary file'}, not a text table",
            subject=source.path,
            next_step="give it the suffix of its real format, or export it as CSV UTF-8",
        )


def _lines(source: Source, file: IO[bytes]) -> Iterator[str]:
    """Yield the lines of UTF-8 text with their ends, without a byte order mark."""
    before = 0
    for data in file:
        try:
            line = data.decode("utf-8")
        except UnicodeDecodeError as problem:
            raise source.error(
                f"is not UTF-8 (byte 0x{data[problem.start]:02X} at offset {before + problem.start:,})",
                subject=source.path,
                next_step="save it again with the encoding UTF-8",
            ) from None
        yield line if before else line.removeprefix("\ufeff")
        before += len(data)


def delimiter_of(head: bytes) -> str:
    r"""Return what stands between the cells of a CSV file, by its first line that is not blank.

    Spreadsheets write semicolons where the comma is the decimal sign, in much of Europe, under the same suffix.

    Parameters
    ----------
    head : bytes
        The beginning of the file.

    Returns
    -------
    str
        A comma if there is one outside quotation marks or nothing else; otherwise a semicolon or a tabulator.

    Examples
    --------
    >>> delimiter_of(b"id;text\n"), delimiter_of(b'"a;b",text\n'), delimiter_of(b"text\nShe rang; he fell.\n")
    (';', ',', ',')
    """
    seen, inside = set(), False
    for char in head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").decode("latin-1"):
        if char == '"':
            inside = not inside
        elif char in "\r\n" and not inside:
            break
        elif not inside:
            seen.add(char)
    return next((delimiter for delimiter in ",;\t" if delimiter in seen), ",")


def delimited_rows(source: Source, file: IO[bytes], delimiter: str) -> Iterator[tuple[int, Sequence[object]]]:
    r"""Yield the rows of CSV or TSV with their numbers: all cells as text.

    Parameters
    ----------
    source : Source
        The file.
    file : binary file
        Its content.
    delimiter : str
        What stands between cells.

    Yields
    ------
    int
        The number of the row.
    sequence of str
        Its cells.

    Raises
    ------
    BiasDetectError
        If it is not UTF-8, or quotation marks do not close, so that what follows cannot be told apart.

    Examples
    --------
    >>> from pathlib import Path
    >>> source = Source(Path("a.csv"), BiasDetectError, 1000)
    >>> list(delimited_rows(source, io.BytesIO(b'id,text\n1,"She rang."\n'), ","))
    [(1, ['id', 'text']), (2, ['1', 'She rang.'])]
    """
    lines = (part for line in _lines(source, file) for part in io.StringIO(line, newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        usual = csv.field_size_limit(source.longest)  # the limit is one for the whole process
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            raise _unparsable(source, number, problem) from None
        finally:
            csv.field_size_limit(usual)
        if cells is None:
            return
        yield number, cells


def _unparsable(source: Source, number: int, problem: csv.Error) -> BiasDetectError:
    if "field limit" in str(problem):
        return source.error(
            f"row {number} has a cell of more than {source.longest:,} characters",
            subject=source.path,
            next_step="look for a quotation mark left open, or split the text",
        )
    return source.error(
        f"row {number} cannot be parsed ({problem})",
        subject=source.path,
        next_step="check its quotation marks: one inside a cell is written twice",
    )


def json_records(source: Source, file: IO[bytes]) -> Iterator[Record | BadRecord]:
    r"""Yield one JSON object a line.

    Parameters
    ----------
    source : Source
        The file.
    file : binary file
        Its content.

    Yields
    ------
    Record or BadRecord
        The lines that are not blank; bad ones are no JSON, or no object.

    Raises
    ------
    BiasDetectError
        If it is not UTF-8.

    Examples
    --------
    >>> from pathlib import Path
    >>> source = Source(Path("a.jsonl"), BiasDetectError, 1000)
    >>> list(json_records(source, io.BytesIO(b'{"text": "She rang."}\n')))
    [Record(number=1, cells={'text': 'She rang.'})]
    """
    names: set[str] = set()
    for number, line in enumerate(_lines(source, file), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
            if "\\ud" in line.lower():
                json.dumps(cells, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError) as problem:
            reason = getattr(problem, "msg", None) or getattr(problem, "reason", None) or type(problem).__name__
            bad = source.error(
                f"line {number} is not valid JSON ({reason})",
                subject=source.path,
                next_step="write one JSON object a line",
            )
            yield BadRecord(number, bad)
            continue
        if not isinstance(cells, dict):
            bad = source.error(
                f"line {number} holds no JSON object but a {type(cells).__name__}",
                subject=source.path,
                next_step="write one object a line, whose keys are the names of the columns",
            )
            yield BadRecord(number, bad)
            continue
        names.update(cells)
        if len(names) > _MOST_NAMES:  # each is a column, and has a cell in every row
            raise source.error(
                f"has more than {_MOST_NAMES:,} different names in its objects",
                subject=source.path,
                next_step="write one object a line, whose keys are the names of the columns",
            )
        yield Record(number, cells)
