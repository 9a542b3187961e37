"""The pictures of an evaluation: calibration, precision and recall, learning curve, transfer between sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.chart import WIDTH, Chart, settings, settle
from bias_detect.labels import shown
from bias_detect.model.curves import calibration_points, precision_recall
from bias_detect.palette import BLUE, GREY, INK, MUTED, PAPER, VERMILION, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bias_detect.model.evaluation import Predictions

_LINES = ((VERMILION, "-", "D"), (BLUE, "--", "o"), (GREY, ":", "s"), ("#00795c", "-.", "^"), ("#a3478a", "-", "v"))
_NAME_WIDTH = 30
_LEAST_IN_BIN = 10  # sentences of a point of the calibration
_SMALLEST, _LARGEST = 12.0, 120.0  # areas of marks, in square points
_COLUMNS = 2


def draw_evaluation(everyone: Mapping[str, Predictions], metrics: dict[str, Any]) -> list[Chart]:
    """Draw the figures of an evaluation.

    Parameters
    ----------
    everyone : mapping of str to Predictions
        By name; those that give no probabilities are left out.
    metrics : dict
        From `bias_detect.model.contest.contest_figures`, with ``learning_curve`` and ``transfer`` where measured.

    Returns
    -------
    list of Chart
        ``calibration`` and ``precision-recall`` and, where measured, ``learning-curve`` and ``transfer``.
    """
    probable = {plain(name, _NAME_WIDTH): one for name, one in everyone.items() if one.proba is not None}
    charts = [_calibration(probable), _precision_recall(probable)] if probable else []
    if any(point["macro_f1"]["value"] is not None for point in metrics.get("learning_curve", [])):
        charts.append(_learning_curve(metrics))
    if "transfer" in metrics:
        charts.append(_transfer(metrics))
    return charts


def _calibration(everyone: Mapping[str, Predictions]) -> Chart:
    with settings():
        figure, (axes,) = _panels(1, 3.6)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
        said = []
        for place, (name, one) in enumerate(everyone.items()):
            points = [
                point for point in calibration_points(_proba(one), _codes(one)) if point["sentences"] >= _LEAST_IN_BIN
            ]
            if not points:
                continue
            confidence, right = ([point[key] for point in points] for key in ("confidence", "right"))
            counts = np.array([point["sentences"] for point in points])
            _line(axes, place, confidence, right, name, sizes=_LARGEST * counts / counts.max())
            widest = max(points, key=lambda point: point["sentences"])
            said.append(f"{name}: where it is {widest['confidence']:.0%} sure, {widest['right']:.0%} are right")
        note = f"the larger a mark, the more sentences; none for fewer than {_LEAST_IN_BIN}"
        axes.text(1, 0.02, note, ha="right", fontsize=8, color=MUTED)
        axes.set(xlabel="probability of the label predicted", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1.02))
        if said:
            axes.legend(loc="upper left")
        settle(figure)
    return Chart(
        "calibration", "How far probabilities can be believed", "; ".join(said or ["too few sentences"]) + ".", figure
    )


def _precision_recall(everyone: Mapping[str, Predictions]) -> Chart:
    labels = list(next(iter(everyone.values())).classes)
    with settings():
        figure, panels = _panels(len(labels), 2.5)
        said = []
        for axes, label in zip(panels, labels, strict=True):
            axes.set_title(plain(shown(label), _NAME_WIDTH), loc="left", fontsize=9, color=INK)
            axes.set(xlim=(0, 1), ylim=(0, 1.02))
            for place, (name, one) in enumerate(everyone.items()):
                positive = np.array([given == label for given in one.labels])
                if label not in one.classes or not positive.any():
                    continue
                recall, precision, area = precision_recall(_proba(one)[:, one.classes.index(label)], positive)
                _line(axes, place, recall, precision, name)
                said.append(f"{shown(label)}, {name}: average precision {area:.2f}")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper left")
        figure.supxlabel("recall", fontsize=9, color=MUTED)
        figure.supylabel("precision", fontsize=9, color=MUTED)
        settle(figure)
    return Chart("precision-recall", "Precision and recall of each label", "; ".join(said) + ".", figure)


def _learning_curve(metrics: dict[str, Any]) -> Chart:
    points = [point for point in metrics["learning_curve"] if point["macro_f1"]["value"] is not None]
    documents = [point["documents"] for point in points]
    with settings():
        figure, (axes,) = _panels(1, 3.2)
        for place, (key, name) in enumerate((("macro_f1", "macro-F1"), ("mcc", "MCC"))):
            value, low, high = (
                np.array([point[key][end] for point in points], dtype=np.float64) for end in ("value", "low", "high")
            )
            _line(axes, place, documents, value, name, sizes=_SMALLEST)
            axes.fill_between(documents, low, high, color=_LINES[place][0], alpha=0.15, linewidth=0)
        axes.set(xlabel="documents trained on", ylabel="figure on other documents")
        axes.set_xlim(left=0)
        axes.legend(loc="lower right")
        settle(figure)
    said = "; ".join(
        f"{point['documents']:.0f} documents: macro-F1 {point['macro_f1']['value']:.2f}" for point in points
    )
    return Chart("learning-curve", f"Learning curve of {plain(metrics['name'])}", said + ".", figure)


def _transfer(metrics: dict[str, Any]) -> Chart:
    from matplotlib.colors import LinearSegmentedColormap

    cells = metrics["transfer"]
    names = sorted({cell["trained_on"] for cell in cells})
    values = np.array([cell["macro_f1"]["value"] for cell in cells], dtype=np.float64).reshape(len(names), -1)
    titles = [plain(name, _NAME_WIDTH) for name in names]
    with settings():
        figure, (axes,) = _panels(1, 0.4 * len(names) + 1.6)
        shades = LinearSegmentedColormap.from_list("transfer", [PAPER, BLUE])
        axes.pcolormesh(np.clip(values, 0, 1), cmap=shades, vmin=0, vmax=1, edgecolors=PAPER, linewidth=1.5)
        for (row, column), value in np.ndenumerate(values):
            text, colour = ("–", MUTED) if np.isnan(value) else (f"{value:.2f}", PAPER if value > 0.7 else INK)
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour)
        places = np.arange(len(names)) + 0.5
        axes.set_yticks(places, titles)
        axes.set_xticks(
            places, titles, rotation=30 if len(names) > 3 else 0, ha="right" if len(names) > 3 else "center"
        )
        axes.tick_params(length=0)
        axes.invert_yaxis()
        axes.set(xlabel="tested on", ylabel="trained on")
        settle(figure)
    said = "; ".join(
        f"trained on {cell['trained_on']}, tested on {cell['tested_on']}: {cell['macro_f1']['value']:.2f}"
        for cell in cells
        if cell["macro_f1"]["value"] is not None
    )
    return Chart("transfer", "Macro-F1 between sources", said + ".", figure)


def _panels(n: int, height: float) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    columns = min(n, _COLUMNS)
    rows = -(-n // columns)
    figure = Figure(figsize=(WIDTH, height * rows), layout="constrained", facecolor=PAPER)
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for spare in panels[n:]:
        spare.set_axis_off()
    for axes in panels[:n]:
        axes.grid(True)
    return figure, panels[:n]


def _line(axes: Axes, place: int, x: Any, y: Any, name: str, *, sizes: Any = None) -> None:
    """Draw a line; with the areas of its marks, with marks."""
    colour, dashes, marker = _LINES[place % len(_LINES)]
    axes.plot(x, y, color=colour, linestyle=dashes, label=name, linewidth=1.4)
    if sizes is not None:
        axes.scatter(x, y, s=np.maximum(sizes, _SMALLEST), color=colour, marker=marker, zorder=3)


def _proba(predictions: Predictions) -> Any:
    return np.asarray(predictions.proba)


def _codes(predictions: Predictions) -> Any:
    places = {label: place for place, label in enumerate(predictions.classes)}
    return np.array([places[label] for label in predictions.labels])
