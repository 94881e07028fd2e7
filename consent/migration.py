"""Taking over a register of before the ledger: its table had neither hashes nor signatures.

Takes an SQLite database of that form; its events and declared persons become entries of the ledger, in their order,
in one transaction with the removal of the former tables. Interrupted, it is done at the next opening; until then
nothing is allowed, for nobody is declared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from consent.database import Database
from consent.records import ConsentEvent, Party, RecordingId

Declares = Callable[[Connection, RecordingId, Sequence[Party]], None]
Appends = Callable[[Connection, ConsentEvent, str], int]

_FORMER = "consent_events_before"


def set_former_aside(database: Database) -> bool:
    """Rename a table of events that has no hashes, for the ledger's to be made; True where one must be taken over."""
    if not database.is_sqlite or not database.path.exists():
        return False
    with database.reading() as connection:
        columns, waiting = _columns(connection, "consent_events"), _columns(connection, _FORMER)
    if not columns or "leaf" in columns:
        return bool(waiting)
    with database.writing() as connection:
        for verb in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS consent_events_no_{verb}")
        connection.exec_driver_sql(f"ALTER TABLE consent_events RENAME TO {_FORMER}")
    return True


def take_former_over(connection: Connection, declare: Declares, append: Appends) -> None:
    """Append what the former tables held, and remove them."""
    if not _columns(connection, _FORMER):
        return  # another process did it meanwhile
    people: dict[str, list[Party]] = {}
    for recording_id, document in connection.exec_driver_sql(
        "SELECT recording_id, document FROM consent_parties ORDER BY recording_id, person_id"
    ):
        people.setdefault(recording_id, []).append(Party.model_validate_json(document))
    for recording_id, parties in people.items():
        declare(connection, RecordingId(recording_id), parties)
    former = connection.exec_driver_sql(f"SELECT source, document FROM {_FORMER} ORDER BY seq")  # noqa: S608
    for source, document in former.all():
        append(connection, ConsentEvent.model_validate_json(document), source)
    for table in (_FORMER, "consent_parties"):
        connection.exec_driver_sql(f"DROP TABLE {table}")


def _columns(connection: Connection, table: str) -> set[str]:
    return {row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")}
