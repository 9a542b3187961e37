"""The spaCy component: labels the sentences of any pipeline, and is saved with it."""

import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from spacy import displacy
from spacy.tokens import Doc, DocBin, Span

import bias_detect.spacy_component  # noqa: F401 - registers the factory where the package is not installed
from bias_detect import load_model, score
from bias_detect.errors import ModelError
from bias_detect.model.bundle import save_bundle
from bias_detect.model.classifier import ReviewClassifier

JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward at 9.30."
TEXT = f"{TOLD} {JUDGED}"
LABELS = ["descriptive", "hindsight_biased"]


def pipeline(*names: str, **config: object) -> spacy.Language:
    nlp = spacy.blank("en")
    for name in names:
        nlp.add_pipe(name)
    nlp.add_pipe("bias_detect", config=config)
    return nlp


def labels(doc: Doc) -> list[str]:
    return [sentence._.bias_label for sentence in doc.sents]


@pytest.fixture(scope="module")
def mine(model, tmp_path_factory) -> Path:
    """Return the bundle of another model."""
    return save_bundle(model, tmp_path_factory.mktemp("models") / "mine", card="# mine\n", training={})


def test_every_sentence_has_the_label_and_the_probabilities_of_the_scored_table():
    doc = pipeline()(TEXT)
    table = score(TEXT)
    assert [sentence.text for sentence in doc.sents] == table["sentence"].tolist()
    assert labels(doc) == table["label"].tolist() == LABELS
    for sentence, row in zip(doc.sents, table.to_dict("records"), strict=True):
        assert sentence._.bias_scores == {
            name: pytest.approx(row[f"p_{name}"]) for name in ("descriptive", "explanatory", "hindsight_biased")
        }
        assert sentence._.bias_uncertain is row["uncertain"]
    assert [span.text for span in doc.spans["bias_detect"]] == [TOLD, JUDGED]
    assert [span.label_ for span in doc.spans["bias_detect"]] == LABELS


def test_boundaries_set_before_it_are_kept_and_ours_are_set_where_there_are_none():
    nlp = spacy.blank("en")
    nlp.add_pipe("bias_detect")
    words = TEXT.split()
    doc = Doc(nlp.vocab, words=words, sent_starts=[True, *[False] * (len(words) - 1)])
    assert [sentence.text.strip() for sentence in nlp(doc).sents] == [TEXT]
    assert [sentence.text for sentence in pipeline()("He saw Dr. Hale at 9.30. Nobody did.").sents] == [
        "He saw Dr. Hale at 9.30.",
        "Nobody did.",
    ]
    assert labels(pipeline("sentencizer")(TEXT)) == LABELS
    assert labels(pipeline("report_sentences", "review_signals")(TEXT)) == LABELS


def test_a_sentence_that_begins_inside_a_token_is_labelled():
    doc = pipeline()("It was closed in 2019.Staff should have seen that he was in danger.")
    assert labels(doc) == LABELS


@pytest.mark.parametrize("text", ["", " ", "\n\n \n"])
def test_a_text_of_nothing_has_no_labels(text):
    doc = pipeline()(text)
    assert list(doc.spans["bias_detect"]) == []


def test_white_space_around_a_sentence_does_not_matter():
    doc = pipeline()(f"\n\n{JUDGED}  \n\n{TOLD}\n")
    assert [span._.bias_label for span in doc.spans["bias_detect"]] == LABELS[::-1]


def test_a_stream_is_labelled_as_its_texts_are_one_by_one():
    nlp = pipeline()
    texts = [TEXT, "", JUDGED, " ", TOLD] * 3
    streamed = [labels(doc) if doc.has_annotation("SENT_START") else [] for doc in nlp.pipe(texts, batch_size=4)]
    assert streamed == [LABELS, [], LABELS[1:], [None], LABELS[:1]] * 3
    pairs = list(nlp.pipe([(JUDGED, 1), (TOLD, 2)], as_tuples=True))
    assert [(labels(doc), context) for doc, context in pairs] == [(LABELS[1:], 1), (LABELS[:1], 2)]


def test_a_doc_that_is_labelled_twice_has_each_span_once():
    nlp = pipeline()
    assert len(nlp(nlp(TEXT)).spans["bias_detect"]) == 2


