"""Who is answered: the page and programs on this computer, one name, one origin, whole requests of bounded size."""

import asyncio
import contextlib
import socket
import threading
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import JUDGED, TEXT, Serving, assert_guarded, problem, read_all

from bias_detect.server import guard, protocol, run
from bias_detect.server.checks import Headers, check_request
from bias_detect.server.names import download_header, label_of, suffix_of
from bias_detect.server.problems import Problem


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Serving("--port", "0", folder=tmp_path_factory.mktemp("serve")) as started:
        yield started


@pytest.fixture(scope="module")
def impatient():
    """Return the address of a server in this process that waits for a second only."""
    patch = pytest.MonkeyPatch()
    patch.setattr(guard, "BODY_SECONDS", 1.0)
    patch.setattr(protocol, "HEAD_SECONDS", 1.0)
    opened, addresses, running = threading.Event(), [], {}

    def show(address):
        addresses.append(address.rstrip("/"))
        opened.set()

    async def start():
        running["loop"], running["task"] = asyncio.get_running_loop(), asyncio.current_task()
        with run.listen(0) as listener, contextlib.suppress(asyncio.CancelledError):
            await run.serve_on(listener, "default", show)

    thread = threading.Thread(target=lambda: asyncio.run(start()))
    thread.start()
    assert opened.wait(60)
    yield addresses[0]
    running["loop"].call_soon_threadsafe(running["task"].cancel)
    thread.join(30)
    patch.undo()


HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost:1",
    "0.0.0.0:{port}",
    "[::1]:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "127.1:{port}",
    "2130706433:{port}",
    "127.0.0.1.nip.example:{port}",
    "127.0.0.1:{port}.evil.example",
    "127.0.0.1:{port}@evil.example",
    "localhost.:{port}",
    "localhost:0{port}",
    "",
]


@pytest.mark.parametrize("host", HOSTS)
def test_no_other_name_is_answered(server, host):
    for method, path in (("GET", "/"), ("GET", "/api/advice"), ("POST", "/api/score"), ("GET", "/nothing")):
        answer = server.http.request(
            method,
            path,
            headers={"Host": host.format(port=server.port)},
            json={"text": JUDGED} if "score" in path else None,
        )
        problem(answer, 421)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_both_own_names_are_answered(server, host):
    answer = server.http.get("/", headers={"Host": host.format(port=server.port)})
    assert answer.status_code == 200


def test_a_request_without_a_host_or_with_two_is_refused(server):
    own = f"Host: 127.0.0.1:{server.port}\r\n"
    for head in (
        "GET / HTTP/1.1\r\n\r\n",
        f"GET / HTTP/1.1\r\n{own}Host: evil.example\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: evil.example\r\n{own}\r\n",
    ):
        assert server.raw(head.encode()).startswith(b"HTTP/1.1 400 ")
    assert server.raw(b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")


ORIGINS = [
    "null",
    "http://evil.example",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost:{port}",  # the page is opened by one name, and asks by the same
    "http://127.0.0.1:{port}.evil.example",
    "file://",
    "",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_other_origin_is_answered(server, origin):
    answer = server.post("/api/score", {"text": JUDGED}, Origin=origin.format(port=server.port))
    assert "another site" in problem(answer, 403)


def test_the_own_origin_is_answered(server):
    answer = server.post("/api/score", {"text": JUDGED}, Origin=server.address, **{"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "CROSS-SITE", "anything"])
def test_what_a_browser_says_comes_from_another_site_is_refused(server, site):
    problem(server.post("/api/score", {"text": JUDGED}, **{"Sec-Fetch-Site": site}), 403)
    navigation = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert server.http.get("/", headers=navigation).status_code == 200  # a link in a mail
    problem(server.http.get("/", headers={**navigation, "Sec-Fetch-Dest": "iframe"}), 403)
    problem(server.http.get("/api/advice", headers=navigation), 403)
    problem(server.http.get("/static/app.js", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}), 403)


@pytest.mark.parametrize(
    "kind",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json",
     "application/json; charset=utf-16", "text/plain; application/json", "application/octet-stream"],
)  # fmt: skip
def test_what_a_form_can_send_is_refused(server, kind):
    headers = {} if kind is None else {"Content-Type": kind}
    answer = server.http.post("/api/score", content=b'{"text": "She rang."}', headers=headers)
    assert "application/json" in problem(answer, 415)


def test_a_document_is_taken_as_bytes_only(server):
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/json"):
        problem(server.send(TEXT.encode(), "draft.txt", **{"Content-Type": kind}), 415)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, identity", "zstd"])
def test_compressed_requests_are_refused(server, coding):
    problem(server.send(b"\x1f\x8b", "draft.txt", **{"Content-Encoding": coding}), 415)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "X" * 3000])
