"""The reviewer's desk in a browser: what a reviewer does with it, by mouse, by keyboard and on a small screen."""

import re

import pytest

from bias_detect.labels import Label
from bias_detect.palette import label_styles
from bias_detect.review.ignore import IgnoreList

TOLD = "The nurse rang the ward at noon."
EXPLAINED = "With thirty-one open cases, the team saw only the families in crisis and so closed the file."
JUDGED = "Staff should have seen that he was in grave danger."
MISSED = "This was a missed opportunity to save her life."
TEXT = f"{TOLD} {EXPLAINED}\n\n{JUDGED} {MISSED}"
SCRIPT = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 380, "height": 800}


def test_pasted_text_is_marked_and_counted(desk):
    desk.write(TEXT)
    assert [re.sub(r", (over )?\d+%", "", name) for name in desk.names()] == [
        "Sentence 1: descriptive",
        "Sentence 2: explanatory",
        "Sentence 3: hindsight-biased, flagged",
        "Sentence 4: hindsight-biased, flagged",
    ]
    assert desk.sentence(3).locator("u.signal").all_inner_texts() == ["should have seen"]
    assert desk.status().startswith("2 flags in 4 sentences.")
    shares = desk.page.inner_text("#shares")
    assert re.search(r"hindsight-biased\s+50\.0% 2 sentences", shares)
    assert re.search(r"descriptive\s+25\.0% 1 sentence\b", shares)
    assert desk.page.locator("#reading .block").count() == 2


def test_text_is_marked_anew_as_one_types(desk):
    desk.write(TEXT)
    desk.page.evaluate("document.querySelector('#reading .block').kept = true")
    desk.page.focus("#text")
    desk.page.keyboard.press("Control+End")
    desk.page.keyboard.type(" It was obvious that she would die.")
    desk.settle()
    assert desk.status().startswith("3 flags in 5 sentences.")
    # What has not changed is still the same: nobody who is reading it loses their place.
    assert desk.page.evaluate("document.querySelector('#reading .block').kept")
    desk.write("")
    assert desk.status() == "Nothing to mark yet."
    assert not desk.page.is_visible("#reading")


def test_late_answer_to_an_older_text_is_dropped(desk):
    held = []

    def hold(route):
        if "slow" in route.request.post_data and not held:
            held.append(route)
        else:
            route.continue_()

    desk.page.route("**/api/score", hold)
    desk.page.fill("#text", "It was a slow day.")
    desk.page.wait_for_timeout(400)
    desk.write(JUDGED)
    held[0].continue_()
    desk.page.wait_for_timeout(200)
    assert desk.said()[0].endswith(JUDGED)
    assert desk.page.locator("#reading .s").count() == 1


def test_sentence_gives_its_reasons_and_the_question(desk):
    desk.write(TEXT)
    desk.sentence(4).click()
    panel = desk.page.locator("#panel")
    said = panel.inner_text()
    assert desk.focused() == "panel-title"
    for part in ("Sentence 4 of 4", "Hindsight-biased", MISSED, "Missed opportunity", "Before", "After"):
        assert part in said
    assert panel.locator(".question").first.inner_text().endswith("?")
    assert panel.locator("q").first.inner_text() in MISSED
    desk.page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert desk.focused().startswith("Sentence 4")
    desk.sentence(2).click()
    assert "Explanatory" in panel.inner_text()
    assert not desk.page.is_visible("#panel-leave")  # nothing is flagged there
    desk.page.get_by_role("button", name="Close the reasons").click()
    assert not panel.is_visible()


def test_a_sentence_is_explained_by_what_its_words_do(desk):
    desk.write("In retrospect it was obvious that nobody came. " + JUDGED)
    desk.sentence(2).click()
    assert desk.page.inner_text("#panel h3").startswith("Counterfactual")
    assert "did not see a meaning that is plain to us now" in desk.page.inner_text("#panel .reason")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_reasons_follow_the_sentence_as_it_is_written_anew(open_desk, viewport):
    desk = open_desk(viewport=viewport)
    desk.write(TEXT)
    desk.sentence(3).click()
    desk.page.click("#panel-edit")
    assert desk.page.evaluate("document.activeElement.id + ':' + getSelection().toString()") == f"text:{JUDGED}"
    desk.page.keyboard.type(TOLD.replace("noon", "one"))
    desk.settle()
    assert "Descriptive" in desk.page.inner_text("#panel .verdict")
    assert desk.focused() == "text"
    desk.page.keyboard.press("Escape")
    assert not desk.page.is_visible("#panel")
    assert desk.focused() == "text"  # nobody is taken away from where they write


def test_filter_shows_what_it_names(desk):
    desk.write(TEXT)
    shown = {"only flagged": [3, 4], "explanatory": [2], "descriptive": [1], "hindsight-biased": [3, 4]}
    for choice, numbers in shown.items():
        desk.page.get_by_role("radio", name=choice, exact=True).check(force=True)
        assert [int(re.match(r"Sentence (\d+)", name)[1]) for name in desk.names()] == numbers
        assert f"The filter shows {len(numbers)} sentence" in desk.status()
    desk.page.get_by_role("radio", name="all", exact=True).check(force=True)
    assert len(desk.names()) == 4


