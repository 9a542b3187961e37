"""What fuzzing begins with: small files of each kind, of sentences that are made up."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "documents")]
RANG, SEEN, FORM = (
    "The nurse rang the ward.",
    "Staff should have seen it.",
    "The form had no box for it, so nobody asked.",
)
PROSE = (
    f"Findings\n\n{RANG} {SEEN} Dr. Cole had “no doubt” (see 1.2).\n\n1. {FORM}\n2. It was late; the family had gone.\n"
)
MARKDOWN = (
    f"# Review\n\n## Findings\n\n{RANG}[^1] **{SEEN}**\n\n- {FORM}\n- He left.\n\n> Why?\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n[^1]: A note.\n"
)
PAGE = (
    f"<!doctype html><html><head><meta charset=utf-8><title>A</title></head><body><h1>Findings</h1><p>{RANG} "
    f"<b>{SEEN}</b><ul><li>{FORM}<li>He left.</ul><table><tr><td>1<td>2</table>"
    "<aside id=fn1>A note.</aside><script>x</script></body></html>"
)
TABLE = (
    f'document,sentence_id,sentence,label,annotator\na.txt,p1s1,"{RANG}",descriptive,ann\n'
    f"a.txt,p1s2,{SEEN},hindsight_biased,ann\n"
    f'b.txt,p1s1,"{FORM}",explanatory,ben\nb.txt,p1s1,"{FORM}",descriptive,ann\n,,"He said ""no"".",,\n'
)
PORT = 8000
EXPORTS = [
    "prodigy .jsonl",
    "doccano .jsonl",
    "doccano .json",
    "doccano .csv",
    "doccano .zip",
    "label-studio .json",
    "label-studio-min .json",
    "label-studio .csv",
    "form .xlsx",
    "inception .tsv",
    "inception .json",
    "inception .xmi",
    "inception .zip",
]


def _records(table: str) -> list[dict[str, Any]]:
    import csv

    return list(csv.DictReader(io.StringIO(table)))


def _json_lines(records: Iterable[Any]) -> bytes:
    return "\n".join(json.dumps(record) for record in records).encode()


def _workbook(table: str) -> bytes:
    import csv

    import openpyxl

    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(table)):
        book.active.append(row)
    book.active["F1"], book.active["F2"], book.active["F3"] = "stamp", 45000.5, True
    book.active["F2"].number_format = "yyyy-mm-dd"
    book.save(stream)
    return stream.getvalue()


def _with_shared_strings(workbook: bytes) -> bytes:
    """Return a workbook whose texts stand in a part of their own, as Excel writes it."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    texts: list[str] = []

    def placed(found: re.Match[str]) -> str:
        texts.append(f"<si><t>{found[1]}</t></si>")
        return f't="s"><v>{len(texts) - 1}</v>'

    parts["xl/worksheets/sheet1.xml"] = re.sub(
        r't="inlineStr"><is><t>(.*?)</t></is>', placed, parts["xl/worksheets/sheet1.xml"]
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{"".join(texts)}</sst>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", override)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def _parquet(records: list[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), stream)
    return stream.getvalue()


@cache
def model() -> Any:
    from bias_detect.model.bundle import load_model

    return load_model()


@cache
def small_bundle() -> Path:
    """Return a bundle of a tiny model, trained once a process."""
    import tempfile

    from bias_detect.model.bundle import save_bundle
    from bias_detect.model.classifier import ReviewClassifier

    texts = [
        f"{who} {act}."
        for who in ("Ann", "Ben", "Cole", "Dan")
        for act in ("should have rung", "rang", "should have come", "came")
    ]
    labels = ["judged" if "should" in text else "told" for text in texts]
    folder = Path(tempfile.mkdtemp(prefix="fuzz-bundle-")) / "bundle"
    return save_bundle(ReviewClassifier(n_splits=2).fit(texts, labels), folder, card="# Small\n", training={"seed": 0})


def text_seeds(_: Path) -> Iterator[tuple[int, bytes]]:
    samples = [path.read_bytes() for path in sorted((ROOT / "data" / "samples").glob("*.txt"))]
    yield from ((variant, PROSE.encode()) for variant in (0, 2))
    yield from [
        (1, MARKDOWN.encode()),
        (3, PROSE.encode("cp1252", "replace")),
        (4, MARKDOWN.encode("utf-16")),
        (5, PROSE.encode("utf-7")),
    ]
    yield from ((0, sample[:3000]) for sample in samples)
    yield 1, (ROOT / "data" / "samples" / "child-w-review.md").read_bytes()[:4000]


def pdf_seeds(folder: Path) -> Iterator[tuple[int, bytes]]:
    from pdf_writer import Page, write_pdf  # type: ignore[import-not-found]

    pages = []
    for number in range(3):
        page = Page(rotate=90 * (number == 2)).at(72, 800, "Review of a death").at(300, 40, str(number + 1))
        page.at(72, 740, "Findings", size=16, font="bold")
        low = page.column(
            [RANG, SEEN[:-1], "in the notes.1", FORM, "2.1 It was late, and nobody had been in-", "formed."]
        )
        page.column(["beside it,", "a column."], x=320)
        page.at(72, low - 30, "1", size=7).at(78, low - 30, "A note of the panel.", size=8)
        page.at(40, 300, "upwards", upwards=True)
        pages.append(page.at(72, 200, b"The \x80rst of\xad them.", font="ligature"))
    for name, some, password in [
        ("a", pages, None),
        ("b", pages[:1], None),
        ("c", [Page(image=True)], None),
        ("d", pages[:1], "x"),
    ]:
        yield 0, write_pdf(folder / f"{name}.pdf", some, password=password).read_bytes()


def docx_seeds(_: Path) -> Iterator[tuple[int, bytes]]:
    from word_writer import EMPTY, main_part, related, run, typed  # type: ignore[import-not-found]

    W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    styles = (
        f"<w:styles {W}><w:style w:type='paragraph' w:styleId='Heading1'><w:name w:val='heading 1'/>"
        "<w:pPr><w:outlineLvl w:val='0'/></w:pPr></w:style><w:style w:type='paragraph' w:styleId='B'>"
        "<w:basedOn w:val='Heading1'/><w:rPr><w:b/></w:rPr></w:style></w:styles>"
    )
    small = {name: EMPTY[name] for name in ("[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels")}
    small |= {"word/styles.xml": styles}

    def packed(*paragraphs: str, more: dict[str, Any] | None = None) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in {**small, "word/document.xml": main_part(*paragraphs), **(more or {})}.items():
                archive.writestr(name, part)
        return stream.getvalue()

    plain = [
        f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>{run("Findings")}</w:p>',
        f"<w:p>{run(RANG)}{run(SEEN, '<w:b/>')}</w:p>",
    ]
    rich = [
        f"<w:p><w:ins w:id='1'>{run(FORM)}</w:ins><w:del w:id='2'><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>",
        f"<w:tbl><w:tr><w:tc><w:p>{run(RANG)}</w:p></w:tc><w:tc><w:p>{run(SEEN)}</w:p></w:tc></w:tr></w:tbl>",
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>"
        f"{run('3')}<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>",
        f"<w:p>{run(SEEN)}<w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
        f"<w:sdt><w:sdtContent><w:p>{run(FORM)}</w:p></w:sdtContent></w:sdt>",
        f"<w:p><w:hyperlink>{run(RANG)}</w:hyperlink><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></w:p>",
        "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:inline><a:graphic><wps:txbx>"
        f"<w:txbxContent><w:p>{run(FORM)}</w:p></w:txbxContent></wps:txbx></a:graphic></wp:inline></w:drawing>"
        "</mc:Choice><mc:Fallback/></mc:AlternateContent></w:r></w:p>",
    ]
    notes = f"<w:footnotes {W}><w:footnote w:id='2'><w:p>{run('A note of the panel.')}</w:p></w:footnote></w:footnotes>"
    more = {"word/footnotes.xml": notes, "word/_rels/document.xml.rels": related("footnotes", "footnotes.xml")}
    more["[Content_Types].xml"] = typed("word/footnotes.xml", "footnotes")
    yield 0, packed(*plain)
    yield 0, packed(*plain, *rich, more=more)
    comments = f"<w:comments {W}><w:comment w:id='0' w:author='x'><w:p>{run('Why?')}</w:p></w:comment></w:comments>"
    told = (
        "<w:p><w:commentRangeStart w:id='0'/>"
        + run(RANG)
        + "<w:commentRangeEnd w:id='0'/><w:r><w:commentReference w:id='0'/></w:r></w:p>"
    )
    more = {"word/comments.xml": comments, "word/_rels/document.xml.rels": related("comments", "comments.xml")}
    more["[Content_Types].xml"] = typed("word/comments.xml", "comments")
    yield 0, packed(told, *plain, more=more)
    yield 0, (ROOT / "data" / "samples" / "child-w-review.docx").read_bytes()


def scored_seeds(folder: Path) -> Iterator[tuple[int, bytes]]:
    from bias_detect.scored_csv import csv_head, csv_rows
    from bias_detect.scoring import columns, read_text, score_paragraphs

    names = columns(model())
    rows = [row for some in score_paragraphs(read_text(PROSE), model(), name="a") for row in some]
    yield 0, PROSE.encode()
    yield 1, csv_head(names, excel=True) + csv_rows(names, rows)


def table_seeds(_: Path) -> Iterator[tuple[int, bytes]]:
    records = _records(TABLE)
    yield from [(0, TABLE.encode()), (1, TABLE.replace(",", "\t").encode()), (2, _json_lines(records))]
    yield from [
        (2, _json_lines([{**records[0], "n": [1, {"a": None}], "x": 1.5}])),
        (3, _workbook(TABLE)),
        (4, _parquet(records)),
    ]
    yield 3, _with_shared_strings(_workbook(TABLE))
    yield (4, _parquet([{"sentence": RANG, "label": "told", "list": [1, 2], "when": 1.5, "raw": b"\xff"}]))


def metadata_seeds(_: Path) -> Iterator[tuple[int, bytes]]:
    table = "report,year,region,when\na.txt,2019,North,2019-03-01\nb,2020,South,2020-01-09\n"
    table += "c.txt,,north,31/12/2020\n,007,,\n"
    yield from [(0, table.encode()), (1, table.replace(",", "\t").encode()), (2, _json_lines(_records(table)))]
    yield from [(3, _workbook(table)), (4, _parquet(_records(table)))]


def export_seeds(folder: Path) -> Iterator[tuple[int, bytes]]:
    from bias_detect.corpus.formats.record import Annotation
    from bias_detect.corpus.formats.registry import Format, write_annotations

    rows = [
        Annotation(RANG, "told", "a.txt", "p1s1", "ann", "findings"),
        Annotation(SEEN, "judged"),
        Annotation(FORM, extra={"rejected": "told", "mood": 1}),
    ]
    for variant, said in enumerate(EXPORTS):
        kind, suffix = said.split()
        stream = io.BytesIO()
        if said in ("label-studio .csv", "doccano .json"):
            continue
        write_annotations(rows, stream, Format(kind), ".json" if said == "inception .zip" else suffix)
        data = stream.getvalue()
        if said == "inception .zip":
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr("annotation/review.txt/ann.json", data)
            data = stream.getvalue()
        yield variant, data
    option = {
        "text": RANG,
        "options": [{"id": "told", "text": "tells"}],
        "accept": ["told"],
        "answer": "accept",
        "meta": {"document": "A1"},
        "spans": [{"start": 0, "end": 3, "label": "told"}],
    }
    yield (
        EXPORTS.index("prodigy .jsonl"),
        _json_lines([option, {"text": SEEN, "label": "told", "answer": "reject", "_session_id": "s"}]),
    )
    yield (
        EXPORTS.index("doccano .jsonl"),
        _json_lines(
            [{"id": 1, "text": RANG, "label": [[0, 9, "told"]], "Comments": ["x"]}, {"text": SEEN, "label": ["a"]}]
        ),
    )
    listed = [{"id": 1, "text": RANG, "label": ["told"]}, {"id": 2, "text": SEEN, "label": []}]
    yield EXPORTS.index("doccano .json"), json.dumps(listed).encode()
    result = {
        "from_name": "kind",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["told"], "start": 0, "end": 4, "labels": ["a"]},
    }
    task = {
        "id": 1,
        "data": {"text": RANG},
        "annotations": [{"completed_by": {"email": "a@b"}, "was_cancelled": False, "result": [result]}],
        "predictions": [],
    }
    yield EXPORTS.index("label-studio .json"), json.dumps([task]).encode()
    short = {"text": RANG, "kind": "told", "annotator": 1, "annotation_id": 1, "lead_time": 1.5, "id": 2}
    yield (
        EXPORTS.index("label-studio-min .json"),
        json.dumps([short, {**short, "kind": {"choices": ["a", "b"]}}]).encode(),
    )


