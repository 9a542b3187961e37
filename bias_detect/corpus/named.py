"""Annotations whose document or annotator stands under a name that is not a corpus's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bias_detect.corpus.formats.record import FIELDS, Annotation, Item, Left, free_name
from bias_detect.corpus.formats.registry import Format, read_annotations
from bias_detect.errors import CorpusError
from bias_detect.tabular import as_text, quoted


def read_named(
    path: Path,
    kind: Format | None = None,
    *,
    text: str | None = None,
    label: str | None = None,
    group: str | None = None,
    annotator: str | None = None,
) -> Iterator[Item]:
    r"""Read the annotations in a file, with its names for what a corpus calls otherwise.

    Parameters
    ----------
    path : Path
        The file.
    kind : Format, optional
        Its format; by default guessed.
    text, label, group, annotator : str, optional
        The names under which sentences, labels, documents and annotators stand, where they are not the usual ones.
        What stood under ``document`` or ``annotator`` before is kept as ``given_document`` or ``given_annotator``.

    Yields
    ------
    Annotation or Left
        As `bias_detect.corpus.formats.registry.read_annotations` has them.

    Raises
    ------
    CorpusError
        If no annotation has what was named, after the last of them; or as that function raises it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("sentence,label,report\nShe rang.,told,R1\n", encoding="utf-8")
    ...     [row] = read_named(path, group="report")
    >>> row.document, row.extra
    ('R1', {})
    """
    asked = {"document": group, "annotator": annotator}
    names = {field: name for field, name in asked.items() if name not in (None, field)}
    missing = dict(names)
    some = False
    for item in read_annotations(path, kind, text=text, label=label):
        if not isinstance(item, Left):
            some = True
            for field, name in names.items():
                if name is not None and _move(item, name, field):
                    missing.pop(field, None)
        yield item
    if some and missing:
        options = {"document": "--group-column", "annotator": "--annotator-column"}
        raise CorpusError(
            f"has no column {quoted([str(name) for name in missing.values()])}, or nothing in it",
            subject=path,
            next_step=f"name another with {' and '.join(options[field] for field in missing)}, or leave this out",
        )


def _move(row: Annotation, name: str, field: str) -> bool:
    """Move what stands under a name into a field; say whether there is anything."""
    value = getattr(row, name) if name in FIELDS else row.extra.get(name)
    text = None if isinstance(value, (dict, list)) else as_text(value)
    if text is None:
        return False
    if name in FIELDS:
        setattr(row, name, None)
    else:
        del row.extra[name]
    before = getattr(row, field)
    if before is not None:
        row.extra[free_name(field, (*FIELDS, *row.extra))] = before
    setattr(row, field, text)
    return True
