"""Small files that unfold to gigabytes in the libraries that read them: tables in Parquet, and PDFs."""

import re
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bias_detect.auditing import pool
from bias_detect.auditing.run import audit
from bias_detect.documents import pdf
from bias_detect.documents.read import read_document
from bias_detect.errors import BiasDetectError, DocumentError
from bias_detect.tabular import binary, iter_records

LIMIT = 900  # megabytes: Arrow takes 70, and what is read of a small table is to end at 500
PROBE = """
import sys
from pathlib import Path
from bias_detect.errors import BiasDetectError
from bias_detect.tabular import iter_records
for path in map(Path, sys.argv[1:]):
    try:
        print(path.name, "was read:", len(list(iter_records(path, error=BiasDetectError))))
    except BiasDetectError as error:
        print(path.name, error.cause)
print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


def repeated(text, rows):
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))


def long_list(length):
    return pa.ListArray.from_arrays(pa.array([0, length], pa.int32()), pa.nulls(length, pa.int8()))


BOMBS = {
    "a text that all rows repeat": lambda: repeated("a" * 2_000_000, 1_000),
    "texts that pack to nothing": lambda: pa.array(["a" * 1_000_000] * 110),
    "an endless list": lambda: long_list(3_000_000),
    "an endless list in each row": lambda: pa.nulls(3, pa.list_(pa.int8(), 20_000_000)),
}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux has it")
def test_a_small_parquet_file_ends_in_an_error_before_it_fills_the_memory(tmp_path):
    for name, column in BOMBS.items():
        table = pa.table({"te.xt": column()})  # a dot parts no name
        plain = {"use_dictionary": pa.types.is_dictionary(table.schema.field(0).type)}
        pq.write_table(table, tmp_path / f"{name}.parquet", compression="zstd", **plain)
    files = sorted(tmp_path.iterdir())
    assert all(file.stat().st_size < 20_000 for file in files)
    done = subprocess.run([sys.executable, "-c", PROBE, *files], capture_output=True, text=True, check=True)
    *lines, peak = done.stdout.splitlines()
    assert [re.sub(r"[\d,]+", "N", line) for line in lines] == [
        "a text that all rows repeat.parquet holds rows that unpack to more than N bytes",
        "an endless list in each row.parquet holds a row of N bytes",
        "an endless list.parquet holds columns that unpack to N bytes",
        "texts that pack to nothing.parquet holds columns that unpack to N bytes",
    ]
    assert int(peak) < LIMIT


def test_what_the_footer_of_a_parquet_file_says_is_not_trusted(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"text": ["a" * 110_000_000]}), path, compression="zstd", use_dictionary=False, write_statistics=False
    )
    number = 2 * pq.read_metadata(path).row_group(0).column(0).total_uncompressed_size
    as_it_stands = bytes([*((number >> 7 * place) & 0x7F | 0x80 for place in range(3)), number >> 21])
    path.write_bytes(path.read_bytes().replace(as_it_stands, b"\xc8\x81\x80\x00"))
    assert pq.read_metadata(path).row_group(0).column(0).total_uncompressed_size == 100
    with pytest.raises(BiasDetectError, match="holds columns that unpack to 110,000,010 bytes"):
        list(iter_records(path, error=BiasDetectError))


def test_endless_empty_rows_end_in_an_error(tmp_path, monkeypatch):
    pq.write_table(pa.table({"text": pa.nulls(5_000_000, pa.string())}), tmp_path / "a.parquet")
    monkeypatch.setattr(binary, "_MOST_BYTES", 20_000_000)
    with pytest.raises(BiasDetectError, match="holds rows that unpack to more than 20,000,000 bytes"):
        list(iter_records(tmp_path / "a.parquet", error=BiasDetectError))


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "RLE_DICTIONARY"])
def test_sound_parquet_files_are_read_whole_however_they_are_written(tmp_path, version, encoding):
    rows = [{"text": f"Visit {n} was put off. " * 200, "who": ["nurse", str(n)], "n": None} for n in range(2_000)]
    other = {} if encoding == "RLE_DICTIONARY" else {"column_encoding": {"text": encoding}, "use_dictionary": False}
    options = {"data_page_version": version, "row_group_size": 700, "data_page_size": 10_000, "compression": "gzip"}
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet", **options, **other)
    assert [record.cells for record in iter_records(tmp_path / "a.parquet", error=BiasDetectError)] == rows


def write_pdf(path, objects):
    """Write a PDF of numbered objects, the first of which is the catalogue."""
    data, places = b"%PDF-1.5\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, rows)
    path.write_bytes(
        data + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, data.rindex(b"xref"))
    )
    return path


def stream(content):
    packed = zlib.compress(content)
    return b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)


def one_page(path, text, *, pages=1, letter=b"a"):
    """Write a PDF that shows one page again and again, with a font of which each ``a`` stands for so many letters."""
    meaning = (
        b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <61> <%s> endbfchar" % letter.hex().encode()
    )
    return write_pdf(
        path,
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * pages, pages),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
            stream(b"BT /F 10 Tf 50 700 Td (%s) Tj ET" % text),
            stream(b"begincmap %s endcmap" % meaning),
        ],
    )


def test_a_pdf_of_endless_pages_or_of_one_endless_page_ends_in_an_error(tmp_path, monkeypatch):
    with pytest.raises(DocumentError, match="has 20,001 pages, far more than a report; check where it comes from"):
        read_document(one_page(tmp_path / "pages.pdf", b"She rang.", pages=20_001))
    endless = one_page(tmp_path / "a.pdf", b"a" * 210, letter="x".encode("utf-16-be") * 5_000)
    assert endless.stat().st_size < 2_000
    with pytest.raises(DocumentError, match="has more than 1,000,000 characters on page 1, far more than a report"):
        read_document(endless)
    monkeypatch.setattr(pdf, "MAX_CHARACTERS", 500)
    with pytest.raises(DocumentError, match="has more than 500 characters, far more than a report"):
        read_document(one_page(tmp_path / "long.pdf", b"She rang.", pages=60))


def test_a_pdf_whose_pages_or_tables_lead_back_to_themselves_ends_in_an_error(tmp_path):
    chain = [b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (number + 3) for number in range(20_000)]
    twice = [b"<</Type/Pages/Count 9/Kids[%d 0 R %d 0 R]>>" % (number + 3, number + 3) for number in range(40)]
    for name, objects in {
        "chain": [b"<</Type/Catalog/Pages 2 0 R>>", *chain],
        "twice": [b"<</Type/Catalog/Pages 2 0 R>>", *twice],
        "itself": [b"<</Type/Catalog/Pages 1 0 R/Kids[1 0 R 1 0 R]/Count 5>>"],
        "arrays": [b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 200_000 + b"]" * 200_000 + b">>"],
    }.items():
        with pytest.raises(DocumentError, match=r"damaged|without pages"):
            read_document(write_pdf(tmp_path / f"{name}.pdf", objects))
    circle = write_pdf(tmp_path / "circle.pdf", [b"<</Type/Catalog/Pages 1 0 R>>"])
    data = circle.read_bytes()
    circle.write_bytes(data.replace(b"/Root", b"/Prev %d/Root" % data.rindex(b"xref\n0")))
    with pytest.raises(DocumentError, match="holds no text"):
        read_document(circle)


def endless(path):
    """Write a PDF of one page with a form that draws itself ten times, and each of these again."""
    itself = b"/Resources<</XObject<</X 4 0 R>>>>"
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]%s/Length 50>>stream\n%s\nendstream"
    return write_pdf(
        path,
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 5 0 R%s>>" % itself,
            form % (itself, b"/X Do" * 10),
            stream(b"/X Do"),
        ],
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_an_audit_gives_up_a_pdf_that_never_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "PATIENCE", 1.0)
    endless(tmp_path / "endless.pdf")
    (tmp_path / "good.txt").write_text("Staff should have seen that he was in danger.", encoding="utf-8")
    found = audit([tmp_path], tmp_path / "audit", jobs=2, report=False)
    assert found.reports["document"].tolist() == ["good.txt"]
    assert found.failures["document"].tolist() == ["endless.pdf"]
    assert "without end" in found.failures["cause"][0]


@pytest.mark.skipif(sys.platform != "linux", reason="the libraries of a process are looked up as Linux has them")
@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=["ended", "interrupted"])
def test_a_command_that_never_ends_can_be_ended(tmp_path, numbers):
    script = "from bias_detect.cli import main; main.PATIENCE = 0.5; main.run()"
    command = [sys.executable, "-c", script, "score", str(endless(tmp_path / "endless.pdf"))]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        while "pdfium" not in Path(f"/proc/{running.pid}/maps").read_text():
            time.sleep(0.1)
        for number in numbers:
            time.sleep(1)
            running.send_signal(number)
        assert running.wait(60) == 128 + numbers[0]
