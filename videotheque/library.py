"""The library as visitors see it: search and media, each answer passing the consent gate at that instant."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Lock

from consent.errors import ConsentError
from pipeline.catalogue import Catalogue, PublishedClip
from pipeline.errors import PipelineError
from pipeline.index.discovery import draw, fill, related
from pipeline.index.embed import Embedder, load_embedder
from pipeline.index.reader import IndexReader
from pipeline.index.search import Request, search
from pipeline.index.suggest import suggest
from pipeline.opening import open_register
from pipeline.outputs import OutputStore
from pipeline.records import EVERYTHING, Clip, ClipId, Filters, Mode, SearchPage, Stage, Suggestion
from pipeline.settings import Settings
from videotheque.gate import Gate
from videotheque.view import USUAL, ClipUnknown, ClipWithdrawn, MediaKind, Options


class Library:
    """Implements :class:`videotheque.view.LibraryView` on the catalogue, the register and the index."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._catalogue = Catalogue(open_register(settings), settings.reviewers)
        self._outputs = OutputStore(settings.recordings_folder)
        self._reader = IndexReader(settings.index_folder)
        self._gate = Gate(self._catalogue)
        self._loading = Lock()

    @cached_property
    def _embedder(self) -> Embedder:
        return load_embedder(self._settings.embedder, self._settings.embedder_revision)

    def embedder(self) -> Embedder:
        """The embedding model, loaded once, at the first question that needs it."""
        with self._loading:
            return self._embedder

    def warm(self) -> None:
        """Read the index and the model before the first question; what is wrong is told when it is asked."""
        with suppress(PipelineError, ConsentError):
            self.count()  # of ten thousand meetings, seconds the first time (measured: 8 s) and a tenth after
            if not self._reader.is_empty:
                generation = self._reader.current()
                generation.speller.correct("infirmière")
                generation.noise(self.embedder())

    def search(self, text: str, mode: Mode, limit: int, options: Options = USUAL) -> SearchPage:
        """Find at most ``limit`` clips that may be shown now; see :func:`pipeline.index.search.search`."""
        request = Request(
            text=text,
            mode=mode,
            limit=limit,
            filters=options.filters,
            per_meeting=options.per_meeting,
            cursor=options.cursor,
            facets=options.facets,
        )
        return search(self._reader, self.embedder, request, self._gate)

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
        return self._gate.count()

    def explore(self, limit: int, seed: str = "", filters: Filters = EVERYTHING) -> tuple[Clip, ...]:
        """Clips to look at without a question: others every day, the same all day long for one ``seed``."""
        if self._reader.is_empty:
            return ()
        today = self._catalogue.register.clock().date().isoformat()
        return fill(draw(self._reader.current(), f"{today} {seed}", filters), limit, self._gate)

    def related(self, clip_id: ClipId, limit: int) -> tuple[Clip, ...]:
        """Clips like one that may be shown now, other meetings first."""
        self._published(clip_id)
        return () if self._reader.is_empty else related(self._reader.current(), clip_id, limit, self._gate)

    def suggest(self, typed: str, limit: int) -> tuple[Suggestion, ...]:
        """What a visitor may mean who has typed that much, as far as clips that may be shown say it."""
        return () if self._reader.is_empty else suggest(self._reader.current(), typed, limit, self._gate)

    def _published(self, clip_id: ClipId) -> PublishedClip:
        published = self._gate.live(clip_id)
        if published is not None:
            return published
        if self._catalogue.was_published(clip_id):
            raise ClipWithdrawn("Cet extrait n'est plus disponible : il a été retiré de la vidéothèque.")
        raise ClipUnknown("Cet extrait n'existe pas ; vérifiez l'adresse, ou cherchez-le par une question.")
