"""The library as visitors see it: search and media, each answer passing the consent gate at that instant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock

from consent.database import Database
from consent.register import Register, now_utc
from pipeline.catalogue import Catalogue, PublishedClip
from pipeline.index.embed import Embedder, load_embedder
from pipeline.index.reader import IndexReader
from pipeline.index.search import search
from pipeline.outputs import OutputStore
from pipeline.records import Clip, ClipId, Mode, SearchPage, Stage
from pipeline.settings import Settings
from videotheque.view import ClipUnknown, ClipWithdrawn, MediaKind

_PER_QUESTION = 200
"""Clips asked of the gate at once while looking for some to show without a question."""


class Library:
    """Implements :class:`videotheque.view.LibraryView` on the catalogue, the register and the index."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._catalogue = Catalogue(Register(Database(settings.database_file)), settings.reviewers)
        self._outputs = OutputStore(settings.recordings_folder)
        self._reader = IndexReader(settings.index_folder)
        self._loading = Lock()

    @cached_property
    def _embedder(self) -> Embedder:
        return load_embedder(self._settings.embedder, self._settings.embedder_revision)

    def embedder(self) -> Embedder:
        """The embedding model, loaded once, at the first question that needs it."""
        with self._loading:
            return self._embedder

    def search(self, text: str, mode: Mode, limit: int) -> SearchPage:
        """Find at most ``limit`` clips that may be shown now; see :func:`pipeline.index.search.search`."""
        return search(self._reader, self.embedder, text, mode, limit, self._live)

    def clip(self, clip_id: ClipId) -> Clip:
        """The clip of that id, if it may be shown now."""
        return self._published(clip_id).clip

    def media(self, clip_id: ClipId, kind: MediaKind) -> Path:
        """Path of one of a clip's files, if it may be shown now."""
        published = self._published(clip_id)
        clip = published.clip
        name = {MediaKind.VIDEO: clip.video, MediaKind.CAPTIONS: clip.captions, MediaKind.POSTER: clip.poster}[kind]
        return self._outputs.folder(clip.recording_id, Stage.RENDER, published.render_key) / name

    def count(self) -> int:
        """How many clips may be shown now."""
        return self._catalogue.count_shown()

    def explore(self, limit: int) -> tuple[Clip, ...]:
        """Clips to look at without a question: others every day, the same all day long."""
        ids = self._catalogue.clip_ids()
        if not ids:
            return ()
        start = _number_of_the_day(now_utc()) % len(ids)
        turned = ids[start:] + ids[:start]
        found: list[Clip] = []
        for first in range(0, len(turned), _PER_QUESTION):
            part = turned[first : first + _PER_QUESTION]
            live = self._catalogue.live(part)
            found.extend(live[clip_id].clip for clip_id in part if clip_id in live)
            if len(found) >= limit:
                break
        return tuple(found[:limit])

    def _live(self, clip_ids: Sequence[ClipId]) -> Mapping[ClipId, Clip]:
        return {clip_id: published.clip for clip_id, published in self._catalogue.live(clip_ids).items()}

    def _published(self, clip_id: ClipId) -> PublishedClip:
        published = self._catalogue.live([clip_id]).get(clip_id)
        if published is not None:
            return published
        if self._catalogue.was_published(clip_id):
            raise ClipWithdrawn("Cet extrait n'est plus disponible : il a été retiré de la vidéothèque.")
        raise ClipUnknown("Cet extrait n'existe pas ; vérifiez l'adresse, ou cherchez-le par une question.")


def _number_of_the_day(now: datetime) -> int:
    return int.from_bytes(hashlib.sha256(now.date().isoformat().encode()).digest()[:8])
