"""The command ``bias-detect serve`` as a process of its own, and real HTTP to it."""

import asyncio
import concurrent.futures
import html.parser
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
ENTRY = "from bias_detect.cli.main import run; run()"

JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward."
TEXT = f"Findings\n\n{TOLD} {JUDGED}\n\nIt was late."


class Serving:
    """A server that was started as a person starts it."""

    def __init__(self, *options, folder):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", ENTRY, "serve", "--no-browser", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )
        self.line = self.process.stdout.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.line)
        assert found, self.line + self.process.communicate()[0].decode()
        self.address, self.port = found.group().rstrip("/"), int(found.group(1))
        self.http = httpx.Client(base_url=self.address, timeout=90, trust_env=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def stop(self):
        """Press Ctrl-C, and return the exit code and all that was written after the address."""
        self.http.close()
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=30)[0].decode()
        return self.process.returncode, said

    def post(self, path, body, **headers):
        """Send JSON."""
        return self.http.post(path, json=body, headers=headers)

    def send(self, data, name, **headers):
        """Send a document."""
        kind = {"Content-Type": "application/octet-stream"}
        return self.http.post("/api/documents", params={"name": name}, content=data, headers={**kind, **headers})

    def raw(self, request, *, seconds=30):
        """Send bytes, and return what comes back until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(request)
            return read_all(connection)

    def children(self):
        """Return the ids of the processes that the server has started."""
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=False)
        return [int(number) for number in listed.stdout.split()]

    def is_alive(self):
        """Whether a text is still scored."""
        answer = self.post("/api/score", {"text": JUDGED})
        return answer.status_code == 200 and answer.json()["sentences"][0]["label"] == "hindsight_biased"


def finished(work):
    """Run a coroutine to its end, in a thread of its own: that of the tests may have a browser's event loop."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def read_all(connection):
    """Read until the other side closes; a reset ends it too."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def problem(answer, status):
    """Check that an answer is a problem with all headers, and return what it says."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert set(said) == {"type", "title", "status", "detail"}
    assert said["status"] == status
    assert_guarded(answer)
    for leak in ("Traceback", ".py", str(ROOT), tempfile.gettempdir(), "/dev/shm", sys.prefix):
        assert leak not in answer.text
    return said["detail"]


def assert_guarded(answer):
    """Check the headers of every answer."""
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers


class _Active(html.parser.HTMLParser):
    """Find what a browser would run or fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "iframe", "object", "embed", "img", "svg", "base", "form"):
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name.startswith("on")]


def active(page):
    """Return what of a page a browser would run or fetch."""
    parser = _Active()
    parser.feed(page)
    return parser.found
