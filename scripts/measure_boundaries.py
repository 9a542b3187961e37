"""Measure the sentence boundaries against spaCy's sentencizer: share of cases right, and time.

Time is the component's own on Docs that are made before, processor time, the best of several rounds; each round
takes the two components in turn. Cases are ``tests/language/boundary_cases.txt`` unless another file is named.

Example: ``python scripts/measure_boundaries.py --cases tests/language/boundary_cases.txt``
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable
from pathlib import Path

import spacy
from spacy.tokens import Doc

import bias_detect.language.boundaries  # noqa: F401 - registers the component

ROOT = Path(__file__).resolve().parents[1]
COMPONENTS = ("report_sentences", "sentencizer")
PARAGRAPH = 10


def read_cases(path: Path) -> list[tuple[str, list[str]]]:
    """Return each case as its text and its sentences."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            marked = line.replace("\\n", "\n").replace("\\r", "\r")
            cases.append((marked.replace("|", ""), [sentence.strip() for sentence in marked.split("|")]))
    return cases


def share_right(component: str, cases: list[tuple[str, list[str]]]) -> float:
    nlp = spacy.blank("en")
    nlp.add_pipe(component)
    right = 0
    for text, sentences in cases:
        found = [sentence.text.strip() for sentence in nlp(text).sents]
        right += [sentence for sentence in found if sentence] == sentences
    return right / len(cases)


def seconds(component: Callable[[Doc], Doc], docs: list[Doc]) -> float:
    begun = time.process_time()
    for doc in docs:
        component(doc)
    return time.process_time() - begun


def times(texts: list[str], rounds: int) -> dict[str, float]:
    """Return the microseconds a Doc that each component takes."""
    best = dict.fromkeys(COMPONENTS, float("inf"))
    for _ in range(rounds):
        nlp = spacy.blank("en")
        for name in COMPONENTS:
            component = nlp.create_pipe(name)
            docs = [nlp.make_doc(text) for text in texts]
            seconds(component, docs[: len(docs) // 2])
            docs[: len(docs) // 2] = [nlp.make_doc(text) for text in texts[: len(docs) // 2]]
            best[name] = min(best[name], seconds(component, docs) / len(docs) * 1e6)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, default=ROOT / "tests" / "language" / "boundary_cases.txt")
    parser.add_argument("--corpus", type=Path, default=ROOT / "data" / "corpus" / "composed.csv")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()

    cases = read_cases(arguments.cases)
    print(f"{len(cases)} cases in {arguments.cases.name}")
    for name in COMPONENTS:
        print(f"  {name:<17} {share_right(name, cases):6.1%} right")

    with arguments.corpus.open(encoding="utf-8", newline="") as file:
        sentences = [row["sentence"] for row in csv.DictReader(file)]
    paragraphs = [" ".join(sentences[at : at + PARAGRAPH]) for at in range(0, len(sentences), PARAGRAPH)]
    for kind, texts in (("sentences", sentences), (f"paragraphs of {PARAGRAPH} sentences", paragraphs)):
        best = times(texts, arguments.rounds)
        ours, theirs = (best[name] for name in COMPONENTS)
        print(f"{len(texts)} {kind}: {ours:.1f} against {theirs:.1f} microseconds a Doc, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
