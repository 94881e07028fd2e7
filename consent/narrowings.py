"""Narrowings: what entries of the ledger take back, in whatever way it entered, for what must outlive a backup.

A "no", a term, a correction of the description, a revoked link are entries, and are said again word for word, under
their pseudonyms. Who is there, how old they are and what they gave up are declarations: of those only the hash is
told, so that a register with an older one can be told to allow nothing until the description was read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, func, select

from consent.database import parts
from consent.facts import FACTS, holder_of
from consent.holdings import NOBODY, PARTIES, UNREAD
from consent.ledger import Ledger, NewEntry, entries
from consent.records import EventKind, Frozen, PersonId, RecordingId

_DECLARATIONS = (PARTIES, UNREAD)

_ALLOWING = frozenset({EventKind.REQUESTED, EventKind.GIVEN, EventKind.RENEWED})
"""Kinds of events that allow something. Every other one can only narrow, and must outlive a backup."""


class Told(Frozen):
    """An entry of the ledger as it can be said again: its own id, its recording, its source, its document."""

    event_id: str
    recording_id: RecordingId
    source: str
    document: str

    @property
    def person(self) -> PersonId | None:
        """The pseudonym of whom it speaks, if it speaks of anybody."""
        if self.source in FACTS:
            return holder_of(self.document)
        return PersonId(json.loads(self.document)["person_id"])


class Narrowings(NamedTuple):
    """What entries took back: those that allow nothing, and the recordings that were declared anew.

    Of the latter, the hash of the last declaration: whoever has another one has an older description of who is there,
    how old they are, and what they gave up.
    """

    told: tuple[Told, ...]
    declared: dict[RecordingId, str]


def narrowings(connection: Connection, since: int, until: int) -> Narrowings:
    """What the entries after a place in the ledger, up to another, took back, in order."""
    query = select(entries).where(entries.c.seq.between(since + 1, until)).order_by(entries.c.seq)
    rows = connection.execute(query).all()
    return Narrowings(
        told=tuple(
            Told(event_id=row.event_id, recording_id=row.recording_id, source=row.source, document=row.document)
            for row in rows
            if row.source in FACTS or (row.source not in _DECLARATIONS and not _allows(row.document))
        ),
        declared=_declared_anew(connection, [one for one in rows if one.source in _DECLARATIONS]),
    )


def say_again(connection: Connection, ledger: Ledger, told: Iterable[Told], now: datetime) -> int:
    """Append, word for word, what a register does not know yet; how much that was."""
    said = 0
    for part in parts(told):
        new = [NewEntry(one.event_id, one.recording_id, one.source, one.document) for one in part]
        said += sum(place > 0 for place in ledger.append_all(connection, new, now))
    return said


def _allows(document: str) -> bool:
    return EventKind(json.loads(document)["kind"]) in _ALLOWING


def _declared_anew(connection: Connection, rows: Sequence[Row[Any]]) -> dict[RecordingId, str]:
    """Of these declarations, the hash of each recording's last one, where it takes the place of another or of all."""
    first: dict[str, int] = {}
    for part in parts({row.recording_id for row in rows}):
        earliest = select(entries.c.recording_id, func.min(entries.c.seq).label("seq")).group_by(entries.c.recording_id)
        own = entries.c.recording_id.in_(part) & entries.c.source.in_(_DECLARATIONS)
        first |= {row.recording_id: row.seq for row in connection.execute(earliest.where(own))}
    return {
        RecordingId(row.recording_id): row.leaf
        for row in rows
        if row.seq != first[row.recording_id] or row.document == NOBODY
    }


def last_declarations(connection: Connection, recording_ids: Iterable[RecordingId]) -> dict[RecordingId, str]:
    """The hash of each recording's last declaration, empty where that one says that it is to be read again."""
    found: dict[RecordingId, str] = {}
    for part in parts(recording_ids):
        own = entries.c.recording_id.in_(part) & entries.c.source.in_(_DECLARATIONS)
        for row in connection.execute(select(entries).where(own).order_by(entries.c.seq)):
            found[RecordingId(row.recording_id)] = "" if row.source == UNREAD else row.leaf
    return found


def mark_unread(
    connection: Connection, ledger: Ledger, declared: Mapping[RecordingId, str], now: datetime
) -> tuple[RecordingId, ...]:
    """Allow nothing of the recordings whose last declaration is not that one, until it was read again.

    Of a recording that is unknown here too: another copy put in place later may know it, as it was before.

    Returns:
        Those of which that is new.
    """
    known = last_declarations(connection, declared)
    found = tuple(one for one, leaf in declared.items() if known.get(one) not in (leaf, ""))
    for one in found:
        ledger.append(connection, f"{UNREAD}-{uuid4().hex}", one, UNREAD, NOBODY, now)
    return found
