"""Doubts: what confident learning calls a likely error, and a ranking in which wrong labels come first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bias_detect.corpus.sheet import Sheet
from bias_detect.errors import CorpusError
from bias_detect.model.doubts import confident_labels, label_doubts

WHO = ["nurse", "doctor", "midwife", "porter", "teacher", "officer", "clerk", "warden"]
WHAT = ["rang", "visited", "wrote", "called", "waited", "noted", "asked", "left", "read", "came"]


@pytest.fixture
def sheet() -> Sheet:
    """Return 160 sentences of 8 documents, of two kinds that a word tells apart; four of them are labelled wrongly."""
    rows = [
        (f"The {who} {'should have' if kind else 'then'} {what} at home.", "judged" if kind else "told", f"D{place}")
        for place, who in enumerate(WHO)
        for what in WHAT
        for kind in (0, 1)
    ]
    sentences, labels, documents = map(list, zip(*rows, strict=True))
    for row in (3, 40, 77, 120):
        labels[row] = "told" if labels[row] == "judged" else "judged"
    return Sheet([f"row {row + 2}" for row in range(len(rows))], sentences, labels, documents)


def model() -> object:
    return make_pipeline(CountVectorizer(), LogisticRegression())


def test_wrong_labels_are_doubted_most_and_nothing_is_left_out(sheet: Sheet) -> None:
    table, findings = label_doubts(sheet, estimator=model())
    assert sorted(table["where"].head(4)) == ["row 122", "row 42", "row 5", "row 79"]
    assert 0 < table["likely_error"].sum() == table["likely_error"].head(4).sum()
    assert (table["suggested"].head(4) != table["label"].head(4)).all()
    assert table["self_confidence"].is_monotonic_increasing
    assert sorted(table["where"]) == sorted(sheet.places)
    (finding,) = findings
    assert (finding.check, finding.severity) == ("labels that a model doubts", "note")
    assert finding.count == table["likely_error"].sum()
    assert set(finding.rows) <= {3, 40, 77, 120}


def test_rows_that_no_model_can_judge_are_named(sheet: Sheet) -> None:
    sheet.sentences[0], sheet.labels[1], sheet.labels[2] = "", None, "rare"
    table, findings = label_doubts(sheet, estimator=model())
    assert {finding.check: finding.rows for finding in findings}["rows not judged"] == (0, 1, 2)
    assert len(table) == len(sheet.places) - 3


def test_a_corpus_of_one_document_is_refused(sheet: Sheet) -> None:
    sheet.documents[:] = ["one"] * len(sheet.documents)
    with pytest.raises(CorpusError, match="fewer than two labels that a model can learn"):
        label_doubts(sheet, estimator=model())


@given(st.integers(2, 5), st.integers(0, 10_000))
def test_likely_errors_are_those_of_cleanlab(k: int, seed: int) -> None:
    count = pytest.importorskip("cleanlab.count")
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(k, 0.5), size=120)
    labels = np.array([*range(k), *(rng.choice(k, p=shares) for shares in proba[k:])])
    _, theirs = count.compute_confident_joint(labels, proba, return_indices_of_off_diagonals=True)
    assert likely(labels, proba) == sorted(theirs)


def likely(labels: np.ndarray, proba: np.ndarray) -> Sequence[int]:
    sure = confident_labels(labels, proba)
    return np.flatnonzero((sure != -1) & (sure != labels)).tolist()


def test_a_label_that_is_given_to_nobody_is_never_confident() -> None:
    proba = np.array([[0.1, 0.1, 0.8], [0.2, 0.7, 0.1]])
    assert confident_labels(np.array([0, 1]), proba).tolist() == [0, 1]
