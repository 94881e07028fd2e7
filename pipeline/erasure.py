"""Erasures: durable jobs in the library's database, one step per store.

A job says which recording and why; what exactly must go is asked of the register each time it is worked on, so that
a job taken up after a crash does what is due then. Each step keeps the basis on which it was verified (what the
register said), and counts on that basis alone. A job ends when every store was erased *and* verified on the basis of
the very instant: only then is its certificate signed (:mod:`pipeline.certificate`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from consent.database import Database, columns_of
from consent.records import Frozen, RecordingId
from pipeline.errors import PipelineError
from pipeline.store import Store

_metadata = MetaData()

_jobs = Table(
    "erasures",
    _metadata,
    Column("erasure_id", String, primary_key=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("cause", String, nullable=False),
    Column("requested_at", String, nullable=False),
    Column("completed_at", String),
    Column("certificate", Text),
    Column("settled", Text),
)

_steps = Table(
    "erasure_steps",
    _metadata,
    Column("erasure_id", String, primary_key=True),
    Column("store", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("erased", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", String, nullable=False),
    Column("basis", String, nullable=False, server_default=""),
)


class Cause(StrEnum):
    """Why something is erased."""

    WITHDRAWAL = "withdrawal"
    EXPIRY = "expiry"
    REMOVAL = "removal"
    RELEASE = "release"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            Cause.WITHDRAWAL: "retrait d'un accord",
            Cause.EXPIRY: "fin d'un accord",
            Cause.REMOVAL: "retrait de la rencontre par l'opérateur",
            Cause.RELEASE: "refus que l'enregistrement entier soit gardé",
        }[self]


class StepState(StrEnum):
    """How far a store is."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"


class ErasureStep(Frozen):
    """One store of one job. ``erased`` counts what went; ``detail`` is one French sentence, without personal data.

    ``basis`` is a hash of what the register said when the store was erased.
    """

    store: Store
    state: StepState = StepState.PENDING
    attempts: int = 0
    erased: int = 0
    detail: str = ""
    at: AwareDatetime
    basis: str = ""

    def verified_on(self, basis: str) -> bool:
        """Whether it was erased and verified while the register said that."""
        return self.state is StepState.VERIFIED and self.basis == basis


class Erasure(Frozen):
    """A job: what was asked, and how far it is.

    ``settled``, a JSON document of :mod:`flows.due`, is what is due once nobody's register can say it any more:
    kept from just before the persons are forgotten until the end.
    """

    id: str
    recording_id: RecordingId
    cause: Cause
    requested_at: AwareDatetime
    completed_at: AwareDatetime | None = None
    steps: tuple[ErasureStep, ...] = ()
    certificate: str | None = None
    settled: str | None = None

    def step(self, store: Store) -> ErasureStep | None:
        """The step of a store, where it was begun."""
        return next((one for one in self.steps if one.store is store), None)

    @property
    def failed(self) -> tuple[ErasureStep, ...]:
        """The steps that failed at their last attempt."""
        return tuple(one for one in self.steps if one.state is StepState.FAILED)

    @property
    def verified(self) -> bool:
        """Whether every store was erased and verified, on one and the same basis."""
        return bool(self.steps) and self.verified_on(self.steps[0].basis)

    def verified_on(self, basis: str) -> bool:
        """Whether every store was erased and verified while the register said that."""
        return {one.store for one in self.steps if one.verified_on(basis)} == set(Store)


