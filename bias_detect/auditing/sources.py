"""What is to be audited: the files of folders, named and told apart by their content."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bias_detect.auditing.folder import is_audit
from bias_detect.documents.read import SUFFIXES
from bias_detect.errors import DocumentError, UsageError
from bias_detect.tabular import TABLE_SUFFIXES

Stamp = tuple[int, int]
"""Size and time of change of a file: whether it is still the one that was looked at."""

NO_REPORT = "is by its name no report but about the folder (README or LICENSE)"
"""Cause of a file in a folder that is passed over."""

_NO_REPORT = re.compile(r"(?:readme|licen[cs]e)(?:[._ -].*)?", re.IGNORECASE)
_HIDDEN = (".", "~$")  # the second: what Word leaves beside an open document
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document is not scored, and what can be done.

    Parameters
    ----------
    document : str
        Its name.
    kind : str
        ``"failed"``, or ``"skipped"`` where it is none that could be read.
    cause, next_step : str
        In plain words.

    Examples
    --------
    >>> Problem("notes.md", "skipped", "is of a kind that is not audited", "save it as .txt").kind
    'skipped'
    """

    document: str
    kind: str
    cause: str
    next_step: str

    @classmethod
    def of(cls, document: str, error: DocumentError) -> Problem:
        """Return the problem that an error tells of.

        Parameters
        ----------
        document : str
            The document's name.
        error : DocumentError
            What a reader raised.

        Returns
        -------
        Problem
            Of the kind ``"failed"``.

        Examples
        --------
        >>> Problem.of("a.pdf", DocumentError("is empty", next_step="export it again")).cause
        'is empty'
        """
        return cls(document, "failed", error.cause, error.next_step or "")


@dataclass(frozen=True, slots=True)
class Found:
    """A file in the audited folders.

    Parameters
    ----------
    document : str
        Its name, from the folder that holds all that is audited; unlike every other.
    path : Path
        Where it is.
    problem : Problem or None
        Why it cannot be audited, where that is plain from the outside.

    Examples
    --------
    >>> Found("a.pdf", Path("reports/a.pdf")).problem is None
    True
    """

    document: str
    path: Path
    problem: Problem | None = None


