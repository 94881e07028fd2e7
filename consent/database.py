"""One database for the register and the catalogue, so that publishing and withdrawing share a lock.

SQLite by default: write-ahead log, full synchronisation, deleted content overwritten. A write transaction
takes the write lock before it reads (``BEGIN IMMEDIATE``): of a publication and a withdrawal that race, the
second sees what the first did. PostgreSQL by URL, with the same two kinds of transaction: writers take one
advisory lock before they read, readers see one snapshot (REPEATABLE READ).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock, local
from typing import Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, inspect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, IsolationLevel
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from consent.errors import RegisterUnavailable

MOST_ASKED = 5_000
"""Values in one statement; SQLite takes 32,766, PostgreSQL 65,535."""

BUSY_TIMEOUT_SECONDS = 30
"""How long a writer waits for another one; writes here last milliseconds."""

Value = TypeVar("Value")

_CONNECT_TIMEOUT_SECONDS = 10
_HELD_AT_MOST = 3
"""How often one transaction is begun again on a database put back meanwhile; each time it was brought up to date."""

_NEVER_OPENED = object()
"""No file yet, which is not the same as a file that is gone."""

_LOCK = 7_201_866_044_195_004_004
"""Our number among a PostgreSQL server's advisory locks: drawn once, so that nobody else has it."""


class Guard(Protocol):
    """What a database is held to: nothing older than what is kept outside of it is read or built upon."""

    def stamp(self) -> object:
        """What is kept outside; asked before the transaction, which must not be older."""

    def is_current(self, connection: Connection, stamp: object) -> bool:
        """Whether what this transaction sees is not older than that."""

    def hold(self) -> None:
        """Bring the database to it."""


class Database:
    """The engine and its two kinds of transaction.

    ``where`` is a file (SQLite) or a ``postgresql://`` URL. ``home`` is the folder of what must not be in the
    database: keys, and the heads that prove it whole; by default the file's own folder.
    """

    def __init__(self, where: Path | str, home: Path | None = None) -> None:
        self._file = where if isinstance(where, Path) else None
        if self._file is None and home is None:
            raise ValueError("a database by URL needs the folder of its keys")
        self.home = home if home is not None else Path(where).parent
        self.is_sqlite = self._file is not None
        self._guard: Guard | None = None
        self._free = local()
        self._opened: object = _NEVER_OPENED
        self._lock = RLock()
        if self._file is not None:
            self._engine = _sqlite(self._file)
            self._reader: Engine = self._engine.execution_options(videotheque_begin="BEGIN")
        else:
            self._engine = _postgresql(str(where), "READ COMMITTED")
            self._reader = _postgresql(str(where), "REPEATABLE READ")

            @event.listens_for(self._engine, "begin")
            def _begun(connection: Connection) -> None:
                # READ COMMITTED: what is read after the lock is what its last holder committed.
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")

    @property
    def path(self) -> Path:
        """The database's file.

        Raises:
            ValueError: it is a server's, which has none.
        """
        if self._file is None:
            raise ValueError("a PostgreSQL database has no file")
        return self._file

    def create(self, metadata: MetaData, *statements: str) -> None:
        """Create what is missing: the tables of ``metadata``, then each statement (``IF NOT EXISTS``).

        Raises:
            RegisterUnavailable: the folder cannot be written, or the file is no database of ours.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                if not self._file.exists():
                    self._file.touch()  # an empty file is an empty database; no connection makes one
        except OSError as error:
            raise self._unavailable(error) from error
        with self.writing() as connection:
            metadata.create_all(connection)
            for statement in statements:
                connection.exec_driver_sql(statement)

    def hold_to(self, guard: Guard) -> None:
        """From now on, have no transaction begin on content older than what ``guard`` keeps.

        An older copy may be put in place at any time: another file, the same file rewritten, a server's tables. It must
        be told what was withdrawn since before anything is asked of it.
        """
        self._guard = guard

    @contextmanager
    def unguarded(self) -> Iterator[None]:
        """This thread's transactions are not held to the guard: for the guard itself."""
        former, self._free.now = getattr(self._free, "now", False), True
        try:
            yield
        finally:
            self._free.now = former

    def stamp(self) -> object:
        """What is kept outside the database and holds it, None where nothing does: changes with any withdrawal."""
        return None if self._guard is None else self._guard.stamp()

    def renew(self) -> None:
        """Leave a file that was replaced under us: its connections go on reading and writing what nobody else sees."""
        if self._file is None or identity(self._file) == self._opened:
            return
        with self._lock:
            file = identity(self._file)
            if file != self._opened:
                self.close()
                self._opened = file

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
        self.renew()
        guard = None if getattr(self._free, "now", False) else self._guard
        for _ in range(_HELD_AT_MOST):
            stamp = None if guard is None else guard.stamp()
            try:
                with engine.begin() as connection:
                    if guard is None or guard.is_current(connection, stamp):
                        yield connection
                        return
            except (SQLAlchemyError, sqlite3.Error) as error:
                raise self._unavailable(error) from error
            if guard is not None:
                guard.hold()
        raise RegisterUnavailable(
            "La base est plus ancienne que la liste des retraits gardée avec les clés, et change sans cesse ; rien "
            "n'est traité ni montré : attendez la fin de sa restauration, puis relancez."
        )

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
        self._reader.dispose()

    def _unavailable(self, error: Exception) -> RegisterUnavailable:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        if self._file is None:
            return RegisterUnavailable(
                f"Le registre des accords (base PostgreSQL) ne peut pas être lu ou écrit ({cause}) ; rien n'est traité "
                "ni montré tant qu'il manque : vérifiez le serveur et le réglage VIDEOTHEQUE_DATABASE_URL."
            )
        return RegisterUnavailable(
            f"Le registre des accords ({self._file.name}) ne peut pas être lu ou écrit ({cause}) ; rien n'est traité "
            "ni montré tant qu'il manque : vérifiez le dossier VIDEOTHEQUE_HOME, ses droits et la place sur le disque."
        )


