"""The table of sentences as a folder of Parquet files, one a report: each is whole, or not there."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SCRATCH = ".part-"
"""What the names begin with of files that are being written; readers of the folder pass over names with a dot."""

_FIGURES = b"bias_detect"  # where the footer of a file holds the report's figures
_OURS = re.compile(r"[0-9a-f]{24}-[0-9a-f]{12}\.parquet")
_ROWS = 10_000  # rows that are held in memory and written at a time


def file_name(content: str, settings: str) -> str:
    """Return the name of the file for a content and the settings of an audit, both as digests.

    Parameters
    ----------
    content, settings : str
        SHA-256 in hex digits.

    Returns
    -------
    str
        A name of fixed length.

    Examples
    --------
    >>> file_name("ab" * 32, "cd" * 32)
    'abababababababababababab-cdcdcdcdcdcd.parquet'
    """
    return f"{content[:24]}-{settings[:12]}.parquet"


def schema(labels: Sequence[str]) -> pa.Schema:
    """Return the types of the columns, the same in all files of an audit.

    Parameters
    ----------
    labels : sequence of str
        The labels of the model.

    Returns
    -------
    pyarrow.Schema
        The scored table, and ``set_aside``.

    Examples
    --------
    >>> schema(["a", "b"]).names[8:13]
    ['label', 'confidence', 'p_a', 'p_b', 'uncertain']
    """
    import pyarrow as pa

    def marks(kind: str) -> pa.DataType:
        place = [("start", pa.int32()), ("end", pa.int32())]
        return pa.list_(pa.struct([(kind, pa.string()), *place, ("text", pa.string())]))

    return pa.schema(
        [
            ("document", pa.string()),
            ("sentence_id", pa.string()),
            ("section", pa.string()),
            ("paragraph", pa.int32()),
            ("page", pa.int32()),
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("sentence", pa.string()),
            ("label", pa.string()),
            ("confidence", pa.float64()),
            *((f"p_{label}", pa.float64()) for label in labels),
            ("uncertain", pa.bool_()),
            ("signals", marks("signal")),
            ("influences", marks("influence")),
            ("set_aside", pa.string()),
        ]
    )


class SentenceWriter:
    """Write the sentences of one report; the file appears only with `finish`.

    Parameters
    ----------
    path : Path
        The file.
    labels : sequence of str
        The labels of the model.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with SentenceWriter(Path(folder, "a.parquet"), ["told"]) as writer:
    ...         writer.finish({"document": "a"})
    ...     read_footer(Path(folder, "a.parquet"))
    b'{"document": "a"}'
    """

    def __init__(self, path: Path, labels: Sequence[str]) -> None:
        self._path = path
        self._schema = schema(labels)
        self._scratch = path.with_name(f"{SCRATCH}{secrets.token_hex(8)}")
        self._pending: list[dict[str, Any]] = []
        self._stream: Any = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        import pyarrow.parquet as pq

        self._stream = self._scratch.open("xb")  # not by its name: Arrow takes none that is not UTF-8
        self._writer = pq.ParquetWriter(self._stream, self._schema, compression="zstd")
        return self

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Add rows.

        Parameters
        ----------
        rows : list of dict
            Rows of the scored table with ``set_aside``.

        Examples
        --------
        >>> import tempfile
        >>> row = {"document": "a", "sentence_id": "p1s1", "sentence": "She rang.", "label": "told", "signals": []}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with SentenceWriter(Path(folder, "a.parquet"), ["told"]) as writer:
        ...         writer.write([row])
        ...         writer.finish({"document": "a"})
        ...     read_sentences(Path(folder, "a.parquet"), ["sentence"])["sentence"].tolist()
        ['She rang.']
        """
        self._pending += rows
        if len(self._pending) >= _ROWS:
            self._flush()

    def write_table(self, table: pa.Table) -> None:
        """Add rows that are in a table of Arrow's already.

        Parameters
        ----------
        table : pyarrow.Table
            Rows, of the same columns.

        Examples
        --------
        >>> import tempfile
        >>> import pyarrow as pa
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with SentenceWriter(Path(folder, "a.parquet"), ["told"]) as writer:
        ...         writer.write_table(pa.Table.from_pylist([{"label": "told"}], schema=schema(["told"])))
        ...         writer.finish({"document": "a"})
        ...     read_sentences(Path(folder, "a.parquet"), ["label"])["label"].tolist()
        ['told']
        """
        self._writer.write_table(table)

    def finish(self, figures: dict[str, Any]) -> None:
        """Close the file, and give it its name.

        Parameters
        ----------
        figures : dict
            What `read_footer` shall return; JSON values.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with SentenceWriter(Path(folder, "a.parquet"), ["told"]) as writer:
        ...         writer.finish({"document": "a", "sentences": 0})
        ...     read_footer(Path(folder, "a.parquet"))
        b'{"document": "a", "sentences": 0}'
        """
        if self._pending:
            self._flush()
        self._writer.add_key_value_metadata({_FIGURES: json.dumps(figures).encode()})
        self._writer.close()
        self._stream.close()
        self._scratch.replace(self._path)

    def _flush(self) -> None:
        import pyarrow as pa

        self.write_table(pa.Table.from_pylist(self._pending, schema=self._schema))
        self._pending = []

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._stream is not None:
            self._stream.close()
        self._scratch.unlink(missing_ok=True)


