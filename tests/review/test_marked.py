"""The marked page: the whole text, every flag with its question, readable by everyone, and safe."""

import re
from importlib import resources

from selectolax.lexbor import LexborHTMLParser

from bias_detect.documents.document import Document, Part
from bias_detect.review.flags import find_flags
from bias_detect.review.ignore import IgnoreList
from bias_detect.review.marked import marked_page
from bias_detect.scoring import score

TOLD = "The nurse rang the ward at noon."
EXPLAINED = "With thirty-one open cases, the team saw only the families in crisis and so closed the file."
JUDGED = "Staff should have seen that he was in grave danger."
MISSED = "This was a missed opportunity to save her life."
SCRIPT = '</style><img src=x onerror="alert(1)"><script>alert(2)</script>{{ 7 * 7 }} &amp;'


def draft(*texts):
    return Document.from_texts("draft", list(texts))


def marked(document, *, ignored=None, title="Draft", sections=False):
    table = score(document)
    flags = find_flags(document, table, ignored=ignored, sections=sections)
    return LexborHTMLParser(marked_page(document, table, flags, title=title)), flags


def shown(node):
    """Return the text without what is there for the eye or the ear alone."""
    parser = LexborHTMLParser(node.html)
    for extra in parser.css(".glyph, .hidden, .number"):
        extra.decompose()
    return parser.body.text()


def test_every_word_of_the_draft_is_there_once_and_in_order():
    document = draft(f"  {TOLD}  {EXPLAINED}", f"{JUDGED}\n{MISSED} (", "Table 1", "😀 " + JUDGED)
    page, _ = marked(document)
    texts = [re.sub(r"\s+", "", shown(node)) for node in page.css(".text")]
    assert texts == [re.sub(r"\s+", "", paragraph.text) for paragraph in document.paragraphs]


def test_flags_are_numbered_beside_their_paragraph_with_words_and_question():
    page, flags = marked(draft(TOLD, f"{EXPLAINED} {JUDGED}", MISSED))
    notes = page.css(".notes li")
    assert [note.attributes["id"] for note in notes] == ["flag-1", "flag-2"]
    for number, (note, flag) in enumerate(zip(notes, flags, strict=True), start=1):
        assert flag.question in note.text()
        assert flag.signals[0].text in note.text()
        assert "hindsight-biased" in note.text()
        mark = page.css_first(f"#mark-{number}")
        assert mark.attributes["href"] == f"#flag-{number}"
        assert flag.sentence in shown(mark.parent)
        assert note.parent.parent.css_first(".text").html == mark.parent.parent.html


def test_a_flag_can_be_left_alone_from_the_page():
    document = Document.from_texts("draft.pdf", [JUDGED, MISSED])
    page, flags = marked(document)
    assert [note.css_first("code").text() for note in page.css(".notes li")] == [flag.id for flag in flags]
    assert "the text file draft.pdf.ignore beside the draft" in page.css_first("main section").text()
    listed = IgnoreList(page.css_first(".notes code").text())
    assert [flag.id for flag in marked(document, ignored=listed)[1]] == [flags[1].id]
    unflagged, _ = marked(draft(TOLD))
    assert ".ignore" not in unflagged.body.text()


def test_words_of_hindsight_itself_are_explained_as_what_they_are():
    page, _ = marked(draft("In retrospect the visit was cut short.", "It was obvious that she would be harmed."))
    first, second = page.css(".notes li")
    assert "In retrospect. It may judge what people did by what became known only later." in first.text()
    assert "could be seen coming" in second.text()
    named = {meaning.css_first("h3").text(): meaning.css_first(".numbers").text() for meaning in page.css(".meaning")}
    assert {name: text.split() for name, text in named.items()} == {
        "Hindsight-biased": ["Flag", "1"],
        "Foreseeability": ["Flag", "2"],
    }


def test_labels_are_told_in_words_and_shapes_and_signals_by_a_line():
    page, _ = marked(draft(f"{TOLD} The team believed that the ward was visiting, and so closed the file. {JUDGED}"))
    explained, judged = page.css(".text .s")
    assert (explained.css_first(".glyph").text(), judged.css_first(".glyph").text()) == ("●", "◆")
    assert "explanatory" in explained.css_first(".hidden").text()
    assert "hindsight-biased" in judged.css(".hidden")[-1].text()
    assert [line.text() for line in judged.css("u.signal")] == ["should have seen"]
    assert explained.css("u.influence")
    assert TOLD in page.css_first(".text").text()


