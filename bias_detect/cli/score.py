"""``bias-detect score``."""

from __future__ import annotations

import copy
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from bias_detect.cli.common import (
    COULD_NOT_RUN,
    FOUND,
    Encoding,
    Model,
    Output,
    Section,
    check_section,
    keep_inputs,
    progress,
    say,
    say_error,
    say_unmatched,
)
from bias_detect.cli.formats import Format, Writer, writer_for
from bias_detect.errors import BiasDetectError, UsageError
from bias_detect.files import whole_file

if TYPE_CHECKING:
    from bias_detect.documents.document import Paragraph
    from bias_detect.model.classifier import ReviewClassifier
    from bias_detect.review.ignore import IgnoreList

SPOOL_SIZE = 8_000_000


def score(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILES…]", help="Word, PDF, HTML, Markdown or text files; - for standard input."),
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="Score this text instead of files.")] = None,
    format: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="How to write the result; by default what FILE's ending says, or table."),
    ] = None,
    output: Output = None,
    model: Model = "default",
    section: Section = None,
    ignore: Annotated[
        Path | None,
        typer.Option("--ignore", metavar="FILE", help="What to leave alone; by default FILE.ignore beside each file."),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="LABEL", help="Exit with 1 if a sentence has this label."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Under each sentence of the table say which words pulled it each way.")
    ] = False,
    encoding: Encoding = None,
) -> int:
    """Label every sentence of a review and say why.

    Examples
    --------
        bias-detect score draft.docx

        bias-detect score reports/*.pdf --format csv -o scored.csv

        bias-detect score --text "Staff should have seen that he was in danger."
    """
    sources = _sources(files, text)
    chosen = format or _format_of(output)
    if explain and chosen is not Format.TABLE:
        raise UsageError("--explain goes with the table format", next_step="leave out --format, or leave out --explain")
    check_section(section)
    keep_inputs(_read(files or [], ignore), output)
    from bias_detect.model.bundle import load_model

    classifier = load_model(model)
    if fail_on is not None and fail_on not in classifier.classes_:
        raise UsageError(
            f"--fail-on {fail_on} is not a label of the model",
            next_step=f"choose one of {', '.join(classifier.classes_)}",
        )
    job = _Job(sources, text, classifier, section, fail_on, encoding, _ignored(ignore), ignore)
    if output is None:
        job.run(sys.stdout.buffer, writer_for(chosen, classifier, terminal=sys.stdout.isatty(), explain=explain))
    else:
        with whole_file(output, *map(Path, files or [])) as stream:
            job.run(stream, writer_for(chosen, classifier, terminal=False, explain=explain, excel=True))
            if job.failed == len(sources):
                raise typer.Exit(COULD_NOT_RUN)
    return COULD_NOT_RUN if job.failed else FOUND if job.found else 0


@dataclass
class _Job:
    """Score sources one after the other; what fails is said and the rest goes on."""

    sources: list[str]
    text: str | None
    model: ReviewClassifier
    section: str | None
    fail_on: str | None
    encoding: str | None
    ignored: IgnoreList | None
    listed: Path | None
    failed: int = 0
    found: bool = False
    met: set[str] = field(default_factory=set)

    def run(self, stream: IO[bytes], writer: Writer) -> None:
        """Write the rows of all sources; those of a source that fails half-way are not written."""
        from bias_detect.review.flags import leave_alone, sentence_id
        from bias_detect.review.ignore import ignore_file
        from bias_detect.scoring import score_paragraphs

        with progress(len(self.sources) if len(self.sources) > 1 else None, "scoring") as step:
            for done, source in enumerate(self.sources):
                step(done, len(self.sources))
                with tempfile.SpooledTemporaryFile(SPOOL_SIZE) as spool:
                    name = source.encode(errors="replace").decode()  # it need not be UTF-8 on the disk
                    found, empty, attempt = False, True, copy.copy(writer)
                    try:
                        ignored = self._ignored(source)
                        for rows in score_paragraphs(self._paragraphs(source), self.model, name=name):
                            empty = False
                            if ignored.entries:
                                self.met.update(sentence_id(row["sentence"]) for row in rows)
                            alone = leave_alone(rows, ignored)
                            found = found or any(
                                row["label"] == self.fail_on and row["sentence_id"] not in alone for row in rows
                            )
                            spool.write(attempt.rows(rows, alone))
                    except BiasDetectError as error:
                        self.failed += 1
                        say_error(error)
                        continue
                    if empty and self.section is not None:
                        say(f"bias-detect: {name}: has no section of the kind {self.section!r}")
                    if self.ignored is None and ignored.entries:
                        self._say_unmatched(ignored, ignore_file(Path(source)))
                        self.met.clear()
                    self.found, writer = self.found or found, attempt
                    spool.seek(0)
                    stream.write(writer.begin())
                    shutil.copyfileobj(spool, stream)
        if self.ignored is not None and self.listed is not None and not self.failed:
            self._say_unmatched(self.ignored, self.listed)
        if self.failed < len(self.sources):
            stream.write(writer.end())
        stream.flush()

    def _say_unmatched(self, ignored: IgnoreList, listed: Path) -> None:
        """Say which sentences that are to be left alone were not there; sections are none of a score."""
        if self.section is None:
            say_unmatched([name for name in ignored.unmatched(self.met) if not name.startswith("section-")], listed)

    def _ignored(self, source: str) -> IgnoreList:
        """Return what is left alone in a source: what was named, else the file beside it."""
        from bias_detect.review.ignore import IgnoreList

        if self.ignored is not None:
            return self.ignored
        return IgnoreList() if self.text is not None or source == "-" else IgnoreList.beside(Path(source))

    def _paragraphs(self, source: str) -> Iterable[Paragraph]:
        if self.text is not None:
            from bias_detect.scoring import read_text

            paragraphs: Iterable[Paragraph] = read_text(self.text, "--text")
        else:
            from bias_detect.documents.read import iter_paragraphs

            paragraphs = iter_paragraphs(sys.stdin.buffer if source == "-" else source, encoding=self.encoding)
        if self.section is None:
            return paragraphs
        return (paragraph for paragraph in paragraphs if paragraph.section == self.section)


def _read(files: list[str], ignore: Path | None) -> list[Path]:
    """Return all that a call reads: its files, and what says what to leave alone in them."""
    sources = [Path(file) for file in files if file != "-"]
    return [*sources, *(map(_beside, sources) if ignore is None else [ignore])]


def _beside(source: Path) -> Path:
    from bias_detect.review.ignore import ignore_file, ignore_path

    try:
        return ignore_file(source)
    except UsageError:  # there are two, which is said when the source is read
        return ignore_path(source)


def _ignored(path: Path | None) -> IgnoreList | None:
    if path is None:
        return None
    from bias_detect.review.ignore import IgnoreList

    return IgnoreList.read(path)


def _sources(files: list[str] | None, text: str | None) -> list[str]:
    if text is not None and files:
        raise UsageError("--text and files do not go together", next_step="give one of them")
    if text is not None:
        return ["text"]
    if not files:
        raise UsageError("nothing to score", next_step="name files, - for standard input, or give --text")
    return files


def _format_of(output: Path | None) -> Format:
    suffix = "" if output is None else output.suffix.lower().lstrip(".")
    return Format(suffix) if suffix in ("csv", "json", "jsonl") else Format.TABLE
