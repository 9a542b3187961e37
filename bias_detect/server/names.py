"""File names, which are confidential and may be hostile: only labels here, never paths."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

_MOST_CHARACTERS = 120
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}")
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}  # controls, direction overrides, halves of characters, line ends


def label_of(name: str) -> str:
    r"""Return what a file is called here: its last part, on one line, of bounded length, with its ending.

    Parameters
    ----------
    name : str
        A name from outside.

    Returns
    -------
    str
        The label; ``"document"`` where nothing is left.

    Examples
    --------
    >>> label_of("..\\..\\secret/draft\x00.docx")
    'draft.docx'
    """
    last = re.split(r"[/\\]", name[-10_000:])[-1]
    shown = "".join(character for character in last if unicodedata.category(character) not in _HIDDEN)
    shown = " ".join(shown.split())
    if not shown.strip(". "):
        return "document"
    if len(shown) > _MOST_CHARACTERS:
        suffix = suffix_of(shown)
        shown = shown[: _MOST_CHARACTERS - len(suffix) - 1] + "…" + suffix
    return shown


def suffix_of(label: str) -> str:
    """Return the ending that says how a file is read.

    Parameters
    ----------
    label : str
        From `label_of`.

    Returns
    -------
    str
        With its dot, in lower case; empty where there is none of letters and digits.

    Examples
    --------
    >>> suffix_of("Draft.DOCX"), suffix_of("draft")
    ('.docx', '')
    """
    suffix = PurePosixPath(label).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def download_header(name: str) -> str:
    """Return the Content-Disposition of a file that is to be saved under a name.

    Parameters
    ----------
    name : str
        From `label_of`, perhaps with more behind it.

    Returns
    -------
    str
        In ASCII, whatever the name.

    Examples
    --------
    >>> download_header("Prüfung.docx")
    "attachment; filename*=UTF-8''Pr%C3%BCfung.docx"
    """
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"
