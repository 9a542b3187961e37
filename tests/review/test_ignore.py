"""The ignore file: written by hand or by the page, and never changed beyond what was asked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.errors import UsageError
from bias_detect.labels import Signal
from bias_detect.review.ignore import IgnoreList, ignore_path

ID, OTHER = "3fa9c1d20b", "00000000ff"
HAND = f"# ours\n\n{ID}  # the panel's own words\n  Missed Opportunity\n# {OTHER} no longer\nfailure-to-see # all\n"


def test_a_file_made_by_hand_is_understood():
    ignored = IgnoreList(HAND)
    assert ignored.entries == (ID, "missed_opportunity", "failure_to_see")
    assert OTHER not in ignored
    assert "outcome" not in ignored
    assert IgnoreList(f"{ID.upper()} Staff should have seen.\nsection-{ID}-2\n").entries == (ID, f"section-{ID}-2")


@pytest.mark.parametrize(
    "data",
    [
        HAND.encode(),
        HAND.encode("utf-8-sig"),
        HAND.encode("utf-16"),
        HAND.replace("\n", "\r\n").encode(),
        HAND.replace("# ours", "# das Prüfteam – “später”").encode("cp1252"),
        HAND.encode().rstrip(b"\n"),
    ],
    ids=["utf-8", "mark", "utf-16", "crlf", "cp1252", "no end"],
)
def test_files_of_other_editors_are_read(tmp_path, data):
    path = tmp_path / "draft.docx.ignore"
    path.write_bytes(data)
    assert IgnoreList.read(path).entries == (ID, "missed_opportunity", "failure_to_see")


def test_what_is_added_and_removed_is_all_that_changes(tmp_path):
    path = tmp_path / "draft.docx.ignore"
    path.write_bytes(HAND.replace("\n", "\r\n").encode())
    ignored = IgnoreList.read(path)
    ignored.add(OTHER, "she said\nso # twice")
    ignored.add(ID, "again")
    ignored.remove("missed_opportunity")
    ignored.remove("outcome")
    ignored.write(path)
    lines = [*HAND.replace("  Missed Opportunity\n", "").splitlines(), f"{OTHER}  # she said so # twice"]
    assert path.read_bytes() == "".join(f"{line}\r\n" for line in lines).encode()
    assert IgnoreList.read(path).entries == (ID, "failure_to_see", OTHER)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_says_what_it_is_for():
    ignored = IgnoreList()
    ignored.add("outcome")
    first, second = ignored.as_text().splitlines()
    assert first.startswith("# What bias-detect leaves alone")
    assert second == "outcome"


def test_signals_are_written_as_comments_name_them_and_both_ways_are_read():
    ignored = IgnoreList()
    ignored.add("missed_opportunity", "agreed")
    assert ignored.as_text().splitlines()[1] == "missed opportunity  # agreed"
    for text in (ignored.as_text(), "missed_opportunity", "Missed-Opportunity # all"):
        assert IgnoreList(text).entries == ("missed_opportunity",)
    ignored.remove("missed opportunity")
    assert ignored.entries == ()


@pytest.mark.parametrize("line", ["counterfactul", "3fa9c1d2", "Staff should have seen.", "beliefs", "zzzzzzzzzz"])
def test_what_is_neither_an_id_nor_a_signal_is_told_with_its_line(tmp_path, line):
    path = tmp_path / "draft.docx.ignore"
    path.write_text(f"# ours\n{line}\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        IgnoreList.read(path)
    assert str(caught.value).startswith(f"{path}: line 2: '{line}' is neither")
    assert "the signals are counterfactual" in str(caught.value)
    assert ", missed opportunity, failure to see, " in str(caught.value)
    with pytest.raises(UsageError):
        IgnoreList().add(line)


def test_what_cannot_be_read_or_written_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        IgnoreList.read(tmp_path / "none.ignore")
    with pytest.raises(UsageError, match="cannot be read"):
        IgnoreList.read(tmp_path)
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(UsageError, match="is not an ignore file"):
        IgnoreList.read(tmp_path / "binary")
    with pytest.raises(UsageError, match="cannot be written"):
        IgnoreList().write(tmp_path / "binary" / "draft.ignore")


def test_the_file_beside_a_draft_is_found(tmp_path):
    draft = tmp_path / "draft.docx"
    assert IgnoreList.beside(draft).entries == ()
    ignore_path(draft).write_text("outcome\n", encoding="utf-8")
    assert IgnoreList.beside(draft).entries == ("outcome",)
    assert IgnoreList.beside(tmp_path / ("x" * 250)).entries == ()
    assert IgnoreList.beside(Path()).entries == ()


@given(
    st.lists(
        st.one_of(
            st.from_regex(r"[0-9a-f]{10}( +#[ -~]*)?", fullmatch=True),
            st.sampled_from([*Signal]).map(str),
            st.from_regex(r"#[^\r\n\x00]*", fullmatch=True),
            st.just(""),
        )
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.from_regex(r"[0-9a-f]{10}", fullmatch=True),
    st.text(),
)
def test_lines_are_kept_whatever_they_are(lines, end, entry, note):
    text = "".join(line + end for line in lines)
    ignored = IgnoreList(text)
    assert ignored.as_text() == text
    had = entry in ignored
    ignored.add(entry, note)
    assert entry in ignored
    again = IgnoreList(ignored.as_text())
    assert again.entries == ignored.entries
    if not had:
        assert ignored.as_text().startswith(text)
        again.remove(entry)
        assert again.as_text().startswith(text)
        assert entry not in again
