"""No table that is written makes a spreadsheet run what stands in a document, and what is read back is what it was."""

import csv
import io
import re

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.corpus.formats.record import Annotation
from bias_detect.corpus.formats.tables import read_table, write_table
from bias_detect.spreadsheet import as_it_was, without_formula

ATTACKS = [
    '=HYPERLINK("http://a.example")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "＝1+1",
    "'=1+1",
    "''-x",
]
FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r]")


def is_safe(cell: str) -> bool:
    return not FORMULA.match(cell) or bool(re.fullmatch(r"[+-]?[\d.,]*(e[+-]?\d+)?%?", cell, re.IGNORECASE))


@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx"])
def test_a_corpus_is_safe_to_open_and_comes_back_as_it_was(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    rows = [
        Annotation(text, label="=told", document="@d", extra={"=mood": text})
        for text in ATTACKS
        if text.strip() == text
    ]
    with path.open("wb") as stream:
        write_table(rows, stream, kind)
    back = list(read_table(path))
    assert [(row.sentence, row.label, row.document, row.extra) for row in back] == [
        (row.sentence, row.label, row.document, row.extra) for row in rows
    ]
    if kind == "xlsx":
        cells = [cell for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} == {"s"}
    else:
        table = csv.reader(path.open(encoding="utf-8", newline=""), delimiter="\t" if kind == "tsv" else ",")
        assert all(is_safe(cell) for row in table for cell in row)


def test_numbers_stay_numbers(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:
        write_table(
            [Annotation("She rang.", "told", extra={"score": "-0.5", "mood": -1.5e-7, "sign": "-"})], stream, "csv"
        )
    assert path.read_text(encoding="utf-8").splitlines()[1] == "She rang.,told,-0.5,-1.5e-07,-"


@given(st.text(alphabet="'=+-@\t1a ", max_size=6) | st.text(max_size=6))
def test_whatever_is_written_is_safe_and_comes_back(text):
    written = without_formula(text)
    assert is_safe(written)
    assert as_it_was(written) == text


def test_figures_and_tables_of_an_audit_are_safe(tmp_path, cli):
    folder = tmp_path / "in"
    folder.mkdir()
    for number, name in enumerate(("=cmd.txt", "@x.txt", "<script>alert(1)<.txt")):
        text = "\n\n".join(f"{attack} the nurse rang the ward." for attack in ATTACKS if "\t" not in attack)
        (folder / name).write_text(f"{text}\n\n<script>alert({number})</script> he waited.", encoding="utf-8")
    with (tmp_path / "about.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["document", "=area"], *([name.name, "<script>@x"] for name in folder.iterdir())])
    cli(
        "audit",
        folder,
        "-o",
        tmp_path / "out",
        "--metadata",
        tmp_path / "about.csv",
        "--sentences-csv",
        "--xlsx",
        "-j",
        1,
    )
    tables = sorted((tmp_path / "out").glob("*.csv"))
    assert {"reports.csv", "sentences.csv", "groups.csv"} <= {path.name for path in tables}
    for path in tables:
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")):
            assert all(map(is_safe, row)), (path.name, row)
    book = openpyxl.load_workbook(tmp_path / "out" / "sentences.xlsx")
    assert not [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.data_type == "f"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "Content-Security-Policy" in page
