"""The process that reads and scores for the server, and that is killed where a document takes too long or too much."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bias_detect.errors import BiasDetectError
from bias_detect.limits import bound_memory, start_clock
from bias_detect.server.frames import packed, receive
from bias_detect.server.limits import WORK_SECONDS
from bias_detect.server.problems import step_here, where

if TYPE_CHECKING:
    from bias_detect.server.desk import Desk

_GRACE_SECONDS = 10  # the server kills this process first, unless it is gone itself


def main() -> None:
    """Answer messages on standard input until it ends; the arguments are the model and a private folder."""
    model, folder = sys.argv[1:3]
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library may print is no message
    bound_memory()
    try:
        from bias_detect.server.desk import Desk

        desk = Desk(model, Path(folder))
        desk.score("The nurse rang the ward. Staff should have seen that he was in danger.")  # loads what scoring needs
    except BiasDetectError as error:
        _send(output, {"cause": error.cause, "subject": error.subject, "next_step": error.next_step})
        return
    except Exception as error:
        _send(output, {"crash": where(error)})
        return
    try:
        _send(output, {"about": desk.about()})
        while (message := receive(sys.stdin.buffer)) is not None:
            start_clock(WORK_SECONDS + _GRACE_SECONDS)
            done, data = answer(desk, *message, folder)
            del message
            start_clock(0)
            _send(output, done, data)
    except BrokenPipeError:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # for a server that was ended without a chance to do it


def answer(desk: Desk, message: dict[str, Any], data: bytes, folder: str) -> tuple[dict[str, Any], bytes]:
    """Do what a message asks; say in plain data what went wrong.

    Parameters
    ----------
    desk : Desk
        Does it.
    message : dict
        ``do``, as for `Worker.ask`, and ``values``, what the method of the desk takes.
    data : bytes
        A file.
    folder : str
        The private folder, which no answer names.

    Returns
    -------
    tuple of (dict, bytes)
        Nothing and the result; or what was ``refused``, or where the program had a ``crash``, and nothing.

    Examples
    --------
    >>> import tempfile
    >>> from bias_detect.server.desk import Desk
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     answer(Desk("default", Path(folder)), {"do": "forget", "values": {}}, b"", folder)
    ({}, b'')
    """
    do, values = message["do"], message["values"]
    name = values.get("name") or None
    try:
        if do == "forget":
            return {}, desk.forget()
        if do == "score":
            return {}, desk.score(**values)
        if do == "read":
            return {}, desk.read(data, **values)
        return {}, desk.make(do, data=data, **values)
    except BiasDetectError as error:
        # The error names the scratch file; the person knows the file by its name.
        subject = name or "the text"
        said = BiasDetectError(error.cause.replace(folder, "…"), subject=subject, next_step=step_here(error.next_step))
        return {"refused": str(said)}, b""
    except (MemoryError, RecursionError) as error:
        needs = "memory" if isinstance(error, MemoryError) else "depth"
        said = BiasDetectError(f"needs more {needs} than there is", subject=name, next_step="split it")
        return {"refused": str(said)}, b""
    except Exception as error:
        return {"crash": where(error)}, b""


def _send(output: BinaryIO, message: dict[str, Any], data: bytes = b"") -> None:
    output.write(packed(message, data))
    output.flush()
