"""UIMA CAS as JSON or XMI, the formats in which INCEpTION exchanges documents without loss; through dkpro-cassis.

Sentences are annotations of DKPro's type ``Sentence``; labels are annotations of a layer of the project's own.

References
----------
.. [1] INCEpTION, User guide, appendix: UIMA CAS JSON,
   https://inception-project.github.io/releases/34.5/docs/user-guide.html#sect_formats_uimajson
.. [2] DKPro cassis, https://github.com/dkpro/dkpro-cassis
"""

from __future__ import annotations

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from bias_detect.corpus.formats.record import Annotation, Item, Left
from bias_detect.corpus.formats.spans import FEATURES, LAYER, Place, choose_feature, features_of, row_of
from bias_detect.errors import CorpusError, UsageError

_SENTENCE = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
_TITLE = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData"
_ANNOTATION = "uima.tcas.Annotation"
_TEXT = ("uima.cas.String",)
_OTHERS = tuple(f"uima.cas.{kind}" for kind in ("Boolean", "Byte", "Short", "Integer", "Long", "Float", "Double"))


def _cassis() -> Any:
    try:
        import cassis
    except ImportError:
        raise UsageError(
            "UIMA CAS files need the package dkpro-cassis, which is not installed",
            next_step="run in the program's folder: pip install '.[annotation]', or export WebAnno TSV 3.3 instead",
        ) from None
    return cassis


def read_cas(path: Path, *, label: str | None = None, name: str | None = None) -> Iterator[Item]:
    """Read a document, sentence by sentence.

    Parameters
    ----------
    path : Path
        A file of UIMA CAS JSON (``.json``) or XMI (``.xmi``); for the latter the file ``TypeSystem.xml`` is looked for
        beside it.
    label : str, optional
        The layer, feature, or ``LAYER|FEATURE`` that holds the labels, where this is not plain.
    name : str, optional
        The file's path in the project, if it is not its own.

    Yields
    ------
    Annotation or Left
        One for each annotation on a sentence, and one for a sentence without.

    Raises
    ------
    CorpusError
        If the file cannot be read or has no layer that could hold labels.
    UsageError
        If dkpro-cassis is not installed.
    """
    cas = _load(path)
    text = cas.sofa_string
    if not text:
        raise CorpusError("holds no text", subject=path, next_step="export the annotated documents of the project")
    place = Place(name or str(path.absolute()))
    for title in _select(cas, _TITLE):
        place.document = getattr(title, "documentTitle", None) or place.document
    layers = {
        kind.name: _features(kind, _TEXT)
        for kind in cas.typesystem.get_types()
        if cas.typesystem.subsumes(_ANNOTATION, kind.name)
    }
    layer, feature = choose_feature(layers, label, path) or (None, "")
    ours = layer == LAYER
    names = _features(cas.typesystem.get_type(layer), _TEXT + _OTHERS) if layer else []
    given = sorted(_select(cas, layer), key=lambda one: (one.begin, one.end)) if layer else []
    identifiers = {(one.begin, one.end): getattr(one, "id", None) for one in _select(cas, _SENTENCE)}
    sentences = sorted(identifiers or {(one.begin, one.end): None for one in given})
    starts, ends = [begin for begin, _ in sentences], [end for _, end in sentences]
    inside: dict[int, list[Any]] = {}
    for one in given:
        # Of several sentences that it touches it labels each, as in WebAnno TSV.
        touched = range(bisect_right(ends, one.begin), bisect_left(starts, max(one.end, one.begin + 1)))
        if not touched:
            yield Left(f"characters {one.begin} to {one.end}", "have a label and stand in no sentence")
        for number in touched:
            inside.setdefault(number, []).append(one)
    for number, (begin, end) in enumerate(sentences):
        values = [{name: getattr(one, name) for name in names} for one in inside.get(number, [])] or [{}]
        try:
            rows = [row_of(text[begin:end], one, feature, ours=ours, place=place) for one in values]
            for row in _one_label(rows, ours=ours):
                row.sentence_id = row.sentence_id or identifiers.get((begin, end))
                yield row
        except CorpusError as error:
            yield Left(f"sentence {number + 1}", error.cause)


