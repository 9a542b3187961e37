"""Ways to read and write annotations, and sentences to do it with."""

from __future__ import annotations

from pathlib import Path

from bias_detect.corpus.formats.record import Annotation, Left
from bias_detect.corpus.formats.registry import Format, read_annotations, target_format, write_annotations

RANG, SEEN, FORM = "The nurse rang the ward.", "Staff should have seen it.", "The form had no box for it."


def read(path: Path, kind: str | None = None, **names: str) -> tuple[list[Annotation], list[Left]]:
    items = list(read_annotations(path, None if kind is None else Format(kind), **names))
    return [item for item in items if isinstance(item, Annotation)], [item for item in items if isinstance(item, Left)]


def write(rows: list[Annotation], kind: str, path: Path) -> Path:
    form, suffix = target_format(Format(kind), path)
    with path.open("wb") as stream:
        write_annotations(rows, stream, form, suffix)
    return path
