"""Tables of texts: every row a document with a name of its own, or a reason why not."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bias_detect.documents.document import Document
from bias_detect.documents.read import read_document
from bias_detect.documents.table import iter_table
from bias_detect.errors import DocumentError, UsageError
from bias_detect.tabular import iter_records

TABLE = pd.DataFrame(
    {
        "ref": ["A7", "B2", "A7", None],
        "facts": ["He was ill.\nNobody came.\n\nHe died.", "She rang.", "It was shut.", "It was late."],
        "concerns": ["1. The form had no box.\n2. There was no “log”.", None, " ", "Nobody knew."],
        "count": [1, 2, 3, 4],
    }
)
FORMATS = ["csv", "tsv", "jsonl", "parquet", "xlsx"]


def write(table: pd.DataFrame, path: Path) -> Path:
    match path.suffix:
        case ".csv" | ".tsv":
            table.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
        case ".jsonl":
            table.to_json(path, orient="records", lines=True, force_ascii=False)
        case ".parquet":
            table.to_parquet(path, index=False)
        case ".xlsx":
            table.to_excel(path, index=False)
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_are_documents_and_columns_are_sections(tmp_path: Path, suffix: str) -> None:
    path = write(TABLE, tmp_path / f"reports.{suffix}")
    rows = list(iter_table(path, text_columns=["facts", "concerns"], id_column="ref"))
    third, fourth = {"jsonl": (3, 4), "parquet": (3, 4)}.get(suffix, (4, 5))  # a spreadsheet's header is row 1
    assert [name for name, _ in rows] == ["A7", "B2", f"A7#{third}", f"reports.{suffix}#{fourth}"]
    document = rows[0][1]
    assert isinstance(document, Document)
    assert [(p.text, p.section, p.number, p.page) for p in document.paragraphs] == [
        ("He was ill.\nNobody came.", "facts", 1, None),
        ("He died.", "facts", 2, None),
        ("1. The form had no box.\n2. There was no “log”.", "concerns", 3, None),
    ]
    assert all(document.text[p.start :].startswith(p.text) for p in document.paragraphs)
    assert document.name == "A7"


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_without_text_say_so_and_the_rest_goes_on(tmp_path: Path, suffix: str) -> None:
    path = write(TABLE, tmp_path / f"reports.{suffix}")
    rows = dict(iter_table(path, text_columns=["concerns"], id_column="count"))
    assert [name for name, row in rows.items() if isinstance(row, DocumentError)] == ["2", "3"]
    assert str(rows["2"]) == "2: has no text in 'concerns'; fill it in, or leave the row out"


def test_numbers_are_text_and_lists_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [{"text": 7.0}, {"text": ["She rang."]}, {"text": "She rang."}]
    path.write_text("\n".join(map(json.dumps, lines)))
    first, second, third = (row for _, row in iter_table(path, text_columns=["text"]))
    assert isinstance(first, Document) and first.text == "7"
    assert "a.jsonl#2: holds a list in 'text', not text" in str(second)
    assert isinstance(third, Document)


def test_rows_that_cannot_be_read_are_told_of_one_by_one(tmp_path: Path) -> None:
    csv, jsonl = tmp_path / "a.csv", tmp_path / "a.jsonl"
    csv.write_text("id,text\n1,She rang.\n2,She rang, and left.\n3,No one came.\n")
    jsonl.write_text('{"text": "She rang."}\n{"text": \n[]\n{"text": "No one came."}\n')
    for path, bad in ((csv, ["a.csv#3"]), (jsonl, ["a.jsonl#2", "a.jsonl#3"])):
        rows = list(iter_table(path, text_columns=["text"]))
        assert [name for name, row in rows if isinstance(row, DocumentError)] == bad
        assert [row.text for _, row in rows if isinstance(row, Document)] == ["She rang.", "No one came."]
        assert all(str(row).startswith(f"{name}: ") for name, row in rows if isinstance(row, DocumentError))


def test_names_are_never_met_twice(tmp_path: Path) -> None:
    names = ["A", "A#4", "A", "A", " A\n", "", None]
    path = write(pd.DataFrame({"id": names, "text": "She rang."}), tmp_path / "a.jsonl")
    found = [name for name, _ in iter_table(path, text_columns=["text"], id_column="id")]
    assert len(set(found)) == len(names)
    assert found[:3] == ["A", "A#4", "A#3"]


def test_characters_are_put_right(tmp_path: Path) -> None:
    path = write(
        pd.DataFrame({"text": ["The of\ufb01cer\u00a0said â€œno\u00adâ€\x9d.\r\n\r\nIt\x92s so."]}),
        tmp_path / "a.jsonl",
    )
    (_, row), *_ = iter_table(path, text_columns=["text"])
    assert isinstance(row, Document)
    assert [p.text for p in row.paragraphs] == ["The officer said “no”.", "It’s so."]


def test_a_whole_report_in_a_cell_is_read(tmp_path: Path) -> None:
    text = "The nurse rang the ward, and nobody came. " * 20_000
    path = write(pd.DataFrame({"text": [text, "She rang."]}), tmp_path / "a.csv")
    rows = [row for _, row in iter_table(path, text_columns=["text"])]
    assert all(isinstance(row, Document) for row in rows)
    assert sum(len(p.text) for p in rows[0].paragraphs) > 800_000


def test_columns_of_jsonl_may_come_late(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"a": 2, "text": "She rang."}\n')
    rows = [row for _, row in iter_table(path, text_columns=["text"])]
    assert isinstance(rows[0], DocumentError)
    assert isinstance(rows[1], Document)


BAD = {
    "no such column": ("a.csv", b"id,text\n1,x\n", "has no column 'concerns' (it has 'id', 'text')"),
    "no such column in JSON": ("a.jsonl", b'{"text": "x"}\n', "has no column 'concerns' (it has 'text')"),
    "header only": ("a.csv", b"id,concerns\n", "holds no rows that can be read"),
    "empty": ("a.csv", b"", "is empty"),
    "not UTF-8": ("a.csv", "id,concerns\n1,Café\n".encode("cp1252"), "is not UTF-8 (byte 0xE9 at offset 17)"),
    "a PDF": ("a.csv", b"%PDF-1.7", "is a PDF, not a text table"),
    "no workbook": ("a.xlsx", b"id,concerns", "is no Excel workbook"),
    "no Parquet": ("a.parquet", b"PAR1PAR1", "is no Parquet file"),
    "two of one name": ("a.csv", b"concerns,concerns\nx,y\n", "has more than one column of the name 'concerns'"),
    "another kind": ("a.ods", b"x", "is no table that can be read"),
    "missing": ("b/a.csv", None, "no such file"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_table_that_cannot_be_read_is_refused_with_file_cause_and_next_step(tmp_path: Path, case: str) -> None:
    name, content, cause = BAD[case]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        list(iter_table(path, text_columns=["concerns"]))
    assert str(caught.value).startswith(f"{path}: {cause}")
    assert caught.value.next_step


def changed(path: Path, **parts: Callable[[bytes], bytes]) -> Path:
    """Change parts of a workbook, or add some, by the last parts of their names."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            change = parts.pop(Path(name).stem, bytes)
            archive.writestr(name, change(data))
        for name, change in parts.items():
            archive.writestr(f"xl/{name}.xml", change(b""))
    return path


