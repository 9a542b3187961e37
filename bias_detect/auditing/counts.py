"""What is counted in one report, while its sentences pass by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bias_detect.labels import Influence, Label, Signal

UNMARKED = "unmarked"
"""What sentences under no heading are counted under."""


class ReportCounts:
    """Count the sentences of a report, row by row of the scored table.

    Sentences that are set aside are counted as such and by their words, and in nothing else.

    Parameters
    ----------
    labels : sequence of str
        The labels of the model.

    Examples
    --------
    >>> counts = ReportCounts(["told", "judged"])
    >>> row = {"sentence": "He fell.", "label": "told", "page": 3, "section": None, "uncertain": False}
    >>> counts.add([{**row, "signals": [], "influences": [], "set_aside": None}])
    >>> counts.figures()["labels"], counts.figures()["pages"]
    ({'told': 1, 'judged': 0}, 3)
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = [str(label) for label in labels]
        self._words = self._uncertain = self._pages = 0
        self._set_aside: Counter[str] = Counter()
        self._cells: Counter[tuple[str, str]] = Counter()
        self._signals: Counter[str] = Counter()
        self._influences: Counter[str] = Counter()

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Count rows.

        Parameters
        ----------
        rows : iterable of dict
            Rows of the scored table with ``set_aside``.

        Examples
        --------
        >>> counts = ReportCounts(["told", "judged"])
        >>> counts.add([{"sentence": "She rang.", "page": None, "set_aside": "quotation"}])
        >>> counts.figures()["set_aside"], counts.figures()["words"]
        ({'quotation': 1}, 2)
        """
        for row in rows:
            self._words += len(row["sentence"].split())
            self._pages = max(self._pages, row["page"] or 0)
            if row["set_aside"] is not None:
                self._set_aside[row["set_aside"]] += 1
                continue
            self._cells[row["section"] or UNMARKED, row["label"]] += 1
            self._uncertain += bool(row["uncertain"])
            self._signals.update(mark["signal"] for mark in row["signals"])
            if row["label"] == Label.EXPLANATORY:
                self._influences.update({mark["influence"] for mark in row["influences"]})

    def figures(self) -> dict[str, Any]:
        """Return the counts as JSON values, in an order of their own.

        Returns
        -------
        dict
            ``sentences``, ``set_aside`` (by reason), ``uncertain``, ``words``, ``pages`` (the last page with text; None
            where there are none), ``labels``, ``sections`` (by label), ``signals`` (marks), ``influences`` (explanatory
            sentences that name it).

        Examples
        --------
        >>> ReportCounts(["told", "judged"]).figures()["labels"]
        {'told': 0, 'judged': 0}
        """
        sections = {section: dict.fromkeys(self._labels, 0) for section, _ in sorted(self._cells)}
        labels = dict.fromkeys(self._labels, 0)
        for (section, label), number in self._cells.items():
            sections[section][label] += number
            labels[label] += number
        return {
            "sentences": sum(labels.values()),
            "set_aside": dict(sorted(self._set_aside.items())),
            "uncertain": self._uncertain,
            "words": self._words,
            "pages": self._pages or None,
            "labels": labels,
            "sections": sections,
            "signals": {str(signal): self._signals[signal] for signal in Signal},
            "influences": {str(influence): self._influences[influence] for influence in Influence},
        }
