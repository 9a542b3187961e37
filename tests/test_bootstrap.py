"""Intervals by drawing documents anew: small cases of which the replicates are known, and large ones in theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from bias_detect.bootstrap import as_figure, bootstrap, drawn_documents


def mean(totals):
    with np.errstate(all="ignore"):
        return totals[:, :1] / totals[:, 1:2]


def test_two_documents_have_three_replicates_and_the_interval_is_their_range():
    value, low, high = bootstrap(np.array([[0.0, 1.0], [1.0, 1.0]]), mean, 500, 0)
    assert (value, low, high) == (0.5, 0.0, 1.0)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution():
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=400)
    value, low, high = bootstrap(np.column_stack([drawn, np.ones(400)]), mean, 20_000, 0)
    error = 1.959964 * drawn.std() / 20
    assert value == pytest.approx(drawn.mean())
    assert [low, high] == [
        pytest.approx(drawn.mean() - error, abs=0.004),
        pytest.approx(drawn.mean() + error, abs=0.004),
    ]


def test_sums_that_are_mostly_nothing_may_be_sparse():
    sums = np.random.default_rng(0).integers(3, size=(20, 2)) + np.array([0.0, 1.0])
    for dense, thin in zip(bootstrap(sums, mean, 50, 0), bootstrap(sparse.csr_array(sums), mean, 50, 0), strict=True):
        assert dense == pytest.approx(thin)


@pytest.mark.parametrize(("n_documents", "n_boot"), [(1, 100), (5, 1), (5, 0)])
def test_one_document_or_replicate_tells_nothing_of_the_interval(n_documents, n_boot):
    value, low, high = bootstrap(np.array([[1.0, 2.0]] * n_documents), mean, n_boot, 0)
    assert value == 0.5 and np.isnan(low) and np.isnan(high)


def test_two_replicates_are_enough_to_tell_something():
    _, low, high = bootstrap(np.array([[1.0, 2.0], [1.0, 2.0]]), mean, 2, 0)
    assert low == high == 0.5


def test_replicates_without_the_figure_are_left_out_and_no_figure_has_no_interval():
    # The figure is defined in one document of three; a replicate that misses it has 0 to divide by 0.
    value, low, high = bootstrap(np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 0.0]]), mean, 200, 0)
    assert value == low == high == 0.75
    # Nothing to divide by on the whole, though there is in some replicates.
    value, low, high = bootstrap(np.array([[1.0, 1.0], [1.0, -1.0]]), mean, 200, 0)
    assert not np.isfinite(value) and np.isnan(low) and np.isnan(high)
    value, low, high = bootstrap(np.zeros((3, 2)), mean, 200, 0)
    assert np.isnan(value) and np.isnan(low) and np.isnan(high)


@given(st.integers(1, 9), st.integers(1, 30), st.integers(0, 99), st.integers(1, 60), st.integers(1, 20))
def test_a_replicate_draws_as_many_documents_as_there_are_whatever_the_blocks(n_documents, n_boot, seed, block, width):
    whole = np.vstack(list(drawn_documents(n_documents, n_boot, seed)))
    assert whole.shape == (n_boot, n_documents)
    assert (whole.sum(axis=1) == n_documents).all() and (whole >= 0).all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bias_detect.bootstrap.BLOCK", block)
        parts = list(drawn_documents(n_documents, n_boot, seed, width=width))
    assert np.array_equal(np.vstack(parts), whole)
    largest = max(len(part) * max(n_documents, width) for part in parts)
    assert largest <= max(block, n_documents, width)  # no more is held in memory at once, but for a single replicate


def test_each_document_is_drawn_as_often_as_the_others():
    drawn = np.vstack(list(drawn_documents(5, 20_000, 0)))
    assert drawn.mean(axis=0) == pytest.approx(np.ones(5), abs=0.03)
    assert drawn.var(axis=0) == pytest.approx(np.full(5, 0.8), abs=0.04)  # binomial: 5 draws of one fifth


def test_a_figure_is_plain_data_with_nothing_where_it_is_not_defined():
    assert as_figure(np.float64(0.25), 0.125, np.float64("nan")) == {"value": 0.25, "low": 0.125, "high": None}
