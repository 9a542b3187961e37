"""The process that works for the page: what it holds and for how long, and what becomes of work that goes wrong."""

import asyncio
import contextlib
import gc
from typing import ClassVar

import httpx
import pytest
from serving import JUDGED, finished, problem

from bias_detect.documents.document import Document
from bias_detect.server.app import create_app
from bias_detect.server.desk import Desk
from bias_detect.server.frames import HEAD
from bias_detect.server.limits import HELD_SECONDS
from bias_detect.server.problems import Problem
from bias_detect.server.uploads import Upload, Uploads
from bias_detect.server.worker import Worker


def test_documents_are_forgotten_after_a_while_and_when_there_are_many():
    now = [0.0]
    uploads = Uploads(clock=lambda: now[0])
    first, second = (uploads.add(Upload(name, b"x")) for name in ("first", "second"))
    now[0] = HELD_SECONDS - 1
    assert uploads.get(first).name == "first"
    now[0] = HELD_SECONDS + 1
    assert uploads.get(first).name == "first"
    with pytest.raises(Problem):
        uploads.get(second)
    large = [uploads.add(Upload(str(number), bytes(40_000_000))) for number in range(4)]
    with pytest.raises(Problem):
        uploads.get(first)
    with pytest.raises(Problem):
        uploads.get(large[0])
    assert uploads.get(large[3]).name == "3"


def test_work_that_takes_too_long_is_stopped_and_the_next_is_done():
    async def work():
        async with Worker() as worker:
            first = worker.process.pid
            worker.seconds = 0.05
            with pytest.raises(Problem) as stopped:
                await worker.ask("score", text="The nurse rang the ward. " * 70_000)
            assert stopped.value.status == 422
            assert "stopped" in stopped.value.detail
            worker.seconds = 60
            answer = await worker.ask("score", text=JUDGED)
            return first, worker.process.pid, answer, list(worker.folder.iterdir())

    first, second, answer, left = finished(work())
    assert first != second
    assert b"hindsight_biased" in answer
    assert left == []


def test_what_was_read_is_forgotten_after_a_while():
    now = [0.0]

    async def work():
        async with Worker(clock=lambda: now[0]) as worker:
            asked = []
            ask = worker.ask

            async def noted(do, *given, **values):
                asked.append(do)
                return await ask(do, *given, **values)

            worker.ask = noted
            await worker.ask("score", text=JUDGED)
            for now[0] in (HELD_SECONDS - 1, HELD_SECONDS + 1, 3 * HELD_SECONDS):
                await worker.forget_old()
            return asked, await worker.ask("score", text=JUDGED)

    asked, answer = finished(work())
    assert asked == ["score", "forget", "score"]
    assert b"hindsight_biased" in answer


def test_a_desk_that_forgets_holds_nothing(tmp_path):
    text = "Nobody rang the hostel on the Sunday after that."
    desk = Desk("default", tmp_path)
    answers = [desk.read(text.encode(), "draft.txt", "token")]
    assert held(text) == {Document, dict}
    desk.forget()
    assert held(text) == set()
    answers.append(desk.read(text.encode(), "draft.txt", "token"))
    assert answers[0] == answers[1]


def held(text):
    """Return the types of documents and of rows in memory that hold a text."""
    documents = (one for one in gc.get_objects() if isinstance(one, Document) and text in one.text)
    rows = (one for one in gc.get_objects() if type(one) is dict and one.get("sentence") == text)
    return {type(one) for one in (*documents, *rows)}


def test_an_answer_that_is_too_large_to_be_one_is_not_read():
    async def work():
        async with Worker() as worker:
            worker.process.stdout.feed_data(HEAD.pack(2, 2**60))
            with pytest.raises(Problem) as ended:
                await worker.ask("score", text=JUDGED)
            return ended.value.status, await worker.ask("score", text=JUDGED)

    status, answer = finished(work())
    assert status == 422
    assert b"hindsight_biased" in answer


def test_a_process_that_dies_costs_one_request(tmp_path):
    async def work():
        async with Worker() as worker:
            asking = asyncio.create_task(worker.ask("score", text="The nurse rang the ward. " * 70_000))
            await asyncio.sleep(0)  # it has begun
            worker.process.kill()
            with pytest.raises(Problem) as ended:
                await asking
            assert ended.value.status == 422
            return await worker.ask("score", text=JUDGED)

    assert b"hindsight_biased" in finished(work())


def test_who_waits_too_long_for_others_is_told_to_come_again():
    async def work():
        async with Worker() as worker:
            long = asyncio.create_task(worker.ask("score", text="The nurse rang the ward. " * 70_000))
            await asyncio.sleep(0)
            worker.seconds = 0.05
            with pytest.raises(Problem) as refused:
                await worker.ask("score", text=JUDGED)
            long.cancel()
            return refused.value.status

    assert finished(work()) == 503


def test_an_error_of_the_program_tells_nothing_of_the_text(capfd):
    class Failing:
        about: ClassVar = {"name": 1}

        async def ask(self, *_, **values):
            raise KeyError(f"{values} and {JUDGED}")

    async def ask():
        transport = httpx.ASGITransport(create_app(Failing(), Uploads(), port=80))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            return await http.post("/api/score", json={"text": JUDGED}), await http.get("/api/advice")

    for answer in finished(ask()):
        assert "the program failed" in problem(answer, 500)
        assert "danger" not in answer.text
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 2
    assert "danger" not in err


def test_a_server_whose_folder_is_elsewhere_imports_nothing_from_there(tmp_path):
    (tmp_path / "docx.py").write_text("raise SystemExit('imported')")
    (tmp_path / "json.py").write_text("raise SystemExit('imported')")

    async def work():
        async with Worker() as worker:
            return await worker.ask("word", name="", text=JUDGED, ignored=[])

    with contextlib.chdir(tmp_path):
        assert finished(work()).startswith(b"PK")
