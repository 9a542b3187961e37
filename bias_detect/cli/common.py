"""What the commands share: options, progress, errors that do not stop the rest, outputs that are whole or absent."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from bias_detect.errors import BiasDetectError, UsageError

COULD_NOT_RUN = 2

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
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, max=2**32 - 1, help="Seed of everything that is drawn by chance."),
]
Corpus = Annotated[
    list[Path], typer.Argument(metavar="CORPUS…", help="Annotated sentences: CSV, TSV, JSONL, Parquet or XLSX.")
]


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


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when everything has been written."""
    scratch: Path | None = None
    try:
        if path.exists() and not path.is_file():  # a pipe or a device is written to, not replaced
            with path.open("wb") as device:
                yield device
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".bias-detect-")
        scratch = Path(name)
        with os.fdopen(handle, "wb") as stream:
            yield stream
        scratch.chmod(0o666 & ~_umask())
        scratch.replace(path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(
            f"cannot be written ({error.strerror or error})",
            subject=path,
            next_step="free some space, or choose a place that you may write to",
        ) from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
