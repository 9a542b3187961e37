"""What not every run of an audit writes: nothing is left that no longer fits, and nothing of a person's is lost."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from bias_detect.auditing.folder import write_json
from bias_detect.auditing.sources import Stamp, stamp_of

PAGE, FIGURES = "report.html", "figures"
"""What the page and the folder of figures are called."""

SENTENCES_CSV, SENTENCES_XLSX = "sentences.csv", "sentences.xlsx"
"""What the tables of all sentences are called."""

_RECORD = ".written.json"  # what each file looked like when it had been written, so that a person's changes are seen


def remember(folder: Path, paths: Iterable[Path]) -> None:
    """Note what files look like that were just written.

    Parameters
    ----------
    folder : Path
        The folder of the audit.
    paths : iterable of Path
        The files, in it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     page = Path(scratch, PAGE)
    ...     _ = page.write_text("Audit")
    ...     remember(Path(scratch), [page])
    ...     before = is_changed(Path(scratch), page)
    ...     _ = page.write_text("Audit, with my notes")
    ...     before, is_changed(Path(scratch), page)
    (False, True)
    """
    record = _read(folder) | {path.relative_to(folder).as_posix(): stamp_of(path) for path in paths}
    write_json(record, folder / _RECORD)


def is_changed(folder: Path, path: Path) -> bool:
    """Say whether a file is not as it was written.

    Parameters
    ----------
    folder : Path
        The folder of the audit.
    path : Path
        A file in it.

    Returns
    -------
    bool
        True if it is there, and another than was noted.

    Examples
    --------
    >>> is_changed(Path("no-audit"), Path("no-audit", PAGE))
    False
    """
    return path.exists() and stamp_of(path) != _read(folder).get(path.relative_to(folder).as_posix())


def clear_extras(folder: Path) -> dict[str, str | None]:
    """Take away what no longer fits: what is as it was written; what a person has changed gets another name.

    Parameters
    ----------
    folder : Path
        The folder of the audit.

    Returns
    -------
    dict of str to (str or None)
        What was there, the figures as one, and its new name if it was kept.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     _ = Path(scratch, SENTENCES_CSV).write_text("mine")
    ...     clear_extras(Path(scratch))
    {'sentences.csv': 'sentences.earlier.csv'}
    """
    cleared: dict[str, str | None] = {}
    figures = [folder / name for name in _read(folder) if name.startswith(f"{FIGURES}/")]
    for path in (*(folder / name for name in (PAGE, SENTENCES_CSV, SENTENCES_XLSX)), *figures):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        if is_changed(folder, path):
            kept = _free(path)
            path.rename(kept)
            cleared[name] = kept.relative_to(folder).as_posix()
        else:
            path.unlink()
            cleared[FIGURES if path in figures else name] = None
    if (folder / FIGURES).is_dir() and not any((folder / FIGURES).iterdir()):
        (folder / FIGURES).rmdir()
    return cleared


def _free(path: Path) -> Path:
    names = (f"{path.stem}.earlier{'' if number == 1 else f'-{number}'}{path.suffix}" for number in count(1))
    return next(other for name in names if not (other := path.with_name(name)).exists())


def _read(folder: Path) -> dict[str, Stamp]:
    """Read the record; of one that is damaged nothing is known, so that all files count as changed."""
    try:
        found = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        return {str(name): (int(size), int(when)) for name, (size, when) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
