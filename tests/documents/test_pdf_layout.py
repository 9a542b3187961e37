"""PDF: notes at the foot, columns, boxes, tables and turned pages, in the order in which they are read."""

from __future__ import annotations

from pathlib import Path

from pdf_reading import FULL, lines_at, read, report, texts
from pdf_writer import Page


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