def parts(values: Iterable[Value]) -> Iterator[Sequence[Value]]:
    """The values again, no more at once than one statement takes."""
    known = list(values)
    for first in range(0, len(known), MOST_ASKED):
        yield known[first : first + MOST_ASKED]


def columns_of(connection: Connection, table: str) -> set[str]:
    """The names of the columns that a table has by now: an earlier version's may lack some."""
    return {column["name"] for column in inspect(connection).get_columns(table)}


def identity(path: Path) -> object:
    """Which file is at a path, whatever is in it; None where there is none."""
    try:
        held = path.stat()
    except OSError:
        return None
    return held.st_dev, held.st_ino


def _sqlite(path: Path) -> Engine:
    # mode=rw: a file that is gone (an unplugged disk, a restoration) is an error to tell, not a library to begin anew.
    address = URL.create("sqlite+pysqlite", database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
    engine = create_engine(address, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})

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

    return engine


def _postgresql(url: str, isolation: IsolationLevel) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise _not_an_address() from error
    if address.get_backend_name() not in ("postgresql", "postgres"):
        raise _not_an_address()
    return create_engine(
        address.set(drivername="postgresql+psycopg"),
        isolation_level=isolation,
        pool_pre_ping=True,  # a server restarts; the first request after it must not fail
        connect_args={
            "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
            "options": f"-c lock_timeout={BUSY_TIMEOUT_SECONDS * 1000} -c timezone=UTC",
        },
    )


def _not_an_address() -> RegisterUnavailable:
    return RegisterUnavailable(
        "Le réglage VIDEOTHEQUE_DATABASE_URL n'est pas l'adresse d'une base PostgreSQL ; écrivez-le ainsi : "
        "postgresql://utilisateur:mot-de-passe@serveur/base."
    )
