"""``bias-detect score``: what it reads, what it says of it, and how it ends."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scored_rows import FORMATS, JUDGED, TOLD, cells, objects

from bias_detect.documents.read import read_document

PLACE = ["document", "sentence_id", "section", "paragraph", "page", "start", "end", "sentence", "label", "confidence"]
SHARES = ["p_descriptive", "p_explanatory", "p_hindsight_biased"]
COLUMNS = [*PLACE, *SHARES, "uncertain", "signals", "influences"]


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


def test_the_table_is_read_by_people(cli, draft):
    text = cli("score", draft).out
    assert str(draft) in text
    assert "hindsight-biased" in text
    assert "counterfactual: should have seen" in text
    assert re.search(
        r"\n3 sentences: 2 descriptive \(67%\), 0 explanatory \(0%\), 1 hindsight-biased \(33%\); \d", text
    )


def test_a_label_that_is_a_number_is_told_from_the_counts(cli, two_classes, tmp_path):
    table = two_classes.assign(target=two_classes["target"].map({"told": 0, "judged": 1}))
    table.to_csv(tmp_path / "a.csv", index=False)
    columns = ["--text-column", "text", "--label-column", "target", "--group-column", "report"]
    assert cli("train", tmp_path / "a.csv", *columns, "-o", tmp_path / "mine").code == 0
    text = cli("score", "--text", "He rang. They should have rung.", "--model", tmp_path / "mine").out
    assert re.search(r"\n2 sentences: 1 '0' \(50%\), 1 '1' \(50%\); \d", text)


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


def test_explain_leaves_out_numbers_marks_and_articles(cli):
    text = cli("score", "--text", "5.2 The staff, a nurse and an aide, should have seen the danger.", "--explain").out
    words = " ".join(" ".join(text.split("words ")[1:]).split())
    named = re.findall(r"(\S+) \([+-]\d", words)
    assert len(named) > 3
    assert not {"the", "a", "an", "5.2", "5", "2", ",", "."} & {word.lower() for word in named}
