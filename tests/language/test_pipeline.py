"""Texts as the pipeline reads them: every character in its place, whatever the text."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.language.pipeline import sentence_reader

BARE = spacy.blank("en")
UNITS = st.sampled_from(
    ["(", "'", "…", "_", "=", "“", "’s", "A$", "😀", ":)", "1.1.", "a", "x" * 90, " ", "\n", "She rang. ", "\u0301"]
)
RUNS = st.lists(st.tuples(UNITS, st.integers(1, 120)), max_size=6).map(
    lambda runs: "".join(unit * times for unit, times in runs)
)


def bare(text: str) -> str:
    return "".join(text.split())


@given(RUNS)
def test_no_character_is_lost_moved_or_changed_in_long_runs(text):
    sentences = sentence_reader().split(text)
    assert bare("".join(sentence.text for sentence in sentences)) == bare(text)
    for sentence in [*sentences, sentence_reader().read(text)]:
        assert bare("".join(sentence.tokens)) == bare(sentence.text)
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        for mark in (*sentence.signals, *sentence.influences):
            assert sentence.text[mark.start : mark.end] == mark.text


@given(st.text(st.sampled_from("ab.’'(_ "), max_size=32))
def test_tokens_of_prose_are_those_of_spacy(text):
    tokens = [token.text for token in BARE(text.strip()) if not token.is_space]
    assert sentence_reader().read(text).tokens == tokens


@pytest.mark.parametrize("unit", ["(", "'", "_", "—", "’s", ":)"])
def test_a_hundred_thousand_marks_do_not_hang_it(unit):
    text = f"Staff should have seen it {unit * (100_000 // len(unit))} and did not."
    sentence = sentence_reader().read(text)
    assert sentence.text == text
    assert [mark.text for mark in sentence.signals] == ["should have seen"]


@pytest.mark.parametrize("unit", ["•", "3.5", ". ", "\n> ", "\n# ", "1. a\n", "Staff should have rung. ", "if only "])
def test_a_paragraph_of_thousands_of_one_thing_does_not_hang_it(unit):
    text = f"She rang. {unit * (40_000 // len(unit))}"
    sentences = sentence_reader().split(text)
    assert bare("".join(sentence.text for sentence in sentences)) == bare(text)
    assert sentences[0].text.startswith("She rang")
