"""What the library's own tables owe to facts that are said again to a database put back from an older copy.

Takes the register, whose ledger was just told; has the erasure of every meeting that the operator removed asked for
again, its clips out at once, and notes which sources are no longer there.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from consent import facts
from consent.changes import metadata as changes_metadata
from consent.facts import Fact
from consent.records import RecordingId
from consent.register import Register
from pipeline.clips import metadata, retire
from pipeline.erasure import Cause, ErasureBook
from pipeline.registrations import Registrations


class Restating:
    """The tables that facts have a say in; made outside of any transaction."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._registrations = Registrations(register.database)
        self._erasures = ErasureBook(register.database, register.clock)
        register.database.create(metadata)
        register.database.create(changes_metadata)  # a copy of before it has none, and taking clips out notes a change

    def apply_within(self, connection: Connection, recording_ids: Iterable[RecordingId]) -> None:
        """Do what the facts of these recordings ask for, where they are registered."""
        for one in recording_ids:
            if not self._registrations.knows_within(connection, one):
                continue
            if facts.since(connection, one, Fact.REMOVED, Fact.ADDED) is not None:
                self._erasures.request_within(connection, one, Cause.REMOVAL)
                retire(connection, one, keep=())
            released = facts.since(connection, one, Fact.RELEASED, Fact.RETURNED)
            if released is not None or facts.of(connection, one, Fact.RETURNED):
                self._registrations.note_source_gone_within(connection, one, released)

    def state_within(self, connection: Connection) -> None:
        """Put in the ledger what a version before kept in these tables alone: sources released, meetings removed."""
        ledger, now = self._register.ledger, self._register.clock()
        for one, at in self._registrations.sources_gone_within(connection).items():
            if facts.since(connection, one, Fact.RELEASED, Fact.RETURNED) is None:
                facts.note(connection, ledger, one, Fact.RELEASED, at)
        for one in self._erasures.removed_within(connection):
            known = self._registrations.knows_within(connection, one)
            if not known and facts.since(connection, one, Fact.REMOVED, Fact.ADDED) is None:
                facts.note(connection, ledger, one, Fact.REMOVED, now)
