"""The sections of the accurate model's card: beside the default model, by source, stored in 8 bits, elsewhere."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from default_card import BINS, FLAGGED, RECALLS, calibration, cells, natural_parts, precisions
from default_corpus import ROOT
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from bias_detect.labels import Label, shown
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.comparison import compare_systems
from bias_detect.model.encoded import EncodedClassifier
from bias_detect.model.markdown import figure_text, markdown_table
from bias_detect.model.metrics import classification_figures
from bias_detect.model.splits import document_codes, plan_folds, sentence_keys

SELECTION = ROOT / "models" / "selection"
ACCURATE, DEFAULT, PLAIN = "accurate", "default", "plain TF-IDF"


def accurate_sections(table: pd.DataFrame, measured: dict[str, Any], model: EncodedClassifier) -> list[str]:
    """Return the sections of the card, Markdown.

    Parameters
    ----------
    table : DataFrame
        The labelled sentences.
    measured : dict
        From ``train_accurate.py``.
    model : EncodedClassifier
        The fitted model.

    Returns
    -------
    list of str
        One a section.
    """
    labels, documents = table["label"].tolist(), table["document"].tolist()
    names = model.classes_
    first, second = (names[proba.argmax(axis=1)] for proba in measured["out_of_fold"])
    default = ReviewClassifier().fit(
        table["sentence"].tolist(), labels, groups=documents, sources=table["source"].tolist()
    )
    predicted = {
        ACCURATE: first,
        "accurate, another seed": second,
        "the encoder alone": names[measured["alone"].argmax(axis=1)],
        DEFAULT: names[default.out_of_fold_.argmax(axis=1)],
        PLAIN: _plain(table),
    }
    bins = [f"{low:.2f}–{high:.2f}" for low, high in pairwise(BINS)]
    return [
        _section(BESIDE, *beside_default(table, predicted)),
        _section(NATURAL, *_natural(table, {ACCURATE: measured["out_of_fold"][0], DEFAULT: default.out_of_fold_})),
        _section(CALIBRATION, ["source", "label", *bins], calibration(table, measured["out_of_fold"][0])),
        _section(SETS, *_sets(table, measured["sets"], first)),
        _section(ELSEWHERE, *_elsewhere(table, measured["without"], names)),
        _section(STORED, *_stored(measured["stored"])),
        _section(LOSS, *cells(pd.read_csv(SELECTION / "quantization.csv"))),
        _section(TRIED, *cells(pd.read_csv(SELECTION / "encoders.csv", keep_default_na=False))),
        _section(DISTILLED, *cells(pd.read_csv(SELECTION / "distillation.csv", keep_default_na=False))),
        REPEAT,
        LABELS,
    ]


def _section(text: str, head: list[str], rows: list[list[str]]) -> str:
    return f"{text}\n\n{markdown_table(head, rows)}"


def _plain(table: pd.DataFrame) -> Any:
    """Return what TF-IDF of words with logistic regression predicts out of fold, the usual recipe."""
    recipe = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000),
    )
    sentences, labels = table["sentence"].to_numpy(), table["label"].to_numpy()
    keys = sentence_keys(sentences.tolist())
    groups, _ = document_codes(keys, table["document"].tolist())
    found = np.empty(len(labels), dtype=object)
    for fold in plan_folds(labels.tolist(), groups, keys, seed=0)[0]:
        found[fold.test] = clone(recipe).fit(sentences[fold.train], labels[fold.train]).predict(sentences[fold.test])
    return found


def beside_default(table: pd.DataFrame, predicted: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    rows = []
    for source in table["source"].unique():
        chosen = np.flatnonzero((table["source"] == source).to_numpy())
        labels = table["label"].iloc[chosen].tolist()
        documents = table["document"].iloc[chosen].tolist()
        part = {name: found[chosen].tolist() for name, found in predicted.items()}
        pairs = [(name, DEFAULT) for name in part if name != DEFAULT]
        differences = {
            found["systems"][0]: found["difference"]
            for found in compare_systems(labels, part, documents, pairs)
            if found["figure"] == "macro_f1"
        }
        for name, found in part.items():
            figures = classification_figures(labels, None, list(Label), documents, y_pred=found)
            each = [f"{figures['per_class'][label]['f1']['value']:.2f}" for label in Label]
            rows.append([source, name, figure_text(figures["macro_f1"]), *each, _points(differences.get(name))])
    return ["source", "model", "macro-F1", *map(shown, Label), "points more than the default"], rows


def _points(difference: dict[str, float] | None) -> str:
    if difference is None:
        return ""
    low, value, high = (100 * difference[name] for name in ("low", "value", "high"))
    return f"{value:+.1f} ({low:+.1f} to {high:+.1f})"


def _natural(table: pd.DataFrame, found: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    labels, rows = table["label"].to_numpy(), []
    for name, chosen in natural_parts(table).items():
        for label in FLAGGED:
            truth = labels[chosen] == label
            for model, proba in found.items():
                scores = proba[chosen.to_numpy(), sorted(Label).index(label)]
                rows.append([name, shown(label), model, *precisions(truth, scores)])
    return ["sentences", "label", "model", *(f"at {recall:.1f}" for recall in RECALLS)], rows


def _sets(table: pd.DataFrame, sets: Any, predicted: Any) -> tuple[list[str], list[list[str]]]:
    labels, rows = table["label"].to_numpy(), []
    covered = sets[np.arange(len(labels)), np.searchsorted(sorted(Label), labels)]
    uncertain, right = sets.sum(axis=1) != 1, predicted == labels
    for source in table["source"].unique():
        chosen = (table["source"] == source).to_numpy()
        shares = [f"{right[chosen & part].mean():.1%}" for part in (~uncertain, uncertain)]
        rows.append([source, f"{covered[chosen].mean():.3f}", f"{uncertain[chosen].mean():.1%}", *shares])
    return ["source", "true label in the set", "uncertain", "right if certain", "right if uncertain"], rows


def _elsewhere(table: pd.DataFrame, without: dict[str, Any], names: Any) -> tuple[list[str], list[list[str]]]:
    """Return how well a source is labelled by models that have seen nothing of it."""
    labels, documents, rows = table["label"].to_numpy(), table["document"].to_numpy(), []
    for source, scores in without.items():
        left = (table["source"] == source).to_numpy()
        default = ReviewClassifier().fit(
            table["sentence"][~left].tolist(), labels[~left].tolist(), groups=documents[~left].tolist()
        )
        cells = [names[scores[left].argmax(axis=1)], default.predict(table["sentence"][left].tolist())]
        rows.append([source, *(f"{f1_score(labels[left], cell, average='macro'):.2f}" for cell in cells)])
    return ["source that was left out", "the encoder alone", "default recipe"], rows


def _stored(stored: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    whole, small = (np.array(stored["labels"][bits]) for bits in ("32", "8"))
    rows = [
        ["size of the encoder", *(f"{stored['bytes'][bits] / 1e6:.1f} MB" for bits in ("32", "8"))],
        ["sentences that get another label", "", f"{(whole != small).mean():.2%} of {len(whole):,}"],
    ]
    for label in Label:
        shares = [f"{(found == label).mean():.2%}" for found in (whole, small)]
        rows.append([f"share of {shown(label)}", *shares])
    rows.append(["macro-F1 of the one against the other", "", f"{f1_score(whole, small, average='macro'):.4f}"])
    return ["", "32 bits", "8 bits"], rows


WHAT = """What a compact encoder says (all-MiniLM-L6-v2, 22 million
parameters, fine-tuned on the same sentences and stored in 8 bits), beside what the default model has: n-grams of folded
tokens (no names, no numbers) and the visible signals and influences of the codebook. A logistic regression over the
three gives calibrated probabilities. The base model and its licence: NOTICE."""

BESIDE = """## Beside the default model

