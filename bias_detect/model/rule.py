"""The signals-only rule: the floor that a model has to beat, and one of its features."""

from __future__ import annotations

from collections.abc import Sequence

from bias_detect.labels import Label
from bias_detect.language.pipeline import Sentence, sentence_reader


def rule_label(sentence: Sentence) -> str:
    """Label a sentence by its marks alone, with nothing learned.

    A sentence with a signal that no pseudo-cue cancels is hindsight-biased; one with an influence and a connective
    that ties it to an act is explanatory; any other is descriptive.

    Parameters
    ----------
    sentence : Sentence
        As read by the pipeline.

    Returns
    -------
    str
        A label of the codebook.

    Examples
    --------
    >>> rule_label(sentence_reader().read("Staff should have acted."))
    'hindsight_biased'
    """
    if sentence.signals:
        return Label.HINDSIGHT_BIASED.value
    if sentence.influences and sentence.links:
        return Label.EXPLANATORY.value
    return Label.DESCRIPTIVE.value


def predict_rule(sentences: Sequence[str]) -> list[str]:
    """Label sentences by the rule.

    Parameters
    ----------
    sentences : sequence of str
        One sentence each.

    Returns
    -------
    list of str
        A label of the codebook for each.

    Examples
    --------
    >>> predict_rule(["Staff should have acted.", "The nurse rang the ward."])
    ['hindsight_biased', 'descriptive']
    """
    return [rule_label(sentence) for sentence in map(sentence_reader().read, sentences)]
