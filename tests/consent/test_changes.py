"""What changed since: never less than what did."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from consent import changes
from consent.changes import MARK, changed_since, note_change
from consent.database import Database
from consent.records import RecordingId

A, B = RecordingId("rec-a"), RecordingId("rec-b")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """An empty one, with the table."""
    made = Database(tmp_path / "base.sqlite3")
    made.create(changes.metadata)
    return made


def noted(database: Database, *recordings: RecordingId | None) -> str:
    """Each in a transaction of its own; the last mark."""
    for one in recordings:
        with database.writing() as connection:
            note_change(connection, one)
    with database.reading() as connection:
        return str(connection.execute(MARK).scalar_one())


def since(database: Database, mark: str) -> set[RecordingId] | None:
    """As a reader asks it."""
    with database.reading() as connection:
        return changed_since(connection, mark)


def test_what_changed_after_a_mark_is_named(database: Database) -> None:
    """Neither what was before it, nor the one it was noted for."""
    first = noted(database, B, A)
    last = noted(database, B, B)

    assert {B} == since(database, first)
    assert set() == since(database, last)


def test_what_may_be_anybody_s_is_everybody_s(database: Database) -> None:
    """A restoration writes rows of any recording."""
    first = noted(database, A)
    noted(database, B, None)

    assert since(database, first) is None


def test_a_mark_that_is_not_there_is_not_believed(database: Database) -> None:
    """It was drawn in a transaction that was taken back, or in a database that was put back since."""
    noted(database, A)
    with suppress(ZeroDivisionError), database.writing() as connection:
        note_change(connection, B)
        drawn = str(connection.execute(MARK).scalar_one())
        raise ZeroDivisionError

    assert since(database, drawn) is None
    assert since(database, "") is None


def test_who_looked_away_for_long_forgets_everything(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table stays short, and says so."""
    monkeypatch.setattr(changes, "_KEPT", 3)
    first = noted(database, A)
    second = noted(database, B)
    noted(database, B, B)

    assert since(database, first) is None
    assert {B} == since(database, second)
