"""An audit on a Dask cluster: a scheduler and two workers of its own, one of which is killed."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bias_detect.auditing.run import audit
from bias_detect.errors import BiasDetectError, UsageError

HERE = importlib.util.find_spec("distributed") is not None
needs_dask = pytest.mark.skipif(not HERE, reason="needs Dask: pip install 'bias-detect[cluster]'")


def test_without_dask_it_says_what_to_install(tmp_path, reviews, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    with pytest.raises(UsageError, match=r"pip install '.\[cluster\]'"):
        audit(reviews, tmp_path / "audit", scheduler="tcp://127.0.0.1:1", report=False)


@needs_dask
def test_a_scheduler_that_does_not_answer_is_named(tmp_path, reviews, monkeypatch):
    from bias_detect.model import parallel

    monkeypatch.setattr(parallel, "CONNECT", 1)
    for address in ("tcp://127.0.0.1:1", "nonsense://"):
        with pytest.raises(UsageError, match="no Dask scheduler answers"):
            audit(reviews, tmp_path / "audit", scheduler=address, report=False)


@pytest.fixture
def cluster(tmp_path, process):
    """Start a scheduler; return a function that starts workers, each a process, and gives the address and them."""
    where = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = ("-c", "import sys; from dask.__main__ import main; sys.argv[0] = 'dask'; main()")
    options = ("--no-dashboard", "--port", 0, "--host", "127.0.0.1", "--scheduler-file", where)
    scheduler = process("scheduler", *options, command=dask, **quiet)
    patience = time.monotonic() + 240
    while not where.exists():
        assert time.monotonic() < patience
        time.sleep(0.05)
    one = ("--nworkers", 1, "--nthreads", 1, "--no-nanny", "--no-dashboard", "--scheduler-file", where)
    from distributed import Client

    def start(number: int):
        names = [f"worker-{place}" for place in range(number)]
        workers = [process("worker", *one, "--name", name, command=dask, **quiet) for name in names]
        with Client(scheduler_file=str(where), set_as_default=False) as client:
            client.wait_for_workers(number, timeout=240)
            return client.scheduler.address, workers

    start.scheduler = scheduler
    return start


@needs_dask
@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_worker_that_is_killed_changes_nothing(tmp_path, reviews, prose, contents, cluster):
    address, workers = cluster(2)
    for seed in range(20):
        (reviews / f"more-{seed}.md").write_text(prose(100 + seed, sentences=600))
    (reviews / "broken.pdf").write_bytes(b"nothing")
    folder = tmp_path / "audit"
    killed = []

    def kill(step) -> None:
        if step.done >= 3 and not killed:
            killed.append(step.done)
            workers[0].send_signal(signal.SIGKILL)

    result = audit(reviews, folder, scheduler=address, report=False, progress=kill)

    assert killed
    assert killed[0] < 20
    assert workers[0].wait() == -signal.SIGKILL
    assert result.summary["documents"]["scored"] == 26
    audit(reviews, tmp_path / "alone", report=False)
    assert contents(folder) == contents(tmp_path / "alone")


@needs_dask
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs to see which worker is at it")
def test_a_document_that_ends_its_workers_is_given_up(tmp_path, reviews, prose, cluster):
    address, workers = cluster(3)
    folder = tmp_path / "audit"
    audit(reviews, folder, report=False)
    (reviews / "deadly.md").write_text(prose(50, sentences=8_000))
    alone = audit(reviews / "deadly.md", tmp_path / "alone", report=False)
    note = folder / "sentences" / f".started-{alone.reports['sentences_file'][0]}"

    def watch() -> None:
        seen = {""}
        while len(seen) < 3:
            with contextlib.suppress(OSError):
                text = note.read_text()
                busy = [worker for worker in workers if worker.poll() is None and is_writing(worker.pid)]
                if text not in seen and len(busy) == 1:
                    seen.add(text)
                    busy[0].kill()
            time.sleep(0.01)

    threading.Thread(target=watch, daemon=True).start()
    result = audit(reviews, folder, scheduler=address, report=False)

    assert result.failures["document"].tolist() == ["deadly.md"]
    assert "ended the process" in result.failures["cause"].iloc[0]
    assert len(result.reports) == 6
    assert [worker.poll() for worker in workers].count(-signal.SIGKILL) == 2


@needs_dask
def test_a_cluster_that_goes_away_leaves_an_audit_that_goes_on(
    tmp_path, reviews, prose, contents, cluster, monkeypatch
):
    from bias_detect.auditing import cluster as module

    for seed in range(20):
        (reviews / f"more-{seed}.md").write_text(prose(100 + seed, sentences=600))
    address, workers = cluster(1)
    monkeypatch.setattr(module, "PATIENCE", 1)

    def stop(what):
        return lambda step: what.kill() if step.part > 0 else None

    with pytest.raises(BiasDetectError, match="no workers"):
        audit(reviews, tmp_path / "audit", scheduler=address, report=False, progress=stop(workers[0]))
    cluster(1)
    from dask import config

    with (
        config.set({"distributed.comm.timeouts.connect": "2s"}),
        pytest.raises(BiasDetectError, match="the scheduler went away"),
    ):
        audit(reviews, tmp_path / "audit", scheduler=address, report=False, progress=stop(cluster.scheduler))
    audit(reviews, tmp_path / "audit", report=False)
    audit(reviews, tmp_path / "alone", report=False)
    assert contents(tmp_path / "audit") == contents(tmp_path / "alone")


def is_writing(pid: int) -> bool:
    return any(".part-" in str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir())
