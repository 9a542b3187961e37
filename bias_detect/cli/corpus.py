"""``bias-detect corpus``: what researchers do with annotated sentences before a model learns from them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bias_detect.cli.common import Corpus, GroupColumn, LabelColumn, TextColumn

if TYPE_CHECKING:
    from bias_detect.corpus.checks import Finding

FOUND = 1

app = typer.Typer(help="Work on annotated sentences.", no_args_is_help=True)


class Scheme(StrEnum):
    """Which labels a corpus may have."""

    CODEBOOK = "codebook"
    ANY = "any"


@app.command()
def check(
    corpus: Corpus,
    text_column: TextColumn = "sentence",
    label_column: LabelColumn = "label",
    group_column: GroupColumn = None,
    labels: Annotated[
        Scheme | None,
        typer.Option("--labels", help="Labels that are allowed; by default the codebook's where these are in use."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there is an error or a warning.")] = False,
) -> int:
    """Find what is wrong or doubtful in a corpus: damage, repetitions, labels, documents, personal data.

    Rows are named and sentences are not shown; what is personal is masked. Says under which version of the codebook
    the corpus was labelled.

    Examples
    --------
        bias-detect corpus check corpus.csv

        bias-detect corpus check reviews.xlsx --text-column text --label-column target --labels any --strict
    """
    from bias_detect.corpus.checks import Severity, check_corpus

    findings = check_corpus(
        corpus,
        text_column=text_column,
        label_column=label_column,
        group_column=group_column,
        codebook=None if labels is None else labels is Scheme.CODEBOOK,
    )
    _print(findings)
    return FOUND if strict and any(finding.severity is not Severity.NOTE for finding in findings) else 0


def _print(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    wrap = console.is_terminal
    table = Table(box=None, pad_edge=False)
    for name in ("severity", "check", "count", "where", "what to do"):
        table.add_column(name, justify="right" if name == "count" else "left", no_wrap=not wrap)
    for finding in findings:
        where = ("\n" if wrap else ", ").join(finding.examples)
        if 0 < len(finding.examples) < finding.count:
            where += " …"
        cells = [finding.severity, finding.check, f"{finding.count:,}", where, finding.advice]
        table.add_row(*map(Text, cells))
    if not wrap:
        console.width = 10_000  # a line a finding, however long
    console.print(table)
