"""How labels look in all figures and pages, and names as any of them can show them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bias_detect.labels import Label

INK, MUTED, RULE, PAPER = "#1c2430", "#5a6472", "#d4d9e0", "#ffffff"
BLUE, VERMILION, GREY = "#0072b2", "#c44e00", "#67717e"

COLOUR_NAMES = {
    INK: "ink",
    MUTED: "muted",
    RULE: "rule",
    PAPER: "paper",
    BLUE: "blue",
    VERMILION: "vermilion",
    GREY: "grey",
    "#00795c": "green",
    "#a3478a": "purple",
    "#8a6d00": "ochre",
    "#3f3d99": "indigo",
}
"""What the pages call the colours; they give each a value for light and for dark."""

# Colours apart for every common colour vision, and a shape for each, so that colour is never needed. After M. Okabe
# and K. Ito, Color universal design, 2008, darkened until lines show on white.
_MARKS = {Label.DESCRIPTIVE: (GREY, "s", "■"), Label.EXPLANATORY: (BLUE, "o", "●")}
_MARKS[Label.HINDSIGHT_BIASED] = (VERMILION, "D", "◆")
_MORE_MARKS = [("#00795c", "^", "▲"), ("#a3478a", "v", "▼"), ("#8a6d00", "P", "✚"), ("#3f3d99", "X", "✖")]


@dataclass(frozen=True, slots=True)
class Style:
    """How a label looks, in all figures and in the page.

    Parameters
    ----------
    colour : str
        Its colour on white.
    name : str
        What the page calls the colour.
    marker : str
        Its marker in a figure.
    glyph : str
        The same shape as a character.

    Examples
    --------
    >>> style = label_styles(["explanatory"])["explanatory"]
    >>> style.name, style.glyph
    ('blue', '●')
    """

    colour: str
    name: str
    marker: str
    glyph: str


def label_styles(labels: Sequence[str]) -> dict[str, Style]:
    """Give every label a colour and a shape.

    Parameters
    ----------
    labels : sequence of str
        The labels of a model.

    Returns
    -------
    dict of str to Style
        In the order given.

    Examples
    --------
    >>> [style.glyph for style in label_styles(["explanatory", "neutral"]).values()]
    ['●', '▲']
    """
    marks: dict[str, tuple[str, str, str]] = {str(label): mark for label, mark in _MARKS.items()}
    others = [label for label in labels if label not in marks]
    marks.update({label: _MORE_MARKS[place % len(_MORE_MARKS)] for place, label in enumerate(others)})
    return {label: Style(marks[label][0], COLOUR_NAMES[marks[label][0]], *marks[label][1:]) for label in labels}


def plain(text: object, width: int | None = None) -> str:
    r"""Return a name that any file can hold on one line: no control characters, no broken code points.

    Parameters
    ----------
    text : object
        A file's name or a value of the metadata.
    width : int, optional
        Most characters; longer names lose their middle.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> plain("review\n\x00 of\ud800 2019.pdf"), plain("a-very-long-name-2019.pdf", 13)
    ('review � of� 2019.pdf', 'a-ver…019.pdf')
    """
    # Surrogates stand for bytes of a file's name that are no text; XML and UTF-8 have no place for either.
    line = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "\ufffd", str(text))
    line = " ".join(line.split())
    if width is None or len(line) <= width:
        return line
    head = (width - 1) // 2 - 1
    return f"{line[:head]}…{line[head + 1 - width :]}"
