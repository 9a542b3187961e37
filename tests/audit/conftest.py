"""Folders of reviews to audit, and what is compared of an audit."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import made_up_report
from pdf_writer import Page, write_pdf
from selectolax.lexbor import LexborHTMLParser

from bias_detect.auditing.result import AuditResult
from bias_detect.auditing.run import audit

ROOT = Path(__file__).parents[2]
ENTRY = "from bias_detect.cli.main import run; run()"

WHO = ("The nurse", "The school", "One officer", "The family doctor", "Her social worker", "The midwife")
WHAT = ("rang the ward", "visited the home", "wrote to the clinic", "closed the file", "read the chart")
WHEN = ("in March", "on Monday", "that week", "at noon", "after the meeting", "before the weekend")
JUDGED = ("should have", "ought to have", "could easily have", "failed to see what was obvious when she")


def _sentence(rng: random.Random) -> str:
    who, what, when = rng.choice(WHO), rng.choice(WHAT), rng.choice(WHEN)
    drawn = rng.random()
    if drawn < 0.2:
        return f"{who} {rng.choice(JUDGED)} {what} {when}."
    if drawn < 0.4:
        return f"{who} {what} {when} because the form had no box for it."
    return f"{who} {what} {when}."


@pytest.fixture(scope="session")
def prose() -> Callable[..., str]:
    """Return a function that makes a review of so many sentences, each seed another one."""

    def make(seed: int, sentences: int = 12) -> str:
        rng = random.Random(seed)
        half = sentences // 2
        parts = ["# Review", "## Chronology", " ".join(_sentence(rng) for _ in range(half))]
        return "\n\n".join([*parts, "## Findings", " ".join(_sentence(rng) for _ in range(sentences - half))]) + "\n"

    return make


@pytest.fixture
def reviews(tmp_path, prose) -> Path:
    """Return a folder of six reviews, two of them in folders of their own under the same name."""
    folder = tmp_path / "reviews"
    for seed, name in enumerate(["ann.md", "ben.md", "cat.md", "dan.md", "2019/eve.md", "2020/eve.md"]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(prose(seed), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def two_class_bundle(tmp_path_factory) -> Path:
    """Return a model of two labels that are not those of the codebook, which does not say what it confuses."""
    from bias_detect.model.bundle import save_bundle
    from bias_detect.model.classifier import ReviewClassifier

    rows = [(f"{who} {verb} {what}.", verb, who) for who in WHO for what in WHAT for verb in ("has", "should have")]
    texts, labels, groups = zip(*rows, strict=True)
    model = ReviewClassifier(n_splits=3).fit(texts, ["told" if verb == "has" else "judged" for verb in labels], groups)
    del model.confusion_
    return save_bundle(model, tmp_path_factory.mktemp("models") / "mine", card="# Mine\n", training={})


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Return a function that reads all that an audit has written, but for files that begin with a dot."""

    def read(folder: Path) -> dict[str, bytes]:
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    return read


@pytest.fixture
def process(tmp_path) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts the command line as a process of its own, ended with the test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    started: list[subprocess.Popen[str]] = []

    def start(*args: object, command: tuple[str, ...] = ("-c", ENTRY), **options: object) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        environment = {**kept, "PYTHONPATH": path, "PYTHONUTF8": "1"}
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": tmp_path, "text": True, **options}
        whole = [sys.executable, *command, *map(str, args)]
        started.append(subprocess.Popen(whole, env=environment, start_new_session=True, **given))
        return started[-1]

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
        one.communicate()


@pytest.fixture(scope="session")
def result(tmp_path_factory) -> AuditResult:
    """Return an audit of two dozen made-up reports, with metadata, a PDF and files that cannot be read."""
    rng = random.Random(7)
    folder = tmp_path_factory.mktemp("reports")
    rows = ["file,year,published,kind"]
    for place in range(24):
        name = f"review-{place:02}.md"
        text = made_up_report(rng, rng.uniform(0, 0.4), rng.uniform(0, 0.4))
        (folder / name).write_text(text, encoding="utf-8")
        year = "" if place == 5 else str(2012 + place % 6)
        rows.append(f"{name},{year},{2012 + place % 6}-03-{1 + place},{('child', 'adult')[place % 2]}")
    pages = [Page(), Page()]
    pages[0].column(["The nurse rang the ward on the first day and was told to wait."])
    pages[1].column(["It was obvious that he was in grave danger and would be killed."])
    write_pdf(folder / "inquest.pdf", pages)
    (folder / "broken.docx").write_bytes(b"not a Word file")
    (folder / "empty.txt").write_bytes(b"")
    metadata = folder.parent / "about.csv"
    metadata.write_text("\n".join(rows), encoding="utf-8")
    return audit(folder, tmp_path_factory.mktemp("audit") / "out", metadata=metadata)


@pytest.fixture(scope="session")
def page(result) -> LexborHTMLParser:
    """Return its page."""
    return LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
