"""The server's end of the process that works for it: one piece of work at a time, and an end to each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bias_detect.errors import ModelError
from bias_detect.server.frames import HEAD, packed
from bias_detect.server.limits import HELD_SECONDS, MOST_ANSWER_BYTES, WORK_SECONDS
from bias_detect.server.problems import Problem, busy

_RUN = "from bias_detect.server.child import main; main()"
_RETRY = "see whether there is enough memory, and look into the model with `bias-detect model inspect`"
_MEMORY = Path("/dev/shm")  # Linux: files there are never on a disk


class Worker:
    """A process that has loaded the model, and does one thing after the other.

    What takes too long, or brings the process down, costs that process alone; the next piece of work starts another.

    Parameters
    ----------
    model : str
        Name or folder of the model.
    seconds : float
        How long a piece of work may take.
    clock : callable
        Gives the seconds.

    Attributes
    ----------
    about : dict
        The model, as `Desk.about` describes it.
    seconds : float
        As given.
    process : asyncio.subprocess.Process or None
        The process, where one runs.
    folder : Path or None
        Its private folder, which holds files only while it works.

    Examples
    --------
    >>> Worker("default", seconds=30).seconds
    30
    """

    def __init__(
        self, model: str = "default", *, seconds: float = WORK_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._model = model
        self.seconds = seconds
        self._free = asyncio.Lock()
        self.process: asyncio.subprocess.Process | None = None
        self.folder: Path | None = None
        self.about: dict[str, Any] = {}
        self._clock = clock
        self._used: float | None = None  # None where the process holds no text

    async def __aenter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="bias-detect-", dir=_memory()))
        try:
            await self._start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._kill()
        finally:
            if self.folder is not None:
                shutil.rmtree(self.folder, ignore_errors=True)

    async def ask(self, do: str, data: bytes = b"", **values: Any) -> bytes:
        """Have a piece of work done.

        Parameters
        ----------
        do : str
            ``"score"``, ``"read"``, ``"word"``, ``"csv"`` or ``"html"``.
        data : bytes
            A file.
        **values
            What the method of the `Desk` takes.

        Returns
        -------
        bytes
            What it returns.

        Raises
        ------
        Problem
            If it cannot be done, or not in time.
        """
        async with self._turn():
            done = False
            self._used = None if do == "forget" else self._clock()
            try:
                if self.process is None:
                    await self._start()
                async with asyncio.timeout(self.seconds):
                    answer, result = await self._exchange(packed({"do": do, "values": values}, data))
                done = True
            except TimeoutError:
                raise Problem(
                    422, f"this took more than {self.seconds:g} seconds and was stopped; split it, or check what it is"
                ) from None
            except (asyncio.IncompleteReadError, ConnectionError, BrokenPipeError):
                raise Problem(
                    422, "reading this made the reading program end; split it, save it anew, or check what it is"
                ) from None
            finally:
                if not done:  # it may still be at work, or half-way through an answer
                    await self._kill()
        if "refused" in answer:
            raise Problem(422, answer["refused"])
        if "crash" in answer:
            raise Problem(500, f"the program failed ({answer['crash']}); please report this, without the text")
        return result

    async def forget_old(self) -> None:
        """Have the process forget what it has read, where it was asked for nothing of late."""
        if self._used is not None and self._clock() - self._used > HELD_SECONDS:
            with contextlib.suppress(Problem):
                await self.ask("forget")

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for what was asked before, but not for ever."""
        try:
            async with asyncio.timeout(self.seconds):
                await self._free.acquire()
        except TimeoutError:
            raise busy() from None
        try:
            yield
        finally:
            self._free.release()

    async def _start(self) -> None:
        package = Path(__file__).resolve().parents[2]
        path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
        # One thread each: the work is small, and the machine is in use.
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        # Of its own session, so that Ctrl-C reaches the server alone; -P, so that it imports nothing from this folder.
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", _RUN, self._model, str(self.folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **threads, "PYTHONPATH": path},
            start_new_session=True,
        )
        try:
            answer, _ = await self._exchange()
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            await self._kill()
            raise ModelError("the process that loads the model ended", subject=self._model, next_step=_RETRY) from error
        if "about" not in answer:
            await self._kill()
            cause = answer.get("cause") or f"could not be loaded ({answer.get('crash')})"
            subject, next_step = answer.get("subject") or self._model, answer.get("next_step") or _RETRY
            raise ModelError(cause, subject=subject, next_step=next_step)
        self.about = answer["about"]

    async def _exchange(self, message: bytes = b"") -> tuple[dict[str, Any], bytes]:
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if message:
            self.process.stdin.write(message)
            await self.process.stdin.drain()
        length, more = HEAD.unpack(await self.process.stdout.readexactly(HEAD.size))
        if length + more > MOST_ANSWER_BYTES:
            raise ConnectionError
        answer = json.loads(await self.process.stdout.readexactly(length))
        return answer, await self.process.stdout.readexactly(more)

    async def _kill(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self.folder is not None and self.folder.is_dir():
            for left in self.folder.iterdir():
                left.unlink(missing_ok=True)


def _memory() -> Path | None:
    return _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK | os.X_OK) else None
