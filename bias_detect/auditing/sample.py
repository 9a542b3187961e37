"""Sentences that a person validated: read from a table, and found among those of an audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bias_detect.auditing.validated import Validated, population_size
from bias_detect.corpus.schema import folded
from bias_detect.errors import CorpusError, UsageError
from bias_detect.model.natural import INCLUSION
from bias_detect.tabular import BadRecord, Record, as_text, iter_records, unit_of

if TYPE_CHECKING:
    import pandas as pd

_GIVE = "give the table of sentences that was drawn from this audit, with a label for each"
_NAMED = 10


class Sample:
    r"""A validated sample, and where its sentences stand among those of the audit.

    Parameters
    ----------
    path : Path
        A table with ``document``, ``sentence_id``, ``label`` and, if not all sentences were as likely to be drawn,
        ``inclusion``: CSV, TSV, JSONL, Parquet or XLSX.
    labels : sequence of str
        The labels of the model.

    Raises
    ------
    CorpusError
        If the table cannot be read.
    UsageError
        If it is no sample in which every sentence has a label.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "sample.csv")
    ...     _ = path.write_text("document,sentence_id,label\na.txt,p1s1,told\n", encoding="utf-8")
    ...     sample = Sample(path, ["told", "judged"])
    >>> sample.asks_for("a.txt"), len(sample.notes())
    (True, 1)
    """

    def __init__(self, path: Path, labels: Sequence[str]) -> None:
        self._path = path
        self._labels = labels
        self._places = {label: place for place, label in enumerate(labels)}
        self._loosely = {folded(label): place for place, label in enumerate(labels)}
        self._open: dict[str, dict[str, tuple[int, float]]] = {}
        self._found: list[tuple[int, int, float]] = []
        self._simple = True
        self._rows = self._unlabelled = 0
        self._wrong: list[UsageError] = []
        for record in iter_records(path, error=CorpusError):
            if isinstance(record, BadRecord):
                self._wrong.append(self._error(record.error.cause, record.error.next_step or _GIVE))
            else:
                self._add(record)
        if self._rows and self._unlabelled == self._rows:
            raise self._error("no row has a label", "fill in the column label, for every sentence of the sample")
        self._refuse()
        if not self._open:
            raise UsageError("holds no sentences", subject=path, next_step=_GIVE)

    def _add(self, record: Record) -> None:
        where, cells = f"{unit_of(self._path)} {record.number}", record.cells
        missing = next((name for name in ("document", "sentence_id", "label") if name not in cells), None)
        if missing is not None:
            raise UsageError(f"has no column {missing!r}", subject=self._path, next_step=_GIVE)
        self._rows += 1
        label = as_text(cells["label"])
        truth = None if label is None else self._places.get(label, self._loosely.get(folded(label)))
        if truth is None:
            self._unlabelled += label is None
            what = "no label" if label is None else f"the label {label!r}, which the model has not"
            next_step = f"give every sentence of the sample one of {', '.join(self._labels)}"
            self._wrong.append(self._error(f"{where} has {what}", next_step))
            return
        self._simple &= INCLUSION not in cells
        try:
            inclusion = _number(as_text(cells[INCLUSION])) if INCLUSION in cells else 1.0
        except ValueError:
            inclusion = 0.0
        if not 0 < inclusion <= 1:
            next_step = "give the probability with which the sentence was drawn, above 0 and up to 1"
            self._wrong.append(self._error(f"{where} has no such number in the column {INCLUSION!r}", next_step))
            return
        of_document = self._open.setdefault(as_text(cells["document"]) or "", {})
        sentence = as_text(cells["sentence_id"]) or ""
        if sentence in of_document:
            next_step = "keep one label for each sentence"
            self._wrong.append(self._error(f"{where} names a sentence that stands there already", next_step))
            return
        of_document[sentence] = truth, inclusion

    def asks_for(self, document: str) -> bool:
        r"""Say whether sentences of a document are in the sample and were not looked for yet.

        Parameters
        ----------
        document : str
            Its name.

        Returns
        -------
        bool
            True where there are.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "sample.csv")
        ...     _ = path.write_text("document,sentence_id,label\na.txt,p1s1,told\n", encoding="utf-8")
        ...     Sample(path, ["told", "judged"]).asks_for("b.txt")
        False
        """
        return document in self._open

    def notes(self) -> list[str]:
        r"""Return what must be said of the sample.

        Returns
        -------
        list of str
            Plain sentences.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "sample.csv")
        ...     _ = path.write_text("document,sentence_id,label,inclusion\na.txt,p1s1,told,0.1\n", encoding="utf-8")
        ...     Sample(path, ["told", "judged"]).notes()
        []
        """
        if not self._simple:
            return []
        return [
            f"The validated sentences have no column {INCLUSION}: they are taken as a simple random sample of all "
            "counted sentences. If some were more likely to be drawn, the leading shares are wrong without it."
        ]

    def find(self, document: str, frame: pd.DataFrame, before: int) -> pd.DataFrame:
        r"""Note the places of the sample's sentences of a document.

        Parameters
        ----------
        document : str
            Its name.
        frame : pandas.DataFrame
            All its sentences.
        before : int
            How many sentences of other documents are counted before them.

        Returns
        -------
        pandas.DataFrame
            Those of its sentences that are counted; others of the sample are left out of it.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "sample.csv")
        ...     _ = path.write_text("document,sentence_id,label\na.txt,p1s1,told\n", encoding="utf-8")
        ...     sample = Sample(path, ["told", "judged"])
        >>> frame = pd.DataFrame({"sentence_id": ["p1s1", "p1s2"], "set_aside": [None, "quotation"]})
        >>> sample.find("a.txt", frame, before=7)["sentence_id"].tolist(), sample.validated().rows
        (['p1s1'], (7,))
        """
        wanted = self._open.pop(document)
        names = set(frame["sentence_id"])
        self._wrong += [self._not_there(f"sentence {lost} of {document}") for lost in wanted if lost not in names]
        counted = frame[frame["set_aside"].isna()]
        for place, sentence in enumerate(counted["sentence_id"]):
            if sentence in wanted:
                self._found.append((before + place, *wanted[sentence]))
        return counted

    def validated(self, documents: Sequence[str] = ()) -> Validated:
        r"""Return the sample by the places of its sentences.

        Parameters
        ----------
        documents : sequence of str
            The documents of the audit, among which a message looks for what has another name now.

        Returns
        -------
        Validated
            The sample.

        Raises
        ------
        UsageError
            If it names documents that were not looked at, or sentences that were not there.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "sample.csv")
        ...     _ = path.write_text("document,sentence_id,label\na.txt,p1s1,judged\n", encoding="utf-8")
        ...     sample = Sample(path, ["told", "judged"])
        >>> _ = sample.find("a.txt", pd.DataFrame({"sentence_id": ["p1s1"], "set_aside": [None]}), before=7)
        >>> sample.validated().truth
        (1,)
        """
        self._wrong += [self._no_document(document, documents) for document in self._open]
        self._refuse()
        rows, truth, inclusion = zip(*self._found, strict=True) if self._found else ((), (), ())
        return Validated(rows=rows, truth=truth, inclusion=inclusion)

    def refuse_stale(self, counted: int, alike: Callable[[], int]) -> None:
        r"""Refuse a sample that was drawn before much of the audit was there.

        Parameters
        ----------
        counted : int
            How many sentences the audit counts.
        alike : callable
            Says how many of them are equal to one that was drawn for certain: a second batch was not drawn from these.

        Raises
        ------
        UsageError
            If its probabilities say that it was drawn from fewer sentences than there are, beyond chance.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "sample.csv")
        ...     _ = path.write_text("document,sentence_id,label,inclusion\na.txt,p1s1,told,0.5\n", encoding="utf-8")
        ...     sample = Sample(path, ["told", "judged"])
        >>> _ = sample.find("a.txt", pd.DataFrame({"sentence_id": ["p1s1"], "set_aside": [None]}), before=0)
        >>> sample.refuse_stale(2, alike=int)
        """
        if self._simple or not self._found:
            return
        size, margin = population_size([inclusion for *_, inclusion in self._found])
        if counted - size <= margin or counted - alike() - size <= margin:
            return
        raise self._error(
            f"the sample was drawn from about {size:,.0f} of the {counted:,} sentences that this audit counts: reports "
            "were added since, or rows of it are missing",
            "if reports were added, run the audit without --validated, draw the rest with bias-detect corpus sample "
            "and --exclude, and put both into one table, the first sample with the inclusion 1",
        )

    def _no_document(self, document: str, documents: Sequence[str]) -> UsageError:
        """Return the error for a document that is not there, which may only have another name."""
        error = self._not_there(f"document {document}")
        file = PurePosixPath(document).name
        now = next((name for name in documents if PurePosixPath(name).name == file), None)
        if now is None:
            return error
        next_step = (
            "give the audit the paths that it had when the sample was drawn: documents are named from the folder that "
            "holds all paths, so that a path that is added changes the names"
        )
        return self._error(f"{error.cause} (it has {now})", next_step)

    def _not_there(self, what: str) -> UsageError:
        next_step = "draw the sample from this audit: reports, model or version may have changed since"
        return self._error(f"{what} is not in this audit", next_step)

    def _error(self, cause: str, next_step: str) -> UsageError:
        return UsageError(cause, subject=self._path, next_step=next_step)

    def _refuse(self) -> None:
        """Raise for all that is wrong at once, so that it can be put right at once."""
        if not self._wrong:
            return
        causes = [error.cause for error in self._wrong[:_NAMED]]
        if len(self._wrong) > _NAMED:
            causes.append(f"and {len(self._wrong) - _NAMED:,} more are wrong")
        steps = dict.fromkeys(error.next_step or _GIVE for error in self._wrong[:_NAMED])
        raise self._error(", ".join(causes), "; ".join(steps))


def _number(text: str | None) -> float:
    """Return a number, whose decimals stand behind a comma where a spreadsheet of much of Europe has saved it."""
    return float((text or "").replace(",", "."))
