"""The API: each route checks what it is given, has the work done, and returns it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from bias_detect.errors import BiasDetectError
from bias_detect.labels import Influence, Label, Signal
from bias_detect.review.advice import all_advice
from bias_detect.review.ignore import IgnoreList, ignore_path
from bias_detect.server import schemas
from bias_detect.server.checks import BYTES
from bias_detect.server.names import download_header, label_of, suffix_of
from bias_detect.server.problems import MEDIA_TYPE, Problem
from bias_detect.server.uploads import Upload, Uploads
from bias_detect.server.worker import Worker
from bias_detect.version import __version__

_FILES = {
    "word": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".reviewed.docx"),
    "csv": ("text/csv; charset=utf-8", ".scored.csv"),
    "html": ("text/html; charset=utf-8", ".marked.html"),
}
_ERRORS = {
    "400": "The request is no JSON, or not HTTP as it should be.",
    "403": "Another site sent the request.",
    "408": "The request did not arrive in time.",
    "413": "The request is too large.",
    "415": "The request is of another type.",
    "421": "The request is for another server.",
    "422": "The text or document cannot be read, or the request lacks something.",
    "500": "The program failed.",
    "503": "There is too much to do; come again in a moment.",
}


def _problems(*statuses: str) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {status: {"description": _ERRORS[status], "content": content} for status in statuses}


_ASKED = _problems("403", "421", "500", "503")
_SENT = _problems(*_ERRORS)
_GONE: dict[int | str, dict[str, Any]] = {
    "410": {**_SENT["422"], "description": "The document is no longer held; send it again."}
}


def _file(kind: str) -> dict[int | str, dict[str, Any]]:
    media = _FILES[kind][0].partition(";")[0]
    return {200: {"description": "The file.", "content": {media: {"schema": {"type": "string", "format": "binary"}}}}}


def api_routes(worker: Worker, uploads: Uploads) -> APIRouter:
    """Make the routes.

    Parameters
    ----------
    worker : Worker
        What reads and scores.
    uploads : Uploads
        What holds documents for their downloads.

    Returns
    -------
    APIRouter
        The routes below ``/api``.

    Examples
    --------
    >>> [route.path for route in api_routes(Worker(), Uploads()).routes][:2]
    ['/api/advice', '/api/score']
    """
    routes = APIRouter(prefix="/api")

    @routes.get("/advice", response_model=schemas.AdviceBook, responses=_ASKED, summary="All advice, and the model")
    async def advice() -> dict[str, Any]:
        told = {name: dataclasses.asdict(entry) for name, entry in all_advice().items()}
        groups = {"labels": Label, "signals": Signal, "influences": Influence}
        book = {group: {str(name): told[name] for name in names} for group, names in groups.items()}
        return {**book, "model": worker.about, "version": __version__}

    @routes.post("/score", response_model=schemas.Scored, responses=_SENT, summary="Score a text")
    async def score(body: schemas.ScoreRequest) -> Response:
        return _json(await worker.ask("score", text=body.text))

    @routes.post(
        "/documents",
        response_model=schemas.ScoredDocument,
        responses=_SENT,
        summary="Read a Word, PDF, HTML, Markdown or text file, and score it",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def documents(
        request: Request,
        name: Annotated[
            str,
            Query(max_length=2000, description="The file's name; its ending says how it is read.", examples=["a.pdf"]),
        ],
    ) -> Response:
        data = await request.body()
        if not data:
            raise Problem(422, "the file is empty; check that it is the file that you meant")
        label = label_of(name)
        token = uploads.add(Upload(label, data))
        try:
            return _json(await worker.ask("read", data, name=label, upload=token))
        except BaseException:
            uploads.remove(token)
            raise

    async def make(kind: str, body: schemas.FileRequest) -> Response:
        upload = Upload("", b"") if body.upload is None else uploads.get(body.upload)
        made = await worker.ask(kind, upload.data, name=upload.name, text=body.text, ignored=body.ignored)
        media, ending = _FILES[kind]
        stem = upload.name[: len(upload.name) - len(suffix_of(upload.name))] or "draft"
        return Response(made, headers={"Content-Type": media, "Content-Disposition": download_header(stem + ending)})

    @routes.post(
        "/word",
        response_class=Response,
        responses={**_SENT, **_GONE, **_file("word")},
        summary="A Word document with a comment at each flag: a copy of the draft, or a new one of the text",
    )
    async def word(body: schemas.FileRequest) -> Response:
        return await make("word", body)

    @routes.post(
        "/csv",
        response_class=Response,
        responses={**_SENT, **_GONE, **_file("csv")},
        summary="The scored table as CSV for Excel",
    )
    async def csv(body: schemas.FileRequest) -> Response:
        return await make("csv", body)

    @routes.post(
        "/html",
        response_class=Response,
        responses={**_SENT, **_GONE, **_file("html")},
        summary="The marked text as one page",
    )
    async def html(body: schemas.FileRequest) -> Response:
        return await make("html", body)

    @routes.post(
        "/ignore",
        response_class=Response,
        responses={
            **_SENT,
            200: {"description": "The file.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        },
        summary="An ignore file, to be saved beside the draft",
    )
    async def ignore(body: schemas.IgnoreRequest) -> Response:
        wanted = [*body.signals, *body.ignored]
        try:
            entries = IgnoreList(body.text)
            for entry in wanted:
                entries.add(entry, body.notes.get(entry, ""))
            for entry in set(entries.entries).difference(wanted):
                entries.remove(entry)
        except BiasDetectError as error:
            raise Problem(422, str(error)) from error
        headers = {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Disposition": download_header(ignore_path(Path(label_of(body.name))).name),
        }
        return Response(entries.as_text().encode("utf-8"), headers=headers)

    @routes.post("/ignore/read", response_model=schemas.IgnoreEntries, responses=_SENT, summary="Read an ignore file")
    async def read_ignore(body: schemas.IgnoreText) -> dict[str, list[str]]:
        try:
            entries = IgnoreList(body.text).entries
        except BiasDetectError as error:
            raise Problem(422, str(error)) from error
        signals = [entry for entry in entries if entry in set(Signal)]
        return {"ids": [entry for entry in entries if entry not in signals], "signals": signals}

    return routes


def _json(body: bytes) -> Response:
    return Response(body, headers={"Content-Type": "application/json"})
