"""The table of reports: a row a report, from the figures that were counted in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.counts import UNMARKED
from bias_detect.auditing.shares import ReportShares, Shares, share_columns
from bias_detect.auditing.store import document_of
from bias_detect.documents.sections import section_kinds
from bias_detect.labels import Influence, Label, Signal

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 6
"""Decimals of figures in tables and summary: more would only say on which machine they were worked out."""

_BLOCK = 1000


def reports_table(
    footers: Mapping[str, bytes],
    labels: Sequence[str],
    *,
    copies: Mapping[str, int],
    calibration: Calibration | None,
) -> pd.DataFrame:
    """Lay out the figures of reports as a table.

    Parameters
    ----------
    footers : mapping of str to bytes
        By the file of its sentences, the figures of each report as JSON.
    labels : sequence of str
        The labels of the model.
    copies : mapping of str to int
        How many duplicates a document has.
    calibration : Calibration or None
        What the model confuses.

    Returns
    -------
    pandas.DataFrame
        A row a report, sorted by ``document``; see `AuditResult` for the columns.

    Examples
    --------
    >>> from bias_detect.auditing.counts import ReportCounts
    >>> figures = {"document": "a.txt", **ReportCounts(["told", "judged"]).figures()}
    >>> footers = {"a.parquet": json.dumps(figures).encode()}
    >>> reports_table(footers, ["told", "judged"], copies={}, calibration=None)["document"].tolist()
    ['a.txt']
    """
    import pandas as pd

    names = sorted(footers, key=lambda name: document_of(footers[name]))
    sections = in_order({section for footer in footers.values() for section in json.loads(footer)["sections"]})
    shares = ReportShares(labels, calibration)
    parts = []
    for start in range(0, len(names), _BLOCK):  # as dicts, the figures of many reports would be large
        block = {name: json.loads(footers[name]) for name in names[start : start + _BLOCK]}
        counts = np.array([[report["labels"][label] for label in labels] for report in block.values()])
        rows = [
            _row(name, report, labels, sections, estimates) | {"copies": copies.get(report["document"], 0)}
            for (name, report), estimates in zip(block.items(), shares.of(counts), strict=True)
        ]
        parts.append(_typed(pd.DataFrame(rows)))
    if not parts:
        return pd.DataFrame(columns=["document", "sentences", "sentences_file"])
    return pd.concat(parts, ignore_index=True)


def _row(
    name: str, report: dict[str, Any], labels: Sequence[str], sections: Sequence[str], estimates: tuple[Shares, Shares]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "document": report["document"],
        "sentences": report["sentences"],
        "set_aside": sum(report["set_aside"].values()),
        "uncertain": report["uncertain"],
        "words": report["words"],
        "pages": report["pages"],
        "copies": 0,
    }
    row |= {f"n_{label}": report["labels"][label] for label in labels}
    row |= share_columns(labels, *estimates)
    row["explanation_to_hindsight"] = explanation_to_hindsight(report["labels"])
    for section in sections:
        cells = report["sections"].get(section, dict.fromkeys(labels, 0))
        number = sum(cells.values())
        row[f"sentences_in_{section}"] = number
        row |= {f"share_{label}_in_{section}": ratio(cells[label], number) for label in labels}
    row["signals_per_100"] = ratio(100 * sum(report["signals"].values()), report["sentences"])
    row |= {f"{one}_per_100": ratio(100 * report["signals"][one], report["sentences"]) for one in Signal}
    explains = Label.EXPLANATORY in labels
    row |= {f"explained_by_{one}": report["influences"][one] if explains else None for one in Influence}
    return row | {"sentences_file": name}


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Make whole numbers and truths that may be missing such, and everything else but names a float or an int."""
    import pandas as pd

    for name in table:
        if name == "pages" or str(name).startswith("explained_by_"):
            table[name] = table[name].astype("Int64")
        elif name == "projected":
            table[name] = table[name].astype("boolean")
        elif name not in ("document", "sentences_file"):
            table[name] = pd.to_numeric(table[name]).round(DIGITS)
    return table


def in_order(sections: set[str]) -> list[str]:
    """Return kinds of section in the order in which reports have them, other names behind them.

    Parameters
    ----------
    sections : set of str
        Kinds of section, columns of tables, ``"unmarked"``.

    Returns
    -------
    list of str
        The same.

    Examples
    --------
    >>> in_order({"unmarked", "findings", "circumstances", "analysis"})
    ['analysis', 'findings', 'circumstances', 'unmarked']
    """
    known = ("method", "facts", "chronology", *section_kinds())
    order = {kind: place for place, kind in enumerate(dict.fromkeys(known))}
    last = len(order)
    return sorted(sections, key=lambda name: (order.get(name, last + (name == UNMARKED)), name))


def ratio(part: float, whole: float) -> float | None:
    """Return a part by the whole, or None where there is no whole.

    Parameters
    ----------
    part, whole : float
        Both.

    Returns
    -------
    float or None
        The ratio.

    Examples
    --------
    >>> ratio(1, 4), ratio(1, 0)
    (0.25, None)
    """
    return part / whole if whole else None


def explanation_to_hindsight(labels: Mapping[str, float]) -> float | None:
    """Return how many explanatory sentences there are to one that is hindsight-biased.

    Parameters
    ----------
    labels : mapping of str to float
        Counts or shares of the labels.

    Returns
    -------
    float or None
        The ratio; None where no sentence is hindsight-biased, or the model has other labels.

    Examples
    --------
    >>> explanation_to_hindsight({"explanatory": 3, "hindsight_biased": 2}), explanation_to_hindsight({"told": 1})
    (1.5, None)
    """
    if Label.EXPLANATORY not in labels:
        return None
    return ratio(labels[Label.EXPLANATORY], labels.get(Label.HINDSIGHT_BIASED, 0))
