"""``bias-detect review``: the commented copy, what it never writes over, and what it says."""

import os
import re
from pathlib import Path

import docx
import pytest
from drafts import JUDGED, OBVIOUS, TOLD, commented, digest, write

from bias_detect.review.flags import sentence_id


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_copy_with_comments_is_written_beside_the_draft(cli, word, tmp_path):
    before = digest(word)
    result = cli("review", word)
    assert (result.code, result.err) == (0, "")
    copy = tmp_path / "draft.reviewed.docx"
    assert names(tmp_path) == ["draft.docx", copy.name]
    assert digest(word) == before
    assert commented(copy) == [sentence_id(JUDGED), sentence_id(OBVIOUS)]
    assert [paragraph.text for paragraph in docx.Document(str(copy)).paragraphs] == [
        "Findings",
        f"{TOLD} {JUDGED}",
        TOLD,
        OBVIOUS,
    ]
    (first, _) = docx.Document(str(copy)).comments
    assert first.author == "bias-detect"
    assert "should have seen" in first.text
    assert "?" in first.text
    first, *signals, quality, last = result.out.splitlines()
    assert first == "2 of 5 sentences may judge by hindsight"
    assert [line.partition(". ")[0] for line in signals] == ["  counterfactual: 1", "  foreseeability: 1"]
    assert re.match(r"  On real reports \d+% of the flags are right", quality)
    assert last == f"written: {copy} (open it in Word)"


def test_a_copy_that_exists_is_replaced_only_when_asked(cli, word, tmp_path):
    cli("review", word)
    copy = tmp_path / "draft.reviewed.docx"
    document = docx.Document(str(copy))
    document.add_paragraph("My reply.")
    document.save(str(copy))
    before = digest(copy)
    error = cli("review", word).error
    assert error.startswith(f"bias-detect: {copy}: exists, and may hold your edits and replies")
    assert "-o" in error
    assert "--replace" in error
    assert digest(copy) == before
    assert cli("review", word, "-o", tmp_path / "new" / "second.docx").code == 0
    assert digest(copy) == before
    assert cli("review", word, "--replace").code == 0
    assert commented(copy) == commented(tmp_path / "new" / "second.docx") != []
    assert "My reply." not in [paragraph.text for paragraph in docx.Document(str(copy)).paragraphs]


@pytest.mark.parametrize("name", ["draft.docx", "link.docx", "hard.docx"])
def test_the_draft_is_never_written_to(cli, word, tmp_path, name):
    if name == "link.docx":
        (tmp_path / name).symlink_to(word)
    elif name == "hard.docx":
        os.link(word, tmp_path / name)
    before = digest(word)
    assert "is the draft itself" in cli("review", word, "-o", tmp_path / name, "--replace").error
    assert digest(word) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "copy.pdf"], "copy.pdf: is no name for a Word copy"),
        (["--html", "page.docx"], "page.docx: is no name for a page"),
        (["-o", "folder.docx"], "folder.docx: is a folder"),
        (["--ignore", "none"], "none: the ignore file cannot be read"),
        (["--since", "none.docx"], "none.docx: does not exist"),
        (["--section", "finding"], "--section finding is not a kind of section"),
        (["--also", "explanatory"], "'explanatory' is not"),
        (["--model", "nowhere"], "nowhere: there is no such model"),
    ],
)
def test_what_does_not_go_is_told_and_nothing_is_written(cli, word, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.docx").mkdir()
    assert message in cli("review", word, *options).error
    assert names(tmp_path) == ["draft.docx", "folder.docx"]


def test_drafts_that_are_not_there_or_not_drafts(cli, tmp_path):
    assert "does not exist" in cli("review", tmp_path / "none.docx").error
    assert "is a folder" in cli("review", tmp_path).error
    (tmp_path / "bad.docx").write_bytes(b"PK\x03\x04 and no more")
    assert "is a damaged Word document" in cli("review", tmp_path / "bad.docx").error
    assert names(tmp_path) == ["bad.docx"]


def test_other_drafts_become_a_page_alone(cli, draft, tmp_path):
    page = tmp_path / "pages" / "draft.html"
    result = cli("review", draft, "--html", page)
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1] == f"written: {page} (open it in a browser)"
    assert "should have seen" in page.read_text(encoding="utf-8")
    assert names(tmp_path) == ["draft.txt", "pages"]
    assert cli("review", draft, "--html", page).code == 0  # a page is made anew
    for options in ([], ["-o", tmp_path / "draft.docx", "--html", page]):
        assert "is no .docx, and a commented copy can be made of Word only" in cli("review", draft, *options).error


def test_word_drafts_become_both(cli, word, tmp_path):
    assert cli("review", word, "--html", tmp_path / "draft.html").code == 0
    assert names(tmp_path) == ["draft.docx", "draft.html", "draft.reviewed.docx"]


