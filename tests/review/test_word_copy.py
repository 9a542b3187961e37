"""The package of a commented copy: what is added, what stays, and what is refused."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import docx
import pytest
from lxml import etree
from word_writer import (
    CHANGED,
    EMPTY,
    SPACES,
    W,
    at,
    comment_texts,
    commented,
    main_part,
    parts_of,
    related,
    review,
    run,
    typed,
    write_word,
)

from bias_detect.documents.read import read_document
from bias_detect.errors import DocumentError, UsageError
from bias_detect.review import word_comments
from bias_detect.review.word_comments import Comment, comment_word


def written(output: Path) -> str:
    return parts_of(output)["word/document.xml"].decode()


def existing(tmp_path: Path, name: str = "word/comments.xml") -> Path:
    def part(root: str, inner: str, space: str = "w15") -> str:
        return f'<?xml version="1.0"?>\n<{space}:{root} xmlns:{space}="{SPACES[space]}">{inner}</{space}:{root}>'

    paragraph = "<w:p><w:r><w:t>Mine.</w:t></w:r></w:p>"
    mine = "".join(f'<w:comment w:id="{number}" w:author="B">{paragraph}</w:comment>' for number in (0, 3))
    more = {
        name: part("comments", mine, "w"),
        "word/commentsExtended.xml": part("commentsEx", '<w15:commentEx w15:paraId="0A" w15:done="1"/>'),
        "word/_rels/document.xml.rels": related("comments", os.path.relpath(name, "word")),
        "[Content_Types].xml": typed(name, "comments"),
    }
    marks = [
        f'<w:commentRangeStart w:id="{n}"/>{run(text)}<w:commentRangeEnd w:id="{n}"/>'
        f'<w:r><w:commentReference w:id="{n}"/></w:r>'
        for n, text in ((0, "She rang. No one"), (3, " came."))
    ]
    return write_word(tmp_path / "draft.docx", f"<w:p>{''.join(marks)}</w:p>", more=more)


@pytest.mark.parametrize("name", ["word/comments.xml", "word/talk/comments2.xml"])
def test_comments_that_are_there_stay(tmp_path: Path, name: str) -> None:
    draft = existing(tmp_path, name)
    old = parts_of(draft)
    output = tmp_path / "out.docx"
    comment_word(draft, output, at(draft, "She rang.", "No one came."))
    new = parts_of(output)
    assert [*new] == [*old]
    assert {part for part in new if new[part] != old[part]} == {"word/document.xml", name}
    assert commented(output) == {"0": "She rang. No one", "1": "She rang.", "2": "No one came.", "3": " came."}
    root = etree.fromstring(new[name])
    assert [comment.get(f"{W}id") for comment in root] == ["0", "3", "1", "2"]
    assert etree.tostring(root[0]) == etree.tostring(etree.fromstring(old[name])[0])


def test_a_copy_can_be_reviewed_again(tmp_path: Path) -> None:
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang. No')}{run(' one came.', '<w:b/>')}</w:p>")
    first = review(draft, "She rang.").rename(tmp_path / "first.docx")
    second = tmp_path / "second.docx"
    known = at(first, "She rang.")
    assert comment_word(first, second, [*at(first, "She rang.", "No one came.")]).already == len(known)
    assert commented(second) == {"0": "She rang.", "1": "No one came."}
    assert list(parts_of(second)) == list(parts_of(first))
    assert comment_word(second, tmp_path / "third.docx", at(second, "She rang.", "No one came.")).already == 2
    assert parts_of(tmp_path / "third.docx") == parts_of(second)


def test_a_sentence_that_stands_twice_gets_the_comment_that_it_lacks(tmp_path: Path) -> None:
    twice = [f"<w:p>{run('She rang.')}</w:p>", f"<w:p>{run('No one came. She rang.')}</w:p>"]
    draft = write_word(tmp_path / "draft.docx", *twice)
    both = [Comment(1, 0, 9, ("x",), "3fa9"), Comment(2, 13, 22, ("x",), "3fa9")]
    for had in both:
        first, second = tmp_path / "first.docx", tmp_path / "second.docx"
        comment_word(draft, first, [had])
        assert comment_word(first, second, both).already == 1
        assert [*commented(second).values()] == ["She rang.", "She rang."]


def test_comments_on_notes_are_not_made_twice(tmp_path: Path) -> None:
    note = f'<w:footnote w:id="2"><w:p>{run("They did nothing.")}</w:p></w:footnote>'
    more = {
        "word/footnotes.xml": f'<w:footnotes xmlns:w="{W[1:-1]}">{note}</w:footnotes>',
        "word/_rels/document.xml.rels": related("footnotes", "footnotes.xml"),
        "[Content_Types].xml": typed("word/footnotes.xml", "footnotes"),
    }
    xml = f'<w:p>{run("Before.")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    draft = write_word(tmp_path / "draft.docx", xml, more=more)
    first, second = tmp_path / "first.docx", tmp_path / "second.docx"
    comment_word(draft, first, at(draft, "They did nothing."))
    assert comment_word(first, second, at(first, "They did nothing.")).already == 1
    assert parts_of(second) == parts_of(first)


def test_styles_of_comments_are_used_where_the_document_has_them(tmp_path: Path) -> None:
    styles = (
        b'<w:style w:type="paragraph" w:styleId="Kommentar"><w:name w:val="annotation text"/></w:style>'
        b'<w:style w:type="character" w:styleId="Zeichen"><w:name w:val="annotation reference"/></w:style></w:styles>'
    )
    styled = {"word/styles.xml": EMPTY["word/styles.xml"].replace(b"</w:styles>", styles)}
    for more, expected in ((styled, ["Kommentar"] * 3 + ["Zeichen"] * 2), (None, [])):
        draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>", more=more)
        parts = parts_of(review(draft, "She rang."))
        roots = [etree.fromstring(parts[f"word/{name}.xml"]) for name in ("comments", "document")]
        used = [element.get(f"{W}val") for root in roots for element in root.iter(f"{W}pStyle", f"{W}rStyle")]
        assert sorted(used) == expected


def test_who_when_and_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>")
    comments = [
        Comment(1, 0, 9, ("A <b> & “c”\x00\ud800", "two\tthree"), "3fa9"),
        Comment(1, 0, 9, ("Leave it: add 7bc1 to the file",), "7bc1"),
    ]
    output = tmp_path / "out.docx"
    comment_word(draft, output, comments, author="A & B\x07", initials="AB")
    assert comment_texts(output) == {
        "0": ["A <b> & “c”��", "two three", "bias-detect: 3fa9"],
        "1": ["Leave it: add 7bc1 to the file"],
    }
    found = next(iter(docx.Document(str(output)).comments))
    assert (found.author, found.initials, str(found.timestamp)) == ("A & B�", "AB", "2023-11-14 22:13:20+00:00")
    again = tmp_path / "again.docx"
    comment_word(draft, again, comments, author="A & B\x07", initials="AB")
    assert again.read_bytes() == output.read_bytes()


def test_declaration_and_namespaces_survive(tmp_path: Path) -> None:
    output = review(write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang. No one came.')}</w:p>"), "She rang.")
    assert written(output).startswith(main_part().partition("<w:body>")[0])


def renamed(strict: bool) -> dict[str, bytes]:
    """Return a package whose main part has another name, in one of both namespaces."""
    parts = {
        name.replace("document.xml", "document2.xml"): data.replace(b"document.xml", b"document2.xml")
        for name, data in EMPTY.items()
    }
    parts["word/document2.xml"] = main_part(f"<w:p>{run('She rang. No one came.')}</w:p>").encode()
    if strict:
        for old, new in (
            (
                b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                b"http://purl.oclc.org/ooxml/wordprocessingml/main",
            ),
            (
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            ),
        ):
            parts = {name: data.replace(old, new) for name, data in parts.items()}
    return parts


@pytest.mark.parametrize("strict", [False, True])
def test_main_parts_of_another_name_and_namespace(tmp_path: Path, strict: bool) -> None:
    draft = tmp_path / "draft.docx"
    with zipfile.ZipFile(draft, "w") as out:
        for name, data in renamed(strict).items():
            out.writestr(name, data)
    output = tmp_path / "out.docx"
    comment_word(draft, output, at(draft, "No one came."), summary=["Two sentences"])
    assert commented(output) == {"0": "No one came."}
    parts = parts_of(output)
    assert (b"schemas.openxmlformats.org/wordprocessingml" in parts["word/document2.xml"]) is not strict
    assert (b"schemas.openxmlformats.org/wordprocessingml" in parts["word/comments.xml"]) is not strict
    relations = parts["word/_rels/document2.xml.rels"]
    assert (b"purl.oclc.org/ooxml/officeDocument/relationships/comments" in relations) is strict


def test_documents_with_macros_keep_them_and_their_kind(tmp_path: Path) -> None:
    kind = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    more = {"[Content_Types].xml": EMPTY["[Content_Types].xml"].replace(plain, kind), "word/vbaProject.bin": b"\0\1"}
    output = review(write_word(tmp_path / "draft.docm", f"<w:p>{run('She rang.')}</w:p>", more=more), "She rang.")
    parts = parts_of(output)
    assert parts["word/vbaProject.bin"] == b"\0\1"
    assert kind in parts["[Content_Types].xml"]


def test_a_summary_is_a_page_behind_the_text(tmp_path: Path) -> None:
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>")
    for comments in (at(draft, "She rang."), []):
        output = tmp_path / "out.docx"
        comment_word(draft, output, comments, summary=["1 of 1 sentence", "outcome: <1>"])
        texts = [paragraph.text for paragraph in docx.Document(str(output)).paragraphs]
        assert texts == ["She rang.", "1 of 1 sentence", "outcome: <1>"]
        assert [p.text for p in read_document(output).paragraphs] == ["She rang."]  # the draft's own words alone
        body = etree.fromstring(written(output).encode())[0]
        assert [etree.QName(child).localname for child in body] == ["p", "p", "p", "sectPr"]
        assert body[1].find(f"{W}pPr/{W}pageBreakBefore") is not None
        assert len(docx.Document(str(output)).comments) == len(comments)
        again = tmp_path / "again.docx"
        comment_word(output, again, comments, summary=["2 of 3 sentences"])
        assert [p.text for p in docx.Document(str(again)).paragraphs] == ["She rang.", "2 of 3 sentences"]
        marks = [mark.get(f"{W}id") for mark in etree.fromstring(written(again).encode()).iter(f"{W}bookmarkStart")]
        assert len(set(marks)) == len(marks) == 1


def test_without_comments_the_copy_is_the_draft(tmp_path: Path) -> None:
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>")
    comment_word(draft, tmp_path / "out.docx", [])
    assert parts_of(tmp_path / "out.docx") == parts_of(draft)


def test_entries_are_copied_as_they_are(tmp_path: Path) -> None:
    draft = tmp_path / "draft.docx"
    with draft.open("wb") as file, zipfile.ZipFile(_Unseekable(file), "w") as out:
        out.comment = b"kept"
        for name, data in {**EMPTY, "word/document.xml": main_part(f"<w:p>{run('She rang.')}</w:p>").encode()}.items():
            out.writestr(zipfile.ZipInfo(name, (2020, 5, 6, 7, 8, 10)), data, zipfile.ZIP_DEFLATED)
        out.writestr("word/media/größe.png", bytes(range(256)) * 40, zipfile.ZIP_STORED)
        out.writestr("word/media/", b"")
    output = review(draft, "She rang.")
    with zipfile.ZipFile(draft) as old, zipfile.ZipFile(output) as new:
        assert new.testzip() is None
        assert new.comment == b"kept"
        for info in old.infolist():
            copied = new.getinfo(info.filename)
            assert copied.date_time == info.date_time
            if info.filename not in CHANGED:
                assert (copied.compress_type, copied.compress_size) == (info.compress_type, info.compress_size)


class _Unseekable:
    """A file that a package is streamed to, so that sizes stand behind the data."""

    def __init__(self, file: object) -> None:
        self.write, self.flush = file.write, file.flush


def test_a_part_that_unpacks_hugely_is_copied_without_unpacking_it(tmp_path: Path) -> None:
    draft = write_word(
        tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>", more={"word/media/a.bmp": bytes(30_000_000)}
    )
    assert review(draft, "She rang.").stat().st_size < 100_000


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"word/comments.xml": b" " * 20_000_000}, "unpacks to 20,000,000 bytes"),
        ({"word/comments.xml": '<!DOCTYPE x [<!ENTITY e "a">]><x>&e;</x>'}, "document type declaration"),
        ({"word/comments.xml": "<w:comments"}, "damaged"),
        ({"word/_rels/document.xml.rels": b"<"}, "damaged"),
    ],
)
def test_bad_parts_are_refused_and_nothing_is_written(tmp_path: Path, more: dict[str, bytes], message: str) -> None:
    good = write_word(tmp_path / "good.docx", f"<w:p>{run('She rang.')}</w:p>")
    comments = at(good, "She rang.")
    relations = {"word/_rels/document.xml.rels": related("comments", "comments.xml")}
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>", more={**relations, **more})
    with pytest.raises(DocumentError, match=rf"draft\.docx: .*{message}"):
        comment_word(draft, tmp_path / "out.docx", comments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draft.docx", "good.docx"]


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>", more={"word/a.bin": os.urandom(9000)})
    data = bytearray(draft.read_bytes())
    entry = data.rindex(b"word/a.bin") - 46  # in the directory
    size = int.from_bytes(data[entry + 20 : entry + 24], "little")
    directory = bytes(data[entry : entry + 56])
    end = data.rindex(b"PK\x05\x06")
    copies = b"".join(directory.replace(b"word/a.bin", b"word/%c.bin" % letter) for letter in b"bcdefghi")
    data[end:end] = copies
    end += len(copies)
    for place in (8, 10):
        total = int.from_bytes(data[end + place : end + place + 2], "little") + 8
        data[end + place : end + place + 2] = total.to_bytes(2, "little")
    length = int.from_bytes(data[end + 12 : end + 16], "little") + len(copies)
    data[end + 12 : end + 16] = length.to_bytes(4, "little")
    draft.write_bytes(data)
    assert size > 8000
    with pytest.raises(DocumentError, match="damaged"):
        comment_word(draft, tmp_path / "out.docx", [])


@pytest.mark.parametrize("link", ["", "symbolic", "hard"])
def test_the_draft_is_never_written_to(tmp_path: Path, link: str) -> None:
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>")
    output = tmp_path / "link.docx" if link else tmp_path / "x" / ".." / "draft.docx"
    if link == "symbolic":
        output.symlink_to("draft.docx")
    elif link:
        output.hardlink_to(draft)
    else:
        (tmp_path / "x").mkdir()
    before = draft.read_bytes()
    with pytest.raises(UsageError, match="is the draft itself, which is never written to; name another file"):
        comment_word(draft, output, at(draft, "She rang."))
    assert draft.read_bytes() == before


def test_places_that_cannot_be_written_to(tmp_path: Path) -> None:
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>")
    folder = tmp_path / "closed"
    folder.mkdir()
    targets = [tmp_path / "draft.docx" / "out.docx", folder]
    if os.geteuid():
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        targets.append(folder / "out.docx")
    for output in targets:
        with pytest.raises(UsageError, match=r"cannot be written \(.*\); .* or choose a place"):
            comment_word(draft, output, at(draft, "She rang."))
    folder.chmod(stat.S_IRWXU)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["closed", "draft.docx"]


@pytest.mark.parametrize("place", [(0, 0, 3), (2, 0, 3), (1, 3, 3), (1, -1, 3), (1, 0, 10)])
def test_a_comment_at_no_text_of_the_draft_is_refused(tmp_path: Path, place: tuple[int, int, int]) -> None:
    draft = write_word(tmp_path / "draft.docx", f"<w:p>{run('She rang.')}</w:p>")
    with pytest.raises(UsageError, match=r"has no characters .* in paragraph \d, where comment abc is to stand; read"):
        comment_word(draft, tmp_path / "out.docx", [Comment(*place, ("x",), "abc")])


def test_a_draft_that_is_not_there_or_no_word_document(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"a\.docx: could not be read \(No such file"):
        comment_word(tmp_path / "a.docx", tmp_path / "b.docx", [])
    (tmp_path / "a.docx").write_text("text")
    with pytest.raises(DocumentError, match="is not a Word document"):
        comment_word(tmp_path / "a.docx", tmp_path / "b.docx", [])


def test_more_comments_than_word_opens_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_comments, "MAX_COMMENTS", 3)
    draft = existing(tmp_path)
    comment_word(draft, tmp_path / "out.docx", at(draft, "She rang."))
    with pytest.raises(DocumentError, match="would have more than 3 comments, which Word does not open"):
        comment_word(draft, tmp_path / "out.docx", at(draft, "She rang.", "No one"))
