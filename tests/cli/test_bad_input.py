"""Input that cannot be used: one clear line, exit code 2, nothing half-written."""

from pathlib import Path

import pandas as pd
import pytest
from pdf_writer import Page, write_pdf  # found by way of conftest.py

BINARY = b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
DOCUMENTS = {
    "empty.txt": (b"", "holds no text"),
    "blank.md": (b" \n\n\t\n", "holds no text"),
    "empty.html": (b"", "holds no text"),
    "empty.docx": (b"", "is not a Word document"),
    "empty.pdf": (b"", "is not a PDF"),
    "binary.txt": (BINARY, "is a binary file, not text"),
    "picture.txt": (PNG, "is a binary file, not text"),
    "nul.txt": (b"The ward\0 was full.", "is a binary file, not text"),
    "latin.txt": ("The café was shut.".encode("latin-1"), "is not UTF-8 text (byte 0xe9 at offset 7)"),
    "sentence.txt": (b"and " * 250_000, "does not look like prose"),
    "word.txt": (b"a" * 1_000_000, "does not look like prose"),
    "control.txt": (b"The ward\x07 was full.", "holds the control character U+0007 in line 1"),
    "text.docx": (b"The ward was full.", "is not a Word document"),
    "archive.docx": (b"PK\x05\x06" + bytes(18), "is a zip archive without a Word document in it"),
    "old.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "is a Word document of the old kind (.doc)"),
    "text.pdf": (b"The ward was full.", "is not a PDF"),
    "cut.pdf": (b"%PDF-1.4\n1 0 obj\n", "is a damaged PDF"),
    "table.csv": (b"sentence\nThe ward was full.\n", "is a table (.csv), not a report"),
    "sheet.odt": (b"PK", "is of a kind that cannot be read (.odt)"),
}
HEAD = b"text,target\n"
TABLES = {
    "empty.csv": (b"", "is empty"),
    "header.csv": (HEAD, "holds no rows"),
    "columns.csv": (b"words,target\nShe rang.,a\nHe left.,b\n", "has no column 'text' (it has 'words', 'target')"),
    "labels.csv": (b"text,class\nShe rang.,a\nHe left.,b\n", "has no column 'target' (it has 'text', 'class')"),
    "one.csv": (HEAD + b"She rang.,a\nHe left.,a\n", "every sentence has the same label ('a')"),
    "missing.csv": (HEAD + b"She rang.,a\nHe left.,\nIt was late.,b\n", "row 3 has no label"),
    "nan.csv": (HEAD + b"She rang.,1.0\nHe left.,nan\nIt was late.,0.0\n", "row 3 has no label"),
    "blank.csv": (HEAD + b"She rang.,a\n ,b\n", "row 3 has no sentence"),
    "long.csv": (HEAD + b"She rang.,a\n" + b"and " * 250_000 + b",b\n", "row 3 has a cell of more than 131,072"),
    "long.jsonl": (
        b'{"text": "She rang.", "target": "a"}\n{"text": "' + b"and " * 250_000 + b'", "target": "b"}\n',
        "line 2 of column 'text' has 1,000,000 characters",
    ),
    "control.csv": (
        HEAD + b"She\x07 rang.,a\nHe left.,b\n",
        "row 2 of column 'text' holds the control character U+0007",
    ),
    "latin.csv": (HEAD + "The café was shut.,a\n".encode("latin-1"), "is not UTF-8 (byte 0xE9"),
    "utf16.csv": ("text,target\nShe rang.,a\n".encode("utf-16"), "is UTF-16, not UTF-8"),
    "binary.csv": (BINARY, "is a binary file, not a text table"),
    "picture.csv": (PNG, "is a binary file, not a text table"),
    "cells.csv": (HEAD + b"She rang, and left.,a\n", "row 2 has 3 cells where the header has 2"),
    "text.xlsx": (b"text,target\nShe rang.,a\n", "is no Excel workbook that can be read"),
    "text.parquet": (b"text,target\nShe rang.,a\n", "is no Parquet file that can be read"),
    "line.jsonl": (b'{"text": "She rang.", "target": "a"}\n{"text":\n', "line 2 is not valid JSON"),
    "list.jsonl": (b'["She rang.", "a"]\n', "line 1 holds no JSON object but a list"),
    "table.txt": (b"text,target\nShe rang.,a\n", "is no table that can be read"),
}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(cli, tmp_path, name):
    content, message = DOCUMENTS[name]
    path = tmp_path / name
    path.write_bytes(content)
    for output in ([], ["-o", tmp_path / "scored.csv"]):
        result = cli("score", path, *output)
        assert result.raw == b""
        assert result.error.startswith(f"bias-detect: {path}: ")
        assert message in result.error
    assert names(tmp_path) == [name]


