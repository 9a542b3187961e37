"""What a process may take that reads documents of strangers: memory, and time without an end."""

from __future__ import annotations

import contextlib
import signal

MEMORY_BYTES = 4_000_000_000
"""Of addresses that a process may have that reads documents."""


def bound_memory() -> None:
    """Where the system can do that, let a document that unpacks to too much fail by itself, and leave no core dump.

    It holds for this process, until it ends.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def start_clock(seconds: float) -> None:
    """End this process after some time, whatever it does then, where the system can do that.

    A library that does not come back is ended too, which no exception could do.

    Parameters
    ----------
    seconds : float
        From now; 0 to stop the clock.

    Examples
    --------
    >>> start_clock(60)
    >>> start_clock(0)
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
