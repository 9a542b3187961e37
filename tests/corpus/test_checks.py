"""The checks of a corpus: each finds what it is for, names the rows, and shows nothing that is personal."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from personal_cases import PERSONAL

from bias_detect.corpus.checks import LIKENESS, check_corpus
from bias_detect.corpus.duplicates import near_duplicates
from bias_detect.corpus.findings import Finding, Severity
from bias_detect.corpus.personal import masked
from bias_detect.errors import CorpusError, UsageError
from bias_detect.labels import CODEBOOK_VERSION, Label

LABELS = list(map(str, Label))
ACTS = ["rang", "visited", "wrote", "called", "waited", "noted", "asked", "left", "closed", "opened", "moved", "read"]
PEOPLE = [
    *("nurse", "doctor", "midwife", "porter", "teacher", "officer"),
    *("clerk", "warden", "driver", "tutor", "matron", "cook"),
]

Check = Callable[..., dict[str, Finding]]


@pytest.fixture
def sound() -> pd.DataFrame:
    """Sentences in which nothing is to be found: 36 of 4 documents, the labels mixed."""
    rows = [
        (f"The {person} {act} before {PEOPLE[(place * 5 + 3) % 12]} and {ACTS[(place + at) % 12]} again.", place, at)
        for place, person in enumerate(PEOPLE)
        for at, act in enumerate(ACTS[place % 4 :: 4])
    ]
    table = pd.DataFrame(rows, columns=["sentence", "document", "label"])
    table["document"] = [f"D{place % 4}" for place in table["document"]]
    table["label"] = [LABELS[at % 3] for at in table["label"]]
    return table.assign(codebook=CODEBOOK_VERSION)


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Return a function that checks tables and returns the findings by name."""

    def run(*tables: pd.DataFrame, **options: object) -> dict[str, Finding]:
        paths = [tmp_path / f"{number}.csv" for number in range(len(tables))]
        for table, path in zip(tables, paths, strict=True):
            table.to_csv(path, index=False)
        findings = check_corpus(paths, **options)
        order = [list(Severity).index(finding.severity) for finding in findings]
        assert order == sorted(order)
        named = {finding.check: finding for finding in findings}
        assert len(named) == len(findings)
        return named

    return run


def bad(findings: dict[str, Finding]) -> dict[str, Finding]:
    return {name: finding for name, finding in findings.items() if finding.severity is not Severity.NOTE}


def put(table: pd.DataFrame, column: str, cells: dict[int, object]) -> pd.DataFrame:
    """Return a table with some cells of a column replaced."""
    changed = table[column].astype("object").tolist()
    for row, cell in cells.items():
        changed[row] = cell
    return table.assign(**{column: changed})


def test_a_sound_corpus_has_nothing_but_notes(check: Check, sound: pd.DataFrame) -> None:
    findings = check(sound)
    assert bad(findings) == {}
    assert findings["labels in use"].examples == tuple(f"'{label}' 12 (33%)" for label in LABELS)
    assert findings["labelled under codebook"].examples == ("'1.0' (36)",)


def test_rows_that_training_refuses_are_all_named(tmp_path: Path, sound: pd.DataFrame) -> None:
    path = tmp_path / "a.csv"
    table = put(put(sound, "sentence", {0: "", 4: " ", 7: "The nurse\x07 rang twice."}), "label", {9: "", 10: "nan"})
    path.write_text(table.to_csv(index=False) + "too,many,cells,in,this,row\n", encoding="utf-8")
    found = bad({finding.check: finding for finding in check_corpus([path])})
    assert {name: finding.examples for name, finding in found.items() if finding.severity is Severity.ERROR} == {
        "rows that cannot be read": ("row 38 has 6 cells where the header has 4",),
        "empty sentences": ("row 2", "row 6"),
        "control characters": ("row 9",),
        "rows without a label": ("row 11", "row 12"),
    }
    assert found["empty sentences"].rows == (0, 4)


def test_cells_that_hold_no_text_count_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = ['{"sentence": ["She rang."], "label": "a"}', '{"sentence": 12, "label": "b"}', '{"label": "a"}', "{"]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = {finding.check: finding for finding in check_corpus([path])}
    assert found["empty sentences"].examples == ("line 1", "line 3")
    assert found["rows that cannot be read"].count == 1


