"""The picture of an agreement: who agrees with whom, and which labels are given for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.chart import WIDTH, Chart, settings, settle
from bias_detect.labels import shown
from bias_detect.palette import BLUE, INK, MUTED, PAPER, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_NUMBERED = 14  # most rows whose cells hold their number
_NAME_WIDTH = 22


def draw_agreement(figures: dict[str, Any]) -> Chart:
    """Draw heat maps of an agreement.

    The first shows Cohen's kappa of each pair, where there are more than two annotators; the last, for each label that
    one annotator gave, how often another gave each label to the same sentence.

    Parameters
    ----------
    figures : dict
        From `bias_detect.corpus.agreement.measure_agreement`.

    Returns
    -------
    Chart
        The figure ``agreement``.

    Examples
    --------
    >>> from bias_detect.corpus.agreement import measure_agreement
    >>> from bias_detect.corpus.votes import Votes
    >>> codes, said = np.array([[0, 0], [1, 0]]), ["She rang.", "He left."]
    >>> votes = Votes(("Ann", "Bo"), ("judged", "told"), codes, said, ["a", "b"], [None] * 2, {}, ["1", "2"])
    >>> draw_agreement(measure_agreement(votes)).name
    'agreement'
    """
    from matplotlib.figure import Figure

    names, labels = list(figures["annotators"]), figures["confusion"]["labels"]
    kappas = np.full((len(names), len(names)), np.nan)
    for pair in figures["pairs"]:
        i, j = (names.index(name) for name in pair["annotators"])
        value = pair["kappa"]["value"]
        kappas[i, j] = kappas[j, i] = np.nan if value is None else value
    matrix = np.array(figures["confusion"]["matrix"])
    given = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, given, out=np.full_like(matrix, np.nan), where=given > 0)
    people, classes = ([plain(name, _NAME_WIDTH) for name in group] for group in (names, map(shown, labels)))
    panels = [(shares, classes, "share of the labels that another gave", ("one gave", "another gave"))]
    if len(people) > 2:
        panels.insert(0, (kappas, people, "Cohen's kappa", ("", "")))
    heights = [0.32 * max(len(rows), 3) + 1.3 for _, rows, _, _ in panels]
    with settings():
        figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained", facecolor=PAPER)
        axes = figure.subplots(len(panels), squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
        for place, (values, rows, title, sides) in enumerate(panels):
            _heat(axes[place], values, rows, title, sides)
        settle(figure)
    return Chart("agreement", "Agreement of the annotators", _said(figures, shares), figure)


def _heat(axes: Axes, values: NDArray[np.float64], names: list[str], title: str, sides: tuple[str, str]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("agreement", [PAPER, BLUE])
    axes.pcolormesh(np.clip(values, 0, 1), cmap=shades, vmin=0, vmax=1, edgecolors=PAPER, linewidth=1.5)
    n = len(names)
    if n <= _NUMBERED:
        for row in range(n):
            for column in range(n):
                number = values[row, column]
                if not np.isnan(number):
                    colour = PAPER if number > 0.85 else INK
                    axes.text(column + 0.5, row + 0.5, f"{number:.2f}", ha="center", va="center", color=colour)
    places = np.arange(n) + 0.5
    axes.set_yticks(places, names)
    axes.set_xticks(places, names, rotation=30 if n > 3 else 0, ha="right" if n > 3 else "center")
    axes.tick_params(length=0)
    axes.spines["bottom"].set_visible(False)
    axes.invert_yaxis()
    axes.set_ylabel(sides[0])
    axes.set_xlabel(sides[1])
    axes.set_title(title, loc="left", fontsize=9, color=MUTED)


def _said(figures: dict[str, Any], shares: NDArray[np.float64]) -> str:
    """Say what the figure shows, for those who cannot see it."""
    pairs = [pair for pair in figures["pairs"] if pair["kappa"]["value"] is not None]
    said = [
        f"{plain(pair['annotators'][0])} and {plain(pair['annotators'][1])} {pair['kappa']['value']:.2f}"
        for pair in sorted(pairs, key=lambda pair: pair["kappa"]["value"])[:_NUMBERED]
    ]
    labels = figures["confusion"]["labels"]
    given = zip(labels, np.diag(shares), strict=True)
    same = [f"{shown(label)} {share:.0%}" for label, share in given if not np.isnan(share)]
    return (
        f"Cohen's kappa by pair, the lowest first: {'; '.join(said) or 'not defined'}. How often another annotator "
        f"gave the same label: {', '.join(same)}."
    )
