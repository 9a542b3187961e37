"""``bias-detect score`` leaves alone what the ignore file names."""

import csv
import io
import json

import pytest

from bias_detect.review.flags import sentence_id
from bias_detect.review.ignore import ignore_path

JUDGED = "Staff should have seen that he was in danger."
GATE = ["--fail-on", "hindsight_biased"]


@pytest.fixture(params=["id", "signal"])
def ignored(request, draft) -> str:
    """Return an ignore file's text that leaves the draft's one flag alone."""
    return sentence_id(JUDGED) if request.param == "id" else "counterfactual\n"


def test_the_file_beside_a_draft_is_found_by_itself(cli, draft, ignored):
    assert cli("score", draft, *GATE).code == 1
    ignore_path(draft).write_text(ignored, encoding="utf-8")
    assert cli("score", draft, *GATE).code == 0
    assert cli("score", "-", *GATE, stdin=JUDGED.encode()).code == 1
    assert cli("score", "--text", JUDGED, *GATE).code == 1


def test_a_file_that_is_named_holds_for_all_sources(cli, draft, ignored, tmp_path):
    path = tmp_path / "ours.ignore"
    path.write_text(ignored, encoding="utf-8")
    for source in ([draft], ["-"], ["--text", JUDGED]):
        assert cli("score", *source, "--ignore", path, *GATE, stdin=JUDGED.encode()).code == 0
    ignore_path(draft).write_text("outcome\n", encoding="utf-8")  # it takes the place of the one beside
    assert cli("score", draft, "--ignore", path, *GATE).code == 0
    assert cli("score", draft, *GATE).code == 1


def test_the_table_and_the_lines_say_that_it_is_left_alone(cli, draft, ignored):
    flagged = cli("score", draft, "--format", "line").out
    ignore_path(draft).write_text(ignored, encoding="utf-8")
    line = cli("score", draft, "--format", "line").out.splitlines()[1]
    assert line.startswith(f"{draft}:2: left_alone (")
    assert line.endswith(f") : {JUDGED}")
    assert "hindsight_biased" in flagged
    table = cli("score", draft).out
    assert "left alone" in table
    assert "counterfactual" not in table
    assert table.splitlines()[-1].endswith("0 hindsight-biased (0%); 0 uncertain (?); 1 left alone")


def test_data_keeps_the_row_and_its_label(cli, draft, ignored):
    before = cli("score", draft, "--format", "jsonl").out.splitlines()
    ignore_path(draft).write_text(ignored, encoding="utf-8")
    for line, old in zip(cli("score", draft, "--format", "jsonl").out.splitlines(), before, strict=True):
        row, was = json.loads(line), json.loads(old)
        assert list(row) == list(was)
        expected = [
            mark for mark in was["signals"] if ignored != "counterfactual\n" or mark["signal"] != "counterfactual"
        ]
        assert row == {**was, "signals": expected}
    rows = list(csv.DictReader(io.StringIO(cli("score", draft, "--format", "csv").out, newline="")))
    assert [row["label"] for row in rows] == [json.loads(old)["label"] for old in before]


def test_an_ignore_file_that_cannot_be_used_stops_its_source_alone(cli, draft, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(JUDGED, encoding="utf-8")
    ignore_path(draft).write_text("counterfactul\n", encoding="utf-8")
    result = cli("score", draft, other, "--format", "line")
    assert result.code == 2
    assert f"{ignore_path(draft)}: line 1: 'counterfactul' is neither" in result.err
    assert result.out.startswith(f"{other}:1: hindsight_biased")
    assert "the ignore file cannot be read" in cli("score", draft, "--ignore", tmp_path / "none").error
