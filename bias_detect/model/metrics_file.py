"""The metrics file, and what a reader of its figures must know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bias_detect.files import whole_file
from bias_detect.labels import shown

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
    text = json.dumps(metrics, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    with whole_file(Path(path)) as stream:
        stream.write(text.encode("utf-8"))


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
    >>> protocol = {"kind": "cross-validation", "sentences_without_document": 0, "priors": "table"}
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
