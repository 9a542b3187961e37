"""What the marks of a sentence say about it, as names of features."""

from __future__ import annotations

import re
from itertools import pairwise

from bias_detect.language.pipeline import Sentence
from bias_detect.model.rule import rule_label

_MODALS = frozenset({"would", "could", "should", "might", "must", "may", "ought", "'d"})
_HAVE = frozenset({"have", "'ve", "of"})
_SPOKEN = frozenset({"woulda", "coulda", "shoulda", "mighta", "musta"})
_BETWEEN = frozenset({"n't", "not", "never", "also", "even", "only", "just", "really", "probably", "easily", "still"})
_PARTICIPLE = re.compile(
    "been|become|begun|bought|broken|brought|built|caught|chosen|come|cost|cut|done|drawn|driven|eaten|"
    "fallen|felt|fit|flown|forgotten|fought|found|given|gone|got|gotten|grown|had|heard|held|hidden|hit|hurt|"
    "kept|known|laid|led|left|lent|let|lost|made|meant|met|paid|proven|put|quit|read|rung|run|said|sat|seen|"
    "sent|set|shown|shut|slept|sold|spent|spoken|stood|stuck|sung|taken|taught|thought|thrown|told|torn|"
    r"understood|woken|won|worn|written|\w{3,}ed"
)
_WISH = frozenset({"wish", "wished", "wishes", "wishing"})
_PAST = frozenset({"had", "were", "was"})
_IF = frozenset({"if", "unless"})
_UNREAL = frozenset({"would", "could", "might", "'d"})
_SUBJECTS = frozenset({"i", "he", "she", "they", "it", "we", "you", "the"})
_WISHERS = frozenset({"i", "we", "just", "only"})
_TOLD_BY = _MODALS | _SPOKEN | _WISH | _IF | {"had"}  # without one of these a sentence has none of the general forms
_NEAR, _FAR = 4, 11  # tokens from a modal to its "have", from an "if" to its verb
_MOST_WORDS = 100_000
_VERB = 8  # tokens from a "wish" to what makes it unreal


class _Words(dict[str, str]):
    """Tokens in lower case and with straight apostrophes, by token: to look one up takes a fifth of making it."""

    def __missing__(self, token: str) -> str:
        if len(self) >= _MOST_WORDS:
            self.clear()
        word = self[token] = token.lower().replace("’", "'")
        return word


_WORDS = _Words()


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
    words = list(map(_WORDS.__getitem__, sentence.tokens))
    known = _TOLD_BY.intersection(words)
    if not known:
        return []
    found = _wishes(words) if known & _WISH else []
    if known & _SPOKEN:
        found += ["modal and have", "modal, have and participle"]
    modals = [place for place, word in enumerate(words) if word in _MODALS] if known & _MODALS else []
    for place in modals:
        found += _after_modal(words, place)
    unreal = any(words[place] in _UNREAL for place in modals)
    for place in [place for place, word in enumerate(words) if word in _IF] if known & _IF else ():
        after = words[place + 1 : place + 1 + _FAR]
        if after[:1] == ["only"]:
            found.append("if only")
        if unreal and any(_is_past(word) for word in after):
            found.append("if past would")
    if "had" in known and any(other in _SUBJECTS for one, other in pairwise(words) if one == "had"):
        found.append("had before its subject")
    return found


def _after_modal(words: list[str], place: int) -> list[str]:
    """Name what follows a modal: "have" with a participle ("would have rung"), or without ("would have to ring")."""
    modal, after = words[place], words[place + 1 : place + 1 + _NEAR]
    have = next((place + 1 + n for n, word in enumerate(after) if word in _HAVE), None)
    if have is None:
        return []
    found = ["modal and have", f"{modal} have"]
    verb = next((word for word in words[have + 1 : have + 1 + _NEAR] if word not in _BETWEEN), "")
    if _PARTICIPLE.fullmatch(verb):
        return [*found, "modal, have and participle", f"{modal} have, and participle"]
    return [*found, "modal and have to" if verb == "to" else "modal and have a thing"]


def _wishes(words: list[str]) -> list[str]:
    """Name what a "wish" is followed by: what is not so ("wish it were"), or what is to be done ("wish to leave")."""
    found = ["wish"]
    for place in [place for place, word in enumerate(words) if word in _WISH]:
        after = words[place + 1 : place + 1 + _VERB]
        if after[:1] in (["to"], ["for"], ["list"]):
            found.append("wish to or for")
            continue
        found.append(f"{words[place]} that")
        if any(_is_past(word) or word in _UNREAL or word == "did" for word in after):
            found.append("wish past")
        if place == 0 or not _WISHERS.isdisjoint(words[max(0, place - 2) : place]):
            found.append("one wishes")
    return found


def _is_past(word: str) -> bool:
    return word in _PAST or (word.endswith("ed") and len(word) > 3)
