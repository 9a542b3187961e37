"""PDF: lines to paragraphs, over the ends of pages, headings, contents lists, and real reports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from measure_documents import labelled_sentences
from pdf_reading import FULL, lines_at, read, report, texts
from pdf_writer import Page, write_pdf

from bias_detect.documents.read import iter_paragraphs, read_document

SHARED = Path(os.environ.get("BIAS_DETECT_SHARED", Path(__file__).parents[3] / "shared"))


def test_lines_are_joined_and_gaps_part_paragraphs(tmp_path: Path) -> None:
    page = lines_at(700, FULL, "week. Nobody rang back.")
    page.column([FULL, "month."], y=640)
    assert texts(tmp_path, page) == [f"{FULL} week. Nobody rang back.", f"{FULL} month."]


def test_a_last_line_that_ends_early_closes_its_paragraph(tmp_path: Path) -> None:
    page = lines_at(700, FULL, "week. Nobody rang.", FULL, "month. Nobody asked.", FULL)
    assert texts(tmp_path, page) == [f"{FULL} week. Nobody rang.", f"{FULL} month. Nobody asked.", FULL]


def test_numbers_and_bullets_open_paragraphs(tmp_path: Path) -> None:
    page = Page()
    y = 700.0
    for number, body in (
        ("4.2.13", f"{FULL}."),
        ("4.2.14", f"{FULL}."),
        ("•", "The school rang."),
        ("•", "The nurse did not."),
    ):
        page.at(72, y, f"{number} {body}")
        y -= 14
    page.at(72, y, "(a) Each team kept its own log.").at(72, y - 14, "(b) No team read another's.")
    assert texts(tmp_path, page) == [
        f"4.2.13 {FULL}.",
        f"4.2.14 {FULL}.",
        "• The school rang.",
        "• The nurse did not.",
        "(a) Each team kept its own log.",
        "(b) No team read another's.",
    ]


def test_a_number_that_merely_begins_a_line_parts_nothing(tmp_path: Path) -> None:
    page = lines_at(
        700,
        "This is set out, with the reasons that the three teams gave for it, in paragraph",
        "4.165 above, and the panel returned to it at the end of the second meeting, on 23",
        "April 2019. By then the share had risen, as the board was told in its report, to 0.5",
        "and later to 6.2 percent of all the calls that the office took in those weeks.",
    )
    assert len(texts(tmp_path, page)) == 1


def test_a_number_that_its_text_is_glued_to_is_set_off(tmp_path: Path) -> None:
    page = Page()
    page.column(["11.Had she asked, she would have been told.", "", "3.5The nurse rang.", "", "2.5mg were given."])
    found = [paragraph.text for paragraph in read_document(write_pdf(tmp_path / "a.pdf", [page])).paragraphs]
    assert found == ["11. Had she asked, she would have been told.", "3.5 The nurse rang.", "2.5mg were given."]


def test_items_of_one_unfinished_sentence_stay_together(tmp_path: Path) -> None:
    items = ["• to ring the school; and", "• to visit within a day."]
    page = lines_at(700, FULL, "week. The team was asked:", *items, "It did.")
    assert texts(tmp_path, page) == [
        f"{FULL} week. The team was asked: • to ring the school; and • to visit within a day.",
        "It did.",
    ]


def test_a_quotation_set_off_from_the_words_that_bring_it_in_stays_with_them(tmp_path: Path) -> None:
    page = lines_at(700, "The manager told the panel that she had said:")
    page.column(["“We had forty referrals that morning.”"], x=100, y=660)
    assert texts(tmp_path, page) == [
        "The manager told the panel that she had said: “We had forty referrals that morning.”"
    ]


def test_broken_words_are_mended(tmp_path: Path) -> None:
    page = lines_at(
        700,
        "The teams shared one safe-",
        "guarding lead, and safeguarding was her only task; she had a well-",
        "kept log. A well-kept log is a help, as the board had found in 2010-",
        "11 and as the nurse at Burton-on-",
        "Trent knew.",
    )
    assert texts(tmp_path, page) == [
        "The teams shared one safeguarding lead, and safeguarding was her only task; she had a well-kept log. "
        "A well-kept log is a help, as the board had found in 2010-11 and as the nurse at Burton-on-Trent knew."
    ]


def test_hyphens_stay_where_nothing_shows_that_words_were_broken(tmp_path: Path) -> None:
    assert texts(tmp_path, lines_at(700, "The team had two part-", "time nurses.")) == [
        "The team had two part-time nurses."
    ]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("out-of-", "hours", "out-of-hours"),
        ("twenty-", "four", "twenty-four"),
        ("for-", "ward", "forward"),
        ("every-", "one", "everyone"),
        ("self-", "neglect", "self-neglect"),
        ("nurse-", "school", "nurse-school"),
        ("inter-", "viewed", "interviewed"),
    ],
)
def test_hyphens_of_words_found_nowhere_else(tmp_path: Path, first: str, second: str, whole: str) -> None:
    page = lines_at(700, "The nurse and the safe-", f"guarding lead of the school saw the {first}", f"{second} team.")
    page.column(["Safeguarding was her task."], y=600)
    assert texts(tmp_path, page)[0].endswith(f"saw the {whole} team.")


def test_ligatures_are_letters(tmp_path: Path) -> None:
    page = Page().at(72, 700, b"The of\x80ce was shut.", font="ligature")
    assert texts(tmp_path, page) == ["The office was shut."]


def test_sentences_run_on_over_the_page_past_heads_and_page_numbers(tmp_path: Path) -> None:
    document = read(tmp_path, *report(4))
    assert "review of one family" not in document.text
    assert "Page" not in document.text
    assert [p.page for p in document.paragraphs] == [1, 1, 2, 3, 4]
    assert document.paragraphs[1].text.endswith("and so are those to Cedar House was the last. Then the call came in.")
    assert all(document.text[p.start : p.start + len(p.text)] == p.text for p in document.paragraphs)


def test_a_paragraph_whose_sentence_ends_with_the_page_goes_on(tmp_path: Path) -> None:
    pages = [lines_at(700, *[FULL] * 3, f"{FULL[:-1]}."), lines_at(700, f"Nobody knew. {FULL[:50]}", FULL)]
    assert len(texts(tmp_path, *pages)) == 1


def test_gaps_alone_part_paragraphs_where_they_part_all_others(tmp_path: Path) -> None:
    page = Page()
    for start in (760, 690, 620):
        page.column([FULL, "week and a half, and then rang off once more. Nobody knew.", FULL, "by the end."], y=start)
    assert len(texts(tmp_path, page)) == 3


def test_indents_part_paragraphs(tmp_path: Path) -> None:
    page = Page()
    for row in range(4):
        page.at(90, 700 - 42 * row, FULL[:-4]).column([FULL, f"{FULL[:-1]}."], y=686 - 42 * row)
    assert len(texts(tmp_path, page)) == 4


def test_a_finished_paragraph_ends_with_its_page(tmp_path: Path) -> None:
    pages = [lines_at(700, FULL, "week. Nobody rang."), lines_at(700, "The visit was put off.")]
    assert texts(tmp_path, *pages) == [f"{FULL} week. Nobody rang.", "The visit was put off."]


def test_headings_set_the_section(tmp_path: Path) -> None:
    page = Page().at(72, 760, "Learning review", size=24)
    page.at(72, 700, "3. Findings", size=16).at(72, 670, FULL).at(72, 656, "week.")
    page.at(72, 626, "The school", size=13).at(72, 606, "It kept no log.")
    page.at(72, 576, "RECOMMENDATIONS").at(72, 550, "The board must act.")
    page.at(72, 520, "Conclusions 12", font="bold").at(72, 480, "What the panel concluded: conclusions", font="bold")
    page.at(72, 460, "It was a busy week.")
    assert [(p.text, p.section) for p in read(tmp_path, page).paragraphs] == [
        ("Learning review", "other"),
        ("3. Findings", "findings"),
        (f"{FULL} week.", "findings"),
        ("The school", "findings"),
        ("It kept no log.", "findings"),
        ("RECOMMENDATIONS", "recommendations"),
        ("The board must act.", "recommendations"),
        ("Conclusions 12", "recommendations"),
        ("What the panel concluded: conclusions", "conclusions"),
        ("It was a busy week.", "conclusions"),
    ]


def test_headings_are_marked(tmp_path: Path) -> None:
    page = Page().at(72, 760, "Learning review", size=24)
    page.at(72, 700, "The weeks before Christmas", font="bold").column([FULL, "week."], y=686)
    page.at(72, 640, "The school", font="italic").column([FULL, "month."], y=626)
    page.at(72, 580, "“Nobody asked us”", font="italic").at(72, 550, "The last visit was on 3 May", font="regular")
    page.at(72, 520, "Nobody went on.", font="bold")
    found = read(tmp_path, page).paragraphs
    assert [p.text for p in found if p.heading] == ["Learning review", "The weeks before Christmas", "The school"]


def contents_page(entries: list[str], *, heading: str = "") -> Page:
    page = Page().at(72, 740, heading) if heading else Page()
    for number, title in enumerate(entries, start=3):
        page.at(72, 740 - 14 * number, title).at(500, 740 - 14 * number, str(number * 4))
    page.column([FULL] * 8, y=500)
    return page


def test_contents_lists_are_no_text(tmp_path: Path) -> None:
    page = contents_page(["Findings", "What the panel recommends", "Thanks"], heading="Contents")
    page.at(72, 740 - 14 * 6, "A chapter whose heading is so long that it takes up two lines, and so does")
    page.at(72, 740 - 14 * 7, "its entry").at(500, 740 - 14 * 7, "31")
    assert texts(tmp_path, page) == [" ".join([FULL] * 8)]


def test_contents_lists_are_known_by_their_dots(tmp_path: Path) -> None:
    page = lines_at(700, *(f"{title} {'.' * 60} {page}" for title, page in (("A", 3), ("B", 7), ("C", 9))))
    page.column([FULL] * 8, y=600)
    assert texts(tmp_path, page) == [" ".join([FULL] * 8)]


def test_rows_that_end_in_numbers_are_kept(tmp_path: Path) -> None:
    found = texts(tmp_path, contents_page(["Visits", "Telephone calls to the ward", "Letters"]))
    assert found[:3] == ["Visits 12", "Telephone calls to the ward 16", "Letters 20"]


def test_paragraphs_are_the_same_one_after_the_other(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "report.pdf", report(4))
    assert tuple(iter_paragraphs(path)) == read_document(path).paragraphs


@pytest.mark.skipif(not (SHARED / "pdf").is_dir(), reason="the folder of real PDFs is absent")
def test_real_pdfs_are_read_without_their_page_furniture() -> None:
    paths = sorted((SHARED / "pdf").glob("*.pdf"))
    assert paths
    for path in paths:
        document = read_document(path)
        starts_low = [p for p in document.paragraphs if p.text[0].islower()]
        assert len(starts_low) <= 1 + 0.01 * len(document.paragraphs), path.name
        assert not [p for p in document.paragraphs if p.text.isdigit() and len(p.text) > 1], path.name
        assert "\ufffe" not in document.text
        assert all(document.text[p.start : p.start + len(p.text)] == p.text for p in document.paragraphs)


@pytest.mark.skipif(not (SHARED / "inquiries").is_dir(), reason="the folder of inquiry reports is absent")
def test_labelled_sentences_of_real_reports_are_found_whole_on_their_page() -> None:
    counts = labelled_sentences(SHARED)
    # the rest are rows of a glossary, and sentences cut with a list's first item, or at an abbreviation
    assert counts["ending a sentence"] / (counts["sentences"] + counts["numbers alone"]) >= 0.97
