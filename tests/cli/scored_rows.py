"""The sentences of the drafts, and what a run has written as rows and names."""

import csv
import io
import json
from pathlib import Path

JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward."
FORMATS = ["table", "csv", "json", "jsonl", "line"]


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.split("\n") if line]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def cells(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text, newline="")))
