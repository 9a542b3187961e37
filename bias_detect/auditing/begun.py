"""Notes that documents were begun, by which those are known that end the process."""

from __future__ import annotations

import contextlib
from pathlib import Path

_STARTED = ".started-"  # readers of the folder pass over names with a dot


class Begun:
    """A note beside a file of sentences that its document was begun; it stays where the process ends abruptly.

    Parameters
    ----------
    path : Path
        The file of sentences, which need not be there.
    run : str
        What marks the run: notes of other runs do not count.

    Attributes
    ----------
    times : int
        How often it was begun in this run and not ended.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.parquet")
    ...     Begun(path, "run 1").begin()
    ...     Begun(path, "run 1").times, Begun(path, "run 2").times, all_begun(Path(folder))
    (1, 0, {'a.parquet'})
    """

    def __init__(self, path: Path, run: str) -> None:
        self._path = path.with_name(f"{_STARTED}{path.name}")
        self._run = run
        self.times = 0
        with contextlib.suppress(OSError, ValueError):
            times, noted = self._path.read_text(encoding="utf-8").split(" ", 1)
            self.times = int(times) if noted == run else 0

    def begin(self) -> None:
        """Note that it is begun.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.parquet")
        ...     Begun(path, "run").begin()
        ...     Begun(path, "run").times
        1
        """
        self._path.write_text(f"{self.times + 1} {self._run}", encoding="utf-8")

    def end(self) -> None:
        """Take the note away.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.parquet")
        ...     begun = Begun(path, "run")
        ...     begun.begin()
        ...     begun.end()
        ...     Begun(path, "run").times
        0
        """
        self._path.unlink(missing_ok=True)


def all_begun(folder: Path) -> set[str]:
    """Return what was begun and has not ended.

    Parameters
    ----------
    folder : Path
        The folder of files.

    Returns
    -------
    set of str
        Names of files of sentences.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.parquet")
    ...     Begun(path, "run").begin()
    ...     all_begun(Path(folder))
    {'a.parquet'}
    """
    return {path.name.removeprefix(_STARTED) for path in folder.glob(f"{_STARTED}*")}


def forget_begun(folder: Path) -> None:
    """Take away all notes, of runs that have ended.

    Parameters
    ----------
    folder : Path
        The folder of files.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.parquet")
    ...     Begun(path, "run").begin()
    ...     forget_begun(Path(folder))
    ...     all_begun(Path(folder))
    set()
    """
    for path in folder.glob(f"{_STARTED}*"):
        path.unlink(missing_ok=True)
