"""Archives that unpack to more than they say, or by unusual methods, take no memory and tell what is wrong."""

import bz2
import hashlib
import json
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest

from bias_detect.errors import BiasDetectError, CorpusError, DocumentError, ModelError
from bias_detect.files import unpacked

MEGABYTE = b" " * (1 << 20)
LIMIT = 500  # megabytes: a start takes some 300, each bomb 400 more
PROBE = """
import resource, sys
from pathlib import Path
from bias_detect.corpus.formats.registry import guess_format, read_annotations
from bias_detect.documents.read import read_document
from bias_detect.errors import BiasDetectError
from bias_detect.model.bundle import load_model
from bias_detect.tabular import iter_records
path = Path(sys.argv[1])
reader = {
    ".docx": read_document,
    ".xlsx": lambda path: list(iter_records(path, error=BiasDetectError)),
    ".zip": lambda path: list(read_annotations(path, guess_format(path))),
}.get(path.suffix, load_model)
try:
    reader(path)
    sys.exit("was read")
except BiasDetectError as error:
    print(error)
status = Path("/proc/self/status")  # what getrusage says counts the process that started this one as well
if status.exists():
    peak = int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20)
print(peak, "MB")
"""


def packed(method: int) -> bytes:
    """Return 400 megabytes, packed."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15) if method == zipfile.ZIP_DEFLATED else bz2.BZ2Compressor(9)
    return b"".join([*(packer.compress(MEGABYTE) for _ in range(400)), packer.flush()])


@pytest.fixture(scope="module", params=[zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2], ids=["deflated", "bzip2"])
def bomb(request):
    return request.param, packed(request.param)


def lying(path, names, method, data):
    """Write an archive whose entries say that they hold a thousand bytes."""
    body, directory = b"", b""
    for name in (name.encode() for name in names):
        sizes = struct.pack("<HHIIIH", 0, 0x21, 0, len(data), 1000, len(name))
        head = struct.pack("<HHH", 20, 0, method) + sizes
        directory += b"PK\1\2\24\0" + head + struct.pack("<HHHHII", 0, 0, 0, 0, 0, len(body)) + name
        body += b"PK\3\4" + head + b"\0\0" + name + data
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(names), len(names), len(directory), len(body), 0)
    path.write_bytes(body + directory + end)


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured as POSIX has it")
@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("a.docx", ["word/document.xml"]),
        ("a.xlsx", ["[Content_Types].xml", "xl/workbook.xml"]),
        ("a.zip", ["all.jsonl"]),
        ("bundle/model.skops", ["schema.json"]),
    ],
)
def test_an_entry_that_holds_more_than_it_says_is_not_unpacked(bomb, tmp_path, name, entries):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    lying(path, entries, *bomb)
    if path.suffix == ".skops":
        digests = {"model.skops": hashlib.sha256(path.read_bytes()).hexdigest()}
        path.with_name("manifest.json").write_text(json.dumps({"format": 1, "digests": digests}), encoding="utf-8")
        path = path.parent
    done = subprocess.run([sys.executable, "-c", PROBE, path], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    message, peak = done.stdout.splitlines()
    assert "damaged" in message or "can be read" in message
    assert int(peak.split()[0]) < LIMIT


def test_what_holds_less_or_is_packed_in_another_way_is_no_entry(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("whole", b"abc" * 1000, zipfile.ZIP_DEFLATED)
        archive.writestr("other", b"abc", zipfile.ZIP_LZMA)
    with zipfile.ZipFile(path) as archive:
        assert unpacked(archive, archive.getinfo("whole")) == b"abc" * 1000
        archive.getinfo("whole").file_size = 2000
        with pytest.raises(zipfile.BadZipFile):
            unpacked(archive, archive.getinfo("whole"))
        with pytest.raises(NotImplementedError):
            unpacked(archive, archive.getinfo("other"))


def test_a_schema_that_describes_far_more_than_a_model_is_not_read(tmp_path):
    from bias_detect.model.skops_reader import read_skops

    path = tmp_path / "model.skops"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b"[" + b"0," * 15_000_000 + b"0]")
    with pytest.raises(ModelError, match="describes far more than a model"):
        read_skops(path)


def test_a_set_of_tuples_that_hold_each_other_is_refused_and_not_hashed(tmp_path):
    from bias_detect.model.skops_reader import read_skops

    def node(number, loader, content):
        return {"__id__": number, "__loader__": loader, "__class__": "x", "__module__": "builtins", "content": content}

    inner = node(0, "TupleNode", [])
    for number in range(1, 60):  # each holds the one before twice: to hash the last takes 2**60 steps
        inner = node(number, "TupleNode", [inner, {"__id__": number - 1, "__loader__": "CachedNode"}])
    path = tmp_path / "model.skops"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", json.dumps(node(100, "SetNode", [inner])))
    with pytest.raises(ModelError, match="is not a type that bundles may contain"):
        read_skops(path)


TYPE = '<!DOCTYPE x [<!ENTITY e SYSTEM "{}">]>'


@pytest.mark.parametrize("place", ["xmi", "types"])
def test_no_entity_of_a_cas_brings_in_another_file(tmp_path, place):
    pytest.importorskip("cassis")
    from bias_detect.corpus.formats.cas import read_cas

    secret = tmp_path / "secret.txt"
    secret.write_text("kept to himself", encoding="utf-8")
    declared = TYPE.format(secret.as_uri())
    cas = '<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmi:version="2.0"><a>&e;</a></xmi:XMI>'
    types = '<typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier"><name>&e;</name>'
    (tmp_path / "a.xmi").write_text((declared if place == "xmi" else "") + cas.replace("&e;", ""), encoding="utf-8")
    if place == "types":
        (tmp_path / "TypeSystem.xml").write_text(f"{declared}{types}</typeSystemDescription>", encoding="utf-8")
    with pytest.raises(CorpusError, match="holds a document type declaration"):
        list(read_cas(tmp_path / "a.xmi"))


@pytest.mark.parametrize("where", ["text", "attribute"])
def test_entities_of_a_word_document_are_not_expanded(tmp_path, where):
    from bias_detect.documents.read import read_document

    nested = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    mark = {"text": "<w:p><w:r><w:t>&a11;</w:t></w:r></w:p>", "attribute": '<w:p w:x="&a11;"/>'}[where]
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{space}"><w:body>{mark}</w:body></w:document>'
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", f'<!DOCTYPE x [<!ENTITY a0 "ha">{nested}]>{body}')
    with pytest.raises(DocumentError, match=r"document type declaration|damaged"):
        read_document(tmp_path / "a.docx")


def test_a_workbook_does_not_choose_how_many_empty_cells_are_looked_at(tmp_path, monkeypatch):
    import openpyxl

    from bias_detect.tabular import binary, iter_records

    book = openpyxl.Workbook()
    book.active.append(["text"])
    for row in range(2, 40):
        book.active.cell(row, 16_384).value = "far out"
    book.save(tmp_path / "a.xlsx")
    monkeypatch.setattr(binary, "_MOST_CELLS", 100_000)
    with pytest.raises(BiasDetectError, match="has more than 100,000 cells"):
        list(iter_records(tmp_path / "a.xlsx", error=BiasDetectError))
