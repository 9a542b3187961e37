"""Messages between the server and the process that works for it: JSON and, behind it, bytes.

JSON, so that nothing that comes out of a process that read a hostile document is more than data.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

HEAD = struct.Struct(">IQ")
"""How many bytes of JSON, and how many others, a message has."""


def packed(message: dict[str, Any], data: bytes = b"") -> bytes:
    """Return a message as it is sent.

    Parameters
    ----------
    message : dict
        JSON values.
    data : bytes, default=b""
        Bytes that go with it.

    Returns
    -------
    bytes
        The head, the JSON and the bytes.

    Examples
    --------
    >>> len(packed({}, b"abc"))
    17
    """
    text = json.dumps(message).encode()
    return b"".join((HEAD.pack(len(text), len(data)), text, data))


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one message.

    Parameters
    ----------
    stream : binary file
        Where it comes from.

    Returns
    -------
    tuple of (dict, bytes) or None
        The message; None where the other side has gone.

    Examples
    --------
    >>> import io
    >>> receive(io.BytesIO(packed({"do": "score"}, b"abc")))
    ({'do': 'score'}, b'abc')
    """
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    lengths = HEAD.unpack(head)
    parts = [stream.read(length) for length in lengths]
    if any(len(part) < length for part, length in zip(parts, lengths, strict=True)):
        return None
    return json.loads(parts[0]), parts[1]
