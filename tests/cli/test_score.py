"""``bias-detect score``: what it reads, what it writes, and how it ends."""

import codecs
import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bias_detect.documents.read import read_document

JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward."
PLACE = ["document", "sentence_id", "section", "paragraph", "page", "start", "end", "sentence", "label", "confidence"]
SHARES = ["p_descriptive", "p_explanatory", "p_hindsight_biased"]
COLUMNS = [*PLACE, *SHARES, "uncertain", "signals", "influences"]
FORMATS = ["table", "csv", "json", "jsonl", "line"]


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.split("\n") if line]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def cells(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_reads_each_kind_of_file_and_says_where_its_sentences_stand(cli, report):
    result = cli("score", report, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    rows = objects(result.out)
    assert [row["sentence"] for row in rows] == ["Findings", JUDGED, TOLD]
    assert [row["label"] for row in rows[1:]] == ["hindsight_biased", "descriptive"]
    text = read_document(report).text
    for number, row in enumerate(rows, start=1):
        assert row["document"] == str(report)
        assert (row["paragraph"], row["sentence_id"]) == (number, f"p{number}s1")
        assert row["section"] == "findings"
        assert row["page"] == (1 if report.suffix == ".pdf" else None)
        assert text[row["start"] : row["end"]] == row["sentence"]
        for kind in ("signal", "influence"):
            for mark in row[f"{kind}s"]:
                assert list(mark) == [kind, "start", "end", "text"]
                assert row["sentence"][mark["start"] : mark["end"]] == mark["text"]
    assert "counterfactual" in [mark["signal"] for mark in rows[1]["signals"]]


def test_reads_standard_input_and_a_text_given_in_the_call(cli):
    piped = cli("score", "-", "--format", "jsonl", stdin=f"{JUDGED}\r\n\r\n{TOLD}".encode())
    given = cli("score", "--text", f"{JUDGED}\n\n{TOLD}", "--format", "jsonl")
    for result, name in ((piped, "-"), (given, "text")):
        assert (result.code, result.err) == (0, "")
        assert [row["document"] for row in objects(result.out)] == [name, name]
        assert [row["sentence"] for row in objects(result.out)] == [JUDGED, TOLD]


def test_the_columns_are_those_of_the_contract_in_every_format(cli, draft):
    lines = objects(cli("score", draft, "--format", "jsonl").out)
    array = json.loads(cli("score", draft, "--format", "json").out)
    table = cells(cli("score", draft, "--format", "csv").out)
    assert array == lines
    for row in [*lines, *table]:
        assert list(row) == COLUMNS
    for row, text in zip(lines, table, strict=True):
        assert isinstance(row["uncertain"], bool)
        assert row["confidence"] == row[f"p_{row['label']}"]
        assert sum(row[name] for name in SHARES) == pytest.approx(1)
        assert text == {
            name: json.dumps(value, ensure_ascii=False)
            if isinstance(value, list)
            else ""
            if value is None
            else str(value)
            for name, value in row.items()
        }


def test_a_model_of_other_labels_has_its_own_columns(cli, draft, two_class_bundle):
    (row, *_) = objects(cli("score", draft, "--model", two_class_bundle, "--format", "jsonl").out)
    assert list(row) == [*PLACE, "p_judged", "p_told", "uncertain", "signals", "influences"]
    assert cli("score", draft, "--model", two_class_bundle, "--fail-on", "judged").code == 1
    assert "told" in cli("score", draft, "--model", two_class_bundle, "--fail-on", "descriptive").error


def test_a_line_is_what_editors_and_grep_expect(cli, draft):
    result = cli("score", draft, "--format", "line")
    name = re.escape(str(draft))
    heading, judged, told = result.out.splitlines()
    assert re.fullmatch(rf"{name}:2: hindsight_biased \(\d\.\d\d\) counterfactual(, \w+)*: {re.escape(JUDGED)}", judged)
    assert re.fullmatch(rf"{name}:3: descriptive \(\d\.\d\d\) : {re.escape(TOLD)}", told)
    assert heading.endswith(": Findings")


def test_each_sentence_is_one_line_whatever_it_holds(cli, tmp_path):
    path = tmp_path / "draft.txt"
    path.write_text("The nurse\nrang the\tward and\v left\u2028 a note.\n\nThe ward  was\n closed.", encoding="utf-8")
    lines = cli("score", path, "--format", "line").out.splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == [
        "The nurse rang the ward and left a note.",
        "The ward was closed.",
    ]


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


def test_the_table_is_read_by_people(cli, draft):
    text = cli("score", draft).out
    assert str(draft) in text
    assert "hindsight-biased" in text
    assert "counterfactual: should have seen" in text
    assert re.search(
        r"\n3 sentences: 2 descriptive \(67%\), 0 explanatory \(0%\), 1 hindsight-biased \(33%\); \d", text
    )


def test_explain_names_the_words(cli, draft, tmp_path):
    text = cli("score", draft, "--explain").out
    assert re.search(r"words for hindsight-biased: \w+ \(\+\d", text)
    assert "[" in text  # the identifier of a rule
    assert "--explain goes with the table format" in cli("score", draft, "--explain", "--format", "csv").error
    assert "--explain goes with the table format" in cli("score", draft, "--explain", "-o", tmp_path / "a.csv").error


def test_fail_on_is_told_by_the_exit_code(cli, draft, tmp_path):
    for arguments, code in (
        (["--fail-on", "hindsight_biased"], 1),
        (["--fail-on", "explanatory"], 0),
        ([], 0),
        (["--fail-on", "hindsight_biased", "-o", tmp_path / "scored.csv"], 1),
    ):
        assert cli("score", draft, *arguments).code == code
    assert (tmp_path / "scored.csv").exists()
    assert cli("score", "--text", TOLD, "--fail-on", "hindsight_biased").code == 0


def test_fail_on_a_label_that_no_sentence_can_have_is_refused(cli, draft):
    error = cli("score", draft, "--fail-on", "hindsight-biased").error
    assert "descriptive, explanatory, hindsight_biased" in error


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


@pytest.mark.skipif(os.name == "nt", reason="file names are not bytes on Windows")
def test_names_that_are_not_utf_8_or_hold_line_ends(cli, tmp_path):
    for name in (b"caf\xe9.txt", b"new\nline.txt", b"\x1b[2J.txt"):
        path = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
        try:
            Path(path).write_text(TOLD, encoding="utf-8")
        except OSError:
            continue  # some file systems take no such name
        for format in FORMATS:
            assert cli("score", path, "--format", format).code == 0
        (line,) = cli("score", path, "--format", "line").out.splitlines()
        assert line.endswith(TOLD)
        assert "\x1b" not in line


def test_only_a_kind_of_section(cli, tmp_path):
    path = tmp_path / "draft.md"
    path.write_text(f"# Findings\n\n{JUDGED}\n\n# Recommendations\n\n{TOLD}\n", encoding="utf-8")
    rows = objects(cli("score", path, "--section", "findings", "--format", "jsonl").out)
    assert [row["sentence"] for row in rows] == ["Findings", JUDGED]
    text = read_document(path).text
    assert [text[row["start"] : row["end"]] for row in rows] == ["Findings", JUDGED]
    assert cli("score", path, "--section", "recommendations", "--fail-on", "hindsight_biased").code == 0


@pytest.mark.parametrize(("format", "nothing"), [("table", "\n0 sentences\n"), ("json", "[]\n"), ("jsonl", "")])
def test_a_section_that_is_not_there_is_said(cli, draft, format, nothing):
    result = cli("score", draft, "--section", "appendix", "--format", format)
    assert (result.code, result.out) == (0, nothing)
    assert result.err == f"bias-detect: {draft}: has no section of the kind 'appendix'\n"


def test_a_section_misspelt_does_not_pass_for_a_clean_draft(cli, draft):
    result = cli("score", draft, "--section", "findngs", "--fail-on", "hindsight_biased")
    assert result.code == 2
    assert "choose one of" in result.error
    assert "findings" in result.error


def test_a_text_that_is_not_utf_8_is_read_with_its_encoding(cli, tmp_path):
    path = tmp_path / "draft.txt"
    path.write_bytes("The café was shut.".encode("cp1252"))
    assert "is not UTF-8 text" in cli("score", path).error
    assert (
        objects(cli("score", path, "--encoding", "cp1252", "--format", "jsonl").out)[0]["sentence"]
        == "The café was shut."
    )
    assert "no text encoding called 'latin99'" in cli("score", path, "--encoding", "latin99").error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score"], "nothing to score"),
        (["score", "draft.txt", "--text", "x"], "--text and files do not go together"),
        (["score", "draft.txt", "--format", "xml"], "see 'bias-detect score --help'"),
        (["score", "draft.txt", "--fromat", "csv"], "see 'bias-detect score --help'"),
        (["score", "draft.txt", "--model", "no-such-model"], "no-such-model: there is no such model"),
        (["score", "draft.txt", "--model", "a" * 300], "there is no such model"),
        (["scroe"], "Did you mean 'score'?"),
    ],
)
def test_a_call_that_makes_no_sense_is_one_line(cli, draft, monkeypatch, arguments, message):
    monkeypatch.chdir(draft.parent)
    result = cli(*arguments)
    assert message in result.error
    assert result.raw == b""


