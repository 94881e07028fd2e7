"""Narrowings: what entries of the ledger take back, in whatever way it entered, for what must outlive a backup.

A "no", a term, a correction of the description are events, and are said again as they are. Who is there, how old they
are and what they gave up are declarations: of those only the hash is told, so that a register with an older one can be
told to allow nothing until the description was read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, func, select

from consent.database import parts
from consent.holdings import NOBODY, PARTIES, UNREAD, said_by
from consent.ledger import Ledger, entries
from consent.records import ConsentEvent, EventKind, RecordingId
from consent.vault import Vault

_DECLARATIONS = (PARTIES, UNREAD)

_ALLOWING = frozenset({EventKind.REQUESTED, EventKind.GIVEN, EventKind.RENEWED})
"""Kinds of events that allow something. Every other one can only narrow, and must outlive a backup."""


class Narrowings(NamedTuple):
    """What entries took back: events that allow nothing, and the recordings that were declared anew.

    Of those, the hash of the last declaration: whoever has another one has an older description of who is there, how
    old they are, and what they gave up.
    """

    events: tuple[ConsentEvent, ...]
    declared: dict[RecordingId, str]


def narrowings(
    connection: Connection, vault: Vault, since: int, until: int, recording_id: RecordingId | None = None
) -> Narrowings:
    """What the entries after a place in the ledger, up to another, took back, in order; of one recording, or of all."""
    query = select(entries).where(entries.c.seq.between(since + 1, until)).order_by(entries.c.seq)
    if recording_id is not None:
        query = query.where(entries.c.recording_id == recording_id)
    rows = connection.execute(query).all()
    said = [one for one in rows if one.source not in _DECLARATIONS and not _allows(one.document)]
    people = vault.of(connection, {RecordingId(row.recording_id) for row in said})
    return Narrowings(
        events=tuple(said_by(row.document, row.seq, people) for row in said),
        declared=_declared_anew(connection, [one for one in rows if one.source in _DECLARATIONS]),
    )


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
