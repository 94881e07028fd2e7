"""Personal links that no longer speak for anybody: lost, stolen, or replaced by another.

A revocation is a fact in the ledger (:mod:`consent.facts`): of whom, and until when links given out are dead; so that
it is proven, and outlives a backup, as a withdrawal does. Persons are under their pseudonyms. A link of before links
were dated is dead with the first revocation.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from consent import facts
from consent.facts import Fact
from consent.ledger import NewEntry
from consent.links import PersonalLink
from consent.records import PersonId, RecordingId
from consent.register import Register

_former = Table(
    "consent_links_revoked",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("person_id", String, nullable=False),
    Column("until", String, nullable=False),
)
"""Where a version before kept them, out of the ledger."""


class Revocations:
    """The revoked links of one library."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def revoke(self, recording_id: RecordingId, person_id: PersonId) -> datetime:
        """Kill every link given to a person so far, from the very next request on; until when they were given."""
        register = self._register
        with register.writing() as connection:
            now = register.clock()
            hidden = register.vault.pseudonym(connection, recording_id, person_id)
            facts.note(connection, register.ledger, recording_id, Fact.REVOKED, now, hidden)
        return now

    def kills(self, link: PersonalLink) -> bool:
        """Whether a link was revoked."""
        with self._register.database.reading() as connection:
            rows = facts.of(connection, link.recording_id, Fact.REVOKED)
            if not rows:
                return False
            people = self._register.vault.of(connection, [link.recording_id])
        untils = [
            facts.at_of(row.document)
            for row in rows
            if (holder := facts.holder_of(row.document)) in people and people[holder].person_id == link.person_id
        ]
        return bool(untils) and (link.issued_at is None or link.issued_at <= max(untils))


def expect_former(connection: Connection) -> None:
    """Make room for the revocations of a version before, which a backup may hold; in a write transaction."""
    _former.create(connection, checkfirst=True)


def take_former_over(register: Register) -> None:
    """Make facts of the revocations of a version before, and remove their table."""
    with register.database.reading() as connection:
        if not inspect(connection).has_table(_former.name):
            return
    with register.writing() as connection:
        take_former_over_within(register, connection)


def take_former_over_within(register: Register, connection: Connection) -> None:
    """The same inside a transaction of :meth:`consent.register.Register.writing`."""
    if not inspect(connection).has_table(_former.name):
        return  # another process did it meanwhile
    new = [
        NewEntry(
            f"{Fact.REVOKED.value}-{row.id}",  # the same, from whichever copy it is taken
            row.recording_id,
            Fact.REVOKED.value,
            facts.document_of(datetime.fromisoformat(row.until), row.person_id),
        )
        for row in connection.execute(select(_former).order_by(_former.c.until)).all()
    ]
    if new:
        register.ledger.append_all(connection, new, register.clock())
    _former.drop(connection)
