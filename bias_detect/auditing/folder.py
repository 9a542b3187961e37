"""The folder of an audit: one run at a time writes to it, and every file in it is whole."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bias_detect.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

SENTENCES = "sentences"
_MARK = ".bias-detect-audit"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def open_folder(folder: Path) -> Iterator[Path]:
    """Make a folder ready for an audit, and keep other runs out of it.

    Parameters
    ----------
    folder : Path
        A new or empty folder, or that of an earlier audit.

    Yields
    ------
    Path
        The folder of sentences in it.

    Raises
    ------
    UsageError
        If the folder holds something else, cannot be written to, or another run is writing to it. What the disk does
        not take is raised so as well.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as scratch, open_folder(Path(scratch, "audit")) as sentences:
    ...     sentences.name
    'sentences'
    """
    try:
        if folder.exists() and not (folder / _MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError("holds other things than an audit", subject=folder, next_step="name a new folder with -o")
        (folder / SENTENCES).mkdir(parents=True, exist_ok=True)
        with (folder / _MARK).open("a+b") as mark:
            if not _locked(mark):
                raise UsageError(
                    "another audit is writing to it", subject=folder, next_step="wait for it, or name another folder"
                )
            yield folder / SENTENCES
    except OSError as error:
        raise UsageError(
            f"cannot be written ({error.strerror or error})",
            subject=folder,
            next_step="free some space, or name a folder that you may write to; what is done is kept",
        ) from error


def _locked(mark: IO[bytes]) -> bool:
    """Lock a file for as long as it is open; False where another process holds it."""
    try:
        if os.name == "nt":
            import msvcrt

            mark.seek(0)
            msvcrt.locking(mark.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # some disks of networks know no locks
        return True
    return True


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when all of it has been written.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    binary file
        What is to be written to.
    """
    scratch = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with scratch.open("wb") as stream:
            yield stream
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV in UTF-8, in which no text can be taken for a formula.

    Parameters
    ----------
    table : pandas.DataFrame
        The table.
    path : Path
        The file.
    """
    with whole(path) as stream:
        safe = table.map(without_formula)
        safe.to_csv(stream, index=False, lineterminator="\n", encoding="utf-8")


def without_formula(cell: Any) -> Any:
    """Return a cell with a mark in front if a spreadsheet would take its text for a formula.

    Parameters
    ----------
    cell : object
        Its value.

    Returns
    -------
    object
        The value; a text that begins like a formula with an apostrophe in front.

    Examples
    --------
    >>> without_formula("=1+1"), without_formula(-1), without_formula("She rang.")
    ("'=1+1", -1, 'She rang.')
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def write_json(value: dict[str, Any], path: Path) -> None:
    """Write a dict as JSON, in its own order.

    Parameters
    ----------
    value : dict
        JSON values.
    path : Path
        The file.
    """
    with whole(path) as stream:
        stream.write((json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())
