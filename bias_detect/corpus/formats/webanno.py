r"""WebAnno TSV 3.3, in which INCEpTION exports and imports documents: one line a token, one column a feature.

After a header that names the layers and their features comes, for every sentence, its text (``#Text=``) and its tokens:
their numbers, their offsets in UTF-16 units, themselves, and the value of each feature. An annotation over several
tokens repeats its value with a number in square brackets; several on one token are parted by bars; ``_`` stands for no
annotation and ``*`` for one without a value. A backslash stands before signs that mean something else.

References
----------
.. [1] INCEpTION, User guide, appendix: WebAnno TSV 3.3 file format,
   https://inception-project.github.io/releases/34.5/docs/user-guide.html#sect_formats_webannotsv3
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bias_detect.corpus.formats.record import Annotation, Item, Left
from bias_detect.corpus.formats.spans import FEATURES, LAYER, Place, choose_feature, features_of, row_of
from bias_detect.errors import CorpusError

FORMAT = "#FORMAT=WebAnno TSV 3"
_TOKEN = re.compile(r"\A\s*\S+|\S+")  # INCEpTION lets a sentence begin where its first token does
_ESCAPED = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)  # the first in version 3.1 and before
_NAMED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "b": "\b"}
_BACK = {sign: name for name, sign in _NAMED.items()}
_IN_TEXT = re.compile("[\\\\\x00-\x09\x0c-\x1f]")
_SPECIAL = re.compile(r"->|[\\\[\]|_;*\t\n\r]")
_STACKED = re.compile(r"(?:[^\\|]|\\.)+", re.DOTALL)
_NUMBERED = re.compile(r"((?:[^\\\[]|\\.)*)(?:\[(\d+)\])?", re.DOTALL)

Columns = list[tuple[str, str]]
"""Layer and feature of each column behind the token."""


@dataclass(slots=True)
class _Sentence:
    """A sentence as it is read: where it begins, its text, its identifier, and the cells of its tokens."""

    line: int
    texts: list[str] = field(default_factory=list)
    identifier: str | None = None
    cells: list[list[str]] = field(default_factory=list)


def read_webanno(path: Path, *, label: str | None = None, name: str | None = None) -> Iterator[Item]:
    """Read a document, sentence by sentence.

    Parameters
    ----------
    path : Path
        A WebAnno TSV 3 file.
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

    Examples
    --------
    >>> import io, tempfile
    >>> stream = io.BytesIO()
    >>> write_webanno([Annotation("She rang.", "told")], stream)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "review.tsv")
    ...     _ = path.write_bytes(stream.getvalue())
    ...     [row] = read_webanno(path)
    >>> row.sentence, row.label
    ('She rang.', 'told')
    """
    place = Place(name or str(path.absolute()))
    columns: Columns = []
    chosen: tuple[str, str] | None = None
    for number, sentence in enumerate(_sentences(path, columns)):
        chosen = choose_feature(_layers(columns), label, path) if number == 0 else chosen
        try:
            yield from _rows(sentence, columns, chosen, place)
        except CorpusError as error:
            yield Left(f"line {sentence.line}", error.cause)


def _layers(columns: Columns) -> dict[str, list[str]]:
    layers: dict[str, list[str]] = {}
    for layer, feature in columns:
        if layer:
            layers.setdefault(layer, []).append(feature)
    return layers


def _sentences(path: Path, columns: Columns) -> Iterator[_Sentence]:
    """Yield the sentences; the columns are filled in from the header before the first."""
    current: _Sentence | None = None
    for number, line in enumerate(_lines(path), start=1):
        if number == 1 and not line.startswith(FORMAT):
            raise CorpusError(
                "is no WebAnno TSV 3 file",
                subject=path,
                next_step="export it as WebAnno TSV 3.3, or name it with --from",
            )
        if line.startswith(("#Text=", "#Sentence.")):
            if current is None or current.cells:
                if current is not None:
                    yield current
                current = _Sentence(number)
            if line.startswith("#Text="):
                current.texts.append(_unescape(line.removeprefix("#Text=")))
            elif line.startswith("#Sentence.id="):
                current.identifier = _unescape(line.removeprefix("#Sentence.id="))
        elif line.startswith("#T_"):
            columns += _header(line)
        elif line and current is not None and not line.startswith("#"):
            current.cells.append(line.split("\t"))
    if current is not None:
        yield current


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            for data in file:
                yield data.decode("utf-8").removeprefix("\ufeff").removesuffix("\n").removesuffix("\r")
    except FileNotFoundError:
        raise CorpusError("no such file", subject=path, next_step="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8"
        raise CorpusError(f"cannot be read ({cause})", subject=path, next_step="export it again") from None


def _header(line: str) -> Columns:
    """Return the columns of a layer; those of relations and chains have no name, since they hold no labels."""
    kind, _, rest = line.partition("=")
    layer, *features = rest.split("|")
    features = features or [""]
    return [(layer if kind == "#T_SP" and feature else "", feature) for feature in features]


def _rows(sentence: _Sentence, columns: Columns, chosen: tuple[str, str] | None, place: Place) -> Iterator[Annotation]:
    layer, feature = chosen or (None, "")
    text = "\n".join(sentence.texts)
    found: dict[str, dict[str, str | None]] = {}
    before: list[str] = []
    for position, cells in enumerate(sentence.cells):
        if len(cells) < 3 + len(columns):
            raise CorpusError(f"has a token with {len(cells)} columns where the header names {3 + len(columns)}")
        for column, ((of_layer, name), cell) in enumerate(zip(columns, cells[3:], strict=False), start=3):
            if of_layer != layer or cell == "_" or (before and cell == before[column] and cell.endswith("]")):
                continue  # the last: an annotation that goes on
            for order, (value, number) in enumerate(_values(cell)):
                key = number or f"{position}.{order}"
                found.setdefault(key, {})[name] = value
        before = cells
    ours = layer == LAYER
    if not found:
        rows = [row_of(text, {}, feature, ours=ours, place=place)]
    else:
        rows = [row_of(text, values, feature, ours=ours, place=place) for values in found.values()]
    labels = {row.label for row in rows}
    if not ours and len({row.annotator for row in rows}) < len(rows):
        if len(labels) > 1:
            names = ", ".join(sorted(map(str, labels)))
            raise CorpusError(f"has {len(rows)} labels ({names}), and a sentence of a corpus has one")
        rows = rows[:1]  # the same label on several words of it
    for row in rows:
        row.sentence_id = row.sentence_id or sentence.identifier
        yield row


def _values(cell: str) -> Iterator[tuple[str | None, str | None]]:
    """Yield the values in a cell, unescaped, with the number of the annotation where there is one."""
    for part in _STACKED.findall(cell):
        match = _NUMBERED.fullmatch(part)
        value, number = match.groups() if match else (part, None)
        yield None if value == "*" else _unescape(value), number


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPED.sub(_meant, text)
    # Signs beyond the first plane come as two halves.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if "\\u" in text else plain


def _meant(match: re.Match[str]) -> str:
    sign = match[1]
    return chr(int(sign[1:], 16)) if len(sign) > 1 else _NAMED.get(sign, sign)


def _escape(value: str) -> str:
    return _SPECIAL.sub(lambda match: "\\" + _BACK.get(match[0], match[0]), value)


def _escape_text(text: str) -> str:
    return _IN_TEXT.sub(lambda match: "\\" + _BACK.get(match[0], match[0]), text).replace("\n", "\\n")


def write_webanno(rows: Iterable[Annotation], stream: IO[bytes]) -> None:
    r"""Write one document, in which every row is a sentence; row by row, as they come.

    Parameters
    ----------
    rows : iterable of Annotation
        The rows.
    stream : binary file
        Where to.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write_webanno([Annotation("She rang.", "told")], stream)
    >>> stream.getvalue().decode().splitlines()[4:]
    ['#Text=She rang.', '1-1\t0-3\tShe\t*[1]\t*[1]\t...\ttold[1]\t...', '1-2\t4-9\trang.\t*[1]\t...']
    """
    stream.write(f"{FORMAT}.3\n#T_SP={LAYER}|{'|'.join(FEATURES)}\n\n\n".encode())
    begin, number = 0, 0
    for position, row in enumerate(rows, start=1):
        given = features_of(row)
        tokens = list(_TOKEN.finditer(row.sentence))
        mark = ""
        if given:
            number += 1
            mark = f"[{number}]" if len(tokens) > 1 else ""
        cells = [f"{_escape(given[name]) if name in given else '*'}{mark}" if given else "_" for name in FEATURES]
        lines = [f"#Text={_escape_text(part)}" for part in row.sentence.split("\n")]
        for place, token in enumerate(tokens, start=1):
            start = begin + _units(row.sentence[: token.start()])
            end = start + _units(token.group())
            lines.append("\t".join([f"{position}-{place}", f"{start}-{end}", _escape_text(token.group()), *cells, ""]))
        begin += _units(row.sentence) + 1
        stream.write(("\n".join(lines) + "\n\n").encode())


def _units(text: str) -> int:
    """Return the length of a text as Java counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
