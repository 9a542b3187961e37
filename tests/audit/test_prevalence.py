"""The shares of the labels where little is known, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from estimates import AB, calibration, values
from hypothesis import given, settings
from hypothesis import strategies as st

from bias_detect.auditing import counting
from bias_detect.auditing.prevalence import (
    Calibration,
    Validated,
    adjusted_count,
    estimate_prevalence,
    expectation_maximisation,
    prediction_powered,
    raw_share,
)
from bias_detect.errors import ModelError, UsageError


def test_sentences_of_a_document_are_not_taken_for_independent():
    rng = np.random.default_rng(0)
    by_document = rng.beta(1, 4, size=40)
    predicted = (rng.random((40, 100)) < by_document[:, None]).astype(int).ravel()
    whole = raw_share(AB, predicted, np.repeat(np.arange(40), 100).tolist())[1]
    apart = raw_share(AB, predicted, list(range(4000)))[1]
    assert whole.high - whole.low > 4 * (apart.high - apart.low)


def test_documents_that_are_all_alike_leave_little_doubt():
    proba = np.tile([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], (1000, 1))
    documents, known = [str(place // 3 % 10) for place in range(3000)], calibration([[85, 15], [10, 90]])
    sample = Validated(list(range(600)), proba[:600].argmin(axis=1), [0.2] * 600)
    found = estimate_prevalence(AB, proba.argmax(axis=1), proba, documents, calibration=known, validated=sample)
    for method, widest in (("raw", 0.01), ("adjusted", 0.01), ("prediction_powered", 0.03)):
        assert 0 < found.by_method[method][1].high - found.by_method[method][1].low < widest
    likely = expectation_maximisation(AB, proba, documents, known)[1]
    assert likely.high - likely.low < 1e-4


def test_interval_carries_the_error_of_few_calibration_documents():
    rows = [[8.0, 2.0], [2.0, 8.0]]
    rng = np.random.default_rng(0)
    confusion = rng.poisson(np.array(rows), size=(200, 2, 2)).astype(float)
    predicted, documents = [0] * 3000 + [1] * 2000, [i % 50 for i in range(5000)]
    few, many = (
        adjusted_count(AB, predicted, documents, Calibration(confusion[:n], np.array([0.5, 0.5])))[1] for n in (8, 200)
    )
    assert few.high - few.low > 3 * (many.high - many.low)


def by_hand(proba, documents, rows, truth, inclusion, part):
    """Return the prediction-powered shares of two labels, and what each document moves them by, in plain sums."""
    n, weight = len(proba), dict(zip(rows, (1 / chance for chance in inclusion), strict=True))
    label, whole = dict(zip(rows, truth, strict=True)), sum(weight.values())
    values, moves = [], []
    for c in (0, 1):
        everything = sum(row[c] for row in proba) / n
        sampled = sum(weight[i] * proba[i][c] for i in rows) / whole
        seen = sum(weight[i] * (label[i] == c) for i in rows) / whole
        values.append(seen + part * (everything - sampled))
        of = dict.fromkeys(documents, 0.0)
        for i, document in enumerate(documents):
            of[document] += part * (proba[i][c] - everything) / n
            if i in weight:
                off = (label[i] == c) - seen - part * (proba[i][c] - sampled)
                of[document] += weight[i] * off / whole
        moves += of.values()
    return values, sum(move**2 for move in moves)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.5, 0.9]))
def test_predictions_count_as_far_as_they_make_the_variance_between_documents_least(seed, worth):
    rng = np.random.default_rng(seed)
    documents = [f"d{place}" for place in rng.integers(8, size=60)]
    true = rng.integers(2, size=60)
    shown = np.clip(worth * true + (1 - worth) * rng.random(60), 0, 1)
    proba = np.column_stack([1 - shown, shown])
    rows = np.sort(rng.permutation(60)[:20])
    inclusion = rng.uniform(0.1, 1, size=20)
    given_to = (proba.tolist(), documents, rows.tolist(), true[rows].tolist(), inclusion.tolist())
    steps = np.linspace(0, 1, 1001)
    best = steps[np.argmin([by_hand(*given_to, part)[1] for part in steps])]
    expected = by_hand(*given_to, best)[0]
    found = prediction_powered(AB, proba, documents, Validated(rows, true[rows], inclusion), n_boot=20)
    assert values(found) == pytest.approx(np.clip(expected, 0, 1), abs=1e-3)


def test_solution_outside_the_simplex_is_projected_and_said():
    known = calibration([[80, 20], [10, 90]])
    found = adjusted_count(AB, [0] * 95 + [1] * 5, [i % 10 for i in range(100)], known)
    assert values(found) == [1, 0] and all(share.projected for share in found)
    assert found[1].low == 0 and 0 < found[0].low < 1
    inside = adjusted_count(AB, [0] * 60 + [1] * 40, [i % 10 for i in range(100)], known)
    assert not any(share.projected for share in inside)


def test_label_that_is_never_predicted_is_not_certainly_absent():
    share = raw_share(AB, [0] * 60, [i % 6 for i in range(60)])[1]
    assert share.value == 0 and share.low == 0 and 0.01 < share.high < 0.2


def test_label_that_the_sample_missed_is_not_certainly_absent():
    proba = np.tile([1.0, 0.0], (500, 1))
    sample = Validated(list(range(0, 500, 5)), [0] * 100, [0.2] * 100)
    share = prediction_powered(AB, proba, [i % 25 for i in range(500)], sample)[1]
    assert share.value == 0 and 0.01 < share.high < 0.1


def test_single_document_is_judged_by_its_sentences():
    rng = np.random.default_rng(0)
    known, holds = calibration([[85, 15], [10, 90]], 100), 0
    for seed in range(200):
        truth = (rng.random(300) < 0.2).astype(int)
        predicted = np.where(rng.random(300) < np.where(truth, 0.9, 0.15), 1, 0)
        share = adjusted_count(AB, predicted, ["one"] * 300, known, n_boot=200, seed=seed)[1]
        holds += share.low <= truth.mean() <= share.high
    assert holds >= 0.93 * 200


def test_single_document_and_single_sentence_have_every_estimate():
    known = calibration([[85, 15], [10, 90]])
    proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])
    sample = Validated([0, 1, 3], [0, 1, 0], [0.75] * 3)
    whole = estimate_prevalence(
        AB, proba.argmax(axis=1), proba, ["one"] * 4, calibration=known, validated=sample, n_boot=100
    )
    assert set(whole.by_method) | set(whole.left_out) == {"raw", "adjusted", "em", "prediction_powered"}
    lonely = raw_share(AB, [0], ["one"])
    assert lonely[0].value == 1 and lonely[0].low < 0.3 and lonely[1].high > 0.7


def test_labels_that_are_predicted_alike_cannot_be_told_apart():
    same = calibration([[50, 50], [50, 50]])
    with pytest.raises(ModelError, match=r"cannot be told apart; validate"):
        adjusted_count(AB, [0, 1], [0, 1], same)
    proba = np.array([[0.6, 0.4], [0.4, 0.6]])
    estimates = estimate_prevalence(AB, [0, 1], proba, [0, 1], calibration=same)
    assert estimates.lead[0].method == "raw" and "told apart" in estimates.left_out["adjusted"]


def test_two_labels_of_three_that_are_predicted_alike_cannot_be_told_apart():
    alike = np.tile([[80.0, 10, 10], [10, 45, 45], [10, 45, 45]], (20, 1, 1))
    with pytest.raises(ModelError, match="cannot be told apart"):
        adjusted_count(("a", "b", "c"), [0, 1, 2], [0, 1, 2], Calibration(alike, [0.4, 0.3, 0.3]))


def test_a_replicate_that_tells_nothing_apart_takes_the_nearest_shares(monkeypatch):
    replicates = np.array([[[0.9, 0.1], [0.9, 0.1]], [[0.8, 0.2], [0.1, 0.9]]])
    monkeypatch.setattr(counting, "draw_rates", lambda confusion, n_boot, rng: replicates)
    known = calibration([[85, 15], [10, 90]])
    value, draws = counting.draw_adjusted(AB, [0] * 6 + [1] * 4, list(range(10)), known, n_boot=2, seed=0)
    assert value.sum() == pytest.approx(1)
    drawn = counting.draw_shares(np.eye(2)[[0] * 6 + [1] * 4], 2, np.random.default_rng(0))
    for rates, share, found in zip(replicates, drawn, draws, strict=True):
        assert found == pytest.approx(np.linalg.lstsq(rates.T, share)[0])


def test_label_without_calibration_sentences_is_named():
    with pytest.raises(ModelError, match=r"no calibration document holds the label b"):
        adjusted_count(AB, [0, 1], [0, 1], calibration([[50, 50], [0, 0]]))
    with pytest.raises(ModelError, match=r"the label b had no share in the training data"):
        expectation_maximisation(AB, np.array([[0.6, 0.4]]), [0], Calibration(np.ones((1, 2, 2)), np.array([1.0, 0.0])))
    known = Calibration(np.tile([[9, 1], [1, 9]], (5, 1, 1)), np.array([1.0, 0.0]))
    found = estimate_prevalence(AB, [0, 1], np.array([[0.6, 0.4], [0.3, 0.7]]), [0, 1], calibration=known)
    assert found.lead[0].method == "adjusted" and "the label b had no share" in found.left_out["em"]


def test_few_calibration_documents_that_lack_a_label_in_some_draws_still_give_an_interval():
    confusion = np.array([[[9, 1], [0, 0]], [[8, 2], [1, 5]], [[9, 1], [0, 0]]], dtype=float)
    share = adjusted_count(AB, [0] * 60 + [1] * 40, [i % 10 for i in range(100)], Calibration(confusion, [0.8, 0.2]))[1]
    assert 0 <= share.low < share.value < share.high <= 1


def test_calibration_counts_by_document_and_takes_its_priors_from_the_probabilities():
    proba = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.2, 0.8]])
    found = Calibration.measured([0, 0, 1, 1], [0, 1, 1, 1], proba, ["y", "y", "x", "y"])
    assert found.confusion.tolist() == [[[0, 0], [0, 1]], [[1, 1], [0, 1]]]
    np.testing.assert_allclose(found.priors, [0.45, 0.55])


@pytest.mark.parametrize(
    ("confusion", "priors", "message"),
    [
        (np.ones((3, 2, 3)), [0.5, 0.5], r"the shape \(3, 2, 3\)"),
        (np.ones((0, 2, 2)), [0.5, 0.5], r"the shape \(0, 2, 2\)"),
        (-np.ones((3, 2, 2)), [0.5, 0.5], "numbers from 0 up"),
        (np.ones((3, 2, 2)), [0.5, 0.6], "add up to 1"),
        (np.ones((3, 2, 2)), [np.nan, 0.5], "add up to 1"),
    ],
)
def test_broken_calibration_is_refused(confusion, priors, message):
    with pytest.raises(ModelError, match=f"^the calibration: .*{message}.*; measure it anew"):
        Calibration(confusion, np.array(priors))


def test_calibration_for_other_labels_is_refused():
    with pytest.raises(ModelError, match="for 2 labels, not for 3"):
        adjusted_count(("a", "b", "c"), [0], ["d"], calibration([[80, 20], [10, 90]]))


@pytest.mark.parametrize(
    ("rows", "truth", "inclusion", "message"),
    [
        ([0, 1], [0], [0.5, 0.5], "2 sentences, 1 labels"),
        ([0, 0], [0, 1], [0.5, 0.5], "occurs twice"),
        ([0, 9], [0, 1], [0.5, 0.5], "whole numbers from 0 to 3"),
        ([0, 1], [0, 2], [0.5, 0.5], "whole numbers from 0 to 1"),
        ([0, 1], [0, 1], [0.0, 0.5], "above 0 and at most 1"),
        ([0, 1], [0, 1], [np.nan, 0.5], "above 0 and at most 1"),
        ([0], [0], [0.5], "fewer than two sentences"),
        ([], [], [], "fewer than two sentences"),
        ([0, 1], [0, 1], [0.5, 0.5], "one document only"),
    ],
)
def test_samples_that_cannot_be_used_are_refused(rows, truth, inclusion, message):
    proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])
    with pytest.raises(UsageError, match=message):
        prediction_powered(AB, proba, ["x", "x", "y", "y"], Validated(rows, truth, inclusion))


@pytest.mark.parametrize(
    ("predicted", "proba", "documents", "message"),
    [
        ([], np.empty((0, 2)), [], "no sentences"),
        ([0], np.array([[0.9, 0.1]]), ["x", "y"], "2 documents named for 1 sentences"),
        ([2], np.array([[0.9, 0.1]]), ["x"], "whole numbers from 0 to 1"),
        ([0.5], np.array([[0.9, 0.1]]), ["x"], "whole numbers from 0 to 1"),
        ([0], np.array([[0.9, 0.3]]), ["x"], "adds up to 1"),
        ([0], np.array([0.9, 0.1]), ["x"], "shape"),
        ([0], np.array([[0.5, 0.3, 0.2]]), ["x"], "3 probabilities for 2 labels"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(predicted, proba, documents, message):
    with pytest.raises(UsageError, match=message):
        estimate_prevalence(AB, predicted, proba, documents, calibration=calibration([[80, 20], [10, 90]]))


@st.composite
def audit_data(draw):
    seed, n, n_documents = draw(st.integers(0, 10**6)), draw(st.integers(3, 60)), draw(st.integers(1, 8))
    rng = np.random.default_rng(seed)
    n_labels = draw(st.integers(2, 4))
    sharpness = draw(st.sampled_from([0.1, 1.0, 10.0]))
    proba = rng.dirichlet(np.full(n_labels, sharpness), size=n)
    documents = [f"d{place}" for place in rng.integers(n_documents, size=n)]
    confusion = rng.poisson(3, size=(5, n_labels, n_labels)) + 8 * np.eye(n_labels)
    known = Calibration(confusion, rng.dirichlet(np.full(n_labels, 5.0)))
    rows = rng.permutation(n)[: max(3, n // 2)]
    sample = Validated(rows, rng.integers(n_labels, size=len(rows)), rng.uniform(0.2, 1, size=len(rows)))
    return [f"l{place}" for place in range(n_labels)], proba, documents, known, sample


def every_estimate(data, order=None):
    labels, proba, documents, known, sample = data
    if order is not None:
        place = np.argsort(order)
        proba, documents = proba[order], [documents[row] for row in order]
        sample = Validated(place[sample.rows], sample.truth, sample.inclusion)
    options = {"n_boot": 60, "seed": 3}
    found = {
        "raw": raw_share(labels, proba.argmax(axis=1), documents, **options),
        "adjusted": adjusted_count(labels, proba.argmax(axis=1), documents, known, **options),
        "em": expectation_maximisation(labels, proba, documents, known, **options),
    }
    if len(set(documents)) == 1 or len({documents[row] for row in sample.rows}) > 1:
        found["prediction_powered"] = prediction_powered(labels, proba, documents, sample, **options)
    return found


@settings(max_examples=60, deadline=None)
@given(audit_data())
def test_estimates_are_shares_within_their_intervals(data):
    for method, shares in every_estimate(data).items():
        assert [share.label for share in shares] == data[0] and {share.method for share in shares} == {method}
        assert sum(values(shares)) == pytest.approx(1, abs=1e-6)
        assert all(0 <= share.low <= share.value <= share.high <= 1 for share in shares)


@settings(max_examples=30, deadline=None)
@given(audit_data(), st.randoms(use_true_random=False))
def test_order_of_the_sentences_does_not_matter(data, random):
    order = list(range(len(data[1])))
    random.shuffle(order)
    one, other = every_estimate(data), every_estimate(data, np.array(order))
    documents = len(set(data[2]))
    for method, shares in one.items():
        ends = [(share.value, share.low, share.high) for share in shares]
        turned = [(share.value, share.low, share.high) for share in other[method]]
        if documents == 1 and method in ("em", "prediction_powered"):  # sentences are drawn, in their order
            ends, turned = [end[:1] for end in ends], [end[:1] for end in turned]
        np.testing.assert_allclose(ends, turned, atol=1e-4 if method == "em" else 1e-9)


@settings(max_examples=30, deadline=None)
@given(audit_data(), st.randoms(use_true_random=False))
def test_order_of_the_labels_does_not_matter(data, random):
    labels, proba, documents, known, sample = data
    order = list(range(len(labels)))
    random.shuffle(order)
    place = np.argsort(order)
    turned = (
        [labels[column] for column in order],
        proba[:, order],
        documents,
        Calibration(known.confusion[:, order][:, :, order], known.priors[order]),
        Validated(sample.rows, place[sample.truth], sample.inclusion),
    )
    one, other = every_estimate(data), every_estimate(turned)
    for method, shares in one.items():
        by_label = {share.label: share.value for share in other[method]}
        np.testing.assert_allclose(values(shares), [by_label[share.label] for share in shares], atol=1e-4)
