"""Make the Word and the plain text copy of the sample review from its Markdown source, the same bytes each time.

The source knows headings, paragraphs numbered by hand, one kind of bullet, tables with a caption above them, and
footnotes. In the text copy a footnote stands at the end, as word processors leave it there.

Example: ``python scripts/build_samples.py``
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import docx
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from bias_detect.errors import BiasDetectError, DocumentError

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"
NAME = "child-w-review"
RUNNING_HEAD = "Local Child Safeguarding Practice Review: Child W (composed sample)"
WRITTEN = datetime(2026, 1, 1)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
TABLE_STYLE = "Table Grid"
SPARE_PARTS = ("/stylesWithEffects", "/thumbnail", "/customXml")

_HEADING = re.compile(r"(#{1,3}) (.+)")
_NUMBERED = re.compile(r"(\d+\.\d+) (.+)")
_NOTE = re.compile(r"\[\^(\d+)\]: (.+)")
_NOTE_MARK = re.compile(r"\[\^(\d+)\]")
_TABLE_RULE = re.compile(r"[|\s:-]+")


@dataclass(frozen=True)
class Block:
    """One block of the source.

    Parameters
    ----------
    kind : str
        ``title``, ``heading``, ``subheading``, ``numbered``, ``text``, ``caption``, ``bullets``, ``table`` or ``note``.
    rows : tuple of tuple of str
        The cells of a table, the number and the text of a numbered paragraph or a note; else one text a row.
    """

    kind: str
    rows: tuple[tuple[str, ...], ...]


def parse(source: str) -> list[Block]:
    """Part the source at its blank lines, and say what each part is."""
    blocks = [_block(part.strip()) for part in re.split(r"\n{2,}", source) if part.strip()]
    for place, block in enumerate(blocks):
        if block.kind == "table" and place and blocks[place - 1].kind == "text":
            blocks[place - 1] = Block("caption", blocks[place - 1].rows)
    return blocks


def _block(part: str) -> Block:
    lines = part.split("\n")
    if part.startswith("|"):
        cells = (tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines)
        return Block("table", tuple(row for row, line in zip(cells, lines, strict=True) if not _is_rule(line)))
    if all(line.startswith("- ") for line in lines):
        return Block("bullets", tuple((line[2:],) for line in lines))
    if len(lines) > 1:
        raise DocumentError(f"runs on over a line end: {lines[0]!r}", next_step="write a paragraph on one line")
    if match := _HEADING.fullmatch(part):
        return Block(("title", "heading", "subheading")[len(match[1]) - 1], ((match[2],),))
    for kind, pattern in (("note", _NOTE), ("numbered", _NUMBERED)):
        if match := pattern.fullmatch(part):
            return Block(kind, ((match[1], match[2]),))
    return Block("text", ((part,),))


def _is_rule(line: str) -> bool:
    return _TABLE_RULE.fullmatch(line) is not None


def plain_text(blocks: list[Block]) -> str:
    """Return the text copy: a paragraph a line, blank lines between, cells parted by tabs."""
    pieces, notes = [], []
    for block in blocks:
        if block.kind == "note":
            notes.append("[{}] {}".format(*block.rows[0]))
            continue
        start, between = {"bullets": ("• ", ""), "table": ("", "\t")}.get(block.kind, ("", " "))
        pieces.append("\n".join(start + between.join(row) for row in block.rows))
    return _NOTE_MARK.sub(r"[\1]", "\n\n".join([*pieces, *notes])) + "\n"


def word_file(blocks: list[Block]) -> bytes:
    """Return the Word copy as the bytes of a ``.docx`` file."""
    document = docx.Document()
    _prune(document)
    _prepare(document)
    for block in blocks:
        match block.kind, block.rows:
            case "title", ((text,),):
                document.add_heading(text, level=0)
                document.core_properties.title = text
            case "heading", ((text,),):
                document.add_heading(text, level=1)
            case "subheading", ((text,),):
                document.add_heading(text, level=2)
            case "caption", ((text,),):
                document.add_paragraph(text, style="Caption").paragraph_format.keep_with_next = True
            case "numbered", ((number, text),):
                paragraph = document.add_paragraph()
                paragraph.paragraph_format.left_indent = Cm(1.25)
                paragraph.paragraph_format.first_line_indent = Cm(-1.25)
                _add_text(paragraph, f"{number}\t{text}")
            case "bullets", rows:
                for (text,) in rows:
                    document.add_paragraph(text, style="List Bullet").paragraph_format.left_indent = Cm(2)
            case "table", rows:
                _add_table(document, rows)
            case "text", ((text,),):
                _add_text(document.add_paragraph(), text)
    _add_footnotes(document, [block.rows[0] for block in blocks if block.kind == "note"])
    packed = io.BytesIO()
    document.save(packed)
    return _repack(packed)


def _prune(document: WordDocument) -> None:
    """Take out what python-docx's template brings and no sample needs: most table styles, a spare copy, a picture."""
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in {"Normal Table", TABLE_STYLE}:
            style.delete()
    for relations in (document.part.rels, document.part.package.rels):
        for key in [key for key, relation in relations.items() if relation.reltype.endswith(SPARE_PARTS)]:
            relations.pop(key)


