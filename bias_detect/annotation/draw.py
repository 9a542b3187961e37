"""Drawing sentences for annotators from all that could be drawn, with the probability of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bias_detect.annotation.population import PLACE, PREDICTED, SIGNAL, UNCERTAINTY, Population
from bias_detect.annotation.strata import Stratum
from bias_detect.corpus.formats.record import Annotation, Left
from bias_detect.corpus.formats.registry import read_annotations
from bias_detect.corpus.sampling import Codes, stratified_probabilities, systematic, uncertainty_sizes, uniforms
from bias_detect.errors import UsageError
from bias_detect.model.splits import sentence_keys

COLUMNS = (*PLACE, "label", "inclusion", "stratum")
"""The columns of a drawn sample, in their order."""


_COLUMN = {Stratum.SIGNAL: SIGNAL, Stratum.LABEL: PREDICTED}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample.

    Parameters
    ----------
    rows : list of Annotation
        The sentences, without labels; ``page``, ``paragraph``, ``inclusion`` and ``stratum`` in their ``extra``.
    remaining : int
        How many sentences there were to draw from.
    annotated : int
        How many were not drawn from since they have been annotated.
    alike : int
        How many others were not, since they are equal to an annotated one.
    notes : list of str
        Records of annotated sentences that could not be read, so that theirs could be drawn again.

    Examples
    --------
    >>> Drawn([Annotation("She rang.")], remaining=40, annotated=2, alike=0, notes=[]).remaining
    40
    """

    rows: list[Annotation]
    remaining: int
    annotated: int
    alike: int
    notes: list[str]


def draw(
    population: Population,
    size: int,
    *,
    by: Sequence[Stratum] = (),
    equal: bool = False,
    uncertain: bool = False,
    exclude: Iterable[Path] = (),
    seed: int = 0,
) -> Drawn:
    """Draw sentences at random, each with a known probability above 0.

    Parameters
    ----------
    population : Population
        What to draw from.
    size : int
        How many; all, where there are fewer.
    by : sequence of Stratum
        Strata: each gets its share of the draws. Without any the sample is a simple random one.
    equal : bool, default=False
        Whether all strata get as many draws, so that small ones are seen.
    uncertain : bool, default=False
        Whether what a model is uncertain of is more likely to be drawn. The draw then runs through the labels given by
        the model, the kinds of section, the signals and the documents, so that the sample is spread over them all.
    exclude : iterable of Path
        Files of sentences that have been annotated, in any format. Neither they (by document and identifier) nor
        sentences that are equal to them after normalisation are drawn.
    seed : int, default=0
        Of the draw. The same population and seed give the same sample, on any machine.

    Returns
    -------
    Drawn
        The sample, in the order of the documents.

    Raises
    ------
    UsageError
        If nothing is left to draw from, or the strata need a model that has not seen the sentences.
    CorpusError
        If a file of annotated sentences cannot be read.

    Notes
    -----
    ``inclusion`` is the probability with which a sentence was drawn from those that remained. A weight of one over it
    makes totals unbiased (Horvitz and Thompson), whatever was preferred.

    A second batch is drawn from what the first has left, and its probabilities speak for the remainder alone. What the
    first has shown is known and needs no estimate. So where both batches are put into one table, the sentences of the
    first get the inclusion 1, and those of the second keep theirs: the sum over the first, plus the weighted sum over
    the second, is unbiased for all, whatever the first was. To keep the first one's own probabilities beside those of
    the second would count the remainder twice.

    Sentences that are equal to an annotated one are left out of the remainder, and shares do not speak of them.

    Examples
    --------
    >>> sentences = pd.DataFrame({name: None for name in PLACE}, index=range(8)).assign(sentence=list("abcdefgh"))
    >>> drawn = draw(Population(sentences), 2, seed=7)
    >>> len(drawn.rows), drawn.rows[0].extra["inclusion"]
    (2, 0.25)
    """
    if size < 1:
        raise UsageError(f"a sample of {size} sentences is none", next_step="ask for 1 or more")
    missing = [one for one in by if _COLUMN.get(one, str(one)) not in population.frame]
    if missing or (uncertain and UNCERTAINTY not in population.frame):
        raise UsageError("no model has looked at the sentences", next_step="let one, or leave out what needs it")
    known, notes = _annotated(population.frame, exclude)
    frame = population.frame[~known.any(axis=1)].reset_index(drop=True)
    if frame.empty:
        what = "every sentence has been annotated" if len(known) else "there are no sentences"
        raise UsageError(what, subject="corpus sample", next_step="give further documents")
    strata, names = _strata(frame, by)
    sizes = uncertainty_sizes(frame[UNCERTAINTY].to_numpy(np.float64)) if uncertain else np.ones(len(frame))
    inclusion = stratified_probabilities(strata, sizes, min(size, len(frame)), equal=equal)
    start, *shuffle = uniforms(len(frame) + 1, seed, _identity(frame))
    through = [_codes(frame[name]) for name in (SIGNAL, "section", PREDICTED)] if uncertain else [np.array(shuffle)]
    order = np.lexsort((np.arange(len(frame)), *through, strata))
    places = systematic(inclusion, order, start)
    picked = frame.iloc[places][list(PLACE)].astype("object")
    rows = [
        _row(values, float(inclusion[place]), names[strata[place]])
        for place, values in zip(places, picked.where(picked.notna(), None).to_dict("records"), strict=True)
    ]
    return Drawn(rows, len(frame), int(known[:, 0].sum()), int((known[:, 1] & ~known[:, 0]).sum()), notes)


