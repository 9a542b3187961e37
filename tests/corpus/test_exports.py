"""Exports that the tools' own code wrote are read without loss, go back, and are read in part when damaged."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from annotated import read, write

from bias_detect.corpus.formats.record import Annotation, Left
from bias_detect.corpus.formats.registry import guess_format

EXPORTS = Path(__file__).with_name("exports")
ENTERED: list[dict[str, Any]] = json.loads((EXPORTS / "entered.json").read_text(encoding="utf-8"))
TEXTS = [one["text"] for one in ENTERED]
STUDIO = {"1": "ann", "2": "ben", "ann@example.org": "ann", "ben@example.org": "ben"}
ONE_LABEL = "has 2 labels (descriptive, explanatory), and a sentence of a corpus has one"
TWICE = TEXTS[8]  # to which ann gave two labels


def chosen(annotator: str, *, empty: bool) -> dict[str, str | None]:
    """Return what was chosen for each sentence, if no more than one label was."""
    labels = {one["text"]: one["labels"][annotator] for one in ENTERED if len(one["labels"][annotator]) < 2}
    return {text: given[0] if given else None for text, given in labels.items() if given or empty}


def by_annotator(rows: list[Annotation]) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {}
    for row in rows:
        name = str(row.annotator)
        labels = found.setdefault(STUDIO.get(name, name), {})
        assert row.sentence not in labels
        labels[row.sentence] = row.label
    return found


def remarks(rows: list[Annotation], annotator: str) -> dict[str, list[str]]:
    found = {
        row.sentence: row.extra["comment"] for row in rows if "comment" in row.extra and row.annotator == annotator
    }
    return {text: given if isinstance(given, list) else [given] for text, given in found.items()}


def entered_remarks(annotator: str) -> dict[str, list[str]]:
    return {one["text"]: one["comments"][annotator] for one in ENTERED if annotator in one["comments"]}


def data_of(row: Annotation) -> dict[str, Any]:
    """Return what came with the sentence."""
    fields = {name: getattr(row, name) for name in ("document", "sentence_id", "section")}
    values = {**fields, **{name: row.extra.get(name) for name in ("page", "ratio", "kept", "tags", "note")}}
    return {name: value for name, value in values.items() if value is not None}


def entered_data(text: str) -> dict[str, Any]:
    data = next(one["data"] for one in ENTERED if one["text"] == text)
    return {name: str(value) if name == "document" else value for name, value in data.items() if value is not None}


def plain(rows: list[Annotation]) -> list[str]:
    return sorted(repr(row) for row in rows)


def malformed(left: list[Left]) -> list[tuple[str, str]]:
    return [(item.place, item.cause) for item in left if item.malformed]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_doccano_annotators_apart(kind, tmp_path):
    rows, left = read(EXPORTS / "doccano" / f"each-{kind}.zip")
    assert by_annotator(rows) == {name: chosen(name, empty=True) for name in ("ann", "ben")}
    assert malformed(left) == [(f"ann.{kind} {'line 9' if kind == 'jsonl' else 'row 10'}", ONE_LABEL)]
    for name in ("ann", "ben"):
        given = {text: sorted(texts) for text, texts in entered_remarks(name).items()}
        assert remarks(rows, name) == (given if kind == "jsonl" else {text: ["#".join(x)] for text, x in given.items()})
    if kind == "jsonl":
        assert all(data_of(row) == entered_data(row.sentence) for row in rows)
    assert plain(read(write(rows, "doccano", tmp_path / "back.zip"))[0]) == plain(rows)


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv"])
def test_doccano_annotators_together(kind, tmp_path):
    rows, left = read(EXPORTS / "doccano" / f"all-{kind}.zip")
    assert by_annotator(rows) == {"None": chosen("ann", empty=True)}
    place = {"jsonl": "line 9", "json": "record 9", "csv": "row 10"}[kind]
    assert malformed(left) == [(f"all.{kind} {place}", ONE_LABEL)]
    both = sorted([*ENTERED[3]["comments"]["ann"], *ENTERED[3]["comments"]["ben"]])
    assert rows[3].extra["comment"] == (both if kind != "csv" else "#".join(both))
    assert plain(read(write(rows, "doccano", tmp_path / "back.jsonl"))[0]) == plain(rows)


@pytest.mark.parametrize("name", ["project.json", "snapshot.json", "project-min.json", "project.csv", "project.tsv"])
def test_label_studio(name):
    rows, left = read(EXPORTS / "label-studio" / name)
    assert by_annotator(rows) == {name: chosen(name, empty=False) for name in ("ann", "ben")}
    assert [cause for _, cause in malformed(left)] == [ONE_LABEL]
    for annotator in ("ann", "ben"):
        given = {
            text: texts for text, texts in entered_remarks(annotator).items() if text in chosen(annotator, empty=False)
        }
        named = next(key for key in {str(row.annotator) for row in rows} if STUDIO[key] == annotator)
        assert remarks(rows, named) == given
    if name.endswith("json"):
        assert all(data_of(row) == entered_data(row.sentence) for row in rows)
    full = name in ("project.json", "snapshot.json")
    skipped = [item.cause for item in left if not item.malformed]
    assert skipped == (["was cancelled by the annotator"] * 2 if full else [])


@pytest.mark.parametrize("name", ["project.json", "snapshot.json"])
def test_label_studio_gets_back_what_it_exported(name, tmp_path):
    path = EXPORTS / "label-studio" / name
    back = json.loads(write(read(path)[0], "label-studio", tmp_path / "back.json").read_text(encoding="utf-8"))
    expected = json.loads(path.read_text(encoding="utf-8"))
    for task in expected:
        task["annotations"] = [one for one in task["annotations"] if not one["was_cancelled"]]
        if task["data"]["text"] == TWICE:
            task["annotations"] = task["annotations"][1:]
        task["predictions"] = [one for one in task["predictions"] if isinstance(one, dict)]
        document = task["data"].get("document")
        task["data"] = {key: value for key, value in task["data"].items() if value is not None}
        task["data"] |= {} if document is None else {"document": str(document)}
    assert back == expected


@pytest.mark.parametrize("name", ["ann.json", "ben.xmi"])
def test_cassis(name, tmp_path):
    pytest.importorskip("cassis")
    annotator, kind = name.split(".")
    rows, left = read(EXPORTS / "cassis" / "annotation" / "review.txt" / name)
    assert by_annotator(rows) == {annotator: chosen(annotator, empty=True)}
    assert malformed(left) == ([("sentence 9", ONE_LABEL)] if annotator == "ann" else [])
    for row in rows:
        number = TEXTS.index(row.sentence)
        marked = {} if row.label is None else {"sure": number % 2 == 0, "grade": number}
        note = entered_remarks(annotator).get(row.sentence)
        if note is not None and row.label is not None:
            marked["note"] = "\n".join(note)
        assert (row.document, row.sentence_id, row.extra) == ("review.txt", f"s{number}", marked)
    assert plain(read(write(rows, "inception", tmp_path / f"back.{kind}"))[0]) == plain(rows)


def test_webanno_tsv(tmp_path):
    rows, left = read(EXPORTS / "documented" / "webanno.tsv")
    given = {text.strip(): label for text, label in chosen("ann", empty=True).items()}
    assert by_annotator(rows) == {"None": given}
    assert malformed(left) == [("line 153", ONE_LABEL)]
    numbers = [[text.strip() for text in TEXTS].index(row.sentence) + 1 for row in rows]
    assert [row.sentence_id for row in rows] == [f"s{number}" if number % 2 else None for number in numbers]
    assert rows[3].extra == {"grade": "4", "sure": "false", "note": "\n".join(ENTERED[3]["comments"]["ann"])}
    assert plain(read(write(rows, "inception", tmp_path / "back.tsv"))[0]) == plain(rows)


def test_prodigy(tmp_path):
    path = EXPORTS / "documented" / "prodigy.jsonl"
    rows, left = read(path)
    found = by_annotator([row for row in rows if str(row.annotator).startswith("sentences-")])
    kept = (3, 4, 5, 6, 7, 8, 10, 11)
    assert found["sentences-ann"] == {TEXTS[at]: "explanatory" if at == 6 else "descriptive" for at in kept}
    assert found["sentences-ben"] == {TEXTS[3]: "explanatory", TEXTS[9]: None}
    assert [row.extra["rejected"] for row in rows if "rejected" in row.extra] == ["hindsight_biased", "descriptive"]
    assert [(item.place, item.cause) for item in left] == [
        ("line 3", "was ignored by the annotator"),
        ("line 13", ONE_LABEL),
        ("line 15", "was ignored by the annotator"),
        ("line 16", "was rejected by the annotator"),
    ]
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    back = write(rows, "prodigy", tmp_path / "back.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    expected = [line for number, line in enumerate(lines, start=1) if number not in (3, 13, 15, 16)]
    for line in expected[:2]:  # of the older generation, which did not say so
        line["_view_id"] = "classification"
    assert [json.loads(line) for line in back] == expected


def test_each_export_is_known_for_what_it_is():
    known = {
        "doccano": "doccano",
        "cassis": "inception",
        "project.json": "label-studio",
        "snapshot.json": "label-studio",
        "label-studio": "label-studio-min",
        "prodigy.jsonl": "prodigy",
        "webanno.tsv": "inception",
    }
    paths = [path for path in EXPORTS.rglob("*.*") if path.is_file() and path.suffix not in (".md", ".xml", "")]
    assert len(paths) > len(known)
    for path in paths:
        if path.name not in ("entered.json", ".gitattributes"):
            parts = path.relative_to(EXPORTS).parts
            assert guess_format(path) == known.get(path.name, known.get(parts[0])), path


def damaged(source: Path, place: Path, old: str, new: str) -> Path:
    """Return a copy of a file in which something else stands."""
    content = source.read_bytes()
    assert content.count(old.encode()) >= 1
    place.write_bytes(content.replace(old.encode(), new.encode(), 1))
    return place


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "cause"),
    [
        ("documented/prodigy.jsonl", '"answer":"accept"}', '"answer":"acc', "line 1", "is not valid JSON"),
        ("documented/prodigy.jsonl", '"answer":"accept"', '"answer":"yes"', "line 1", "has the answer 'yes'"),
        ("documented/webanno.tsv", "1-3\t10-14\trang\t_\t_", "1-3\t10-14\trang", "line 9", "has a token with"),
        ("label-studio/project.json", '"data":{"text":', '"data":{"picture":', "task 1", "has no text under 'text'"),
        ("label-studio/project.json", '[{"id":1,', '[7,{"id":1,', "task 1", "is no task"),
        ("label-studio/project-min.json", '"text": "The nurse rang', '"image": "The nurse', "record 1", "has no text"),
        ("label-studio/project.csv", '"2"', '"2","x","y","z"', "row 2", "has 2"),
    ],
)
def test_what_is_damaged_is_named_and_the_rest_is_kept(tmp_path, name, old, new, place, cause):
    whole, left_before = read(EXPORTS / name)
    rows, left = read(damaged(EXPORTS / name, tmp_path / Path(name).name, old, new))
    news = [item for item in malformed(left) if item[0] == place]
    assert [found.startswith(cause) for _, found in news] == [True], left
    lost = 0 if new.startswith("[7,") else 2 if name.endswith("project.json") else 1
    assert len(rows) == len(whole) - lost
    assert len(malformed(left)) == len(malformed(left_before)) + 1


def test_a_damaged_line_in_an_archive_of_doccano_is_named(tmp_path):
    path = tmp_path / "each.zip"
    with zipfile.ZipFile(EXPORTS / "doccano" / "each-jsonl.zip") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name).decode()
            target.writestr(name, content.replace('"label":["explanatory"]', '"label":["explan', 1))
    rows, left = read(path)
    assert [place for place, _ in malformed(left)] == ["ann.jsonl line 3", "ann.jsonl line 9", "ben.jsonl line 3"]
    assert len(rows) == 21
