"""Libraries of before: what earlier tables held, brought into those of today, once, at the first opening.

Refusals of single clips and hidden passages were kept beside the register: they become entries of it. Published clips
did not say where they are in their recording: their own documents tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, text

from consent.approvals import Approval, ApprovalBook
from consent.database import Database, columns_of
from consent.purposes import SHOWING
from consent.records import ConsentEvent, EventKind, Naming, PersonId, RecordingId, Scope, Span
from consent.register import Register
from pipeline.records import Clip

_WISHES = "clip_wishes"


def upgrade_clips(database: Database, content_of: Callable[[Clip], str]) -> None:
    """Fill the columns that earlier tables of clips lacked."""
    _upgrade_places(database, content_of)
    with database.reading() as connection:
        if "names" in columns_of(connection, "clips"):
            return
    with database.writing() as connection:
        if "names" not in columns_of(connection, "clips"):
            # They were made without looking whether they name somebody: they may.
            named = f"names VARCHAR NOT NULL DEFAULT '{Naming.SHOWN.value}'"
            connection.exec_driver_sql(f"ALTER TABLE clips ADD COLUMN {named}")


def _upgrade_places(database: Database, content_of: Callable[[Clip], str]) -> None:
    with database.reading() as connection:
        if "starts" in columns_of(connection, "clips"):
            return
    with database.writing() as connection:
        if "starts" in columns_of(connection, "clips"):
            return  # another process did it meanwhile
        for column in ("starts FLOAT", "ends FLOAT", "content VARCHAR"):
            connection.exec_driver_sql(f"ALTER TABLE clips ADD COLUMN {column}")
        fill = text("UPDATE clips SET starts = :starts, ends = :ends, content = :content WHERE clip_id = :id")
        for document in connection.exec_driver_sql("SELECT document FROM clips").scalars().all():
            clip = Clip.model_validate_json(document)
            values = {"id": clip.id, "starts": clip.span.start, "ends": clip.span.end, "content": content_of(clip)}
            connection.execute(fill, values)


def upgrade_wishes(register: Register, approvals: ApprovalBook) -> None:
    """Make events and approvals of what people said of clips in an earlier table, and remove it."""
    with register.database.reading() as connection:
        if not inspect(connection).has_table(_WISHES):
            return
    with register.writing() as connection:
        if not inspect(connection).has_table(_WISHES):
            return  # another process did it meanwhile
        for row in connection.exec_driver_sql("SELECT * FROM clip_wishes ORDER BY seq").mappings().all():
            if row["kind"] == "approved":
                names = ("recording_id", "person_id", "clip_id", "content", "said_at", "channel")
                approvals.say_within(connection, Approval.model_validate({name: row[name] for name in names}))
            else:
                register.append_within(connection, event_of_wish(dict(row)))
        connection.exec_driver_sql("DROP TABLE clip_wishes")


def event_of_wish(wish: Mapping[str, Any]) -> ConsentEvent:
    """The withdrawal that a refused clip, or a hidden passage, was."""
    said_at = wish["said_at"] if isinstance(wish["said_at"], datetime) else datetime.fromisoformat(wish["said_at"])
    span = Span(start=wish["starts"], end=wish["ends"]) if wish["starts"] is not None else None
    scope = Scope(clip_id=wish["clip_id"], passages=(span,) if span else ())
    if wish["clip_id"] is not None and span is not None:
        scope = Scope.of_clip(wish["clip_id"], span)
    return ConsentEvent(
        event_id=f"wish-{wish['recording_id']}-{wish['seq']}",
        recording_id=RecordingId(wish["recording_id"]),
        person_id=PersonId(wish["person_id"]),
        kind=EventKind.WITHDRAWN,
        purposes=SHOWING,
        scope=scope,
        indicated_at=said_at,
        recorded_at=said_at,
        channel=wish["channel"],
    )
