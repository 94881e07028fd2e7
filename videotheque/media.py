"""The clips' files over HTTP: Range, ETag, and the consent gate before every answer, a 304 included.

A browser may keep a file but must ask again before each use (``no-cache``), so a withdrawn clip is gone at the
very next request. The gate is asked again while a long answer is being sent: a withdrawal stops a download that had
begun.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from consent.errors import ConsentError
from pipeline.errors import PipelineError
from pipeline.records import ClipId
from videotheque import addresses
from videotheque.parameters import Shown
from videotheque.problems import documented
from videotheque.view import ClipUnknown, MediaKind

router = APIRouter(tags=["media"])

_ASK_EVERY_BYTES = 2 * 1024 * 1024
"""A few seconds of video; one question costs about a millisecond."""

_ASK_EVERY_SECONDS = 2.0
"""A player that has enough in advance reads slowly: the clock asks where the bytes do not."""

_RANGE = re.compile(r"bytes=\s*(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*\s*")


@router.head("/medias/{clip_id}/{kind}", include_in_schema=False)
@router.get(
    "/medias/{clip_id}/{kind}",
    summary="Read a clip's video, captions or poster",
    response_class=FileResponse,
    responses=documented(404, 410, 422, 503),
)
def read_media(request: Request, library: Shown, clip_id: str, kind: str) -> Response:
    """A file of a clip, whole or by ranges of bytes (``kind``: video.mp4, captions.vtt or poster.jpg)."""
    return answer(request, library.media, addresses.checked(clip_id), kind)


def answer(request: Request, gate: Callable[[ClipId, MediaKind], Path], clip_id: ClipId, kind: str) -> Response:
    """A file of a clip as ``request`` wants it.

    Args:
        request: with its Range and its conditions.
        gate: gives the file's path if it may be shown at the instant of the call; asked again while sending.
        clip_id: the clip.
        kind: one of :class:`MediaKind`, as written in the address.

    Raises:
        ClipUnknown: there is no such file.
        ClipWithdrawn: it may not be shown.
    """
    if kind not in tuple(MediaKind):
        raise ClipUnknown("Un extrait n'a pas de fichier de ce nom ; vérifiez l'adresse.")
    response = _file(gate, clip_id, MediaKind(kind))
    if _has_it(request, response):
        kept = {name: response.headers[name] for name in ("etag", "last-modified", "cache-control")}
        return Response(status_code=304, headers=kept)
    _drop_malformed_range(request)
    return response


class _GatedFile(FileResponse):
    """A file whose sending ends as soon as it may no longer be shown: the connection is cut, what is left is not sent.

    The bytes already sent are out of reach.
    """

    gate: Callable[[], object]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, asking again every few megabytes or seconds."""
        since_bytes, since = 0, time.monotonic()

        async def asked(message: Message) -> None:
            nonlocal since_bytes, since
            part = len(message.get("body", b""))
            if since_bytes + part > _ASK_EVERY_BYTES or time.monotonic() - since > _ASK_EVERY_SECONDS:
                await run_in_threadpool(self.gate)
                since_bytes, since = 0, time.monotonic()
            since_bytes += part
            await send(message)

        try:
            await super().__call__(scope, receive, asked)
        except (PipelineError, ConsentError):
            return  # the answer had begun: its status cannot change any more, but it ends here


def _file(gate: Callable[[ClipId, MediaKind], Path], clip_id: ClipId, kind: MediaKind) -> FileResponse:
    path = gate(clip_id, kind)
    try:
        stat = path.stat()
    except FileNotFoundError:
        # Erased between the gate and here: asked again, the gate says withdrawn. If not, the file is lost.
        gate(clip_id, kind)
        raise ClipUnknown("Le fichier de cet extrait manque ; relancez le montage de la rencontre.") from None
    response = _GatedFile(
        path,
        headers={"cache-control": "private, no-cache"},
        media_type=kind.content_type,
        stat_result=stat,
        filename=f"{clip_id}-{kind.value}",
        content_disposition_type="inline",
    )
    response.gate = lambda: gate(clip_id, kind)
    return response


def _has_it(request: Request, response: Response) -> bool:
    """Whether the browser's copy is the current file (RFC 9110: If-None-Match wins over If-Modified-Since)."""
    tags = request.headers.get("if-none-match")
    if tags is None:
        return request.headers.get("if-modified-since") == response.headers["last-modified"]
    return tags.strip() == "*" or response.headers["etag"] in {
        tag.strip().removeprefix("W/") for tag in tags.split(",")
    }


def _drop_malformed_range(request: Request) -> None:
    # RFC 9110, 14.2: a Range that cannot be understood is ignored; Starlette would answer 400 in English.
    asked = request.headers.get("range")
    if asked is not None and _RANGE.fullmatch(asked.lower()) is None:
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
