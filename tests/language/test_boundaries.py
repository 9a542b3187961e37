"""Sentence boundaries: the cases of boundary_cases.txt, what must hold for any text, and real reports."""

from __future__ import annotations

import csv
import os
import pickle
import re
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

from bias_detect.language import boundaries
from bias_detect.language.boundaries import ReportSentences, sentence_spans

CASES = Path(__file__).with_name("boundary_cases.txt")
SHARED = Path(os.environ.get("BIAS_DETECT_SHARED", Path(__file__).resolve().parents[3] / "shared"))

FRAGMENTS = """
    the The nurse Mother Dr. Mr. St. No. p. para. e.g. etc. U.K. a.m. p.m. Ltd. J. I A B. risk risk.12 4.2 4.2.1 9.30
    2019. 2019.The £4.50 [REDACTED]. [REDACTED].He recorded.The (a) (b) 1) 2) 1. 2. iv. a. b. • - – “Yes.” 'No.' " ' ( )
    ... … ? ! ?! Yahoo! www.a.org. x@y.org .[3] .* said asked TIME case mark
"""
fragment_texts = st.lists(
    st.tuples(
        st.sampled_from(FRAGMENTS.split()),
        st.sampled_from([" ", " ", " ", "", "\n", "\n\n", "  ", "\t", "\r\n", "\xa0"]),
    ),
    max_size=30,
).map(lambda pairs: "".join(word + space for word, space in pairs))
any_texts = st.one_of(fragment_texts, st.text(st.characters(exclude_categories=["Cs"]), max_size=80))


def cases() -> list[tuple[str, list[str]]]:
    found = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            marked = line.replace("\\n", "\n").replace("\\r", "\r")
            found.append((marked.replace("|", ""), [sentence.strip() for sentence in marked.split("|")]))
    return found


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def sentences(doc: Doc) -> list[str]:
    return [text for text in (sentence.text.strip() for sentence in doc.sents) if text]


def pipeline() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("report_sentences")
    return nlp


@pytest.fixture(scope="module")
def nlp() -> Language:
    return pipeline()


@pytest.mark.parametrize(("text", "expected"), cases())
def test_cases_of_report_prose(nlp: Language, text: str, expected: list[str]) -> None:
    assert pieces(text) == expected
    assert sentences(nlp(text)) == expected


@given(any_texts)
def test_spans_leave_out_nothing_but_white_space(text: str) -> None:
    end = 0
    for start, stop in sentence_spans(text):
        assert not text[end:start].strip()
        assert text[start:stop] and text[start:stop] == text[start:stop].strip()
        end = stop
    assert not text[end:].strip()


PIPELINE = pipeline()


@given(any_texts)
def test_component_decides_as_the_plain_function(text: str) -> None:
    doc = PIPELINE(text)
    assert doc.text == text
    assert sentences(doc) == pieces(text)
    assert all(token.is_sent_start is not None for token in doc)


@given(fragment_texts)
def test_component_does_not_depend_on_the_tokenizer(text: str) -> None:
    doc = WORDS_ONLY(text)
    assert doc.text == text
    assert sentences(doc) == pieces(text)


WORDS_ONLY = pipeline()
WORDS_ONLY.tokenizer = Tokenizer(WORDS_ONLY.vocab)


def test_a_token_that_two_sentences_share_is_split(nlp: Language) -> None:
    doc = nlp("The form changed in 2019.The panel saw [REDACTED].He agreed.")
    assert sentences(doc) == ["The form changed in 2019.", "The panel saw [REDACTED].", "He agreed."]
    assert doc.text == "The form changed in 2019.The panel saw [REDACTED].He agreed."
    assert "The" in [token.text for token in doc][1:]


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_texts_without_words(nlp: Language, text: str) -> None:
    assert sentence_spans(text) == []
    assert sentences(nlp(text)) == []


