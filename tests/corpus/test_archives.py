"""Archives of annotation tools that are damaged, or made to do harm."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from annotated import RANG, read

from bias_detect.corpus.formats.registry import guess_format
from bias_detect.errors import CorpusError

LINE = f'{{"text": "{RANG}", "label": ["told"]}}\n'
TSV = "#FORMAT=WebAnno TSV 3.3\n#T_SP=webanno.custom.Kind|label\n\n\n#Text=So.\n1-1\t0-3\tSo.\ttold\t\n"
METHODS = [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


def damaged(path: Path, name: str, text: str, method: int) -> Path:
    """Write an archive whose only file is spoilt in its compressed bytes."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(name, text)
        entry = archive.getinfo(name)
    data = bytearray(path.read_bytes())
    start = entry.header_offset + 30 + len(name)
    data[start : start + entry.compress_size] = b"\xff" * entry.compress_size
    if method == zipfile.ZIP_LZMA:  # which begins with the length of its properties, and these
        data[start : start + 9] = b"\x09\x04\x05\x00\x5d\x00\x00\x80\x00"
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("doccano", "ann.jsonl", LINE * 9),
        ("inception", "annotation/review.txt/ann.tsv", TSV),
        ("doccano", "a.json", LINE),
    ],
)
def test_spoilt_bytes_in_an_archive_are_an_error_in_words(tmp_path, method, kind, name, text):
    path = damaged(tmp_path / "export.zip", name, text, method)
    with pytest.raises(CorpusError, match="is no zip archive that can be read"):
        read(path, kind)
    if name == "a.json":
        with pytest.raises(CorpusError, match="is no zip archive that can be read"):
            guess_format(path)


def test_a_file_that_unpacks_to_far_more_than_any_tool_packs_is_not_unpacked(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ann.jsonl", LINE)
        archive.writestr("ben.jsonl", b" " * 30_000_000)
    with pytest.raises(CorpusError, match=r"holds 'ben.jsonl', which unpacks to 30,000,000 bytes"):
        read(path, "doccano")


def test_each_document_is_read_with_the_types_that_lie_beside_it(tmp_path):
    cassis = pytest.importorskip("cassis")
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("Kind", "Other"):
            types = cassis.TypeSystem()
            layer = types.create_type(f"webanno.custom.{name}", "uima.tcas.Annotation")
            types.create_feature(layer, "label", "uima.cas.String")
            kind = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
            sentence = types.create_type(kind, "uima.tcas.Annotation")
            cas = cassis.Cas(types)
            cas.sofa_string = RANG
            cas.add_all([sentence(begin=0, end=len(RANG)), layer(begin=0, end=len(RANG), label=name)])
            archive.writestr(f"annotation/{name}.txt/ann.xmi", cas.to_xmi())
            archive.writestr(f"annotation/{name}.txt/TypeSystem.xml", types.to_xml())
    rows, left = read(path)
    assert [(row.document, row.label) for row in rows] == [("Kind.txt", "Kind"), ("Other.txt", "Other")]
    assert left == []
