"""Measure speed and memory as ratios, side by side in one run.

Scoring against bare tokenization and against ``en_core_web_sm`` (where that is installed), the start of the command
line against importing its libraries, the sentence boundaries against spaCy's ``sentencizer``, training, and the memory
of scoring large text files.

Example: ``python scripts/benchmark.py``
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

import pandas as pd
import spacy
from spacy.tokens import Doc

import bias_detect
from bias_detect.corpus.tables import read_corpus
from bias_detect.model.training import train_model

ROOT = Path(__file__).resolve().parents[1]
FLOOR = "import spacy, sklearn.linear_model, sklearn.feature_extraction.text"
COMMAND = "from bias_detect.cli.main import run; run()"
SENTENCES = 20_000
RUNS = 3


def best(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the least processor time of several runs, in seconds: the run that was disturbed least."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def scoring(sentences: list[str]) -> list[list[str]]:
    """Compare scoring with bare tokenization and with a trained pipeline."""
    model, bare = bias_detect.load_model(), spacy.blank("en")
    text = "\n\n".join(sentences)
    tokenized = best(lambda: list(bare.pipe(sentences)))
    scored = best(lambda: bias_detect.score(text, model=model))
    labelled = best(lambda: model.predict_proba(sentences))
    rows = [
        ["bare tokenization", f"{len(sentences) / tokenized:,.0f} sentences/s", "1"],
        ["score(text), the whole table", f"{len(sentences) / scored:,.0f} sentences/s", f"{scored / tokenized:.1f}"],
        [
            "model.predict_proba(sentences)",
            f"{len(sentences) / labelled:,.0f} sentences/s",
            f"{labelled / tokenized:.1f}",
        ],
    ]
    try:
        trained = spacy.load("en_core_web_sm")
    except OSError:
        return [*rows, ["en_core_web_sm", "not installed here", "–"]]
    some = sentences[:2000]
    slow = best(lambda: list(trained.pipe(some)), 1) * len(sentences) / len(some)
    return [*rows, ["en_core_web_sm", f"{len(sentences) / slow:,.0f} sentences/s", f"{slow / tokenized:.1f}"]]


def start() -> list[list[str]]:
    """Compare whole processes with one that only imports the libraries."""
    calls = {
        "importing spaCy and scikit-learn": ["-c", FLOOR],
        "score --text": ["-c", COMMAND, "score", "--text", "Staff should have seen it."],
        "--help": ["-c", COMMAND, "--help"],
    }
    times = {name: [] for name in calls}  # type: dict[str, list[float]]
    for _ in range(5):
        for name, arguments in calls.items():
            begin = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            times[name].append(time.perf_counter() - begin)
    floor = statistics.median(times["importing spaCy and scikit-learn"])
    return [[name, f"{statistics.median(t):.2f} s", f"{statistics.median(t) / floor:.2f}"] for name, t in times.items()]


def boundaries(sentences: list[str]) -> list[list[str]]:
    """Compare the sentence boundaries with spaCy's rule-based ones, component for component."""
    nlp = spacy.blank("en")
    theirs, ours = nlp.add_pipe("sentencizer"), nlp.add_pipe("report_sentences")
    rows = []
    for name, size in (("one sentence", 1), ("ten sentences", 10)):
        texts = [" ".join(sentences[i : i + size]) for i in range(0, len(sentences), size)]
        docs = [nlp.make_doc(text) for text in texts]
        slow, fast = (best(partial(_each, component, docs)) for component in (ours, theirs))
        rows.append([f"report_sentences, {name} a Doc", f"{slow / len(docs) * 1e6:.0f} µs", f"{slow / fast:.2f}"])
    return rows


def _each(component: Callable[[Doc], Doc], docs: list[Doc]) -> None:
    for doc in docs:
        component(doc)


def training() -> list[list[str]]:
    """Time training on a two-class table of 8,000 rows."""
    table = read_corpus(ROOT / "data" / "corpus" / "composed.csv")
    table["label"] = (table["label"] == "hindsight_biased").astype(str)
    table = pd.concat([table, table.assign(sentence=table["sentence"] + " It was so.")]).iloc[:8000]
    begin = time.perf_counter()
    train_model(table.reset_index(drop=True))
    return [["training, 8,000 rows of 2 classes", f"{time.perf_counter() - begin:.0f} s", "–"]]


def memory(sentences: list[str]) -> list[list[str]]:
    """Return the peak memory of scoring small and large text files."""
    code = (
        "import resource, sys; sys.argv = ['bias-detect', 'score', sys.argv[1], '-f', 'jsonl', '-o', sys.argv[2]];"
        "from bias_detect.cli.main import _run; code = _run();"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024); sys.exit(code)"
    )
    rows, first = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for megabytes in (1, 10, 100):
            path = Path(folder) / "text.txt"
            paragraphs = ["\n".join(sentences[i : i + 5]) for i in range(0, len(sentences), 5)]
            with path.open("w", encoding="utf-8") as file:
                while file.tell() < megabytes * 1_000_000:
                    file.write("\n\n".join(paragraphs) + "\n\n")
            call = [sys.executable, "-c", code, str(path), str(Path(folder) / "out.jsonl")]
            run = subprocess.run(call, check=True, capture_output=True, text=True)
            peak = int(run.stdout)
            first = first or peak
            rows.append([f"peak memory, {megabytes} MB of text", f"{peak} MB", f"{peak / first:.2f}"])
    return rows


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows as a Markdown table."""
    print("| what | measured | ratio |\n|---|---:|---:|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def main() -> None:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("spacy", "scikit-learn", "numpy", "pandas"))
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}\n")
    sentences = read_corpus(ROOT / "data" / "corpus" / "composed.csv")["sentence"].tolist()
    many = (sentences * (SENTENCES // len(sentences) + 1))[:SENTENCES]
    rows = [*scoring(many), *start(), *boundaries(sentences), *training()]
    if "--memory" in sys.argv:
        rows += memory(sentences)
    print_table(rows)


if __name__ == "__main__":
    main()
