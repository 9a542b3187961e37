"""What is flagged: where it stands, what is left out, and what an older draft has already."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect import load_model, score
from bias_detect.documents.document import Document, Part
from bias_detect.errors import ModelError
from bias_detect.review.advice import advice
from bias_detect.review.flags import Flag, find_flags, leave_alone, sentence_id
from bias_detect.review.ignore import IgnoreList

JUDGED = "Staff should have seen that he was in danger."
OBVIOUS = "It was obvious that her husband would become violent again."
TOLD = "The nurse rang the ward."
EXPLAINED = "The officer closed the log because the form had no box for children."
BARE = "Her death would in all likelihood not have come about."


def draft(*parts: tuple[str, str | None] | str) -> Document:
    pairs = [(part, None) if isinstance(part, str) else part for part in parts]
    return Document.from_parts("draft", [Part(text, section=section) for text, section in pairs])


def flags(document: Document, **options: object) -> list[Flag]:
    return find_flags(document, score(document), **options)


def told(number: int) -> list[str]:
    return [f"The health visitor wrote to the clinic on {day} May." for day in range(1, number + 1)]


def test_a_flag_says_where_the_sentence_stands_in_its_paragraph():
    document = draft(TOLD, f"{TOLD} {JUDGED} {EXPLAINED}", f"4.2 {OBVIOUS}")
    found = flags(document)
    assert [flag.paragraph for flag in found] == [2, 3]
    for flag in found:
        text = document.paragraphs[flag.paragraph - 1].text
        assert text[flag.start : flag.end] == flag.sentence
        assert flag.kind == "sentence"
        assert flag.label == "hindsight_biased"
        assert flag.confidence > 0.5
        for mark in flag.signals:
            assert flag.sentence[mark.start : mark.end] == mark.text
    assert [flag.signals[0].name for flag in found] == ["counterfactual", "foreseeability"]
    assert [flag.question.partition("?")[0] for flag in found] == [
        "What did people see at the time, and what did it mean to them",
        "Who came across this then, among what else, and how did they read it",
    ]
    assert [flag.id for flag in found] == [sentence_id(JUDGED), sentence_id(OBVIOUS)]


def test_a_sentence_without_signal_words_is_asked_the_label_s_question():
    table = score(JUDGED)
    table.at[0, "signals"] = []
    (flag,) = find_flags(draft(JUDGED), table)
    assert flag.signals == ()
    assert flag.question.startswith(advice("hindsight_biased").question)


def test_headings_method_and_recommendations_are_not_flagged():
    document = Document.from_parts(
        "draft",
        [
            Part("It was obvious that staff should have seen the danger", section="findings", heading=True),
            Part(JUDGED, section="method"),
            Part(JUDGED, section="recommendations"),
            Part(JUDGED, section="findings"),
        ],
    )
    assert [flag.paragraph for flag in flags(document)] == [4]
    assert [flag.paragraph for flag in flags(document, section="method")] == [2, 4]


def test_quotations_are_skipped_only_when_asked():
    document = draft(f"Her father wrote: “{JUDGED}”", f"He was “unwell”. {JUDGED}")
    assert [flag.paragraph for flag in flags(document)] == [1, 2]
    assert [flag.paragraph for flag in flags(document, skip_quotations=True)] == [2]


def test_only_what_an_older_draft_does_not_have_is_flagged():
    old = draft(TOLD, f"3.1  {OBVIOUS.upper().capitalize()} {JUDGED}")
    new = draft(JUDGED, OBVIOUS, JUDGED, JUDGED.replace("seen", "known"))
    found = flags(new, since=old)
    assert [(flag.paragraph, flag.sentence) for flag in found] == [(3, JUDGED), (4, new.paragraphs[3].text)]
    assert flags(new, since=new) == []


def test_what_is_ignored_is_left_out():
    document = draft(JUDGED, OBVIOUS, JUDGED)
    assert [flag.sentence for flag in flags(document, ignored=IgnoreList(sentence_id(JUDGED)))] == [OBVIOUS]
    assert [flag.sentence for flag in flags(document, ignored=IgnoreList("counterfactual"))] == [OBVIOUS]
    both = draft("It was obvious that staff should have seen the danger.")
    (flag,) = flags(both, ignored=IgnoreList("counterfactual"))
    assert {mark.name for mark in flag.signals} == {"foreseeability"}
    assert flags(both, ignored=IgnoreList("counterfactual\nforeseeability")) == []


def test_a_section_that_is_nearly_all_description_is_flagged_once_at_its_first_sentence():
    document = Document.from_parts(
        "draft",
        [
            Part("4. Chronology", section="chronology", heading=True),
            *(Part(text, section="chronology") for text in told(12)),
            Part("5. Findings", section="findings", heading=True),
            Part("What the visits were", section="findings", heading=True),
            *(Part(text, section="findings") for text in told(6)),
            Part("1 A note.", section="footnote"),
            Part(" ".join(told(6)), section="findings"),
            Part("6. Analysis", section="analysis", heading=True),
            *(Part(text, section="analysis") for text in [*told(8), *[EXPLAINED] * 4]),
        ],
    )
    assert flags(document) == []
    (flag,) = flags(document, sections=True)
    assert (flag.kind, flag.label, flag.signals) == ("section", "descriptive", ())
    assert document.paragraphs[flag.paragraph - 1].text == flag.sentence == told(1)[0]
    assert document.paragraphs[flag.paragraph - 2].text == "What the visits were"
    assert flag.confidence > 0.9
    assert flag.id == f"section-{sentence_id('Findings')}"
    assert flags(document, sections=True, ignored=IgnoreList(flag.id)) == []
    assert flags(document, sections=True, since=document) == []


def finding(number: int, *texts: str, heading: bool = True) -> list[Part]:
    parts = [Part(text, section="findings") for text in texts]
    return [Part(f"Finding {number}", section="findings", heading=True), *parts] if heading else parts


def test_each_finding_under_a_heading_of_its_own_is_looked_at_alone():
    first = finding(1, *[EXPLAINED] * 16)
    second, third = finding(2, *told(16)), finding(3, *told(12))
    document = Document.from_parts("draft", [*first, *second, *third])
    found = flags(document, sections=True)
    assert [(flag.paragraph, flag.id) for flag in found] == [
        (len(first) + 2, f"section-{sentence_id('Finding 2')}"),
        (len(first) + len(second) + 2, f"section-{sentence_id('Finding 3')}"),
    ]


def test_findings_too_short_to_be_looked_at_alone_are_looked_at_together():
    short = [part for number in range(1, 5) for part in finding(number, *told(4))]
    (flag,) = flags(Document.from_parts("draft", short), sections=True)
    assert (flag.paragraph, flag.id) == (2, f"section-{sentence_id('Finding 1')}")
    between = [*finding(1, *told(6)), *finding(2, *[EXPLAINED] * 12), *finding(3, *told(6))]
    assert flags(Document.from_parts("draft", between), sections=True) == []


def test_a_finding_without_a_heading_is_looked_at():
    document = Document.from_parts("draft", [Part(TOLD, section="chronology"), *finding(1, *told(12), heading=False)])
    (flag,) = flags(document, sections=True)
    assert (flag.paragraph, flag.id) == (2, f"section-{sentence_id(told(1)[0])}")


def test_a_short_section_is_not_flagged():
    assert flags(draft(*((text, "findings") for text in told(9))), sections=True) == []
    assert len(flags(draft(*((text, "findings") for text in told(10))), sections=True)) == 1


def test_sections_of_one_heading_have_ids_of_their_own():
    one = [("Findings", "findings"), *((text, "findings") for text in told(10))]
    ids = [flag.id for flag in flags(draft(*one, (TOLD, "other"), *one), sections=True)]
    assert len(set(ids)) == 2
    assert ids[1] == f"{ids[0]}-2"
    assert [
        flag.id for flag in flags(draft(*one, (TOLD, "other"), *one), sections=True, ignored=IgnoreList(ids[0]))
    ] == [ids[1]]


def test_a_model_of_other_labels_is_a_clear_error():
    table = score(JUDGED).rename(columns={"p_hindsight_biased": "p_judged", "p_descriptive": "p_told"})
    with pytest.raises(ModelError, match=r"no label 'hindsight_biased', .* \(it has 'told', 'explanatory', 'judged'\)"):
        find_flags(draft(JUDGED), table)


def test_an_empty_draft_has_no_flags():
    empty = Document("draft")
    assert find_flags(empty, score(draft(TOLD)).iloc[:0], sections=True) == []


def test_rows_that_are_left_alone_keep_all_but_their_marks():
    rows = score(f"{JUDGED} {OBVIOUS} {TOLD}", model=load_model()).to_dict("records")
    before = [dict(row) for row in rows]
    assert leave_alone(rows, IgnoreList()) == frozenset()
    assert rows == before
    assert leave_alone(rows, IgnoreList(f"foreseeability\n{sentence_id(TOLD)}")) == {"p1s2", "p1s3"}
    assert rows[1]["signals"] == []
    assert [{**row, "signals": old["signals"]} for row, old in zip(rows, before, strict=True)] == before


@pytest.mark.parametrize(
    "same",
    [
        "the nurse said “no” and  left; it wasn’t late.",
        'The nurse said "no" and left; it wasn\'t late.',
        "4.12 The nurse said “no” and left; it wasn’t late.",
        "(3) The nurse said «no» and\nleft; it wasn\u2019t la\u00adte.",
        "7. The nurse said “no” and\u00a0left; it wasn’t late.",
    ],
)
def test_the_id_stays_when_a_sentence_is_laid_out_anew(same):
    assert sentence_id(same) == sentence_id("The nurse said “no” and left; it wasn’t late.")


def test_the_id_changes_with_the_words_and_the_figures():
    sentences = ["3 visits were made.", "5 visits were made.", "Visits were made.", "2019 visits were made.", "4.5", ""]
    assert len({sentence_id(sentence) for sentence in sentences}) == len(sentences)


@given(st.text())
def test_any_text_has_an_id(text):
    assert re.fullmatch(r"[0-9a-f]{10}", sentence_id(text))
    assert sentence_id(f"  {text}\n") == sentence_id(text)