def read_footer(path: Path) -> bytes | None:
    """Return the figures of a report as they stand in the footer of its file.

    Parameters
    ----------
    path : Path
        Its file.

    Returns
    -------
    bytes or None
        JSON of what `SentenceWriter.finish` was given; None where there is no such file, or none that can be read.

    Examples
    --------
    >>> read_footer(Path("no-such-file.parquet")) is None
    True
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            footer: bytes = (pq.read_metadata(file).metadata or {})[_FIGURES]
        document_of(footer)
    except (OSError, pa.ArrowException, LookupError, TypeError, ValueError):
        return None
    return footer


def document_of(footer: bytes) -> str:
    """Return the name of the document whose figures these are.

    Parameters
    ----------
    footer : bytes
        From `read_footer`.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> document_of(b'{"document": "a.txt"}')
    'a.txt'
    """
    return str(json.loads(footer)["document"])


def read_sentences(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read the sentences of one report.

    Parameters
    ----------
    path : Path
        Its file.
    columns : sequence of str, optional
        The columns to read; by default all.

    Returns
    -------
    pandas.DataFrame
        A row a sentence; ``signals`` and ``influences`` are lists of dicts, as in the scored table.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with SentenceWriter(Path(folder, "a.parquet"), ["told"]) as writer:
    ...         writer.finish({"document": "a"})
    ...     read_sentences(Path(folder, "a.parquet"), ["sentence", "label"]).columns.tolist()
    ['sentence', 'label']
    """
    import pyarrow.parquet as pq

    with path.open("rb") as file, pq.ParquetFile(file) as source:
        table = source.read(None if columns is None else list(columns))
    frame: pd.DataFrame = table.to_pandas()
    if "page" in frame:
        frame["page"] = frame["page"].astype("Int64")
    for name in ("signals", "influences"):
        if name in frame:
            frame[name] = table[name].to_pylist()
    return frame


def iter_rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield the sentences of one report as rows, some thousands at a time.

    Parameters
    ----------
    path : Path
        Its file.

    Yields
    ------
    list of dict
        Rows of the scored table with ``set_aside``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with SentenceWriter(Path(folder, "a.parquet"), ["told"]) as writer:
    ...         writer.write([{"sentence": "She rang."}])
    ...         writer.finish({"document": "a"})
    ...     [row["sentence"] for rows in iter_rows(Path(folder, "a.parquet")) for row in rows]
    ['She rang.']
    """
    import pyarrow.parquet as pq

    with path.open("rb") as file, pq.ParquetFile(file) as source:
        for batch in source.iter_batches(_ROWS):
            yield batch.to_pylist()


def rename_document(path: Path, footer: bytes, document: str) -> None:
    """Give a report another name: its file was moved, and its content need not be scored again.

    Parameters
    ----------
    path : Path
        The file of its sentences.
    footer : bytes
        Its figures, with the name that it had.
    document : str
        The name that it has now.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.parquet")
    ...     with SentenceWriter(path, ["told"]) as writer:
    ...         writer.finish({"document": "a"})
    ...     rename_document(path, b'{"document": "a"}', "b")
    ...     read_footer(path)
    b'{"document": "b"}'
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as file, pq.ParquetFile(file) as source:
        labels = [name.removeprefix("p_") for name in source.schema_arrow.names if name.startswith("p_")]
        with SentenceWriter(path, labels) as writer:
            for group in range(source.num_row_groups):
                table = source.read_row_group(group)
                names = pa.array([document] * len(table), pa.string())
                writer.write_table(table.set_column(0, "document", names))
            writer.finish({**json.loads(footer), "document": document})


def clear(folder: Path, keep: Container[str] = ()) -> None:
    """Remove files of sentences, and what runs that were stopped have left of them.

    Parameters
    ----------
    folder : Path
        The folder of files; those that no audit wrote stay.
    keep : container of str
        Names of files that stay.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = [Path(folder, name).touch() for name in (f"{SCRATCH}1", "notes.txt")]
    ...     clear(Path(folder))
    ...     os.listdir(folder)
    ['notes.txt']
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            ours = entry.name.startswith(SCRATCH) or _OURS.fullmatch(entry.name)
            if ours and entry.name not in keep:
                Path(entry.path).unlink(missing_ok=True)
