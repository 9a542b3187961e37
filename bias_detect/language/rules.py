"""Token patterns kept as data, and a matcher that looks only where a pattern could match.

spaCy's ``Matcher`` tries every pattern at every token, which for some hundred patterns costs many times the
tokenization. Each pattern here is filed under its *anchor*, the rarest word that it cannot do without, and tried
only around tokens that are that word.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bias_detect.errors import BiasDetectError

TokenPattern = list[dict[str, Any]]

# Ranked by how often report prose uses them: an anchor is the pattern's word that stands last here or not at all.
_COMMON_WORDS = (
    ", . the of to and a in was that had been for have not by with on be is as were this it at he or from her his "
    "she an which would they who their no there when but has did could may if so any what more about out all being "
    "than should into also one up other only some"
)
_COMMON = {word: rank for rank, word in enumerate(_COMMON_WORDS.split())}
_UNBOUNDED = 40
_OPERATORS = {"?": (0, 1), "*": (0, _UNBOUNDED), "+": (1, _UNBOUNDED), "!": (0, 1)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern and what it stands for.

    Parameters
    ----------
    id : str
        Stable identifier, fit to be named in an ignore file.
    label : str
        The signal, influence or link that a match is evidence of; for a pseudo-cue a word for why it cancels.
    pattern : list of dict
        A pattern of spaCy's ``Matcher`` over attributes that the tokenizer gives.
    kind : {"cue", "pseudo", "link"}
        A *pseudo-cue* marks nothing and cancels cues; a *link* is a connective that ties an influence to an act.
    cancels : tuple of str
        Labels that a pseudo-cue cancels; empty for all.
    scope : {"span", "sentence"}
        Whether a pseudo-cue cancels the cues that it overlaps or all those of its sentence.
    examples : tuple of str
        Sentences with the match between double square brackets; with a leading ``!``, sentences without a match.

    Examples
    --------
    >>> rule = Rule("outcome-0", "outcome", [{"LOWER": "fatal"}], examples=("It was [[fatal]].",))
    >>> rule.kind, rule.scope
    ('cue', 'span')
    """

    id: str
    label: str
    pattern: TokenPattern
    kind: str = "cue"
    cancels: tuple[str, ...] = ()
    scope: str = "span"
    examples: tuple[str, ...] = ()


@cache
def load_rules(name: str) -> tuple[Rule, ...]:
    """Read one of the package's rule files.

    Parameters
    ----------
    name : str
        ``"signals"`` or ``"influences"``.

    Returns
    -------
    tuple of Rule
        In the file's order, word classes (``"@class"``) written out.

    Examples
    --------
    >>> load_rules("signals")[0].label
    'counterfactual'
    """
    folder = resources.files("bias_detect.language") / "patterns"
    classes: dict[str, list[str]] = json.loads((folder / "classes.json").read_text(encoding="utf-8"))
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_parse(line, classes) for line in lines if line.strip())


def _parse(line: str, classes: dict[str, list[str]]) -> Rule:
    entry = json.loads(line)
    pattern = [{key: _expand(value, classes) for key, value in token.items()} for token in entry["pattern"]]
    return Rule(
        id=entry["id"],
        label=entry["label"],
        pattern=pattern,
        kind=entry.get("kind", "cue"),
        cancels=tuple(entry.get("cancels", ())),
        scope=entry.get("scope", "span"),
        examples=tuple(entry.get("examples", ())),
    )


def _expand(value: Any, classes: dict[str, list[str]]) -> Any:
    if not isinstance(value, dict):
        return value
    expanded = {}
    for operator, argument in value.items():
        if operator in ("IN", "NOT_IN"):
            words: list[str] = []
            for word in argument:
                words.extend(classes[word[1:]] if word.startswith("@") else [word])
            expanded[operator] = words
        else:
            expanded[operator] = argument
    return expanded


def _literals(token: dict[str, Any]) -> list[str]:
    """Return the lower-case words of which the token must be one; none where it may be any."""
    value = token.get("LOWER")
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return list(value.get("IN", []))
    exact = token.get("ORTH")
    return [exact.lower()] if isinstance(exact, str) else []


def _repeats(token: dict[str, Any]) -> tuple[int, int]:
    operator = token.get("OP", "1")
    if operator in _OPERATORS:
        return _OPERATORS[operator]
    if operator.startswith("{"):
        least, comma, most = operator[1:-1].partition(",")
        return int(least or 0), int(most) if most else (_UNBOUNDED if comma else int(least))
    return 1, 1


@dataclass(slots=True)
class _Filed:
    """A rule as it is filed: how far it can reach from its anchor, and what other words it cannot do without.

    ``left`` and ``right`` are the words of which one must stand beside the anchor, None where any may; ``exact`` is the
    anchor as it must be written, where its capitals matter; ``plain`` are the words of each token of a pattern that is
    nothing but words in a row, for which spaCy's matcher need not be asked; ``matcher`` is made when it first is.
    """

    rule: Rule
    before: int
    after: int
    left: frozenset[int] | None
    right: frozenset[int] | None
    exact: int | None
    plain: tuple[frozenset[int], ...] | None
    needs: tuple[frozenset[int], ...]
    matcher: Matcher | None = None


