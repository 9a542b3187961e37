"""Explanations: what they say adds up to what the model does, and points to where it stands."""

import copy
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bias_detect.language.pipeline import sentence_reader
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.explain import Explanation, Pull, explain
from bias_detect.model.linear import linear_pipeline

SENTENCES = [
    "Staff should have seen that he was in danger.",
    "The nurse rang the ward.",
    "With thirty cases each, and no supervision, staff believed the mother because she was plausible.",
    "Because the form had no box for it, the nurse, who was new, did not write it down, and so nobody knew.",
    "They should have gone, and they should have gone at once; it was a missed opportunity.",
    "The death was neither predictable nor preventable.",
    "She saw\nthe  child\ton 3 May, at 9.30, with SW1.",
    "WARD CLOSED",
    "zzyzx qwrtp",
    "§",
    "",
]


@pytest.fixture(scope="module")
def binary(sentences) -> ReviewClassifier:
    texts, labels, documents = (part[:400] for part in sentences)
    judged = ["judged" if label == "hindsight_biased" else "other" for label in labels]
    return ReviewClassifier(n_splits=2).fit(texts, judged, groups=documents)


@pytest.fixture(scope="module")
def plain(sentences) -> ReviewClassifier:
    texts, labels, documents = (part[:400] for part in sentences)
    pipeline = linear_pipeline().set_params(features__cues=False, features__words=(2, 4))
    return ReviewClassifier(pipeline, n_splits=2).fit(texts, labels, groups=documents)


def centred_logits(model: ReviewClassifier, sentence: str) -> np.ndarray:
    """Return what the features add to each label's logit in the calibrator, against the labels' mean."""
    linear = model.pipeline_["linear"]
    inner = np.atleast_1d((model.pipeline_.decision_function([sentence]) - linear.intercept_)[0])
    if len(inner) == 1:
        inner = np.array([-inner[0], inner[0]]) / 2
    cues = [] if model.cues_ is None else np.minimum(model.cues_.transform([sentence]).toarray()[0], 3)
    # The log-probabilities less their mean are the logits less their mean.
    logits = model.calibrator_.coef_ @ np.concatenate([10 * (inner - inner.mean()), cues])
    if len(logits) == 1:
        logits = np.array([-logits[0], logits[0]]) / 2
    return logits - logits.mean()


def assert_adds_up(model: ReviewClassifier, sentence: str) -> None:
    reasons = explain(sentence, model)
    names = [str(name) for name in model.classes_]
    pulls = [[pull.pull[name] for name in names] for pull in [*reasons.words, *reasons.cues]]
    assert np.allclose(np.sum(pulls, axis=0) if pulls else np.zeros(len(names)), centred_logits(model, sentence))
    assert np.allclose(np.sum(pulls, axis=1) if pulls else 0, 0)  # against the mean, each pull sums to nothing


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("name", ["model", "binary", "plain"])
def test_the_pulls_add_up_to_the_logits(request, name, sentence):
    assert_adds_up(request.getfixturevalue(name), sentence)


def test_what_speaks_for_all_labels_alike_is_no_reason(model):
    shifted = copy.deepcopy(model)
    shifted.pipeline_["linear"].coef_ = model.pipeline_["linear"].coef_ + 1.0
    for sentence in SENTENCES:
        assert_adds_up(shifted, sentence)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=80), st.lists(st.sampled_from(" ".join(SENTENCES).split()), max_size=30).map(" ".join)
    )
)
def test_they_add_up_for_any_text_and_point_into_it(model, text):
    assert_adds_up(model, text)
    reasons = explain(text, model)
    assert reasons.sentence == text.strip()
    assert [reasons.sentence[word.start : word.end] for word in reasons.words] == [word.text for word in reasons.words]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_words_and_marks_stand_where_they_are_said_to(model, sentence):
    reasons = explain(sentence, model)
    end = 0
    for word in reasons.words:
        assert word.start >= end
        end = word.end
        assert sentence[word.start : end] == word.text
    assert "".join(word.text for word in reasons.words) == "".join(sentence.split())
    for kind, marks in (("signal", reasons.signals), ("influence", reasons.influences)):
        for mark in marks:
            assert list(mark) == [kind, "start", "end", "text", "rule"]
            assert sentence[mark["start"] : mark["end"]] == mark["text"]
            assert mark["rule"]
    assert all((cue.start, cue.end) == (None, None) for cue in reasons.cues)


