"""The signal rules, one by one and together.

A case is added in one line of ``bias_detect/language/patterns/signals.jsonl``: a sentence with the match between
double square brackets, or, behind an exclamation mark, a sentence in which the rule's label must not be found. For a
pseudo-cue the brackets stand round what cancels, and a sentence with an exclamation mark keeps its signal. Whole
sentences, with every signal that must be found in them, are lines of ``signal_cases.txt``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from bias_detect.labels import Signal
from bias_detect.language.cues import ReviewSignals
from bias_detect.language.rules import Rule, load_rules

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = Path(__file__).with_name("signal_cases.txt")
SHARED = Path(os.environ.get("BIAS_DETECT_SHARED", ROOT.parent / "shared"))

NLP = spacy.blank("en")
SIGNALS = ReviewSignals(NLP, "review_signals")
RULES = load_rules("signals")
CASES = [pytest.param(rule, example, id=f"{rule.id}-{n}") for rule in RULES for n, example in enumerate(rule.examples)]


def read(text: str) -> Doc:
    return SIGNALS(NLP(text))


def found(doc: Doc, key: str = "signals") -> list[tuple[str, int, int]]:
    return [(span.label_, span.start_char, span.end_char) for span in doc.spans[key]]


def unmark(example: str) -> tuple[str, int, int]:
    before, rest = example.split("[[", 1)
    inside, after = rest.split("]]", 1)
    return before + inside + after, len(before), len(before) + len(inside)


def raw(doc: Doc, rule: Rule) -> list[Span]:
    return [doc[start:end] for other, start, end in SIGNALS.matcher(doc, 0, len(doc)) if other.id == rule.id]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example(rule: Rule, example: str) -> None:
    if example.startswith("!"):
        doc = read(example[1:])
        if rule.kind == "pseudo":
            assert not raw(doc, rule)
            assert found(doc)
        else:
            assert rule.label not in {label for label, _, _ in found(doc)}
        return
    text, start, end = unmark(example)
    doc = read(text)
    assert raw(doc, rule), "the rule does not match its own example"
    if rule.kind == "pseudo":
        assert (start, end) in {(span.start_char, span.end_char) for span in raw(doc, rule)}
        assert found(doc, "signals_cancelled")
        left = {label for label, _, _ in found(doc)}
        assert not (left & set(rule.cancels) if rule.cancels else left)
    else:
        assert (rule.label, start, end) in found(doc)


def test_every_rule_is_well_formed() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert any(not example.startswith("!") for example in rule.examples), rule.id
        assert rule.scope in {"span", "sentence"}
        assert set(rule.cancels) <= set(Signal)
        assert rule.label in set(Signal) if rule.kind == "cue" else rule.kind == "pseudo"


def test_every_signal_has_rules() -> None:
    assert {rule.label for rule in RULES if rule.kind == "cue"} == set(Signal)


def cases() -> list[str]:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def unmarked(case: str) -> tuple[str, set[tuple[str, int, int]]]:
    """Return the plain sentence of a case, and its signals as label, start and end."""
    text, signals = "", set()
    for before, inside, labels, rest in re.findall(r"(.*?)\[\[(.+?)\]\]<(.+?)>|(.+)$", case):
        text += before
        signals |= {(str(Signal(label)), len(text), len(text) + len(inside)) for label in labels.split(", ") if label}
        text += inside + rest
    return text, signals


@pytest.mark.parametrize("case", cases())
def test_sentences_have_the_signals_that_are_marked_in_them_and_no_others(case: str) -> None:
    text, signals = unmarked(case)
    assert "[[" not in text, "a mark is [[words]]<signal>"
    assert set(found(read(text))) == signals


def test_what_a_pseudo_cue_cancels_is_kept_apart() -> None:
    doc = read("Observations should have been made every fifteen minutes.")
    assert not doc.spans["signals"]
    assert [span.text for span in doc.spans["signals_cancelled"]] == ["should have been"]


def test_a_pseudo_cue_reaches_no_other_sentence() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("review_signals")
    doc = nlp("Who should have told the school? Staff should have acted sooner.")
    assert [span.sent.text for span in doc.spans["signals"]] == ["Staff should have acted sooner."]


WORDS = st.sampled_from(
    ["should", "would", "have", "had", "not", "missed", "chance", "if", "whether", "hindsight", "?"]
)


@given(st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=200))
def test_any_text_gives_spans_that_do_not_overlap_within_a_label(text: str) -> None:
    doc = read(text)
    for key in ("signals", "signals_cancelled"):
        taken = set()
        for span in doc.spans[key]:
            places = {(span.label_, index) for index in range(span.start, span.end)}
            assert places
            assert not places & taken
            taken |= places


@pytest.mark.parametrize(
    ("files", "precision", "recall"),
    [(("pfd/labels.csv", "inquiries/labels.csv"), 0.60, 0.75), (("corpus/composed.csv",), 0.75, 0.60)],
)
def test_signals_are_evidence_of_hindsight_on_labelled_sentences(
    files: tuple[str, ...], precision: float, recall: float
) -> None:
    paths = [SHARED / name for name in files]
    if not all(path.exists() for path in paths):
        pytest.skip("the labelled sentences of ../shared are not here")
    import pandas as pd

    table = pd.concat([pd.read_csv(path) for path in paths]).drop_duplicates("sentence")
    biased = table.label.eq("hindsight_biased")
    carries = pd.Series([bool(doc.spans["signals"]) for doc in map(read, table.sentence)], index=table.index)
    hits = (biased & carries).sum()
    assert hits / carries.sum() >= precision
    assert hits / biased.sum() >= recall


def measure(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/measure_cues.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_script_measures_a_table(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text(
        "sentence,label\nStaff should have acted.,hindsight_biased\nStaff could have rung.,descriptive\n"
        "It beggars belief.,hindsight_biased\nStaff rang.,descriptive\n",
        encoding="utf-8",
    )
    done = measure(table)
    assert done.returncode == 0, done.stderr
    rows = {line[:30].strip(): line[30:].split() for line in done.stdout.splitlines()}
    assert rows["counterfactual"] == ["2", "0.50", "0.50", "0.50"]
    assert rows["any signal"] == ["3", "0.67", "1.00", "0.80"]


def test_the_script_lists_errors(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("sentence,label,source\nStaff could have rung.,descriptive,mine\n", encoding="utf-8")
    done = measure(table, "--errors", "counterfactual")
    assert done.stdout.startswith("mine descriptive | Staff [[could have rung]]<counterfactual-")


def test_the_script_says_what_is_wrong_with_a_table(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("text,label\nStaff rang.,descriptive\n", encoding="utf-8")
    done = measure(table)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{table}: has no column sentence;")
