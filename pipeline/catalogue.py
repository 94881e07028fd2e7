"""What the vidéothèque holds: registered meetings and published clips.

It lives in the same database as the consent register, so that publication decides again and writes in one
transaction, and so that what a visitor may see is decided on the register as it is at that instant. A clip's
text is kept here alone: neither the index nor a cache can show what the catalogue no longer has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert  # the form that SQLite understands too

from consent.clearance import Clearance
from consent.errors import ConsentDenied
from consent.records import Frozen, RecordingId, Span
from consent.register import Register
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from consent.wishes import WishBook, Wishes
from pipeline.errors import UnknownRecording
from pipeline.records import Clip, ClipId

_metadata = MetaData()

_recordings = Table(
    "recordings",
    _metadata,
    Column("recording_id", String, primary_key=True),
    Column("meeting_id", String, nullable=False, unique=True),
    Column("folder", String, nullable=False, index=True),
    Column("registered_at", String, nullable=False),
    Column("settled", String),
)

_clips = Table(
    "clips",
    _metadata,
    Column("clip_id", String, primary_key=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("render_key", String, nullable=False),
    Column("embedding_key", String, nullable=False),
    Column("document", Text, nullable=False),
)

_retired = Table("retired_clips", _metadata, Column("clip_id", String, primary_key=True))


class RegisteredMeeting(Frozen):
    """A meeting's place: its opaque id, the operator's id, its folder.

    ``settled`` is the state (of its files, consents and settings) that was last processed to the end.
    """

    recording_id: RecordingId
    meeting_id: str
    folder: Path
    registered_at: str
    settled: str | None


class PublishedClip(Frozen):
    """A clip as published: its record, and the keys of the outputs that hold its files and its vectors."""

    clip: Clip
    render_key: str
    embedding_key: str


def content_of(clip: Clip) -> str:
    """What a person approves: the cut and what is said in it (the clip's id), and what is read beside it."""
    return hashlib.sha256("|".join([clip.id, clip.title, *clip.summary]).encode()).hexdigest()[:20]


_REMEMBERED_RECORDINGS = 20_000
"""Recordings whose freed clips are kept, about 3 kB each with what was said of them."""

_Free = tuple[tuple[Wishes, frozenset[tuple[str, str]]], frozenset[ClipId]]
"""What was said of a recording's clips and which outputs they are of; and which of them nobody holds back."""


class Catalogue:
    """Registered meetings and published clips, behind the register and what people say of single clips.

    ``reviewers`` says whose approval a clip needs before it is shown.
    """

    def __init__(self, register: Register, reviewers: Reviewers = Reviewers.NOBODY) -> None:
        self.register = register
        self.reviewers = reviewers
        self.database = register.database
        self._free: dict[RecordingId, _Free] = {}
        self.database.create(_metadata)
        self.wishes = WishBook(self.database, register.clock)

    # --- meetings ---

    def register_meeting(self, recording_id: RecordingId, meeting_id: str, folder: Path, now: datetime) -> bool:
        """Note a meeting's folder; True where it was unknown before."""
        with self.database.writing() as connection:
            known = _recordings.c.recording_id == recording_id
            moved = connection.execute(update(_recordings).where(known).values(folder=str(folder)))
            if moved.rowcount:
                return False
            connection.execute(
                insert(_recordings).values(
                    recording_id=recording_id,
                    meeting_id=meeting_id,
                    folder=str(folder),
                    registered_at=now.isoformat(),
                )
            )
            return True

    def meetings(self) -> tuple[RegisteredMeeting, ...]:
        """Every registered meeting, in the order of registration."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(_recordings).order_by(_recordings.c.registered_at, _recordings.c.meeting_id)
            )
            return tuple(_meeting(row) for row in rows)

    def find_meeting(self, name: str) -> RegisteredMeeting | None:
        """The meeting with that operator's id or opaque id, if there is one."""
        with self.database.reading() as connection:
            row = connection.execute(
                select(_recordings).where((_recordings.c.meeting_id == name) | (_recordings.c.recording_id == name))
            ).first()
        return None if row is None else _meeting(row)

    def meeting_of_folder(self, folder: Path) -> RegisteredMeeting | None:
        """The meeting registered for a folder, if there is one."""
        with self.database.reading() as connection:
            row = connection.execute(select(_recordings).where(_recordings.c.folder == str(folder))).first()
        return None if row is None else _meeting(row)

    def meeting(self, name: str) -> RegisteredMeeting:
        """The meeting with that operator's id or opaque id.

        Raises:
            UnknownRecording: there is none.
        """
        found = self.find_meeting(name)
        if found is None:
            raise UnknownRecording(
                f"Aucune rencontre « {name[:80]} » n'est enregistrée ; ajoutez son dossier avec « videotheque add », "
                "ou voyez la liste avec « videotheque status »."
            )
        return found

    def settle(self, recording_id: RecordingId, state: str | None) -> None:
        """Note that a recording was processed to the end in that state (None: it must be looked at again)."""
        with self.database.writing() as connection:
            connection.execute(
                update(_recordings).where(_recordings.c.recording_id == recording_id).values(settled=state)
            )

    def forget(self, recording_id: RecordingId) -> None:
        """Remove a meeting and its clips; its consents stay in the register."""
        with self.database.writing() as connection:
            _retire(connection, recording_id, keep=())
            connection.execute(delete(_recordings).where(_recordings.c.recording_id == recording_id))

    # --- clips ---

    def publish(
        self,
        clearance: Clearance,
        recording_id: RecordingId,
        clips: Sequence[Clip],
        render_key: str,
        embedding_key: str,
    ) -> None:
        """Make ``clips`` the published clips of a recording, deciding again in the same transaction.

        Raises:
            UnknownRecording: the meeting was removed meanwhile; nothing is published.
            ConsentDenied: an agreement ended since the clearance was made; nothing is published.
        """
        clearance.require(recording_id, *PUBLICATION)
        with self.database.writing() as connection:
            known = select(_recordings.c.recording_id).where(_recordings.c.recording_id == recording_id)
            if connection.execute(known).first() is None:
                raise UnknownRecording("La rencontre a été retirée pendant son traitement ; rien n'en est publié.")
            decision = self.register.decide_within(connection, [recording_id], PUBLICATION)[recording_id]
            if not decision.allowed:
                raise ConsentDenied(decision)
            wishes = self.wishes.within(connection, [recording_id])[recording_id]
            kept = [clip for clip in clips if not wishes.hides(clip.id, clip.span)]
            _retire(connection, recording_id, keep=[clip.id for clip in kept])
            for clip in kept:
                connection.execute(delete(_retired).where(_retired.c.clip_id == clip.id))
                values = {
                    "clip_id": clip.id,
                    "recording_id": recording_id,
                    "render_key": render_key,
                    "embedding_key": embedding_key,
                    "document": clip.model_dump_json(),
                }
                connection.execute(
                    upsert(_clips).values(values).on_conflict_do_update(index_elements=["clip_id"], set_=values)
                )

    def unpublish(self, recording_id: RecordingId) -> int:
        """Take every clip of a recording out; its addresses answer "gone" from now on."""
        with self.database.writing() as connection:
            return _retire(connection, recording_id, keep=())

    def unpublish_hidden(self, recording_id: RecordingId) -> tuple[ClipId, ...]:
        """Take out the clips that somebody refuses or wants a second of hidden; their ids."""
        with self.database.writing() as connection:
            wishes = self.wishes.within(connection, [recording_id])[recording_id]
            rows = connection.execute(select(_clips).where(_clips.c.recording_id == recording_id)).all()
            clips = [_published(row).clip for row in rows]
            keep = [clip.id for clip in clips if not wishes.hides(clip.id, clip.span)]
            _retire(connection, recording_id, keep)
            return tuple(clip.id for clip in clips if clip.id not in keep)

    def live(self, clip_ids: Sequence[ClipId]) -> dict[ClipId, PublishedClip]:
        """Those of ``clip_ids`` that may be shown at this instant: the gate of every answer.

        The clips, the consents and the wishes are read in one transaction; a clip whose recording is not allowed
        now, that somebody hides or has yet to approve, or that is not published, is simply not there.
        """
        with self.database.reading() as connection:
            rows = connection.execute(select(_clips).where(_clips.c.clip_id.in_(list(clip_ids)))).all()
            return self._allowed(connection, rows)

    def live_of(self, recording_id: RecordingId) -> dict[ClipId, PublishedClip]:
        """The clips of one recording that may be shown at this instant."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_clips).where(_clips.c.recording_id == recording_id)).all()
            return self._allowed(connection, rows)

    def showable(self, clip_ids: Sequence[ClipId]) -> dict[ClipId, datetime | None]:
        """Those of ``clip_ids`` that may be shown at this instant, and until when (None: no end is known).

        The gate without the clips' documents, but for those that somebody may hold back: what counts and filters need.
        """
        query = select(_clips.c.clip_id, _clips.c.recording_id).where(_clips.c.clip_id.in_(list(clip_ids)))
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
            return self._showable(connection, {ClipId(row.clip_id): RecordingId(row.recording_id) for row in rows})

    def made_of(self, recording_id: RecordingId) -> dict[ClipId, PublishedClip]:
        """The clips of one recording that its own persons may see now: approved yet or not, hidden by nobody.

        Never for visitors: ask :meth:`live_of`.
        """
        with self.database.reading() as connection:
            rows = connection.execute(select(_clips).where(_clips.c.recording_id == recording_id)).all()
            return self._allowed(connection, rows, Reviewers.NOBODY)

    def ids_of(self, recording_id: RecordingId) -> tuple[ClipId, ...]:
        """Ids of a recording's published clips, before the gate."""
        query = select(_clips.c.clip_id).where(_clips.c.recording_id == recording_id).order_by(_clips.c.clip_id)
        with self.database.reading() as connection:
            return tuple(ClipId(row.clip_id) for row in connection.execute(query))

    def span_of(self, recording_id: RecordingId, clip_id: ClipId) -> Span | None:
        """Where a published clip is in its recording; None where the recording has no such clip."""
        own = (_clips.c.clip_id == clip_id) & (_clips.c.recording_id == recording_id)
        with self.database.reading() as connection:
            row = connection.execute(select(_clips).where(own)).first()
        return None if row is None else _published(row).clip.span

    def has_clips(self, recording_id: RecordingId) -> bool:
        """Whether a recording has published clips, before the gate."""
        query = select(_clips.c.clip_id).where(_clips.c.recording_id == recording_id)
        with self.database.reading() as connection:
            return connection.execute(query).first() is not None

    def clip_ids(self, offset: int = 0, limit: int | None = None) -> tuple[ClipId, ...]:
        """Ids of published clips in a fixed order. Not a permission to show: ask :meth:`live`."""
        query = select(_clips.c.clip_id).order_by(_clips.c.clip_id).offset(offset)
        with self.database.reading() as connection:
            rows = connection.execute(query if limit is None else query.limit(limit))
            return tuple(ClipId(row.clip_id) for row in rows)

    def published_recordings(self) -> tuple[RecordingId, ...]:
        """Recordings that have published clips."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_clips.c.recording_id).distinct().order_by(_clips.c.recording_id))
            return tuple(RecordingId(row.recording_id) for row in rows)

    def was_published(self, clip_id: ClipId) -> bool:
        """Whether this id was ever that of a published clip (shown now or not)."""
        with self.database.reading() as connection:
            queries = (select(table.c.clip_id).where(table.c.clip_id == clip_id) for table in (_clips, _retired))
            return any(connection.execute(query).first() is not None for query in queries)

    def count_clips(self) -> int:
        """How many clips are published, before the gate."""
        with self.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(_clips)).scalar_one())

    def count_live(self) -> tuple[int, datetime | None]:
        """How many clips may be shown at this instant, and until when that holds if nothing is written."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_clips.c.clip_id, _clips.c.recording_id)).all()
            shown = self._showable(connection, {ClipId(row.clip_id): RecordingId(row.recording_id) for row in rows})
        return len(shown), min((until for until in shown.values() if until is not None), default=None)

    def _showable(self, connection: Connection, owners: Mapping[ClipId, RecordingId]) -> dict[ClipId, datetime | None]:
        ids = set(owners.values())
        decisions = self.register.decide_within(connection, ids, PUBLICATION)
        wishes = self.wishes.within(connection, ids)
        doubtful = {one for one in ids if decisions[one].allowed and wishes[one].may_hold_back(self.reviewers)}
        freed = self._freed(connection, {one: wishes[one] for one in doubtful}) if doubtful else frozenset()
        return {
            clip_id: decisions[owner].valid_until
            for clip_id, owner in owners.items()
            if decisions[owner].allowed and (owner not in doubtful or clip_id in freed)
        }

    def _freed(self, connection: Connection, wishes: Mapping[RecordingId, Wishes]) -> frozenset[ClipId]:
        """The clips of those recordings that nobody holds back.

        Their documents are read once: a recording whose clips, outputs and wishes are the same gets the same answer.
        Only ids are remembered.
        """
        query = select(_clips.c.recording_id, _clips.c.clip_id, _clips.c.render_key)
        held: dict[RecordingId, list[tuple[str, str]]] = {}
        for row in connection.execute(query.where(_clips.c.recording_id.in_(list(wishes)))):
            held.setdefault(RecordingId(row.recording_id), []).append((row.clip_id, row.render_key))
        states = {one: (wishes[one], frozenset(clips)) for one, clips in held.items()}
        known = {one: found for one in states if (found := self._free.get(one)) and found[0] == states[one]}
        unknown = [one for one in states if one not in known]
        if unknown:
            rows = connection.execute(select(_clips).where(_clips.c.recording_id.in_(unknown))).all()
            shown = _wished((_published(row) for row in rows), wishes, self.reviewers)
            if len(self._free) > _REMEMBERED_RECORDINGS:
                self._free.clear()
            for one in unknown:
                known[one] = states[one], frozenset(clip for clip in shown if shown[clip].clip.recording_id == one)
                self._free[one] = known[one]
        return frozenset(clip_id for _, clips in known.values() for clip_id in clips)

    def _allowed(
        self, connection: Connection, rows: Sequence[Row[Any]], reviewers: Reviewers | None = None
    ) -> dict[ClipId, PublishedClip]:
        published = [_published(row) for row in rows]
        ids = {one.clip.recording_id for one in published}
        decisions = self.register.decide_within(connection, ids, PUBLICATION)
        agreed = (one for one in published if decisions[one.clip.recording_id].allowed)
        return _wished(agreed, self.wishes.within(connection, ids), reviewers or self.reviewers)


def _wished(
    published: Iterable[PublishedClip], wishes: Mapping[RecordingId, Wishes], reviewers: Reviewers
) -> dict[ClipId, PublishedClip]:
    """Those that nobody holds back, with their corrected titles."""
    shown: dict[ClipId, PublishedClip] = {}
    for one in published:
        own = wishes[one.clip.recording_id]
        clip = one.clip.model_copy(update={"title": own.titles.get(one.clip.id, one.clip.title)})
        if own.allow(clip.id, clip.span, content_of(clip), reviewers):
            shown[clip.id] = one.model_copy(update={"clip": clip})
    return shown


def _retire(connection: Connection, recording_id: RecordingId, keep: Sequence[ClipId]) -> int:
    leaving = select(_clips.c.clip_id).where(
        (_clips.c.recording_id == recording_id) & _clips.c.clip_id.not_in(list(keep))
    )
    ids = [row.clip_id for row in connection.execute(leaving)]
    known = {row.clip_id for row in connection.execute(select(_retired).where(_retired.c.clip_id.in_(ids)))}
    for clip_id in ids:
        if clip_id not in known:
            connection.execute(insert(_retired).values(clip_id=clip_id))
    connection.execute(delete(_clips).where(_clips.c.clip_id.in_(ids)))
    return len(ids)


def _meeting(row: Row[Any]) -> RegisteredMeeting:
    return RegisteredMeeting(
        recording_id=RecordingId(row.recording_id),
        meeting_id=row.meeting_id,
        folder=Path(row.folder),
        registered_at=row.registered_at,
        settled=row.settled,
    )


def _published(row: Row[Any]) -> PublishedClip:
    return PublishedClip(
        clip=Clip.model_validate_json(row.document),
        render_key=row.render_key,
        embedding_key=row.embedding_key,
    )
