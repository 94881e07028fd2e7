"""Rows of the library's database as JSON lines, whatever its tables: what a backup writes and a restore reads.

A table with a ``recording_id`` holds rows of recordings, unless it is one of the register's, which hold pseudonyms
and numbers and are kept in clear. Bytes are written in base64 under ``$bytes``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, insert, select

from consent.changes import note_change
from consent.records import RecordingId
from pipeline.errors import PipelineError

_REGISTER = ("consent_", "clip_approvals", "retired_clips", "erasures", "erasure_steps")
"""How the names of the register's tables begin: what was said, what is gone. No word of a meeting is in them."""


class RowsUnreadable(PipelineError):
    """Rows that a backup is said to hold cannot be read: take another one."""


def register_rows(connection: Connection) -> Iterator[str]:
    """Every row of the register's tables, one JSON line each."""
    for table in _tables(connection):
        if table.name.startswith(_REGISTER):
            yield from _lines(connection, table)


def recording_rows(connection: Connection, recording_id: RecordingId) -> list[str]:
    """Every other row that is about one recording."""
    return [
        line
        for table in _tables(connection)
        if not table.name.startswith(_REGISTER) and "recording_id" in table.c
        for line in _lines(connection, table, recording_id)
    ]


def lines_of(content: str) -> list[str]:
    """The lines that were written, none empty. ``str.splitlines`` also parts at U+2028 and U+0085, inside a text."""
    return [line for line in content.split("\n") if line]


def insert_rows(connection: Connection, lines: Iterable[str]) -> int:
    """Put rows back; a table that this version does not have is passed over. How many were put.

    Raises:
        RowsUnreadable: a line is none of those that a backup writes.
    """
    known = {table.name: table for table in _tables(connection)}
    count = 0
    for line in lines:
        name, row = _parsed(line)
        table = known.get(name)
        if table is not None:
            values = {column: value for column, value in row.items() if column in table.c}
            connection.execute(insert(table).values(values))
            count += 1
    _advance(connection, known)
    note_change(connection, None)  # whatever a process remembers of approvals, or of clips, is not that
    return count


def _parsed(line: str) -> tuple[str, dict[str, Any]]:
    try:
        written = json.loads(line, object_hook=_decoded)
        return str(written["table"]), dict(written["row"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RowsUnreadable(
            "Une ligne de la sauvegarde ne se relit pas ; rien n'est rétabli : prenez-en une autre."
        ) from error


def _advance(connection: Connection, known: dict[str, Table]) -> None:
    """PostgreSQL numbers rows by itself from where it was: let it go on after those just put back."""
    if connection.dialect.name != "postgresql" or "clip_approvals" not in known:
        return
    last = connection.execute(select(func.max(known["clip_approvals"].c.seq))).scalar()
    if last is not None:
        connection.execute(select(func.setval(func.pg_get_serial_sequence("clip_approvals", "seq"), last)))


def is_empty(connection: Connection) -> bool:
    """Whether no person of any recording has ever said anything here."""
    return not any(
        connection.execute(select(table).limit(1)).first()
        for table in _tables(connection)
        if table.name in ("consent_events", "recordings", "clip_approvals")
    )


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if not table.name.startswith("sqlite_")]


def _lines(connection: Connection, table: Table, recording_id: RecordingId | None = None) -> Iterator[str]:
    query = select(table)
    if recording_id is not None:
        query = query.where(table.c.recording_id == recording_id)
    for row in connection.execute(query):
        yield json.dumps({"table": table.name, "row": dict(row._mapping)}, ensure_ascii=False, default=_encoded)


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    raise TypeError(type(value).__name__)


def _decoded(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if set(value) == {"$bytes"} else value
