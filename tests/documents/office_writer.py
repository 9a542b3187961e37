"""Reports for LibreOffice to print: numbered paragraphs, lists and notes, set in several styles."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

HEAD = "Learning review: the Ashdown family"
FOOT = "Northshire Safeguarding Partnership"

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "style": "style",
        "text": "text",
        "draw": "drawing",
        "fo": "xsl-fo-compatible",
        "svg": "svg-compatible",
        "table": "table",
    }.items()
)
_BOX = "This box holds a thought of its own. It is set apart from the text around it."
_CHAPTERS = ("The family", "What happened", "Findings", "Analysis of practice", "Recommendations")
_SECTIONS = ("The school", "Agency involvement", "The hospital ward", "Learning points", "Housing")


@dataclass
class Part:
    """A heading, a paragraph or a list item, with the notes to its sentences by their place."""

    kind: str
    number: str
    sentences: list[str]
    notes: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """How a report is set."""

    columns: int = 1
    hyphenated: bool = True
    align: str = "justify"
    spacing: str = "0.25cm"
    indent: str = "0cm"
    hanging: bool = False
    leading: str = "100%"
    font: str = "Liberation Serif"
    size: int = 11
    boxed: bool = False
    contents: bool = False
    extras: bool = False


def compose(sentences: Iterator[str], seed: int, *, chapters: int = 3, extras: bool = False) -> list[Part]:
    """Put sentences together to the parts of a report, with a cover sheet, nested lists and tables as extras."""
    draw = random.Random(seed)
    parts = [Part("cover", "", [next(sentences)]) for _ in range(4 if extras else 0)]
    for chapter in range(1, chapters + 1):
        parts.append(Part("chapter", "", [f"Chapter {chapter}: {_CHAPTERS[chapter % 5]}"]))
        count = 0
        for section in range(1, 4):
            parts.append(Part("section", "", [_SECTIONS[(chapter + section) % 5]]))
            for _ in range(draw.randint(3, 5)):
                count += 1
                texts = [next(sentences) for _ in range(draw.randint(1, 6))]
                part = Part("paragraph", f"{chapter}.{section}.{count}", texts)
                if draw.random() < 0.4:
                    part.notes[draw.randrange(len(texts))] = next(sentences)
                parts.append(part)
                if draw.random() < 0.2:
                    parts += [Part("item", "", [next(sentences)]) for _ in range(draw.randint(2, 4))]
                    parts += [Part("subitem", "", [next(sentences)]) for _ in range(3 if extras else 0)]
            parts += [Part("cell", "", [next(sentences)]) for _ in range(6 if extras else 0)]
    return parts


def print_reports(folder: Path, reports: dict[str, tuple[list[Part], Layout]]) -> None:
    """Write a PDF for each report."""
    files = []
    for name, (parts, layout) in reports.items():
        path = folder / f"{name}.fodt"
        path.write_text(_document(parts, layout), encoding="utf-8")
        files.append(str(path))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def _document(parts: list[Part], layout: Layout) -> str:
    body = [*_contents(parts)] if layout.contents else []
    notes = 0
    for place, part in enumerate(parts):
        texts = []
        for i, sentence in enumerate(part.sentences):
            text = escape(sentence)
            if i in part.notes:
                notes += 1
                text += (
                    f'<text:note text:note-class="footnote"><text:note-citation>{notes}</text:note-citation>'
                    f'<text:note-body><text:p text:style-name="Note">{escape(part.notes[i])}</text:p></text:note-body>'
                    "</text:note>"
                )
            texts.append(text)
        opening = {
            "item": "•<text:tab/>",
            "subitem": "◦<text:tab/>",
            "paragraph": part.number + ("<text:tab/>" if layout.hanging else " "),
        }
        box = _box() if layout.boxed and place == 12 else ""
        text = f"{box}{opening.get(part.kind, '')}{' '.join(texts)}"
        if part.kind == "cell":
            body.append(_cell(text, first=parts[place - 1].kind != "cell", left=_cells_before(parts, place) % 2 == 0))
            if place + 1 == len(parts) or parts[place + 1].kind != "cell":
                body.append("</table:table>")
        elif part.kind in {"chapter", "section"}:
            level = 1 if part.kind == "chapter" else 2
            style = "Report" if place and parts[place - 1].kind == "cover" else f"H{level}"
            body.append(f'<text:h text:style-name="{style}" text:outline-level="{level}">{text}</text:h>')
        else:
            body.append(f'<text:p text:style-name="{part.kind}">{text}</text:p>')
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_NAMESPACES} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles>{_styles(layout)}</office:styles>
<office:automatic-styles>{_page(layout)}{_ROW}</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="Page">
<style:header><text:p text:style-name="Head">{HEAD}</text:p></style:header>
<style:footer><text:p text:style-name="Head">{FOOT} <text:page-number>1</text:page-number></text:p></style:footer>
</style:master-page></office:master-styles>
<office:body><office:text>{"".join(body)}</office:text></office:body></office:document>"""


def _cells_before(parts: list[Part], place: int) -> int:
    return next(count for count in range(place + 1) if parts[place - count - 1].kind != "cell")


