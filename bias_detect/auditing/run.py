"""The audit: many documents in, trustworthy tables out; it can be stopped, resumed and spread over machines."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bias_detect.auditing.begun import forget_begun
from bias_detect.auditing.folder import open_folder, write_json
from bias_detect.auditing.inventory import Inventory, Item, rows_of, take_inventory
from bias_detect.auditing.metadata import check_metadata, read_metadata
from bias_detect.auditing.pool import Outcomes, run_here
from bias_detect.auditing.result import AuditResult
from bias_detect.auditing.sample import Sample
from bias_detect.auditing.settings import ModelSource, Settings
from bias_detect.auditing.sources import Folders, Problem
from bias_detect.auditing.store import clear, document_of, file_name, read_footer
from bias_detect.auditing.tables import SUMMARY, write_tables
from bias_detect.auditing.work import Job, Task
from bias_detect.documents.document import Document
from bias_detect.errors import UsageError
from bias_detect.version import __version__


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an audit is.

    Parameters
    ----------
    done, total : int
        Documents, those that earlier runs have scored among them.
    failed : int
        How many of them could not be scored.
    part : float
        How much of the work of this run is done, from 0 to 1, by the size of the documents.

    Examples
    --------
    >>> Progress(done=3, total=12, failed=0, part=0.2).done
    3
    """

    done: int
    total: int
    failed: int
    part: float


def audit(
    paths: str | Path | Iterable[str | Path],
    output: str | Path,
    *,
    metadata: str | Path | None = None,
    text_columns: str | Sequence[str] = (),
    id_column: str | None = None,
    validated: str | Path | None = None,
    jobs: int = 1,
    scheduler: str | None = None,
    fresh: bool = False,
    model: str | Path = "default",
    section: str | None = None,
    encoding: str | None = None,
    count_all: bool = False,
    report: bool = True,
    progress: Callable[[Progress], None] | None = None,
) -> AuditResult:
    """Score every sentence of many reports, and count what is in them.

    A report that was scored before, by the same model and with the same settings, is not scored again, so that an audit
    that was stopped goes on where it was. A report that cannot be scored becomes a row of ``failures`` and stops
    nothing. Reports of the same content are scored once.

    Parameters
    ----------
    paths : path or iterable of paths
        Files and folders, in which hidden files and those named README or LICENSE are passed over: Word, PDF, HTML,
        Markdown, plain text, and tables of texts (CSV, TSV, JSONL, Parquet, XLSX).
    output : str or Path
        The folder for the results, new or that of an earlier audit.
    metadata : path, optional
        A table with a column that names the reports; its other columns join the table of reports.
    text_columns : str or sequence of str
        Columns of tables that hold texts; each is a section of the report that a row is.
    id_column : str, optional
        Column of tables that names the rows.
    validated : path, optional
        Sentences drawn at random from this audit and labelled by a person, for shares that rest on them:
        ``document``, ``sentence_id``, ``label`` and, if some were more likely to be drawn, ``inclusion``.
    jobs : int, default=1
        Number of processes; 1 works in this one, -1 uses all cores.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers do the work instead. They must see the same files under the same
        paths, the output among them.
    fresh : bool, default=False
        Score everything anew.
    model : str or Path, default="default"
        The model, by name or folder.
    section : str, optional
        Score only this kind of section, such as ``"findings"``.
    encoding : str, optional
        Encoding of text files that are not UTF-8.
    count_all : bool, default=False
        Count sentences that are otherwise set aside: quotations, what was asked for, what shall be done.
    report : bool, default=True
        Whether to write ``report.html`` and its figures as well.
    progress : callable, optional
        Called with a `Progress` at the start and whenever a document is done.

    Returns
    -------
    AuditResult
        The tables, which are in the folder as ``reports.csv``, ``groups.csv``, ``failures.csv``, ``duplicates.csv``,
        ``summary.json`` and the Parquet files of ``sentences/``. They are the same whatever the order of the work.

    Raises
    ------
    DocumentError
        If a path does not exist.
    ModelError
        If the model cannot be loaded.
    CorpusError
        If the metadata or the validated sentences cannot be read.
    UsageError
        If nothing was found, the folder holds something else, cannot be written to or is in use, or options do not go
        together.

    See Also
    --------
    bias_detect.score : one document.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("The nurse rang. Staff should have seen that he was in danger.")
    ...     result = audit(Path(folder, "a.txt"), Path(folder, "audit"), report=False)
    >>> result.reports[["document", "sentences", "n_hindsight_biased"]].to_dict("records")
    [{'document': 'a.txt', 'sentences': 2, 'n_hindsight_biased': 1}]
    """
    columns = (text_columns,) if isinstance(text_columns, str) else tuple(text_columns)
    settings = Settings(section, encoding, count_all, columns, id_column)
    settings.check()
    processes = _count(jobs)
    source = ModelSource.find(model)
    folder = Path(output)
    folders = Folders([paths] if isinstance(paths, str | Path) else paths, leave_out=folder)
    files = folders.files()
    about = None if metadata is None else read_metadata(metadata)
    sample = None if validated is None else Sample(Path(validated), source.labels)
    if not files:
        raise UsageError("no documents were found", subject=folders.shown, next_step="name files, or another folder")
    with open_folder(folder) as sentences:
        inventory = take_inventory(files, text_columns=columns, id_column=id_column)
        if about is not None:
            check_metadata(about, inventory.names)
        if fresh:
            clear(sentences)
        run = _Run(sentences, inventory, settings, source)
        run.work(processes, scheduler, progress or (lambda _: None))
        result = write_tables(
            folder,
            inventory,
            run.footers,
            source,
            settings,
            hidden=folders.hidden,
            audits=folders.audits,
            metadata=about,
            sample=sample,
        )
        clear(sentences, keep=run.footers)
        if report:
            from bias_detect.auditing.report import write_report

            write_report(result)
        write_json(result.summary, folder / SUMMARY)
    return result


