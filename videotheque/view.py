"""What the site needs of the library, and nothing more: the clips that may be shown at this instant.

Whoever implements :class:`LibraryView` asks the consent rules anew at every call, so the web layer never holds
a right to show anything. Every method is synchronous; the web server calls them from its threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pipeline.errors import PipelineError
from pipeline.records import EVERYTHING, Clip, ClipId, Filters, Mode, SearchPage, Suggestion


class ClipUnknown(PipelineError):
    """No clip has that id: check the address."""


class ClipWithdrawn(PipelineError):
    """The clip existed and may no longer be shown: nothing to do."""


class MediaKind(StrEnum):
    """The files of a clip, named as in their addresses."""

    VIDEO = "video.mp4"
    CAPTIONS = "captions.vtt"
    POSTER = "poster.jpg"

    @property
    def content_type(self) -> str:
        """The media type a browser is told."""
        return {
            MediaKind.VIDEO: "video/mp4",
            MediaKind.CAPTIONS: "text/vtt; charset=utf-8",
            MediaKind.POSTER: "image/jpeg",
        }[self]


@dataclass(frozen=True, slots=True)
class Options:
    """How a page is made, beside the question.

    ``per_meeting`` clips of one meeting at most (None: any number); ``facets`` says whether they are counted;
    ``cursor`` is where the former page ended.
    """

    filters: Filters = EVERYTHING
    per_meeting: int | None = 2
    facets: bool = False
    cursor: str | None = None


USUAL = Options()
"""A first page, unfiltered."""


class LibraryView(Protocol):
    """The clips that may be shown now. Every method may raise ``consent.errors.RegisterUnavailable``."""

    def search(self, text: str, mode: Mode, limit: int, options: Options = USUAL) -> SearchPage:
        """Find at most ``limit`` clips for a question.

        Raises:
            InvalidQuery: the question cannot be searched as it is.
            IndexUnavailable: the index cannot be read.
            ModelUnavailable: the semantic model cannot be read.
            RegisterUnavailable: consent cannot be checked; nothing is returned.
        """
        ...

    def clip(self, clip_id: ClipId) -> Clip:
        """The clip of that id.

        Raises:
            ClipUnknown: there never was such a clip.
            ClipWithdrawn: it may no longer be shown.
            RegisterUnavailable: consent cannot be checked.
        """
        ...

    def media(self, clip_id: ClipId, kind: MediaKind) -> Path:
        """Path of one of the clip's files, consent being asked at this instant.

        Raises:
            ClipUnknown: there never was such a clip.
            ClipWithdrawn: it may no longer be shown.
            RegisterUnavailable: consent cannot be checked.
        """
        ...

    def count(self) -> int:
        """How many clips may be shown now."""
        ...

    def explore(self, limit: int, seed: str = "", filters: Filters = EVERYTHING) -> tuple[Clip, ...]:
        """At most ``limit`` clips to look at without a question: the same all day for one ``seed``."""
        ...

    def related(self, clip_id: ClipId, limit: int) -> tuple[Clip, ...]:
        """At most ``limit`` clips like one, other meetings first; none where there is no index."""
        ...

    def suggest(self, typed: str, limit: int) -> tuple[Suggestion, ...]:
        """What a visitor may mean who has typed that much."""
        ...
