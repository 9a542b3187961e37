"""Figures at natural shares."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef, precision_score, recall_score

from bias_detect.model.contest import contest_figures, run_contest
from bias_detect.model.evaluation_tables import evaluation_tables, tidy_rows
from bias_detect.model.natural import inclusion_probabilities, natural_figures


def test_the_figures_are_those_of_weighted_sentences():
    rng = np.random.default_rng(0)
    truth, guess = rng.choice(list("abc"), 60), rng.choice(list("abc"), 60)
    inclusion = rng.choice([0.05, 0.3, 1.0], 60)
    found = natural_figures(truth.tolist(), {"mine": guess.tolist()}, list(range(60)), inclusion, n_boot=20)
    weighted = {"sample_weight": 1 / inclusion, "zero_division": 0}
    figures = found["systems"]["mine"]
    assert figures["macro_f1"]["value"] == pytest.approx(f1_score(truth, guess, average="macro", **weighted))
    assert figures["mcc"]["value"] == pytest.approx(matthews_corrcoef(truth, guess, sample_weight=1 / inclusion))
    for place, label in enumerate("abc"):
        for name, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
            expected = score(truth, guess, average=None, **weighted)[place]
            assert figures["per_class"][label][name]["value"] == pytest.approx(expected)
    assert found["share"]["a"]["value"] == pytest.approx((1 / inclusion)[truth == "a"].sum() / (1 / inclusion).sum())


def test_the_effective_number_is_kish_s_and_sentences_of_unknown_chance_do_not_count():
    truth, guess, groups = list("aabb"), list("abbb"), ["d1", "d2", "d3", "d3"]
    found = natural_figures(truth, {"mine": guess}, groups, np.array([0.1, 0.1, 1.0, np.nan]), n_boot=50)
    assert found["n_sentences"] == 3
    assert found["effective"] == pytest.approx((10 + 10 + 1) ** 2 / (100 + 100 + 1))
    assert found == natural_figures(truth[:3], {"mine": guess[:3]}, groups[:3], np.array([0.1, 0.1, 1.0]), n_boot=50)


def test_an_enriched_sample_gives_the_precision_of_the_pages_that_it_was_drawn_from():
    """Of 20,000 sentences 5% are judged; the sample holds all that the classifier flags, and few of the others."""
    rng = np.random.default_rng(1)
    judged = rng.random(20_000) < 0.05
    flagged = np.where(judged, rng.random(20_000) < 0.8, rng.random(20_000) < 0.1)
    true_precision, true_recall = (judged & flagged).sum() / flagged.sum(), (judged & flagged).sum() / judged.sum()
    chance = np.where(judged, 0.9, 0.05)  # chosen for being judged
    drawn = rng.random(20_000) < chance
    names = np.array(["told", "judged"])
    truth, guess = names[judged[drawn].astype(int)].tolist(), names[flagged[drawn].astype(int)].tolist()
    documents = rng.integers(200, size=drawn.sum()).tolist()
    found = natural_figures(truth, {"mine": guess}, documents, chance[drawn], n_boot=200)
    figures = found["systems"]["mine"]["per_class"]["judged"]
    assert figures["precision"]["low"] < true_precision < figures["precision"]["high"]
    assert figures["recall"]["low"] < true_recall < figures["recall"]["high"]
    unweighted = precision_score(truth, guess, pos_label="judged")
    assert unweighted > figures["precision"]["high"] + 0.2
    assert found["effective"] < found["n_sentences"]


@pytest.mark.parametrize(
    ("cells", "readable"),
    [(["0.5", "1", ""], True), ([0.5, None], True), (["yes"], False), (["0"], False), ([1.5], False), ([-0.1], False)],
)
def test_a_column_of_something_else_is_not_taken_for_probabilities(cells, readable):
    assert (inclusion_probabilities(cells) is not None) == readable


def test_nothing_is_added_where_all_sentences_count_alike():
    assert natural_figures(["a", "b"], {"mine": ["a", "b"]}, [1, 2], np.array([0.2, 0.2])) is None
    assert natural_figures(["a", "b"], {"mine": ["a", "b"]}, [1, 2], np.array([np.nan, np.nan])) is None


def test_they_stand_in_the_figures_and_the_tables_of_an_evaluation():
    from sklearn.dummy import DummyClassifier

    places = ["ward", "clinic", "school", "court"]
    rows = [(f"They {verb} the {place}.", verb, place) for place in places for verb in ("left", "rang")]
    table = pd.DataFrame(rows, columns=["sentence", "label", "document"])
    table["inclusion"] = ["0.1", "1.0"] * 4
    metrics = contest_figures(run_contest(table, estimators={"mine": DummyClassifier()}, n_splits=2), table, n_boot=20)
    assert metrics["natural"]["share"]["left"]["value"] == pytest.approx(10 / 11)
    (shown,) = (found for found in evaluation_tables({**metrics, "left_out": {}}) if found.name == "natural")
    assert ["majority class", "left"] in [row[:2] for row in shown.rows]
    assert {row["classifier"] for row in tidy_rows(metrics) if row["table"] == "natural"} == {"mine", "majority class"}
    plain = contest_figures(
        run_contest(table, estimators={"mine": DummyClassifier()}, n_splits=2), table.assign(inclusion="so"), n_boot=20
    )
    assert "natural" not in plain
