"""Stand-off labels: places in public texts with a digest and a label, and the sentences that stand there.

The project ships no sentence of a real report. A stand-off table says where each labelled sentence stands in
its public source, and carries a digest that proves that what stands there is the sentence that was labelled.
"""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pypdfium2

from bias_detect.corpus.schema import DOCUMENT, LABEL, SENTENCE
from bias_detect.errors import CorpusError
from bias_detect.tabular import quoted

PYPDFIUM2 = "5.15.2"
"""The version of pypdfium2 with which the offsets in PDF pages were taken."""

BLOCK = 3_000
"""Characters of a source without pages that count as one page."""

REPORTS = "reports.csv"
"""The table of reports in the source folder."""

NO_PAGE = "-1"
"""What stands for the page where a source has none."""

Place = tuple[str, str]

_PLACE = ["start", "length", "sha16", LABEL]
_KINDS = {"report": ["url", "column", *_PLACE], "file": ["file", "page", *_PLACE]}


def collapsed(text: str) -> str:
    r"""Return a text as the offsets count in it: every run of white space is one space.

    Parameters
    ----------
    text : str
        A source text.

    Returns
    -------
    str
        The text.

    Examples
    --------
    >>> collapsed("No visit\n  was made.")
    'No visit was made.'
    """
    return re.sub(r"\s+", " ", text)


