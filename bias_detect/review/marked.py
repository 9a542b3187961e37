"""A draft as one page: its text with every sentence marked by label, and each flag's reason and question beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bias_detect.labels import DEFINITIONS, Label, shown
from bias_detect.palette import Style, label_styles, plain
from bias_detect.review.ignore import ignore_path
from bias_detect.version import __version__

if TYPE_CHECKING:
    import jinja2
    import pandas as pd

    from bias_detect.documents.document import Document, Paragraph
    from bias_detect.review.flags import Flag

_PROBABILITY = "p_"
# What a page can show in no way, one character for one, so that offsets hold.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of a sentence, underlined or not.

    Parameters
    ----------
    text : str
        The text.
    kind : str
        ``"signal"``, ``"influence"``, or nothing.
    name : str
        Which signal or influence.

    Examples
    --------
    >>> Piece("was obvious", kind="signal", name="foreseeability").text
    'was obvious'
    """

    text: str
    kind: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence of a paragraph, or the space between two.

    Parameters
    ----------
    pieces : list of Piece
        Its text.
    label : str
        Its label; nothing for space.
    uncertain : bool
        Whether more than one label is likely.
    numbers : list of int
        The numbers of its flags.

    Examples
    --------
    >>> Part([Piece("The nurse rang.")], label="descriptive").uncertain
    False
    """

    pieces: list[Piece]
    label: str = ""
    uncertain: bool = False
    numbers: list[int] = field(default_factory=list)


def marked_page(
    document: Document, table: pd.DataFrame, flags: Sequence[Flag], *, title: str, quality: str | None = None
) -> str:
    """Render a draft and its flags as one page that needs nothing else.

    The page loads nothing and runs nothing, and its own policy forbids both. Text, names and titles are escaped. Labels
    are told by shape and by words as well as by colour, so that it can be printed in black.

    Parameters
    ----------
    document : Document
        The draft.
    table : pandas.DataFrame
        Its scored table.
    flags : sequence of Flag
        What to ask about it, in reading order; they are numbered from 1.
    title : str
        What the page is called: the draft's name.
    quality : str, optional
        How often a flag is right, as `flag_quality` says it.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> from bias_detect.documents.document import Document
    >>> from bias_detect.scoring import score
    >>> from bias_detect.review.flags import find_flags
    >>> draft = Document.from_texts("draft", ["The nurse rang. It was obvious that she would be harmed."])
    >>> table = score(draft)
    >>> page = marked_page(draft, table, find_flags(draft, table), title="Draft")
    >>> '<u class="signal" title="foreseeability">was obvious</u>' in page
    True
    """
    labels = [name.removeprefix(_PROBABILITY) for name in table.columns if name.startswith(_PROBABILITY)]
    rows: dict[int, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        rows.setdefault(row["paragraph"], []).append({str(key): value for key, value in row.items()})
    counts = table["label"].value_counts()
    judged = sum(flag.kind == "sentence" and flag.label == Label.HINDSIGHT_BIASED for flag in flags)
    view = {
        "title": title,
        "version": __version__,
        "styles": label_styles([*labels, *(str(name) for name in counts.index if name not in labels)]),
        "definitions": DEFINITIONS,
        "shares": [(name, int(counts.get(name, 0)), counts.get(name, 0) / max(len(table), 1)) for name in labels],
        "n_sentences": len(table),
        "n_uncertain": int(table["uncertain"].sum()),
        "n_flags": len(flags),
        "n_silent": max(int(counts.get(Label.HINDSIGHT_BIASED, 0)) - judged, 0),
        "blocks": list(_blocks(document, rows, flags)),
        "meanings": list(_meanings(flags)),
        "quality": quality,
        "ignore_name": ignore_path(Path(document.name)).name,
    }
    page = _environment().get_template("marked.html.j2").render(view)
    return page.encode("utf-8", errors="replace").decode()


def _blocks(
    document: Document, rows: Mapping[int, Sequence[dict[str, Any]]], flags: Sequence[Flag]
) -> Iterator[dict[str, Any]]:
    """Yield what the page shows of each paragraph."""
    placed: dict[int, list[tuple[int, Flag]]] = {}
    for number, flag in enumerate(flags, start=1):
        placed.setdefault(flag.paragraph, []).append((number, flag))
    page: int | None = None
    section: str | None = "other"
    for paragraph in document.paragraphs:
        notes = placed.get(paragraph.number, [])
        yield {
            "number": paragraph.number,
            "tag": "h3" if paragraph.heading else "p",
            "page": paragraph.page if paragraph.page != page else None,
            "section": paragraph.section if paragraph.section != section else None,
            "parts": list(_parts(paragraph, rows.get(paragraph.number, []), notes)),
            "notes": [(number, flag, _reasons(flag)) for number, flag in notes],
        }
        page, section = paragraph.page, paragraph.section


def _parts(paragraph: Paragraph, rows: Sequence[dict[str, Any]], notes: Sequence[tuple[int, Flag]]) -> Iterator[Part]:
    """Cut a paragraph into its sentences and what is between them."""
    done = 0
    for row in rows:
        start, end = row["start"] - paragraph.start, row["end"] - paragraph.start
        if start > done:
            yield Part([Piece(_seen(paragraph.text[done:start]))])
        numbers = [number for number, flag in notes if flag.start == start]
        pieces = list(_pieces(paragraph.text[start:end], _underlined(row, flagged=bool(numbers))))
        yield Part(pieces, row["label"], row["uncertain"], numbers)
        done = end
    if done < len(paragraph.text):
        yield Part([Piece(_seen(paragraph.text[done:]))])


def _underlined(row: dict[str, Any], *, flagged: bool) -> list[tuple[int, int, str, str]]:
    """Return what is underlined in a sentence: what speaks for its label."""
    kinds = []
    if flagged or row["label"] == Label.HINDSIGHT_BIASED:
        kinds.append("signal")
    if row["label"] == Label.EXPLANATORY:
        kinds.append("influence")
    return sorted((mark["start"], mark["end"], kind, mark[kind]) for kind in kinds for mark in row[f"{kind}s"])


def _pieces(text: str, marks: Sequence[tuple[int, int, str, str]]) -> Iterator[Piece]:
    """Cut a sentence at its marks; where marks overlap, the first one counts."""
    done = 0
    for start, end, kind, name in marks:
        if start >= done:
            if start > done:
                yield Piece(_seen(text[done:start]))
            yield Piece(_seen(text[start:end]), kind, name)
            done = end
    if done < len(text):
        yield Piece(_seen(text[done:]))


def _seen(text: str) -> str:
    return _UNSEEN.sub("\ufffd", text)


def _reasons(flag: Flag) -> list[tuple[str, str, str]]:
    """Return name, words and meaning of each signal of a flag; of its label where it has none."""
    from bias_detect.review.advice import all_advice

    known, words = all_advice(), flag.words
    reasons = []
    for name, meant in flag.meanings.items():
        said = " … ".join(map(_seen, words.get(name, [])))
        what = known[meant].what if meant in known else DEFINITIONS.get(meant, "")
        reasons.append((shown(name), said, what))
    return reasons


def _meanings(flags: Sequence[Flag]) -> Iterator[tuple[Any, list[int]]]:
    """Yield the advice that the flags rest on, in the codebook's order, with the numbers of those flags."""
    from bias_detect.review.advice import all_advice

    numbers: dict[str, list[int]] = {}
    for number, flag in enumerate(flags, start=1):
        for name in {*flag.meanings.values()}:
            numbers.setdefault(name, []).append(number)
    for name, known in all_advice().items():
        if name in numbers:
            yield known, numbers[name]


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters.update(shown=shown, plain=plain, percent=lambda share: f"{share:.1%}", marked=_is_marked)
    return environment


def _template(name: str) -> str:
    return (resources.files("bias_detect.review") / "templates" / name).read_text(encoding="utf-8")


def _is_marked(style: Style) -> bool:
    """Tell whether sentences of a label are tinted; plain description is left as plain text."""
    return style.name != "grey"