def test_long_sentences_are_doubted_and_enormous_ones_refused(tmp_path: Path, sound: pd.DataFrame) -> None:
    table = put(sound, "sentence", {2: "on and " * 76, 3: "on and " * 75, 5: "word " * 20_001})
    table.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    found = bad({finding.check: finding for finding in check_corpus([tmp_path / "a.jsonl"])})
    assert found["sentences over 150 words"].examples == ("line 3 (152 words)",)
    assert found["sentences over 100,000 characters"].examples == ("line 6",)


@pytest.mark.parametrize(
    ("kind", "damaged"),
    [
        ("lost characters", "The mother\ufffds GP rang."),
        ("garbled characters", "The motherâ€™s GP rang."),
        ("garbled characters", "The motherâ\x80\x99s GP rang."),
        ("garbled characters", "The mother‚Äôs GP rang."),
        ("garbled characters", "The cafÃ© was shut."),
        ("garbled characters", "It cost Â£5."),
        ("garbled characters", "Ã¢â‚¬Å“No concernsÃ¢â‚¬Â\x9d."),
        ("Windows characters read as Latin-1", "The mother\x92s GP rang."),
        ("question marks for apostrophes", "The mother?s GP rang."),
    ],
)
def test_damage_by_a_wrong_encoding_is_found(check: Check, sound: pd.DataFrame, kind: str, damaged: str) -> None:
    found = bad(check(put(sound, "sentence", {5: damaged})))
    assert {name: (finding.severity, finding.rows) for name, finding in found.items()} == {kind: ("error", (5,))}
    (example,) = found[kind].examples
    assert example.startswith("row 7: ")
    assert "GP" not in example


def test_accents_quotation_marks_and_questions_are_no_damage(check: Check, sound: pd.DataFrame) -> None:
    texts = ["Zoë’s café was “shut” – à Paris.", "Â was said; so was Ã.", "Did Åse ring? She did.", "See a.org/b?s=1"]
    assert bad(check(put(sound, "sentence", dict(enumerate(texts))))) == {}


