"""Many documents on the cores of this machine, by joblib; a process that ends abruptly costs one document at most."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Container, Generator, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path

from bias_detect.auditing.begun import all_begun
from bias_detect.auditing.work import Job, Outcome, Task, abrupt_end, work
from bias_detect.errors import BiasDetectError
from bias_detect.limits import bound_memory

Outcomes = Generator[Outcome, None, None]
"""What became of tasks, in the order in which they are done; closing it gives up the others."""

Tasks = Callable[[Container[str]], Iterator[Task]]
"""Gives the tasks, without those whose document is named."""

PATIENCE = 300.0
"""Seconds for which a document may give no paragraph, before the process that reads it is ended."""

_IDLE_BREAKS = 3  # how often the pool may break without anything done


def run_here(tasks: Tasks, job: Job, jobs: int) -> Outcomes:
    """Do all tasks, in processes beside this one if there is to be more than one.

    Beside this one, a process ends that takes too much memory, or waits too long for a document. Where a process ends
    abruptly, joblib gives up all of them. The documents that were begun are then tried once more,
    each alone in a fresh process; a second end costs that document. All others go on in a new pool.

    Parameters
    ----------
    tasks : callable
        Gives the tasks without those that are done.
    job : Job
        What is the same for all.
    jobs : int
        Number of processes; 1 does the work in this one.

    Yields
    ------
    Outcome
        One for each task, in the order in which they are done.

    Raises
    ------
    BiasDetectError
        If the processes keep ending before they have begun anything, or what `work` raises.
    """
    if jobs == 1:
        for task in tasks(frozenset()):
            yield work(task, job)
        return
    done: set[str] = set()
    idle = 0
    while idle < _IDLE_BREAKS:
        before = len(done)
        try:
            for outcome in _in_processes(tasks(done), job, jobs):
                done.add(outcome.document)
                yield outcome
            return
        except BrokenProcessPool:
            pass
        suspects = all_begun(Path(job.folder))
        for task in [task for task in tasks(done) if task.file in suspects]:
            try:
                (outcome,) = _in_processes(iter([task]), job, jobs)
            except BrokenProcessPool:
                outcome = abrupt_end(task)
            done.add(outcome.document)
            yield outcome
        idle = 0 if len(done) > before else idle + 1
    raise BiasDetectError(
        "the processes that do the work are ended again and again (is there enough memory?)",
        next_step="run the same command again with fewer --jobs: what is done is kept",
    )


def _in_processes(tasks: Iterator[Task], job: Job, jobs: int) -> Outcomes:
    from joblib import Parallel, delayed

    # Nothing is large enough to be shared through files, which max_nbytes would make.
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", max_nbytes=None)
    with ExitStack() as stack:
        with _deaf_to_ctrl_c():
            outcomes = stack.enter_context(closing(parallel(delayed(_work)(task, job, PATIENCE) for task in tasks)))
        yield from outcomes


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Ignore Ctrl-C for as long as processes are started, a tenth of a second: they inherit that.

    Otherwise they would hear it until `_serve` is called, and show which library they were just importing.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():  # signals are not ours
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(task: Task, job: Job, patience: float) -> Outcome:
    _serve(os.getppid())
    return work(task, job, patience=patience)


@cache
def _serve(parent: int) -> None:
    """Leave Ctrl-C, which reaches every process of a terminal, to the first one; and end when that one has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bound_memory()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
