"""The annotators' own agreement, out of the table that a model is measured on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bias_detect.model.annotators import annotator_agreement


def test_sentences_without_an_identifier_are_told_apart_by_their_words() -> None:
    rows = [
        ("She rang.", "p1s1", "told", "told"),
        ("He left.", None, "told", "judged"),
        ("It was plain.", None, "judged", "judged"),
        ("The door was shut.", float("nan"), "told", "told"),
    ]
    long = pd.DataFrame(
        [(text, place, name, label) for text, place, *labels in rows for name, label in zip("ab", labels, strict=True)],
        columns=["sentence", "sentence_id", "annotator", "label"],
    )
    (pair,) = annotator_agreement(long, np.zeros(len(long), dtype=int), n_boot=0)
    assert pair["annotators"] == ["a", "b"]
    assert pair["n_sentences"] == 4
    assert pair["kappa"]["value"] == 0.5


def test_the_same_words_twice_are_two_sentences_beside_each_other_too() -> None:
    table = pd.DataFrame({"sentence": ["Noted."] * 4, "sentence_id": ["p1s1"] * 4, "label": ["x", "y", "x", "y"]})
    table["annotator_a"], table["annotator_b"] = table["label"], ["x", "y", "y", None]
    (pair,) = annotator_agreement(table, np.array([0, 0, 1, 1]), n_boot=0)
    assert (pair["n_sentences"], pair["n_documents"]) == (3, 2)
