"""Plain text and Markdown: paragraphs, encodings, streaming, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bias_detect.documents import decoding, text
from bias_detect.documents.document import Document, Paragraph
from bias_detect.documents.read import iter_paragraphs, read_document
from bias_detect.errors import DocumentError, UsageError

SENTENCE = "The duty worker rang twice and left a message with the school. "


def texts(data: bytes, **options: object) -> list[str]:
    return [paragraph.text for paragraph in text.iter_text(io.BytesIO(data), "draft.txt", **options)]


def write(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_part_paragraphs_and_line_ends_stay_inside(end: str) -> None:
    data = f"  She called.{end}No one came.{end}   {end}{end}He rang.{end}".encode()
    assert texts(data) == ["She called.\nNo one came.", "He rang."]


def test_form_feed_parts_paragraphs_and_vertical_tab_lines() -> None:
    assert texts(b"One.\fTwo.\vThree.") == ["One.", "Two.\nThree."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_known_by_their_mark(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.txt", "Zoë’s café shut.\n\nNobody asked why.".encode(encoding))
    assert [p.text for p in read_document(path).paragraphs] == ["Zoë’s café shut.", "Nobody asked why."]


def test_text_that_is_not_utf8_is_refused_and_read_once_its_encoding_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "old.txt", ("x" * 70_000 + "\n\ncafé").encode("cp1252"))
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert "old.txt: is not UTF-8 text (byte 0xe9 at offset 70005); save it as UTF-8 or" in str(caught.value)
    assert "--encoding cp1252" in str(caught.value)
    assert read_document(path, encoding="cp1252").paragraphs[-1].text == "café"


def test_a_character_cut_off_at_the_end_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"byte 0xc3 at offset 4"):
        texts(b"caf \xc3")


@pytest.mark.parametrize("name", ["utf-9", "base64", "rot13", ""])
def test_unknown_encodings_are_a_mistake_of_the_call(name: str) -> None:
    with pytest.raises(UsageError, match="no text encoding called"):
        texts(b"Hello.", encoding=name)


@pytest.mark.parametrize("data", [b"", b"  \n\t\r\n \x0c ", b"\xef\xbb\xbf\n"])
def test_nothing_to_read(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"draft\.txt: holds no text"):
        texts(data)


@pytest.mark.parametrize(
    "head",
    [b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG\r\n", b"\xff\xd8\xff", b"\x1f\x8b", b"\x7fELF"],
)
def test_other_formats_called_txt_are_binary_files(tmp_path: Path, head: bytes) -> None:
    with pytest.raises(DocumentError, match=r"draft\.txt: is a binary file, not text"):
        read_document(write(tmp_path / "draft.txt", head + b" text" * 50))


def test_a_nul_byte_makes_a_binary_file() -> None:
    with pytest.raises(DocumentError, match=r"is a binary file, not text \(a NUL byte in line 2\).*utf-16-le"):
        texts(b"Fine.\nNot so.\0")


@pytest.mark.parametrize("character", ["\x01", "\x1b", "\x1c", "\x1f", "\x7f"])
def test_control_characters_are_named_with_their_line(character: str) -> None:
    lines = "Fine.\r\n" * 20_000  # the fault lies beyond the first block
    with pytest.raises(DocumentError) as caught:
        texts(f"{lines}Not{character} so.".encode())
    assert f"holds the control character U+{ord(character):04X} in line 20001; remove it" in str(caught.value)


def test_a_long_paragraph_is_handed_on_in_pieces_that_end_with_sentences() -> None:
    pieces = texts((SENTENCE * 4000).encode())
    assert len(pieces) > 4
    assert all(len(piece) <= text.SOFT_LIMIT for piece in pieces)
    assert all(piece.startswith("The duty") and piece.endswith("school.") for piece in pieces)
    assert " ".join(pieces) == (SENTENCE * 4000).strip()


def test_lines_without_stops_are_cut_at_line_ends() -> None:
    lines = [f"visit number {i} was not written down" for i in range(5000)]
    pieces = texts("\n".join(lines).encode())
    assert len(pieces) > 2
    assert "\n".join(pieces).split("\n") == lines


@pytest.mark.parametrize("unit", ["x", "word after word "])
def test_a_sentence_without_end_is_refused_in_one_line(unit: str) -> None:
    with pytest.raises(DocumentError) as caught:
        texts(f"Fine.\n\n{unit * 200_000}".encode())
    assert "holds a run of more than 100,000 characters without a sentence end" in str(caught.value)
    assert "\n" not in str(caught.value)


class Counting(io.RawIOBase):
    """An endless stream that remembers how much of it was read."""

    def __init__(self, unit: bytes) -> None:
        self.unit = unit
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        repeated = self.unit * (size // len(self.unit) + 2)
        start = self.taken % len(self.unit)
        self.taken += size
        return repeated[start : start + size]


@pytest.mark.parametrize("unit", [SENTENCE, SENTENCE + "\n", SENTENCE + "\n\n", "a line without end\n"])
def test_a_stream_is_read_no_further_than_needed(unit: str) -> None:
    stream = Counting(unit.encode())
    paragraphs = iter_paragraphs(stream)
    handed_on = 0
    for _ in range(50):
        handed_on += len(next(paragraphs).text)
        assert stream.taken <= handed_on + 2 * text.HARD_LIMIT + 2 * decoding.BLOCK_BYTES


def test_endless_white_space_is_not_gathered() -> None:
    data = b"One." + b" \n" * 300_000 + b"Two."
    assert texts(data) == ["One.", "Two."]


paragraph_texts = st.text(alphabet=st.sampled_from('aB .?!"’é\n\r\f\v\t-#*1'), min_size=0, max_size=400)


@given(paragraph_texts, st.integers(1, 60), st.integers(5, 60))
def test_blocks_of_any_size_give_the_same_paragraphs(draft: str, block: int, limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "SOFT_LIMIT", limit)
        patch.setattr(text, "HARD_LIMIT", 2 * limit)
        results = []
        for size in (block, 1 << 16):
            patch.setattr(decoding, "BLOCK_BYTES", size)
            for markdown in (False, True):
                try:
                    results.append(list(text.iter_text(io.BytesIO(draft.encode()), "a", markdown=markdown)))
                except DocumentError as error:
                    results.append(str(error))
    assert results[:2] == results[2:]


@given(paragraph_texts.filter(str.strip))
def test_nothing_but_white_space_is_lost(draft: str) -> None:
    try:
        paragraphs = texts(draft.encode())
    except DocumentError:
        return
    assert "".join("".join(paragraphs).split()) == "".join(draft.split())


@given(paragraph_texts)
def test_offsets_point_into_the_text_of_the_document(draft: str) -> None:
    try:
        paragraphs = tuple(text.iter_text(io.BytesIO(draft.encode()), "a"))
    except DocumentError:
        return
    document = Document("a", paragraphs)
    assert [p.number for p in paragraphs] == list(range(1, len(paragraphs) + 1))
    assert all(document.text[p.start : p.start + len(p.text)] == p.text for p in paragraphs)


def test_headings_of_plain_text_set_the_section() -> None:
    data = b"A Review\n\n3. FINDINGS\n\nThe form had no box.\n\nRecommendations\nThe board must act."
    sections = [(p.text, p.section) for p in text.iter_text(io.BytesIO(data), "a")]
    assert sections == [
        ("A Review", None),
        ("3. FINDINGS", "findings"),
        ("The form had no box.", "findings"),
        ("Recommendations\nThe board must act.", "recommendations"),
    ]


MARKDOWN = """---
title: A draft
---
# Learning review

