"""What the page of an audit shows: its figures, numbers and sentences, taken from the tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bias_detect.auditing.figures import (
    OverallShare,
    draw_groups,
    draw_rates,
    draw_reports,
    draw_sections,
    draw_shares,
    file_stem,
)
from bias_detect.auditing.groups import group_keys, no_groups
from bias_detect.auditing.highlights import PER_REPORT, pick_highlights
from bias_detect.auditing.settings import model_digest
from bias_detect.auditing.summary import doubt, long_reports, mean_to_show, warning
from bias_detect.chart import Chart
from bias_detect.errors import ModelError
from bias_detect.labels import DEFINITIONS, Label
from bias_detect.palette import label_styles, plain

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.auditing.result import AuditResult

LISTED = 100
"""Most reports, and most failures, that the page lists; of more reports it lists both ends."""

METHODS = {
    "raw": "a plain count",
    "adjusted": "adjusted count, from what the model is known to confuse",
    "em": "expectation-maximisation of the shares that its probabilities rest on",
    "prediction_powered": "prediction-powered inference, from the sentences that people validated",
}
_VERBS = {
    Label.DESCRIPTIVE: "describe or say something else",
    Label.EXPLANATORY: "explain why people acted as they did",
    Label.HINDSIGHT_BIASED: "judge practice with hindsight",
}
_KINDS = {Label.EXPLANATORY: ("influences",), Label.HINDSIGHT_BIASED: ("signals",)}
_PARTS = {"value": "", "low": "_low", "high": "_high"}
_END = 25  # reports at either end


def compose(result: AuditResult) -> tuple[list[Chart], dict[str, Any]]:
    """Draw the figures of an audit, and gather what its page shows.

    Parameters
    ----------
    result : AuditResult
        A finished audit.

    Returns
    -------
    tuple of (list of Chart, dict)
        The figures, and the values that the template of the page takes.
    """
    summary = result.summary
    labels = [str(label) for label in summary["model"]["classes"]]
    view = {
        "labels": labels,
        "styles": label_styles(labels),
        "definitions": DEFINITIONS,
        "verbs": _VERBS,
        "kinds": _KINDS,
        "methods": METHODS,
        "model": summary["model"],
        "shipped": _is_shipped(summary["model"]["digest"]),
        "program": summary["program"],
        "documents": summary["documents"],
        "sentences": summary["sentences"],
        "words": summary["words"],
        "pages": summary["pages"],
        "failures": result.failures.sort_values(["kind", "document"]).head(LISTED).to_dict("records"),
        "n_failures": len(result.failures),
        "n_passed_over": int((result.failures["kind"] == "skipped").sum()),
        "notes": summary["notes"],
        "quality": _quality(summary["model"]["manifest"], labels),
        "scored": summary["sentences"]["counted"] > 0,
    }
    if not view["scored"]:
        return [], view
    plotted = sorted(labels, key=lambda label: label != Label.HINDSIGHT_BIASED)  # what the audit asks for comes first
    plotted = [label for label in plotted if label != Label.DESCRIPTIVE] or labels
    view |= {"plotted": plotted, "per_report": PER_REPORT}
    view |= _overall(summary, labels)
    view |= _reports(result.reports, summary, plotted)
    view |= _groups(result, plotted)
    view |= _sections(summary["sections"], labels)
    view |= _marks(summary)
    picked = pick_highlights(result, plotted)
    view |= {"surest": [(label, picked.surest[label]) for label in plotted], "uncertain": picked.uncertain}
    charts = [view["shares_chart"], *view["report_charts"], *(group["chart"] for group in view["groups"])]
    return [
        *charts,
        *(view[name] for name in ("sections_chart", "signals_chart", "influences_chart") if view[name]),
    ], view


def _quality(manifest: dict[str, Any], labels: Sequence[str]) -> dict[str, Any] | None:
    """Return how often the model is right, where its bundle says so."""
    measured = manifest.get("quality") or {}
    known = measured.get("per_class") or {}
    rows = [
        {"label": label, "precision": known[label]["precision"]["value"], "recall": known[label]["recall"]["value"]}
        for label in labels
        if label in known
    ]
    return {"rows": rows, "protocol": measured.get("protocol")} if rows else None


def _overall(summary: dict[str, Any], labels: Sequence[str]) -> dict[str, Any]:
    prevalence = summary["prevalence"]
    lead = prevalence["lead"]
    raw, shares = prevalence["by_method"]["raw"], prevalence["by_method"][lead]
    ranges = prevalence["ranges"]
    drawn = [
        OverallShare(label, raw[label]["value"], *(shares[label][part] for part in _PARTS))
        if ranges is None
        else OverallShare(label, raw[label]["value"], raw[label]["value"], *ranges[label].values())
        for label in labels
    ]
    return {
        "lead": lead,
        "warning": warning(prevalence),
        "doubt": doubt(prevalence),
        "ranges": ranges,
        "corrected": lead != "raw",
        "shares": [
            {"label": label, "raw": raw[label], "share": shares[label]}
            | ({} if ranges is None else {"second": prevalence["disagreement"]["shares"][label]})
            for label in labels
        ],
        "projected": any(shares[label]["projected"] for label in labels),
        "ratio": summary["explanation_to_hindsight"],
        "long_reports": long_reports(summary),
        "mean": mean_to_show(summary),
        "shares_chart": draw_shares(drawn, corrected=lead != "raw", ranges=ranges is not None),
    }


def _reports(reports: pd.DataFrame, summary: dict[str, Any], plotted: Sequence[str]) -> dict[str, Any]:
    counted, first = reports[reports["sentences"] > 0], plotted[0]
    doubtful = summary["prevalence"]["disagreement"] is not None
    corrected = not doubtful and bool(counted[f"corrected_{first}"].notna().any())
    prefix = "corrected" if corrected else "share"
    overall = summary["prevalence"]["by_method"]["adjusted" if corrected else "raw"]
    shares = {
        label: counted[[f"{prefix}_{label}{end}" for end in _PARTS.values()]].set_axis(list(_PARTS), axis=1)
        for label in plotted
    }
    stems: set[str] = set()
    charts = [
        draw_reports(
            table.assign(document=counted["document"]),
            label,
            overall[label]["value"],
            name=file_stem("reports", label, stems),
        )
        for label, table in shares.items()
    ]
    order = (
        shares[first].assign(document=counted["document"]).sort_values(["value", "document"], ascending=[False, True])
    )
    shown = order.index if len(order) <= LISTED else order.index[:_END].append(order.index[-_END:])
    rows = [
        {
            "document": counted.at[place, "document"],
            "sentences": counted.at[place, "sentences"],
            "shares": {label: table.loc[place].to_dict() for label, table in shares.items()},
            "ratio": counted.at[place, "explanation_to_hindsight"],
            "signals": counted.at[place, "signals_per_100"],
        }
        for place in shown
    ]
    return {
        "report_charts": charts,
        "reports": rows,
        "reports_corrected": corrected,
        "n_reports": len(counted),
        "n_empty": len(reports) - len(counted),
    }


def _groups(result: AuditResult, plotted: Sequence[str]) -> dict[str, Any]:
    drawn: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    stems: set[str] = set()
    doubtful = result.summary["prevalence"]["disagreement"] is not None
    corrected = not doubtful and bool(result.groups[f"corrected_{plotted[0]}"].notna().any())
    lead = "corrected" if corrected else "share"
    for column in result.summary["metadata_columns"]:
        keys, by_year = group_keys(result.reports[column])
        title = f"{plain(column)} (by year)" if by_year else plain(column)
        table = result.groups[result.groups["column"] == column]
        if table.empty:
            left_out.append({"title": title, "why": no_groups(keys[result.reports["sentences"] > 0])})
            continue
        shares = {
            label: table[[f"{lead}_{label}{end}" for end in _PARTS.values()]]
            .set_axis(list(_PARTS), axis=1)
            .assign(raw=table[f"share_{label}"])
            for label in plotted
        }
        rows = [
            {
                **table.loc[place, ["value", "reports", "sentences"]].to_dict(),
                "shares": {label: part.loc[place].to_dict() for label, part in shares.items()},
            }
            for place in table.index
        ]
        names = [f"{plain(row['value'], 22)}  ({row['reports']:,})" for row in rows]
        chart = draw_groups(names, shares, title, name=file_stem("by", column, stems), corrected=corrected)
        projected = int(table["projected"].sum()) if corrected else 0
        drawn.append({"title": title, "rows": rows, "chart": chart, "projected": projected})
    return {"groups": drawn, "ungrouped": left_out, "groups_corrected": corrected}


def _sections(sections: dict[str, Any], labels: Sequence[str]) -> dict[str, Any]:
    import pandas as pd

    rows = [
        {
            "kind": kind,
            "sentences": counts["sentences"],
            "shares": {label: counts["labels"][label] / counts["sentences"] for label in labels},
        }
        for kind, counts in sections.items()
    ]
    table = pd.DataFrame([row["shares"] for row in rows], index=list(sections), columns=list(labels))
    return {"sections": rows, "sections_chart": draw_sections(table) if len(rows) > 1 else None}


def _marks(summary: dict[str, Any]) -> dict[str, Any]:
    signals = {name: mark["per_100"] for name, mark in summary["signals"].items()}
    explanatory = summary["labels"].get(Label.EXPLANATORY, 0)
    influences = {name: count / explanatory for name, count in summary["influences"].items()} if explanatory else {}
    return {
        "signals": _falling({name: (mark["count"], signals[name]) for name, mark in summary["signals"].items()}),
        "signals_chart": draw_rates(
            signals, name="signals", title="Signals in 100 sentences", unit="marks in 100 sentences"
        ),
        "n_explanatory": explanatory,
        "influences": _falling({name: (summary["influences"][name], share) for name, share in influences.items()}),
        "influences_chart": draw_rates(
            influences,
            name="influences",
            title="Explanatory sentences that name an influence",
            unit="share of explanatory sentences",
            shares=True,
        )
        if influences
        else None,
    }


def _falling(marks: dict[str, tuple[int, float]]) -> list[dict[str, Any]]:
    rows = [{"name": name, "count": count, "rate": rate} for name, (count, rate) in marks.items()]
    return sorted(rows, key=lambda row: (-row["rate"], row["name"]))


def _is_shipped(digest: str) -> bool:
    """Say whether it is one of our own models, of whose labels and sources the page can tell."""
    for name in ("default", "accurate"):
        with suppress(ModelError):  # a slim installation may have left the accurate one out
            if digest == model_digest(name):
                return True
    return False
