"""Errors as problem details (RFC 9457): what went wrong and what to do, and nothing of this machine."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"

# An alternative, with what parts it from the one before, that tells of the command line: an option or a command.
_COMMAND = re.compile(r"(?:(?:^|[,;])\s*(?:or\s+)?|\s+or\s+)(?:(?!\s+or\s)[^,;])*(?:--[a-z]|`bias-detect)[^,;]*")


@dataclass
class Problem(Exception):  # noqa: N818 - as RFC 9457 calls it
    """Something that is answered with an error.

    Parameters
    ----------
    status : int
        The HTTP status.
    detail : str
        What is wrong and what to do, for a person.
    headers : dict of str to str
        Further headers of the answer.

    Examples
    --------
    >>> Problem(404, "there is nothing here").body()
    b'{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is nothing here"}'
    """

    status: int
    detail: str
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """Return the answer's body.

        Returns
        -------
        bytes
            JSON.

        Examples
        --------
        >>> json.loads(Problem(404, "there is nothing here").body())["title"]
        'Not Found'
        """
        title = HTTPStatus(self.status).phrase
        said = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        return json.dumps(said).encode()


def busy() -> Problem:
    """Return the answer for when there is too much to do.

    Returns
    -------
    Problem
        With the time after which to come again.

    Examples
    --------
    >>> busy().status, busy().headers
    (503, {'Retry-After': '1'})
    """
    return Problem(503, "too many requests at a time; try again in a moment", {"Retry-After": "1"})


def failed(error: BaseException) -> Problem:
    """Return the answer for an error of the program itself, without its message, which may hold text.

    Parameters
    ----------
    error : Exception
        What was raised.

    Returns
    -------
    Problem
        It names the kind of error and the line of the program.

    Examples
    --------
    >>> failed(KeyError("words of a draft")).detail
    'the program failed (KeyError); please report this, without the text'
    """
    return Problem(500, f"the program failed ({where(error)}); please report this, without the text")


def step_here(step: str | None) -> str | None:
    """Return a next step without what can be done on the command line only.

    Parameters
    ----------
    step : str or None
        A next step, as errors have them.

    Returns
    -------
    str or None
        What of it can be done in the page; None where that is nothing.

    Examples
    --------
    >>> step_here("save it as UTF-8 or name its encoding with --encoding cp1252")
    'save it as UTF-8'
    >>> step_here("audit it with --text-column, or give a .docx, .pdf or .txt file")
    'give a .docx, .pdf or .txt file'
    """
    if step is None:
        return None
    left = _COMMAND.sub("", step).strip(" ,;")
    return left.removeprefix("or ").strip() or None


def where(error: BaseException) -> str:
    """Say what kind of error was raised, and in which line of which module.

    Parameters
    ----------
    error : Exception
        What was raised.

    Returns
    -------
    str
        Such as ``"KeyError in routes:33"``.

    Examples
    --------
    >>> where(KeyError("words of a draft"))
    'KeyError'
    """
    place, frame = "", error.__traceback__
    while frame is not None:
        name = frame.tb_frame.f_globals.get("__name__", "")
        if str(name).startswith("bias_detect"):
            place = f" in {str(name).removeprefix('bias_detect.')}:{frame.tb_lineno}"
        frame = frame.tb_next
    return f"{type(error).__name__}{place}"
