import json
import os
import stat

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bias_detect.errors import CorpusError, UsageError
from bias_detect.model.contest import contest_figures, run_contest
from bias_detect.model.evaluation import cross_validate, evaluate_model, figures
from bias_detect.model.metrics_file import evaluation_notes, write_metrics
from bias_detect.model.splits import document_codes, plan_folds, sentence_keys

LABELS = ["descriptive", "explanatory", "hindsight_biased"]
WORDS = ["visit", "referral", "meeting", "assessment", "call", "record", "plan", "review"]


def corpus(n_documents=10, each=9, seed=0):
    """Sentences of made-up reviews, each its own text."""
    rng = np.random.default_rng(seed)
    rows = []
    for document in range(n_documents):
        for place in range(each):
            label = LABELS[place % 3]
            first, second = rng.choice(WORDS, 2)
            name = "".join(rng.choice(list("bcdfgaeiou"), 9))
            text = {
                "descriptive": f"The {first} by {name} followed the {second}.",
                "explanatory": f"Because the {first} was full, {name} put off the {second}.",
                "hindsight_biased": f"The {first} should have told {name} about the {second}.",
            }[label]
            rows.append({"sentence": text, "label": label, "document": f"review {document}"})
    return pd.DataFrame(rows)


def classifier():
    return make_pipeline(TfidfVectorizer(), LogisticRegression())


def validated(table, **options):
    estimator = options.pop("estimator", None) or classifier()
    return cross_validate(estimator, table["sentence"], table["label"], table.get("document"), **options)


