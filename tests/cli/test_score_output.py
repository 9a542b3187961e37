"""``bias-detect score``: what it writes and where, what it never writes over, and what is left of a run that fails."""

import codecs
import contextlib
import json
import os
import sys
from pathlib import Path

import pytest
from scored_rows import FORMATS, JUDGED, TOLD, cells, names, objects


def test_a_csv_file_opens_in_excel_and_a_csv_on_the_screen_pipes(cli, draft, tmp_path):
    shown = cli("score", draft, "--format", "csv")
    written = cli("score", draft, "-o", tmp_path / "scored.csv")
    assert (written.code, written.raw, written.err) == (0, b"", "")
    assert (tmp_path / "scored.csv").read_bytes() == codecs.BOM_UTF8 + shown.raw
    assert shown.raw.startswith(b"document,sentence_id,")


def test_no_cell_can_be_taken_for_a_formula(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dangerous = ['=HYPERLINK("http://example.org";"open")', "+1 was added.", "@SUM was rung.", "- No visit was made."]
    Path("=1+1.txt").write_text("\n\n".join(dangerous), encoding="utf-8")
    rows = cells(cli("score", "=1+1.txt", "--format", "csv").out)
    assert [row["document"] for row in rows] == ["'=1+1.txt"] * len(rows)
    assert {row["sentence"][:2] for row in rows} >= {"'=", "'+", "'@", "'-"}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row.values())


@pytest.mark.skipif(os.name == "nt", reason="no file there has a colon in its name")
def test_a_name_with_colons_is_shown_as_it_is(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("12:fire:9.txt").write_text(JUDGED, encoding="utf-8")
    assert "12:fire:9.txt" in cli("score", "12:fire:9.txt").out


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "JSONL", "txt"])
def test_the_ending_of_the_output_says_its_format(cli, draft, tmp_path, ending):
    path = tmp_path / "new" / f"scored.{ending}"
    assert cli("score", draft, "-o", path).code == 0
    text = path.read_text(encoding="utf-8-sig")
    rows = {"csv": cells, "json": json.loads, "jsonl": objects}.get(ending.lower())
    assert (JUDGED in text) if rows is None else (rows(text)[1]["sentence"] == JUDGED)
    assert names(path.parent) == [path.name]


def test_the_format_asked_for_wins_over_the_ending(cli, draft, tmp_path):
    assert cli("score", draft, "-o", tmp_path / "scored.csv", "--format", "line").code == 0
    assert (tmp_path / "scored.csv").read_text(encoding="utf-8").startswith(f"{draft}:1: ")


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_fails_does_not_stop_the_others(cli, draft, tmp_path, format):
    missing = tmp_path / "missing.docx"
    result = cli("score", draft, missing, draft, "--format", format, "--fail-on", "hindsight_biased")
    assert result.error == f"bias-detect: {missing}: does not exist; check the name and the folder\n"
    assert result.out.count(TOLD) == 2
    if format == "json":
        assert len(json.loads(result.out)) == 6
    if format == "csv":
        assert len(cells(result.out)) == 6
    output = tmp_path / "scored.out"
    assert cli("score", draft, missing, draft, "--format", format, "-o", output).code == 2
    assert output.read_text(encoding="utf-8-sig").count(TOLD) == 2


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_fails_half_way_leaves_no_rows(cli, draft, tmp_path, format):
    path = tmp_path / "half.txt"
    path.write_text("The ward was closed that day.\n\n" * 3000 + "And then\x07.", encoding="utf-8")
    result = cli("score", path, draft, "--format", format)
    assert "half.txt: holds the control character U+0007 in line 6001" in result.error
    assert "The ward was closed" not in result.out
    assert result.out == cli("score", draft, "--format", format).out


@pytest.mark.parametrize("format", FORMATS)
def test_where_every_file_fails_nothing_is_written(cli, tmp_path, format):
    (tmp_path / "old.csv").write_text("kept", encoding="utf-8")
    for output in (tmp_path / "new.csv", tmp_path / "old.csv"):
        result = cli("score", tmp_path / "a.txt", tmp_path / "b.txt", "--format", format, "-o", output)
        assert (result.code, result.raw, result.err.count("\n")) == (2, b"", 2)
    assert names(tmp_path) == ["old.csv"]
    assert (tmp_path / "old.csv").read_text(encoding="utf-8") == "kept"
    assert cli("score", tmp_path / "a.txt", "--format", format).raw == b""


