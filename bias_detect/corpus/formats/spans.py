"""What the formats of INCEpTION have in common: a layer of labels over sentences, and where a project keeps its files.

In files written here the layer has one feature for each field of a row, so that nothing is lost; in others it is the
layer that the project has for its labels, and what the file does not say is taken from its place in the project.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from bias_detect.corpus.formats.record import COMMENT, FIELDS, Annotation, annotation, carry, to_json
from bias_detect.errors import CorpusError
from bias_detect.tabular import quoted

LAYER = "webanno.custom.SentenceLabel"
"""The layer that is written."""

FEATURES = tuple(sorted((*FIELDS[1:], COMMENT, "extra")))
"""Its features."""

_USUAL = ("label", "value", "identifier")
_BUILT_IN = ("uima.", "de.tudarmstadt.ukp.")  # layers that every project has: sentences, words, their classes
_ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"  # the one of them that people mark by hand
_EXPORTED = ("annotation", "annotation_ser", "curation")  # folders of an exported project


def choose_feature(layers: Mapping[str, Sequence[str]], wanted: str | None, path: Path) -> tuple[str, str] | None:
    """Choose the layer and the feature that hold the labels.

    Layers of the project's own go before those that every project has.

    Parameters
    ----------
    layers : mapping of str to sequence of str
        The features of each layer that could be it.
    wanted : str, optional
        The one that was asked for: a layer, a feature, or both with a bar between.
    path : Path
        The file, for the error.

    Returns
    -------
    tuple of str or None
        Layer and feature; None where the file has no layer of labels, as that of an annotator who has not begun.

    Raises
    ------
    CorpusError
        If none or more than one could be meant.

    Examples
    --------
    >>> choose_feature({"custom.Mood": ["kind"], "custom.Said": ["label", "sure"]}, None, Path("a.tsv"))
    ('custom.Said', 'label')
    """
    own = {layer: features for layer, features in layers.items() if not layer.startswith(_BUILT_IN)}
    if wanted is None and LAYER in own:
        return LAYER, "label"
    rest = {layer: features for layer, features in layers.items() if wanted is not None or layer == _ENTITY}
    pairs = _pairs(own, wanted) or _pairs(rest, wanted)
    if not pairs and (wanted is None or not layers):
        return None
    for name in _USUAL:
        usual = [pair for pair in pairs if pair[1] == name]
        if len(usual) == 1:
            return usual[0]
        if usual:
            break
    if len(pairs) == 1:
        return pairs[0]
    shown = quoted(f"{layer}|{feature}" for layer, features in (own or layers).items() for feature in features)
    raise CorpusError(
        f"does not say which of its layers holds the labels (it has {shown})",
        subject=path,
        next_step="name layer and feature with --label-column 'LAYER|FEATURE'",
    )


def _pairs(layers: Mapping[str, Sequence[str]], wanted: str | None) -> list[tuple[str, str]]:
    pairs = [(layer, feature) for layer, features in layers.items() for feature in features]
    if wanted is None:
        return pairs
    parts = set(wanted.split("|"))
    return [pair for pair in pairs if parts <= {*pair, pair[0].rpartition(".")[2]}]


def features_of(row: Annotation) -> dict[str, str]:
    """Return the features of a row, those that it has.

    Parameters
    ----------
    row : Annotation
        The row.

    Returns
    -------
    dict of str to str
        By name, for the layer that is written.

    Examples
    --------
    >>> features_of(Annotation("She rang.", "told", extra={"mood": "calm"}))
    {'label': 'told', 'extra': '{"mood": "calm"}'}
    """
    extra = dict(row.extra)
    comment = extra.pop(COMMENT, None)
    if comment is not None and (not isinstance(comment, str) or "\r" in comment):  # INCEpTION reads no escape for it
        extra[COMMENT], comment = comment, None
    values = {name: getattr(row, name) for name in FIELDS[1:]}
    values |= {COMMENT: comment, "extra": to_json(extra) if extra else None}
    return {name: value for name, value in values.items() if value is not None}


def row_of(sentence: str, values: Mapping[str, Any], feature: str, *, ours: bool, place: Place) -> Annotation:
    """Make a row of a sentence and the features of one annotation on it.

    Parameters
    ----------
    sentence : str
        The sentence.
    values : mapping of str to object
        The features: texts and, in some formats, numbers and truth values.
    feature : str
        The one that holds the label.
    ours : bool
        Whether the layer is the one that is written here.
    place : Place
        What the file's place tells.

    Returns
    -------
    Annotation
        The row.

    Examples
    --------
    >>> row_of("She rang.", {"kind": "told"}, "kind", ours=False, place=Place("review.tsv")).document
    'review'
    """
    cells: dict[str, Any] = {name: value for name, value in values.items() if name != feature}
    inner = cells.pop("extra", None) if ours else None
    row = annotation({**cells, "sentence": sentence}, text="sentence")
    row.label = values.get(feature)
    if inner is not None:
        try:
            given = json.loads(inner)
        except ValueError:
            given = inner
        carry(row, given if isinstance(given, dict) else {"extra": given})
    if not ours:
        row.document = row.document or place.document
        row.annotator = row.annotator or place.annotator
    return row


class Place:
    """What the name of a file in an exported project tells: ``annotation/DOCUMENT/ANNOTATOR.tsv``.

    Parameters
    ----------
    name : str
        The path of the file.

    Attributes
    ----------
    document, annotator : str or None
        As far as it tells.

    Examples
    --------
    >>> place = Place("project/annotation/review.txt/ann.tsv")
    >>> place.document, place.annotator
    ('review.txt', 'ann')
    >>> Place("review.tsv").document
    'review'
    """

    def __init__(self, name: str) -> None:
        path = PurePosixPath(name.replace("\\", "/"))
        exported = len(path.parts) > 2 and path.parts[-3] in _EXPORTED
        self.document: str | None = path.parts[-2] if exported else path.stem
        self.annotator: str | None = path.stem if exported else None
