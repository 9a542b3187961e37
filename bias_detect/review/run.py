"""A draft to its commented Word copy and its marked page."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bias_detect.asides import Asides
from bias_detect.files import whole_file
from bias_detect.labels import Label, Signal
from bias_detect.review.flags import Flag, check_labels, find_flags, sentence_id
from bias_detect.review.ignore import IgnoreList, ignore_file
from bias_detect.review.stretches import LEAST_SENTENCES, SECTION_KINDS
from bias_detect.review.targets import check_targets, copy_path, exists

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.documents.document import Document
    from bias_detect.model.classifier import ReviewClassifier

_SILENT = {
    "footnote": "in footnotes",
    "heading": "in headings",
    "method": "in method or purpose",
    "recommendations": "in recommendations",
    "quotation": "mostly quoted",
    "left_alone": "left alone",
}


@dataclass(frozen=True)
class Review:
    """What a review of a draft found, and where it is written.

    Parameters
    ----------
    document : Document
        The draft.
    table : pandas.DataFrame
        Its scored table.
    flags : list of Flag
        What is flagged, in reading order.
    output : Path or None
        The commented Word copy.
    html : Path or None
        The marked page.
    already : int
        How many of the flags had their comment in the draft already.
    removed : int
        How many comments of an earlier review were taken out, since what they stood at is no longer flagged.
    outdated : int
        How many of these were kept, since somebody has replied to them or changed them.
    quality : str or None
        How often a flag of the model is right.
    silent : dict of str to int
        How many sentences that judge by hindsight have no flag, by reason as `find_flags` names them.
    since : str or None
        The older draft, what stands in which is not flagged.
    looked_at_sections : bool
        Whether sections that are nearly all description were looked for.
    kept : Path or None
        A Word copy that was there and is kept, where only a page was asked for.
    ignore : Path or None
        The file of what is left alone, whether it exists or not.
    unmatched : list of str
        The ids in it that no sentence or heading of the draft has.
    quoted : int
        How many flagged sentences are mostly quoted.

    Examples
    --------
    >>> from bias_detect.documents.document import Document
    >>> from bias_detect.scoring import score
    >>> draft = Document.from_texts("draft", ["Staff should have seen that he was in danger."])
    >>> table = score(draft)
    >>> Review(draft, table, find_flags(draft, table), output=None, html=None).signals
    {'counterfactual': 1}
    """

    document: Document
    table: pd.DataFrame
    flags: list[Flag]
    output: Path | None
    html: Path | None
    already: int = 0
    removed: int = 0
    outdated: int = 0
    quality: str | None = None
    silent: dict[str, int] = field(default_factory=dict)
    since: str | None = None
    looked_at_sections: bool = False
    kept: Path | None = None
    ignore: Path | None = None
    unmatched: list[str] = field(default_factory=list)
    quoted: int = 0

    @property
    def sentences(self) -> list[Flag]:
        """The flags at sentences."""
        return [flag for flag in self.flags if flag.kind == "sentence"]

    @property
    def sections(self) -> list[Flag]:
        """The flags at sections that are nearly all description."""
        return [flag for flag in self.flags if flag.kind == "section"]

    @property
    def signals(self) -> dict[str, int]:
        """How many flagged sentences carry each signal, in the codebook's order; what none carries is left out."""
        counts = Counter(name for flag in self.sentences for name in {mark.name for mark in flag.signals})
        return {str(signal): counts[signal] for signal in Signal if counts[signal]}

    @property
    def explains(self) -> bool:
        """Whether the draft has a section that is there to explain."""
        return any(paragraph.section in SECTION_KINDS for paragraph in self.document.paragraphs)


