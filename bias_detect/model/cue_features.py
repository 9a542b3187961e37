"""What the marks of a sentence say about it, as names of features."""

from __future__ import annotations

from bias_detect.language.pipeline import Sentence
from bias_detect.model.rule import rule_label


def cue_features(sentence: Sentence) -> list[str]:
    """Name which marks a sentence has, where, and how they combine.

    Parameters
    ----------
    sentence : Sentence
        As read by the pipeline.

    Returns
    -------
    list of str
        Names, repeated as often as they hold.

    Examples
    --------
    >>> from bias_detect.language.pipeline import sentence_reader
    >>> "signal counterfactual" in cue_features(sentence_reader().read("Staff should have acted."))
    True
    """
    features = [f"the rule says {rule_label(sentence)}"]
    n = max(len(sentence.tokens), 1)
    for kind, marks in (
        ("signal", sentence.signals),
        ("cancelled", sentence.cancelled),
        ("influence", sentence.influences),
        ("link", sentence.links),
    ):
        if not marks:
            features.append(f"no {kind}")
            continue
        features.append(f"a {kind}")
        for mark in marks:
            features.append(f"{kind} {mark.label}")
            features.append(f"{kind} in third {3 * mark.first // n}")
    if sentence.influences and sentence.links:
        features.append("influence and link")
        features += [f"{link.label} with {mark.label}" for link in sentence.links for mark in sentence.influences]
    if sentence.signals and (sentence.influences or sentence.links):
        features.append("signal and explanation")
    return features
