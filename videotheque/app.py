"""The web application: routes, errors in French, and the headers that every answer carries.

Takes a :class:`~videotheque.view.LibraryView`, keeps nothing between requests: no cookie, no log of queries.
"""

from __future__ import annotations

import logging
import os
import traceback

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from consent.errors import ConsentError
from consent.records import Frozen
from pipeline.errors import PipelineError
from videotheque import api, media, pages, review, withdrawals
from videotheque.desk import Desk, DeskClosed, TokenRefused
from videotheque.parameters import Shown
from videotheque.problems import documented, problem_of, unexpected
from videotheque.view import LibraryView
from videotheque.wishes import InvalidWish

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    # Being found by search engines is another purpose, which nobody was asked to agree to.
    "x-robots-tag": "noindex",
}
"""On every answer."""

_OURS = (PipelineError, ConsentError, DeskClosed, TokenRefused, InvalidWish)

logger = logging.getLogger(__name__)


class Health(Frozen):
    """The service answers, the register too, and this many clips may be shown."""

    status: str = "ok"
    clips: int


def create_app(library: LibraryView, desk: Desk | None = None) -> FastAPI:
    """The site and the API on one library.

    Args:
        library: asked at every request for what may be shown at that instant.
        desk: where withdrawals and reviews are taken; without one, both doors are closed.
    """
    app = FastAPI(
        title="Vidéothèque d’orientation",
        version="1",
        summary="Search consented mini-clips of career meetings.",
        docs_url=None,  # both load their scripts from another host
        redoc_url=None,
    )
    app.state.library = library
    app.state.desk = desk
    for router in (api.router, withdrawals.router, media.router, review.router, pages.router):
        app.include_router(router)
    app.add_api_route("/sante", health, tags=["service"], summary="Health", responses=documented(503))
    app.mount(pages.STATIC_URL, _Lasting(directory=pages.STATIC_FOLDER), name="static")
    for error in (*_OURS, HTTPException, RequestValidationError):
        app.add_exception_handler(error, tell)
    app.add_middleware(Envelope)
    return app


def health(library: Shown) -> Health:
    """Whether clips can be shown: the register answers."""
    return Health(clips=library.count())


def tell(request: Request, error: Exception) -> Response:
    """An error as a problem report for programs, as a page for people; same status, same sentence."""
    problem = problem_of(error)
    headers = getattr(error, "headers", None)
    if _for_programs(request.url.path):
        return problem.response(headers)
    page = pages.problem_page(request, problem, request.query_params.get("q", ""))
    page.headers.update(headers or {})
    return page


def _for_programs(path: str) -> bool:
    return path.startswith("/api/") or path == "/sante"


class Envelope:
    """Around the application: the headers of every answer, and a calm answer to what nobody foresaw.

    Unforeseen errors are logged by type and place only: their text could repeat a visitor's question.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                # What shows a person is not kept, so that going back shows no withdrawn clip either.
                headers.setdefault("cache-control", "private, no-store")
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            places = "".join(traceback.format_tb(error.__traceback__))
            logger.error("unexpected %s\n%s", type(error).__name__, places)
            if started:  # the file was erased, or the connection lost, while it was being sent
                return
            await _calm(scope)(scope, receive, send_with_headers)


def _calm(scope: Scope) -> Response:
    problem = unexpected()
    return problem.response() if _for_programs(scope["path"]) else pages.problem_page(Request(scope), problem, "")


class _Lasting(StaticFiles):
    """Files whose address changes with their content: a browser keeps them."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
