"""Drift is found where an annotator changes, and not where only the documents do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bias_detect.corpus.checks import check_corpus
from bias_detect.corpus.findings import Finding

LABELS = np.array(["told", "explained", "judged"])
CHECK = "annotators who drift"

Made = Callable[..., pd.DataFrame]


@pytest.fixture
def made() -> Made:
    """Return a function that makes 20 documents of 20 sentences, labelled by annotators who err now and then."""

    def make(names: str = "abc", drifts: str = "", times: bool = True, turning: bool = False) -> pd.DataFrame:
        rng = np.random.default_rng(7)
        rows = []
        for document in range(20):
            shares = [0.8, 0.1, 0.1] if turning and document >= 10 else rng.dirichlet([3, 3, 3])
            truth = rng.choice(3, p=shares, size=20)
            for name in names:
                for place, label in enumerate(truth):
                    given = rng.integers(3) if rng.random() < 0.1 else label
                    if name in drifts and document >= 10 and given == 2 and rng.random() < 0.7:
                        given = 0
                    moment = f"2024-03-{document + 1:02}T09:{place:02}:00"
                    text = f"Sentence {chr(97 + place)} of document {chr(97 + document)}."
                    rows.append((f"D{document}", f"s{place}", text, name, LABELS[given], moment))
        table = pd.DataFrame(
            rows, columns=["document", "sentence_id", "sentence", "annotator", "label", "annotated_at"]
        )
        return table if times else table.drop(columns="annotated_at")

    return make


@pytest.fixture
def found(tmp_path: Path) -> Callable[[pd.DataFrame], Finding | None]:
    def find(table: pd.DataFrame) -> Finding | None:
        path = tmp_path / "a.csv"
        table.to_csv(path, index=False)
        return {finding.check: finding for finding in check_corpus([path])}.get(CHECK)

    return find


def test_an_annotator_who_changes_is_named_with_the_label(made: Made, found) -> None:
    finding = found(made(drifts="b").sample(frac=1, random_state=0))
    assert finding.severity == "warning"
    assert finding.examples[0].startswith(("'b': 'judged' -", "'b': 'told' +"))
    assert "in the order of column 'annotated_at'" in finding.advice


def test_without_times_the_order_of_the_rows_counts_and_it_is_a_note(made: Made, found) -> None:
    finding = found(made(drifts="b", times=False))
    assert finding.severity == "note"
    assert "in the order of the rows" in finding.advice
    assert found(made(drifts="b", times=False).sample(frac=1, random_state=0)) is None


def test_times_may_be_numbers(made: Made, found) -> None:
    table = made(drifts="b")
    seconds = (pd.to_datetime(table["annotated_at"]) - pd.Timestamp(0)).dt.total_seconds()
    shuffled = table.assign(annotated_at=seconds).sample(frac=1, random_state=0)
    assert found(shuffled).examples == found(table).examples


def test_documents_that_change_are_no_drift(made: Made, found) -> None:
    assert found(made()) is None
    assert found(made(turning=True)) is None


def test_one_annotator_alone_is_compared_with_their_own_documents(made: Made, found) -> None:
    assert found(made(names="a")) is None
    assert found(made(names="b", drifts="b")).examples[0].startswith("'b': ")


def test_few_labels_and_few_documents_are_not_judged(made: Made, found) -> None:
    table = made(drifts="b")
    assert found(table[table["document"].isin(["D0", "D19"])]) is None
    assert found(table[table["sentence_id"] == "s0"]) is None
