import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from bias_detect.errors import UsageError
from bias_detect.model.counts import count_labels, macro_f1_and_mcc
from bias_detect.model.metrics import agreement_figures, classification_figures

CLASSES = ["descriptive", "explanatory", "hindsight_biased"]
SCORES = ("macro_f1", "mcc", "log_loss", "brier", "ece")


def draw(seed, n=300, k=3, n_documents=30):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(k), n)
    names = np.array([f"label {i}" for i in range(k)])
    truth = names[[rng.choice(k, p=row) for row in proba]]
    return truth, proba, names.tolist(), rng.integers(n_documents, size=n).tolist()


def value(figure):
    return figure["value"]


def all_figures(figures):
    yield from (figures[name] for name in SCORES)
    for label in figures["per_class"].values():
        yield from label.values()


@pytest.mark.parametrize("k", [2, 3, 5])
def test_values_are_those_of_scikit_learn(k):
    truth, proba, classes, groups = draw(k, k=k)
    guess = np.array(classes)[proba.argmax(axis=1)]
    figures = classification_figures(truth, proba, classes, groups, n_boot=10)

    assert value(figures["macro_f1"]) == pytest.approx(reference.f1_score(truth, guess, average="macro"))
    assert value(figures["mcc"]) == pytest.approx(reference.matthews_corrcoef(truth, guess))
    assert value(figures["log_loss"]) == pytest.approx(reference.log_loss(truth, proba, labels=classes))
    one_hot = truth[:, None] == np.array(classes)
    assert value(figures["brier"]) == pytest.approx(((one_hot - proba) ** 2).sum(axis=1).mean())
    expected = reference.precision_recall_fscore_support(truth, guess, labels=classes)
    for place, name in enumerate(("precision", "recall", "f1", "support")):
        found = [value(figures["per_class"][label][name]) for label in classes]
        assert found == pytest.approx(expected[place])
    matrix = reference.confusion_matrix(truth, guess, labels=classes)
    assert figures["confusion"] == {"labels": classes, "matrix": matrix.tolist()}
    assert figures["n_sentences"] == 300
    assert figures["n_documents"] == len(set(groups))


def test_brier_score_is_that_of_scikit_learn_for_several_classes():
    pytest.importorskip("sklearn", minversion="1.7")
    truth, proba, classes, groups = draw(7)
    figures = classification_figures(truth, proba, classes, groups, n_boot=0)
    expected = reference.brier_score_loss(truth, proba, labels=classes)
    assert value(figures["brier"]) == pytest.approx(expected)


def test_a_certain_mistake_costs_a_finite_log_loss_as_in_scikit_learn():
    proba = np.array([[1.0, 0.0], [1.0, 0.0]])
    figures = classification_figures(["a", "b"], proba, ["a", "b"], [0, 1])
    assert value(figures["log_loss"]) == pytest.approx(reference.log_loss(["a", "b"], proba))


def test_calibration_error_worked_out_by_hand():
    # Two bins: confidence 0.9 and right once in two; confidence 0.6 and right always.
    proba = np.array([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4], [0.4, 0.6]])
    figures = classification_figures(["a", "a", "a", "b"], proba, ["a", "b"], [0, 1, 2, 3])
    assert value(figures["ece"]) == pytest.approx(abs(0.9 - 0.5) / 2 + abs(0.6 - 1.0) / 2)


@pytest.mark.parametrize(("k", "sharpness"), [(2, 1.0), (3, 0.1), (40, 1.0), (40, 0.05)])
def test_calibration_error_is_that_of_guo_et_al(k, sharpness):
    """Fifteen bins of equal width, each with its upper edge; of 40 labels the most probable may have less than 1/15."""
    rng = np.random.default_rng(k)
    proba = np.vstack([rng.dirichlet(np.full(k, sharpness), 200), np.full((30, k), 1 / k)])
    confidence, guess = proba.max(axis=1), proba.argmax(axis=1)
    # Too sure in every other bin and too modest in between, so that bins put together would make each other good.
    right = np.ceil(confidence * 15) % 2 == 0
    truth = np.where(right, guess, (guess + 1) % k)
    names = [f"label {place}" for place in range(k)]
    gaps = 0.0
    for place in range(15):
        inside = (confidence > place / 15) & (confidence <= (place + 1) / 15)
        if inside.any():
            gaps += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    figures = classification_figures([names[c] for c in truth], proba, names, list(range(len(truth))), n_boot=0)
    assert value(figures["ece"]) == pytest.approx(gaps)


def test_perfect_predictions_have_perfect_figures_and_intervals_of_no_width():
    truth = ["a", "b", "c"] * 4
    proba = np.eye(3)[[0, 1, 2] * 4]
    # Each document holds each label, so no replicate lacks one.
    figures = classification_figures(truth, proba, ["a", "b", "c"], np.repeat(range(4), 3).tolist())
    perfect = {"macro_f1": 1, "mcc": 1, "log_loss": 0, "brier": 0, "ece": 0}
    for name, expected in perfect.items():
        assert list(figures[name].values()) == pytest.approx([expected] * 3)


