"""The shares of the labels over all reports of an audit, from its sentences and from those that a person validated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.prevalence import Estimates, estimate_prevalence
from bias_detect.auditing.sample import Sample
from bias_detect.auditing.store import read_sentences
from bias_detect.auditing.validated import Validated
from bias_detect.model.splits import sentence_keys

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

    Examples
    --------
    >>> import tempfile
    >>> from bias_detect.auditing.run import audit
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("She rang the ward.", encoding="utf-8")
    ...     result = audit([Path(folder, "a.txt")], Path(folder, "audit"), report=False)
    ...     labels = ["descriptive", "explanatory", "hindsight_biased"]
    ...     found = overall_shares(result.reports, result.sentences_path, labels, calibration=None, sample=None)
    >>> [share.value for share in found.lead]
    [1.0, 0.0, 0.0]
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
    validated = None
    if sample is not None:
        validated = sample.validated(reports["document"].tolist())
        sample.refuse_stale(n, alike=partial(_alike, [folder / name for name in reports["sentences_file"]], validated))
    return estimate_prevalence(
        labels,
        np.concatenate(codes),
        np.concatenate(proba),
        documents,
        calibration=calibration,
        validated=validated,
    )


def _alike(files: Sequence[Path], validated: Validated) -> int:
    """Return how many other sentences are equal to one that was drawn for certain, and so in no second batch."""
    sentences: list[str] = []
    for file in files:
        frame = read_sentences(file, ["sentence", "set_aside"])
        sentences += frame.loc[frame["set_aside"].isna(), "sentence"].tolist()
    certain = np.asarray(validated.rows)[np.asarray(validated.inclusion) == 1]
    keys = np.asarray(sentence_keys(sentences))
    return int(np.isin(keys, keys[certain]).sum()) - len(certain)
