"""Measure speed and memory as ratios, side by side in one run.

Scoring against bare tokenization and against ``en_core_web_sm`` (where that is installed), the start of the command
line against importing its libraries, the sentence boundaries against spaCy's ``sentencizer``, the review of a Word
draft against opening and saving it with python-docx, scoring a text again after an edit against scoring it, training,
and the memory of scoring large text files.

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

import docx
import pandas as pd
import spacy
from spacy.tokens import Doc

import bias_detect
from bias_detect.corpus.tables import read_corpus
from bias_detect.model.training import train_model
from bias_detect.review.run import review
from bias_detect.server.desk import Desk

ROOT = Path(__file__).resolve().parents[1]
FLOOR = "import spacy, sklearn.linear_model, sklearn.feature_extraction.text"
COMMAND = "from bias_detect.cli.main import run; run()"
SENTENCES = 20_000
RUNS = 3
WORDS_A_PAGE = 417  # 25,000 words on 60 pages


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


def reviewing(sentences: list[str]) -> list[list[str]]:
    """Compare the review of a draft of 60 pages with opening and saving it."""
    model = bias_detect.load_model()
    with tempfile.TemporaryDirectory() as folder:
        draft, copy = Path(folder) / "draft.docx", Path(folder) / "copy.docx"
        document = docx.Document()
        words = 0
        for place in range(0, len(sentences), 6):
            if words >= 60 * WORDS_A_PAGE:
                break
            paragraph = document.add_paragraph()
            for number, sentence in enumerate(sentences[place : place + 6]):
                paragraph.add_run(sentence + " ").italic = number % 3 == 0
                words += len(sentence.split())
        document.save(str(draft))
        floor = best(lambda: docx.Document(str(draft)).save(str(copy)))
        reviewed = best(lambda: review(draft, copy, model=model, replace=True))
        flags = len(review(draft, copy, model=model, replace=True).flags)
        pages = words / WORDS_A_PAGE
    return [
        [f"python-docx, open and save {pages:.0f} pages", f"{floor * 1000 / pages:.1f} ms a page", "1"],
        [
            f"review, {pages:.0f} pages, {flags} comments",
            f"{reviewed * 1000 / pages:.1f} ms a page",
            f"{reviewed / floor:.1f}",
        ],
    ]


def typing(sentences: list[str]) -> list[list[str]]:
    """Compare scoring a text of 2,000 words again, one sentence of it changed, with scoring it."""
    paragraphs = [" ".join(sentences[place : place + 5]) for place in range(0, len(sentences), 5)]
    while len(" ".join(paragraphs[:-1]).split()) >= 2000:
        paragraphs.pop()
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk("default", Path(folder))

        def first() -> None:
            desk.forget()
            desk.score("\n\n".join(paragraphs))

        def again() -> None:
            paragraphs[3] += " It was so."
            desk.score("\n\n".join(paragraphs))

        whole, edited = best(first), best(again, 10)
    return [
        ["the page's first scoring of 2,000 words", f"{whole * 1000:.0f} ms", "1"],
        ["the same after an edit", f"{edited * 1000:.0f} ms", f"{edited / whole:.2f}"],
    ]


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
    rows = [*scoring(many), *start(), *boundaries(sentences), *reviewing(many), *typing(sentences), *training()]
    if "--memory" in sys.argv:
        rows += memory(sentences)
    print_table(rows)


if __name__ == "__main__":
    main()
