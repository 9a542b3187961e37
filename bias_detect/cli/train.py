"""``bias-detect train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bias_detect.cli.common import Corpus, GroupColumn, LabelColumn, Seed, TextColumn, say
from bias_detect.errors import UsageError


def train(
    corpus: Corpus,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the model, e.g. models/NAME.")
    ] = None,
    text_column: TextColumn = "sentence",
    label_column: LabelColumn = "label",
    group_column: GroupColumn = None,
    seed: Seed = 0,
) -> None:
    """Train a model on annotated sentences, of any labels, and write it as a bundle.

    Examples
    --------
        bias-detect train corpus.csv -o models/mine

        bias-detect train reviews.xlsx --text-column text --label-column target --group-column report -o models/mine
    """
    if output is None:
        raise UsageError("no folder for the model is named", next_step="add -o models/NAME")
    from bias_detect.corpus.tables import read_corpus
    from bias_detect.labels import shown
    from bias_detect.model.bundle import check_target, save_bundle
    from bias_detect.model.card import render_card
    from bias_detect.model.training import train_model

    check_target(output)
    table = read_corpus(corpus, text_column=text_column, label_column=label_column, group_column=group_column)
    say(f"training on {len(table):,} sentences")
    trained = train_model(table, seed=seed, files=[path.name for path in corpus])
    save_bundle(trained.model, output, card=render_card(output.name, trained.record), training=trained.record)
    quality = trained.record["quality"]
    for name, figures in quality["per_class"].items():
        say(f"  {shown(name)}: F1 {figures['f1']['value']:.3f}, {figures['support']['value']:,.0f} sentences")
    say(f"out-of-fold macro-F1 {quality['macro_f1']['value']:.3f}")
    print(output)
