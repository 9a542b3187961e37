"""Markdown without its marks: headings and list items parted, emphasis, links and notes taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEADING_MARK = re.compile(r" {0,3}(#{1,6})\s+(\S.*)")
_SETEXT_RULE = re.compile(r" {0,3}(=+|-+)\s*$")
_LIST_MARK = re.compile(r"\s*(?:[-*+]|(\d{1,3})[.)])\s+")
_NOTE = re.compile(r" {0,3}\[\^[^\[\]\s]+\]:")
_FENCE_OR_RULE = re.compile(r" {0,3}(?:`{3,}.*|~{3,}.*|(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$")
_TABLE_RULE = re.compile(r"[\s|:\-]+$")
_LINE_MARK = re.compile(r"^[^\S\n]*(?:(?:> ?)+|[-*+][^\S\n]+)", re.MULTILINE)
_INLINE_MARKS = (  # lengths are bounded, so that stray marks cost little
    (re.compile(r"<!--.{0,2000}?-->", re.DOTALL), ""),
    (re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[\^[^\[\]\s]+\]:?"), ""),
    (re.compile(r"(`{1,3})(.{1,400}?)\1", re.DOTALL), r"\2"),
    (re.compile(r"(\*{1,3})(?=\S)(.{1,400}?)(?<=\S)\1", re.DOTALL), r"\2"),
    (re.compile(r"(?<!\w)(_{1,3})(?=\S)(.{1,400}?)(?<=\S)\1(?!\w)", re.DOTALL), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!>|])"), r"\1"),
)


def markdown_blocks(text: str, *, first: bool) -> Iterator[tuple[str, int | None, bool]]:
    r"""Part one paragraph of Markdown into headings and text, and take its marks off.

    Parameters
    ----------
    text : str
        What stands between two blank lines.
    first : bool
        Whether it opens the document, where front matter may stand.

    Yields
    ------
    tuple of str, (int or None) and bool
        A text without marks, its level where it is a heading, and whether it is a footnote.

    Examples
    --------
    >>> list(markdown_blocks("## Findings\n- The form had **no** box.", first=True))
    [('Findings', 2, False), ('The form had no box.', None, False)]
    """
    lines = text.split("\n")
    if first and lines[0].strip() == "---" and "---" in (line.strip() for line in lines[1:]):
        end = next(i for i, line in enumerate(lines) if i and line.strip() == "---")
        lines = lines[end + 1 :]  # front matter: data about the document, not its text
    gathered: list[str] = []
    for line in lines:
        heading = _HEADING_MARK.match(line)
        rule = _SETEXT_RULE.match(line)
        if rule and len(gathered) == 1:
            yield from _unmarked(gathered, 1 if "=" in rule.group(1) else 2)
            gathered = []
        elif heading:
            yield from _unmarked(gathered, None)
            yield from _unmarked([heading.group(2).rstrip("# \t")], len(heading.group(1)))
            gathered = []
        elif _FENCE_OR_RULE.match(line) or rule:
            yield from _unmarked(gathered, None)
            gathered = []
        elif line.lstrip().startswith("|"):
            yield from _unmarked(gathered, None)
            gathered = []
            for cell in () if _TABLE_RULE.match(line) else line.strip().strip("|").split("|"):
                yield from _unmarked([cell], None)
        elif _NOTE.match(line) or _opens_item(line, gathered):
            yield from _unmarked(gathered, None)
            gathered = [line]
        else:
            gathered.append(line)
    yield from _unmarked(gathered, None)


def _opens_item(line: str, gathered: list[str]) -> bool:
    """Say whether a line opens a list item; only ``1.`` may break into a paragraph, since days wrap too."""
    mark = _LIST_MARK.match(line)
    if mark is None:
        return False
    return mark.group(1) in {None, "1"} or not gathered or _LIST_MARK.match(gathered[0]) is not None


def _unmarked(lines: list[str], level: int | None) -> Iterator[tuple[str, int | None, bool]]:
    """Yield the lines as one text without marks, where anything is left of it."""
    is_note = bool(lines) and _NOTE.match(lines[0]) is not None
    text = _LINE_MARK.sub("", "\n".join(lines))
    for pattern, replacement in _INLINE_MARKS:
        text = pattern.sub(replacement, text)
    if text := text.strip():
        yield text, level, is_note
