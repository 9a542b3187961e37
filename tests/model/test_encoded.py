"""The accurate model: an encoder beside the words and the cues."""

from __future__ import annotations

import pickle
import shutil
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bias_detect import load_model, score
from bias_detect.cli.main import app
from bias_detect.errors import CorpusError, ModelError
from bias_detect.model.bundle import find_bundle, save_bundle
from bias_detect.model.encoded import EncodedClassifier
from bias_detect.model.encoder import ENCODER, n_threads
from bias_detect.model.explain import explain

SENTENCES = [
    "The nurse closed the referral on 4 May.",
    "She closed it because the duty desk had told her that the family was known to another team.",
    "It should have been obvious to everyone that the boy was in danger.",
    "Had the GP rung the ward, the outcome would have been different.",
    "He had four patients waiting and relied on the note in the record, which said that the mother was well.",
    "The meeting was held on a Tuesday.",
]


@pytest.fixture(scope="module")
def model():
    pytest.importorskip("onnxruntime", reason="the extra 'accurate' is not installed")
    pytest.importorskip("tokenizers", reason="the extra 'accurate' is not installed")
    return load_model("accurate")


def test_it_tells_the_three_labels_apart(model):
    assert model.predict([SENTENCES[0], SENTENCES[4], *SENTENCES[2:4]]).tolist() == [
        "descriptive",
        "explanatory",
        "hindsight_biased",
        "hindsight_biased",
    ]


def test_a_sentence_gets_the_same_whatever_stands_beside_it(model):
    together = model.predict_proba(SENTENCES * 7)
    assert np.array_equal(together[:6], together[-6:])
    for sentence, row in zip(SENTENCES, together, strict=False):
        assert np.allclose(model.predict_proba([sentence])[0], row, atol=2e-4)


def test_its_table_is_like_the_default_models(model, tmp_path):
    draft = tmp_path / "draft.txt"
    draft.write_text(" ".join(SENTENCES), encoding="utf-8")
    ours, usual = score(draft, model="accurate"), score(draft)
    assert list(ours.columns) == list(usual.columns)
    assert ours["signals"].tolist() == usual["signals"].tolist()
    assert np.allclose(ours.filter(like="p_").sum(axis=1), 1)
    assert ours["p_descriptive"].tolist() != usual["p_descriptive"].tolist()


def test_the_words_that_pull_are_named(model):
    reasons = explain("The nurse should have rung the ward.", model)
    assert reasons.label == "hindsight_biased"
    pulls = {word.text: word.pull["hindsight_biased"] for word in reasons.words}
    assert pulls["should"] > pulls["nurse"]
    without = EncodedClassifier.occlusion(model, model_sentence("The nurse should have rung the ward."))
    assert without.shape == (8, 3)
    assert np.abs(without).max() > 0.1


def model_sentence(text):
    from bias_detect.model.features import read

    return read([text])[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=400), min_size=1, max_size=5))
def test_any_text_can_be_labelled(model, texts):
    proba = model.predict_proba(texts)
    assert proba.shape == (len(texts), 3)
    assert np.allclose(proba.sum(axis=1), 1)


def test_very_long_sentences_and_none_at_all(model):
    assert model.predict_proba([]).shape == (0, 3)
    assert model.predict_proba(["She said " + "that he said " * 5000 + "so."]).shape == (1, 3)


def test_the_encoder_goes_to_another_process(model):
    again = pickle.loads(pickle.dumps(model.encoder_))
    assert np.array_equal(again.log_proba(SENTENCES), model.encoder_.log_proba(SENTENCES))


def test_the_threads_are_those_that_a_pool_of_processes_allows(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert n_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert n_threads() >= 1


@pytest.mark.parametrize("missing", ["onnxruntime", "tokenizers"])
def test_what_is_missing_is_said_with_how_to_install_it(missing, model, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    fresh = pickle.loads(pickle.dumps(model.encoder_))
    with pytest.raises(ModelError, match=rf"needs {missing}.*pip install '.\[accurate\]'"):
        fresh.log_proba(SENTENCES)


def test_a_changed_encoder_is_refused(model, tmp_path):
    copy = shutil.copytree(find_bundle("accurate"), tmp_path / "copy")
    with (copy / ENCODER).open("r+b") as file:
        file.seek(5000)
        file.write(b"\0\1\2\3")
    with pytest.raises(ModelError, match="digest"):
        load_model(copy)
    (copy / ENCODER).unlink()
    with pytest.raises(ModelError, match=r"encoder\.onnx"):
        load_model(copy)


def test_something_else_than_an_encoder_is_refused(model, tmp_path):
    files = {ENCODER: b"not a model", "tokenizer.json": b"{}"}
    save_bundle(model, tmp_path / "odd", card="# odd\n", training={}, encoder=files)
    with pytest.raises(ModelError, match="encoder cannot be read"):
        load_model(tmp_path / "odd")


def test_an_audit_uses_it_in_several_processes(model, tmp_path):
    (tmp_path / "a.txt").write_text(" ".join(SENTENCES[:4]), encoding="utf-8")
    (tmp_path / "b.txt").write_text(" ".join(SENTENCES[3:]), encoding="utf-8")
    told = ["audit", str(tmp_path), "-o", str(tmp_path / "out"), "--model", "accurate", "--jobs", "2"]
    found = CliRunner().invoke(app, told)
    assert found.exit_code == 0, found.stderr
    assert (tmp_path / "out" / "reports.csv").read_text(encoding="utf-8-sig").count("\n") == 3


def test_the_encoders_word_is_needed_to_fit():
    sentences, labels = [f"They rang {n}." for n in range(12)], ["a", "b"] * 6
    with pytest.raises(CorpusError, match="do not fit the sentences"):
        EncodedClassifier().fit(sentences, labels)
    with pytest.raises(CorpusError, match="do not fit the sentences"):
        EncodedClassifier().fit(sentences, labels, encoded=np.zeros((12, 3)))


def test_it_learns_from_the_encoder():
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b"], size=60)
    sentences = [f"They rang {chr(97 + n % 26) * (n // 26 + 2)}." for n in range(60)]  # nothing to learn from
    said = np.log(np.where((labels == "a")[:, None], [0.9, 0.1], [0.1, 0.9]))
    found = EncodedClassifier(n_splits=3).fit(sentences, labels, groups=list(range(60)), encoded=said)
    assert (found.classes_[found.out_of_fold_.argmax(axis=1)] == labels).all()
