"""Train the accurate model: a compact encoder fine-tuned on the project's sentences, beside the default's features.

The encoder is fine-tuned five times for each seed, each time without the documents of one fold, so that everything
reported is about sentences whose document it had not seen, and once on all sentences; what stands in ``--runs`` is not
done again. Then it is stored in 8 bits, and the calibrator is fitted on what the five said. Needs the extra
``accurate-train`` and the folder of the base model, nothing else.

Example: ``python scripts/train_accurate.py --base all-MiniLM-L6-v2 --runs runs`` writes ``models/accurate/``.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from accurate_card import WHAT, accurate_sections
from default_corpus import COMPOSED, REAL, ROOT, default_corpus, sources_folder
from numpy.typing import NDArray
from variant_pool import unlabelled

from bias_detect.errors import BiasDetectError, UsageError
from bias_detect.model.bundle import check_target, save_bundle
from bias_detect.model.card import render_card
from bias_detect.model.encoded import EncodedClassifier
from bias_detect.model.encoder import ENCODER, TOKENIZER, SentenceEncoder, limited
from bias_detect.model.metrics import classification_figures
from bias_detect.model.splits import document_codes, plan_folds, sentence_keys
from bias_detect.model.training import Trained, train_model

BUNDLE = ROOT / "models" / "accurate"
SEEDS = (0, 1)
TOKENS = 128
FOR_RANGES = 300  # sentences from which the ranges of the activations are read

Floats = NDArray[np.float64]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="folder of the base model")
    parser.add_argument("--runs", type=Path, required=True, help="folder for what the encoders are asked and say")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--processes", type=int, default=1, help="encoders that are fine-tuned at a time")
    options = parser.parse_args()
    try:
        check_target(BUNDLE)
        table = default_corpus()
        pool = unlabelled(table, sources_folder())
        work = plan(table, [sentence.text for _, sentence in pool])
        _fine_tune(work, options)
        trained = build(table, work, options.base, options.runs, pool)
    except BiasDetectError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"macro-F1 out of fold: {trained.record['quality']['macro_f1']['value']:.4f}")
    return 0


def plan(table: pd.DataFrame, others: list[str]) -> dict[str, Any]:
    """Return what is to be fine-tuned: one run on everything, and for each seed one without each fold."""
    sentences, labels = table["sentence"].tolist(), table["label"].tolist()
    classes, codes = np.unique(labels, return_inverse=True)
    keys = sentence_keys(sentences)
    groups, _ = document_codes(keys, table["document"].tolist())
    runs: list[dict[str, Any]] = [{"name": "all", "held_out": [], "equal": [], "seed": 0}]
    # The folds are those of the classifier, so that its calibrator meets no document twice.
    for seed in SEEDS:
        for number, fold in enumerate(plan_folds(labels, groups, keys, seed=0)[0]):
            equal = np.setdiff1d(np.arange(len(labels)), np.concatenate([fold.train, fold.test]))
            held_out = {"held_out": fold.test.tolist(), "equal": equal.tolist()}
            runs.append({"name": f"seed{seed}-fold{number}", "seed": 100 * seed + number, **held_out})
    for source in table["source"].unique():
        rows = np.flatnonzero((table["source"] == source).to_numpy())
        runs.append({"name": f"without-{source}", "held_out": rows.tolist(), "equal": [], "seed": 0})
    return {
        "classes": classes.tolist(),
        "sentences": sentences,
        "labels": codes.tolist(),
        "unlabelled": others,
        "recipe": {},
        "runs": runs,
    }


def _fine_tune(work: dict[str, Any], options: argparse.Namespace) -> None:
    if all((options.runs / f"{run['name']}.npz").exists() for run in work["runs"]):
        return
    options.runs.mkdir(parents=True, exist_ok=True)
    path = options.runs / "work.json.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        json.dump(work, file)
    script = Path(__file__).with_name("encoder_fine_tuning.py")
    told = ["--base", options.base, "--out", options.runs, "--device", options.device]
    command = [sys.executable, script, path, *told, "--processes", str(options.processes)]
    if subprocess.run(list(map(str, command)), check=False).returncode:
        raise UsageError("the encoder could not be fine-tuned", subject=options.base, next_step="see above")


def build(table: pd.DataFrame, work: dict[str, Any], base: Path, runs: Path, pool: list[Any]) -> Trained:
    """Store the encoder in 8 bits, fit the classifier, measure both and write the bundle."""
    from encoder_export import export, quantize

    tokenizer = limited((base / "tokenizer.json").read_bytes(), TOKENS)
    drawn = np.random.default_rng(0).choice(len(work["sentences"]), FOR_RANGES, replace=False)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        export(runs / "all.safetensors", base, len(work["classes"]), whole)
        small = quantize(whole, tokenizer, [work["sentences"][place] for place in drawn])
        encoders = {"32": whole.read_bytes(), "8": small}
    files = [COMPOSED.name, *(f"{part}.csv" for part in REAL)]
    said = [held_out(work, runs, seed) for seed in SEEDS]
    fitted = [
        train_model(table, files=files, estimator=EncodedClassifier(), fit_params={"encoded": scores})
        for scores in said
    ]
    trained = fitted[0]
    trained.model.encoder_ = SentenceEncoder(small, tokenizer, len(work["classes"]))
    measured = {
        "out_of_fold": [each.model.out_of_fold_ for each in fitted],
        "sets": trained.model.out_of_fold_sets_,
        "alone": said[0],
        "without": {source: scores(runs, f"without-{source}", work) for source in table["source"].unique()},
        "stored": _stored(trained.model, encoders, tokenizer, [sentence for _, sentence in pool]),
    }
    record = {
        **trained.record,
        "by_source": {source: _figures(trained, table, source) for source in table["source"].unique()},
        "base": {
            "name": "all-MiniLM-L6-v2",
            "licence": "Apache-2.0",
            "sha256": hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest(),
        },
    }
    card = render_card("accurate", record, what=WHAT, sections=accurate_sections(table, measured, trained.model))
    licence = {"LICENSE": (BUNDLE / "LICENSE").read_bytes()}  # of the base model: it goes wherever the encoder goes
    files_of_encoder = {ENCODER: small, TOKENIZER: tokenizer, **licence}
    save_bundle(trained.model, BUNDLE, card=card, training=record, encoder=files_of_encoder)
    return trained


def scores(runs: Path, name: str, work: dict[str, Any]) -> Floats:
    """Return what the encoder of one run says of the labelled sentences."""
    with np.load(runs / f"{name}.npz") as found:
        return np.asarray(found["log_proba"][: len(work["sentences"])], dtype=np.float64)


def held_out(work: dict[str, Any], runs: Path, seed: int) -> Floats:
    """Return for each sentence what the encoder says that has not seen its document."""
    found = np.full((len(work["sentences"]), len(work["classes"])), np.nan)
    for run in work["runs"]:
        if run["name"].startswith(f"seed{seed}-"):
            found[run["held_out"]] = scores(runs, run["name"], work)[run["held_out"]]
    return found.round(4)


def _figures(trained: Trained, table: pd.DataFrame, source: str) -> dict[str, Any]:
    rows = np.flatnonzero((table["source"] == source).to_numpy())
    proba = trained.model.out_of_fold_[rows]
    classes = [str(name) for name in trained.model.classes_]
    part = table.iloc[rows]
    documents = part["document"].tolist()
    return classification_figures(part["label"].tolist(), proba, classes, documents)


def _stored(
    model: EncodedClassifier, encoders: dict[str, bytes], tokenizer: bytes, sentences: list[Any]
) -> dict[str, Any]:
    """Compare the labels by the encoder of 8 bits with those by the one of 32, on sentences that neither has seen."""
    own, labels = model.encoder_, {}
    for bits, content in encoders.items():
        model.encoder_ = SentenceEncoder(content, tokenizer, len(model.classes_))
        labels[bits] = model.assess(sentences).labels.tolist()
    model.encoder_ = own
    return {"labels": labels, "bytes": {bits: len(content) for bits, content in encoders.items()}}


if __name__ == "__main__":
    sys.exit(main())
