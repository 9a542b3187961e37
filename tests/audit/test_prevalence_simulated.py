"""The shares of the labels on simulated audits, of which the truth is known: what their intervals hold."""

from __future__ import annotations

import measure_prevalence as world
import numpy as np
import pytest

from bias_detect.auditing.prevalence import (
    Validated,
    adjusted_count,
    estimate_prevalence,
    expectation_maximisation,
    prediction_powered,
    raw_share,
)


def values(estimates: list) -> list[float]:
    return [estimate.value for estimate in estimates]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.4])
def test_intervals_hold_the_truth_under_prior_shift_where_the_raw_share_does_not(share):
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
    drawn = [
        expectation_maximisation(world.LABELS, audit.proba, audit.documents, known, n_boot=150, seed=seed)
        for seed, (audit, known) in enumerate(world.audits(0.1, 100))
    ]
    bias, coverage, _ = world.figures(drawn, world.target(0.1)).T
    assert np.abs(bias).max() < 0.006
    assert coverage.mean() >= 0.91


def test_two_ways_of_correcting_agree_on_a_large_sample_and_with_the_truth():
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
    audit, known = next(world.audits(0.1, 1))
    shares = known.priors
    for _ in range(2000):  # the update of Saerens et al., sentence by sentence
        turned = audit.proba / known.priors * shares
        shares = (turned / turned.sum(axis=1, keepdims=True)).mean(axis=0)
    found = expectation_maximisation(world.LABELS, audit.proba, audit.documents, known, n_boot=10)
    np.testing.assert_allclose(values(found), shares, atol=1e-3)


def test_prediction_powered_shares_hold_where_the_errors_are_others_than_in_calibration():
    rng, truth = np.random.default_rng(2), world.target(0.1)
    powered, adjusted = [], []
    for audit, known in world.audits(0.1, 120, world="harder"):
        sample = world.validate(rng, audit, 300)
        powered.append(prediction_powered(world.LABELS, audit.proba, audit.documents, sample, n_boot=200))
        adjusted.append(adjusted_count(world.LABELS, audit.predicted, audit.documents, known, n_boot=200))
    assert world.figures(powered, truth)[-1, 1] >= 0.91
    assert world.figures(adjusted, truth)[-1, 1] < 0.6


def test_unequal_chances_of_being_drawn_are_made_good():
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
    audit, _ = next(world.audits(0.4, 1))
    sample = world.validate(np.random.default_rng(0), audit, 400)
    blind = np.tile([0.4, 0.2, 0.4], (len(audit.truth), 1))
    alone = prediction_powered(world.LABELS, blind, audit.documents, sample)[-1]
    helped = prediction_powered(world.LABELS, audit.proba, audit.documents, sample)[-1]
    assert helped.high - helped.low < 0.85 * (alone.high - alone.low)
    assert alone.value == pytest.approx(np.mean(np.asarray(sample.truth) == 2))


def test_expectation_maximisation_steps_back_where_it_contradicts_the_confusions():
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
    assert left_out[0] == "" and "hindsight-biased" in left_out[1]


def test_corrections_agree_where_only_the_shares_are_others():
    apart = [
        estimate_prevalence(
            world.LABELS, audit.predicted, audit.proba, audit.documents, calibration=known, n_boot=60
        ).disagreement
        for audit, known in world.audits(0.1, 20)
    ]
    assert apart == [None] * 20
    few = []
    for seed in range(20):  # rare labels in five documents: shares of 1% and 3% differ by a factor, and by chance
        rng = np.random.default_rng(seed)
        known = world.calibrate(rng)
        audit = world.simulate(rng, world.target(0.02), n_documents=5)
        given = (world.LABELS, audit.predicted, audit.proba, audit.documents)
        few.append(estimate_prevalence(*given, calibration=known, n_boot=60).disagreement)
    assert few.count(None) >= 17  # without asking whether it is chance: 13


def test_validated_sentences_lead_then_the_adjusted_count_then_the_raw_share():
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
