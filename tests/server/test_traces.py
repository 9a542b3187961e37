"""What the page leaves on the machine: nothing of a text, no file and no process, however it ends."""

import io
import json
import socket
import subprocess
import time
from pathlib import Path

import docx
from serving import JUDGED, TOLD, Serving

SECRET = "Zebedee Quillfeather rang the ward on Thursday."


def _word(text):
    document, stream = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(stream)
    return stream.getvalue()


def _scratch(server):
    """Return the folder that the server's process uses for files that are being read."""
    command = ["ps", "-ww", "-o", "args=", str(server.children()[0])]
    scratch = Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])
    assert scratch.is_dir()
    return scratch


def test_nothing_of_a_text_is_written_anywhere(tmp_path):
    with Serving("--port", "0", folder=tmp_path) as server:
        scratch = _scratch(server)
        assert scratch.stat().st_mode & 0o077 == 0
        upload = server.send(_word(f"{SECRET} {JUDGED}"), "Quillfeather.docx").json()["upload"]
        for kind in ("word", "csv", "html"):
            assert server.post(f"/api/{kind}", {"upload": upload, "ignored": []}).status_code == 200
        server.post("/api/score", {"text": SECRET})
        server.post("/api/score", {"text": f"{SECRET}\0"})
        server.send(SECRET.encode(), "Quillfeather.pdf")
        server.http.get("/Quillfeather")
        server.raw(b"Quillfeather\r\n\r\n")
        assert list(scratch.iterdir()) == []
        assert server.stop() == (0, "")
        assert not scratch.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_killed_leaves_no_process_and_no_file(tmp_path):
    with Serving("--port", "0", folder=tmp_path) as server:
        scratch = _scratch(server)
        server.process.kill()
        server.process.wait()
        for _ in range(100):
            if not scratch.exists():
                break
            time.sleep(0.1)
        assert not scratch.exists()


def test_a_server_that_is_killed_at_work_leaves_no_file(tmp_path):
    with Serving("--port", "0", folder=tmp_path) as server:
        scratch = _scratch(server)
        body = json.dumps({"text": f"{TOLD} {JUDGED}\n\n" * 8000})
        head = f"POST /api/score HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            time.sleep(0.2)  # it is at work
            server.process.kill()
            server.process.wait()
        for _ in range(300):
            if not scratch.exists():
                break
            time.sleep(0.1)
        assert not scratch.exists()