def _anchor_place(rule: Rule) -> int:
    """Find the pattern's rarest obligatory word."""
    best, place = None, -1
    for index, token in enumerate(rule.pattern):
        words = _literals(token)
        if not words or _repeats(token) != (1, 1):
            continue
        frequency = max(len(_COMMON) - _COMMON[word] if word in _COMMON else 0 for word in words)
        if best is None or (frequency, len(words)) < best:
            best, place = (frequency, len(words)), index
    if best is None:
        raise BiasDetectError(
            f"pattern {rule.id} has no obligatory word", next_step="give one token a LOWER text or a LOWER IN list"
        )
    return place


class RuleMatcher:
    """Match a set of rules against Docs.

    Parameters
    ----------
    vocab : spacy.vocab.Vocab
        The vocabulary of the Docs.
    rules : iterable of Rule
        What to look for.

    Raises
    ------
    BiasDetectError
        If a pattern has no obligatory word.

    Examples
    --------
    >>> import spacy
    >>> nlp = spacy.blank("en")
    >>> matcher = RuleMatcher(nlp.vocab, load_rules("signals"))
    >>> doc = nlp("Staff should have acted sooner.")
    >>> [(rule.label, doc[start:end].text) for rule, start, end in matcher(doc, 0, len(doc))]
    [('counterfactual', 'should have acted')]
    """

    def __init__(self, vocab: Vocab, rules: Iterable[Rule]) -> None:
        self.vocab = vocab
        self._filed: dict[int, list[_Filed]] = defaultdict(list)
        for rule in rules:
            place = _anchor_place(rule)
            reach = [_repeats(token)[1] for token in rule.pattern]
            before, after = rule.pattern[:place], rule.pattern[place + 1 :]
            needs = tuple(
                self._keys(_literals(token)) for token in before + after if _literals(token) and _repeats(token)[0] > 0
            )
            filed = _Filed(
                rule=rule,
                before=sum(reach[:place]),
                after=sum(reach[place + 1 :]),
                left=self._beside(before[::-1]),
                right=self._beside(after),
                exact=vocab.strings.add(rule.pattern[place]["ORTH"]) if "ORTH" in rule.pattern[place] else None,
                plain=self._plain(rule.pattern),
                needs=needs,
            )
            for word in _literals(rule.pattern[place]):
                self._filed[vocab.strings.add(word)].append(filed)
        self.anchors = frozenset(self._filed)

    def _keys(self, words: Iterable[str]) -> frozenset[int]:
        return frozenset(self.vocab.strings.add(word) for word in words)

    def _plain(self, pattern: TokenPattern) -> tuple[frozenset[int], ...] | None:
        if any(set(token) != {"LOWER"} or not _literals(token) for token in pattern):
            return None
        return tuple(self._keys(_literals(token)) for token in pattern)

    def _beside(self, tokens: TokenPattern) -> frozenset[int] | None:
        """Return the words that can stand beside the anchor, given the pattern's tokens from there on."""
        words: list[str] = []
        for token in tokens:
            if not _literals(token):
                return None
            words += _literals(token)
            if _repeats(token)[0] > 0:
                return self._keys(words)
        return None

    def _matcher(self, rule: Rule) -> Matcher:
        matcher = Matcher(self.vocab, validate=False)
        matcher.add(rule.id, [rule.pattern], greedy="LONGEST")
        return matcher

    def __call__(
        self, doc: Doc, start: int, end: int, lowers: list[int] | None = None
    ) -> Iterator[tuple[Rule, int, int]]:
        """Yield the matches inside ``doc[start:end]`` as rule, first token and token after the last.

        Parameters
        ----------
        doc : spacy.tokens.Doc
            The text.
        start, end : int
            Token offsets between which a match must lie: a sentence.
        lowers : list of int, optional
            The tokens' ``lower`` attributes for the whole Doc, where the caller has them.

        Yields
        ------
        tuple of (Rule, int, int)
            Each match once, the longest of its rule.
        """
        words = [token.lower for token in doc] if lowers is None else lowers
        inside = set(words[start:end])
        present = self.anchors & inside
        if not present:
            return
        seen = set()
        for index, word in enumerate(words[start:end], start):
            if word not in present:
                continue
            left = words[index - 1] if index > start else None
            right = words[index + 1] if index + 1 < end else None
            for filed in self._filed[word]:
                if (filed.right is not None and right not in filed.right) or (
                    filed.left is not None and left not in filed.left
                ):
                    continue
                if filed.exact is not None and doc[index].orth != filed.exact:
                    continue
                for need in filed.needs:  # plain loops: generators here cost as much as the matching
                    if inside.isdisjoint(need):
                        break
                else:
                    for begin, stop in self._tried(filed, doc, words, index, start, end):
                        match = (filed.rule.id, begin, stop)
                        if match not in seen:
                            seen.add(match)
                            yield filed.rule, begin, stop

    def _tried(
        self, filed: _Filed, doc: Doc, words: list[int], index: int, start: int, end: int
    ) -> Iterable[tuple[int, int]]:
        """Return where a rule matches around its anchor."""
        first = index - filed.before
        if filed.plain is not None:
            stop = first + len(filed.plain)
            if first < start or stop > end:
                return ()
            for keys, word in zip(filed.plain, words[first:stop], strict=True):
                if word not in keys:
                    return ()
            return ((first, stop),)
        first, last = max(start, first), min(end, index + filed.after + 1)
        near = words[first:last]
        for need in filed.needs:
            if need.isdisjoint(near):
                return ()
        matcher = filed.matcher
        if matcher is None:
            matcher = filed.matcher = self._matcher(filed.rule)
        return [(first + begin, first + stop) for _, begin, stop in matcher(doc[first:last])]
