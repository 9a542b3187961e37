"""Prodigy's records: what they hold comes in, and goes back to it, without loss."""

from __future__ import annotations

import json
from typing import Any

import pytest
from annotated import FORM, RANG, SEEN, read, write

from bias_detect.corpus.formats.record import Annotation

OPTIONS = [{"id": "told", "text": "tells"}, {"id": "judged", "text": "judges"}]
CHOICES: list[dict[str, Any]] = [
    {
        "text": RANG,
        "meta": {"document": "A1", "sentence_id": "p1s1", "mood": "calm"},
        "options": OPTIONS,
        "_input_hash": 1371411353,
        "_task_hash": -1390318418,
        "_view_id": "choice",
        "config": {"choice_style": "single"},
        "accept": ["told"],
        "answer": "accept",
        "_timestamp": 1700000000,
        "_annotator_id": "set-ann",
        "_session_id": "set-ann",
    },
    {"text": SEEN, "options": OPTIONS, "accept": [], "answer": "accept", "_annotator_id": "ben", "_session_id": "s2"},
    {"text": FORM, "options": OPTIONS, "accept": [], "answer": "ignore"},
    {"text": FORM, "options": OPTIONS, "accept": ["judged"], "answer": "reject"},
    {"text": FORM, "options": OPTIONS, "accept": [], "answer": "reject"},
]
BINARY: list[dict[str, Any]] = [
    {"text": RANG, "label": "told", "_view_id": "classification", "answer": "accept"},
    {"text": RANG, "label": "judged", "answer": "reject", "_session_id": "s1"},
    {"text": SEEN, "label": "judged", "answer": "ignore"},
]


def test_prodigy_choices(lines):
    rows, left = read(lines(*CHOICES))
    assert [(row.label, row.annotator) for row in rows] == [("told", "set-ann"), (None, "ben"), (None, None)]
    assert (rows[0].document, rows[0].sentence_id, rows[0].extra["meta"]) == ("A1", "p1s1", {"mood": "calm"})
    assert rows[2].extra["rejected"] == "judged"
    assert [(item.place, item.malformed) for item in left] == [("line 3", False), ("line 5", False)]


def test_a_rejected_binary_record_says_that_the_label_does_not_apply(lines):
    rows, left = read(lines(*BINARY))
    assert [(row.label, row.extra.get("rejected"), row.annotator) for row in rows] == [
        ("told", None, None),
        (None, "judged", "s1"),
    ]
    assert [(item.place, item.cause, item.malformed) for item in left] == [
        ("line 3", "was ignored by the annotator", False)
    ]


def test_prodigy_gets_its_records_back(tmp_path, lines):
    kept = [*CHOICES[:2], BINARY[0]]
    path = write(read(lines(*kept))[0], "prodigy", tmp_path / "back.jsonl")
    assert [json.loads(line) for line in path.read_text().splitlines()] == kept
    path = write(read(lines(BINARY[1], BINARY[0]))[0], "prodigy", tmp_path / "back.jsonl")
    [back, _] = [json.loads(line) for line in path.read_text().splitlines()]
    assert (back["label"], back["answer"], back["_session_id"]) == ("judged", "reject", "s1")


def test_options_of_any_type_are_labels(lines, tmp_path):
    task = {
        "text": RANG,
        "options": [{"id": 0, "text": "no"}, {"id": 1, "text": "yes"}],
        "accept": [1],
        "answer": "accept",
    }
    rows, _ = read(lines(task))
    assert rows[0].label == "1"
    assert json.loads(write(rows, "prodigy", tmp_path / "b.jsonl").read_text())["accept"] == [1]


def test_tasks_for_prodigy_have_options_and_show_where_they_stand_but_not_the_stratum(tmp_path):
    row = Annotation(RANG, document="A1", extra={"page": 3, "inclusion": 0.5, "stratum": "judged"})
    task = json.loads(write([row], "prodigy", tmp_path / "a.jsonl").read_text())
    assert [option["id"] for option in task["options"]] == ["descriptive", "explanatory", "hindsight_biased"]
    assert "answer" not in task and "accept" not in task
    assert task["meta"] == {"document": "A1", "page": 3}
    assert (task["inclusion"], task["stratum"]) == (0.5, "judged")


def test_malformed_lines_are_named_and_the_rest_is_kept(lines):
    rows, left = read(
        lines(
            CHOICES[0],
            "{",
            {"text": " ", "answer": "accept"},
            {"text": RANG, "options": OPTIONS, "accept": ["told", "judged"], "answer": "accept"},
            {"text": RANG, "label": "told", "answer": "maybe"},
            '["x"]',
            {"label": "told", "answer": "accept"},
            BINARY[0],
        )
    )
    assert [row.label for row in rows] == ["told", "told"]
    assert [item.place for item in left] == [f"line {number}" for number in range(2, 8)]
    causes = " ".join(item.cause for item in left)
    for words in ("is not valid JSON", "no text under 'text'", "2 labels (told, judged)", "'maybe'", "no JSON object"):
        assert words in causes


@pytest.mark.parametrize("through", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_tools_records_survive_a_table(tmp_path, lines, through):
    path = lines(*CHOICES[:2], BINARY[0])
    table = write(read(path, "prodigy")[0], through, tmp_path / f"table.{through}")
    back = write(read(table)[0], "prodigy", tmp_path / "back.jsonl")
    assert [json.loads(line) for line in back.read_text().splitlines()] == [*CHOICES[:2], BINARY[0]]


def test_what_a_teaching_session_and_a_review_leave_is_carried_along(lines, tmp_path):
    taught = {
        "text": RANG,
        "meta": {"score": 0.52, "sentence_id": 7},
        "_input_hash": 12,
        "_task_hash": -34,
        "label": "told",
        "score": 0.5249,
        "priority": 0.5249,
        "spans": [],
        "answer": "accept",
        "_session_id": None,
        "_view_id": "classification",
    }
    reviewed = {
        "text": SEEN,
        "options": OPTIONS,
        "accept": ["judged"],
        "answer": "accept",
        "_view_id": "review",
        "versions": [{"text": SEEN, "accept": ["told"], "sessions": ["ben"], "default": False}],
        "sessions": ["ann", "ben"],
        "flagged": True,
    }
    rows, left = read(lines(taught, reviewed))
    assert left == []
    assert [(row.label, row.annotator, row.sentence_id) for row in rows] == [
        ("told", None, "7"),
        ("judged", None, None),
    ]
    back = [json.loads(line) for line in write(rows, "prodigy", tmp_path / "back.jsonl").read_text().splitlines()]
    assert back[0]["score"] == 0.5249 and back[0]["spans"] == [] and back[0]["_task_hash"] == -34
    assert back[1] == reviewed


def test_a_task_that_nobody_answered_is_open_and_several_choices_are_named(lines):
    rows, left = read(
        lines(
            {"text": RANG, "options": OPTIONS, "_view_id": "choice"},
            {"text": SEEN, "options": OPTIONS, "accept": ["told", "judged"], "answer": "accept", "_view_id": "choice"},
        )
    )
    assert [(row.sentence, row.label) for row in rows] == [(RANG, None)]
    assert [(item.place, item.malformed) for item in left] == [("line 2", True)]
