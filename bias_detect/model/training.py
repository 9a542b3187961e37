"""From a table of annotated sentences to a fitted classifier and the record of its training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.linear import linear_pipeline
from bias_detect.model.metrics import classification_figures
from bias_detect.model.parallel import fitting
from bias_detect.model.splits import Codes, document_codes, sentence_keys
from bias_detect.tabular import as_text

if TYPE_CHECKING:
    import pandas as pd

_LEAST_OF_KIND = 1000  # sentences from which on a source counts as a kind of prose of its own
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted classifier and what the manifest and the card say of its training.

    Parameters
    ----------
    model : ReviewClassifier
        The classifier.
    record : dict
        ``data``, ``seed``, ``parameters`` and ``quality``.

    Examples
    --------
    >>> Trained(ReviewClassifier(), {"seed": 0}).record["seed"]
    0
    """

    model: ReviewClassifier
    record: dict[str, Any]


def train_model(
    table: pd.DataFrame,
    *,
    seed: int = 0,
    files: Sequence[str] = (),
    estimator: ReviewClassifier | None = None,
    fit_params: Mapping[str, Any] | None = None,
) -> Trained:
    """Fit a classifier on annotated sentences.

    Parameters
    ----------
    table : pandas.DataFrame
        ``sentence``, ``label``, ``document``; ``weight``, if sentences shall count differently; ``source``, if they are
        of several kinds of prose; ``natural``, if some were chosen for being hard and shall not count where shares are
        corrected.
    seed : int, default=0
        Seed of the folds.
    files : sequence of str
        Names of the files, for the record.
    estimator : ReviewClassifier, optional
        What to fit; by default ``ReviewClassifier()``.
    fit_params : mapping, optional
        Further arguments of its ``fit``.

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
    sources = _kinds_of_prose(table)
    model = (ReviewClassifier() if estimator is None else estimator).set_params(random_state=seed)
    with fitting():  # the bundle shall be the same byte for byte
        model.fit(sentences, labels, groups=documents, sample_weight=weights, sources=sources, **(fit_params or {}))
    groups, n_alone = document_codes(sentence_keys(sentences), documents)
    if "natural" in table:
        model.keep_confusion(table["natural"].to_numpy(dtype=bool), labels, groups.tolist())
    figures = classification_figures(
        labels,
        model.out_of_fold_,
        [str(label) for label in model.classes_],
        groups.tolist(),
        y_pred=[str(label) for label in model.classes_[model.out_of_fold_.argmax(axis=1)]],
        seed=seed,
    )
    sets = model.out_of_fold_sets_
    inside = sets[np.arange(len(labels)), np.searchsorted(model.classes_, labels)]
    quality = {name: figures[name] for name in ("macro_f1", "mcc", "log_loss", "brier", "ece", "per_class")}
    return Trained(
        model,
        {
            "data": {
                "files": list(files),
                "sentences": len(sentences),
                "documents": int(groups.max()) + 1,
                "sentences_without_document": n_alone,
                "labels": {str(name): labels.count(name) for name in model.classes_},
                "digest": data_digest(table),
            },
            "seed": seed,
            "parameters": _parameters(model),
            "quality": {
                **quality,
                "protocol": f"out of fold, {_n_folds(model, labels, groups)} folds by document",
                "coverage": {"asked": model.coverage, "measured": float(inside.mean())},
                "uncertain": float((sets.sum(axis=1) != 1).mean()),
            },
        },
    )


def _parameters(model: ReviewClassifier) -> dict[str, str]:
    """Return the parameters as text, those of the default pipeline too."""
    whole = clone(model)
    if whole.pipeline is None:
        whole.set_params(pipeline=linear_pipeline())
    return {name: str(value) for name, value in sorted(whole.get_params().items())}


def _n_folds(model: ReviewClassifier, labels: Sequence[str], groups: Codes) -> int:
    """Return how many folds the classifier made: no more than the rarest label has documents."""
    documents: dict[str, set[int]] = {name: set() for name in labels}
    for name, group in zip(labels, groups.tolist(), strict=True):
        documents[name].add(group)
    return min(model.n_splits, *map(len, documents.values()))


def _kinds_of_prose(table: pd.DataFrame) -> list[str] | None:
    """Return the sources, those of few sentences as one; None where they do not part the sentences in kinds."""
    if "source" not in table:
        return None
    sources = table["source"].astype(object).where(table["source"].notna(), _OTHER).astype(str)
    counts = sources.value_counts()
    kinds = sources.where(sources.map(counts) >= _LEAST_OF_KIND, _OTHER)
    return kinds.tolist() if kinds.nunique() > 1 else None


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
