"""Comments of an earlier review at what is no longer flagged: taken out, unless people have worked on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from word_writer import SPACES, comment_texts, commented, parts_of, related, run, typed, write_word

from bias_detect.review.comments import upkeep
from bias_detect.review.word_comments import Earlier, comment_word

OURS = (
    "hindsight-biased, 92% sure",
    "Because of: “should have” (counterfactual)",
    "It sets beside what happened something else that might or ought to have happened.",
    "What did the procedure call for, and what was done? What made that the sensible thing to do?",
    "See S. Dekker, Reconstructing human contributions to accidents (2002)",
    "To leave this one for good, add 3fa9c1d20b to draft.docx.ignore",
)
REPLIES = "word/commentsExtended.xml"


def comment(number: int, *lines: str, author: str = "bias-detect", name: str = "0A") -> str:
    paragraphs = "".join(f'<w:p w14:paraId="{name}{place}">{run(line)}</w:p>' for place, line in enumerate(lines))
    return f'<w:comment w:id="{number}" w:author="{author}">{paragraphs}</w:comment>'


def marked(text: str, *numbers: int) -> str:
    starts = "".join(f'<w:commentRangeStart w:id="{number}"/>' for number in numbers)
    ends = "".join(
        f'<w:commentRangeEnd w:id="{number}"/><w:r><w:rPr><w:b/></w:rPr><w:commentReference w:id="{number}"/></w:r>'
        for number in numbers
    )
    return f"{starts}{run(text)}{ends}"


def draft(path: Path, text: str, *comments: str, replies: str = "") -> Path:
    spaces = " ".join(f'xmlns:{prefix}="{SPACES[prefix]}"' for prefix in ("w", "w14", "w15"))
    extended = related("comments", "comments.xml").replace(
        b"</Relationships>",
        b'<Relationship Id="rId91" Type="http://schemas.microsoft.com/office/2011/relationships/commentsExtended" '
        b'Target="commentsExtended.xml"/></Relationships>',
    )
    more = {
        "word/comments.xml": f"<w:comments {spaces}>{''.join(comments)}</w:comments>",
        REPLIES: f"<w15:commentsEx {spaces}>{replies}</w15:commentsEx>",
        "word/_rels/document.xml.rels": extended,
        "[Content_Types].xml": typed("word/comments.xml", "comments"),
    }
    return write_word(path, f"<w:p>{text}{run(' No one came.')}</w:p>", more=more)


def again(path: Path, standing: dict[str, int] | None = None) -> tuple[Earlier, dict[str, str]]:
    output = path.with_name("second.docx")
    earlier = comment_word(path, output, [], upkeep=upkeep(standing or {}, sections=False))
    old, new = parts_of(path), parts_of(output)
    assert list(new) == list(old)
    assert {name for name in new if new[name] != old[name]} <= {"word/document.xml", "word/comments.xml"}
    if not earlier.removed:
        assert new == old
    return earlier, commented(output)


def test_a_comment_that_nobody_worked_on_goes_and_leaves_the_text(tmp_path: Path) -> None:
    path = draft(tmp_path / "first.docx", marked("She rang.", 4), comment(4, *OURS))
    assert again(path) == (Earlier(removed=1), {})
    xml = parts_of(tmp_path / "second.docx")["word/document.xml"].decode()
    assert "comment" not in xml
    assert f"<w:p>{run('She rang.')}{run(' No one came.')}</w:p>" in xml
    assert comment_texts(tmp_path / "second.docx") == {}


def test_a_comment_whose_sentence_stands_stays(tmp_path: Path) -> None:
    path = draft(tmp_path / "first.docx", marked("She rang.", 4), comment(4, *OURS))
    assert again(path, {"3fa9c1d20b": 1}) == (Earlier(), {"4": "She rang."})
    twice = marked("She rang.", 4) + marked(" She rang.", 5)
    path = draft(tmp_path / "first.docx", twice, comment(4, *OURS), comment(5, *OURS, name="0B"))
    earlier, left = again(path, {"3fa9c1d20b": 1})
    assert (earlier.removed, len(left)) == (1, 1)


@pytest.mark.parametrize(
    "lines",
    [
        (*OURS, "Done."),
        ("Agreed. " + OURS[0], *OURS[1:]),
        (*OURS[:3], "And what was done?", *OURS[4:]),
        (*OURS[:3], OURS[3] + " Nothing.", *OURS[4:]),
        (*OURS[:5], OURS[5] + " – no!"),
    ],
)
def test_a_comment_that_somebody_changed_stays_and_is_counted(tmp_path: Path, lines: tuple[str, ...]) -> None:
    path = draft(tmp_path / "first.docx", marked("She rang.", 4), comment(4, *lines))
    assert again(path) == (Earlier(kept=1), {"4": "She rang."})


def test_a_comment_with_a_reply_stays_and_is_counted(tmp_path: Path) -> None:
    reply = comment(5, "We have mended it.", author="A. Chair", name="0B")
    linked = '<w15:commentEx w15:paraId="0B0" w15:paraIdParent="0A5" w15:done="0"/>'
    both = (comment(4, *OURS), reply)
    for text, replies in (
        (marked("She rang.", 4, 5), ""),  # as programs write it that know no replies
        (marked("She", 5) + marked(" rang.", 4), linked),
    ):
        path = draft(tmp_path / "first.docx", text, *both, replies=replies)
        assert again(path)[0] == Earlier(kept=1)
    path = draft(tmp_path / "first.docx", marked("She", 5) + marked(" rang.", 4), *both)
    assert again(path) == (Earlier(removed=1), {"5": "She"})  # what others say elsewhere is no reply


def test_comments_of_others_are_never_touched(tmp_path: Path) -> None:
    for comments in (
        comment(4, *OURS, author="A. Chair"),
        comment(4, "To be seen to.", "bias-detect: 3fa9c1d20b"),
        comment(4, "3fa9c1d20b"),
        comment(4, *OURS[:5], OURS[5].replace("3fa9c1d20b", "section-3fa9c1d20b")),
    ):
        path = draft(tmp_path / "first.docx", marked("She rang.", 4), comments)
        assert again(path) == (Earlier(), {"4": "She rang."})


def test_comments_on_notes_are_known(tmp_path: Path) -> None:
    lines = ("In this footnote: “Staff should have rung.”", *OURS)
    path = draft(tmp_path / "first.docx", marked("She rang.", 4), comment(4, *lines))
    assert again(path)[0] == Earlier(removed=1)


def test_a_run_that_holds_more_than_the_mark_keeps_the_rest(tmp_path: Path) -> None:
    text = '<w:r><w:t>She rang.</w:t><w:commentReference w:id="4"/></w:r>'
    path = draft(tmp_path / "first.docx", text, comment(4, *OURS))
    output = tmp_path / "second.docx"
    assert comment_word(path, output, [], upkeep=upkeep({}, sections=False)).removed == 1
    assert "<w:r><w:t>She rang.</w:t></w:r>" in parts_of(output)["word/document.xml"].decode()