def test_an_output_that_cannot_be_written_is_one_line(cli, draft, tmp_path):
    (tmp_path / "old.csv").write_text("kept", encoding="utf-8")
    for output in (tmp_path, tmp_path / "old.csv" / "new.csv", tmp_path / ("a" * 300)):
        assert "cannot be written" in cli("score", draft, "-o", output).error
    assert names(tmp_path) == ["draft.txt", "old.csv"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_one_line(cli, process, draft):
    assert "No space left" in cli("score", draft, "-o", "/dev/full").error
    with Path("/dev/full").open("wb") as full:
        running = process("score", draft, stdout=full)
        _, error = running.communicate()
    assert running.returncode == 2
    assert error.decode().startswith("bias-detect: the output: cannot be written (No space left")
    assert error.count(b"\n") == 1


def test_an_output_is_replaced_only_when_the_new_one_is_whole(cli, draft, tmp_path, monkeypatch):
    from bias_detect.cli import formats

    output = tmp_path / "scored.jsonl"
    output.write_text("kept", encoding="utf-8")
    seen = []

    def end(self):
        seen.append(output.read_text(encoding="utf-8"))
        return b""

    monkeypatch.setattr(formats.Writer, "end", end)
    assert cli("score", draft, "-o", output).code == 0
    assert seen == ["kept"]
    assert len(objects(output.read_text(encoding="utf-8"))) == 3

    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(formats.Writer, "end", interrupted)
    assert cli("score", "--text", TOLD, "-o", output).code == 130
    assert len(objects(output.read_text(encoding="utf-8"))) == 3
    assert names(tmp_path) == ["draft.txt", "scored.jsonl"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_is_given_no_colours_and_no_commands_of_the_terminal(cli, tmp_path, format):
    path = tmp_path / "draft.html"
    path.write_text(f"<p>{JUDGED}</p><p>The nurse&#27;[2J rang.</p><p>She\u009b31m left.</p>", encoding="utf-8")
    out = cli("score", path, "--format", format).out
    assert "The nurse" in out
    if format in ("table", "line"):
        assert not set(out) & {"\x1b", "\x9b"}
    if format == "table":
        assert "\x1b" not in cli("score", path, "--explain").out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_a_terminal_gets_colours(process, draft):
    import pty

    ours, theirs = pty.openpty()
    running = process("score", draft, env={"TERM": "xterm-256color"}, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError):  # Linux says that the other end was closed in this way
        while block := os.read(ours, 4096):
            written += block
    os.close(ours)
    assert running.wait() == 0
    assert b"\x1b[" in written
    assert b"hindsight-biased" in written


def test_a_reader_that_has_had_enough_ends_the_run_quietly(process, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text(f"{TOLD}\n\n" * 20_000, encoding="utf-8")
    running = process("score", path, "--format", "line")
    assert running.stdout.readline().decode().endswith(f": {TOLD}\n")
    running.stdout.close()
    assert running.stderr.read() == b""
    assert running.wait() == 0
    running.stderr.close()


@pytest.mark.parametrize("link", [None, "symbolic", "hard"])
def test_a_draft_is_never_written_over(cli, report, draft, tmp_path, link):
    target = report
    if link is not None:
        target = tmp_path / "link.csv"
        target.symlink_to(report) if link == "symbolic" else os.link(report, target)
    before = report.read_bytes()
    for files in ([report], [draft, report]):
        assert "is read, and would be written over" in cli("score", *files, "-o", target).error
    assert report.read_bytes() == before


def test_the_list_of_what_is_left_alone_is_never_written_over(cli, draft, tmp_path):
    beside, other = tmp_path / "draft.txt.ignore", tmp_path / "ours.txt"
    for path in (beside, other):
        path.write_text("outcome\n", encoding="utf-8")
    assert "would be written over" in cli("score", draft, "-o", beside).error
    assert "would be written over" in cli("score", draft, "--ignore", other, "-o", other).error
    assert beside.read_text(encoding="utf-8") == other.read_text(encoding="utf-8") == "outcome\n"


@pytest.mark.parametrize("ending", ["docx", "DOC", "pdf", "odt", "rtf", "html"])
def test_a_table_is_not_written_under_the_name_of_a_document(cli, draft, tmp_path, ending):
    path = tmp_path / f"other.{ending}"
    path.write_bytes(b"kept")
    assert "write .csv, .json, .jsonl or .txt" in cli("score", draft, "-o", path, "--format", "csv").error
    assert path.read_bytes() == b"kept"