def test_a_draft_without_such_sentences_has_its_copy_and_is_told_so(cli, tmp_path):
    result = cli("review", write(tmp_path / "draft.docx", TOLD))
    assert result.out.splitlines()[0] == "no sentence that judges by hindsight was found among 2 sentences"
    assert commented(tmp_path / "draft.reviewed.docx") == []


def test_what_is_ignored_has_no_comment(cli, word, tmp_path):
    beside = tmp_path / "draft.docx.ignore"
    beside.write_bytes(f"{sentence_id(JUDGED)}  # the panel’s own words\r\n".encode("cp1252"))
    assert cli("review", word).code == 0
    assert commented(tmp_path / "draft.reviewed.docx") == [sentence_id(OBVIOUS)]
    other = tmp_path / "other.ignore"
    other.write_text("foreseeability\n", encoding="utf-8")
    assert cli("review", word, "--ignore", other, "--replace").code == 0
    assert commented(tmp_path / "draft.reviewed.docx") == [sentence_id(JUDGED)]
    beside.write_text("forseeability\n", encoding="utf-8")
    assert f"{beside}: line 1: 'forseeability' is neither" in cli("review", word, "--replace").error


def test_the_line_of_a_comment_leaves_it_alone(cli, word, tmp_path):
    cli("review", word)
    copy = tmp_path / "draft.reviewed.docx"
    line = docx.Document(str(copy)).comments.get(0).text.splitlines()[-1]
    entry, name = line.removeprefix("To leave this one for good, add ").split(" to ")
    (tmp_path / name).write_text(entry, encoding="utf-8")
    cli("review", word, "--replace")
    assert commented(copy) == [sentence_id(OBVIOUS)]


def test_only_what_is_new_since_an_older_draft(cli, word, tmp_path):
    old = write(tmp_path / "old.docx", JUDGED, TOLD)
    assert cli("review", word, "--since", old).code == 0
    assert commented(tmp_path / "draft.reviewed.docx") == [sentence_id(OBVIOUS)]


def test_quotations_and_sections_can_be_chosen(cli, tmp_path):
    path = write(tmp_path / "draft.docx", f"Her father wrote: “{JUDGED}”")
    cli("review", path, "--skip-quotations")
    assert commented(tmp_path / "draft.reviewed.docx") == []
    result = cli("review", path, "--section", "analysis", "--replace")
    assert result.err == f"bias-detect: {path}: has no section of the kind 'analysis'\n"
    cli("review", path, "--section", "findings", "--replace")
    assert len(commented(tmp_path / "draft.reviewed.docx")) == 1


def test_recommendations_have_no_comment_unless_they_are_asked_for(cli, tmp_path):
    path = write(tmp_path / "draft.docx", JUDGED, heading="Recommendations")
    cli("review", path)
    assert commented(tmp_path / "draft.reviewed.docx") == []
    cli("review", path, "--section", "recommendations", "--replace")
    assert commented(tmp_path / "draft.reviewed.docx") == [sentence_id(JUDGED)]


def test_a_finding_that_only_describes_has_one_comment(cli, tmp_path):
    told = [f"The health visitor wrote to the clinic on {day} May." for day in range(1, 15)]
    path = write(tmp_path / "draft.docx", *told)
    assert "nearly all description" not in cli("review", path).out
    result = cli("review", path, "--also", "descriptive", "--replace")
    assert "  1 section nearly all description" in result.out.splitlines()
    assert commented(tmp_path / "draft.reviewed.docx") == [f"section-{sentence_id('Findings')}"]
    other = write(tmp_path / "other.docx", *told, heading="The spring")
    assert "no section of findings or analysis is known" in cli("review", other, "--also", "descriptive").err


def test_a_summary_stands_behind_the_text(cli, word, tmp_path):
    cli("review", word, "--summary")
    texts = [paragraph.text for paragraph in docx.Document(str(tmp_path / "draft.reviewed.docx")).paragraphs]
    title, counts, *signals, quality = texts[-5:]
    assert title == "bias-detect on draft.docx: a page of the program’s own, to be deleted before publication"
    assert counts == "2 of 5 sentences may judge by hindsight"
    assert [line.partition(".")[0] for line in signals] == ["counterfactual: 1", "foreseeability: 1"]
    assert "of the flags are right" in quality


