"""The clips' files over HTTP: Range, ETag, and the consent gate before every answer, a 304 included.

A browser may keep a file but must ask again before each use (``no-cache``), so a withdrawn clip is gone at the
very next request.
"""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from pipeline.records import ClipId
from videotheque import addresses
from videotheque.parameters import Shown
from videotheque.problems import documented
from videotheque.view import ClipUnknown, LibraryView, MediaKind

router = APIRouter(tags=["media"])

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
    checked = addresses.checked(clip_id)
    if kind not in tuple(MediaKind):
        raise ClipUnknown("Un extrait n'a pas de fichier de ce nom ; vérifiez l'adresse.")
    response = _file(library, checked, MediaKind(kind))
    if _has_it(request, response):
        kept = {name: response.headers[name] for name in ("etag", "last-modified", "cache-control")}
        return Response(status_code=304, headers=kept)
    _drop_malformed_range(request)
    return response


def _file(library: LibraryView, clip_id: ClipId, kind: MediaKind) -> FileResponse:
    path: Path = library.media(clip_id, kind)
    try:
        stat = path.stat()
    except FileNotFoundError:
        # Erased between the gate and here: asked again, the gate says withdrawn. If not, the file is lost.
        library.media(clip_id, kind)
        raise ClipUnknown("Le fichier de cet extrait manque ; relancez le montage de la rencontre.") from None
    return FileResponse(
        path,
        headers={"cache-control": "private, no-cache"},
        media_type=kind.content_type,
        stat_result=stat,
        filename=f"{clip_id}-{kind.value}",
        content_disposition_type="inline",
    )


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
