"""Ways to run the command line, and files for it to read."""

import dataclasses
import io
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import docx
import pandas as pd
import pytest
from drafts import JUDGED, OBVIOUS, TOLD, write

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "documents"))  # for pdf_writer, the writer of PDFs

ENTRY = "from bias_detect.cli.main import run; run()"


@dataclasses.dataclass
class Result:
    """What a run left: its exit code and what it wrote."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode("utf-8")

    @property
    def error(self) -> str:
        """The one line on standard error of a run that could not do what it was asked."""
        assert self.code == 2, self
        assert self.err.startswith("bias-detect: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err


@pytest.fixture
def cli(capfdbinary, monkeypatch) -> Callable[..., Result]:
    """Return a function that runs the command line in this process, as if its output were a file."""
    from bias_detect.cli import main

    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")  # processes take longer to start than such small work to end

    def run(*args: object, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["bias-detect", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        code = main.execute()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return Result(code, out, err.decode("utf-8"))

    return run


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Return the environment of a fresh process: as a person's, not as this one's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


@pytest.fixture
def process(environment, tmp_path) -> Callable[..., subprocess.Popen[bytes]]:
    """Return a function that starts the command line as a process of its own."""

    def start(*args: object, env: dict[str, str] | None = None, **options: object) -> subprocess.Popen[bytes]:
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": tmp_path, **options}
        command = [sys.executable, "-c", ENTRY, *map(str, args)]
        return subprocess.Popen(command, env={**environment, **(env or {})}, **given)

    return start


def _text(path: Path) -> None:
    path.write_text(f"Findings\r\n\r\n{JUDGED}\r\n\r\n{TOLD}\r\n", encoding="utf-8", newline="")


def _markdown(path: Path) -> None:
    path.write_text(f"## Findings\n\n**Staff** {JUDGED.removeprefix('Staff ')}\n\n- {TOLD}\n", encoding="utf-8")


def _html(path: Path) -> None:
    page = (
        f"<html><body><h2>Findings</h2><p>{JUDGED.replace('should', '<em>should</em>')}</p><p>{TOLD}</p></body></html>"
    )
    path.write_text(page, encoding="utf-8")


def _word(path: Path) -> None:
    document = docx.Document()
    document.add_heading("Findings", level=1)
    document.add_paragraph(JUDGED)
    document.add_paragraph(TOLD)
    document.save(str(path))


def _pdf(path: Path) -> None:
    from pdf_writer import Page, write_pdf

    page = Page().at(72, 700, "Findings", size=16, font="bold").at(72, 660, JUDGED).at(72, 620, TOLD)
    write_pdf(path, [page])


_WRITERS = {".txt": _text, ".md": _markdown, ".html": _html, ".docx": _word, ".pdf": _pdf}


@pytest.fixture(params=sorted(_WRITERS))
def report(request, tmp_path) -> Path:
    """Return a report of each kind: a heading, a sentence that judges, a sentence that tells."""
    path = tmp_path / f"draft{request.param}"
    _WRITERS[request.param](path)
    return path


@pytest.fixture
def draft(tmp_path) -> Path:
    """Return such a report as plain text."""
    path = tmp_path / "draft.txt"
    _text(path)
    return path


@pytest.fixture(scope="session")
def two_classes() -> pd.DataFrame:
    """Return sentences of two classes that are no labels of the codebook, in ``text``, ``target`` and ``report``."""
    drawn = random.Random(1)
    who = ["The nurse", "A social worker", "The family doctor", "The school", "One officer", "The midwife"]
    what = ["rang the ward", "visited the home", "wrote to the clinic", "closed the file", "read the chart"]
    when = ["in March", "on Monday", "that week", "at noon", "after the meeting", "before the weekend"]
    rows = []
    for report in range(12):
        for _ in range(4):
            act, time = drawn.choice(what), drawn.choice(when)
            rows.append((f"{drawn.choice(who)} {act} {time}.", "told", f"report {report}"))
            rows.append((f"{drawn.choice(who)} should have {act} {time}.", "judged", f"report {report}"))
    return pd.DataFrame(rows, columns=["text", "target", "report"])


@pytest.fixture(scope="session")
def two_class_bundle(two_classes, tmp_path_factory) -> Path:
    """Return a bundle trained on these."""
    from bias_detect.model.bundle import save_bundle
    from bias_detect.model.card import render_card
    from bias_detect.model.training import train_model

    table = two_classes.set_axis(["sentence", "label", "document"], axis="columns")
    trained = train_model(table, files=["two.csv"])
    folder = tmp_path_factory.mktemp("models") / "mine"
    return save_bundle(trained.model, folder, card=render_card("mine", trained.record), training=trained.record)


@pytest.fixture
def word(tmp_path) -> Path:
    """Return a draft in Word with two sentences that judge."""
    return write(tmp_path / "draft.docx", f"{TOLD} {JUDGED}", TOLD, OBVIOUS)
