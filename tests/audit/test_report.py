"""The page and the figures of an audit: whole, readable by everyone, safe, and the same each time."""

import itertools
import json
import random
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lxml import etree
from pdf_writer import Page, write_pdf
from selectolax.lexbor import LexborHTMLParser

from bias_detect.auditing.counting import adjusted_count, raw_share
from bias_detect.auditing.figures import NAMED, draw_reports
from bias_detect.auditing.groups import MOST_GROUPS
from bias_detect.auditing.highlights import PER_REPORT, PICKED, pick_highlights
from bias_detect.auditing.report import render_report, write_report
from bias_detect.auditing.run import audit
from bias_detect.auditing.settings import ModelSource
from bias_detect.errors import UsageError
from bias_detect.model.bundle import save_bundle
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.palette import label_styles, plain

LABELS = ["descriptive", "explanatory", "hindsight_biased"]
PLACES = ["ward", "clinic", "school", "hostel", "surgery", "refuge", "custody suite", "day centre"]
PEOPLE = ["nurse", "teacher", "officer", "midwife", "social worker", "doctor", "key worker"]
UNSURE = [
    "The {who} did not know on day {n} what the {where} knew, and nobody had asked.",
    "Greater care at the {where} on day {n} was needed, as the {who} later said.",
]
TOLD = ["The {who} rang the {where} on day {n}.", "On day {n} the {who} wrote a note for the {where}."]
EXPLAINED = [
    "With {n} cases each, the {who} saw only the families in crisis.",
    "Because the {where} had no access to the record, the {who} relied on what the mother said on day {n}.",
    "The {who} believed that the {where} was visiting, and so closed the case on day {n}.",
]
JUDGED = [
    "The {who} should have seen on day {n} that he was in danger.",
    "It was obvious to anyone at the {where} on day {n} that she would be harmed.",
    "The {where} missed an opportunity to save her on day {n}.",
]
SECTIONS = ["Background", "Analysis", "Findings", "Conclusions"]

HOSTILE_NAME = "<img src=x onerror=alert(1)> $x^2$ {{ 7*7 }} \"'&amp;.md"
HOSTILE_SENTENCE = (
    "Staff should have seen that </style></svg><script>alert(2)</script> was a <b onclick='x'>clear sign</b>."
)
HOSTILE_COLUMN = "</title><script>alert(3)</script> ../kind"
HOSTILE_VALUE = "\"><svg onload=alert(4)><!-- ]]> <a href='javascript:alert(5)'>$\\frac{a}{b}$</a>"


