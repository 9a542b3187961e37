"""Measure speed and memory as ratios, side by side in one run.

Scoring against bare tokenization, against ``en_core_web_sm`` (where that is installed) and against scikit-learn's
TF-IDF with logistic regression; the accurate model against the default one; the start of the command line against
importing its libraries; the sentence boundaries against spaCy's ``sentencizer``; reading and auditing a PDF against
bare extraction of its text; the review of a Word draft against opening and saving it with python-docx; scoring a text
again after an edit against scoring it; training; loading the model, and writing Parquet; and how all that grows with
sentences, documents and cores (``benchmark_growth.py``). With ``--memory`` also the memory of scoring large files.

All is processor time, the least of several runs, but for what is said to be on the clock. A ratio is how many times as
long it takes as what stands before it.

Example: ``python scripts/benchmark.py --memory --plots notebooks``
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pypdfium2
import spacy
from benchmark_growth import COMMAND, best, growth, plot, process_seconds
from benchmark_growth import rows as growth_rows
from pypdfium2 import raw
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from spacy.tokens import Doc

import bias_detect
from bias_detect.auditing.store import SentenceWriter
from bias_detect.corpus.read import read_corpus
from bias_detect.errors import ModelError
from bias_detect.model.training import train_model
from bias_detect.review.run import review
from bias_detect.scoring import score_paragraphs
from bias_detect.server.desk import Desk

ROOT = Path(__file__).resolve().parents[1]
FLOOR = "import spacy, sklearn.linear_model, sklearn.feature_extraction.text"
SENTENCES = 20_000
WORDS_A_PAGE = 417  # 25,000 words on 60 pages
PAGES, LINES_A_PAGE = 40, 42


def plain_classifier() -> Any:
    """Make what anyone would try first: TF-IDF of words and pairs of words, and logistic regression."""
    return make_pipeline(CountVectorizer(ngram_range=(1, 2)), TfidfTransformer(), LogisticRegression(max_iter=1000))


def scoring(sentences: list[str], corpus: pd.DataFrame) -> list[list[str]]:
    """Compare scoring with bare tokenization, with a trained pipeline and with plain scikit-learn."""
    model, bare = bias_detect.load_model(), spacy.blank("en")
    plain = plain_classifier().fit(corpus["sentence"], corpus["label"])
    text = "\n\n".join(sentences)
    tokenized = best(lambda: list(bare.pipe(sentences)))
    scored = best(lambda: bias_detect.score(text, model=model))
    labelled = best(lambda: model.predict_proba(sentences))
    simple = best(lambda: plain.predict_proba(sentences))

    def row(what: str, seconds: float, against: str, floor: float) -> list[str]:
        return [what, f"{len(sentences) / seconds:,.0f} sentences/s", against, f"{seconds / floor:.1f}"]

    whole, tokens = "score(text), the whole table", "bare tokenization"
    rows = [
        [tokens, f"{len(sentences) / tokenized:,.0f} sentences/s", "–", "1"],
        row("TF-IDF and logistic regression", simple, tokens, tokenized),
        row(whole, scored, tokens, tokenized),
        row(whole, scored, "TF-IDF and logistic regression", simple),
        row("model.predict_proba(sentences)", labelled, tokens, tokenized),
    ]
    try:
        trained = spacy.load("en_core_web_sm")
    except OSError:
        return [*rows, ["en_core_web_sm", "not installed here", tokens, "–"]]
    some = sentences[:2000]
    slow = best(lambda: list(trained.pipe(some)), 1) * len(sentences) / len(some)
    return [*rows, row("en_core_web_sm", slow, tokens, tokenized), row(whole, scored, "en_core_web_sm", slow)]


def accurate(sentences: list[str]) -> list[list[str]]:
    """Compare the accurate model with the default one."""
    what, against = "model.predict_proba, model 'accurate'", "model 'default'"
    default = bias_detect.load_model()
    try:
        model = bias_detect.load_model("accurate")
    except ModelError:  # the bundle or the library that runs it is not here
        return [[what, "not installed here", against, "–"]]
    some = list(dict.fromkeys(sentences))[:300]
    quick, slow = best(lambda: default.predict_proba(some)), best(lambda: model.predict_proba(some), 2)
    return [[what, f"{len(some) / slow:,.0f} sentences/s", against, f"{slow / quick:.1f}"]]


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
            times[name].append(process_seconds(arguments)[0])
    first, *others = ((name, min(found)) for name, found in times.items())
    rows = [[first[0], f"{first[1]:.2f} s", "–", "1"]]
    rows += [[name, f"{seconds:.2f} s", first[0], f"{seconds / first[1]:.2f}"] for name, seconds in others]
    code = (
        f"{FLOOR}; import time, bias_detect.scoring; begin = time.process_time();"
        "bias_detect.scoring.load_model(); print(time.process_time() - begin)"
    )
    call = [sys.executable, "-c", code]
    children = [subprocess.run(call, check=True, capture_output=True, text=True) for _ in range(3)]
    loaded = min(float(child.stdout) for child in children)
    share = loaded / min(times["score --text"])
    return [*rows, ["load_model(), with its rules", f"{loaded:.2f} s", "score --text", f"{share:.2f}"]]


def boundaries(sentences: list[str]) -> list[list[str]]:
    """Compare the sentence boundaries with spaCy's rule-based ones, component for component."""
    nlp = spacy.blank("en")
    theirs, ours = nlp.add_pipe("sentencizer"), nlp.add_pipe("report_sentences")
    rows = []
    for name, size in (("one sentence", 1), ("ten sentences", 10)):
        texts = [" ".join(sentences[i : i + size]) for i in range(0, len(sentences), size)]
        docs = [nlp.make_doc(text) for text in texts]
        slow, fast = (best(partial(_each, component, docs)) for component in (ours, theirs))
        measured = f"{slow / len(docs) * 1e6:.0f} µs"
        rows.append([f"report_sentences, {name} a Doc", measured, "sentencizer", f"{slow / fast:.2f}"])
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
    bare = "python-docx, open and save"
    return [
        [f"{bare}, {pages:.0f} pages", f"{floor * 1000 / pages:.1f} ms a page", "–", "1"],
        [f"review, {flags} comments", f"{reviewed * 1000 / pages:.1f} ms a page", bare, f"{reviewed / floor:.1f}"],
    ]


