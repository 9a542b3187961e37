"""What is wrong, doubtful or worth knowing in a corpus, before a model learns from it.

Training refuses a table at its first bad row; here every such row is named. Sentences are never quoted, and what is
personal is masked wherever it would be shown.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bias_detect.corpus.drift import find_drift
from bias_detect.corpus.duplicates import near_duplicates, normalise
from bias_detect.corpus.findings import EXAMPLES, Finding, Severity, finding
from bias_detect.corpus.personal import masked
from bias_detect.corpus.privacy import find_private, shown_column
from bias_detect.corpus.schema import (
    ANNOTATOR,
    LABEL,
    MAX_CHARACTERS,
    SENTENCE,
    SENTENCE_ID,
    folded,
    is_sound,
    label_texts,
    wording,
)
from bias_detect.corpus.sheet import Sheet, read_sheet
from bias_detect.labels import CODEBOOK_VERSION, Label
from bias_detect.tabular import as_text, quoted

LONG_WORDS = 150
"""Words above which a sentence is probably several."""

FEW_SENTENCES = 10
"""Sentences below which a label can be neither learnt nor measured."""

LIKENESS = 0.8
"""The share of words in common from which two sentences are near-duplicates."""

# Above so many pairs to weigh, near-duplicates are sought only among neighbours in alphabetical order.
_MOST_PAIRS = 5_000_000
_WINDOW = 100
_CODEBOOK = frozenset(map(str, Label))

# UTF-8 read as Windows-1252 or Latin-1 (a first byte of the common ranges with the others that it calls for), and
# the quotation marks and dashes of UTF-8 read as Mac Roman.
_TAIL = f"[\x80-\xbf{bytes(range(0x80, 0xA0)).decode('cp1252', 'ignore')}]"
_DAMAGE = {
    "lost characters": "\ufffd+",
    "garbled characters": f"(?:[ÂÃÄÅ]{_TAIL}|[âï]{_TAIL}{{2}}|ð{_TAIL}{{3}}|â€|‚Ä[ôòúùìî¶])+",
    "Windows characters read as Latin-1": "[\x80-\x9f]+",
    "question marks for apostrophes": r"(?<=[^\W\d_])\?(?=(?:s|t|d|m|re|ve|ll)\b(?!=))",
}


def check_corpus(
    paths: Sequence[Path],
    *,
    text_column: str = SENTENCE,
    label_column: str = LABEL,
    group_column: str | None = None,
    annotator_column: str | None = None,
    codebook: bool | None = None,
) -> list[Finding]:
    r"""Look through tables of annotated sentences for all that is wrong, doubtful or worth knowing.

    Parameters
    ----------
    paths : sequence of Path
        The files, and their columns, as for `bias_detect.corpus.read.read_corpus`.
    text_column, label_column : str
        The columns that hold the sentences and the labels.
    group_column : str, optional
        The column that names a sentence's document; without it ``document`` is used where there is one.
    annotator_column : str, optional
        The column that names who labelled; without it ``annotator`` is used where there is one.
    codebook : bool, optional
        Whether labels must be the codebook's. Without it they must where two of these are used, or no others.

    Returns
    -------
    list of Finding
        The findings, the worst first.

    Raises
    ------
    CorpusError
        If a file cannot be read, has no row that can be, or lacks a column.
    UsageError
        If one column is named for two purposes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("sentence,label\nShe rang.,told\n,told\n", encoding="utf-8")
    ...     findings = check_corpus([path])
    >>> [(finding.check, finding.examples) for finding in findings if finding.severity == "error"]
    [('empty sentences', ('row 3',)), ('one label alone', ("'told'",))]
    """
    sheet = read_sheet(
        paths,
        text_column=text_column,
        label_column=label_column,
        group_column=group_column,
        annotator_column=annotator_column,
    )
    used = frozenset(label for label in sheet.labels if label is not None)
    if codebook is None:
        # A slip in one label must not turn the others into labels of another scheme.
        codebook = len({folded(label) for label in used} & _CODEBOOK) > 1 or used <= _CODEBOOK
    repeated = _repeated(sheet)
    findings = [
        *_rows(sheet),
        *_encoding(sheet),
        *_labels(sheet, _CODEBOOK if codebook else used),
        *_balance(sheet, codebook),
        *_documents(sheet),
        *_identified(sheet),
        *_equal(sheet, repeated),
        *_contradicted(sheet),
        *_alike(sheet, repeated),
        *find_drift(sheet),
        *find_private(sheet),
        *_version(sheet),
    ]
    return sorted(findings, key=lambda found: list(Severity).index(found.severity))


def _rows(sheet: Sheet) -> Iterator[Finding]:
    """Find the rows for which training would refuse the table, and sentences too long to be one."""
    if sheet.unreadable:
        shown, advice = tuple(sheet.unreadable[:EXAMPLES]), "correct them in the file: they are left out here"
        yield Finding("rows that cannot be read", Severity.ERROR, len(sheet.unreadable), (), shown, advice)
    words = [len(sentence.split()) for sentence in sheet.sentences]
    rows: dict[str, list[int]] = {name: [] for name in ("empty", "huge", "refused", "long", "")}
    for row, sentence in enumerate(sheet.sentences):
        kind = "" if sentence else "empty"
        if len(sentence) > MAX_CHARACTERS:
            kind = "huge"
        elif sentence and not is_sound(sentence):
            kind = "refused"
        elif words[row] > LONG_WORDS:
            kind = "long"
        rows[kind].append(row)
    for kind, check, advice in (
        ("empty", "empty sentences", "fill in or delete these rows"),
        ("huge", f"sentences over {MAX_CHARACTERS:,} characters", "split them into sentences, one a row"),
        ("refused", "control characters", "remove them, or export the table again as UTF-8"),
    ):
        yield from finding(check, Severity.ERROR, rows[kind], advice, (sheet.places[row] for row in rows[kind]))
    check, advice = f"sentences over {LONG_WORDS} words", "see whether they are several, or a list run together"
    examples = (f"{sheet.places[row]} ({words[row]:,} words)" for row in rows["long"])
    yield from finding(check, Severity.WARNING, rows["long"], advice, examples)


def _encoding(sheet: Sheet) -> Iterator[Finding]:
    """Find what a wrong encoding has left behind; a row is named for the first kind only."""
    seen: set[int] = set()
    for kind, pattern in _DAMAGE.items():
        found = ((row, re.search(pattern, sentence)) for row, sentence in enumerate(sheet.sentences) if row not in seen)
        marks = {row: match.group() for row, match in found if match}
        seen |= marks.keys()
        advice = "export the source again as UTF-8, or correct these rows"
        examples = (f"{sheet.places[row]}: {mark!r}" for row, mark in marks.items())
        yield from finding(kind, Severity.ERROR, marks, advice, examples)


def _labels(sheet: Sheet, allowed: frozenset[str]) -> Iterator[Finding]:
    """Find rows without a label, labels that are not among those allowed, and the same in annotators' columns."""
    rows = [row for row, label in enumerate(sheet.labels) if label is None]
    advice = "label or delete these rows"
    yield from finding("rows without a label", Severity.ERROR, rows, advice, (sheet.places[row] for row in rows))
    advice = f"write {', '.join(Label)}, or check with --labels any"
    yield from _outside(sheet, sheet.labels, allowed, "labels outside the codebook", Severity.ERROR, advice)
    for column, cells in sheet.others.items():
        texts = label_texts(cells) if column.startswith(ANNOTATOR) else []
        # A column of names, dates or remarks may begin with the same word.
        if {folded(text) for text in texts if text is not None} & set(map(folded, allowed)):
            check, advice = f"labels outside, in column {shown_column(column)}", "correct them: they count as votes"
            yield from _outside(sheet, texts, allowed, check, Severity.WARNING, advice)


