"""The shares of the labels over all reports of an audit, from its sentences and from those that a person validated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.prevalence import Estimates, estimate_prevalence
from bias_detect.auditing.sample import Sample
from bias_detect.auditing.store import read_sentences

if TYPE_CHECKING:
    import pandas as pd


def overall_shares(
    reports: pd.DataFrame,
    folder: Path,
    labels: Sequence[str],
    *,
    calibration: Calibration | None,
    sample: Sample | None,
) -> Estimates | None:
    """Estimate the shares of the labels among all sentences that are counted.

    Parameters
    ----------
    reports : pandas.DataFrame
        The table of reports.
    folder : Path
        The folder of sentences.
    labels : sequence of str
        The labels of the model.
    calibration : Calibration or None
        What the model confuses.
    sample : Sample or None
        Sentences that a person validated.

    Returns
    -------
    Estimates or None
        The estimates by every method that can be used; None where no sentence is counted.

    Raises
    ------
    UsageError
        If the sample is not a sample of this audit's sentences.
    """
    places = {label: place for place, label in enumerate(labels)}
    probabilities = [f"p_{label}" for label in labels]
    columns = ["label", "set_aside", *probabilities]
    codes, proba, documents, n = [], [], list[str](), 0
    for document, name in zip(reports["document"], reports["sentences_file"], strict=True):
        wanted = sample is not None and sample.asks_for(document)
        frame = read_sentences(folder / name, [*columns, "sentence_id"] if wanted else columns)
        frame = frame[frame["set_aside"].isna()] if not wanted else frame
        if wanted and sample is not None:
            frame = sample.find(document, frame, n)
        codes.append(frame["label"].map(places).to_numpy(np.intp))
        proba.append(frame[probabilities].to_numpy(np.float64))
        documents += [document] * len(frame)
        n += len(frame)
    if not n:
        return None
    return estimate_prevalence(
        labels,
        np.concatenate(codes),
        np.concatenate(proba),
        documents,
        calibration=calibration,
        validated=None if sample is None else sample.validated(),
    )
