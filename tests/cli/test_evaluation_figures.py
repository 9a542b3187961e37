"""The pictures of an evaluation."""

import numpy as np

from bias_detect.cli.evaluation_figures import draw_evaluation
from bias_detect.model.evaluation import Predictions
from bias_detect.model.splits import Leaks


def predictions(confidences: list[float]) -> Predictions:
    n = len(confidences)
    proba = np.column_stack([confidences, 1 - np.array(confidences)])
    labels, rows = ["a", "b"] * (n // 2) + ["a"] * (n % 2), np.arange(n)
    return Predictions([""] * n, labels, ["a"] * n, ["a", "b"], proba, proba, rows, rows, Leaks(), {})


def marks(everyone: dict[str, Predictions]) -> list[tuple[np.ndarray, np.ndarray]]:
    chart = next(chart for chart in draw_evaluation(everyone, {}) if chart.name == "calibration")
    drawn = chart.figure.axes[0].collections
    return [(np.asarray(marks.get_offsets()), np.asarray(marks.get_sizes())) for marks in drawn]


def test_a_calibration_shows_how_many_sentences_a_point_stands_for_and_none_of_a_handful():
    ((places, sizes),) = marks({"mine": predictions([0.95] * 40 + [0.75] * 20 + [0.6] * 9)})
    assert places.round(2).tolist() == [[0.75, 0.5], [0.95, 0.5]]
    assert sizes[1] == 2 * sizes[0]


def test_too_few_sentences_for_any_point_are_said_so():
    everyone = {"mine": predictions([0.9] * 5)}
    assert marks(everyone) == []
    chart = next(chart for chart in draw_evaluation(everyone, {}) if chart.name == "calibration")
    assert chart.description == "too few sentences."
    assert chart.png().startswith(b"\x89PNG")
