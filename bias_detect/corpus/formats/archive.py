"""The files in a zip archive, put where readers that want a path can read them."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from bias_detect.errors import CorpusError


def members(path: Path, suffixes: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Yield the files of an archive, each for as long as it is looked at.

    Parameters
    ----------
    path : Path
        The archive.
    suffixes : sequence of str
        The endings of the names of files that are wanted.

    Yields
    ------
    str
        The name in the archive.
    Path
        Where its content can be read, in a folder of its own with the other files of the same folder of the archive.

    Raises
    ------
    CorpusError
        If it is no zip archive, is damaged or locked, or holds no such files.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="bias-detect-") as scratch:
            names = [name for name in archive.namelist() if not _hidden(name)]
            wanted = [name for name in names if name.lower().endswith(tuple(suffixes))]
            if not wanted:
                raise CorpusError(
                    f"holds no files whose names end in {' or '.join(suffixes)}",
                    subject=path,
                    next_step="choose the archive that the tool exported",
                )
            for number, name in enumerate(sorted(wanted)):
                folder = Path(scratch, str(number))
                folder.mkdir()
                for other in {name, *(peer for peer in names if peer.endswith("TypeSystem.xml"))}:
                    # Only the last part of a name is used: others may lead out of the folder.
                    with archive.open(other) as source, (folder / PurePosixPath(other).name).open("wb") as target:
                        shutil.copyfileobj(source, target)
                yield name, folder / PurePosixPath(name).name
                shutil.rmtree(folder)
    except FileNotFoundError:
        raise CorpusError("no such file", subject=path, next_step="check the path") from None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as problem:
        raise CorpusError(
            f"is no zip archive that can be read ({type(problem).__name__})",
            subject=path,
            next_step="export it again, without a password",
        ) from problem


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or name.endswith("/") or parts[0] == "__MACOSX" or parts[-1].startswith(".")