def _prepare(document: WordDocument) -> None:
    """Set the styles, the language, the properties, the running head and the page number."""
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(11)
    normal.paragraph_format.space_after = Pt(8)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-GB")
    reference = document.styles.add_style("footnote reference", WD_STYLE_TYPE.CHARACTER, builtin=True)
    reference.font.superscript = True
    document.styles.add_style("footnote text", WD_STYLE_TYPE.PARAGRAPH, builtin=True).font.size = Pt(9)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "The bias_detect maintainers"
    properties.comments = "Composed sample: the people, the places and the events are made up."
    properties.created = properties.modified = WRITTEN
    properties.language, properties.revision = "en-GB", 1
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.header.paragraphs[0].text = RUNNING_HEAD
    footer = section.footer.paragraphs[0]
    footer.add_run("Page ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    shown = OxmlElement("w:r")
    shown.add_t("1")
    field.append(shown)
    footer._p.append(field)


def _add_text(paragraph: Paragraph, text: str) -> None:
    """Add a text, each footnote mark in it as a reference to the footnote."""
    for place, piece in enumerate(_NOTE_MARK.split(text)):
        if place % 2 == 0:
            paragraph.add_run(piece)
            continue
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), piece)
        paragraph.add_run(style="footnote reference")._r.append(reference)


def _add_table(document: WordDocument, rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(len(rows), len(rows[0]), style=TABLE_STYLE)
    for place, (cells, texts) in enumerate(zip(table.rows, rows, strict=True)):
        for cell, text in zip(cells.cells, texts, strict=True):
            cell.paragraphs[0].add_run(text).bold = place == 0 or None
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _add_footnotes(document: WordDocument, notes: list[tuple[str, ...]]) -> None:
    """Add the part that holds the footnotes, for which python-docx has no call of its own."""
    name, package = PackURI("/word/footnotes.xml"), document.part.package
    part = Part(name, CONTENT_TYPE.WML_FOOTNOTES, _footnotes_xml(notes), package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


def _footnotes_xml(notes: list[tuple[str, ...]]) -> bytes:
    """Return the part: the two rules that Word wants, and the notes."""
    rules = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for number, kind in ((-1, "separator"), (0, "continuationSeparator"))
    )
    shown = "".join(
        f'<w:footnote w:id="{number}"><w:p><w:pPr><w:pStyle w:val="footnotetext"/></w:pPr>'
        '<w:r><w:rPr><w:rStyle w:val="footnotereference"/></w:rPr><w:footnoteRef/></w:r>'
        f'<w:r><w:t xml:space="preserve"> {escape(text)}</w:t></w:r></w:p></w:footnote>'
        for number, text in notes
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f"{head}<w:footnotes {nsdecls('w')}>{rules}{shown}</w:footnotes>".encode()


def _repack(packed: io.BytesIO) -> bytes:
    """Pack again with fixed dates, and without compression, whose bytes differ from one zlib to another."""
    result = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            info.create_system = 3
            target.writestr(info, source.read(name))
    return result.getvalue()


def built(source: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file's name and bytes."""
    blocks = parse(source.read_text("utf-8"))
    yield f"{source.stem}.txt", plain_text(blocks).encode()
    yield f"{source.stem}.docx", word_file(blocks)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=SAMPLES, help="folder to write to [data/samples]")
    output: Path = parser.parse_args(arguments).output
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, data in built(SAMPLES / f"{NAME}.md"):
            (output / name).write_bytes(data)
            print(f"{len(data):,} bytes: {output / name}")
    except (OSError, BiasDetectError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
