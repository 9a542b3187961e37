"""Documents that are held in memory for their downloads: few, not for long, and never on disk."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bias_detect.server.limits import HELD_SECONDS, MOST_HELD_BYTES, MOST_UPLOADS
from bias_detect.server.problems import Problem


@dataclass(frozen=True)
class Upload:
    """A document that was sent.

    Parameters
    ----------
    name : str
        Its label.
    data : bytes
        The file.

    Examples
    --------
    >>> Upload("draft.docx", b"PK").name
    'draft.docx'
    """

    name: str
    data: bytes


class Uploads:
    """Documents by token; those that were used longest ago are forgotten first.

    Parameters
    ----------
    clock : callable
        Gives the seconds.

    Examples
    --------
    >>> uploads = Uploads()
    >>> token = uploads.add(Upload("draft.docx", b"PK"))
    >>> uploads.get(token).name
    'draft.docx'
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, Upload]] = OrderedDict()

    def add(self, upload: Upload) -> str:
        """Hold a document.

        Parameters
        ----------
        upload : Upload
            The document.

        Returns
        -------
        str
            The token that it is asked for by, which nobody can guess.

        Examples
        --------
        >>> len(Uploads().add(Upload("draft.docx", b"PK")))
        32
        """
        token = secrets.token_urlsafe(24)
        self._held[token] = self._clock(), upload
        self.forget_old()
        while len(self._held) > MOST_UPLOADS or self._bytes() > MOST_HELD_BYTES:
            self._held.popitem(last=False)
        return token

    def get(self, token: str) -> Upload:
        """Return a document.

        Parameters
        ----------
        token : str
            From `add`.

        Returns
        -------
        Upload
            The document.

        Raises
        ------
        Problem
            If it is not held, or no longer.

        Examples
        --------
        >>> uploads = Uploads()
        >>> uploads.get(uploads.add(Upload("draft.docx", b"PK"))).data
        b'PK'
        """
        self.forget_old()
        if token not in self._held:
            raise Problem(410, "this document is no longer held in memory; open it again")
        _, upload = self._held.pop(token)
        self._held[token] = self._clock(), upload
        return upload

    def remove(self, token: str) -> None:
        """Forget a document.

        Parameters
        ----------
        token : str
            From `add`.

        Examples
        --------
        >>> uploads = Uploads()
        >>> token = uploads.add(Upload("draft.docx", b"PK"))
        >>> uploads.remove(token)
        >>> try:
        ...     uploads.get(token)
        ... except Problem as problem:
        ...     print(problem.status)
        410
        """
        self._held.pop(token, None)

    def forget_old(self) -> None:
        """Forget what was not asked for of late.

        Examples
        --------
        >>> now = [0.0]
        >>> uploads = Uploads(clock=lambda: now[0])
        >>> token = uploads.add(Upload("draft.docx", b"PK"))
        >>> now[0] = HELD_SECONDS + 1
        >>> uploads.forget_old()
        >>> try:
        ...     uploads.get(token)
        ... except Problem as problem:
        ...     print(problem.status)
        410
        """
        oldest = self._clock() - HELD_SECONDS
        for token in [token for token, (used, _) in self._held.items() if used < oldest]:
            del self._held[token]

    def _bytes(self) -> int:
        return sum(len(upload.data) for _, upload in self._held.values())
