"""Characters put right, and left alone where they are right."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_writer import Page, write_pdf

from bias_detect.documents.cleaning import clean_text
from bias_detect.documents.read import read_document

KEPT = "“She said ‘no’ – naïve, café, £20, Muñoz, Čapek…” Covid‑19; CAFÉ’S; pâté à la crème\tJOSÉ™ 20°C ½"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (KEPT, KEPT),
        ("e\ufb03cient o\ufb00er, \ufb02at", "efficient offer, flat"),
        ("safe\u00adguarding\u200b lead\ufeff", "safeguarding lead"),
        ("5\u00a0May, 10\u202f000", "5 May, 10 000"),
        ("one\u2028two\u2029three", "one\ntwo\n\nthree"),
        ("It\x92s \x93late\x94 \x96 so", "It’s “late” – so"),
        ("Itâ€™s â€œlateâ€\x9d â€“ Â£20, cafÃ©, naÃ¯ve â€¦", "It’s “late” – £20, café, naïve …"),
        ("ItÂ’s", "It’s"),
        ("Itâ€™s".encode().decode("cp1252"), "It’s"),
        ("She said â€œnoâ€ and left â€œatâ€.", "She said “no” and left “at”."),
        ("\uf0b7 one", "• one"),
        ("bell\x07 \x1b[31m", "bell [31m"),
    ],
)
def test_characters(text: str, right: str) -> None:
    assert clean_text(text) == right


@given(st.text(st.characters(codec="cp1252", exclude_categories=["Cc", "Zs"], exclude_characters="\u00adÂÃâï")))
def test_windows_text_is_left_alone_and_comes_back_from_being_misread(text: str) -> None:
    assert clean_text(text) == text
    try:
        misread = text.encode().decode("cp1252")
    except UnicodeDecodeError:  # five bytes stand for nothing in Windows text
        return
    if not any(character in text for character in "ŠŒŽšœžŸƒˆ˜"):  # their first byte shows as a letter that is common
        assert clean_text(misread) == text


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once


def test_every_reader_cleans(tmp_path: Path) -> None:
    raw, right = "The o\ufb03ce\u00a0was closed\u200b; itâ€™s so.", "The office was closed; it’s so."
    (tmp_path / "a.txt").write_text(raw, encoding="utf-8")
    (tmp_path / "a.md").write_text(raw, encoding="utf-8")
    (tmp_path / "a.html").write_text(f"<!doctype html><p>{raw}</p>", encoding="utf-8")
    document = docx.Document()
    document.add_paragraph(raw)
    document.save(str(tmp_path / "a.docx"))
    write_pdf(tmp_path / "a.pdf", [Page().at(72, 700, "The office\u00a0was closed; itâ€™s so.")])
    for name in ("a.txt", "a.md", "a.html", "a.docx", "a.pdf"):
        assert read_document(tmp_path / name).text == right, name
