"""What can go wrong, as one base exception and its few children.

Every error says what it is about, the cause and the next step, in one line fit to be shown to a person.
"""

from __future__ import annotations

from pathlib import Path


class BiasDetectError(Exception):
    """Something could not be done; the message names the thing, the cause and the next step.

    Parameters
    ----------
    cause : str
        What is wrong, without a final stop.
    subject : str or Path, optional
        The file, column or bundle that it is about; put in front of the message.
    next_step : str, optional
        What the person can do about it; put behind the message.

    Examples
    --------
    >>> str(BiasDetectError("holds no text", subject="a.txt", next_step="choose another file"))
    'a.txt: holds no text; choose another file'
    """

    def __init__(self, cause: str, *, subject: str | Path | None = None, next_step: str | None = None) -> None:
        self.cause = cause
        self.subject = None if subject is None else str(subject)
        self.next_step = next_step
        message = cause if subject is None else f"{subject}: {cause}"
        if next_step is not None:
            message = f"{message}; {next_step}"
        super().__init__(" ".join(message.split()))


class DocumentError(BiasDetectError):
    """A document could not be read as text."""


class CorpusError(BiasDetectError):
    """A table of annotated sentences cannot be used as it is."""


class ModelError(BiasDetectError):
    """A model bundle is missing, damaged, of another format or not to be trusted."""


class UsageError(BiasDetectError):
    """The call asks for something that does not exist or does not go together."""
