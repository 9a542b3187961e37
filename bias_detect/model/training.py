"""From a table of annotated sentences to a fitted classifier and the record of its training."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from bias_detect.corpus.schema import as_text
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.metrics import classification_figures
from bias_detect.model.splits import document_codes, sentence_keys

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted classifier and what the manifest and the card say of its training.

    Parameters
    ----------
    model : ReviewClassifier
        The classifier.
    record : dict
        ``data``, ``seed``, ``parameters`` and ``quality``.
    """

    model: ReviewClassifier
    record: dict[str, Any]


def train_model(
    table: pd.DataFrame, *, seed: int = 0, files: Sequence[str] = (), estimator: ReviewClassifier | None = None
) -> Trained:
    """Fit a classifier on annotated sentences.

    Parameters
    ----------
    table : pandas.DataFrame
        ``sentence``, ``label``, ``document``; ``weight``, if sentences shall count differently; ``natural``, if some
        were chosen for being hard and shall not count where shares are corrected.
    seed : int, default=0
        Seed of the folds.
    files : sequence of str
        Names of the files, for the record.
    estimator : ReviewClassifier, optional
        What to fit; by default ``ReviewClassifier()``.

    Returns
    -------
    Trained
        The model, and its quality measured out of fold: each sentence by a model trained without its document.

    Raises
    ------
    CorpusError
        If there is one class only, or a label occurs in one document only.

    Examples
    --------
    >>> import pandas as pd
    >>> places = ["ward", "clinic", "school", "court", "office", "hostel"]
    >>> rows = [(f"They {verb} the {place}.", verb, place) for place in places for verb in ("should", "did")]
    >>> table = pd.DataFrame(rows, columns=["sentence", "label", "document"])
    >>> train_model(table).record["quality"]["macro_f1"]["value"]
    1.0
    """
    sentences, labels = table["sentence"].tolist(), table["label"].tolist()
    documents = table["document"].tolist()
    weights = table["weight"].to_numpy(dtype=float) if "weight" in table else None
    model = (ReviewClassifier() if estimator is None else estimator).set_params(random_state=seed)
    # Several threads add up in another order each time, and the bundle shall be the same byte for byte.
    with threadpool_limits(limits=1):
        model.fit(sentences, labels, groups=documents, sample_weight=weights)
    groups, _ = document_codes(sentence_keys(sentences), documents)
    if "natural" in table:
        model.keep_confusion(table["natural"].to_numpy(dtype=bool), labels, groups.tolist())
    figures = classification_figures(
        labels,
        model.out_of_fold_,
        [str(label) for label in model.classes_],
        groups.tolist(),
        y_pred=[str(label) for label in model.decide(model.out_of_fold_)],
        seed=seed,
    )
    inside = model.label_sets(model.out_of_fold_)[np.arange(len(labels)), np.searchsorted(model.classes_, labels)]
    quality = {name: figures[name] for name in ("macro_f1", "mcc", "log_loss", "brier", "ece", "per_class")}
    return Trained(
        model,
        {
            "data": {
                "files": list(files),
                "sentences": len(sentences),
                "documents": int(groups.max()) + 1,
                "labels": {str(name): labels.count(name) for name in model.classes_},
                "digest": data_digest(table),
            },
            "seed": seed,
            "parameters": {name: str(value) for name, value in sorted(model.get_params().items())},
            "quality": {
                **quality,
                "protocol": f"out of fold, {model.n_splits} folds by document",
                "coverage": {"asked": model.coverage, "measured": float(inside.mean())},
                "uncertain": float(model.uncertain(model.out_of_fold_).mean()),
            },
        },
    )


def data_digest(table: pd.DataFrame) -> str:
    """Return a digest of the sentences, labels and documents, in their order.

    Parameters
    ----------
    table : pandas.DataFrame
        ``sentence``, ``label`` and ``document``.

    Returns
    -------
    str
        SHA-256 in hex digits.

    Examples
    --------
    >>> import pandas as pd
    >>> len(data_digest(pd.DataFrame({"sentence": ["One."], "label": ["a"], "document": ["d"]})))
    64
    """
    digest = hashlib.sha256()
    for row in zip(table["sentence"], table["label"], table["document"], strict=True):
        digest.update("\x1f".join(as_text(value) or "" for value in row).encode())
        digest.update(b"\x1e")
    return digest.hexdigest()
