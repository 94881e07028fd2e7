"""One database for the register and the catalogue, so that publishing and withdrawing share a lock.

SQLite by default: write-ahead log, full synchronisation, deleted content overwritten. A write transaction
takes the write lock before it reads (``BEGIN IMMEDIATE``): of a publication and a withdrawal that race, the
second sees what the first did.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from consent.errors import RegisterUnavailable

BUSY_TIMEOUT_SECONDS = 30
"""How long a writer waits for another one; writes here last milliseconds."""


class Database:
    """The engine and its two kinds of transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(f"sqlite+pysqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
        _prepare_sqlite(self._engine)
        self._reader = self._engine.execution_options(videotheque_begin="BEGIN")

    def create(self, metadata: MetaData, *statements: str) -> None:
        """Create what is missing: the tables of ``metadata``, then each statement (``IF NOT EXISTS``).

        Raises:
            RegisterUnavailable: the folder cannot be written, or the file is no database of ours.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error
        with self.writing() as connection:
            metadata.create_all(connection)
            for statement in statements:
                connection.exec_driver_sql(statement)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its first instant; rolled back on any error."""
        with self._transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database throughout."""
        with self._transaction(self._reader) as connection:
            yield connection

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _unavailable(self, error: Exception) -> RegisterUnavailable:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        return RegisterUnavailable(
            f"Le registre des accords ({self.path.name}) ne peut pas être lu ou écrit ({cause}) ; rien n'est traité "
            "ni montré tant qu'il manque : vérifiez le dossier VIDEOTHEQUE_HOME, ses droits et la place sur le disque."
        )


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # The driver's own implicit BEGIN would start transactions without the lock we want.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        begin = connection.get_execution_options().get("videotheque_begin", "BEGIN IMMEDIATE")
        connection.exec_driver_sql(begin)
