"""Rebuild the labelled sentences of real reports from a local copy of their public sources.

Example: ``python scripts/hydrate.py data/real/pfd.csv path/to/sources``
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from bias_detect.corpus.standoff import hydrate, locate, lost_error
from bias_detect.errors import BiasDetectError, UsageError

LOCAL = Path(__file__).resolve().parents[1] / "data" / "local"


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as its suffix says, whole or not at all."""
    if path.suffix not in (".csv", ".parquet"):
        raise UsageError("is neither .csv nor .parquet", subject=path, next_step="name the output with one of them")
    unfinished = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            table.to_csv(unfinished, index=False, encoding="utf-8", lineterminator="\n")
        else:
            table.to_parquet(unfinished, index=False)
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot be written ({error.strerror})", subject=path, next_step="name another output with -o"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("standoff", type=Path, help="table of stand-off labels, such as data/real/pfd.csv")
    parser.add_argument("source", type=Path, help="folder with the public sources that the data card names")
    parser.add_argument("-o", "--output", type=Path, help="table to write, .csv or .parquet [data/local/NAME.csv]")
    parser.add_argument(
        "--partial",
        action="store_true",
        help="write what is found although some sentences are not where the table says, and list those",
    )
    options = parser.parse_args(arguments)
    output: Path = options.output or LOCAL / f"{options.standoff.stem}.csv"
    try:
        if options.partial:
            table, lost = locate(options.standoff, options.source)
            if len(lost):
                print(lost_error(lost, len(table) + len(lost), options.standoff), file=sys.stderr)
                print(lost.to_csv(index=False), end="", file=sys.stderr)
        else:
            table = hydrate(options.standoff, options.source)
        write_table(table, output)
    except BiasDetectError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(table):,} sentences in {table['document'].nunique():,} documents: {output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