def test_a_locked_pdf_and_files_that_are_not_there(cli, tmp_path):
    locked = write_pdf(tmp_path / "locked.pdf", [Page().at(72, 700, "The ward was full.")], password="secret")
    output = tmp_path / "scored.csv"
    for path, message in (
        (locked, "is locked with a password"),
        (tmp_path / "none.txt", "does not exist"),
        (tmp_path, "is a folder, not a file"),
    ):
        error = cli("score", path, "-o", output).error
        assert error.startswith(f"bias-detect: {path}: {message}")
    assert names(tmp_path) == ["locked.pdf"]


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.endswith(".txt") and name != "empty.txt"])
def test_the_same_on_standard_input(cli, name):
    content, message = DOCUMENTS[name]
    result = cli("score", "-", stdin=content)
    assert result.raw == b""
    assert result.error.startswith("bias-detect: -: ")
    assert message in result.error


@pytest.mark.parametrize("text", ["", " \n", "\x1b[2J", "The ward\0 was full.", "a" * 1_000_000])
def test_texts(cli, text):
    result = cli("score", "--text", text)
    assert result.error.startswith("bias-detect: --text: ")
    assert len(result.error) < 300
    assert result.raw == b""


@pytest.mark.parametrize("name", TABLES)
def test_tables(cli, tmp_path, name):
    content, message = TABLES[name]
    path = tmp_path / name
    path.write_bytes(content)
    columns = ["--text-column", "text", "--label-column", "target"]
    for command in (
        ["train", path, *columns, "-o", tmp_path / "mine"],
        ["evaluate", path, *columns, "--cv", "2", "-o", tmp_path / "metrics.json"],
        ["evaluate", path, *columns, "-o", tmp_path / "metrics.json"],
    ):
        result = cli(*command)
        assert result.raw == b""
        assert result.error.startswith(f"bias-detect: {path}: ")
        assert message in result.error
    assert names(tmp_path) == [name]


def test_labels_that_are_not_numbers_in_a_table_that_has_types(cli, tmp_path):
    path = tmp_path / "nan.parquet"
    table = pd.DataFrame({"text": ["She rang.", "He left.", "It was late."], "target": [1.0, float("nan"), 0.0]})
    table.to_parquet(path)
    columns = ["--text-column", "text", "--label-column", "target"]
    assert "row 2 has no label" in cli("train", path, *columns, "-o", tmp_path / "mine").error
    table.to_excel(tmp_path / "nan.xlsx", index=False)
    assert "row 3 has no label" in cli("train", tmp_path / "nan.xlsx", *columns, "-o", tmp_path / "mine").error
    assert names(tmp_path) == ["nan.parquet", "nan.xlsx"]


def test_one_bad_table_among_good_ones_stops_the_run(cli, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(HEAD + b"She rang.,a\nHe left.,b\n")
    bad.write_bytes(HEAD + b"She rang.,a\nHe left.,\n")
    columns = ["--text-column", "text", "--label-column", "target"]
    assert f"{bad}: row 3 has no label" in cli("train", good, bad, *columns, "-o", tmp_path / "mine").error
    assert names(tmp_path) == ["bad.csv", "good.csv"]
