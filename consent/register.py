"""The append-only register of consents.

Who is declared and what they said are entries of the :mod:`consent.ledger`, under pseudonyms that the
:mod:`consent.vault` alone can resolve. Every question is answered from the entries as they are at that instant
(:mod:`consent.holdings`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import Connection, func, select

from consent.clearance import Clearance
from consent.database import Database
from consent.description import changes
from consent.errors import ConsentError, ProofInvalid, RegisterUnavailable
from consent.holdings import PARTIES, PEOPLE, Held, Remembered, held_of, ordered
from consent.ledger import HEAD_FILE, Ledger, entries
from consent.migration import set_former_aside, take_former_over
from consent.narrowings import narrowings
from consent.policy import Policy, strict
from consent.purposes import SHOWING
from consent.records import (
    WHOLE,
    ConsentEvent,
    Decision,
    EventKind,
    Party,
    PersonId,
    Place,
    Purpose,
    RecordingId,
    Scope,
)
from consent.rules import clear, decide
from consent.vault import Identity, Vault

Key = TypeVar("Key")

_log = logging.getLogger(__name__)

MEETING_FILE = "meeting-file"
"""Source of the events that a meeting's description brought."""

OPERATOR = "operator"
"""Source of the events that an operator entered."""


def now_utc() -> datetime:
    """The present instant; the default clock."""
    return datetime.now(UTC)


