"""Measure the estimates of the labels' shares on simulated documents: bias, coverage and width of the intervals.

Sentences of three labels lie around three points of a plane; documents differ in their shares (Dirichlet, so that each
label's count is beta-binomial) and in where their sentences lie. A classifier of about the quality of the shipped one
assumes the shares of its training data, 52, 26 and 22 in 100; its confusions are counted in 100 other documents. The
share of the last label in the audited documents is given, that of the second is 20 in 100. Three worlds:
``shift`` (only the shares differ), ``overconfident`` (the probabilities, not the predicted labels, are wrong as well)
and ``harder`` (sentences of the last label are harder to tell than in the calibration documents).

Example: ``python scripts/measure_prevalence.py --world shift --share 0.02 --samples 500``
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bias_detect.auditing.counting import Method
from bias_detect.auditing.prevalence import (
    Calibration,
    Prevalence,
    Validated,
    estimate_prevalence,
    expectation_maximisation,
)

LABELS = ("descriptive", "explanatory", "hindsight_biased")
WORLDS = ("shift", "overconfident", "harder")
METHODS: tuple[Method, ...] = ("raw", "adjusted", "em", "prediction_powered")
TRAINING = np.array([0.52, 0.26, 0.22])
CENTRES = np.array([[0.0, 0.0], [2.3, 0.0], [0.6, 3.0]])
BETWEEN = 0.5  # how far documents lie apart, against 1 within them
LIKENESS = 10.0  # the sum of the Dirichlet parameters: sentences of a document correlate by 1 / 11

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sample:
    """Simulated sentences: their documents, true labels, and what the classifier says of them."""

    documents: list[int]
    truth: Codes
    predicted: Codes
    proba: Floats


def simulate(
    rng: np.random.Generator, shares: Floats, *, n_documents: int = 100, length: int = 80, world: str = "shift"
) -> Sample:
    """Draw documents of a Poisson number of sentences and classify them."""
    by_document = rng.dirichlet(LIKENESS * shares, size=n_documents)
    documents = np.repeat(np.arange(n_documents), rng.poisson(length, size=n_documents) + 1)
    steps = np.cumsum(by_document, axis=1)[documents, :-1]
    truth = (rng.random(len(documents))[:, None] > steps).sum(axis=1)
    centres = CENTRES.copy()
    if world == "harder":
        centres[-1] *= 0.75
    away = BETWEEN * rng.standard_normal((n_documents, 2))
    places = centres[truth] + away[documents] + rng.standard_normal((len(documents), 2))
    distance = ((places[:, None] - CENTRES) ** 2).sum(axis=2)
    logs = np.log(TRAINING) - distance / (2 * (1 + BETWEEN**2))
    if world == "overconfident":
        logs *= 2
    proba = np.exp(logs - logs.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    return Sample(documents.tolist(), truth, proba.argmax(axis=1), proba)


def calibrate(
    rng: np.random.Generator, *, n_documents: int = 100, length: int = 40, world: str = "shift"
) -> Calibration:
    """Count confusions in documents whose shares are those of the training data."""
    seen = simulate(
        rng, TRAINING, n_documents=n_documents, length=length, world="shift" if world == "harder" else world
    )
    counted = Calibration.measured(seen.truth, seen.predicted, seen.proba, seen.documents)
    return Calibration(counted.confusion, TRAINING)  # what the simulated classifier assumes is known exactly


def validate(rng: np.random.Generator, sample: Sample, size: int) -> Validated:
    """Draw a random sample of sentences and give their true labels."""
    rows = rng.choice(len(sample.truth), size, replace=False)
    return Validated(rows, sample.truth[rows], np.full(size, size / len(sample.truth)))


def target(share: float) -> Floats:
    """Return the shares of which the last is given."""
    return np.array([0.8 - share, 0.2, share])


def audits(
    share: float, samples: int, *, n_documents: int = 100, world: str = "shift"
) -> Iterator[tuple[Sample, Calibration]]:
    """Yield simulated audits, each with the calibration of a classifier of its own."""
    for seed in range(samples):
        rng = np.random.default_rng([seed, int(share * 1000)])
        calibration = calibrate(rng, world=world)
        yield simulate(rng, target(share), n_documents=n_documents, world=world), calibration


def figures(found: list[list[Prevalence]], truth: Floats) -> Floats:
    """Return a row a label: bias, share of intervals that hold the truth, and their mean width."""
    triples = [[(label.value, label.low, label.high) for label in labels] for labels in found]
    value, low, high = np.array(triples).transpose(2, 0, 1)
    holds = (low <= truth) & (truth <= high)
    return np.column_stack([value.mean(axis=0) - truth, holds.mean(axis=0), (high - low).mean(axis=0)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", choices=WORLDS, default="shift")
    parser.add_argument("--share", type=float, nargs="+", default=[0.02, 0.1, 0.4])
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--validated", type=int, default=300)
    parser.add_argument("--replicates", type=int, default=400)
    given = parser.parse_args()

    print(f"{'world':<13}  {'share':>5}  {'method':<18}  {'label':<16}  {'bias':>7}  coverage  width")
    for share in given.share:
        found: dict[Method, list[list[Prevalence]]] = {method: [] for method in METHODS}
        left_out = 0
        rng = np.random.default_rng(0)
        simulated = audits(share, given.samples, n_documents=given.documents, world=given.world)
        for seed, (audited, calibration) in enumerate(simulated):
            estimates = estimate_prevalence(
                LABELS,
                audited.predicted,
                audited.proba,
                audited.documents,
                calibration=calibration,
                validated=validate(rng, audited, given.validated),
                n_boot=given.replicates,
                seed=seed,
            )
            for method, labels in estimates.by_method.items():
                found[method].append(labels)
            if "em" in estimates.left_out:
                left_out += 1
                found["em"].append(
                    expectation_maximisation(
                        LABELS, audited.proba, audited.documents, calibration, n_boot=given.replicates, seed=seed
                    )
                )
        for method, drawn in found.items():
            for label, (bias, coverage, width) in zip(LABELS, figures(drawn, target(share)), strict=True):
                what = f"{given.world:<13}  {share:5.1%}  {method:<18}  {label:<16}"
                print(f"{what}  {bias:+7.2%}  {coverage:8.1%}  {width:5.1%}")
        print(f"{given.world:<13}  {share:5.1%}  em is left out in {left_out / given.samples:.0%}")


if __name__ == "__main__":
    main()
