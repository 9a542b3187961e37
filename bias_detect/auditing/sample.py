"""Sentences that a person validated: read from a table, and found among those of an audit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bias_detect.auditing.validated import Validated
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
        self._places = {label: place for place, label in enumerate(labels)}
        self._open: dict[str, dict[str, tuple[int, float]]] = {}
        self._found: list[tuple[int, int, float]] = []
        self._simple = True
        self._wrong: list[UsageError] = []
        for record in iter_records(path, error=CorpusError):
            if isinstance(record, BadRecord):
                self._wrong.append(self._error(record.error.cause, record.error.next_step or _GIVE))
            else:
                self._add(record)
        self._refuse()
        if not self._open:
            raise UsageError("holds no sentences", subject=path, next_step=_GIVE)

    def _add(self, record: Record) -> None:
        where, cells = f"{unit_of(self._path)} {record.number}", record.cells
        missing = next((name for name in ("document", "sentence_id", "label") if name not in cells), None)
        if missing is not None:
            raise UsageError(f"has no column {missing!r}", subject=self._path, next_step=_GIVE)
        label = as_text(cells["label"])
        if label not in self._places:
            what = "no label" if label is None else f"the label {label!r}, which the model has not"
            next_step = f"give every sentence of the sample one of {', '.join(self._places)}"
            self._wrong.append(self._error(f"{where} has {what}", next_step))
            return
        self._simple &= INCLUSION not in cells
        try:
            inclusion = float(as_text(cells[INCLUSION]) or "") if INCLUSION in cells else 1.0
        except ValueError:
            next_step = "give the probability with which the sentence was drawn"
            self._wrong.append(self._error(f"{where} has no number in the column {INCLUSION!r}", next_step))
            return
        of_document = self._open.setdefault(as_text(cells["document"]) or "", {})
        sentence = as_text(cells["sentence_id"]) or ""
        if sentence in of_document:
            next_step = "keep one label for each sentence"
            self._wrong.append(self._error(f"{where} names a sentence that stands there already", next_step))
            return
        of_document[sentence] = self._places[label], inclusion

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

    def validated(self) -> Validated:
        r"""Return the sample by the places of its sentences.

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
        self._wrong += [self._not_there(f"document {document}") for document in self._open]
        self._refuse()
        rows, truth, inclusion = zip(*self._found, strict=True) if self._found else ((), (), ())
        return Validated(rows=rows, truth=truth, inclusion=inclusion)

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
