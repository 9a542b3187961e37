"""Many fits on the cores of this machine or on a Dask cluster, with the same results in the same order."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from bias_detect.errors import BiasDetectError, UsageError

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")

CONNECT = 20
"""Seconds that a scheduler has to answer."""


def run_tasks(
    function: Callable[[Shared, Task], Result],
    shared: Shared,
    tasks: Sequence[Task],
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """Do tasks that do not depend on each other.

    Every task runs with one thread, so that its numbers do not depend on how many there are beside it: any number of
    jobs gives the same results.

    Parameters
    ----------
    function : callable
        Does a task, given what is shared; a function of a module.
    shared : object
        What is the same for all tasks.
    tasks : sequence
        The tasks.
    jobs : int, default=1
        Processes on this machine; 1 does the work in this one.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers do the work instead; this program must be installed there.
    progress : callable, optional
        Called with the tasks done and their number.

    Returns
    -------
    list
        The results, in the order of the tasks.

    Raises
    ------
    UsageError
        If Dask is not installed, or no scheduler answers.
    BiasDetectError
        If processes or workers end abruptly, or what `function` raises.

    Examples
    --------
    >>> run_tasks(pow, 2, [1, 2, 3])
    [2, 4, 8]
    """
    made = (
        _here(function, shared, tasks, min(jobs, len(tasks)))
        if scheduler is None
        else _on_cluster(function, shared, tasks, scheduler)
    )
    results = []
    for result in made:
        results.append(result)
        if progress is not None:
            progress(len(results), len(tasks))
    return results


def _here(
    function: Callable[[Shared, Task], Result], shared: Shared, tasks: Sequence[Task], jobs: int
) -> Iterator[Result]:
    if jobs <= 1:
        for task in tasks:
            yield _alone(function, shared, task)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    parallel = Parallel(n_jobs=jobs, return_as="generator")
    try:
        yield from parallel(delayed(_alone)(function, shared, task) for task in tasks)
    except TerminatedWorkerError as error:
        raise BiasDetectError(
            "a process was ended from outside (is there enough memory?)",
            subject="--jobs",
            next_step="run the same command with fewer jobs",
        ) from error


def _on_cluster(
    function: Callable[[Shared, Task], Result], shared: Shared, tasks: Sequence[Task], address: str
) -> Iterator[Result]:
    with connect(address) as client:
        import distributed

        everywhere = client.scatter(shared, broadcast=True, hash=False)
        waiting = [client.submit(_alone, function, everywhere, task, pure=False) for task in tasks]
        for future in waiting:
            try:
                yield future.result()
            except (distributed.KilledWorker, OSError) as error:
                raise BiasDetectError(
                    "the cluster lost its workers or its scheduler",
                    subject="--scheduler",
                    next_step="run the same command again when it is back",
                ) from error


def connect(address: str) -> Any:
    """Connect to a Dask scheduler.

    Parameters
    ----------
    address : str
        The scheduler's, such as ``tcp://host:8786``.

    Returns
    -------
    distributed.Client
        The connection, to be closed when it has served.

    Raises
    ------
    UsageError
        If Dask is not installed, or no scheduler answers.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise UsageError(
            "Dask is not installed",
            subject="--scheduler",
            next_step="run in the program's folder: pip install '.[cluster]'",
        ) from None
    try:
        return distributed.Client(address, timeout=CONNECT, set_as_default=False, name="bias-detect")
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"no Dask scheduler answers ({type(error).__name__})",
            subject=address,
            next_step="check the address, which looks like tcp://host:8786",
        ) from error


@contextmanager
def fitting() -> Iterator[None]:
    """Fit with one thread, since several add up in another order each time, and without a warning that says nothing.

    Where labels can be told apart without an error, Newton's method may hand over to another that comes to the same
    point. Whoever trains cannot do anything about it; other warnings are theirs to read.

    Examples
    --------
    >>> with fitting():
    ...     total = sum([0.1, 0.2])
    >>> round(total, 1)
    0.3
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Line search of Newton solver")
        yield


def _alone(function: Callable[[Shared, Task], Result], shared: Shared, task: Task) -> Result:
    with fitting():
        return function(shared, task)
