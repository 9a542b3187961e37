"""The sentences that a sample is drawn from: those of an audit, of documents, or of a table."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bias_detect.corpus.formats.record import Annotation, Left
from bias_detect.corpus.named import read_named
from bias_detect.corpus.sampling import entropies
from bias_detect.errors import CorpusError, UsageError

if TYPE_CHECKING:
    from bias_detect.auditing.run import Progress

PLACE = ("document", "sentence_id", "section", "page", "paragraph", "sentence")
"""Columns that say what a sentence is and where it stands."""

PREDICTED, SIGNAL, UNCERTAINTY = "predicted", "signal", "uncertainty"
"""Columns that say what a model makes of it."""

_NOT_FINISHED = "give the same audit command again, and let it finish"
_DIGITS = re.compile(r"(\d+)")
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Population:
    """Sentences that could be drawn, in an order that does not depend on that of the files.

    Parameters
    ----------
    frame : pandas.DataFrame
        The columns of ``PLACE`` and, where a model has seen them, ``predicted``, ``signal`` (``none``, one, or
        ``several``) and ``uncertainty`` from 0 to 1.
    labels : tuple of str
        The labels of the model; empty where none was asked.
    notes : tuple of str
        What is missing from it, and why.

    Examples
    --------
    >>> frame = pd.DataFrame({"document": ["a.txt"], "sentence_id": ["p1s1"], "sentence": ["She rang."]})
    >>> len(Population(frame).frame), Population(frame).labels
    (1, ())
    """

    frame: pd.DataFrame
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def of_audit(folder: Path, notes: Iterable[str] = ()) -> Population:
    """Take the sentences of an audit that are counted, those that its shares are shares of.

    Parameters
    ----------
    folder : Path
        The folder of the audit.
    notes : iterable of str
        What is known to be missing.

    Returns
    -------
    Population
        Its sentences; quotations and whatever else is set aside are not among them.

    Raises
    ------
    UsageError
        If the audit is not finished.

    Examples
    --------
    >>> import tempfile
    >>> from bias_detect.auditing.run import audit
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("She rang the ward.", encoding="utf-8")
    ...     _ = audit([Path(folder, "a.txt")], Path(folder, "audit"), report=False)
    ...     of_audit(Path(folder, "audit")).labels
    ('descriptive', 'explanatory', 'hindsight_biased')
    """
    import json

    from bias_detect.auditing.folder import SENTENCES
    from bias_detect.auditing.store import read_sentences

    try:
        labels = tuple(json.loads((folder / "summary.json").read_text(encoding="utf-8"))["model"]["classes"])
        files = pd.read_csv(folder / "reports.csv", usecols=["sentences_file"], dtype=str)["sentences_file"]
        probabilities = [f"p_{label}" for label in labels]
        columns = [*PLACE, "label", "signals", "set_aside", *probabilities]
        frames = [_counted(read_sentences(folder / SENTENCES / name, columns), probabilities) for name in files]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UsageError("is no finished audit", subject=folder, next_step=_NOT_FINISHED) from error
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(PLACE))
    return Population(_sorted(frame), labels, tuple(notes))


def _counted(frame: pd.DataFrame, probabilities: Sequence[str]) -> pd.DataFrame:
    frame = frame[frame["set_aside"].isna()]
    kept = frame[list(PLACE)].copy()
    kept[PREDICTED] = frame["label"]
    kept[SIGNAL] = [_signal(mark["signal"] for mark in marks) for marks in frame["signals"]]
    kept[UNCERTAINTY] = entropies(frame[list(probabilities)].to_numpy(np.float64))
    return kept


def _signal(names: Iterable[str]) -> str:
    found = set(names)
    return "none" if not found else found.pop() if len(found) == 1 else "several"


def of_documents(
    paths: Sequence[Path], *, progress: Callable[[Progress], None] | None = None, **options: Any
) -> Population:
    """Take the sentences of documents: they are audited, and the audit is thrown away.

    So the sentences, their names and what is set aside are the same as in an audit of the same paths, which can take
    the sample back.

    Parameters
    ----------
    paths : sequence of Path
        What `bias_detect.auditing.run.audit` takes.
    progress : callable, optional
        Told how far it is.
    **options
        Options of that function.

    Returns
    -------
    Population
        Their sentences; ``notes`` name the documents that could not be read.

    Raises
    ------
    BiasDetectError
        Where the audit would.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.txt")
    ...     _ = path.write_text("She rang the ward.", encoding="utf-8")
    ...     of_documents([path]).frame["sentence"].tolist()
    ['She rang the ward.']
    """
    from bias_detect.auditing.run import audit

    with tempfile.TemporaryDirectory(prefix="bias-detect-") as scratch:
        folder = Path(scratch, "audit")
        result = audit(paths, folder, report=False, progress=progress, **options)
        failures = result.failures[["document", "cause", "next_step"]].itertuples(index=False)
        return of_audit(folder, [f"{document}: {cause}; {step}" for document, cause, step in failures])


def of_tables(
    paths: Sequence[Path],
    *,
    model: str | Path = "default",
    needed: bool = True,
    text_column: str | None = None,
    group_column: str | None = None,
) -> Population:
    r"""Take the sentences of tables, or of any other format that annotations come in.

    Parameters
    ----------
    paths : sequence of Path
        The files; a sentence that stands in them several times under the same name is taken once.
    model : str or Path, default="default"
        The model that looks at them.
    needed : bool, default=True
        Whether what a model makes of them is needed.
    text_column, group_column : str, optional
        The columns of the sentences and of their documents, where they are not the usual ones.

    Returns
    -------
    Population
        Their sentences.

    Raises
    ------
    CorpusError
        If a file cannot be read or has no sentences.
    ModelError
        If the model cannot be loaded.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("sentence\nShe rang.\nHe wrote.\n", encoding="utf-8")
    ...     of_tables([path], needed=False).frame["sentence"].tolist()
    ['He wrote.', 'She rang.']
    """
    rows: dict[tuple[str | None, str | None, str], Annotation] = {}
    notes: list[str] = []
    for path in paths:
        for item in read_named(path, text=text_column, group=group_column):
            if isinstance(item, Left):
                notes.append(f"{path}: {item.place} {item.cause}")
            else:
                rows.setdefault((item.document, item.sentence_id, item.sentence), item)
    if not rows:
        raise CorpusError("has no sentences", subject=paths[0], next_step="choose a table with a column 'sentence'")
    frame = pd.DataFrame([_placed(row) for row in rows.values()], columns=list(PLACE), dtype="object")
    if not needed:
        return Population(_sorted(frame), notes=tuple(notes))
    from bias_detect.language.pipeline import sentence_reader
    from bias_detect.model.bundle import load_model

    classifier, reader = load_model(model), sentence_reader()
    parts: list[tuple[list[str], list[str], Any]] = []
    for start in range(0, len(frame), _BATCH):
        read = [reader.read(sentence) for sentence in frame["sentence"].iloc[start : start + _BATCH]]
        found = classifier.assess(read)
        signals = [_signal(mark.label for mark in sentence.signals) for sentence in read]
        parts.append((found.labels.tolist(), signals, entropies(found.proba)))
    frame[PREDICTED] = [label for labels, _, _ in parts for label in labels]
    frame[SIGNAL] = [signal for _, signals, _ in parts for signal in signals]
    frame[UNCERTAINTY] = np.concatenate([uncertainty for _, _, uncertainty in parts])
    return Population(_sorted(frame), tuple(map(str, classifier.classes_)), tuple(notes))


def _placed(row: Annotation) -> Mapping[str, Any]:
    return {name: getattr(row, name) if hasattr(row, name) else row.extra.get(name) for name in PLACE}


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Put sentences into the order of their documents' names and, in each, of their own."""
    texts = (frame[name].fillna("").astype(str) for name in ("document", "sentence_id", "sentence"))
    keys = [(document, _natural(place), sentence) for document, place, sentence in zip(*texts, strict=True)]
    return frame.iloc[sorted(range(len(keys)), key=keys.__getitem__)].reset_index(drop=True)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key by which p10s1 comes after p9s1."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name) if part]