def review(
    draft: str | Path,
    output: str | Path | None = None,
    html: str | Path | None = None,
    *,
    model: str | Path | ReviewClassifier = "default",
    section: str | None = None,
    sections: bool = False,
    summary: bool = False,
    ignore: str | Path | None = None,
    since: str | Path | None = None,
    skip_quotations: bool = False,
    replace: bool = False,
) -> Review:
    """Mark up a draft: a copy in Word with a comment at each flag, and a page of the marked text.

    The draft is never written to. A Word copy that exists may hold the reviewer's own edits and replies, and is
    replaced only when asked for; the page, which is made anew each time, is replaced. A draft that is such a copy keeps
    its comments, and gets those that it has not yet; those at sentences that were changed since or are no longer
    flagged are taken out, unless somebody has replied to them or changed them.

    Parameters
    ----------
    draft : str or Path
        The draft: Word for a Word copy; PDF, HTML, Markdown or text for a page.
    output : str or Path, optional
        The Word copy; by default ``NAME.reviewed.docx`` beside ``NAME.docx``. Where that exists and a page is asked
        for, it is kept, and the page is written alone.
    html : str or Path, optional
        The page; by default none.
    model : str, Path or ReviewClassifier, default="default"
        The model.
    section : str, optional
        Review only this kind of section, such as ``"findings"``.
    sections : bool, default=False
        Flag an analysis or finding that is nearly all description.
    summary : bool, default=False
        Put a summary in the Word copy.
    ignore : str or Path, optional
        What to leave alone; by default the file beside the draft, where there is one.
    since : str or Path, optional
        An older draft; only what is new or changed is flagged.
    skip_quotations : bool, default=False
        Flag no sentence that is mostly quoted.
    replace : bool, default=False
        Replace a Word copy that exists.

    Returns
    -------
    Review
        What was found, and where it is.

    Raises
    ------
    UsageError
        If there is nothing to write, a copy stands in the way, or a file cannot be written.
    DocumentError
        If the draft or the older one cannot be read.
    ModelError
        If the model cannot be loaded, or has other labels.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draft = Path(folder, "draft.txt")
    ...     _ = draft.write_text("The nurse rang. Staff should have seen that he was in danger.")
    ...     [flag.sentence for flag in review(draft, html=Path(folder, "draft.html")).flags]
    ['Staff should have seen that he was in danger.']
    """
    from bias_detect.documents.read import read_document
    from bias_detect.model.bundle import find_bundle, load_model, read_manifest
    from bias_detect.review.quality import flag_quality
    from bias_detect.scoring import score

    path = Path(draft)
    document = read_document(path)
    page = None if html is None else Path(html)
    copy = copy_path(path, None if output is None else Path(output), page)
    kept = copy if copy is not None and page is not None and output is None and not replace and exists(copy) else None
    copy = copy if kept is None else None
    listed = ignore_file(path) if ignore is None else Path(ignore)
    check_targets(path, copy, page, [*([] if since is None else [Path(since)]), listed], replace=replace)
    ignored = IgnoreList.beside(path) if ignore is None else IgnoreList.read(Path(ignore))
    older = None if since is None else read_document(since)
    if isinstance(model, str | Path):
        classifier, quality = load_model(model), flag_quality(read_manifest(find_bundle(model)))
    else:
        classifier, quality = model, None
    check_labels(map(str, classifier.classes_), [Label.HINDSIGHT_BIASED, *([Label.DESCRIPTIVE] if sections else [])])
    table = score(document, model=classifier, section=section)
    silent: Counter[str] = Counter()
    standing = Counter(() if section is None else _ids_outside(document, section))
    flags = find_flags(
        document,
        table,
        ignored=ignored,
        since=older,
        skip_quotations=skip_quotations,
        sections=sections,
        section=section,
        silent=silent,
        standing=standing,
    )
    result = Review(
        document,
        table,
        flags,
        copy,
        page,
        quality=quality,
        silent=dict(silent),
        since=None if since is None else Path(since).name,
        looked_at_sections=sections,
        kept=kept,
        ignore=listed,
        unmatched=ignored.unmatched(_ids(document, table)) if section is None else [],
        quoted=_quoted(document, flags),
    )
    if page is not None:
        from bias_detect.review.marked import marked_page

        text = marked_page(document, table, flags, title=document.name, quality=quality)
        with whole_file(page, path) as stream:
            stream.write(text.encode("utf-8", errors="replace"))
    if copy is not None:
        from bias_detect.review.comments import make_comments, upkeep
        from bias_detect.review.word_comments import comment_word

        title = f"bias-detect on {document.name}: a page of the program’s own, to be deleted before publication"
        said = [title, *summary_lines(result)] if summary else []
        keep = upkeep(standing, sections=sections and section is None and since is None)
        earlier = comment_word(path, copy, make_comments(flags, document.name), summary=said, upkeep=keep)
        result = dataclasses.replace(result, already=earlier.already, removed=earlier.removed, outdated=earlier.kept)
    return result