def test_a_row_of_a_number_that_excel_does_not_have_is_not_counted_up_to(tmp_path: Path) -> None:
    path = write(TABLE, tmp_path / "a.xlsx")
    changed(path, sheet1=lambda data: data.replace(b'<row r="3"', b'<row r="1048577"'))
    with pytest.raises(DocumentError, match="has a row of a number above 1,048,576"):
        list(iter_table(path, text_columns=["concerns"]))


def test_a_workbook_that_unpacks_to_far_more_than_excel_packs_is_refused(tmp_path: Path) -> None:
    path = changed(write(TABLE, tmp_path / "a.xlsx"), sharedStrings=lambda _: b"<si><t/></si>" * 2_000_000)
    with pytest.raises(DocumentError, match=r"holds 'xl/sharedStrings.xml', which unpacks to 26,000,000 bytes"):
        list(iter_table(path, text_columns=["concerns"]))


def test_a_long_text_that_a_parquet_file_holds_once_is_not_unpacked_for_all_rows_together(tmp_path: Path) -> None:
    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * 256, pa.int32()), pa.array(["No visit. " * 400_000]))
    pq.write_table(pa.table({"concerns": repeated}), tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    rows = 0
    with pytest.raises(DocumentError, match="holds rows that unpack to more than 500,000,000 bytes"):
        for _ in iter_records(tmp_path / "a.parquet", error=DocumentError):
            rows += 1
            assert pa.total_allocated_bytes() < 600_000_000
    assert rows > 100


def test_columns_must_be_named_once(tmp_path: Path) -> None:
    path = write(TABLE, tmp_path / "a.csv")
    with pytest.raises(UsageError, match="no column with texts is named"):
        list(iter_table(path, text_columns=[]))
    with pytest.raises(UsageError, match="names 'facts' twice"):
        list(iter_table(path, text_columns=["facts", "facts"]))


def test_tables_are_for_audits_alone(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"is a table .*audit it with --text-column"):
        read_document(write(TABLE, tmp_path / "a.csv"))


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "xlsx"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, suffix: str) -> None:
    def peak(rows: int) -> int:
        table = pd.DataFrame({"text": [f"Visit {row} was put off, and nobody knew. " * 10 for row in range(rows)]})
        path = write(table, tmp_path / f"{rows}.{suffix}")
        tracemalloc.start()
        assert sum(1 for _ in iter_table(path, text_columns=["text"])) == rows
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)  # imports
    # a workbook keeps its texts together; Python's own objects grow by a number a row
    most = 1_500_000 if suffix == "xlsx" else 300_000
    assert peak(2_000) - peak(500) < most


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Cf"]), min_size=1).filter(lambda text: text.strip())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.none() | TEXT, st.none() | TEXT), min_size=1, max_size=6), st.sampled_from(FORMATS[2:4]))
def test_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str | None, str | None]], suffix: str
) -> None:
    path = write(pd.DataFrame(cells, columns=["id", "text"]), tmp_path_factory.mktemp("rows") / f"a.{suffix}")
    rows = list(iter_table(path, text_columns=["text"], id_column="id"))
    assert len(rows) == len({name for name, _ in rows}) == len(cells)
    assert all(isinstance(row, DocumentError) for (_, row), (_, text) in zip(rows, cells, strict=True) if text is None)
