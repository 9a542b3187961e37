"""The card of a trained model, as a reader of a paper would want it."""

import pandas as pd

from bias_detect.labels import Label
from bias_detect.model.card import render_card
from bias_detect.model.estimators import make_estimator
from bias_detect.model.training import train_model

PLACES = ["ward", "clinic", "school", "court", "office", "hostel"]


def table(first: str, second: str, places: list[str] = PLACES) -> pd.DataFrame:
    rows = [
        (f"Staff {verb} the {place} {when}.", label, place)
        for place in places
        for when in ("today", "early", "again")
        for verb, label in (("rang", first), ("should have rung", second))
    ]
    return pd.DataFrame(rows, columns=["sentence", "label", "document"])


def card(data: pd.DataFrame) -> str:
    return render_card("mine", train_model(data, files=["mine.csv"]).record)


def test_it_holds_what_it_takes_to_repeat_the_training():
    text = card(table("told", "judged"))
    for part in ("`pipeline__linear__C` | `10.0`", "`pipeline__features__words` | `(1, 3)`", "scikit-learn ", "seed 0"):
        assert part in text
    assert "36 sentences of 6 documents" in text
    assert "Always the most frequent label, judged, would reach a macro-F1 of 0.333" in text


def test_what_scikit_learn_has_by_default_is_not_listed():
    text = card(table("told", "judged"))
    for name in ("coverage", "pipeline__features__min_documents", "pipeline__tfidf__sublinear_tf"):
        assert f"| `{name}` | " in text
    for name in ("memory", "verbose", "steps", "n_jobs", "penalty", "warm_start", "dual", "l1_ratio", "smooth_idf"):
        assert f"__{name}`" not in text
    other = make_estimator("sklearn.linear_model:LogisticRegression(C=3.0, fit_intercept=False)")
    text = render_card("mine", train_model(table("told", "judged"), estimator=other).record)
    assert "| `pipeline__linear__fit_intercept` | `False` |" in text
    assert "class_weight" not in text


def test_the_folds_are_those_that_were_made():
    assert "Out of fold, 4 folds by document" in card(table("told", "judged", PLACES[:4]))


def test_sentences_without_a_document_are_said_so():
    data = table("told", "judged").assign(document=None)
    text = card(pd.concat([data, data.iloc[:1]], ignore_index=True))
    assert "37 sentences, of which 37 name no document" in text
    assert "Each sentence counts as a document of its own" in text
    data.loc[3:, "document"] = data["sentence"].str.split().str[-2]
    assert "A sentence without a document counts as a document of its own" in card(data)


def test_odd_labels_are_text_and_no_markup():
    text = card(table("a|b", "<img src=x>"))
    assert "| a\\|b |" in text
    assert "<img" not in text.replace("\\<img", "")


def test_what_a_model_is_for_follows_from_its_labels():
    assert "a verdict on its author" in card(table(str(Label.DESCRIPTIVE), str(Label.HINDSIGHT_BIASED)))
    assert "a verdict on its author" not in card(table("told", "judged"))
