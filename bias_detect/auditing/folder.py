"""The folder of an audit: one run at a time writes to it, and every file in it is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from bias_detect.errors import UsageError
from bias_detect.files import whole

SENTENCES = "sentences"
"""The folder of the files of sentences, in that of an audit."""

MARK = ".bias-detect-audit"
"""The file by which the folder of an audit is known."""


def is_audit(path: Path) -> bool:
    """Say whether a path is the folder of an audit.

    Parameters
    ----------
    path : Path
        A path.

    Returns
    -------
    bool
        True where an audit has written its mark.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     is_audit(Path(folder))
    False
    """
    return (path / MARK).is_file()


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
        if folder.exists() and not is_audit(folder) and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError("holds other things than an audit", subject=folder, next_step="name a new folder with -o")
        (folder / SENTENCES).mkdir(parents=True, exist_ok=True)
        with (folder / MARK).open("a+b") as mark:
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


def write_json(value: dict[str, Any], path: Path) -> None:
    """Write a dict as JSON, in its own order.

    Parameters
    ----------
    value : dict
        JSON values.
    path : Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_json({"document": "a.txt"}, Path(folder, "a.json"))
    ...     json.loads(Path(folder, "a.json").read_text(encoding="utf-8"))
    {'document': 'a.txt'}
    """
    with whole(path) as stream:
        stream.write(as_json(value))


def as_json(value: dict[str, Any]) -> bytes:
    """Return a dict as the content of a JSON file, in its own order.

    Parameters
    ----------
    value : dict
        JSON values.

    Returns
    -------
    bytes
        The content.

    Examples
    --------
    >>> as_json({"document": "a.txt"}).decode().split()
    ['{', '"document":', '"a.txt"', '}']
    """
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
