"""What stands before the API: checks, limits of size, time and number, and the headers of every answer."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from bias_detect.server.checks import BYTES, Headers, announced, check_request
from bias_detect.server.limits import (
    BODY_SECONDS,
    MOST_BODY_BYTES,
    MOST_JSON_BYTES,
    MOST_REQUESTS,
    MOST_UPLOAD_BYTES,
)
from bias_detect.server.problems import MEDIA_TYPE, Problem, busy, failed, where

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer, errors included."""

_LINGER_SECONDS, _LINGER_BYTES = 2.0, 100_000_000


class _GoneError(Exception):
    """The other side has closed the connection."""


class Guard:
    """Let a request through to the application only whole, small enough, and from the page or this computer.

    Parameters
    ----------
    app : ASGI application
        What answers.
    port : int
        On which the server listens.
    """

    def __init__(self, app: App, port: int) -> None:
        self.app = app
        self._port = port
        self._requests = 0
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = _Answer(send, head_only=scope["method"] == "HEAD")
        unread = True
        try:
            with self._place():
                headers = Headers(scope["headers"])
                try:
                    check_request(scope["method"], scope["path"], headers, self._port)
                    async with self._body(headers, receive) as body:
                        unread = False
                        inner = {**scope, "method": "GET"} if answer.head_only else scope
                        await self.app(inner, _once(body), answer.send)
                except Problem as problem:
                    await answer.problem(problem, receive if unread else None)
        except Problem as problem:  # there is no place; an answer before all is read would be lost
            await answer.problem(problem, receive)
        except _GoneError:
            return
        except Exception as error:  # the application has answered with its own problem, or not at all
            print(f"bias-detect: the page's server failed ({where(error)})", file=sys.stderr, flush=True)
            await answer.problem(failed(error), None)

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        if self._requests >= MOST_REQUESTS:
            raise busy()
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    @contextlib.asynccontextmanager
    async def _body(self, headers: Headers, receive: Receive) -> AsyncIterator[bytes]:
        """Give the whole body, and count it for as long as it is there."""
        limit = MOST_UPLOAD_BYTES if (headers.one(b"content-type") or "").startswith(BYTES) else MOST_JSON_BYTES
        if (announced(headers) or 0) > limit:
            raise _too_large(limit)
        body, counted = bytearray(), 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _GoneError
                    part = message.get("body", b"")
                    if len(body) + len(part) > limit:
                        raise _too_large(limit)
                    if self._bytes + len(part) > MOST_BODY_BYTES:
                        raise busy()
                    self._bytes += len(part)
                    counted += len(part)
                    body += part
                    more = message.get("more_body", False)
            whole = bytes(body)
            body.clear()
            yield whole
        except TimeoutError:
            raise Problem(408, f"the request did not arrive within {BODY_SECONDS:g} seconds") from None
        finally:
            self._bytes -= counted


def _too_large(limit: int) -> Problem:
    return Problem(413, f"this is larger than the {limit // 1_000_000} MB that the page takes; split it")


def _once(body: bytes) -> Receive:
    """Return what gives the application a body that is there already."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


class _Answer:
    """Put the headers on an answer, and answer with a problem where nothing was answered yet."""

    def __init__(self, send: Send, *, head_only: bool) -> None:
        self._send = send
        self._started = False
        self.head_only = head_only

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            message["headers"] = [*message["headers"], *_encoded(HEADERS)]
        elif self.head_only:
            message["body"] = b""
        await self._send(message)

    async def problem(self, problem: Problem, unread: Receive | None) -> None:
        """Send a problem, and close; what is still on its way is read for a while, or the answer would be lost."""
        if self._started:
            return
        body = problem.body()
        own = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Connection": "close"}
        headers = _encoded({**own, **problem.headers})
        await self.send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": True})
        if unread is not None:
            await _linger(unread)
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})


async def _linger(receive: Receive) -> None:
    read, end = 0, time.monotonic() + _LINGER_SECONDS
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while read < _LINGER_BYTES and time.monotonic() < end:
                message = await receive()
                read += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
