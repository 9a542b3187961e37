from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bias_detect.corpus.duplicates import (
    count_leaks,
    duplicate_groups,
    near_duplicates,
    normalise,
    split_leaks,
)
from bias_detect.errors import UsageError


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The nurse’s note.", "the nurse's   note"),
        ("“No concerns”, she wrote", "'No concerns' - she wrote!"),
        ("Seen on 3 May 2011 at 9.30", "Seen on 17 May 2009 at 14:05"),
        ("The ﬁle was closed", "The file was closed"),
        ("The assess\u00adment was late", "The assessment was late."),
        ("Cafe\u0301 shut", "CAFÉ SHUT"),
    ],
)
def test_sentences_that_differ_in_looks_only_are_equal(first: str, second: str) -> None:
    assert normalise(first) == normalise(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("He was seen.", "He was not seen."),
        ("Seen in May", "Seen in June"),
        ("her note", "hers note"),
        ("* * *", "- - -"),
        ("कि", "का"),
    ],
)
def test_sentences_that_differ_in_words_are_not(first: str, second: str) -> None:
    assert normalise(first) != normalise(second)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(st.characters(codec="ascii")), st.sampled_from([str.upper, str.lower, str.title]))
def test_case_and_white_space_do_not_count(text: str, change) -> None:  # type: ignore[no-untyped-def]
    words = text.split()
    assert normalise(change("  ".join(words))) == normalise(" ".join(words))


SMALL = st.lists(st.sampled_from(["a b", "A  b.", "c", "c!", "d e f", "D-e f", "", "7 g", "9 g"]), max_size=15)


@given(SMALL)
def test_groups_are_equal_exactly_where_the_keys_are(sentences: list[str]) -> None:
    groups = duplicate_groups(sentences)
    assert len(groups) == len(sentences)
    for i, j in itertools.combinations(range(len(sentences)), 2):
        assert (groups[i] == groups[j]) == (normalise(sentences[i]) == normalise(sentences[j]))


SPLITS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=25)


@given(SPLITS, st.integers(0, 3))
def test_nothing_stands_on_both_sides_and_no_more_is_dropped_than_must_be(
    rows: list[tuple[int, int]], held_out: int
) -> None:
    keys = np.array([key for key, _ in rows])
    documents = np.array([document for _, document in rows])
    train, test = np.flatnonzero(documents != held_out), np.flatnonzero(documents == held_out)
    kept = split_leaks(train, test, keys)
    assert not set(keys[kept]) & set(keys[test])
    assert set(train) - set(kept) == {i for i in train if keys[i] in keys[test]}


@given(SPLITS)
def test_leaks_are_the_sentences_with_an_equal_in_another_document(rows: list[tuple[int, int]]) -> None:
    expected = sum(any(key == other and document != elsewhere for other, elsewhere in rows) for key, document in rows)
    assert count_leaks([key for key, _ in rows], [document for _, document in rows]) == expected


WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9).map(" ".join)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=14), st.sampled_from([0.1, 0.3, 0.5, 2 / 3, 0.7, 0.8, 0.9, 1.0]))
def test_near_duplicates_are_those_of_the_definition(sentences: list[str], threshold: float) -> None:
    expected = {}
    firsts = [i for i, sentence in enumerate(sentences) if sentence not in sentences[:i]]
    for i, j in itertools.combinations(firsts, 2):
        left, right = set(sentences[i].split()), set(sentences[j].split())
        likeness = len(left & right) / len(left | right)
        if likeness >= threshold:
            expected[i, j] = likeness
    found = near_duplicates(sentences, threshold)
    assert {(i, j): s for i, j, s in found.itertuples(index=False, name=None)} == pytest.approx(expected)
    assert found["similarity"].is_monotonic_decreasing


def test_near_duplicates_are_found_across_blocks() -> None:
    words = ["".join(letters) for letters in itertools.product("abcdefghij", repeat=5)]
    sentences = [" ".join(words[5 * i : 5 * i + 5]) for i in range(4_500)]
    for first, second in [(0, 4_499), (1_999, 2_000)]:
        sentences[second] = sentences[first] + " more"
    found = near_duplicates(sentences)
    assert found[["first", "second"]].values.tolist() == [[0, 4_499], [1_999, 2_000]]


@pytest.mark.parametrize("threshold", [0, -1, 1.01, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(UsageError, match="threshold"):
        near_duplicates(["a", "b"], threshold)