class ErasureBook:
    """The jobs, in the library's database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.clock = clock
        database.create(_metadata)
        self._upgrade()

    def request(self, recording_id: RecordingId, cause: Cause, *, begin_again: bool = True) -> Erasure:
        """Ask for what is due of a recording to be erased.

        A job that is not finished is taken over, and begins again unless told otherwise: what was verified may have
        more to lose. A removal by the operator adds to what a person's word asked for, and takes nothing out of it.
        """
        with self.database.writing() as connection:
            return self.request_within(connection, recording_id, cause, begin_again=begin_again)

    def request_within(
        self, connection: Connection, recording_id: RecordingId, cause: Cause, *, begin_again: bool = True
    ) -> Erasure:
        """The same inside the caller's transaction, which may be the one that takes an agreement back."""
        open_one = (_jobs.c.recording_id == recording_id) & _jobs.c.completed_at.is_(None)
        row = connection.execute(select(_jobs).where(open_one)).first()
        if row is not None:
            if begin_again:
                own = _steps.c.erasure_id == row.erasure_id
                connection.execute(update(_steps).where(own).values(state=StepState.PENDING.value, basis=""))
            worse = Cause.REMOVAL if cause is Cause.REMOVAL else Cause(row.cause)
            known = _jobs.c.erasure_id == row.erasure_id
            connection.execute(update(_jobs).where(known).values(cause=worse.value))
            return self.job_within(connection, row.erasure_id)
        erasure_id = f"eff-{secrets.token_hex(8)}"
        connection.execute(
            insert(_jobs).values(
                erasure_id=erasure_id,
                recording_id=recording_id,
                cause=cause.value,
                requested_at=self.clock().isoformat(),
            )
        )
        return self.job_within(connection, erasure_id)

    def note(self, erasure_id: str, step: ErasureStep) -> None:
        """Keep how far a store is."""
        own = (_steps.c.erasure_id == erasure_id) & (_steps.c.store == step.store.value)
        with self.database.writing() as connection:
            connection.execute(delete(_steps).where(own))
            values = step.model_dump(mode="json")
            connection.execute(insert(_steps).values(erasure_id=erasure_id, **{**values, "at": step.at.isoformat()}))

    def settle(self, erasure_id: str, settled: str) -> None:
        """Keep what is due, a JSON document, before the persons are forgotten of whom it is asked."""
        with self.database.writing() as connection:
            connection.execute(update(_jobs).where(_jobs.c.erasure_id == erasure_id).values(settled=settled))

    def complete(self, connection: Connection, erasure_id: str, completed_at: datetime, certificate: str) -> None:
        """Close a job with its certificate, a JSON document; in the transaction that saw it verified."""
        values = {"completed_at": completed_at.isoformat(), "certificate": certificate}
        connection.execute(update(_jobs).where(_jobs.c.erasure_id == erasure_id).values(values))

    def job(self, erasure_id: str) -> Erasure:
        """A job.

        Raises:
            PipelineError: there is none of that id.
        """
        with self.database.reading() as connection:
            return self.job_within(connection, erasure_id)

    def job_within(self, connection: Connection, erasure_id: str) -> Erasure:
        """The same inside the caller's transaction."""
        row = connection.execute(select(_jobs).where(_jobs.c.erasure_id == erasure_id)).first()
        if row is None:
            raise PipelineError(f"Aucun effacement « {erasure_id[:40]} » ; voyez la liste (videotheque erasures).")
        steps = connection.execute(select(_steps).where(_steps.c.erasure_id == erasure_id)).all()
        return _job(row, steps)

    def jobs(self, *, of: RecordingId | None = None, pending: bool = False) -> tuple[Erasure, ...]:
        """Every job, oldest first; or only those of one recording, or those not finished."""
        query = select(_jobs.c.erasure_id).order_by(_jobs.c.requested_at, _jobs.c.erasure_id)
        if of is not None:
            query = query.where(_jobs.c.recording_id == of)
        if pending:
            query = query.where(_jobs.c.completed_at.is_(None))
        with self.database.reading() as connection:
            ids = [row.erasure_id for row in connection.execute(query)]
            return tuple(self.job_within(connection, one) for one in ids)

    def removed_within(self, connection: Connection) -> frozenset[RecordingId]:
        """The recordings of which a removal by the operator was ever asked for, inside the caller's transaction."""
        query = select(_jobs.c.recording_id).where(_jobs.c.cause == Cause.REMOVAL.value).distinct()
        return frozenset(RecordingId(one) for one in connection.execute(query).scalars())

    def _upgrade(self) -> None:
        """Add the columns that the tables of an earlier version lack; its unfinished steps count on no basis."""
        for table, column in ((_steps, "basis VARCHAR NOT NULL DEFAULT ''"), (_jobs, "settled TEXT")):
            with self.database.reading() as connection:
                if column.split()[0] in columns_of(connection, table.name):
                    continue
            with self.database.writing() as connection:
                if column.split()[0] not in columns_of(connection, table.name):  # another process may have done it
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column}")


def _job(row: Row[Any], steps: Sequence[Row[Any]]) -> Erasure:
    # An older version's places that are no more (their content is elsewhere, or was erased with them) are not ours to
    # tell; the certificate still names them.
    known = {store.value for store in Store}
    found = [
        ErasureStep.model_validate({name: value for name, value in step._mapping.items() if name != "erasure_id"})
        for step in steps
        if step.store in known
    ]
    return Erasure(
        id=row.erasure_id,
        recording_id=row.recording_id,
        cause=row.cause,
        requested_at=row.requested_at,
        completed_at=row.completed_at,
        steps=tuple(sorted(found, key=lambda step: list(Store).index(step.store))),
        certificate=row.certificate,
        settled=row.settled,
    )
