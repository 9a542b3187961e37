"""Label Studio's exports: what they hold comes in, and goes back to it, without loss."""

from __future__ import annotations

import json
from typing import Any

import pytest
from annotated import FORM, RANG, SEEN, read, write

from bias_detect.corpus.formats.record import Annotation
from bias_detect.corpus.formats.registry import guess_format
from bias_detect.errors import CorpusError


def chosen(label: str, control: str = "kind") -> dict[str, Any]:
    return {"id": "q1", "from_name": control, "to_name": "text", "type": "choices", "value": {"choices": [label]}}


BEN = {"id": 4, "email": "ben@org"}
STUDIO: list[dict[str, Any]] = [
    {
        "id": 11,
        "data": {"text": RANG, "document": "A1", "batch": 2},
        "annotations": [
            {"id": 1, "completed_by": 3, "was_cancelled": False, "lead_time": 4.5, "result": [chosen("told")]},
            {
                "id": 2,
                "completed_by": {"id": 4, "email": "ben@org"},
                "was_cancelled": False,
                "result": [chosen("judged")],
            },
            {"id": 3, "completed_by": 5, "was_cancelled": True, "result": []},
        ],
        "predictions": [{"result": [chosen("wrong")]}],
        "meta": {"mood": "calm"},
    },
    {"id": 12, "data": {"text": SEEN}, "annotations": []},
    {
        "id": 13,
        "data": {"text": FORM},
        "annotations": [
            {
                "id": 4,
                "completed_by": 3,
                "was_cancelled": False,
                "result": [
                    chosen("told"),
                    {"from_name": "why", "to_name": "text", "type": "textarea", "value": {"text": ["Not sure."]}},
                ],
            }
        ],
    },
]


def test_label_studio(studio):
    rows, left = read(studio(STUDIO))
    assert [(row.label, row.annotator, row.document) for row in rows] == [
        ("told", "3", "A1"),
        ("judged", "ben@org", "A1"),
        (None, None, None),
        ("told", "3", None),
    ]
    assert rows[3].extra["comment"] == "Not sure."
    assert rows[0].extra["batch"] == 2
    assert [(item.place, item.malformed) for item in left] == [("task 1, annotation 3", False)]


def test_label_studio_gets_its_tasks_back(studio, tmp_path):
    back = json.loads(write(read(studio(STUDIO))[0], "label-studio", tmp_path / "b.json").read_text())
    expected = json.loads(json.dumps(STUDIO))
    del expected[0]["annotations"][2]
    assert back == expected


def test_a_changed_label_is_what_label_studio_gets(studio, tmp_path):
    rows, _ = read(studio(STUDIO))
    rows[0].label, rows[0].annotator = "judged", "cat"
    back = json.loads(write(rows, "label-studio", tmp_path / "b.json").read_text())
    first = back[0]["annotations"][0]
    assert first["result"][0]["value"] == {"choices": ["judged"]}
    assert (first["result"][0]["meta"], first["lead_time"]) == ({"annotator": "cat"}, 4.5)
    assert "completed_by" not in first  # by whom it was before


def test_one_control_of_several_can_be_named(studio):
    both = {"data": {"text": RANG}, "annotations": [{"result": [chosen("told"), chosen("calm", "mood")]}]}
    _, left = read(studio([both]))
    assert "2 labels (told, calm)" in left[0].cause
    rows, _ = read(studio([both]), label="mood")
    assert rows[0].label == "calm"


def test_malformed_tasks_are_named(studio):
    rows, left = read(
        studio([STUDIO[0], 7, {"data": {"image": "a.png"}}, {"data": {"text": RANG}, "annotations": ["x"]}])
    )
    assert len(rows) == 2
    assert [item.place for item in left if item.malformed] == ["task 2", "task 3", "task 4, annotation 1"]
    path = studio(STUDIO)
    path.write_text(path.read_text()[:-30])
    with pytest.raises(CorpusError, match=r"line .* is not valid JSON"):
        read(path)