@pytest.mark.parametrize("name", ["model", "binary"])
def test_the_label_is_the_one_that_the_model_gives(request, name):
    model = request.getfixturevalue(name)
    proba = model.predict_proba(SENTENCES)
    for place, sentence in enumerate(SENTENCES):
        reasons = explain(sentence, model)
        assert reasons.label == model.predict([sentence])[0]
        assert list(reasons.probabilities) == [str(label) for label in model.classes_]
        assert np.allclose(list(reasons.probabilities.values()), proba[place])
        inside = model.assess([sentence]).sets[0]
        assert reasons.labels == [str(label) for label, is_in in zip(model.classes_, inside, strict=True) if is_in]


def test_the_strongest_cues_come_first(model):
    reasons = explain(SENTENCES[4], model)
    assert {mark["signal"] for mark in reasons.signals} >= {"counterfactual", "missed_opportunity"}
    sizes = [abs(cue.pull[reasons.label]) for cue in reasons.cues]
    assert sizes == sorted(sizes, reverse=True)
    assert {"signal counterfactual", "signal missed_opportunity"} <= {cue.text for cue in reasons.cues}
    assert len({cue.text for cue in reasons.cues}) == len(reasons.cues)


def test_the_words_that_judge_pull_towards_the_judgement(model):
    reasons = explain("Staff should have seen that he was in danger.", model)
    pulls = {word.text: word.pull["hindsight_biased"] for word in reasons.words}
    assert pulls["should"] > 0
    assert pulls["should"] > pulls["in"]


def test_a_sentence_that_was_read_before_is_explained_alike(model):
    for sentence in SENTENCES[:-1]:
        assert explain(sentence_reader().read(sentence), model) == explain(sentence, model)


def test_the_text_is_the_same_each_time_and_one_line_a_reason(model):
    text = "They should have gone,\nsince it was plain that the child was at risk."
    first = explain(text, model)
    assert first.as_text() == explain(text, model).as_text()
    lines = first.as_text().split("\n")
    assert lines[0].startswith("hindsight-biased (descriptive 0.")
    assert [line for line in lines if line.startswith("signal counterfactual: “")]
    assert [line for line in lines if line.startswith("words for hindsight-biased: ")]
    assert all(line.startswith(("hindsight", "uncertain", "signal", "influence", "words")) for line in lines)
    assert json.loads(json.dumps(first.as_dict())) == first.as_dict()


def test_the_text_says_what_matters_most():
    def pull(text: str, value: float) -> Pull:
        return Pull(text, 0, 1, {"not_told": -value, "judged": value})

    reasons = Explanation(
        sentence="a b c d e",
        label="judged",
        labels=["not_told", "judged"],
        probabilities={"not_told": 0.25, "judged": 0.75},
        signals=[{"signal": "missed_opportunity", "start": 0, "end": 3, "text": "a\n b", "rule": "missed-1"}],
        influences=[],
        words=[pull("a", 0.5), pull("b", -0.25), pull("c", 0.0), pull("d", 1.0), pull("e", 0.125)],
        cues=[],
    )
    assert reasons.as_text(most=2).split("\n") == [
        "judged (not told 0.25, judged 0.75)",
        "uncertain: could be not told or judged",
        "signal missed opportunity: “a b” [missed-1]",
        "words for judged: d (+1.00), a (+0.50)",
        "words against judged: b (-0.25)",
    ]
