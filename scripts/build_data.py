"""Make data/corpus and data/real from the folder of full tables, and print the figures of the data cards.

Every stand-off label is checked against its source before anything is written, and no sentence of a real
report is written at all. The tables ``*_more.csv`` have no full table: they are checked where they are.

Example: ``python scripts/build_data.py ../shared``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from sklearn.metrics import cohen_kappa_score

from bias_detect.corpus.standoff import documents, hydrate
from bias_detect.errors import BiasDetectError, CorpusError
from bias_detect.labels import CODEBOOK_VERSION, Label

DATA = Path(__file__).resolve().parents[1] / "data"
MORE = "_more"
_REPORT, _PAGE = ["url", "column"], ["file", "page"]
_LABEL, _VOTES = ["start", "length", "sha16", "stratum", "label"], ["annotator_a", "annotator_b"]
STANDOFF = {
    "pfd": [*_REPORT, *_LABEL],
    "inquiries": [*_PAGE, *_LABEL, *_VOTES],
    "pfd_more": [*_REPORT, *_LABEL, *_VOTES],
    "inquiries_more": [*_PAGE, *_LABEL, *_VOTES],
}


def read(path: Path) -> pd.DataFrame:
    """Read a CSV file in which every cell is text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def write(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def checked_standoff(shared: Path, name: str) -> pd.DataFrame:
    """Return the stand-off columns of a table, checked against the sources."""
    if name.endswith(MORE):
        path = DATA / "real" / f"{name}.csv"
        hydrate(path, shared / name.removesuffix(MORE))
        return read(path)
    full = read(shared / name / "labels.csv")
    table = full[STANDOFF[name]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        write(table, path)
        found = hydrate(path, shared / name)
    if not found["sentence"].equals(full["sentence"].astype(found["sentence"].dtype)):
        raise CorpusError(
            "has other sentences than its sources",
            subject=shared / name / "labels.csv",
            next_step="make its column `sentence` again from start and length",
        )
    return table


def card_table(table: pd.DataFrame, by: str) -> str:
    """Return the figures of a data card as a Markdown table: counts by a column, and agreement where known.

    Cohen's kappa is taken between the two annotators before their differences were settled.
    """
    agreement = "annotator_a" in table
    heads = [by, "documents", "sentences", *Label, *(["kappa", "differences"] if agreement else [])]
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for name, part in [*table.groupby(by), ("all", table)]:
        counts = [
            part["document"].nunique(),
            len(part),
            *(int((part["label"] == label).sum()) for label in Label),
        ]
        cells = [str(name), *(f"{count:,}" for count in counts)]
        if agreement:
            first, second = part["annotator_a"], part["annotator_b"]
            cells += [f"{cohen_kappa_score(first, second):.3f}", str(int((first != second).sum()))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def source_and_round(table: pd.DataFrame) -> pd.Series:
    """Return the source and the round of labelling of sentences of the ``*_more`` tables, as far as they tell.

    The second round has a stratum of its own in three of the sources; in the two Markdown files it has none.
    """
    source = table["file"] if "file" in table else pd.Series("reports.csv", index=table.index)
    number = pd.Series("round 1", index=table.index).mask(table["stratum"] == "rest", "round 2")
    return source + ", " + number.mask(source.str.endswith(".md"), "rounds 1 and 2")


def real_cards(real: dict[str, pd.DataFrame]) -> Iterator[str]:
    """Yield the tables of the data card of the real sentences, in the order in which they stand there."""
    tables = {name: table.assign(document=documents(table)) for name, table in real.items()}
    for table in tables.values():
        for by in ["file", "stratum"] if "file" in table else ["stratum"]:
            yield card_table(table, by)
    more = [table.assign(drawn=source_and_round(table)) for name, table in tables.items() if name.endswith(MORE)]
    yield card_table(pd.concat(more).rename(columns={"drawn": "source and round"}), "source and round")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="folder with corpus/, pfd/ and inquiries/")
    parser.add_argument("-o", "--output", type=Path, default=DATA, help="folder to write to [data]")
    options = parser.parse_args(arguments)
    try:
        composed = read(options.shared / "corpus" / "composed.csv").assign(source="composed", codebook=CODEBOOK_VERSION)
        real = {name: checked_standoff(options.shared, name) for name in STANDOFF}
    except (OSError, BiasDetectError) as error:
        print(error, file=sys.stderr)
        return 2
    write(composed, options.output / "corpus" / "composed.csv")
    print(card_table(composed, "kind"), end="\n\n")
    for name, table in real.items():
        if not name.endswith(MORE):
            write(table, options.output / "real" / f"{name}.csv")
    print("\n\n".join(real_cards(real)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
