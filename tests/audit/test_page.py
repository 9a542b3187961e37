"""The page of an audit can be read by everyone and does nothing, whatever the reports hold."""

import itertools
import random
import re

import pandas as pd
from lxml import etree
from made_up import (
    JUDGED,
    PEOPLE,
    PLACES,
    TOLD,
    made_up_report,
    needs_nothing_and_runs_nothing,
    references_arrive,
)
from selectolax.lexbor import LexborHTMLParser

from bias_detect.auditing.run import audit
from bias_detect.model.bundle import save_bundle
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.palette import plain

HOSTILE_NAME = "<img src=x onerror=alert(1)> $x^2$ {{ 7*7 }} \"'&amp;.md"
HOSTILE_SENTENCE = (
    "Staff should have seen that </style></svg><script>alert(2)</script> was a <b onclick='x'>clear sign</b>."
)
HOSTILE_COLUMN = "</title><script>alert(3)</script> ../kind"
HOSTILE_VALUE = "\"><svg onload=alert(4)><!-- ]]> <a href='javascript:alert(5)'>$\\frac{a}{b}$</a>"


def test_headings_landmarks_and_tables_can_be_walked_through(page):
    assert page.root.attributes["lang"] == "en-GB"
    assert page.css_first("title").text()
    levels = [int(heading.tag[1]) for heading in page.css("h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(len(page.css(landmark)) == 1 for landmark in ("header", "nav", "main", "footer"))
    for table in page.css("table"):
        assert table.css_first("caption").text(strip=True)
        assert {cell.attributes.get("scope") for cell in table.css("thead th")} == {"col"}
        assert all(row.css_first("th").attributes.get("scope") == "row" for row in table.css("tbody tr"))
    assert len(page.css(".scroll table")) == len(page.css("table"))  # no table makes a small screen wider
    for scrolled in page.css(".scroll"):  # only what has the focus can be scrolled with keys
        assert scrolled.attributes["tabindex"] == "0"
        assert scrolled.attributes["aria-label"]


def test_identifiers_are_unique_and_references_arrive(page):
    references_arrive(page)


def test_the_page_needs_nothing_and_runs_nothing(page):
    needs_nothing_and_runs_nothing(page)


def test_colours_can_be_told_from_the_paper_in_light_and_dark(page):
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    palettes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part)) for part in re.findall(r":root \{(.*?)\}", page.html, re.S)
    ]
    assert len(palettes) == 2
    for colours in palettes:
        for paper in ("paper", "wash"):
            assert min(contrast(colours[name], colours[paper]) for name in ("ink", "muted", "link")) >= 4.5
        marks = ("blue", "vermilion", "grey", "green", "purple", "ochre", "indigo")
        assert min(contrast(colours[name], colours["paper"]) for name in marks) >= 3
        assert contrast(colours["ink"], colours["highlight"]) >= 4.5


def test_hostile_text_stays_text(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / HOSTILE_NAME).write_text(f"# Findings\n\n{HOSTILE_SENTENCE} The nurse rang the ward.\n", encoding="utf-8")
    (folder / "plain.md").write_text(
        "# Analysis\n\nThe nurse rang. It was obvious that he was in danger.\n", encoding="utf-8"
    )
    (folder / "third.md").write_text("# Analysis\n\nThe nurse wrote. He was seen on the ward.\n", encoding="utf-8")
    (folder / "<script>alert(6)</script>.docx".replace("/", "")).write_bytes(b"no")
    metadata = tmp_path / "about.csv"
    table = pd.DataFrame(
        {
            "file": [HOSTILE_NAME, "plain.md", "third.md"],
            HOSTILE_COLUMN: [HOSTILE_VALUE, "b", "b"],
            "../../x": ["1", "2", "2"],
        }
    )
    table.to_csv(metadata, index=False)
    result = audit(folder, tmp_path / "out", metadata=metadata)

    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    needs_nothing_and_runs_nothing(page)
    references_arrive(page)
    assert not page.css("b, svg svg, a[href^='javascript']")
    assert len(page.css("style")) == len(page.css("title:not(svg title)")) == 1
    shown = {element.text() for element in page.css("th, h3, blockquote, cite, svg text")}
    for text in (
        plain(HOSTILE_NAME),
        HOSTILE_COLUMN,
        plain(HOSTILE_VALUE),
        f"{plain(HOSTILE_VALUE, 22)}  (1)",
        HOSTILE_SENTENCE,
    ):
        assert text in shown
    names = {path.name for path in (result.folder / "figures").iterdir()}
    assert all(re.fullmatch(r"[a-z0-9_-]+\.(svg|png)", name) for name in names)
    for path in (result.folder / "figures").glob("*.svg"):
        tags = {etree.QName(element).localname for element in etree.parse(path).iter()}
        assert tags <= {
            "svg",
            "title",
            "desc",
            "defs",
            "style",
            "g",
            "path",
            "use",
            "text",
            "tspan",
            "clipPath",
            "rect",
        }


def test_an_audit_in_which_nothing_could_be_scored_has_its_page(tmp_path):
    (tmp_path / "broken.docx").write_bytes(b"no")
    result = audit(tmp_path / "broken.docx", tmp_path / "out")
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    assert page.css_first("h1").text() == "Audit of 0 reports"
    assert "broken.docx" in page.css_first("#failures").parent.text()
    assert not page.css("svg")
    references_arrive(page)


def test_a_model_with_labels_of_its_own_has_its_page(tmp_path):
    texts = [
        shape.format(who=who, where=where, n=2) for shape in TOLD + JUDGED for who in PEOPLE for where in PLACES[:3]
    ]
    labels = ["γεγονός" if text.startswith(("The nurse rang", "On day")) else "</style>κρίση" for text in texts]
    model = ReviewClassifier(n_splits=2).fit(texts, labels, groups=[str(place % 8) for place in range(len(texts))])
    save_bundle(model, tmp_path / "own", card="# Own", training={})
    (tmp_path / "a.txt").write_text(made_up_report(random.Random(1), 0.3, 0.3), encoding="utf-8")
    result = audit(tmp_path / "a.txt", tmp_path / "out", model=tmp_path / "own")
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    references_arrive(page)
    needs_nothing_and_runs_nothing(page)
    assert {cell.text().split()[-1] for cell in page.css("#shares ~ .scroll th .chip")} == {"γεγονός", "</style>κρίση"}
    text = page.css_first("#method").parent.text()
    assert "its model card says" in text
    assert "No person has labelled" not in text
    assert not page.css("#influences")
