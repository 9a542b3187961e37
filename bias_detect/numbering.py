"""Numbers for names, so that what belongs together can be added up or drawn at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray


def numbered(names: Iterable[Hashable]) -> tuple[NDArray[np.intp], int]:
    """Give names numbers from 0, in the order in which they are met.

    Parameters
    ----------
    names : iterable
        For instance the document of each sentence.

    Returns
    -------
    tuple of (ndarray of int, int)
        The number of each, and how many different names there are.

    Examples
    --------
    >>> numbered(["b", "a", "b"])
    (array([0, 1, 0]), 2)
    """
    places: dict[Hashable, int] = {}
    codes = np.fromiter((places.setdefault(name, len(places)) for name in names), dtype=np.intp)
    return codes, len(places)
