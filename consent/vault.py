"""The vault: who is behind each pseudonym, sealed with a key of that person's own.

The ledger knows random pseudonyms; a row here says, encrypted (AES-256-GCM, the pseudonym and the recording as
associated data), whom the operator calls that, how to reach them, on which day a minor comes of age. The key lies in
a file outside the database. Destroying it (crypto-shredding) makes every copy of the row unreadable, backups included,
and leaves entries in the ledger that no longer speak of anybody.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, Connection, LargeBinary, MetaData, String, Table, delete, insert, select, update

from consent.database import Database, parts
from consent.keys import KeyRing
from consent.records import Frozen, Party, PersonId, RecordingId

metadata = MetaData()

_sealed = Table(
    "consent_vault",
    metadata,
    Column("pseudonym", String, primary_key=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)

_NONCE_BYTES = 12


class Identity(Frozen):
    """What is known of a person: the operator's id for them in one recording, a name, ways to reach them."""

    person_id: PersonId
    name: str | None = None
    contacts: tuple[str, ...] = ()


class Sealed(Identity):
    """What is sealed of a person: of a young one's eighteenth birthday, the ledger has the month alone."""

    comes_of_age_on: date | None = None


class SealedName(Frozen):
    """Whom the operator calls a pseudonym, and nothing more of them, sealed; ``sealed`` is in base 64."""

    pseudonym: PersonId
    recording_id: RecordingId
    sealed: str


class Vault:
    """Pseudonyms and what is behind them."""

    def __init__(self, database: Database, keys: Path) -> None:
        self.database = database
        self.keys = KeyRing(keys / "people")
        database.create(metadata)

    def pseudonym(self, connection: Connection, recording_id: RecordingId, person_id: PersonId) -> PersonId:
        """The pseudonym of a person in a recording, drawn where they have none; in a write transaction."""
        known = {identity.person_id: name for name, identity in self.of(connection, [recording_id]).items()}
        if person_id in known:
            return known[person_id]
        drawn = new_pseudonym()
        sealed = self._seal(drawn, recording_id, Sealed(person_id=person_id))
        connection.execute(insert(_sealed).values(pseudonym=drawn, recording_id=recording_id, sealed=sealed))
        return drawn

    def of(self, connection: Connection, recording_ids: Iterable[RecordingId]) -> dict[PersonId, Sealed]:
        """Who is behind the pseudonyms of some recordings; those whose key was destroyed are not there."""
        found = {}
        for part in parts(recording_ids):
            for row in connection.execute(select(_sealed).where(_sealed.c.recording_id.in_(part))).all():
                identity = self._open(row.pseudonym, row.recording_id, row.sealed)
                if identity is not None:
                    found[PersonId(row.pseudonym)] = identity
        return found

    def keep(self, connection: Connection, recording_id: RecordingId, identity: Identity) -> PersonId:
        """Keep a person's name and contacts, each in place of the former one where it is given; their pseudonym."""
        name = self.pseudonym(connection, recording_id, identity.person_id)
        former = self.of(connection, [recording_id])[name]
        given = {"name": identity.name or former.name, "contacts": identity.contacts or former.contacts}
        self._replace(connection, recording_id, name, former.model_copy(update=given))
        return name

    def hide(self, connection: Connection, recording_id: RecordingId, party: Party) -> Party:
        """A person as the ledger may have them: under their pseudonym, born in a month whose day is sealed here."""
        name, day = self.pseudonym(connection, recording_id, party.id), party.comes_of_age_on
        former = self.of(connection, [recording_id])[name]
        if former.comes_of_age_on != day:
            self._replace(connection, recording_id, name, former.model_copy(update={"comes_of_age_on": day}))
        month = None if day is None else day.replace(day=1)
        return party.model_copy(update={"id": name, "comes_of_age_on": month})

    def _replace(self, connection: Connection, recording_id: RecordingId, name: PersonId, identity: Sealed) -> None:
        sealed = self._seal(name, recording_id, identity)
        connection.execute(update(_sealed).where(_sealed.c.pseudonym == name).values(sealed=sealed))

    def names_of(self, connection: Connection, pseudonyms: Iterable[PersonId]) -> tuple[SealedName, ...]:
        """Whom the operator calls these pseudonyms, each sealed with its person's key; of those who have one."""
        found = []
        for part in parts(pseudonyms):
            for row in connection.execute(select(_sealed).where(_sealed.c.pseudonym.in_(part))).all():
                key, identity = self.keys.get(row.pseudonym), self._open(row.pseudonym, row.recording_id, row.sealed)
                if key is not None and identity is not None:
                    alone = _encrypted(key, row.pseudonym, row.recording_id, Sealed(person_id=identity.person_id))
                    told = {"recording_id": row.recording_id, "sealed": base64.b64encode(alone).decode()}
                    found.append(SealedName(pseudonym=row.pseudonym, **told))
        return tuple(found)

    def know_again(self, connection: Connection, names: Iterable[SealedName]) -> None:
        """Take in the names of pseudonyms that are unknown here; not of those whose key was destroyed."""
        for part in parts(names):
            ids = [one.pseudonym for one in part]
            known = set(connection.execute(select(_sealed.c.pseudonym).where(_sealed.c.pseudonym.in_(ids))).scalars())
            for one in part:
                if one.pseudonym not in known and self.keys.has(one.pseudonym):
                    known.add(one.pseudonym)
                    values = {"recording_id": one.recording_id, "sealed": base64.b64decode(one.sealed)}
                    connection.execute(insert(_sealed).values(pseudonym=one.pseudonym, **values))

    def shred(self, connection: Connection, pseudonyms: Iterable[PersonId]) -> int:
        """Destroy the keys of some persons and remove their rows; how many keys there were."""
        names = list(pseudonyms)
        destroyed = sum(self.keys.destroy(name) for name in names)
        connection.execute(delete(_sealed).where(_sealed.c.pseudonym.in_(names)))
        return destroyed

    def _seal(self, pseudonym: PersonId, recording_id: RecordingId, identity: Sealed) -> bytes:
        return _encrypted(self.keys.make(pseudonym), pseudonym, recording_id, identity)

    def _open(self, pseudonym: PersonId, recording_id: RecordingId, sealed: bytes) -> Sealed | None:
        key = self.keys.get(pseudonym)
        if key is None:
            return None
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            opened = AESGCM(key).decrypt(nonce, content, _bound_to(pseudonym, recording_id))
        except InvalidTag:  # a row moved to another recording, or another key in the file: nobody we know
            return None
        return Sealed.model_validate_json(opened)


def new_pseudonym() -> PersonId:
    """A pseudonym that was never anybody's."""
    return PersonId(f"p-{secrets.token_hex(8)}")


def _encrypted(key: bytes, pseudonym: PersonId, recording_id: RecordingId, identity: Sealed) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    content = identity.model_dump_json().encode()
    return nonce + AESGCM(key).encrypt(nonce, content, _bound_to(pseudonym, recording_id))


def _bound_to(pseudonym: str, recording_id: str) -> bytes:
    return f"{recording_id}|{pseudonym}".encode()
