"""Names and labels command no terminal, links in a circle end no audit, and copies are for no more eyes than drafts."""

import ctypes
import os
import platform
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import docx
import pytest

COMMAND = "\x1b]0;owned\x07\x9b31m"
posix = pytest.mark.skipif(os.name != "posix", reason="names, links and rights are those of POSIX")


def is_clean(text: str) -> bool:
    return not any((ord(mark) < 0x20 and mark not in "\n\t") or 0x7F <= ord(mark) < 0xA0 for mark in text)


@posix
def test_names_of_files_command_no_terminal(tmp_path, cli):
    named = tmp_path / f"a{COMMAND}.txt"
    found = cli("score", named)
    assert found.code == 2
    assert is_clean(found.err)
    named.write_text("She rang the ward.", encoding="utf-8")
    for format in ("table", "line"):
        found = cli("score", named, "--format", format)
        assert found.code == 0
        assert is_clean(found.out + found.err)


def test_labels_of_a_corpus_and_of_its_bundle_command_no_terminal(tmp_path, cli):
    did = [
        f"{verb} the {place}" for verb in ("rung", "seen", "told", "asked", "met") for place in ("ward", "school", "gp")
    ]
    rows = [f"Staff should have {what}.,to{COMMAND}ld,d{n}\nShe had {what}.,$x_{{,e{n}" for n, what in enumerate(did)]
    corpus = tmp_path / "corpus.csv"
    corpus.write_text("\n".join(["sentence,label,document", *rows]), encoding="utf-8")
    bundle = tmp_path / "bundle"
    for arguments in (
        ("corpus", "check", corpus),
        ("train", corpus, "-o", bundle),
        ("evaluate", corpus, "--cv", 2, "--plots", tmp_path / "plots"),
        ("model", "inspect", bundle),
        ("model", "card", bundle),
        ("score", "--text", "Staff should have rung.", "--model", bundle),
    ):
        found = cli(*arguments)
        assert found.code == 0, found.err
        assert is_clean(found.out + found.err), arguments
    assert {path.suffix for path in (tmp_path / "plots").iterdir()} >= {".svg", ".png"}


@posix
def test_links_pipes_and_devices_in_a_folder_end_no_audit(tmp_path, cli):
    folder, outside = tmp_path / "in", tmp_path / "outside.txt"
    folder.mkdir()
    outside.write_text("Nobody was to read this sentence.", encoding="utf-8")
    (folder / "ok.txt").write_text("She rang the ward.", encoding="utf-8")
    for name, target in (("self", "self.txt"), ("out", outside), ("zero", "/dev/zero"), ("nowhere", "none")):
        (folder / f"{name}.txt").symlink_to(target)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    found = cli("audit", folder, "-o", tmp_path / "audit", "--no-report", "-j", 1)
    assert found.code == 0
    assert "1 scored, 6 failed" in found.err
    assert "Nobody" not in "".join(path.read_text("utf-8") for path in (tmp_path / "audit").glob("*.csv"))


@posix
def test_a_file_that_is_a_link_to_itself_is_told_or_replaced(tmp_path, cli):
    circle, draft = tmp_path / "circle.txt", tmp_path / "draft.txt"
    circle.symlink_to(circle)
    draft.write_text("She rang the ward.", encoding="utf-8")
    assert "circle.txt" in cli("score", circle).error
    assert "circle.txt" in cli("audit", circle, "-o", tmp_path / "audit").error
    assert cli("score", draft, "-o", circle).code == 0


@posix
def test_a_pipe_beside_a_draft_is_not_waited_for(tmp_path, cli):
    draft = tmp_path / "draft.txt"
    draft.write_text("Staff should have rung.", encoding="utf-8")
    os.mkfifo(tmp_path / "draft.txt.ignore")
    assert cli("score", draft).code == 0


@posix
def test_copies_of_a_draft_are_for_no_more_eyes_than_it(tmp_path, cli):
    def rights(name):
        return stat.S_IMODE((tmp_path / name).stat().st_mode)

    draft = tmp_path / "draft.docx"
    document = docx.Document()
    document.add_paragraph("Staff should have seen that he was in danger.")
    document.save(str(draft))
    draft.chmod(0o600)
    assert cli("review", draft, "--html", tmp_path / "page.html").code == 0
    assert cli("score", draft, "-o", tmp_path / "table.csv").code == 0
    assert {rights(name) for name in ("draft.reviewed.docx", "page.html", "table.csv")} == {0o600}
    (tmp_path / "table.csv").chmod(0o640)
    draft.chmod(0o444)
    assert cli("score", draft, "-o", tmp_path / "table.csv").code == 0
    assert rights("table.csv") == 0o640, "a file that is replaced keeps its rights"
    assert cli("review", draft, "-o", tmp_path / "second.docx").code == 0
    assert rights("second.docx") == 0o644, "the reviewer writes in the copy"


@posix
def test_a_command_that_is_ended_leaves_nothing_half_written(tmp_path):
    draft = tmp_path / "draft.txt"
    os.mkfifo(draft)
    command = [sys.executable, "-m", "bias_detect", "score", str(draft), "-o", str(tmp_path / "table.csv")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running, draft.open("wb") as feed:
        feed.write(b"She rang the ward.\n\n" * 2000)
        feed.flush()
        for _ in range(600):
            if any(path.name.startswith(".bias-detect-") for path in tmp_path.iterdir()):
                break
            time.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["draft.txt"]


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="needs the number of a system call"
)
def test_a_signal_to_end_that_does_not_interrupt_the_read_ends_the_command_too(tmp_path):
    draft = tmp_path / "draft.txt"
    os.mkfifo(draft)
    command = [sys.executable, "-m", "bias_detect", "score", str(draft), "-o", str(tmp_path / "table.csv")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running, draft.open("wb") as feed:
        feed.write(b"She rang the ward.\n\n" * 2000)
        feed.flush()
        tasks = Path(f"/proc/{running.pid}/task")
        state = tasks / str(running.pid) / "status"
        for _ in range(600):
            time.sleep(0.1)
            if any(path.name.startswith(".bias") for path in tmp_path.iterdir()) and "State:\tS" in state.read_text():
                break
        others = [task for task in tasks.iterdir() if int(task.name) != running.pid]
        heeding = [task for task in others if "SigBlk:\t0000000000000000" in (task / "status").read_text()]
        ctypes.CDLL(None).syscall(234, running.pid, int(heeding[0].name), int(signal.SIGTERM))  # tgkill
        assert running.wait(60) == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["draft.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_utf_8_are_read_and_written(tmp_path, cli):
    draft, audit, bundle = (tmp_path / os.fsdecode(name) for name in (b"dr\xe4ft.docx", b"\xe4udit", b"m\xefne"))
    document = docx.Document()
    document.add_paragraph("Staff should have seen that he was in danger.")
    document.save(str(draft))
    assert cli("review", draft, "--html", draft.with_suffix(".html")).code == 0
    assert cli("audit", draft, "-o", audit, "--no-report", "--sentences-csv", "-j", 1).code == 0
    assert "should have seen" in (audit / "sentences.csv").read_text("utf-8-sig")
    corpus = tmp_path / os.fsdecode(b"c\xf6rpus.csv")
    places = [f"{which} {place}" for which in ("old", "north", "busy") for place in ("ward", "school", "court")]
    rows = [f"Staff of the {place} should have seen it.,judged\nShe rang the {place}.,told" for place in places]
    corpus.write_text("\n".join(["sentence,label", *rows]), encoding="utf-8")
    assert cli("train", corpus, "-o", bundle).code == 0
    assert cli("model", "card", bundle).code == 0
