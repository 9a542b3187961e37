"""Classifiers by import path."""

import sys

import pytest
from sklearn.pipeline import Pipeline

from bias_detect.errors import UsageError
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.estimators import check_storable, make_estimator, plain_baseline
from bias_detect.model.evaluation import cross_validate


def cross_validated(estimator, sentences):
    texts, labels, documents = (part[:300] for part in sentences)
    return cross_validate(estimator, texts, labels, documents, n_splits=2)


@pytest.mark.parametrize(
    "spec",
    [
        "sklearn.naive_bayes:ComplementNB",
        "sklearn.svm:LinearSVC(C=0.5, class_weight='balanced')",
        "sklearn.linear_model:SGDClassifier(loss='log_loss')",
    ],
)
def test_any_classifier_takes_the_place_of_the_linear_step(spec, sentences):
    estimator = make_estimator(spec, seed=3)
    assert isinstance(estimator, ReviewClassifier)
    predictions = cross_validated(estimator, sentences)
    assert predictions.proba.sum(axis=1) == pytest.approx(1)
    hits = [guess == given for guess, given in zip(predictions.predicted, predictions.labels, strict=True)]
    assert sum(hits) > 0.6 * len(hits)
    if "SGD" in spec:
        assert estimator.pipeline["linear"].random_state == 3


def test_scores_of_two_labels_become_probabilities(sentences):
    texts, labels, documents = (part[:300] for part in sentences)
    labels = ["judged" if label == "hindsight_biased" else "other" for label in labels]
    predictions = cross_validated(make_estimator("sklearn.linear_model:RidgeClassifier"), (texts, labels, documents))
    assert predictions.proba.shape == (300, 2)
    assert predictions.proba.sum(axis=1) == pytest.approx(1)
    assert sum(guess == given for guess, given in zip(predictions.predicted, labels, strict=True)) > 0.7 * 300


def test_one_that_takes_text_itself_is_taken_whole_and_may_give_labels_alone(tmp_path, monkeypatch, sentences):
    (tmp_path / "lab_models.py").write_text(
        "from sklearn.feature_extraction.text import TfidfVectorizer\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.svm import LinearSVC\n"
        "def words(least=1):\n"
        "    return make_pipeline(TfidfVectorizer(min_df=least), LinearSVC())\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    estimator = make_estimator("lab_models:words(least=2)")
    assert isinstance(estimator, Pipeline)
    assert estimator[0].min_df == 2
    predictions = cross_validated(estimator, sentences)
    assert predictions.proba is None
    assert set(predictions.predicted) == set(predictions.labels)


def test_the_plain_baseline_is_what_scikit_learn_has(sentences):
    assert cross_validated(plain_baseline(), sentences).proba.shape == (300, 3)


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ("LinearSVC", "cannot be imported"),
        ("sklearn.svm:Nothing", "cannot be imported"),
        ("no_such_module:Thing", "cannot be imported"),
        ("sklearn.svm:LinearSVC(0.5)", "parameters are needed as name=value"),
        ("sklearn.svm:LinearSVC(C=open('x'))", "has parameters that cannot be read"),
        ("sklearn.svm:LinearSVC(C=", "has parameters that cannot be read"),
        ("sklearn.svm:LinearSVC(cost=1)", "cannot be made"),
        ("sklearn.linear_model:LinearRegression", "is no scikit-learn classifier"),
        ("math:pi", "is neither a class nor a function"),
        ("math:floor", "cannot be made"),
    ],
)
def test_what_is_no_classifier_is_named(spec, cause):
    with pytest.raises(UsageError, match=cause) as caught:
        make_estimator(spec)
    assert str(caught.value).startswith(f"{spec}: ")


def test_a_classifier_that_fails_in_training_is_named_with_its_own_words(sentences):
    with pytest.raises(UsageError, match="cannot be trained on these sentences"):
        cross_validated(make_estimator("sklearn.naive_bayes:GaussianNB"), sentences)  # it takes no sparse matrix


def test_a_bundle_holds_what_its_reader_trusts_and_nothing_else():
    check_storable(make_estimator("sklearn.linear_model:LogisticRegression(C=0.5)"), "it")
    for spec in ("sklearn.svm:LinearSVC", "sklearn.naive_bayes:ComplementNB"):
        with pytest.raises(UsageError, match="evaluate --cv 5 --estimator"):
            check_storable(make_estimator(spec), spec)
