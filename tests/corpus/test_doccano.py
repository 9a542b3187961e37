"""doccano's records: what they hold comes in, and goes back to it, without loss."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import pandas as pd
from annotated import FORM, RANG, SEEN, read, write

from bias_detect.corpus.formats.record import Annotation
from bias_detect.corpus.formats.registry import guess_format

DOCCANO: list[dict[str, Any]] = [
    {"id": 1, "text": RANG, "label": ["told"], "Comments": ["Sure?"], "document": "A1", "batch": 2},
    {"id": 2, "text": SEEN, "label": [], "Comments": []},
    {"id": 3, "text": FORM, "label": "told", "Comments": ["one", "two"]},
]


def test_doccano_json_lines(lines, tmp_path):
    rows, left = read(lines(*DOCCANO))
    assert left == []
    assert [(row.label, row.document) for row in rows] == [("told", "A1"), (None, None), ("told", None)]
    assert [row.extra for row in rows] == [
        {"id": 1, "comment": "Sure?", "batch": 2},
        {"id": 2},
        {"id": 3, "comment": ["one", "two"]},
    ]
    path = write(rows, "doccano", tmp_path / "b.jsonl")
    back = [json.loads(line) for line in path.read_text().splitlines()]
    assert back[0] == {name: DOCCANO[0][name] for name in ("id", "text", "label", "document", "batch")} | {
        "comment": "Sure?"
    }
    assert (back[2]["label"], back[2]["comment"]) == (["told"], ["one", "two"])
    assert read(path) == (rows, [])


def test_doccano_csv(tmp_path):
    path = tmp_path / "all.csv"
    path.write_text(f'id,text,label,Comments,batch\n1,{RANG},told,"Sure, so?",x\n2,{SEEN},told#judged,,\n3,{FORM},,,\n')
    rows, left = read(path)
    assert [(row.label, row.extra) for row in rows] == [
        ("told", {"id": "1", "comment": "Sure, so?", "batch": "x"}),
        (None, {"id": "3"}),
    ]
    assert [(item.place, item.malformed) for item in left] == [("row 3", True)]
    again, _ = read(write(rows, "doccano", tmp_path / "b.csv"))
    assert again == rows


def test_in_the_archive_of_doccano_files_are_named_after_annotators(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("ann", "ben.m"):
            archive.writestr(f"{name}.jsonl", json.dumps({"id": 1, "text": RANG, "label": ["told"]}) + "\n{\n")
        archive.writestr("__MACOSX/._ann.jsonl", "?")
        archive.writestr("../unknown.jsonl", json.dumps({"id": 2, "text": SEEN, "label": []}))
    rows, left = read(path)
    assert sorted((str(row.annotator), row.sentence) for row in rows) == [
        ("None", SEEN),
        ("ann", RANG),
        ("ben.m", RANG),
    ]
    assert [item.place for item in left] == ["ann.jsonl line 2", "ben.m.jsonl line 2"]
    assert not (tmp_path.parent / "unknown.jsonl").exists()


def test_the_json_list_and_the_older_name_of_the_labels(studio, lines):
    listed = [
        {"id": 1, "text": RANG, "label": ["told"], "Comments": ["Sure?"]},
        7,
        {"id": 2, "text": SEEN, "label": []},
    ]
    rows, left = read(studio(listed))
    assert [(row.label, row.extra) for row in rows] == [("told", {"id": 1, "comment": "Sure?"}), (None, {"id": 2})]
    assert [(item.place, item.cause) for item in left] == [("record 2", "is no record")]
    old = {"id": 3, "text": FORM, "meta": {"page": 4}, "annotation_approver": None, "labels": ["judged"]}
    rows, left = read(lines(old))
    assert (rows[0].label, rows[0].extra["meta"], left) == ("judged", {"page": 4}, [])


def test_an_archive_of_json_lists_is_that_of_doccano(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ann.json", json.dumps([{"id": 1, "text": RANG, "label": ["told"]}]))
        archive.writestr("ben.json", json.dumps([{"id": 1, "text": RANG, "label": []}]))
    assert guess_format(path) == "doccano"
    rows, left = read(path)
    assert [(row.annotator, row.label) for row in rows] == [("ann", "told"), ("ben", None)]
    assert left == []


def test_spans_are_no_label_of_the_sentence_and_are_named(lines):
    rows, left = read(lines({"id": 1, "text": RANG, "label": [[0, 9, "told"]]}, {"id": 2, "text": SEEN, "label": []}))
    assert [row.sentence for row in rows] == [SEEN]
    assert [(item.place, item.cause) for item in left] == [("line 1", "has a label that is no text")]


UNEVEN = [
    Annotation(RANG, "told", "A1", annotator="ann", extra={"page": 3, "kept": True, "tags": {"by": ["x", 1]}}),
    Annotation(SEEN, None, extra={"comment": ["One #1.", "Two,\nin two lines."], "id": 7, "share": 0.5}),
    Annotation(FORM, "judged", section="Findings", extra={"comment": "[Sure?]"}),
]


def test_records_of_one_file_all_have_the_same_fields_for_the_import_makes_one_table_of_them(tmp_path):
    path = write(UNEVEN, "doccano", tmp_path / "a.jsonl")
    table = pd.DataFrame([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    for record in table.drop(columns=["text", "label"]).to_dict(orient="records"):
        json.dumps(record, allow_nan=False)  # as the database does, which stores no "not a number"
    assert read(path) == (UNEVEN, [])
    assert table["page"].tolist() == [3, "", ""]
    assert table["section"].tolist() == ["", "", "Findings"]


def test_csv_holds_several_comments_apart(tmp_path):
    rows, left = read(write(UNEVEN, "doccano", tmp_path / "a.csv"))
    assert [row.extra.get("comment") for row in rows] == [None, ["One #1.", "Two,\nin two lines."], "[Sure?]"]
    assert (left, [row.extra.get("id") for row in rows]) == ([], [None, "7", None])


def test_names_that_doccano_takes_for_its_own_are_kept_from_it(tmp_path):
    taken = {"data": "a", "categories": "b", "filename": "c.docx", "upload_name": "d", "Comments": "e"}
    path = write([Annotation(RANG, "told", extra=taken)], "doccano", tmp_path / "a.jsonl")
    assert not set(taken) & set(json.loads(path.read_text()))
    assert read(path)[0][0].extra == {f"given_{name}": value for name, value in taken.items()}


def test_whose_file_it_is_has_annotated_whoever_did_before(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ben.jsonl", json.dumps({"id": 1, "text": RANG, "label": ["told"], "annotator": "ann"}))
        archive.writestr("cat-d.jsonl", json.dumps({"id": 2, "text": SEEN, "label": ["told"], "annotator": "cat/d"}))
    rows, _ = read(path)
    assert [(row.annotator, row.extra.get("given_annotator")) for row in rows] == [("ben", "ann"), ("cat/d", None)]


def test_comments_that_came_along_and_those_that_were_added(lines):
    [row], _ = read(lines({"id": 1, "text": RANG, "label": ["told"], "Comments": ["New."], "comment": "Old."}))
    assert row.extra["comment"] == ["Old.", "New."]
