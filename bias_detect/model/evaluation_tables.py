"""The figures of an evaluation as tables for people, and as one tidy table for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bias_detect.labels import shown
from bias_detect.model.metrics_file import confusion_table

SCORES = {
    "macro_f1": "macro-F1",
    "mcc": "MCC",
    "log_loss": "log-loss",
    "brier": "Brier score",
    "ece": "calibration error",
}
_MEASURES = {"precision": "precision", "recall": "recall", "f1": "F1"}
_NOTHING = "–"
NAMES = {"majority": "majority class", "signals_rule": "signals-only rule", "tfidf": "plain TF-IDF"}
"""What people are shown as the names of the baselines."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text.

    Parameters
    ----------
    name : str
        A short name: letters and hyphens.
    title : str
        What it shows.
    head : list of str
        The names of the columns.
    rows : list of list of str
        The cells; the first column is text.

    Examples
    --------
    >>> Table("shares", "Shares of the labels", ["label", "share"], [["told", "0.81"]]).rows[0][1]
    '0.81'
    """

    name: str
    title: str
    head: list[str]
    rows: list[list[str]]


def evaluation_tables(metrics: dict[str, Any]) -> list[Table]:
    """Return the figures as tables: ``0.81 (0.78–0.84)`` is a value with its 95% interval, a dash none.

    Parameters
    ----------
    metrics : dict
        From `bias_detect.model.contest.contest_figures`, with ``learning_curve`` and ``transfer`` where measured.

    Returns
    -------
    list of Table
        The figures of each classifier; the same by label, and at natural shares where the sample had others;
        comparisons; annotators; confusion; learning curve; transfer.

    Examples
    --------
    >>> figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    >>> metrics = {"name": "mine", "mcc": figure, "per_class": {}, "baselines": {}, "models": {}, "annotators": [],
    ...            "comparisons": [], "n_sentences": 9, "n_documents": 3, "confusion": {"labels": [], "matrix": []}}
    >>> evaluation_tables(metrics)[0].rows
    [['mine', '–', '0.500 (0.400–0.600)', '–', '–', '–']]
    """
    everyone = systems(metrics)
    size = f"{metrics['n_sentences']:,} sentences of {metrics['n_documents']:,} documents"
    by_label = [
        [name, shown(label), *(cell(system["per_class"][label][key]) for key in _MEASURES), _count(system, label)]
        for label in metrics["per_class"]
        for name, system in everyone.items()
        if label in system["per_class"]
    ]
    tables = [
        Table(
            "figures",
            f"Figures on {size}, with 95% intervals by bootstrap over documents",
            ["classifier", *SCORES.values()],
            [[name, *(cell(system.get(key)) for key in SCORES)] for name, system in everyone.items()],
        ),
        Table("labels", "The same by label", ["classifier", "label", *_MEASURES.values(), "sentences"], by_label),
    ]
    if "natural" in metrics:
        tables.append(_natural(metrics["natural"]))
    if metrics["comparisons"]:
        tables.append(_comparisons(metrics["comparisons"]))
    if metrics["annotators"]:
        tables.append(
            Table(
                "annotators",
                "The annotators' own agreement",
                ["annotators", "Cohen's kappa", "macro-F1", "MCC", "sentences"],
                [
                    [
                        " × ".join(pair["annotators"]),
                        *(cell(pair[key]) for key in ("kappa", "macro_f1", "mcc")),
                        f"{pair['n_sentences']:,}",
                    ]
                    for pair in metrics["annotators"]
                ],
            )
        )
    head, *rows = confusion_table(metrics)
    title = f"Confusion of {metrics['name']}: rows are the labels given, columns those predicted"
    tables.append(Table("confusion", title, head, rows))
    return [*tables, *_more(metrics)]


def systems(metrics: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the figures of every classifier by the name that people are shown.

    Parameters
    ----------
    metrics : dict
        From `bias_detect.model.contest.contest_figures`.

    Returns
    -------
    dict of str to dict
        The one that the figures are about, the others, the baselines.

    Examples
    --------
    >>> list(systems({"name": "mine", "models": {"yours": {}}, "baselines": {"majority": {}}}))
    ['mine', 'yours', 'majority class']
    """
    below = {NAMES.get(name, name): figures for name, figures in metrics["baselines"].items()}
    return {metrics["name"]: metrics, **metrics["models"], **below}


