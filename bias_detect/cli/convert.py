"""``bias-detect corpus convert``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bias_detect.cli.common import Output, keep_inputs, say
from bias_detect.corpus.formats.record import REJECTED, Annotation, Left
from bias_detect.corpus.formats.registry import (
    BINARY,
    TABLES,
    Format,
    guess_format,
    target_format,
    write_annotations,
)
from bias_detect.corpus.named import read_named
from bias_detect.errors import CorpusError, UsageError
from bias_detect.files import whole_file
from bias_detect.tabular import quoted

To = Annotated[
    Format | None,
    typer.Option(
        "--to",
        help="Format to write; by default what FILE's ending says, or csv. UIMA CAS (.xmi, .json) is 'inception' too.",
    ),
]

Choices = Annotated[
    list[str] | None,
    typer.Option(
        "--choice",
        metavar="LABEL",
        help="A label to choose from, in a form and for Prodigy; give it for each. By default the codebook's, or those "
        "in use where they are others.",
    ),
]


def convert(
    files: Annotated[list[Path], typer.Argument(metavar="FILES…", help="Annotated sentences, or some to annotate.")],
    output: Output = None,
    source: Annotated[
        Format | None, typer.Option("--from", help="Format of the files; by default guessed from what is in them.")
    ] = None,
    to: To = None,
    text_column: Annotated[
        str | None,
        typer.Option("--text-column", metavar="NAME", help="Column or field of the sentences, if not the usual one."),
    ] = None,
    label_column: Annotated[
        str | None,
        typer.Option("--label-column", metavar="NAME", help="Column, field, control or layer of the labels, likewise."),
    ] = None,
    group_column: Annotated[
        str | None,
        typer.Option("--group-column", metavar="NAME", help="Column or field of the documents, if not 'document'."),
    ] = None,
    annotator_column: Annotated[
        str | None,
        typer.Option("--annotator-column", metavar="NAME", help="Column or field of who annotated, if not the usual."),
    ] = None,
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="NAME", help="Who annotated, where the files do not say.")
    ] = None,
    choice: Choices = None,
) -> None:
    """Take annotated sentences from one format to another: tables, and Prodigy, doccano, Label Studio, INCEpTION.

    One row is one annotation: a sentence that two people annotated has two. What a format has beside the columns of a
    corpus goes along: texts and numbers in columns of their own, the rest as JSON in a column 'extra'. A label that was
    rejected stands under 'rejected'. Records that cannot be used are named on standard error, and the rest is kept.
    Labels of the codebook are written as it has them in tables and forms, and in a tool as the tool had them.

    Tables with a column of labels for each annotator are for 'corpus agreement' and 'adjudicate'; here they stay as
    they are.

    'form' is an Excel workbook with a drop-down of the labels and the codebook, for people without a tool.

    Examples
    --------
        bias-detect corpus convert export.jsonl -o corpus.csv

        bias-detect corpus convert ann.jsonl ben.jsonl --from prodigy -o corpus.parquet

        bias-detect corpus convert sample.csv --to form -o sample.xlsx

        bias-detect corpus convert coded.xlsx --text-column text --label-column code --group-column report -o corpus.csv

        bias-detect corpus convert texts.csv --to form --choice praise --choice blame -o sample.xlsx

        bias-detect corpus convert sample.xlsx --annotator ann -o ann.csv
    """
    kind, suffix = target_format(to, output)
    if output is None and suffix in BINARY:
        raise UsageError(f"{kind} is not for the screen", next_step="name a file with -o")
    keep_inputs(files, output)
    names = {"text": text_column, "label": label_column, "group": group_column, "annotator": annotator_column}
    _check_names(names)
    reader = _Reader(files, source, names, annotator)
    rows = reader.as_the_codebook() if kind in (*TABLES, Format.FORM) and not choice else reader.rows()
    if output is None:
        write_annotations(rows, sys.stdout.buffer, kind, suffix, labels=choice or ())
        sys.stdout.buffer.flush()
        reader.check()
    else:
        with whole_file(output) as stream:
            write_annotations(rows, stream, kind, suffix, labels=choice or ())
            reader.check()
    reader.tell()


def _check_names(names: dict[str, str | None]) -> None:
    """Refuse a column that is named for two purposes."""
    named = [name for name in names.values() if name is not None]
    if len(set(named)) < len(named):
        raise UsageError(
            f"one column is named for two purposes ({quoted(named)})", next_step="give each purpose a column of its own"
        )


class _Reader:
    """Read files one after the other, say what cannot be used, and count."""

    def __init__(
        self, files: list[Path], kind: Format | None, names: dict[str, str | None], annotator: str | None
    ) -> None:
        self._files = files
        self._kinds = [kind or guess_format(path) for path in files]
        self._names = names
        self._annotator = annotator
        self._count = self._open = self._rejected = self._malformed = 0
        self._skipped: Counter[str] = Counter()
        self._respelt: Counter[str] = Counter()

    def rows(self) -> Iterator[Annotation]:
        for path, kind in zip(self._files, self._kinds, strict=True):
            for item in read_named(path, kind, **self._names):
                if isinstance(item, Left):
                    self._leave(path, item)
                    continue
                item.annotator = item.annotator or self._annotator
                self._count += 1
                self._rejected += REJECTED in item.extra
                self._open += item.label is None and REJECTED not in item.extra
                yield item

    def as_the_codebook(self) -> Iterator[Annotation]:
        """Yield all rows, with labels as the codebook writes them, where they are its own."""
        from bias_detect.corpus.schema import codebook_spellings

        rows = list(self.rows())
        given = (label for row in rows for label in (row.label, row.extra.get(REJECTED)))
        spellings = codebook_spellings(label for label in given if isinstance(label, str))
        for row in rows:
            if row.label in spellings:
                self._respelt[row.label] += 1
                row.label = spellings[row.label]
            rejected = row.extra.get(REJECTED)
            if isinstance(rejected, str) and rejected in spellings:
                row.extra[REJECTED] = spellings[rejected]
            yield row

    def _leave(self, path: Path, item: Left) -> None:
        if item.malformed:
            self._malformed += 1
            say(f"bias-detect: {path}: {item.place} {item.cause}; it is left out")
        else:
            self._skipped[item.cause] += 1

    def check(self) -> None:
        """Raise where nothing was read: an empty file would tell nobody why."""
        if not self._count:
            self.tell()
            raise CorpusError(
                "no annotations could be read", subject=self._files[0], next_step="see the lines above, or say --from"
            )

    def tell(self) -> None:
        kinds = ", ".join(dict.fromkeys(self._kinds))
        parts = [f"{self._count:,} annotation{'' if self._count == 1 else 's'} from {kinds}"]
        if self._open:
            parts.append(f"{self._open:,} of them without a label")
        if self._rejected:
            parts.append(f"{self._rejected:,} of them say that a label does not apply")
        if self._malformed:
            parts.append(f"{self._malformed:,} records left out")
        parts += [
            f"{count:,} with the label {quoted([name])}, taken for the codebook's"
            for name, count in self._respelt.items()
        ]
        parts += [f"{count:,} passed over ({cause.removeprefix('was ')})" for cause, count in self._skipped.items()]
        say("; ".join(parts))
