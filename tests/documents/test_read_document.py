"""The way in: which reader a file gets, and what is said of files that cannot be opened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import docx
import pytest
from pdf_writer import Page, write_pdf

from bias_detect.documents.read import iter_paragraphs, read_document
from bias_detect.errors import DocumentError


def word_file(path: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("She rang.")
    document.save(str(path))
    return path


@pytest.mark.parametrize("name", ["report", "report.REPORT", "report.2019"])
def test_files_without_a_known_ending_are_known_by_their_content(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    contents = [
        write_pdf(tmp_path / "a.pdf", [Page().at(72, 700, "She rang.")]).read_bytes(),
        word_file(tmp_path / "a.docx").read_bytes(),
        b"\n<!doctype HTML><p>She rang.",
        "\ufeffShe rang.".encode(),
    ]
    for content in contents:
        path.write_bytes(content)
        document = read_document(path)
        assert [p.text for p in document.paragraphs] == ["She rang."]
        assert document.name == name
        assert [p.text for p in iter_paragraphs(str(path))] == ["She rang."]


def test_endings_are_known_in_capitals(tmp_path: Path) -> None:
    assert len(read_document(word_file(tmp_path / "A.DOCX")).paragraphs) == 1


@pytest.mark.parametrize(
    "name", ["missing.txt", "missing.pdf", "missing.docx", "missing.html", "missing", "no/where.md"]
)
@pytest.mark.parametrize("read", [read_document, lambda path: list(iter_paragraphs(path))])
def test_missing_files(tmp_path: Path, name: str, read: object) -> None:
    with pytest.raises(DocumentError, match=rf"{Path(name).name}: does not exist; check the name and the folder"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["folder", "folder.txt", "folder.pdf"])
def test_folders(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(DocumentError, match=rf"{name}: is a folder, not a file"):
        read_document(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("She rang.")
    path.chmod(0)
    with pytest.raises(DocumentError, match=r"secret\.txt: may not be read"):
        read_document(path)


@pytest.mark.parametrize("name", ["a\0b.txt", "a" * 5000 + ".txt"])
def test_names_that_no_file_can_have(name: str) -> None:
    with pytest.raises(DocumentError):
        read_document(name)


@pytest.mark.parametrize(
    ("name", "message"), [("a.csv", "is a table"), ("a.xlsx", "is a table"), ("a.odt", "of a kind that cannot be read")]
)
def test_kinds_that_are_not_documents(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / name).write_text("She rang.")
    with pytest.raises(DocumentError, match=message):
        read_document(tmp_path / name)


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="the system has no /dev/stdin")
def test_a_pipe_is_read_as_text() -> None:
    code = "from bias_detect.documents.read import read_document as r; print(len(r('/dev/stdin').paragraphs))"
    done = subprocess.run(
        [sys.executable, "-c", code], input="One.\n\nTwo.", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "2"


def test_importing_the_package_loads_no_reader() -> None:
    heavy = ("pypdfium2", "docx", "lxml", "selectolax", "pandas")
    code = f"import sys, bias_detect.documents.read; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