def _outside(
    sheet: Sheet, texts: Sequence[str | None], allowed: frozenset[str], check: str, severity: Severity, advice: str
) -> Iterator[Finding]:
    found = {row: text for row, text in enumerate(texts) if text is not None and text not in allowed}
    yield from finding(
        check, severity, found, advice, (f"{sheet.places[row]}: {_shown(text)}" for row, text in found.items())
    )


def _balance(sheet: Sheet, codebook: bool) -> Iterator[Finding]:
    """Say how often each label stands, and find those that stand too seldom."""
    counts = Counter(label for label in sheet.labels if label is not None)
    shares = [f"{_shown(label)} {count:,} ({count / counts.total():.0%})" for label, count in counts.most_common(12)]
    advice = f"{'compared' if codebook else 'not compared'} with those of the codebook"
    yield Finding("labels in use", Severity.NOTE, len(counts), (), tuple(shares), advice)
    if len(counts) == 1:
        advice = "add sentences of another label: a classifier needs two"
        yield Finding("one label alone", Severity.ERROR, 1, (), tuple(map(_shown, counts)), advice)
        return
    seldom = {label for label, count in counts.items() if count < FEW_SENTENCES}
    rows = [row for row, label in enumerate(sheet.labels) if label in seldom]
    check, advice = f"labels of fewer than {FEW_SENTENCES} sentences", "add sentences, or join labels"
    yield from finding(check, Severity.WARNING, rows, advice, map(_shown, sorted(seldom)), len(seldom))