def test_label_studio_json_min(studio, tmp_path):
    records = [
        {"id": 11, "text": RANG, "kind": "told", "annotator": 3, "annotation_id": 1, "lead_time": 4.5, "batch": 2},
        {"id": 11, "text": RANG, "kind": {"choices": ["told", "judged"]}, "annotator": 4, "annotation_id": 2},
    ]
    rows, left = read(studio(records))
    assert [(row.label, row.annotator) for row in rows] == [("told", "3")]
    assert [item.place for item in left] == ["record 2"]
    back = json.loads(write(rows, "label-studio-min", tmp_path / "b.json").read_text())
    assert back == [{**{name: value for name, value in records[0].items() if name != "kind"}, "label": "told"}]
    with pytest.raises(CorpusError, match="does not say which of 'kind', 'batch' is the label"):
        read(studio(records[:1]))
    assert read(studio(records[:1]), label="kind")[0][0].label == "told"


def task(*results: Any, **more: Any) -> dict[str, Any]:
    """Return a task as it is exported, with an annotation for each result."""
    given = [
        {
            "id": 100 + place,
            "completed_by": {"id": 14, "email": "ann@org", "first_name": "", "last_name": ""},
            "result": result,
            "reviews": [],
            "was_cancelled": False,
            "ground_truth": place == 0,
            "created_at": "2024-05-15T12:09:16.789536Z",
            "updated_at": "2024-05-15T12:10:16.789563Z",
            "draft_created_at": None,
            "lead_time": 1.849,
            "parent_prediction": None,
            "unique_id": f"u{place}",
        }
        for place, result in enumerate(results)
    ]
    about = {"file_upload": "a.csv", "drafts": [], "predictions": [], "meta": {}, "inner_id": 1, "comment_authors": []}
    return {"id": 1, "annotations": given, "data": {"text": RANG}, **about, **more}


def test_all_that_an_export_says_of_a_task_goes_back(studio, tmp_path):
    predicted = {"model_version": "m1", "score": 0.9, "result": [chosen("judged")]}
    full = task([chosen("told")], [chosen("judged")], predictions=[predicted], drafts=[{"id": 5, "result": []}])
    rows, left = read(studio([full]))
    assert [(row.label, row.annotator) for row in rows] == [("told", "ann@org"), ("judged", "ann@org")]
    assert rows[0].extra["label_studio"]["annotation"]["ground_truth"] is True
    assert left == []
    assert json.loads(write(rows, "label-studio", tmp_path / "back.json").read_text()) == [full]


def test_a_draft_and_a_prediction_give_no_label(studio):
    rows, left = read(studio([task(predictions=[{"result": [chosen("told")]}], drafts=[{"result": [chosen("told")]}])]))
    assert ([row.label for row in rows], left) == ([None], [])


def test_choices_on_a_part_of_a_text_are_no_label_of_the_whole(studio, tmp_path):
    part = {**chosen("judged", "word"), "value": {"start": 0, "end": 3, "text": "The", "choices": ["judged"]}}
    rows, left = read(studio([task([part, chosen("told")]), task([part], id=2)]))
    assert ([row.label for row in rows], left) == (["told", None], [])
    back = json.loads(write(rows, "label-studio", tmp_path / "back.json").read_text())
    assert [one["result"] for item in back for one in item["annotations"]] == [[part, chosen("told")], [part]]
    assert read(studio([task([part])]), label="word")[0][0].label == "judged"


def test_the_choices_of_other_controls_stay_when_one_is_named(studio, tmp_path):
    both = task([chosen("told"), chosen("calm", "mood")])
    rows, _ = read(studio([both]), label="mood")
    assert json.loads(write(rows, "label-studio", tmp_path / "back.json").read_text()) == [both]


def test_sentences_that_were_imported_as_a_table_of_this_project_are_found(studio):
    rows, left = read(studio([task([chosen("told")], data={"sentence": SEEN, "document": "A1", "label": ""})]))
    assert ([(row.sentence, row.label, row.document) for row in rows], left) == ([(SEEN, "told", "A1")], [])
    short = {"sentence": SEEN, "label": "", "kind": {"choices": ["told"]}, "annotator": "ann@org", "lead_time": 2.0}
    assert [(row.sentence, row.label) for row in read(studio([short | {"annotation_id": 1}]))[0]] == [(SEEN, "told")]


def test_completions_of_old_exports_are_annotations(studio):
    old = {"id": 1, "data": {"text": RANG}, "completions": [{"id": 1, "lead_time": 2.1, "result": [chosen("told")]}]}
    assert [row.label for row in read(studio([old]))[0]] == ["told"]
    rows, left = read(studio([{"data": {"text": RANG}, "annotations": {"result": []}}]))
    assert (rows, [item.cause for item in left]) == ([], ["has annotations that are a dict, no list"])