def _annotated(frame: pd.DataFrame, files: Iterable[Path]) -> tuple[Any, list[str]]:
    """Return for each sentence whether it, and whether one that is equal to it, was annotated; and what is unread."""
    notes: list[str] = []
    places: set[tuple[str, str]] = set()
    sentences: list[str] = []
    for path in files:
        for item in read_annotations(path):
            if isinstance(item, Left):
                notes += [f"{path}: {item.place} {item.cause}"] if item.malformed else []
                continue
            sentences.append(item.sentence)
            if item.document is not None and item.sentence_id is not None:
                places.add((item.document, item.sentence_id))
    known = np.zeros((len(frame), 2), dtype=bool)
    if sentences:
        names = zip(frame["document"].astype(str), frame["sentence_id"].astype(str), strict=True)
        known[:, 0] = [name in places for name in names]
        known[:, 1] = np.isin(sentence_keys(frame["sentence"].tolist()), sentence_keys(sentences))
    return known, notes


def _strata(frame: pd.DataFrame, by: Sequence[Stratum]) -> tuple[Codes, list[str]]:
    """Return the stratum of each sentence, and the names of the strata."""
    if not by:
        return np.zeros(len(frame), dtype=np.intp), ["all"]
    parts = [frame[_COLUMN.get(one, str(one))].astype("object").fillna("unmarked").astype(str) for one in by]
    named = [" / ".join(values) for values in zip(*parts, strict=True)]
    codes, names = pd.factorize(np.array(named, dtype=object), sort=True)
    return np.asarray(codes, dtype=np.intp), [str(name) for name in names]


def _codes(values: pd.Series[Any]) -> Codes:
    codes, _ = pd.factorize(values.astype("object").fillna("").astype(str), sort=True)
    return np.asarray(codes, dtype=np.intp)


def _identity(frame: pd.DataFrame) -> Iterable[str]:
    for name in ("document", "sentence_id", "sentence"):
        yield from frame[name].astype("object").fillna("").astype(str)


def _row(values: dict[str, Any], inclusion: float, stratum: str) -> Annotation:
    row = Annotation(values["sentence"])
    row.document, row.sentence_id, row.section = (values[name] for name in ("document", "sentence_id", "section"))
    places = {name: values[name] for name in ("page", "paragraph") if values[name] is not None}
    row.extra = {**places, "inclusion": inclusion, "stratum": stratum}
    return row