def digest(sentence: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of a sentence.

    Parameters
    ----------
    sentence : str
        The sentence.

    Returns
    -------
    str
        The digest.

    Examples
    --------
    >>> digest("No visit was made.")
    'd70cc0d27fa7a082'
    """
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]


def hydrate(standoff: str | Path, source: str | Path) -> pd.DataFrame:
    r"""Rebuild all labelled sentences of a stand-off table from a local copy of their public sources.

    Parameters
    ----------
    standoff : path
        The table: ``url, column`` or ``file, page``, then ``start, length, sha16, label`` and others.
    source : path
        The folder with the sources: ``reports.csv`` for tables with ``url``, else the files that are named.

    Returns
    -------
    pandas.DataFrame
        ``sentence``, ``label``, ``document`` (see `documents`), ``sentence_id`` (the digest), ``source`` (the
        table's name without suffix), ``section`` (the column of a report), ``start`` and the other columns of
        the table.

    Raises
    ------
    CorpusError
        If the table or a source cannot be read, or if a sentence is not where the table says: a corpus with
        a part missing would pass for the whole. `locate` gives what there is and what is not.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.md").write_text("She rang. No visit was made.", encoding="utf-8")
    ...     row = f"a.md,-1,10,18,{digest('No visit was made.')},descriptive"
    ...     _ = Path(folder, "t.csv").write_text(f"file,page,start,length,sha16,label\n{row}\n", encoding="utf-8")
    ...     found = hydrate(Path(folder, "t.csv"), folder)
    >>> found[["sentence", "label", "document"]].values.tolist()
    [['No visit was made.', 'descriptive', 'a.md#0']]
    """
    found, lost = locate(standoff, source)
    if len(lost):
        raise lost_error(lost, len(found) + len(lost), standoff)
    return found


def locate(standoff: str | Path, source: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    r"""Rebuild the labelled sentences that can be found, and list those that cannot.

    Parameters
    ----------
    standoff, source : path
        As for `hydrate`.

    Returns
    -------
    found : pandas.DataFrame
        As `hydrate` returns it, without the sentences whose digest does not match.
    lost : pandas.DataFrame
        Those rows of the stand-off table, with ``row`` (the header is row 1).

    Raises
    ------
    CorpusError
        If the table or a source cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.md").write_text("She wrote.", encoding="utf-8")
    ...     row = f"a.md,-1,0,9,{digest('She rang.')},descriptive"
    ...     _ = Path(folder, "t.csv").write_text(f"file,page,start,length,sha16,label\n{row}\n", encoding="utf-8")
    ...     found, lost = locate(Path(folder, "t.csv"), folder)
    >>> len(found), lost["row"].tolist()
    (0, [2])
    """
    path = Path(standoff)
    table, kind = _read_standoff(path)
    read = _report_texts if kind == "report" else _file_texts
    places = list(table[_KINDS[kind][:2]].itertuples(index=False, name=None))
    texts = read(Path(source), set(places))
    starts = table["start"].astype(int)
    spans = zip(places, starts, table["length"].astype(int), strict=True)
    sentences = [texts.get(place, "")[start : start + length] for place, start, length in spans]

    columns = {SENTENCE: pd.Series(sentences, dtype="object"), LABEL: table[LABEL]}
    columns[DOCUMENT] = documents(table)
    columns |= {"sentence_id": table["sha16"], "source": pd.Series(path.stem, index=table.index)}
    if kind == "report":
        columns["section"] = table["column"]
    columns["start"] = starts
    others = table.drop(columns=["row", *_KINDS[kind]])
    matches = columns[SENTENCE].map(digest) == table["sha16"]
    found = pd.concat([pd.DataFrame(columns), others], axis="columns")[matches]
    return found.reset_index(drop=True), table[~matches].reset_index(drop=True)


def documents(table: pd.DataFrame) -> pd.Series:
    """Return the group of each sentence of a stand-off table that a split must not divide.

    Parameters
    ----------
    table : pandas.DataFrame
        The table.

    Returns
    -------
    pandas.Series
        The report's address, the page of a PDF (``file.pdf#12``, counted from 0 as in the table) or the block
        of 3,000 characters of a text without pages (``file.md#7``).

    Examples
    --------
    >>> places = {"file": ["a.pdf", "b.md"], "page": ["12", "-1"], "start": ["40", "6100"]}
    >>> documents(pd.DataFrame(places)).tolist()
    ['a.pdf#12', 'b.md#2']
    """
    if "url" in table:
        return table["url"]
    blocks = (table["start"].astype(int) // BLOCK).astype(str)
    return table["file"] + "#" + table["page"].where(table["page"] != NO_PAGE, blocks)


def lost_error(lost: pd.DataFrame, total: int, standoff: str | Path) -> CorpusError:
    """Return the error that says how many sentences are not where the table says, and what to do.

    Parameters
    ----------
    lost : pandas.DataFrame
        The rows that `locate` could not find.
    total : int
        How many rows the table has.
    standoff : path
        The table.

    Returns
    -------
    CorpusError
        To be raised or shown.

    Examples
    --------
    >>> lost = pd.DataFrame({"row": [2], "file": ["a.md"], "page": ["-1"]})
    >>> lost_error(lost, 3, "t.csv").next_step
    'use the edition of the sources that the data card names'
    """
    first = lost.iloc[0]
    place = f"{first['url']}, {first['column']}" if "url" in lost else f"{first['file']}, page {first['page']}"
    next_step = "use the edition of the sources that the data card names"
    installed = version("pypdfium2")
    if "file" in lost and lost["file"].str.endswith(".pdf").any() and installed != PYPDFIUM2:
        next_step = f"install pypdfium2=={PYPDFIUM2}, with which the offsets were taken ({installed} is here)"
    return CorpusError(
        f"{len(lost):,} of {total:,} sentences do not stand where the table says, or not with the same words "
        f"(first row {first['row']}: {place})",
        subject=standoff,
        next_step=next_step,
    )


def _read_standoff(path: Path) -> tuple[pd.DataFrame, str]:
    """Read a stand-off table as text, with the row numbers of a spreadsheet, and tell its kind."""
    table = _read_csv(path)
    kind = "report" if "url" in table else "file"
    missing = [name for name in _KINDS[kind] if name not in table]
    if missing:
        raise CorpusError(
            f"has no column {quoted(missing)} (it has {quoted(table.columns)})",
            subject=path,
            next_step="give a table of stand-off labels, such as those in data/real",
        )
    table.insert(0, "row", range(2, len(table) + 2))
    numbers = ["start", "length"] if kind == "report" else ["start", "length", "page"]
    for name in numbers:
        wrong = table[~table[name].str.fullmatch(r"-1|\d{1,9}")]
        if len(wrong):
            raise CorpusError(
                f"row {wrong['row'].iloc[0]} has no whole number in column {quoted([name])}",
                subject=path,
                next_step="take the table from the repository again",
            )
    return table, kind


def _read_csv(path: Path) -> pd.DataFrame:
    """Read a CSV file in which every cell is text."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except FileNotFoundError:
        raise CorpusError("no such file", subject=path, next_step="check the path") from None
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"is no CSV table that can be read ({type(error).__name__})",
            subject=path,
            next_step="take the file from its source again",
        ) from error


def _report_texts(folder: Path, places: set[Place]) -> dict[Place, str]:
    """Return the text of each address and column that the table of reports has."""
    path = folder / REPORTS
    reports = _read_csv(path)
    if "url" not in reports:
        raise CorpusError(
            f"has no column 'url' (it has {quoted(reports.columns)})",
            subject=path,
            next_step="give the folder with the table of reports that the data card names",
        )
    reports = reports.drop_duplicates("url").set_index("url")
    return {
        (url, column): collapsed(str(reports.at[url, column]))
        for url, column in places
        if url in reports.index and column in reports
    }


def _file_texts(folder: Path, places: set[Place]) -> dict[Place, str]:
    """Return the text of each file and page."""
    texts: dict[Place, str] = {}
    for name in sorted({name for name, _ in places}):
        # A stand-off table is data from elsewhere: it may name files in the folder, not beside it.
        if Path(name).name != name:
            raise CorpusError(
                "is not the name of a file",
                subject=name,
                next_step="take the table from the repository again",
            )
        path = folder / name
        if not path.is_file():
            raise CorpusError("no such file", subject=path, next_step="fetch it as the data card says")
        pages = {page for other, page in places if other == name}
        found = _pdf_pages(path, pages) if path.suffix == ".pdf" else {NO_PAGE: _whole_text(path)}
        texts |= {(name, page): text for page, text in found.items()}
    return texts


def _whole_text(path: Path) -> str:
    """Return the text of a file without pages."""
    try:
        return collapsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"cannot be read as UTF-8 text ({type(error).__name__})",
            subject=path,
            next_step="fetch it again as the data card says",
        ) from error


def _pdf_pages(path: Path, pages: set[str]) -> dict[str, str]:
    """Return the text of the pages of a PDF, without the marks that the extraction leaves at line ends."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            return {
                page: collapsed(_page_text(document, int(page))) for page in pages if 0 <= int(page) < len(document)
            }
    except pypdfium2.PdfiumError as error:
        raise CorpusError(
            "is no PDF that can be read", subject=path, next_step="fetch it again as the data card says"
        ) from error


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    """Return the text of one page, and close what was opened for it."""
    page = document[number]
    textpage = page.get_textpage()
    text: str = textpage.get_text_range().replace("\x02", "").replace("\ufffe", "")
    textpage.close()
    page.close()
    return text
