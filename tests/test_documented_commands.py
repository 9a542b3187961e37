"""What the documents tell a reader to type runs, line after line in the order of the document."""

import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pytest
from pdf_writer import Page, write_pdf

from bias_detect.cli import main
from bias_detect.corpus.read import read_corpus
from bias_detect.model import search

ROOT = Path(__file__).parents[1]
LABELS = ("descriptive", "explanatory", "hindsight_biased")
JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward."


def lines(document: str, *headings: str, language: str = "sh") -> list[str]:
    """Return the lines of a document's blocks below some of its headings, or below all."""
    found, heading = [], ""
    for part in re.split(r"^(## .+)$", (ROOT / document).read_text(encoding="utf-8"), flags=re.MULTILINE):
        if part.startswith("## "):
            heading = part.removeprefix("## ")
        elif not headings or heading in headings:
            blocks = re.findall(rf"```{language}\n(.*?)```", part, re.DOTALL)
            found += [line for block in blocks for line in block.splitlines()]
    return found


def calls(document: str, *headings: str) -> list[str]:
    """Return the calls of the program; ``serve`` goes on until it is stopped, and tests/server starts it."""
    whole = [call.strip() for line in lines(document, *headings) for call in line.split("&&")]
    return [call for call in whole if call.startswith("bias-detect ") and not call.startswith("bias-detect serve")]


@pytest.fixture(scope="module")
def composed() -> pd.DataFrame:
    """Return made-up reviews with labels: a dozen documents of some sentences of each label."""
    table = read_corpus(ROOT / "data" / "corpus" / "composed.csv").drop_duplicates("sentence")
    table = table[~table["sentence"].str.contains("\n")].groupby(["document", "label"]).head(9)
    sizes = table.groupby("document")["label"].agg(["size", "nunique"])
    return table[table["document"].isin(sizes[sizes["nunique"] == 3].nlargest(14, "size").index)]


