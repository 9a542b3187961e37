"""``bias-detect evaluate``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bias_detect.cli.common import (
    Corpus,
    GroupColumn,
    Jobs,
    LabelColumn,
    Seed,
    TextColumn,
    keep_inputs,
    n_jobs,
    printable,
    progress,
    say,
)
from bias_detect.errors import UsageError
from bias_detect.files import whole_file

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.model.contest import Contest

RECIPE = "recipe"
"""What the recipe of `train` is called beside other classifiers."""


_NO_NATURAL = (
    "the column 'inclusion' holds no probabilities, or all of them are equal, so that there is nothing to weight"
)


class Format(StrEnum):
    """How figures are written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    LATEX = "latex"
    MARKDOWN = "markdown"


_ENDINGS = {".txt": Format.TEXT, ".csv": Format.CSV, ".tex": Format.LATEX, ".md": Format.MARKDOWN}


def evaluate(
    corpus: Corpus,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", metavar="MODEL", help="Evaluate this model; may be repeated. 'default' if none."),
    ] = None,
    cv: Annotated[
        int | None,
        typer.Option("--cv", metavar="K", help="Cross-validate the recipe of 'train' by document in K folds."),
    ] = None,
    estimator: Annotated[
        list[str] | None,
        typer.Option(
            "--estimator",
            metavar="MODULE:CLASS",
            help="With --cv, a scikit-learn classifier beside the recipe, in the same folds; may be repeated.",
        ),
    ] = None,
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="With --cv, train the recipe on shares of the documents too.")
    ] = False,
    transfer: Annotated[
        bool, typer.Option("--transfer", help="With --cv, train the recipe on each source and test it on each.")
    ] = False,
    plots: Annotated[
        Path | None,
        typer.Option("--plots", metavar="FOLDER", help="Draw calibration, precision and recall here, as PNG and SVG."),
    ] = None,
    text_column: TextColumn = "sentence",
    label_column: LabelColumn = "label",
    group_column: GroupColumn = None,
    source_column: Annotated[
        str, typer.Option("--source-column", metavar="NAME", help="Column that names where a sentence comes from.")
    ] = "source",
    seed: Seed = 0,
    jobs: Jobs = None,
    output_format: Annotated[
        Format | None, typer.Option("--format", help="How to write; by default as FILE ends, and text on the screen.")
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to this file too: .json, .csv, .tex, .md or .txt; else JSON. May be repeated.",
        ),
    ] = None,
) -> None:
    """Measure classifiers on annotated sentences that they have not seen, side by side and beside the baselines.

    Baselines are the majority class, with labels of the codebook the signals-only rule, and with --cv plain TF-IDF with
    logistic regression. Intervals are 95%, by bootstrap over documents; differences have a p-value by permutation of
    documents, corrected by Holm's method. A ready model cannot be trained anew: sentences that it was trained on are
    left out, for everyone. --jobs is for what --cv trains.

    An --estimator takes the place of the recipe's linear step, or, if it takes text itself, of the whole recipe.
    Parameters may follow it: 'sklearn.svm:LinearSVC(C=0.5)'.

    A sample that holds more of a rare label than whole pages do flatters precision. Where the corpus has the column
    'inclusion' of 'corpus sample', the figures at natural shares stand beside the others: each sentence is weighted by
    one over the probability with which it was drawn.

    Examples
    --------
        bias-detect evaluate corpus.csv --cv 5 -o metrics.json

        bias-detect evaluate reviews.xlsx --model models/mine --text-column text --label-column target

        bias-detect evaluate corpus.csv --model models/mine --model default -o table.tex -o metrics.json

        bias-detect evaluate corpus.csv --cv 5 --estimator sklearn.naive_bayes:ComplementNB --plots plots

        bias-detect evaluate corpus.csv --cv 5 --learning-curve --transfer --jobs 4 --format markdown
    """
    if cv is None and (estimator or learning_curve or transfer):
        raise UsageError("this needs something to train", next_step="add --cv 5 to cross-validate")
    outputs = output or []
    _check_targets(corpus, outputs, plots)
    from bias_detect.corpus.read import read_corpus
    from bias_detect.model.contest import contest_figures
    from bias_detect.model.metrics_file import evaluation_notes
    from bias_detect.model.natural import INCLUSION

    table = read_corpus(corpus, text_column=text_column, label_column=label_column, group_column=group_column)
    if source_column in table:
        table = table.assign(source=table[source_column])
    elif transfer:
        raise UsageError(
            f"has no column '{source_column}'",
            subject="the corpus",
            next_step="name the one that holds the sources with --source-column",
        )
    contest = _contest(table, model or [], cv, estimator or [], seed, n_jobs(jobs))
    metrics = contest_figures(contest, table, seed=seed)
    if cv is not None:
        metrics |= _more(table, cv, seed, n_jobs(jobs), learning_curve=learning_curve, transfer=transfer)
    shown_as = (None if outputs else output_format) or Format.TEXT
    text = _text(metrics, shown_as)
    print(printable(text) if shown_as is Format.TEXT else text, end="")
    for note in [*_notes(metrics), *evaluation_notes(metrics)]:
        say(f"note: {note}")
    if "natural" not in metrics and INCLUSION in table:
        say(f"note: {_NO_NATURAL}")
    for path in outputs:
        _write(metrics, path, output_format)
    if plots is not None:
        _draw(contest, metrics, plots)


