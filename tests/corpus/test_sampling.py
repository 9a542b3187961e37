"""Draws at random: so many as asked for, each sentence with exactly the probability that it is said to have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.corpus.sampling import (
    entropies,
    inclusion_probabilities,
    stratified_probabilities,
    systematic,
    uncertainty_sizes,
    uniforms,
)
from bias_detect.errors import UsageError

SIZES = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=40)


@given(SIZES, st.floats(0, 1))
def test_probabilities_add_up_keep_their_proportions_and_stay_below_one(sizes, part):
    sizes = np.array(sizes)
    total = round(part * len(sizes))
    inclusion = inclusion_probabilities(sizes, total)
    assert inclusion.sum() == pytest.approx(total)
    assert ((inclusion >= 0) & (inclusion <= 1)).all()
    free = inclusion < 1
    if total and free.any():
        factors = inclusion[free] / sizes[free]
        assert factors == pytest.approx(factors[0])
        assert (sizes[~free] * factors[0] >= 1 - 1e-9).all()


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(UsageError, match="no chance"):
        inclusion_probabilities(np.array([1.0, 0.0]), 1)
    with pytest.raises(UsageError, match="cannot be drawn from"):
        inclusion_probabilities(np.ones(3), 4)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.floats(0, 1), st.booleans(), st.integers(0, 99))
def test_every_sentence_of_every_stratum_has_its_chance(labels, part, equal, seed):
    _, strata = np.unique(labels, return_inverse=True)
    sizes = 0.1 + uniforms(len(strata), seed, ["sizes"])
    total = max(1, round(part * len(strata)))
    inclusion = stratified_probabilities(strata, sizes, total, equal=equal)
    assert inclusion.sum() == pytest.approx(total)
    assert ((inclusion > 0) & (inclusion <= 1)).all()
    wanted = np.bincount(strata, weights=inclusion)
    counts = np.bincount(strata)
    if equal:
        whole = wanted < counts * (1 - 1e-9)
        assert wanted[whole] == pytest.approx(wanted.max()) if whole.any() else True
    else:
        assert wanted == pytest.approx(total * counts / len(strata))


@given(SIZES, st.floats(0, 1), st.randoms(use_true_random=False), st.floats(0, 1, exclude_max=True))
def test_a_draw_has_the_size_asked_for_and_nothing_twice(sizes, part, rng, start):
    total = round(part * len(sizes))
    inclusion = inclusion_probabilities(np.array(sizes), total)
    order = list(range(len(sizes)))
    rng.shuffle(order)
    places = systematic(inclusion, order, start)
    assert len(places) == total == len(set(places.tolist()))
    assert set(np.flatnonzero(inclusion >= 1)) <= set(places.tolist())


@given(SIZES, st.floats(0.05, 0.95), st.randoms(use_true_random=False))
def test_over_all_starts_each_is_drawn_as_often_as_its_probability_says(sizes, part, rng):
    total = max(1, round(part * len(sizes)))
    inclusion = inclusion_probabilities(np.array(sizes), total)
    order = list(range(len(sizes)))
    rng.shuffle(order)
    starts = (np.arange(400) + 0.5) / 400
    drawn = sum(np.bincount(systematic(inclusion, order, start), minlength=len(sizes)) for start in starts)
    # Each sentence is one stretch of the starts, or two where it lies over the end of a step.
    assert np.abs(drawn / 400 - inclusion).max() <= 2 / 400 + 1e-9


def test_strata_get_the_whole_numbers_next_to_their_share():
    strata = np.repeat([0, 1, 2, 3], [10, 33, 40, 17])
    inclusion = stratified_probabilities(strata, np.ones(100), 25)
    for start in np.linspace(0, 0.99, 37):
        order = np.lexsort((uniforms(100, int(start * 100), ["shuffle"]), strata))
        counts = np.bincount(strata[systematic(inclusion, order, start)])
        assert (np.abs(counts - np.array([2.5, 8.25, 10, 4.25])) < 1 + 1e-9).all()


def test_the_certain_keep_a_fifth_of_their_chance_under_a_simple_draw():
    sizes = uncertainty_sizes(np.array([0.0] * 90 + [1.0] * 10))
    inclusion = inclusion_probabilities(sizes, 10)
    assert inclusion.min() == pytest.approx(0.2 * 10 / 100)
    assert inclusion[-1] > 20 * inclusion[0]
    assert (uncertainty_sizes(np.zeros(5)) == 1).all()


def test_uncertainty_is_highest_where_labels_are_as_likely_as_each_other():
    found = entropies(np.array([[1 / 3] * 3, [0.8, 0.1, 0.1], [1.0, 0.0, 0.0]]))
    assert found[0] == 1 and found[2] == 0 and 0 < found[1] < 1
    assert entropies(np.ones((2, 1))).tolist() == [0, 0]


def test_random_numbers_are_those_of_every_machine():
    assert uniforms(3, 7, ["a", "b"]).tolist() == pytest.approx(uniforms(5, 7, ["a", "b"])[:3].tolist(), abs=0)
    assert uniforms(2, 7, ["ab"]).tolist() != uniforms(2, 7, ["a", "b"]).tolist()
    many = uniforms(20_000, 1, [])
    assert abs(many.mean() - 0.5) < 0.01 and abs(many.var() - 1 / 12) < 0.005
    assert many.min() >= 0 and many.max() < 1
    assert uniforms(2, 7, ["a"]).round(12).tolist() == [0.414888574638, 0.790371642389]
