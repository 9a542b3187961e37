"""Label sets: the thresholds worked out by hand, and the promise that they are made for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.model.conformal import LEAST, conformal_sets, conformal_threshold, conformal_thresholds


def scored(scores):
    """Return probabilities of two labels of which the first is right and has these."""
    scores = np.asarray(scores, dtype=float)
    return np.column_stack([scores, 1 - scores]), np.zeros(len(scores), dtype=int)


@pytest.mark.parametrize(("coverage", "threshold"), [(0.25, 0.9), (0.5, 0.5), (0.75, 0.2), (0.8, 0.0), (1.0, 0.0)])
def test_the_threshold_of_three_sentences_worked_out_by_hand(coverage, threshold):
    # A fourth sentence falls with equal chance below 0.2, between the scores, or above 0.9.
    assert conformal_threshold(*scored([0.9, 0.2, 0.5]), coverage) == threshold


def test_it_is_the_probability_of_the_true_label_that_counts():
    proba = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.1, 0.6, 0.3]])
    assert conformal_threshold(proba, np.array([1, 2, 0]), 0.5) == 0.2


@given(st.integers(1, 60), st.floats(0.05, 0.99))
def test_a_new_sentence_is_covered_as_often_as_asked_and_hardly_more(n, coverage):
    """Its score has the same chance of falling into each of the n + 1 gaps between the n scores."""
    scores = np.arange(1, n + 1) / (n + 1)
    threshold = conformal_threshold(*scored(scores), coverage)
    covered = ((np.arange(n + 1) + 0.5) / (n + 1) >= threshold).mean()
    assert coverage - 1e-9 <= covered <= coverage + 1 / (n + 1) + 1e-9


def test_a_kind_or_a_label_of_fewer_than_a_hundred_sentences_takes_the_threshold_of_the_larger():
    """Label 0 has 0.9 and label 1 has 0.6 in the first kind, and 0.8 and 0.55 in the second, which is small."""

    def thresholds(rare, second):
        rows = [[0.9, 0.1]] * 300 + [[0.4, 0.6]] * rare + [[0.8, 0.2]] * (second - 20) + [[0.45, 0.55]] * 20
        codes = np.array([0] * 300 + [1] * rare + [0] * (second - 20) + [1] * 20)
        kinds = np.array([0] * (300 + rare) + [1] * second)
        return conformal_thresholds(np.array(rows), codes, kinds, 2, 0.5).tolist()

    assert LEAST == 100
    assert thresholds(LEAST, LEAST) == [[0.9, 0.6], [0.8, 0.8]]
    assert thresholds(LEAST - 1, LEAST) == [[0.9, 0.9], [0.8, 0.8]]
    assert thresholds(LEAST, LEAST - 1) == [[0.9, 0.6], [0.9, 0.9]]


def test_a_kind_without_a_sentence_takes_the_threshold_of_all():
    proba, codes = scored([0.9] * 200)
    assert conformal_thresholds(proba, codes, np.zeros(200, dtype=int), 2, 0.9).tolist() == [[0.9, 0.9], [0.9, 0.9]]


def test_a_label_is_in_the_set_from_the_threshold_on_that_its_kind_and_likeliest_label_have():
    thresholds = np.array([[0.5, 0.25], [0.75, 0.0]])
    proba = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])[:, :2]
    sets = conformal_sets(proba, np.array([0, 0, 1, 1]), thresholds)
    assert sets.tolist() == [[True, False], [True, True], [False, False], [True, True]]
