"""What the commands share: options, progress, and errors that do not stop the rest."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bias_detect.errors import BiasDetectError, UsageError

COULD_NOT_RUN = 2
_DOCUMENTS = frozenset({".doc", ".docm", ".docx", ".htm", ".html", ".odt", ".pdf", ".rtf"})

Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of the screen.")
]
Model = Annotated[
    str, typer.Option("--model", "-m", metavar="MODEL", help="The model: 'default', or the folder of another.")
]
TextColumn = Annotated[str, typer.Option("--text-column", metavar="NAME", help="Column that holds the sentences.")]
LabelColumn = Annotated[str, typer.Option("--label-column", metavar="NAME", help="Column that holds the labels.")]
GroupColumn = Annotated[
    str | None,
    typer.Option(
        "--group-column", metavar="NAME", help="Column that names a sentence's document, which is never split."
    ),
]
Section = Annotated[
    str | None, typer.Option("--section", metavar="KIND", help="Score only this kind of section, such as findings.")
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, max=2**32 - 1, help="Seed of everything that is drawn by chance."),
]
Corpus = Annotated[
    list[Path], typer.Argument(metavar="CORPUS…", help="Annotated sentences: CSV, TSV, JSONL, Parquet or XLSX.")
]


def check_section(section: str | None) -> None:
    """Raise UsageError where what was asked for with --section is not a kind of section."""
    if section is None:
        return
    from bias_detect.documents.sections import section_kinds

    if section not in section_kinds():
        raise UsageError(
            f"--section {section} is not a kind of section", next_step=f"choose one of {', '.join(section_kinds())}"
        )


def keep_inputs(inputs: Sequence[Path], *outputs: Path | None) -> None:
    """Raise UsageError if a file that is read, or stands in a folder that is, would be written over.

    Nor may figures go by the name of a document.
    """
    for path in outputs:
        if path is None:
            continue
        if any(_same(path, given) for given in inputs):
            raise UsageError("is read, and would be written over", subject=path, next_step="name another file")
        if path.suffix.lower() in _DOCUMENTS:
            raise UsageError(
                f"is the name of a document ({path.suffix}), which is not what is written",
                subject=path,
                next_step="write .csv, .json, .jsonl or .txt",
            )


def _same(output: Path, given: Path) -> bool:
    """Whether two names, by links too, are those of one file; a terminal that is read and written is none."""
    try:
        if given.is_dir():
            return output.is_file() and given.resolve() in output.resolve().parents
        return output.is_file() and output.samefile(given)
    except OSError:
        return os.path.realpath(output) == os.path.realpath(given)


def say(message: str) -> None:
    """Print a line on standard error, where it does not mix with results."""
    print(message, file=sys.stderr, flush=True)


def say_error(error: BiasDetectError) -> None:
    """Print an error as one line on standard error."""
    say(f"bias-detect: {error}")


@contextlib.contextmanager
def progress(total: int | None, what: str) -> Iterator[Any]:
    """Show a progress bar on standard error if that is a terminal; yields a function to call for each step done."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)

        def step(done: float = 0, of: float | None = None) -> None:
            bar.update(task, completed=done, total=of)

        yield step
