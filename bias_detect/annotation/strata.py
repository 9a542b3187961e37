"""By what sentences can be parted before they are drawn."""

from __future__ import annotations

from enum import StrEnum


class Stratum(StrEnum):
    """What the sentences of a part have in common; label and signal are those that the model found.

    Examples
    --------
    >>> Stratum("signal") is Stratum.SIGNAL
    True
    """

    SECTION = "section"
    SIGNAL = "signal"
    DOCUMENT = "document"
    LABEL = "label"
