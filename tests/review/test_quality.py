"""How often a flag is right, in words."""

import pytest

from bias_detect.model.bundle import find_bundle, read_manifest
from bias_detect.review.quality import flag_quality


def entry(precision: float, recall: float, support: float) -> dict:
    values = {"precision": precision, "recall": recall, "support": support}
    return {"per_class": {"hindsight_biased": {name: {"value": value} for name, value in values.items()}}}


def test_real_reports_count_and_composed_ones_do_not():
    sources = {"composed": entry(1.0, 1.0, 1000), "coroners": entry(0.8, 0.8, 100), "inquiries": entry(0.5, 0.5, 100)}
    # 80 right of 100 flagged and 50 right of 100 flagged; 70 of 200 missed
    assert flag_quality({"by_source": sources, "quality": entry(0.9, 0.9, 1200)}) == (
        "On real reports 65% of the flags are right (80% in coroners' reports, 50% in public inquiries), "
        "and 35% of such sentences are missed; this was counted on labelled sentences, of which none is of a real "
        "safeguarding review. How sure a flag is, such as 99%, is the model's own probability for that one sentence."
    )


def test_of_reports_that_we_do_not_know_it_is_not_said_what_they_are():
    for manifest in (
        {"by_source": {"coroners": entry(0.9, 0.8, 10), "our_wards": entry(0.9, 0.8, 10)}},
        {"quality": entry(0.9, 0.8, 10)},
    ):
        assert "safeguarding" not in flag_quality(manifest)
        assert "the model's own probability" in flag_quality(manifest)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"by_source": {"composed": entry(0.9, 0.8, 10)}, "quality": entry(0.9, 0.8, 10)}, "On reviews composed for"),
        ({"quality": entry(0.9, 0.8, 10)}, "On sentences that it had not learned from 90% of the flags are right"),
        ({"by_source": {"our_wards": entry(0.9, 0.8, 10)}}, "On real reports 90% of the flags are right, and 20%"),
        ({"by_source": {"coroners": entry(0, 0, 0)}, "quality": entry(0.9, 0.8, 10)}, "On sentences that it had not"),
    ],
)
def test_what_it_rests_on_is_said(manifest, said):
    assert flag_quality(manifest).startswith(said)


@pytest.mark.parametrize("manifest", [{}, {"quality": None}, {"quality": {"per_class": {}}}, {"by_source": {}}])
def test_where_nothing_is_measured_nothing_is_said(manifest):
    assert flag_quality(manifest) is None


def test_the_shipped_model_says_it():
    assert flag_quality(read_manifest(find_bundle("default"))).startswith("On real reports ")


@pytest.mark.parametrize(
    "wrong", [7, "x", [], {}, {"value": "x"}, {"value": None}, {"value": 10**400}, {"value": 1e308}]
)
def test_of_a_bundle_that_says_it_in_another_way_nothing_is_said(wrong):
    broken = entry(0.9, 0.8, 10)
    broken["per_class"]["hindsight_biased"]["recall"] = wrong
    for manifest in (
        {"quality": broken},
        {"by_source": {"coroners": broken}},
        {"by_source": wrong},
        {"quality": wrong},
    ):
        assert flag_quality(manifest) is None
