"""The append-only register of consents.

Events are added, never changed: a database trigger refuses updates and deletions. Every question is
answered from the events as they are at that instant; nothing is cached.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, delete, insert, select

from consent.clearance import Clearance
from consent.database import Database
from consent.records import (
    ConsentEvent,
    Decision,
    EventKind,
    Party,
    PersonId,
    Purpose,
    RecordingId,
)
from consent.rules import clear, decide

_metadata = MetaData()

_events = Table(
    "consent_events",
    _metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String, nullable=False, unique=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("source", String, nullable=False),
    Column("document", Text, nullable=False),
    sqlite_autoincrement=True,
)

_parties = Table(
    "consent_parties",
    _metadata,
    Column("recording_id", String, primary_key=True),
    Column("person_id", String, primary_key=True),
    Column("document", Text, nullable=False),
)

_APPEND_ONLY = tuple(
    f"CREATE TRIGGER IF NOT EXISTS consent_events_no_{verb} BEFORE {verb} ON consent_events "
    "BEGIN SELECT RAISE(ABORT, 'the consent register is append-only'); END"
    for verb in ("update", "delete")
)

Key = TypeVar("Key")

MEETING_FILE = "meeting-file"
"""Source of the events that a meeting's description brought."""

OPERATOR = "operator"
"""Source of the events that an operator entered."""


def now_utc() -> datetime:
    """The present instant; the default clock."""
    return datetime.now(UTC)


class Register:
    """Append events, and ask the rules about them.

    ``clock`` gives the present as an aware datetime; tests hand in another one.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime] = now_utc) -> None:
        self.database = database
        self.clock = clock
        database.create(_metadata, *_APPEND_ONLY)

    def declare(self, recording_id: RecordingId, parties: Sequence[Party], events: Iterable[ConsentEvent]) -> int:
        """Take over what a meeting's description says: its persons, and its consents.

        An event already known is not added again. A consent that an earlier description brought and this
        one no longer has is invalidated: silence is not agreement.

        Returns:
            How many events were added.
        """
        described = {event.event_id: event for event in events}
        with self.database.reading() as connection:  # night after night, most meetings have nothing new to say
            same = _read_parties(connection, [recording_id]).get(recording_id, ()) == _ordered(parties)
            if same and not self._changes(connection, recording_id, described):
                return 0
        with self.database.writing() as connection:
            connection.execute(delete(_parties).where(_parties.c.recording_id == recording_id))
            for party in parties:
                document = party.model_dump_json()
                connection.execute(
                    insert(_parties).values(recording_id=recording_id, person_id=party.id, document=document)
                )
            changes = self._changes(connection, recording_id, described)
            return sum(_append(connection, event, MEETING_FILE) for event in changes)

    def _changes(
        self, connection: Connection, recording_id: RecordingId, described: dict[str, ConsentEvent]
    ) -> list[ConsentEvent]:
        """The events that bring the register to what a description says."""
        known = _read_events(connection, [recording_id], source=MEETING_FILE)
        cancelled = {event.invalidates for event in known}
        in_place = {
            _statement(event.event_id): event
            for event in known
            if event.kind is not EventKind.INVALIDATED and event.event_id not in cancelled
        }
        changes = [  # in the order in which things were said, which their places in the register then tell
            self._invalidation(event)
            for statement, event in in_place.items()
            if event.kind is EventKind.GIVEN and statement not in described
        ]
        for statement, event in sorted(described.items(), key=lambda item: item[1].indicated_at):
            if statement not in in_place:
                times = sum(1 for other in known if _statement(other.event_id) == statement)
                again = event.model_copy(update={"event_id": f"{statement}.{times + 1}"})
                changes.append(again if times else event)
        return changes

    def append(self, event: ConsentEvent) -> int:
        """Add one event that an operator (or a person) brings; a known ``event_id`` is not added twice."""
        with self.database.writing() as connection:
            return _append(connection, event, OPERATOR)

    def withdraw(
        self, recording_id: RecordingId, person_id: PersonId, purposes: frozenset[Purpose] = frozenset()
    ) -> ConsentEvent:
        """Record a withdrawal (of everything by default); in force when this returns."""
        now = self.clock()
        identity = f"withdraw:{recording_id}:{person_id}:{sorted(purposes)}:{now.isoformat()}"
        event = ConsentEvent(
            event_id=hashlib.sha256(identity.encode()).hexdigest()[:32],
            recording_id=recording_id,
            person_id=person_id,
            kind=EventKind.WITHDRAWN,
            purposes=purposes,
            indicated_at=now,
            recorded_at=now,
            channel="operator",
        )
        self.append(event)
        return event

    def parties(self, recording_id: RecordingId) -> tuple[Party, ...]:
        """The persons declared for a recording."""
        with self.database.reading() as connection:
            return _read_parties(connection, [recording_id]).get(recording_id, ())

    def history(self, recording_id: RecordingId) -> list[ConsentEvent]:
        """Every event of a recording, in the order of the register."""
        with self.database.reading() as connection:
            return _read_events(connection, [recording_id])

    def decide(self, recording_id: RecordingId, purposes: Iterable[Purpose]) -> Decision:
        """What the rules say now."""
        return self.decide_many([recording_id], purposes)[recording_id]

    def decide_many(
        self, recording_ids: Iterable[RecordingId], purposes: Iterable[Purpose]
    ) -> dict[RecordingId, Decision]:
        """What the rules say now for several recordings, read in one transaction."""
        with self.database.reading() as connection:
            return self.decide_within(connection, recording_ids, purposes)

    def decide_each(self, recording_id: RecordingId, questions: Mapping[Key, Iterable[Purpose]]) -> dict[Key, Decision]:
        """What the rules say now to several questions about one recording, on one reading of the register."""
        with self.database.reading() as connection:
            parties = _read_parties(connection, [recording_id]).get(recording_id, ())
            events = _read_events(connection, [recording_id])
        now = self.clock()
        return {key: decide(recording_id, parties, events, purposes, now) for key, purposes in questions.items()}

    def decide_within(
        self, connection: Connection, recording_ids: Iterable[RecordingId], purposes: Iterable[Purpose]
    ) -> dict[RecordingId, Decision]:
        """The same inside the caller's transaction: what it then writes rests on this very decision."""
        ids = list(dict.fromkeys(recording_ids))
        asked = frozenset(purposes)
        parties = _read_parties(connection, ids)
        events: dict[RecordingId, list[ConsentEvent]] = {}
        for event in _read_events(connection, ids):
            events.setdefault(event.recording_id, []).append(event)
        now = self.clock()
        return {
            recording_id: decide(recording_id, parties.get(recording_id, ()), events.get(recording_id, ()), asked, now)
            for recording_id in ids
        }

    def clear(self, recording_id: RecordingId, *purposes: Purpose) -> Clearance:
        """Make a clearance from the events as they are now.

        Raises:
            ConsentDenied: somebody's agreement is missing, refused, withdrawn or expired.
            RegisterUnavailable: the register cannot be read.
        """
        with self.database.reading() as connection:
            parties = _read_parties(connection, [recording_id]).get(recording_id, ())
            events = _read_events(connection, [recording_id])
        return clear(recording_id, parties, events, purposes, self.clock())

    def _invalidation(self, event: ConsentEvent) -> ConsentEvent:
        now = self.clock()
        return ConsentEvent(
            event_id=hashlib.sha256(f"invalidate:{event.event_id}:{now.isoformat()}".encode()).hexdigest()[:32],
            recording_id=event.recording_id,
            person_id=event.person_id,
            kind=EventKind.INVALIDATED,
            indicated_at=now,
            recorded_at=now,
            channel="meeting file",
            invalidates=event.event_id,
        )


