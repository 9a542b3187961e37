"""What the marks of a sentence say about it, as names of features."""

from __future__ import annotations

from itertools import pairwise

from bias_detect.language.pipeline import Sentence
from bias_detect.model.rule import rule_label

_MODALS = frozenset({"would", "could", "should", "might", "must", "may", "ought", "'d"})
_HAVE = frozenset({"have", "'ve", "of"})
_WISH = frozenset({"wish", "wished", "wishes", "wishing"})
_PAST = frozenset({"had", "were", "was"})
_IF = frozenset({"if", "unless"})
_UNREAL = frozenset({"would", "could", "might", "'d"})
_SUBJECTS = frozenset({"i", "he", "she", "they", "it", "we", "you", "the"})
_NEAR, _FAR = 4, 11  # tokens from a modal to its "have", from an "if" to its verb


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
    return features + _unreal(sentence)


def _unreal(sentence: Sentence) -> list[str]:
    """Name the general forms of what did not happen, in whatever prose: "would have", "wish", "if it were … would"."""
    words = [token.lower().replace("’", "'") for token in sentence.tokens]
    known = set(words)
    found = ["wish"] if known & _WISH else []
    modals = [place for place, word in enumerate(words) if word in _MODALS] if known & _MODALS else []
    for place in modals:
        if not _HAVE.isdisjoint(words[place + 1 : place + 1 + _NEAR]):
            found += ["modal and have", f"{words[place]} have"]
    unreal = any(words[place] in _UNREAL for place in modals)
    for place in [place for place, word in enumerate(words) if word in _IF] if known & _IF else ():
        after = words[place + 1 : place + 1 + _FAR]
        if after[:1] == ["only"]:
            found.append("if only")
        if unreal and any(word in _PAST or (word.endswith("ed") and len(word) > 3) for word in after):
            found.append("if past would")
    if "had" in known and any(one == "had" and other in _SUBJECTS for one, other in pairwise(words)):
        found.append("had before its subject")
    return found