def test_words_that_spacy_has_symbols_for_stay_what_they_are(nlp: Language) -> None:
    text = "TIME LAW DATE case mark. The case of the mark and the TIME is no LAW. It is a case."
    assert sentences(nlp(text)) == pieces(text) and len(pieces(text)) == 3


def test_every_token_is_marked(nlp: Language) -> None:
    doc = nlp("He left. She stayed.")
    assert [token.is_sent_start for token in doc] == [True, False, False, True, False, False]
    assert doc.has_annotation("SENT_START")


def test_each_token_has_one_flag_and_space_before_a_text_is_no_sentence(nlp: Language) -> None:
    docs = [nlp.make_doc(text) for text in ("", "He left. She stayed.", "\n He left.")]
    flags = ReportSentences().predict(docs)
    assert flags == [[], [True, False, False, True, False, False], [True, False, False, False]]


def test_boundaries_set_before_are_kept(nlp: Language) -> None:
    doc = nlp.make_doc("He left and she stayed.")
    doc[2].is_sent_start = True
    assert sentences(ReportSentences()(doc)) == ["He left", "and she stayed."]


def test_one_component_serves_docs_of_another_vocabulary(nlp: Language) -> None:
    component = nlp.get_pipe("report_sentences")
    assert sentences(component(spacy.blank("en").make_doc("Gloaming fell. Nobody rang."))) == [
        "Gloaming fell.",
        "Nobody rang.",
    ]


def test_words_kept_at_hand_are_few_and_are_not_sent_to_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = pipeline()
    component = nlp.get_pipe("report_sentences")
    monkeypatch.setattr(boundaries, "MOST_PIECES", 50)
    for number in range(200):
        text = f"Dr. No{number} rang at {number}.15. Nobody{number} came."
        assert sentences(nlp(text)) == pieces(text)
        assert len(component.pieces) < 70
    sent = pickle.dumps(component)
    assert b"Nobody" not in sent and len(sent) < 2_000
    assert sentences(pickle.loads(sent)(nlp.make_doc("Dr. Hale rang. No one came."))) == [
        "Dr. Hale rang.",
        "No one came.",
    ]


def test_a_pipeline_can_be_stored_and_loaded(nlp: Language, tmp_path: Path) -> None:
    text = "Dr. Hale rang. No one answered."
    nlp.to_disk(tmp_path / "pipeline")
    assert sentences(spacy.load(tmp_path / "pipeline")(text)) == ["Dr. Hale rang.", "No one answered."]
    assert sentences(pipeline().from_bytes(nlp.to_bytes())(text)) == ["Dr. Hale rang.", "No one answered."]


def test_long_texts_take_no_more_than_their_share(nlp: Language) -> None:
    text = "The nurse (see p. 4) saw him at 9.30. " * 2000 + "." * 5000 + "(" * 5000 + " 1) The end 2) Of it"
    assert len(sentence_spans(text)) > 2000


def test_labelled_sentences_of_real_reports_are_found() -> None:
    folder = SHARED / "pfd"
    if not (folder / "labels.csv").exists():
        pytest.skip(f"needs the coroners' reports in {folder}: set BIAS_DETECT_SHARED")
    with (folder / "reports.csv").open(encoding="utf-8", newline="") as file:
        reports = {row["url"]: row for row in csv.DictReader(file)}
    number = re.compile(r"\W*(?:\w{1,4}[.)]+)?\W*")  # the labels were cut without the numbers of paragraphs
    found = total = 0
    spans: dict[str, set[tuple[int, int]]] = {}
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = re.sub(r"\s+", " ", reports[row["url"]][row["column"]])
            if text not in spans:
                spans[text] = {
                    (number.match(text, start, end).end(), end)  # type: ignore[union-attr]
                    for start, end in sentence_spans(text)
                } | set(sentence_spans(text))
            start = int(row["start"])
            found += (start, start + int(row["length"])) in spans[text]
            total += 1
    assert found / total > 0.98