def test_a_label_that_never_occurs_does_not_count_in_macro_f1():
    truth, guess = ["a", "b", "a", "b"], ["a", "b", "b", "b"]
    figures = classification_figures(truth, None, ["a", "b", "c"], [0, 0, 1, 1], y_pred=guess)
    assert value(figures["macro_f1"]) == pytest.approx(reference.f1_score(truth, guess, average="macro"))
    assert value(figures["per_class"]["c"]["f1"]) == 0
    assert value(figures["per_class"]["c"]["support"]) == 0


def test_a_rule_without_probabilities_has_no_figures_that_need_them():
    figures = classification_figures(["a", "b"], None, ["a", "b"], [0, 1], y_pred=["a", "a"])
    nothing = {"value": None, "low": None, "high": None}
    assert [figures[name] for name in ("log_loss", "brier", "ece")] == [nothing] * 3
    assert value(figures["per_class"]["a"]["recall"]) == 1


def test_labels_predicted_may_differ_from_the_most_probable():
    proba = np.array([[0.6, 0.4], [0.6, 0.4]])
    figures = classification_figures(["b", "a"], proba, ["a", "b"], [0, 1], y_pred=["b", "a"])
    assert value(figures["macro_f1"]) == 1
    assert value(figures["ece"]) == pytest.approx(0.1)


def test_one_document_has_values_and_no_interval():
    truth, proba, classes, _ = draw(1)
    figures = classification_figures(truth, proba, classes, ["the only one"] * len(truth))
    for figure in all_figures(figures):
        assert figure["value"] is not None
        assert figure["low"] is None
        assert figure["high"] is None


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others():
    truth, proba, classes, groups = draw(2)
    first, again, other = (
        classification_figures(truth, proba, classes, groups, n_boot=200, seed=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first["mcc"]["low"] != other["mcc"]["low"]


def test_replicates_drawn_in_blocks_follow_the_same_distribution(monkeypatch):
    truth, proba, classes, groups = draw(3)
    whole = classification_figures(truth, proba, classes, groups, n_boot=2_000)
    monkeypatch.setattr("bias_detect.bootstrap.BLOCK", 1_000)
    blocks = classification_figures(truth, proba, classes, groups, n_boot=2_000)
    for end in ("low", "high"):
        assert whole["mcc"][end] == pytest.approx(blocks["mcc"][end], abs=0.02)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 40), st.integers(1, 8))
def test_figures_stay_in_their_bounds_and_do_not_depend_on_the_order_of_sentences(seed, k, n, n_documents):
    truth, proba, classes, groups = draw(seed, n=n, k=k, n_documents=n_documents)
    figures = classification_figures(truth, proba, classes, groups, n_boot=50)
    order = np.random.default_rng(seed).permutation(n)
    turned = classification_figures(truth[order], proba[order], classes, [groups[i] for i in order], n_boot=50)
    bounds = {"macro_f1": (0, 1), "mcc": (-1, 1), "log_loss": (0, 40), "brier": (0, 2), "ece": (0, 1)}
    for name, (least, most) in bounds.items():
        assert figures[name]["value"] == pytest.approx(turned[name]["value"])
        ends = [end for end in figures[name].values() if end is not None]
        assert all(least - 1e-9 <= end <= most + 1e-9 for end in ends)
        if figures[name]["low"] is not None:
            assert figures[name]["low"] <= figures[name]["high"] + 1e-9
    assert figures["confusion"] == turned["confusion"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(CLASSES), min_size=2, max_size=30), st.sampled_from(CLASSES))
def test_documents_that_are_all_alike_leave_no_doubt(labels, guess):
    truth = labels * 3
    groups = np.repeat([0, 1, 2], len(labels)).tolist()
    proba = np.tile([0.5, 0.3, 0.2], (len(truth), 1))
    figures = classification_figures(truth, proba, CLASSES, groups, n_boot=50, y_pred=[guess] * len(truth))
    for figure in all_figures(figures):
        assert figure["low"] == pytest.approx(figure["value"])
        assert figure["high"] == pytest.approx(figure["value"])


def test_intervals_over_documents_cover_the_truth_and_intervals_over_sentences_do_not():
    """Accuracy differs between documents: the true macro-F1 is that of a large draw."""
    rng = np.random.default_rng(0)

    def sample(n_documents):
        groups = np.repeat(np.arange(n_documents), 20)
        right = rng.beta(2, 1, n_documents)[groups] > rng.random(len(groups))
        truth = rng.integers(2, size=len(groups))
        names = np.array(["a", "b"])
        return names[truth], names[np.where(right, truth, 1 - truth)], groups.tolist()

    truth, guess, _ = sample(20_000)
    target = reference.f1_score(truth, guess, average="macro")
    covered = {"documents": 0, "sentences": 0}
    for _ in range(200):
        truth, guess, groups = sample(40)
        for unit, units in (("documents", groups), ("sentences", list(range(len(groups))))):
            figures = classification_figures(truth, None, ["a", "b"], units, n_boot=200, y_pred=guess)
            covered[unit] += figures["macro_f1"]["low"] <= target <= figures["macro_f1"]["high"]
    assert covered["documents"] >= 0.90 * 200
    assert covered["sentences"] <= 0.75 * 200


