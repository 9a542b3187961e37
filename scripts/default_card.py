"""Measure the default model honestly, and write the sections of its card that say how well it does on what."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve

from bias_detect.labels import Label, shown
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.evaluation import Predictions, cross_validate
from bias_detect.model.markdown import figure_text, markdown_table
from bias_detect.model.metrics import classification_figures
from bias_detect.model.rule import predict_rule
from bias_detect.model.splits import document_codes, plan_folds, sentence_keys

PARTS = {
    "composed": "composed reviews",
    "pfd": "coroners, rules written with sight of them",
    "pfd_more": "coroners, not seen by the rules' authors",
    "inquiries": "inquiries, rules written with sight of them",
    "inquiries_more": "inquiries, not seen by the rules' authors",
}
FLAGGED = (Label.HINDSIGHT_BIASED, Label.EXPLANATORY)
RECALLS = (0.3, 0.5, 0.6, 0.8)
BINS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


def measure(table: pd.DataFrame, *, seed: int) -> dict[str, Any]:
    """Cross-validate one model for all sources by document, and train one on composed sentences alone."""
    sentences, labels = table["sentence"].tolist(), table["label"].tolist()
    documents = table["document"].tolist()
    found = cross_validate(ReviewClassifier(random_state=seed), sentences, labels, documents, seed=seed)
    rule = predict_rule(sentences)
    composed = (table["source"] == "composed").to_numpy()
    alone = ReviewClassifier(random_state=seed).fit(
        table.loc[composed, "sentence"].tolist(),
        table.loc[composed, "label"].tolist(),
        groups=table.loc[composed, "document"].tolist(),
    )
    transferred = [str(label) for label in alone.predict(sentences)]
    by_source = {name: _figures(found, (table["source"] == name).to_numpy()) for name in table["source"].unique()}
    parts = []
    for part, name in PARTS.items():
        chosen = (table["part"] == part).to_numpy()
        parts.append(
            {
                "name": name,
                "model": _figures(found, chosen),
                "rule": _figures(found, chosen, rule),
                "transferred": None if part == "composed" else _figures(found, chosen, transferred),
            }
        )
    return {
        "by_source": by_source,
        "parts": parts,
        "points": _points(found, table),
        "calibration": calibration(table, np.asarray(found.proba)),
        "sets": _sets(table, seed),
    }


def _figures(found: Predictions, chosen: Any, predicted: list[str] | None = None) -> dict[str, Any]:
    rows = np.flatnonzero(chosen)
    return classification_figures(
        [found.labels[i] for i in rows],
        np.asarray(found.proba)[rows] if predicted is None else None,
        found.classes,
        found.groups[rows].tolist(),
        y_pred=[(found.predicted if predicted is None else predicted)[i] for i in rows],
    )


def natural_parts(table: pd.DataFrame) -> dict[str, Any]:
    """Return which sentences have about their natural shares."""
    stratum = table["stratum"].astype(str)
    return {
        "composed passages": stratum.str.startswith("passage"),
        "coroners, rand, rest and model strata": (table["source"] == "coroners") & ~stratum.str.startswith("cue"),
        "inquiries, rand, rest and model strata": (table["source"] == "inquiries") & ~stratum.str.startswith("cue"),
        "coroners, as they come, of the first set": (table["part"] == "pfd") & ~stratum.str.startswith("cue"),
        "inquiries, as they come, of the first set": (table["part"] == "inquiries") & ~stratum.str.startswith("cue"),
    }


def _points(found: Predictions, table: pd.DataFrame) -> list[list[str]]:
    """Return the precision at fixed recalls where the labels have about their natural shares."""
    labels, rows = np.array(found.labels), []
    for name, chosen in natural_parts(table).items():
        for label in FLAGGED:
            truth = labels[chosen] == label
            scores = np.asarray(found.proba)[chosen.to_numpy(), found.classes.index(label)]
            rows.append([name, shown(label), f"{truth.mean():.1%} of {len(truth):,}", *precisions(truth, scores)])
    return rows


def calibration(table: pd.DataFrame, proba: Any) -> list[list[str]]:
    """Return how often a label is right where the model gives it a probability in a range of BINS."""
    labels, rows = table["label"].to_numpy(), []
    for source in table["source"].unique():
        chosen = (table["source"] == source).to_numpy()
        for label in FLAGGED:
            scores, truth = proba[chosen, sorted(Label).index(label)], labels[chosen] == label
            inside = [(scores >= low) & (scores < high) for low, high in pairwise(BINS)]
            cells = [f"{truth[part].mean():.2f} of {part.sum():,}" if part.any() else "" for part in inside]
            rows.append([source, shown(label), *cells])
    return rows


def precisions(truth: Any, scores: Any) -> list[str]:
    """Return the best precision at each of RECALLS."""
    precision, recalls, _ = precision_recall_curve(truth, scores)
    return [f"{precision[recalls >= recall].max():.2f}" for recall in RECALLS]


def _sets(table: pd.DataFrame, seed: int) -> list[list[str]]:
    """Return how often the label sets hold the true label, on documents that the model has not seen."""
    sentences, labels = table["sentence"].tolist(), table["label"].tolist()
    sources = table["source"].tolist()
    keys = sentence_keys(sentences)
    groups, _ = document_codes(keys, table["document"].tolist())
    covered, uncertain, right = (np.zeros(len(table), dtype=bool) for _ in range(3))
    for fold in plan_folds(labels, groups, keys, seed=seed)[0]:
        model = ReviewClassifier(random_state=seed)
        x, y, origin = ([column[i] for i in fold.train] for column in (sentences, labels, sources))
        model.fit(x, y, groups=groups[fold.train].tolist(), sources=origin)
        found = model.assess([sentences[i] for i in fold.test])
        truth = np.searchsorted(model.classes_, [labels[i] for i in fold.test])
        covered[fold.test] = found.sets[np.arange(len(truth)), truth]
        uncertain[fold.test] = found.uncertain
        right[fold.test] = found.proba.argmax(axis=1) == truth
    rows = []
    for source in table["source"].unique():
        chosen = (table["source"] == source).to_numpy()
        sure, unsure = chosen & ~uncertain, chosen & uncertain
        shares = [f"{right[rows_].mean():.1%}" for rows_ in (sure, unsure)]
        rows.append([str(source), f"{covered[chosen].mean():.3f}", f"{uncertain[chosen].mean():.1%}", *shares])
    return rows


def evaluation_sections(measured: dict[str, Any], selection: Path) -> list[str]:
    """Return the sections of the card, Markdown.

    Parameters
    ----------
    measured : dict
        From :func:`measure`.
    selection : Path
        Folder of what ``notebooks/model_selection.ipynb`` measured: variants, learning curves, errors by kind.

    Returns
    -------
    list of str
        One a section.
    """
    head = ["sentences", "n", "macro-F1", *(f"F1 {shown(label)}" for label in Label), "signals-only rule"]
    rows, transfer = [], []
    for part in measured["parts"]:
        model, rule = part["model"], part["rule"]
        per_class = [f"{model['per_class'][label]['f1']['value']:.2f}" for label in Label]
        size = f"{model['n_sentences']:,}"
        rows.append([part["name"], size, figure_text(model["macro_f1"]), *per_class, figure_text(rule["macro_f1"])])
        if part["transferred"] is not None:
            transfer.append([part["name"], figure_text(part["transferred"]["macro_f1"]), figure_text(rule["macro_f1"])])
    by_source = [
        [name, *(figure_text(figures[key]) for key in ("macro_f1", "mcc", "log_loss", "brier", "ece"))]
        for name, figures in measured["by_source"].items()
    ]
    classes = [
        [name, shown(label), *(figure_text(figures["per_class"][label][key]) for key in ("precision", "recall", "f1"))]
        for name, figures in measured["by_source"].items()
        for label in Label
    ]
    bins = [f"{low:.2f}–{high:.2f}" for low, high in pairwise(BINS)]
    tables: list[tuple[str, list[str], list[list[str]]]] = [
        (SOURCES, ["source", "macro-F1", "MCC", "log-loss", "Brier", "calibration error"], by_source),
        (CLASSES, ["source", "label", "precision", "recall", "F1"], classes),
        (PARTS_TEXT, head, rows),
        (TRANSFER, ["sentences", "trained on composed only", "signals-only rule"], transfer),
        (NATURAL, ["sentences", "label", "share", *(f"at {recall:.1f}" for recall in RECALLS)], measured["points"]),
        (CALIBRATION, ["source", "label", *bins], measured["calibration"]),
        (
            SETS,
            ["source", "true label in the set", "uncertain", "right if certain", "right if uncertain"],
            measured["sets"],
        ),
        (CURVES, *_curves(pd.read_csv(selection / "learning_curves.csv"))),
        (KINDS, *cells(pd.read_csv(selection / "error_kinds.csv").dropna())),
        (TRIED, *cells(pd.read_csv(selection / "variants.csv"))),
    ]
    return [*(f"{text}\n\n{markdown_table(names, cells)}" for text, names, cells in tables), LABELS]


def cells(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    return list(table.columns), [[str(cell).replace("_", "-") for cell in row] for row in table.to_numpy()]


def _curves(points: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    points["text"] = [f"{row.value:.1f} ({row.low:.1f}–{row.high:.1f})" for row in points.itertuples()]
    wide = points.pivot(index=["documents", "source"], columns="share", values="text")
    head = ["documents that grow", "source", *(f"{share:.0%} of them" for share in wide.columns)]
    return head, [[*index, *cells] for index, cells in zip(wide.index, wide.to_numpy().tolist(), strict=True)]


SOURCES = """## Each source apart

