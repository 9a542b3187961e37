"""The advice: complete, told by the shipped model and rules, and kind."""

import re

import pytest

from bias_detect import load_model, score
from bias_detect.errors import UsageError
from bias_detect.labels import Influence, Label, Signal
from bias_detect.review.advice import Advice, advice, all_advice

ADVICE = list(all_advice().values())
SOUGHT = [Label.EXPLANATORY, *Influence]  # what a sentence gains, where the others are what it loses


def row(sentence: str) -> dict:
    (only,) = score(sentence, model=load_model()).to_dict("records")
    return only


def marks(row: dict) -> set[str]:
    return {mark["signal"] for mark in row["signals"]} | {mark["influence"] for mark in row["influences"]}


def test_everything_that_the_codebook_names_has_advice_in_its_order():
    assert list(all_advice()) == [*Label, *Signal, *Influence]
    for name, told in all_advice().items():
        assert advice(name) is told
        assert told.id == name
    assert advice("hindsight_biased").name == "hindsight-biased"
    assert advice("missed_opportunity").name == "missed opportunity"


def test_a_name_that_there_is_not_is_a_clear_error():
    with pytest.raises(UsageError, match=r"no advice on 'guilt'; name one of descriptive, explanatory"):
        advice("guilt")


@pytest.mark.parametrize("told", ADVICE, ids=lambda told: told.id)
def test_the_example_goes_from_worse_to_better(told: Advice):
    before, after = row(told.before), row(told.after)
    having, lacking = (after, before) if told.id in SOUGHT else (before, after)
    if told.id in set(Label):
        assert having["label"] == told.id
        assert lacking["label"] != told.id
    else:
        assert told.id in marks(having)
        assert told.id not in marks(lacking)
    if told.id in {*Signal, Label.HINDSIGHT_BIASED}:
        assert before["label"] == Label.HINDSIGHT_BIASED
    assert after["label"] == Label.EXPLANATORY
    assert after["signals"] == []


@pytest.mark.parametrize("told", ADVICE, ids=lambda told: told.id)
def test_it_is_short_and_asks(told: Advice):
    assert told.question.endswith("?")
    for text in (told.what, told.why):
        assert text.endswith(".")
        assert len(text) <= 120
    assert len(told.question) <= 120
    assert told.authorities


@pytest.mark.parametrize("told", ADVICE, ids=lambda told: told.id)
def test_it_accuses_nobody(told: Advice):
    said = f"{told.what} {told.why} {told.question}".casefold()
    assert not re.search(
        r"\b(you|your|wrong|biased|bad|poor|fault|mistake|error|must|never|should|fail\w*|avoid)\b", said
    )


def test_addresses_are_lasting_ones():
    for told in ADVICE:
        for authority in told.authorities:
            assert authority.title.strip()
            assert authority.address is None or authority.address.startswith("https://")
