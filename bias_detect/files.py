"""Files that are written: each appears whole or not at all, and where it cannot be written the error says so."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bias_detect.errors import UsageError


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when all of it has been written.

    A file that is there is replaced; where something goes wrong it stays as it was.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    binary file
        What is to be written to.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    scratch = path.with_name(f".bias-detect-{secrets.token_hex(8)}")  # short: the name itself may be as long as may be
    try:
        with scratch.open("xb") as stream:
            yield stream
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that a person asked for, as `whole` does, in a folder that is made where there is none.

    A link leads to its file. A pipe or a device is written to, not replaced.

    Parameters
    ----------
    path : Path
        The file.

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
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole(target) as stream:
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
    """
    steps = "free some space, or choose a place that you may write to"
    if isinstance(error, PermissionError):  # on Windows also where a program such as Word has it open
        steps = "close it where it is open in another program, or choose a place that you may write to"
    elif error.errno == errno.ENAMETOOLONG:
        steps = "choose a shorter name"
    return UsageError(f"cannot be written ({error.strerror or error})", subject=path, next_step=steps)
