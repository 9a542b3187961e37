"""The questions: each fits what its sentence speaks of, none is long, and a sentence is always asked the same."""

import csv
import json
import re
from collections import Counter
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect import load_model, score
from bias_detect.documents.document import Document, Part
from bias_detect.labels import Influence, Label, Signal
from bias_detect.review.advice import advice, all_advice
from bias_detect.review.flags import Flag, find_flags
from bias_detect.review.questions import Mark, section_question, sentence_question

DATA = json.loads(files("bias_detect.review").joinpath("questions.json").read_text("utf-8"))
COMPOSED = Path(__file__).parents[2] / "data" / "corpus" / "composed.csv"
MOST_WORDS = 34
ACCUSES = re.compile(r"\b(you|your|wrong|biased|bad|poor|fault|mistake|error|must|never|should|fail\w*|avoid)\b")


def flag(sentence: str) -> Flag:
    document = Document.from_texts("draft", [sentence])
    table = score(document)
    table["label"] = Label.HINDSIGHT_BIASED.value
    (only,) = find_flags(document, table)
    return only


def question(sentence: str) -> str:
    return flag(sentence).question


def matter_question(matter: dict) -> str:
    return matter.get("question") or advice(matter["influence"]).question


FITTING = {
    # what it speaks of
    "A referral should have been made in May.": "threshold",
    "The nurse could have visited again before the weekend.": "visit",
    "A strategy meeting ought to have been held.": "call people together",
    "The team should have shared this with the school.": "how does it usually travel",
    "The worker should have recorded what the boy had told her.": "record",
    "She should have raised it in supervision.": "How often was there supervision",
    "An assessment should have been made that day.": "starts such an assessment",
    "The officers could have arrested him on the Monday.": "powers",
    "An interpreter would have been helpful.": "interpreter",
    "With lower caseloads they would have gone back.": "work shared out",
    "The assumption that she was safe should have been tested.": "What made them believe it",
    # how it judges
    "The death would have been prevented by an earlier call.": "expect to follow",
    "It might have been helpful to ring the aunt.": "in a position to do this",
    "More could have been done to help the family.": "seem enough at the time",
    "She should never have been sent home.": "before them",
    "The letter should have rung alarm bells.": "what did it mean to them",
    "A scan would have revealed the fracture.": "reason was there to look further",
    "Had the ward been told of the fall, it would have acted sooner.": "had reached them by then",
    "With hindsight the visit was cut short.": "before anyone knew the end",
    "It was only a matter of time before he was hurt.": "How likely did this look",
    "It was naive to accept this.": "grounds to trust",
    "Agencies hid behind data protection.": "that rule there to protect",
    "The decision proved fatal.": "the end not yet known",
    "The delay contributed to his death.": "without harm",
    "An earlier call would have led to an answer.": "what did people then expect of it",
    "The dog should have been considered.": "How did people see this then",
    "He might have come home but for the sale of the van.": "What brought this about",
    "It should have been a clear warning.": "what did it mean to them",
    # whose view it gives, and by what standard it judges
    "In the opinion of the independent expert earlier surgery would have saved him.": "Does the expert speak",
    "The jury found that the delay contributed to her death.": "What was the jury told",
    "She told the review that she should have called.": "How do those who were there say it looked",
    "Under the local protocol she should have been seen sooner.": "What did that standard say then",
}


@pytest.mark.parametrize(("sentence", "asked"), FITTING.items())
def test_a_question_fits_the_sentence(sentence: str, asked: str):
    assert asked in question(sentence)


# words that name a matter elsewhere, but only say when or by whom here
BESIDE_THE_POINT = {
    "During her final admission the gate should have been shut.": "admission",
    "Upon her discharge the gate should have been shut.": "how are such decisions usually made",
    "The jury recorded its view that the gate should have been shut.": "What did the record show",
    "The court found that the gate should have been shut.": "What legal advice",
    "The two firms engaged in a trade that was plainly going to harm them.": "stayed away",
    "It should have been a shared endeavour.": "how does it usually travel",
    "Screening staff should have come back.": "assessment",
    "A meeting with her would have been helpful.": "call people together",
}


@pytest.mark.parametrize(("sentence", "not_asked"), BESIDE_THE_POINT.items())
def test_a_sentence_is_not_asked_about_what_it_names_in_passing(sentence: str, not_asked: str):
    assert not_asked not in question(sentence)


def test_a_sentence_that_names_nothing_is_asked_in_general():
    assert question("It should have been done.") == (
        "What did the procedure call for, and what was done? What made that the sensible thing to do?"
    )
    without = sentence_question("Her death would not have come about.", "hindsight_biased")
    assert without.startswith(advice("hindsight_biased").question)


def test_the_nearest_matter_counts():
    both = "When the {} was over, the {} should have been made."
    assert question(both.format("visit", "referral")) == question("The referral should have been made.")
    assert question(both.format("referral", "visit")) == question("The visit should have been made.")


