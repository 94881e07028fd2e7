"""The site's addresses: where a clip, a moment of it and its files are. All are paths on this host."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from pipeline.records import EVERYTHING, ClipId, Filters, Mode
from videotheque.view import ClipUnknown, MediaKind

_CLIP_ID = re.compile(r"clip-[0-9a-f]{20}")


def clip_url(clip_id: ClipId, at: float | None = None) -> str:
    """The clip's page, opened at ``at`` seconds from the clip's start where given."""
    page = f"/extraits/{clip_id}"
    return page if at is None else f"{page}?t={at:.1f}#lecteur"


def media_url(clip_id: ClipId, kind: MediaKind, at: float = 0) -> str:
    """One of the clip's files; a video starts at ``at`` seconds through a media fragment."""
    address = f"/medias/{clip_id}/{kind.value}"
    return f"{address}#t={at:.1f}" if at > 0 else address


def review_url(token: str) -> str:
    """The page of a personal link."""
    return f"/relecture/{token}"


def checked(text: str) -> ClipId:
    """The clip id in an address; anything else never reaches the library.

    Raises:
        ClipUnknown: the text has not the form of a clip id.
    """
    if _CLIP_ID.fullmatch(text) is None:
        raise ClipUnknown("Cette adresse n'est pas celle d'un extrait ; vérifiez-la.")
    return ClipId(text)


def video_url(clip_id: ClipId, at: float = 0) -> str:
    """The clip's video, starting at ``at`` seconds."""
    return media_url(clip_id, MediaKind.VIDEO, at)


def captions_url(clip_id: ClipId) -> str:
    """The clip's captions."""
    return media_url(clip_id, MediaKind.CAPTIONS)


def poster_url(clip_id: ClipId) -> str:
    """The clip's poster."""
    return media_url(clip_id, MediaKind.POSTER)


def search_url(query: str, mode: Mode, filters: Filters = EVERYTHING, cursor: str | None = None) -> str:
    """The page that answers a question; usual choices are left out."""
    given: list[tuple[str, str]] = [("q", query)] if query else []
    given += [("mode", mode.value)] if mode is not Mode.HYBRID else []
    given += [(one.facet.value, one.value) for one in filters.chosen]
    given += [(name, day.isoformat()) for name, day in (("since", filters.since), ("until", filters.until)) if day]
    given += [("suite", cursor)] if cursor else []
    return f"/?{urlencode(given)}" if given else "/"
