"""The process that reads and scores for the server, and that is killed where a document takes too long or too much."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from bias_detect.errors import BiasDetectError
from bias_detect.server.frames import packed, receive
from bias_detect.server.limits import MEMORY_BYTES, WORK_SECONDS
from bias_detect.server.problems import step_here, where

_GRACE_SECONDS = 10  # the server kills this process first, unless it is gone itself


def main() -> None:
    """Answer messages on standard input until it ends; the arguments are the model and a private folder."""
    model, folder = sys.argv[1:3]
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library may print is no message
    _bound_memory()
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
            _start_clock(WORK_SECONDS + _GRACE_SECONDS)
            answer, data = _answer(desk, *message, folder)
            del message
            _start_clock(0)
            _send(output, answer, data)
    except BrokenPipeError:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # for a server that was ended without a chance to do it


def _answer(desk: Any, message: dict[str, Any], data: bytes, folder: str) -> tuple[dict[str, Any], bytes]:
    """Do what a message asks; say in plain data what went wrong."""
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


def _bound_memory() -> None:
    """Where the system can do that, let a document that unpacks to too much fail by itself, and leave no core dump."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _start_clock(seconds: float) -> None:
    """End this process after some time, whatever it does then; 0 for not."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
