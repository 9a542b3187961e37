"""The way into the package: a file to a Document, or to its paragraphs one after the other."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bias_detect.documents.document import Document, Paragraph, name_of
from bias_detect.documents.text import iter_text
from bias_detect.errors import DocumentError
from bias_detect.tabular import TABLE_SUFFIXES

MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdown"})
_TEXT_SUFFIXES = frozenset({".txt", ".text"}) | MARKDOWN_SUFFIXES
_KIND_OF_SUFFIX = {
    ".pdf": "pdf",
    ".docx": "word",
    ".docm": "word",
    ".dotx": "word",
    ".doc": "word",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
SUFFIXES = (*sorted(_TEXT_SUFFIXES), *_KIND_OF_SUFFIX)
"""Endings of the names of files that can be read."""

_TABLES = frozenset({*TABLE_SUFFIXES, ".xls", ".ods"})
_OTHERS = frozenset({".odt", ".rtf", ".epub", ".pages", ".pptx", ".ppt", ".msg", ".eml"})


def read_document(path: str | Path, *, encoding: str | None = None) -> Document:
    r"""Read a file whole.

    PDF, Word, HTML, Markdown and plain text are known by the name's ending; a file with another ending or
    none is known by its first bytes.

    Parameters
    ----------
    path : str or Path
        The file.
    encoding : str, optional
        Encoding of a text, Markdown or HTML file that is not UTF-8.

    Returns
    -------
    Document
        Its paragraphs, with page and section where known, named by the file's name.

    Raises
    ------
    DocumentError
        Where the file is missing, locked, damaged, of another kind, or holds no text.
    UsageError
        Where the encoding is not known.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "draft.md")
    ...     _ = path.write_text("# Findings\n\nThe form had no box.")
    ...     read_document(path).paragraphs[1].section
    'findings'
    """
    path = Path(path)
    kind = _kind(path)
    if kind == "text":
        return Document(name_of(path), tuple(iter_paragraphs(path, encoding=encoding)))
    with _file_errors(path):
        if kind == "pdf":
            from bias_detect.documents.pdf import read_pdf

            return read_pdf(path)
        if kind == "word":
            from bias_detect.documents.word import read_word

            return read_word(path)
        from bias_detect.documents.html import read_html

        return read_html(path, encoding=encoding)


def iter_paragraphs(source: str | Path | BinaryIO, *, encoding: str | None = None) -> Iterator[Paragraph]:
    r"""Yield a file's paragraphs; plain text and Markdown are read as they are needed, a block at a time.

    Parameters
    ----------
    source : str, Path or binary file
        The file, or an open stream of plain text such as ``sys.stdin.buffer``.
    encoding : str, optional
        Encoding of a text, Markdown or HTML file that is not UTF-8.

    Yields
    ------
    Paragraph
        In reading order; ``start`` counts in the text of the document as `read_document` gives it.

    Raises
    ------
    DocumentError
        Where the file is missing, locked, damaged, of another kind, or holds no text.
    UsageError
        Where the encoding is not known.

    Examples
    --------
    >>> import io
    >>> [p.start for p in iter_paragraphs(io.BytesIO(b"She called. No one came.\n\nWe saw."))]
    [0, 26]
    """
    if not isinstance(source, str | Path):
        yield from iter_text(source, "-", encoding=encoding)
        return
    path = Path(source)
    if _kind(path) != "text":
        yield from read_document(path, encoding=encoding).paragraphs
        return
    with _file_errors(path), path.open("rb") as stream:
        markdown = path.suffix.lower() in MARKDOWN_SUFFIXES
        yield from iter_text(stream, str(path), encoding=encoding, markdown=markdown)


def _kind(path: Path) -> str:
    """Return ``pdf``, ``word``, ``html`` or ``text``, by the name's ending, else by the first bytes."""
    if "\0" in str(path):
        raise DocumentError("is no file name", subject=repr(str(path)), next_step="check the name")
    with _file_errors(path):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError
        suffix = path.suffix.lower()
        if suffix in _KIND_OF_SUFFIX:
            return _KIND_OF_SUFFIX[suffix]
        if suffix in _TABLES:
            raise DocumentError(
                f"is a table ({suffix}), not a report",
                subject=path,
                next_step="audit it with --text-column, or give a .docx, .pdf, .html, .md or .txt file",
            )
        if suffix in _OTHERS:
            raise DocumentError(
                f"is of a kind that cannot be read ({suffix})",
                subject=path,
                next_step="save it as .docx, .pdf or .txt",
            )
        if suffix in _TEXT_SUFFIXES or not stat.S_ISREG(mode):
            return "text"
        with path.open("rb") as file:
            return _kind_of_content(file.read(512))


def _kind_of_content(head: bytes) -> str:
    if head.startswith(b"%PDF"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "word"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "html" if start.startswith((b"<!doctype html", b"<html")) else "text"


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    """Make what the file system says a clear error."""
    try:
        yield
    except FileNotFoundError:
        raise DocumentError("does not exist", subject=path, next_step="check the name and the folder") from None
    except IsADirectoryError:
        raise DocumentError(
            "is a folder, not a file",
            subject=path,
            next_step="name the files in it, or use `bias-detect audit`",
        ) from None
    except PermissionError:
        raise DocumentError(
            "may not be read", subject=path, next_step="ask for the right to read it, or copy it elsewhere"
        ) from None
    except OSError as error:
        raise DocumentError(
            f"could not be read ({error.strerror or error})",
            subject=path,
            next_step="check the name and the disk",
        ) from None
