"""What a classifier is known to confuse, and the checks of what it says."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from bias_detect.auditing.resampling import document_codes
from bias_detect.errors import ModelError, UsageError
from bias_detect.model.counts import Codes, Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a classifier did on documents that it had not seen: how often it takes one label for another.

    Two arrays, so that a model bundle can keep them.

    Parameters
    ----------
    confusion : ndarray of shape (n_documents, n_labels, n_labels)
        Sentences of each document, by true label (rows) and predicted label (columns).
    priors : ndarray of shape (n_labels,)
        The shares of the labels that the classifier's probabilities assume.

    Raises
    ------
    ModelError
        If the arrays are not of these shapes, or hold anything but counts and shares.

    Examples
    --------
    >>> Calibration(np.array([[[8, 2], [1, 9]]]), np.array([0.5, 0.5])).rates
    array([[0.8, 0.2],
           [0.1, 0.9]])
    """

    confusion: Floats
    priors: Floats

    def __post_init__(self) -> None:
        confusion = np.asarray(self.confusion, dtype=np.float64)
        priors = np.asarray(self.priors, dtype=np.float64)
        n_labels = len(priors)
        if priors.ndim != 1 or confusion.shape[1:] != (n_labels, n_labels) or not len(confusion):
            raise _broken(f"the confusion counts have the shape {confusion.shape}, the priors {priors.shape}")
        if not np.isfinite(confusion).all() or (confusion < 0).any():
            raise _broken("the confusion counts are not all numbers from 0 up")
        if not (priors >= 0).all() or not np.isclose(priors.sum(), 1, atol=1e-6):
            raise _broken("the priors do not add up to 1")
        object.__setattr__(self, "confusion", confusion)
        object.__setattr__(self, "priors", priors)

    @classmethod
    def measured(
        cls,
        truth: Codes | Sequence[int],
        predicted: Codes | Sequence[int],
        proba: Floats,
        documents: Sequence[Hashable],
    ) -> Self:
        """Count confusions in annotated documents, each predicted by a classifier that had not seen it.

        The priors are the means of the probabilities rather than the shares of the true labels: the two are equal
        where the probabilities are right on the whole, and where they are not, these do less harm [1]_.

        Parameters
        ----------
        truth, predicted : sequence of int
            The places of the labels given and predicted.
        proba : ndarray of shape (n_sentences, n_labels)
            The out-of-fold probabilities, calibrated as they are when the classifier is used.
        documents : sequence
            The document of each sentence.

        Returns
        -------
        Calibration
            The counts by document, and the priors.

        Raises
        ------
        UsageError
            If the arrays do not fit together.

        References
        ----------
        .. [1] A. Alexandari, A. Kundaje, A. Shrikumar, Maximum likelihood with bias-corrected calibration is
           hard-to-beat at label shift adaptation, ICML 2020.

        Examples
        --------
        >>> proba = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
        >>> Calibration.measured([0, 0, 1], [0, 1, 1], proba, ["a", "a", "b"]).confusion.sum(axis=0)
        array([[1., 1.],
               [0., 1.]])
        """
        proba = checked_proba(proba)
        n_labels = proba.shape[1]
        true, guess = checked_codes(truth, n_labels), checked_codes(predicted, n_labels)
        codes, n_documents = document_codes(documents, len(proba))
        if not len(true) == len(guess) == len(proba):
            raise UsageError(
                f"{len(true)} labels and {len(guess)} predictions for {len(proba)} sentences",
                next_step="give one for each",
            )
        cells = np.bincount((codes * n_labels + true) * n_labels + guess, minlength=n_documents * n_labels**2)
        return cls(cells.reshape(n_documents, n_labels, n_labels).astype(np.float64), proba.mean(axis=0))

    @property
    def rates(self) -> Floats:
        """How often each label (rows) is predicted as each (columns); rows of labels that do not occur are 0."""
        total = self.confusion.sum(axis=0)
        return np.asarray(total / np.maximum(total.sum(axis=1, keepdims=True), 1))


def checked_codes(codes: Codes | Sequence[int], n_labels: int) -> Codes:
    """Return places of labels as an array, or say what is wrong with them.

    Parameters
    ----------
    codes : sequence of int
        Places of labels.
    n_labels : int
        How many labels there are.

    Returns
    -------
    ndarray of int
        The places.

    Raises
    ------
    UsageError
        If they are not all the place of a label.

    Examples
    --------
    >>> checked_codes([0, 2], 3)
    array([0, 2])
    """
    places = np.asarray(codes)
    if places.size == 0:
        return np.empty(0, dtype=np.intp)
    if places.ndim != 1 or places.dtype.kind not in "iu" or places.min() < 0 or places.max() >= n_labels:
        raise UsageError(
            "labels are not all given by their place", next_step=f"give whole numbers from 0 to {n_labels - 1}"
        )
    return places.astype(np.intp)


def checked_proba(proba: Floats) -> Floats:
    """Return probabilities as an array, or say what is wrong with them.

    Parameters
    ----------
    proba : ndarray of shape (n_sentences, n_labels)
        Probabilities.

    Returns
    -------
    ndarray
        The same.

    Raises
    ------
    UsageError
        If they are not rows of probabilities.

    Examples
    --------
    >>> checked_proba([[0.5, 0.5]])
    array([[0.5, 0.5]])
    """
    rows = np.asarray(proba, dtype=np.float64)
    if rows.ndim != 2:
        raise UsageError(f"the probabilities have the shape {rows.shape}", next_step="give a row for each sentence")
    if not np.isfinite(rows).all() or (rows < 0).any() or not np.allclose(rows.sum(axis=1), 1, atol=1e-4):
        raise UsageError("not every row of probabilities adds up to 1", next_step="give probabilities")
    return rows


def check_calibration(labels: Sequence[str], calibration: Calibration) -> None:
    """Make sure that a calibration is for as many labels as there are.

    Parameters
    ----------
    labels : sequence of str
        The names of the labels.
    calibration : Calibration
        The classifier's confusions.

    Raises
    ------
    ModelError
        If it is not.

    Examples
    --------
    >>> check_calibration(["a", "b"], Calibration(np.array([[[8, 2], [1, 9]]] * 2), np.array([0.5, 0.5])))
    """
    if len(calibration.priors) != len(labels):
        raise _broken(f"it is for {len(calibration.priors)} labels, not for {len(labels)}")


def _broken(cause: str) -> ModelError:
    return ModelError(cause, subject="the calibration", next_step="measure it anew by training the model again")
