"""The words of comments."""

import csv
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bias_detect import score
from bias_detect.documents.document import Document, Part
from bias_detect.review.comments import comment_lines, make_comments, upkeep
from bias_detect.review.flags import Flag, Signalled, find_flags
from bias_detect.review.questions import section_question

COMPOSED = Path(__file__).parents[2] / "data" / "corpus" / "composed.csv"
JUDGED = "Staff should have seen that he was in danger."


def flag(**changed: object) -> Flag:
    made = {
        "id": "3fa9c1d20b",
        "kind": "sentence",
        "paragraph": 3,
        "start": 5,
        "end": 50,
        "label": "hindsight_biased",
        "confidence": 0.624,
        "uncertain": True,
        "signals": (),
        "sentence": JUDGED,
        "question": "What was known then, and to whom?",
    }
    return Flag(**{**made, **changed})


def test_a_comment_stands_at_its_sentence_and_is_short():
    document = Document.from_texts("draft.docx", [f"The nurse rang. {JUDGED}"])
    (comment,) = make_comments(find_flags(document, score(document)), "draft.docx")
    assert document.paragraphs[0].text[comment.start : comment.end] == JUDGED
    assert "hindsight-biased, " in comment.lines[0]
    assert comment.lines[1] == "Because of: “should have seen” (counterfactual)"
    assert comment.lines[-1] == f"To leave this one for good, add {comment.id} to draft.docx.ignore"
    assert any(line.endswith("?") for line in comment.lines)
    assert len(comment.lines) <= 6
    assert len(" ".join(comment.lines).split()) < 70


def test_doubt_is_told():
    assert comment_lines(flag(), "a.docx")[0] == "perhaps hindsight-biased (62%)"
    assert comment_lines(flag(uncertain=False, confidence=0.999), "a.docx")[0] == "hindsight-biased, 99% sure"


def test_words_are_told_once_by_signal_and_cut_short():
    long = "had the panel " + "known of it and " * 10
    signals = [
        ("counterfactual", "should\n have"),
        ("blame", "careless"),
        ("counterfactual", "should have"),
        ("blame", long),
    ]
    said = comment_lines(flag(signals=tuple(Signalled(name, 0, 1, text) for name, text in signals)), "a.docx")[1]
    assert said.startswith("Because of: “should have” (counterfactual); “careless”, “had the panel known of it")
    assert said.endswith("…” (blame)")
    assert len(said) < 140


@given(st.lists(st.text("abcdef", min_size=1, max_size=15), min_size=1, max_size=20))
def test_words_are_cut_between_words(words):
    said = comment_lines(flag(signals=(Signalled("blame", 0, 1, " ".join(words)),)), "a.docx")[1]
    quoted = said.removeprefix("Because of: “").removesuffix("” (blame)")
    assert len(quoted) <= 62
    kept = quoted.removesuffix(" …").split(" ")
    assert kept == words[: len(kept)]
    assert quoted.endswith(" …") == (len(kept) < len(words))


def test_a_section_is_told_as_one():
    lines = comment_lines(flag(kind="section", label="descriptive", confidence=0.95, id="section-3fa9c1d20b"), "a.docx")
    assert lines[0] == "descriptive: nearly all of this section (95%) says what happened"
    assert lines[-1] == "To leave this one for good, add section-3fa9c1d20b to a.docx.ignore"


def test_words_of_hindsight_itself_are_not_told_as_foresight():
    document = Document.from_texts("a.docx", ["With the benefit of hindsight, the duty worker was in the wrong place."])
    table = score(document)
    table["label"] = "hindsight_biased"
    (comment,) = make_comments(find_flags(document, table), "a.docx")
    assert comment.lines[1] == "Because of: “of hindsight” (foreseeability)"
    assert comment.lines[2] == "It may judge what people did by what became known only later."


def test_what_the_program_writes_is_known_as_its_own():
    with COMPOSED.open(encoding="utf-8", newline="") as file:
        sentences = [row["sentence"] for row in csv.DictReader(file)][:400]
    document = Document.from_parts("a b.docx", [Part(f"{text}\n“{text}”", section="findings") for text in sentences])
    flags = find_flags(document, score(document), sections=True)
    section = [
        flag(kind="section", label="descriptive", id="section-3fa9c1d20b-2", question=section_question(sentences))
    ]
    comments = make_comments([*flags, *section], document.name)
    assert len(comments) > 100
    for comment in comments:
        assert upkeep({}, sections=True).known(comment.lines) == (comment.id, True), comment.lines
    assert upkeep({}, sections=False).known(comments[-1].lines) is None
