"""The published clips, behind the register and the approvals: what may be shown is decided here, row by row.

It lives in the same database as the consent register, so that publication decides again and writes in one
transaction, and so that what a visitor may see is decided on the register as it is at that instant. A clip's
text is kept here alone: neither the index nor a cache can show what the catalogue no longer has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from consent.approvals import ApprovalBook
from consent.changes import changed_since, note_change
from consent.clearance import Clearance
from consent.errors import ConsentDenied
from consent.holdings import recordings_since
from consent.records import PART, Decision, Naming, RecordingId, Span
from consent.register import Register
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.clips import (
    ASKED,
    OF_IDS,
    SEEN,
    STATE,
    Changes,
    Permit,
    PublishedClip,
    Seen,
    content_of,
    lasting,
    metadata,
    place_of,
    place_of_row,
    published,
    put,
    retire,
    retired,
)
from pipeline.clips import clips as table
from pipeline.counting import Count, count
from pipeline.errors import UnknownRecording
from pipeline.naming import named_as_agreed
from pipeline.records import Clip, ClipId
from pipeline.registrations import RegisteredMeeting, Registrations
from pipeline.upgrade import upgrade_clips, upgrade_wishes

__all__ = ["Catalogue", "Permit", "PublishedClip", "RegisteredMeeting", "content_of", "place_of"]


class Catalogue(Registrations):
    """Registered meetings and published clips; ``reviewers`` says whose approval a clip needs before it is shown."""

    def __init__(self, register: Register, reviewers: Reviewers) -> None:
        super().__init__(register.database)
        self.register = register
        self.reviewers = reviewers
        self._counted: Count | None = None
        self.database.create(metadata)
        self.approvals = ApprovalBook(self.database, register.clock, register.vault)
        upgrade_clips(self.database, content_of)
        upgrade_wishes(register, self.approvals)

    def forget(self, recording_id: RecordingId) -> None:
        """Remove a meeting and its clips; its consents stay in the register."""
        with self.database.writing() as connection:
            self.forget_within(connection, recording_id)

    def forget_within(self, connection: Connection, recording_id: RecordingId) -> None:
        """The same inside the caller's transaction."""
        retire(connection, recording_id, keep=())
        super().forget_within(connection, recording_id)

    def publish(
        self,
        clearance: Clearance,
        recording_id: RecordingId,
        clips: Sequence[Clip],
        render_key: str,
        embedding_key: str,
    ) -> None:
        """Make ``clips`` the published clips of a recording, deciding again, clip by clip, in the same transaction.

        Raises:
            UnknownRecording: the meeting was removed meanwhile; nothing is published.
            ConsentDenied: an agreement ended since the clearance was made; nothing is published.
        """
        clearance.require(recording_id, *PUBLICATION)
        with self.database.writing() as connection:
            if not self.knows_within(connection, recording_id):
                raise UnknownRecording("La rencontre a été retirée pendant son traitement ; rien n'en est publié.")
            decision = self.register.decide_within(connection, [recording_id], PUBLICATION, PART)[recording_id]
            if not decision.allowed:
                raise ConsentDenied(decision)
            places = {clip.id: (recording_id, place_of(clip)) for clip in clips}
            there = self.register.decide_places(connection, places, PUBLICATION)
            kept = [
                clip for clip in clips if there[clip.id].allowed and named_as_agreed(clip.names, there[clip.id].form)
            ]
            retire(connection, recording_id, keep=[clip.id for clip in kept])
            for clip in kept:
                put(connection, recording_id, clip, render_key, embedding_key)
            note_change(connection, recording_id)

    def unpublish(self, recording_id: RecordingId) -> int:
        """Take every clip of a recording out; its addresses answer "gone" from now on."""
        with self.database.writing() as connection:
            return self.unpublish_within(connection, recording_id)

    def unpublish_within(self, connection: Connection, recording_id: RecordingId) -> int:
        """The same inside the caller's transaction."""
        return retire(connection, recording_id, keep=())

    def unpublish_denied(self, recording_id: RecordingId) -> tuple[ClipId, ...]:
        """Take out the clips that the rules no longer allow; their ids."""
        with self.database.writing() as connection:
            return self.unpublish_denied_within(connection, recording_id)

    def unpublish_denied_within(self, connection: Connection, recording_id: RecordingId) -> tuple[ClipId, ...]:
        """The same inside the caller's transaction, which may just have taken an agreement back."""
        rows = connection.execute(select(*ASKED).where(table.c.recording_id == recording_id)).all()
        keep = self._permitted(connection, rows, Reviewers.NOBODY)
        retire(connection, recording_id, list(keep))
        return tuple(ClipId(row.clip_id) for row in rows if row.clip_id not in keep)

    # --- the gate ---

    def live(self, clip_ids: Sequence[ClipId]) -> dict[ClipId, PublishedClip]:
        """Those of ``clip_ids`` that may be shown at this instant: the gate of every answer.

        The clips, the consents and the approvals are read in one transaction; a clip whose place is not allowed now,
        that somebody has yet to approve, or that is not published, is simply not there.
        """
        return self._read(table.c.clip_id.in_(list(clip_ids)), self.reviewers)

    def showable(self, clip_ids: Sequence[ClipId]) -> dict[ClipId, Permit]:
        """The same without the clips' documents: what counts and filters need."""
        with self.database.reading() as connection:
            rows = connection.execute(OF_IDS, {"ids": list(clip_ids)}).all()
            return self._permitted(connection, rows, self.reviewers)

    def live_of(self, recording_id: RecordingId) -> dict[ClipId, PublishedClip]:
        """The clips of one recording that may be shown at this instant."""
        return self._read(table.c.recording_id == recording_id, self.reviewers)

    def made_of(self, recording_id: RecordingId) -> dict[ClipId, PublishedClip]:
        """The clips of one recording that its own persons may see now: approved yet or not, taken back by nobody.

        Never for visitors: ask :meth:`live_of`.
        """
        with self.database.reading() as connection:
            return self.made_within(connection, recording_id)

    def made_within(self, connection: Connection, recording_id: RecordingId) -> dict[ClipId, PublishedClip]:
        """The same inside the caller's transaction."""
        return self._read_within(connection, table.c.recording_id == recording_id, Reviewers.NOBODY)

    def changes(self, since: Seen | None) -> Changes:
        """What was written since, on which it rests that clips may be shown: whoever remembers them forgets these."""
        with self.database.reading() as connection:
            now = Seen(*connection.execute(SEEN).one())
            if since is None:
                return Changes(now, None)
            said = recordings_since(connection, since.seq, since.head)
            done = set[RecordingId]() if since.mark == now.mark else changed_since(connection, since.mark)
        return Changes(now, None if said is None or done is None else frozenset(said | done))

    def count_live(self) -> tuple[int, datetime | None]:
        """How many clips may be shown at this instant, and until when that holds if nothing is written.

        It is remembered while nothing that it rests on was written and no agreement begins or ends. Clips are counted
        by recording; where those of a recording differ from one another, they are looked at one by one.
        """
        now = self.register.clock()
        naming = select(table.c.recording_id).distinct().where(table.c.names == Naming.SHOWN.value)
        with self.database.reading() as connection:
            state, held = Seen(*connection.execute(SEEN).one()), self._counted
            if held is None or not held.stands(state, now):
                named = {RecordingId(one) for one in connection.execute(naming).scalars()}

                def mixed(decisions: dict[RecordingId, Decision]) -> set[RecordingId]:
                    return self._mixed(connection, decisions) | (named & decisions.keys())

                def ends(rows: Sequence[Row[Any]]) -> dict[ClipId, datetime | None]:
                    permitted = self._permitted(connection, rows, self.reviewers)
                    return {one: permit.until for one, permit in permitted.items()}

                held = self._counted = count(connection, self.register, state, now, mixed, ends)
        return held.shown, held.until

    # --- reading ---

    def ids_of(self, recording_id: RecordingId) -> tuple[ClipId, ...]:
        """Ids of a recording's published clips, before the gate."""
        query = select(table.c.clip_id).where(table.c.recording_id == recording_id).order_by(table.c.clip_id)
        with self.database.reading() as connection:
            return tuple(ClipId(row.clip_id) for row in connection.execute(query))

    def span_within(self, connection: Connection, recording_id: RecordingId, clip_id: ClipId) -> Span | None:
        """Where a published clip is in its recording; None where the recording has no such clip."""
        own = (table.c.clip_id == clip_id) & (table.c.recording_id == recording_id)
        row = connection.execute(select(*ASKED).where(own)).first()
        return None if row is None else Span(start=row.starts, end=row.ends)

    def has_clips(self, recording_id: RecordingId) -> bool:
        """Whether a recording has published clips, before the gate."""
        with self.database.reading() as connection:
            return self.has_clips_within(connection, recording_id)

    def has_clips_within(self, connection: Connection, recording_id: RecordingId) -> bool:
        """The same inside the caller's transaction."""
        query = select(table.c.clip_id).where(table.c.recording_id == recording_id)
        return connection.execute(query).first() is not None

    def clip_ids(self, offset: int = 0, limit: int | None = None) -> tuple[ClipId, ...]:
        """Ids of published clips in a fixed order. Not a permission to show: ask :meth:`live`."""
        query = select(table.c.clip_id).order_by(table.c.clip_id).offset(offset)
        with self.database.reading() as connection:
            rows = connection.execute(query if limit is None else query.limit(limit))
            return tuple(ClipId(row.clip_id) for row in rows)

    def published_recordings(self) -> tuple[RecordingId, ...]:
        """Recordings that have published clips."""
        with self.database.reading() as connection:
            rows = connection.execute(select(table.c.recording_id).distinct().order_by(table.c.recording_id))
            return tuple(RecordingId(row.recording_id) for row in rows)

    def was_published(self, clip_id: ClipId) -> bool:
        """Whether this id was ever that of a published clip (shown now or not)."""
        with self.database.reading() as connection:
            queries = (select(one.c.clip_id).where(one.c.clip_id == clip_id) for one in (table, retired))
            return any(connection.execute(query).first() is not None for query in queries)

    # --- deciding ---

    def _read(self, which: ColumnElement[bool], reviewers: Reviewers) -> dict[ClipId, PublishedClip]:
        with self.database.reading() as connection:
            return self._read_within(connection, which, reviewers)

    def _read_within(
        self, connection: Connection, which: ColumnElement[bool], reviewers: Reviewers
    ) -> dict[ClipId, PublishedClip]:
        rows = connection.execute(select(table, *STATE).where(which)).all()
        permitted = self._permitted(connection, rows, reviewers)
        return {
            ClipId(row.clip_id): published(row, permitted[row.clip_id].title, permitted[row.clip_id].until)
            for row in rows
            if row.clip_id in permitted
        }

    def _permitted(
        self, connection: Connection, rows: Sequence[Row[Any]], reviewers: Reviewers
    ) -> dict[ClipId, Permit]:
        """Of these clips, those that the rules allow where they are, and that all who are asked have approved."""
        if not rows:
            return {}
        decisions = self._decided(connection, rows)
        agreed = [
            row
            for row in rows
            if decisions[row.clip_id].allowed and named_as_agreed(Naming(row.names), decisions[row.clip_id].form)
        ]
        approvals = self.approvals.within(connection, {RecordingId(row.recording_id) for row in agreed}, rows[0].mark)
        titles = {one: title for own in approvals.values() for one, title in own.titles.items()}
        renamed = {row.clip_id for row in agreed if row.clip_id in titles}
        documents = connection.execute(select(table).where(table.c.clip_id.in_(renamed))).all() if renamed else ()
        contents = {row.clip_id: content_of(published(row, titles[row.clip_id]).clip) for row in documents}
        return {
            ClipId(row.clip_id): Permit(
                RecordingId(row.recording_id), lasting(row, decisions[row.clip_id]), titles.get(row.clip_id)
            )
            for row in agreed
            if approvals[row.recording_id].allow(row.clip_id, contents.get(row.clip_id, row.content), reviewers)
        }

    def _decided(self, connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, Decision]:
        """What the rules say of each clip: one question a recording, and one a clip where the places differ."""
        recordings = {RecordingId(row.recording_id) for row in rows}
        head = rows[0].head
        whole = self.register.decide_within(connection, recordings, PUBLICATION, PART, head)
        places = {
            row.clip_id: (RecordingId(row.recording_id), place_of_row(row))
            for row in rows
            if not whole[row.recording_id].uniform
        }
        apart = self.register.decide_places(connection, places, PUBLICATION, head) if places else {}
        return {row.clip_id: apart.get(row.clip_id) or whole[row.recording_id] for row in rows}

    def _mixed(self, connection: Connection, decisions: dict[RecordingId, Decision]) -> set[RecordingId]:
        """The recordings of which some clips may be shown and others not."""
        approvals = self.approvals.within(connection, decisions)
        return {
            one
            for one, decision in decisions.items()
            if not decision.uniform or (decision.allowed and approvals[one].may_hold_back(self.reviewers))
        }
