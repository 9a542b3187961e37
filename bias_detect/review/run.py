"""A draft to its commented Word copy and its marked page."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bias_detect.errors import UsageError
from bias_detect.files import not_written, whole_file
from bias_detect.labels import Label, Signal
from bias_detect.review.flags import LEAST_SENTENCES, Flag, check_labels, find_flags
from bias_detect.review.ignore import IgnoreList, ignore_path
from bias_detect.review.stretches import SECTION_KINDS

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.documents.document import Document
    from bias_detect.model.classifier import ReviewClassifier

_WORD = ".docx"
_PAGE = (".html", ".htm")
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
    quality: str | None = None
    silent: dict[str, int] = field(default_factory=dict)
    since: str | None = None
    looked_at_sections: bool = False
    kept: Path | None = None

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
    its comments, and gets those that it has not yet.

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
    copy = _copy_path(path, None if output is None else Path(output), page)
    kept = copy if copy is not None and page is not None and output is None and not replace and _exists(copy) else None
    copy = copy if kept is None else None
    listed = ignore_path(path) if ignore is None else Path(ignore)
    _check_targets(path, copy, page, [*([] if since is None else [Path(since)]), listed], replace=replace)
    ignored = IgnoreList.beside(path) if ignore is None else IgnoreList.read(Path(ignore))
    older = None if since is None else read_document(since)
    if isinstance(model, str | Path):
        classifier, quality = load_model(model), flag_quality(read_manifest(find_bundle(model)))
    else:
        classifier, quality = model, None
    check_labels(map(str, classifier.classes_), [Label.HINDSIGHT_BIASED, *([Label.DESCRIPTIVE] if sections else [])])
    table = score(document, model=classifier, section=section)
    silent: Counter[str] = Counter()
    flags = find_flags(
        document,
        table,
        ignored=ignored,
        since=older,
        skip_quotations=skip_quotations,
        sections=sections,
        section=section,
        silent=silent,
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
    )
    if page is not None:
        from bias_detect.review.marked import marked_page

        text = marked_page(document, table, flags, title=document.name, quality=quality)
        with whole_file(page, path) as stream:
            stream.write(text.encode("utf-8", errors="replace"))
    if copy is not None:
        from bias_detect.review.comments import make_comments
        from bias_detect.review.word_comments import comment_word

        title = f"bias-detect on {document.name}: a page of the program’s own, to be deleted before publication"
        said = [title, *summary_lines(result)] if summary else []
        already = comment_word(path, copy, make_comments(flags, document.name), summary=said)
        result = dataclasses.replace(result, already=already)
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
    lines += [f"{advice(name).name}: {count:,}. {advice(name).what}" for name, count in result.signals.items()]
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


def _copy_path(draft: Path, output: Path | None, html: Path | None) -> Path | None:
    """Return where the Word copy goes; None for a draft that is not Word and is to become a page."""
    if draft.suffix.lower() != _WORD:
        if output is not None or html is None:
            raise UsageError(
                f"is no {_WORD}, and a commented copy can be made of Word only",
                subject=draft,
                next_step=f"give --html PAGE.html for a marked page, or save the draft as {_WORD}",
            )
        return None
    if output is None:
        return draft.with_name(f"{draft.stem}.reviewed{draft.suffix}")
    if output.suffix.lower() != _WORD:
        raise UsageError(
            f"is no name for a Word copy (it does not end in {_WORD})",
            subject=output,
            next_step=f"end it in {_WORD}; for a page use --html",
        )
    return output


def _check_targets(draft: Path, copy: Path | None, page: Path | None, read: Sequence[Path], *, replace: bool) -> None:
    """Make sure before the work that nothing is written over that is not ours to replace."""
    if page is not None and page.suffix.lower() not in _PAGE:
        raise UsageError("is no name for a page (it does not end in .html)", subject=page, next_step="end it in .html")
    for target in (copy, page):
        if target is not None and _exists(target) and target.samefile(draft):
            raise UsageError("is the draft itself, which is never written to", subject=target, next_step="name another")
        if target is not None and any(_same(target, path) for path in read):
            raise UsageError("is read, and would be written over", subject=target, next_step="name another file")
        if target is not None and target.is_dir():
            raise UsageError("is a folder, not a file", subject=target, next_step="name a file in it")
    if copy is not None and copy.exists() and not replace:
        raise UsageError(
            "exists, and may hold your edits and replies",
            subject=copy,
            next_step="name another with -o, or add --replace",
        )


def _same(target: Path, path: Path) -> bool:
    try:
        return target.samefile(path)
    except OSError:  # one of them does not exist
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # such as a name that is too long
        raise not_written(error, path) from error