def test_a_broken_model_is_one_line(cli, draft, two_class_bundle, tmp_path):
    import shutil

    bundle = shutil.copytree(two_class_bundle, tmp_path / "broken")
    whole = (bundle / "model.skops").read_bytes()
    (bundle / "model.skops").write_bytes(whole[: len(whole) // 2])
    result = cli("score", draft, "--model", bundle, "-o", tmp_path / "scored.csv")
    assert "model.skops: does not have the digest that the manifest states" in result.error
    assert not (tmp_path / "scored.csv").exists()


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


def test_the_examples_in_the_help_are_calls_that_parse(cli):
    for command in (["score"], ["train"], ["evaluate"], ["model", "inspect"], ["model", "card"]):
        result = cli(*command, "--help")
        assert (result.code, result.err) == (0, "")
        assert f"bias-detect {' '.join(command)}" in result.out
    assert cli("--version").out.startswith("bias-detect ")


def test_start_up_loads_nothing_that_help_does_not_need(environment):
    heavy = ("pandas", "sklearn", "spacy", "numpy", "docx", "pypdfium2")
    code = f"import sys; from bias_detect.cli.main import app; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


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


def test_explain_leaves_out_numbers_marks_and_articles(cli):
    text = cli("score", "--text", "5.2 The staff, a nurse and an aide, should have seen the danger.", "--explain").out
    words = " ".join(" ".join(text.split("words ")[1:]).split())
    named = re.findall(r"(\S+) \([+-]\d", words)
    assert len(named) > 3
    assert not {"the", "a", "an", "5.2", "5", "2", ",", "."} & {word.lower() for word in named}
