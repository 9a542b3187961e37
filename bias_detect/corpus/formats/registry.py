"""The formats by name: which one a file is in, how it is read, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO

from bias_detect.corpus.formats.archive import members
from bias_detect.corpus.formats.guess import looks_like
from bias_detect.corpus.formats.record import REJECTED, Annotation, Item, Left
from bias_detect.errors import CorpusError, UsageError
from bias_detect.labels import Label


class Format(StrEnum):
    """The formats that annotations are read from and written to.

    Examples
    --------
    >>> Format("label-studio") is Format.LABEL_STUDIO
    True
    """

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"
    FORM = "form"
    PRODIGY = "prodigy"
    DOCCANO = "doccano"
    LABEL_STUDIO = "label-studio"
    LABEL_STUDIO_MIN = "label-studio-min"
    INCEPTION = "inception"


TABLES = (Format.CSV, Format.TSV, Format.JSONL, Format.PARQUET, Format.XLSX)
"""The formats that are tables as they stand, and belong to no tool."""

_SUFFIXES = {
    **{kind: (f".{kind}",) for kind in TABLES},
    Format.FORM: (".xlsx",),
    Format.PRODIGY: (".jsonl",),
    Format.DOCCANO: (".jsonl", ".csv", ".zip"),  # .json is read too, and not told from other lists when written
    Format.LABEL_STUDIO: (".json",),
    Format.LABEL_STUDIO_MIN: (".json",),
    Format.INCEPTION: (".tsv", ".json", ".xmi"),
}
_NOBODYS = ("INITIAL_CAS", "exportedproject")  # files of a project's archive: no one's annotations, and its settings
_SOURCES = "source"  # the folder of the documents as they were imported
BINARY = (".xlsx", ".parquet", ".zip")
"""Endings of files that are not text."""


def guess_format(path: Path) -> Format:
    """Say which format a file is in, by its name and by what is in it.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Format
        The format.

    Raises
    ------
    CorpusError
        If the file cannot be read.
    UsageError
        If it could be more than one, or none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.jsonl")
    ...     _ = path.write_text('{"text": "She rang.", "label": "told", "answer": "accept"}', encoding="utf-8")
    ...     print(guess_format(path))
    prodigy
    """
    names = looks_like(path)
    if len(names) != 1:
        cause = f"could come from {' or '.join(names)}" if names else "is in no format that is known here"
        raise UsageError(cause, subject=path, next_step=f"say --from with one of {', '.join(names or Format)}")
    return Format(names[0])


def read_annotations(
    path: Path, kind: Format | None = None, *, text: str | None = None, label: str | None = None
) -> Iterator[Item]:
    r"""Read the annotations in a file, one after the other.

    Parameters
    ----------
    path : Path
        The file.
    kind : Format, optional
        Its format; by default guessed.
    text, label : str, optional
        The names under which sentences and labels stand, where they are not the usual ones of the format.

    Yields
    ------
    Annotation or Left
        The annotations, and what became none.

    Raises
    ------
    CorpusError
        If the file cannot be read, or its text is not where it should be.
    UsageError
        If the format cannot be guessed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.jsonl")
    ...     _ = path.write_text('{"text": "She rang.", "label": "told", "answer": "reject"}\n', encoding="utf-8")
    ...     [row] = read_annotations(path)
    >>> row.label, row.extra["rejected"]
    (None, 'told')
    """
    found = kind or guess_format(path)
    if found in TABLES or found is Format.FORM:
        from bias_detect.corpus.formats.tables import read_table

        yield from read_table(path, text=text or "sentence", label=label or "label")
    elif found is Format.PRODIGY:
        from bias_detect.corpus.formats.prodigy import read_prodigy

        yield from read_prodigy(path, text=text or "text", label=label or "label")
    elif found is Format.DOCCANO:
        from bias_detect.corpus.formats.doccano import read_doccano

        yield from read_doccano(path, text=text or "text", label=label)
    elif found is Format.LABEL_STUDIO:
        from bias_detect.corpus.formats.label_studio import read_label_studio

        yield from read_label_studio(path, text=text, label=label)
    elif found is Format.LABEL_STUDIO_MIN:
        from bias_detect.corpus.formats.label_studio_min import read_label_studio_min

        yield from read_label_studio_min(path, text=text, label=label)
    else:
        yield from _inception(path, label)


def _inception(path: Path, label: str | None) -> Iterator[Item]:
    if path.suffix.lower() != ".zip":
        yield from _inception_file(path, label, None)
        return
    for name, file in _documents(path):
        try:
            for item in _inception_file(file, label, name):
                yield item._replace(place=f"{name} {item.place}") if isinstance(item, Left) else item
        except CorpusError as error:  # of one document; the others may be in order
            yield Left(name, error.cause)


def _documents(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the annotated documents in an archive; in that of a whole project each is in one of its own."""
    for name, file in members(path, (*_SUFFIXES[Format.INCEPTION], ".zip")):
        path_in = PurePosixPath(name)
        if path_in.name.startswith(_NOBODYS) or _SOURCES in path_in.parts[:-1]:
            continue
        if file.suffix.lower() == ".zip":
            yield from ((name, inner) for _, inner in members(file, _SUFFIXES[Format.INCEPTION]))
        else:
            yield name, file


