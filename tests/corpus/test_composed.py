"""The composed sentences: what the brief of their composition promised, checked on the shipped table."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from bias_detect.corpus.duplicates import duplicate_groups, near_duplicates
from bias_detect.labels import Label

# What a sentence keeps when only its build is looked at; every other word becomes one sign, a run of them too.
FUNCTION_WORDS = """
    a an the this that these those such each every either neither both all any some no none other another same own
    much many more most few fewer less least several enough one ones who whom whose which what whatever whoever
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs himself herself
    itself themselves nobody nothing somebody something anybody anything everybody everything anyone someone everyone
    am is are was were be been being have has had having do does did doing done will would shall should can could
    may might must ought not never nor and or but so yet if because as since although though while whereas when
    whenever where wherever why how than then whether unless until till once lest of to in on at by for from with
    without within into onto upon about above below over under between among amongst against through throughout
    during before after behind beside beyond across along around near off out up down per via despite except there
    here also only even just still too very again already ever
"""
KEPT = frozenset(FUNCTION_WORDS.split())
TOKEN = re.compile(r"[^\W_]+(?:['’./:-][^\W_]+)*|[^\w\s]")

# Bare cue words, as somebody would list them who has not read the codebook's borders.
CUES = {
    Label.HINDSIGHT_BIASED: [
        *("should have", "could have", "would have", "ought to have", "if only", "with hindsight", "in retrospect"),
        *("failed to recognise", "failed to appreciate", "failed to realise", "foreseeable", "predictable", "obvious"),
        *("missed opportunity", "missed opportunities", "opportunity was lost", "inevitably"),
        *("warning sign", "warning signs", "red flag", "red flags"),
    ],
    Label.EXPLANATORY: [
        *("because", "due to", "owing to", "as a result of", "so that", "in the belief", "believed", "assumed"),
        "meant that",
    ],
}
CUE_RULE = [(label, re.compile(rf"\b(?:{'|'.join(cues)})\b", re.IGNORECASE)) for label, cues in CUES.items()]

NEAR_DUPLICATES = {("E04-019", "P06-030")}
"""The words with which the law has coroners end a report: the one thing that reviews share."""

ONE_SKELETON = {("D12-004", "R15-003")}
"""Both give the dates of a beginning and an end, in reviews of other kinds; too plain a build to be a template."""

UNLIKE_LENGTHS = {"older-overview": 8.4, "passage-chronology": 10.2, "passage-coroner": 6.2, "passage-mixed": 13.7}
"""Kinds in which the mean lengths of two labels are more than three words apart: there explanatory sentences are long.

The explanatory sentences of the passages are few (26, 43 and 32); those of the older reviews are not (106 of 300).
"""


def skeleton(sentence: str) -> str:
    tokens = [token if token == "May" else token.lower() for token in TOKEN.findall(sentence)]  # a month, no modal
    kept = [token if token in KEPT or not token[0].isalnum() else "_" for token in tokens]
    return re.sub("_(?: _)+", "_", " ".join(kept))


def keyword_label(sentence: str) -> Label:
    return next((label for label, cues in CUE_RULE if cues.search(sentence)), Label.DESCRIPTIVE)


@pytest.fixture(scope="module")
def sets(composed: pd.DataFrame) -> pd.DataFrame:
    """The sentence sets: the kinds without `passage`."""
    return composed[~composed["kind"].str.startswith("passage")]


def test_the_table_passes_the_schema_and_every_label_is_one_of_the_codebook(composed: pd.DataFrame) -> None:
    for column in ("label", "annotator_a", "annotator_b"):
        assert set(composed[column]) == set(Label)
    assert not composed[["document", "sentence_id", "kind"]].isna().any(axis=None)
    assert composed["sentence_id"].is_unique
    assert (composed["source"] == "composed").all()
    assert (composed["sentence"] == composed["sentence"].str.strip()).all()


def test_no_sentence_stands_twice_or_nearly_twice(composed: pd.DataFrame) -> None:
    assert len(set(duplicate_groups(composed["sentence"]))) == len(composed)
    alike = near_duplicates(composed["sentence"].tolist(), 0.8)
    names = composed["sentence_id"]
    assert set(zip(names[alike["first"]], names[alike["second"]], strict=True)) == NEAR_DUPLICATES


def test_a_skeleton_is_what_a_template_leaves() -> None:
    template = "The {} did not {} the {}, and on {} it was too late."
    fillings = [("nurse", "ring", "ward", "3 May"), ("social worker", "see", "GP", "Monday")]
    bare = {skeleton(template.format(*filling)) for filling in fillings}
    assert bare == {"the _ did not _ the _ , and on _ it was too _ ."}
    assert skeleton("Nobody rang.") != skeleton("She rang.") != skeleton("She rang?")


def test_no_two_sentences_of_over_eight_words_have_one_skeleton(composed: pd.DataFrame) -> None:
    named: dict[str, list[str]] = defaultdict(list)
    for name, sentence in zip(composed["sentence_id"], composed["sentence"], strict=True):
        if len(sentence.split()) > 8:
            named[skeleton(sentence)].append(name)
    assert {tuple(names) for names in named.values() if len(names) > 1} == ONE_SKELETON


def test_labels_are_alike_in_length_within_a_kind(composed: pd.DataFrame) -> None:
    words = composed["sentence"].map(lambda sentence: len(sentence.split()))
    means = words.groupby([composed["kind"], composed["label"]]).mean().unstack()
    apart = means.max(axis="columns") - means.min(axis="columns")
    assert apart[apart > 3].round(1).to_dict() == UNLIKE_LENGTHS


def test_bare_cue_words_tell_something_about_the_labels_but_not_much(data: Path, sets: pd.DataFrame) -> None:
    score = f1_score(sets["label"], sets["sentence"].map(keyword_label), average="macro")
    assert 0.40 < score < 0.65
    assert f"macro-F1 of {score:.2f}" in (data / "corpus" / "README.md").read_text(encoding="utf-8")


def test_labels_on_which_the_annotators_agree_are_not_overruled(composed: pd.DataFrame) -> None:
    agreed = composed[composed["annotator_a"] == composed["annotator_b"]]
    assert (agreed["label"] == agreed["annotator_a"]).all()


def test_counts_and_agreement_are_as_the_data_card_states(
    data: Path, composed: pd.DataFrame, build_script: ModuleType
) -> None:
    card = (data / "corpus" / "README.md").read_text(encoding="utf-8")
    assert build_script.card_table(composed, "kind") in card
    kappa = cohen_kappa_score(composed["annotator_a"], composed["annotator_b"])
    assert f"| {kappa:.3f} |" in next(line for line in card.splitlines() if line.startswith("| all |"))
    assert f"{len(composed):,} sentences of {composed['document'].nunique()} made-up reviews" in card
    assert "No human has labelled these sentences." in card
