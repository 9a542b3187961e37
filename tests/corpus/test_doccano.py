"""doccano's records: what they hold comes in, and goes back to it, without loss."""

from __future__ import annotations

import json
import zipfile
from typing import Any

from annotated import FORM, RANG, SEEN, read, write

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
    back = [json.loads(line) for line in write(rows, "doccano", tmp_path / "b.jsonl").read_text().splitlines()]
    assert back[0] == DOCCANO[0]
    assert back[2] == DOCCANO[2] | {"label": ["told"]}


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
