"""Erasures: durable jobs in the library's database, one step per store.

A job says which recording and why; what exactly must go is asked of the register each time it is worked on, so that
a job taken up after a crash does what is due then. It ends when every store was erased *and* verified: only then is
its certificate signed (:mod:`pipeline.certificate`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Column, Connection, Integer, MetaData, Row, String, Table, Text, delete, insert, select, update

from consent.database import Database
from consent.records import Frozen, RecordingId
from pipeline.errors import PipelineError

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
)


class Cause(StrEnum):
    """Why something is erased."""

    WITHDRAWAL = "withdrawal"
    EXPIRY = "expiry"
    REMOVAL = "removal"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            Cause.WITHDRAWAL: "retrait d'un accord",
            Cause.EXPIRY: "fin d'un accord",
            Cause.REMOVAL: "retrait de la rencontre par l'opérateur",
        }[self]


class Store(StrEnum):
    """The places that hold something of a recording, in the order in which they are erased."""

    CATALOGUE = "catalogue"
    OUTPUTS = "outputs"
    INDEX = "index"
    TITLES = "titles"
    SOURCE = "source"
    JOURNAL = "journal"
    PREFECT = "prefect"
    BACKUP_KEY = "backup_key"
    MEETING = "meeting"
    IDENTITIES = "identities"
    DATABASE = "database"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            Store.CATALOGUE: "catalogue (titres et textes)",
            Store.OUTPUTS: "sons, transcription, extraits, sous-titres, affiches, vecteurs",
            Store.INDEX: "index de recherche",
            Store.TITLES: "titres corrigés",
            Store.JOURNAL: "journal des étapes et des fichiers",
            Store.PREFECT: "base et journaux de Prefect",
            Store.BACKUP_KEY: "clé des sauvegardes",
            Store.SOURCE: "enregistrement source",
            Store.MEETING: "fiche de la rencontre",
            Store.IDENTITIES: "noms et contacts (clés des personnes)",
            Store.DATABASE: "pages libres et journal de la base",
        }[self]


class StepState(StrEnum):
    """How far a store is."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"


class ErasureStep(Frozen):
    """One store of one job. ``erased`` counts what went; ``detail`` is one French sentence, without personal data."""

    store: Store
    state: StepState = StepState.PENDING
    attempts: int = 0
    erased: int = 0
    detail: str = ""
    at: AwareDatetime


class Erasure(Frozen):
    """A job: what was asked, and how far it is."""

    id: str
    recording_id: RecordingId
    cause: Cause
    requested_at: AwareDatetime
    completed_at: AwareDatetime | None = None
    steps: tuple[ErasureStep, ...] = ()
    certificate: str | None = None

    def step(self, store: Store) -> ErasureStep | None:
        """The step of a store, where it was begun."""
        return next((one for one in self.steps if one.store is store), None)

    @property
    def failed(self) -> tuple[ErasureStep, ...]:
        """The steps that failed at their last attempt."""
        return tuple(one for one in self.steps if one.state is StepState.FAILED)

    @property
    def verified(self) -> bool:
        """Whether every store was erased and verified."""
        return {one.store for one in self.steps if one.state is StepState.VERIFIED} == set(Store)


class ErasureBook:
    """The jobs, in the library's database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.clock = clock
        database.create(_metadata)

    def request(self, recording_id: RecordingId, cause: Cause, *, begin_again: bool = True) -> Erasure:
        """Ask for what is due of a recording to be erased.

        A job that is not finished is taken over, and begins again unless told otherwise: what was verified may have
        more to lose.
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
                connection.execute(delete(_steps).where(_steps.c.erasure_id == row.erasure_id))
            worse = Cause.REMOVAL if cause is Cause.REMOVAL else Cause(row.cause)
            known = _jobs.c.erasure_id == row.erasure_id
            connection.execute(update(_jobs).where(known).values(cause=worse.value))
            return self._read(connection, row.erasure_id)
        erasure_id = f"eff-{secrets.token_hex(8)}"
        connection.execute(
            insert(_jobs).values(
                erasure_id=erasure_id,
                recording_id=recording_id,
                cause=cause.value,
                requested_at=self.clock().isoformat(),
            )
        )
        return self._read(connection, erasure_id)

    def note(self, erasure_id: str, step: ErasureStep) -> None:
        """Keep how far a store is."""
        own = (_steps.c.erasure_id == erasure_id) & (_steps.c.store == step.store.value)
        with self.database.writing() as connection:
            connection.execute(delete(_steps).where(own))
            values = step.model_dump(mode="json")
            connection.execute(insert(_steps).values(erasure_id=erasure_id, **{**values, "at": step.at.isoformat()}))

    def complete(self, erasure_id: str, completed_at: datetime, certificate: str) -> None:
        """Close a job with its certificate, a JSON document."""
        values = {"completed_at": completed_at.isoformat(), "certificate": certificate}
        with self.database.writing() as connection:
            connection.execute(update(_jobs).where(_jobs.c.erasure_id == erasure_id).values(values))

    def job(self, erasure_id: str) -> Erasure:
        """A job.

        Raises:
            PipelineError: there is none of that id.
        """
        with self.database.reading() as connection:
            return self._read(connection, erasure_id)

    def jobs(self, *, pending: bool = False) -> tuple[Erasure, ...]:
        """Every job, oldest first; or only those not finished."""
        query = select(_jobs.c.erasure_id).order_by(_jobs.c.requested_at, _jobs.c.erasure_id)
        if pending:
            query = query.where(_jobs.c.completed_at.is_(None))
        with self.database.reading() as connection:
            ids = [row.erasure_id for row in connection.execute(query)]
            return tuple(self._read(connection, one) for one in ids)

    def _read(self, connection: Connection, erasure_id: str) -> Erasure:
        row = connection.execute(select(_jobs).where(_jobs.c.erasure_id == erasure_id)).first()
        if row is None:
            raise PipelineError(f"Aucun effacement « {erasure_id[:40]} » ; voyez la liste (videotheque erasures).")
        steps = connection.execute(select(_steps).where(_steps.c.erasure_id == erasure_id)).all()
        return _job(row, steps)


def _job(row: Row[Any], steps: Sequence[Row[Any]]) -> Erasure:
    found = [
        ErasureStep.model_validate({name: value for name, value in step._mapping.items() if name != "erasure_id"})
        for step in steps
    ]
    return Erasure(
        id=row.erasure_id,
        recording_id=row.recording_id,
        cause=row.cause,
        requested_at=row.requested_at,
        completed_at=row.completed_at,
        steps=tuple(sorted(found, key=lambda step: list(Store).index(step.store))),
        certificate=row.certificate,
    )
