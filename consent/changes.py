"""Which recordings' approvals or published clips changed, in order: so that a reader forgets these alone.

Owns one short table. Whoever changes rows on which it rests that a clip is shown notes the recording in the same
transaction (the ledger is its own list of what was said); whoever remembers such rows notes the last mark beside them,
and asks later what changed since. Marks are drawn, never counted: what was read in a transaction that was then taken
back, or in a database that was put back since, is of a mark that is not there, and is not believed.
"""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, delete, func, insert, select

from consent.records import RecordingId

metadata = MetaData()

_changes = Table(
    "changes",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    # Not recording_id: such a table is a recording's, and goes into its backup.
    Column("about", String),
    Column("mark", String, nullable=False, index=True),
)

_KEPT = 10_000
"""Rows kept, a megabyte: a reader who looked away for longer forgets everything."""

MARK = select(_changes.c.mark).order_by(_changes.c.seq.desc()).limit(1)
"""The last mark; a query of another table may ask it in passing."""


def note_change(connection: Connection, recording_id: RecordingId | None) -> None:
    """Say that rows of a recording change in this write transaction; None where any recording's may."""
    last = connection.execute(select(func.max(_changes.c.seq))).scalar() or 0
    connection.execute(insert(_changes).values(seq=last + 1, about=recording_id, mark=uuid4().hex))
    connection.execute(delete(_changes).where(_changes.c.seq <= last + 1 - _KEPT))


def changed_since(connection: Connection, mark: str) -> set[RecordingId] | None:
    """The recordings that changed after that mark, as this transaction sees it; None where it may be any of them."""
    seen = select(_changes.c.seq).where(_changes.c.mark == mark).scalar_subquery()
    rows = connection.execute(select(_changes.c.about, _changes.c.mark).where(_changes.c.seq >= seen)).all()
    later = {row.about for row in rows if row.mark != mark}
    return None if not rows or None in later else later
