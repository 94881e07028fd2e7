"""The ledger: rows that are added and never changed, chained, hashed into a Merkle tree, each signed as it comes.

Takes what happened as canonical JSON (pseudonyms only); gives rows, signed heads and a verdict on the whole. An
entry hashes its own columns with its predecessor's hash and signature (so nothing can be edited, dropped or
reordered unseen) and carries the signature of the tree's head after it (so nothing can be hashed anew without the
key). What a database cannot show, that its end was cut or that it is an older copy, the last head kept outside
shows: in the keys' folder after every commit, and wherever else it is sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Column, Connection, Index, Integer, MetaData, Row, String, Table, Text, func, insert, select

from consent import merkle
from consent.append_only import append_only
from consent.database import Database
from consent.errors import ProofInvalid, RegisterUnavailable
from consent.heads import Head, Verification, canonical, head_message, read_head
from consent.keys import Signer

metadata = MetaData()

entries = Table(
    "consent_events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event_id", String, nullable=False, unique=True),
    Column("recording_id", String, nullable=False),
    Column("source", String, nullable=False),
    Column("document", Text, nullable=False),
    Column("appended_at", String, nullable=False),
    Column("leaf", String, nullable=False),
    Column("node", String, nullable=False),
    Column("signature", String, nullable=False),
    Index("consent_events_by_recording", "recording_id", "seq"),
)

HEAD_FILE = "head.json"
"""Name of the last signed head, in the keys' folder."""

_BATCH = 2000
"""Rows held in memory at once while verifying."""


class NewEntry(NamedTuple):
    """What is to be written: its own id, the recording it is about, where it comes from, canonical JSON."""

    event_id: str
    recording_id: str
    source: str
    document: str


