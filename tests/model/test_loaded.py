"""What is done to a loaded model stays with whoever did it."""

import numpy as np
import pytest
from sklearn.base import clone

import bias_detect
from bias_detect.model import bundle
from bias_detect.model.linear import linear_pipeline

JUDGED = "Staff should have seen that he was in danger."
PLACES = ("ward", "clinic", "school", "court", "office", "hostel")
SENTENCES = [f"Staff {verb} the {place}." for place in PLACES for verb in ("rang", "should have rung")]
LABELS = ["told", "judged"] * len(PLACES)


def label() -> str:
    return bias_detect.score(JUDGED)["label"].tolist()[0]


@pytest.mark.parametrize("name", ["default", "accurate"])
def test_each_call_gives_a_model_of_its_own_that_labels_alike(name):
    if name == "accurate":
        pytest.importorskip("onnxruntime", reason="the extra 'accurate' is not installed")
        pytest.importorskip("tokenizers", reason="the extra 'accurate' is not installed")
    one, other = bias_detect.load_model(name), bias_detect.load_model(name)
    assert one is not other
    assert vars(one).keys() == vars(other).keys()
    assert np.array_equal(one.predict_proba([JUDGED]), other.predict_proba([JUDGED]))


def test_a_loaded_model_that_is_fitted_anew_does_not_replace_the_shipped_one():
    mine = bias_detect.load_model().set_params(n_splits=3)
    mine.fit(SENTENCES, LABELS)
    mine.keep_confusion(np.arange(12) < 4, LABELS, np.arange(12) // 2)
    assert mine.predict([JUDGED]).tolist() == ["judged"]
    assert label() == "hindsight_biased"
    again = bias_detect.load_model()
    assert again.classes_.tolist() == ["descriptive", "explanatory", "hindsight_biased"]
    assert again.n_splits == 5
    assert len(again.confusion_) > 2


def test_its_parts_cannot_be_changed_for_others_either(model, tmp_path):
    texts, labels = SENTENCES, LABELS
    fitted = clone(model).set_params(pipeline=linear_pipeline(), n_splits=3).fit(texts, labels)
    folder = bundle.save_bundle(fitted, tmp_path / "mine", card="# Mine\n", training={})
    before = bias_detect.load_model(folder).predict_proba([JUDGED])
    mine = bias_detect.load_model(folder).set_params(pipeline__linear__C=0.5)
    mine.pipeline_.fit(texts, [0, 0, 1] * 4)
    mine.calibrator_.coef_ = -mine.calibrator_.coef_
    mine.cues_.min_documents = 9
    again = bias_detect.load_model(folder)
    assert again.pipeline["linear"].C == 10.0
    assert again.cues_.min_documents == 3
    assert np.array_equal(again.predict_proba([JUDGED]), before)
    for shared in (again.thresholds_, again.calibrator_.coef_, again.pipeline_["linear"].coef_):
        with pytest.raises(ValueError, match="read-only"):
            shared *= 0.5


def test_the_file_is_read_once_and_the_numbers_are_held_once(monkeypatch):
    one = bias_detect.load_model()
    monkeypatch.setattr(bundle, "_checked", None)  # what reads the file
    other = bias_detect.load_model()
    assert one.training_keys_ is other.training_keys_
    assert one.pipeline_["features"].vocabulary_ is other.pipeline_["features"].vocabulary_
    assert one.pipeline_["linear"].coef_ is other.pipeline_["linear"].coef_
