"""Measure what the encoder of the accurate model loses in 8 bits, on sentences of documents that it has not seen.

The encoder of each fold is exported in 32 and in 8 bits, as the shipped one is, and says in both what it makes of the
sentences of its fold. The classifier learns from the 32 bits of the other folds, as the shipped one does, and labels
the fold by the one and by the other. Needs the extra ``accurate-train`` and the weights of the folds.

Example: ``python scripts/encoder_fine_tuning.py runs/work.json.gz --base FOLDER --out kept --keep`` fine-tunes what
``scripts/train_accurate.py --runs runs`` asked for and keeps the weights, and ``python
scripts/measure_quantization.py runs/work.json.gz --base FOLDER --runs kept`` writes
``models/selection/quantization.csv``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bias_detect.model.encoder import SentenceEncoder, limited

BITS = ("32", "8")
FOR_RANGES = 300  # sentences of the training side from which the ranges of the activations are read
RESULT = Path(__file__).parent.parent / "models" / "selection" / "quantization.csv"

Found = dict[str, NDArray[Any]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="what was fine-tuned")
    parser.add_argument("--base", type=Path, required=True, help="folder of the base model")
    parser.add_argument("--runs", type=Path, required=True, help="folder of the folds' weights")
    parser.add_argument("--fold", type=int, help="only let the encoder of this fold speak")
    options = parser.parse_args()
    with gzip.open(options.work, "rt", encoding="utf-8") as file:
        work = json.load(file)
    folds = [run for run in work["runs"] if run["name"].startswith("seed0-fold")]
    for run in folds if options.fold is None else [folds[options.fold]]:
        if not (options.runs / f"{run['name']}-stored.npy").exists():
            let_speak(work, run, options.base, options.runs)
    if options.fold is None:
        measure(work, folds, options.runs)
    return 0


def let_speak(work: dict[str, Any], run: dict[str, Any], base: Path, runs: Path) -> None:
    """Write what the encoder of a fold says of its fold in 32 and in 8 bits."""
    from encoder_export import export, quantize

    tokenizer = limited((base / "tokenizer.json").read_bytes(), 128)
    drawn = np.random.default_rng(0).choice(_seen(work, run), FOR_RANGES, replace=False)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        export(runs / f"{run['name']}.safetensors", base, len(work["classes"]), whole)
        small = quantize(whole, tokenizer, [work["sentences"][place] for place in drawn])
        encoders = (whole.read_bytes(), small)
    texts = [work["sentences"][place] for place in run["held_out"]]
    said = [SentenceEncoder(encoder, tokenizer, len(work["classes"])).log_proba(texts) for encoder in encoders]
    np.save(runs / f"{run['name']}-stored.npy", np.stack(said))
    print(f"{run['name']}: {len(texts):,} sentences", file=sys.stderr, flush=True)


def measure(work: dict[str, Any], folds: list[dict[str, Any]], runs: Path) -> None:
    """Write macro-F1 by source with the encoder in 32 and in 8 bits, and the paired difference, in points of 100."""
    import pandas as pd
    from default_corpus import default_corpus

    corpus = default_corpus()
    if corpus["sentence"].tolist() != work["sentences"]:
        sys.exit("the corpus is not the one that was fine-tuned on: fine-tune anew")
    said: Found = {bits: np.zeros((len(corpus), len(work["classes"]))) for bits in BITS}
    for run in folds:
        for bits, scores in zip(BITS, np.load(runs / f"{run['name']}-stored.npy"), strict=True):
            said[bits][run["held_out"]] = scores
    names = np.array(work["classes"], dtype=object)
    systems = {
        "encoder alone": {bits: names[said[bits].argmax(axis=1)] for bits in BITS},
        "words, cues and encoder": _by_classifier(corpus, work, folds, said),
    }
    parts = {source: np.flatnonzero(corpus["source"] == source) for source in corpus["source"].unique()}
    lines = [
        {"source": source, "labels by": system, **_line(corpus.iloc[rows], {b: labels[b][rows] for b in BITS})}
        for source, rows in {**parts, "all": np.arange(len(corpus))}.items()
        for system, labels in systems.items()
    ]
    table = pd.DataFrame(lines)
    table.to_csv(RESULT, index=False)
    print(table.to_string(index=False))


def _seen(work: dict[str, Any], run: dict[str, Any]) -> NDArray[np.intp]:
    return np.setdiff1d(np.arange(len(work["sentences"])), [*run["held_out"], *run["equal"]])


class _Said:
    """Stands for an encoder whose words were written down."""

    def __init__(self, texts: Sequence[str], scores: NDArray[np.float64]) -> None:
        self._scores = dict(zip(texts, scores, strict=True))

    def log_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return what was written down of the sentences."""
        return np.array([self._scores[text] for text in texts])


def _by_classifier(corpus: Any, work: dict[str, Any], folds: list[dict[str, Any]], said: Found) -> Found:
    """Return the labels by the classifier, fitted for each fold on the others."""
    from bias_detect.model.encoded import EncodedClassifier

    labels: Found = {bits: np.empty(len(corpus), dtype=object) for bits in BITS}
    for run in folds:
        seen = _seen(work, run)
        columns = {name: corpus[name].iloc[seen].tolist() for name in ("sentence", "label", "document", "source")}
        model = EncodedClassifier().fit(
            columns["sentence"],
            columns["label"],
            groups=columns["document"],
            sources=columns["source"],
            encoded=said["32"][seen],
        )
        texts = [work["sentences"][place] for place in run["held_out"]]
        for bits in BITS:
            model.encoder_ = _Said(texts, said[bits][run["held_out"]])  # type: ignore[assignment]
            labels[bits][run["held_out"]] = model.predict(texts)
    return labels


def _line(part: Any, labels: Found) -> dict[str, str]:
    from sklearn.metrics import f1_score

    from bias_detect.model.comparison import compare_systems

    truth = part["label"].tolist()
    listed = {bits: found.tolist() for bits, found in labels.items()}
    loss = compare_systems(truth, listed, part["document"].tolist(), [("8", "32")])[0]["difference"]
    low, value, high = (100 * loss[name] for name in ("low", "value", "high"))
    scores = {f"{bits} bits": f"{100 * f1_score(truth, listed[bits], average='macro'):.1f}" for bits in BITS}
    differ = f"{(labels['8'] != labels['32']).mean():.2%} of {len(part):,}"
    return {**scores, "difference": f"{value:+.2f} ({low:+.2f} to {high:+.2f})", "another label": differ}


if __name__ == "__main__":
    sys.exit(main())
