"""The model of Dawid and Skene: the published example to the printed digits, and what must hold of any votes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bias_detect.corpus.dawid_skene import dawid_skene
from bias_detect.errors import UsageError

# A. P. Dawid and A. M. Skene, 1979, table 1: how five anaesthetists, the first of them three times, assessed 45
# patients on a scale of 1 to 4.
PATIENTS = (
    "111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3|222 2 2 2 3|"
    "232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1|111 1 1 1 1|111 1 1 1 1|"
    "222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2|111 1 1 1 1|111 1 1 1 1|232 2 2 2 2|"
    "111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3|111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3|"
    "221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1|111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2"
)
# The same, tables 2 to 4: the shares of the classes; for each observer, a row for each true class; and the patients
# whose class is not certain to two digits.
CLASSES = [0.40, 0.42, 0.11, 0.07]
RATES = [
    [[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]],
    [[0.83, 0.17, 0, 0], [0.05, 0.63, 0.31, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    [[1, 0, 0, 0], [0.11, 0.79, 0.11, 0], [0, 0.40, 0.20, 0.40], [0, 0, 0.67, 0.33]],
    [[0.94, 0.06, 0, 0], [0.05, 0.84, 0.10, 0], [0, 0, 0.80, 0.20], [0, 0, 0.33, 0.67]],
    [[1, 0, 0, 0], [0.16, 0.73, 0.11, 0], [0, 0.21, 0.79, 0], [0, 0, 0.33, 0.67]],
]
UNCERTAIN = {7: [0.98, 0.02, 0, 0], 35: [0, 0.95, 0.05, 0], 38: [0, 0.02, 0.98, 0]}


def counted(patients: str) -> np.ndarray:
    rows = [patient.split(" ") for patient in patients.split("|")]
    counts = np.zeros((len(rows), 5, 4), dtype=int)
    for i, row in enumerate(rows):
        for k, votes in enumerate(row):
            for vote in votes:
                counts[i, k, int(vote) - 1] += 1
    return counts


def test_the_anaesthetists_of_dawid_and_skene_1979() -> None:
    found = dawid_skene(counted(PATIENTS))
    assert found.converged
    assert found.prior.round(2).tolist() == CLASSES
    assert found.error_rates.round(2).tolist() == RATES
    for patient, shares in UNCERTAIN.items():
        assert found.posterior[patient - 1].round(2).tolist() == shares
    others = [place for place in range(45) if place + 1 not in UNCERTAIN]
    assert set(found.posterior[others].max(axis=1).round(2).tolist()) == {1.0}
    named = {1: 1, 2: 4, 3: 2, 4: 2, 8: 3, 11: 4, 12: 3, 30: 1, 32: 3, 36: 4, 37: 2, 39: 3, 42: 1, 44: 1}
    assert {patient: int(found.posterior[patient - 1].argmax()) + 1 for patient in named} == named


VOTES = arrays(np.int8, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.integers(-1, 2)).filter(
    lambda codes: bool((codes >= 0).any(axis=1).all())
)


def one_hot(codes: np.ndarray) -> np.ndarray:
    return (codes[:, :, None] == np.arange(3)).astype(int)


@given(VOTES, st.permutations(range(3)), st.randoms())
def test_names_and_order_do_not_count_and_the_likelihood_never_falls(codes, turned, drawn) -> None:
    found = dawid_skene(one_hot(codes), steps=30)
    assert np.allclose(found.posterior.sum(axis=1), 1)
    assert np.all((found.posterior >= 0) & (found.posterior <= 1))
    assert np.allclose(found.prior.sum(), 1)
    sums = found.error_rates.sum(axis=2)
    assert np.all(np.isclose(sums, 1) | (sums == 0))
    steps = np.array(found.log_likelihood)
    assert np.all(np.diff(steps) > -1e-7)
    order = list(range(codes.shape[1]))
    drawn.shuffle(order)
    # Few steps: where votes are tied, the steps grow whatever the order of a sum leaves in the last digit.
    found = dawid_skene(one_hot(codes), steps=4)
    other = dawid_skene(one_hot(codes[:, order])[:, :, list(turned)], steps=4)
    assert np.allclose(other.posterior, found.posterior[:, list(turned)], atol=1e-6)
    assert np.allclose(other.error_rates, found.error_rates[order][:, list(turned)][:, :, list(turned)], atol=1e-6)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=10), st.integers(1, 4))
def test_annotators_who_agree_are_believed(truth, n) -> None:
    codes = np.repeat(np.array(truth)[:, None], n, axis=1)
    found = dawid_skene(one_hot(codes))
    assert found.posterior.argmax(axis=1).tolist() == truth
    assert found.posterior.max(axis=1).min() == 1
    assert found.converged


def test_a_careless_annotator_counts_less_than_a_careful_one() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(3, size=400)
    codes = np.stack(
        [np.where(rng.random(400) < wrong, rng.integers(3, size=400), truth) for wrong in (0.1, 0.15, 0.8, 0.8, 0.8)],
        axis=1,
    )
    found = dawid_skene(one_hot(codes))
    most = one_hot(codes).sum(axis=1).argmax(axis=1)
    assert (found.posterior.argmax(axis=1) == truth).mean() > (most == truth).mean() + 0.05
    right = np.array([np.diag(rates).mean() for rates in found.error_rates])
    assert np.abs(right - [0.93, 0.90, 0.47, 0.47, 0.47]).max() < 0.08


def test_many_votes_do_not_underflow() -> None:
    codes = np.tile([[0], [1], [2]], (1, 3_000))
    codes[:, ::7] = 0
    found = dawid_skene(one_hot(codes))
    assert found.posterior.argmax(axis=1).tolist() == [0, 1, 2]
    assert np.isfinite(found.log_likelihood).all()


def test_a_sentence_without_a_vote_is_refused() -> None:
    with pytest.raises(UsageError, match="no label to learn from"):
        dawid_skene(np.zeros((2, 2, 2), dtype=int))
