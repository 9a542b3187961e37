"""Files that hold one JSON list, read and written, and their records beside those of tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from bias_detect.corpus.formats.record import to_json
from bias_detect.errors import CorpusError
from bias_detect.tabular import BadRecord, iter_records, unit_of


def read_json(path: Path) -> list[Any]:
    """Read a file that holds one JSON list.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.

    Returns
    -------
    list
        What is in it; a single object counts as a list of one.

    Raises
    ------
    CorpusError
        If it cannot be read or is no JSON.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.json")
    ...     _ = path.write_text('{"text": "She rang."}', encoding="utf-8")
    ...     read_json(path)
    [{'text': 'She rang.'}]
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CorpusError("no such file", subject=path, next_step="check the path") from None
    except json.JSONDecodeError as error:
        raise CorpusError(
            f"line {error.lineno} is not valid JSON ({error.msg})", subject=path, next_step="export the file again"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        cause = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
        raise CorpusError(f"cannot be read as JSON ({cause})", subject=path, next_step="export it again") from None
    return value if isinstance(value, list) else [value]


def records_of(path: Path, what: str = "record") -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Yield the records of a table, or of a JSON file that holds a list of them.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What a record of a JSON file is called.

    Yields
    ------
    str
        The place of a record.
    dict or str
        What is in it, or why it could not be read.

    Raises
    ------
    CorpusError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.json")
    ...     _ = path.write_text('[{"text": "She rang."}, 7]', encoding="utf-8")
    ...     list(records_of(path, "task"))
    [('task 1', {'text': 'She rang.'}), ('task 2', 'is no task')]
    """
    if path.suffix.lower() == ".json":
        for number, value in enumerate(read_json(path), start=1):
            yield f"{what} {number}", _checked(value, what)
        return
    for record in iter_records(path, error=CorpusError):
        place = f"{unit_of(path)} {record.number}"
        yield place, record.error.cause.removeprefix(f"{place} ") if isinstance(record, BadRecord) else record.cells


def _checked(value: Any, what: str) -> dict[str, Any] | str:
    if not isinstance(value, dict):
        return f"is no {what}"
    try:
        to_json(value).encode()
    except UnicodeEncodeError:
        return "holds half a surrogate pair, which is no text"
    return value


def write_list(values: Iterable[dict[str, Any]], stream: IO[bytes]) -> None:
    """Write a JSON list, an object a line, as they come.

    Parameters
    ----------
    values : iterable of dict
        The objects.
    stream : binary file
        Where to.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write_list([{"text": "She rang."}], stream)
    >>> stream.getvalue().split()
    [b'[', b'{"text":', b'"She', b'rang."}', b']']
    """
    before = "[\n"
    for value in values:
        stream.write(f"{before}{to_json(value)}".encode())
        before = ",\n"
    stream.write(b"[]\n" if before == "[\n" else b"\n]\n")
