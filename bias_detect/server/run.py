"""The server: on this computer's own address alone, until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from bias_detect.errors import UsageError

if TYPE_CHECKING:
    from bias_detect.server.uploads import Uploads
    from bias_detect.server.worker import Worker

HOST = "127.0.0.1"
DEFAULT_PORT = 8642
_FORGET_EVERY = 60.0  # seconds


def listen(port: int | None) -> socket.socket:
    """Listen on a port of this computer's own address, which no other computer can reach.

    Parameters
    ----------
    port : int or None
        The port, 0 for any; None for the usual one, or any where that is taken.

    Returns
    -------
    socket.socket
        The listening socket.

    Raises
    ------
    UsageError
        If a port that was asked for is taken or not allowed.

    Examples
    --------
    >>> with listen(0) as listener:
    ...     listener.getsockname()[0]
    '127.0.0.1'
    """
    for attempt in [port] if port is not None else [DEFAULT_PORT, 0]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # elsewhere this would let two programs share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, attempt))
            listener.listen(socket.SOMAXCONN)
        except OSError as error:
            listener.close()
            if port is None and attempt:
                continue
            cause = (
                "is taken by another program"
                if error.errno == errno.EADDRINUSE
                else f"cannot be used ({error.strerror})"
            )
            raise UsageError(cause, subject=f"port {attempt}", next_step="name another with --port") from error
        return listener
    raise AssertionError


def serve(model: str, port: int | None, opened: Callable[[str], None]) -> None:
    """Run the page's server until it is interrupted.

    Parameters
    ----------
    model : str
        Name or folder of the model.
    port : int or None
        As in `listen`.
    opened : callable
        Called with the page's address once it can be opened.

    Raises
    ------
    ModelError
        If the model cannot be loaded.
    UsageError
        If the port cannot be used.
    """
    with listen(port) as listener, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve_on(listener, model, opened))


async def serve_on(listener: socket.socket, model: str, opened: Callable[[str], None]) -> None:
    """Run the page's server until its task is cancelled.

    Parameters
    ----------
    listener : socket.socket
        From `listen`.
    model, opened
        As in `serve`.

    Raises
    ------
    ModelError
        If the model cannot be loaded.
    """
    import uvicorn

    from bias_detect.server.app import create_app
    from bias_detect.server.protocol import Protocol, Server
    from bias_detect.server.uploads import Uploads
    from bias_detect.server.worker import Worker

    port = listener.getsockname()[1]
    uploads = Uploads()
    async with Worker(model) as worker:
        config = uvicorn.Config(
            create_app(worker, uploads, port=port),
            loop="asyncio",
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # nothing of what is asked is written down
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        opened(f"http://{HOST}:{port}/")
        forgetting = asyncio.create_task(_forget(uploads, worker))
        try:
            await Server(config).serve(sockets=[listener])
        finally:
            forgetting.cancel()


async def _forget(uploads: Uploads, worker: Worker) -> None:
    while True:
        await asyncio.sleep(_FORGET_EVERY)
        uploads.forget_old()
        await worker.forget_old()