def test_text_of_any_common_marks_is_found_when_it_is_garbled(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for mark in "‘’“”–—…•€£éèöüçñ°½":
        for encoding in ("cp1252", "latin-1"):
            garbled = mark.encode().decode(encoding, errors="ignore")
            path.write_text(f"sentence,label\nHe said {garbled}.,a\nHe left.,b\n", encoding="utf-8")
            assert "garbled characters" in {finding.check for finding in check_corpus([path])}, (mark, encoding)


def test_a_slip_in_a_label_is_outside_the_codebook(check: Check, sound: pd.DataFrame) -> None:
    found = bad(check(put(sound, "label", {3: "descriptve", 5: "Hindsight-biased"})))
    assert list(found) == ["labels outside the codebook", "labels of fewer than 10 sentences"]
    outside = found["labels outside the codebook"]
    assert (outside.severity, outside.examples) == ("error", ("row 5: 'descriptve'", "row 7: 'Hindsight-biased'"))
    assert "hindsight_biased" in outside.advice


def test_labels_of_another_scheme_pass_unless_the_codebook_is_asked_for(check: Check, sound: pd.DataFrame) -> None:
    other = sound.assign(label=["told", "judged"] * 18)
    assert bad(check(other)) == {}
    assert check(other, codebook=True)["labels outside the codebook"].count == 36
    assert "labels outside the codebook" not in check(put(sound, "label", {3: "unclear"}), codebook=False)


def test_annotators_labels_are_held_to_the_same_list(check: Check, sound: pd.DataFrame) -> None:
    votes = put(sound.assign(annotator_a=sound["label"]), "annotator_a", {4: "explanatroy", 6: ""})
    found = bad(check(votes.assign(annotator_notes="unsure", annotator="first")))
    assert {name: finding.examples for name, finding in found.items()} == {
        "labels outside, in column 'annotator_a'": ("row 6: 'explanatroy'",)
    }


def test_labels_too_few_to_learn_are_named(check: Check, sound: pd.DataFrame) -> None:
    found = bad(check(sound[sound["label"] == LABELS[0]]))
    assert found["one label alone"].severity == "error"
    few = sound[(sound["label"] != LABELS[0]) | (sound.groupby("label").cumcount() < 9)]
    assert bad(check(few))["labels of fewer than 10 sentences"].examples == (f"'{LABELS[0]}'",)


def test_documents_are_looked_at(check: Check, sound: pd.DataFrame) -> None:
    missing = bad(check(put(sound, "document", {3: "", 8: None})))
    assert missing["sentences without a document"].examples == ("row 5", "row 10")
    assert bad(check(sound.drop(columns="document")))["sentences without a document"].count == 36

    one = check(sound.assign(label=sound["label"].where(sound["document"] != "D1", LABELS[1])))
    assert (one["documents with one label"].severity, one["documents with one label"].examples) == ("note", ("'D1'",))
    every = bad(check(sound.assign(document=sound["label"])))["documents with one label"]
    assert (every.severity, every.count) == ("warning", 3)


def test_equal_sentences_are_found_within_and_across_documents(check: Check, sound: pd.DataFrame) -> None:
    texts = {0: "She rang at 9.", 1: "she rang at 10", 2: "No visit was made.", 30: "No visit was made."}
    table = put(put(sound, "sentence", texts), "document", {0: "A", 1: "A", 2: "A", 30: "B"})
    found = bad(check(put(put(table, "label", dict.fromkeys([0, 1], LABELS[0])), "label", {2: "x", 30: LABELS[1]})))
    assert found["equal sentences within a document"].examples == ("row 2 = row 3",)
    assert found["equal sentences in several documents"].examples == ("row 4 = row 32",)
    assert found["equal sentences with different labels"].rows == (2, 30)


def test_sentences_without_a_document_may_be_of_several(check: Check, sound: pd.DataFrame) -> None:
    table = put(sound, "sentence", {0: "No visit was made.", 1: "No visit was made."}).drop(columns="document")
    assert "equal sentences in several documents" in check(table)


def test_a_row_for_each_annotator_is_no_repetition(check: Check, sound: pd.DataFrame) -> None:
    turned = [LABELS[(LABELS.index(label) + 1) % 3] for label in sound["label"]]
    votes = pd.concat([sound.assign(annotator="first"), sound.assign(annotator="second", label=turned)])
    assert bad(check(votes)) == {}
    again = pd.concat([votes, votes.iloc[:1]])
    assert bad(check(again))["equal sentences within a document"].examples == ("row 2 = row 74",)


def test_annotators_who_contradict_themselves_are_found(check: Check, sound: pd.DataFrame) -> None:
    name = "sentences that one annotator labels twice, differently"
    ann, bo = sound.assign(annotator="ann"), sound.assign(annotator="bo", label=sound["label"].iloc[::-1].tolist())
    assert name not in check(pd.concat([ann, bo, ann.iloc[[0]]]))
    again = ann.iloc[[0]].assign(label=LABELS[1], sentence=ann["sentence"][0].upper())
    table = pd.concat([ann, bo, again])
    found = check(table)[name]
    assert (found.severity, found.count, found.examples) == (Severity.WARNING, 2, ("row 2 = row 74",))
    coder = table.rename(columns={"annotator": "coder"})
    assert name not in check(coder)
    assert check(coder, annotator_column="coder")[name].examples == ("row 2 = row 74",)
    with pytest.raises(CorpusError, match=r"no column 'reader'.*--annotator-column"):
        check(coder, annotator_column="reader")


def test_near_duplicates_are_found_within_and_across_documents(check: Check, sound: pd.DataFrame) -> None:
    texts = {
        0: "The visit that was due in May was put off by the team.",
        1: "The visit that was due in June was put off by the team.",
        2: "A letter went to the old address and nobody asked why.",
        30: "A letter went to the old address, and nobody then asked why.",
    }
    table = put(put(sound, "sentence", texts), "document", {0: "A", 1: "A", 2: "A", 30: "B"})
    found = check(table)
    across, within = (found[f"near-duplicates {where}"] for where in ("in several documents", "within a document"))
    assert (across.severity, across.examples, across.rows) == ("warning", ("row 4 ~ row 32 (92%)",), (2, 30))
    assert (within.severity, within.examples) == ("note", ("row 2 ~ row 3 (83%)",))


def test_repetitions_are_found_between_files(check: Check, sound: pd.DataFrame, tmp_path: Path) -> None:
    found = check(sound, sound.iloc[:1].assign(document="elsewhere", remark="again"))
    (example,) = found["equal sentences in several documents"].examples
    assert example == f"{tmp_path / '0.csv'} row 2 = {tmp_path / '1.csv'} row 2"


def test_a_corpus_of_one_template_is_checked_in_part_and_says_so(check: Check) -> None:
    drawn = random.Random(2)
    texts = {
        f"The {drawn.choice(PEOPLE)} and the {drawn.choice(PEOPLE)} {drawn.choice(ACTS)} and {drawn.choice(ACTS)} once "
        "more on the night of the fire."
        for _ in range(8_000)
    }
    assert len(near_duplicates(sorted(texts)[:500], LIKENESS)) > 1_000
    table = pd.DataFrame({"sentence": sorted(texts), "document": "one"})
    table["label"] = [LABELS[row % 3] for row in range(len(table))]
    found = check(table)
    assert "alphabetical" in found["near-duplicates sought in part"].advice
    assert found["near-duplicates within a document"].count > len(texts) / 2


@pytest.mark.parametrize(("kind", "text", "whole"), PERSONAL)
def test_personal_data_is_found_and_never_shown_whole(
    check: Check, sound: pd.DataFrame, kind: str, text: str, whole: str
) -> None:
    found = bad(check(put(sound, "sentence", {5: text})))
    assert [(name, finding.severity, finding.rows) for name, finding in found.items()] == [(kind, "warning", (5,))]
    assert found[kind].examples == (f"row 7: {whole[0]}{'*' * (len(whole) - 1)}",)
    assert masked(text) == text.replace(whole, whole[0] + "*" * (len(whole) - 1))


def test_personal_data_is_sought_in_other_columns_too(check: Check, sound: pd.DataFrame) -> None:
    table = sound.assign(completed_by="jo.bloggs@example.org", remark="", number=9434765919)
    table = put(put(table, "remark", {3: "see Mrs Hallam"}), "document", {0: "Review of Mrs Hallam"})
    table = put(table, "label", {0: "Mrs Hallam"})
    found = bad(check(table))
    assert found["e-mail addresses"].count == 36
    assert found["e-mail addresses"].examples[0].startswith("row 2, column 'completed_by': j*")
    assert found["names after titles"].examples == (
        "row 2, column 'document': H*****",
        "row 5, column 'remark': H*****",
    )
    assert "NHS numbers" not in found  # a number that only names the row
    shown = " ".join(" ".join([name, *finding.examples]) for name, finding in found.items())
    assert "Hallam" not in shown
    assert "bloggs" not in shown


def test_an_annotators_address_is_named_once_and_in_the_names_of_columns(check: Check, sound: pd.DataFrame) -> None:
    own = [f'{{"completed_by": {{"email": "dee@example.org"}}, "id": {row}}}' for row in range(36)]
    table = sound.assign(extra=own, note="ask jo@example.org")
    table["annotator_dee@example.org"] = table["label"]
    table["annotator_al@example.org"] = put(table, "label", dict.fromkeys(range(35)))["label"]
    found = bad(check(table))
    assert list(found) == ["e-mail addresses", "annotators' e-mail addresses"]
    assert found["e-mail addresses"].examples[0] == "row 2, column 'note': j*************"
    named = found["annotators' e-mail addresses"]
    assert (named.count, len(named.rows)) == (2, 36)
    assert named.examples == (
        "d**************: 36 rows, column 'annotator_d**************' and 'extra'",
        "a*************: 1 row, column 'annotator_a*************'",
    )
    found = bad(check(sound.assign(annotator="dee@example.org")))
    assert found["annotators' e-mail addresses"].examples == ("d**************: 36 rows, column 'annotator'",)


def test_times_and_digests_of_a_tool_are_no_numbers_of_patients(check: Check, sound: pd.DataFrame) -> None:
    cells = [f'{{"ann": {9434765919 + row}, "bo": {9434765919 + 11 * row}}}' for row in range(36)]
    assert list(bad(check(sound.assign(other=cells)))) == ["NHS numbers"]
    assert bad(check(sound.assign(_timestamp=cells, _task_hash=cells, _input_hash=cells))) == {}


def test_one_identifier_for_different_sentences_is_found(check: Check, sound: pd.DataFrame) -> None:
    table = sound.assign(sentence_id=[f"s{row}" for row in range(36)])
    table = pd.concat([table.assign(annotator="ann"), table.assign(annotator="bo")], ignore_index=True)
    table = put(table, "sentence", {40: f"  {table['sentence'][4].upper()}", 41: "The cook had gone home by then."})
    found = bad(check(table))
    assert list(found) == ["different sentences with one sentence_id"]
    assert found["different sentences with one sentence_id"].examples == ("row 7 = row 43",)
    assert bad(check(put(table, "document", {41: "another"}))) == {}


@pytest.mark.parametrize("cell", ["1.0", "v1.0", 1.0, 1])
def test_the_version_of_the_codebook_is_named_however_it_is_stored(
    tmp_path: Path, sound: pd.DataFrame, cell: object
) -> None:
    for ending in ("jsonl", "xlsx"):
        path = tmp_path / f"a.{ending}"
        table = sound.assign(codebook=[cell] * len(sound))
        table.to_excel(path, index=False) if ending == "xlsx" else table.to_json(path, orient="records", lines=True)
        found = {finding.check: finding for finding in check_corpus([path])}["labelled under codebook"]
        assert (found.severity, found.examples) == ("note", ("'1.0' (36)",))
        assert found.advice == f"this program carries codebook {CODEBOOK_VERSION}"


def test_another_version_or_a_mixture_is_a_warning_and_silence_a_note(check: Check, sound: pd.DataFrame) -> None:
    silent = check(sound.drop(columns="codebook"))["the corpus names no codebook"]
    assert silent.severity == "note"
    assert f"carries codebook {CODEBOOK_VERSION}" in silent.advice
    mixed = bad(check(put(put(sound, "codebook", dict.fromkeys(range(30), "0.9")), "codebook", {35: ""})))
    assert mixed["labelled under codebook"].examples == ("'0.9' (30)", "'1.0' (5)", "not said (1)")


def test_the_program_carries_the_version_that_the_codebook_states(data: Path) -> None:
    title = (data / "CODEBOOK.md").read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"# Codebook (\S+)", title)
    assert title == f"# Codebook {CODEBOOK_VERSION}"


