"""``bias-detect evaluate``."""

from __future__ import annotations

from typing import Annotated

import typer

from bias_detect.cli.common import Corpus, GroupColumn, LabelColumn, Output, Seed, TextColumn, progress, say
from bias_detect.errors import UsageError


def evaluate(
    corpus: Corpus,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="Evaluate this model; by default 'default'.")
    ] = None,
    cv: Annotated[
        int | None,
        typer.Option("--cv", metavar="K", help="Instead of a model, cross-validate a new one by document in K folds."),
    ] = None,
    text_column: TextColumn = "sentence",
    label_column: LabelColumn = "label",
    group_column: GroupColumn = None,
    seed: Seed = 0,
    output: Output = None,
) -> None:
    """Measure a model on annotated sentences, beside the majority class, the signals-only rule and the annotators.

    Intervals are 95%, by bootstrap over documents. With -o the figures go to a JSON file as well.

    Examples
    --------
        bias-detect evaluate corpus.csv --cv 5 -o metrics.json

        bias-detect evaluate reviews.xlsx --model models/mine --text-column text --label-column target
    """
    if model is not None and cv is not None:
        raise UsageError("--model and --cv do not go together", next_step="give one of them")
    from bias_detect.corpus.tables import read_corpus
    from bias_detect.model.bundle import load_model
    from bias_detect.model.evaluation import cross_validate, evaluate_model, figures
    from bias_detect.model.metrics_file import (
        confusion_table,
        evaluation_notes,
        metrics_table,
        write_metrics,
    )

    table = read_corpus(corpus, text_column=text_column, label_column=label_column, group_column=group_column)
    if cv is None:
        predictions = evaluate_model(load_model(model or "default"), table)
    else:
        from bias_detect.model.classifier import ReviewClassifier

        with progress(cv, "cross-validating") as step:
            predictions = cross_validate(
                ReviewClassifier(random_state=seed),
                table["sentence"].tolist(),
                table["label"].tolist(),
                table["document"].tolist(),
                n_splits=cv,
                seed=seed,
                progress=step,
            )
    metrics = figures(predictions, table, seed=seed)
    _print(metrics_table(metrics), "figures with 95% intervals")
    _print(confusion_table(metrics), "confusion: rows are the labels given, columns those predicted")
    for note in evaluation_notes(metrics):
        say(f"note: {note}")
    if output is not None:
        write_metrics(metrics, output)


def _print(rows: list[list[str]], title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    head, *body = rows
    for place, name in enumerate(head):
        table.add_column(name, justify="left" if place == 0 else "right", no_wrap=True)
    for row in body:
        table.add_row(*row)
    if not console.is_terminal:
        console.width = max(console.width, 40 + 28 * len(head))
    console.print(table)
    console.print()