## Findings
The worker *believed* that __both__ forms, [the old](https://example.org/a_b) and `new`, were in use.[^1]
### The school
- It kept **no** log
  of calls.
- It had snake_case_names and 5 * 3 \\* 2 marks.

> Nobody asked.
> Nobody looked.

The visit took place on
23. It was late.

1. First step
2. Second step

| Who | What |
|---|---|
| School | Rang twice |

Next steps
----------

The board must act.
"""


def test_markdown_loses_its_marks_and_keeps_its_words(tmp_path: Path) -> None:
    document = read_document(write(tmp_path / "draft.md", MARKDOWN))
    assert [(p.text, p.section) for p in document.paragraphs] == [
        ("Learning review", "other"),
        ("Findings", "findings"),
        ("The worker believed that both forms, the old and new, were in use.", "findings"),
        ("The school", "findings"),
        ("It kept no log\n  of calls.", "findings"),
        ("It had snake_case_names and 5 * 3 * 2 marks.", "findings"),
        ("Nobody asked.\nNobody looked.", "findings"),
        ("The visit took place on\n23. It was late.", "findings"),
        ("1. First step", "findings"),
        ("2. Second step", "findings"),
        ("Who", "findings"),
        ("What", "findings"),
        ("School", "findings"),
        ("Rang twice", "findings"),
        ("Next steps", "recommendations"),
        ("The board must act.", "recommendations"),
    ]
    assert all(document.text[p.start :].startswith(p.text) for p in document.paragraphs)


def test_marks_that_never_close_are_harmless() -> None:
    draft = "*a `b [c _d <!-- " * 3000
    assert texts(draft.encode(), markdown=True)


def test_a_document_is_the_same_read_whole_or_by_paragraph(tmp_path: Path) -> None:
    path = write(tmp_path / "draft.md", MARKDOWN)
    assert tuple(iter_paragraphs(path)) == read_document(path).paragraphs


def test_plain_streams_are_named_by_a_dash() -> None:
    assert list(iter_paragraphs(io.BytesIO(b"One.\n\nTwo."))) == [
        Paragraph("One.", 1, 0),
        Paragraph("Two.", 2, 6),
    ]
    with pytest.raises(DocumentError, match=r"^-: holds no text"):
        list(iter_paragraphs(io.BytesIO(b"")))


def test_contents_lists_are_left_out() -> None:
    contents = b"Contents\nFindings ........ 3\nAnalysis ........ 9\nThanks ....... 14\n\n"
    text = b"Findings\n\nOne of 3\nTwo of 9\nSix of 14"
    assert [p.text for p in iter_paragraphs(io.BytesIO(contents + text))] == [
        "Findings",
        "One of 3\nTwo of 9\nSix of 14",
    ]


def test_rows_of_a_table_are_paragraphs_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        "Chronology of the summer\n3 May\tThe nurse came.\n9 May\tThe school rang.\n\n"
        "A line with\ta tab in it\nand one without.\n\nContents\nVisits\t3\nLetters\t9\nThanks\t14\n"
    )
    assert [p.text for p in read_document(path).paragraphs] == [
        "Chronology of the summer",
        "3 May\tThe nurse came.",
        "9 May\tThe school rang.",
        "A line with\ta tab in it\nand one without.",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "Findings\n\nShe rang.[1] No one came.\n\n[1] The log of the ward.\n"),
        ("a.md", "## Findings\n\nShe rang.[^1] No one came.\n\n[^1]: The log of the ward.\n"),
    ],
)
def test_headings_and_footnotes_are_told_from_the_text(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    found = read_document(path).paragraphs
    assert [(p.section, p.heading) for p in found] == [("findings", True), ("findings", False), ("footnote", False)]
    assert found[-1].text.endswith("The log of the ward.")


def test_a_number_in_brackets_that_no_text_refers_to_is_no_footnote(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("[1] The nurse rang.\n\n[2] No one came.\n")
    assert [p.section for p in read_document(path).paragraphs] == [None, None]


def test_a_paragraph_that_is_set_as_a_heading_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("## 4.1 Findings\n\n### 4.2 The nurse should have rung.\n")
    assert [p.heading for p in read_document(path).paragraphs] == [True, False]


@pytest.mark.parametrize("run", [" ", "\t", "\xa0", ".", "\t ", "… "])
def test_a_line_of_thousands_of_spaces_or_dots_does_not_hang_it(tmp_path: Path, run: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"The nurse rang{run * 20_000}the ward\nand then she wrote.", encoding="utf-8")
    assert len(read_document(path).paragraphs) == 1
