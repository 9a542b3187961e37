"""What tells who somebody is: found, masked to its length, and not seen where it is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from personal_cases import PERSONAL

from bias_detect.corpus.personal import find_personal, masked


@pytest.mark.parametrize(
    "text",
    [
        "Mr D and Dr SW1 told Mrs H’s daughter.",
        "The Family Nurse Partnership and a Nurse Manager rang.",
        "He was born in 1987, and moved on 3 May 2001.",
        "The card said 943 476 5918.",
        "The meeting of 01-02-2003 10:15 lasted until 1200.",
        "Order 2003-01-02-0001 and case 1234567890123.",
        "SW1 and HV2 rang GP3.",
    ],
)
def test_what_tells_nobody_is_left_alone(text: str) -> None:
    assert list(find_personal(text)) == []
    assert masked(text) == text


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.integers(0, 8), st.integers(1, 9))
def test_the_check_digit_of_an_nhs_number_tells_a_slip_in_any_digit(digits: list[int], place: int, by: int) -> None:
    check = (11 - sum(digit * (10 - at) for at, digit in enumerate(digits)) % 11) % 11
    slip = [*digits[:place], (digits[place] + by) % 10, *digits[place + 1 :]]

    def kinds(numbers: Sequence[int]) -> set[str]:
        text = f"The card said {''.join(map(str, numbers))}."
        return {found.kind for found in find_personal(text) if found.kind == "NHS numbers"}

    if check < 10:
        assert kinds([*digits, check]) == {"NHS numbers"}
        assert kinds([*slip, check]) == set()
    else:
        assert all(kinds([*digits, last]) == set() for last in range(10))


@given(st.text(), st.sampled_from([text for _, text, _ in PERSONAL]), st.text())
def test_masking_keeps_the_length_and_ends(before: str, text: str, after: str) -> None:
    whole = f"{before} {text} {after}"
    once = masked(whole)
    assert len(once) == len(whole)
    assert all(new in (old, "*") for old, new in zip(whole, once, strict=True))
