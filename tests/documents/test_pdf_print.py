"""PDF: cells of tables, numbers of notes, and what ends a line without ending a sentence."""

from __future__ import annotations

from pathlib import Path

from pdf_reading import FULL, read, texts
from pdf_writer import Page

from bias_detect.language.boundaries import sentence_spans


def test_a_note_number_behind_a_number_is_no_part_of_it(tmp_path: Path) -> None:
    page = Page().at(72, 700, "He was found in the hall at 02.50.").at(239, 704, "9", size=6)
    page.at(246, 700, "The team was told of it at once.")
    page.column([FULL] * 4, y=640)
    text = texts(tmp_path, page)[0]
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "He was found in the hall at 02.50.⁹",
        "The team was told of it at once.",
    ]


def test_numbers_that_are_lowered_or_of_full_size_are_none_of_notes(tmp_path: Path) -> None:
    page = Page().at(72, 700, "The level of CO").at(149, 697, "2", size=6).at(155, 700, "was 4.2.13 in all.")
    page.column([FULL] * 4, y=640)
    assert texts(tmp_path, page)[0].replace(" ", "") == "ThelevelofCO2was4.2.13inall."


def test_a_line_that_ends_with_id_est_goes_on(tmp_path: Path) -> None:
    page = Page()
    page.column(["4.1 She was owed £75,000.197"], y=700)
    page.column([f"4.2 {FULL[:-5]} i.e.", "following the rule of the house."], y=650)
    page.column([FULL] * 4, y=590)
    assert texts(tmp_path, page)[1].endswith("i.e. following the rule of the house.")


def test_a_question_mark_before_a_word_stays_with_it(tmp_path: Path) -> None:
    page = Page()
    page.column([f"{FULL} ?", "fracture of the wrist."], y=700)
    assert texts(tmp_path, page) == [f"{FULL} ?fracture of the wrist."]


def test_lines_of_a_cell_are_as_long_as_its_column(tmp_path: Path) -> None:
    page = Page()
    page.column([FULL, FULL, "week. It is shown in the table below."], y=740)
    page.column(["The worker was told of the plan", "by a letter that was sent to Ms", "Carter of the ward."], y=660)
    page.column(["No one had", "seen it."], x=260, y=660)
    page.column([FULL] * 4, y=560)
    found = texts(tmp_path, page)
    assert "The worker was told of the plan by a letter that was sent to Ms Carter of the ward." in found
    assert "No one had seen it." in found


def test_the_first_cell_of_a_row_goes_on_with_nothing_of_the_page_before(tmp_path: Path) -> None:
    first, second = Page(), Page()
    first.column([FULL] * 3 + ["The list was kept by the nurse on the ward, and by the school in the city."], y=700)
    second.at(72, 700, "Prevalence").at(200, 700, "How many have an illness,").at(200, 686, "and where they live.")
    second.column([FULL] * 3, y=640)
    assert "Prevalence" in texts(tmp_path, first, second)


def test_headings_that_end_with_a_year_or_a_number_of_their_own(tmp_path: Path) -> None:
    page = Page().at(72, 740, "The weeks to May 2014", size=15)
    page.column([FULL] * 4, y=710)
    page.at(72, 620, "Module 1", size=15)
    page.column([FULL] * 4, y=590)
    assert [p.text for p in read(tmp_path, page).paragraphs if p.heading] == ["The weeks to May 2014", "Module 1"]
