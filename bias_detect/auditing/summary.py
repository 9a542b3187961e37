"""The summary of an audit: what ``summary.json`` holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bias_detect.auditing.counting import Prevalence
from bias_detect.auditing.prevalence import Estimates
from bias_detect.auditing.reports import DIGITS, explanation_to_hindsight, in_order, ratio
from bias_detect.labels import Influence, Label, Signal, shown


def totals(reports: Iterable[Mapping[str, Any]], labels: Sequence[str]) -> dict[str, Any]:
    """Add up the figures of reports.

    Parameters
    ----------
    reports : iterable of dict
        What `ReportCounts.figures` gave for each.
    labels : sequence of str
        The labels of the model.

    Returns
    -------
    dict
        ``sentences``, ``words``, ``pages``, ``labels``, ``explanation_to_hindsight``, ``sections``, ``signals`` and
        ``influences``, as `AuditResult` describes them.
    """
    counted = uncertain = words = pages = 0
    by_label = dict.fromkeys(labels, 0)
    sections: dict[str, dict[str, int]] = {}
    signals, influences = dict.fromkeys(map(str, Signal), 0), dict.fromkeys(map(str, Influence), 0)
    aside: dict[str, int] = {}
    for report in reports:
        counted += report["sentences"]
        uncertain += report["uncertain"]
        words += report["words"]
        pages += report["pages"] or 0
        _add(aside, report["set_aside"])
        _add(by_label, report["labels"])
        _add(signals, report["signals"])
        _add(influences, report["influences"])
        for section, cells in report["sections"].items():
            _add(sections.setdefault(section, dict.fromkeys(labels, 0)), cells)
    return {
        "sentences": {"counted": counted, "set_aside": dict(sorted(aside.items())), "uncertain": uncertain},
        "words": words,
        "pages": pages,
        "labels": by_label,
        "explanation_to_hindsight": rounded(explanation_to_hindsight(by_label)),
        "sections": {
            section: {"sentences": sum(sections[section].values()), "labels": sections[section]}
            for section in in_order(set(sections))
        },
        "signals": {
            name: {"count": number, "per_100": rounded(ratio(100 * number, counted))}
            for name, number in signals.items()
        },
        "influences": influences if Label.EXPLANATORY in labels else {},
    }


def _add(to: dict[str, int], more: Mapping[str, int]) -> None:
    for name, number in more.items():
        to[name] = to.get(name, 0) + number


def rounded(value: float | None) -> float | None:
    """Return a figure with as many decimals as are given, or None.

    Parameters
    ----------
    value : float or None
        The figure.

    Returns
    -------
    float or None
        The same, rounded.

    Examples
    --------
    >>> rounded(1 / 3), rounded(None)
    (0.333333, None)
    """
    return None if value is None else round(value, DIGITS)


def prevalence(estimates: Estimates | None) -> dict[str, Any]:
    """Return estimates as JSON values.

    Parameters
    ----------
    estimates : Estimates or None
        What was estimated.

    Returns
    -------
    dict
        ``lead``, ``by_method`` and ``left_out``.
    """
    if estimates is None:
        return {"lead": None, "by_method": {}, "left_out": {}}
    return {
        "lead": estimates.lead[0].method,
        "by_method": {method: _shares(shares) for method, shares in estimates.by_method.items()},
        "left_out": dict(estimates.left_out),
    }


def _shares(shares: Iterable[Prevalence]) -> dict[str, Any]:
    return {
        share.label: {
            "value": rounded(share.value),
            "low": rounded(share.low),
            "high": rounded(share.high),
            "projected": share.projected,
        }
        for share in shares
    }


def notes(summary: Mapping[str, Any], *, calibrated: bool) -> list[str]:
    """Return what a reader of the figures must know, as plain sentences.

    Parameters
    ----------
    summary : mapping
        The summary, but for its notes.
    calibrated : bool
        Whether the model says what it confuses.

    Returns
    -------
    list of str
        The sentences.
    """
    found = []
    counts = summary["documents"]
    lost = counts["failed"] + counts["skipped"]
    if lost:
        found.append(f"{lost:,} of {counts['found']:,} documents were not scored: failures.csv says which and why.")
    if not summary["sentences"]["counted"]:
        found.append("No sentence was counted, so that there are no shares.")
        return found
    if not calibrated:
        found.append("There is no calibration in this model: raw shares only, which inherit its errors.")
    for method, why in summary["prevalence"]["left_out"].items():
        if method in ("adjusted", "em") and calibrated:
            name = {"adjusted": "The adjusted count", "em": "Expectation-maximisation"}[method]
            found.append(f"{name} is left out: {why}.")
    lead = summary["prevalence"]["lead"]
    projected = [label for label, share in summary["prevalence"]["by_method"][lead].items() if share["projected"]]
    if projected:
        found.append(
            "The corrected shares came out below 0 or above 1, and the nearest possible ones were taken: "
            f"{', '.join(map(shown, projected))}."
        )
    return found
