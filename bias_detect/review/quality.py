"""How often a flag is right, in a few words, from what the model's bundle states."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bias_detect.labels import Label, shown

_COMPOSED = "composed"  # made up for training, and so no measure of what real reports are like
_MOST_SENTENCES = 1e12
_NAMES = {"coroners": "coroners' reports", "inquiries": "public inquiries"}
_SURE = "How sure a flag is, such as 99%, is the model's own probability for that one sentence."


def flag_quality(manifest: Mapping[str, Any]) -> str | None:
    """Say how often a flag of a model is right, and how many are missed, on real reports where it was measured on any.

    With it goes what was not measured, and that the percentage at a flag is another thing.

    Parameters
    ----------
    manifest : mapping
        That of the model's bundle.

    Returns
    -------
    str or None
        A few sentences; None where the bundle states no quality of flags, or none that makes sense.

    Examples
    --------
    >>> found = {"precision": {"value": 0.75}, "recall": {"value": 0.5}, "support": {"value": 300.0}}
    >>> said = flag_quality({"by_source": {"coroners": {"per_class": {"hindsight_biased": found}}}})
    >>> said.partition(";")[0]
    'On real reports 75% of the flags are right, and 50% of such sentences are missed'
    """
    listed = manifest.get("by_source")
    entries = listed.items() if isinstance(listed, Mapping) else ()
    sources = {name: figures for name, entry in entries if (figures := _figures(entry)) is not None}
    real = {name: figures for name, figures in sources.items() if name != _COMPOSED}
    if real:
        named = [f"{precision:.0%} in {_NAMES.get(name, shown(name))}" for name, (precision, *_) in real.items()]
        said = f"On real reports {_told([*real.values()], named if len(named) > 1 else [])}"
        where = ", of which none is of a real safeguarding review" if real.keys() <= _NAMES.keys() else ""
        return f"{said}; this was counted on labelled sentences{where}. {_SURE}"
    pooled = _figures(manifest.get("quality"))
    if pooled is None:
        return None
    where = "reviews composed for training" if set(sources) == {_COMPOSED} else "sentences that it had not learned from"
    return f"On {where} {_told([pooled], [])}. {_SURE}"


def _figures(entry: Any) -> tuple[float, float, float] | None:
    """Return precision, recall and number of the sentences that judge by hindsight; None where they say nothing."""
    # A bundle comes from elsewhere: whatever is not as the program writes it says nothing.
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        found = entry["per_class"][Label.HINDSIGHT_BIASED]
        precision, recall, support = (float(found[name]["value"]) for name in ("precision", "recall", "support"))
        if 0 < precision <= 1 and 0 < recall <= 1 and 0 < support <= _MOST_SENTENCES:
            return precision, recall, support
    return None


def _told(figures: list[tuple[float, float, float]], named: list[str]) -> str:
    right = sum(recall * support for _, recall, support in figures)
    flagged = sum(recall * support / precision for precision, recall, support in figures)
    missed = 1 - right / sum(support for *_, support in figures)
    apart = f" ({', '.join(named)})" if named else ""
    return f"{right / flagged:.0%} of the flags are right{apart}, and {missed:.0%} of such sentences are missed"