def test_a_copy_that_was_edited_gets_comments_where_it_has_none(cli, word, tmp_path):
    cli("review", word, "--summary")
    copy = docx.Document(str(tmp_path / "draft.reviewed.docx"))
    copy.paragraphs[1].insert_paragraph_before("This was a missed opportunity to save her life.")
    copy.save(str(tmp_path / "draft.reviewed.docx"))
    result = cli("review", tmp_path / "draft.reviewed.docx", "--summary", "-o", tmp_path / "second.docx")
    assert "3 of 6 sentences may judge by hindsight" in result.out
    assert "2 of the flags have their comment in the draft already" in result.out
    second = tmp_path / "second.docx"
    assert sorted(commented(second)) == sorted(
        map(sentence_id, [JUDGED, OBVIOUS, "This was a missed opportunity to save her life."])
    )
    texts = [paragraph.text for paragraph in docx.Document(str(second)).paragraphs]
    assert sum(text.startswith("bias-detect on ") for text in texts) == 1
    assert "3 of 6 sentences may judge by hindsight" in texts
    assert "2 of 5 sentences may judge by hindsight" not in texts


def test_a_copy_is_left_alone_by_the_list_of_its_draft(cli, word, tmp_path):
    cli("review", word)
    (tmp_path / "draft.docx.ignore").write_text(f"{sentence_id(JUDGED)}\n", encoding="utf-8")
    result = cli("review", tmp_path / "draft.reviewed.docx", "-o", tmp_path / "second.docx")
    assert result.out.startswith("1 of 5 sentences")


def test_what_word_keeps_beside_an_open_draft_is_told(cli, word, tmp_path):
    (tmp_path / "~$draft.docx").write_bytes(b"\x05Someone" + bytes(50))
    assert "is what Word keeps beside a document that is open" in cli("review", tmp_path / "~$draft.docx").error
    assert cli("review", word).code == 0  # the draft may be open meanwhile


def test_names_that_leave_no_room_for_more_are_told(cli, word, tmp_path):
    long = word.rename(tmp_path / f"{'d' * 245}.docx")
    assert "cannot be written (File name too long); choose a shorter name" in cli("review", long).error
    assert cli("review", long, "-o", tmp_path / f"{'e' * 250}.docx").code == 0


def test_a_model_of_other_labels_cannot_review(cli, word, tmp_path, two_class_bundle):
    error = cli("review", word, "--model", two_class_bundle).error
    assert "no label 'hindsight_biased', which a review flags (it has 'judged', 'told')" in error
    assert names(tmp_path) == ["draft.docx"]


def test_no_colours_where_the_output_is_no_terminal(cli, word):
    assert b"\x1b" not in cli("review", word).raw


