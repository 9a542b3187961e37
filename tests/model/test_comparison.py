"""Comparisons of classifiers on the same sentences."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from bias_detect.errors import UsageError
from bias_detect.model.comparison import compare_systems, holm
from bias_detect.model.metrics import classification_figures


def draw(seed, n_documents=30, each=6, right=(0.8, 0.8)):
    """Sentences of two labels, and two classifiers that are right as often as said, more so in some documents."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_documents), each)
    truth = rng.integers(2, size=len(groups))
    ease = rng.normal(0, 0.1, n_documents)[groups]
    names = np.array(["a", "b"])
    guesses = [names[np.where(rng.random(len(groups)) < share + ease, truth, 1 - truth)] for share in right]
    return names[truth].tolist(), {"one": guesses[0].tolist(), "other": guesses[1].tolist()}, groups.tolist()


def test_the_difference_is_that_of_the_figures_themselves():
    truth, predicted, groups = draw(0, right=(0.9, 0.7))
    figures = {
        name: classification_figures(truth, None, ["a", "b"], groups, y_pred=labels)
        for name, labels in predicted.items()
    }
    found = compare_systems(truth, predicted, groups, [("one", "other")])
    assert [row["figure"] for row in found] == ["macro_f1", "mcc"]
    for row in found:
        one, other = (figures[name][row["figure"]]["value"] for name in ("one", "other"))
        assert row["difference"]["value"] == pytest.approx(one - other)
        assert row["difference"]["low"] < one - other < row["difference"]["high"]
        assert row["p"] <= row["p_holm"] <= 1
    turned = compare_systems(truth, predicted, groups, [("other", "one")])
    for row, back in zip(found, turned, strict=True):
        assert back["difference"]["value"] == pytest.approx(-row["difference"]["value"])
        assert back["p"] == pytest.approx(row["p"], abs=0.02)


@pytest.mark.parametrize("n_documents", [2, 3, 7])
def test_the_chance_is_that_of_all_swaps_of_whole_documents(n_documents):
    truth, predicted, groups = draw(n_documents, n_documents=n_documents, each=8, right=(0.85, 0.6))
    one, other = (np.array(predicted[name]) for name in ("one", "other"))

    def apart(swapped):
        first, second = np.where(swapped, other, one), np.where(swapped, one, other)
        figures = [
            (metrics.f1_score(truth, labels, average="macro"), metrics.matthews_corrcoef(truth, labels))
            for labels in (first, second)
        ]
        return np.abs(np.subtract(*figures))

    swaps = [apart(np.array(sides)[groups]) for sides in itertools.product([False, True], repeat=n_documents)]
    exact = (np.array(swaps) >= apart(False) - 1e-9).mean(axis=0)
    found = compare_systems(truth, predicted, groups, [("one", "other")], n_boot=2)
    assert [row["p"] for row in found] == pytest.approx(exact.tolist(), abs=0.02)


def test_a_difference_in_one_document_only_may_always_be_chance():
    truth, one, other = list("abab") * 2, list("abab") * 2, list("abab") + list("abbb")
    found = compare_systems(truth, {"one": one, "other": other}, [0] * 4 + [1] * 4, [("one", "other")])
    assert found[0]["difference"]["value"] > 0
    assert [row["p"] for row in found] == [1, 1]  # swapped or not, it is as large


def test_equally_good_classifiers_are_told_apart_as_seldom_as_promised_and_others_often():
    told = {"equal": 0, "better": 0}
    for seed in range(200):
        for kind, right in (("equal", (0.75, 0.75)), ("better", (0.9, 0.7))):
            truth, predicted, groups = draw(seed, right=right)
            found = compare_systems(
                truth, predicted, groups, [("one", "other")], n_boot=2, n_permutations=199, seed=seed
            )
            told[kind] += found[1]["p"] <= 0.05
    # Of 200 true hypotheses 10 are expected; 19 and more would come about once in 200 such tests.
    assert told["equal"] < 19
    assert told["better"] > 180


def test_the_interval_of_a_difference_is_narrower_than_those_of_the_two():
    rng = np.random.default_rng(0)
    truth, predicted, groups = draw(1)
    # The other one errs nearly where the first does, so that what is hard for both does not count.
    swap = rng.random(len(truth)) < 0.05
    predicted["other"] = [
        ("b" if name == "a" else "a") if s else name for name, s in zip(predicted["one"], swap, strict=True)
    ]
    (row, _) = compare_systems(truth, predicted, groups, [("one", "other")])
    alone = classification_figures(truth, None, ["a", "b"], groups, y_pred=predicted["one"])["macro_f1"]
    assert row["difference"]["high"] - row["difference"]["low"] < (alone["high"] - alone["low"]) * 0.8


def test_a_classifier_does_not_differ_from_itself_and_one_document_tells_nothing():
    truth, predicted, groups = draw(2)
    predicted["same"] = predicted["one"]
    for row in compare_systems(truth, predicted, groups, [("one", "same")]):
        assert row["difference"] == {"value": 0, "low": 0, "high": 0}
        assert row["p"] == row["p_holm"] == 1
    for row in compare_systems(truth, predicted, ["the only one"] * len(truth), [("one", "other")]):
        assert row["difference"]["value"] is not None
        assert [row["difference"]["low"], row["p"], row["p_holm"]] == [None] * 3


def test_the_seed_fixes_the_draws():
    truth, predicted, groups = draw(3)
    first, again, other = (compare_systems(truth, predicted, groups, [("one", "other")], seed=s) for s in (0, 0, 1))
    assert first == again
    assert first != other


def test_predictions_for_other_sentences_are_refused():
    with pytest.raises(UsageError, match="other: 1 labels for 2 sentences"):
        compare_systems(["a", "b"], {"one": ["a", "b"], "other": ["a"]}, [0, 1], [("one", "other")])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_rejects_what_the_step_down_procedure_rejects(chances):
    corrected = holm(chances)
    order = np.argsort(chances, kind="stable")
    going = True
    for rank, place in enumerate(order):  # the procedure as it is defined, at 5%
        going = going and chances[place] * (len(chances) - rank) <= 0.05
        assert (corrected[place] <= 0.05) == going
    assert all(p <= q for p, q in zip(chances, corrected, strict=True))


def test_holm_leaves_alone_what_was_not_tested():
    assert holm([None, 0.01, None]) == [None, 0.01, None]
    assert stats.rankdata(holm([0.04, 0.01, 0.02])).tolist() == [3.0 - 0.5, 1, 3.0 - 0.5]
