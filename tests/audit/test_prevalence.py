"""The shares of the labels: what their intervals hold, and what happens where little is known."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure_prevalence.py"
AB = ("a", "b")


@cache
def simulation() -> ModuleType:
    """The simulated audits that the published figures are measured on."""
    spec = importlib.util.spec_from_file_location("measure_prevalence", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["measure_prevalence"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def calibration(rows: list[list[float]], n_documents: int = 20) -> Calibration:
    return Calibration(np.tile(rows, (n_documents, 1, 1)), np.sum(rows, axis=1) / np.sum(rows))


def values(estimates: list) -> list[float]:
    return [estimate.value for estimate in estimates]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.4])
def test_intervals_hold_the_truth_under_prior_shift_where_the_raw_share_does_not(share):
    world = simulation()
    truth, rng = world.target(share), np.random.default_rng(1)
    found = {"raw": [], "adjusted": [], "prediction_powered": []}
    for seed, (audit, known) in enumerate(world.audits(share, 300)):
        options = {"n_boot": 300, "seed": seed}
        found["raw"].append(raw_share(world.LABELS, audit.predicted, audit.documents, **options))
        found["adjusted"].append(adjusted_count(world.LABELS, audit.predicted, audit.documents, known, **options))
        sample = world.validate(rng, audit, 300)
        found["prediction_powered"].append(
            prediction_powered(world.LABELS, audit.proba, audit.documents, sample, **options)
        )
    bias, coverage = {}, {}
    for method, drawn in found.items():
        bias[method], coverage[method], _ = world.figures(drawn, truth).T
    for method in ("adjusted", "prediction_powered"):
        assert 0.93 <= coverage[method].mean() <= 0.97  # over the labels; each by itself within the noise of 300
        assert coverage[method].min() >= 0.91 and coverage[method].max() <= 0.985
        assert np.abs(bias[method]).max() < 0.004
    assert coverage["raw"][-1] < 0.6 and abs(bias["raw"][-1]) > 0.015


def test_most_likely_shares_are_as_good_as_promised_where_the_probabilities_are_right():
    world = simulation()
    drawn = [
        expectation_maximisation(world.LABELS, audit.proba, audit.documents, known, n_boot=150, seed=seed)
        for seed, (audit, known) in enumerate(world.audits(0.1, 100))
    ]
    bias, coverage, _ = world.figures(drawn, world.target(0.1)).T
    assert np.abs(bias).max() < 0.006
    assert coverage.mean() >= 0.91


def test_two_ways_of_correcting_agree_on_a_large_sample_and_with_the_truth():
    world = simulation()
    rng = np.random.default_rng(5)
    known = world.calibrate(rng, n_documents=2000)
    audit = world.simulate(rng, world.target(0.05), n_documents=2000)
    true = np.bincount(audit.truth) / len(audit.truth)
    adjusted = adjusted_count(world.LABELS, audit.predicted, audit.documents, known, n_boot=50)
    likely = expectation_maximisation(world.LABELS, audit.proba, audit.documents, known, n_boot=20)
    np.testing.assert_allclose(values(adjusted), true, atol=0.01)
    np.testing.assert_allclose(values(likely), true, atol=0.01)
    assert not adjusted[0].projected and not likely[0].projected


def test_kinds_of_sentences_give_the_shares_that_the_sentences_give():
    world = simulation()
    audit, known = next(world.audits(0.1, 1))
    shares = known.priors
    for _ in range(2000):  # the update of Saerens et al., sentence by sentence
        turned = audit.proba / known.priors * shares
        shares = (turned / turned.sum(axis=1, keepdims=True)).mean(axis=0)
    found = expectation_maximisation(world.LABELS, audit.proba, audit.documents, known, n_boot=10)
    np.testing.assert_allclose(values(found), shares, atol=1e-3)


def test_prediction_powered_shares_hold_where_the_errors_are_others_than_in_calibration():
    world = simulation()
    rng, truth = np.random.default_rng(2), world.target(0.1)
    powered, adjusted = [], []
    for audit, known in world.audits(0.1, 120, world="harder"):
        sample = world.validate(rng, audit, 300)
        powered.append(prediction_powered(world.LABELS, audit.proba, audit.documents, sample, n_boot=200))
        adjusted.append(adjusted_count(world.LABELS, audit.predicted, audit.documents, known, n_boot=200))
    assert world.figures(powered, truth)[-1, 1] >= 0.91
    assert world.figures(adjusted, truth)[-1, 1] < 0.6


def test_unequal_chances_of_being_drawn_are_made_good():
    world = simulation()
    rng, truth = np.random.default_rng(3), world.target(0.1)
    drawn, naive = [], []
    for audit, _ in world.audits(0.1, 120):
        weight = np.where(audit.predicted == 2, 6.0, 1.0)
        chance = np.minimum(1, 300 * weight / weight.sum())
        rows = np.flatnonzero(rng.random(len(chance)) < chance)
        sample = Validated(rows, audit.truth[rows], chance[rows])
        drawn.append(prediction_powered(world.LABELS, audit.proba, audit.documents, sample, n_boot=200))
        naive.append(np.mean(audit.truth[rows] == 2))
    bias, coverage, _ = world.figures(drawn, truth).T
    assert abs(bias[-1]) < 0.006 and coverage[-1] >= 0.91
    assert np.mean(naive) > 0.25  # the sample by itself is far off


def test_predictions_make_the_interval_narrower_than_the_sample_alone():
    world = simulation()
    audit, _ = next(world.audits(0.4, 1))
    sample = world.validate(np.random.default_rng(0), audit, 400)
    blind = np.tile([0.4, 0.2, 0.4], (len(audit.truth), 1))
    alone = prediction_powered(world.LABELS, blind, audit.documents, sample)[-1]
    helped = prediction_powered(world.LABELS, audit.proba, audit.documents, sample)[-1]
    assert helped.high - helped.low < 0.85 * (alone.high - alone.low)
    assert alone.value == pytest.approx(np.mean(np.asarray(sample.truth) == 2))


def test_sentences_of_a_document_are_not_taken_for_independent():
    rng = np.random.default_rng(0)
    by_document = rng.beta(1, 4, size=40)
    predicted = (rng.random((40, 100)) < by_document[:, None]).astype(int).ravel()
    whole = raw_share(AB, predicted, np.repeat(np.arange(40), 100).tolist())[1]
    apart = raw_share(AB, predicted, list(range(4000)))[1]
    assert whole.high - whole.low > 4 * (apart.high - apart.low)


def test_interval_carries_the_error_of_few_calibration_documents():
    rows = [[8.0, 2.0], [2.0, 8.0]]
    rng = np.random.default_rng(0)
    confusion = rng.poisson(np.array(rows), size=(200, 2, 2)).astype(float)
    predicted, documents = [0] * 3000 + [1] * 2000, [i % 50 for i in range(5000)]
    few, many = (
        adjusted_count(AB, predicted, documents, Calibration(confusion[:n], np.array([0.5, 0.5])))[1] for n in (8, 200)
    )
    assert few.high - few.low > 3 * (many.high - many.low)


def test_expectation_maximisation_steps_back_where_it_contradicts_the_confusions():
    world = simulation()
    left_out = []
    for name in ("shift", "overconfident"):
        rng = np.random.default_rng(7)
        known = world.calibrate(rng, n_documents=400, world=name)
        audit = world.simulate(rng, world.target(0.4), n_documents=400, world=name)
        estimates = estimate_prevalence(
            world.LABELS, audit.predicted, audit.proba, audit.documents, calibration=known, n_boot=200
        )
        left_out.append(estimates.left_out.get("em", ""))
        assert ("em" in estimates.by_method) == (not left_out[-1])
    assert left_out[0] == "" and "hindsight_biased" in left_out[1]


def test_corrections_that_are_far_apart_are_told_until_validated_sentences_decide():
    known = calibration([[90, 10], [60, 40]])
    truth = np.tile([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], 40)  # counted aright; the adjusted count makes two thirds of it
    proba = np.where(truth[:, None] == [0, 1], 0.999, 0.001)
    documents = [place % 20 for place in range(400)]
    alone = estimate_prevalence(AB, truth, proba, documents, calibration=known, n_boot=100)
    assert alone.disagreement.difference > 0.3 and alone.disagreement.shares[0].method == "em"
    low, high = alone.ranges["b"]
    assert low <= alone.by_method["raw"][1].low < 0.3 < 2 / 3 < alone.by_method["adjusted"][1].high <= high
    rows = np.arange(0, 400, 3)
    for labels, contradicts in ((truth[rows], True), (np.arange(len(rows)) % 3 > 0, False)):
        sample = Validated(rows, labels.astype(int), [0.3] * len(rows))
        decided = estimate_prevalence(AB, truth, proba, documents, calibration=known, validated=sample, n_boot=100)
        assert (decided.disagreement is not None) == contradicts
        assert decided.ranges is None and decided.lead[0].method == "prediction_powered"


def test_corrections_agree_where_only_the_shares_are_others():
    world = simulation()
    apart = [
        estimate_prevalence(
            world.LABELS, audit.predicted, audit.proba, audit.documents, calibration=known, n_boot=60
        ).disagreement
        for audit, known in world.audits(0.1, 20)
    ]
    assert apart == [None] * 20


def test_validated_sentences_lead_then_the_adjusted_count_then_the_raw_share():
    world = simulation()
    audit, known = next(world.audits(0.1, 1))
    sample = world.validate(np.random.default_rng(0), audit, 100)
    given_to = (world.LABELS, audit.predicted, audit.proba, audit.documents)
    whole = estimate_prevalence(*given_to, calibration=known, validated=sample, n_boot=50)
    assert whole.lead[0].method == "prediction_powered" and set(whole.by_method) | set(whole.left_out) == {
        *("raw", "adjusted", "em", "prediction_powered")
    }
    assert estimate_prevalence(*given_to, calibration=known, n_boot=50).lead[0].method == "adjusted"
    bare = estimate_prevalence(*given_to, n_boot=50)
    assert bare.lead[0].method == "raw" and "confuses" in bare.left_out["adjusted"]


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


def test_label_without_calibration_sentences_is_named():
    with pytest.raises(ModelError, match=r"no calibration document holds the label b"):
        adjusted_count(AB, [0, 1], [0, 1], calibration([[50, 50], [0, 0]]))
    with pytest.raises(ModelError, match=r"the label b had no share in the training data"):
        expectation_maximisation(AB, np.array([[0.6, 0.4]]), [0], Calibration(np.ones((1, 2, 2)), np.array([1.0, 0.0])))


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