@pytest.fixture
def desk(tmp_path, monkeypatch, composed) -> Path:
    """Return a folder with what a reader is said to have, under the names that the documents give it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "data" / "samples", tmp_path / "data" / "samples")
    for name, texts in (("draft.docx", (JUDGED, TOLD)), ("old.docx", (JUDGED,))):
        document = docx.Document()
        for text in texts:
            document.add_paragraph(text)
        document.save(name)
    write_pdf(tmp_path / "draft.pdf", [Page().at(72, 700, JUDGED)])
    for name in ("draft.docx.ignore", "ours.ignore"):
        Path(name).write_text("\n".join(lines("README.md", language="text")), encoding="utf-8")
    Path("reviews").mkdir()
    for name, rows in composed.groupby("document"):
        Path("reviews", f"{name}.md").write_text("# Findings\n\n" + "\n\n".join(rows["sentence"]), encoding="utf-8")
    names = composed["document"].unique()
    pd.DataFrame({"file": names, "year": [2018 + place % 3 for place in range(len(names))]}).to_csv("reviews.csv")
    halves = composed.assign(half=composed.groupby("document").cumcount() % 2)
    texts = halves.groupby(["document", "half"])["sentence"].agg(" ".join).unstack()
    texts.set_axis(["circumstances", "concerns"], axis=1).rename_axis("url").to_csv("reports.csv")
    few = composed.groupby(["document", "label"]).head(4)
    wide = few[["sentence", "label", "document"]].assign(
        text=few["sentence"], target=few["label"], report=few["document"]
    )
    wide["source"] = wide["document"].map({name: ("north", "south")[place % 2] for place, name in enumerate(names)})
    wide.to_csv("corpus.csv", index=False)
    wide.assign(sentence="Later " + wide["sentence"].str.lower()).to_csv("other.csv", index=False)
    wide[["sentence", "document"]].head(5).to_csv("first.csv", index=False)
    return tmp_path


@pytest.fixture
def type_in(monkeypatch, capsys) -> Callable[[str], int]:
    """Return a function that runs a line in this process and gives its exit code."""
    monkeypatch.setattr(search, "GRID", {"linear__C": (1.0, 10.0)})  # the search itself, over fewer candidates

    def run(line: str) -> int:
        words = shlex.split(line.replace("--jobs 4", "--jobs 1"))  # four processes take longer to start than one to end
        monkeypatch.setattr(sys, "argv", words)
        code = main.execute()
        print(capsys.readouterr().err, file=sys.stderr)
        return code

    return run


def fill_in(form: str, name: str, composed: pd.DataFrame, *, errs: int) -> None:
    """Choose labels in a form as an annotator would who errs in every so manieth sentence."""
    right = composed.set_index("sentence")["label"]
    book = openpyxl.load_workbook(form)
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    sentence, label = head.index("sentence"), head.index("label")
    for number, row in enumerate(sheet.iter_rows(min_row=2)):
        choice = right.get(row[sentence].value, "descriptive")
        row[label].value = LABELS[(LABELS.index(choice) + (number % errs == 0)) % 3]
    book.save(name)


def by_hand(line: str, composed: pd.DataFrame) -> None:
    """Do what people do before a line: label sentences."""
    if "--validated labelled.xlsx" in line:
        fill_in("sample.xlsx", "labelled.xlsx", composed, errs=9)
    elif "convert sample.xlsx" in line:
        fill_in("sample.xlsx", "sample.xlsx", composed, errs=9)
    elif found := re.search(r"convert (ann|bo)\.xlsx", line):
        fill_in("sample.xlsx", f"{found[1]}.xlsx", composed, errs={"ann": 9, "bo": 11}[found[1]])
    elif "agreement ann.csv bo.csv cy.csv" in line:
        ours = pd.read_csv("ann.csv", dtype=str)
        for name, step in (("bo", 7), ("cy", 11)):
            theirs = ours.assign(annotator=name)
            theirs.loc[::step, "label"] = "descriptive"
            theirs.to_csv(f"{name}.csv", index=False)


@pytest.mark.parametrize(
    ("document", "headings"),
    [
        ("README.md", ("Start", "For reviewers")),
        ("README.md", ("For analysts", "For researchers")),
        ("data/README.md", ("A study of one's own",)),
        ("CONTRIBUTING.md", ()),
    ],
)
def test_the_lines_of_a_document_run_one_after_the_other(desk, type_in, composed, document, headings):
    typed = calls(document, *headings)
    assert typed
    for line in typed:
        by_hand(line, composed)
        code = type_in(line)
        gate = "--fail-on" in line or "--strict" in line
        assert code in ((0, 1) if gate else (0,)), line
        for output in re.findall(r"(?:-o|--html|--sheet|--doubts|--figure|--plots|--disagreements) (\S+)", line):
            assert Path(output).exists(), line


def test_no_line_of_a_document_is_left_out():
    tried = [*calls("README.md", "Start", "For reviewers", "For analysts", "For researchers")]
    assert tried == calls("README.md")
    assert len(tried) > 25
    assert calls("data/README.md", "A study of one's own") == calls("data/README.md")


def test_what_contributors_are_told_to_run_is_there():
    programs = {"bias-detect", "git", "lint-imports", "mypy", "pip", "pytest", "python", "python3", "ruff"}
    whole = [shlex.split(part) for line in lines("CONTRIBUTING.md") for part in line.split("&&")]
    assert len(whole) > 10
    for program, *words in whole:
        assert program in programs | {"."} or (ROOT / program).is_file(), program
        for word in words:
            if word.endswith(".py") or word.startswith(("data/", "tests/")):
                assert (ROOT / word).exists(), word
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:bias_detect|tests|data|models|scripts)/[\w./]+)`", text):
        assert "NAME" in path or (ROOT / path).exists(), path
    for name in ("_KIND_OF_SUFFIX", "read_document"):
        assert name in (ROOT / "bias_detect/documents/read.py").read_text(encoding="utf-8")