def bundle_seeds(_: Path) -> Iterator[tuple[int, bytes]]:
    for variant, name in enumerate(["model.skops", "manifest.json", "MODEL_CARD.md"]):
        yield variant, (small_bundle() / name).read_bytes()
    shipped = json.loads((ROOT / "models" / "default" / "manifest.json").read_text(encoding="utf-8"))
    shipped["digests"] = json.loads((small_bundle() / "manifest.json").read_text(encoding="utf-8"))["digests"]
    yield 1, json.dumps(shipped).encode()


def ignore_seeds(_: Path) -> Iterator[tuple[int, bytes]]:
    text = "# agreed\n3fa9c1d20b  # the panel's own words\nmissed opportunity\noutcome\nsection-00aa11bb22-2\n"
    yield from ((0, text.encode(encoding)) for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"))


def request_seeds(folder: Path) -> Iterator[tuple[int, bytes]]:
    asked: list[dict[str, Any]] = [
        {"path": "/api/score", "json": {"text": PROSE}},
        *(
            {"path": f"/api/{kind}", "json": {"text": PROSE, "ignored": ["outcome", "3fa9c1d20b"]}}
            for kind in ("word", "csv", "html")
        ),
        *({"path": f"/api/{kind}", "json": {"upload": "TOKEN", "ignored": []}} for kind in ("word", "csv", "html")),
        {
            "path": "/api/ignore",
            "json": {
                "ignored": ["3fa9c1d20b"],
                "signals": ["outcome"],
                "notes": {"3fa9c1d20b": "x"},
                "name": "a.docx",
                "text": "# x\nblame\n",
            },
        },
        {"path": "/api/ignore/read", "json": {"text": "3fa9c1d20b  # x\noutcome\n"}},
        *(
            {"path": "/api/documents", "query": f"name=a{suffix}", "body": body}
            for suffix, body in ((".txt", RANG), (".md", f"# A\n\n{SEEN}"), (".html", f"<p>{FORM}"))
        ),
        *({"path": path, "method": "GET"} for path in ("/", "/api/advice", "/api/openapi.json", "/static/app.js")),
        {
            "path": "/api/score",
            "json": {"text": RANG},
            "headers": {"origin": f"http://127.0.0.1:{PORT}", "sec-fetch-site": "same-origin"},
        },
    ]
    for _, document in [*docx_seeds(folder)][:3]:
        asked.append({"path": "/api/documents", "query": "name=a.docx", "body": document.decode("latin-1")})
    yield from ((0, json.dumps(one).encode()) for one in asked)