def write_pdf(path: Path, sentences: list[str]) -> None:
    """Write some pages of sentences as a PDF."""
    lines = textwrap.wrap(" ".join(sentences), 92)[: PAGES * LINES_A_PAGE]
    with closing(pypdfium2.PdfDocument.new()) as pdf:
        font = raw.FPDFText_LoadStandardFont(pdf, b"Times-Roman")
        for first in range(0, len(lines), LINES_A_PAGE):
            page = pdf.new_page(595, 842)
            for place, line in enumerate(lines[first : first + LINES_A_PAGE]):
                text = ctypes.create_string_buffer(f"{line}\0".encode("utf-16-le"))
                item = raw.FPDFPageObj_CreateTextObj(pdf, font, 11)
                raw.FPDFText_SetText(item, ctypes.cast(text, raw.FPDF_WIDESTRING))
                raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, 72, 770 - 16 * place)
                raw.FPDFPage_InsertObject(page, item)
            page.gen_content()
        pdf.save(str(path))


def auditing(sentences: list[str]) -> list[list[str]]:
    """Compare reading and auditing a PDF with the bare extraction of its text, and writing Parquet with the audit."""
    model = bias_detect.load_model()
    with tempfile.TemporaryDirectory() as name:
        path, output, table = Path(name) / "review.pdf", Path(name) / "audit", Path(name) / "table.parquet"
        write_pdf(path, sentences)

        def extract() -> None:
            with closing(pypdfium2.PdfDocument(path)) as pdf:
                for index in range(len(pdf)):
                    with closing(pdf[index]) as page, closing(page.get_textpage()) as text:
                        text.get_text_range()

        bare, read = best(extract), best(lambda: bias_detect.read_document(path))
        audited = best(lambda: bias_detect.audit(path, output, fresh=True, report=False))
        batches = list(score_paragraphs(bias_detect.read_document(path).paragraphs, model, name="review.pdf"))
        for rows in batches:
            for row in rows:
                row["set_aside"] = ""

        def write() -> None:
            with SentenceWriter(table, list(map(str, model.classes_))) as writer:
                for rows in batches:
                    writer.write(rows)
                writer.finish({"document": "review.pdf"})

        written = best(write)
    floor, whole = "pypdfium2, bare text", "audit of a PDF, without its page"
    return [
        [f"{floor}, {PAGES} pages", f"{bare * 1000 / PAGES:.1f} ms a page", "–", "1"],
        ["read_document", f"{read * 1000 / PAGES:.1f} ms a page", floor, f"{read / bare:.2f}"],
        [whole, f"{audited * 1000 / PAGES:.1f} ms a page", floor, f"{audited / bare:.1f}"],
        ["of it, writing Parquet", f"{written * 1000 / PAGES:.1f} ms a page", whole, f"{written / audited:.2f}"],
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
    text = "the page's first scoring of 2,000 words"
    return [
        [text, f"{whole * 1000:.0f} ms", "–", "1"],
        ["the same after an edit", f"{edited * 1000:.0f} ms", text, f"{edited / whole:.2f}"],
    ]


def training(corpus: pd.DataFrame) -> list[list[str]]:
    """Compare training on a two-class table of 8,000 rows with one fit of plain scikit-learn."""
    table = corpus.assign(label=(corpus["label"] == "hindsight_biased").astype(str))
    table = pd.concat([table, table.assign(sentence=table["sentence"] + " It was so.")]).iloc[:8000]
    table = table.reset_index(drop=True)
    simple = best(lambda: plain_classifier().fit(table["sentence"], table["label"]), 1)
    trained = best(lambda: train_model(table), 1)
    what = "training, 8,000 rows of 2 classes"
    return [[what, f"{trained:.0f} s", "TF-IDF and logistic regression, one fit", f"{trained / simple:.1f}"]]


def memory(sentences: list[str]) -> list[list[str]]:
    """Return the peak memory of scoring small and large text files."""
    code = (
        "import sys; sys.argv = ['bias-detect', 'score', sys.argv[1], '-f', 'jsonl', '-o', sys.argv[2]];"
        "from bias_detect.cli.main import execute; code = execute();"
        # What getrusage says counts the process that started this one as well.
        "print(int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) // 1024); sys.exit(code)"
    )
    rows: list[list[str]] = []
    first = 0
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
            against = "1 MB of text" if rows else "–"
            rows.append([f"peak memory, {megabytes} MB of text", f"{peak} MB", against, f"{peak / first:.2f}"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", action="store_true", help="measure memory as well, which takes some minutes")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="write how time grows there, as CSV and SVG")
    given = parser.parse_args()
    if given.plots is not None:
        given.plots.mkdir(parents=True, exist_ok=True)

    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("spacy", "scikit-learn", "numpy", "pandas"))
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}\n")
    corpus = read_corpus(ROOT / "data" / "corpus" / "composed.csv")
    sentences = corpus["sentence"].tolist()
    many = (sentences * (SENTENCES // len(sentences) + 1))[:SENTENCES]
    measures: list[Callable[[], list[list[str]]]] = [
        partial(scoring, many, corpus),
        partial(accurate, many),
        start,
        partial(boundaries, sentences),
        partial(auditing, many),
        partial(reviewing, many),
        partial(typing, sentences),
        partial(training, corpus),
        partial(growing, sentences, given.plots),
    ]
    print("| what | measured | against | ratio |\n|---|---:|---|---:|")
    if given.memory:
        measures.append(partial(memory, sentences))
    for measure in measures:
        print_rows(measure())


def growing(sentences: list[str], folder: Path | None) -> list[list[str]]:
    """Measure how time grows, and draw it where it is asked for."""
    points = growth(sentences)
    if folder is not None:
        plot(points, folder)
    return growth_rows(points)


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of a Markdown table."""
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
