"""What the register holds of each recording: who is declared, what they said, and the decisions made of it.

Reads entries of the :mod:`consent.ledger` through the :mod:`consent.vault`, inside the caller's transaction. A
decision is kept in memory only for the very entries it was made from, whose hash is read again at each question,
and only until the clock could change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, func, select

from consent.ledger import entries
from consent.records import ConsentEvent, Decision, Party, PersonId, Place, Purpose, RecordingId
from consent.vault import Identity, Vault

PARTIES = "parties"
"""Source of the entries that say who is declared for a recording; the last one holds."""

PEOPLE = TypeAdapter(tuple[Party, ...])
"""What such an entry says."""

_MOST_REMEMBERED = 20_000
"""Recordings whose decisions are kept in memory: about four kilobytes each (measured), so eighty megabytes at most."""

_LAST_HASHES = select(entries.c.recording_id, entries.c.leaf).where(
    entries.c.seq.in_(
        select(func.max(entries.c.seq))
        .where(entries.c.recording_id.in_(bindparam("ids", expanding=True)))
        .group_by(entries.c.recording_id)
    )
)
"""Built once: every answer to a visitor asks it."""

Question = tuple[frozenset[Purpose], Place]
"""What was asked of one recording."""


class Held(NamedTuple):
    """What the register holds of one recording, and the place of its last entry."""

    parties: tuple[Party, ...] = ()
    events: tuple[ConsentEvent, ...] = ()
    seq: int = 0


def held_of(
    connection: Connection, vault: Vault, recording_ids: Iterable[RecordingId], source: str | None = None
) -> dict[RecordingId, Held]:
    """What is held of some recordings; of the events, only those of ``source`` where it is given."""
    ids = list(dict.fromkeys(recording_ids))
    people = vault.of(connection, ids)
    found: dict[RecordingId, tuple[list[Party], list[ConsentEvent], list[int]]] = {one: ([], [], []) for one in ids}
    query = select(entries).where(entries.c.recording_id.in_(ids)).order_by(entries.c.seq)
    for row in connection.execute(query):
        parties, events, places = found[RecordingId(row.recording_id)]
        places.append(row.seq)
        if row.source == PARTIES:
            parties[:] = [_named(party, people) for party in PEOPLE.validate_json(row.document)]
        elif source in (None, row.source):
            events.append(_said_by(row.document, row.seq, people))
    return {
        one: Held(ordered(parties), tuple(events), max(places, default=0))
        for one, (parties, events, places) in found.items()
    }


def last_hashes(connection: Connection, recording_ids: Iterable[RecordingId]) -> dict[RecordingId, str]:
    """The hash of each recording's last entry, which vouches for all those before it."""
    rows = connection.execute(_LAST_HASHES, {"ids": list(recording_ids)})
    return {RecordingId(recording_id): leaf for recording_id, leaf in rows}


def ordered(parties: Sequence[Party]) -> tuple[Party, ...]:
    """The same persons, in the order of their ids."""
    return tuple(sorted(parties, key=lambda party: party.id))


class Remembered:
    """Decisions, each for the entries it was made from and until the clock could change it."""

    def __init__(self) -> None:
        self._decisions: dict[RecordingId, tuple[str, dict[Question, Decision]]] = {}

    def recall(self, recording_id: RecordingId, leaf: str, question: Question, now: datetime) -> Decision | None:
        """The decision made from the entries of which ``leaf`` is the last, if it still stands at ``now``."""
        remembered = self._decisions.get(recording_id)
        known = remembered[1].get(question) if remembered is not None and remembered[0] == leaf else None
        if known is None or now < known.decided_at or (known.next_change is not None and known.next_change <= now):
            return None
        return known.model_copy(update={"decided_at": now})

    def keep(self, recording_id: RecordingId, leaf: str, question: Question, decision: Decision) -> None:
        """Keep a decision, and forget those made from other entries of the same recording."""
        if len(self._decisions) >= _MOST_REMEMBERED:
            self._decisions.clear()
        remembered = self._decisions.get(recording_id)
        if remembered is None or remembered[0] != leaf:
            remembered = (leaf, {})
            self._decisions[recording_id] = remembered
        remembered[1][question] = decision


def _named(party: Party, people: Mapping[PersonId, Identity]) -> Party:
    known = people.get(party.id)
    return party if known is None else party.model_copy(update={"id": known.person_id})


def _said_by(document: str, seq: int, people: Mapping[PersonId, Identity]) -> ConsentEvent:
    event = ConsentEvent.model_validate_json(document)
    known = people.get(event.person_id)
    person = event.person_id if known is None else known.person_id
    return event.model_copy(update={"person_id": person, "seq": seq})
