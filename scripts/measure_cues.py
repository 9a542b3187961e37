"""Measure the signals and influences as evidence of labels on annotated sentences.

For every source and every signal: how many sentences carry it, how many of these are labelled ``hindsight_biased``
(precision), and what share of the ``hindsight_biased`` sentences carries it (recall). The same for the influences
as evidence of ``explanatory``, with and without a connective in the sentence, and what the components cost.

The stand-off tables ``data/real/*_more.csv`` are hydrated on the way; they are shown as ``pfd, unseen`` and
``inquiries, unseen``: sentences that the rules were not written with sight of.

Examples
--------
    python scripts/measure_cues.py
    python scripts/measure_cues.py data/corpus/composed.csv --errors blame
    python scripts/measure_cues.py --errors missed --limit 50
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import spacy
from spacy.tokens import Doc, SpanGroup

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for whoever has not installed the package

from bias_detect.corpus.standoff import hydrate
from bias_detect.errors import BiasDetectError, CorpusError, UsageError
from bias_detect.labels import Influence, Label, Signal
from bias_detect.language.cues import ReviewInfluences, ReviewSignals

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
RUNS = 3
MORE, UNSEEN = "_more", ", unseen"


@dataclass(frozen=True)
class Read:
    """A sentence as the components and the annotators see it."""

    doc: Doc
    label: str
    source: str


def shared() -> Path:
    return Path(os.environ.get("BIAS_DETECT_SHARED", ROOT.parent / "shared"))


def default_corpora() -> list[Path]:
    composed = [path for path in (ROOT / "data/corpus/composed.csv", shared() / "corpus/composed.csv") if path.exists()]
    names = [name for name in ("pfd", "inquiries") if (shared() / name / "labels.csv").exists()]
    found = [
        *composed[:1],
        *(shared() / name / "labels.csv" for name in names),
        *(ROOT / "data/real" / f"{name}{MORE}.csv" for name in names),
    ]
    if not found:
        raise UsageError("no corpus found", next_step="name a table with the columns sentence and label")
    return found


def read_table(path: Path) -> pd.DataFrame:
    import pandas as pd

    readers: dict[str, Callable[[], pd.DataFrame]] = {
        ".csv": lambda: pd.read_csv(path),
        ".jsonl": lambda: pd.read_json(path, lines=True),
        ".parquet": lambda: pd.read_parquet(path),
    }
    if path.suffix not in readers:
        raise CorpusError("is not a table", subject=path, next_step="give a .csv, .jsonl or .parquet file")
    try:
        table = readers[path.suffix]()
    except (OSError, ValueError) as error:
        raise CorpusError(f"cannot be read ({error})", subject=path, next_step="check the file") from error
    if "sha16" in table and "sentence" not in table:
        table = hydrate(path, shared() / path.stem.removesuffix(MORE))
    if missing := {"sentence", "label"} - set(table.columns):
        raise CorpusError(f"has no column {', '.join(sorted(missing))}", subject=path, next_step="rename its columns")
    if "source" not in table:
        table["source"] = path.parent.name if path.stem == "labels" else path.stem
    table["source"] = table["source"].replace(f"{MORE}$", UNSEEN, regex=True)
    return table[["sentence", "label", "source"]].dropna().drop_duplicates("sentence")


def microseconds(component: Callable[[Doc], Doc], docs: list[Doc]) -> float:
    """Time a component, best of a few runs; the first builds what is built lazily and is not counted."""
    runs = []
    for _ in range(RUNS + 1):
        begin = time.process_time()
        for doc in docs:
            component(doc)
        runs.append(time.process_time() - begin)
    return min(runs[1:]) / len(docs) * 1e6


def labels_in(doc: Doc, key: str) -> set[str]:
    return {span.label_ for span in doc.spans[key]}


def row(name: str, carries: Iterable[bool], wanted: list[bool]) -> str:
    marks = list(carries)
    carried, hits = sum(marks), sum(mark and want for mark, want in zip(marks, wanted, strict=True))
    precision = hits / carried if carried else float("nan")
    recall = hits / sum(wanted) if any(wanted) else float("nan")
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return f"  {name:<28}{carried:>6}{precision:>11.2f}{recall:>9.2f}{f1:>7.2f}"


def report(source: str, sentences: list[Read]) -> Iterator[str]:
    hindsight = [read.label == Label.HINDSIGHT_BIASED for read in sentences]
    explains = [read.label == Label.EXPLANATORY for read in sentences]
    signals = [labels_in(read.doc, "signals") for read in sentences]
    influences = [labels_in(read.doc, "influences") for read in sentences]
    linked = [bool(read.doc.spans["links"]) for read in sentences]
    yield f"\n{source}: {len(sentences):,} sentences, {sum(hindsight)} hindsight-biased, {sum(explains)} explanatory"
    yield f"  {'signal, of hindsight-biased':<28}{'n':>6}{'precision':>11}{'recall':>9}{'F1':>7}"
    for signal in Signal:
        yield row(signal, (signal in found for found in signals), hindsight)
    yield row("any signal", (bool(found) for found in signals), hindsight)
    yield f"  {'influence, of explanatory':<28}{'n':>6}{'precision':>11}{'recall':>9}{'F1':>7}"
    for influence in Influence:
        yield row(influence, (influence in found for found in influences), explains)
    yield row("any influence", (bool(found) for found in influences), explains)
    yield row("a link", linked, explains)
    both = [bool(found) and link for found, link in zip(influences, linked, strict=True)]
    yield row("influence and link", both, explains)
    no_signal = [mark and not found for mark, found in zip(both, signals, strict=True)]
    yield row("influence, link, no signal", no_signal, explains)


def marked(doc: Doc, groups: Iterable[SpanGroup], only: str | None) -> str:
    text = doc.text
    spans = sorted((span for group in groups for span in group), key=lambda span: span.start_char, reverse=True)
    for span in spans:
        if only is None or span.label_ == only:
            inside = text[span.start_char : span.end_char]
            text = f"{text[: span.start_char]}[[{inside}]]<{span.id_}>{text[span.end_char :]}"
    return text


def errors(sentences: list[Read], name: str) -> Iterator[str]:
    """Yield the sentences that carry a signal or influence under another label; or, for "missed", the opposite."""
    key, wanted = ("signals", Label.HINDSIGHT_BIASED) if name in set(Signal) else ("influences", Label.EXPLANATORY)
    for read in sentences:
        if name == "missed":
            if read.label == Label.HINDSIGHT_BIASED and not read.doc.spans["signals"]:
                cancelled = read.doc.spans["signals_cancelled"]
                yield f"{read.source} {read.label} | {marked(read.doc, [cancelled], None)}"
        elif read.label != wanted and name in labels_in(read.doc, key):
            yield f"{read.source} {read.label} | {marked(read.doc, [read.doc.spans[key]], name)}"


def parse(arguments: list[str] | None) -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "corpora", nargs="*", type=Path, help="tables with the columns sentence, label and, if known, source"
    )
    parser.add_argument(
        "--errors",
        choices=[*Signal, *Influence, "missed"],
        help="list the sentences that carry this signal or influence under another label; 'missed': the "
        "hindsight-biased sentences without a signal, with what was cancelled",
    )
    parser.add_argument("--limit", type=int, default=200, help="at most so many errors (default 200)")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        tables = [read_table(path) for path in options.corpora or default_corpora()]
    except BiasDetectError as error:
        print(error, file=sys.stderr)
        return 2
    nlp = spacy.blank("en")
    components = [ReviewSignals(nlp, "review_signals"), ReviewInfluences(nlp, "review_influences")]
    sentences = [
        Read(nlp.make_doc(str(sentence)), str(label), str(source))
        for table in tables
        for sentence, label, source in zip(table.sentence, table.label, table.source, strict=True)
    ]
    for source in dict.fromkeys(read.source for read in sentences):
        of_source = [read for read in sentences if read.source == source]
        costs = [microseconds(component, [read.doc for read in of_source]) for component in components]
        if options.errors is None:
            print("\n".join(report(source, of_source)))
            print(f"  cost in microseconds a sentence: review_signals {costs[0]:.0f}, review_influences {costs[1]:.0f}")
    if options.errors is not None:
        for line, _ in zip(errors(sentences, options.errors), range(options.limit), strict=False):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
