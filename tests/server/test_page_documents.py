"""Documents in the reviewer's page: opened, dropped, edited as text, and taken along again."""

import csv
import io

import docx
import pytest
from pdf_writer import Page, write_pdf

TOLD = "The nurse rang the ward at noon."
EXPLAINED = "With thirty-one open cases, the team saw only the families in crisis and so closed the file."
JUDGED = "Staff should have seen that he was in grave danger."
MISSED = "This was a missed opportunity to save her life."
TEXT = f"{TOLD} {EXPLAINED}\n\n{JUDGED} {MISSED}"


def test_word_file_goes_in_and_comes_back_with_comments(desk):
    desk.open_word(TOLD, f"{JUDGED} {EXPLAINED}", MISSED)
    assert desk.focused() == "reading-title"
    assert desk.status().startswith("2 flags in 4 sentences.")
    assert not desk.page.is_visible("#text")
    desk.sentence(2).click()
    desk.page.click("#panel-leave")
    name, content = desk.download("Word file with comments")
    assert name == "draft.reviewed.docx"
    commented = docx.Document(io.BytesIO(content))
    assert [paragraph.text for paragraph in commented.paragraphs] == [TOLD, f"{JUDGED} {EXPLAINED}", MISSED]
    (comment,) = commented.comments
    assert "hindsight-biased" in comment.text.lower()
    assert "missed opportunity" in comment.text.lower()


def test_pasted_text_is_taken_along_as_word_page_and_table(desk):
    desk.write(TEXT)
    name, content = desk.download("Word file with comments")
    assert name == "draft.reviewed.docx"
    assert len(list(docx.Document(io.BytesIO(content)).comments)) == 2
    name, content = desk.download("Marked page")
    assert name == "draft.marked.html"
    assert JUDGED.removeprefix("Staff should have seen") in content.decode()
    name, content = desk.download("Table (CSV)")
    assert name == "draft.scored.csv"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["label"] for row in rows] == ["descriptive", "explanatory", *["hindsight_biased"] * 2]


def test_document_is_edited_as_plain_text_and_the_text_before_is_not_lost(desk):
    desk.write("An earlier text.")
    desk.open_word(TOLD, JUDGED)
    desk.page.click("#as-text")
    desk.settle()
    assert desk.page.input_value("#text") == f"{TOLD}\n\n{JUDGED}"
    assert desk.focused() != "file"
    desk.page.keyboard.press("Control+z")
    assert desk.page.input_value("#text") == "An earlier text."
    desk.open_word(TOLD, JUDGED)
    desk.page.click("#close-file")
    desk.settle()
    assert desk.page.input_value("#text") == "An earlier text."
    assert desk.status().endswith("1 sentence.")


@pytest.mark.parametrize("kind", ["pdf", "txt", "md", "html"])
def test_other_documents_are_read(desk, tmp_path, kind):
    path = tmp_path / f"draft.{kind}"
    if kind == "pdf":
        page = Page()
        page.column([TOLD, JUDGED])
        write_pdf(path, [page])
    else:
        text = f"{TOLD}\n\n{JUDGED}\n"
        path.write_text(text if kind != "html" else f"<html><body><p>{TOLD}</p><p>{JUDGED}</p></body></html>")
    desk.open({"name": path.name, "mimeType": "", "buffer": path.read_bytes()})
    assert desk.status().startswith("1 flag in 2 sentences.")
    _, content = desk.download("Word file with comments")
    assert len(list(docx.Document(io.BytesIO(content)).comments)) == 1


def test_text_of_an_older_editor_is_read_and_that_is_said(desk):
    text = "The café’s log was kept."
    desk.open({"name": "old.txt", "mimeType": "", "buffer": text.encode("cp1252")})
    assert desk.said()[0].endswith(text)
    assert "Windows-1252" in desk.page.inner_text("#file-note")
    desk.open({"name": "new.txt", "mimeType": "", "buffer": text.encode()})
    assert not desk.page.is_visible("#file-note")


def test_document_is_dropped_on_the_page(desk):
    desk.drop("dropped.txt", JUDGED)
    desk.until(lambda: desk.page.text_content("#file-name") == "dropped.txt")
    assert desk.status().startswith("1 flag in 1 sentence.")
    assert not desk.page.is_visible("#drop")


def test_paragraphs_from_a_word_processor_stay_apart(desk):
    desk.paste_from_word(f"{TOLD}\r\n{JUDGED}")
    assert desk.page.locator("#reading .block").count() == 2