def test_other_methods_are_refused(server, method):
    for path in ("/", "/api/score"):
        answer = server.http.request(method, path, headers={"Access-Control-Request-Method": "POST"})
        problem(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, POST"


def test_an_upgrade_is_not_made(server):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x"}
    assert server.http.get("/", headers=upgrade).status_code == 200
    problem(server.http.get("/api/ws", headers=upgrade), 404)


@given(
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40),
)
def test_no_host_but_the_own_is_let_through(method, host):
    headers = Headers([(b"host", host.encode("latin-1")), (b"content-type", b"application/json")])
    if host.lower() in ("127.0.0.1:8642", "localhost:8642"):
        check_request(method, "/api/score", headers, 8642)
        return
    with pytest.raises(Problem) as refused:
        check_request(method, "/api/score", headers, 8642)
    assert refused.value.status == 421


@given(st.text(max_size=400))
def test_a_file_name_becomes_a_label_of_one_line(name):
    label = label_of(name)
    assert 0 < len(label) <= 120
    assert not {"/", "\\", "\0", "\n", "\r", "\u202e"} & set(label)
    assert label_of(label) == label
    assert label not in (".", "..")
    assert suffix_of(label) == "" or suffix_of(label)[1:].isalnum()
    header = download_header(label)
    assert header.isascii()
    assert not set('\r\n";') & set(header.removeprefix("attachment; filename*=UTF-8''"))


def test_a_long_file_name_keeps_its_ending():
    assert label_of("a" * 500 + ".DOCX").endswith("….docx")


def _head(address, length=None):
    port = int(address.rpartition(":")[2])
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    head = f"POST /api/score HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
    return ("127.0.0.1", port), head.encode()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0", b"\r\n\r\n", b"POST / HTTP/1.1\r\nX: 1\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(impatient, sent):
    with socket.create_connection(_head(impatient)[0], timeout=30) as connection:
        connection.sendall(sent)
        assert not read_all(connection).startswith(b"HTTP/1.1 200")


def test_a_head_that_trickles_ends_the_connection(impatient):
    with socket.create_connection(_head(impatient)[0], timeout=30) as connection:
        with pytest.raises(OSError):
            for number in range(1000):
                connection.sendall(b"G" if not number else b"E")
                time.sleep(0.05)
        assert read_all(connection) == b""


@pytest.mark.parametrize("length", [None, 1000])
def test_a_body_that_does_not_come_is_answered_and_ends_the_connection(impatient, length):
    where, head = _head(impatient, length)
    with socket.create_connection(where, timeout=30) as connection:
        connection.sendall(head + (b'5\r\n{"tex\r\n' if length is None else b'{"tex'))
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer


def test_who_finds_no_place_is_told_so_however_much_they_send(impatient, monkeypatch):
    monkeypatch.setattr(guard, "MOST_REQUESTS", 0)
    with httpx.Client(trust_env=False, timeout=30) as http:
        for _ in range(5):
            assert "again" in problem(http.post(f"{impatient}/api/score", json={"text": "a" * 5_000_000}), 503)


def test_a_connection_that_is_used_again_is_not_ended(impatient):
    with httpx.Client(base_url=impatient, trust_env=False, timeout=30) as http:
        for _ in range(4):
            assert http.get("/api/advice").status_code == 200
            time.sleep(0.4)


def test_what_is_not_http_is_answered_like_any_other_error(server):
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"HELO there\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000,
    ):
        answer = server.raw(sent)
        assert answer.startswith(b"HTTP/1.1 400 "), sent[:20]
        assert b"application/problem+json" in answer
        assert b"content-security-policy" in answer.lower()
        assert b"x" * 100 not in answer
    assert server.is_alive()


def test_a_body_that_is_not_chunked_as_it_says_ends_the_connection(server):
    where, head = _head(server.address)
    for body in (b"zz\r\n", b"5\r\nhello", b"-1\r\n", b"ffffffffffffffffffff\r\nx"):
        with socket.create_connection(where, timeout=30) as connection:
            connection.sendall(head + body + b"\r\n\r\nnonsense")
            connection.shutdown(socket.SHUT_WR)
            assert not read_all(connection).startswith(b"HTTP/1.1 200")
    assert server.is_alive()


def test_every_answer_of_the_page_has_the_headers(server):
    assert_guarded(server.http.get("/api/openapi.json"))
    assert_guarded(server.http.head("/nothing"))