def test_the_composed_corpus_has_no_error_and_only_the_warnings_that_are_known(data: Path) -> None:
    found = bad({finding.check: finding for finding in check_corpus([data / "corpus" / "composed.csv"])})
    assert set(found) <= {"near-duplicates in several documents", "names after titles", "dates of birth"}
    assert all(finding.severity is Severity.WARNING for finding in found.values())


def test_a_table_without_a_column_or_a_row_cannot_be_checked(tmp_path: Path, sound: pd.DataFrame) -> None:
    path = tmp_path / "a.csv"
    sound.to_csv(path, index=False)
    with pytest.raises(CorpusError, match=r"a\.csv: has no column 'target' \(it has 'sentence'.*--label-column"):
        check_corpus([path], label_column="target")
    with pytest.raises(CorpusError, match="has no column 'report'"):
        check_corpus([path], group_column="report")
    with pytest.raises(UsageError, match="two purposes"):
        check_corpus([path], label_column="sentence")
    path.write_text("sentence,label\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"a\.csv: has no row that can be read"):
        check_corpus([path])


def test_other_columns_may_be_named(check: Check, sound: pd.DataFrame) -> None:
    names = {"sentence": "document", "label": "target", "document": "report"}
    renamed = sound.rename(columns=names)
    options = {"text_column": "document", "label_column": "target"}
    assert bad(check(renamed, **options, group_column="report")) == {}
    assert list(bad(check(renamed, **options))) == ["sentences without a document"]


def test_a_table_without_one_sentence_that_can_be_used_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"sentence": ["She", "rang."], "label": "told"}\n{"sentence": null, "label": "told"}\n')
    found = {finding.check: finding.count for finding in check_corpus([path])}
    assert found["empty sentences"] == 2
