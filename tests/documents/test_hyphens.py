"""Words broken at line ends: the hyphen stays where it is the word's own."""

from __future__ import annotations

import pytest

from bias_detect.documents.hyphens import mend
from bias_detect.documents.lines import HYPHEN

BREAKS_WORDS = f"The safe{HYPHEN}guarding lead asked; safeguarding was her task."


def mended(broken: str, *others: str) -> str:
    return mend([BREAKS_WORDS, *others, broken.replace("|", HYPHEN)])[-1]


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("the long|term plan", "the long-term plan"),
        ("a follow|up visit", "a follow-up visit"),
        ("a half|day course", "a half-day course"),
        ("a part|time post", "a part-time post"),
        ("an X|ray was taken", "an X-ray was taken"),
        ("at short|list stage", "at shortlist stage"),
        ("with a high|light", "with a highlight"),
        ("in the door|way", "in the doorway"),
    ],
)
def test_words_found_nowhere_else(broken: str, whole: str) -> None:
    assert mended(broken, "The list was by the door. A light was on.") == whole


def test_another_form_of_the_word_decides() -> None:
    assert (
        mended("missing per|sons were found", "One person stood as sons do, per day.") == "missing persons were found"
    )
    assert mended("a well|being plan", "Her wellbeing was all that mattered.") == "a wellbeing plan"
    assert mended("they co|operated", "No one would co-operate.") == "they co-operated"


def test_prefixes_keep_their_hyphen_before_words_of_the_document() -> None:
    said = "The school said that attendance was low. A message was sent with a view of the text."
    assert mended("a pre|school child", said) == "a pre-school child"
    assert mended("her non|attendance", said) == "her non-attendance"
    assert mended("he was pre|sent", said) == "he was present"
    assert mended("it was con|trol|led by staff", "They led staff in control.").count("-") == 0
