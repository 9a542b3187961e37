"""What is done with a text or document: the same readers, scoring, comments and files as on the command line."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bias_detect.documents.document import Document
from bias_detect.errors import DocumentError
from bias_detect.review.quality import flag_quality
from bias_detect.server.limits import MOST_CHARACTERS
from bias_detect.server.names import suffix_of
from bias_detect.server.rescoring import Rescorer, Row

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.review.flags import Flag
    from bias_detect.review.ignore import IgnoreList

TEXT = "text"
"""What the scored table calls a pasted text."""

_MOST_DOCUMENTS = 8
_OLDER = "cp1252"
_NOTE = (
    "This file is not in UTF-8 and was read as Windows-1252 text. Where accents or quotation marks look wrong, save it "
    "as UTF-8 and open it again."
)
_NO_XML = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}  # one character for one, so that offsets hold


class Desk:
    """Score texts and documents and make files of them.

    Parameters
    ----------
    model : str
        Name or folder of the model.
    folder : Path
        A private folder for the files that readers and writers of documents need; each is removed at once.

    Raises
    ------
    ModelError
        If the model cannot be loaded.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     json.loads(Desk("default", Path(folder)).score("The nurse rang the ward."))["sentences"][0]["label"]
    'descriptive'
    """

    def __init__(self, model: str, folder: Path) -> None:
        from bias_detect.model.bundle import find_bundle, load_model, read_manifest

        self._model = load_model(model)
        self._manifest = read_manifest(find_bundle(model))
        self._name = find_bundle(model).resolve().name
        self._folder = folder
        self._rescorer = Rescorer(self._model)
        self._documents: OrderedDict[str, tuple[Document, str | None]] = OrderedDict()

    def about(self) -> dict[str, Any]:
        """Say which model labels.

        Returns
        -------
        dict
            Its ``name``, ``classes`` and ``digest``, and its ``quality``: how often a flag is right.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Desk("default", Path(folder)).about()["classes"]
        ['descriptive', 'explanatory', 'hindsight_biased']
        """
        return {
            "name": self._name,
            "classes": [str(label) for label in self._model.classes_],
            "digest": self._manifest["digests"]["model.skops"],
            "quality": flag_quality(self._manifest),
        }

    def score(self, text: str) -> bytes:
        """Score a pasted text.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        bytes
            The answer, JSON.
        """
        return self._answer(_of_text(text))

    def read(self, data: bytes, name: str, upload: str) -> bytes:
        """Read a file and score it.

        Parameters
        ----------
        data : bytes
            The file.
        name : str
            Its label.
        upload : str
            The token of the file, which goes into the answer.

        Returns
        -------
        bytes
            The answer, JSON.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     json.loads(Desk("default", Path(folder)).read(b"She rang.", "draft.txt", "token"))["kind"]
        'text'
        """
        document, note = self._of_file(data, name)
        return self._answer(document, kind=_kind(data), upload=upload, note=note)

    def forget(self) -> bytes:
        """Forget all texts and documents.

        Returns
        -------
        bytes
            Nothing.
        """
        self._documents.clear()
        self._rescorer.forget()
        return b""

    def word(self, document: Document, ignored: IgnoreList, data: bytes) -> bytes:
        """Make a Word document with a comment at each flag.

        Parameters
        ----------
        document : Document
            The text.
        ignored : IgnoreList
            What gets no comment.
        data : bytes
            The document's file; where it is Word, the comments go into a copy of it.

        Returns
        -------
        bytes
            The ``.docx``.
        """
        from bias_detect.review.comments import make_comments, upkeep
        from bias_detect.review.word_comments import comment_word

        standing: Counter[str] = Counter()
        flags, _ = self._flags(document, self._rescorer.rows(document), ignored, standing)
        with self._file(data if _kind(data) == "word" else b"", ".docx") as draft, self._file(b"", ".docx") as output:
            if _kind(data) != "word":
                _write_word(document, draft)
            output.unlink()
            keep = upkeep(standing, sections=False)
            comment_word(draft, output, make_comments(flags, document.name), upkeep=keep)
            return output.read_bytes()

    def csv(self, document: Document, ignored: IgnoreList, data: bytes) -> bytes:
        """Make the scored table as CSV for Excel.

        Parameters
        ----------
        document : Document
            The text.
        ignored : IgnoreList
            Signals that are taken off.
        data : bytes
            Not needed.

        Returns
        -------
        bytes
            The CSV, as ``score --output`` writes it.

        Examples
        --------
        >>> import tempfile
        >>> from bias_detect.review.ignore import IgnoreList
        >>> document = Document.from_texts("draft", ["She rang."])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Desk("default", Path(folder)).csv(document, IgnoreList(), b"")[3:23]
        b'document,sentence_id'
        """
        from bias_detect.review.flags import leave_alone
        from bias_detect.scored_csv import csv_head, csv_rows
        from bias_detect.scoring import columns

        names, rows = columns(self._model), self._rescorer.rows(document)
        leave_alone(rows, ignored)
        return csv_head(names, excel=True) + csv_rows(names, rows)

    def html(self, document: Document, ignored: IgnoreList, data: bytes) -> bytes:
        """Make the marked page.

        Parameters
        ----------
        document : Document
            The text.
        ignored : IgnoreList
            What is not flagged.
        data : bytes
            Not needed.

        Returns
        -------
        bytes
            HTML.
        """
        from bias_detect.review.marked import marked_page

        flags, table = self._flags(document, self._rescorer.rows(document), ignored)
        page = marked_page(document, table, flags, title=document.name, quality=flag_quality(self._manifest))
        return page.encode("utf-8", errors="replace")

    def make(self, kind: str, ignored: Iterable[str], *, text: str | None, data: bytes, name: str) -> bytes:
        """Make a file to take along.

        Parameters
        ----------
        kind : str
            ``"word"``, ``"csv"`` or ``"html"``.
        ignored : iterable of str
            Ids of flags and names of signals that are left alone.
        text : str or None
            A pasted text.
        data : bytes
            The file where there is no such text.
        name : str
            Its label.

        Returns
        -------
        bytes
            The file.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Desk("default", Path(folder)).make("html", [], text="She rang.", data=b"", name="")[:15]
        b'<!doctype html>'
        """
        from bias_detect.review.ignore import IgnoreList

        left = IgnoreList()
        for entry in ignored:
            left.add(entry)
        document = self._of_file(data, name)[0] if text is None else _of_text(text)
        makers: dict[str, Callable[[Document, IgnoreList, bytes], bytes]]
        makers = {"word": self.word, "csv": self.csv, "html": self.html}
        return makers[kind](document, left, data)

    def _of_file(self, data: bytes, name: str) -> tuple[Document, str | None]:
        """Read a file, unless it was read before; return with it what is to be said of how it was read."""
        key = f"{hashlib.sha256(data).hexdigest()}{suffix_of(name)}"
        if key not in self._documents:
            with self._file(data, suffix_of(name)) as path:
                self._documents[key] = _read(path, data)
        self._documents.move_to_end(key)
        while len(self._documents) > _MOST_DOCUMENTS:
            self._documents.popitem(last=False)
        document, note = self._documents[key]
        return Document(name, document.paragraphs), note

    @contextmanager
    def _file(self, data: bytes, suffix: str) -> Iterator[Path]:
        """Give bytes the path that a reader needs, for as long as it needs it."""
        path = self._folder / f"{len(list(self._folder.iterdir()))}{suffix}"
        try:
            path.touch(mode=0o600)
            path.write_bytes(data)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _flags(
        self,
        document: Document,
        rows: list[Row],
        ignored: IgnoreList | None = None,
        standing: Counter[str] | None = None,
    ) -> tuple[list[Flag], pd.DataFrame]:
        import pandas as pd

        from bias_detect.review.flags import find_flags
        from bias_detect.scoring import columns

        table = pd.DataFrame(rows, columns=columns(self._model))
        return find_flags(document, table, ignored=ignored, standing=standing), table

    def _answer(self, document: Document, **more: str | None) -> bytes:
        from bias_detect.review.flags import sentence_id

        rows = self._rescorer.rows(document)
        flags, _ = self._flags(document, rows)
        starts = {paragraph.number: paragraph.start for paragraph in document.paragraphs}
        flagged = {starts[flag.paragraph] + flag.start: flag for flag in flags if flag.kind == "sentence"}
        counts = dict.fromkeys(map(str, self._model.classes_), 0)
        for row in rows:
            counts[row["label"]] += 1
        answer = {
            "document": document.name,
            **more,
            "paragraphs": [
                {name: getattr(place, name) for name in ("number", "section", "page", "heading", "text")}
                for place in document.paragraphs
            ],
            "sentences": [
                {
                    **row,
                    "id": sentence_id(row["sentence"]),
                    "flagged": flag is not None,
                    "question": None if flag is None else flag.question,
                    "meanings": {} if flag is None else flag.meanings,
                }
                for row in rows
                for flag in [flagged.get(row["start"])]
            ],
            "shares": {
                label: {"count": count, "share": count / len(rows) if rows else 0.0} for label, count in counts.items()
            },
        }
        return json.dumps(answer, allow_nan=False).encode()


def _of_text(text: str) -> Document:
    from bias_detect.scoring import read_text

    return _checked(Document(TEXT, tuple(read_text(text))))


def _read(path: Path, data: bytes) -> tuple[Document, str | None]:
    """Read a file; a text that is not UTF-8 as older editors on Windows write it, since nobody can be asked here."""
    from bias_detect.documents.read import read_document

    try:
        return _checked(read_document(path)), None
    except DocumentError:
        if _kind(data) != "text" or _is_utf8(data):
            raise
        with suppress(DocumentError):
            return _checked(read_document(path, encoding=_OLDER)), _NOTE
        raise


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _checked(document: Document) -> Document:
    """Return a document unless it is too long for a page."""
    characters = sum(len(paragraph.text) for paragraph in document.paragraphs)
    if characters > MOST_CHARACTERS:
        raise DocumentError(
            f"holds {characters:,} characters, and the page takes {MOST_CHARACTERS:,}",
            next_step="split it",
        )
    return document


def _kind(data: bytes) -> str:
    """Return of which kind a file is that could be read."""
    if data.startswith(b"PK"):
        return "word"
    return "pdf" if b"%PDF" in data[:1024] else "text"


def _write_word(document: Document, path: Path) -> None:
    """Write the paragraphs as a new Word document."""
    import docx

    word = docx.Document()
    for paragraph in document.paragraphs:
        text = paragraph.text.translate(_NO_XML)
        word.add_paragraph(text, style="Heading 2" if paragraph.heading else None)
    word.save(str(path))
