"""Measure the default model honestly, and write the sections of its card that say how well it does on what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve

from bias_detect.labels import Label, shown
from bias_detect.model.card import figure_text, markdown_table
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.evaluation import Predictions, cross_validate
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
POINTS = ((Label.HINDSIGHT_BIASED, 0.6), (Label.EXPLANATORY, 0.5))


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
    return {"by_source": by_source, "parts": parts, "points": _points(found, table), "sets": _sets(table, seed)}


def _figures(found: Predictions, chosen: Any, predicted: list[str] | None = None) -> dict[str, Any]:
    rows = np.flatnonzero(chosen)
    return classification_figures(
        [found.labels[i] for i in rows],
        found.proba[rows] if predicted is None else None,
        found.classes,
        found.groups[rows].tolist(),
        y_pred=[(found.predicted if predicted is None else predicted)[i] for i in rows],
    )


def _points(found: Predictions, table: pd.DataFrame) -> list[list[str]]:
    """Return the precision at a fixed recall where the labels have about their natural shares."""
    stratum = table["stratum"].astype(str)
    natural = {
        "composed passages": stratum.str.startswith("passage"),
        "coroners, rand, rest and model strata": (table["source"] == "coroners") & ~stratum.str.startswith("cue"),
        "inquiries, rand, rest and model strata": (table["source"] == "inquiries") & ~stratum.str.startswith("cue"),
    }
    labels, rows = np.array(found.labels), []
    for name, chosen in natural.items():
        for label, recall in POINTS:
            truth = labels[chosen] == label
            scores = found.proba[chosen.to_numpy(), found.classes.index(label)]
            precision, recalls, _ = precision_recall_curve(truth, scores)
            best = precision[recalls >= recall].max()
            rows.append([name, shown(label), f"{truth.mean():.1%}", f"{recall:.2f}", f"{best:.2f}"])
    return rows


def _sets(table: pd.DataFrame, seed: int) -> list[list[str]]:
    """Return how often the label sets hold the true label, on documents that the model has not seen."""
    sentences, labels = table["sentence"].tolist(), table["label"].tolist()
    keys = sentence_keys(sentences)
    groups, _ = document_codes(keys, table["document"].tolist())
    covered, uncertain, right = (np.zeros(len(table), dtype=bool) for _ in range(3))
    for fold in plan_folds(labels, groups, keys, seed=seed)[0]:
        model = ReviewClassifier(random_state=seed)
        model.fit(
            [sentences[i] for i in fold.train], [labels[i] for i in fold.train], groups=groups[fold.train].tolist()
        )
        proba = model.predict_proba([sentences[i] for i in fold.test])
        truth = np.searchsorted(model.classes_, [labels[i] for i in fold.test])
        covered[fold.test] = model.label_sets(proba)[np.arange(len(truth)), truth]
        uncertain[fold.test] = model.uncertain(proba)
        right[fold.test] = proba.argmax(axis=1) == truth
    rows = []
    for source in table["source"].unique():
        chosen = (table["source"] == source).to_numpy()
        sure, unsure = chosen & ~uncertain, chosen & uncertain
        shares = [f"{right[rows_].mean():.1%}" for rows_ in (sure, unsure)]
        rows.append([str(source), f"{covered[chosen].mean():.3f}", f"{uncertain[chosen].mean():.1%}", *shares])
    return rows


def evaluation_sections(measured: dict[str, Any], selection: pd.DataFrame) -> list[str]:
    """Return the sections of the card, Markdown."""
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
    named = selection.rename(columns={"macro_f1": "value"})[["value", "low", "high"]]
    figures = [dict(zip(named.columns, row, strict=True)) for row in named.to_numpy(dtype=float).tolist()]
    tried = selection.assign(text=[figure_text(row) for row in figures]).pivot(
        index="variant", columns="source", values="text"
    )
    order = list(dict.fromkeys(selection["variant"]))
    return [
        SOURCES
        + "\n\n"
        + markdown_table(["source", "macro-F1", "MCC", "log-loss", "Brier", "calibration error"], by_source),
        PARTS_TEXT + "\n\n" + markdown_table(head, rows),
        TRANSFER + "\n\n" + markdown_table(["sentences", "trained on composed only", "signals-only rule"], transfer),
        NATURAL + "\n\n" + markdown_table(["sentences", "label", "share", "recall", "precision"], measured["points"]),
        SETS
        + "\n\n"
        + markdown_table(
            ["source", "true label in the set", "uncertain", "right if certain", "right if uncertain"], measured["sets"]
        ),
        TRIED + "\n\n" + markdown_table(["variant", *tried.columns], [[name, *tried.loc[name]] for name in order]),
        LABELS,
    ]


SOURCES = """## Each source apart

Cross-validated by document in 5 folds, one model for all sources; calibration and label sets are learned inside
each fold. `coroners` are reports to prevent future deaths, `inquiries` four reports of public inquiries and
parliamentary committees (by page). The strata are enriched in explanatory and hindsight-biased sentences, and hard
negatives: only `rand` has natural shares."""

PARTS_TEXT = """## What the rules' authors had seen, and what not

The signal and influence rules, which are features here, were written with sight of some of these sentences. On those
the cross-validated figures are too good. The other real sentences were labelled later; they are also harder, because
cue words and models had already drawn the easy explanatory and hindsight-biased sentences out."""

TRANSFER = """## Trained on composed sentences only

Composed prose flatters: this is what the same model does on real prose when it has seen none."""

NATURAL = """## Precision at natural shares

How many of the sentences flagged are rightly flagged, with the threshold set so that this share of them is found."""

SETS = """## Label sets

Made to hold the true label of 95% of the sentences, measured by the same cross-validation. *Uncertain* is a sentence
whose set has more than one label: there the model is right about as often as not, elsewhere nearly always."""

TRIED = """## What was tried

Macro-F1 by cross-validation grouped by document (`python scripts/select_model.py`), of the pipeline alone, before its
probabilities are calibrated to the shares of the labels."""

LABELS = """## What the labels rest on

All labels come from language-model annotators who applied the codebook independently and blind. They are of one family,
so that their agreement (kappa 0.86 to 0.99, see the data cards) says that the codebook can be applied consistently, not
that people would agree as much. No human has labelled these sentences. The real prose is coroners' reports and
inquiries; safeguarding reviews themselves are represented by composed sentences only."""
