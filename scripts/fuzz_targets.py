"""What is fuzzed: for each kind of input its seeds, how they are mutated, and what is done with them.

The first byte of an input says which variant of the kind it is; the rest is the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import fuzz_mutators as mutators
import fuzz_seeds as seeds

from bias_detect.errors import BiasDetectError


@dataclass(frozen=True)
class Target:
    """One kind of input."""

    run: Callable[[bytes, int, Path], None]
    seeds: Callable[[Path], Iterable[tuple[int, bytes]]]
    mutate: Mapping[int, mutators.Mutator]
    variants: int = 1


def _put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _check_document(document: Any) -> None:
    """Score a document that was read, and check that every offset leads where it should."""
    from bias_detect.scoring import score_paragraphs

    text = document.text
    for paragraph in document.paragraphs:
        assert text[paragraph.start : paragraph.start + len(paragraph.text)] == paragraph.text
        assert all(0 <= turn <= len(paragraph.text) for turn in paragraph.turns)
    text.encode()  # no half of a surrogate pair
    if hashlib.sha256(text.encode()).digest()[0] >= 32:  # scoring takes longer than reading, and has its own target
        return
    for rows in score_paragraphs(document.paragraphs[:200], seeds.model(), name=document.name):
        for row in rows:
            assert text[row["start"] : row["end"]] == row["sentence"]
            for mark in [*row["signals"], *row["influences"]]:
                assert row["sentence"][mark["start"] : mark["end"]] == mark["text"]


def _read_text(data: bytes, variant: int, folder: Path) -> None:
    from bias_detect.documents.read import read_document

    suffix, encoding = [
        (".txt", None),
        (".md", None),
        ("", None),
        (".txt", "cp1252"),
        (".md", "utf-16"),
        (".txt", "utf-7"),
    ][variant]
    _check_document(read_document(_put(folder, f"a{suffix}", data), encoding=encoding))


def _read_html(data: bytes, _: int, folder: Path) -> None:
    from bias_detect.documents.read import read_document

    _check_document(read_document(_put(folder, "a.html", data)))


def _read_pdf(data: bytes, _: int, folder: Path) -> None:
    from bias_detect.documents.read import read_document

    _check_document(read_document(_put(folder, "a.pdf", data)))


def _read_docx(data: bytes, _: int, folder: Path) -> None:
    from bias_detect.documents.read import read_document
    from bias_detect.review.word_comments import Comment, comment_word

    path = _put(folder, "a.docx", data)
    document = read_document(path)
    _check_document(document)
    long = [paragraph for paragraph in document.paragraphs if len(paragraph.text) > 3][:4]
    comments = [
        Comment(place.number, 1, len(place.text) - 1, ("Why?", "Then?"), f"{place.number:010x}") for place in long
    ]
    comment_word(path, folder / "b.docx", comments, summary=("Summary", "Two flags."))
    again = read_document(folder / "b.docx")
    assert [place.text for place in again.paragraphs] == [place.text for place in document.paragraphs]
    (folder / "b.docx").unlink()


def _language(data: bytes, variant: int, folder: Path) -> None:
    from bias_detect.documents.document import Document
    from bias_detect.language.boundaries import sentence_spans
    from bias_detect.review.flags import find_flags
    from bias_detect.review.marked import marked_page
    from bias_detect.scoring import columns, read_text, score, score_paragraphs

    text = data.decode("utf-8", "surrogateescape" if variant else "replace")
    spans = sentence_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans) and spans == sorted(spans)
    if variant:
        return
    document = Document("a", tuple(read_text(text)))
    _check_document(document)
    rows = [row for some in score_paragraphs(document.paragraphs, seeds.model(), name="a") for row in some]
    import pandas as pd

    table = pd.DataFrame(rows, columns=columns(seeds.model()))
    marked_page(document, table, find_flags(document, table), title="a")
    if len(text) < 200:
        score(document)


def _scored(data: bytes, variant: int, folder: Path) -> None:
    """Write the scored table of a text as CSV, and read it back; or read such a file that was changed."""
    from bias_detect.corpus.read import read_corpus
    from bias_detect.scored_csv import csv_head, csv_rows
    from bias_detect.scoring import columns, read_text, score_paragraphs

    if variant:
        _corpus(data, 0, folder)
        return
    text = data.decode("utf-8", "replace")
    rows = [row for some in score_paragraphs(read_text(text), seeds.model(), name="a") for row in some]
    names = columns(seeds.model())
    path = _put(folder, "a.csv", csv_head(names, excel=len(text) % 2 == 0) + csv_rows(names, rows))
    if not rows:
        return
    table = read_corpus(path, require_labels=False)
    assert table["label"].tolist() == [row["label"] for row in rows]
    bare = [row["sentence"].strip().lstrip("'") for row in rows]
    assert [sentence.strip().lstrip("'") for sentence in table["sentence"]] == bare


_TABLES = ("a.csv", "a.tsv", "a.jsonl", "a.xlsx", "a.parquet")
_TABLE_MUTATORS = dict(
    enumerate(
        [
            mutators.mutate_text,
            mutators.mutate_text,
            mutators.mutate_lines,
            mutators.mutate_archive,
            mutators.mutate_bytes,
        ]
    )
)


def _table(data: bytes, variant: int, folder: Path) -> None:
    from bias_detect.documents.document import Document
    from bias_detect.documents.table import iter_table

    path = _put(folder, _TABLES[variant], data)
    for _, document in iter_table(path, text_columns=["sentence"], id_column="document"):
        if isinstance(document, Document):
            _check_document(document)


def _corpus(data: bytes, variant: int, folder: Path) -> None:
    """Do with a corpus what its commands do; each may refuse it, and the next is tried."""
    from bias_detect.corpus.adjudication import adjudicate, adjudicated_table
    from bias_detect.corpus.agreement import disagreements, measure_agreement
    from bias_detect.corpus.checks import check_corpus
    from bias_detect.corpus.decisions import read_decisions, refuse_to_overwrite, sheet_of_open
    from bias_detect.corpus.read import read_corpus
    from bias_detect.corpus.vote_files import read_votes

    path = _put(folder, _TABLES[variant], data)

    def votes() -> None:
        found = read_votes([path])
        adjudicated_table(adjudicate(found))
        read_decisions(_put(folder, "sheet.xlsx", sheet_of_open(adjudicate(found))), found)
        json.dumps(measure_agreement(found, n_boot=5), allow_nan=False)
        disagreements(found)

    steps = [lambda: read_corpus(path), lambda: check_corpus([path]), votes, lambda: refuse_to_overwrite(path)]
    _each(steps[len(data) % len(steps)])


def _each(*steps: Callable[[], object]) -> None:
    for step in steps:
        try:
            step()
        except BiasDetectError as error:
            assert str(error)


def _metadata(data: bytes, variant: int, folder: Path) -> None:
    import pandas as pd

    from bias_detect.auditing.groups import groups_table
    from bias_detect.auditing.metadata import join_metadata, read_metadata

    reports = pd.DataFrame({"document": ["a.txt", "north/b.txt"], "n_told": [3, 1], "n_judged": [0, 2]})
    table = read_metadata(_put(folder, _TABLES[variant], data))
    joined, names, _ = join_metadata(reports, table, copies=[("c.txt", "a.txt")], unscored=["d.txt"])
    groups_table(joined, names, ["told", "judged"], None)


_EXPORT_MUTATORS: dict[str, mutators.Mutator] = {
    ".jsonl": mutators.mutate_lines,
    ".json": mutators.mutate_json,
    ".xmi": mutators.mutate_xml,
    ".zip": mutators.mutate_archive,
    ".xlsx": mutators.mutate_archive,
}
_WRITTEN = (
    "prodigy .jsonl",
    "doccano .jsonl",
    "doccano .csv",
    "label-studio .json",
    "csv .csv",
    "jsonl .jsonl",
    "xlsx .xlsx",
    "inception .tsv",
    "parquet .parquet",
    "form .xlsx",
)


def _export(data: bytes, variant: int, folder: Path) -> None:
    from bias_detect.corpus.formats.record import Left
    from bias_detect.corpus.formats.registry import Format, guess_format, read_annotations, write_annotations

    kind, suffix = seeds.EXPORTS[variant].split()
    path = _put(folder, f"a{suffix}", data)
    _each(lambda: guess_format(path))
    rows = [item for item in read_annotations(path, Format(kind)) if not isinstance(item, Left)]
    target, suffix = _WRITTEN[len(data) % len(_WRITTEN)].split()
    stream = io.BytesIO()
    write_annotations(rows, stream, Format(target), suffix)
    again = list(read_annotations(_put(folder, f"b{suffix}", stream.getvalue()), Format(target))) if rows else []
    if target in ("csv", "jsonl", "parquet"):
        assert [item.sentence for item in again if not isinstance(item, Left)] == [row.sentence for row in rows]


def _bundle(data: bytes, variant: int, folder: Path) -> None:
    from bias_detect.model.bundle import load_model, read_card, read_manifest

    place = folder / "bundle"
    if not place.is_dir():
        shutil.copytree(seeds.small_bundle(), place)
    if variant == 0:  # a model with the digest that it should have
        (place / "model.skops").write_bytes(data)
        manifest = json.loads((seeds.small_bundle() / "manifest.json").read_text(encoding="utf-8"))
        manifest["digests"]["model.skops"] = hashlib.sha256(data).hexdigest()
        (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        model = load_model(place)
        (model.predict(["She rang.", ""]), model.predict_proba(["Staff should have rung."]))
        return
    (place / ["", "manifest.json", "MODEL_CARD.md"][variant]).write_bytes(data)
    if variant == 2:
        read_card(place)
        return
    shutil.copy(seeds.small_bundle() / "model.skops", place / "model.skops")
    from bias_detect.cli.model import inspect
    from bias_detect.review.quality import flag_quality

    flag_quality(read_manifest(place))
    inspect(str(place))
    inspect(str(place), as_json=True)


def _ignore(data: bytes, _: int, folder: Path) -> None:
    from bias_detect.review.ignore import IgnoreList

    path = _put(folder, "a.ignore", data)
    found = IgnoreList.read(path)
    entries = found.entries
    for entry in entries[:3]:
        found.remove(entry)
        found.add(entry, data[:50].decode("latin-1"))
    found.write(path)
    assert set(IgnoreList.read(path).entries) == set(entries)


@cache
def _desk(folder: Path) -> tuple[Any, asyncio.AbstractEventLoop, str]:
    from bias_detect.server.app import create_app
    from bias_detect.server.child import answer
    from bias_detect.server.desk import Desk
    from bias_detect.server.problems import Problem
    from bias_detect.server.uploads import Upload, Uploads
    from bias_detect.server.worker import Worker

    private = folder / "desk"
    private.mkdir()
    desk, uploads = Desk("default", private), Uploads(clock=lambda: 0.0)  # nothing grows old

    class Here(Worker):
        """The work, in this process."""

        async def ask(self, do: str, data: bytes = b"", **values: Any) -> bytes:
            message = json.loads(json.dumps({"do": do, "values": values}))
            said, result = answer(desk, message, data, str(private))
            if "crash" in said:
                raise AssertionError(f"crash {said['crash']}")
            if "refused" in said:
                raise Problem(422, said["refused"])
            return result

    worker = Here()
    worker.about = desk.about()
    app = create_app(worker, uploads, port=seeds.PORT)
    token = uploads.add(Upload("a.txt", seeds.PROSE.encode()))
    return app, asyncio.new_event_loop(), token


def _request(data: bytes, _: int, folder: Path) -> None:
    """Send one request to the application: JSON of its method, path, query, headers and body."""
    app, loop, token = _desk(folder)
    try:
        asked = json.loads(data.replace(b"TOKEN", token.encode()))
        body = (
            json.dumps(asked["json"]).encode()
            if "json" in asked
            else str(asked.get("body", "")).encode("latin-1", "replace")
        )
        path, query = (str(asked["path"]), str(asked.get("query", "")).encode("utf-8", "replace"))
        kind = "application/octet-stream" if path == "/api/documents" else "application/json"
        headers = {
            "host": f"127.0.0.1:{seeds.PORT}",
            "content-type": kind,
            "content-length": str(len(body)),
            **asked.get("headers", {}),
        }
        pairs = [(str(name).lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in headers.items()]
        method = str(asked.get("method", "POST"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
    }
    scope |= {
        "raw_path": path.encode("utf-8", "replace"),
        "query_string": query,
        "headers": pairs,
        "root_path": "",
        "scheme": "http",
        "client": ("127.0.0.1", 9),
    }
    loop.run_until_complete(app(scope, receive, send))
    status = next(message["status"] for message in sent if message["type"] == "http.response.start")
    answer = b"".join(message.get("body", b"") for message in sent)
    assert status < 500 or status == 503, answer.decode()


_TEXT = dict.fromkeys(range(6), mutators.mutate_text)
TARGETS: dict[str, Target] = {
    "pdf": Target(_read_pdf, seeds.pdf_seeds, {0: mutators.mutate_bytes}),
    "docx": Target(_read_docx, seeds.docx_seeds, {0: mutators.mutate_archive}),
    "html": Target(_read_html, lambda _: [(0, seeds.PAGE.encode())], {0: mutators.mutate_text}),
    "text": Target(_read_text, seeds.text_seeds, {**_TEXT, 4: mutators.mutate_bytes}, 6),
    "table": Target(_table, seeds.table_seeds, _TABLE_MUTATORS, 5),
    "language": Target(_language, lambda _: [(0, seeds.PROSE.encode()), (1, seeds.PROSE.encode())], _TEXT, 2),
    "corpus": Target(_corpus, seeds.table_seeds, _TABLE_MUTATORS, 5),
    "export": Target(
        _export,
        seeds.export_seeds,
        {
            place: _EXPORT_MUTATORS.get(said.split()[1], mutators.mutate_text)
            for place, said in enumerate(seeds.EXPORTS)
        },
        len(seeds.EXPORTS),
    ),
    "bundle": Target(
        _bundle, seeds.bundle_seeds, {0: mutators.mutate_archive, 1: mutators.mutate_json, 2: mutators.mutate_text}, 3
    ),
    "ignore": Target(_ignore, seeds.ignore_seeds, {0: mutators.mutate_text}),
    "metadata": Target(_metadata, seeds.metadata_seeds, _TABLE_MUTATORS, 5),
    "http": Target(_request, seeds.request_seeds, {0: mutators.mutate_json}),
    "scored": Target(_scored, seeds.scored_seeds, _TEXT, 2),
}
