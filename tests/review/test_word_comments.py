"""Comments in Word copies: each at exactly its stretch, and nothing else changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from word_writer import (
    SPACES,
    W,
    comment_texts,
    commented,
    parts_of,
    related,
    review,
    run,
    typed,
    without_comments,
    write_word,
)

from bias_detect.documents.read import read_document
from bias_detect.review.word_comments import Comment, comment_word

CHANGE = 'w:id="51" w:author="A" w:date="2024-01-01T00:00:00Z"'
MISREAD = "The re\u00adport\u200b saidâ€™s so. “Itâ€™s late.” It is o\ufb03cial. End."
BOX = "<w:txbxContent><w:p>{}</w:p></w:txbxContent>"
BOXED = (
    '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{0}</wps:txbx></w:drawing></mc:Choice>'
    "<mc:Fallback><w:pict><v:textbox>{0}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
)


def field(result: str, code: str = "HYPERLINK x") -> str:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    return f"{mark('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{mark('separate')}{result}{mark('end')}"


def written(output: Path) -> str:
    return parts_of(output)["word/document.xml"].decode()


CASES = {
    "one run": (f"<w:p>{run('She rang. No one came. It rained.')}</w:p>", ["She rang.", "No one came.", "It rained."]),
    "several runs and formats": (
        f"<w:p>{run('She ra')}{run('ng. No', '<w:b/>')}{run(' one', '<w:i/>')}{run(' came.')}</w:p>",
        ["She rang.", "No one came."],
    ),
    "stretches that overlap": (
        f"<w:p>{run('She rang. No one came. It rained.')}</w:p>",
        ["She rang. No one came.", "No one came. It rained.", "one", "No one came.", "No one came."],
    ),
    "a link": (
        f'<w:p>{run("See ")}<w:hyperlink r:id="rId2">{run("the log. It was")}</w:hyperlink>{run(" kept.")}</w:p>',
        ["See the log.", "It was kept."],
    ),
    "tracked changes": (
        f"<w:p>{run('She ')}<w:del {CHANGE}><w:r><w:delText>never </w:delText></w:r></w:del>"
        f"<w:ins {CHANGE}>{run('twice rang. No')}</w:ins><w:moveFrom {CHANGE}>{run('Gone. ')}</w:moveFrom>"
        f"<w:moveTo {CHANGE}>{run(' one came. It')}</w:moveTo>{run(' rained.')}</w:p>",
        ["She twice rang.", "No one came.", "It rained."],
    ),
    "a deleted end of a paragraph": (
        f"<w:p><w:pPr><w:rPr><w:del {CHANGE}/></w:rPr></w:pPr>{run('It was May. She knew, ')}</w:p>"
        f"<w:p>{run('and wrote it down. Then she left.')}</w:p>",
        ["It was May.", "She knew, and wrote it down.", "Then she left."],
    ),
    "a field": (
        f"<w:p>{run('As said ')}{field(run('above. See'))}{run(' page ')}"
        f"{field(run('12'), 'PAGEREF y')}{run('. End.')}</w:p>",
        ["As said above.", "See page 12.", "End."],
    ),
    "a field in one run": (
        '<w:p><w:r><w:t xml:space="preserve">Page </w:t><w:fldChar w:fldCharType="begin"/>'
        '<w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType="separate"/><w:t>12. And</w:t>'
        '<w:fldChar w:fldCharType="end"/><w:t> on.</w:t></w:r></w:p>',
        ["Page 12.", "And on."],
    ),
    "a simple field": (
        f'<w:p>{run("In ")}<w:fldSimple w:instr="DATE">{run("May. It")}</w:fldSimple>{run(" rained.")}</w:p>',
        ["In May.", "It rained."],
    ),
    "controls and smart tags": (
        f"<w:p><w:sdt><w:sdtPr><w:id w:val='7'/></w:sdtPr><w:sdtContent>{run('She rang. No')}</w:sdtContent></w:sdt>"
        f"<w:smartTag w:element='x'><w:smartTagPr/>{run(' one came. ')}</w:smartTag>"
        f"<w:customXml w:element='y'>{run('It rained.')}</w:customXml></w:p>"
        f"<w:sdt><w:sdtContent><w:p>{run('In a control. And more.')}</w:p></w:sdtContent></w:sdt>",
        ["She rang.", "No one came.", "It rained.", "In a control.", "And more."],
    ),
    "tabs, breaks and hyphens": (
        "<w:p><w:r><w:tab/><w:t>She</w:t><w:tab/><w:t>rang.</w:t><w:br/><w:t>No one cross</w:t><w:noBreakHyphen/>"
        "<w:t>checked.</w:t><w:softHyphen/><w:cr/></w:r></w:p>",
        ["She rang.", "No one cross-checked."],
    ),
    "notes in between": (
        f"<w:p><w:r><w:t>She rang.</w:t><w:footnoteReference w:id='2'/><w:t xml:space='preserve'> No one</w:t></w:r>"
        f"<w:r><w:endnoteReference w:id='2'/></w:r>{run(' came.')}</w:p>",
        ["She rang.", "No one came."],
    ),
    "hidden text": (
        f"<w:p>{run('She ')}{run('unseen ', '<w:vanish/>')}{run('rang. No one came.')}</w:p>",
        ["She rang.", "No one came."],
    ),
    "characters that reading puts right": (
        f"<w:p>{run(MISREAD)}</w:p>",
        ["The report said’s so.", "“It’s late.”", "It is official.", "End."],
    ),
    "cells and lists": (
        f"<w:tbl><w:tr><w:tc><w:p>{run('In a cell. And more.')}</w:p></w:tc><w:tc><w:p>{run('Next cell.')}</w:p></w:tc>"
        "</w:tr></w:tbl><w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr></w:pPr>"
        f"{run('A point. Or two.')}</w:p>",
        ["In a cell.", "And more.", "Next cell.", "A point.", "Or two."],
    ),
    "a tracked change of format": (
        f"<w:p>{run('She rang. No one came.', f'<w:b/><w:rPrChange {CHANGE}><w:rPr/></w:rPrChange>')}</w:p>",
        ["She rang.", "No one came."],
    ),
    "breaks of pages and proofing marks": (
        "<w:p><w:proofErr w:type='spellStart'/><w:r w:rsidR='00A1'><w:lastRenderedPageBreak/>"
        "<w:t>She rang. No</w:t></w:r>"
        "<w:proofErr w:type='spellEnd'/><w:bookmarkStart w:id='0' w:name='b'/><w:r><w:t> one came.</w:t></w:r>"
        "<w:bookmarkEnd w:id='0'/></w:p>",
        ["She rang.", "No one came."],
    ),
    "text beside a box": (
        f"<w:p>{run('Before. ')}<w:r><w:t>At</w:t>{BOXED.format(BOX.format(run('In the box.')))}"
        "<w:t> the box. Then.</w:t></w:r></w:p>",
        ["Before.", "At the box.", "Then."],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_comments_stand_at_exactly_their_stretch(tmp_path: Path, name: str) -> None:
    xml, stretches = CASES[name]
    output = review(write_word(tmp_path / "draft.docx", xml), *stretches)
    assert sorted(commented(output).values()) == sorted(stretches)
    assert {number: texts[0] for number, texts in comment_texts(output).items()} == {
        number: f"About: {text}" for number, text in commented(output).items()
    }


def test_halves_of_a_run_keep_its_properties_and_spaces(tmp_path: Path) -> None:
    properties = f'<w:rStyle w:val="Strong"/><w:b/><w:rPrChange {CHANGE}><w:rPr><w:i/></w:rPr></w:rPrChange>'
    xml = f'<w:p><w:r w:rsidR="00AB12CD"><w:rPr>{properties}</w:rPr><w:t>She rang. No one came.</w:t></w:r></w:p>'
    output = review(write_word(tmp_path / "draft.docx", xml), "No one came.")
    first, second = (r for r in etree.fromstring(written(output).encode()).iter(f"{W}r") if r.find(f"{W}t") is not None)
    assert dict(first.attrib) == dict(second.attrib) == {f"{W}rsidR": "00AB12CD"}
    assert [child.tag for child in first[0]] == [child.tag for child in second[0]]
    assert first[0][2].get(f"{W}id") == "51" != second[0][2].get(f"{W}id")
    space = "{http://www.w3.org/XML/1998/namespace}space"
    assert [(r[1].text, r[1].get(space)) for r in (first, second)] == [
        ("She rang. ", "preserve"),
        ("No one came.", None),
    ]


@pytest.mark.parametrize("sentences", [["No one."], ["She rang.", "No one.", "Came."], ["She rang.", "Came."]])
def test_spaces_are_shown_as_before(tmp_path: Path, sentences: list[str]) -> None:
    xml = "<w:p><w:r><w:t>  She rang. No one. Came.  </w:t></w:r></w:p>"
    output = review(write_word(tmp_path / "draft.docx", xml), *sentences)
    shown = [
        text.text if text.get("{http://www.w3.org/XML/1998/namespace}space") else text.text.strip()
        for text in etree.fromstring(written(output).encode()).iter(f"{W}t")
    ]
    assert "".join(shown) == "She rang. No one. Came."


def test_marks_stand_outside_links_changes_and_fields_where_they_can(tmp_path: Path) -> None:
    xml = (
        f'<w:p><w:hyperlink w:anchor="a"><w:ins {CHANGE}>{run("She rang.")}</w:ins></w:hyperlink>{run(" ")}'
        f"{field(run('No one came.'))}</w:p>"
    )
    output = review(write_word(tmp_path / "draft.docx", xml), "She rang.", "No one came.")
    (paragraph,) = etree.fromstring(written(output).encode()).iter(f"{W}p")
    assert [etree.QName(child).localname for child in paragraph] == [
        *("commentRangeStart", "hyperlink", "commentRangeEnd", "r", "r"),
        *("commentRangeStart", "r", "r", "r", "r", "r", "commentRangeEnd", "r"),
    ]


def test_a_field_within_the_code_of_a_field_is_none_of_its_ends(tmp_path: Path) -> None:
    nested = field("", "PAGE")
    outer = field(run("She rang."), "IF").replace("<w:instrText>IF</w:instrText></w:r>", f"</w:r>{nested}", 1)
    output = review(write_word(tmp_path / "draft.docx", f"<w:p>{outer}</w:p>"), "She rang.")
    (paragraph,) = etree.fromstring(written(output).encode()).iter(f"{W}p")
    assert paragraph[0].tag == f"{W}commentRangeStart"
    assert paragraph[-2].tag == f"{W}commentRangeEnd"


def test_references_are_neither_linked_nor_inserted(tmp_path: Path) -> None:
    link = f'<w:hyperlink w:anchor="a"><w:ins {CHANGE}>{run("She rang. No one")}</w:ins></w:hyperlink>'
    xml = f"<w:p>{link}{run(' came.')}</w:p>"
    output = review(write_word(tmp_path / "draft.docx", xml), "She rang.")
    (reference,) = etree.fromstring(written(output).encode()).iter(f"{W}commentReference")
    assert reference.getparent().getparent().tag == f"{W}p"


def test_text_that_cannot_be_split_is_marked_whole(tmp_path: Path) -> None:
    ruby = "<w:r><w:ruby><w:rubyBase><w:r><w:t>rang. No</w:t></w:r></w:rubyBase></w:ruby></w:r>"
    maths = "<m:oMath><m:r><m:t>came. x</m:t></m:r></m:oMath>"
    xml = f"<w:p>{run('She ')}{ruby}{run(' one ')}{maths}{run(' it was.')}</w:p>"
    output = review(write_word(tmp_path / "draft.docx", xml), "She rang.", "No one came.", "x it was.")
    assert [*commented(output).values()] == ["She rang. No", "rang. No one came. x", "came. x it was."]


def test_sentences_in_boxes_and_notes_are_commented_on_at_the_box_and_the_mark(tmp_path: Path) -> None:
    note = '<w:footnote w:id="{}"{}><w:p><w:r><w:footnoteRef/></w:r>{}</w:p></w:footnote>'
    notes = note.format(0, ' w:type="separator"', "") + note.format(2, "", run(" They did nothing. It said so."))
    more = {
        "word/footnotes.xml": f'<w:footnotes xmlns:w="{W[1:-1]}">{notes}</w:footnotes>',
        "word/_rels/document.xml.rels": related("footnotes", "footnotes.xml"),
        "[Content_Types].xml": typed("word/footnotes.xml", "footnotes"),
    }
    box = BOXED.format(BOX.format(run("In the box. And more.")))
    xml = f'<w:p>{run("Before")}<w:r><w:t>, after</w:t>{box}<w:t>.</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
    draft = write_word(tmp_path / "draft.docx", xml, more=more)
    output = review(draft, "And more.", "They did nothing.")
    assert [texts[:2] for texts in comment_texts(output).values()] == [
        ["In this text box: “And more.”", "About: And more."],
        ["In this footnote: “They did nothing.”", "About: They did nothing."],
    ]
    root = etree.fromstring(written(output).encode())
    for number, tag in (("0", f"{{{SPACES['mc']}}}AlternateContent"), ("1", f"{W}footnoteReference")):
        (start,) = (mark for mark in root.iter(f"{W}commentRangeStart") if mark.get(f"{W}id") == number)
        assert [child.tag for child in start.getnext()] == [tag]
        assert start.getnext().getnext().tag == f"{W}commentRangeEnd"
        assert not [*start.iterancestors(f"{W}txbxContent")]


@pytest.mark.parametrize("inserted", [False, True])
def test_work_grows_with_the_comments_of_a_paragraph_and_not_with_their_square(tmp_path: Path, inserted: bool) -> None:
    def steps(number: int) -> int:
        text = run("She rang. " * number)
        file = write_word(
            tmp_path / "draft.docx", f"<w:p>{f'<w:ins {CHANGE}>{text}</w:ins>' if inserted else text}</w:p>"
        )
        comments = [Comment(1, 10 * n, 10 * n + 9, ("b",), f"id-{n}") for n in range(number)]
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        copies = [tmp_path / "first.docx", tmp_path / "second.docx"]
        sys.setprofile(count)
        try:
            for files in ((file, copies[0]), copies):
                comment_word(*files, comments)
        finally:
            sys.setprofile(None)
        assert list(commented(copies[1]).values()) == ["She rang."] * number
        return counted

    steps(1)
    assert steps(400) < 2.5 * steps(200)


def _word(kind: str, text: str) -> str:
    wrapped = {
        "plain": run(text),
        "bold": run(text, "<w:b/>"),
        "bare": f"<w:r><w:t>{text}</w:t></w:r>",
        "link": f'<w:hyperlink w:anchor="a">{run(text)}</w:hyperlink>',
        "inserted": f"<w:ins {CHANGE}>{run(text)}{run(text, '<w:i/>')}</w:ins>",
        "deleted": f"<w:del {CHANGE}><w:r><w:delText>{text}</w:delText></w:r></w:del>",
        "moved": f"<w:moveTo {CHANGE}>{run(text)}</w:moveTo>",
        "control": f"<w:sdt><w:sdtPr/><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>",
        "field": field(run(text)),
        "nested": f'<w:hyperlink w:anchor="a">{field(f"<w:ins {CHANGE}>{run(text)}</w:ins>")}</w:hyperlink>',
        "hidden": run(text, "<w:vanish/>"),
        "mixed": f"<w:r><w:t>{text}</w:t><w:tab/><w:footnoteReference w:id='1'/><w:t>{text}</w:t></w:r>",
        "break": "<w:r><w:br/></w:r>",
        "mark": '<w:bookmarkStart w:id="3" w:name="n"/><w:bookmarkEnd w:id="3"/>',
        "paragraph": "</w:p><w:p>",
        "joined": f"</w:p><w:p><w:pPr><w:rPr><w:del {CHANGE}/></w:rPr></w:pPr>{run(text)}</w:p><w:p>",
    }
    return wrapped[kind]


KINDS = st.sampled_from(
    [
        *("plain", "bold", "bare", "link", "inserted", "deleted", "moved", "control", "field", "nested", "hidden"),
        *("mixed", "break", "mark", "paragraph", "joined"),
    ]
)
WORDS = st.sampled_from(["She rang. ", "No", " one", "ca\u00adme.", "It’s", " ", "  Then ", "a\u00a0b", "x"])
SHARES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5)


def _at_random(path: Path, shares: Sequence[tuple[float, float, float]]) -> list[Comment]:
    paragraphs = read_document(path).paragraphs
    comments = []
    for which, first, second in shares:
        paragraph = paragraphs[min(int(which * len(paragraphs)), len(paragraphs) - 1)]
        start, end = sorted(round(share * len(paragraph.text)) for share in (first, second))
        if start < end:
            lines = (" ".join(paragraph.text[start:end].split()), "b")
            comments.append(Comment(paragraph.number, start, end, lines, f"{path.stem}-{len(comments)}"))
    return comments


@settings(max_examples=50)
@given(pieces=st.lists(st.tuples(KINDS, WORDS), max_size=12), first=SHARES, second=SHARES)
def test_any_stretch_of_any_paragraph(
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[tuple[str, str]],
    first: list[tuple[float, float, float]],
    second: list[tuple[float, float, float]],
) -> None:
    folder = tmp_path_factory.mktemp("any")
    inner = "".join(_word(kind, text) for kind, text in pieces)
    file = write_word(folder / "0.docx", f"<w:p>{inner}{run('She left.')}</w:p>")
    draft, expected = file, []
    for turn, shares in enumerate((first, second), start=1):
        comments = _at_random(file, shares)
        copy = folder / f"{turn}.docx"
        comment_word(file, copy, comments)
        text = read_document(file).paragraphs
        expected += [text[c.paragraph - 1].text[c.start : c.end] for c in comments]
        assert read_document(copy).paragraphs == text
        file = copy
    assert [*dict(sorted(commented(file).items(), key=lambda item: int(item[0]))).values()] == expected
    new, old = (parts_of(path)["word/document.xml"] for path in (file, draft))
    assert without_comments(new) == without_comments(old)
    assert [texts[0] for texts in comment_texts(file).values()] == [" ".join(text.split()) for text in expected]