def test_shares_are_counted_and_what_is_not_flagged_is_said():
    document = draft(f"{TOLD} {EXPLAINED} {JUDGED} {MISSED}")
    page, flags = marked(document)
    tiles = {tile.css_first("dt").text(): tile.css_first("dd").text() for tile in page.css(".shares div")}
    assert tiles["◆ hindsight-biased"].split() == ["50.0%", "2", "sentences"]
    assert tiles["● explanatory"].split() == ["25.0%", "1", "sentence"]
    assert "2 flags in 4 sentences." in page.body.text()
    assert "without a flag" not in page.body.text()
    page, _ = marked(document, ignored=IgnoreList(flags[0].id))
    assert len(page.css(".notes li")) == 1
    assert "1 sentence is labelled hindsight-biased without a flag" in page.body.text()


def test_section_of_description_is_flagged_as_a_whole():
    prose = [Part(f"On day {day} the nurse rang the ward and wrote it down.", 3, "findings") for day in range(12)]
    document = Document.from_parts("draft", [Part("Findings", 3, "findings", (), True), *prose])
    page, _ = marked(document, sections=True)
    assert page.css_first("h3.text").text() == "Findings"
    assert page.css_first(".where").text() == "Page 3 · Section: findings"
    (note,) = page.css(".notes li")
    assert re.search(r"Section flag 1\s+\d+% of this section is ■ descriptive", note.text())


def test_draft_without_a_sentence_makes_a_page():
    page, _ = marked(Document("empty"))
    assert "no sentence" in page.body.text()


def test_markup_is_text_and_the_page_can_neither_run_nor_load_anything():
    page, flags = marked(draft(f"Staff should have seen that {SCRIPT} was a clear sign."), title=SCRIPT)
    assert flags
    assert not page.css("script, img, link, iframe, object, form, [onerror], [src]")
    assert SCRIPT in page.css_first("h1").text()
    assert "<script>alert(2)</script>" in page.css_first(".text").text()
    policy = page.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert not re.search(r"@import|url\(", page.css_first("style").text())


def test_what_no_page_can_show_is_replaced():
    document = draft("Staff should have seen\x00 the \x1b[31msign.")
    table = score(document)
    page = marked_page(document, table, find_flags(document, table), title="a\x00b\ud800")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", page)
    assert "<h1>a\ufffdb\ufffd</h1>" in page
    assert page.encode()


def test_links_of_the_page_lead_somewhere():
    page, _ = marked(draft(TOLD, JUDGED, MISSED, EXPLAINED))
    names = {node.attributes["id"] for node in page.css("[id]")}
    assert len(names) == len(page.css("[id]"))
    assert {link.attributes["href"][1:] for link in page.css("a[href^='#']")} <= names
    assert {ref.attributes["aria-labelledby"] for ref in page.css("[aria-labelledby]")} <= names


def test_labels_of_another_model_have_looks_of_their_own():
    document = draft(TOLD, JUDGED)
    table = score(document).rename(columns={"p_descriptive": "p_neutral"})
    table["label"] = table["label"].replace("descriptive", "neutral")
    page = LexborHTMLParser(marked_page(document, table, [], title="Draft"))
    assert page.css_first(".text .s").attributes["class"] == "s green"
    assert "neutral" in page.css_first(".shares").text()


def test_colours_are_those_of_the_other_pages():
    package = resources.files("bias_detect")
    sheets = [
        (package / folder / name).read_text(encoding="utf-8")
        for folder, name in (
            ("review/templates", "marked.css"),
            ("auditing/templates", "report.css"),
            ("server/static", "app.css"),
        )
    ]
    light, dark = ({}, {})
    for sheet in sheets:
        for theme, part in zip((light, dark), re.findall(r":root \{(.*?)\}", sheet, re.S), strict=True):
            for name, colour in re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part):
                assert theme.setdefault(name, colour) == colour, name
    assert {"ink", "paper", "blue", "vermilion", "grey", "vermilion-tint"} <= light.keys() & dark.keys()
