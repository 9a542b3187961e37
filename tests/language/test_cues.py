import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.language.pipeline import sentence_reader

MARKED = "Staff should have seen the danger because they believed that the school knew."


@given(st.integers(1, MARKED.count(" ")), st.sampled_from(["\n", "  ", "\r\n", " \n "]))
def test_a_line_break_or_more_spaces_inside_a_cue_change_no_mark(place, gap):
    words = MARKED.split(" ")
    broken = " ".join(words[:place]) + gap + " ".join(words[place:])
    plain, wrapped = sentence_reader().read(MARKED), sentence_reader().read(broken)
    for kind in ("signals", "influences", "links"):
        ours, theirs = getattr(plain, kind), getattr(wrapped, kind)
        assert [(mark.label, mark.rule, mark.first, mark.last) for mark in ours] == [
            (mark.label, mark.rule, mark.first, mark.last) for mark in theirs
        ]
        assert all(broken[mark.start : mark.end] == mark.text for mark in theirs)


@pytest.mark.parametrize("name", ["report_sentences", "review_signals", "review_influences"])
def test_each_component_works_alone_in_anybodys_pipeline(name):
    nlp = spacy.blank("en")
    nlp.add_pipe(name)
    doc = nlp("Staff should\nhave seen it. They believed that he was safe.")
    assert len(list(doc.sents)) == 2 if name == "report_sentences" else doc.spans


def test_signals_of_two_sentences_do_not_cancel_each_other():
    nlp = spacy.blank("en")
    nlp.add_pipe("report_sentences")
    nlp.add_pipe("review_signals")
    doc = nlp("Observations should have been made every fifteen minutes. Staff should have acted.")
    assert [(span.text, span.label_) for span in doc.spans["signals"]] == [("should have acted", "counterfactual")]
    assert [span.label_ for span in doc.spans["signals_cancelled"]] == ["counterfactual"]
