"""Places in the text as it is read, found in the raw text."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bias_detect.documents.cleaning import clean_text
from bias_detect.review.word_cut import raw_cut

PIECES = st.sampled_from(
    [
        *("a", " ", ".", "He ", "’", "\u00ad", "\u200b", "\ufb01", "\ufb03", "\u00a0", "\u2029", "\x92", "\x7f"),
        *("â€™", "â€œ", "â€", "Ã©", "ÃƒÂ©", "Â\xa0", "Ã", "é", "漢字", "\U0001f600", "\n"),
    ]
)
RAW = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=12)


@example(raw="â€\x7fa", share=0.5, forward=False)  # read as a quotation mark if cut behind the control character
@given(raw=RAW, share=st.floats(0, 1), forward=st.booleans())
def test_a_cut_parts_the_cleaned_text_where_it_says(raw: str, share: float, forward: bool) -> None:
    cleaned = clean_text(raw)
    offset = round(share * len(cleaned))
    cut, place = raw_cut(raw, offset, forward=forward)
    assert clean_text(raw[:cut]) == cleaned[:place]
    assert clean_text(raw[cut:]) == cleaned[place:]
    assert place >= offset if forward else place <= offset


def test_every_place_of_text_that_is_only_shifted_is_found() -> None:
    raw = "The re\u00adport\u00a0said: “Itâ€™s\u200b late.”"
    for offset in range(len(clean_text(raw)) + 1):
        assert raw_cut(raw, offset, forward=True)[1] == raw_cut(raw, offset, forward=False)[1] == offset


def test_long_stretches_of_another_script_are_cut_within() -> None:
    assert raw_cut("漢" * 3000, 1500, forward=False) == (1500, 1500)
    assert raw_cut("漢" * 3000 + "\u00ad", 1500, forward=True) == (3001, 3000)  # too long to look for a place in it
