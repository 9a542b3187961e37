"""Measure whether the accurate model's probabilities on unlabelled sentences make the default model better.

For each fold the linear pipeline learns from the labelled sentences and from the unlabelled ones of the documents that
are not held out, each of these once for each label, weighted by what the fold's encoder says (Hinton, Vinyals and Dean,
*Distilling the knowledge in a neural network*, 2015). The encoder has not seen the held-out documents either.

Example: ``python scripts/measure_distillation.py --runs runs``, with the folder of ``train_accurate.py``
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from accurate_card import beside_default
from default_corpus import ROOT, default_corpus, sources_folder
from numpy.typing import NDArray
from train_accurate import plan
from variant_pool import unlabelled

from bias_detect.model.calibrator import calibrator_input, fit_calibrator
from bias_detect.model.features import SentenceFeatures, read
from bias_detect.model.linear import apply_pipeline, fit_pipeline
from bias_detect.model.markdown import markdown_table

RESULT = ROOT / "models" / "selection" / "distillation.csv"
WEIGHTS = (0.0, 0.25, 0.5, 1.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True, help="folder of what the encoders say")
    options = parser.parse_args()
    table = default_corpus()
    pool = unlabelled(table, sources_folder())
    labelled = read(table["sentence"].tolist())
    others = [sentence for _, sentence in pool]
    work = plan(table, [sentence.text for sentence in others])
    codes, n_classes = np.asarray(work["labels"]), len(work["classes"])
    names = np.array([*table["document"], *(name for name, _ in pool)])
    documents = np.unique(names, return_inverse=True)[1]
    sentences = [*labelled, *(sentence for sentence in others for _ in range(n_classes))]
    places = np.concatenate([np.arange(len(labelled)), len(labelled) + np.repeat(np.arange(len(others)), n_classes)])
    answers = np.concatenate([codes, np.tile(np.arange(n_classes), len(others))])
    scores = {weight: np.zeros((len(labelled), n_classes)) for weight in WEIGHTS}
    folds = [run for run in work["runs"] if run["name"].startswith("seed0-")]
    for run in folds:
        with np.load(options.runs / f"{run['name']}.npz") as found:
            said = np.exp(found["log_proba"][len(labelled) :].astype(np.float64))
        held_out = np.isin(documents, documents[run["held_out"]])
        train = np.setdiff1d(np.arange(len(labelled)), [*run["held_out"], *run["equal"]])
        extra = np.flatnonzero(~held_out[places] & (places >= len(labelled)))
        tested = [labelled[place] for place in run["held_out"]]
        for weight in WEIGHTS:
            weights = np.concatenate([np.ones(len(labelled)), weight * said.ravel()])
            rows = np.concatenate([train, extra]) if weight else train
            pipeline = fit_pipeline(None, sentences, answers, documents[places], rows, weights)
            scores[weight][run["held_out"]] = apply_pipeline(pipeline, None, tested)[0]
    cues = SentenceFeatures(words=None).fit(labelled, groups=documents[: len(labelled)].tolist())
    predicted = {
        _name(weight): _predicted(calibrator_input(found, cues, labelled), codes, folds)
        for weight, found in scores.items()
    }
    labels = np.asarray(work["classes"])
    head, cells = beside_default(table, {name: labels[found] for name, found in predicted.items()})
    print(markdown_table(head, cells))
    pd.DataFrame(cells, columns=head).to_csv(RESULT, index=False, lineterminator="\n")
    return 0


def _name(weight: float) -> str:
    return f"distilled, weight {weight}" if weight else "default"


def _predicted(given: Any, codes: NDArray[np.intp], folds: list[dict[str, Any]]) -> NDArray[np.intp]:
    """Return what calibrators say that were fitted on the other folds."""
    found = np.zeros(len(codes), dtype=np.intp)
    for run in folds:
        train = np.setdiff1d(np.arange(len(codes)), [*run["held_out"], *run["equal"]])
        calibrator = fit_calibrator(given, codes, train)
        found[run["held_out"]] = calibrator.predict_proba(given[run["held_out"]]).argmax(axis=1)
    return found


if __name__ == "__main__":
    sys.exit(main())