def test_uncertain_sentences_are_told_by_a_sign_and_in_words(desk):
    desk.make_uncertain(2)
    desk.write(TEXT)
    desk.page.get_by_role("radio", name="uncertain", exact=True).check(force=True)
    assert desk.page.locator("#reading .s:not(.context):visible").all_inner_texts() == [f"●?{EXPLAINED}"]
    assert desk.names()[0].endswith(", uncertain")
    assert "1 label is uncertain" in desk.status()


def test_next_and_previous_flag(desk):
    desk.write(TEXT)
    title = desk.page.locator("#panel-title")
    for button, number in (("next", 3), ("next", 4), ("next", 3), ("previous", 4), ("previous", 3)):
        desk.page.click(f"#{button}")
        assert title.inner_text() == f"Sentence {number} of 4"


def test_flag_is_left_as_it_is_saved_and_opened_again(desk, open_desk):
    desk.write(TEXT)
    desk.sentence(3).click()
    desk.page.get_by_role("button", name="Leave it as it is").click()
    assert desk.status().startswith("1 flag in 4 sentences.")
    assert "1 sentence is left as it is" in desk.status()
    desk.page.get_by_role("button", name="Flag it again").click()
    assert desk.status().startswith("2 flags in 4 sentences.")
    desk.page.get_by_role("button", name="Leave it as it is").click()
    name, content = desk.download("Save the list")
    assert name.endswith(".ignore")
    (entry,) = IgnoreList(content.decode()).entries
    assert re.search(rf"^{entry}  # \w+", content.decode(), re.MULTILINE)

    later = open_desk()
    later.write(TEXT)
    old = "# the panel’s list\r\n".encode("cp1252") + content.replace(b"\n", b"\r\n") + b"outcome\r\n"
    later.page.set_input_files("#ignore-file", {"name": name, "mimeType": "text/plain", "buffer": old})
    later.until(lambda: later.status().startswith("1 flag "))
    assert "left as it is" in later.names()[2]
    assert "2 entries" in later.page.inner_text("#left-about")
    later.sentence(4).click()
    later.page.click("#panel-leave")
    _, saved = later.download("Save the list")
    lines = saved.decode().split("\r\n")
    assert lines[0] == "# the panel’s list"  # what a person wrote into it stays
    assert lines[1:-2] == old.decode("cp1252").split("\r\n")[1:-1]
    assert len(IgnoreList(saved.decode()).entries) == 3


def test_headings_are_headings(desk):
    desk.write(f"Findings\n\n{TOLD}")
    assert desk.page.locator("#reading h3").all_inner_texts() == ["Findings"]
    assert desk.page.locator("#reading p.para").count() == 1


def test_how_often_a_flag_is_right_is_said(desk):
    assert re.match(r"On real reports \d+% of the flags are right", desk.page.inner_text("#quality"))


def test_everything_is_done_by_keyboard(desk):
    press = desk.page.keyboard.press

    def tab_to(name, most=12):
        for _ in range(most):
            press("Tab")
            if desk.focused().startswith(name):
                return
        raise AssertionError(f"Tab does not come to {name!r}; it is at {desk.focused()!r}")

    press("Tab")
    assert desk.focused() == "Skip to your text"
    press("Enter")
    desk.page.keyboard.insert_text(TEXT)
    desk.settle()
    tab_to("all")
    press("ArrowRight")
    assert "The filter shows 2 sentences" in desk.status()
    tab_to("Sentence 3")
    press("Home")
    assert desk.focused().startswith("Sentence 3")  # the first that the filter shows
    press("ArrowRight")
    assert desk.focused().startswith("Sentence 4")
    press("Enter")
    assert desk.focused() == "panel-title"
    press("p")
    assert desk.page.inner_text("#panel-title") == "Sentence 3 of 4"
    tab_to("panel-leave")
    press("Enter")
    assert "left as it is" in desk.status()
    assert desk.focused() == "panel-leave"
    press("n")
    assert desk.page.inner_text("#panel-title") == "Sentence 4 of 4"
    press("Escape")
    assert desk.focused().startswith("Sentence 4")
    tab_to("save-word")
    with desk.page.expect_download() as waited:
        press("Enter")
    assert waited.value.suggested_filename == "draft.reviewed.docx"


def test_letters_are_letters_where_one_writes(desk):
    desk.write(TEXT)
    desk.page.focus("#text")
    desk.page.keyboard.press("n")
    assert not desk.page.is_visible("#panel")


@pytest.mark.parametrize("viewport", [NARROW, {"width": 640, "height": 430}], ids=["phone", "zoomed"])
def test_small_window_has_everything_in_one_column(open_desk, viewport):
    desk = open_desk(viewport=viewport)
    assert desk.overflow() == 0
    desk.write(TEXT + "\n\n" + "Longwordwithoutanend" * 9 + ".")
    desk.sentence(3).click()
    assert desk.overflow() == 0
    panel, paragraph = desk.page.locator("#panel").bounding_box(), desk.sentence(3).locator("..").bounding_box()
    assert panel["y"] >= paragraph["y"] + paragraph["height"]
    assert panel["width"] <= viewport["width"]
    desk.page.click("#panel-leave")
    desk.page.get_by_role("radio", name="only flagged").check(force=True)
    assert desk.page.is_visible("#panel-title")  # though the filter leaves its sentence out
    desk.open_word(JUDGED, name="a-name-that-goes-on-and-on-" * 6 + ".docx")
    assert desk.overflow() == 0