def test_half_a_surrogate_pair_is_named_and_the_rest_is_kept(tmp_path):
    path = tmp_path / "project.json"
    path.write_text('[{"data": {"text": "She \\ud83d rang."}}, {"data": {"text": "He left \\ud83d\\ude00."}}]')
    rows, left = read(path)
    assert [row.sentence for row in rows] == ["He left 😀."]
    assert [(item.place, item.cause) for item in left] == [("task 1", "holds half a surrogate pair, which is no text")]


def test_the_table_that_label_studio_exports(tmp_path):
    path = tmp_path / "project.csv"
    path.write_text(
        "annotation_id,annotator,created_at,document,id,kind,lead_time,text,updated_at\n"
        f"1,ann@org,2024-05-15T12:09:16Z,A1,11,told,1.8,{RANG},2024-05-15T12:09:16Z\n"
        f'2,ann@org,,A1,12,"{{""choices"": [""told"", ""judged""]}}",2.5,{SEEN},\n'
        f"3,ann@org,,A1,13,,2.5,{FORM},\n",
        encoding="utf-8",
    )
    rows, left = read(path)
    assert [(row.sentence, row.label, row.annotator, row.document) for row in rows] == [
        (RANG, "told", "ann@org", "A1"),
        (FORM, None, "ann@org", "A1"),
    ]
    assert rows[0].extra["annotation_id"] == "1"
    assert [(item.place, item.cause) for item in left] == [
        ("row 3", "has 2 labels (told, judged), and a sentence of a corpus has one")
    ]


def test_only_people_whom_label_studio_can_know_have_completed_an_annotation(tmp_path):
    names = ["3", "ann@example.org", "ann", "012", None]
    rows = [Annotation(RANG, "told", annotator=name, extra={"comment": f"by {name}"}) for name in names]
    path = write(rows, "label-studio", tmp_path / "a.json")
    [one] = json.loads(path.read_text())
    assert [given.get("completed_by") for given in one["annotations"]] == [3, {"email": "ann@example.org"}, *[None] * 3]
    found, left = read(path)
    assert ([row.annotator for row in found], left) == (names, [])
    for row in found:
        row.annotator = "ben@example.org"
    again, _ = read(write(found, "label-studio", path))
    assert {row.annotator for row in again} == {"ben@example.org"}


def test_who_is_to_annotate_a_task_has_not_annotated_it_yet(tmp_path):
    path = write([Annotation(RANG, annotator="ann")], "label-studio", tmp_path / "a.json")
    assert json.loads(path.read_text()) == [{"data": {"text": RANG, "annotator": "ann"}, "annotations": []}]
    assert [(row.annotator, row.label) for row in read(path)[0]] == [("ann", None)]


def test_predictions_of_which_an_export_has_only_the_numbers_are_not_imported(studio, tmp_path):
    predicted = {"model_version": "m1", "score": 0.9, "result": [chosen("judged")]}
    rows, _ = read(studio([task([chosen("told")], predictions=[5, predicted])]))
    [back] = json.loads(write(rows, "label-studio", tmp_path / "back.json").read_text())
    assert back["predictions"] == [predicted]


def test_a_sentence_in_brackets_in_a_table_is_a_sentence(tmp_path):
    path = tmp_path / "project.csv"
    path.write_text("annotation_id,annotator,id,kind,lead_time,text\n1,3,11,told,1.8,[2019]\n", encoding="utf-8")
    rows, left = read(path, label="kind")
    assert ([row.sentence for row in rows], left) == (["[2019]"], [])


def test_several_remarks_in_short_exports(studio, tmp_path):
    short = {"text": RANG, "label": "told", "comment": {"text": ["One.", "Two."]}, "annotator": 3, "annotation_id": 1}
    rows, _ = read(studio([short, short | {"comment": ["One.", {"text": ["Two."]}]}, short | {"comment": "One."}]))
    assert [row.extra["comment"] for row in rows] == [["One.", "Two."], ["One.", "Two."], "One."]
    back = json.loads(write(rows[:1], "label-studio-min", tmp_path / "b.json").read_text())
    assert back == [short]


def test_a_field_called_data_makes_no_full_task_of_a_short_record(tmp_path):
    path = write([Annotation(RANG, "told", extra={"data": "a"})], "label-studio-min", tmp_path / "a.json")
    assert json.loads(path.read_text()) == [{"text": RANG, "label": "told", "given_data": "a"}]
    assert guess_format(path) == "label-studio-min"
