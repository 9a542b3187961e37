"""How a figure is laid out, and how it becomes SVG for a page, an SVG file and a PNG file."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bias_detect.palette import COLOUR_NAMES, INK, MUTED, RULE, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 5.4
"""Inches; narrow, so that the text stays readable on a small screen."""

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
    """Make figures in here look alike, whatever the user's own settings are.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> with settings():
    ...     mpl.rcParams["axes.spines.top"]
    False
    """
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        # Names in scripts that the font lacks are boxes in the PNG, and right in the SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def settle(figure: Figure) -> None:
    """Lay a figure out once, so that every file of it is the same.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure, with all that is drawn in it.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> settle(Figure(layout="constrained"))
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


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

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> chart = Chart("empty", "Nothing", "Nothing is drawn.", Figure())
    >>> chart.svg()[:5]
    b'<?xml'
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

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> b"<desc" in Chart("empty", "Nothing", "Nothing is drawn.", Figure()).svg()
        True
        """
        from lxml import etree

        return bytes(etree.tostring(self._parsed(), xml_declaration=True, encoding="utf-8"))

    def inline(self) -> str:
        """Return the figure as markup for a page, whose colours and fonts it takes.

        Returns
        -------
        str
            An ``<svg>`` element; its identifiers begin with the figure's name.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> Chart("empty", "Nothing", "Nothing is drawn.", Figure()).inline()[:4]
        '<svg'
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

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> Chart("empty", "Nothing", "Nothing is drawn.", Figure(figsize=(1, 1))).png()[1:4]
        b'PNG'
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
            element.text = plain(text)  # a label or a name may hold what XML cannot
            root.insert(place, element)
        root.set("role", "img")
        root.set("aria-labelledby", f"{self.name}-title {self.name}-desc")
        return root


def _variable(found: re.Match[str]) -> str:
    name = COLOUR_NAMES.get(found[0])
    return f"var(--{name})" if name else found[0]
