"""The files in a zip archive, put where readers that want a path can read them."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from bias_detect.errors import CorpusError
from bias_detect.files import ZIP_ERRORS, is_bomb, open_entry
from bias_detect.tabular import quoted


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
        If it is no zip archive, is damaged or locked, holds no such files, or one that unpacks to absurdly much.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with zipfile.ZipFile(Path(folder, "a.zip"), "w") as archive:
    ...         archive.writestr("ann.jsonl", '{"text": "She rang."}')
    ...     [(name, _)] = members(Path(folder, "a.zip"), [".jsonl"])
    >>> name
    'ann.jsonl'
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
            types = {PurePosixPath(name).parent: name for name in reversed(names) if name.endswith("TypeSystem.xml")}
            for number, name in enumerate(sorted(wanted)):
                folder = Path(scratch, str(number))
                folder.mkdir()
                beside = types.get(PurePosixPath(name).parent, next(reversed(types.values()), name))
                for other in {name, beside}:
                    entry = archive.getinfo(other)
                    if is_bomb(entry):
                        raise CorpusError(
                            f"holds {quoted([other])}, which unpacks to {entry.file_size:,} bytes",
                            subject=path,
                            next_step="check where it comes from; no tool packs that much so small",
                        )
                    with open_entry(archive, entry) as source, (folder / _last(other)).open("wb") as target:
                        shutil.copyfileobj(source, target)
                yield name, folder / _last(name)
                shutil.rmtree(folder)
    except FileNotFoundError:
        raise CorpusError("no such file", subject=path, next_step="check the path") from None
    except ZIP_ERRORS as problem:
        raise CorpusError(
            f"is no zip archive that can be read ({type(problem).__name__})",
            subject=path,
            next_step="export it again, without a password",
        ) from problem


def _last(name: str) -> str:
    """Return the last part of a name, for others may lead out of the folder, as on Windows a drive's letter does."""
    return PurePosixPath(name).name.replace(":", "-").replace("\\", "-")


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or name.endswith("/") or parts[0] == "__MACOSX" or parts[-1].startswith(".")
