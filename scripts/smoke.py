"""Run every command once on small files, in a folder and on a console that are none of the easiest.

    python scripts/smoke.py

For an environment into which only the wheel was installed: `python` is that of the environment. The folder's name has
spaces, umlauts and marks, the console knows cp1252 alone, and files opened without an encoding are an error.
"""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

TOLD = ("The nurse rang the {}.", "He was seen at the {}.", "A letter ☎ was sent to the {}.")
WHY = ("She did not ask, because the form of the {} had no box.", "He relied on the {}, being alone that night.")
JUDGED = ("Staff of the {} should have seen the danger.", "It was obvious to the {} that he would be harmed.")
PLACES = [
    f"{which} {place}"
    for place in ("ward", "school", "court", "hostel", "clinic", "surgery")
    for which in ("north", "old", "second", "children's", "night", "main", "busy", "small", "new", "upper")
]
HOSTILE = {
    "PYTHONIOENCODING": "cp1252",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONWARNDEFAULTENCODING": "1",
    "LC_ALL": "C",
    "PYTHONPATH": "",
}


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch, "a b#c%20 äöü")
        folder.mkdir()
        make_files(folder)
        commands = list(every_command())
        for expected, arguments in commands:
            run(folder, arguments, expected)
        serve(folder)
    print(f"{len(commands) + 1} passed, 0 failed")


def make_files(folder: Path) -> None:
    """Write a draft in Word and as text, a table of reports, and sentences as two annotators labelled them."""
    import docx

    kinds = {"descriptive": TOLD, "explanatory": WHY, "hindsight_biased": JUDGED}
    draft = docx.Document()
    draft.add_heading("Findings")
    for sentences in kinds.values():
        draft.add_paragraph(" ".join(sentence.format("“small” ward – ☎") for sentence in sentences))
    draft.save(str(folder / "dräft 1.docx"))
    reports = folder / "reports ü"
    reports.mkdir()
    for number in range(3):
        text = "\r\n\r\n".join(
            sentence.format(PLACES[number]) for sentences in kinds.values() for sentence in sentences
        )
        (reports / f"r{number} ß.txt").write_bytes(text.encode())
    for annotator in ("ann", "bo"):
        with (folder / f"{annotator}.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(["sentence_id", "sentence", "label", "document", "annotator"])
            for number, place in enumerate(PLACES):
                label = list(kinds)[number % 3]
                sentence = kinds[label][number % 2].format(place)
                given = "descriptive" if annotator == "bo" and number % 10 == 0 else label
                table.writerow([f"s{number}", sentence, given, f"d{number // 6}", annotator])


def every_command() -> Sequence[tuple[int, list[str]]]:
    """Return each command with the exit code that it has."""
    draft, reports = "dräft 1.docx", "reports ü"
    return [
        (0, ["--version"]),
        (0, ["--help"]),
        (0, ["score", draft]),
        (0, ["score", draft, "--explain"]),
        (1, ["score", draft, "--format", "line", "--fail-on", "hindsight_biased"]),
        (0, ["score", draft, "--format", "json"]),
        (0, ["score", "--text", "She rang. Staff should have seen it."]),
        (0, ["score", draft, "-o", "scöred.csv"]),
        (2, ["score", "nöt there ☎.docx"]),
        (0, ["review", draft, "--html", "päge.html", "--summary"]),
        (0, ["audit", reports, "-o", "äudit", "--jobs", "1", "--xlsx", "--sentences-csv"]),
        (0, ["audit", "ann.csv", "--text-column", "sentence", "--id-column", "sentence_id", "-o", "table", "-j", "1"]),
        (0, ["corpus", "sample", "äudit", "-n", "5", "--to", "form", "-o", "förm.xlsx"]),
        (0, ["corpus", "convert", "förm.xlsx", "-o", "form.jsonl"]),
        (0, ["corpus", "convert", "ann.csv", "--to", "doccano", "-o", "ann.zip"]),
        (0, ["corpus", "convert", "ann.csv", "-o", "ann.parquet"]),
        (0, ["corpus", "check", "ann.csv", "--doubts", "doubts.csv"]),
        (0, ["corpus", "agreement", "ann.csv", "bo.csv", "-o", "ägreement.json", "--figure", "agreement.svg"]),
        (0, ["corpus", "adjudicate", "ann.csv", "bo.csv", "-o", "göld.csv", "--sheet", "öpen.xlsx"]),
        (0, ["evaluate", "ann.csv", "--cv", "2", "-o", "metrics.json", "-o", "tables.tex", "--plots", "plöts"]),
        (0, ["train", "ann.csv", "-o", "models/mïne"]),
        (0, ["evaluate", "bo.csv", "--model", "default"]),
        (0, ["score", draft, "--model", "models/mïne"]),
        (0, ["model", "inspect", "models/mïne"]),
        (0, ["model", "card"]),
    ]


def run(folder: Path, arguments: list[str], expected: int) -> None:
    """Run a command, and end here where it does not end as it should."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "bias_detect", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **HOSTILE}, capture_output=True, check=False, timeout=600
    )
    said = done.stderr.decode("cp1252", errors="replace")
    ours = [line for line in said.splitlines() if "EncodingWarning" in line and "bias_detect" in line]
    told = f"{done.returncode} {time.perf_counter() - started:5.1f} s  bias-detect {' '.join(arguments)}"
    print(told.encode("ascii", "replace").decode(), flush=True)
    if done.returncode != expected or "Traceback" in said or ours:
        sys.exit(f"{arguments} ended with {done.returncode}, not {expected}:\n{said[-3000:]!a}")


def serve(folder: Path) -> None:
    """Start the page, ask it for the text that every page shows, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bias_detect", "serve", "--port", str(port)]
    environment = {**os.environ, **HOSTILE, "BROWSER": "true"}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE) as server:
        try:
            for _ in range(240):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
                        assert b"bias-detect" in page.read()
                    break
                except OSError:
                    time.sleep(0.5)
            else:
                sys.exit("the page did not come up")
        finally:
            server.terminate()
    print("bias-detect serve")


if __name__ == "__main__":
    main()
