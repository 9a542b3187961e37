"""PDF: lines to paragraphs, running heads, notes, reading order, and files that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from measure_documents import labelled_sentences
from pdf_writer import Page, write_pdf

from bias_detect.documents.document import Document
from bias_detect.documents.read import iter_paragraphs, read_document
from bias_detect.errors import DocumentError

FULL = "The duty worker rang the school twice and left a message with the office each"  # nearly fills a line
SHARED = Path(os.environ.get("BIAS_DETECT_SHARED", Path(__file__).parents[3] / "shared"))


def read(tmp_path: Path, *pages: Page) -> Document:
    return read_document(write_pdf(tmp_path / "report.pdf", list(pages)))


def texts(tmp_path: Path, *pages: Page) -> list[str]:
    return [paragraph.text for paragraph in read(tmp_path, *pages).paragraphs]


def lines_at(start: float, *lines: str) -> Page:
    page = Page()
    page.column(list(lines), y=start)
    return page


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


def report(count: int) -> list[Page]:
    """Pages with a running head, a page number and a sentence that runs on to the next page."""
    names = ["Ash", "Birch", "Cedar", "Elm", "Fir"]
    pages = []
    for number in range(1, count + 1):
        page = Page().at(72, 800, "A review of one family")
        page.column([f"{names[number]} House was the last. Then the call came in." if number > 1 else "It began."])
        page.column(
            [FULL, f"week. The visit to {names[number]} House is told here at length, and so are those to"], y=640
        )
        pages.append(page.at(290, 30, f"Page {number} of {count}"))
    return pages


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


def test_footnotes_follow_the_paragraph_that_runs_on_over_them(tmp_path: Path) -> None:
    first = Page()
    first.column([FULL] * 12 + [f"{FULL} and the"])
    first.at(72, 90, "1 The log of the duty team.", size=8).at(72, 78, "2 The log of the ward.", size=8)
    second = lines_at(700, "nurse knew it.", "", "The visit was put off.")
    found = texts(tmp_path, first, second)
    assert found[0].endswith("and the nurse knew it.")
    assert found[1:] == ["1 The log of the duty team.", "2 The log of the ward.", "The visit was put off."]


def test_footnotes_are_marked_and_go_on_to_the_next_page(tmp_path: Path) -> None:
    first = Page()
    first.column([FULL] * 12 + ["week."])
    first.at(72, 90, "1 The log of the duty team.", size=8).at(72, 78, "2 The log of the ward, which the", size=8)
    second = Page()
    second.column([FULL] * 12 + ["month."])
    second.at(72, 90, "nurse kept.", size=8).at(72, 78, "3 The log of the school.", size=8)
    notes = [p for p in read(tmp_path, first, second).paragraphs if p.section == "footnote"]
    assert [(p.text, p.page) for p in notes] == [
        ("1 The log of the duty team.", 1),
        ("2 The log of the ward, which the nurse kept.", 1),
        ("3 The log of the school.", 2),
    ]


def test_notes_at_the_foot_of_a_column_are_no_part_of_its_text(tmp_path: Path) -> None:
    page = Page()
    page.column(["The first team kept a log of", "its own, and nobody asked"] * 8)
    page.at(72, 90, "1 The log of the ward.", size=8)
    page.column(
        ["for the others to be joined.", *["The third team had no log at", "all, as nobody knew it."] * 7], x=320
    )
    page.at(320, 90, "2 The log of the school.", size=8)
    found = read(tmp_path, page).paragraphs
    assert "nobody asked for the others to be joined." in found[0].text
    assert [p.text for p in found if p.section == "footnote"] == ["1 The log of the ward.", "2 The log of the school."]


def test_a_page_of_small_print_is_text(tmp_path: Path) -> None:
    page = Page()
    page.column([FULL, "1 week.", FULL, "month."], size=8)
    body = lines_at(700, *[FULL] * 12, "week.")
    assert not [p for p in read(tmp_path, body, page).paragraphs if p.section == "footnote"]


def test_a_raised_note_number_does_not_part_its_line(tmp_path: Path) -> None:
    page = Page().at(72, 700, "The nurse did not see the log of that night.").at(288, 704, "1", size=6)
    page.at(296, 700, "She had no").at(72, 686, "access to it, and nobody told her.")
    assert texts(tmp_path, page) == [
        "The nurse did not see the log of that night.¹ She had no access to it, and nobody told her."
    ]


def test_a_note_number_that_ends_its_line_follows_its_words(tmp_path: Path) -> None:
    page = Page().at(72, 700, "The team was asked about “the log of that night”.").at(315, 705, "150", size=6)
    page.column([FULL] * 3, y=640)
    assert texts(tmp_path, page)[0] == "The team was asked about “the log of that night”.¹⁵⁰"


def test_hanging_numbers_with_a_letter_open_paragraphs(tmp_path: Path) -> None:
    page = Page()
    for number, y in (("A1.24.", 700), ("A1.25.", 630)):
        page.at(72, y, number).at(115, y, "The first team had kept a log of its own, and so had all of the others.")
        page.column(["However, nobody had asked for them to be joined, which is the", "rule."], x=115, y=y - 14)
    assert [text[:13] for text in texts(tmp_path, page)] == ["A1.24. The fi", "A1.25. The fi"]


def test_raised_letters_do_not_part_a_line(tmp_path: Path) -> None:
    page = Page().at(72, 700, "You are asked to answer within fifty-six days of the date of this report,")
    page.at(72, 686, "by the 16").at(117, 690, "th", size=6).at(125, 686, "of June.")
    page.column([FULL] * 5, y=640)
    assert texts(tmp_path, page)[0].endswith("of this report, by the 16th of June.")


def test_a_sentence_goes_on_below_a_box(tmp_path: Path) -> None:
    page = lines_at(700, FULL, "week, and that was the reason why nobody went to the house or to the school")
    page.at(120, 640, "This box tells the story.", size=9).at(120, 629, "It is a short one.", size=9)
    page.column(["or to the ward."], y=590)
    assert texts(tmp_path, page) == [
        f"{FULL} week, and that was the reason why nobody went to the house or to the school or to the ward.",
        "This box tells the story. It is a short one.",
    ]


def test_a_box_drawn_last_is_read_where_it_stands(tmp_path: Path) -> None:
    page = Page().at(72, 700, "Above the box.").at(72, 600, "Below the box.").at(90, 650, "In the box.")
    assert texts(tmp_path, page) == ["Above the box.", "In the box.", "Below the box."]


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    page = Page()
    left = ["The first team kept a log of", "its own, and the second", "team did so as well; but"] * 3
    page.column([*left, "nobody had asked for the"])
    page.column(["two to be joined.", *["The third team had no log", "at all, as nobody knew."] * 4], x=320)
    assert "nobody had asked for the two to be joined." in texts(tmp_path, page)[0]


def test_a_page_shows_where_each_sentence_begins(tmp_path: Path) -> None:
    paragraph = read(tmp_path, *report(2)).paragraphs[1]
    assert paragraph.text[paragraph.turns[0] :].startswith("Cedar House was the last.")
    assert [paragraph.page_at(paragraph.text.find(words)) for words in ("week.", "Cedar", "Then")] == [1, 2, 2]


def test_cells_of_a_table_are_apart(tmp_path: Path) -> None:
    page = Page()
    y = page.column([FULL] * 8) - 40
    for date, event in (("3 May", "The nurse came to the flat and"), ("9 May", "The school rang the")):
        page.at(72, y, date).at(200, y, event).at(200, y - 14, "ward that day.")
        y -= 40
    assert texts(tmp_path, page)[1:] == [
        *("3 May", "The nurse came to the flat and ward that day."),
        *("9 May", "The school rang the ward that day."),
    ]


def test_cells_are_put_together_though_their_lines_are_short(tmp_path: Path) -> None:
    page = lines_at(700, FULL, "week.")
    page.column(["The nurse had come to the", "Ashdown house on her own."], y=640)
    page.column(["The school had no log of the", "Ashdown house at all."], x=320, y=640)
    page.column([FULL, "month."], y=590)
    assert texts(tmp_path, page)[1:3] == [
        "The nurse had come to the Ashdown house on her own.",
        "The school had no log of the Ashdown house at all.",
    ]


def test_a_blacked_out_name_parts_nothing(tmp_path: Path) -> None:
    page = lines_at(700, FULL, "week.", FULL)
    page.at(72, 640, "My inquiry showed that").at(290, 640, "had made no record of it")
    page.at(72, 626, "at all. It is right that").at(290, 626, "wrote to the surgery.")
    assert texts(tmp_path, page)[-1] == (
        "My inquiry showed that had made no record of it at all. It is right that wrote to the surgery."
    )


def test_tables_that_run_up_the_page_are_read_by_lines(tmp_path: Path) -> None:
    page = Page(rotate=90)
    for line, text in enumerate(["The nurse came to the flat and", "found nobody in, and so she", "left a card."]):
        page.at(100 + 14 * line, 60, text, upwards=True)
    assert texts(tmp_path, page) == ["The nurse came to the flat and found nobody in, and so she left a card."]


def test_turned_pages_are_read_by_lines(tmp_path: Path) -> None:
    page = Page(rotate=90)
    page.column([FULL, "week."])
    assert texts(tmp_path, page) == [f"{FULL} week."]


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


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "locked.pdf", report(2), password="secret")
    with pytest.raises(DocumentError, match=r"locked\.pdf: is locked with a password; open it and save it without"):
        read_document(path)
    assert len(read_document(write_pdf(path, report(2), password="")).paragraphs) > 1


def test_a_scan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"has no text layer \(a scan\); run it through OCR first"):
        read(tmp_path, Page(image=True), Page(image=True))


def test_a_scan_behind_a_cover_sheet_is_refused(tmp_path: Path) -> None:
    cover = Page().at(72, 700, "This is the cover sheet.")
    with pytest.raises(DocumentError, match=r"no text layer on 3 of its 4 pages \(a scan\); run it through OCR first"):
        read(tmp_path, cover, *[Page(image=True)] * 3)
    assert texts(tmp_path, cover, Page(image=True)) == ["This is the cover sheet."]
    assert texts(tmp_path, cover, Page(), Page()) == ["This is the cover sheet."]


@pytest.mark.parametrize("page", [Page(), Page().at(72, 700, "  ").at(72, 600, "—")])
def test_a_pdf_of_empty_pages_holds_no_text(tmp_path: Path, page: Page) -> None:
    with pytest.raises(DocumentError, match="holds no text"):
        read(tmp_path, page)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not a PDF"),
        (b"Dear all, here is the draft.", "is not a PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 20, "is a damaged PDF"),
    ],
)
def test_files_that_are_no_pdfs(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "draft.pdf"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=rf"draft\.pdf: {message}"):
        read_document(path)


def test_a_pdf_cut_off_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "report.pdf", report(3))
    data = path.read_bytes()
    for keep in range(0, len(data), 97):
        path.write_bytes(data[:keep])
        try:
            assert read_document(path).paragraphs
        except DocumentError as error:
            assert "report.pdf" in str(error)


@pytest.mark.skipif(not (SHARED / "pdf").is_dir(), reason="the folder of real PDFs is absent")
def test_real_pdfs_are_read_without_their_page_furniture() -> None:
    for path in sorted((SHARED / "pdf").glob("*.pdf")):
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
