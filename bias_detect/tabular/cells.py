"""Cells and names as text, for tables and for messages about them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


def quoted(names: Iterable[object], most: int = 12) -> str:
    r"""Return column or label names fit for a message: quoted, made printable, and not too many.

    Parameters
    ----------
    names : iterable of object
        The names.
    most : int, default 12
        How many to show before the rest is only counted.

    Returns
    -------
    str
        The names with commas between them.

    Examples
    --------
    >>> quoted(["text", "a" * 50, "x\x00"], most=2)
    "'text', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…', and 1 more"
    """
    texts = [str(name) for name in names]
    shown = [repr(text if len(text) <= 40 else text[:40] + "…") for text in texts[:most]]
    if len(texts) > most:
        shown.append(f"and {len(texts) - most} more")
    return ", ".join(shown)


def as_text(value: Any) -> str | None:
    """Return a cell's value as text: whole numbers without a decimal point, None for a missing one.

    Parameters
    ----------
    value : object
        What a reader found in a cell.

    Returns
    -------
    str or None
        The text without white space at its ends; None for an empty, blank, None or NaN cell.

    Examples
    --------
    >>> [as_text(value) for value in (1, 1.0, 0.5, True, " yes ", "", float("nan"))]
    ['1', '1', '0.5', 'True', 'yes', None, None]
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if not isinstance(value, (int, float)):  # what numpy and pandas make of numbers and of missing values
        import numpy as np
        import pandas as pd

        if pd.api.types.is_scalar(value) and pd.isna(value):
            return None
        value = float(value) if isinstance(value, np.floating) else value
    if isinstance(value, float):
        if math.isnan(value):
            return None
        value = int(value) if value.is_integer() else value
    return str(value).strip() or None
