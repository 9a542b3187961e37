"""``bias-detect corpus agreement``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bias_detect.cli.common import Corpus, GroupColumn, LabelColumn, Seed, TextColumn, keep_inputs, say
from bias_detect.cli.printing import print_table, say_notes
from bias_detect.errors import UsageError
from bias_detect.files import whole_file
from bias_detect.labels import shown
from bias_detect.spreadsheet import csv_for_people

AnnotatorColumn = Annotated[
    str | None,
    typer.Option(
        "--annotator-column",
        metavar="NAME",
        help="Column that names the annotator, where each label has a row; by default 'annotator' if there is one.",
    ),
]
VoteColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--vote-column",
        metavar="NAME",
        help="Column of one annotator's labels, where they stand side by side; give it for each. By default those "
        "whose names begin with 'annotator'.",
    ),
]

_PAIRS = 15


def agreement(
    corpus: Corpus,
    text_column: TextColumn = "sentence",
    label_column: LabelColumn = "label",
    group_column: GroupColumn = None,
    annotator_column: AnnotatorColumn = None,
    vote_column: VoteColumns = None,
    seed: Seed = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write all figures, and each pair's confusion, to this JSON."
        ),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="FILE", help="Draw a heat map to this .svg or .png file.")
    ] = None,
    disagreements: Annotated[
        Path | None,
        typer.Option("--disagreements", metavar="FILE", help="List the sentences in dispute, most torn first, as CSV."),
    ] = None,
) -> None:
    """Measure how far annotators agree: Krippendorff's alpha, Fleiss' and Cohen's kappa, by label and by pair.

    Annotators may stand below each other (a row for each label, with a column 'annotator'), beside each other (a column
    each), or in a file each, named after them. Labels may be missing. Intervals are 95%, by bootstrap over documents.

    Examples
    --------
        bias-detect corpus agreement corpus.csv

        bias-detect corpus agreement ann.csv bo.csv cy.csv -o agreement.json --figure agreement.svg

        bias-detect corpus agreement table.xlsx --vote-column first --vote-column second --disagreements torn.csv
    """
    if figure is not None and figure.suffix.lower() not in (".svg", ".png"):
        raise UsageError("is neither .svg nor .png", subject=figure, next_step="name the figure with one of these")
    keep_inputs(corpus, output, figure, disagreements)
    from bias_detect.corpus.agreement import disagreements as torn
    from bias_detect.corpus.agreement import measure_agreement
    from bias_detect.corpus.vote_files import read_votes

    votes = read_votes(
        corpus,
        text_column=text_column,
        label_column=label_column,
        group_column=group_column,
        annotator_column=annotator_column,
        vote_columns=vote_column or (),
    )
    say_notes(votes.notes)
    figures = measure_agreement(votes, seed=seed)
    for title, rows in _tables(figures):
        print_table(rows, title)
    if figures["n_documents"] == 1:
        say("note: one document has no intervals")
    if output is not None:
        from bias_detect.model.metrics_file import write_metrics

        write_metrics(figures, output)
    if disagreements is not None:
        with whole_file(disagreements) as stream:
            stream.write(csv_for_people(torn(votes)))
    if figure is not None:
        from bias_detect.cli.agreement_figure import draw_agreement

        chart = draw_agreement(figures)
        with whole_file(figure) as stream:
            stream.write(chart.png() if figure.suffix.lower() == ".png" else chart.svg())


def _tables(figures: dict[str, Any]) -> list[tuple[str, list[list[str]]]]:
    """Return the figures as tables for people."""
    from bias_detect.model.evaluation_tables import cell

    fleiss, n = figures["fleiss_kappa"], figures["n_compared"]
    overall = [
        ["figure", "value", "sentences"],
        ["Krippendorff's alpha", cell(figures["alpha"]), f"{n:,}"],
        [f"Fleiss' kappa, {fleiss['labels_per_sentence']} labels each", cell(fleiss), f"{fleiss['sentences']:,}"],
        ["raw agreement", cell(figures["raw_agreement"]), f"{n:,}"],
    ]
    by_label = [["label", "alpha against the others", "positive agreement", "given"]]
    for label, part in figures["per_class"].items():
        by_label.append(
            [shown(label), cell(part["alpha"]), cell(part["positive_agreement"]), f"{part['count']:,}"],
        )
    pairs = sorted(figures["pairs"], key=lambda pair: (pair["kappa"]["value"] is None, pair["kappa"]["value"]))
    by_pair = [["pair", "Cohen's kappa", "raw agreement", "sentences"]]
    for pair in pairs[:_PAIRS]:
        cells = [cell(pair["kappa"]), cell(pair["raw_agreement"]), f"{pair['n_sentences']:,}"]
        by_pair.append([" × ".join(pair["annotators"]), *cells])
    labels = figures["confusion"]["labels"]
    confusion = [["one / another", *map(shown, labels)]]
    for label, row in zip(labels, figures["confusion"]["matrix"], strict=True):
        confusion.append([shown(label), *(f"{count / (sum(row) or 1):.0%}" for count in row)])
    title = f"{figures['n_labels_given']:,} labels by {len(figures['annotators'])} annotators to "
    title += f"{figures['n_sentences']:,} sentences, {n:,} of them in {figures['n_documents']:,} documents with several"
    more = f", the lowest {_PAIRS} of {len(pairs)}; -o has all" if len(pairs) > _PAIRS else ""
    return [
        (title, overall),
        ("by label", by_label),
        (f"by pair{more}", by_pair),
        (
            "confusion: where one annotator gave the label of the row, how often another gave that of the column",
            confusion,
        ),
    ]