def test_labels_and_spans_are_kept_with_the_doc():
    nlp = pipeline()
    stored = DocBin(docs=[nlp(TEXT)], store_user_data=True).to_bytes()
    (doc,) = DocBin().from_bytes(stored).get_docs(spacy.blank("en").vocab)
    assert labels(doc) == LABELS
    assert [span.label_ for span in doc.spans["bias_detect"]] == LABELS
    assert [set(sentence._.bias_scores) for sentence in doc.sents] == [set(load_model().classes_)] * 2


def test_displacy_shows_the_labels():
    page = displacy.render(pipeline()(TEXT), style="span", options={"spans_key": "bias_detect"}, jupyter=False)
    assert all(label in page for label in LABELS)


def test_the_pipeline_knows_its_labels():
    assert pipeline().pipe_labels["bias_detect"] == ["descriptive", "explanatory", "hindsight_biased"]


def test_a_saved_pipeline_has_its_model_with_it(mine, model, tmp_path):
    nlp = pipeline(model=str(mine))
    expected = nlp(TEXT)
    assert expected.spans["bias_detect"][1]._.bias_scores["hindsight_biased"] == pytest.approx(
        model.predict_proba([JUDGED])[0][list(model.classes_).index("hindsight_biased")]
    )
    nlp.to_disk(tmp_path / "pipeline")
    away = mine.rename(mine.with_name("elsewhere"))
    try:
        for again in (spacy.load(tmp_path / "pipeline"), pipeline(model=str(mine)).from_bytes(nlp_bytes(tmp_path))):
            doc = again(TEXT)
            for sentence, other in zip(doc.sents, expected.sents, strict=True):
                assert sentence._.bias_scores == other._.bias_scores
            again.to_disk(tmp_path / "again")  # what was loaded can be saved
        assert labels(spacy.load(tmp_path / "again")(TEXT)) == labels(expected)
    finally:
        away.rename(mine)


def nlp_bytes(folder: Path) -> bytes:
    return spacy.load(folder / "pipeline").to_bytes()


def test_the_model_can_be_left_out(tmp_path):
    component = pipeline().get_pipe("bias_detect")
    component.to_disk(tmp_path / "empty", exclude=["model"])
    assert list((tmp_path / "empty").iterdir()) == []
    assert len(component.to_bytes(exclude=["model"])) < 100
    again = pipeline()
    again.get_pipe("bias_detect").from_disk(tmp_path / "empty")
    again.get_pipe("bias_detect").from_bytes(component.to_bytes(), exclude=["model"])
    assert labels(again(TEXT)) == LABELS


def test_a_model_that_is_not_there_or_was_changed_is_a_clear_error(tmp_path):
    nlp = pipeline(model="nowhere")
    with pytest.raises(ModelError, match=r"nowhere: there is no such model; .*nlp\.replace_pipe\('bias_detect', "):
        nlp(TEXT)
    nlp.replace_pipe("bias_detect", "bias_detect", config={"model": "default"})
    assert labels(nlp(TEXT)) == LABELS
    nlp.to_disk(tmp_path / "pipeline")
    stored = tmp_path / "pipeline" / "bias_detect" / "model.skops"
    stored.write_bytes(stored.read_bytes()[:-1])
    with pytest.raises(ModelError, match="digest"):
        spacy.load(tmp_path / "pipeline")
    with pytest.raises(ModelError, match="hold no model"):
        nlp.get_pipe("bias_detect").from_bytes(b"\x81\xa6../out\xc4\x01x")


def test_a_text_that_fails_is_left_out_where_the_pipeline_says_so(monkeypatch):
    nlp = pipeline()
    seen = []
    nlp.set_error_handler(lambda name, component, docs, error: seen.append((name, type(error))))
    monkeypatch.setattr(ReviewClassifier, "assess", _fail)
    assert list(nlp.pipe([TEXT])) == []
    assert seen == [("bias_detect", RuntimeError)]


def _fail(self: ReviewClassifier, sentences: list[str]) -> None:
    raise RuntimeError


def test_spacy_finds_it_where_the_package_is_installed(tmp_path):
    from importlib import metadata

    if "bias_detect" not in {entry.name for entry in metadata.entry_points(group="spacy_factories")}:
        pytest.skip("the package is not installed, or was before it had this component")
    code = f"import spacy; nlp = spacy.blank('en'); nlp.add_pipe('bias_detect'); print(*nlp({TOLD!r}).spans)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "bias_detect\n"


def test_extensions_are_those_of_spans():
    pipeline()
    assert all(Span.has_extension(name) for name in ("bias_label", "bias_scores", "bias_uncertain"))