Cross-validated by document in 5 folds, one model for all sources; calibration and label sets are learned inside
each fold. `coroners` are reports to prevent future deaths, `inquiries` four reports of public inquiries and
parliamentary committees (by page). The strata are enriched in explanatory and hindsight-biased sentences, and hard
negatives: only `rand` has natural shares."""

CLASSES = """### By label"""

PARTS_TEXT = """## What the rules' authors had seen, and what not

The signal and influence rules, which are features here, were written with sight of some of these sentences. On those
the cross-validated figures are too good. The other real sentences were labelled later; they are also harder, because
cue words and models had already drawn the easy explanatory and hindsight-biased sentences out."""

TRANSFER = """## Trained on composed sentences only

Composed prose flatters: this is what the same model does on real prose when it has seen none."""

NATURAL = """## Precision at natural shares

How many of the sentences flagged are rightly flagged, with the threshold set so that this share of them is found. The
first set of real sentences is the one that was drawn first; what was labelled later is what was left, and harder."""

CALIBRATION = """## Calibration

How often the label is right where the model gives it a probability in this range, and how many sentences that are."""

CURVES = """## Learning curves

Macro-F1 in points of 100 of the words and cues in one pipeline, with a growing share of the documents of one kind and
all of the other. More composed sentences do not help real prose; more real sentences do."""

KINDS = """## Errors by kind

240 errors on real sentences were read and sorted by what the sentence does, by one reader: the counts are rough. The
examples are composed in the shape of what was read."""

SETS = """## Label sets

Made to hold the true label of 90% of the sentences of each kind of prose, measured by the same cross-validation: the
thresholds are set for each most probable label and each of the three sources, which the model guesses from the words.
*Uncertain* is a sentence whose set has several labels, or none: there the model is right little more often than not."""

TRIED = """## What was tried

Macro-F1 in points of 100 by cross-validation grouped by document; the most probable label of each variant. What the
names mean, and the curves behind the figures: `notebooks/model_selection.ipynb`."""

LABELS = """## What the labels rest on

All labels come from language-model annotators who applied the codebook independently and blind. They are of one family,
so that their agreement (kappa 0.86 to 0.99, see the data cards) says that the codebook can be applied consistently, not
that people would agree as much. No human has labelled these sentences. The real prose is coroners' reports and
inquiries; safeguarding reviews themselves are represented by composed sentences only."""
