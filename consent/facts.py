"""Facts of a recording that are nobody's agreement, and must outlive a backup all the same: entries of the ledger.

A personal link was revoked; the operator removed the meeting, or took it up again; its source was released, or put
back. Takes them inside a write transaction of the register; gives the last of those that contradict one another. No
rule of consent reads them.
"""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import Connection, Row, select

from consent.heads import canonical
from consent.ledger import Ledger, entries
from consent.records import PersonId, RecordingId


class Fact(StrEnum):
    """What happened, as the source of its entry."""

    REVOKED = "links-revoked"
    REMOVED = "meeting-removed"
    ADDED = "meeting-added"
    RELEASED = "source-released"
    RETURNED = "source-returned"


FACTS = frozenset(fact.value for fact in Fact)
"""Sources of entries that are no events."""

_HOLDER = "holder"
"""Whose links: not « person_id », by which receipts find what a person said."""


def note(
    connection: Connection,
    ledger: Ledger,
    recording_id: RecordingId,
    fact: Fact,
    now: datetime,
    holder: PersonId | None = None,
) -> None:
    """Append a fact, true at ``now``; ``holder`` is the pseudonym of the person of whom it is."""
    ledger.append(connection, f"{fact.value}-{uuid4().hex}", recording_id, fact.value, document_of(now, holder), now)


def document_of(at: datetime, holder: PersonId | None = None) -> str:
    """What the entry of a fact says."""
    return canonical({"at": at.isoformat()} | ({} if holder is None else {_HOLDER: holder}))


def since(connection: Connection, recording_id: RecordingId, fact: Fact, ends: Fact) -> datetime | None:
    """Since when a fact is true that another one ends; None where it is not, or no longer."""
    both = entries.c.source.in_([fact.value, ends.value])
    own = select(entries).where((entries.c.recording_id == recording_id) & both)
    row = connection.execute(own.order_by(entries.c.seq.desc()).limit(1)).first()
    return None if row is None or row.source != fact else at_of(row.document)


def of(connection: Connection, recording_id: RecordingId, fact: Fact) -> list[Row[tuple[str]]]:
    """The documents of every fact of that kind, in order."""
    own = (entries.c.recording_id == recording_id) & (entries.c.source == fact.value)
    return list(connection.execute(select(entries.c.document).where(own).order_by(entries.c.seq)))


def at_of(document: str) -> datetime:
    """When a fact came true."""
    return datetime.fromisoformat(json.loads(document)["at"])


def holder_of(document: str) -> PersonId | None:
    """The pseudonym of the person of whom a fact is, if it is of anybody."""
    told = json.loads(document).get(_HOLDER)
    return None if told is None else PersonId(told)
