"""Make a corpus of reviews as large as a country's, from the composed sentences, to measure an audit on.

Each document is a Markdown file with sections, numbered paragraphs and names, numbers and dates of its own, so that its
words are not all known beforehand. Beside the folder of documents goes a table of what is known about each
(``metadata.csv``: ``document``, ``year``, ``area``, ``words``).

Example: ``python scripts/simulate_corpus.py national --documents 1000 --words 17000000``
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections.abc import Iterator
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "data" / "corpus" / "composed.csv"
SECTIONS = (
    ("Introduction", ("descriptive",), 0.05),
    ("Methodology", ("descriptive",), 0.05),
    ("Chronology", ("descriptive",), 0.3),
    ("Analysis", ("descriptive", "explanatory", "hindsight_biased"), 0.35),
    ("Findings", ("descriptive", "explanatory", "hindsight_biased"), 0.15),
    ("Recommendations", ("descriptive",), 0.1),
)
SHARES = {"descriptive": 0.7, "explanatory": 0.18, "hindsight_biased": 0.12}
AREAS = ("North", "South", "East", "West", "Midlands")
ONSETS = ("b", "br", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "th", "tr", "v", "w")
VOWELS = ("a", "e", "i", "o", "u", "ea", "ai", "oo")
ENDS = ("ck", "ll", "n", "nd", "ng", "r", "rd", "s", "sk", "th", "tt", "x")
NUMBER = re.compile(r"\b\d+\b")


def sentences_by_label() -> dict[str, list[str]]:
    """Read the composed sentences."""
    found: dict[str, list[str]] = {}
    with CORPUS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["label"], []).append(row["sentence"])
    return found


def invented_name(rng: random.Random) -> str:
    """Return a name that is nobody's."""
    syllables = (rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(rng.randint(1, 2)))
    return ("".join(syllables) + rng.choice(ENDS)).capitalize()


def varied(sentence: str, rng: random.Random) -> str:
    """Give a sentence numbers of its own and, often, someone who said it."""
    sentence = NUMBER.sub(lambda found: str(rng.randint(1, 10 ** len(found[0]))), sentence)
    if rng.random() < 0.3:
        return f"{invented_name(rng)} {invented_name(rng)} recorded on {rng.randint(1, 28)} May that {sentence}"
    return sentence


def lines(words: int, composed: dict[str, list[str]], rng: random.Random) -> Iterator[str]:
    """Yield the paragraphs of a document of about so many words."""
    tilt = {label: share * rng.gammavariate(4, 0.25) for label, share in SHARES.items()}
    yield f"# Review of the care of {invented_name(rng)}"
    for number, (title, labels, part) in enumerate(SECTIONS, start=1):
        yield f"## {number}. {title}"
        left, paragraph = words * part, 0
        while left > 0:
            paragraph += 1
            drawn = rng.choices(labels, [tilt[label] for label in labels], k=rng.randint(2, 6))
            text = " ".join(varied(rng.choice(composed[label]), rng) for label in drawn)
            left -= len(text.split())
            yield f"{number}.{paragraph} {text}"


def simulate(folder: Path, documents: int, words: int, seed: int = 0) -> int:
    """Write the documents and the table of what is known about them; return how many words they hold."""
    rng = random.Random(seed)
    composed = sentences_by_label()
    lengths = [rng.lognormvariate(0, 0.6) for _ in range(documents)]
    scale = words / sum(lengths)
    (folder / "reviews").mkdir(parents=True, exist_ok=True)
    total = 0
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["document", "year", "area", "words"])
        for place, length in enumerate(lengths, start=1):
            name = f"review-{place:05}.md"
            text = "\n\n".join(lines(round(length * scale), composed, rng)) + "\n"
            (folder / "reviews" / name).write_text(text, encoding="utf-8")
            total += len(text.split())
            table.writerow([name, rng.randint(2012, 2025), rng.choice(AREAS), len(text.split())])
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the documents go")
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--words", type=int, default=17_000_000, help="of all documents together")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()

    total = simulate(given.folder, given.documents, given.words, given.seed)
    print(f"{given.documents:,} documents, {total:,} words in {given.folder / 'reviews'}")


if __name__ == "__main__":
    main()
