"""The work on one document: read it, score it, and keep its sentences and figures; the same on every machine."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bias_detect.auditing.sources import Stamp, stamp_of
from bias_detect.documents.document import Document, Paragraph
from bias_detect.errors import BiasDetectError, DocumentError, ModelError, UsageError
from bias_detect.limits import start_clock

if TYPE_CHECKING:
    from bias_detect.model.classifier import ReviewClassifier

ATTEMPTS = 2
"""How many processes may end abruptly over a document before it is given up."""

_ONE_AT_A_TIME = threading.Lock()  # neither pdfium nor the sentence reader may be entered by two threads


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all documents of a run.

    Parameters
    ----------
    folder : str
        Where the files of sentences go.
    model : str
        Name or folder of the model.
    model_digest : str
        Which model that must be.
    version : str
        Which version of this program must do the work.
    run : str
        What marks this run, unlike every other.
    section : str or None
        The kind of section that is scored; None for all.
    encoding : str or None
        Encoding of text files.
    count_all : bool
        Whether no sentence is set aside.

    Examples
    --------
    >>> Job("sentences", "default", "ab", "1.0", "run 1").section is None
    True
    """

    folder: str
    model: str
    model_digest: str
    version: str
    run: str
    section: str | None = None
    encoding: str | None = None
    count_all: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A document that is to be scored.

    Parameters
    ----------
    document : str
        Its name.
    file : str
        Name of its file of sentences.
    path : str
        Where it is read from.
    stamp : tuple of int
        What that file looked like.
    content : Document or None
        The row of a table, which is not read again.

    Examples
    --------
    >>> Task("a.txt", "ab.parquet", "reports/a.txt", (120, 0)).document
    'a.txt'
    """

    document: str
    file: str
    path: str
    stamp: Stamp
    content: Document | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task.

    Parameters
    ----------
    document, file : str
        As in the task.
    cause, next_step : str or None
        Why it failed and what can be done; None where it was scored.

    Examples
    --------
    >>> Outcome("a.txt", "ab.parquet").cause is None
    True
    """

    document: str
    file: str
    cause: str | None = None
    next_step: str | None = None


def work(task: Task, job: Job, *, patience: float = 0.0) -> Outcome:
    """Score one document, unless its file of sentences is there already.

    What is wrong with the document is returned, whatever it be; what is wrong with the model or the disk is raised,
    since no other document would fare better.

    Parameters
    ----------
    task : Task
        The document.
    job : Job
        What is the same for all.
    patience : float
        Seconds without a further paragraph after which this process is ended, library and all; 0 for never.

    Returns
    -------
    Outcome
        Whether it was scored, and if not, why.

    Raises
    ------
    ModelError
        If this machine has not the model or the version that the run was started with.
    UsageError
        If the sentences cannot be written.
    """
    from bias_detect.auditing.begun import Begun
    from bias_detect.auditing.store import document_of, read_footer, rename_document

    with _ONE_AT_A_TIME:
        path = Path(job.folder, task.file)
        begun = Begun(path, job.run)
        try:
            if begun.times >= ATTEMPTS:
                return abrupt_end(task)
            begun.begin()
            footer = read_footer(path)
            if footer is None:
                _score(task, job, path, patience)
            elif document_of(footer) != task.document:
                rename_document(path, footer, task.document)
        except DocumentError as error:
            return Outcome(task.document, task.file, error.cause, error.next_step)
        except BiasDetectError:
            raise
        except MemoryError:
            return Outcome(
                task.document, task.file, "needs more memory than there is", "split it, or audit it elsewhere"
            )
        except OSError as error:
            if error.filename is not None and Path(error.filename).parent != path.parent:
                return Outcome(task.document, task.file, f"could not be read ({error.strerror})", "check the disk")
            raise UsageError(
                f"cannot be written ({error.strerror or error})",
                subject=job.folder,
                next_step="free some space, then run the same command again: what is done is kept",
            ) from error
        except Exception as error:  # no document may end the audit of the others
            cause = f"made the program fail ({type(error).__name__}: {error})"
            return Outcome(task.document, task.file, cause, "please report this, with the document if you can")
        finally:
            begun.end()
    return Outcome(task.document, task.file)


def abrupt_end(task: Task) -> Outcome:
    """Return the outcome for a document over which process after process ended.

    Parameters
    ----------
    task : Task
        The document.

    Returns
    -------
    Outcome
        A failure.

    Examples
    --------
    >>> abrupt_end(Task("a.txt", "ab.parquet", "reports/a.txt", (120, 0))).document
    'a.txt'
    """
    return Outcome(
        task.document,
        task.file,
        "ended the process that read it, twice (out of memory, without end, or a crash in a library)",
        "open it and save it anew, split it, or audit it on a machine with more memory",
    )


@lru_cache(maxsize=1)
def _model(job: Job) -> ReviewClassifier:
    """Load the model once a run, and make sure that it is the one."""
    from bias_detect.auditing.settings import model_digest
    from bias_detect.model.bundle import load_model
    from bias_detect.version import __version__

    found = model_digest(job.model)
    if found != job.model_digest or __version__ != job.version:
        raise ModelError(
            "a worker has another version of the model or of bias-detect than the audit was started with",
            subject=job.model,
            next_step="install the same version everywhere",
        )
    return load_model(job.model)


def _score(task: Task, job: Job, path: Path, patience: float) -> None:
    from bias_detect.asides import Asides
    from bias_detect.auditing.counts import ReportCounts
    from bias_detect.auditing.store import SentenceWriter
    from bias_detect.scoring import score_paragraphs

    model = _model(job)
    labels = [str(label) for label in model.classes_]
    counts = ReportCounts(labels)
    asides = Asides(count_all=job.count_all, section=job.section)
    paragraphs = _paragraphs(task, job.encoding)
    if patience:  # elsewhere the clock is not ours: a program that audits in its own process may have set it
        paragraphs = _clocked(paragraphs, patience)
    if job.section is not None:
        paragraphs = (paragraph for paragraph in paragraphs if paragraph.section == job.section)
    with SentenceWriter(path, labels) as writer:
        for rows in score_paragraphs(asides.watch(paragraphs), model, name=task.document):
            for row in rows:
                row["set_aside"] = asides.reason(row["section"], row["paragraph"], row["start"], row["end"])
            counts.add(rows)
            writer.write(rows)
        if task.content is None and stamp_of(Path(task.path)) != task.stamp:
            raise DocumentError("changed while it was read", subject=task.path, next_step="run the audit again")
        writer.finish({"document": task.document, **counts.figures()})


def _paragraphs(task: Task, encoding: str | None) -> Iterable[Paragraph]:
    from bias_detect.documents.read import iter_paragraphs

    if task.content is not None:
        return task.content.paragraphs
    return iter_paragraphs(Path(task.path), encoding=encoding)


def _clocked(paragraphs: Iterable[Paragraph], patience: float) -> Iterator[Paragraph]:
    """Give the paragraphs; where one keeps this process waiting for too long, that is the end of the process."""
    waiting = iter(paragraphs)
    while True:
        start_clock(patience)
        try:
            paragraph = next(waiting, None)
        finally:
            start_clock(0)
        if paragraph is None:
            return
        yield paragraph
