"""The rows of a corpus whose label a model doubts most, ranked for people to read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.corpus.findings import Finding, Severity, finding
from bias_detect.corpus.schema import LABEL, is_sound
from bias_detect.corpus.sheet import Sheet
from bias_detect.errors import CorpusError
from bias_detect.model.counts import Codes, Floats
from bias_detect.model.evaluation import cross_validate

if TYPE_CHECKING:
    import pandas as pd

FOLDS = 5


def confident_labels(labels: Codes, proba: Floats) -> Codes:
    """Return the label that a model is confident of, for each sentence: confident learning's estimate of the truth.

    A model is confident of a label where it gives it at least the probability that it gives it on average to the
    sentences so labelled; of several such labels the most probable counts.

    Parameters
    ----------
    labels : array of int
        The label given to each sentence, as a column of ``proba``.
    proba : array of shape (n_sentences, n_labels)
        Probabilities by a model that had not seen the sentence.

    Returns
    -------
    array of int
        The labels; -1 where the model is confident of none. One that is not the label given is a likely error.

    Notes
    -----
    These are the sentences off the diagonal of the confident joint, as cleanlab's ``compute_confident_joint`` finds
    them; a test compares the two. Two lines of NumPy are kept instead of that package, so that ``corpus check
    --doubts`` needs nothing more to be installed.

    References
    ----------
    .. [1] C. G. Northcutt, L. Jiang, I. L. Chuang, Confident learning: estimating uncertainty in dataset labels,
       Journal of Artificial Intelligence Research 70, 2021.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.95, 0.05]])
    >>> confident_labels(np.array([0, 0, 1, 1, 1]), proba).tolist()
    [0, -1, 1, 1, 0]
    """
    average = np.array([proba[labels == c, c].mean() if (labels == c).any() else np.inf for c in range(proba.shape[1])])
    confident = proba >= average
    return np.where(confident.any(axis=1), np.where(confident, proba, -1).argmax(axis=1), -1)


def label_doubts(
    sheet: Sheet, *, seed: int = 0, estimator: Any = None, progress: Callable[[int, int], None] | None = None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Rank the rows of a corpus by how little a model believes their labels; none is dropped.

    The model is trained without the document of the sentence that it judges, and without its equals, in five folds.

    Parameters
    ----------
    sheet : Sheet
        The corpus. Rows that training would refuse, and labels of fewer documents than there are folds, are left
        out.
    seed : int
        Seed of all that is drawn.
    estimator : scikit-learn classifier, optional
        Takes sentences; by default the project's own.
    progress : callable, optional
        Called with the folds done and their number.

    Returns
    -------
    pandas.DataFrame
        A row for each row judged, the most doubted first: ``where``, ``document``, ``sentence``, ``label``,
        ``self_confidence`` (the probability of the label given), ``suggested`` (the most probable label) with
        ``probability``, and ``likely_error``: whether `confident_labels` has another.
    list of Finding
        How many are likely errors, and how many rows could not be judged.

    Raises
    ------
    CorpusError
        If there are fewer documents than folds, or fewer than two labels to tell apart.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> words = [f"Word {letter}." for letter in "abcdefghijklmnopqrstuvwxyz"]
    >>> sheet = Sheet(words, words, list("aaab" * 6 + "aa"), [f"D{n % 9}" for n in range(26)])
    >>> table, _ = label_doubts(sheet, estimator=DummyClassifier(strategy="prior"))
    >>> table["label"].tolist()[:2]
    ['b', 'b']
    """
    import pandas as pd

    rows = _judged(sheet)
    given = [str(sheet.labels[row]) for row in rows]
    if len(set(given)) < 2:
        raise CorpusError(
            "has fewer than two labels that a model can learn from other documents",
            subject="the corpus",
            next_step="add sentences, or leave out --doubts",
        )
    if estimator is None:
        from bias_detect.model.classifier import ReviewClassifier

        estimator = ReviewClassifier(random_state=seed)
    sentences, documents = [sheet.sentences[row] for row in rows], [sheet.documents[row] for row in rows]
    found = cross_validate(estimator, sentences, given, documents, n_splits=FOLDS, seed=seed, progress=progress)
    codes = np.array([found.classes.index(label) for label in given])
    proba = np.asarray(found.proba)
    own = proba[np.arange(len(rows)), codes]
    sure = confident_labels(codes, proba)
    table = pd.DataFrame(
        {
            "where": [sheet.places[row] for row in rows],
            "document": documents,
            "sentence": sentences,
            "label": given,
            "self_confidence": own.round(6),
            "suggested": [found.classes[c] for c in proba.argmax(axis=1)],
            "probability": proba.max(axis=1).round(6),
            "likely_error": (sure != -1) & (sure != codes),
        }
    )
    order = np.argsort(own, kind="stable")
    likely = [rows[place] for place in order if table["likely_error"].iloc[place]]
    return table.iloc[order].reset_index(drop=True), [*_findings(sheet, rows, likely)]


def _judged(sheet: Sheet) -> list[int]:
    """Return the rows that a model can be trained on and asked about."""
    rows = [row for row, label in enumerate(sheet.labels) if label is not None and is_sound(sheet.sentences[row])]
    homes: dict[str, set[str]] = {}
    for row in rows:
        homes.setdefault(str(sheet.labels[row]), set()).add(sheet.documents[row] or f"\n{row}")
    # A label of few documents may be missing from all that a model is trained on.
    return [row for row in rows if len(homes[str(sheet.labels[row])]) >= FOLDS]


def _findings(sheet: Sheet, rows: Sequence[int], likely: Sequence[int]) -> list[Finding]:
    left = sorted(set(range(len(sheet.places))) - set(rows))
    doubted = Counter(str(sheet.labels[row]) for row in likely)
    advice = "read these again, the most doubted first: a model errs too"
    examples = (f"{label} {count:,}" for label, count in doubted.most_common())
    unjudged = f"these have no sentence, no {LABEL}, or one of fewer than {FOLDS} documents"
    return [
        *finding("labels that a model doubts", Severity.NOTE, likely, advice, examples),
        *finding("rows not judged", Severity.NOTE, left, unjudged, (sheet.places[row] for row in left)),
    ]