def test_the_interval_of_the_calibration_error_reaches_down_for_a_calibrated_model():
    """Its true value is 0; percentile intervals lie above 0.01 in nearly all of these samples."""
    reached = 0
    for seed in range(50):
        truth, proba, classes, groups = draw(seed, n=1_000, n_documents=100)
        figure = classification_figures(truth, proba, classes, groups, n_boot=200, seed=seed)["ece"]
        assert figure["low"] <= figure["value"] <= figure["high"]
        reached += figure["low"] <= 0.01
    assert reached >= 40


def test_the_calibration_error_of_the_shares_themselves_is_nothing_but_not_for_certain():
    truth = ["a", "b", "b", "b"] * 20
    proba = np.tile([0.25, 0.75], (len(truth), 1))
    figure = classification_figures(truth, proba, ["a", "b"], list(range(len(truth))), n_boot=200)["ece"]
    assert figure["value"] == pytest.approx(0)
    assert figure["high"] > 0.05


@pytest.mark.parametrize(
    ("y_true", "proba", "groups", "cause"),
    [
        (["a", "z"], np.full((2, 2), 0.5), [0, 1], "unknown label: z"),
        (["a", "b"], np.full((2, 3), 1 / 3), [0, 1], "have the shape"),
        (["a", "b"], np.full((2, 2), 0.9), [0, 1], "adds up to 1"),
        (["a", "b"], np.full((2, 2), np.nan), [0, 1], "adds up to 1"),
        (["a", "b"], np.full((2, 2), 0.5), [0], "1 documents named for 2 sentences"),
        (["a", "b"], None, [0, 1], "neither probabilities nor predicted labels"),
        ([], np.zeros((0, 2)), [], "no sentences"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_a_next_step(y_true, proba, groups, cause):
    with pytest.raises(UsageError, match=cause) as caught:
        classification_figures(y_true, proba, ["a", "b"], groups)
    assert "; " in str(caught.value)


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(UsageError, match="1 predictions for 2 sentences; give one each"):
        classification_figures(["a", "b"], None, ["a", "b"], [0, 1], y_pred=["a"])
    with pytest.raises(UsageError, match="2 labels against 1; give two for each"):
        agreement_figures(["a", "b"], ["a"], [0, 1])


def test_kappa_is_that_of_scikit_learn_and_its_interval_holds_it():
    first, _, classes, groups = draw(4)
    rng = np.random.default_rng(4)
    second = np.where(rng.random(len(first)) < 0.3, rng.choice(classes, len(first)), first)
    figures = agreement_figures(first, second, groups)
    assert value(figures["kappa"]) == pytest.approx(reference.cohen_kappa_score(first, second))
    assert value(figures["macro_f1"]) == pytest.approx(reference.f1_score(first, second, average="macro"))
    assert value(figures["mcc"]) == pytest.approx(reference.matthews_corrcoef(first, second))
    assert figures["kappa"]["low"] < value(figures["kappa"]) < figures["kappa"]["high"]
    assert agreement_figures(second, first, groups) == figures


def test_kappa_is_not_defined_where_there_is_one_label_throughout():
    with np.errstate(all="raise"):
        figures = agreement_figures(["a", "a"], ["a", "a"], [0, 1])
    assert figures["kappa"] == {"value": None, "low": None, "high": None}
    assert value(figures["macro_f1"]) == 1


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_a_constant_side_has_no_correlation_whatever_the_weights(scale):
    rng = np.random.default_rng(0)
    given = scale * rng.random((500, 3)) / 3
    # Added up in another order, so that the two totals differ by what rounding leaves.
    predicted = np.column_stack([given[:, ::-1].sum(axis=1), np.zeros((500, 2))])
    hits = np.column_stack([given[:, 0], np.zeros((500, 2))])
    with np.errstate(all="raise"):
        mcc = macro_f1_and_mcc(np.hstack([hits, given, predicted]))[:, 1]
    assert np.abs(mcc).max() < 1e-9


@pytest.mark.parametrize("weight", [1e-3, 1.0, 1e6])
def test_a_label_that_is_given_once_and_never_found_counts_whatever_it_weighs(weight):
    document, truth, guess = np.zeros(3, dtype=int), np.array([0, 0, 1]), np.zeros(3, dtype=int)
    counts = count_labels(document, truth, guess, 1, 2, np.full(3, weight))
    assert macro_f1_and_mcc(counts).tolist() == [[pytest.approx(0.4), 0]]  # 0.8 and 0


def test_no_sentence_at_all_has_figures_of_nothing():
    assert macro_f1_and_mcc(np.zeros((1, 6))).tolist() == [[0, 0]]