def made_up_report(rng: random.Random, judged: float, explained: float) -> str:
    """Return a report of four sections of made-up sentences."""
    parts = []
    for section in SECTIONS:
        parts.append(f"# {section}")
        for _ in range(3):
            sentences = []
            for _ in range(rng.randint(2, 4)):
                drawn = rng.random()
                kind = JUDGED if drawn < judged else EXPLAINED if drawn < judged + explained else TOLD + UNSURE
                shape = rng.choice(kind)
                sentences.append(shape.format(who=rng.choice(PEOPLE), where=rng.choice(PLACES), n=rng.randint(2, 400)))
            parts.append(" ".join(sentences))
    return "\n\n".join(
        [*parts, "# Recommendations", "The board should have seen a plan by March, and must see it now."]
    )


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Return an audit of two dozen made-up reports, with metadata, a PDF and files that cannot be read."""
    rng = random.Random(7)
    folder = tmp_path_factory.mktemp("reports")
    rows = ["file,year,published,kind"]
    for place in range(24):
        name = f"review-{place:02}.md"
        text = made_up_report(rng, rng.uniform(0, 0.4), rng.uniform(0, 0.4))
        (folder / name).write_text(text, encoding="utf-8")
        year = "" if place == 5 else str(2012 + place % 6)
        rows.append(f"{name},{year},{2012 + place % 6}-03-{1 + place},{('child', 'adult')[place % 2]}")
    pages = [Page(), Page()]
    pages[0].column(["The nurse rang the ward on the first day and was told to wait."])
    pages[1].column(["It was obvious that he was in grave danger and would be killed."])
    write_pdf(folder / "inquest.pdf", pages)
    (folder / "broken.docx").write_bytes(b"not a Word file")
    (folder / "empty.txt").write_bytes(b"")
    metadata = folder.parent / "about.csv"
    metadata.write_text("\n".join(rows), encoding="utf-8")
    return audit(folder, tmp_path_factory.mktemp("audit") / "out", metadata=metadata)


@pytest.fixture(scope="module")
def page(result):
    return LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))


def agreed(result):
    """Return an audit as it would be if its two corrections agreed."""
    summary = json.loads(json.dumps(result.summary))
    summary["prevalence"] |= {"disagreement": None, "ranges": None}
    return replace(result, summary=summary)


def test_the_page_says_what_was_audited_and_how_much(result, page):
    text = page.body.text(separator=" ")
    counted = result.summary["sentences"]["counted"]
    for said in (
        "Audit of 25 reports",
        f"{counted:,}",
        f"{result.summary['words']:,}",
        "default",
        "2 documents were not scored",
    ):
        assert said in text
    assert f"in {counted:,} sentences" in page.css_first("#shares ~ .scroll caption").text()


def test_overall_shares_are_those_of_the_summary(result, page):
    prevalence = result.summary["prevalence"]
    shares = prevalence["by_method"][prevalence["lead"]]
    rows = {row.css_first("th .chip").text(): row for row in page.css("#shares ~ .scroll tbody tr")}
    assert len(rows) == 3
    for label, name in (("descriptive", "descriptive"), ("hindsight_biased", "hindsight-biased")):
        (row,) = (row for chip, row in rows.items() if name in chip)
        cells = [cell.text() for cell in row.css("td")]
        assert cells[0] == f"{shares[label]['value']:.1%}"
        assert cells[1] == f"{shares[label]['low']:.1%} to {shares[label]['high']:.1%}"


def test_corrected_shares_stand_beside_those_as_labelled(result):
    summary = agreed(result).summary
    raw = summary["prevalence"]["by_method"]["raw"]
    moved = {"descriptive": 0.5, "explanatory": 0.3, "hindsight_biased": 0.2}
    summary["prevalence"]["lead"] = "adjusted"
    summary["prevalence"]["by_method"]["adjusted"] = {
        label: {"value": value, "low": value - 0.1, "high": value + 0.1, "projected": label == "descriptive"}
        for label, value in moved.items()
    }
    reports = result.reports.assign(
        **{
            f"corrected_{label}{end}": result.reports[f"share_{label}{end}"]
            for label in moved
            for end in ("", "_low", "_high")
        }
    )
    text = LexborHTMLParser(render_report(replace(result, summary=summary, reports=reports))).body.text(separator=" ")
    assert "about 20 (10 to 30) judge practice with hindsight" in text
    for said in ("20.0%", f"{raw['hindsight_biased']['value']:.1%}", "adjusted count", "below 0 or above 100%"):
        assert said in text


def test_corrections_that_disagree_make_the_headline_a_range_and_the_rest_a_plain_count(result, page):
    prevalence = result.summary["prevalence"]  # made-up prose, of which the model knows little
    raw, ranges = prevalence["by_method"]["raw"], prevalence["ranges"]
    points = f"{100 * prevalence['disagreement']['difference']:.0f}"
    header = " ".join(page.css_first("header").text().split())
    assert f"The corrections disagree by {points} points: this prose may be unlike" in header
    assert "corpus sample" in header and int(points) > 10
    judged = ranges["hindsight_biased"]
    assert f"between {100 * judged['low']:.0f} and {100 * judged['high']:.0f} judge practice with hindsight" in header
    assert f"{raw['hindsight_biased']['value']:.1%} hindsight-biased" in header
    for shares in (raw, prevalence["by_method"]["adjusted"], prevalence["disagreement"]["shares"]):
        for label, share in shares.items():
            assert ranges[label]["low"] <= share["low"] <= share["high"] <= ranges[label]["high"]
    for name, said in (("reports", "as counted"), ("groups", "as counted")):
        assert said in page.css_first(f"#{name}").parent.css_first(".notice").text()
    group = result.groups.query("column == 'kind' and value == 'adult'").iloc[0]
    rows = page.css_first("#groups").parent.css("tbody tr")
    (row,) = (row for row in rows if row.css_first("th").text() == "adult")
    assert row.css("td")[2].text() == f"{group['share_hindsight_biased']:.1%}"
    for name in ("reports.csv", "groups.csv"):
        assert pd.read_csv(result.folder / name)["correction_doubtful"].all()


def test_groups_do_not_contradict_the_validated_sentences_without_a_word(tmp_path, reviews):
    about, path = tmp_path / "about.csv", tmp_path / "validated.csv"
    about.write_text("file,year\nann.md,2019\nben.md,2020\n")
    first = audit(reviews, tmp_path / "out", report=False)
    counted = first.sentences.query("set_aside.isna()")[["document", "sentence_id"]]
    counted.assign(label="descriptive").to_csv(path, index=False)  # the person disagrees with every flag
    result = audit(reviews, tmp_path / "out", metadata=about, validated=path)
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    assert "between" not in page.css_first(".lead").text()
    assert "The corrections disagree" not in page.body.text()
    for name in ("reports", "groups"):
        section = page.css_first(f"#{name}").parent
        assert "the validated sentences contradict the adjusted count" in section.css_first(".notice").text()
    assert pd.read_csv(result.folder / "groups.csv")["correction_doubtful"].all()
    assert any("Do not quote the columns corrected_" in note for note in result.summary["notes"])


def test_the_page_and_the_note_count_the_same_documents(tmp_path, reviews):
    (reviews / "photo.jpeg").write_bytes(b"no")
    (reviews / "broken.pdf").write_bytes(b"no")
    result = audit(reviews, tmp_path / "out")
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    assert "2 documents were not scored (1 passed over)" in page.css_first("#audited").parent.text()
    assert "documents not scored2" in page.css_first(".tiles").text()
    assert result.summary["notes"][0].startswith("2 of 8 documents were not scored")


def test_every_report_is_a_row_and_every_failure_is_told(result, page):
    named = {row.css_first("th").text() for row in page.css("#reports ~ details tbody tr")}
    assert named == set(result.reports["document"])
    rows = {row.css_first("th").text(): row.text() for row in page.css("#failures ~ .scroll tbody tr")}
    assert set(rows) == {"broken.docx", "empty.txt"}
    for failure in result.failures.itertuples():
        assert failure.cause in rows[failure.document]
        assert failure.next_step in rows[failure.document]


def test_limits_are_said_in_plain_words(page):
    text = page.css_first("#method").parent.text(separator=" ")
    assert "A flag is a question" in text
    assert "No person has labelled the sentences that the model learned from" in text
    assert "Language-model annotators" in text


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


def test_figures_speak(page):
    figures = page.css("svg")
    assert len(figures) >= 7
    for figure in figures:
        assert figure.attributes["role"] == "img"
        names = figure.attributes["aria-labelledby"].split()
        for name, tag in zip(names, ("title", "desc"), strict=True):
            (element,) = page.css(f"[id='{name}']")
            assert element.tag == tag
            assert len(element.text(strip=True)) > 10
    caterpillar = page.css_first("#reports-hindsight_biased-desc").text()
    assert caterpillar.startswith("25 reports sorted by their share of hindsight-biased sentences")


def test_identifiers_are_unique_and_references_arrive(page):
    ids = [element.attributes["id"] for element in page.css("[id]")]
    assert len(ids) == len(set(ids))
    html = page.html
    wanted = re.findall(r'(?:href="|xlink:href="|url\()#([^")]+)', html) + [
        name for found in re.findall(r'aria-labelledby="([^"]+)"', html) for name in found.split()
    ]
    assert wanted
    assert set(wanted) <= set(ids)


def test_the_page_needs_nothing_and_runs_nothing(page):
    assert not page.css("script, link, iframe, object, embed, img, base, form, foreignObject, animate, set")
    policy = page.css_first("meta[http-equiv='Content-Security-Policy']").attributes["content"]
    assert "default-src 'none'" in policy
    for element in page.css("*"):
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            if name in ("href", "xlink:href", "src"):
                assert value.startswith("#")
    assert not re.search(r"@import|url\((?!#)|expression\(", page.html)


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


def test_no_two_labels_share_a_shape():
    styles = label_styles(["descriptive", "explanatory", "hindsight_biased", "other", "not_relevant"])
    assert len({style.marker for style in styles.values()}) == 5
    assert len({style.colour for style in styles.values()}) == 5


def test_figures_are_files_too_and_the_same_each_time(result):
    def files():
        return {
            path.name: path.read_bytes()
            for path in [*(result.folder / "figures").iterdir(), result.folder / "report.html"]
        }

    before = files()
    (result.folder / "figures" / "by-old.svg").write_bytes(b"<svg/>")
    assert write_report(result) == result.folder / "report.html"
    assert files() == before
    stems = {name[:-4] for name in before if name.endswith(".svg")}
    assert stems == {name[:-4] for name in before if name.endswith(".png")}
    assert {
        "shares",
        "reports-hindsight_biased",
        "reports-explanatory",
        "by-year",
        "by-kind",
        "sections",
        "signals",
    } <= stems
    for stem in stems:
        root = etree.fromstring(before[f"{stem}.svg"])
        assert root.findtext("{*}title") and root.findtext("{*}desc")
        assert "".join(root.itertext("{*}text")).strip()
        assert before[f"{stem}.png"].startswith(b"\x89PNG")


def test_metadata_columns_are_drawn_by_value_and_by_year(page):
    section = page.css_first("#groups").parent
    assert [heading.text() for heading in section.css("h3")] == ["year", "published (by year)", "kind"]
    tables = [[row.css_first("th").text() for row in table.css("tbody tr")] for table in section.css("table")]
    assert tables[0] == [*map(str, range(2012, 2018)), "not given"]
    assert tables[1][:2] == ["2012", "2013"]


def test_sentences_to_read_say_where_they_stand(result, page):
    section = page.css_first("#sentences").parent
    text = " ".join(section.text(separator=" ").split())
    picked = pick_highlights(result, ["hindsight_biased", "explanatory"])
    rows = [row for rows in (*picked.surest.values(), picked.uncertain) for row in rows]
    assert len(rows) > PICKED
    for row in rows:
        where = "" if row["page"] is None else f"page {row['page']}, "
        assert f"{row['document']} , {where}paragraph {row['paragraph']}" in text
    assert section.css("mark")
    quoted = {quote.text() for quote in section.css("blockquote")}
    assert quoted == {row["sentence"] for row in rows}


def test_a_sentence_of_a_pdf_has_its_page(tmp_path):
    write_pdf(
        tmp_path / "inquest.pdf",
        [
            Page().at(72, 700, "The nurse rang the ward on the first day and was told to wait."),
            Page().at(72, 700, "It was obvious that he was in grave danger and would be killed."),
        ],
    )
    result = audit(tmp_path / "inquest.pdf", tmp_path / "out")
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    text = " ".join(page.css_first("#sentences").parent.text(separator=" ").split())
    assert f"inquest.pdf , page 2, paragraph {result.sentences['paragraph'].iloc[-1]}" in text


def test_the_surest_sentences_are_picked(result):
    picked = pick_highlights(result, ["hindsight_biased"])
    rows = pd.DataFrame(picked.surest["hindsight_biased"])
    everything = result.sentences
    counted = everything[everything["set_aside"].isna() & (everything["label"] == "hindsight_biased")]
    assert len(rows) == PICKED
    assert rows["confidence"].is_monotonic_decreasing
    assert rows["confidence"].iloc[0] == counted["confidence"].max()
    assert rows["sentence"].is_unique
    assert rows["document"].value_counts().max() <= PER_REPORT
    left = counted[~counted["document"].isin(rows["document"]) & ~counted["sentence"].isin(rows["sentence"])]
    assert left["confidence"].max() <= rows["confidence"].iloc[-1]
    unsure = pd.DataFrame(picked.uncertain)
    assert unsure["uncertain"].all()
    assert unsure["confidence"].is_monotonic_increasing


def test_hostile_text_stays_text(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / HOSTILE_NAME).write_text(f"# Findings\n\n{HOSTILE_SENTENCE} The nurse rang the ward.\n", encoding="utf-8")
    (folder / "plain.md").write_text(
        "# Analysis\n\nThe nurse rang. It was obvious that he was in danger.\n", encoding="utf-8"
    )
    (folder / "<script>alert(6)</script>.docx".replace("/", "")).write_bytes(b"no")
    metadata = tmp_path / "about.csv"
    table = pd.DataFrame(
        {"file": [HOSTILE_NAME, "plain.md"], HOSTILE_COLUMN: [HOSTILE_VALUE, "b"], "../../x": ["1", "2"]}
    )
    table.to_csv(metadata, index=False)
    result = audit(folder, tmp_path / "out", metadata=metadata)

    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    test_the_page_needs_nothing_and_runs_nothing(page)
    test_identifiers_are_unique_and_references_arrive(page)
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
    test_identifiers_are_unique_and_references_arrive(page)


def test_a_folder_that_cannot_be_written_to_is_named(result, tmp_path):
    (tmp_path / "out").write_bytes(b"a file")
    (tmp_path / "sentences").symlink_to(result.sentences_path)
    broken = replace(result, folder=tmp_path)
    (tmp_path / "figures").write_bytes(b"in the way")
    with pytest.raises(UsageError, match="figures: cannot be written"):
        write_report(broken)


@pytest.mark.parametrize("n", [NAMED, NAMED + 1, 2000])
def test_many_reports_are_drawn_in_little_room(n):
    rng = random.Random(n)
    rows = pd.DataFrame({"document": [f"review-{place:04}.pdf" for place in range(n)]})
    rows["value"] = [rng.betavariate(2, 20) for _ in range(n)]
    rows["low"], rows["high"] = rows["value"] * 0.6, rows["value"] * 1.5
    chart = draw_reports(rows, "hindsight_biased", 0.09, name="reports")
    inline = chart.inline()
    assert ("review-0001.pdf</text>" in inline) == (n <= NAMED)
    assert len(inline) < 200_000
    top = rows.loc[rows["value"].idxmax(), "document"]
    assert top in chart.description


def test_a_column_of_too_many_values_is_not_drawn_but_named(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    rows = ["file,author"]
    for place in range(MOST_GROUPS + 1):
        (folder / f"{place}.txt").write_text(f"Nurse number {place} rang the ward.")
        rows.append(f"{place}.txt,author {place}")
    (tmp_path / "about.csv").write_text("\n".join(rows))
    result = audit(folder, tmp_path / "out", metadata=tmp_path / "about.csv")
    assert result.groups.empty
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    assert f"Not drawn: author, which has {MOST_GROUPS + 1} values" in page.css_first("#groups").parent.text()


def test_groups_hold_the_raw_and_the_corrected_shares_of_their_reports(result):
    table = result.groups[result.groups["column"] == "kind"].set_index("value")
    assert table.index.tolist() == ["adult", "child", "not given"]
    assert table["reports"].sum() == len(result.reports)
    assert table["sentences"].sum() == result.summary["sentences"]["counted"]
    calibration = ModelSource.find("default").calibration
    for value, row in table.iterrows():
        part = result.reports[result.reports["kind"].fillna("not given") == value]
        counts = part[[f"n_{label}" for label in LABELS]].to_numpy()
        predicted = np.repeat(np.tile(np.arange(3), len(part)), counts.ravel())
        documents = np.repeat(part["document"].to_numpy(), counts.sum(axis=1))
        for stem, expected in (
            ("share", raw_share(LABELS, predicted, documents)),
            ("corrected", adjusted_count(LABELS, predicted, documents, calibration)),
        ):
            for share in expected:
                assert row[f"{stem}_{share.label}"] == pytest.approx(share.value, abs=1e-5)
                assert row[f"{stem}_{share.label}_low"] == pytest.approx(share.low, abs=0.05)
                assert row[f"{stem}_{share.label}_high"] == pytest.approx(share.high, abs=0.05)
            assert expected[0].projected == (stem == "corrected" and row["projected"])
    written = pd.read_csv(result.folder / "groups.csv")
    assert written.columns.tolist() == result.groups.columns.tolist()
    assert written["corrected_explanatory"].tolist() == result.groups["corrected_explanatory"].tolist()


def test_the_page_gives_groups_corrected_and_as_labelled(result):
    page = LexborHTMLParser(render_report(agreed(result)))
    section = page.css_first("#groups").parent
    assert "corrected by the adjusted count" in section.text()
    group = result.groups.query("column == 'kind' and value == 'adult'").iloc[0]
    (row,) = (row for row in section.css("tbody tr") if row.css_first("th").text() == "adult")
    cells = [cell.text() for cell in row.css("td")]
    ends = (group[f"corrected_hindsight_biased_{end}"] for end in ("low", "high"))
    assert cells[2] == f"{group['corrected_hindsight_biased']:.1%}"
    assert cells[3] == " to ".join(f"{end:.1%}" for end in ends)
    assert cells[4] == f"{group['share_hindsight_biased']:.1%}"
    assert cells[2] != cells[4]


def test_groups_without_a_calibration_are_as_labelled_and_the_page_says_so(tmp_path, reviews, two_class_bundle):
    about = tmp_path / "about.csv"
    about.write_text("file,year\nann.md,2019\nben.md,2020\n")
    result = audit(reviews, tmp_path / "out", metadata=about, model=two_class_bundle)
    assert result.groups[["corrected_told", "projected"]].isna().all(axis=None)
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    text = page.css_first("#groups").parent.text()
    assert "Shares as labelled, without correction" in text
    assert "corrected" not in text


def test_reports_and_groups_say_where_shares_were_projected(tmp_path, reviews):
    (reviews / "plain.txt").write_text("The nurse rang the ward. The letter came in May. He was seen in June.")
    about = tmp_path / "about.csv"
    about.write_text("file,kind\nplain.txt,short\nann.md,long\nben.md,long\n")
    result = audit(reviews, tmp_path / "out", metadata=about)
    reports = result.reports.set_index("document")
    assert reports.loc["plain.txt", "projected"]
    groups = result.groups.set_index("value")
    assert groups.loc["short", "projected"]
    assert groups.loc["short", "corrected_descriptive"] == 1
    number = int(reports["projected"].sum())
    assert any(note.startswith(f"In {number} of 7 reports the corrected shares") for note in result.summary["notes"])
    page = LexborHTMLParser(render_report(agreed(result)))
    assert "the corrected shares came out below 0" in page.css_first("#groups").parent.text()


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
    test_identifiers_are_unique_and_references_arrive(page)
    test_the_page_needs_nothing_and_runs_nothing(page)
    assert {cell.text().split()[-1] for cell in page.css("#shares ~ .scroll th .chip")} == {"γεγονός", "</style>κρίση"}
    text = page.css_first("#method").parent.text()
    assert "its model card says" in text
    assert "No person has labelled" not in text
    assert not page.css("#influences")
