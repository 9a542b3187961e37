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

    Examples
    --------
    >>> from bias_detect.auditing.counts import ReportCounts
    >>> counts = ReportCounts(["told", "judged"])
    >>> row = {"sentence": "He fell.", "label": "told", "page": 3, "section": None, "uncertain": False}
    >>> counts.add([{**row, "signals": [], "influences": [], "set_aside": None}])
    >>> totals([counts.figures()] * 2, ["told", "judged"])["labels"]
    {'told': 2, 'judged': 0}
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


def many(number: int, what: str) -> str:
    """Return a number of things.

    Parameters
    ----------
    number : int
        How many.
    what : str
        What one of them is called.

    Returns
    -------
    str
        Both, in the plural unless it is one.

    Examples
    --------
    >>> many(1, "document"), many(2000, "document")
    ('1 document', '2,000 documents')
    """
    return f"{number:,} {what}" + ("" if number == 1 else "s")


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
        ``lead``, ``by_method``, ``left_out``, ``disagreement`` and ``ranges``, as `AuditResult` describes them.

    Examples
    --------
    >>> from bias_detect.auditing.prevalence import Estimates, Prevalence
    >>> estimates = Estimates({"raw": [Prevalence("told", 0.3, 0.2, 0.4, "raw", False)]}, {})
    >>> prevalence(estimates)["by_method"]["raw"]["told"]["value"]
    0.3
    """
    if estimates is None:
        return {"lead": None, "by_method": {}, "left_out": {}, "disagreement": None, "ranges": None}
    apart, ranges = estimates.disagreement, estimates.ranges
    return {
        "lead": estimates.lead[0].method,
        "by_method": {method: share_values(shares) for method, shares in estimates.by_method.items()},
        "left_out": dict(estimates.left_out),
        "disagreement": None
        if apart is None
        else {
            "label": apart.label,
            "difference": rounded(apart.difference),
            "method": apart.shares[0].method,
            "shares": share_values(apart.shares),
        },
        "ranges": None
        if ranges is None
        else {label: {"low": rounded(low), "high": rounded(high)} for label, (low, high) in ranges.items()},
    }


def warning(prevalence: Mapping[str, Any]) -> str | None:
    """Return what must be said before the overall shares are, if anything.

    Parameters
    ----------
    prevalence : mapping
        What `prevalence` gave.

    Returns
    -------
    str or None
        Two sentences, or None where the corrections agree or validated sentences have decided between them.

    Examples
    --------
    >>> apart = {"label": "explanatory", "shares": {"explanatory": {"value": 0.052}}}
    >>> adjusted = {"explanatory": {"value": 0.117}}
    >>> said = warning({"ranges": {}, "disagreement": apart, "by_method": {"adjusted": adjusted}})
    >>> print(said.partition(":")[0])
    The corrections disagree on explanatory (adjusted count 11.7%, expectation-maximisation 5.2%)
    """
    if prevalence["ranges"] is None:
        return None
    label, shares = prevalence["disagreement"]["label"], prevalence["disagreement"]["shares"]
    ours, theirs = prevalence["by_method"]["adjusted"][label]["value"], shares[label]["value"]
    return (
        f"The corrections disagree on {shown(label)} (adjusted count {ours:.1%}, expectation-maximisation {theirs:.1%})"
        ": this prose may be unlike what the model was measured on. Validate a sample (bias-detect corpus sample …) "
        "before you quote a share."
    )


def doubt(prevalence: Mapping[str, Any]) -> str | None:
    """Return why the corrected shares of single reports and groups are in doubt, if they are.

    Parameters
    ----------
    prevalence : mapping
        What `prevalence` gave.

    Returns
    -------
    str or None
        A sentence, or None where nothing contradicts the adjusted count.

    Examples
    --------
    >>> doubt({"disagreement": None}) is None
    True
    """
    apart = prevalence["disagreement"]
    if apart is None:
        return None
    if apart["method"] == "em":
        why = "the two corrections disagree"
    else:
        label = apart["label"]
        ours, theirs = prevalence["by_method"]["adjusted"][label]["value"], apart["shares"][label]["value"]
        why = f"the validated sentences contradict the adjusted count ({shown(label)} {theirs:.1%}, not {ours:.1%})"
    return (
        f"The page gives shares of single reports and of groups as counted, with the model's errors in them: {why}. Do "
        "not quote the columns corrected_… of reports.csv and groups.csv where correction_doubtful is true."
    )


def share_values(shares: Iterable[Prevalence]) -> dict[str, Any]:
    """Return shares as JSON values.

    Parameters
    ----------
    shares : iterable of Prevalence
        One for each label.

    Returns
    -------
    dict
        By label ``value``, ``low``, ``high`` and ``projected``.

    Examples
    --------
    >>> share_values([Prevalence("told", 1 / 3, 0.2, 0.4, "raw", False)])
    {'told': {'value': 0.333333, 'low': 0.2, 'high': 0.4, 'projected': False}}
    """
    return {
        share.label: {
            "value": rounded(share.value),
            "low": rounded(share.low),
            "high": rounded(share.high),
            "projected": share.projected,
        }
        for share in shares
    }


def mean_to_show(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mean over reports that goes with the shares of single reports.

    Parameters
    ----------
    summary : mapping
        The summary.

    Returns
    -------
    dict
        By label, corrected unless the correction is in doubt or there is none; empty for fewer than two reports.

    Examples
    --------
    >>> mean_to_show({"prevalence": {"disagreement": None}, "mean_over_reports": {}})
    {}
    """
    means = summary["mean_over_reports"]
    doubtful = summary["prevalence"]["disagreement"] is not None
    found: dict[str, Any] = means.get("raw" if doubtful else "adjusted") or means.get("raw", {})
    return found


