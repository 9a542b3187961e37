"""Which requests are answered at all: those of the page itself, and of programs on this computer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bias_detect.server.problems import Problem

JSON, BYTES = "application/json", "application/octet-stream"
METHODS = ("GET", "HEAD", "POST")
_LENGTH = re.compile(rb"[0-9]{1,18}")


class Headers:
    """The headers of a request; one that is sent twice and must not be is an error, not a choice.

    Parameters
    ----------
    pairs : iterable of (bytes, bytes)
        Names in lower case, and values.

    Examples
    --------
    >>> Headers([(b"Host", b"localhost:8642")]).one(b"host")
    'localhost:8642'
    """

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._pairs = [(name.lower(), value.strip()) for name, value in pairs]

    def one(self, name: bytes) -> str | None:
        """Return the value of a header.

        Parameters
        ----------
        name : bytes
            In lower case.

        Returns
        -------
        str or None
            The value; None where it is not sent.

        Raises
        ------
        Problem
            If it is sent twice.

        Examples
        --------
        >>> Headers([(b"host", b"localhost:8642")]).one(b"origin") is None
        True
        """
        values = [value for key, value in self._pairs if key == name]
        if len(values) > 1:
            raise Problem(400, f"the header {name.decode()} is sent twice")
        return values[0].decode("latin-1") if values else None


def check_request(method: str, path: str, headers: Headers, port: int) -> None:
    """Refuse a request that another site may have caused, or that is of a kind never sent by the page.

    The Host stops pages whose name was made to point at this computer (DNS rebinding); Origin, Sec-Fetch-Site and
    Content-Type stop other sites' scripts and forms, which cannot set them as they like.

    Parameters
    ----------
    method, path : str
        Of the request.
    headers : Headers
        Of the request.
    port : int
        On which this server listens.

    Raises
    ------
    Problem
        If it is refused.

    Examples
    --------
    >>> headers = Headers([(b"host", b"127.0.0.1:8642"), (b"origin", b"http://example.org")])
    >>> try:
    ...     check_request("GET", "/", headers, 8642)
    ... except Problem as problem:
    ...     print(problem.status, problem.detail)
    403 another site may not use this server
    """
    names = [f"{name}:{port}" for name in ("127.0.0.1", "localhost")]
    if port == 80:
        names += ["127.0.0.1", "localhost"]
    host = headers.one(b"host")
    if host is None or host.lower() not in names:
        raise Problem(421, f"this server is at http://127.0.0.1:{port} and answers to no other name")
    if method not in METHODS:
        raise Problem(405, f"there is no {method[:20]} here", {"Allow": ", ".join(METHODS)})
    _check_origin(method, path, headers, host.lower())
    if method == "POST":
        _check_body(path, headers)


def _check_origin(method: str, path: str, headers: Headers, host: str) -> None:
    origin = headers.one(b"origin")
    if origin is not None and origin.lower() != f"http://{host}":
        raise Problem(403, "another site may not use this server")
    site = headers.one(b"sec-fetch-site")
    if site is None or site in ("same-origin", "none"):
        return
    # A link from elsewhere may open the page itself, and nothing else.
    opens = (headers.one(b"sec-fetch-mode"), headers.one(b"sec-fetch-dest")) == ("navigate", "document")
    if method == "POST" or path != "/" or not opens:
        raise Problem(403, "another site may not use this server")


def _check_body(path: str, headers: Headers) -> None:
    coding = headers.one(b"content-encoding")
    if coding is not None and coding.lower() != "identity":
        raise Problem(415, "compressed requests are not read; send the bytes as they are")
    wanted = BYTES if path == "/api/documents" else JSON
    kind, _, parameters = (headers.one(b"content-type") or "").lower().partition(";")
    if kind.strip() != wanted or parameters.strip() not in ("", "charset=utf-8"):
        raise Problem(415, f"send this as {wanted}")


def announced(headers: Headers) -> int | None:
    """Return how many bytes a request says that it brings.

    Parameters
    ----------
    headers : Headers
        Of the request.

    Returns
    -------
    int or None
        The number; None where it does not say.

    Raises
    ------
    Problem
        If it is no number.

    Examples
    --------
    >>> announced(Headers([(b"content-length", b"120")])), announced(Headers([]))
    (120, None)
    """
    length = headers.one(b"content-length")
    if length is None:
        return None
    if not _LENGTH.fullmatch(length.encode("latin-1")):
        raise Problem(400, "the header content-length is no number")
    return int(length)