def _inception_file(path: Path, label: str | None, name: str | None) -> Iterator[Item]:
    if path.suffix.lower() == ".tsv":
        from bias_detect.corpus.formats.webanno import read_webanno

        return read_webanno(path, label=label, name=name)
    from bias_detect.corpus.formats.cas import read_cas

    return read_cas(path, label=label, name=name)


def target_format(kind: Format | None, output: Path | None) -> tuple[Format, str]:
    """Say in which format to write, and with which ending.

    Parameters
    ----------
    kind : Format, optional
        What was asked for.
    output : Path, optional
        The file.

    Returns
    -------
    Format
        The format: what was asked for or, without that, what the file's ending says.
    str
        The ending, with its dot.

    Raises
    ------
    UsageError
        If they do not go together, or do not say.

    Examples
    --------
    >>> target_format(None, Path("a.parquet")), target_format(Format.PRODIGY, None)
    ((<Format.PARQUET: 'parquet'>, '.parquet'), (<Format.PRODIGY: 'prodigy'>, '.jsonl'))
    """
    suffix = "" if output is None else output.suffix.lower()
    if kind is None:
        found = next((one for one in TABLES if suffix == f".{one}"), Format.CSV if output is None else None)
        if found is None:
            raise UsageError(
                f"the ending {suffix!r} does not say in which format to write",
                subject=output,
                next_step=f"say --to with one of {', '.join(Format)}",
            )
        return found, f".{found}"
    suffixes = _SUFFIXES[kind]
    if suffix and suffix not in suffixes:
        raise UsageError(
            f"{kind} is not written to a file that ends in {suffix!r}",
            subject=output,
            next_step=f"let it end in {' or '.join(suffixes)}",
        )
    return kind, suffix or suffixes[0]


def write_annotations(
    rows: Iterable[Annotation],
    stream: IO[bytes],
    kind: Format,
    suffix: str,
    *,
    labels: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> None:
    """Write annotations in a format.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows; where the format allows it, they are written as they come.
    stream : binary file
        Where to.
    kind : Format
        The format.
    suffix : str
        The ending of the file, for formats of several shapes.
    labels : sequence of str
        The labels to choose from, in formats that list them; by default those of the rows and, where these have none,
        or only such, those of the codebook.
    columns : sequence of str
        Columns that stand first in tables.

    Raises
    ------
    CorpusError
        If the format cannot hold a text, or none can.
    UsageError
        If it needs a package that is not installed.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write_annotations([Annotation("She rang.", "told")], stream, Format.CSV, ".csv")
    >>> stream.getvalue().split()
    [b'sentence,label', b'She', b'rang.,told']
    """
    write = _writer(kind, suffix)
    if kind in (Format.FORM, Format.PRODIGY) and not labels:
        rows = list(rows)
        labels = all_labels(rows)
    try:
        write(rows, stream, labels, columns)
    except UnicodeEncodeError as error:
        found = f"U+{ord(error.object[error.start]):04X}"
        raise CorpusError(
            f"half a surrogate pair ({found}) is no text that a file can hold", next_step="take it out of the source"
        ) from error


_Writer = Callable[[Iterable[Annotation], IO[bytes], Sequence[str], Sequence[str]], None]


def _writer(kind: Format, suffix: str) -> _Writer:
    if kind is Format.FORM:
        from bias_detect.corpus.formats.form import write_form

        return lambda rows, stream, labels, _: write_form(rows, stream, labels)
    if kind is Format.PRODIGY:
        from bias_detect.corpus.formats.prodigy import write_prodigy

        return lambda rows, stream, labels, _: write_prodigy(rows, stream, labels)
    if kind is Format.DOCCANO:
        from bias_detect.corpus.formats.doccano import write_doccano

        return lambda rows, stream, *_: write_doccano(rows, stream, suffix[1:])
    if kind is Format.LABEL_STUDIO:
        from bias_detect.corpus.formats.label_studio import write_label_studio

        return lambda rows, stream, *_: write_label_studio(rows, stream)
    if kind is Format.LABEL_STUDIO_MIN:
        from bias_detect.corpus.formats.label_studio_min import write_label_studio_min

        return lambda rows, stream, *_: write_label_studio_min(rows, stream)
    if kind is Format.INCEPTION and suffix == ".tsv":
        from bias_detect.corpus.formats.webanno import write_webanno

        return lambda rows, stream, *_: write_webanno(rows, stream)
    if kind is Format.INCEPTION:
        from bias_detect.corpus.formats.cas import write_cas

        return lambda rows, stream, *_: write_cas(rows, stream, suffix[1:])
    from bias_detect.corpus.formats.tables import write_table

    return lambda rows, stream, _, columns: write_table(rows, stream, kind, columns=columns)


def all_labels(rows: Iterable[Annotation]) -> list[str]:
    """Return the labels to choose from, by those that rows have.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows.

    Returns
    -------
    list of str
        The codebook's, in its order, where the rows have no others; else those of the rows, sorted.

    Examples
    --------
    >>> all_labels([Annotation("She rang.", "told"), Annotation("She wrote.")])
    ['told']
    >>> all_labels([Annotation("She rang.")])
    ['descriptive', 'explanatory', 'hindsight_biased']
    """
    found = {label for row in rows for label in (row.label, row.extra.get(REJECTED)) if isinstance(label, str)}
    codebook = list(map(str, Label))
    return codebook if found <= set(codebook) else sorted(found)
