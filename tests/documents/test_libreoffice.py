"""PDFs that LibreOffice makes: what was written comes back, whole, from the right page and paragraph."""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2
import pytest
from office_writer import FOOT, HEAD, Layout, Part, compose, print_reports

from bias_detect.documents.document import Document
from bias_detect.documents.read import read_document
from bias_detect.language.boundaries import sentence_spans

pytestmark = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is absent")

LAYOUTS = {
    "plain": Layout(),
    "columns": Layout(columns=2, size=10),
    "ragged": Layout(align="start", columns=2, contents=True),
    "hanging": Layout(hanging=True, font="Liberation Sans", boxed=True),
    "indented": Layout(spacing="0cm", indent="0.6cm"),
    "tight": Layout(spacing="0cm", hyphenated=False),
    "wide": Layout(leading="150%", boxed=True, contents=True),
    "mixed": Layout(boxed=True, contents=True, extras=True),
    "mixed columns": Layout(columns=2, size=10, hanging=True, extras=True),
}
CORPUS = Path(__file__).parents[2] / "data" / "corpus" / "composed.csv"
NOTE_MARK = re.compile("[⁰¹²³⁴-⁹]+")

Report = tuple[list[Part], Document, list[str]]


def sentences(seed: int) -> Iterator[str]:
    """Return sentences of our own, each once, that are sentences wherever they stand."""
    with CORPUS.open(encoding="utf-8", newline="") as file:
        found = {row["sentence"] for row in csv.DictReader(file)}
    plain = [text for text in sorted(found) if text[0].isalpha() and "[" not in text and len(sentence_spans(text)) == 1]
    kept = [text for text in plain if 6 <= len(text.split()) <= 45 and text.endswith((".", "?"))]
    random.Random(seed).shuffle(kept)
    return iter(kept)


def squeezed(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def raw_pages(path: Path) -> list[str]:
    with closing(pypdfium2.PdfDocument(path)) as pdf:
        return [squeezed(page.get_textpage().get_text_range()) for page in pdf]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    folder = tmp_path_factory.mktemp("reports")
    written = {
        name: (compose(sentences(seed), seed, extras=layout.extras), layout)
        for seed, (name, layout) in enumerate(LAYOUTS.items())
    }
    print_reports(folder, written)
    return {
        name: (parts, read_document(folder / f"{name}.pdf"), raw_pages(folder / f"{name}.pdf"))
        for name, (parts, _) in written.items()
    }


def pages_where_it_begins(sentence: str, pages: list[str]) -> set[int]:
    """Return the pages that a sentence begins on, be it but with its first letters."""
    begun = {number for number, page in enumerate(pages, 1) if sentence[:25] in page}
    if begun:
        return begun
    for count in range(2, 25):
        start, rest = sentence[:count], sentence[count : count + 20]
        for number, page in enumerate(pages, 1):
            if start in page and (rest in page.split(start, 1)[1] or rest in "".join(pages[number : number + 1])):
                begun.add(number)
    return begun


def is_found(part: Part, place: int, document: Document, pages: list[str]) -> bool:
    """Say whether a sentence comes back whole, from its own page and the paragraph of its number."""
    sentence = part.sentences[place]
    opening = {"item": "• ", "subitem": "◦ ", "paragraph": f"{part.number} "}.get(part.kind, "") if place == 0 else ""
    begun = pages_where_it_begins(squeezed(sentence), pages)
    for paragraph in document.paragraphs:
        if not paragraph.text.startswith(part.number):
            continue
        text = NOTE_MARK.sub("", paragraph.text)
        if f"{opening}{sentence}" in {text[start:end] for start, end in sentence_spans(text)}:
            return paragraph.page_at(paragraph.text.find(sentence[:20])) in begun
    return False


def lost_and_all(report: Report) -> tuple[list[str], int]:
    parts, document, pages = report
    places = [(part, place) for part in parts for place in range(len(part.sentences))]
    return [part.sentences[i] for part, i in places if not is_found(part, i, document, pages)], len(places)


@pytest.mark.parametrize("name", LAYOUTS)
def test_sentences_come_back_whole_with_their_page_and_paragraph(reports: dict[str, Report], name: str) -> None:
    lost, count = lost_and_all(reports[name])
    assert count > 100
    assert len(lost) <= 0.01 * count, lost


def test_of_all_sentences_hardly_any_is_lost(reports: dict[str, Report]) -> None:
    found = [lost_and_all(report) for report in reports.values()]
    assert sum(len(lost) for lost, _ in found) <= 0.005 * sum(count for _, count in found)


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_page_furniture_is_left(reports: dict[str, Report], name: str) -> None:
    _, document, _ = reports[name]
    assert HEAD not in document.text
    assert FOOT not in document.text
    assert "Contents" not in document.text
    assert not [paragraph.text for paragraph in document.paragraphs if paragraph.text.isdigit()]


@pytest.mark.parametrize("name", LAYOUTS)
def test_notes_are_paragraphs_of_their_own(reports: dict[str, Report], name: str) -> None:
    parts, document, _ = reports[name]
    notes = [squeezed(p.text) for p in document.paragraphs if p.section == "footnote"]
    written = [text for part in parts for text in part.notes.values()]
    assert notes == [squeezed(f"{number} {text}") for number, text in enumerate(written, start=1)]


def test_chapters_set_the_section(reports: dict[str, Report]) -> None:
    parts, document, _ = reports["plain"]
    kinds = {p.text: p.section for p in document.paragraphs}
    assert [kinds[part.sentences[0]] for part in parts if part.kind == "chapter"] == [
        "chronology",
        "findings",
        "analysis",
    ]