class Folders:
    """The files that are named, and those in the folders that are named, each once.

    Files with a hidden name are left out and counted. A link in a folder is followed if it leads to a file in that
    folder; links to folders are not, so that nothing outside can be drawn in. Folders of audits are passed over, since
    their pages and tables are made of the sentences of reports.

    Parameters
    ----------
    paths : iterable of path
        Files and folders.
    leave_out : Path, optional
        A folder that is not looked into: the audit's own.

    Attributes
    ----------
    hidden : int
        How many hidden files and folders were passed by; known after `files`.
    audits : list of str
        The folders of audits that were passed by, likewise.

    Raises
    ------
    DocumentError
        If a path does not exist.
    UsageError
        If there are no paths, or one of them is the folder that is not looked into or that of another audit.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("She rang."), Path(folder, "b.xyz").write_text("?")
    ...     [(file.document, file.problem is None) for file in Folders([folder]).files()]
    [('a.txt', True), ('b.xyz', False)]
    """

    def __init__(self, paths: Iterable[str | Path], leave_out: Path | None = None) -> None:
        given = [Path(path) for path in paths]
        self._leave_out = None if leave_out is None else _real(leave_out)
        self.hidden = 0
        self.audits: list[str] = []
        if not given:
            raise UsageError("nothing to audit", next_step="name files or folders")
        for path in given:
            if "\0" in str(path) or not os.path.lexists(path):
                raise DocumentError("does not exist", subject=path, next_step="check the name and the folder")
            if self._leave_out is not None and _real(path) == self._leave_out:
                raise UsageError(
                    "is both audited and the folder for the results", subject=path, next_step="name another with -o"
                )
            if is_audit(path):
                raise UsageError(
                    "is the folder of an audit, not of reports", subject=path, next_step="name the reports themselves"
                )
        self._paths = [Path(os.path.abspath(path)) for path in given]  # noqa: PTH100 - which resolves no links
        try:
            self._home = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in self._paths]))
        except ValueError:  # on several drives
            self._home = Path()

    @property
    def shown(self) -> str:
        """The paths as a message names them."""
        return ", ".join(path.name or str(path) for path in self._paths[:3]) + (" …" if len(self._paths) > 3 else "")

    def files(self) -> list[Found]:
        """Look for the files.

        Returns
        -------
        list of Found
            Sorted by name.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b.txt", "a.txt", ".hidden.txt"):
        ...         _ = Path(folder, name).write_text("She rang.", encoding="utf-8")
        ...     [found.document for found in Folders([folder]).files()]
        ['a.txt', 'b.txt']
        """
        found: dict[Path, Found] = {}
        for path in self._paths:
            for file in self._folder(path) if path.is_dir() else [self._file(path, named=True)]:
                found.setdefault(file.path, file)
        self.audits = sorted(set(self.audits))
        return sorted(found.values(), key=lambda file: file.document)

    def _name(self, path: Path) -> str:
        name = path.relative_to(self._home) if path.is_relative_to(self._home) else path
        return name.as_posix().encode("utf-8", "backslashreplace").decode()  # it need not be UTF-8 on the disk

    def _folder(self, top: Path) -> Iterator[Found]:
        root = _real(top)
        if self._leave_out is not None and self._leave_out.is_relative_to(root):  # it need not be there yet
            self.audits.append(self._name(top / self._leave_out.relative_to(root)))
        unread: list[Path] = []
        for folder, folders, files in os.walk(top, onerror=lambda error: unread.append(Path(error.filename))):
            here = Path(folder)
            shown = [name for name in sorted(folders) if not name.startswith(_HIDDEN)]
            self.hidden += len(folders) - len(shown)
            links = {name for name in shown if (here / name).is_symlink()}
            for name in sorted(links):
                cause = "is a link to a folder, and such links are not followed"
                yield self._refused(here / name, cause, "name that folder as well")
            folders[:] = []
            for name in shown:
                if name in links or _real(here / name) == self._leave_out:
                    continue
                if is_audit(here / name):
                    self.audits.append(self._name(here / name))
                else:
                    folders.append(name)
            for name in sorted(files):
                file = here / name
                if name.startswith(_HIDDEN):
                    self.hidden += 1
                elif file.is_symlink() and not _real(file).is_relative_to(root):
                    yield self._refused(file, "is a link that leads out of the folder", "name that file as well")
                else:
                    yield self._file(file, named=False)
        for path in unread:
            yield self._refused(path, "is a folder that may not be read", "ask for the right to read it")

    def _file(self, path: Path, *, named: bool) -> Found:
        try:
            mode = path.stat().st_mode
        except OSError:
            return self._refused(path, "cannot be found (a link that leads nowhere?)", "check where it leads")
        if not stat.S_ISREG(mode):
            return self._refused(path, "is no regular file", "save what comes out of it as a file, and audit that")
        suffix = path.suffix.lower()
        if suffix in _ARCHIVES:
            next_step = "unpack it, and audit what is in it; if it is a Word document, let its name end in .docx"
            return self._refused(path, f"is by its name an archive ({suffix})", next_step, kind="skipped")
        if not named and suffix not in (*SUFFIXES, *TABLE_SUFFIXES):
            cause = f"is of a kind that is not audited ({suffix or 'no ending'})"
            return self._refused(path, cause, "if it is a report, save it as .pdf, .docx or .txt", kind="skipped")
        if not named and _NO_REPORT.fullmatch(path.name):
            return self._refused(path, NO_REPORT, "if it is a report, name the file itself", kind="skipped")
        return Found(self._name(path), path)

    def _refused(self, path: Path, cause: str, next_step: str, kind: str = "failed") -> Found:
        name = self._name(path)
        return Found(name, path, Problem(name, kind, cause, next_step))


def _real(path: Path) -> Path:
    """Return where links lead to; `Path.resolve` raises where they lead in a circle."""
    return Path(os.path.realpath(path))


def stamp_of(path: Path) -> Stamp:
    """Return size and time of change of a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    tuple of int
        Both.

    Raises
    ------
    OSError
        If it is gone.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.txt")
    ...     _ = path.write_bytes(b"She rang.")
    ...     stamp_of(path)[0]
    9
    """
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def digest_of_file(path: Path) -> str:
    """Return a digest of a file's content and of the kind that its name says it is.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        SHA-256 in hex digits.

    Raises
    ------
    DocumentError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = Path(folder, "a.txt"), Path(folder, "b.txt")
    ...     _ = [path.write_bytes(b"She rang.") for path in paths]
    ...     digest_of_file(paths[0]) == digest_of_file(paths[1])
    True
    """
    digest = hashlib.sha256(path.suffix.lower().encode("utf-8", "surrogateescape") + b"\0")
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except PermissionError:
        raise DocumentError(
            "may not be read", subject=path, next_step="ask for the right to read it, or copy it elsewhere"
        ) from None
    except OSError as error:
        cause = f"could not be read ({error.strerror or error})"
        raise DocumentError(cause, subject=path, next_step="check the name and the disk") from None
    return digest.hexdigest()