def _cell(text: str, *, first: bool, left: bool) -> str:
    """Return a cell of a table of two columns, with what opens or closes its row and opens the table."""
    opened = '<table:table><table:table-column table:number-columns-repeated="2"/>' if first else ""
    cell = f'<table:table-cell><text:p text:style-name="Cell">{text}</text:p></table:table-cell>'
    return f'{opened}<table:table-row table:style-name="Row">{cell}' if left else f"{cell}</table:table-row>"


def _contents(parts: list[Part]) -> Iterator[str]:
    yield '<text:p text:style-name="H1">Contents</text:p>'
    headings = [part for part in parts if part.kind in {"chapter", "section"}]
    for page, part in enumerate(headings, start=2):
        yield f'<text:p text:style-name="Entry">{escape(part.sentences[0])}<text:tab/>{page}</text:p>'


def _box() -> str:
    return (
        '<draw:frame draw:style-name="Frame" text:anchor-type="paragraph" svg:x="2cm" svg:y="1cm" svg:width="6cm">'
        f'<draw:text-box fo:min-height="1cm"><text:p text:style-name="Box">{_BOX}</text:p></draw:text-box></draw:frame>'
    )


def _styles(layout: Layout) -> str:
    size = layout.size
    edge = 'fo:margin-left="1.25cm" fo:text-indent="-1.25cm"' if layout.hanging else f'fo:text-indent="{layout.indent}"'
    shape = f'fo:text-align="{layout.align}" fo:margin-bottom="{layout.spacing}" fo:line-height="{layout.leading}"'
    stop = '<style:tab-stops><style:tab-stop style:position="0cm"/></style:tab-stops>'
    far = (
        '<style:tab-stops><style:tab-stop style:position="16cm" style:type="right" style:leader-style="dotted" '
        'style:leader-text="."/></style:tab-stops>'
    )
    item = 'fo:margin-left="1.8cm" fo:text-indent="-0.5cm"'
    paragraphs = {
        "paragraph": (f"{shape} {edge}", stop if layout.hanging else "", ""),
        "item": (f"{shape} {item}", stop, ""),
        "H1": ('fo:margin-top="0.6cm" fo:keep-with-next="always"', "", f'fo:font-size="{size + 5}pt" {_BOLD}'),
        "subitem": (f"{shape} {item.replace('1.8', '2.6')}", stop, ""),
        "Report": ('fo:break-before="page" fo:keep-with-next="always"', "", f'fo:font-size="{size + 5}pt" {_BOLD}'),
        "cover": ('fo:margin-bottom="1cm"', "", ""),
        "Cell": ('fo:margin-left="0.1cm" fo:margin-right="0.1cm" fo:margin-bottom="0.2cm"', "", ""),
        "H2": ('fo:margin-top="0.4cm" fo:keep-with-next="always"', "", f'fo:font-size="{size + 1}pt" {_BOLD}'),
        "Note": ('fo:margin-left="0.6cm" fo:text-indent="-0.6cm"', "", f'fo:font-size="{size - 2}pt"'),
        "Head": ("", "", f'fo:font-size="{size - 1}pt"'),
        "Entry": ("", far, ""),
        "Box": ("", "", ""),
    }
    hyphens = f'fo:hyphenate="{str(layout.hyphenated).lower()}" fo:hyphenation-remain-char-count="2"'
    default = (
        '<style:default-style style:family="paragraph"><style:paragraph-properties/><style:text-properties '
        f'fo:font-family="{layout.font}" fo:font-size="{size}pt" fo:language="en" fo:country="GB" {hyphens} '
        'fo:hyphenation-push-char-count="2"/></style:default-style>'
    )
    frame = (
        '<style:style style:name="Frame" style:family="graphic"><style:graphic-properties style:wrap="none" '
        'fo:padding="0.2cm" fo:border="0.5pt solid #000000"/></style:style>'
    )
    named = (
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties {properties}>{stops}'
        f"</style:paragraph-properties><style:text-properties {letters}/></style:style>"
        for name, (properties, stops, letters) in paragraphs.items()
    )
    return "".join([default, frame, *named])


_ROW = (  # a row is not broken between pages
    '<style:style style:name="Row" style:family="table-row"><style:table-row-properties fo:keep-together="always"/>'
    "</style:style>"
)
_BOLD = 'fo:font-weight="bold" fo:hyphenate="false"'


def _page(layout: Layout) -> str:
    columns = f'<style:columns fo:column-count="{layout.columns}" fo:column-gap="0.7cm"/>' if layout.columns > 1 else ""
    return (
        '<style:page-layout style:name="Page"><style:page-layout-properties fo:page-width="21cm" '
        'fo:page-height="29.7cm" fo:margin-top="1.5cm" fo:margin-bottom="1.5cm" fo:margin-left="2.2cm" '
        f'fo:margin-right="2.2cm">{columns}</style:page-layout-properties><style:header-style>'
        '<style:header-footer-properties fo:min-height="1cm" fo:margin-bottom="0.5cm"/></style:header-style>'
        '<style:footer-style><style:header-footer-properties fo:min-height="1cm" fo:margin-top="0.5cm"/>'
        "</style:footer-style></style:page-layout>"
    )
