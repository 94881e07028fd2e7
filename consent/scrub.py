"""Make a database forget what was deleted from it: deleted is not erased.

Measured (SQLite 3.40): after a deletion the text is still in the file's free pages and in the write-ahead log; only
VACUUM and a truncated log remove it. PostgreSQL keeps dead rows until VACUUM FULL writes the tables anew.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import text

from consent.database import Database

_WAIT_SECONDS = 30
"""How long to wait for a reader that is in the middle of an answer."""


def scrub(database: Database) -> None:
    """Write the database anew without what was deleted; the rows that stay are untouched.

    Raises:
        RegisterUnavailable: the database cannot be read or written now.
        sqlite3.Error: the same, told by SQLite itself.
    """
    with database.reading() as connection:
        engine, dialect = connection.engine, connection.dialect.name
    if dialect == "sqlite":
        with _sqlite(str(engine.url.database)) as raw:
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM FULL"))


def residue(database: Database) -> str:
    """What may still hold deleted content, as a French phrase; empty where nothing does."""
    with database.reading() as connection:
        engine, dialect = connection.engine, connection.dialect.name
    if dialect != "sqlite":
        return ""  # VACUUM FULL has replaced every file of the tables, or has failed
    path = Path(str(engine.url.database))
    with _sqlite(str(path)) as raw:
        busy = int(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        free = int(raw.execute("PRAGMA freelist_count").fetchone()[0])
    log = path.with_name(f"{path.name}-wal")
    if busy or (log.exists() and log.stat().st_size):
        return "le journal de la base n'est pas vidé, une lecture est en cours"
    return "la base garde des pages libres" if free else ""


class _sqlite:  # noqa: N801 - used as a function
    """A connection outside any transaction, closed at the end."""

    def __init__(self, path: str) -> None:
        self._raw = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
        self._raw.execute("PRAGMA secure_delete=ON")

    def __enter__(self) -> sqlite3.Connection:
        return self._raw

    def __exit__(self, *_: object) -> None:
        self._raw.close()
