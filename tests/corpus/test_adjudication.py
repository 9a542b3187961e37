"""Adjudication: each rule decides what it says, the rest stays open, and the sheet brings decisions back."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.corpus.adjudication import Decision, adjudicate, adjudicated_table
from bias_detect.corpus.decisions import read_decisions, refuse_to_overwrite, sheet_of_open
from bias_detect.corpus.vote_files import read_votes
from bias_detect.corpus.votes import NO_VOTE, Votes
from bias_detect.errors import CorpusError, UsageError
from bias_detect.labels import Label

DESCRIPTIVE, EXPLANATORY, HINDSIGHT = map(str, Label)


def votes_of(*units: str, sentences: list[str] | None = None) -> Votes:
    """Return votes from a string a sentence: d, e or h for a label, a point where there is none."""
    codes = np.array([["deh".find(vote) for vote in unit] for unit in units])
    n = len(units)
    names = ("ann", "bo", "cy", "dee")[: codes.shape[1]]
    return Votes(
        names,
        (DESCRIPTIVE, EXPLANATORY, HINDSIGHT),
        codes,
        sentences or [f"Sentence {row}." for row in range(n)],
        ["D"] * n,
        [f"s{row}" for row in range(n)],
        {},
        [f"key{row}" for row in range(n)],
    )


def initials(labels: list[str | None]) -> str:
    return "".join("." if label is None else label[0] for label in labels)


@pytest.mark.parametrize("rule", ["majority", "senior:ann", "dawid-skene"])
def test_where_nobody_gave_a_label_everything_stays_open(tmp_path: Path, rule: str) -> None:
    path = tmp_path / "open.csv"
    path.write_text("sentence,annotator,label\nShe rang.,ann,\nShe wrote.,bo,\n", encoding="utf-8")
    votes = read_votes([path])
    found = adjudicate(votes, rule)
    assert (found.labels, found.decided_by) == ([None, None], ["open", "open"])
    sheet = tmp_path / "sheet.xlsx"
    sheet.write_bytes(sheet_of_open(found))
    assert read_decisions(sheet, votes) == ({}, [])


def test_majority_is_more_than_half_and_ties_stay_open() -> None:
    found = adjudicate(votes_of("ddd.", "ddh.", "dh..", "deh.", "ddhe", "h...", "....", "hhhd"))
    assert initials(found.labels) == "dd...h.h"
    assert found.decided_by == [
        "agreed",
        "majority",
        "open",
        "open",
        "open",
        "only one label",
        "open",
        "majority",
    ]
    assert found.open_rows() == [2, 3, 4, 6]
    assert sum(found.counts().values()) == 8


def test_a_senior_annotator_decides_where_others_differ() -> None:
    found = adjudicate(votes_of("ddh", "dd.", "dh.", "hhh", "..e"), "senior:cy")
    assert initials(found.labels) == "hd.he"
    assert found.decided_by == ["senior:cy", "agreed", "open", "agreed", "only one label"]
    with pytest.raises(UsageError, match="no annotator 'eve'; name one of 'ann', 'bo', 'cy'"):
        adjudicate(votes_of("ddh"), "senior:eve")
    with pytest.raises(UsageError, match="no rule 'minority'; use majority, senior:NAME"):
        adjudicate(votes_of("ddh"), "minority")


def test_dawid_skene_decides_above_the_threshold_and_shows_how_sure_it_is() -> None:
    units = ["ddd", "eee", "hhh"] * 10 + ["ddh", "deh", "...", "dhd"]
    sure = adjudicate(votes_of(*units), "dawid-skene", threshold=0.9)
    assert initials(sure.labels[:30]) == "deh" * 10
    assert sure.labels[32] is None
    assert sure.decided_by[32] == "open"
    table = adjudicated_table(sure)
    shares = table[[f"p_{label}" for label in Label]].astype(float)
    assert shares.iloc[32].isna().all()
    assert np.allclose(shares.drop(index=32).sum(axis=1), 1, atol=1e-5)
    never = adjudicate(votes_of(*units), "dawid-skene", threshold=1.0)
    assert set(never.open_rows()) >= set(sure.open_rows())
    assert adjudicate(votes_of("...", "..."), "dawid-skene").labels == [None, None]


RULES = ["majority", "senior:bo", "dawid-skene"]


@given(st.lists(st.text("deh.", min_size=3, max_size=3), min_size=1, max_size=15), st.sampled_from(RULES))
def test_no_sentence_and_no_vote_is_lost(units: list[str], rule: str) -> None:
    votes = votes_of(*units)
    found = adjudicate(votes, rule)
    table = adjudicated_table(found)
    assert table["sentence"].tolist() == votes.sentences
    for row, unit in enumerate(units):
        kept = table.loc[row, ["annotator_ann", "annotator_bo", "annotator_cy"]].tolist()
        assert initials(kept) == unit
        if unit.replace(".", "") and len(set(unit) - {"."}) == 1 and rule != "dawid-skene":
            assert found.labels[row][0] == (set(unit) - {"."}).pop()
    assert [label is None for label in found.labels] == [by == "open" for by in found.decided_by]
    book = openpyxl.load_workbook(io.BytesIO(sheet_of_open(found)))
    assert book.worksheets[0].max_row == 1 + len(found.open_rows())


def test_columns_of_the_tables_are_carried_along(tmp_path: Path) -> None:
    rows = [
        {"sentence": "One.", "annotator": "ann", "label": "a", "note": "x", "agreement": "old", "meta": {"page": 3}},
        {"sentence": "One.", "annotator": "bo", "label": "a", "note": "y", "agreement": "old", "meta": {"page": 3}},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    votes = read_votes([path])
    table = adjudicated_table(adjudicate(votes, decisions={votes.keys[0]: Decision("b", "why")}))
    row = table.iloc[0]
    assert (row["label"], row["decided_by"], row["note"], row["agreement"]) == ("b", "decision", "why", 1.0)
    assert (row["given_agreement"], json.loads(row["given_note"])) == ("old", {"ann": "x", "bo": "y"})
    assert json.loads(row["meta"]) == {"page": 3}
    assert "document" not in table


@pytest.fixture
def torn() -> Votes:
    sentences = ["=1+1 was written.", "She rang\x07 twice.", "No visit.", "Agreed."]
    return votes_of("dh", "eh", "de", "dd", sentences=sentences)


def test_the_sheet_shows_what_is_open_with_a_choice_of_labels(torn: Votes, tmp_path: Path) -> None:
    (tmp_path / "open.xlsx").write_bytes(sheet_of_open(adjudicate(torn)))
    book = openpyxl.load_workbook(tmp_path / "open.xlsx")
    sheet, meanings = book.worksheets
    head, *rows = sheet.iter_rows(values_only=True)
    assert head == ("document", "sentence_id", "sentence", "votes", "decision", "note", "key")
    assert [row[2] for row in rows] == ["=1+1 was written.", "She rang\ufffd twice.", "No visit."]
    assert rows[0][3] == "ann: descriptive; bo: hindsight_biased"
    assert [cell.data_type for cell in sheet["C"]] == ["s"] * 4
    with zipfile.ZipFile(tmp_path / "open.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    (choice,) = sheet.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("E2:E4", "labels!$A$1:$A$3")
    assert [row[0] for row in meanings.iter_rows(values_only=True)] == [DESCRIPTIVE, EXPLANATORY, HINDSIGHT]


def fill(path: Path, cells: dict[str, object]) -> Path:
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book.worksheets[0][place] = value
    book.save(path)
    return path


def test_decisions_come_back_and_what_is_wrong_is_named_by_row(torn: Votes, tmp_path: Path) -> None:
    path = tmp_path / "open.xlsx"
    path.write_bytes(sheet_of_open(adjudicate(torn)))
    fill(
        path,
        {"E2": "Hindsight-biased", "F2": "see 3", "E3": "maybe", "F4": "not sure", "G5": "lost", "E5": EXPLANATORY},
    )
    decisions, problems = read_decisions(path, torn)
    assert decisions == {
        "key0": Decision(HINDSIGHT, "see 3"),
        "key1": Decision(None, None),
        "key2": Decision(None, "not sure"),
    }
    assert problems == [
        "row 3 decides on 'maybe', which is not one of 'descriptive', 'explanatory', 'hindsight_biased'",
        "row 5 names no sentence of the corpus by its key",
    ]
    found = adjudicate(torn, decisions=decisions)
    assert initials(found.labels) == "h..d"
    assert found.decided_by == ["decision", "open", "open", "agreed"]
    again = tmp_path / "again.xlsx"
    again.write_bytes(sheet_of_open(found))
    assert pd.read_excel(again)["note"].fillna("").tolist() == ["", "not sure"]


def test_people_who_contradict_each_other_decide_nothing(torn: Votes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("key,decision,note\nkey0,descriptive,\nkey0,explanatory,\nkey3,explanatory,\n", encoding="utf-8")
    decisions, problems = read_decisions(path, torn)
    assert problems == ["row 2, row 3 decide differently on the same sentence"]
    assert adjudicate(torn, decisions=decisions).labels == [None, None, None, EXPLANATORY]
    path.write_text("sentence,decision\nNo visit.,descriptive\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"a\.csv: has no column 'key'"):
        read_decisions(path, torn)


def test_a_sheet_with_decisions_is_not_written_over(torn: Votes, tmp_path: Path) -> None:
    path = tmp_path / "open.xlsx"
    refuse_to_overwrite(path)
    path.write_bytes(sheet_of_open(adjudicate(torn)))
    refuse_to_overwrite(path)
    fill(path, {"F2": "a thought"})
    with pytest.raises(UsageError, match="holds 1 decisions and notes; take them in with --decisions"):
        refuse_to_overwrite(path)
    pd.DataFrame({"a": [1]}).to_excel(path, index=False)
    with pytest.raises(UsageError, match="is another table"):
        refuse_to_overwrite(path)


def test_votes_of_other_labels_are_decided_among_these() -> None:
    codes, nothing = np.array([[0, 1], [1, NO_VOTE]]), [None, None]
    votes = Votes(("a", "b"), ("no", "yes"), codes, ["One.", "Two."], nothing, nothing, {}, ["k", "l"])
    book = openpyxl.load_workbook(io.BytesIO(sheet_of_open(adjudicate(votes))))
    assert [row[0] for row in book.worksheets[1].iter_rows(values_only=True)] == ["no", "yes"]
