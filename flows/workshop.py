"""What every run works with, opened once: settings, register, catalogue, stage outputs, embedder, clock.

It also holds the consent rule of the flow: which purposes each stage needs, and what must go when they end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path

from consent.database import Database
from consent.records import Purpose, RecordingId
from consent.register import Register, now_utc
from consent.rules import PUBLICATION
from flows.progress import Progress
from pipeline.catalogue import Catalogue, KnownFile
from pipeline.errors import RefusedMedia
from pipeline.index.embed import Embedder, load_embedder
from pipeline.ingest.probe import fingerprint
from pipeline.lock import library_lock
from pipeline.outputs import OutputStore
from pipeline.records import Referential, Stage
from pipeline.referential import identity_of, load_referential
from pipeline.settings import Settings

STAGE_PURPOSES: dict[Stage, frozenset[Purpose]] = {
    Stage.INGEST: frozenset({Purpose.TRANSCRIBE}),
    Stage.TRANSCRIBE: frozenset({Purpose.TRANSCRIBE}),
    Stage.SEGMENT: frozenset({Purpose.CUT_AND_INDEX}),
    Stage.RENDER: PUBLICATION,
    Stage.INDEX: PUBLICATION,
}
"""What both persons must have agreed to before a stage runs. Clips are made to be published: no agreement to
that, no clip."""


class Workshop:
    """The library as a run sees it."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = now_utc) -> None:
        self.settings = settings
        self.clock = clock
        self.register = Register(Database(settings.database_file), clock)
        self.catalogue = Catalogue(self.register)
        self.outputs = OutputStore(settings.recordings_folder)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model; loading it takes seconds, so only a run that needs it does."""
        return load_embedder(self.settings.embedder, self.settings.embedder_revision)

    @cached_property
    def referential(self) -> Referential:
        """The codes of occupations that the operator imported."""
        return load_referential(self.settings.referentials_folder)

    @cached_property
    def referential_identity(self) -> str:
        """Changes whenever another file of occupations is imported."""
        return identity_of(self.settings.referentials_folder)

    @property
    def embedder_loaded(self) -> bool:
        """Whether this run has needed the embedding model so far."""
        return "embedder" in self.__dict__

    @contextmanager
    def locked(self, progress: Progress, wait_s: float | None = None) -> Iterator[None]:
        """Hold the library, and remove what an interrupted run left half-written."""
        limit = self.settings.lock_wait_s if wait_s is None else wait_s
        with library_lock(self.settings.home / "library.lock", limit, progress.waiting):
            self.outputs.sweep()
            yield

    def file_hash(self, recording_id: RecordingId, path: Path) -> str:
        """SHA-256 of a meeting's file, computed again only where its size or modification time changed.

        Raises:
            RefusedMedia: the file cannot be read.
        """
        try:
            status = path.stat()
            known = self.catalogue.known_file(path)
            if known and (known.size_bytes, known.modified_ns) == (status.st_size, status.st_mtime_ns):
                return known.sha256
            sha256 = fingerprint(path)
        except OSError as error:
            raise RefusedMedia(
                f"« {path.name} » ne peut pas être lu ({error.strerror}) ; vérifiez qu'il est là et ses droits."
            ) from error
        self.catalogue.remember_file(
            recording_id,
            KnownFile(path=path, size_bytes=status.st_size, modified_ns=status.st_mtime_ns, sha256=sha256),
        )
        return sha256

    def enforce_every_consent(self) -> None:
        """Remove what the agreements of this instant no longer allow to keep, of every meeting."""
        for registered in self.catalogue.meetings():
            self.enforce_consent(registered.recording_id)

    def enforce_consent(self, recording_id: RecordingId) -> tuple[Stage, ...]:
        """Remove what the agreements of this instant no longer allow to keep.

        Returns:
            The stages whose outputs were removed.
        """
        decisions = self.register.decide_each(recording_id, STAGE_PURPOSES)
        denied = tuple(stage for stage, decision in decisions.items() if not decision.allowed)
        removed = tuple(stage for stage in denied if self.outputs.has(recording_id, stage))
        if Stage.INDEX in denied:
            self.catalogue.unpublish(recording_id)
        for stage in removed:
            self.outputs.discard(recording_id, stage)
        self.catalogue.drop_reports(recording_id, removed)
        return removed
