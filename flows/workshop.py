"""What every run works with, opened once: settings, register, catalogue, stage outputs, embedder, clock.

It also holds the consent rule of the flow: which purposes each stage needs, and what must go when they end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection

from consent import facts
from consent.clearance import Clearance
from consent.facts import Fact
from consent.records import PART, Decision, Naming, Obstacle, Place, Purpose, RecordingId, Span
from consent.register import now_utc
from consent.rules import PUBLICATION
from flows.progress import Progress
from pipeline.aftermath import ended, refused
from pipeline.catalogue import Catalogue, place_of
from pipeline.erasure import Cause, ErasureBook
from pipeline.errors import DatabaseLost, RefusedMedia, UnreadableFile
from pipeline.excision import wordless
from pipeline.index.embed import Embedder, load_embedder
from pipeline.ingest.probe import fingerprint
from pipeline.journal import Journal, KnownFile
from pipeline.keys import LibraryKeys
from pipeline.lock import library_lock
from pipeline.naming import named_as_agreed
from pipeline.opening import open_register
from pipeline.outputs import OutputStore
from pipeline.records import ClipId, Recording, Referential, Rendering, Segment, Stage
from pipeline.referential import identity_of, load_referential
from pipeline.settings import Settings
from pipeline.stops import keep_stops

STAGE_PURPOSES: dict[Stage, frozenset[Purpose]] = {
    Stage.INGEST: frozenset({Purpose.TRANSCRIBE}),
    Stage.TRANSCRIBE: frozenset({Purpose.TRANSCRIBE}),
    Stage.SEGMENT: frozenset({Purpose.CUT_AND_INDEX}),
    Stage.RENDER: PUBLICATION,
    Stage.INDEX: PUBLICATION,
}
"""What both persons must have agreed to before a stage runs. Clips are made to be published: no agreement to
that, no clip."""


_WITH_WORDS = (Stage.INGEST, Stage.TRANSCRIBE, Stage.SEGMENT)
"""The stages whose outputs hold the whole meeting, clip or not."""


class Workshop:
    """The library as a run sees it."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = now_utc) -> None:
        self.settings = settings
        self.clock = clock
        self.register = open_register(settings, clock)
        self.catalogue = Catalogue(self.register, settings.reviewers)
        self.journal = Journal(self.register.database)
        self.erasures = ErasureBook(self.register.database, clock)
        self.outputs = OutputStore(settings.recordings_folder)
        self.keyring = LibraryKeys(settings.keys_folder)

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

    def file_hash(self, recording_id: RecordingId, clearance: Clearance, path: Path) -> str:
        """SHA-256 of a meeting's file, computed again only where its size or modification time changed.

        Raises:
            UnreadableFile: the file cannot be read now; it is tried again the next night.
        """
        try:
            status = path.stat()
            known = self.journal.known_file(path)
            if known and (known.size_bytes, known.modified_ns) == (status.st_size, status.st_mtime_ns):
                return known.sha256
            sha256 = fingerprint(path, recording_id, clearance)
        except OSError as error:
            raise UnreadableFile(
                f"Un fichier de la rencontre ne peut pas être lu ({error.strerror}) ; vérifiez qu'il est là et ses "
                "droits."
            ) from error
        self.journal.remember_file(
            recording_id,
            KnownFile(path=path, size_bytes=status.st_size, modified_ns=status.st_mtime_ns, sha256=sha256),
        )
        return sha256

    def refuse_twin(self, recording_id: RecordingId, sha256: str) -> None:
        """Refuse a recording whose very bytes another meeting already brought: a withdrawal must reach them all.

        Raises:
            RefusedMedia: naming the other meeting.
        """
        for other, file in self.journal.same_content(sha256, recording_id).items():
            meeting = self.catalogue.find_meeting(other)
            mine = self.catalogue.find_meeting(recording_id)
            first = meeting is not None and (mine is None or meeting.registered_at < mine.registered_at)
            if meeting is not None and first and file.is_unchanged():
                raise RefusedMedia(
                    f"Cet enregistrement est celui de la rencontre « {meeting.meeting_id} », au bit près ; "
                    "retirez l'une des deux (videotheque remove)."
                )

    def hidden_clips(self, recording_id: RecordingId) -> tuple[ClipId, ...]:
        """The clips of a recording's outputs that the rules no longer allow where they are."""
        whole = self.register.decide(recording_id, PUBLICATION, PART)
        # Where nothing may be shown, their stages go, and the clips with them (:meth:`denied_within`).
        if whole.uniform and (not whole.allowed or whole.form.names is Naming.SHOWN):
            return ()
        clips = [clip for made in self.outputs.loaded(recording_id, Stage.RENDER, Rendering) for clip in made.clips]
        places = {clip.id: (recording_id, place_of(clip)) for clip in clips}
        with self.register.database.reading() as connection:
            unread = self.register.unread_within(connection, recording_id)
            decisions = self.register.decide_places(connection, places, PUBLICATION)
        names = {clip.id: clip.names for clip in clips}
        return tuple(
            clip_id
            for clip_id, decision in decisions.items()
            if _is_over(decision, unread=unread)
            or (decision.allowed and not named_as_agreed(names[clip_id], decision.form))
        )

    def denied_within(self, connection: Connection, recording_id: RecordingId) -> dict[Stage, Decision]:
        """The stages of which nothing may be kept, and why, inside the caller's transaction."""
        unread = self.register.unread_within(connection, recording_id)
        decisions = {
            stage: self.register.decide_within(connection, [recording_id], purposes, PART)[recording_id]
            for stage, purposes in STAGE_PURPOSES.items()
        }
        return {stage: decision for stage, decision in decisions.items() if _is_over(decision, unread=unread)}

    def may_name(self, recording_id: RecordingId, segments: Sequence[Segment]) -> frozenset[ClipId]:
        """The segments in which everybody agrees to be named."""
        places = {one.id: (recording_id, Place(clip_id=one.id, spans=(one.span,))) for one in segments}
        with self.register.database.reading() as connection:
            decisions = self.register.decide_places(connection, places, PUBLICATION)
        return frozenset(one for one, decision in decisions.items() if decision.form.names is Naming.SHOWN)

    def unheard(self, recording_id: RecordingId) -> tuple[Span, ...]:
        """The seconds of a recording that somebody does not want recorded, transcribed or cut."""
        decision = self.register.decide(recording_id, [Purpose.CUT_AND_INDEX], PART)
        found = {span for one in decision.exclusions for span in one.scope.passages}
        return tuple(sorted(found, key=lambda span: (span.start, span.end)))

    def stale_stages(self, recording_id: RecordingId) -> frozenset[Stage]:
        """The stages that hold seconds which were taken back since: heard, written down or cut before."""
        unheard = self.unheard(recording_id)
        if not unheard:
            return frozenset()
        if self.catalogue.source_gone(recording_id) is not None:  # no other can be made: kept, unless it holds a word
            kept = wordless(self.outputs, recording_id, unheard)
            return frozenset(one for one in _WITH_WORDS if one not in kept and self.outputs.has(recording_id, one))
        for made in self.outputs.loaded(recording_id, Stage.INGEST, Recording):
            silent = json.loads(made.provenance.parameters).get("unheard", [])
            if any([span.start, span.end] not in silent for span in unheard):
                return frozenset(stage for stage in _WITH_WORDS if self.outputs.has(recording_id, stage))
        return frozenset()

    def note_stops(self) -> int:
        """Bring the list of what was taken back and the register to one another; how much was new to the register.

        Every withdrawal does already; this says how far the ledger was looked at, and what a failing disk prevented.
        """
        return keep_stops(self.register, self.keyring)

    def refuse_lost_database(self, but: RecordingId | None = None) -> None:
        """Refuse to go on where the catalogue knows no meeting, and outputs are there that no erasure explains.

        ``but`` is a recording about to be registered: its own outputs are wanted.

        Raises:
            DatabaseLost: all of them would be taken for leftovers, and deleted.
        """
        if not self.catalogue.is_empty():
            return
        left = set(self.outputs.recordings()) - {job.recording_id for job in self.erasures.jobs()} - {but}
        if left:
            raise DatabaseLost(
                f"La base ne connaît aucune rencontre, alors que {len(left)} ont des fichiers dans "
                f"« {self.outputs.root} » : elle est perdue, ou c'en est une autre ; remettez-la, restaurez une "
                "sauvegarde (videotheque restore), ou effacez vous-même ce dossier."
            )

    def enforce_every_consent(self) -> None:
        """Remove what the agreements of this instant no longer allow to keep, and what no meeting holds any more."""
        self.refuse_lost_database()
        known = [registered.recording_id for registered in self.catalogue.meetings()]
        for recording_id in known:
            self.enforce_consent(recording_id)
        for recording_id in set(self.outputs.recordings()) - set(known):
            self.outputs.discard_all(recording_id)  # its removal was interrupted

    def enforce_consent(self, recording_id: RecordingId) -> tuple[Stage, ...]:
        """Remove what the agreements of this instant no longer allow to keep, and ask for its verified erasure.

        Returns:
            The stages whose outputs were removed.
        """
        with self.register.database.reading() as connection:
            denied = self.denied_within(connection, recording_id)
        removed = tuple(stage for stage in denied if self.outputs.has(recording_id, stage))
        shown = Stage.INDEX in denied and self.catalogue.has_clips(recording_id)
        partly = self.stale_stages(recording_id) or self.hidden_clips(recording_id)
        if removed or shown or partly or self._source_is_due(recording_id):
            # Asked for before anything goes: killed in between, the next run still owes the rest and the certificate.
            self.erasures.request(recording_id, self._cause(denied.values()), begin_again=False)
        if shown:
            self.catalogue.unpublish(recording_id)
        for stage in removed:
            self.outputs.discard(recording_id, stage)
        if removed:
            self.journal.drop_reports(recording_id, removed)
        return removed

    def released_within(self, connection: Connection, recording_id: RecordingId) -> bool:
        """Whether a recording was released: somebody does not want it kept, and its clips no longer need it."""
        return facts.since(connection, recording_id, Fact.RELEASED, Fact.RETURNED) is not None

    def release_due_within(self, connection: Connection, recording_id: RecordingId) -> bool:
        """Whether a released recording must still go: not once nobody minds that it is kept, should it be put back."""
        keep = self.register.decide_within(connection, [recording_id], [Purpose.RETAIN_SOURCE], PART)[recording_id]
        return refused(keep) and self.released_within(connection, recording_id)

    def record_ended(self, recording_id: RecordingId) -> bool:
        """Whether somebody's agreement to the very recording was withdrawn, or is over.

        A refusal or a silence is no such thing: the operator may still be collecting the agreements.
        """
        with self.register.database.reading() as connection:
            return self.record_ended_within(connection, recording_id)

    def record_ended_within(self, connection: Connection, recording_id: RecordingId) -> bool:
        """The same inside the caller's transaction."""
        recorded = self.register.decide_within(connection, [recording_id], [Purpose.RECORD], PART)[recording_id]
        return ended(recorded)

    def _source_is_due(self, recording_id: RecordingId) -> bool:
        meeting = self.catalogue.find_meeting(recording_id)
        kept = self.settings.source_kept_by_operator or meeting is None or not meeting.folder.exists()
        return not kept and self.record_ended(recording_id)

    def _cause(self, decisions: Iterable[Decision]) -> Cause:
        obstacles = {reason.obstacle for decision in decisions for reason in decision.reasons}
        said_no = obstacles - {Obstacle.EXPIRED}
        return Cause.EXPIRY if obstacles and not said_no else Cause.WITHDRAWAL


def _is_over(decision: Decision, *, unread: bool) -> bool:
    """Whether what a decision denies must go. What waits for its description to be read again only stays unseen.

    But for what somebody took back: that was said, whatever the description says.
    """
    said_no = any(reason.obstacle is Obstacle.UNDECLARED_NO for reason in decision.reasons)
    return not decision.allowed and (said_no or not unread)
