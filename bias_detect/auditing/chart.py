"""How a figure looks, and how it becomes SVG for a page, an SVG file and a PNG file."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bias_detect.labels import Label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 5.4
"""Inches; narrow, so that the text stays readable on a small screen."""

INK, MUTED, RULE, PAPER = "#1c2430", "#5a6472", "#d4d9e0", "#ffffff"
BLUE, VERMILION, GREY = "#0072b2", "#c44e00", "#67717e"

# The page gives each colour a value for light and for dark.
_NAMES = {
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

# Colours apart for every common colour vision, and a shape for each, so that colour is never needed. After M. Okabe
# and K. Ito, Color universal design, 2008, darkened until lines show on white.
_MARKS = {Label.DESCRIPTIVE: (GREY, "s", "■"), Label.EXPLANATORY: (BLUE, "o", "●")}
_MARKS[Label.HINDSIGHT_BIASED] = (VERMILION, "D", "◆")
_MORE_MARKS = [("#00795c", "^", "▲"), ("#a3478a", "v", "▼"), ("#8a6d00", "P", "✚"), ("#3f3d99", "X", "✖")]

_SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text: it can be read out, searched and copied
    "svg.hashsalt": "bias-detect",
    "text.parse_math": False,  # a dollar sign in a file's name is a dollar sign
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.color": RULE,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handletextpad": 0.3,
}


@contextmanager
def settings() -> Iterator[None]:
    """Make figures in here look alike, whatever the user's own settings are."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        # Names in scripts that the font lacks are boxes in the PNG, and right in the SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


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
    return {label: Style(marks[label][0], _NAMES[marks[label][0]], *marks[label][1:]) for label in labels}


@dataclass(frozen=True)
class Chart:
    """A figure with its name and what it says.

    Parameters
    ----------
    name : str
        Stem of its files: letters, digits, underscores and hyphens.
    title : str
        What it shows.
    description : str
        What it says, for those who cannot see it.
    figure : matplotlib.figure.Figure
        The figure, laid out.
    """

    name: str
    title: str
    description: str
    figure: Figure

    def svg(self) -> bytes:
        """Return the figure as an SVG file; equal figures give equal bytes.

        Returns
        -------
        bytes
            XML with ``<title>`` and ``<desc>``.
        """
        from lxml import etree

        return bytes(etree.tostring(self._parsed(), xml_declaration=True, encoding="utf-8"))

    def inline(self) -> str:
        """Return the figure as markup for a page, whose colours and fonts it takes.

        Returns
        -------
        str
            An ``<svg>`` element; its identifiers begin with the figure's name.
        """
        from lxml import etree

        root = self._parsed()
        for element in root.iter():
            style = element.get("style")
            if style is not None:
                element.set("style", re.sub(r"#[0-9a-f]{6}", _variable, style))
        for sheet in list(root.iter("{*}style")):  # it would hold for the whole page
            sheet.getparent().remove(sheet)
        for size in ("width", "height"):
            del root.attrib[size]
        root.set("class", "chart")
        return str(etree.tostring(root, encoding="unicode"))

    def png(self) -> bytes:
        """Return the figure as a PNG file; equal figures give equal bytes.

        Returns
        -------
        bytes
            The image, at 200 dots an inch.
        """
        target = io.BytesIO()
        with settings():
            self.figure.savefig(target, format="png", dpi=200, metadata={"Software": None})
        return target.getvalue()

    @cached_property
    def _drawn(self) -> bytes:
        target = io.BytesIO()
        with settings():
            self.figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
        return target.getvalue()

    def _parsed(self) -> Any:
        """Return the SVG's root, with title and description, and with identifiers that no other figure has."""
        from lxml import etree

        root = etree.fromstring(self._drawn, etree.XMLParser(remove_comments=True, huge_tree=True))
        for note in list(root.iter("{*}metadata")):
            note.getparent().remove(note)
        for element in root.iter():
            for key, value in element.attrib.items():
                name = f"{self.name}-{value}" if key == "id" else re.sub(r"^#|(?<=url\()#", f"#{self.name}-", value)
                element.set(key, name)
        for place, (tag, text) in enumerate((("title", self.title), ("desc", self.description))):
            element = etree.Element(f"{{http://www.w3.org/2000/svg}}{tag}", id=f"{self.name}-{tag}")
            element.text = text
            root.insert(place, element)
        root.set("role", "img")
        root.set("aria-labelledby", f"{self.name}-title {self.name}-desc")
        return root


def _variable(found: re.Match[str]) -> str:
    name = _NAMES.get(found[0])
    return f"var(--{name})" if name else found[0]


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
