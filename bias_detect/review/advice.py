"""What to ask of a sentence: for each label, signal and influence its meaning, its question and an example.

The texts are data (``advice.json``). They ask, and accuse neither the author nor the people written about.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bias_detect.errors import UsageError
from bias_detect.labels import Influence, Label, Signal, shown


@dataclass(frozen=True)
class Authority:
    """A source that the advice rests on.

    Parameters
    ----------
    title : str
        Author, title and year.
    address : str or None
        Where it can be read; None where no lasting address is known.

    Examples
    --------
    >>> advice("hindsight_biased").authorities[0].title
    'SCIE and NSPCC, Serious Case Review Quality Markers (2016), the marker on analysis'
    """

    title: str
    address: str | None


@dataclass(frozen=True)
class Advice:
    """What is said about one label, signal or influence.

    The example goes from worse to better: for descriptions, hindsight and its signals ``before`` carries the name and
    ``after`` does not; for explanations and the influences that they name it is the other way round.

    Parameters
    ----------
    id : str
        The label, signal or influence.
    name : str
        The same as people read it.
    what : str
        What such a sentence does.
    why : str
        Why it matters.
    question : str
        The question that turns it round.
    before, after : str
        An invented sentence, and what it may become once the question is answered.
    authorities : tuple of Authority
        The sources.

    Examples
    --------
    >>> advice("counterfactual").name
    'counterfactual'
    """

    id: str
    name: str
    what: str
    why: str
    question: str
    before: str
    after: str
    authorities: tuple[Authority, ...]


def advice(name: str) -> Advice:
    """Return the advice on a label, signal or influence.

    Parameters
    ----------
    name : str
        Such as ``"hindsight_biased"``, ``"counterfactual"`` or ``"beliefs"``.

    Returns
    -------
    Advice
        The advice.

    Raises
    ------
    UsageError
        If the codebook has no such name.

    Examples
    --------
    >>> advice("hindsight_biased").question
    'What was known then, and to whom?'
    """
    known = _all()
    if name not in known:
        raise UsageError(f"there is no advice on {name!r}", next_step=f"name one of {', '.join(known)}")
    return known[name]


def all_advice() -> dict[str, Advice]:
    """Return the advice on everything that the codebook names.

    Returns
    -------
    dict of str to Advice
        Labels, then signals, then influences, in the codebook's order.

    Examples
    --------
    >>> list(all_advice())[:4]
    ['descriptive', 'explanatory', 'hindsight_biased', 'counterfactual']
    """
    return dict(_all())


@cache
def _all() -> dict[str, Advice]:
    data: dict[str, Any] = json.loads(files(__package__).joinpath("advice.json").read_text("utf-8"))
    authorities = {key: Authority(**fields) for key, fields in data["authorities"].items()}
    return {
        str(name): Advice(
            id=str(name),
            name=shown(name),
            **{
                **data["advice"][name],
                "authorities": tuple(authorities[key] for key in data["advice"][name]["authorities"]),
            },
        )
        for name in (*Label, *Signal, *Influence)
    }
