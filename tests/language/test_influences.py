"""The influence patterns, tried on the examples that stand beside them in ``patterns/influences.jsonl``.

A domain expert adds a case by adding a sentence to a rule's ``examples``: the passage that must be marked stands
between double square brackets; a sentence with a leading ``!`` must not be marked.
"""

from __future__ import annotations

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from bias_detect.labels import Influence
from bias_detect.language.cues import ReviewInfluences
from bias_detect.language.rules import Rule, load_rules

RULES = load_rules("influences")
CASES = [pytest.param(rule, text, id=f"{rule.id}-{n}") for rule in RULES for n, text in enumerate(rule.examples)]


@pytest.fixture(scope="module")
def nlp() -> Language:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("review_influences")
    return pipeline


def marks(doc: Doc, label: str | None = None) -> set[tuple[int, int]]:
    spans = [*doc.spans["influences"], *doc.spans["links"]]
    return {(span.start_char, span.end_char) for span in spans if label in (None, span.label_)}


def unbracket(example: str) -> tuple[str, tuple[int, int]]:
    before, rest = example.split("[[")
    inside, after = rest.split("]]")
    return before + inside + after, (len(before), len(before) + len(inside))


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example_beside_the_rule(nlp: Language, rule: Rule, example: str) -> None:
    component = nlp.get_pipe("review_influences")
    assert isinstance(component, ReviewInfluences)
    text = example.removeprefix("!")
    where = None
    if not example.startswith("!"):
        text, where = unbracket(text)
    doc = nlp(text)
    if rule.kind != "pseudo":
        found = marks(doc, rule.label)
        assert where in found if where else not found
        return
    matches = [doc[start:end] for match, start, end in component.matcher(doc, 0, len(doc)) if match.id == rule.id]
    assert {(span.start_char, span.end_char) for span in matches} == ({where} if where else set())
    for label in rule.cancels or {other.label for other in RULES if other.kind != "pseudo"}:
        for span in matches:
            left, right = (0, len(text)) if rule.scope == "sentence" else (span.start_char, span.end_char)
            assert not any(start < right and left < end for start, end in marks(doc, label))


def test_every_rule_has_an_example_to_keep_it() -> None:
    assert [rule.id for rule in RULES if not any("[[" in text for text in rule.examples)] == []


def test_identifiers_are_unique_and_every_influence_has_rules() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert {rule.label for rule in RULES if rule.kind == "cue"} == {influence.value for influence in Influence}


def test_pseudo_cues_cancel_labels_that_exist() -> None:
    labels = {rule.label for rule in RULES if rule.kind != "pseudo"}
    assert {label for rule in RULES for label in rule.cancels} <= labels


def test_an_influence_and_the_link_that_ties_it_to_an_act(nlp: Language) -> None:
    doc = nlp("The visit was dropped because the team had two vacancies.")
    assert [(span.label_, span.text) for span in doc.spans["influences"]] == [("management", "vacancies")]
    assert [(span.label_, span.text) for span in doc.spans["links"]] == [("because", "because")]


def test_a_state_of_affairs_is_marked_and_not_linked(nlp: Language) -> None:
    doc = nlp("Two posts were vacant.")
    assert [span.label_ for span in doc.spans["influences"]] == ["management"]
    assert not doc.spans["links"]


@pytest.mark.parametrize(
    "text",
    [
        "The board should ensure that vacancies are filled.",
        "Without a policy there is a risk of further deaths.",
        "Was the form completed, and did staff believe that somebody else had done it?",
        "I am concerned that there is no policy on taxis.",
    ],
)
def test_recommendations_the_future_and_questions_explain_nothing(nlp: Language, text: str) -> None:
    doc = nlp(text)
    assert not doc.spans["influences"]
    assert not doc.spans["links"]


@pytest.mark.parametrize(
    "text", ["He died as a result of his injuries.", "The car left the road due to the collision."]
)
def test_a_cause_of_harm_is_no_link(nlp: Language, text: str) -> None:
    assert not nlp(text).spans["links"]


def test_marks_stay_inside_their_sentence() -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.add_pipe("review_influences")
    doc = pipeline("Staff assumed that he knew. The board should ensure that he is told.")
    assert [span.text for span in doc.spans["influences"]] == ["Staff assumed"]


def test_text_without_cues_and_empty_text(nlp: Language) -> None:
    for text in ("", "   ", "The meeting opened at noon."):
        doc = nlp(text)
        assert list(doc.spans["influences"]) == list(doc.spans["links"]) == []
