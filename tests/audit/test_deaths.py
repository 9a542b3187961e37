"""An audit whose processes end abruptly: over a document that is their death, and by somebody else's hand."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from bias_detect.auditing.run import audit

# Python imports a module of this name by itself when it starts, so that every worker process has this reader.
DEADLY = """
import os
from pathlib import Path
from bias_detect.documents import read

FOLDER, real = Path(__file__).parent, read.iter_paragraphs

def iter_paragraphs(path, **options):
    for place, paragraph in enumerate(real(path, **options)):
        if place == 2 and path.name == "deadly.md" and len(deaths := list(FOLDER.glob("death-*"))) < {deaths}:
            (FOLDER / f"death-{{len(deaths)}}").touch()
            os._exit(1)
        yield paragraph

read.iter_paragraphs = iter_paragraphs
"""

HEARING = """
import signal, sys
from pathlib import Path

if "loky" in " ".join(sys.orig_argv) and "tracker" not in " ".join(sys.orig_argv):
    heard = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    (Path(__file__).parent / f"{'heard' if heard else 'ignored'}-{len(list(Path(__file__).parent.iterdir()))}").touch()
"""


@pytest.fixture
def deadly(tmp_path, monkeypatch) -> Callable[[int], Path]:
    """Return a function that makes ``deadly.md`` end so many processes that read it; each leaves a note."""

    def make(deaths: int) -> Path:
        folder = tmp_path / "site"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(DEADLY.format(deaths=deaths))
        monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        return folder

    return make


def ended(running) -> str:
    """Wait for a process that ends well; return what it said."""
    _, said = running.communicate(timeout=240)
    assert running.returncode == 0, said
    return said


def test_a_document_that_ends_one_process_is_tried_again_alone(tmp_path, reviews, prose, contents, process, deadly):
    (reviews / "deadly.md").write_text(prose(50))
    audit(reviews, tmp_path / "undisturbed", report=False)
    notes = deadly(1)
    said = ended(process("audit", reviews, "-o", tmp_path / "audit", "--jobs", 2, "--no-report"))
    assert "7 documents: 7 scored" in said
    assert len(list(notes.glob("death-*"))) == 1
    assert contents(tmp_path / "audit") == contents(tmp_path / "undisturbed")
    assert not list((tmp_path / "audit" / "sentences").glob(".*"))


def test_a_document_that_ends_two_processes_is_a_failure_and_the_others_are_done(
    tmp_path, reviews, prose, contents, process, deadly
):
    audit(reviews, tmp_path / "without", report=False)
    (reviews / "deadly.md").write_text(prose(50))
    notes = deadly(9)
    said = ended(process("audit", reviews, "-o", tmp_path / "audit", "--jobs", 2, "--no-report"))
    assert "7 documents: 6 scored, 1 failed" in said
    assert len(list(notes.glob("death-*"))) == 2
    failures = pd.read_csv(tmp_path / "audit" / "failures.csv")
    assert failures["document"].tolist() == ["deadly.md"]
    assert "ended the process that read it, twice" in failures["cause"][0]
    undisturbed, found = contents(tmp_path / "without"), contents(tmp_path / "audit")
    assert {name for name in found if found[name] != undisturbed[name]} == {"failures.csv", "summary.json"}
    assert not list((tmp_path / "audit" / "sentences").glob(".*"))


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_processes_that_are_just_starting_do_not_hear_ctrl_c(tmp_path, reviews, process, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HEARING)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    ended(process("audit", reviews, "-o", tmp_path / "audit", "--jobs", 2, "--no-report"))
    assert list(folder.glob("ignored-*"))
    assert not list(folder.glob("heard-*"))


def scored(folder: Path) -> int:
    return len(list((folder / "sentences").glob("*.parquet")))


def wait_until(done, running) -> None:
    patience = time.monotonic() + 240
    while not done():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < patience
        time.sleep(0.005)


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_audit_that_is_stopped_goes_on_and_ends_the_same(tmp_path, reviews, prose, contents, process):
    for seed in range(34):
        (reviews / f"more-{seed}.md").write_text(prose(100 + seed, sentences=300))
    audit(reviews, tmp_path / "undisturbed", report=False)
    folder = tmp_path / "audit"
    args = ("audit", reviews, "-o", folder, "--jobs", 2, "--no-report")

    first = process(*args)
    wait_until(lambda: scored(folder) >= 2, first)
    os.killpg(first.pid, signal.SIGINT)  # as Ctrl-C reaches all processes of a terminal
    _, err = first.communicate(timeout=240)
    assert first.returncode == 130
    assert "are done and kept" in err
    assert "Traceback" not in err
    done = scored(folder)
    assert 2 <= done < 25

    second = process(*args)
    wait_until(lambda: scored(folder) >= done + 2, second)
    os.kill(second.pid, signal.SIGKILL)  # its workers are left to themselves
    second.wait()
    third = process(*args)
    wait_until(lambda: scored(folder) >= done + 5, third)
    os.killpg(third.pid, signal.SIGKILL)
    third.wait()
    assert not (folder / "reports.csv").exists()

    assert "40 documents: 40 scored" in ended(process(*args))
    assert contents(folder) == contents(tmp_path / "undisturbed")
    assert not [path for path in (folder / "sentences").iterdir() if path.name.startswith(".")]
