"""The documents of an audit: each with a name of its own and a digest of its content, each content once."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bias_detect.auditing.sources import Found, Problem, Stamp, digest_of_file, stamp_of
from bias_detect.documents.document import Document
from bias_detect.errors import DocumentError
from bias_detect.tabular import TABLE_SUFFIXES


@dataclass(frozen=True, slots=True)
class Item:
    """A document to be scored.

    Parameters
    ----------
    document : str
        Its name, unlike every other.
    digest : str
        Of its content.
    path : Path
        Its file, or the table that it is a row of.
    stamp : tuple of int
        What the file looked like.
    size : int
        How large it is, against others.
    row : int or None
        Its place in the table, counted from 0.

    Examples
    --------
    >>> Item("a.txt", "ab", Path("reports/a.txt"), (120, 0), 120).row is None
    True
    """

    document: str
    digest: str
    path: Path
    stamp: Stamp
    size: int
    row: int | None = None


@dataclass(slots=True)
class Inventory:
    """All that was found, and what it is.

    Parameters
    ----------
    items : list of Item
        One for each content, sorted by name: of several, one that is no link, with the shortest name.
    duplicates : list of tuple of str
        Documents of the same content as one of them, and that one.
    problems : list of Problem
        What cannot be scored.
    renamed : list of str
        Documents that bear a number behind their name, since another one has it.

    Examples
    --------
    >>> Inventory(duplicates=[("b.txt", "a.txt")]).items
    []
    """

    items: list[Item] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of all documents that were found."""
        copies = [copy for copy, _ in self.duplicates]
        return [*(item.document for item in self.items), *copies, *(problem.document for problem in self.problems)]


def take_inventory(files: Sequence[Found], *, text_columns: Sequence[str], id_column: str | None) -> Inventory:
    """Look at the content of files, and at the rows of tables.

    Parameters
    ----------
    files : sequence of Found
        The files.
    text_columns : sequence of str
        Columns that hold the texts of tables; without them tables are not audited.
    id_column : str, optional
        Column that names the rows.

    Returns
    -------
    Inventory
        Every file and every row, as an item, a duplicate or a problem.

    Examples
    --------
    >>> import tempfile
    >>> from bias_detect.auditing.sources import Folders
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("a.txt", "b.txt"):
    ...         _ = Path(folder, name).write_text("She rang.")
    ...     inventory = take_inventory(Folders([folder]).files(), text_columns=[], id_column=None)
    >>> [item.document for item in inventory.items], inventory.duplicates
    (['a.txt'], [('b.txt', 'a.txt')])
    """
    inventory = Inventory()
    items: list[Item] = []
    taken: dict[str, int] = {}
    for file in files:
        if file.problem is not None:
            inventory.problems.append(file.problem)
            continue
        try:
            if file.path.suffix.lower() in TABLE_SUFFIXES:
                for found in _rows(file, text_columns, id_column, taken, inventory.renamed):
                    items.append(found) if isinstance(found, Item) else inventory.problems.append(found)
            else:
                stamp = stamp_of(file.path)
                name = _own(file.document, taken)
                items.append(Item(name, digest_of_file(file.path), file.path, stamp, stamp[0]))
        except DocumentError as error:
            inventory.problems.append(Problem.of(file.document, error))
        except OSError:
            inventory.problems.append(_gone(file.document))
    first: dict[str, str] = {}
    for item in sorted(items, key=_as_an_original):
        if item.digest in first:
            inventory.duplicates.append((item.document, first[item.digest]))
        else:
            first[item.digest] = item.document
            inventory.items.append(item)
    inventory.items.sort(key=lambda item: item.document)
    inventory.duplicates.sort()
    return inventory


def _as_an_original(item: Item) -> tuple[bool, int, str]:
    """Order what has the same content: no link before a file, and no "a (copy).pdf" before "a.pdf"."""
    return item.path.is_symlink(), len(item.document) if item.row is None else 0, item.document


def _rows(
    file: Found, text_columns: Sequence[str], id_column: str | None, taken: dict[str, int], renamed: list[str]
) -> Iterator[Item | Problem]:
    from bias_detect.documents.table import iter_table

    if not text_columns:
        raise DocumentError(
            "is a table", subject=file.path, next_step="name the columns that hold its texts with --text-column"
        )
    stamp, empty = stamp_of(file.path), True
    for place, (given, row) in enumerate(iter_table(file.path, text_columns=text_columns, id_column=id_column)):
        empty, name = False, _own(given, taken)
        numbered = given.rpartition("#")  # `iter_table` puts the row's number behind a name that it has given before
        if name != given or (id_column is not None and numbered[0] in taken and numbered[2].isdecimal()):
            renamed.append(name)
        if isinstance(row, DocumentError):
            problem = Problem.of(name, row)
            yield replace(problem, cause=f"{problem.cause} (a row of {file.document})")
        else:
            size = sum(len(paragraph.text) for paragraph in row.paragraphs)
            yield Item(name, digest_of_row(row), file.path, stamp, size, place)
    if empty:
        raise DocumentError("holds no rows", subject=file.path, next_step="choose another table")


def _own(name: str, taken: dict[str, int]) -> str:
    """Return a name that no other document has: a row of another table may have its identifier."""
    own = name
    while own in taken:
        taken[name] += 1
        own = f"{name} ({taken[name]})"
    taken[own] = 1
    return own


def digest_of_row(document: Document) -> str:
    """Return a digest of the texts of a row, and of the columns that they stand in.

    Parameters
    ----------
    document : Document
        The row.

    Returns
    -------
    str
        SHA-256 in hex digits.

    Examples
    --------
    >>> digest_of_row(Document.from_texts("a", ["One."])) == digest_of_row(Document.from_texts("b", ["One."]))
    True
    """
    parts = [[paragraph.section, paragraph.text] for paragraph in document.paragraphs]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def rows_of(
    path: Path, items: Iterable[Item], text_columns: Sequence[str], id_column: str | None
) -> Iterator[tuple[Item, Document]]:
    r"""Read rows of a table again.

    Parameters
    ----------
    path : Path
        The table.
    items : iterable of Item
        The rows that are wanted, all of this table.
    text_columns, id_column
        As for `take_inventory`.

    Yields
    ------
    tuple of (Item, Document)
        Those that are what they were; others are passed over.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("id,text\n1,She rang.\n2,He left.\n", encoding="utf-8")
    ...     found = take_inventory([Found("a.csv", path)], text_columns=["text"], id_column="id")
    ...     [(item.document, row.text) for item, row in rows_of(path, found.items[1:], ["text"], "id")]
    [('2', 'He left.')]
    """
    from bias_detect.documents.table import iter_table

    wanted = {item.row: item for item in items}
    # A table that is no longer what it was ends here: whoever asked for the rows sees which are missing.
    with contextlib.suppress(DocumentError, OSError):
        for place, (_, row) in enumerate(iter_table(path, text_columns=text_columns, id_column=id_column)):
            item = wanted.pop(place, None)
            if item is not None and isinstance(row, Document) and digest_of_row(row) == item.digest:
                yield item, row
            if not wanted:
                return


def _gone(document: str) -> Problem:
    return Problem(document, "failed", "went away while it was looked at", "run the audit again")