def _features(kind: Any, ranges: Sequence[str]) -> list[str]:
    """Return the names of the features of a type whose values are of these kinds."""
    built_in = ("sofa", "begin", "end")
    return [one.name for one in kind.all_features if one.rangeType.name in ranges and one.name not in built_in]


def _one_label(rows: list[Annotation], *, ours: bool) -> list[Annotation]:
    if ours or len({row.annotator for row in rows}) == len(rows):
        return rows
    labels = sorted({str(row.label) for row in rows})
    if len(labels) > 1:
        raise CorpusError(f"has {len(labels)} labels ({', '.join(labels)}), and a sentence of a corpus has one")
    return rows[:1]


def _select(cas: Any, kind: str) -> list[Any]:
    return list(cas.select(kind)) if cas.typesystem.contains_type(kind) else []


def _load(path: Path) -> Any:
    cassis = _cassis()
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of types and features that the reader does not know
            if path.suffix.lower() == ".json":
                return cassis.load_cas_from_json(file)
            _check_type(path)
            beside = path.with_name("TypeSystem.xml")
            if beside.is_file():
                _check_type(beside)
                with beside.open("rb") as types:
                    return cassis.load_cas_from_xmi(file, typesystem=cassis.load_typesystem(types), lenient=True)
            return cassis.load_cas_from_xmi(file, typesystem=_types(cassis), lenient=True)
    except CorpusError:
        raise
    except FileNotFoundError:
        raise CorpusError("no such file", subject=path, next_step="check the path") from None
    except Exception as problem:  # lxml, json and cassis raise many kinds on a damaged file
        raise CorpusError(
            f"is no UIMA CAS that can be read ({type(problem).__name__})",
            subject=path,
            next_step="export it again; for XMI keep the file TypeSystem.xml of the export beside it",
        ) from problem


def _check_type(path: Path) -> None:
    """Refuse a document type declaration: its entities could bring in other files, and no tool writes one."""
    from lxml import etree

    for _, root in etree.iterparse(path, events=("start",), resolve_entities=False, no_network=True, load_dtd=False):
        if root.getroottree().docinfo.doctype:
            raise CorpusError(
                "holds a document type declaration, which no annotation tool writes",
                subject=path,
                next_step="check where it comes from, or export it again",
            )
        return


def _types(cassis: Any) -> Any:
    types = cassis.TypeSystem()
    types.create_type(_SENTENCE, _ANNOTATION)
    layer = types.create_type(LAYER, _ANNOTATION)
    for name in FEATURES:
        types.create_feature(layer, name, "uima.cas.String")
    return types


def write_cas(rows: Iterable[Annotation], stream: IO[bytes], kind: str) -> None:
    """Write one document, in which every row is a sentence on a line of its own.

    Tokens are left out: INCEpTION makes them itself when it imports a document that has none.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows.
    stream : binary file
        Where to.
    kind : str
        ``"json"`` or ``"xmi"``.

    Raises
    ------
    UsageError
        If dkpro-cassis is not installed.
    """
    cassis = _cassis()
    types = _types(cassis)
    cas = cassis.Cas(types)
    sentence_type, layer = types.get_type(_SENTENCE), types.get_type(LAYER)
    given = list(rows)
    cas.sofa_string = "\n".join(row.sentence for row in given)
    cas.sofa_mime = "text/plain"
    begin, found = 0, []
    for row in given:
        end = begin + len(row.sentence)
        found.append(sentence_type(begin=begin, end=end))
        features = features_of(row)
        if features:
            found.append(layer(begin=begin, end=end, **features))
        begin = end + 1
    cas.add_all(found)
    content: str = cas.to_xmi() if kind == "xmi" else cas.to_json()
    stream.write(content.encode("utf-8"))