Out of fold, by document: the encoder is fine-tuned anew for each fold, and neither it nor the calibrator has learned
from the documents that it is measured on (the calibrator learns from what the encoders of the other folds say, as in
the default model). All rows have the same folds and sentences; differences have a paired 95% interval by
bootstrap over documents. *Another seed* fine-tunes with other random numbers. The recipe (learning rate, epochs,
adversarial step) was chosen on another deal of the folds."""

NATURAL = """## Precision at natural shares

How many of the sentences flagged are rightly flagged, with the threshold set so that this share of them is found."""

CALIBRATION = """## Calibration

How often the label is right where the model gives it a probability in this range, and how many sentences that are."""

SETS = """## Label sets

Made to hold the true label of 90% of the sentences of each kind of prose; measured out of fold, with thresholds taken
from the same scores (cross-fitted, not proved)."""

ELSEWHERE = """## On a kind of prose that it has not seen

Macro-F1 on all sentences of one source, by encoders and by the default recipe that were trained on the other two."""

STORED = """## Stored in 8 bits

The labels with the encoder in 8 bits beside those in 32, on sentences of the public sources that nobody has labelled
and that no encoder was trained on."""

LOSS = """Macro-F1 in points of 100 on all labelled sentences, by encoders of the same recipe that had not seen their
document, each stored in 32 and in 8 bits (`python scripts/measure_quantization.py`); the classifier learns from the 32
bits. Differences have a paired 95% interval by bootstrap over documents."""

TRIED = """## What was tried

Macro-F1 in points of 100, out of fold on another deal of the documents to folds than the one reported above; each line
changes the first in what it names. On the left the encoder alone, on the right with words and cues beside it. Two
encoders of other seeds together gain 0.2 points at most. Differences of half a point are within the noise of a seed."""

DISTILLED = """## Taught to the default model

The default recipe with the accurate model's encoder as a teacher on 6,953 unlabelled sentences of the public sources
(`python scripts/measure_distillation.py`), each weighted as given. No interval of a difference is above zero, so
that the default model is as it was."""

REPEAT = """## To fine-tune it again

`python scripts/train_accurate.py --base FOLDER --runs runs`. The encoders here were fine-tuned on one graphics card
(NVIDIA H100, 70 to 90 seconds each, sixteen at a time), in numbers of 16 bits; on another card or on a processor the
figures come out alike, but not the file. The classifier around it comes out the same."""

LABELS = """## What the labels rest on

All labels come from language-model annotators who applied the codebook independently and blind; no human has labelled
these sentences. The real prose is coroners' reports and inquiries; safeguarding reviews themselves are represented by
composed sentences only. The rules behind the cues were written with sight of part of the real sentences: the default
model's card says how much that flatters."""
