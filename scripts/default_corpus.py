"""The corpus of the default model: composed sentences of the repository, real sentences from the public sources."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from bias_detect.corpus.read import read_corpus
from bias_detect.corpus.standoff import hydrate
from bias_detect.errors import UsageError

ROOT = Path(__file__).resolve().parents[1]
COMPOSED = ROOT / "data" / "corpus" / "composed.csv"
REAL = {
    "pfd": ("coroners", "pfd"),
    "pfd_more": ("coroners", "pfd"),
    "inquiries": ("inquiries", "inquiries"),
    "inquiries_more": ("inquiries", "inquiries"),
}
"""Stand-off tables of ``data/real``: the source that they count as, and the folder of the public files."""


def sources_folder() -> Path:
    """Return the folder of public sources: ``BIAS_DETECT_SHARED``, else ``../shared`` beside the repository."""
    folder = Path(os.environ.get("BIAS_DETECT_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        raise UsageError(
            "the public sources are not there",
            subject=folder,
            next_step="set BIAS_DETECT_SHARED to a folder with pfd/ and inquiries/ (see data/real/README.md)",
        )
    return folder


def default_corpus() -> pd.DataFrame:
    """Return all sentences, with ``source``, ``stratum``, ``part`` and ``natural`` beside the usual columns."""
    composed = read_corpus(COMPOSED)
    passages = composed["kind"].str.startswith("passage")
    parts = [composed.assign(source="composed", stratum=composed["kind"], part="composed", natural=passages)]
    for part, (source, folder) in REAL.items():
        table = hydrate(ROOT / "data" / "real" / f"{part}.csv", sources_folder() / folder)
        # Nearly all sentences of the coroners' reports and of the two PDFs are labelled, so that they count as they
        # come; of the two Markdown files only chosen ones are.
        natural = ~table["document"].str.contains(".md#", regex=False)
        parts.append(table.assign(source=source, part=part, natural=natural))
    columns = ["sentence", "label", "document", "source", "stratum", "part", "natural"]
    return pd.concat([part[columns] for part in parts], ignore_index=True)
