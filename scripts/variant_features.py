"""Features that were tried beside those of the default model: from a sentence to names of what it has.

Each function takes a sentence as the pipeline reads it and gives names, repeated as often as they hold;
``notebooks/model_selection.ipynb`` says what each of them buys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources

from bias_detect.language.pipeline import Sentence
from bias_detect.model.cue_features import cue_features
from bias_detect.model.folding import FUNCTION_WORDS, fold_token

PAST = frozenset(["was", "were", "had", "did", "said", "told", "took", "made", "gave", "went", "came", "knew", "felt"])
PRESENT = frozenset(["is", "are", "am", "has", "have", "do", "does"])
MODAL = frozenset(["would", "could", "should", "might", "must", "may", "can", "will", "shall", "ought"])
NEGATION = frozenset(["not", "n't", "no", "never", "nobody", "none", "nothing", "without", "unable", "unaware", "nor"])
THINGS = frozenset(["it", "there", "this", "that", "system", "systems", "process", "plan", "training", "decision"])
_ENDING = re.compile(r".{3,}?(ing|ed|ly|tion|ment|ness|ity|ance|ence|able|ible|ive|ful|less|al|s)")
_LENGTHS = (6, 10, 15, 20, 27, 36, 50)


def folded(sentence: Sentence) -> list[str]:
    """Return the tokens as the default model sees them."""
    return [fold_token(token, place == 0) for place, token in enumerate(sentence.tokens)]


def ngrams(tokens: Sequence[str], least: int, most: int) -> Iterator[str]:
    """Yield all stretches of ``least`` to ``most`` tokens."""
    for n in range(least, most + 1):
        for place in range(len(tokens) - n + 1):
            yield " ".join(tokens[place : place + n])


def skeleton(sentence: Sentence) -> list[str]:
    """Return function words as they are, and of content words only the ending."""
    return [_bare(token) for token in folded(sentence)]


def _bare(token: str) -> str:
    if token in FUNCTION_WORDS or not token[0].isalpha():
        return token
    ending = _ENDING.fullmatch(token)
    return "-" + (ending.group(1) if ending else "")


def stems(sentence: Sentence) -> list[str]:
    """Return the first five letters of each token."""
    return [token[:5] for token in folded(sentence)]


def skips(tokens: Sequence[str], gap: int = 3) -> Iterator[str]:
    """Yield pairs of tokens with one to ``gap`` others between them."""
    for left, token in enumerate(tokens):
        for right in range(left + 2, min(left + 2 + gap, len(tokens))):
            yield f"{token} _ {tokens[right]}"


def with_marks(sentence: Sentence, tokens: Sequence[str]) -> list[str]:
    """Put the labels of signals, influences and links in the place of the tokens that they mark."""
    groups = {"signal": sentence.signals, "influence": sentence.influences, "link": sentence.links}
    marks = [(mark.first, -mark.last, f"[{kind} {mark.label}]") for kind, group in groups.items() for mark in group]
    found: list[str] = []
    place = 0
    for first, minus_last, name in sorted(marks):
        if first >= place:
            found += [*tokens[place:first], name]
            place = -minus_last
    return found + list(tokens[place:])


@cache
def _actors() -> dict[str, str]:
    text = (resources.files("bias_detect.language") / "patterns" / "classes.json").read_text(encoding="utf-8")
    classes: dict[str, list[str]] = json.loads(text)
    kinds = dict.fromkeys((*THINGS, *classes["i_record"], *classes["i_rule"]), "thing")
    kinds |= dict.fromkeys(classes["i_kin"], "family") | dict.fromkeys(["he", "she", "patient", "<person>"], "family")
    kinds |= dict.fromkeys([*classes["i_staff"], *classes["i_agency"]], "professional")
    return kinds | dict.fromkeys(["i", "we"], "author") | {"they": "they"}


def sentence_level(sentence: Sentence) -> list[str]:
    """Name length, tense, first actor, places of marks before or after the first verb, quotations and brackets."""
    tokens, text = folded(sentence), sentence.text
    names = [f"length {sum(len(tokens) > bound for bound in _LENGTHS)}"]
    for kind, words in (("past", PAST), ("present", PRESENT), ("modal", MODAL), ("negation", NEGATION)):
        count = min(sum(token in words for token in tokens), 4)
        names += [f"{kind} {n + 1}" for n in range(count)] or [f"no {kind}"]
    verbs = [place for place, token in enumerate(tokens) if _tense(token)]
    verb = verbs[0] if verbs else len(tokens)
    actor = next((_actors()[token] for token in tokens[:verb] if token in _actors()), "none")
    names += [f"verb at {min(verb, 12) // 2}", f"actor {actor}"]
    if verbs:
        names.append(f"actor {actor} {_tense(tokens[verb])}")
    for kind, group in (("signal", sentence.signals), ("influence", sentence.influences), ("link", sentence.links)):
        for mark in group:
            side = "before" if mark.first < verb else "after"
            names += [f"{kind} {side}", f"{kind} {mark.label} {side}", f"{kind} {mark.label} {actor}"]
    present = {"quotation": '“”‘"', "bracket": "(", "semicolon": ";", "colon": ":"}
    names += [name for name, characters in present.items() if any(character in text for character in characters)]
    names += [f"commas {min(text.count(','), 4)}", f"numbers {min(tokens.count('<number>'), 3)}"]
    return names


def _tense(token: str) -> str:
    if token in MODAL:
        return "modal"
    if token in PRESENT:
        return "present"
    return "past" if token in PAST or (len(token) > 4 and token.endswith("ed")) else ""


def cue_pairs(sentence: Sentence) -> list[str]:
    """Name every two cues that stand in one sentence."""
    cues = sorted({cue for cue in cue_features(sentence) if not cue.startswith("no ")})
    return [f"{one} & {other}" for place, one in enumerate(cues) for other in cues[place + 1 :]]


def beside_marks(sentence: Sentence) -> list[str]:
    """Name the two tokens on either side of each mark."""
    tokens, names = folded(sentence), []
    for mark in (*sentence.signals, *sentence.influences, *sentence.links):
        names += [f"{mark.label} left {token}" for token in tokens[max(mark.first - 2, 0) : mark.first]]
        names += [f"{mark.label} right {token}" for token in tokens[mark.last : mark.last + 2]]
    return names


FEATURES: dict[str, Callable[[Sentence], list[str]]] = {
    "cues": cue_features,
    "skeletons 2-5": lambda sentence: list(ngrams(skeleton(sentence), 2, 5)),
    "stems 1-3": lambda sentence: list(ngrams(stems(sentence), 1, 3)),
    "skip-grams": lambda sentence: list(skips(folded(sentence))),
    "n-grams over marks": lambda sentence: list(ngrams(with_marks(sentence, folded(sentence)), 1, 3)),
    "skeletons over marks": lambda sentence: list(ngrams(with_marks(sentence, skeleton(sentence)), 1, 4)),
    "sentence level": sentence_level,
    "pairs of cues": cue_pairs,
    "tokens beside marks": beside_marks,
    "rules by name": lambda sentence: [
        mark.rule for mark in (*sentence.signals, *sentence.cancelled, *sentence.influences, *sentence.links)
    ],
}
"""What was tried, by name."""
