"""Votes are read from every shape in which annotators leave them, and nothing is dropped in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from bias_detect.corpus.vote_files import read_votes
from bias_detect.corpus.votes import Votes
from bias_detect.errors import CorpusError, UsageError

ROWS = [
    ("D1", "s1", "The nurse rang.", "told", "told"),
    ("D1", "s2", "She should have rung.", "judged", "told"),
    ("D2", "s1", "The nurse rang.", "told", None),
    ("D2", "s2", "No visit was made.", None, "judged"),
]
WIDE = pd.DataFrame(ROWS, columns=["document", "sentence_id", "sentence", "annotator_ann", "annotator_bo"])
LONG = pd.concat(
    [
        WIDE.iloc[:, :3].assign(annotator=name, label=WIDE[f"annotator_{name}"])[WIDE[f"annotator_{name}"].notna()]
        for name in ("ann", "bo")
    ]
)


def write(table: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    elif path.suffix == ".jsonl":
        table.to_json(path, orient="records", lines=True)
    else:
        table.to_csv(path, index=False)
    return path


def said(votes: Votes) -> list[tuple[str | None, str | None, str, dict[str, str]]]:
    rows = zip(votes.documents, votes.ids, votes.sentences, strict=True)
    return [(*row, votes.of(place)) for place, row in enumerate(rows)]


EXPECTED = [
    (document, name, sentence, {who: label for who, label in (("ann", ann), ("bo", bo)) if label})
    for document, name, sentence, ann, bo in ROWS
]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".jsonl"])
def test_the_three_shapes_say_the_same(tmp_path: Path, ending: str) -> None:
    wide = read_votes([write(WIDE, tmp_path / f"wide{ending}")])
    assert said(wide) == EXPECTED
    below = read_votes([write(LONG, tmp_path / f"long{ending}")])
    assert sorted(map(str, said(below))) == sorted(map(str, EXPECTED))
    files = [
        write(part.drop(columns="annotator"), tmp_path / f"{name}{ending}") for name, part in LONG.groupby("annotator")
    ]
    assert sorted(map(str, said(read_votes(files)))) == sorted(map(str, EXPECTED))
    assert set(below.keys) == set(wide.keys) == set(read_votes(files).keys)


def test_columns_of_other_names(tmp_path: Path) -> None:
    names = {"sentence": "text", "annotator_ann": "first", "annotator_bo": "second", "document": "report"}
    path = write(WIDE.rename(columns=names), tmp_path / "a.csv")
    votes = read_votes([path], text_column="text", group_column="report", vote_columns=["first", "second"])
    assert [labels for *_, labels in said(votes)][1] == {"first": "judged", "second": "told"}
    assert votes.documents == ["D1", "D1", "D2", "D2"]
    path = write(LONG.rename(columns={"annotator": "who", "label": "target"}), tmp_path / "b.csv")
    assert read_votes([path], annotator_column="who", label_column="target").annotators == ("ann", "bo")


def test_without_names_sentences_are_known_by_their_words_and_their_order(tmp_path: Path) -> None:
    rows = [("No.", "a", "ann"), ("No.", "b", "ann"), ("Yes.", "a", "ann")]
    rows += [(" No. ", "a", "bo"), ("No.", None, "bo"), ("Yes.", "b", "bo")]
    path = write(pd.DataFrame(rows, columns=["sentence", "label", "annotator"]), tmp_path / "a.csv")
    assert [labels for *_, labels in said(read_votes([path]))] == [
        {"ann": "a", "bo": "a"},
        {"ann": "b"},
        {"ann": "a", "bo": "b"},
    ]


def test_other_columns_are_kept_and_differences_go_by_annotator(tmp_path: Path) -> None:
    table = LONG.assign(source="made up", remark=[None, "unsure", None, "why?", None, None])
    votes = read_votes([write(table, tmp_path / "a.csv")])
    assert votes.others["source"] == ["made up"] * 4
    assert votes.others["remark"] == [{"bo": "why?"}, {"ann": "unsure"}, None, None]


def test_what_a_tool_has_lost_of_a_column_contradicts_nobody(tmp_path: Path) -> None:
    parts = {name: LONG[LONG["annotator"] == name].assign(inclusion=0.5) for name in ("ann", "bo")}
    parts["cy"] = parts["ann"].drop(columns="inclusion").assign(annotator="cy", id=[7, 8, 9])
    votes = read_votes([write(part, tmp_path / f"{name}.csv") for name, part in parts.items()])
    assert votes.others["inclusion"] == ["0.5", "0.5", {"ann": "0.5"}, "0.5"]
    assert votes.others["id"] == [{"cy": "7"}, {"cy": "8"}, {"cy": "9"}, None]


def test_what_cannot_count_is_named_by_row(tmp_path: Path) -> None:
    rows = [("D", "s1", "One.", "ann", "a"), ("D", "s1", "One.", "ann", "b"), ("D", "s2", "", "ann", "a")]
    rows += [("D", "s3", "Three.", None, "a"), ("D", "s1", "One.", "bo", "a")]
    table = pd.DataFrame(rows, columns=["document", "sentence_id", "sentence", "annotator", "label"])
    path = tmp_path / "a.csv"
    path.write_text(table.to_csv(index=False) + "too,many,cells,are,in,this\n", encoding="utf-8")
    votes = read_votes([path])
    assert said(votes) == [("D", "s1", "One.", {"ann": "b", "bo": "a"})]
    assert [note.split(" ")[1].rstrip(":") for note in votes.notes] == ["7", "4", "5", "3"]
    assert "the earlier 'a' does not count" in votes.notes[-1]


def test_labels_are_as_the_other_commands_have_them(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"sentence": "One.", "annotator_a": 1.0, "annotator_b": "1"}, {"sentence": "Two.", "annotator_a": 0}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    votes = read_votes([path])
    assert votes.labels == ("0", "1")
    assert votes.of(0) == {"a": "1", "b": "1"}


def test_a_column_of_names_that_begins_alike_is_no_column_of_labels(tmp_path: Path) -> None:
    table = WIDE.assign(annotator_names="ann and bo", label="told")
    votes = read_votes([write(table, tmp_path / "a.csv")])
    assert votes.annotators == ("ann", "bo")
    assert votes.others["label"] == ["told"] * 4


def test_labels_of_the_codebook_count_however_they_are_written(tmp_path: Path) -> None:
    given = {
        "ann": ["Descriptive", "hindsight-biased", "EXPLANATORY "],
        "bo": ["descriptive", "Hindsight biased", None],
    }
    table = pd.DataFrame({"sentence": ["One.", "Two.", "Three."]})
    wide = table.assign(annotator_ann=given["ann"], annotator_bo=given["bo"])
    files = [write(table.assign(label=labels), tmp_path / f"{name}.csv") for name, labels in given.items()]
    for paths in ([write(wide, tmp_path / "a.csv")], files):
        votes = read_votes(paths)
        assert [votes.of(row) for row in range(3)] == [
            {"ann": "descriptive", "bo": "descriptive"},
            {"ann": "hindsight_biased", "bo": "hindsight_biased"},
            {"ann": "explanatory"},
        ]
        assert len(votes.notes) == 4
        assert "'Hindsight biased' is taken for 'hindsight_biased' (1 of 6 labels)" in votes.notes


@pytest.mark.parametrize("labels", [["Descriptive", "Evaluative"], ["Descriptive", "Descriptive"], ["Told", "told"]])
def test_labels_of_other_schemes_stay_as_they_are(tmp_path: Path, labels: list[str]) -> None:
    table = pd.DataFrame({"sentence": ["One.", "Two."], "annotator": ["ann", "bo"], "label": labels})
    votes = read_votes([write(table, tmp_path / "a.csv")])
    assert (votes.labels, votes.notes) == (tuple(sorted(set(labels))), ())


def test_a_slip_in_one_label_leaves_the_others_those_of_the_codebook(tmp_path: Path) -> None:
    labels = ["descriptive", "explanatory", "Hindsight-biased", "descritpive"]
    table = pd.DataFrame({"sentence": list("abcd"), "annotator": "ann", "label": labels})
    assert set(read_votes([write(table, tmp_path / "a.csv")]).labels) == {*labels[:2], "hindsight_biased", labels[3]}


def test_rows_that_have_lost_their_sentences_are_not_compared(tmp_path: Path) -> None:
    table = WIDE.iloc[:, :3].assign(label="told")
    parted = table.assign(sentence=sorted(table["sentence"]))
    ann, bo = write(table, tmp_path / "ann.csv"), write(parted, tmp_path / "bo.csv")
    says = r"the corpus: 2 sentences have other words under the same sentence_id, first 's1' of document 'D1': "
    with pytest.raises(CorpusError, match=says + r".*bo\.csv: row 2 has not the words of .*ann\.csv: row 2; put each"):
        read_votes([ann, bo])
    both = pd.concat([table.assign(annotator="ann"), table.iloc[1:2].assign(annotator="ann", sentence="He left.")])
    with pytest.raises(CorpusError, match=r"1 sentence has other words .*first 's2' of document 'D1': row 6 has not"):
        read_votes([write(both, tmp_path / "both.csv")])


@pytest.mark.parametrize("written", [" the ward’s  nurse rang", "The wardâ€™s nurse rang.", "“THE WARD'S NURSE RANG.”"])
def test_sentences_that_only_look_different_are_compared(tmp_path: Path, written: str) -> None:
    rows = [("s1", "The ward's nurse rang.", "ann", "a"), ("s1", written, "bo", "b")]
    path = write(pd.DataFrame(rows, columns=["sentence_id", "sentence", "annotator", "label"]), tmp_path / "a.csv")
    assert said(read_votes([path])) == [(None, "s1", "The ward's nurse rang.", {"ann": "a", "bo": "b"})]


def test_tables_that_do_not_say_who_are_refused(tmp_path: Path) -> None:
    path = write(pd.DataFrame({"sentence": ["One."], "label": ["a"]}), tmp_path / "a.csv")
    with pytest.raises(CorpusError, match=r"a\.csv: does not say who labelled what.*--annotator-column"):
        read_votes([path])
    with pytest.raises(CorpusError, match="has no column 'who'"):
        read_votes([path], annotator_column="who")
    with pytest.raises(UsageError, match="do not go together"):
        read_votes([path], annotator_column="who", vote_columns=["a", "b"])
    with pytest.raises(UsageError, match="cannot be compared"):
        read_votes([path], vote_columns=["a"])


def test_an_annotator_who_contradicts_themself_is_told_so(tmp_path: Path) -> None:
    rows = [
        ("D1", "The nurse rang.", "ann", "told"),
        ("D1", "The nurse rang.", "bo", "judged"),
        ("D1", "The  nurse rang.", "ann", "judged"),
        ("D2", "The nurse rang.", "ann", "judged"),
        ("D1", "The nurse rang.", "bo", None),
    ]
    table = pd.DataFrame(rows, columns=["document", "sentence", "annotator", "label"])
    votes = read_votes([write(table, tmp_path / "a.csv")])
    assert votes.notes == (
        "row 4: 'ann' gives the words of row 2 another label, 'judged' and not 'told'; they count as two sentences",
    )
    assert votes.of(0) == {"ann": "told", "bo": "judged"}
