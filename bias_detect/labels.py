"""The labels, signals and influences of the codebook, as data.

The codebook (``data/CODEBOOK.md``) is the law; this module gives its names to the program. The influences follow
the typology of underlying patterns in SCIE's *Learning Together* systems model.
"""

from __future__ import annotations

from enum import StrEnum

CODEBOOK_VERSION = "1.0"
"""The version of the codebook under which this program labels."""


class Label(StrEnum):
    """What a sentence does with the practice that it is about.

    Examples
    --------
    >>> Label.HINDSIGHT_BIASED
    <Label.HINDSIGHT_BIASED: 'hindsight_biased'>
    >>> Label("hindsight_biased").shown
    'hindsight-biased'
    """

    DESCRIPTIVE = "descriptive"
    EXPLANATORY = "explanatory"
    HINDSIGHT_BIASED = "hindsight_biased"

    @property
    def shown(self) -> str:
        """The name as people read it."""
        return shown(self.value)


class Signal(StrEnum):
    """The seven ways in which a sentence leans on later knowledge or on the outcome.

    Examples
    --------
    >>> Signal("blame").name
    'BLAME'
    """

    COUNTERFACTUAL = "counterfactual"
    FORESEEABILITY = "foreseeability"
    INEVITABILITY = "inevitability"
    MISSED_OPPORTUNITY = "missed_opportunity"
    FAILURE_TO_SEE = "failure_to_see"
    OUTCOME = "outcome"
    BLAME = "blame"


class Influence(StrEnum):
    """The seven constraints on practice that an explanation can bring to light.

    Examples
    --------
    >>> Influence("working_together").name
    'WORKING_TOGETHER'
    """

    BELIEFS = "beliefs"
    INFORMATION = "information"
    FAMILY = "family"
    WORKING_TOGETHER = "working_together"
    TOOLS = "tools"
    RULES = "rules"
    MANAGEMENT = "management"


def shown(name: str) -> str:
    """Return a label's name as people read it; labels of other models come back with spaces for underscores.

    Parameters
    ----------
    name : str
        A label of any model.

    Returns
    -------
    str
        The readable name.

    Examples
    --------
    >>> shown("hindsight_biased"), shown("not_relevant")
    ('hindsight-biased', 'not relevant')
    """
    return "hindsight-biased" if name == Label.HINDSIGHT_BIASED else name.replace("_", " ")


DEFINITIONS: dict[str, str] = {
    Label.DESCRIPTIVE: "reports what happened, was done, was known or is the rule, without a reason or a judgement by "
    "later knowledge",
    Label.EXPLANATORY: "gives a reason, acting at the time, why people acted, decided or understood as they did",
    Label.HINDSIGHT_BIASED: "judges past practice from the position of someone who knows what came later",
    Signal.COUNTERFACTUAL: "prescribes or imagines another past, naming no standard that was in force",
    Signal.FORESEEABILITY: "says that the outcome or the risk could be seen coming",
    Signal.INEVITABILITY: "says that events had to end as they did",
    Signal.MISSED_OPPORTUNITY: "names a past moment as a chance, which it is only for someone who knows the end",
    Signal.FAILURE_TO_SEE: "blames people for not seeing a meaning that is plain now",
    Signal.OUTCOME: "uses the outcome to judge the practice or to size the mistake",
    Signal.BLAME: "condemns people or practice in loaded terms",
    Influence.BELIEFS: "how people made sense of it: assumptions, prior views, emotion, fear, optimism",
    Influence.INFORMATION: "what was known, held, missing, misfiled or not passed on",
    Influence.FAMILY: "how family and professionals acted on each other",
    Influence.WORKING_TOGETHER: "roles, handovers and expectations between agencies and professions",
    Influence.TOOLS: "forms, systems, thresholds built into instruments, records, equipment, environment",
    Influence.RULES: "law, policy, criteria, targets, contracts, consent and data rules as understood",
    Influence.MANAGEMENT: "workload, staffing, supervision, training, resources, reorganisation, culture",
}