def summary_lines(result: Review) -> list[str]:
    """Say in a few lines what a review found.

    Parameters
    ----------
    result : Review
        The review.

    Returns
    -------
    list of str
        The lines, the first of which has the counts, and the last, where it is known, how often a flag is right.

    Examples
    --------
    >>> from bias_detect.documents.document import Document
    >>> from bias_detect.scoring import score
    >>> draft = Document.from_texts("draft", ["The nurse rang. Staff should have seen that he was in danger."])
    >>> table = score(draft)
    >>> summary_lines(Review(draft, table, find_flags(draft, table), output=None, html=None))[0]
    '1 of 2 sentences may judge by hindsight'
    """
    from bias_detect.review.advice import advice

    total, found = len(result.table), len(result.sentences)
    of = f"{total:,} sentence{'' if total == 1 else 's'}"
    if found:
        perhaps = sum(flag.uncertain for flag in result.sentences)
        lines = [f"{found:,} of {of} may judge by hindsight{f', {perhaps:,} of these uncertain' if perhaps else ''}"]
        if result.silent:
            one = sum(result.silent.values()) == 1
            lines[0] += (
                f"; {sum(result.silent.values()):,} more {'has' if one else 'have'} no comment: {_silent(result)}"
            )
    elif result.silent:
        lines = [
            f"{sum(result.silent.values()):,} of {of} may judge by hindsight, and none has a comment: {_silent(result)}"
        ]
    else:
        lines = [f"no sentence that judges by hindsight was found among {of}"]
    meant: dict[str, Counter[str]] = defaultdict(Counter)
    for flag in result.sentences:
        for name, meaning in flag.meanings.items():
            meant[name][meaning] += 1
    for name, count in result.signals.items():
        whats = (advice(meaning).what for meaning, _ in meant[name].most_common())
        lines.append(f"{advice(name).name}: {count:,}. {' Or: '.join(whats)}")
    unmarked = sum(not flag.signals for flag in result.sentences)
    if unmarked and unmarked < found:
        lines.append(f"no signal word: {unmarked:,}")
    many = len(result.sections)
    if many:
        lines.append(f"{many:,} section{'' if many == 1 else 's'} nearly all description")
    elif result.looked_at_sections and result.explains:
        changed = "" if result.since is None else "changed "
        lines.append(f"no {changed}section of {LEAST_SENTENCES} sentences or more is nearly all description")
    return [*lines, *([result.quality] if result.quality else [])]


def _silent(result: Review) -> str:
    """Say why sentences that judge by hindsight have no comment, the most frequent reason first."""
    named = {**_SILENT, "unchanged": f"unchanged since {result.since}"}
    ranked = sorted(result.silent.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {named[reason]}" for reason, count in ranked)


def _ids(document: Document, table: pd.DataFrame) -> Iterator[str]:
    """Yield the ids of the sentences and headings of a draft."""
    yield from map(sentence_id, table["sentence"])
    yield from (sentence_id(paragraph.text) for paragraph in document.paragraphs if paragraph.heading)


def _ids_outside(document: Document, section: str) -> Iterator[str]:
    """Yield the ids of the sentences that stand in no section of a kind, of which nothing is known."""
    from bias_detect.language.pipeline import sentence_reader

    reader = sentence_reader()
    for paragraph in document.paragraphs:
        if paragraph.section != section:
            yield from (sentence_id(sentence.text) for sentence in reader.split(paragraph.text))


def _quoted(document: Document, flags: Sequence[Flag]) -> int:
    """Return how many flagged sentences are mostly quoted."""
    asides = Asides(count_all=False, section=None)
    starts = {paragraph.number: paragraph.start for paragraph in asides.watch(document.paragraphs)}
    places = ((flag.paragraph, starts[flag.paragraph], flag) for flag in flags if flag.kind == "sentence")
    return sum(
        asides.reason(None, number, start + flag.start, start + flag.end) == "quotation"
        for number, start, flag in places
    )