def _documents(sheet: Sheet) -> Iterator[Finding]:
    """Find sentences without a document, and documents of several sentences that all have one label."""
    rows = [row for row, name in enumerate(sheet.documents) if name is None]
    advice = "name it: sentences of one document must not stand on both sides of a split"
    places = (sheet.places[row] for row in rows)
    yield from finding("sentences without a document", Severity.WARNING, rows, advice, places)
    labelled = defaultdict(list)
    for row, (name, label) in enumerate(zip(sheet.documents, sheet.labels, strict=True)):
        if name is not None and label is not None:
            labelled[name].append(row)
    several = {name: rows for name, rows in labelled.items() if len(rows) > 1}
    single = {name: rows for name, rows in several.items() if len({sheet.labels[row] for row in rows}) == 1}
    if len(set(sheet.labels) - {None}) > 1:
        severity, advice = Severity.NOTE, "natural where some labels are rare"
        if len(single) == len(several):
            severity, advice = Severity.WARNING, "the document tells the label: no figure can be trusted"
        rows = [row for rows in single.values() for row in rows]
        yield from finding("documents with one label", severity, rows, advice, map(_shown, single), len(single))


def _identified(sheet: Sheet) -> Iterator[Finding]:
    """Find sentences of different words that one document and identifier name."""
    named: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for row, cell in enumerate(sheet.others.get(SENTENCE_ID, [])):
        name = as_text(cell)
        if name is not None and sheet.sentences[row]:
            named[sheet.documents[row], name].append(row)
    several = [rows for rows in named.values() if len({wording(sheet.sentences[row]) for row in rows}) > 1]
    rows = sorted(row for group in several for row in group)
    advice = "give each its own: by document and sentence_id labels find each other"
    examples = (" = ".join(sheet.places[row] for row in group[:EXAMPLES]) for group in several)
    yield from finding("different sentences with one sentence_id", Severity.WARNING, rows, advice, examples)


def _repeated(sheet: Sheet) -> dict[str, list[int]]:
    """Return the rows of each normalised sentence; a row for each annotator counts once."""
    annotators = [as_text(cell) for cell in sheet.others.get(ANNOTATOR, [None] * len(sheet.places))]
    ids = [as_text(cell) for cell in sheet.others.get(SENTENCE_ID, [None] * len(sheet.places))]
    rows: dict[str, list[int]] = {}
    votes: dict[tuple[str | None, str | None, str], set[str | None]] = defaultdict(set)
    for row, sentence in enumerate(sheet.sentences):
        if not sentence:
            continue
        key = normalise(sentence)
        given = votes[sheet.documents[row], ids[row], key]
        if not given or annotators[row] in given:
            rows.setdefault(key, []).append(row)
        given.add(annotators[row])
    return rows


def _equal(sheet: Sheet, repeated: dict[str, list[int]]) -> Iterator[Finding]:
    """Find sentences that are equal but for case, punctuation and figures."""
    across, within, torn = [], [], []
    for rows in repeated.values():
        if len(_documents_of(sheet, rows)) > 1:
            across.append(rows)
        elif len(rows) > 1:
            within.append(rows)
        if len({sheet.labels[row] for row in rows} - {None}) > 1:
            torn.append(rows)
    for groups, check, advice in (
        (across, "equal sentences in several documents", "keep one of each: a split cannot keep them together"),
        (within, "equal sentences within a document", "keep one of each, or remove headings and running lines"),
        (torn, "equal sentences with different labels", "label them alike"),
    ):
        rows = sorted(row for group in groups for row in group)
        examples = (" = ".join(sheet.places[row] for row in group[:EXAMPLES]) for group in groups)
        yield from finding(check, Severity.WARNING, rows, advice, examples)


def _contradicted(sheet: Sheet) -> Iterator[Finding]:
    """Find annotators who gave the same sentence two labels: which of them counts is for them to say."""
    given: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, cell in enumerate(sheet.others.get(ANNOTATOR, [])):
        name = as_text(cell)
        if name is not None and sheet.sentences[row] and sheet.labels[row] is not None:
            given[name, normalise(sheet.sentences[row])].append(row)
    torn = [rows for rows in given.values() if len({sheet.labels[row] for row in rows}) > 1]
    rows = sorted(row for group in torn for row in group)
    advice = "let each annotator settle on one label, and delete the others"
    examples = (" = ".join(sheet.places[row] for row in group[:EXAMPLES]) for group in torn)
    yield from finding(
        "sentences that one annotator labels twice, differently", Severity.WARNING, rows, advice, examples
    )


