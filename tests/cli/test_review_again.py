"""``bias-detect review`` of a copy that its writer has worked on: which comments go, and which stay."""

from pathlib import Path

import docx
from drafts import JUDGED, OBVIOUS, TOLD, commented, digest, write

from bias_detect.review.flags import sentence_id

CHANGED = "Staff, as it seems to us, should have seen that he was in danger."


def edited(path: Path, old: str, new: str) -> None:
    """Change the words of a Word file as a writer does, in the runs."""
    document = docx.Document(str(path))
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs if old in run.text]
    assert len(runs) == 1
    runs[0].text = runs[0].text.replace(old, new)
    document.save(str(path))


def again(cli, tmp_path: Path, *options: object) -> tuple[list[str], str]:
    """Review the copy and return the ids of the comments and what was said."""
    result = cli("review", tmp_path / "draft.reviewed.docx", "-o", tmp_path / "second.docx", "--replace", *options)
    assert (result.code, result.err) == (0, "")
    return commented(tmp_path / "second.docx"), result.out


def test_the_comment_at_a_sentence_that_was_mended_is_taken_out(cli, word, tmp_path):
    cli("review", word)
    copy = tmp_path / "draft.reviewed.docx"
    edited(copy, JUDGED, "Staff thought that he was safe, since the form said so.")
    before = digest(copy)
    ids, out = again(cli, tmp_path)
    assert ids == [sentence_id(OBVIOUS)]
    assert digest(copy) == before
    said = "  1 comment of an earlier review stands at a sentence that is no longer flagged: taken out"
    assert said in out.splitlines()
    xml = docx.Document(str(tmp_path / "second.docx")).element.xml
    assert xml.count("<w:commentReference") == xml.count("<w:commentRangeStart") == xml.count("<w:commentRangeEnd") == 1
    texts = [paragraph.text for paragraph in docx.Document(str(copy)).paragraphs]
    assert [paragraph.text for paragraph in docx.Document(str(tmp_path / "second.docx")).paragraphs] == texts


def test_a_draft_of_which_all_is_mended_has_no_comment_left(cli, tmp_path):
    cli("review", write(tmp_path / "draft.docx", JUDGED))
    edited(tmp_path / "draft.reviewed.docx", JUDGED, TOLD)
    assert again(cli, tmp_path)[0] == []


def test_a_sentence_that_was_reworded_has_one_comment(cli, word, tmp_path):
    cli("review", word)
    edited(tmp_path / "draft.reviewed.docx", JUDGED, CHANGED)
    ids, out = again(cli, tmp_path)
    assert sorted(ids) == sorted([sentence_id(OBVIOUS), sentence_id(CHANGED)])
    assert "no longer flagged: taken out" in out
    assert "1 of the flags has its comment" in out


def test_what_people_said_in_comments_stays(cli, word, tmp_path):
    cli("review", word)
    copy = tmp_path / "draft.reviewed.docx"
    document = docx.Document(str(copy))
    first = document.comments.get(0)
    first.add_paragraph("Agreed, mended.")
    marked = {run.text: run for paragraph in document.paragraphs for run in paragraph.runs}
    document.add_comment(marked[OBVIOUS], "Whose view is this?", author="A. Chair")
    document.save(str(copy))
    texts = [comment.text for comment in document.comments]
    edited(copy, JUDGED, TOLD)
    edited(copy, OBVIOUS, TOLD)
    result = cli("review", copy, "-o", tmp_path / "second.docx")
    assert [comment.text for comment in docx.Document(str(tmp_path / "second.docx")).comments] == texts
    assert (
        "  2 comments of an earlier review stand at sentences that are no longer flagged: "
        "kept, since they have replies or changes of somebody's"
    ) in result.out.splitlines()
    assert "taken out" not in result.out


def test_comments_stay_at_what_is_not_looked_at_this_time(cli, tmp_path):
    told = [f"The health visitor wrote to the clinic on {day} May." for day in range(1, 15)]
    document = docx.Document()
    for heading, texts in (("Analysis", [JUDGED]), ("Findings", [*told, f"Her father wrote: “{OBVIOUS}”"])):
        document.add_heading(heading, level=1)
        for text in texts:
            document.add_paragraph(text)
    draft = tmp_path / "draft.docx"
    document.save(str(draft))
    cli("review", draft, "--also", "descriptive")
    ids = commented(tmp_path / "draft.reviewed.docx")
    assert len(ids) == 3
    for options in ([], ["--section", "analysis"], ["--since", draft], ["--since", draft, "--also", "descriptive"]):
        assert again(cli, tmp_path, *options)[0] == ids, options
    quoted = next(name for name in ids if name not in {sentence_id(JUDGED), f"section-{sentence_id('Findings')}"})
    assert again(cli, tmp_path, "--skip-quotations")[0] == [name for name in ids if name != quoted]
    (tmp_path / "draft.docx.ignore").write_text(sentence_id(JUDGED), encoding="utf-8")
    assert again(cli, tmp_path)[0] == [name for name in ids if name != sentence_id(JUDGED)]


def test_the_comment_at_a_finding_that_explains_by_now_is_taken_out(cli, tmp_path):
    told = [f"The health visitor wrote to the clinic on {day} May." for day in range(1, 11)]
    cli("review", write(tmp_path / "draft.docx", *told), "--also", "descriptive")
    for text in told[3:]:
        edited(tmp_path / "draft.reviewed.docx", text, "The clerk closed it because the form had no box for children.")
    assert again(cli, tmp_path)[0] == [f"section-{sentence_id('Findings')}"]
    assert again(cli, tmp_path, "--also", "descriptive")[0] == []