def test_where_it_cannot_be_written_nothing_is_left(cli, word, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for option in ("-o", "--html"):
        target = tmp_path / "file" / ("a.docx" if option == "-o" else "a.html")
        assert "cannot be written" in cli("review", word, option, target).error
    assert names(tmp_path) == ["draft.docx", "file"]


@pytest.mark.parametrize("link", [None, "symbolic", "hard"])
def test_nothing_that_is_read_is_written_over(cli, word, tmp_path, link):
    old = write(tmp_path / "old.docx", JUDGED)
    target = old
    if link is not None:
        target = tmp_path / "link.docx"
        target.symlink_to(old) if link == "symbolic" else os.link(old, target)
    page = tmp_path / "old.html"
    page.write_text(f"<p>{JUDGED}</p>", encoding="utf-8")
    listed = tmp_path / "list.html"
    listed.write_text("outcome\n", encoding="utf-8")
    before = {path: digest(path) for path in (old, page, listed)}
    for options in (
        ["--since", old, "-o", target],
        ["--since", page, "--html", page],
        ["--ignore", listed, "--html", listed],
    ):
        assert "is read, and would be written over" in cli("review", word, *options, "--replace").error
    assert {path: digest(path) for path in before} == before


def test_a_page_is_written_beside_a_copy_that_is_kept(cli, word, tmp_path):
    cli("review", word)
    copy, page = tmp_path / "draft.reviewed.docx", tmp_path / "draft.html"
    before = digest(copy)
    result = cli("review", word, "--html", page)
    assert (result.code, result.err) == (0, "")
    assert digest(copy) == before
    assert "should have seen" in page.read_text(encoding="utf-8")
    assert result.out.splitlines()[-2:] == [
        f"written: {page} (open it in a browser)",
        f"kept: {copy}, which may hold your replies (--replace makes it anew, -o another)",
    ]
    assert "kept" not in cli("review", word, "--html", page, "--replace").out


def test_what_has_no_comment_is_counted_and_said_why(cli, tmp_path):
    document = docx.Document()
    for heading, text in (("Findings", f"{JUDGED} {OBVIOUS}"), ("Recommendations", JUDGED), ("Methodology", JUDGED)):
        document.add_heading(heading, level=1)
        document.add_paragraph(text)
    path = tmp_path / "draft.docx"
    document.save(str(path))
    (tmp_path / "draft.docx.ignore").write_text(sentence_id(OBVIOUS), encoding="utf-8")
    result = cli("review", path, "--summary")
    said = (
        "1 of 7 sentences may judge by hindsight; 3 more have no comment: "
        "1 left alone, 1 in method or purpose, 1 in recommendations"
    )
    assert result.out.splitlines()[0] == said
    assert said in [paragraph.text for paragraph in docx.Document(str(tmp_path / "draft.reviewed.docx")).paragraphs]


def test_a_draft_that_is_unchanged_has_no_clean_bill(cli, word, tmp_path):
    old = tmp_path / "old.docx"
    old.write_bytes(word.read_bytes())
    first = cli("review", word, "--since", old).out.splitlines()[0]
    assert first == ("2 of 5 sentences may judge by hindsight, and none has a comment: 2 unchanged since old.docx")


def test_quoted_sentences_without_a_comment_are_counted(cli, tmp_path):
    path = write(tmp_path / "draft.docx", f"Her father wrote: “{JUDGED}”")
    first = cli("review", path, "--skip-quotations").out.splitlines()[0]
    assert first == "1 of 2 sentences may judge by hindsight, and none has a comment: 1 mostly quoted"


def test_that_no_section_only_describes_is_said(cli, word):
    assert "nearly all description" not in cli("review", word).out
    out = cli("review", word, "--also", "descriptive", "--replace").out
    assert "  no section of 10 sentences or more is nearly all description" in out.splitlines()


def test_flags_in_quotations_are_told_with_the_way_out(cli, tmp_path):
    path = write(tmp_path / "draft.docx", f"Her father wrote: “{JUDGED}”", f"Her aunt said: “{OBVIOUS}”", JUDGED)
    assert "  2 flags stand in quotations; --skip-quotations leaves them out" in cli("review", path).out.splitlines()
    out = cli("review", path, "--skip-quotations", "--replace").out
    assert "2 mostly quoted" in out
    assert "stand in" not in out
    one = write(tmp_path / "one.docx", f"Her father wrote: “{JUDGED}”", OBVIOUS)
    assert "  1 flag stands in a quotation; --skip-quotations leaves it out" in cli("review", one).out.splitlines()


def test_each_finding_that_only_describes_has_its_comment(cli, tmp_path):
    document = docx.Document()
    document.add_heading("Findings", level=1)
    explained = "The officer closed the log because the form had no box for children."
    for number, texts in enumerate(
        ([explained] * 12, *([f"The nurse wrote on {day} May." for day in range(1, 17)],) * 2)
    ):
        document.add_heading(f"Finding {number + 1}: the {['log', 'letters', 'visits'][number]}", level=2)
        for text in texts:
            document.add_paragraph(text)
    document.save(str(tmp_path / "draft.docx"))
    out = cli("review", tmp_path / "draft.docx", "--also", "descriptive").out
    assert "  2 sections nearly all description" in out.splitlines()
    copy = tmp_path / "draft.reviewed.docx"
    assert commented(copy) == [
        f"section-{sentence_id(heading)}" for heading in ("Finding 2: the letters", "Finding 3: the visits")
    ]


def test_the_page_names_the_list_and_the_ids_that_go_into_it(cli, draft, tmp_path):
    page = tmp_path / "draft.html"
    cli("review", draft, "--html", page)
    text = page.read_text(encoding="utf-8")
    assert f"<code>{sentence_id(JUDGED)}</code>" in text
    (tmp_path / "draft.txt.ignore").write_text(sentence_id(JUDGED), encoding="utf-8")
    assert "<code>draft.txt.ignore</code>" in text
    assert "1 left alone" in cli("review", draft, "--html", page).out


def test_it_is_said_what_was_measured_and_what_was_not(cli, word, tmp_path):
    out = cli("review", word, "--summary", "--html", tmp_path / "draft.html").out
    texts = [paragraph.text for paragraph in docx.Document(str(tmp_path / "draft.reviewed.docx")).paragraphs]
    page = (tmp_path / "draft.html").read_text(encoding="utf-8")
    for said in (out, "\n".join(texts), page):
        assert "of which none is of a real safeguarding review" in said
        assert said.count("own probability for that one sentence") == 1


def test_a_copy_of_a_copy_has_a_name_of_its_own(cli, word, tmp_path):
    cli("review", word)
    for name in ("draft.reviewed", "draft.reviewed-2"):
        assert cli("review", tmp_path / f"{name}.docx").code == 0
    assert names(tmp_path) == ["draft.docx", *(f"draft.reviewed{end}.docx" for end in ("-2", "-3", ""))]
    (tmp_path / "draft.docx.ignore").write_text(f"{sentence_id(JUDGED)}\n", encoding="utf-8")
    result = cli("review", tmp_path / "draft.reviewed-3.docx")
    assert result.out.startswith("1 of 5 sentences")
