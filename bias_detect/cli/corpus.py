"""``bias-detect corpus``: what researchers do with annotated sentences before a model learns from them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bias_detect.cli import adjudicate, agreement, convert, sample
from bias_detect.cli.common import (
    FOUND,
    Corpus,
    GroupColumn,
    LabelColumn,
    Seed,
    TextColumn,
    keep_inputs,
    progress,
    say,
)
from bias_detect.cli.printing import results_console
from bias_detect.errors import UsageError
from bias_detect.files import whole_file
from bias_detect.spreadsheet import csv_for_people

if TYPE_CHECKING:
    from bias_detect.corpus.findings import Finding

app = typer.Typer(help="Work on annotated sentences.", no_args_is_help=True)
app.command("sample")(sample.sample)
app.command("convert")(convert.convert)
app.command("agreement")(agreement.agreement)
app.command("adjudicate")(adjudicate.adjudicate)


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
    annotator_column: agreement.AnnotatorColumn = None,
    labels: Annotated[
        Scheme | None,
        typer.Option("--labels", help="Labels that are allowed; by default the codebook's where these are in use."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there is an error or a warning.")] = False,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="CHECK",
            help="With --strict, let what this check finds stand if it is a warning; may be given again.",
        ),
    ] = None,
    doubts: Annotated[
        Path | None,
        typer.Option(
            "--doubts", metavar="FILE", help="Rank all rows as CSV by how little a cross-validated model believes them."
        ),
    ] = None,
    seed: Seed = 0,
) -> int:
    """Find what is wrong or doubtful in a corpus: damage, repetitions, labels, documents, personal data.

    Rows are named and sentences are not shown; what is personal is masked. Says under which version of the codebook
    the corpus was labelled. With --doubts a model is trained without the document of each sentence and asked how
    probable its label is; the file shows the sentences, to be read again, and leaves none out.

    --strict makes a gate of it. Warnings that have been looked at and may stand, such as the names of made-up people,
    are named by --allow, as they are printed; errors cannot be allowed.

    Examples
    --------
        bias-detect corpus check corpus.csv

        bias-detect corpus check reviews.xlsx --text-column text --label-column target --labels any --strict

        bias-detect corpus check corpus.csv --strict --allow "names after titles" --allow "dates of birth"

        bias-detect corpus check corpus.csv --doubts doubts.csv
    """
    keep_inputs(corpus, doubts)
    if allow and not strict:
        raise UsageError("--allow is for --strict", next_step="add --strict, or leave it out")
    from bias_detect.corpus.checks import check_corpus
    from bias_detect.corpus.findings import Severity

    findings = check_corpus(
        corpus,
        text_column=text_column,
        label_column=label_column,
        group_column=group_column,
        annotator_column=annotator_column,
        codebook=None if labels is None else labels is Scheme.CODEBOOK,
    )
    if doubts is not None:
        from bias_detect.corpus.sheet import read_sheet
        from bias_detect.model.doubts import FOLDS, label_doubts

        sheet = read_sheet(corpus, text_column=text_column, label_column=label_column, group_column=group_column)
        with progress(FOLDS, "cross-validating") as step:
            table, more = label_doubts(sheet, seed=seed, progress=step)
        with whole_file(doubts) as stream:
            stream.write(csv_for_people(table))
        findings += more
    _print(findings)
    stands = {" ".join(name.split()) for name in allow or ()}
    closed = [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR or (finding.severity is Severity.WARNING and finding.check not in stands)
    ]
    if not strict or not closed:
        return 0
    say(f"note: --strict is not passed for: {', '.join(finding.check for finding in closed)}")
    return FOUND


def _print(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = results_console()
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
