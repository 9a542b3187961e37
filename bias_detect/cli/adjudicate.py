"""``bias-detect corpus adjudicate``."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from bias_detect.cli.agreement import AnnotatorColumn, VoteColumns
from bias_detect.cli.common import Corpus, GroupColumn, LabelColumn, TextColumn, keep_inputs, say
from bias_detect.cli.printing import print_table, say_notes
from bias_detect.errors import UsageError
from bias_detect.files import whole_file
from bias_detect.labels import shown
from bias_detect.tabular import TABLE_SUFFIXES

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.corpus.adjudication import Adjudicated


def adjudicate(
    corpus: Corpus,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="The adjudicated corpus, a table of any format."),
    ],
    by: Annotated[
        str, typer.Option("--by", metavar="RULE", help="Rule: majority, senior:NAME or dawid-skene.")
    ] = "majority",
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet", metavar="FILE", help="Write the sentences left to decide to this .xlsx, with a drop-down."
        ),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", metavar="FILE", help="Take back such a sheet, with decisions filled in."),
    ] = None,
    decided_only: Annotated[
        bool, typer.Option("--decided-only", help="Leave sentences that are still open out of the result.")
    ] = False,
    threshold: Annotated[
        float,
        typer.Option(
            "--threshold", metavar="P", min=0, max=1, help="For dawid-skene: less probable labels are left to decide."
        ),
    ] = 0.9,
    text_column: TextColumn = "sentence",
    label_column: LabelColumn = "label",
    group_column: GroupColumn = None,
    annotator_column: AnnotatorColumn = None,
    vote_column: VoteColumns = None,
) -> None:
    """Settle one label for each sentence, by majority, by a senior annotator or by the model of Dawid and Skene.

    The result has a row for each sentence with its label, what decided it, and every annotator's label; sentences that
    are still open have no label, and 'train' and 'evaluate' take none: in the end leave them out with --decided-only. A
    sheet of them can be filled in, and taken back with --decisions: what people decide goes before any rule.

    Examples
    --------
        bias-detect corpus adjudicate corpus.csv -o gold.csv --sheet open.xlsx

        bias-detect corpus adjudicate corpus.csv -o gold.csv --decisions open.xlsx --decided-only

        bias-detect corpus adjudicate ann.csv bo.csv cy.csv -o gold.csv --by senior:cy
    """
    if output.suffix.lower() not in TABLE_SUFFIXES:
        endings = ", ".join(TABLE_SUFFIXES)
        raise UsageError("is no table by its ending", subject=output, next_step=f"let it be one of {endings}")
    if sheet is not None and sheet.suffix.lower() != ".xlsx":
        raise UsageError("is no .xlsx", subject=sheet, next_step="name the sheet with this ending")
    keep_inputs([*corpus, *([] if decisions is None else [decisions])], output, sheet)
    from bias_detect.corpus.adjudication import adjudicate as settle
    from bias_detect.corpus.adjudication import adjudicated_table
    from bias_detect.corpus.decisions import read_decisions, refuse_to_overwrite, sheet_of_open
    from bias_detect.corpus.vote_files import read_votes

    if sheet is not None:
        refuse_to_overwrite(sheet)
    votes = read_votes(
        corpus,
        text_column=text_column,
        label_column=label_column,
        group_column=group_column,
        annotator_column=annotator_column,
        vote_columns=vote_column or (),
    )
    say_notes(votes.notes)
    decided, problems = read_decisions(decisions, votes) if decisions is not None else ({}, [])
    for problem in problems:
        say(f"note: {decisions}: {problem}")
    found = settle(votes, by, decisions=decided, threshold=threshold)
    table = adjudicated_table(found)
    if decided_only:
        table = table[table["label"].notna()]
    with whole_file(output) as stream:
        _write(table, output.suffix.lower(), stream)
    if sheet is not None:
        with whole_file(sheet) as stream:
            stream.write(sheet_of_open(found))
    _print(found)
    left = len(found.open_rows())
    if left:
        are, have, them = ("is", "has", "it") if left == 1 else ("are", "have", "them")
        advice = f"decide {them} in {sheet}" if sheet is not None else f"--sheet writes a sheet of {them}"
        where = f"{are} not" if decided_only else f"{have} no label"
        say(f"note: {left:,} of {len(found.labels):,} sentences {are} open and {where} in {output}; {advice}")


def _write(table: pd.DataFrame, suffix: str, stream: IO[bytes]) -> None:
    """Write the corpus as `convert` writes one, so that every command reads it back as it was."""
    if suffix == ".jsonl":
        stream.write(table.to_json(orient="records", lines=True, force_ascii=False).encode())
        return
    from bias_detect.corpus.formats.tables import write_columns

    plain = table.astype("object").where(table.notna(), None)
    write_columns(list(table.columns), [plain[name].tolist() for name in table.columns], stream, suffix[1:])


def _print(found: Adjudicated) -> None:
    total = len(found.labels)
    rows = [[name, f"{count:,}", f"{count / total:.0%}"] for name, count in found.counts().items()]
    print_table([["decided by", "sentences", "share"], *rows], f"{total:,} sentences")
    if found.model is None:
        return
    labels = found.votes.labels
    rows = [["annotator", "where it is", *(f"says {shown(label)}" for label in labels)]]
    for name, rates in zip(found.votes.annotators, found.model.error_rates, strict=True):
        rows += [
            [name, shown(label), *(f"{rate:.2f}" for rate in row)] for label, row in zip(labels, rates, strict=True)
        ]
    print_table(rows, "how often each annotator gives each label, as estimated")
    if not found.model.converged:
        say("note: the estimate of Dawid and Skene had not come to rest")
    if len(found.votes.annotators) < 3:
        say("note: two annotators alone hardly show who of them errs: use dawid-skene with three or more")
