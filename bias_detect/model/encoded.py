"""The accurate classifier: what a fine-tuned encoder says of a sentence, beside its words and cues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bias_detect.errors import CorpusError
from bias_detect.language.pipeline import Sentence
from bias_detect.model.calibrator import SCALE
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.encoder import SentenceEncoder
from bias_detect.model.features import read
from bias_detect.model.given import each_label
from bias_detect.model.linear import Floats, centred


class EncodedClassifier(ReviewClassifier):
    """A :class:`ReviewClassifier` whose calibrator also hears a fine-tuned encoder.

    The calibrator is a logistic regression on the log-probabilities of the words, the visible cues and, here, the
    log-probabilities of the encoder: the linear reading of its sentence vector that was learned with it. The vectors
    themselves cannot be used out of fold, since the encoders of two folds do not share their axes.

    Parameters
    ----------
    pipeline, n_splits, coverage, cues, random_state
        See :class:`ReviewClassifier`.

    Attributes
    ----------
    encoder_ : SentenceEncoder
        Set after :meth:`fit`, or when a bundle is loaded; not kept when the classifier is saved by itself.

    See Also
    --------
    ReviewClassifier : the same without an encoder, twenty-five times as fast.

    Notes
    -----
    The encoder is not fitted here: ``scripts/train_accurate.py`` fine-tunes it, once a fold and once on everything.

    References
    ----------
    Wolpert, *Stacked generalization*, 1992.

    Examples
    --------
    >>> places = ["ward", "clinic", "school", "court", "office", "hostel"]
    >>> sentences = [f"Staff {verb} the {place}." for place in places for verb in ("rang", "should have rung")]
    >>> said = np.log([[0.1, 0.9], [0.8, 0.2]] * 6)  # what encoders said that had not seen the sentences
    >>> model = EncodedClassifier(n_splits=3).fit(sentences, ["told", "judged"] * 6, encoded=said)
    >>> model.out_of_fold_.shape
    (12, 2)
    """

    encoder_: SentenceEncoder

    def __getstate__(self) -> dict[str, Any]:
        """Leave the encoder out, which has files of its own."""
        return {name: value for name, value in super().__getstate__().items() if name != "encoder_"}

    def fit(
        self,
        X: Sequence[str],
        y: Sequence[Any],
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
        sources: Sequence[str] | None = None,
        encoded: Floats | None = None,
    ) -> Self:
        """Fit everything but the encoder.

        Parameters
        ----------
        X, y, groups, sample_weight, sources
            See :meth:`ReviewClassifier.fit`.
        encoded : ndarray of shape (n_sentences, n_classes)
            Log-probabilities of each sentence from an encoder that has not seen its document.

        Returns
        -------
        EncodedClassifier
            Itself.

        Raises
        ------
        CorpusError
            If ``encoded`` is missing or of another shape, or for what :meth:`ReviewClassifier.fit` raises.

        Examples
        --------
        >>> places = ["ward", "clinic", "school", "court", "office", "hostel"]
        >>> sentences = [f"Staff {verb} the {place}." for place in places for verb in ("rang", "should have rung")]
        >>> said = np.log([[0.1, 0.9], [0.8, 0.2]] * 6)
        >>> EncodedClassifier(n_splits=3).fit(sentences, ["told", "judged"] * 6, encoded=said).classes_.tolist()
        ['judged', 'told']
        """
        sentences = read(X)
        labels = each_label(y, len(sentences))
        if encoded is None or np.shape(encoded) != (len(sentences), len(np.unique(np.asarray(labels)))):
            raise CorpusError(
                "the encoder's log-probabilities do not fit the sentences",
                next_step="give one row a sentence and one column a label, from encoders of other documents",
            )
        return self._fit(sentences, labels, groups, sample_weight, sources, np.asarray(encoded, dtype=np.float64))

    def _encoded(self, sentences: list[Sentence]) -> Floats:
        return self.encoder_.log_proba([item.text for item in sentences])

    def occlusion(self, sentence: Sentence) -> NDArray[np.float64]:
        """Return what each word does to the label through the encoder: the change of the logits without it.

        Parameters
        ----------
        sentence : Sentence
            One sentence, as :func:`bias_detect.model.features.read` gives it.

        Returns
        -------
        ndarray of shape (n_tokens, n_classes)
            For each token and label what the token adds to the label's logit, beyond what it adds to the labels on
            average, through the encoder alone.

        References
        ----------
        Zeiler and Fergus, *Visualizing and understanding convolutional networks*, 2014 (occlusion).
        """
        cut, end = [], 0
        for token in sentence.tokens:
            start = sentence.text.index(token, end)
            end = start + len(token)
            cut.append(sentence.text[:start] + sentence.text[end:])
        whole, *without = self.encoder_.log_proba([sentence.text, *cut])
        coefficients = centred(self.calibrator_.coef_)[:, -len(self.classes_) :]
        return np.asarray(SCALE * (whole - np.array(without).reshape(len(cut), -1)) @ coefficients.T)
