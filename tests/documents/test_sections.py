"""Headings: which lines are headings, which kind of section each begins, and how sections nest."""

from __future__ import annotations

import pytest

from bias_detect.documents.running import running_lines
from bias_detect.documents.sections import SectionTracker, is_contents_entry, is_heading, section_kind


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Methodology", "method"),
        ("2. Terms of Reference", "method"),
        ("Circumstances of the death", "facts"),
        ("FAMILY BACKGROUND", "facts"),
        ("Chapter 3: Chronology of key events", "chronology"),
        ("Timeline", "chronology"),
        ("5.1 Analysis and findings", "analysis"),
        ("Findings and recommendations", "findings"),
        ("Finding 2: Two teams, one form", "findings"),
        ("5 CORONER’S CONCERNS", "findings"),
        ("Lessons learned", "findings"),
        ("Summary and conclusions", "conclusions"),
        ("Narrative conclusion", "conclusions"),
        ("(iv) Recommendations", "recommendations"),
        ("6 ACTION SHOULD BE TAKEN", "recommendations"),
        ("Appendix A: Methodology", "appendix"),
        ("Statutory guidance", "method"),
        ("2.1 The relevant statutory guidance", "method"),
        ("Legal framework", "method"),
        ("Purpose of the review", "method"),
        ("Domestic homicide review: terms of reference", "method"),
        ("Introduction and terms of reference", "method"),
        ("How staff followed statutory guidance", None),
        ("The police investigation", None),
        ("Endnotes", "footnote"),
        ("Notes", "footnote"),
        ("The nursing notes", None),
        ("Executive summary", "other"),
        ("The weeks before Christmas", None),
        ("Unfounded allegations", None),
    ],
)
def test_kind_of_a_heading(heading: str, kind: str | None) -> None:
    assert section_kind(heading) == kind


@pytest.mark.parametrize(
    "line",
    [
        "Findings",
        "4. Findings",
        "4.2.13 Analysis of practice",
        "KEY PRACTICE EPISODE ONE",
        "What happened?",
        "Chapter 2: The visits",
        "Recommendation 4",
        "IV. CONCLUSIONS",
    ],
)
def test_headings(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "The findings of the panel were shared with the family in May.",
        "Findings 12",
        "Chapter 2: The visits 19",
        "Recommendations ........ 31",
        "findings of the earlier review",
        "1. Chief Executive of the trust",
        "12 March 2019",
        "4.1",
        "Findings\nThe form had no box",
        "METHOD " * 40,
    ],
)
def test_lines_that_are_no_headings(line: str) -> None:
    assert not is_heading(line)


def test_sections_nest_by_level() -> None:
    tracker = SectionTracker()
    steps = [
        ("A learning review", 0, "other"),
        ("Findings", 1, "findings"),
        ("The school", 2, "findings"),
        ("Background", 2, "facts"),
        ("The nursery", 3, "facts"),
        ("The police", 2, "findings"),
        ("Thanks", 1, "other"),
        ("Recommendations", None, "recommendations"),
        ("For the board", None, "recommendations"),
    ]
    assert [tracker.heading(text, level) for text, level, _ in steps] == [kind for _, _, kind in steps]


WORDS = [chr(65 + i) * 4 for i in range(17)]


def test_chapters_and_appendices_end_what_stands_before_them() -> None:
    tracker = SectionTracker()
    steps = [
        ("Conclusion", "conclusions"),
        ("CHAPTER 3: THE VISITS", "other"),
        ("Analysis", "analysis"),
        ("Appendix 2", "appendix"),
        ("Introduction", "appendix"),
    ]
    assert [tracker.heading(text) for text, _ in steps] == [kind for _, kind in steps]


def pages_of(count: int, head: str, foot: str) -> list[list[tuple[str, float]]]:
    return [
        [
            (head.format(number), 800.0),
            *((f"{WORDS[(number * 5 + i) % 17]} came by and said more.", 700.0 - 14 * i) for i in range(12)),
            (foot.format(number), 30.0),
        ]
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(("head", "foot"), [("A Review", "{}"), ("{} A REVIEW", "Page {} of 9"), ("Draft", "- {} -")])
def test_running_heads_and_page_numbers_are_found(head: str, foot: str) -> None:
    assert running_lines(pages_of(5, head, foot)) == [{0, 13}] * 5


def test_what_heads_a_page_by_chance_is_kept() -> None:
    pages = pages_of(6, "Finding {}", "{}")  # the numbers of findings run with those of the pages
    for number, page in enumerate(pages, start=1):
        page[0] = ("Response:", 800.0)
        page[6] = ("Response:", page[6][1])
        page[2] = (f"In 20{number:02} there were more.", page[2][1])
    assert running_lines(pages) == [{13}] * 6


def test_of_two_pages_only_what_stands_apart_on_both_is_a_running_head() -> None:
    pages = pages_of(2, "A Review", "The end")
    pages[0][1] = pages[1][1] = ("Response:", 700.0)
    pages[1][13] = ("The end", 530.0)
    assert running_lines(pages) == [{0}, {0}]


@pytest.mark.parametrize("count", [1, 4])
def test_a_page_number_that_counts_the_pages_is_no_text(count: int) -> None:
    pages = [[(f"{WORDS[i]} rang.", 700.0), (f"Page {i + 1} of {count}", 30.0)] for i in range(count)]
    assert running_lines(pages) == [{1}] * count


def test_empty_pages_have_no_heads() -> None:
    assert running_lines([[], [], []]) == [set(), set(), set()]


def test_a_line_of_a_hundred_thousand_dots_does_not_hang_it() -> None:
    dots = "." * 100_000
    assert is_contents_entry(f"The visits {dots} 19")
    assert not is_contents_entry(f"The visits {dots} of May")