@pytest.mark.parametrize(("scheme", "viewport"), [("light", WIDE), ("dark", NARROW)])
def test_axe_finds_nothing_in_any_state(open_desk, scheme, viewport):
    desk = open_desk(color_scheme=scheme, viewport=viewport)
    assert desk.violations() == []
    desk.make_uncertain(2)
    desk.write(TEXT)
    assert desk.violations() == []
    desk.sentence(3).click()
    assert desk.violations() == []
    desk.page.click("#panel-leave")
    desk.page.get_by_role("radio", name="only flagged").check(force=True)
    assert desk.violations() == []
    desk.open_word(TOLD, JUDGED, MISSED)
    desk.page.click("#next")
    desk.page.set_input_files("#ignore-file", {"name": "x", "mimeType": "text/plain", "buffer": b"not an id\n"})
    desk.page.wait_for_selector("#alert:visible")
    assert desk.violations() == []
    desk.complaints.clear()  # the browser notes every request that is refused


def test_labels_are_told_apart_in_the_colours_of_the_system(open_desk):
    desk = open_desk(forced_colors="active")
    desk.write(TEXT)
    border = "node => getComputedStyle(node).borderBottomStyle"
    assert desk.sentence(3).evaluate(border) == "dotted"
    assert desk.sentence(1).evaluate(border) == "none"


def test_script_is_text(desk):
    desk.write(f"Staff should have seen that {SCRIPT} was a clear sign.")
    desk.sentence(1).click()
    assert SCRIPT in desk.page.inner_text("#reading")
    assert SCRIPT in desk.page.inner_text("#panel")
    desk.open_word(f"{JUDGED} {SCRIPT}", name=f"{SCRIPT.replace('/', '')}.docx")
    assert "<script>" in desk.page.inner_text("#file-name")
    assert desk.page.evaluate("window.ran") is None
    assert desk.page.locator("main img, main script").count() == 0


def test_what_cannot_be_read_is_said_in_plain_words_and_nothing_is_lost(desk):
    desk.write(TEXT)
    desk.page.set_input_files("#file", {"name": "broken.docx", "mimeType": "", "buffer": b"no Word file"})
    desk.page.wait_for_selector("#alert:visible")
    said = desk.page.get_by_role("alert").inner_text()
    assert "broken.docx" in said
    assert "Traceback" not in said
    assert desk.page.input_value("#text") == TEXT
    assert desk.status().startswith("2 flags")
    desk.page.route("**/api/score", lambda route: route.abort())
    desk.write(TEXT + " More.")
    assert "does not answer" in desk.page.get_by_role("alert").inner_text()
    desk.page.unroute("**/api/score")
    desk.write(TEXT)
    assert not desk.page.is_visible("#alert")
    assert all("Failed to load resource" in complaint for complaint in desk.complaints)
    desk.complaints.clear()


def test_marks_are_right_behind_characters_of_two_units(desk):
    desk.write(f"\U0001f600\U0001f600 {JUDGED} \U0001f600 {MISSED}")
    assert "should have seen" in desk.page.locator("#reading u.signal").all_inner_texts()


def test_long_text_keeps_every_sentence(desk):
    text = "\n\n".join(f"On day {day} the nurse rang the ward. {JUDGED[:-1]} on day {day}." for day in range(400))
    desk.write(text)
    desk.until(lambda: desk.page.locator("#reading .s").count() == 800)
    assert desk.page.locator("#reading [tabindex='0']").count() == 1  # one stop for Tab, not eight hundred
    desk.page.keyboard.press("Escape")
    desk.sentence(1).focus()
    desk.page.keyboard.press("End")
    assert desk.focused().startswith("Sentence 800:")
    assert desk.page.evaluate("document.activeElement.getBoundingClientRect().bottom <= innerHeight")


def test_nothing_is_kept_in_the_browser(desk):
    desk.write(TEXT)
    kept = desk.page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, document.cookie, "
        "(await indexedDB.databases()).length, (await caches.keys()).length]"
    )
    assert kept == [0, 0, "", 0, 0]
    assert desk.page.context.cookies() == []
    desk.page.reload()
    desk.page.wait_for_selector("#about:not(:empty)")
    assert desk.page.input_value("#text") == ""


def test_page_and_figures_give_a_label_the_same_look(desk):
    labels = [*Label, "neutral", "praise", "other", "more", "again"]
    found = desk.page.evaluate(
        "async labels => [...(await import('/static/labels.js')).labelStyles(labels)].map(([, style]) => "
        "[style.colour, style.glyph])",
        [str(label) for label in labels],
    )
    assert found == [[style.name, style.glyph] for style in label_styles([str(label) for label in labels]).values()]
