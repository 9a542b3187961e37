"""The application: the page, the API, and errors as problem details."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from bias_detect.server.guard import Guard
from bias_detect.server.problems import MEDIA_TYPE, Problem, failed
from bias_detect.server.routes import api_routes
from bias_detect.server.schemas import ProblemDetails
from bias_detect.server.uploads import Uploads
from bias_detect.server.worker import Worker
from bias_detect.version import __version__

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ABOUT = """Labels every sentence of a text or document and says why; the rows are those of the scored table.

For this computer alone: `Host` must be that of the server, and requests of other sites are refused.
Offsets count characters (Unicode code points), not UTF-16 units. Nothing is kept on disk, and no text is logged."""


def create_app(worker: Worker, uploads: Uploads, *, port: int) -> Guard:
    """Make the application.

    Parameters
    ----------
    worker : Worker
        What reads and scores.
    uploads : Uploads
        What holds documents for their downloads.
    port : int
        On which the server listens.

    Returns
    -------
    Guard
        The ASGI application; its ``app`` is the FastAPI application behind the checks.

    Examples
    --------
    >>> create_app(Worker(), Uploads(), port=8642).app.title
    'bias-detect'
    """
    app = FastAPI(
        title="bias-detect",
        version=__version__,
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            Problem: _problem,
            RequestValidationError: _invalid,
            HTTPException: _http,
            Exception: _failed,
        },
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    app.include_router(api_routes(worker, uploads))
    for path in sorted(STATIC.iterdir()) if STATIC.is_dir() else []:
        if path.suffix in _TYPES:
            address = "/" if path.name == "index.html" else f"/static/{path.name}"
            app.add_api_route(address, _sender(path), include_in_schema=False)
    _describe(app)
    return Guard(app, port)


def _sender(path: Path) -> Any:
    """Return what answers with one file; only the files that are there at the start are ever sent."""

    def send() -> Response:
        return Response(path.read_bytes(), headers={"Content-Type": _TYPES[path.suffix]})

    return send


def _describe(app: FastAPI) -> None:
    """Complete the description: the form of problems, and none of the errors that FastAPI would answer with."""
    described = app.openapi()
    schemas = described["components"]["schemas"]
    schemas["ProblemDetails"] = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)


async def _problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return Response(problem.body(), problem.status, headers={"Content-Type": MEDIA_TYPE, **problem.headers})


async def _failed(_: Request, error: Exception) -> Response:
    return await _problem(_, failed(error))


async def _invalid(_: Request, error: Exception) -> Response:
    """Say what a request lacks, without repeating any of it."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return await _problem(_, Problem(400, "the request is no JSON"))
    unknown = first["type"] == "extra_forbidden"  # its name comes from outside
    where = ".".join(map(str, first["loc"][:-1] if unknown else first["loc"]))
    return await _problem(_, Problem(422, f"the request cannot be used: {where}: {first['msg']}"))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {404: "there is nothing here", 405: "this cannot be asked for in this way", 400: "the request is no JSON"}
    detail = said.get(error.status_code, HTTPStatus(error.status_code).phrase)
    return await _problem(_, Problem(error.status_code, detail, dict(error.headers or {})))
