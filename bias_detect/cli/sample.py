"""``bias-detect corpus sample``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bias_detect.annotation.strata import Stratum
from bias_detect.cli.common import Encoding, Jobs, Model, Output, Seed, keep_inputs, n_jobs, progress, say
from bias_detect.cli.convert import Choices, To
from bias_detect.corpus.formats.registry import BINARY, target_format, write_annotations
from bias_detect.errors import UsageError
from bias_detect.files import whole_file
from bias_detect.tabular import TABLE_SUFFIXES

if TYPE_CHECKING:
    from bias_detect.annotation.population import Population


class Allocation(StrEnum):
    """How the draws are shared out among strata."""

    PROPORTIONAL = "proportional"
    EQUAL = "equal"


def sample(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATHS…", help="Reports or folders of them, the folder of an audit, or tables."),
    ],
    size: Annotated[int, typer.Option("--size", "-n", metavar="N", min=1, help="How many sentences to draw.")],
    output: Output = None,
    by: Annotated[
        list[Stratum] | None,
        typer.Option("--by", help="Part the sentences by this first; the label is the model's. May be given again."),
    ] = None,
    allocation: Annotated[
        Allocation, typer.Option("--allocation", help="Whether parts get draws by their size, or as many each.")
    ] = Allocation.PROPORTIONAL,
    uncertain: Annotated[
        bool, typer.Option("--uncertain", help="Prefer what the model is uncertain of, spread over all there is.")
    ] = False,
    exclude: Annotated[
        list[Path] | None,
        typer.Option("--exclude", metavar="FILE", help="What was annotated or drawn before; may be given again."),
    ] = None,
    seed: Seed = 0,
    to: To = None,
    choice: Choices = None,
    model: Model = "default",
    section: Annotated[
        str | None, typer.Option("--section", metavar="KIND", help="Draw only from this kind of section.")
    ] = None,
    text_column: Annotated[
        list[str] | None,
        typer.Option("--text-column", metavar="NAME", help="Column of tables that holds whole texts; as in audit."),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option("--id-column", metavar="NAME", help="Column of tables that names the texts.")
    ] = None,
    sentence_column: Annotated[
        str | None,
        typer.Option("--sentence-column", metavar="NAME", help="Column of tables that holds single sentences."),
    ] = None,
    group_column: Annotated[
        str | None,
        typer.Option("--group-column", metavar="NAME", help="Column of tables that names a sentence's document."),
    ] = None,
    encoding: Encoding = None,
    jobs: Jobs = None,
) -> None:
    """Draw sentences to annotate, at random, each with the probability that it had.

    The probability stands in the column 'inclusion', so that shares stay unbiased whatever was preferred; 'audit
    --validated FILE' takes the labelled sample of an audit back. The draw depends on the seed and on the sentences, not
    on the machine or the order of the files. The stratum may tell what the model thinks: hide it from annotators.

    What is in the files of --exclude is not drawn again, nor is a sentence equal to one in them, and 'inclusion' speaks
    of what is left. To use both batches, put them in one table and set 'inclusion' of the earlier one to 1.

    Examples
    --------
        bias-detect corpus sample audit -n 300 -o sample.csv

        bias-detect corpus sample audit -n 300 --by label --allocation equal --to form -o sample.xlsx

        bias-detect corpus sample reviews/ -n 200 --uncertain --exclude first.csv --to prodigy -o second.jsonl
    """
    kind, suffix = target_format(to, output)
    if output is None and suffix in BINARY:
        raise UsageError(f"{kind} is not for the screen", next_step="name a file with -o")
    keep_inputs([*paths, *(exclude or ())], output)
    from bias_detect.annotation.draw import COLUMNS, draw

    strata = list(dict.fromkeys(by or ()))
    if allocation is Allocation.EQUAL and not strata:
        raise UsageError("--allocation equal shares draws out among parts, and there are none", next_step="add --by")
    needed = uncertain or bool({Stratum.LABEL, Stratum.SIGNAL} & set(strata))
    texts = {"text_columns": text_column or (), "id_column": id_column, "encoding": encoding, "section": section}
    columns = {"text_column": sentence_column, "group_column": group_column}
    population = _population(paths, texts, columns, str(model), needed, n_jobs(jobs))
    for note in population.notes:
        say(f"bias-detect: {note}; it is left out")
    drawn = draw(
        population,
        size,
        by=strata,
        equal=allocation is Allocation.EQUAL,
        uncertain=uncertain,
        exclude=exclude or (),
        seed=seed,
    )
    for note in drawn.notes:
        say(f"bias-detect: {note}; its sentence can be drawn again")
    labels = choice or population.labels
    if output is None:
        write_annotations(drawn.rows, sys.stdout.buffer, kind, suffix, labels=labels, columns=COLUMNS)
        sys.stdout.buffer.flush()
    else:
        with whole_file(output) as stream:
            write_annotations(drawn.rows, stream, kind, suffix, labels=labels, columns=COLUMNS)
    say(f"{len(drawn.rows):,} of {drawn.remaining:,} sentences")
    if drawn.annotated or drawn.alike:
        say(
            f"not drawn from: {drawn.annotated:,} annotated before, and {drawn.alike:,} equal to one that was; where "
            "both batches are used for shares, the earlier one's 'inclusion' is 1"
        )


def _population(
    paths: list[Path],
    texts: Mapping[str, Any],
    columns: Mapping[str, str | None],
    model: str,
    needed: bool,
    jobs: int,
) -> Population:
    from bias_detect.annotation.population import of_audit, of_documents, of_tables
    from bias_detect.auditing.folder import is_audit

    audits = [path for path in paths if is_audit(path)]
    tables = [path for path in paths if path.suffix.lower() in TABLE_SUFFIXES and not texts["text_columns"]]
    if audits:
        if len(paths) > 1:
            raise UsageError("is an audit, and not the only path", subject=audits[0], next_step="name it alone")
        if any(texts.values()) or any(columns.values()) or model != "default":
            raise UsageError(
                "is an audit, which has its own sections, columns and model",
                subject=audits[0],
                next_step="leave out --model, --section, --encoding and the columns",
            )
        return of_audit(audits[0])
    if tables:
        if len(tables) < len(paths):
            raise UsageError(
                "is a table of sentences among documents",
                subject=tables[0],
                next_step="draw from one kind at a time, or name columns of whole texts with --text-column",
            )
        if any(texts.values()):
            raise UsageError(
                "--section, --encoding and --id-column are for documents", next_step="leave them out for sentences"
            )
        return of_tables(paths, model=model, needed=needed, **columns)
    if any(columns.values()):
        raise UsageError("--sentence-column and --group-column are for tables of sentences", next_step="leave them out")
    with progress(None, "reading") as step:
        return of_documents(paths, progress=lambda now: step(now.done, now.total), model=model, jobs=jobs, **texts)