class Ledger:
    """Appends rows and reads them back; every method but :meth:`head` and :meth:`anchor` is inside a transaction."""

    def __init__(self, database: Database, keys: Path) -> None:
        self.database = database
        self.signer = Signer(keys)
        self.anchor_file = keys / HEAD_FILE
        database.create(metadata, *append_only(database, "consent_events", ("seq", "event_id")))

    def append(
        self, connection: Connection, event_id: str, recording_id: str, source: str, document: str, now: datetime
    ) -> int:
        """Add one entry in the caller's write transaction: its place, or 0 where that ``event_id`` is there already."""
        return self.append_all(connection, [NewEntry(event_id, recording_id, source, document)], now)[0]

    def append_all(self, connection: Connection, new: Sequence[NewEntry], now: datetime) -> list[int]:
        """The same for several (at most some thousands), each signed; places in the order given."""
        ids = [one.event_id for one in new]
        known = set(connection.execute(select(entries.c.event_id).where(entries.c.event_id.in_(ids))).scalars())
        size = connection.execute(select(func.max(entries.c.seq))).scalar_one() or 0
        peaks, leaf, signature = _top(connection, size)
        rows: list[dict[str, Any]] = []
        places = []
        for one in new:
            if one.event_id in known:
                places.append(0)
                continue
            known.add(one.event_id)
            row = {"seq": size + 1, **one._asdict(), "appended_at": now.isoformat()}
            leaf = merkle.leaf_hash(_entry(row, leaf, signature))
            peaks = merkle.grow(peaks, size, leaf)
            size += 1
            signature = self.signer.sign(head_message(size, merkle.root_of(peaks).hex(), leaf.hex(), now.isoformat()))
            rows.append({**row, "leaf": leaf.hex(), "node": peaks[-1].hex(), "signature": signature})
            places.append(size)
        if rows:
            connection.execute(insert(entries), rows)
        return places

    def leaf_at(self, connection: Connection, seq: int) -> str | None:
        """The hash of the entry at a place, None where there is none: it vouches for all those before it."""
        return connection.execute(select(entries.c.leaf).where(entries.c.seq == seq)).scalar()

    def head(self) -> Head | None:
        """The signed head of the whole, None while there is no entry."""
        with self.database.reading() as connection:
            return self.head_within(connection)

    def head_within(self, connection: Connection) -> Head | None:
        """The same inside the caller's transaction."""
        last = connection.execute(select(entries).order_by(entries.c.seq.desc()).limit(1)).first()
        if last is None:
            return None
        peaks, _, _ = _top(connection, last.seq)
        return self._head(last, merkle.root_of(peaks))

    def anchor(self) -> None:
        """Write the head beside the keys, unless a later one is there; call it after each commit.

        A former head that the entries no longer continue stays: entries were taken away or changed, and
        :meth:`verify` must go on saying so, however many are added since.

        Raises:
            RegisterUnavailable: the folder cannot be written.
        """
        head, former = self.head(), self.anchored()
        if head is not None and (former is None or (former.size < head.size and self._continues(former))):
            self._write_anchor(head)

    def _continues(self, former: Head) -> bool:
        with self.database.reading() as connection:
            return self.leaf_at(connection, former.size) == former.leaf

    def restored(self) -> None:
        """Accept that the database was put back from an older copy: the former head is set aside, dated, not lost."""
        former, head = self.anchored(), self.head()
        if former is not None:
            self.anchor_file.replace(self.anchor_file.with_name(f"head-before-restore-{former.size}.json"))
        if head is not None:
            self._write_anchor(head)

    def anchored(self) -> Head | None:
        """The head beside the keys.

        Raises:
            ProofInvalid: the file is there and holds no head.
        """
        try:
            return read_head(self.anchor_file.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unwritable(error) from error

    def leaves(self, connection: Connection, size: int) -> list[bytes]:
        """The hashes of the first ``size`` entries."""
        query = select(entries.c.leaf).where(entries.c.seq <= size).order_by(entries.c.seq)
        return [bytes.fromhex(leaf) for leaf in connection.execute(query).scalars()]

    def verify(self, witnesses: Sequence[Head] = ()) -> Verification:
        """Compute everything again, and compare with the signatures, the head beside the keys, and ``witnesses``."""
        with self.database.reading() as connection:
            found = self.verify_within(connection, witnesses)
            if found.problem:
                return found
            try:
                anchor = self.anchored()
            except ProofInvalid as error:
                return found.model_copy(update={"first_bad": found.entries, "problem": str(error)})
            if anchor is None and found.entries:
                missing = "la dernière tête signée n'est plus à côté des clés : une coupure de la fin ne se verrait pas"
                return found.model_copy(update={"first_bad": found.entries, "problem": missing})
            return (anchor and self._against(connection, found, anchor)) or found

    def verify_within(self, connection: Connection, witnesses: Sequence[Head]) -> Verification:
        """The same inside the caller's transaction, without the head beside the keys: of a copy that may be older."""
        found = self._recompute(connection)
        if found.problem:
            return found
        against = (self._against(connection, found, witness) for witness in witnesses)
        return next((bad for bad in against if bad is not None), found)

    def _recompute(self, connection: Connection) -> Verification:
        peaks: list[bytes] = []
        size, leaf, signature, last = 0, b"", "", None
        for row in _rows(connection):
            problem = ""
            if row.seq != size + 1:
                return self._bad(size, peaks, size + 1, f"l'entrée {size + 1} manque")
            leaf = merkle.leaf_hash(_entry(row._mapping, leaf, signature))
            grown = merkle.grow(peaks, size, leaf)
            if row.leaf != leaf.hex():
                problem = f"l'entrée {row.seq} n'est pas celle qui a été écrite"
                if last is not None and not self._head(last, merkle.root_of(peaks)).is_genuine:
                    return self._bad(size, peaks, size, f"la signature de l'entrée {size} n'est pas la sienne")
            elif row.node != grown[-1].hex():
                problem = f"l'arbre de l'entrée {row.seq} n'est pas le sien"
            if problem:
                return self._bad(size, peaks, row.seq, problem)
            peaks, size, signature, last = grown, row.seq, row.signature, row
        if last is not None and not self._head(last, merkle.root_of(peaks)).is_genuine:
            bad = self._first_unsigned(connection)
            return self._bad(size, peaks, bad, f"l'entrée {bad} n'est pas signée par cette vidéothèque")
        return Verification(entries=size, root=merkle.root_of(peaks).hex())

    def _first_unsigned(self, connection: Connection) -> int:
        """The first entry whose head was not signed with our key: where somebody hashed everything anew."""
        peaks: list[bytes] = []
        for row in _rows(connection):
            peaks = merkle.grow(peaks, row.seq - 1, bytes.fromhex(row.leaf))
            if not self._head(row, merkle.root_of(peaks)).is_genuine:
                return int(row.seq)
        raise AssertionError("the last entry was not genuine")

    def _against(self, connection: Connection, found: Verification, witness: Head) -> Verification | None:
        """What a head kept elsewhere says against the database, if anything."""
        if not witness.is_genuine:
            return found.model_copy(update={"first_bad": witness.size, "problem": "la tête gardée n'est pas signée"})
        if witness.public_key != self.signer.public_key:
            problem = "la tête gardée est signée par une autre clé que celle de cette vidéothèque"
            return found.model_copy(update={"first_bad": 1, "problem": problem})
        if witness.size > found.entries:
            first = found.entries + 1
            problem = (
                f"les entrées {first} à {witness.size} manquent : la fin est coupée, ou la base est une plus ancienne"
            )
            return found.model_copy(update={"first_bad": first, "problem": problem})
        if merkle.root(self.leaves(connection, witness.size)).hex() != witness.root:
            problem = f"l'histoire n'est pas celle dont la tête de l'entrée {witness.size} a été gardée"
            return found.model_copy(update={"first_bad": witness.size, "problem": problem})
        return None

    def _bad(self, size: int, peaks: Sequence[bytes], first: int, problem: str) -> Verification:
        return Verification(entries=size, root=merkle.root_of(peaks).hex(), first_bad=first, problem=problem)

    def _head(self, row: Row[Any], root: bytes) -> Head:
        return Head(
            size=row.seq,
            root=root.hex(),
            leaf=row.leaf,
            signed_at=datetime.fromisoformat(row.appended_at),
            public_key=self.signer.public_key,
            signature=row.signature,
        )

    def _write_anchor(self, head: Head) -> None:
        aside = self.anchor_file.with_name(f".head-{uuid4().hex}")
        try:
            with aside.open("wb") as file:
                file.write(head.model_dump_json(indent=1).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self.anchor_file)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> RegisterUnavailable:
        return RegisterUnavailable(
            f"La tête signée du registre des accords ne peut pas être lue ou écrite ({error.strerror}) ; vérifiez le "
            "dossier keys de VIDEOTHEQUE_HOME, ses droits et la place sur le disque."
        )


def _rows(connection: Connection) -> Iterator[Row[Any]]:
    """Every row in order, some at a time: whoever stops half-way leaves no cursor open."""
    last: int | None = None
    while True:
        query = select(entries).order_by(entries.c.seq).limit(_BATCH)
        batch = connection.execute(query if last is None else query.where(entries.c.seq > last)).all()
        yield from batch
        if len(batch) < _BATCH:
            return
        last = batch[-1].seq


def _top(connection: Connection, size: int) -> tuple[list[bytes], bytes, str]:
    """The peaks of the tree of that size, and the last entry's hash and signature."""
    if size == 0:
        return [], b"", ""
    query = select(entries.c.node, entries.c.leaf, entries.c.signature).where(entries.c.seq.in_(merkle.peaks_of(size)))
    rows = connection.execute(query.order_by(entries.c.seq)).all()
    return [bytes.fromhex(row.node) for row in rows], bytes.fromhex(rows[-1].leaf), rows[-1].signature


def entry_bytes(row: Row[Any], former: Row[Any] | None) -> bytes:
    """The bytes of which an entry's leaf is the hash, from its row and the row before it."""
    leaf, signature = (b"", "") if former is None else (bytes.fromhex(former.leaf), former.signature)
    return _entry(row._mapping, leaf, signature)


def _entry(row: Any, previous_leaf: bytes, previous_signature: str) -> bytes:
    """The bytes of which an entry's leaf is the hash."""
    own = [row[name] for name in ("seq", "event_id", "recording_id", "source", "document", "appended_at")]
    return canonical([*own, previous_leaf.hex(), previous_signature]).encode()