def tidy_rows(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every figure as a row of its own.

    Parameters
    ----------
    metrics : dict
        From `bias_detect.model.contest.contest_figures`, with ``learning_curve`` and ``transfer`` where measured.

    Returns
    -------
    list of dict
        ``table``, ``classifier``, ``against``, ``label``, ``trained_on``, ``tested_on``, ``figure``, ``value``,
        ``low``, ``high``, ``p``, ``p_holm`` and ``sentences``; what does not apply is None.

    Examples
    --------
    >>> figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    >>> metrics = {"name": "mine", "mcc": figure, "per_class": {}, "baselines": {}, "models": {}, "annotators": [],
    ...            "comparisons": [], "n_sentences": 9}
    >>> [(row["classifier"], row["figure"], row["value"]) for row in tidy_rows(metrics)]
    [('mine', 'mcc', 0.5)]
    """
    empty = dict.fromkeys(("table", "classifier", "against", "label", "trained_on", "tested_on", "figure"))
    rows: list[dict[str, Any]] = []

    def add(measured: dict[str, Any], **named: Any) -> None:
        more = {key: named.pop(key, None) for key in ("p", "p_holm", "sentences")}
        rows.append({**empty, **named, **{key: measured[key] for key in ("value", "low", "high")}, **more})

    for name, system in systems(metrics).items():
        for key in SCORES:
            if key in system:
                add(system[key], table="figures", classifier=name, figure=key, sentences=metrics["n_sentences"])
        for label, measures in system["per_class"].items():
            for key in _MEASURES:
                count = measures["support"]["value"]
                add(measures[key], table="labels", classifier=name, label=label, figure=key, sentences=count)
    natural = metrics.get("natural", {"systems": {}})
    for name, system in natural["systems"].items():
        named = {"table": "natural", "classifier": NAMES.get(name, name), "sentences": natural["n_sentences"]}
        for key in ("macro_f1", "mcc"):
            add(system[key], figure=key, **named)
        for label, measures in system["per_class"].items():
            for key in _MEASURES:
                add(measures[key], label=label, figure=key, **named)
    for row in metrics["comparisons"]:
        one, other = row["systems"]
        chances = {key: row[key] for key in ("p", "p_holm")}
        add(
            row["difference"],
            table="comparisons",
            classifier=one,
            against=NAMES.get(other, other),
            figure=row["figure"],
            **chances,
        )
    for pair in metrics["annotators"]:
        for key in ("kappa", "macro_f1", "mcc"):
            one, other = pair["annotators"]
            add(
                pair[key],
                table="annotators",
                classifier=one,
                against=other,
                figure=key,
                sentences=pair["n_sentences"],
            )
    for point in metrics.get("learning_curve", []):
        for key in ("macro_f1", "mcc"):
            trained = f"{point['share']:.0%} of the documents"
            add(
                point[key],
                table="learning-curve",
                classifier=metrics["name"],
                trained_on=trained,
                figure=key,
                sentences=point["sentences"],
            )
    for found in metrics.get("transfer", []):
        for key in ("macro_f1", "mcc"):
            where = {name: found[name] for name in ("trained_on", "tested_on", "sentences")}
            add(found[key], table="transfer", classifier=metrics["name"], figure=key, **where)
    return rows


def cell(figure: dict[str, Any] | None) -> str:
    """Return a figure with its interval as text.

    Parameters
    ----------
    figure : dict or None
        With ``value``, ``low`` and ``high``.

    Returns
    -------
    str
        Three decimals; a dash where there is no value.

    Examples
    --------
    >>> cell({"value": 0.5, "low": 0.4, "high": 0.6}), cell(None)
    ('0.500 (0.400–0.600)', '–')
    """
    if figure is None or figure["value"] is None:
        return _NOTHING
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


def _natural(natural: dict[str, Any]) -> Table:
    everyone = {NAMES.get(name, name): system for name, system in natural["systems"].items()}
    rows = [
        [name, shown(label), *(cell(system["per_class"][label][key]) for key in _MEASURES), cell(share)]
        for label, share in natural["share"].items()
        for name, system in everyone.items()
    ]
    rows += [
        [name, "all: macro-F1", _NOTHING, _NOTHING, cell(system["macro_f1"]), _NOTHING]
        for name, system in everyone.items()
    ]
    title = (
        f"By label at natural shares: {natural['n_sentences']:,} sentences weighted by one over their inclusion "
        f"probability, as precise as {natural['effective']:,.0f} that count alike"
    )
    return Table("natural", title, ["classifier", "label", *_MEASURES.values(), "share"], rows)


def _comparisons(found: list[dict[str, Any]]) -> Table:
    rows = [
        [
            " against ".join(NAMES.get(name, name) for name in row["systems"]),
            SCORES[row["figure"]],
            _signed(row["difference"]),
            _chance(row["p"]),
            _chance(row["p_holm"]),
        ]
        for row in found
    ]
    title = (
        "Differences on the same sentences: intervals by paired bootstrap over documents, p by permutation of "
        f"documents, corrected for {len(found)} comparisons by Holm's method"
    )
    return Table("comparisons", title, ["comparison", "figure", "difference", "p", "p corrected"], rows)


def _more(metrics: dict[str, Any]) -> list[Table]:
    tables, name = [], metrics["name"]
    if "learning_curve" in metrics:
        rows = [
            [
                f"{point['share']:.0%}",
                f"{point['documents']:,.0f}",
                f"{point['sentences']:,.0f}",
                cell(point["macro_f1"]),
                cell(point["mcc"]),
            ]
            for point in metrics["learning_curve"]
        ]
        head = ["share", "documents", "sentences", "macro-F1", "MCC"]
        tables.append(Table("learning-curve", f"Learning curve of {name}, by share of the documents", head, rows))
    if "transfer" in metrics:
        rows = [
            [one["trained_on"], one["tested_on"], f"{one['sentences']:,}", cell(one["macro_f1"]), cell(one["mcc"])]
            for one in metrics["transfer"]
        ]
        head = ["trained on", "tested on", "sentences", "macro-F1", "MCC"]
        title = f"Transfer of {name} between sources; within a source by cross-validation"
        tables.append(Table("transfer", title, head, rows))
    return tables


def _count(system: dict[str, Any], label: str) -> str:
    return f"{system['per_class'][label]['support']['value']:,.0f}"


def _signed(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return _NOTHING
    if figure["low"] is None:
        return f"{figure['value']:+.3f}"
    return f"{figure['value']:+.3f} ({figure['low']:+.3f} to {figure['high']:+.3f})"


def _chance(p: float | None) -> str:
    if p is None:
        return _NOTHING
    return "<0.001" if p < 0.001 else f"{p:.3f}"
