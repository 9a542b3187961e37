"""Why a sentence got its label: the marks and the words that pulled it each way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bias_detect.errors import UsageError
from bias_detect.labels import shown
from bias_detect.language.pipeline import Sentence
from bias_detect.model.calibrator import MOST_COUNTED, SCALE
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.cue_features import cue_features
from bias_detect.model.encoded import EncodedClassifier
from bias_detect.model.feature_keys import Keys, cue_key
from bias_detect.model.features import SentenceFeatures
from bias_detect.model.features import read as read_sentences
from bias_detect.model.linear import centred


@dataclass(frozen=True, slots=True)
class Pull:
    """How much a word or a cue spoke for each label.

    Parameters
    ----------
    text : str
        The word, or the cue's name.
    start, end : int or None
        Character offsets in the sentence; None for a cue that has no place.
    pull : dict of str to float
        For each label what the word added to its logit, beyond what it added to the labels on average.

    Examples
    --------
    >>> Pull("should", 4, 10, {"told": -0.2, "judged": 0.2}).pull["judged"]
    0.2
    """

    text: str
    start: int | None
    end: int | None
    pull: dict[str, float]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons for the label of one sentence.

    Parameters
    ----------
    sentence : str
        The sentence.
    label : str
        Its label.
    labels : list of str
        The conformal label set: more than one where the model should not be trusted.
    probabilities : dict of str to float
        Calibrated probability of each label.
    signals, influences : list of dict
        Marks with ``signal`` or ``influence``, ``start``, ``end``, ``text`` and the identifier of the ``rule``.
    words : list of Pull
        The words in the order of the sentence.
    cues : list of Pull
        What the marks and their combinations added, strongest first.

    Examples
    --------
    >>> word = Pull("rang", 4, 8, {"told": 0.5, "judged": -0.5})
    >>> found = Explanation("She rang.", "told", ["told"], {"told": 0.9, "judged": 0.1}, [], [], [word], [])
    >>> print(found.as_text())
    told (told 0.90, judged 0.10)
    words for told: rang (+0.50)
    """

    sentence: str
    label: str
    labels: list[str]
    probabilities: dict[str, float]
    signals: list[dict[str, Any]]
    influences: list[dict[str, Any]]
    words: list[Pull]
    cues: list[Pull]

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data, fit for JSON.

        Examples
        --------
        >>> Explanation("She rang.", "told", ["told"], {"told": 1.0}, [], [], [], []).as_dict()["label"]
        'told'
        """
        return asdict(self)

    def as_text(self, most: int = 5) -> str:
        """Return the explanation in a few lines of plain English.

        Parameters
        ----------
        most : int, default=5
            How many words to name for each direction.

        Returns
        -------
        str
            Lines without a final line end.

        Examples
        --------
        >>> words = [Pull("She", 0, 3, {"told": -0.1}), Pull("rang", 4, 8, {"told": 0.5})]
        >>> print(Explanation("She rang.", "told", ["told"], {"told": 1.0}, [], [], words, []).as_text())
        told (told 1.00)
        words for told: rang (+0.50)
        words against told: She (-0.10)
        """
        likely = ", ".join(f"{shown(name)} {value:.2f}" for name, value in self.probabilities.items())
        lines = [f"{shown(self.label)} ({likely})"]
        if self.labels != [self.label]:
            lines.append(f"uncertain: could be {' or '.join(shown(name) for name in self.labels)}")
        for kind, marks in (("signal", self.signals), ("influence", self.influences)):
            lines += [
                f"{kind} {shown(mark[kind])}: “{' '.join(mark['text'].split())}” [{mark['rule']}]" for mark in marks
            ]
        ranked = sorted(self.words, key=lambda word: word.pull[self.label])
        towards = [word for word in reversed(ranked) if word.pull[self.label] > 0][:most]
        against = [word for word in ranked if word.pull[self.label] < 0][:most]
        for name, words in (("for", towards), ("against", against)):
            if words:
                listed = ", ".join(f"{word.text} ({word.pull[self.label]:+.2f})" for word in words)
                lines.append(f"words {name} {shown(self.label)}: {listed}")
        return "\n".join(lines)


def explain(sentence: str | Sentence, model: ReviewClassifier) -> Explanation:
    """Say why a model labels a sentence as it does.

    The model is linear in its features: a word pulls by its weight times its coefficient, through the calibrator, and a
    cue by its count times its coefficient in the calibrator. An n-gram's pull is shared out equally among its words.
    Where the model has an encoder, which is not linear, a word also pulls by what the encoder says without it.

    Parameters
    ----------
    sentence : str or Sentence
        One sentence.
    model : ReviewClassifier
        A fitted classifier.

    Returns
    -------
    Explanation
        The reasons.

    Raises
    ------
    UsageError
        If the sentence is no text, or the model no :class:`~bias_detect.model.classifier.ReviewClassifier`.
    sklearn.exceptions.NotFittedError
        If the classifier was not fitted.

    Examples
    --------
    >>> from bias_detect import load_model
    >>> reasons = explain("Staff should have seen the danger.", load_model())
    >>> reasons.label, reasons.signals[0]["signal"]
    ('hindsight_biased', 'counterfactual')
    """
    if not isinstance(model, ReviewClassifier):
        raise UsageError(
            f"a {type(model).__name__} is no model that can be explained",
            next_step="give the sentence first, and then a ReviewClassifier, such as load_model() gives",
        )
    check_is_fitted(model)
    (read,) = read_sentences([sentence])
    features: SentenceFeatures = model.pipeline_["features"]
    names = [str(name) for name in model.classes_]
    pulls, calibrated = _pulls(model, read), centred(model.calibrator_.coef_)
    by_word = np.zeros((len(read.tokens), len(names)))
    for _, places, n, keys in features.ngrams([read]):
        for place, pull in zip(places, pulls(keys), strict=True):
            by_word[place : place + n] += pull / n
    if isinstance(model, EncodedClassifier):
        by_word += model.occlusion(read)
    by_cue: dict[str, Any] = {}
    cues = Counter(cue_features(read))
    for name in cues:
        key = np.array([cue_key(name)], np.uint64)
        if features.cues:
            by_cue[name] = pulls(key)[0] * cues[name]
        if model.cues_ is not None and (column := model.cues_.columns(key)[0]) >= 0:
            own = calibrated[:, len(names) + column] * min(cues[name], MOST_COUNTED)
            by_cue[name] = by_cue.get(name, 0.0) + own
    assessed = model.assess([read])
    label = str(assessed.labels[0])
    place = names.index(label)
    words: list[Pull] = []
    offset = 0
    for token, pull in zip(read.tokens, by_word, strict=True):
        start = read.text.index(token, offset)
        offset = start + len(token)
        words.append(Pull(token, start, offset, _named(names, pull)))
    pulled = [Pull(name, None, None, _named(names, pull)) for name, pull in by_cue.items()]
    return Explanation(
        sentence=read.text,
        label=label,
        labels=[name for name, inside in zip(names, assessed.sets[0], strict=True) if inside],
        probabilities=_named(names, assessed.proba[0]),
        signals=[_mark("signal", mark) for mark in read.signals],
        influences=[_mark("influence", mark) for mark in read.influences],
        words=words,
        cues=sorted(pulled, key=lambda cue: -abs(cue.pull[names[place]])),
    )


def _pulls(model: ReviewClassifier, sentence: Sentence) -> Callable[[Keys], Any]:
    """Return a function that gives what one occurrence of each feature adds to each label, against the labels' mean."""
    counts = model.pipeline_["features"].transform([sentence])
    weights = model.pipeline_["tfidf"].transform(counts).toarray()[0]
    each = np.divide(weights, counts.toarray()[0], out=np.zeros_like(weights), where=weights > 0)
    inner = centred(model.pipeline_["linear"].coef_)
    # What a feature adds to the pipeline's log-probabilities passes through the calibrator.
    outer = SCALE * centred(model.calibrator_.coef_)[:, : len(inner)]
    through = outer @ inner

    def pulls(keys: Keys) -> Any:
        columns = model.pipeline_["features"].columns(keys)
        return np.where(columns[:, None] >= 0, (through * each).T[columns], 0.0)

    return pulls


def _named(names: list[str], values: Any) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def _mark(kind: str, mark: Any) -> dict[str, Any]:
    return {kind: mark.label, "start": mark.start, "end": mark.end, "text": mark.text, "rule": mark.rule}
