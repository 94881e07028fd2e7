"""Personal links that no longer speak for anybody: lost, stolen, or replaced by another.

Owns one table: of whom, and until when links given out are dead; takes a link, says whether it is revoked. Persons are
kept under the pseudonym of the :mod:`consent.vault`. A link of before links were dated is dead with the first
revocation.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Column, MetaData, String, Table, insert, select

from consent.database import Database
from consent.links import PersonalLink
from consent.records import PersonId, RecordingId
from consent.vault import Vault

_metadata = MetaData()

_revoked = Table(
    "consent_links_revoked",
    _metadata,
    Column("id", String, primary_key=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("person_id", String, nullable=False),
    Column("until", String, nullable=False),
)


class Revocations:
    """The revoked links of one library."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        database.create(_metadata)

    def revoke(self, recording_id: RecordingId, person_id: PersonId) -> datetime:
        """Kill every link given to a person so far, from the very next request on; until when they were given."""
        now = self._clock()
        with self._database.writing() as connection:
            hidden = self._vault.pseudonym(connection, recording_id, person_id)
            values = {"id": uuid4().hex, "recording_id": recording_id, "person_id": hidden, "until": now.isoformat()}
            connection.execute(insert(_revoked).values(values))
        return now

    def kills(self, link: PersonalLink) -> bool:
        """Whether a link was revoked."""
        with self._database.reading() as connection:
            rows = connection.execute(select(_revoked).where(_revoked.c.recording_id == link.recording_id)).all()
            if not rows:
                return False
            people = self._vault.of(connection, [link.recording_id])
        untils = [
            datetime.fromisoformat(row.until)
            for row in rows
            if row.person_id in people and people[row.person_id].person_id == link.person_id
        ]
        return bool(untils) and (link.issued_at is None or link.issued_at <= max(untils))