def _check_targets(corpus: list[Path], outputs: list[Path], plots: Path | None) -> None:
    """Refuse, before any work, to write where it cannot be meant."""
    keep_inputs(corpus, *outputs)
    for path in outputs:
        if path.is_dir():
            raise UsageError("is a folder", subject=path, next_step="name a file for --output")
    if plots is not None and plots.exists() and not plots.is_dir():
        raise UsageError("is a file", subject=plots, next_step="name a folder for --plots")


def _contest(table: pd.DataFrame, models: list[str], cv: int | None, specs: list[str], seed: int, jobs: int) -> Contest:
    from bias_detect.model.bundle import load_model
    from bias_detect.model.contest import run_contest
    from bias_detect.model.evaluation_tables import NAMES

    names = [*models, *specs]
    if len(set(names)) < len(names):
        raise UsageError("a classifier is named twice", next_step="name each once")
    taken = next((name for name in models if name in {RECIPE, *NAMES, *NAMES.values()}), None)
    if taken is not None:
        raise UsageError("is what a classifier beside it is called", subject=taken, next_step=f"name it as ./{taken}")
    if cv is None:
        return run_contest(table, models={name: load_model(name) for name in models or ["default"]})
    from bias_detect.model.classifier import ReviewClassifier
    from bias_detect.model.estimators import make_estimator, plain_baseline

    estimators = {RECIPE: ReviewClassifier(random_state=seed), **{spec: make_estimator(spec, seed) for spec in specs}}
    with _stages() as step:
        return run_contest(
            table,
            models={name: load_model(name) for name in models},
            estimators=estimators,
            baselines={"tfidf": plain_baseline()},
            n_splits=cv,
            seed=seed,
            jobs=jobs,
            progress=step,
        )


def _more(
    table: pd.DataFrame, cv: int, seed: int, jobs: int, *, learning_curve: bool, transfer: bool
) -> dict[str, Any]:
    """Return what else is measured of the recipe."""
    from bias_detect.model.classifier import ReviewClassifier
    from bias_detect.model.learning_curve import learning_curve as measured_curve
    from bias_detect.model.transfer import transfer_matrix

    recipe, found = ReviewClassifier(random_state=seed), {}
    sentences, labels, documents = (table[name].tolist() for name in ("sentence", "label", "document"))
    options: Any = {"n_splits": cv, "seed": seed, "jobs": jobs}
    if learning_curve:
        with progress(None, "learning curve") as step:
            found["learning_curve"] = measured_curve(recipe, sentences, labels, documents, progress=step, **options)
    if transfer:
        sources = table["source"].fillna("not named").astype(str).tolist()
        with progress(None, "transfer between sources") as step:
            found["transfer"] = transfer_matrix(recipe, sentences, labels, sources, documents, progress=step, **options)
    return found


@contextmanager
def _stages() -> Iterator[Any]:
    """Show how far the cross-validation of each classifier is."""
    with progress(None, "cross-validating") as step:
        yield lambda _, done, of: step(done, of)


def _notes(metrics: dict[str, Any]) -> list[str]:
    notes = [
        f"{name} was trained on {count:,} of these sentences, which are left out for every classifier; it cannot be "
        "trained anew, and other sentences of the same documents may favour it"
        for name, count in metrics["left_out"].items()
        if count and len(metrics["left_out"]) + len(metrics["models"]) > 1
    ]
    notes += [
        f"learning curve: {point['share']:.0%} of the documents are too few ({point['failed']})"
        for point in metrics.get("learning_curve", [])
        if point["failed"]
    ]
    notes += [
        f"transfer: {cell['trained_on']} to {cell['tested_on']} not measured ({cell['failed']})"
        for cell in metrics.get("transfer", [])
        if cell["failed"]
    ]
    return notes


def _text(metrics: dict[str, Any], output_format: Format) -> str:
    import json

    from bias_detect.model.evaluation_tables import evaluation_tables, tidy_rows
    from bias_detect.model.table_formats import to_csv, to_latex, to_markdown, to_text

    if output_format is Format.JSON:
        return json.dumps(metrics, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    if output_format is Format.CSV:
        return to_csv(tidy_rows(metrics))
    tables = evaluation_tables(metrics)
    return {Format.LATEX: to_latex, Format.MARKDOWN: to_markdown, Format.TEXT: to_text}[output_format](tables)


def _write(metrics: dict[str, Any], output: Path, output_format: Format | None) -> None:
    from bias_detect.model.metrics_file import write_metrics

    chosen = output_format or _ENDINGS.get(output.suffix.lower(), Format.JSON)
    if chosen is Format.JSON:
        write_metrics(metrics, output)
        return
    with whole_file(output) as stream:
        stream.write(_text(metrics, chosen).encode("utf-8"))


def _draw(contest: Contest, metrics: dict[str, Any], folder: Path) -> None:
    from bias_detect.cli.evaluation_figures import draw_evaluation
    from bias_detect.model.evaluation_tables import NAMES

    below = {NAMES.get(name, name): predictions for name, predictions in contest.baselines.items()}
    charts = draw_evaluation(contest.contestants | below, metrics)
    for chart in charts:
        for ending, content in (("png", chart.png()), ("svg", chart.svg())):
            with whole_file(folder / f"{chart.name}.{ending}") as stream:
                stream.write(content)
    say(f"{len(charts)} figures are in {folder}")