@pytest.mark.parametrize(
    "same",
    [
        "THE  SCHOOL'S records\nshould have been shared with the nurse.",
        "The school’s records should\u00a0have been shared with the nurse.",
    ],
)
def test_the_question_stays_when_a_sentence_is_laid_out_anew(same: str):
    said = "The school's records should have been shared with the nurse."
    start = said.index("should")
    shift = same.lower().index("should")
    asked = {
        sentence_question(text, "hindsight_biased", [Mark("counterfactual", at, at + len("should have been"))])
        for text, at in ((said, start), (same, shift))
    }
    assert len(asked) == 1


@given(st.text(max_size=200), st.sampled_from([*Signal]), st.integers(0, 200), st.integers(0, 50))
def test_any_sentence_is_asked_something_short(text, signal, start, length):
    marks = [Mark(signal.value, min(start, len(text)), min(start + length, len(text)))]
    asked = sentence_question(text, "hindsight_biased", marks)
    assert asked == sentence_question(text, "hindsight_biased", marks)
    assert asked.endswith("?")
    assert len(asked.split()) <= MOST_WORDS


def test_a_sentence_of_any_length_is_read_at_once():
    far = "The board wrote to him. " + "so it was " * 100_000
    mark = [Mark("counterfactual", len(far), len(far) + 11)]
    assert "seem enough" not in sentence_question(f"{far} should have referred her.", "hindsight_biased", mark)
    assert "referral" in sentence_question(f"{far}should have referred her.", "hindsight_biased", mark)


def test_each_signal_and_the_label_has_a_last_form_that_fits_all():
    for reason in (*Signal, Label.HINDSIGHT_BIASED):
        assert sentence_question("", reason.value, [Mark(reason.value, 0, 0)]).endswith("?")


def test_the_halves_are_short_kind_and_differ():
    firsts = [form["question"] for form in DATA["forms"]]
    seconds = [*map(matter_question, DATA["matters"]), *(form["otherwise"] for form in DATA["forms"])]
    for half in (*firsts, *seconds, DATA["section"]):
        assert half.endswith("?")
        assert not ACCUSES.search(half.casefold())
    assert not set(firsts) & set(map(matter_question, DATA["matters"]))
    assert all(form["question"] != form["otherwise"] for form in DATA["forms"])
    for first, second in product([*firsts, DATA["section"]], seconds):
        assert len(f"{first} {second}".split()) <= MOST_WORDS
    assert len({matter["id"] for matter in DATA["matters"]}) == len(DATA["matters"])
    assert len({form["id"] for form in DATA["forms"]}) == len(DATA["forms"])


def test_the_data_name_only_signals_and_influences_of_the_codebook():
    assert {name for form in DATA["forms"] for name in form.get("of", ())} <= {*Signal, Label.HINDSIGHT_BIASED}
    assert {matter["influence"] for matter in DATA["matters"] if "influence" in matter} <= {*Influence}


def test_a_section_is_asked_about_what_most_of_it_speaks_of():
    told = [f"The health visitor made a home visit on {day} May." for day in range(1, 13)]
    document = Document.from_parts("draft", [Part(text, section="findings") for text in told])
    (only,) = find_flags(document, score(document, model=load_model()), sections=True)
    assert only.question == f"{DATA['section']} What decided when someone visited, and what did a visit usually cover?"
    assert section_question(told[:2]) == section_question([]) == all_advice()["descriptive"].question


def test_reviewers_are_not_asked_the_same_over_and_over():
    with COMPOSED.open(encoding="utf-8", newline="") as file:
        judged = [row["sentence"] for row in csv.DictReader(file) if row["label"] == Label.HINDSIGHT_BIASED][:300]
    document = Document.from_texts("composed", judged)
    flags = find_flags(document, score(document))
    counts = Counter(one.question for one in flags)
    assert len(counts) > len(flags) / 3
    assert max(counts.values()) < len(flags) / 20


MEANINGS = {
    "With the benefit of hindsight the visit was cut short.": {"foreseeability": "hindsight_biased"},
    "The father, who, as we now know, was violent, was let in.": {"foreseeability": "hindsight_biased"},
    "It is now clear that he had been hurt.": {"foreseeability": "hindsight_biased"},
    "It was obvious that he would be hurt.": {"foreseeability": "foreseeability"},
    "With hindsight it was obvious that he would be hurt.": {"foreseeability": "foreseeability"},
    "Staff should have realised that he was violent.": {
        "counterfactual": "failure_to_see",
        "foreseeability": "foreseeability",
    },
    "The team ought to have known that he was violent.": {
        "counterfactual": "failure_to_see",
        "foreseeability": "foreseeability",
    },
    "The nurse should have seen him in June.": {"counterfactual": "counterfactual"},
    "A scan would have revealed the fracture.": {"counterfactual": "counterfactual"},
}


@pytest.mark.parametrize(("sentence", "meant"), MEANINGS.items())
def test_a_signal_is_explained_as_its_words_show_it(sentence: str, meant: dict):
    assert flag(sentence).meanings == meant


def test_the_data_explain_signals_by_what_the_codebook_names():
    for other in DATA["meanings"]:
        assert set(other["of"]) <= {*Signal}
        assert other["as"] in all_advice()
