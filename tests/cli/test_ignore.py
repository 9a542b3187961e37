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


@pytest.mark.parametrize("command", ["score", "review"])
def test_a_list_to_which_windows_has_added_an_ending_is_found(cli, draft, tmp_path, command):
    options = [*GATE] if command == "score" else ["--html", tmp_path / "page.html"]
    listed = tmp_path / f"{ignore_path(draft).name}.txt"
    listed.write_text(sentence_id(JUDGED), encoding="utf-8")
    result = cli(command, draft, *options)
    assert (result.code, result.err) == (0, "")
    if command == "review":
        assert "1 left alone" in result.out
    before = listed.read_bytes()
    target = ["score", draft, "-o", listed]
    assert "is read, and would be written over" in cli(*target).error
    assert listed.read_bytes() == before
    error = cli(command, draft, *options, "--ignore", ignore_path(draft)).error
    assert f"; did you mean {listed.name}?" in error
    ignore_path(draft).write_text("outcome", encoding="utf-8")
    assert f"{listed}: stands beside {ignore_path(draft).name}" in cli(command, draft, *options).error


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("command", ["score", "review"])
def test_an_entry_that_no_sentence_has_is_told(cli, draft, tmp_path, command, named):
    options = [] if command == "score" else ["--html", tmp_path / "page.html"]
    listed = tmp_path / "ours.ignore" if named else ignore_path(draft)
    if named:
        options += ["--ignore", listed]
    listed.write_text(f"{sentence_id(JUDGED)}\noutcome\n{sentence_id('The nurse rang.')}", encoding="utf-8")
    gone = sentence_id("The nurse rang.")
    said = f"bias-detect: {listed}: 1 entry matches no sentence ({gone}); it may have been changed since\n"
    result = cli(command, draft, *options)
    assert (result.code, result.err) == (0, said)
    listed.write_text("\n".join(f"{number:010x}" for number in range(7)), encoding="utf-8")
    assert f"{listed}: 7 entries match no sentence (0000000000, " in cli(command, draft, *options).err
    listed.write_text(sentence_id(JUDGED), encoding="utf-8")
    assert cli(command, draft, *options).err == ""
    listed.write_text(gone, encoding="utf-8")
    assert "no sentence" not in cli(command, draft, *options, "--section", "findings").err  # it may stand elsewhere


def test_a_list_for_several_drafts_is_looked_at_for_all_of_them_together(cli, draft, tmp_path):
    other, listed = tmp_path / "other.txt", tmp_path / "ours.ignore"
    other.write_text("The nurse rang.", encoding="utf-8")
    listed.write_text(f"{sentence_id(JUDGED)}\n{sentence_id('The nurse rang.')}\n", encoding="utf-8")
    assert cli("score", draft, other, "--ignore", listed).err == ""
    listed.write_text("section-0123456789\n0123456789", encoding="utf-8")
    assert cli("score", draft, other, "--ignore", listed).err.count("(0123456789)") == 1
