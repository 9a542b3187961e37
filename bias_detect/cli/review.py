"""``bias-detect review``."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bias_detect.cli.common import Model, check_section, progress, say, say_unmatched
from bias_detect.cli.printing import results_console

if TYPE_CHECKING:
    from bias_detect.review.run import Review


class Also(StrEnum):
    """What is flagged besides sentences that judge by hindsight."""

    DESCRIPTIVE = "descriptive"


def review(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="The draft: .docx; with --html also PDF or text.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The commented copy; by default DRAFT.reviewed.docx."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the marked text as a page to this file.")
    ] = None,
    also: Annotated[
        Also | None,
        typer.Option("--also", help="Also comment on a finding or analysis that is nearly all description."),
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Put a page of counts behind the text.")] = False,
    ignore: Annotated[
        Path | None,
        typer.Option("--ignore", metavar="FILE", help="A list of what to leave alone; by default DRAFT.docx.ignore."),
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="OLD", help="Flag only what is new or changed since this older draft."),
    ] = None,
    skip_quotations: Annotated[
        bool, typer.Option("--skip-quotations", help="Flag no sentence that is mostly quoted.")
    ] = False,
    model: Model = "default",
    section: Annotated[
        str | None,
        typer.Option("--section", metavar="KIND", help="Review only this kind of section, such as findings."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a commented copy that exists, with all that was written in it.")
    ] = False,
) -> None:
    """Write a copy of a draft in which a comment asks about each sentence that judges by hindsight.

    Open the copy in Word. The draft itself is never written to, a copy that exists is kept unless you say --replace,
    and nothing leaves this computer. You may work on in the copy and review that: what has its comment gets no second,
    and the comments at what is no longer flagged go, but for those with replies.

    Examples
    --------
        bias-detect review draft.docx

        bias-detect review draft.docx --also descriptive --since old.docx -o second.docx

        bias-detect review draft.pdf --html draft.html
    """
    check_section(section)
    from bias_detect.review.run import review as run_review

    with progress(None, "reviewing"):
        result = run_review(
            draft,
            output,
            html,
            model=model,
            section=section,
            sections=also is Also.DESCRIPTIVE,
            summary=summary,
            ignore=ignore,
            since=since,
            skip_quotations=skip_quotations,
            replace=replace,
        )
    if section is not None and result.table.empty:
        say(f"bias-detect: {draft}: has no section of the kind {section!r}")
    elif also is Also.DESCRIPTIVE and not result.explains:
        say(f"bias-detect: {draft}: no section of findings or analysis is known by its heading")
    if result.ignore is not None:
        say_unmatched(result.unmatched, result.ignore)
    _tell(result)


def _tell(result: Review) -> None:
    """Print what was found, and where it is."""
    from rich.text import Text

    from bias_detect.review.run import summary_lines

    console = results_console(soft_wrap=True, highlight=False)
    first, *others = summary_lines(result)
    console.print(Text(first, style="bold yellow" if result.sentences or result.silent else "bold green"))
    for line in others:
        console.print(Text(f"  {line}"))
    if result.quoted:
        stand = "flag stands in a quotation" if result.quoted == 1 else "flags stand in quotations"
        leaves = "it" if result.quoted == 1 else "them"
        console.print(Text(f"  {result.quoted:,} {stand}; --skip-quotations leaves {leaves} out"))
    if result.already:
        had = "has its" if result.already == 1 else "have their"
        console.print(Text(f"  {result.already:,} of the flags {had} comment in the draft already"))
    for line in _earlier_lines(result.removed, result.outdated):
        console.print(Text(f"  {line}"))
    for path, program in ((result.output, "Word"), (result.html, "a browser")):
        if path is not None:
            console.print(Text.assemble("written: ", (_shown(path), "bold"), f" (open it in {program})"))
    if result.kept is not None:
        why = ", which may hold your replies (--replace makes it anew, -o another)"
        console.print(Text.assemble("kept: ", (_shown(result.kept), "bold"), why))


def _earlier_lines(removed: int, kept: int) -> Iterator[str]:
    """Say what became of comments at what is no longer flagged."""
    for count, then in ((removed, "taken out"), (kept, "kept, since {} replies or changes of somebody's")):
        if count:
            several = count > 1
            stood = (
                f"{count:,} comments of an earlier review stand at sentences that are"
                if several
                else ("1 comment of an earlier review stands at a sentence that is")
            )
            yield f"{stood} no longer flagged: {then.format('they have' if several else 'it has')}"


def _shown(path: Path) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in str(path))