def no_signals(sentences):
    return ["hindsight_biased" if "should have" in text else "descriptive" for text in sentences]


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers each training side; its clones share the list."""

    seen: list = []  # noqa: RUF012 - shared on purpose

    def fit(self, X, y, groups=None):
        Recorder.seen.append((list(X), list(y), groups))
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[-1])


@pytest.fixture
def recorder():
    Recorder.seen.clear()
    return Recorder()


def test_cross_validation_learns_what_is_there_and_reports_it_beside_the_baselines():
    table = corpus()
    metrics = figures(validated(table), table, n_boot=100, rule=no_signals)
    assert metrics["macro_f1"]["value"] > 0.95
    assert metrics["baselines"]["majority"]["macro_f1"]["value"] == pytest.approx(1 / 6)
    assert metrics["baselines"]["signals_rule"]["per_class"]["hindsight_biased"]["f1"]["value"] == 1
    assert metrics["baselines"]["signals_rule"]["per_class"]["explanatory"]["f1"]["value"] == 0
    assert metrics["baselines"]["signals_rule"]["brier"]["value"] is None
    assert metrics["baselines"]["majority"]["brier"]["value"] == pytest.approx(2 / 3)
    assert (metrics["n_sentences"], metrics["n_documents"]) == (90, 10)
    assert metrics["confusion"]["labels"] == LABELS
    assert metrics["protocol"]["folds"] == 5
    assert metrics["leaks"]["sentences"] == 0


def test_no_document_stands_on_both_sides_and_fit_is_given_the_documents(recorder):
    table = corpus()
    done = []
    predictions = validated(table, estimator=recorder, progress=lambda *step: done.append(step))
    assert done == [(i, 5) for i in range(1, 6)]
    document_of = dict(zip(table["sentence"], table["document"], strict=True))
    tested = []
    for texts, _, groups in recorder.seen:
        trained = {document_of[text] for text in texts}
        assert len(set(groups)) == len(trained)
        tested += [name for name in set(table["document"]) if name not in trained]
    assert sorted(tested) == sorted(set(table["document"]))
    # As predict says, although the first of the probabilities is as high.
    assert predictions.predicted == ["hindsight_biased"] * 90


def test_an_equal_sentence_of_another_document_is_counted_and_kept_out_of_training(recorder):
    table = corpus()
    table.loc[0, "sentence"] = "No further action was taken."
    table.loc[40, "sentence"] = "NO further action  was taken"
    table.loc[80, "sentence"] = "no further action was taken."
    predictions = validated(table, estimator=recorder, n_splits=10)
    places = {0, 40, 80}
    for texts, _, _ in recorder.seen:
        missing = set(table["sentence"]) - set(texts)
        # Where one of them is tested, none of the three is trained on.
        equal = {table.loc[place, "sentence"] for place in places}
        assert not missing & equal or equal <= missing
    assert predictions.leaks.sentences == 3
    assert predictions.leaks.pairs == 3
    assert predictions.leaks.dropped_from_training == 6
    assert len(predictions.labels) == 90
    notes = evaluation_notes(figures(predictions, table, n_boot=0, rule=no_signals))
    assert any(note.startswith("leak:") and "3" in note for note in notes)


def test_a_leak_would_have_paid_and_does_not():
    """Labels without any pattern: whoever learns the copies by heart scores, and nobody may."""
    rng = np.random.default_rng(0)
    half = corpus(n_documents=10, each=9)
    half["label"] = rng.choice(LABELS, len(half))
    copies = half.assign(document=half["document"] + " again", sentence=half["sentence"].str.upper())
    table = pd.concat([half, copies], ignore_index=True)
    nearest = make_pipeline(TfidfVectorizer(), LogisticRegression(C=1000))
    metrics = figures(validated(table, estimator=nearest), n_boot=0, rule=no_signals)
    assert metrics["leaks"]["sentences"] > 100
    assert metrics["mcc"]["value"] < 0.2


def test_without_documents_equal_sentences_go_together():
    table = corpus().drop(columns="document")
    table = pd.concat([table, table.head(20)], ignore_index=True)
    predictions = validated(table)
    assert predictions.leaks.sentences == 0
    assert predictions.groups[0] == predictions.groups[90]
    metrics = figures(predictions, table, n_boot=0, rule=no_signals)
    assert metrics["protocol"]["sentences_without_document"] == 110
    assert any("without a document: 110" in note for note in evaluation_notes(metrics))


def test_the_majority_baseline_is_one_label_and_knows_nothing_where_two_are_as_frequent():
    rows = [
        (label, f"{label}{place}") for label, each in (("a", 49), ("b", 51)) for place in range(7) for _ in range(each)
    ]
    table = pd.DataFrame(rows, columns=["label", "document"])
    table["sentence"] = [f"Item {chr(97 + i % 26) * (1 + i // 26)}." for i in range(len(rows))]
    contest = run_contest(table, estimators={"by fold": DummyClassifier(strategy="most_frequent")})
    assert set(contest.contestants["by fold"].predicted) == {"a", "b"}  # what a fold takes for the majority differs
    metrics = contest_figures(contest, table, n_boot=20, n_permutations=100)
    majority, below = metrics["baselines"]["majority"], metrics["comparisons"][1]
    assert majority["confusion"]["matrix"] == [[0, 343], [0, 357]]
    assert majority["mcc"]["value"] == 0
    assert majority["macro_f1"]["value"] == pytest.approx(357 / (343 + 2 * 357))
    assert majority["brier"]["value"] == pytest.approx(2 * 0.49 * 0.51)
    assert (below["systems"], below["figure"]) == (["by fold", "majority"], "mcc")
    assert below["difference"]["value"] == pytest.approx(metrics["mcc"]["value"])


@pytest.mark.parametrize("labels", [("yes", "no"), ("1", "2", "3", "4"), ("übrig", "rest of it")])
def test_any_labels_will_do_and_the_rule_is_not_asked(labels):
    table = corpus()
    table["label"] = [labels[i % len(labels)] for i in range(len(table))]

    def rule(_):
        raise AssertionError("the rule knows the codebook's labels only")

    metrics = figures(validated(table), table, n_boot=20, rule=rule)
    assert list(metrics["per_class"]) == sorted(labels)
    assert list(metrics["baselines"]) == ["majority"]


def test_sources_are_reported_apart():
    table = corpus()
    table["source"] = ["inquests"] * 45 + ["inquiries"] * 45
    metrics = figures(validated(table), table, n_boot=20, rule=no_signals)
    assert {name: part["n_sentences"] for name, part in metrics["by_source"].items()} == {
        "inquests": 45,
        "inquiries": 45,
    }
    assert metrics["by_source"]["inquests"]["baselines"]["signals_rule"]["n_documents"] == 5
    table["source"] = "inquests"
    assert "by_source" not in figures(validated(table), table, n_boot=20, rule=no_signals)


@pytest.mark.parametrize(
    ("change", "options", "cause"),
    [
        (lambda t: t, {"n_splits": 11}, r"10 document\(s\) cannot be dealt out to 11 folds"),
        (lambda t: t.assign(label="descriptive"), {}, "all sentences have the same label"),
        (lambda t: t.head(0), {}, "no labelled sentences"),
        (
            lambda t: t.assign(label=["explanatory" if i < 3 else "descriptive" for i in range(len(t))]),
            {},
            "no sentence labelled explanatory",
        ),
        (lambda t: t.assign(label=t["label"].where(t.index != 4)), {}, "row 5 holds no text"),
    ],
)
def test_a_corpus_that_cannot_be_cross_validated_is_refused_before_training(change, options, cause, recorder):
    with pytest.raises(CorpusError, match=cause) as caught:
        validated(change(corpus()), estimator=recorder, **options)
    assert "; " in str(caught.value)
    assert not recorder.seen


def test_a_call_that_does_not_fit_is_refused():
    with pytest.raises(UsageError, match="at least 2"):
        validated(corpus(), n_splits=1)
    with pytest.raises(UsageError, match="labels for 2 sentences"):
        cross_validate(classifier(), ["One.", "Two."], ["a"])
    with pytest.raises(UsageError, match="documents for 2 sentences"):
        cross_validate(classifier(), ["One.", "Two."], ["a", "b"], ["A"])


def test_a_fitted_model_is_not_tested_on_what_it_was_trained_on():
    train, test = corpus(seed=1), corpus(n_documents=4, seed=2)
    model = classifier().fit(train["sentence"], train["label"])
    model.training_keys_ = sentence_keys(train["sentence"])
    known = train.head(3).assign(sentence=train["sentence"].head(3).str.upper(), document="review 0")
    table = pd.concat([known, test], ignore_index=True)
    table["annotator_a"] = table["annotator_b"] = table["label"]

    predictions = evaluate_model(model, table)
    metrics = figures(predictions, table, n_boot=50, rule=no_signals)
    assert metrics["n_sentences"] == 36
    assert metrics["leaks"] == {
        "checked": True,
        "sentences": 3,
        "pairs": None,
        "dropped_from_training": 0,
        "dropped_from_evaluation": 3,
    }
    assert metrics["annotators"][0]["n_sentences"] == 36
    assert any("trained on: 3" in note for note in evaluation_notes(metrics))
    assert predictions.sentences == test["sentence"].tolist()


def test_a_model_that_does_not_know_its_training_data_is_said_to_be_unchecked():
    table = corpus()
    model = classifier().fit(table["sentence"], table["label"])
    metrics = figures(evaluate_model(model, table), table, n_boot=0, rule=no_signals)
    assert metrics["leaks"]["checked"] is False
    assert metrics["protocol"]["priors"] == "evaluation"
    notes = " ".join(evaluation_notes(metrics))
    assert "leaks cannot be counted" in notes
    assert "majority class is that of this corpus" in notes


def test_the_model_brings_the_shares_of_its_training_data():
    model = DummyClassifier().fit(["One.", "Two.", "Three.", "Four."], ["b", "b", "b", "a"])
    predictions = evaluate_model(model, pd.DataFrame({"sentence": ["Five.", "Six."], "label": ["a", "a"]}))
    assert predictions.priors.tolist() == [0.25, 0.75]
    assert figures(predictions)["baselines"]["majority"]["per_class"]["a"]["recall"]["value"] == 0


def test_a_corpus_the_model_cannot_be_judged_on_is_refused():
    table = corpus()
    model = classifier().fit(table["sentence"], table["label"])
    with pytest.raises(CorpusError, match="not trained on: maybe"):
        evaluate_model(model, table.assign(label="maybe"))
    model.training_keys_ = set(sentence_keys(table["sentence"]).tolist())
    with pytest.raises(CorpusError, match="no sentence that the model was not trained on"):
        evaluate_model(model, table)


def test_annotators_beside_each_other():
    table = corpus()
    table["annotator_a"] = table["label"]
    table["annotator_b"] = table["label"].where(table.index % 5 != 0, "descriptive")
    table["annotator_c"] = table["label"].where(table.index < 10)
    table["annotator_remark"] = "read twice"
    pairs = figures(validated(table), table, n_boot=100, rule=no_signals)["annotators"]
    found = {tuple(pair["annotators"]): pair for pair in pairs}
    assert {names: pair["n_sentences"] for names, pair in found.items()} == {
        ("a", "b"): 90,
        ("a", "c"): 10,
        ("b", "c"): 10,
    }
    kappa = found["a", "b"]["kappa"]
    assert kappa["low"] < kappa["value"] < kappa["high"]
    assert found["a", "c"]["kappa"]["value"] == 1


def test_annotators_below_each_other():
    table = corpus().assign(annotator="Ann")
    other = table.assign(annotator="Bo", label=table["label"].where(table.index != 1, "descriptive"))
    both = pd.concat([table, other.iloc[:30]], ignore_index=True)
    pairs = figures(validated(both), both, n_boot=20, rule=no_signals)["annotators"]
    assert [(pair["annotators"], pair["n_sentences"]) for pair in pairs] == [(["Ann", "Bo"], 30)]
    assert pairs[0]["kappa"]["value"] == pytest.approx(0.95)


def test_one_annotator_agrees_with_nobody():
    table = corpus().assign(annotator="Ann")
    assert figures(validated(table), table, n_boot=0, rule=no_signals)["annotators"] == []


def test_the_file_is_plain_json_with_the_promised_keys(tmp_path):
    table = corpus().assign(annotator_a=LABELS * 30, annotator_b="descriptive")
    metrics = figures(validated(table), table, n_boot=50, rule=no_signals)
    path = tmp_path / "figures" / "metrics.json"
    write_metrics(metrics, path)
    read = json.loads(path.read_text(encoding="utf-8"))
    assert read == metrics
    for part in (read, *read["baselines"].values()):
        for name in ("macro_f1", "mcc", "log_loss", "brier", "ece"):
            assert set(part[name]) == {"value", "low", "high"}
        for label in LABELS:
            for name in ("precision", "recall", "f1", "support"):
                assert set(part["per_class"][label][name]) == {"value", "low", "high"}
    assert {"confusion", "n_sentences", "n_documents", "protocol", "leaks", "annotators"} <= set(read)


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "metrics.json"
    write_metrics({"mcc": 1}, path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_metrics({"mcc": float("nan")}, path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"mcc": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["metrics.json"]
    (tmp_path / "other").write_text("")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"metrics\.json: cannot be written .*; .*choose a place"):
        write_metrics({}, tmp_path / "file" / "metrics.json")
    with pytest.raises(UsageError, match="cannot be written"):
        write_metrics({}, tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_device_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_metrics({"mcc": 1}, pipe)
    assert json.loads(os.read(reader, 1000)) == {"mcc": 1}
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_keys_are_the_same_everywhere_and_always():
    keys = sentence_keys(["The visit was late.", "The visit was early.", "the visit was  LATE"])
    assert keys.dtype == np.uint64
    assert keys[0] == keys[2] != keys[1]
    assert keys[0] == 8665118012336969927  # models on disk hold such keys
    assert sentence_keys([]).tolist() == []


def test_documents_are_numbered_and_missing_ones_stand_alone():
    keys = sentence_keys(["One.", "Two.", "one", "Four.", "Five."])
    codes, n_alone = document_codes(keys, ["A", None, None, "", float("nan")])
    assert n_alone == 4
    assert len(set(codes.tolist())) == 5
    codes, _ = document_codes(keys, None)
    assert codes[0] == codes[2]


def test_folds_cover_every_sentence_once_and_share_the_labels_out():
    table = corpus(n_documents=20)
    keys = sentence_keys(table["sentence"])
    codes, _ = document_codes(keys, table["document"])
    folds, _ = plan_folds(table["label"].tolist(), codes, keys, n_splits=5, seed=3)
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(180))
    for fold in folds:
        assert table["label"].iloc[fold.test].value_counts().to_dict() == dict.fromkeys(LABELS, 12)
    again, _ = plan_folds(table["label"].tolist(), codes, keys, n_splits=5, seed=3)
    other, _ = plan_folds(table["label"].tolist(), codes, keys, n_splits=5, seed=4)
    assert all((a.test == b.test).all() for a, b in zip(folds, again, strict=True))
    assert any((a.test != b.test).any() for a, b in zip(folds, other, strict=True))
