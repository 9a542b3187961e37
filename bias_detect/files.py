"""Files: those that are written appear whole or not at all, and archives from outside are opened with care."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bias_detect.errors import UsageError

try:
    from lzma import LZMAError
except ImportError:  # a Python that was built without it opens no such archive either
    LZMAError = zlib.error  # type: ignore[misc, assignment]

ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, KeyError, ValueError),
)
"""What the standard library raises for a broken zip archive."""

MOST_RATIO = 250
"""By how much what is packed may shrink; real documents and exports pack 5 to 40 times."""

_RATIO_MATTERS = 10_000_000


def is_bomb(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry of an archive unpacks to far more than what any program packs so small.

    Parameters
    ----------
    entry : zipfile.ZipInfo
        The entry.

    Returns
    -------
    bool
        True where it is not to be unpacked.

    Examples
    --------
    >>> entry = zipfile.ZipInfo("list.json")
    >>> entry.compress_size, entry.file_size = 100_000, 90_000_000
    >>> is_bomb(entry)
    True
    """
    return entry.file_size > max(_RATIO_MATTERS, MOST_RATIO * entry.compress_size)


def open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    """Open an entry of an archive, if it is packed by one of the methods that can be unpacked bit by bit.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The archive.
    entry : zipfile.ZipInfo
        The entry.

    Returns
    -------
    binary file
        Its content.

    Raises
    ------
    NotImplementedError
        If it is packed by another method, which no office program or annotation tool uses.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("note.txt", "She rang.")
    >>> archive = zipfile.ZipFile(file)
    >>> open_entry(archive, archive.getinfo("note.txt")).read()
    b'She rang.'
    """
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError("packed by a method of which the standard library unpacks all at once")
    return archive.open(entry)


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return an entry of an archive, of which no more is unpacked than it says that it holds.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The archive.
    entry : zipfile.ZipInfo
        The entry.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    OSError, zipfile.BadZipFile, NotImplementedError and others of `ZIP_ERRORS`
        If it is damaged, holds more than it says, or is packed by an unusual method.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("note.txt", "She rang.")
    >>> archive = zipfile.ZipFile(file)
    >>> unpacked(archive, archive.getinfo("note.txt"))
    b'She rang.'
    """
    with open_entry(archive, entry) as stream:
        return stream.read(entry.file_size)  # reading to the end would unpack all that is there


@contextmanager
def whole(path: Path, *sources: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when all of it has been written.

    A file that is there is replaced, and its rights are kept; where something goes wrong it stays as it was.

    Parameters
    ----------
    path : Path
        The file.
    *sources : Path
        What it is made of: where these are not for everyone's eyes, a new file is not either.

    Yields
    ------
    binary file
        What is to be written to.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole(Path(folder, "note.txt")) as stream:
    ...         _ = stream.write(b"She rang.")
    ...     Path(folder, "note.txt").read_bytes()
    b'She rang.'
    """
    scratch = path.with_name(f".bias-detect-{secrets.token_hex(8)}")  # short: the name itself may be as long as may be
    try:
        with scratch.open("xb") as stream:
            _give_rights(scratch, path, sources)
            yield stream
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _give_rights(scratch: Path, path: Path, sources: Iterable[Path]) -> None:
    """Give a new file the rights of the one that it will replace, or no more than its sources have."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # some disks know no rights
        if path.is_file():
            scratch.chmod(stat.S_IMODE(path.stat().st_mode))
            return
        rights = stat.S_IMODE(scratch.stat().st_mode)
        for source in sources:
            if source.is_file():
                rights &= stat.S_IMODE(source.stat().st_mode) | stat.S_IWUSR
        scratch.chmod(rights)


@contextmanager
def whole_file(path: Path, *sources: Path) -> Iterator[IO[bytes]]:
    """Open a file that a person asked for, as `whole` does, in a folder that is made where there is none.

    A link leads to its file. A pipe or a device is written to, not replaced.

    Parameters
    ----------
    path : Path
        The file.
    *sources : Path
        As for `whole`.

    Yields
    ------
    binary file
        What is to be written to.

    Raises
    ------
    UsageError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "new", "table.csv")
    ...     with whole_file(path) as stream:
    ...         _ = stream.write(b"sentence")
    ...         print(path.exists())
    ...     print(path.read_bytes())
    False
    b'sentence'
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as device:
                yield device
            return
        target = Path(os.path.realpath(path))  # `resolve` raises another error for links in a circle
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole(target, *sources) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise not_written(error, path) from error


def not_written(error: OSError, path: Path) -> UsageError:
    """Return the error for a file that cannot be written.

    Parameters
    ----------
    error : OSError
        What the file system says.
    path : Path
        The file.

    Returns
    -------
    UsageError
        To be raised.

    Examples
    --------
    >>> print(not_written(OSError(errno.ENOSPC, "No space left on device"), Path("table.csv")))
    table.csv: cannot be written (No space left on device); free some space, or choose a place that you may write to
    """
    steps = "free some space, or choose a place that you may write to"
    if isinstance(error, PermissionError):  # on Windows also where a program such as Word has it open
        steps = "close it where it is open in another program, or choose a place that you may write to"
    elif error.errno == errno.ENAMETOOLONG:
        steps = "choose a shorter name"
    return UsageError(f"cannot be written ({error.strerror or error})", subject=path, next_step=steps)