def long_reports(summary: Mapping[str, Any]) -> str | None:
    """Return what must be said of few reports that hold most of the sentences, if there are any.

    Parameters
    ----------
    summary : mapping
        The summary.

    Returns
    -------
    str or None
        A sentence.

    Examples
    --------
    >>> long_reports({"largest_reports": None}) is None
    True
    """
    largest = summary["largest_reports"]
    if largest is None:
        return None
    number, share = largest["reports"], largest["share"]
    all_reports = many(summary["documents"]["scored"], "report")
    hold, theirs = ("holds", "its") if number == 1 else ("hold", "their")
    mean = mean_to_show(summary)
    corrected = "corrected" if mean == summary["mean_over_reports"].get("adjusted") else "as counted"
    shares = (
        f"{shown(label)} {one['value']:.1%} ({one['low']:.1%} to {one['high']:.1%})" for label, one in mean.items()
    )
    return (
        f"{number:,} of {all_reports} {hold} {share:.0%} of the sentences, so that the overall shares are mostly "
        f"{theirs} own. The mean over reports, in which each counts alike, {corrected}: {', '.join(shares)}."
    )


def notes(summary: Mapping[str, Any], *, calibrated: bool, projected: int) -> list[str]:
    """Return what a reader of the figures must know, as plain sentences.

    Parameters
    ----------
    summary : mapping
        The summary, but for its notes.
    calibrated : bool
        Whether the model says what it confuses.
    projected : int
        In how many reports the corrected shares left the simplex.

    Returns
    -------
    list of str
        The sentences.

    Examples
    --------
    >>> documents = {"found": 3, "scored": 2, "failed": 1, "skipped": 0, "hidden": 0}
    >>> for note in notes({"documents": documents, "sentences": {"counted": 0}}, calibrated=True, projected=0):
    ...     print(note)
    1 of 3 documents was not scored: failures.csv says which and why.
    No sentence was counted, so that there are no shares.
    """
    found = []
    counts = summary["documents"]
    lost = counts["failed"] + counts["skipped"]
    if lost:
        scored = f"{lost:,} of {many(counts['found'], 'document')} {'was' if lost == 1 else 'were'} not scored"
        found.append(f"{scored}: failures.csv says which and why.")
    if counts["hidden"]:
        was = "was" if counts["hidden"] == 1 else "were"
        found.append(
            f"{many(counts['hidden'], 'hidden or lock file')} {was} left aside (names that begin with . or ~$)."
        )
    if not summary["sentences"]["counted"]:
        found.append("No sentence was counted, so that there are no shares.")
        return found
    if not calibrated:
        found.append("There is no calibration in this model: raw shares only, which inherit its errors.")
    for method, why in summary["prevalence"]["left_out"].items():
        if method in ("adjusted", "em") and calibrated:
            name = {"adjusted": "The adjusted count", "em": "Expectation-maximisation"}[method]
            found.append(f"{name} is left out: {why}.")
    said = [warning(summary["prevalence"]), doubt(summary["prevalence"])]
    said.append(long_reports(summary))
    found += [sentence for sentence in said if sentence]
    lead = summary["prevalence"]["lead"]
    where = []
    if any(share["projected"] for share in summary["prevalence"]["by_method"][lead].values()):
        where.append("in all reports together")
    if projected:
        of_reports = f"{projected:,} of {many(counts['scored'], 'report')}"
        where.append(f"in {of_reports} (column projected), which few sentences make likely")
    if where:
        found.append(
            f"Corrected shares came out below 0 or above 1 {' and '.join(where)}; the nearest possible ones were taken."
        )
    return found
