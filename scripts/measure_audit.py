"""Measure how time and memory of an audit grow with the number of documents, up to a simulated national corpus.

Runs ``bias-detect audit`` on 1/8, 1/4, 1/2 and all of 1,000 documents of 17 million words together
(``simulate_corpus.py``), with the page and its figures, on two processes. Prints a table, and writes it with a plot
beside the notebooks: ``audit_time.csv``, ``audit_time.svg``.

Processor seconds are those of all processes together; peak memory is that of the largest one. On a machine that does
other things at the same time, seconds on the clock are more than they need be, processor seconds hardly.

Example: ``python scripts/measure_audit.py``
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from simulate_corpus import simulate

from bias_detect.chart import settings
from bias_detect.palette import BLUE, INK

FOLDER = Path(__file__).parents[1] / "notebooks"
DOCUMENTS, WORDS = 1000, 17_000_000
PARTS = (1 / 8, 1 / 4, 1 / 2, 1.0)
JOBS = 2
COMMAND = "from bias_detect.cli.main import run; run()"


class Row(NamedTuple):
    """What one audit took."""

    documents: int
    words: int
    seconds: int
    processor_seconds: int
    peak_megabytes: int
    page_kilobytes: int


def measure(documents: int, words: int) -> Row:
    """Audit so many simulated documents in processes of their own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        total = simulate(folder, documents, words)
        output = folder / "audit"
        options = ["-o", str(output), "--metadata", str(folder / "metadata.csv"), "--jobs", str(JOBS)]
        started = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-c", COMMAND, "audit", str(folder / "reviews"), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            _, status, used = os.wait4(process.pid, 0)  # with the workers, which the process has waited for
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        if process.returncode:
            raise SystemExit(f"the audit of {documents} documents ended with {process.returncode}")
        peak = used.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
        page = (output / "report.html").stat().st_size / 1000
    figures = (seconds, used.ru_utime + used.ru_stime, peak, page)
    return Row(documents, total, *map(round, figures))


def plot(rows: Sequence[Row], path: Path) -> None:
    """Draw processor time against words, with the straight line that fits it best."""
    from matplotlib.figure import Figure

    words = np.array([row.words for row in rows]) / 1e6
    seconds = np.array([row.processor_seconds for row in rows])
    slope, start = np.polyfit(words, seconds, 1)
    with settings():
        figure = Figure(figsize=(5.4, 3.2), layout="constrained", facecolor="white")
        axes = figure.subplots()
        line = f"{start:.0f} s and {slope:.1f} s a million words"
        axes.plot([0, words[-1]], [start, start + slope * words[-1]], color=BLUE, linewidth=1, alpha=0.6, label=line)
        axes.plot(words, seconds, "o", color=BLUE, markersize=6)
        for row, point in zip(rows, zip(words, seconds, strict=True), strict=True):
            text = f"{row.documents:,} documents"
            axes.annotate(text, point, (8, -4), textcoords="offset points", va="top", color=INK)
        axes.set(xlabel="million words", ylabel="processor seconds, all processes", ylim=(0, None))
        axes.set_xlim(0, words[-1] * 1.25)
        axes.grid()
        axes.legend(loc="upper left")
        figure.savefig(path, metadata={"Date": None, "Creator": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="measure on this part of everything; writes no files")
    given = parser.parse_args()

    rows = []
    print("| documents | words | seconds | processor seconds | peak memory of any process | page |")
    print("|---:|---:|---:|---:|---:|---:|")
    for part in PARTS:
        row = measure(round(DOCUMENTS * part * given.scale), round(WORDS * part * given.scale))
        rows.append(row)
        figures = f"| {row.documents:,} | {row.words:,} | {row.seconds} | {row.processor_seconds} "
        print(f"{figures}| {row.peak_megabytes} MB | {row.page_kilobytes} kB |", flush=True)
    if given.scale == 1:
        with (FOLDER / "audit_time.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([Row._fields, *rows])
        plot(rows, FOLDER / "audit_time.svg")


if __name__ == "__main__":
    main()
