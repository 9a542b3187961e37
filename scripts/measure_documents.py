"""Measure the reading of documents: labelled sentences found whole in real reports, and time against bare extraction.

The labelled sentences were cut from the bare text of the pages, so that some hold a running head, the number of the
next paragraph or the heading above it, and some are a paragraph's number and no more. These, the numbers of footnotes,
the hyphens of broken words, and dots of omission behind a full stop (which open the next sentence here) are left out
of the comparison. Time is processor time, the best of several rounds, each of which takes the two readers in turn.

Example: ``python scripts/measure_documents.py --shared ../shared``
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pypdfium2

from bias_detect.documents.document import Document, Paragraph
from bias_detect.documents.read import read_document
from bias_detect.documents.sections import FOOTNOTE
from bias_detect.language.boundaries import sentence_spans

SHARED = Path(os.environ.get("BIAS_DETECT_SHARED", Path(__file__).resolve().parents[2] / "shared"))
NOTE_MARK = re.compile(r"(?<=[^\d\s][.,;:!?)\]’”'\"])(?:\s?\d{1,3}|\d{4})(?=\s|$)|(?<=[a-z])\d{1,3}(?=[\s.,;:]|$)")
PLAIN_DIGITS = dict(zip(map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹"), "0123456789", strict=True))
NEXT_NUMBER = re.compile(r"\s[A-Z]?\d{1,2}\.\d{1,3}\.?$")
OMISSION = re.compile(r"(?<=[a-z][.!?])\s(?:\.{3,}|…|\. \. \.)$")
LETTER = re.compile(r"[^\W\d_]")


def pages_of(path: Path) -> Iterator[str]:
    """Yield the bare text of the pages of a PDF."""
    with closing(pypdfium2.PdfDocument(path)) as pdf:
        for index in range(len(pdf)):
            with closing(pdf[index]) as page, closing(page.get_textpage()) as text:
                yield text.get_text_range()


def running_heads(path: Path) -> set[str]:
    """Return the lines that stand first or last on several pages."""
    counts: Counter[str] = Counter()
    for page in pages_of(path):
        lines = [" ".join(line.split()) for line in page.splitlines() if line.strip()]
        counts.update({*lines[:2], *lines[-2:]})
    return {line for line, count in counts.items() if count >= 3 and len(line) > 4}


def bare(text: str) -> str:
    """Return a text without numbers of footnotes and hyphens."""
    text = " ".join(text.split()).translate(PLAIN_DIGITS)
    return " ".join(NOTE_MARK.sub("", text).replace("-", "").split())


def as_cut(sentence: str, heads: set[str]) -> str:
    """Return a labelled sentence without the running head and the next paragraph's number that it may hold."""
    sentence = " ".join(sentence.split())
    for head in heads:
        sentence = sentence.replace(f"{head} ", "")
    sentence = bare(sentence)
    while NEXT_NUMBER.search(sentence):
        sentence = NEXT_NUMBER.sub("", sentence)
    return OMISSION.sub("", sentence)


def without_heading(sentence: str, texts: list[tuple[Paragraph, str]]) -> str:
    """Return a sentence without the heading that follows it in the document, where it was cut with one."""
    for (_, text), (following, heading) in pairwise(each for each in texts if each[0].section != FOOTNOTE):
        if following.heading and sentence.endswith(f" {heading}") and text.endswith(sentence[: -len(heading) - 1]):
            return sentence[: -len(heading) - 1]
    return sentence


def is_on_page(paragraph: Paragraph, sentence: str, page: int) -> bool:
    """Say whether a sentence of a paragraph begins on a page; 0 stands for a file without pages."""
    if page == 0:
        return True
    place = bare(paragraph.text).find(sentence)
    begun = sum(len(bare(paragraph.text[:turn])) <= place + 2 for turn in paragraph.turns)
    return (paragraph.page or 0) + begun == page


def ends_sentence(paragraph: Paragraph, sentence: str) -> bool:
    place = bare(paragraph.text).find(sentence) + len(sentence)
    return any(abs(len(bare(paragraph.text[:end])) - place) <= 1 for _, end in sentence_spans(paragraph.text))


def labelled_sentences(shared: Path) -> Counter[str]:
    """Count the labelled sentences: all, found whole, on their page, and ending where a sentence ends.

    Labelled numbers that stand alone are counted by themselves.
    """
    with (shared / "inquiries" / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counts: Counter[str] = Counter({"numbers alone": 0, "sentences": 0})
    for name in sorted({row["file"] for row in rows}):
        path = shared / "inquiries" / name
        document = read_document(path)
        texts = [(paragraph, bare(paragraph.text)) for paragraph in document.paragraphs]
        heads = running_heads(path) if path.suffix == ".pdf" else set()
        for row in rows:
            if row["file"] == name:
                sentence = without_heading(as_cut(row["sentence"], heads), texts)
                if not LETTER.search(sentence):
                    counts["numbers alone"] += 1
                    continue
                counts["sentences"] += 1
                found = [paragraph for paragraph, text in texts if sentence in text]
                on_page = [each for each in found if is_on_page(each, sentence, int(row["page"]) + 1)]
                counts["whole"] += bool(found)
                counts["on their page"] += bool(on_page)
                counts["ending a sentence"] += any(ends_sentence(each, sentence) for each in on_page)
    return counts


def seconds(read: Callable[[], object]) -> float:
    begun = time.process_time()
    read()
    return time.process_time() - begun


def times(paths: list[Path], rounds: int) -> tuple[float, float]:
    """Return the seconds that the bare text of the files takes, and their reading as documents."""

    def extract() -> int:
        return sum(len(page) for path in paths for page in pages_of(path))

    def read() -> list[Document]:
        return [read_document(path) for path in paths]

    pairs = [(seconds(extract), seconds(read)) for _ in range(rounds)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def main() -> None:
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with the folders inquiries and pdf")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    counts = labelled_sentences(arguments.shared)
    for what, count in counts.items():
        print(f"{what}: {count:,} ({count / counts['sentences']:.1%})")
    labelled = counts["sentences"] + counts["numbers alone"]
    print(f"ending a sentence, of all labels: {counts['ending a sentence'] / labelled:.1%} of {labelled:,}")
    paths = sorted(path for folder in ("pdf", "inquiries") for path in (arguments.shared / folder).glob("*.pdf"))
    extract, read = times(paths, arguments.rounds)
    print(f"{len(paths)} PDFs: bare text {extract:.2f} s, documents {read:.2f} s, ratio {read / extract:.2f}")


if __name__ == "__main__":
    main()
