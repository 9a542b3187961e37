"""Quotations, marked in the cases as they are to be found: [what is quoted]."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.language.quotations import quotation_spans, quoted_share

CASES = [
    "The nurse wrote [“boyfriend is back”] and rang off.",
    "The board said: [“We should have acted. We did not.”]12 It had no log.",
    'He told us: ["They could have known,"] and then ["so could we."]',
    "Staff [‘hadn’t a key’] is how she put it.",
    "The family’s wish and the nurses’ station were the subject of the boys’ talk.",
    "In the '90s and in the ‘80s the parents' wish was law.",
    "The pipe was 6\" wide and the wall 5' high.",
    "He saw [‘the nurses’ station’] as his own.",
    "She saw the nurses’ station and [‘did nothing’].",
    "He wrote ['the lads' flat is empty'] and left.",
    "Mr O'Brien's ['plan'] was the ward's.",
    "It was ([“the form”]) that had no box.",
    "[“She said ‘no’ to me,”] he said.",
    "[“It began in the spring. The team was new.]",
    "He said that [“the form had no box.]",
    'A stray ” or " here marks nothing.',
    "No marks at all.",
    "",
]


def parsed(case: str) -> tuple[str, list[str]]:
    """Take the brackets off that stand next to a quotation mark, or at the end of the case."""
    text, quoted, opened = "", [], None
    for place, character in enumerate(case):
        if character == "[" and case[place + 1 : place + 2] in {"“", "‘", '"', "'"}:
            opened = len(text)
        elif character == "]" and opened is not None:
            quoted.append(text[opened:])
            opened = None
        else:
            text += character
    return text, quoted


@pytest.mark.parametrize("case", CASES)
def test_quotations_are_found(case: str) -> None:
    text, quoted = parsed(case)
    assert [text[start:end] for start, end in quotation_spans(text)] == quoted


def test_a_sentence_inside_a_long_quotation_is_quoted() -> None:
    text = "She wrote: “It was late. I should have rung. I did not.” The team agreed."
    spans = quotation_spans(text)
    inside, after = text.find("I should"), text.find("The team")
    assert quoted_share(spans, inside, inside + 18) == 1
    assert quoted_share(spans, after, len(text)) == 0
    assert 0 < quoted_share(spans, 0, inside) < 1
    assert quoted_share(spans, 5, 5) == 0


def test_many_marks_that_open_and_never_close_cost_little() -> None:
    assert quotation_spans('"a ' * 20_000) == [(0, 60_000)]


@given(st.text(alphabet="ab s.,“”‘’\"'0["))
def test_spans_are_in_order_and_apart(text: str) -> None:
    spans = quotation_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert 0 <= quoted_share(spans, 0, len(text)) <= 1
