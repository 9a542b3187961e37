"""Many documents on the machines of a Dask cluster."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Any

from bias_detect.auditing.pool import Outcomes, Tasks
from bias_detect.auditing.work import Job, Task, abrupt_end, work
from bias_detect.errors import BiasDetectError
from bias_detect.model.parallel import connect

PATIENCE = 30
"""Seconds without any outcome after which the workers are looked for."""

_CHECKS = 4  # how often in a row there may be none
_SUBMISSIONS = 4
_AHEAD = 4  # tasks that wait for each thread of the cluster, so that none is idle


def run_on_cluster(tasks: Tasks, job: Job, address: str) -> Outcomes:
    """Do all tasks on a cluster, whose workers see the same files under the same paths as this process.

    Dask gives the tasks of a worker that ends to the others. A document over which two workers ended is given up, as on
    one machine.

    Parameters
    ----------
    tasks : callable
        Gives the tasks.
    job : Job
        What is the same for all.
    address : str
        The scheduler's, such as ``tcp://host:8786``.

    Yields
    ------
    Outcome
        One for each task, in the order in which they are done.

    Raises
    ------
    UsageError
        If Dask is not installed, or no scheduler answers.
    BiasDetectError
        If the workers or the scheduler go away, or what `work` raises.

    Notes
    -----
    This asks Dask itself rather than joblib's way to it, which waits for ever for a task that Dask has given up.
    """
    with connect(address) as client:
        try:
            yield from _Submitted(client, job).outcomes(tasks(frozenset()))
        except (OSError, CancelledError) as error:
            raise _lost("the scheduler went away") from error


class _Submitted:
    """The tasks that a cluster has, and how often each was given to it."""

    def __init__(self, client: Any, job: Job) -> None:
        self._client = client
        self._job = job
        self._waiting: dict[Any, tuple[Task, int]] = {}

    def outcomes(self, tasks: Iterator[Task]) -> Outcomes:
        for task in tasks:
            self._submit(task, 1)
            while len(self._waiting) >= self._most():
                yield from self._finished()
        while self._waiting:
            yield from self._finished()

    def _most(self) -> int:
        return int(_AHEAD * max(1, sum(self._client.nthreads().values())))

    def _submit(self, task: Task, times: int) -> None:
        key = f"bias-detect-{self._job.run}-{task.file}-{times}"
        future = self._client.submit(work, task, self._job, key=key, pure=False)
        self._waiting[future] = task, times

    def _finished(self) -> Outcomes:
        import distributed

        for future in self._done():
            task, times = self._waiting.pop(future)
            try:
                outcome = future.result()
            except (
                distributed.KilledWorker
            ):  # it need not have begun: whoever waits for a worker that ends is suspected
                if times < _SUBMISSIONS:
                    self._submit(task, times + 1)
                    continue
                outcome = abrupt_end(task)
            yield outcome

    def _done(self) -> list[Any]:
        distributed = importlib.import_module("distributed")  # it has types, but not for this

        for _ in range(_CHECKS):
            try:
                with self._client.as_current():
                    found = distributed.wait(list(self._waiting), timeout=PATIENCE, return_when="FIRST_COMPLETED")
                    return list(found.done)
            except TimeoutError:
                if self._client.nthreads():
                    return []
        raise _lost("the cluster has no workers")


def _lost(cause: str) -> BiasDetectError:
    return BiasDetectError(
        cause, subject="--scheduler", next_step="run the same command again when it is back: what is done is kept"
    )
