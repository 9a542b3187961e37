"""Measure how time grows with sentences, documents and cores, and draw it; and the timers that the benchmark shares.

All seconds are processor time, except those on several processes, which are seconds on the clock.

Part of ``python scripts/benchmark.py``.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import bias_detect
from bias_detect.chart import settings
from bias_detect.palette import BLUE, INK

COMMAND = "from bias_detect.cli.main import run; run()"
SENTENCES = (1_000, 4_000, 16_000)
DOCUMENTS, IN_EACH = (10, 40, 160), 15
JOBS, IN_ALL = (1, 2), 60_000


class Point(NamedTuple):
    """What one amount of work took."""

    what: str
    amount: int
    seconds: float


def best(work: Callable[[], object], runs: int = 3) -> float:
    """Return the least processor time of several runs, in seconds: the run that was disturbed least."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def process_seconds(arguments: Sequence[str]) -> tuple[float, float]:
    """Return the processor seconds of a new Python process and of those that it waited for, and the seconds passed."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - begun


def write_texts(folder: Path, sentences: list[str], count: int) -> None:
    """Share sentences out among text files, a paragraph for each five."""
    size = len(sentences) // count
    for place in range(count):
        part = sentences[place * size : (place + 1) * size]
        paragraphs = [" ".join(part[start : start + 5]) for start in range(0, size, 5)]
        # The first line tells the files apart: copies are scored once.
        text = "\n\n".join([f"Review {place} begins here.", *paragraphs])
        (folder / f"review-{place:03}.txt").write_text(text, encoding="utf-8")


def growth(sentences: list[str]) -> list[Point]:
    """Measure scoring by sentences, an audit by documents, and an audit by processes."""
    model = bias_detect.load_model()
    enough = sentences * (IN_ALL // len(sentences) + 1)
    points = []
    for amount in SENTENCES:
        text = "\n\n".join(enough[:amount])
        points.append(Point("sentences", amount, best(partial(bias_detect.score, text, model=model), 2)))
    with tempfile.TemporaryDirectory() as name:
        for amount in DOCUMENTS:
            folder = Path(name) / f"{amount} documents"
            folder.mkdir()
            write_texts(folder, enough[: amount * IN_EACH], amount)
            seconds = best(partial(bias_detect.audit, folder, Path(name) / "audit", fresh=True, report=False), 2)
            points.append(Point("documents", amount, seconds))
        folder = Path(name) / "large"
        folder.mkdir()
        write_texts(folder, enough[:IN_ALL], 40)
        for jobs in JOBS:
            options = ["--jobs", str(jobs), "--fresh", "-o", str(Path(name) / "by jobs")]
            seconds = process_seconds(["-c", COMMAND, "audit", str(folder), *options])[1]
            points.append(Point("cores", jobs, seconds))
    return points


def rows(points: Sequence[Point]) -> list[list[str]]:
    """Return the lines of the benchmark's table: each amount against the one before it."""
    texts = {
        "sentences": "score(text), {:,} sentences",
        "documents": f"audit without its page, {{:,}} files of {IN_EACH} sentences",
        "cores": f"audit with its page, {IN_ALL:,} sentences, --jobs {{}}, on the clock",
    }
    lines = []
    for what, text in texts.items():
        before: Point | None = None
        for point in [point for point in points if point.what == what]:
            ratio = ["–", "1"] if before is None else [f"{before.amount:,}", f"{point.seconds / before.seconds:.2f}"]
            lines.append([text.format(point.amount), f"{point.seconds:.2f} s", *ratio])
            before = point
    return lines


def plot(points: Sequence[Point], folder: Path) -> None:
    """Write the points as CSV, and draw them as three figures side by side in one SVG file."""
    from matplotlib.figure import Figure

    with (folder / "benchmark_growth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Point._fields)
        writer.writerows((point.what, point.amount, f"{point.seconds:.3f}") for point in points)
    titles = {"sentences": "sentences scored", "documents": "files audited", "cores": "processes of an audit"}
    with settings():
        figure = Figure(figsize=(8, 2.6), layout="constrained", facecolor="white")
        for axes, (what, title) in zip(figure.subplots(1, 3), titles.items(), strict=True):
            chosen = [point for point in points if point.what == what]
            amounts, seconds = ([getattr(point, name) for point in chosen] for name in ("amount", "seconds"))
            axes.plot(amounts, seconds, "o-", color=BLUE, markersize=6, linewidth=1)
            for amount, value in zip(amounts, seconds, strict=True):
                axes.annotate(
                    f"{value:.1f} s", (amount, value), (0, 7), textcoords="offset points", color=INK, ha="center"
                )
            unit = "seconds on the clock" if what == "cores" else "processor seconds"
            axes.set(xlabel=title, ylabel=unit, ylim=(0, max(seconds) * 1.25))
            shown = amounts if what == "cores" else amounts[1:]  # the two least stand too near each other
            axes.set_xticks(shown, [f"{amount:,}" for amount in shown])
            axes.margins(x=0.15)
            axes.grid()
        figure.savefig(folder / "benchmark_growth.svg", metadata={"Date": None, "Creator": None})
