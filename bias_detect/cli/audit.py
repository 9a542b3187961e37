"""``bias-detect audit``."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bias_detect.cli.common import Encoding, Jobs, Model, Section, keep_inputs, n_jobs, say
from bias_detect.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from bias_detect.auditing.result import AuditResult
    from bias_detect.auditing.run import Progress

_WRITTEN = (
    *(f"{name}.csv" for name in ("reports", "groups", "failures", "duplicates", "sentences")),
    *("sentences.xlsx", "summary.json"),
)

EVERY = 30.0
"""Seconds between lines of progress where they go to a file."""


def audit(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATHS…", help="Reports, folders of reports, and tables of texts.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the results."),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option("--metadata", metavar="FILE", help="Table that says more of the reports, by file name or id."),
    ] = None,
    text_column: Annotated[
        list[str] | None,
        typer.Option("--text-column", metavar="NAME", help="Column of tables that holds texts; may be given again."),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option("--id-column", metavar="NAME", help="Column of tables that names the rows.")
    ] = None,
    validated: Annotated[
        Path | None,
        typer.Option("--validated", metavar="FILE", help="A random sample of this audit, with your labels."),
    ] = None,
    jobs: Jobs = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Do the work on this Dask cluster, as tcp://host:8786."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Score everything anew.")] = False,
    model: Model = "default",
    section: Section = None,
    encoding: Encoding = None,
    count_all: Annotated[
        bool,
        typer.Option("--count-all", help="Count headings, footnotes, quotations, purpose and recommendations as well."),
    ] = False,
    sentences_csv: Annotated[
        bool, typer.Option("--sentences-csv", help="Write all sentences to sentences.csv as well.")
    ] = False,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="Write all sentences to sentences.xlsx as well.")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html and its figures.")] = True,
) -> None:
    """Score folders of reports, and write tables with honest shares of each label.

    What is done is kept: a stopped audit goes on when the same command is given again. What could not be scored is in
    failures.csv, with the cause and what to do.

    Examples
    --------
        bias-detect audit reviews/ -o audit

        bias-detect audit reviews/ -o audit --metadata reviews.csv --jobs 4

        bias-detect audit reports.csv --text-column circumstances --text-column concerns --id-column url -o audit
    """
    if output is None:
        raise UsageError("no folder for the results is named", next_step="add -o DIR")
    if scheduler is not None and jobs is not None:
        raise UsageError("--jobs and --scheduler do not go together", next_step="give one of them")
    read = [path for path in (*paths, metadata, validated) if path is not None]
    keep_inputs(read, *(output / name for name in _WRITTEN))
    from bias_detect.auditing.export import write_sentences_csv, write_sentences_xlsx
    from bias_detect.auditing.run import audit as run_audit

    with _progress() as progress:
        result = run_audit(
            paths,
            output,
            metadata=metadata,
            text_columns=text_column or (),
            id_column=id_column,
            validated=validated,
            jobs=n_jobs(jobs),
            scheduler=scheduler,
            fresh=fresh,
            model=model,
            section=section,
            encoding=encoding,
            count_all=count_all,
            report=report,
            progress=progress,
        )
    if sentences_csv:
        write_sentences_csv(result)
    if xlsx:
        write_sentences_xlsx(result)
    _tell_cleared(result)
    if not len(result.reports):
        raise _nothing(result)
    _tell(result)


def _nothing(result: AuditResult) -> DocumentError:
    """Return the error for an audit in which there is nothing: of one document its own, of many where to look."""
    failures = result.failures
    if len(failures) == 1:
        first = failures.iloc[0]
        return DocumentError(first["cause"], subject=first["document"], next_step=first["next_step"])
    cause = f"none of the {len(failures):,} documents could be scored"
    return DocumentError(cause, subject=result.folder, next_step="look into failures.csv, which says why")


def _tell_cleared(result: AuditResult) -> None:
    """Say what an earlier run has left that no longer fits, and what became of it."""
    gone = [name for name, kept in result.cleared.items() if kept is None and not (result.folder / name).exists()]
    if gone:
        what = "it no longer fits" if len(gone) == 1 else "they no longer fit"
        say(f"removed, since {what}: {', '.join(gone)}")
    for name, kept in result.cleared.items():
        if kept is not None:
            say(f"{name} was changed by hand and no longer fits: it is kept as {kept}")


def _tell(result: AuditResult) -> None:
    """Say on standard error what there is, and print the folder."""
    from bias_detect.auditing.summary import many, warning

    counts, sentences = result.summary["documents"], result.summary["sentences"]
    parts = [f"{counts[kind]:,} {kind}" for kind in ("scored", "duplicates", "failed", "skipped") if counts[kind]]
    parts = ["1 duplicate" if part == "1 duplicates" else part for part in parts]
    say(f"{many(counts['found'], 'document')}: {', '.join(parts)}")
    prevalence = result.summary["prevalence"]
    warned = warning(prevalence)
    if warned is not None:
        say(f"warning: {warned}")
    if prevalence["lead"] is not None:
        _tell_shares(prevalence, many(sentences["counted"], "sentence"))
    for note in result.summary["notes"]:
        if note != warned:
            say(f"note: {note}")
    print(result.folder)


def _tell_shares(prevalence: dict[str, Any], sentences: str) -> None:
    """Say the overall shares: the leading ones, or a range where the corrections disagree, and the plain count."""
    from bias_detect.labels import shown

    lead, ranges, counted = prevalence["lead"], prevalence["ranges"], prevalence["by_method"]["raw"]
    what = f"shares ({shown(lead)})" if ranges is None else "ranges over all estimates"
    say(f"{sentences}; {what}{'' if lead == 'raw' else ' and as counted'}, with 95% intervals:")
    for label, share in prevalence["by_method"][lead].items():
        raw = f"{counted[label]['value']:.1%} ({counted[label]['low']:.1%} to {counted[label]['high']:.1%})"
        ours = f"{share['value']:.1%} ({share['low']:.1%} to {share['high']:.1%})"
        if ranges is not None:
            low, high = ranges[label]["low"], ranges[label]["high"]
            ours = f"{low:.1%} to {high:.1%}"
            raw += f", {shown(lead)} {share['value']:.1%}"
        say(f"  {shown(label)}: {ours}" + ("" if lead == "raw" else f"; counted {raw}"))


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """Yield what shows progress on standard error: a bar on a terminal, else a line now and then."""
    last: Progress | None = None
    try:
        with _bar() if sys.stderr.isatty() else contextlib.nullcontext(_lines()) as show:

            def step(progress: Progress) -> None:
                nonlocal last
                last = progress
                show(progress)

            yield step
    except KeyboardInterrupt:
        if last is not None:
            are = "document is" if last.total == 1 else "documents are"
            say(f"{last.done:,} of {last.total:,} {are} done and kept; the same command goes on from here")
        raise


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich import progress as parts
    from rich.console import Console

    columns = (
        parts.SpinnerColumn(),
        parts.TextColumn("{task.description}"),
        parts.BarColumn(),
        parts.TextColumn("{task.fields[pace]}"),
    )
    with parts.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("looking at the documents", total=None, pace="")
        pace = Pace()

        def show(now: Progress) -> None:
            bar.update(task, description=pace.counted(now), total=1.0, completed=now.part, pace=pace.text(now))

        yield show


def _lines() -> Callable[[Progress], None]:
    pace, told = Pace(), 0.0

    def show(now: Progress) -> None:
        nonlocal told
        if pace.started is None:
            told = time.monotonic()
        text = pace.text(now)
        if time.monotonic() - told >= EVERY:
            told = time.monotonic()
            say(f"{pace.counted(now)}{text and ', '}{text}")

    return show


class Pace:
    """How fast an audit is, and how long it will take, from the progress that is told.

    Examples
    --------
    >>> from types import SimpleNamespace as Progress
    >>> pace = Pace(clock=iter([0.0, 60.0]).__next__)
    >>> pace.text(Progress(done=40, part=0.0))
    ''
    >>> pace.text(Progress(done=100, part=0.25))
    '1.0 a second, 3 minutes left'
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.started: float | None = None
        self._before = 0

    def counted(self, now: Progress) -> str:
        """Return how many documents are done.

        Examples
        --------
        >>> from types import SimpleNamespace as Progress
        >>> Pace().counted(Progress(done=1200, total=3000, failed=2))
        '1,200 of 3,000 documents, 2 failed'
        """
        failed = f", {now.failed:,} failed" if now.failed else ""
        what = "document" if now.total == 1 else "documents"
        return f"{now.done:,} of {now.total:,} {what}{failed}"

    def text(self, now: Progress) -> str:
        """Return rate and time left; nothing at the start, when they are not known."""
        if self.started is None:
            self.started, self._before = self._clock(), now.done
            return ""
        passed = self._clock() - self.started
        if passed <= 0 or now.part <= 0:
            return ""
        left = passed * (1 - now.part) / now.part
        minutes = f"{left / 60:,.0f} minutes" if left >= 90 else f"{left:.0f} seconds"
        return f"{(now.done - self._before) / passed:,.1f} a second, {minutes} left"
