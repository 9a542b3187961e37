"""A real server, a real browser, and the reviewer's desk in it."""

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import docx
import pytest

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium, or skip."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"there is no browser to drive: install one of {', '.join(PROGRAMS)}")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def address():
    """Start the server as a person would, and return where it is."""
    command = [
        sys.executable,
        "-c",
        "from bias_detect.cli.main import run; run()",
        "serve",
        "--port",
        "0",
        "--no-browser",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as server:
        try:
            said = server.stdout.readline()
            yield re.search(r"http://127\.0\.0\.1:\d+/", said)[0]
        finally:
            server.terminate()


class Desk:
    """The page in a window, and what a person does with it."""

    def __init__(self, context, address):
        self.address = address
        self.page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._asked)

    def load(self):
        """Open the page anew; it keeps nothing of what was done before."""
        self.requests, self.complaints = [], []
        self.page.goto(self.address)
        self.page.wait_for_selector("#about:not(:empty)")

    def _heard(self, message):
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, dialog):
        if dialog.type != "beforeunload":
            self.complaints.append(f"a dialog: {dialog.message}")
        dialog.accept()

    def write(self, text):
        """Put a text into the field, and wait until it is marked."""
        self.page.fill("#text", text)
        self.settle()

    def settle(self):
        """Wait until the last change is scored and shown."""
        self.page.wait_for_selector("#reading:not([aria-busy])", state="attached")

    def until(self, done):
        """Wait until something holds."""
        for _ in range(200):
            if done():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"waited in vain; the page says {self.status()!r}")

    def open(self, file):
        """Choose a document."""
        self.page.set_input_files("#file", file)
        self.until(lambda: self.page.text_content("#file-name") == file["name"])
        self.page.wait_for_selector("#reading:not([aria-busy])", state="attached")

    def open_word(self, *paragraphs, name="draft.docx"):
        """Choose a Word document of some paragraphs."""
        draft, made = docx.Document(), io.BytesIO()
        for paragraph in paragraphs:
            draft.add_paragraph(paragraph)
        draft.save(made)
        self.open({"name": name, "mimeType": "", "buffer": made.getvalue()})

    def drop(self, name, text):
        """Drop a file on the page."""
        self.page.evaluate(
            """([name, text]) => {
              const dataTransfer = new DataTransfer();
              dataTransfer.items.add(new File([text], name));
              for (const type of ["dragover", "drop"])
                document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
            }""",
            [name, text],
        )

    def paste_from_word(self, text):
        """Paste what a word processor puts on the clipboard."""
        self.page.focus("#text")
        self.page.evaluate(
            """text => {
              const clipboardData = new DataTransfer();
              clipboardData.setData("text/plain", text);
              clipboardData.setData("text/html", "<p>as a word processor has it</p>");
              const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
              document.activeElement.dispatchEvent(paste);
            }""",
            text,
        )
        self.settle()

    def make_uncertain(self, number):
        """Let the program be unsure of a sentence, whatever the model says of it."""

        def answer(route):
            response = route.fetch()
            scored = response.json()
            scored["sentences"][number - 1]["uncertain"] = True
            route.fulfill(response=response, json=scored)

        self.page.route("**/api/score", answer)

    def names(self):
        """Return what the marked sentences are called."""
        return [name.split(". ")[0] for name in self.said()]

    def said(self):
        """Return what a screen reader says of the sentences that the filter shows."""
        return self.page.locator("#reading .s:not(.context):visible").evaluate_all(
            "all => all.map(node => node.getAttribute('aria-label'))"
        )

    def sentence(self, number):
        """Return a marked sentence."""
        return self.page.get_by_role("button", name=re.compile(rf"^Sentence {number}: "))

    def status(self):
        """Return how things stand, in the page's words."""
        return self.page.inner_text("#status")

    def focused(self):
        """Return the focused element's id, or else its role and text."""
        return self.page.evaluate(
            "() => document.activeElement.id || document.activeElement.getAttribute('aria-label') || "
            "document.activeElement.value || document.activeElement.textContent"
        )

    def download(self, button):
        """Press a button that makes a file; return the file's name and content."""
        with self.page.expect_download() as waited:
            self.page.get_by_role("button", name=button, exact=True).click()
        return waited.value.suggested_filename, Path(waited.value.path()).read_bytes()

    def overflow(self):
        """Return by how much the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def violations(self):
        """Return what axe objects to."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page, options={"runOnly": RULES}).response["violations"]
        return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


@pytest.fixture(scope="session")
def free_desks():
    """Return windows that no test uses, by kind; opening one takes as long as half a test."""
    return {}


@pytest.fixture
def open_desk(browser, address, free_desks):
    """Return how to open the page in a window; it must ask no other host, and complain of nothing."""
    used = []

    def opened(**settings):
        settings.setdefault("viewport", {"width": 1280, "height": 860})
        kind = str(sorted(settings.items()))
        free = free_desks.setdefault(kind, [])
        desk = free.pop() if free else Desk(browser.new_context(accept_downloads=True, **settings), address)
        used.append((kind, desk))
        desk.load()
        return desk

    yield opened
    for kind, desk in used:
        desk.page.unroute_all()
        free_desks[kind].append(desk)
        assert {urlsplit(url).netloc for url in desk.requests if not url.startswith("blob:")} == {
            urlsplit(address).netloc
        }
        assert desk.complaints == []


@pytest.fixture
def desk(open_desk):
    return open_desk()
