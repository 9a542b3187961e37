"""Whether the ways to correct a share agree, and what is told where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from estimates import AB, calibration, values

from bias_detect.auditing.prevalence import (
    Disagreement,
    Prevalence,
    Validated,
    estimate_prevalence,
)


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


@pytest.mark.parametrize("sure", [False, True])
def test_most_likely_shares_are_left_out_where_the_probabilities_are_too_sure_of_themselves(sure):
    # 28.9% flagged are 27% judged. Both estimates vary more than that from document to document, but together.
    flagged = np.random.default_rng(0).permutation(2000) < 578
    # What a flag is worth under the shares of the calibration, one half each: 0.8 of 0.9, and 0.2 of 1.1.
    judged = np.where(flagged, 1 - 1e-6, 1e-6) if sure else np.where(flagged, 0.8 / 0.9, 0.2 / 1.1)
    found = estimate_prevalence(
        AB,
        flagged.astype(int),
        np.column_stack([1 - judged, judged]),
        [place % 40 for place in range(2000)],
        calibration=calibration([[90, 10], [20, 80]]),
        n_boot=200,
    )
    adjusted = values(found.by_method["adjusted"])
    if sure:
        assert "em" not in found.by_method
        for place, label in enumerate(AB):  # so sure that they are the flags, counted
            told = f"{label} {values(found.by_method['raw'])[place]:.1%} against {adjusted[place]:.1%}"
            assert told in found.left_out["em"]
    else:
        assert "em" not in found.left_out
        assert values(found.by_method["em"]) == pytest.approx(adjusted, abs=1e-4)


def shares(method: str, *ends: tuple[float, float, float]) -> list[Prevalence]:
    return [Prevalence(label, *found, method, False) for label, found in zip(AB, ends, strict=True)]


@pytest.mark.parametrize(
    ("second", "label", "difference"),
    [
        ([(0.375, 0.25, 0.5), (0.625, 0.5, 0.75)], None, None),  # the same
        ([(0.275, 0.0, 0.5), (0.725, 0.5, 1.0)], None, None),  # ten points are near
        ([(0.25, 0.0, 0.5), (0.75, 0.5, 1.0)], "a", 0.125),
        ([(0.5, 0.25, 0.75), (0.5, 0.25, 0.75)], "a", 0.125),
        ([(0.3125, 0.0, 0.5), (0.4375, 0.25, 0.75)], "b", 0.1875),  # the label that differs most is named
        ([(0.4375, 0.4375, 0.5), (0.6875, 0.5, 0.75)], None, None),
        ([(0.4375, 0.50001, 0.5625), (0.6875, 0.5, 0.75)], "a", 0.0625),  # near, and the intervals do not meet
        ([(0.3125, 0.125, 0.24999), (0.6875, 0.5, 0.75)], "a", 0.0625),
        ([(0.3125, 0.125, 0.25), (0.6875, 0.75, 0.875)], None, None),  # they touch
    ],
)
def test_estimates_disagree_by_more_than_ten_points_or_where_intervals_do_not_meet(second, label, difference):
    first, other = shares("adjusted", (0.375, 0.25, 0.5), (0.625, 0.5, 0.75)), shares("em", *second)
    found = Disagreement.between(first, other)
    assert (found and (found.label, found.difference)) == (label and (label, pytest.approx(difference)))
    assert found is None or found.shares == other


@pytest.mark.parametrize(
    ("ours", "theirs", "apart", "label"),
    [
        (0.117, 0.052, ["b"], "b"),
        (0.117, 0.052, ["a"], None),  # what differs by chance is no contradiction
        (0.117, 0.08, ["a", "b"], None),  # not by half
        (0.012, 0.004, ["a", "b"], None),  # by a factor of three, and by less than a point
        (0.034, 0.012, ["a", "b"], "b"),
        (0.02, 0.0, ["b"], "b"),
    ],
)
def test_shares_that_differ_by_a_factor_disagree_unless_by_chance(ours, theirs, apart, label):
    first, other = (
        shares(method, (1 - value, 0.6, 1.0), (value, 0.0, 0.4))
        for method, value in (("adjusted", ours), ("em", theirs))
    )
    found = Disagreement.between(first, other, apart)
    assert (found and found.label) == label


def test_estimates_that_are_left_out_are_told_as_shares():
    known = calibration([[90, 10], [20, 80]])  # 4% flagged are fewer than are flagged by mistake
    proba = np.tile([0.45, 0.55], (2000, 1))
    predicted = (np.arange(2000) % 25 == 0).astype(int)
    found = estimate_prevalence(AB, predicted, proba, [i % 40 for i in range(2000)], calibration=known, n_boot=100)
    assert "against 0.0%" in found.left_out["em"]
    assert "-" not in found.left_out["em"].partition(":")[2]
