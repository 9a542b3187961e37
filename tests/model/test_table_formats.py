"""Tables as LaTeX, Markdown, CSV and text."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.model.evaluation_tables import Table
from bias_detect.model.table_formats import latex_text, to_csv, to_latex, to_markdown, to_text

TABLES = [
    Table("figures", "Figures of a_b", ["classifier", "F1"], [["50% & more", "0.5"], ["{x}\\y", "–"]]),
    Table("labels", "By label", ["label", "n"], [["a|b", "1"]]),
]


def test_latex_has_one_tabular_for_each_and_every_row_as_many_cells():
    text = to_latex(TABLES)
    for command in ("begin{table}", "toprule", "midrule", "bottomrule", "end{tabular}", "caption{"):
        assert text.count("\\" + command) == 2
    rows = [line for line in text.splitlines() if line.endswith(r" \\")]
    assert rows[1] == r"50\% \& more & 0.5 \\"
    assert rows[2] == r"\{x\}\textbackslash{}y & -- \\"
    assert len(rows) == 5


@given(st.text())
def test_no_text_becomes_a_command_in_latex(text):
    escaped = latex_text(text)
    known = r"\\(?:text(?:backslash|asciitilde|asciicircum|less|greater|bar|quotedbl)\{\}|[&%$#_{}])|\$\\times\$|\$-\$"
    rest = re.sub(known, "", escaped)
    assert not set(rest) & set("\\&%$#_{}~^")
    assert "\n" not in escaped


@pytest.mark.parametrize("cell", ["a|b", "*a*", "<b>", "[a](b)", "`a`", "a\nb"])
def test_no_text_breaks_a_markdown_table(cell):
    lines = to_markdown([Table("t", "Title", ["x", "y"], [[cell, "1"]])]).splitlines()
    assert len(lines) == 5
    assert len(re.findall(r"(?<!\\)\|", lines[-1])) == 3
    assert not re.search(r"(?<!\\)[*<`\[]", lines[-1])


def test_text_stands_in_columns():
    lines = to_text(TABLES).splitlines()
    assert lines[1:4] == ["classifier   F1", "50% & more  0.5", "{x}\\y         –"]


def test_csv_reads_back_and_holds_no_formula():
    rows = [{"classifier": "=cmd()", "value": -0.5, "low": None}, {"classifier": 'a,"b"\nc', "value": 1e-9, "low": 0.0}]
    back = list(csv.DictReader(io.StringIO(to_csv(rows))))
    assert [row["classifier"] for row in back] == ["'=cmd()", 'a,"b"\nc']
    assert [float(row["value"]) for row in back] == [-0.5, 1e-9]
    assert back[0]["low"] == ""
