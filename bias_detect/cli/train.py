"""``bias-detect train``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bias_detect.cli.common import Corpus, GroupColumn, Jobs, LabelColumn, Seed, TextColumn, n_jobs, progress, say
from bias_detect.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.model.classifier import ReviewClassifier
    from bias_detect.model.search import Searched

_LINES = 8  # lines that tell the progress of a search where there is no terminal


def train(
    corpus: Corpus,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the model, e.g. models/NAME.")
    ] = None,
    text_column: TextColumn = "sentence",
    label_column: LabelColumn = "label",
    group_column: GroupColumn = None,
    search: Annotated[
        bool, typer.Option("--search", help="Search a small grid of parameters, by nested cross-validation.")
    ] = False,
    estimator: Annotated[
        str | None,
        typer.Option(
            "--estimator",
            metavar="MODULE:CLASS",
            help="The linear step, if a bundle can hold it; 'evaluate --estimator' takes any classifier.",
        ),
    ] = None,
    jobs: Jobs = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Search on this Dask cluster, as tcp://host:8786."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Train a model on annotated sentences, of any labels, and write it as a bundle.

    --search tries n-grams of up to 2 or 3 words, features of 2 or 3 documents and more, C of 1, 3, 10 and 30, and
    balanced or plain weights, 32 candidates, and keeps the one of highest macro-F1 out of fold. The figures of the
    model are then those of a nested cross-validation, in which the search is made anew without each fold. --jobs and
    --scheduler are for the search. The same data and seed give the same model.

    Examples
    --------
        bias-detect train corpus.csv -o models/mine

        bias-detect train reviews.xlsx --text-column text --label-column target --group-column report -o models/mine

        bias-detect train corpus.csv --search --jobs 4 -o models/searched

        bias-detect train corpus.csv --estimator 'sklearn.linear_model:LogisticRegression(C=3.0)' -o models/other
    """
    if output is None:
        raise UsageError("no folder for the model is named", next_step="add -o models/NAME")
    if not search and (jobs is not None or scheduler is not None):
        raise UsageError("--jobs and --scheduler are for --search", next_step="add --search, or leave them out")
    if jobs is not None and scheduler is not None:
        raise UsageError("--jobs and --scheduler do not go together", next_step="give one of them")
    from bias_detect.corpus.read import read_corpus
    from bias_detect.documents.document import name_of
    from bias_detect.labels import shown
    from bias_detect.model.bundle import check_target, save_bundle
    from bias_detect.model.card import render_card
    from bias_detect.model.training import train_model

    check_target(output)
    inside = next((path for path in corpus if output.resolve() in path.resolve().parents), None)
    if inside is not None:  # a bundle that is replaced goes with all that is in its folder
        raise UsageError(
            "is in the folder of the model, and would be lost", subject=inside, next_step="name another -o"
        )
    replaced = output.exists()
    recipe = None if estimator is None else _storable(estimator, seed)
    table = read_corpus(corpus, text_column=text_column, label_column=label_column, group_column=group_column)
    # In a table of somebody else's these two are what they are named, and no weights: the script of the default model
    # alone gives them their meaning here.
    table = table.drop(columns=["weight", "natural"], errors="ignore")
    searched = _searched(table, recipe, seed, jobs, scheduler) if search else None
    say(f"training on {len(table):,} sentences")
    trained = train_model(
        table,
        seed=seed,
        files=[name_of(path) for path in corpus],
        estimator=recipe if searched is None else searched.estimator,
    )
    record = trained.record
    if searched is not None:
        from bias_detect.model.search import with_search

        record = with_search(trained, searched.record)
    save_bundle(trained.model, output, card=render_card(name_of(output), record), training=record)
    if replaced:
        say(f"note: {output} held a model already, which this one replaces")
    if alone := record["data"]["sentences_without_document"]:
        say(f"note: sentences without a document: {alone:,}; each counts as one of its own; figures may be too good")
    quality = record["quality"]
    for name, figures in quality["per_class"].items():
        say(f"  {shown(name)}: F1 {figures['f1']['value']:.3f}, {figures['support']['value']:,.0f} sentences")
    say(f"{'nested' if search else 'out-of-fold'} macro-F1 {quality['macro_f1']['value']:.3f}")
    print(output)


def _storable(spec: str, seed: int) -> ReviewClassifier:
    """Return the recipe with another linear step, or say why a bundle cannot hold it."""
    from bias_detect.model.estimators import check_storable, make_estimator

    estimator: ReviewClassifier = make_estimator(spec, seed)
    check_storable(estimator, spec)
    return estimator


def _searched(
    table: pd.DataFrame, recipe: ReviewClassifier | None, seed: int, jobs: int | None, scheduler: str | None
) -> Searched:
    from bias_detect.model.search import search_parameters

    say(f"searching on {len(table):,} sentences")
    with progress(None, "searching") as step:

        def show(done: int, of: int) -> None:
            step(done, of)
            if not sys.stderr.isatty() and done % max(1, of // _LINES) == 0:
                say(f"searching: {done:,} of {of:,} fits")

        options: Any = {"jobs": n_jobs(jobs), "scheduler": scheduler, "progress": show}
        searched = search_parameters(table, estimator=recipe, seed=seed, **options)
    chosen = ", ".join(f"{name.rpartition('__')[2]} {value}" for name, value in searched.record["chosen"].items())
    say(f"chosen: {chosen}")
    return searched
