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

FOUND, COULD_NOT_RUN = 1, 2
"""Exit codes: a gate found what it is for; the command could not run."""

_COMMANDS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {0x09, 0x0A}, "\ufffd")
_MOST_NAMED = 5  # ids that are named in one line
_DOCUMENTS = frozenset({".doc", ".docm", ".docx", ".htm", ".html", ".odt", ".pdf", ".rtf"})

Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of the screen.")
]
Model = Annotated[
    str,
    typer.Option("--model", "-m", metavar="MODEL", help="The model: 'default', 'accurate', or the folder of another."),
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
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Encoding of text files that are not UTF-8.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", metavar="N", min=1, help="Number of processes, which changes no result; by default one a core."
    ),
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, max=2**32 - 1, help="Seed of everything that is drawn by chance."),
]
Corpus = Annotated[
    list[Path], typer.Argument(metavar="CORPUS…", help="Annotated sentences: CSV, TSV, JSONL, Parquet or XLSX.")
]


def n_jobs(jobs: int | None) -> int:
    """Return how many processes --jobs stands for.

    Parameters
    ----------
    jobs : int or None
        What was asked for; None for one a core.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> n_jobs(3)
    3
    """
    from joblib import cpu_count

    return int(cpu_count()) if jobs is None else jobs


def check_section(section: str | None) -> None:
    """Make sure that what was asked for with --section is a kind of section.

    Parameters
    ----------
    section : str or None
        What was asked for; None for the whole document.

    Raises
    ------
    UsageError
        If there is no such kind.

    Examples
    --------
    >>> check_section("findings")
    """
    if section is None:
        return
    from bias_detect.documents.sections import section_kinds

    if section not in section_kinds():
        raise UsageError(
            f"--section {section} is not a kind of section", next_step=f"choose one of {', '.join(section_kinds())}"
        )


def keep_inputs(inputs: Sequence[Path], *outputs: Path | None) -> None:
    """Make sure that no file that is read, or stands in a folder that is, will be written over.

    Nor may figures go by the name of a document.

    Parameters
    ----------
    inputs : sequence of Path
        The files and folders that are read.
    *outputs : Path or None
        The files that are to be written; None for one that was not asked for.

    Raises
    ------
    UsageError
        If one of them may not be.

    Examples
    --------
    >>> keep_inputs([Path("corpus.csv")], Path("figures.json"), None)
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


def printable(text: str) -> str:
    r"""Return a text for the screen in which a terminal finds no command: names and labels come from anywhere.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text, with a mark for each control character but tabs and line ends.

    Examples
    --------
    >>> printable("a\x1b[31m.txt\n")
    'a\ufffd[31m.txt\n'
    """
    return text.translate(_COMMANDS)


def say(message: str) -> None:
    """Print a line on standard error, where it does not mix with results.

    Parameters
    ----------
    message : str
        The line.

    Examples
    --------
    >>> say("a note")  # on standard error
    """
    print(printable(message), file=sys.stderr, flush=True)


def say_error(error: BiasDetectError) -> None:
    """Print an error as one line on standard error.

    Parameters
    ----------
    error : BiasDetectError
        The error.

    Examples
    --------
    >>> say_error(UsageError("is empty", subject="a.txt", next_step="choose another"))  # on standard error
    """
    say(f"bias-detect: {error}")


def say_unmatched(ids: list[str], listed: Path) -> None:
    """Say on standard error that ids in an ignore file leave nothing alone.

    Parameters
    ----------
    ids : list of str
        The ids; nothing is said where there are none.
    listed : Path
        The ignore file.

    Examples
    --------
    >>> say_unmatched(["3fa9c1d20b"], Path("draft.docx.ignore"))  # on standard error
    """
    if ids:
        several = f"{len(ids):,} entries match" if len(ids) > 1 else "1 entry matches"
        named = ", ".join(ids[:_MOST_NAMED]) + (", …" if len(ids) > _MOST_NAMED else "")
        say(f"bias-detect: {listed}: {several} no sentence ({named}); it may have been changed since")


@contextlib.contextmanager
def progress(total: int | None, what: str) -> Iterator[Any]:
    """Show a progress bar on standard error if that is a terminal.

    Parameters
    ----------
    total : int or None
        The number of steps; None where it is not known yet.
    what : str
        What stands before the bar.

    Yields
    ------
    callable
        To be called with the steps done and, where it has become known, their number.

    Examples
    --------
    >>> with progress(2, "reading") as step:
    ...     step(1)
    """
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
