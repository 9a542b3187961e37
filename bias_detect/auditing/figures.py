"""What the figures of an audit show."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bias_detect.chart import WIDTH, Chart, settings, settle
from bias_detect.labels import shown
from bias_detect.model.counts import Floats
from bias_detect.palette import BLUE, INK, MUTED, PAPER, label_styles, plain

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED = 40
"""Most reports that a figure names one by one."""

_SEPARATE = 400  # most reports whose intervals are lines of their own
_NAME_WIDTH = 28


@dataclass(frozen=True, slots=True)
class OverallShare:
    """The share of a label in all reports together.

    Parameters
    ----------
    label : str
        The label.
    raw : float
        The share as labelled.
    value, low, high : float
        The share to lead with, and its 95% interval.

    Examples
    --------
    >>> OverallShare("told", raw=0.66, value=0.8, low=0.7, high=0.9).value
    0.8
    """

    label: str
    raw: float
    value: float
    low: float
    high: float


def draw_shares(shares: Sequence[OverallShare], *, corrected: bool, ranges: bool = False) -> Chart:
    """Draw the overall shares of the labels.

    Parameters
    ----------
    shares : sequence of OverallShare
        One for each label.
    corrected : bool
        Whether the shares to lead with are other than those as labelled, which are then marked too.
    ranges : bool, default=False
        Whether the shares are those as labelled, with the range of all estimates.

    Returns
    -------
    Chart
        The figure ``shares``.

    Examples
    --------
    >>> draw_shares([OverallShare("told", 0.66, 0.8, 0.7, 0.9)], corrected=True).description
    'told 80.0% (95% interval 70.0% to 90.0%), 66.0% as labelled.'
    """
    corrected = corrected and not ranges
    interval = "range of all estimates" if ranges else "95% interval"
    styles = label_styles([share.label for share in shares])
    with settings():
        figure, axes = _panel(0.5 * len(shares) + 1.0)
        for place, share in enumerate(shares):
            style = styles[share.label]
            axes.hlines(place, share.low, share.high, color=style.colour, linewidth=7, alpha=0.35)
            axes.plot(share.value, place, style.marker, color=style.colour, markersize=8, clip_on=False)
            if corrected:
                axes.plot(share.raw, place, "|", color=INK, markersize=15, markeredgewidth=1.6)
            above = (share.value, place)  # beside it might stand the mark of the share as labelled
            axes.annotate(percent(share.value), above, (0, 7), textcoords="offset points", ha="center", va="bottom")
        axes.set_yticks(range(len(shares)), [shown(share.label) for share in shares])
        if corrected:
            _key(axes, [("corrected, with 95% interval", "o", MUTED), ("as labelled", "|", INK)])
        else:
            _key(axes, [(f"as labelled, with {interval}", "o", MUTED)])
        ends = np.array([max(share.high, share.raw) for share in shares])
        _finish(axes, len(shares), ends, ends)
        settle(figure)
    said = "; ".join(
        f"{shown(share.label)} {percent(share.value)} ({interval} {percent(share.low)} to {percent(share.high)})"
        + (f", {percent(share.raw)} as labelled" if corrected else "")
        for share in shares
    )
    return Chart("shares", "Share of sentences by label, all reports together", f"{said}.", figure)


def draw_reports(reports: pd.DataFrame, label: str, overall: float, *, name: str) -> Chart:
    """Draw the share of a label in every report, sorted, with intervals: a caterpillar plot.

    Few reports are named; many are drawn as a row of lines, and more as a band.

    Parameters
    ----------
    reports : pandas.DataFrame
        A row a report: ``document``, ``value``, ``low``, ``high``.
    label : str
        The label.
    overall : float
        The share in all reports together.
    name : str
        Stem of the figure's files.

    Returns
    -------
    Chart
        The figure.

    Examples
    --------
    >>> import pandas as pd
    >>> reports = pd.DataFrame({"document": ["a.txt"], "value": [0.3], "low": [0.2], "high": [0.4]})
    >>> draw_reports(reports, "told", 0.3, name="reports").title
    'Share of told sentences by report'
    """
    rows = reports.sort_values(["value", "document"], ascending=[True, False])
    style = label_styles([label])[label]
    named = len(rows) <= NAMED
    places = np.arange(len(rows))
    with settings():
        figure, axes = _panel(0.2 * len(rows) + 1.0 if named else 5)
        axes.axvline(overall, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            f"all reports {percent(overall)}", (overall, 1), (0, 3), ("data", "axes fraction"), "offset points",
            ha="center", va="bottom", fontsize=8, annotation_clip=False,
        )  # fmt: skip
        if len(rows) <= _SEPARATE:
            axes.hlines(places, rows["low"], rows["high"], color=style.colour, linewidth=2 if named else 1, alpha=0.45)
            axes.plot(
                rows["value"], places, style.marker, color=style.colour, markersize=4.5 if named else 2, clip_on=False
            )
        else:
            axes.fill_betweenx(places, rows["low"], rows["high"], color=style.colour, alpha=0.3, linewidth=0)
            axes.plot(rows["value"], places, color=style.colour, linewidth=1.8)
        axes.set_yticks(
            places if named else [], [plain(name, _NAME_WIDTH) for name in rows["document"]] if named else []
        )
        if not named:
            axes.set_ylabel(f"{len(rows):,} reports, sorted")
        _finish(axes, len(rows), rows["value"].to_numpy(), rows["high"].to_numpy(), rising=True)
        settle(figure)
    lowest, highest = rows.iloc[0], rows.iloc[-1]
    said = (
        f"{len(rows):,} reports sorted by their share of {shown(label)} sentences, each with its 95% interval: from "
        f"{percent(lowest['value'])} ({plain(lowest['document'])}) to {percent(highest['value'])} "
        f"({plain(highest['document'])}); all reports together {percent(overall)}."
    )
    return Chart(name, f"Share of {shown(label)} sentences by report", said, figure)


def draw_groups(
    names: Sequence[str], shares: Mapping[str, pd.DataFrame], column: str, *, name: str, corrected: bool
) -> Chart:
    """Draw the shares of labels by the values of a metadata column.

    Parameters
    ----------
    names : sequence of str
        What the groups are called, in order.
    shares : mapping of str to pandas.DataFrame
        For each label that is drawn, a row a group: ``value``, ``low``, ``high``, and ``raw``, the share as labelled.
    column : str
        The column's name.
    name : str
        Stem of the figure's files.
    corrected : bool
        Whether the shares are other than those as labelled, which are then marked too.

    Returns
    -------
    Chart
        The figure.

    Examples
    --------
    >>> import pandas as pd
    >>> shares = {"told": pd.DataFrame({"value": [0.3], "low": [0.2], "high": [0.4], "raw": [0.3]})}
    >>> draw_groups(["2019 (4)"], shares, "year", name="year", corrected=False).description
    '2019 (4): told 30.0%.'
    """
    import pandas as pd

    styles = label_styles(list(shares))
    with settings():
        figure, axes = _panel(0.34 * len(names) + 1.0)
        for row, (label, table) in enumerate(shares.items()):
            style = styles[label]
            places = np.arange(len(names)) + (row - (len(shares) - 1) / 2) * 0.3
            axes.hlines(places, table["low"], table["high"], color=style.colour, linewidth=2, alpha=0.45)
            axes.plot(table["value"], places, style.marker, color=style.colour, markersize=5, clip_on=False)
            if corrected:
                axes.plot(table["raw"], places, "|", color=INK, markersize=6, markeredgewidth=1.2, clip_on=False)
        axes.set_yticks(range(len(names)), names)
        entries = [(shown(label), style.marker, style.colour) for label, style in styles.items()]
        _key(axes, [*entries, ("as labelled", "|", INK)] if corrected else entries)
        whole = pd.concat(list(shares.values()))
        _finish(axes, len(names), whole[["value", "raw"]].to_numpy(), whole[["high", "raw"]].to_numpy())
        settle(figure)
    said = "; ".join(
        f"{group}: "
        + ", ".join(f"{shown(label)} {percent(table['value'].iloc[place])}" for label, table in shares.items())
        for place, group in enumerate(names)
    )
    how = "Corrected shares" if corrected else "Shares as labelled"
    return Chart(name, f"{how} by {plain(column)} (number of reports in brackets)", f"{said}.", figure)


def draw_sections(sections: pd.DataFrame) -> Chart:
    """Draw a heat map of the labels' shares in the kinds of section; each label has a scale of its own.

    Parameters
    ----------
    sections : pandas.DataFrame
        Shares; a row a kind of section, a column a label.

    Returns
    -------
    Chart
        The figure ``sections``.

    Examples
    --------
    >>> import pandas as pd
    >>> draw_sections(pd.DataFrame({"told": [0.8], "judged": [0.2]}, index=["findings"])).description
    'findings: told 80.0%, judged 20.0%.'
    """
    from matplotlib.patches import Rectangle

    with settings():
        figure, axes = _panel(0.32 * len(sections) + 0.7)
        values = sections.to_numpy(dtype=float)
        colours = [style.colour for style in label_styles(list(sections.columns)).values()]
        # Ink on a tint of at most a half stays readable, on light and on dark.
        tints = 0.05 + 0.45 * values / np.maximum(values.max(axis=0), 1e-9)
        for (row, place), value in np.ndenumerate(values):
            face = (colours[place], float(tints[row, place]))
            axes.add_patch(Rectangle((place, row), 1, 1, facecolor=face, edgecolor=PAPER, linewidth=1.5))
            axes.text(place + 0.5, row + 0.5, percent(value), ha="center", va="center")
        axes.set(xlim=(0, values.shape[1]), ylim=(len(sections), 0))
        axes.set_xticks(np.arange(values.shape[1]) + 0.5, [shown(label) for label in sections.columns])
        axes.set_yticks(np.arange(len(sections)) + 0.5, [plain(kind, _NAME_WIDTH) for kind in sections.index])
        axes.tick_params(axis="x", length=0, labelcolor=INK, labeltop=True, labelbottom=False)
        axes.spines["bottom"].set_visible(False)
        settle(figure)
    said = "; ".join(
        f"{plain(kind)}: " + ", ".join(f"{shown(str(label))} {percent(value)}" for label, value in row.items())
        for kind, row in sections.iterrows()
    )
    return Chart("sections", "Share of the labels in each kind of section", f"{said}.", figure)


def draw_rates(rates: Mapping[str, float], *, name: str, title: str, unit: str, shares: bool = False) -> Chart:
    """Draw how often marks occur, the most frequent first.

    Parameters
    ----------
    rates : mapping of str to float
        The rate of each signal or influence.
    name : str
        Stem of the figure's files.
    title : str
        What it shows.
    unit : str
        What the numbers count.
    shares : bool, default=False
        Whether the rates are shares.

    Returns
    -------
    Chart
        The figure.

    Examples
    --------
    >>> draw_rates({"counterfactual": 1.5}, name="signals", title="Signals", unit="to 100 sentences").description
    'to 100 sentences: counterfactual 1.50.'
    """
    marks = sorted(rates, key=lambda mark: (-rates[mark], mark))
    said = {mark: percent(rates[mark]) if shares else f"{rates[mark]:.2f}" for mark in marks}
    with settings():
        figure, axes = _panel(0.3 * len(marks) + 0.9)
        axes.barh(range(len(marks)), [rates[mark] for mark in marks], height=0.62, color=BLUE)
        for place, mark in enumerate(marks):
            axes.annotate(said[mark], (rates[mark], place), (5, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(marks)), [shown(mark) for mark in marks])
        axes.set(xlabel=unit, xlim=(0, max([*rates.values(), 0.01]) * 1.15), ylim=(len(marks) - 0.4, -0.6))
        if shares:
            axes.xaxis.set_major_formatter(_tick)
        axes.grid(axis="x")
        settle(figure)
    return Chart(name, title, f"{unit}: {', '.join(f'{shown(mark)} {said[mark]}' for mark in marks)}.", figure)


def percent(share: float) -> str:
    """Return a share as people read it.

    Parameters
    ----------
    share : float
        From 0 to 1; not a number where it is not known.

    Returns
    -------
    str
        With one decimal.

    Examples
    --------
    >>> percent(0.1234), percent(-1e-17), percent(float("nan"))
    ('12.3%', '0.0%', '–')
    """
    return "–" if np.isnan(share) else f"{share:z.1%}"


def file_stem(kind: str, name: str, taken: set[str]) -> str:
    """Return a stem for the files of a figure, and note that it is taken.

    Parameters
    ----------
    kind : str
        What it begins with.
    name : str
        What it should remind of: any text.
    taken : set of str
        The stems that there are; the new one is added.

    Returns
    -------
    str
        ASCII letters, digits, underscores and hyphens.

    Examples
    --------
    >>> taken = set()
    >>> file_stem("by", "../Review type?", taken), file_stem("by", "review-type", taken), file_stem("by", "年", taken)
    ('by-review-type', 'by-review-type-2', 'by')
    """
    reminder = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:40]
    wanted = f"{kind}-{reminder}" if reminder else kind
    choices = itertools.chain([wanted], (f"{wanted}-{number}" for number in itertools.count(2)))
    stem = next(choice for choice in choices if choice not in taken)
    taken.add(stem)
    return stem


def _panel(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained", facecolor=PAPER)
    return figure, figure.subplots()


def _finish(axes: Axes, rows: int, values: Floats, ends: Floats, *, rising: bool = False) -> None:
    """Set the axes of shares, so that one long interval does not press all others together."""
    last, most = np.nanmax(ends, initial=0.01), np.nanmax(values, initial=0.01)
    limit = min(last, max(2 * most, 1.5 * float(np.nanquantile(ends, 0.75))))
    axes.set_xlim(0, min(limit * 1.12, 1.12))
    axes.xaxis.set_major_formatter(_tick)
    axes.set_xlabel("share of sentences" if limit == last else "share of sentences (lines to the edge go on)")
    axes.grid(axis="x")
    axes.set_ylim((-0.6, rows - 0.4) if rising else (rows - 0.4, -0.6))


def _tick(share: float, _: float) -> str:
    return f"{100 * share:g}%"


def _key(axes: Axes, entries: list[tuple[str, str, str]]) -> None:
    """Put the key above the axes."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="none", marker=marker, color=colour, markersize=7, markeredgewidth=1.4, label=text)
        for text, marker, colour in entries
    ]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(handles), borderpad=0.2)
