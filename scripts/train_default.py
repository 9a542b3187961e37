"""Train the shipped model from the repository's data and the public sources, byte for byte the same each time.

Example: ``python scripts/train_default.py`` writes ``models/default/``; with ``--check`` it writes nothing and says
whether the shipped ``model.skops`` comes out again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from default_card import evaluation_sections, measure
from default_corpus import COMPOSED, REAL, ROOT, default_corpus

from bias_detect.errors import BiasDetectError
from bias_detect.model.bundle import read_manifest, save_bundle
from bias_detect.model.card import render_card
from bias_detect.model.training import train_model

BUNDLE = ROOT / "models" / "default"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--check", action="store_true", help="compare with the shipped model, write nothing")
    options = parser.parse_args()
    try:
        table = default_corpus()
    except BiasDetectError as error:
        print(error, file=sys.stderr)
        return 2
    trained = train_model(table, seed=options.seed, files=[COMPOSED.name, *(f"{part}.csv" for part in REAL)])
    if options.check:
        with tempfile.TemporaryDirectory() as scratch:
            again = save_bundle(trained.model, Path(scratch) / "again", card="", training=trained.record)
            same = _digest(again) == _digest(BUNDLE)
        print("the shipped model comes out again" if same else "ANOTHER model comes out")
        return 0 if same else 1
    measured = measure(table, seed=options.seed)
    record = {**trained.record, "by_source": measured["by_source"]}
    sections = evaluation_sections(measured, ROOT / "models" / "selection")
    save_bundle(trained.model, BUNDLE, card=render_card("default", record, sections=sections), training=record)
    return 0


def _digest(bundle: Path) -> str:
    return str(read_manifest(bundle)["digests"]["model.skops"])


if __name__ == "__main__":
    sys.exit(main())
