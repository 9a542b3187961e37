"""A call that cannot be meant is refused in one line, and not labelled."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict

from bias_detect.errors import CorpusError, UsageError
from bias_detect.language.pipeline import sentence_reader
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.encoded import EncodedClassifier
from bias_detect.model.explain import explain
from bias_detect.model.features import SentenceFeatures
from bias_detect.model.linear import linear_pipeline

TOLD, JUDGED = "The nurse rang the ward.", "Staff should have seen that he was in danger."
PLACES = ("ward", "clinic", "school", "court", "office", "hostel")
SENTENCES = [f"Staff {verb} the {place}." for place in PLACES for verb in ("rang", "should have rung")]
LABELS = ["told", "judged"] * len(PLACES)
DOCUMENTS = np.repeat(PLACES, 2)

NO_LISTS = {
    "one text": "Staff should have seen it.",
    "bytes": b"Staff should have seen it.",
    "a table": pd.DataFrame({"sentence": [JUDGED]}),
    "an array of two dimensions": np.array([[JUDGED]]),
    "an array of none": np.array(JUDGED),
    "a dict": {"sentence": JUDGED},
    "a read sentence": sentence_reader().read(JUDGED),
    "nothing": None,
    "a number": 5,
}
NO_TEXTS = {
    "None": ([TOLD, None], "sentence 1, counted from 0, is no text but None"),
    "NaN": (pd.Series([TOLD, JUDGED, float("nan")]), "sentence 2, counted from 0, is no text but nan"),
    "missing": (pd.Series([None, TOLD], dtype="string"), "sentence 0, counted from 0, is no text but <NA>"),
    "numbers": (np.arange(2), "sentence 0, counted from 0, is no text but"),
    "lists": ([[TOLD], [JUDGED]], "sentence 0, counted from 0, is no text but"),
}


@pytest.mark.parametrize("given", NO_LISTS.values(), ids=NO_LISTS)
def test_what_is_no_list_of_sentences_is_refused(model, given):
    for call in (model.predict, model.predict_proba, model.assess, SentenceFeatures(min_documents=1).fit_transform):
        with pytest.raises(UsageError, match=r"sentences were given as one .*; give a list, .* or one column"):
            call(given)
    with pytest.raises(UsageError, match="sentences were given as one"):
        ReviewClassifier().fit(given, ["a"])


@pytest.mark.parametrize(("given", "message"), NO_TEXTS.values(), ids=NO_TEXTS)
def test_the_first_item_that_is_no_text_is_named(model, given, message):
    for call in (model.predict, SentenceFeatures(min_documents=1).fit):
        with pytest.raises(UsageError, match=message) as caught:
            call(given)
        assert str(caught.value).endswith("leave it out, or give its text")
    with pytest.raises(UsageError, match=message):
        ReviewClassifier().fit(given, ["a"] * len(given))


def test_every_kind_of_list_of_texts_is_taken(model):
    expected = model.predict_proba([TOLD, JUDGED])
    read = [sentence_reader().read(TOLD), sentence_reader().read(JUDGED)]
    for given in (
        (TOLD, JUDGED),
        np.array([TOLD, JUDGED]),
        np.array([TOLD, JUDGED], dtype=object),
        pd.Series([TOLD, JUDGED], index=[7, 3]),
        pd.Series([TOLD, JUDGED], dtype="string"),
        pd.Series([TOLD, JUDGED], dtype="category"),
        pd.Index([TOLD, JUDGED]),
        {TOLD: 1, JUDGED: 2}.keys(),
        read,
        [TOLD, read[1]],
        (text for text in (TOLD, JUDGED)),
    ):
        assert np.array_equal(model.predict_proba(given), expected)


def test_it_is_fitted_on_every_kind_of_list_alike():
    expected = ReviewClassifier(n_splits=3).fit(SENTENCES, LABELS, groups=list(DOCUMENTS)).predict_proba(SENTENCES)
    for kind in (iter, np.array, pd.Series, lambda items: np.array(items, dtype=object)):
        fitted = ReviewClassifier(n_splits=3).fit(kind(SENTENCES), kind(LABELS), groups=kind(DOCUMENTS.tolist()))
        assert np.array_equal(fitted.predict_proba(SENTENCES), expected)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"X": SENTENCES[:5]}, "12 labels for 5 sentences; give one for each"),
        ({"sample_weight": [1.0] * 13}, "13 weights for 12 sentences"),
        ({"sources": ["reports"]}, "1 sources for 12 sentences"),
        ({"groups": [1, 2]}, "2 documents for 12 sentences"),
        ({"y": [*LABELS[:4], float("nan"), *LABELS[5:]]}, "label 4, counted from 0, is missing"),
        ({"y": pd.Series([*LABELS[:-1], None])}, "label 11, counted from 0, is missing"),
        ({"y": ["", *LABELS[1:]]}, "label 0, counted from 0, is missing"),
        ({"y": pd.DataFrame({"label": LABELS})}, "labels were given as one DataFrame"),
        ({"y": "abababababab"}, "labels were given as one str"),
    ],
)
def test_what_does_not_go_together_in_training_is_named(changed, message):
    given = {"X": SENTENCES, "y": LABELS, **changed}
    with pytest.raises(UsageError, match=message):
        ReviewClassifier().fit(**given)


def test_an_encoders_classifier_names_it_too():
    said = np.log([[0.1, 0.9], [0.8, 0.2]] * 6)
    with pytest.raises(UsageError, match="12 labels for 5 sentences"):
        EncodedClassifier().fit(SENTENCES[:5], LABELS, encoded=said)
    fitted = EncodedClassifier(n_splits=3).fit(iter(SENTENCES), iter(LABELS), encoded=said)
    assert fitted.out_of_fold_.shape == (12, 2)


@pytest.mark.parametrize("coverage", [0, 1, 2, -0.1, float("nan")])
def test_a_coverage_that_is_no_share_is_refused_where_it_is_fitted(coverage):
    with pytest.raises(UsageError, match=f"a coverage of {coverage} cannot be had"):
        ReviewClassifier(coverage=coverage).fit(SENTENCES, LABELS)


def test_no_more_folds_are_made_than_the_rarest_label_has_documents():
    many = ReviewClassifier(n_splits=50).fit(SENTENCES, LABELS, groups=DOCUMENTS)
    six = ReviewClassifier(n_splits=len(PLACES)).fit(SENTENCES, LABELS, groups=DOCUMENTS)
    assert np.array_equal(many.out_of_fold_, six.out_of_fold_)


def test_too_few_documents_are_given_as_the_cause():
    with pytest.raises(CorpusError, match=r"2 document\(s\) are fewer than the 3 .*1 of 3 document\(s\) held out"):
        ReviewClassifier().fit(SENTENCES[:6], LABELS[:6], groups=DOCUMENTS[:6])
    with pytest.raises(CorpusError, match=r"^2 document\(s\) are fewer than the 3 in which a word or cue must occur; "):
        SentenceFeatures().fit(SENTENCES[:4], groups=DOCUMENTS[:4])
    with pytest.raises(CorpusError, match="no word or cue occurs in 3 documents or more"):
        SentenceFeatures(cues=False).fit(["alpha", "beta", "gamma"])
    with pytest.raises(UsageError, match="2 documents for 3 sentences"):
        SentenceFeatures().fit(SENTENCES[:3], groups=[1, 2])


def test_documents_reach_fit_with_metadata_routing_and_without():
    expected = ReviewClassifier(n_splits=3).fit(SENTENCES, LABELS, groups=DOCUMENTS, sample_weight=[1.0] * 12)
    split, given, seen = GroupKFold(3), {"groups": DOCUMENTS}, []

    class Watched(ReviewClassifier):
        def fit(self, X, y, groups=None, sample_weight=None, sources=None):
            seen.append(groups is not None)
            return super().fit(X, y, groups, sample_weight, sources)

    cross_val_predict(Watched(n_splits=4), SENTENCES, LABELS, groups=DOCUMENTS, cv=split)
    assert seen == [False] * 3
    cross_val_predict(Watched(n_splits=4), SENTENCES, LABELS, groups=DOCUMENTS, cv=split, params=given)
    with sklearn.config_context(enable_metadata_routing=True):
        fitted = ReviewClassifier(n_splits=3).fit(SENTENCES, LABELS, groups=DOCUMENTS, sample_weight=[1.0] * 12)
        model = Watched(linear_pipeline(), n_splits=4).set_fit_request(groups=True)
        GridSearchCV(model, {"pipeline__linear__C": [1]}, cv=split).fit(SENTENCES, LABELS, groups=DOCUMENTS)
    assert seen == [False] * 3 + [True] * (3 + 4)
    assert np.array_equal(fitted.out_of_fold_, expected.out_of_fold_)


def test_an_explanation_of_what_is_no_sentence_or_by_what_is_no_model_is_refused(model):
    with pytest.raises(UsageError, match="a str is no model that can be explained; give the sentence first"):
        explain(model, JUDGED)
    with pytest.raises(UsageError, match="is no text but"):
        explain([JUDGED], model)
    with pytest.raises(NotFittedError):
        explain(JUDGED, ReviewClassifier())
