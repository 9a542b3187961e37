"""The metrics file, and the same figures as rows for people to read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bias_detect.errors import UsageError
from bias_detect.labels import shown
from bias_detect.model.metrics import Figure

_SCORES = {
    "macro_f1": "macro-F1",
    "mcc": "MCC",
    "kappa": "Cohen's kappa",
    "log_loss": "log-loss",
    "brier": "Brier score",
    "ece": "calibration error",
}
_BY_LABEL = {"precision": "precision", "recall": "recall", "f1": "F1", "support": "sentences"}
_NOTHING = "–"
FEW_DOCUMENTS = 20


def write_metrics(metrics: dict[str, Any], path: str | Path) -> None:
    """Write figures as JSON, whole or not at all.

    Parameters
    ----------
    metrics : dict
        From `bias_detect.model.evaluation.figures`.
    path : str or Path
        The file; its folder is made where it does not exist.

    Raises
    ------
    UsageError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "metrics.json"
    >>> write_metrics({"macro_f1": {"value": 0.5, "low": 0.4, "high": 0.6}}, path)
    >>> json.loads(path.read_text(encoding="utf-8"))["macro_f1"]["value"]
    0.5
    """
    path = Path(path)
    text = json.dumps(metrics, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    try:
        if path.exists() and not path.is_file():  # a pipe or a device is written to, not replaced
            path.write_text(text, encoding="utf-8")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot be written ({error.strerror or error})", subject=path, next_step="name another file"
        ) from error


def metrics_table(metrics: dict[str, Any]) -> list[list[str]]:
    """Return the figures as rows of text: the model beside its baselines and the annotators' own agreement.

    Parameters
    ----------
    metrics : dict
        From `bias_detect.model.evaluation.figures`.

    Returns
    -------
    list of list of str
        The header, then a row a figure; ``0.81 (0.78–0.84)`` is a value with its 95% interval, and a dash
        stands for a figure that does not exist.

    Examples
    --------
    >>> figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    >>> metrics_table({"mcc": figure, "per_class": {}, "baselines": {}, "annotators": []})
    [['figure', 'model'], ['MCC', '0.500 (0.400–0.600)']]
    """
    systems = {"model": metrics}
    systems |= {shown(name): baseline for name, baseline in metrics["baselines"].items()}
    systems |= {" × ".join(pair["annotators"]): pair for pair in metrics["annotators"]}
    rows = [["figure", *systems]]
    for key, name in _SCORES.items():
        cells = [system.get(key) for system in systems.values()]
        if any(cells):
            rows.append([name, *map(_cell, cells)])
    for label in metrics["per_class"]:
        for key, name in _BY_LABEL.items():
            cells = [system.get("per_class", {}).get(label, {}).get(key) for system in systems.values()]
            rows.append([f"{shown(label)}: {name}", *map(_count if key == "support" else _cell, cells)])
    return rows


def confusion_table(metrics: dict[str, Any]) -> list[list[str]]:
    """Return the confusion matrix as rows of text.

    Parameters
    ----------
    metrics : dict
        From `bias_detect.model.evaluation.figures`.

    Returns
    -------
    list of list of str
        The header with the labels predicted, then a row for each label given.

    Examples
    --------
    >>> confusion_table({"confusion": {"labels": ["a", "b"], "matrix": [[5, 1], [0, 4]]}})
    [['given / predicted', 'a', 'b'], ['a', '5', '1'], ['b', '0', '4']]
    """
    labels = [shown(label) for label in metrics["confusion"]["labels"]]
    counts = [[str(count) for count in row] for row in metrics["confusion"]["matrix"]]
    rows = [[label, *row] for label, row in zip(labels, counts, strict=True)]
    return [["given / predicted", *labels], *rows]


def evaluation_notes(metrics: dict[str, Any]) -> list[str]:
    """Return what a reader of the figures must know: leaks first, then what limits them.

    Parameters
    ----------
    metrics : dict
        From `bias_detect.model.evaluation.figures`.

    Returns
    -------
    list of str
        Plain sentences; empty where there is nothing to say.

    Examples
    --------
    >>> leaks = {"checked": True, "sentences": 2, "pairs": 1, "dropped_from_training": 2,
    ...          "dropped_from_evaluation": 0}
    >>> protocol = {"kind": "cross-validation", "sentences_without_document": 0, "priors": "training"}
    >>> metrics = {"leaks": leaks, "protocol": protocol, "n_documents": 30}
    >>> evaluation_notes(metrics)
    ['leak: sentences that stand in another fold too: 2; tested, and kept out of training there']
    """
    leaks, protocol, notes = metrics["leaks"], metrics["protocol"], []
    if leaks["dropped_from_training"]:
        notes.append(
            f"leak: sentences that stand in another fold too: {leaks['sentences']:,}; tested, and kept "
            "out of training there"
        )
    if leaks["dropped_from_evaluation"]:
        notes.append(f"leak: sentences that the model was trained on: {leaks['sentences']:,}; left out of the figures")
    if not leaks["checked"]:
        notes.append("the model does not say which sentences it was trained on, so leaks cannot be counted")
    if protocol["sentences_without_document"]:
        notes.append(
            f"sentences without a document: {protocol['sentences_without_document']:,}; each counts as one "
            "of its own, so that figures may be too good and intervals too narrow"
        )
    if metrics["n_documents"] < FEW_DOCUMENTS:
        notes.append(f"documents: only {metrics['n_documents']}, so that intervals are too narrow")
    if protocol["priors"] == "evaluation":
        notes.append(
            "the model does not keep the shares of the labels in its training data; the majority "
            "class is that of this corpus"
        )
    return notes


def _cell(figure: Figure | None) -> str:
    if figure is None or figure["value"] is None:
        return _NOTHING
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


def _count(figure: Figure | None) -> str:
    return _NOTHING if figure is None else f"{figure['value']:.0f}"
