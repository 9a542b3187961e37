"""Fuzz everything that reads what comes from outside, guided by the lines of the program that an input reaches.

Needs ``pip install atheris`` and the project with its extra ``annotation``; neither is needed for anything else.

A crash is an exception that is no `BiasDetectError`, an answer 500 of the desk, a wrong offset, an input that takes
more than 10 seconds, or one that takes more than 2 GB. Each is kept once, by where it was raised, in the folder of
``--crashes``, with its traceback; ``--replay`` runs such files again.

Example: ``python scripts/fuzz.py --minutes 60 --crashes crashes``
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import hashlib
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

SLICE_SECONDS = 300
"""After which a target's process is started afresh, so that what libraries keep does not add up."""

HANG_SECONDS, MEMORY_MB, LONGEST = 10, 2000, 200_000
NAMES = (
    "pdf",
    "docx",
    "html",
    "text",
    "table",
    "language",
    "corpus",
    "export",
    "bundle",
    "ignore",
    "metadata",
    "http",
    "scored",
)


_BEGUN = "fuzzing begins after "


@dataclass
class Row:
    """What came of one target."""

    name: str
    runs: int = 0
    seconds: float = 0.0
    corpus: int = 0
    coverage: int = 0
    memory: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="in total, shared evenly by the targets")
    parser.add_argument("--target", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--crashes", type=Path, default=Path("crashes"), help="folder for the inputs that crash")
    parser.add_argument("--corpus", type=Path, help="folder in which inputs are kept that reach new lines")
    parser.add_argument("--replay", nargs="+", type=Path, metavar="FILE", help="run these files of one target")
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.crashes.mkdir(parents=True, exist_ok=True)
    if asked.replay:
        sys.exit(replay(asked.target[0], asked.replay))
    if asked.child:
        child(asked.target[0], asked.child, asked.crashes, asked.corpus)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        corpus = asked.corpus or Path(scratch)
        rows = [
            fuzz(name, asked.minutes * 60 / len(asked.target), asked.crashes, corpus / name) for name in asked.target
        ]
    crashes = report(rows, asked.crashes)
    sys.exit(1 if crashes else 0)


def report(rows: Sequence[Row], folder: Path) -> int:
    """Print the table, and return the number of crashes."""
    total = 0
    print(f"\n{'target':<10}{'runs':>10}{'seconds':>9}{'corpus':>8}{'cover':>8}{'MB':>7}{'crashes':>9}")
    for row in rows:
        crashes = len(list(folder.glob(f"{row.name}-*.bin")))
        total += crashes
        print(
            f"{row.name:<10}{row.runs:>10,}{row.seconds:>9,.0f}{row.corpus:>8,}{row.coverage:>8,}{row.memory:>7,}{crashes:>9}"
        )
    print(
        f"{'all':<10}{sum(row.runs for row in rows):>10,}{sum(row.seconds for row in rows):>9,.0f}{'':>23}{total:>9}",
        flush=True,
    )
    return total


def fuzz(name: str, seconds: float, crashes: Path, corpus: Path) -> Row:
    """Fuzz one target in processes of its own, one after the other."""
    row = Row(name)
    corpus.mkdir(parents=True, exist_ok=True)
    while (left := seconds - row.seconds) > 5:
        begun = time.monotonic()
        command = [sys.executable, __file__, "--target", name, "--child", str(min(left, SLICE_SECONDS))]
        command += ["--crashes", str(crashes), "--corpus", str(corpus)]
        with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory(prefix="fuzz-", dir=_memory()) as scratch:
            env = {**os.environ, "TMPDIR": scratch}  # the engine ends the process without a chance to tidy up
            with contextlib.suppress(subprocess.TimeoutExpired):  # one that does not even end itself
                subprocess.run(command, stdout=subprocess.DEVNULL, stderr=log, timeout=left + 300, check=False, env=env)
            log.seek(0)
            said = log.read().decode("utf-8", "replace")
        row.seconds += (
            time.monotonic() - begun - float((re.findall(rf"^{_BEGUN}([\d.]+)$", said, re.MULTILINE) or [0])[0])
        )
        _take(row, said)
        _keep_ends(name, crashes, said)
        print(f"{name}: {row.runs:,} runs, {row.corpus:,} inputs, {row.coverage:,} edges", file=sys.stderr, flush=True)
        if not re.search(r"^Done \d+ runs", said, re.MULTILINE):
            print(said[-3000:], file=sys.stderr, flush=True)
        if "cov:" not in said:  # it did not start
            break
    return row


def _take(row: Row, said: str) -> None:
    """Add the figures that the engine printed."""
    lines = re.findall(r"^#(\d+)\s.*?cov: (\d+).*?corp: (\d+).*?rss: (\d+)Mb", said, re.MULTILINE)
    if lines:
        row.runs += max(int(found[0]) for found in lines)
        row.coverage = max(row.coverage, *(int(found[1]) for found in lines))
        row.corpus = int(lines[-1][2])
        row.memory = max(row.memory, *(int(found[3]) for found in lines))


def _keep_ends(name: str, crashes: Path, said: str) -> None:
    """Name an input that ended the process (too long, too much memory, a fault) as a crash, with the log."""
    for path in [*crashes.glob("timeout-*"), *crashes.glob("oom-*"), *crashes.glob("crash-*"), *crashes.glob("leak-*")]:
        kept = crashes / f"{name}-{path.name[:14]}.bin"
        path.replace(kept)
        kept.with_suffix(".txt").write_text(said[-6000:], encoding="utf-8")
    for path in crashes.glob("slow-unit-*"):
        path.unlink()


def child(name: str, seconds: float, crashes: Path, corpus: Path) -> None:
    """Fuzz one target in this process, and end it."""
    atheris = importlib.import_module("atheris")
    begun = time.monotonic()
    with atheris.instrument_imports(include=["bias_detect", "openpyxl", "cassis"]):
        import bias_detect

        for module in pkgutil.walk_packages(bias_detect.__path__, "bias_detect."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
        for library in ("openpyxl", "cassis"):
            importlib.import_module(library)
    from fuzz_targets import TARGETS

    target, folder = (TARGETS[name], Path(tempfile.mkdtemp(prefix="fuzz-")))
    for place, (variant, seed) in enumerate(target.seeds(folder)):
        (corpus / f"seed-{place:02}").write_bytes(bytes([variant]) + seed)

    def once(data: bytes) -> None:
        faulthandler.dump_traceback_later(HANG_SECONDS - 1, file=2)
        try:
            run_one(target, data, folder)
        except Exception as error:
            keep(name, data, error, crashes)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def flip(found: bytes) -> bytes:
        return bytes(atheris.Mutate(found, len(found) + 64))

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        draw = Random(seed)
        variant, rest = (data[0] % target.variants if data else 0), data[1:]
        try:
            changed = target.mutate[variant](rest, draw, flip)
        except Exception:  # of what became no XML, say, anything may be raised
            changed = flip(rest)
        return (bytes([variant]) + changed)[:most]

    options = [f"-max_total_time={int(seconds)}", f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}"]
    options += [f"-max_len={LONGEST}", "-len_control=0", "-print_final_stats=1", f"-artifact_prefix={crashes}/"]
    atheris.Setup([__file__, *options, str(corpus)], once, custom_mutator=mutate)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # as the command line does
    print(f"\n{_BEGUN}{time.monotonic() - begun:.1f}", file=sys.stderr, flush=True)
    atheris.Fuzz()


def run_one(target: Any, data: bytes, folder: Path) -> None:
    """Run one input; that it is refused in the program's own words is no crash."""
    from bias_detect.errors import BiasDetectError

    if data:
        try:
            target.run(data[1:], data[0] % target.variants, folder)
        except BiasDetectError as error:
            str(error).encode("utf-8", "backslashreplace")


def keep(name: str, data: bytes, error: Exception, crashes: Path) -> None:
    """Keep an input that crashes, unless one is kept that does so at the same place."""
    frames = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    own = [
        frame.name + str(frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if "bias_detect" in frame.filename
    ]
    said = str(error)[:60] if isinstance(error, AssertionError) else ""
    place = hashlib.sha256(
        f"{type(error).__name__} {own[-1:]} {frames[-1:]} {said}".encode("utf-8", "replace")
    ).hexdigest()[:10]
    path = crashes / f"{name}-{type(error).__name__}-{place}.bin"
    if not path.exists():
        path.write_bytes(data)
        told = "".join(traceback.format_exception(error))
        path.with_suffix(".txt").write_text(told[-6000:], encoding="utf-8", errors="replace")


def replay(name: str, paths: Sequence[Path]) -> int:
    """Run files again, and say what comes of each."""
    from fuzz_targets import TARGETS

    failed = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_memory()) as scratch:
        for path in paths:
            begun = time.monotonic()
            try:
                run_one(TARGETS[name], path.read_bytes(), Path(scratch))
                said = "passes"
            except Exception:
                said, failed = traceback.format_exc()[-3000:], failed + 1
            print(f"{path} ({time.monotonic() - begun:.1f} s): {said}", flush=True)
    return 1 if failed else 0


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


if __name__ == "__main__":
    main()