def _ordered(parties: Sequence[Party]) -> tuple[Party, ...]:
    return tuple(sorted(parties, key=lambda party: party.id))


def _statement(event_id: str) -> str:
    """The id that a description gives to what was said; the register numbers its repetitions from ``.2`` on."""
    return event_id.partition(".")[0]


def _append(connection: Connection, event: ConsentEvent, source: str) -> int:
    known = select(_events.c.seq).where(_events.c.event_id == event.event_id)
    if connection.execute(known).first() is not None:
        return 0
    connection.execute(
        insert(_events).values(
            event_id=event.event_id,
            recording_id=event.recording_id,
            source=source,
            document=event.model_dump_json(),
        )
    )
    return 1


def _read_events(
    connection: Connection, recording_ids: Sequence[RecordingId], source: str | None = None
) -> list[ConsentEvent]:
    query = (
        select(_events.c.seq, _events.c.document)
        .where(_events.c.recording_id.in_(recording_ids))
        .order_by(_events.c.seq)
    )
    if source is not None:
        query = query.where(_events.c.source == source)
    return [
        ConsentEvent.model_validate_json(row.document).model_copy(update={"seq": row.seq})
        for row in connection.execute(query)
    ]


def _read_parties(connection: Connection, recording_ids: Sequence[RecordingId]) -> dict[RecordingId, tuple[Party, ...]]:
    query = (
        select(_parties.c.recording_id, _parties.c.document)
        .where(_parties.c.recording_id.in_(recording_ids))
        .order_by(_parties.c.person_id)
    )
    found: dict[RecordingId, tuple[Party, ...]] = {}
    for row in connection.execute(query):
        recording_id = RecordingId(row.recording_id)
        found[recording_id] = (*found.get(recording_id, ()), Party.model_validate_json(row.document))
    return found
