"""Where the files of a review go, and that nothing is written over that is not ours to replace."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bias_detect.errors import UsageError
from bias_detect.files import not_written

_WORD = ".docx"
_PAGE = (".html", ".htm")
_REVIEWED = re.compile(r"\.reviewed(?:-(\d{1,4}))?$", re.IGNORECASE)


def copy_path(draft: Path, output: Path | None, html: Path | None) -> Path | None:
    """Return where the Word copy goes.

    Parameters
    ----------
    draft : Path
        The draft.
    output, html : Path or None
        What was asked for.

    Returns
    -------
    Path or None
        By default ``NAME.reviewed.docx``, and of that ``NAME.reviewed-2.docx``; None for a draft that is not Word and
        is to become a page.

    Raises
    ------
    UsageError
        If a draft cannot become what was asked for, or its name is none of such a file.

    Examples
    --------
    >>> [copy_path(Path(name), None, None).name for name in ("a.docx", "a.reviewed.docx", "a.reviewed-2.docx")]
    ['a.reviewed.docx', 'a.reviewed-2.docx', 'a.reviewed-3.docx']
    """
    if draft.suffix.lower() != _WORD:
        if output is not None or html is None:
            raise UsageError(
                f"is no {_WORD}, and a commented copy can be made of Word only",
                subject=draft,
                next_step=f"give --html PAGE.html for a marked page, or save the draft as {_WORD}",
            )
        return None
    if output is None:
        earlier = _REVIEWED.search(draft.stem)
        if earlier is None:
            return draft.with_name(f"{draft.stem}.reviewed{draft.suffix}")
        number = int(earlier[1] or 1) + 1
        return draft.with_name(f"{draft.stem[: earlier.start()]}.reviewed-{number}{draft.suffix}")
    if output.suffix.lower() != _WORD:
        raise UsageError(
            f"is no name for a Word copy (it does not end in {_WORD})",
            subject=output,
            next_step=f"end it in {_WORD}; for a page use --html",
        )
    return output


def check_targets(draft: Path, copy: Path | None, page: Path | None, read: Sequence[Path], *, replace: bool) -> None:
    """Make sure before the work that nothing is written over that is not ours to replace.

    Parameters
    ----------
    draft : Path
        The draft.
    copy, page : Path or None
        What is to be written.
    read : sequence of Path
        What else is read.
    replace : bool
        Whether a Word copy may be replaced.

    Raises
    ------
    UsageError
        If something would be.
    """
    if page is not None and page.suffix.lower() not in _PAGE:
        raise UsageError("is no name for a page (it does not end in .html)", subject=page, next_step="end it in .html")
    for target in (copy, page):
        if target is not None and exists(target) and target.samefile(draft):
            raise UsageError("is the draft itself, which is never written to", subject=target, next_step="name another")
        if target is not None and any(_same(target, path) for path in read):
            raise UsageError("is read, and would be written over", subject=target, next_step="name another file")
        if target is not None and target.is_dir():
            raise UsageError("is a folder, not a file", subject=target, next_step="name a file in it")
    if copy is not None and copy.exists() and not replace:
        raise UsageError(
            "exists, and may hold your edits and replies",
            subject=copy,
            next_step="name another with -o, or add --replace",
        )


def _same(target: Path, path: Path) -> bool:
    try:
        return target.samefile(path)
    except OSError:  # one of them does not exist
        return False


def exists(path: Path) -> bool:
    """Tell whether a file that is to be written exists.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        Whether it does.

    Raises
    ------
    UsageError
        If there can be none of this name.

    Examples
    --------
    >>> exists(Path("no such draft.docx"))
    False
    """
    try:
        return path.exists()
    except OSError as error:  # such as a name that is too long
        raise not_written(error, path) from error
