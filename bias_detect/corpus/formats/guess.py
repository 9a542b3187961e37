"""Telling formats apart: by the ending of a file's name and by its first record."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Collection
from pathlib import Path

from bias_detect.errors import CorpusError
from bias_detect.files import ZIP_ERRORS, open_entry
from bias_detect.tabular import BadRecord, iter_records

_HEAD = 65_536
_BETWEEN = re.compile(r"[\[,\s]*")
_PRODIGY = {"answer", "options", "accept", "_input_hash", "_task_hash", "_view_id", "_annotator_id", "_session_id"}
_SHORT = {"annotation_id", "lead_time", "annotator"}


def looks_like(path: Path) -> list[str]:
    """Return the formats that a file could be in.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of str
        Their names: one where it is plain.

    Raises
    ------
    CorpusError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.jsonl")
    ...     _ = path.write_text('{"id": 1, "text": "She rang.", "label": ["told"]}', encoding="utf-8")
    ...     looks_like(path)
    ['doccano']
    """
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".xlsx"):
        return [suffix[1:]]
    if suffix == ".xmi":
        return ["inception"]
    if suffix == ".tsv":
        webanno = _head(path).lstrip("\ufeff").startswith("#FORMAT=WebAnno")
        return ["inception"] if webanno else _records(path, "tsv")
    if suffix in (".csv", ".jsonl"):
        return _records(path, suffix[1:])
    if suffix == ".json":
        return _json(_head(path))
    if suffix == ".zip":
        return _archive(path)
    return []


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD).decode("utf-8", "replace")
    except FileNotFoundError:
        raise CorpusError("no such file", subject=path, next_step="check the path") from None
    except OSError as error:
        raise CorpusError(f"cannot be read ({error.strerror})", subject=path, next_step="check the file") from None


def _records(path: Path, kind: str) -> list[str]:
    records = (record for record in iter_records(path, error=CorpusError) if not isinstance(record, BadRecord))
    first = next(records, None)
    if first is not None and kind != "jsonl" and set(first.cells) >= _SHORT:
        return ["label-studio-min"]
    if kind == "tsv" or first is None or "sentence" in first.cells or "text" not in first.cells:
        return [kind]
    if kind == "csv":
        return ["doccano"] if {"label", "Comments"} & set(first.cells) else [kind]
    return _text_record(first.cells.keys(), isinstance(first.cells.get("label"), list) or "labels" in first.cells)


def _text_record(names: Collection[str], listed: bool) -> list[str]:
    """Return the tools from which a record with a text can come."""
    if _PRODIGY & set(names):
        return ["prodigy"]
    if listed or "Comments" in names or "id" in names:
        return ["doccano"]
    return ["prodigy", "doccano"]


def _json(head: str) -> list[str]:
    text = head.lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return ["inception"] if '"%' in text else ["label-studio"] if '"data"' in text else []
    first = _first_of(text)
    if "data" in first:
        return ["label-studio"]
    listed = isinstance(first.get("label"), list) or bool({"labels", "Comments"} & set(first))
    if "text" in first and listed and not _SHORT & set(first):
        return ["doccano"]
    return ["label-studio-min"] if "text" in first or _SHORT & set(first) else []


def _first_of(text: str) -> dict[str, object]:
    """Return the first object of a JSON list, of which only the beginning need be there."""
    decoder, at = json.JSONDecoder(), 0
    try:
        while True:
            value, at = decoder.raw_decode(text, _BETWEEN.match(text, at).end())  # type: ignore[union-attr]
            if isinstance(value, dict):
                return value
    except (ValueError, RecursionError):
        # The object is longer than what was read: its outermost names are those that matter.
        return {name: None for name in ("data", "text", *_SHORT) if f'"{name}"' in text}


def _archive(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
            lists = next((name for name in archive.namelist() if name.endswith(".json") and "/" not in name), None)
            start = b"" if lists is None else open_entry(archive, archive.getinfo(lists)).read(64)
            listed = start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    except FileNotFoundError:
        raise CorpusError("no such file", subject=path, next_step="check the path") from None
    except ZIP_ERRORS as error:
        raise CorpusError(
            f"is no zip archive that can be read ({type(error).__name__})", subject=path, next_step="export it again"
        ) from None
    if listed or any(name.endswith((".jsonl", ".csv")) for name in names):
        return ["doccano"]
    return ["inception"] if any(name.endswith((".tsv", ".json", ".xmi", ".zip")) for name in names) else []