def _alike(sheet: Sheet, repeated: dict[str, list[int]]) -> Iterator[Finding]:
    """Find sentences that share nearly all of their words."""
    keys = sorted(repeated)
    pairs, whole = _near_pairs(keys)
    if not whole:
        advice = "so much is alike that only neighbours in alphabetical order were compared"
        yield Finding("near-duplicates sought in part", Severity.NOTE, len(keys), (), (), advice)
    homes = [_documents_of(sheet, repeated[key]) for key in keys]
    numbers = {home: number for number, home in enumerate(dict.fromkeys(homes))}
    home = np.array([numbers[home] for home in homes], dtype=np.intp)
    several = np.array([len(home) > 1 for home in homes], dtype=bool)
    apart = (home[pairs["first"]] != home[pairs["second"]]) | several[pairs["first"]]
    for chosen, severity, where in (
        (pairs[apart], Severity.WARNING, "in several documents"),
        (pairs[~apart], Severity.NOTE, "within a document"),
    ):
        rows = sorted(row for key in {*chosen["first"], *chosen["second"]} for row in repeated[keys[key]])
        examples = []
        for first, second, likeness in chosen.head(EXAMPLES).itertuples(index=False):
            one, other = sorted((repeated[keys[first]][0], repeated[keys[second]][0]))
            examples.append(f"{sheet.places[one]} ~ {sheet.places[other]} ({likeness:.0%})")
        advice = "see that both are meant, or keep one"
        yield from finding(f"near-duplicates {where}", severity, rows, advice, examples)


def _near_pairs(keys: list[str]) -> tuple[pd.DataFrame, bool]:
    """Return what `near_duplicates` finds among sorted sentences in bounded time, and whether that is all."""
    words = [set(key.split()) for key in keys]
    counts = Counter(word for members in words for word in members)
    # The candidates are the pairs that share one of their rarest words.
    rarest: Counter[str] = Counter()
    for members in words:
        ordered = sorted(members, key=lambda word: (counts[word], word))
        rarest.update(ordered[: len(ordered) - math.ceil(LIKENESS * len(ordered)) + 1])
    if sum(count * (count - 1) // 2 for count in rarest.values()) <= _MOST_PAIRS:
        return near_duplicates(keys, LIKENESS), True
    windows = []
    for start in range(0, len(keys), _WINDOW // 2):
        found = near_duplicates(keys[start : start + _WINDOW], LIKENESS)
        windows.append(found.assign(first=found["first"] + start, second=found["second"] + start))
    pairs = pd.concat(windows).drop_duplicates(["first", "second"])
    return pairs.sort_values(["similarity", "first", "second"], ascending=[False, True, True]), False


def _version(sheet: Sheet) -> Iterator[Finding]:
    """Say under which version of the codebook the corpus was labelled."""
    cells = sheet.others.get("codebook", [None] * len(sheet.places))
    # A spreadsheet makes the number 1 of the version 1.0.
    given = [None if text is None else re.sub(r"(?:\.0)+$", "", text.removeprefix("v")) for text in map(as_text, cells)]
    same = re.sub(r"(?:\.0)+$", "", CODEBOOK_VERSION)
    counts = Counter("" if version is None else CODEBOOK_VERSION if version == same else version for version in given)
    examples = [f"{_shown(name) if name else 'not said'} ({count:,})" for name, count in counts.most_common(EXAMPLES)]
    advice = f"this program carries codebook {CODEBOOK_VERSION}"
    check, severity = "labelled under codebook", Severity.NOTE
    if set(counts) == {""}:
        check, examples, advice = "the corpus names no codebook", [], f"{advice}; a column 'codebook' would say which"
    elif set(counts) != {CODEBOOK_VERSION}:
        severity, advice = Severity.WARNING, f"{advice}: labels of another may mean something else"
    yield Finding(check, severity, len(set(counts) - {""}), (), tuple(examples), advice)


def _documents_of(sheet: Sheet, rows: Iterable[int]) -> frozenset[str | int]:
    """Return the documents of some rows; a row without one is a document of its own."""
    return frozenset(row if (name := sheet.documents[row]) is None else name for row in rows)


def _shown(name: str) -> str:
    """Return a name fit to be shown; of a long one the end is kept too, where addresses differ."""
    name = masked(name)
    return quoted([name if len(name) <= 40 else f"{name[:15]}…{name[-24:]}"])