def _count(jobs: int) -> int:
    if jobs == -1:
        import joblib

        return int(joblib.cpu_count())
    if jobs < 1:
        raise UsageError(f"{jobs} processes do no work", next_step="give a number from 1 up, or -1 for all cores")
    return jobs


class _Run:
    """The documents of a run: which are done, and the doing of the others.

    ``footers`` are the figures of those that are done, by the file of their sentences.
    """

    def __init__(self, sentences: Path, inventory: Inventory, settings: Settings, source: ModelSource) -> None:
        self._sentences = sentences
        self._inventory = inventory
        self._settings = settings
        self._digest = settings.digest(source.digest)
        self._job = Job(
            folder=str(sentences.absolute()),
            model=source.name,
            model_digest=source.digest,
            version=__version__,
            run=secrets.token_hex(8),
            section=settings.section,
            encoding=settings.encoding,
            count_all=settings.count_all,
        )
        self.footers: dict[str, bytes] = {}

    def work(self, processes: int, scheduler: str | None, progress: Callable[[Progress], None]) -> None:
        """Score what is not scored yet; what cannot be is added to the problems of the inventory."""
        forget_begun(self._sentences)
        waiting = {item.document: item for item in self._inventory.items if not self._look(item)}
        total, size = len(self._inventory.items), sum(item.size for item in waiting.values())
        before, worked = len(self._inventory.problems), 0

        def tell() -> None:
            failed = len(self._inventory.problems) - before
            progress(Progress(total - len(waiting), total, failed, worked / size if size else 1.0))

        tell()
        if not waiting:
            return
        with closing(self._outcomes(dict(waiting), processes, scheduler)) as outcomes:
            for outcome in outcomes:
                item = waiting.pop(outcome.document)
                worked += item.size
                if outcome.cause is not None:
                    self._fail(item, outcome.cause, outcome.next_step or "")
                elif not self._look(item):
                    next_step = "run the audit again; the workers of a cluster must write to the same disk"
                    self._fail(item, "left no sentences in the folder", next_step)
                tell()
        forget_begun(self._sentences)
        for item in waiting.values():  # rows of a table that is no longer what it was
            self._fail(item, "changed while the audit ran", "run the audit again")
        self._fail_copies()

    def _look(self, item: Item) -> bool:
        """Take the figures of a document, if it is done and has kept its name."""
        name = file_name(item.digest, self._digest)
        footer = read_footer(self._sentences / name)
        if footer is None or document_of(footer) != item.document:
            return False
        self.footers[name] = footer
        return True

    def _fail(self, item: Item, cause: str, next_step: str) -> None:
        self._inventory.problems.append(Problem(item.document, "failed", cause, next_step))

    def _fail_copies(self) -> None:
        """Let no document pass for a duplicate of one that was scored when that one was not."""
        failed = {problem.document: problem for problem in self._inventory.problems}
        copies = [pair for pair in self._inventory.duplicates if pair[1] in failed]
        for document, original in copies:
            self._inventory.duplicates.remove((document, original))
            problem = failed[original]
            cause = f"has the content of {original}, which {problem.cause}"
            self._inventory.problems.append(Problem(document, problem.kind, cause, problem.next_step))

    def _outcomes(self, waiting: dict[str, Item], processes: int, scheduler: str | None) -> Outcomes:
        def tasks(done: Container[str]) -> Iterator[Task]:
            return self._tasks([item for item in waiting.values() if item.document not in done])

        if scheduler is not None:
            from bias_detect.auditing.cluster import run_on_cluster

            return run_on_cluster(tasks, self._job, scheduler)
        return run_here(tasks, self._job, processes)

    def _tasks(self, items: Sequence[Item]) -> Iterator[Task]:
        """Yield files, the largest first, so that none is left to a single process at the end; then rows."""
        tables: dict[Path, list[Item]] = {}
        for item in sorted(items, key=lambda item: -item.size):
            if item.row is not None:
                tables.setdefault(item.path, []).append(item)
            else:
                yield self._task(item)
        for path, rows in tables.items():
            for item, document in rows_of(path, rows, self._settings.text_columns, self._settings.id_column):
                yield self._task(item, document)

    def _task(self, item: Item, content: Document | None = None) -> Task:
        return Task(item.document, file_name(item.digest, self._digest), str(item.path), item.stamp, content)
