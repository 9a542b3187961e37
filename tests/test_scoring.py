"""The Python face: text, path or Document in, one table out."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bias_detect
from bias_detect.documents.document import Document, Paragraph
from bias_detect.errors import DocumentError, ModelError, UsageError
from bias_detect.model.bundle import save_bundle
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.scoring import columns, read_text, score, score_paragraphs

JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward."
TEXT = f"Findings\n\n{JUDGED} {TOLD}\n\nRecommendations\n\nWith thirty cases each, staff saw only the worst off."
COLUMNS = ["document", "sentence_id", "section", "paragraph", "page", "start", "end", "sentence", "label", "confidence"]
COLUMNS += ["p_descriptive", "p_explanatory", "p_hindsight_biased", "uncertain", "signals", "influences"]


@pytest.fixture
def draft(tmp_path):
    path = tmp_path / "draft.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_text_path_and_document_give_the_same_table(draft):
    table = score(TEXT)
    assert list(table) == COLUMNS
    assert table["sentence"].tolist()[1:3] == [JUDGED, TOLD]
    assert table["label"].tolist()[1:3] == ["hindsight_biased", "descriptive"]
    document = bias_detect.read_document(draft)
    for source, name in ((TEXT, "text"), (draft, "draft.txt"), (str(draft), "draft.txt"), (document, "draft.txt")):
        again = bias_detect.score(source)
        assert again["document"].unique().tolist() == [name]
        pd.testing.assert_frame_equal(again.drop(columns="document"), table.drop(columns="document"))


def test_each_row_says_where_its_sentence_and_its_marks_stand(draft):
    document = bias_detect.read_document(draft)
    table = score(document)
    assert table["sentence_id"].tolist() == ["p1s1", "p2s1", "p2s2", "p3s1", "p4s1"]
    assert table["section"].tolist() == ["findings"] * 3 + ["recommendations"] * 2
    assert table["uncertain"].dtype == bool
    for row in table.itertuples():
        assert document.text[row.start : row.end] == row.sentence
        for mark in [*row.signals, *row.influences]:
            assert row.sentence[mark["start"] : mark["end"]] == mark["text"]
        assert row.confidence == getattr(row, f"p_{row.label}")
    shares = table[["p_descriptive", "p_explanatory", "p_hindsight_biased"]]
    assert shares.sum(axis="columns").tolist() == pytest.approx([1] * 5)
    assert {mark["signal"] for mark in table["signals"][1]} >= {"counterfactual"}
    assert "management" in {mark["influence"] for mark in table["influences"][4]}
    assert all(list(mark) == ["influence", "start", "end", "text"] for mark in table["influences"][4])


def test_a_sentence_has_the_page_on_which_it_begins():
    paragraph = Paragraph(f"{TOLD} {JUDGED}", 1, 0, page=7, turns=(len(TOLD) + 1,))
    assert score(Document("draft", (paragraph,)))["page"].tolist() == [7, 8]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120),
            st.lists(st.sampled_from([JUDGED, TOLD, "(a)", "\n", "\t\n ", "Dr.", "4.2", "…", "“No.”"]), max_size=8).map(
                " ".join
            ),
        ),
        max_size=4,
    )
)
def test_offsets_hold_for_any_document(texts):
    document = Document.from_texts("any", texts)
    table = score(document)
    assert [document.text[row.start : row.end] for row in table.itertuples()] == table["sentence"].tolist()
    assert table["sentence_id"].is_unique
    assert (table["end"] > table["start"]).all()
    assert table["start"].is_monotonic_increasing
    # Nothing is lost: what stands outside the sentences is white space.
    covered = "".join("".join(sentence.split()) for sentence in table["sentence"])
    assert covered == "".join(document.text.split())


def test_the_size_of_a_batch_changes_nothing():
    model = bias_detect.load_model()
    text = "\n\n".join([JUDGED, TOLD, f"{TOLD} {JUDGED} {TOLD}"] * 5)
    whole = [row for rows in score_paragraphs(read_text(text), model, name="n") for row in rows]
    single = [row for rows in score_paragraphs(read_text(text), model, name="n", batch=1) for row in rows]
    for row, other in zip(whole, single, strict=True):
        assert row.keys() == other.keys()
        for name, value in row.items():
            assert other[name] == (pytest.approx(value) if isinstance(value, float) else value)


def test_batches_come_before_all_has_been_read():
    taken = []

    def paragraphs():
        for paragraph in read_text("\n\n".join([TOLD] * 100)):
            taken.append(paragraph)
            yield paragraph

    next(score_paragraphs(paragraphs(), bias_detect.load_model(), name="n", batch=10))
    assert len(taken) == 10


def test_a_section_alone_and_nothing_at_all():
    assert score(TEXT, section="recommendations")["paragraph"].tolist() == [3, 4]
    full = score(TEXT)
    for nothing in (score(TEXT, section="chronology"), score(Document("empty"))):
        assert list(nothing) == COLUMNS
        assert nothing.empty
        assert nothing.dtypes.to_dict() == full.dtypes.to_dict()


def test_models_of_other_labels_have_their_own_columns(model, tmp_path):
    folder = save_bundle(model, tmp_path / "mine", card="# Mine\n", training={})
    by_folder = score(TEXT, model=folder)
    pd.testing.assert_frame_equal(by_folder, score(TEXT, model=model))
    pd.testing.assert_frame_equal(by_folder, score(TEXT, model=str(folder)))
    people = ["The nurse", "The warden", "An officer", "The aunt", "A teacher", "The midwife"]
    texts = [f"{who} {act} that day." for who in people for act in ("should have rung", "rang")]
    yes_no = ReviewClassifier(n_splits=2).fit(texts, [True, False] * len(people))
    table = score(TEXT, model=yes_no)
    assert [name for name in table if name.startswith("p_")] == ["p_False", "p_True"]
    assert columns(yes_no) == list(table)
    assert set(table["label"]) <= {True, False}


def test_what_cannot_be_read_is_said(tmp_path):
    for source, message in (
        ("", "holds no text"),
        (" \n\n ", "holds no text"),
        ("The ward\0 was full.", "binary"),
        (tmp_path / "none.txt", "does not exist"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(DocumentError, match=message):
            score(source)
    with pytest.raises(ModelError, match="there is no such model"):
        score(TEXT, model="none")


@pytest.mark.parametrize("source", [[TOLD], pd.DataFrame({"sentence": [TOLD]}), None, TOLD.encode()])
def test_what_is_no_single_text_is_sent_where_it_belongs(source):
    with pytest.raises(UsageError, match=rf"no {type(source).__name__}; .*list .*predict, .*table to audit"):
        score(source)


def test_a_sentence_is_never_taken_for_a_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in ("She rang.", "a" * 5000, "What is / was known?", "~/draft", "C:\\notes"):
        assert score(text)["document"].tolist()[0] == "text"
    (tmp_path / "She rang.").write_text("The ward was full.", encoding="utf-8")
    assert score("She rang.")["sentence"].tolist() == ["The ward was full."]


def test_the_model_labels_any_sequence_of_strings():
    model = bias_detect.load_model()
    assert [str(label) for label in model.classes_] == [str(label) for label in bias_detect.Label]
    assert model.predict([JUDGED, TOLD]).tolist() == ["hindsight_biased", "descriptive"]
    assert model.predict(pd.Series([TOLD, JUDGED], index=[7, 3])).tolist() == ["descriptive", "hindsight_biased"]
    assert model.predict_proba((JUDGED,)).shape == (1, 3)
