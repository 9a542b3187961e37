"""What a reviewer leaves alone: a small text file beside the draft, made by hand or by the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bias_detect.errors import UsageError
from bias_detect.files import whole_file
from bias_detect.labels import Label, Signal, shown

_SUFFIX = ".ignore"
_NOTEPAD = ".txt"  # which Windows adds to the name of a text file, and then does not show
_REVIEWED = re.compile(r"(?:\.reviewed(?:-\d+)?)+(?=\.\w+$)", re.IGNORECASE)
_HEAD = "# What bias-detect leaves alone: the id of a flag, or the name of a signal, one a line."
_ID = re.compile(r"(?:section-)?[0-9a-f]{10}(?:-\d+)?")
_DIGEST = re.compile(r"[0-9a-f]{10}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MOST_BYTES = 10_000_000  # a hundred thousand lines: no reviewer leaves so much alone


def ignore_path(draft: Path) -> Path:
    """Return the ignore file that belongs to a draft, and to the commented copies of it.

    Parameters
    ----------
    draft : Path
        The draft.

    Returns
    -------
    Path
        The file beside it, whether it exists or not.

    Examples
    --------
    >>> ignore_path(Path("reviews/draft.docx")).name
    'draft.docx.ignore'
    >>> ignore_path(Path("draft.reviewed.docx")).name, ignore_path(Path("draft.reviewed-2.docx")).name
    ('draft.docx.ignore', 'draft.docx.ignore')
    """
    return draft.parent / (_REVIEWED.sub("", draft.name) + _SUFFIX)


def ignore_file(draft: Path) -> Path:
    """Return the ignore file that there is for a draft: also one to whose name Windows has added ``.txt``.

    Parameters
    ----------
    draft : Path
        The draft.

    Returns
    -------
    Path
        The file; that of `ignore_path` where there is none.

    Raises
    ------
    UsageError
        If there are two.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "draft.docx.ignore.txt").write_text("outcome")
    ...     ignore_file(Path(folder, "draft.docx")).name
    'draft.docx.ignore.txt'
    """
    named = ignore_path(draft)
    found = [path for path in (named, _with_ending(named)) if _is_there(path)]
    if len(found) > 1:
        raise UsageError(
            f"stands beside {named.name}, and one ignore file goes with a draft",
            subject=found[1],
            next_step="put what they hold into one of them, and take the other away",
        )
    return found[0] if found else named


def _with_ending(path: Path) -> Path:
    return path.parent / (path.name + _NOTEPAD)


def _is_there(path: Path) -> bool:
    try:
        return path.exists() and not path.is_fifo()  # which would be waited for
    except OSError:  # the draft's name leaves no room for more, or its folder may not be looked into
        return False


class IgnoreList:
    r"""The ids and signals that a reviewer leaves alone, with the lines of the file that they came from.

    A line holds the id of a flag or the name of a signal; what follows ``#`` is a comment. Lines are kept as they
    were written, in their order, with comments and empty lines.

    Parameters
    ----------
    text : str, default=""
        The text of an ignore file.
    name : str or Path, default="the ignore file"
        What errors call it.

    Raises
    ------
    UsageError
        If a line holds neither an id nor a signal.

    Examples
    --------
    >>> ignored = IgnoreList("3fa9c1d20b  # the panel's own words\nmissed opportunity\n")
    >>> "3fa9c1d20b" in ignored, "missed_opportunity" in ignored, "outcome" in ignored
    (True, True, False)
    """

    def __init__(self, text: str = "", *, name: str | Path = "the ignore file") -> None:
        self._line_end = "\r\n" if "\r\n" in text else "\n"
        lines = _LINE_END.split(text)
        if not lines[-1]:
            lines.pop()
        self._lines = [(line, _entry(line, number, name)) for number, line in enumerate(lines, start=1)]
        self._held = {entry for _, entry in self._lines if entry is not None}

    @classmethod
    def read(cls, path: Path) -> IgnoreList:
        """Read an ignore file: UTF-8, UTF-16 as old editors write it, or else cp1252.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        IgnoreList
            What it holds.

        Raises
        ------
        UsageError
            If it is missing, cannot be read, or a line holds neither an id nor a signal.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "draft.docx.ignore")
        ...     _ = path.write_text("3fa9c1d20b  # the panel's own words")
        ...     IgnoreList.read(path).entries
        ('3fa9c1d20b',)
        """
        other = _with_ending(path)
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise UsageError(
                f"the ignore file cannot be read ({error.strerror or error})",
                subject=path,
                next_step=f"did you mean {other.name}?" if _is_there(other) else "check the name and the folder",
            ) from error
        text = _decoded(data)
        if text is None or len(data) > _MOST_BYTES:
            raise UsageError("is not an ignore file", subject=path, next_step="name a text file of ids and signals")
        return cls(text, name=path)

    @classmethod
    def beside(cls, draft: Path) -> IgnoreList:
        """Read the ignore file beside a draft, or return an empty list where there is none.

        Parameters
        ----------
        draft : Path
            The draft.

        Returns
        -------
        IgnoreList
            What it holds.

        Raises
        ------
        UsageError
            As `read`.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "draft.docx.ignore").write_text("outcome")
        ...     IgnoreList.beside(Path(folder, "draft.docx")).entries
        ('outcome',)
        """
        path = ignore_file(draft)
        return cls.read(path) if _is_there(path) else cls()

    def add(self, entry: str, note: str = "") -> None:
        """Leave a flag or a signal alone; nothing changes where it is so already.

        Parameters
        ----------
        entry : str
            The id of a flag, or the name of a signal.
        note : str, default=""
            A comment for the reader of the file, such as the sentence.

        Raises
        ------
        UsageError
            If it is neither.

        Examples
        --------
        >>> ignored = IgnoreList()
        >>> ignored.add("3fa9c1d20b", "agreed with the panel")
        >>> print(ignored.as_text().splitlines()[-1])
        3fa9c1d20b  # agreed with the panel
        """
        name = _known(entry)
        if name is None:
            raise _neither(repr(entry), "the ignore file")
        if name in self:
            return
        if not self._lines:
            self._lines.append((_HEAD, None))
        line = shown(name)
        note = " ".join(_CONTROL.sub(" ", note).split())
        self._lines.append((f"{line}  # {note}" if note else line, name))
        self._held.add(name)

    def remove(self, entry: str) -> None:
        r"""No longer leave a flag or a signal alone; its lines go, with the comments on them.

        Parameters
        ----------
        entry : str
            The id or the name; nothing changes where it is not in the list.

        Examples
        --------
        >>> ignored = IgnoreList("outcome\n# mine\n")
        >>> ignored.remove("outcome")
        >>> ignored.as_text()
        '# mine\n'
        """
        name = _known(entry)
        if name is not None:
            self._lines = [(line, held) for line, held in self._lines if held != name]
            self._held.discard(name)

    def __contains__(self, entry: object) -> bool:
        return entry in self._held

    @property
    def entries(self) -> tuple[str, ...]:
        """The ids and the names of signals, in the order of the lines, each once."""
        return tuple(dict.fromkeys(held for _, held in self._lines if held is not None))

    def leaves(self, sentence: str, label: str, signals: Iterable[str]) -> bool:
        """Say whether a sentence is left alone.

        It is if its id is in the list, or if it is judged by hindsight on signals that are all in the list; one that
        carries no signal at all is not left alone on account of any.

        Parameters
        ----------
        sentence : str
            Its id.
        label : str
            Its label.
        signals : iterable of str
            The names of its signals.

        Returns
        -------
        bool
            True where it is not to be flagged.

        Examples
        --------
        >>> ignored = IgnoreList("outcome")
        >>> ignored.leaves("3fa9c1d20b", "hindsight_biased", ["outcome"])
        True
        >>> ignored.leaves("3fa9c1d20b", "hindsight_biased", ["outcome", "blame"])
        False
        """
        if sentence in self:
            return True
        names = set(signals)
        return label == Label.HINDSIGHT_BIASED and bool(names) and all(name in self for name in names)

    def unmatched(self, sentences: Iterable[str]) -> list[str]:
        r"""Return the ids that leave nothing alone, such as those of sentences that were changed since.

        Parameters
        ----------
        sentences : iterable of str
            The ids of the sentences and headings that there are.

        Returns
        -------
        list of str
            In the order of the lines; what is a signal is never among them.

        Examples
        --------
        >>> IgnoreList("outcome\n3fa9c1d20b\nsection-00000000ff").unmatched(["00000000ff"])
        ['3fa9c1d20b']
        """
        there = set(sentences)
        ids = (entry for entry in self.entries if _ID.fullmatch(entry))
        return [entry for entry in ids if _DIGEST.findall(entry)[0] not in there]

    def as_text(self) -> str:
        r"""Return the text of the file.

        Returns
        -------
        str
            The lines as they were, and those added; ends of line as in the file that was read.

        Examples
        --------
        >>> IgnoreList("outcome  # agreed\n").as_text()
        'outcome  # agreed\n'
        """
        return "".join(line + self._line_end for line, _ in self._lines)

    def write(self, path: Path) -> None:
        r"""Write the file in UTF-8, whole or not at all.

        Parameters
        ----------
        path : Path
            The file; where there is one, it is replaced.

        Raises
        ------
        UsageError
            If it cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     IgnoreList("outcome").write(Path(folder, "draft.docx.ignore"))
        ...     Path(folder, "draft.docx.ignore").read_bytes()
        b'outcome\n'
        """
        with whole_file(path) as stream:
            stream.write(self.as_text().encode("utf-8", errors="replace"))


def _decoded(data: bytes) -> str | None:
    """Return the text of an ignore file; None where it is none."""
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if is_utf16 else ["utf-8-sig", "cp1252"]:
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        return None if "\0" in text else text
    return None


def _entry(line: str, number: int, name: str | Path) -> str | None:
    """Return the id or signal of a line; None for a comment or an empty line."""
    bare = line.partition("#")[0].strip()
    if not bare:
        return None
    entry = _known(bare) or _known(bare.split()[0])  # words behind an id are a comment
    if entry is None:
        raise _neither(f"line {number}: {_CONTROL.sub(' ', bare)[:60]!r}", name)
    return entry


def _known(text: str) -> str | None:
    """Return an id or the name of a signal as the program writes it; None for anything else."""
    folded = text.strip().casefold()
    if _ID.fullmatch(folded):
        return folded
    name = "_".join(folded.replace("-", " ").replace("_", " ").split())
    return name if name in set(Signal) else None


def _neither(what: str, name: str | Path) -> UsageError:
    return UsageError(
        f"{what} is neither the id of a flag nor a signal",
        subject=name,
        next_step=f"correct it, or put # before it; the signals are {', '.join(map(shown, Signal))}",
    )
