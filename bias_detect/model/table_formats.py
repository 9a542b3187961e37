"""Tables as LaTeX, Markdown, CSV and plain text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from bias_detect.model.evaluation_tables import Table
from bias_detect.spreadsheet import Lines, without_formula

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "–": "--",
    "×": r"$\times$",
    "−": r"$-$",
}


def to_latex(tables: Sequence[Table]) -> str:
    r"""Return tables as LaTeX, each a ``table`` with a caption and a label; they need the package ``booktabs``.

    Parameters
    ----------
    tables : sequence of Table
        The tables.

    Returns
    -------
    str
        LaTeX for UTF-8 engines, nothing in it taken for a command but what is one.

    Examples
    --------
    >>> print(to_latex([Table("figures", "Figures", ["classifier", "F1"], [["a_b", "50%"]])]).splitlines()[9])
    a\_b & 50\% \\
    """
    return "% needs \\usepackage{booktabs}\n" + "\n".join(map(_latex_table, tables))


def latex_text(text: str) -> str:
    r"""Return text with every character that LaTeX would take for a command escaped.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> print(latex_text("50% of_it"))
    50\% of\_it
    """
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))


def _latex_table(table: Table) -> str:
    def row(cells: Sequence[str]) -> str:
        return " & ".join(map(latex_text, cells)) + r" \\"

    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex_text(table.title)}.}}",
            rf"\label{{tab:{table.name}}}",
            rf"\begin{{tabular}}{{l{'r' * (len(table.head) - 1)}}}",
            r"\toprule",
            row(table.head),
            r"\midrule",
            *map(row, table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def to_markdown(tables: Sequence[Table]) -> str:
    r"""Return tables as Markdown, each under its title.

    Parameters
    ----------
    tables : sequence of Table
        The tables.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> print(to_markdown([Table("figures", "Figures", ["classifier", "F1"], [["a|b", "0.5"]])]))
    **Figures**
    <BLANKLINE>
    | classifier | F1 |
    |---|---:|
    | a\|b | 0.5 |
    <BLANKLINE>
    """
    from bias_detect.model.markdown import markdown_table, markdown_text

    def clean(cells: Sequence[str]) -> list[str]:
        return list(map(markdown_text, cells))

    parts = []
    for table in tables:
        (title,) = clean([table.title])
        parts.append(f"**{title}**\n\n{markdown_table(clean(table.head), [clean(row) for row in table.rows])}\n")
    return "\n".join(parts)


def to_text(tables: Sequence[Table]) -> str:
    """Return tables as plain text, in columns.

    Parameters
    ----------
    tables : sequence of Table
        The tables.

    Returns
    -------
    str
        Lines.

    Examples
    --------
    >>> print(to_text([Table("figures", "Figures", ["classifier", "F1"], [["mine", "0.5"]])]))
    Figures
    classifier   F1
    mine        0.5
    <BLANKLINE>
    """
    parts = []
    for table in tables:
        lines = [table.head, *table.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(table.head))]
        cells = ([first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])] for first, *rest in lines)
        parts.append("\n".join([table.title, *("  ".join(line).rstrip() for line in cells), ""]))
    return "\n".join(parts)


def to_csv(rows: Sequence[dict[str, Any]]) -> str:
    r"""Return rows as CSV, with a header.

    Parameters
    ----------
    rows : sequence of dict
        Rows with the same keys; None becomes an empty cell.

    Returns
    -------
    str
        CSV; a text that a spreadsheet would take for a formula is preceded by an apostrophe.

    Examples
    --------
    >>> to_csv([{"label": "=1+1", "value": 0.5}])
    "label,value\n'=1+1,0.5\n"
    """
    target = io.StringIO()
    writer = csv.DictWriter(Lines(target), list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({key: without_formula(value) for key, value in row.items()})
    return target.getvalue()