class Register:
    """Append events, and ask the rules about them.

    ``clock`` gives the present as an aware datetime; tests hand in another one. ``keys`` is the folder of the keys
    (by default ``keys`` in the home), ``policy`` the strict one by default. ``of_before``: it never signed a head.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = now_utc,
        keys: Path | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.policy = policy or strict()
        self.keys = keys or database.home / "keys"
        self.of_before = (former := set_former_aside(database)) and not (self.keys / HEAD_FILE).exists()
        self.ledger = Ledger(database, self.keys)
        self.vault = Vault(database, self.keys)
        self._remembered = Remembered()
        self.when_narrowed: Callable[[], object] = lambda: None  # after all that takes anything back, however it came
        self._owed = False  # something was taken back that could not be kept outside yet
        if former:
            with self.writing() as connection:
                take_former_over(connection, self._declare, self._append)

    @contextmanager
    def writing(self, *, keeping: bool = True) -> Iterator[Connection]:
        """A write transaction; once it is committed, the ledger's head, and what was taken back, are kept outside."""
        with self.database.writing() as connection:
            before = connection.execute(select(func.max(entries.c.seq))).scalar_one() or 0
            yield connection
            after = connection.execute(select(func.max(entries.c.seq))).scalar_one() or 0
            narrower = after != before and any(narrowings(connection, before, after))
        if after != before:
            try:
                self.ledger.anchor()
            except (RegisterUnavailable, ProofInvalid) as error:
                # What was said is committed and in force; the next write tries again, and verification tells.
                _log.warning("%s", error)
        if (narrower or self._owed) and keeping:
            self._owed = True
            try:
                self.when_narrowed()
            except (ConsentError, OSError) as error:  # as above: it is in force, and its erasure must begin
                _log.warning("%s", error)
            else:
                self._owed = False

    def declare(self, recording_id: RecordingId, parties: Sequence[Party], events: Iterable[ConsentEvent]) -> int:
        """Take over what a meeting's description says: its persons, and its consents; how many events were added.

        An event already known is not added again. A consent that an earlier description brought and this
        one no longer has is invalidated: silence is not agreement.
        """
        described = {event.event_id: event for event in events}
        with self.database.reading() as connection:  # night after night, most meetings have nothing new to say
            same = held_of(connection, self.vault, [recording_id])[recording_id].asked == ordered(parties)
            if same and not changes(self._from_file(connection, recording_id), described, self.clock()):
                return 0
        with self.writing() as connection:
            if held_of(connection, self.vault, [recording_id])[recording_id].asked != ordered(parties):
                self._declare(connection, recording_id, ordered(parties))
            new = changes(self._from_file(connection, recording_id), described, self.clock())
            return sum(self._append(connection, event, MEETING_FILE) > 0 for event in new)

    def append(self, event: ConsentEvent) -> int:
        """Add one event that an operator (or a person) brings; a known ``event_id`` is not added twice."""
        with self.writing() as connection:
            return self.append_within(connection, event)

    def append_within(self, connection: Connection, event: ConsentEvent) -> int:
        """The same inside a transaction of :meth:`writing`; 1 where it was added, 0 where it was known."""
        # What was invalidated is a description's: read again, it must know that a yes is to be said anew.
        source = MEETING_FILE if event.kind is EventKind.INVALIDATED else OPERATOR
        return int(self._append(connection, event, source) > 0)

    def withdraw(
        self,
        recording_id: RecordingId,
        person_id: PersonId,
        purposes: frozenset[Purpose] = frozenset(),
        scope: Scope | None = None,
        channel: str = "operator",
    ) -> ConsentEvent:
        """Record a withdrawal, in force when this returns: of everything, everywhere, by default.

        Of a clip or a passage and no purpose named: of showing it, in any form.
        """
        with self.writing() as connection:
            return self.withdraw_within(connection, recording_id, person_id, purposes, scope, channel)

    def withdraw_within(
        self,
        connection: Connection,
        recording_id: RecordingId,
        person_id: PersonId,
        purposes: frozenset[Purpose] = frozenset(),
        scope: Scope | None = None,
        channel: str = "operator",
    ) -> ConsentEvent:
        """The same inside a transaction of :meth:`writing`, with whatever must happen at that very instant."""
        now, scope = self.clock(), scope or Scope()
        event = ConsentEvent(
            event_id=uuid4().hex,
            recording_id=recording_id,
            person_id=person_id,
            kind=EventKind.WITHDRAWN,
            purposes=purposes if purposes or scope.is_whole else SHOWING,
            scope=scope,
            indicated_at=now,
            recorded_at=now,
            channel=channel,
        )
        self._append(connection, event, OPERATOR)
        return event

    def identify(self, recording_id: RecordingId, identity: Identity) -> None:
        """Keep the name and contacts of a person, encrypted with their own key."""
        with self.database.writing() as connection:
            self.vault.keep(connection, recording_id, identity)

    def forget_people(self, recording_id: RecordingId) -> int:
        """Destroy the keys of a recording's persons (how many): its entries stay, and no longer speak of anybody.

        From then on nothing of that recording is allowed, whatever its description says later.
        """
        with self.writing() as connection:
            identities = self.vault.of(connection, [recording_id])
            if held_of(connection, self.vault, [recording_id])[recording_id].parties:
                self._declare(connection, recording_id, ())
            return self.vault.shred(connection, identities)

    def held(self, recording_id: RecordingId) -> Held:
        """All that is held of a recording, as it was at one instant."""
        with self.database.reading() as connection:
            return held_of(connection, self.vault, [recording_id])[recording_id]

    def parties(self, recording_id: RecordingId) -> tuple[Party, ...]:
        """The persons declared for a recording."""
        return self.held(recording_id).parties

    def history(self, recording_id: RecordingId) -> list[ConsentEvent]:
        """Every event of a recording, in the order of the register."""
        return list(self.held(recording_id).events)

    def unread_within(self, connection: Connection, recording_id: RecordingId) -> bool:
        """Whether nothing of a recording is allowed until its description was read again."""
        return held_of(connection, self.vault, [recording_id])[recording_id].unread

    def decide(self, recording_id: RecordingId, purposes: Iterable[Purpose], place: Place = WHOLE) -> Decision:
        """What the rules say now."""
        return self.decide_many([recording_id], purposes, place)[recording_id]

    def decide_many(
        self, recording_ids: Iterable[RecordingId], purposes: Iterable[Purpose], place: Place = WHOLE
    ) -> dict[RecordingId, Decision]:
        """What the rules say now for several recordings, read in one transaction."""
        with self.database.reading() as connection:
            return self.decide_within(connection, recording_ids, purposes, place)

    def decide_each(
        self, recording_id: RecordingId, questions: Mapping[Key, Iterable[Purpose]], place: Place = WHOLE
    ) -> dict[Key, Decision]:
        """What the rules say now to several questions about one recording, on one reading of the register."""
        with self.database.reading() as connection:
            return {
                key: self.decide_within(connection, [recording_id], purposes, place)[recording_id]
                for key, purposes in questions.items()
            }

    def decide_within(
        self,
        connection: Connection,
        recording_ids: Iterable[RecordingId],
        purposes: Iterable[Purpose],
        place: Place = WHOLE,
        head: str | None = None,
    ) -> dict[RecordingId, Decision]:
        """The same inside the caller's transaction: what it then writes rests on this very decision."""
        return self.decide_places(connection, {one: (one, place) for one in recording_ids}, purposes, head)

    def decide_places(
        self,
        connection: Connection,
        places: Mapping[Key, tuple[RecordingId, Place]],
        purposes: Iterable[Purpose],
        head: str | None = None,
    ) -> dict[Key, Decision]:
        """What the rules say now of several places (the clips of a page, say), inside the caller's transaction.

        ``head`` is :data:`consent.holdings.HEAD` as that transaction sees it, where it was asked already.
        """
        asked, now = frozenset(purposes), self.clock()
        known = self._remembered.look(connection, {recording_id for recording_id, _ in places.values()}, head)
        tokens: dict[int, object] = {}  # by identity: most questions of a page are the same object
        for _, place in places.values():
            if id(place) not in tokens:
                tokens[id(place)] = self._remembered.token((asked, place))
        found: dict[Key, Decision] = {}
        unknown: dict[Key, tuple[RecordingId, Place]] = {}
        for key, (recording_id, place) in places.items():
            decision = known[recording_id].recall(tokens[id(place)], now)
            if decision is None:
                unknown[key] = recording_id, place
            else:
                found[key] = decision
        held = held_of(connection, self.vault, {one for one, _ in unknown.values()}) if unknown else {}
        for key, (recording_id, place) in unknown.items():
            own = held[recording_id]
            decision = decide(recording_id, own.asked, own.events, asked, now, place, self.policy, own.seq)
            known[recording_id].decisions[tokens[id(place)]] = found[key] = decision
        return found

    def clear(self, recording_id: RecordingId, *purposes: Purpose, place: Place = WHOLE) -> Clearance:
        """Make a clearance from the events as they are now.

        Raises:
            ConsentDenied: somebody's agreement is missing, refused, withdrawn or expired.
            RegisterUnavailable: the register cannot be read.
        """
        own = self.held(recording_id)
        return clear(recording_id, own.asked, own.events, purposes, self.clock(), place, self.policy, own.seq)

    def _from_file(self, connection: Connection, recording_id: RecordingId) -> Sequence[ConsentEvent]:
        return held_of(connection, self.vault, [recording_id], MEETING_FILE)[recording_id].events

    def _declare(self, connection: Connection, recording_id: RecordingId, parties: Sequence[Party]) -> None:
        hidden = tuple(self.vault.hide(connection, recording_id, party) for party in parties)
        document = PEOPLE.dump_json(hidden, exclude_none=True).decode()
        self.ledger.append(connection, f"parties-{uuid4().hex}", recording_id, PARTIES, document, self.clock())

    def _append(self, connection: Connection, event: ConsentEvent, source: str) -> int:
        pseudonym = self.vault.pseudonym(connection, event.recording_id, event.person_id)
        document = event.model_copy(update={"person_id": pseudonym}).model_dump_json(
            exclude={"seq"}, exclude_defaults=True
        )
        return self.ledger.append(connection, event.event_id, event.recording_id, source, document, self.clock())
