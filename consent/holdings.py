"""What the register holds of each recording: who is declared, what they said, and the decisions made of it.

Reads entries of the :mod:`consent.ledger` through the :mod:`consent.vault`, inside the caller's transaction. A
decision is kept in memory only for the very entries it was made from, whose hash is read again at each question,
and only until the clock could change it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, func, select

from consent.database import parts
from consent.facts import FACTS
from consent.ledger import entries
from consent.records import ConsentEvent, Decision, Party, PersonId, Place, Purpose, RecordingId
from consent.vault import Sealed, Vault

PARTIES = "parties"
"""Source of the entries that say who is declared for a recording; the last one holds."""

PEOPLE = TypeAdapter(tuple[Party, ...])
"""What such an entry says."""

UNREAD = "unread"
"""Source of the entries that say that a recording's description must be read again before anything is allowed: the
database was put back from an older copy, in which the description was another one. The next declaration lifts it."""

NOBODY = "[]"
"""The document of an entry that declares nobody, or nothing."""

_MOST_REMEMBERED = 20_000
"""Recordings whose decisions are kept in memory: about four kilobytes each (measured), so eighty megabytes at most."""

_MOST_QUESTIONS = 200_000
"""Questions that have a token; each clip of a recording of which a part was taken back is one."""

HEAD = select(entries.c.leaf).order_by(entries.c.seq.desc()).limit(1)
"""The hash of the ledger's last entry; a query of another table may ask it in passing."""

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
    unread: bool = False

    @property
    def asked(self) -> tuple[Party, ...]:
        """Whose agreement the rules look at: nobody's, so that nothing is allowed, while the description is unread."""
        return () if self.unread else self.parties


def held_of(
    connection: Connection, vault: Vault, recording_ids: Iterable[RecordingId], source: str | None = None
) -> dict[RecordingId, Held]:
    """What is held of some recordings; of the events, only those of ``source`` where it is given."""
    ids = list(dict.fromkeys(recording_ids))
    people = vault.of(connection, ids)
    found: dict[RecordingId, tuple[list[Party], list[ConsentEvent], list[int]]] = {one: ([], [], []) for one in ids}
    unread: dict[RecordingId, bool] = {}
    # A recording's entries are all in one part, in their order.
    queries = (select(entries).where(entries.c.recording_id.in_(part)).order_by(entries.c.seq) for part in parts(ids))
    for row in chain.from_iterable(connection.execute(query) for query in queries):
        parties, events, places = found[RecordingId(row.recording_id)]
        places.append(row.seq)
        if row.source == PARTIES:
            parties[:] = [_named(party, people) for party in PEOPLE.validate_json(row.document)]
            unread[RecordingId(row.recording_id)] = False
        elif row.source == UNREAD:
            unread[RecordingId(row.recording_id)] = True
        elif row.source not in FACTS and source in (None, row.source):
            events.append(said_by(row.document, row.seq, people))
    return {
        one: Held(ordered(parties), tuple(events), max(places, default=0), unread.get(one, False))
        for one, (parties, events, places) in found.items()
    }


def last_hashes(connection: Connection, recording_ids: Iterable[RecordingId]) -> dict[RecordingId, str]:
    """The hash of each recording's last entry, which vouches for all those before it."""
    rows = chain.from_iterable(connection.execute(_LAST_HASHES, {"ids": part}) for part in parts(recording_ids))
    return {RecordingId(recording_id): leaf for recording_id, leaf in rows}


def recordings_since(connection: Connection, seq: int, leaf: str) -> set[RecordingId] | None:
    """The recordings of the entries after that place; None where another hash than ``leaf`` is there."""
    if connection.execute(select(entries.c.leaf).where(entries.c.seq == seq)).scalar() != leaf:
        return None
    later = select(entries.c.recording_id).where(entries.c.seq > seq).distinct()
    return set(map(RecordingId, connection.execute(later).scalars()))


def ordered(parties: Sequence[Party]) -> tuple[Party, ...]:
    """The same persons, in the order of their ids."""
    return tuple(sorted(parties, key=lambda party: party.id))


class Known:
    """What is remembered of one recording: its last entry's hash, the ledger's head it was seen under, decisions."""

    __slots__ = ("decisions", "head", "leaf")

    def __init__(self, leaf: str, head: str) -> None:
        self.leaf = leaf
        self.head = head
        self.decisions: dict[object, Decision] = {}

    def recall(self, token: object, now: datetime) -> Decision | None:
        """The decision on a question (:meth:`Remembered.token`), if it still stands at ``now``."""
        known = self.decisions.get(token)
        if known is None or now < known.decided_at or (known.next_change is not None and known.next_change <= now):
            return None
        return known


class Remembered:
    """Decisions, each for the entries it was made from and until the clock could change it.

    The hash of a recording's last entry vouches for all of its entries, and the hash of the ledger's last entry for
    everything: under the head that was seen before, no recording is looked at again. Both are read in the transaction
    of the question, so that what another process wrote is never overlooked. Several threads may ask at once: each
    writes into what it was given at its own look, which another one's later look replaces and never rewrites.
    """

    def __init__(self) -> None:
        self._recordings: dict[RecordingId, Known] = {}
        self._tokens: dict[Question, object] = {}

    def look(
        self, connection: Connection, recording_ids: Collection[RecordingId], head: str | None = None
    ) -> dict[RecordingId, Known]:
        """What is remembered of some recordings that is true of the entries there now.

        ``head`` is :data:`HEAD` as this very transaction sees it, where it was asked already.
        """
        if head is None:
            head = connection.execute(HEAD).scalar() or ""
        found = {one: held for one in recording_ids if (held := self._recordings.get(one)) and held.head == head}
        doubtful = [one for one in recording_ids if one not in found]
        if not doubtful:
            return found
        if len(self._recordings) > _MOST_REMEMBERED:
            self._recordings = {}
        hashes = last_hashes(connection, doubtful)
        for one in doubtful:
            leaf, held = hashes.get(one, ""), self._recordings.get(one)
            if held is None or held.leaf != leaf:
                held = self._recordings[one] = Known(leaf, head)
            held.head = head
            found[one] = held
        return found

    def token(self, question: Question) -> object:
        """One object for equal questions: records are costly to compare, and a page asks one of fifty recordings."""
        if len(self._tokens) > _MOST_QUESTIONS:
            self._tokens, self._recordings = {}, {}  # decisions are found by their tokens
        return self._tokens.setdefault(question, object())


def _named(party: Party, people: Mapping[PersonId, Sealed]) -> Party:
    known = people.get(party.id)
    if known is None:
        return party
    # The ledger of a version before has the day itself.
    day = known.comes_of_age_on or party.comes_of_age_on
    return party.model_copy(update={"id": known.person_id, "comes_of_age_on": day})


def said_by(document: str, seq: int, people: Mapping[PersonId, Sealed]) -> ConsentEvent:
    """The event of an entry, its person under the operator's id where that is known."""
    event = ConsentEvent.model_validate_json(document)
    known = people.get(event.person_id)
    person = event.person_id if known is None else known.person_id
    return event.model_copy(update={"person_id": person, "seq": seq})
