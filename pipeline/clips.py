"""The table of published clips: one row a clip, and the ids of those that are gone.

A row holds the clip's record as JSON, the keys of the outputs with its files and vectors, and beside them what the
rules ask of it (its recording, its seconds, what was approved), so that counting and filtering read no text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    MetaData,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert  # the form that SQLite understands too

from consent.changes import MARK, note_change
from consent.holdings import HEAD
from consent.ledger import entries
from consent.records import Decision, Frozen, Naming, Place, RecordingId, Span
from pipeline.records import Clip, ClipId

metadata = MetaData()

clips = Table(
    "clips",
    metadata,
    Column("clip_id", String, primary_key=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("render_key", String, nullable=False),
    Column("embedding_key", String, nullable=False),
    Column("document", Text, nullable=False),
    Column("starts", Float, nullable=False),
    Column("ends", Float, nullable=False),
    Column("content", String, nullable=False),
    # A row of an older backup does not say it: it may name somebody.
    Column("names", String, nullable=False, server_default=Naming.SHOWN.value),
)

retired = Table("retired_clips", metadata, Column("clip_id", String, primary_key=True))

STATE = (
    func.coalesce(HEAD.scalar_subquery(), "").label("head"),
    func.coalesce(MARK.scalar_subquery(), "").label("mark"),
)
"""Of which ledger, approvals and clips the rows are, read in the same breath: a server costs a journey a question."""

SEEN = select(func.coalesce(select(func.max(entries.c.seq)).scalar_subquery(), 0).label("seq"), *STATE)
"""All on which it rests which clips may be shown, but the clock."""

ASKED: tuple[ColumnElement[Any], ...] = (
    clips.c.clip_id,
    clips.c.recording_id,
    clips.c.starts,
    clips.c.ends,
    clips.c.content,
    clips.c.names,
    *STATE,
)
"""What the rules need."""


OF_IDS = select(*ASKED).where(clips.c.clip_id.in_(bindparam("ids", expanding=True)))
"""Built once: every answer to a visitor asks it."""


class Seen(NamedTuple):
    """Up to where the database was read: the ledger's last place and its hash, the last mark of the other changes."""

    seq: int
    head: str
    mark: str


class Changes(NamedTuple):
    """Up to where it is read now, and the recordings that were written of since; None where it may be any."""

    seen: Seen
    recordings: frozenset[RecordingId] | None


class Permit(NamedTuple):
    """That a clip of a recording may be shown, until when (None: no end is known), and its corrected title."""

    recording_id: RecordingId
    until: datetime | None
    title: str | None


class PublishedClip(Frozen):
    """A clip as published: its record, and the keys of the outputs that hold its files and its vectors.

    ``until``: when it may surely be shown no longer, None where no end is known.
    """

    clip: Clip
    render_key: str
    embedding_key: str
    until: AwareDatetime | None = None


def content_of(clip: Clip) -> str:
    """What a person approves: the cut and what is said in it (the clip's id), and what is read beside it."""
    return hashlib.sha256("|".join([clip.id, clip.title, *clip.summary]).encode()).hexdigest()[:20]


def place_of(clip: Clip) -> Place:
    """What the rules are asked about a clip."""
    return Place(clip_id=clip.id, spans=(clip.span,))


def place_of_row(row: Row[Any]) -> Place:
    """The same of a row."""
    return Place(clip_id=row.clip_id, spans=(Span(start=row.starts, end=row.ends),))


def lasting(row: Row[Any], decision: Decision) -> datetime | None:
    """Until when a clip that is allowed surely is: the agreement to be named may end before that to be shown."""
    ends = [decision.valid_until, None if row.names == Naming.MASKED.value else decision.next_change]
    return min((one for one in ends if one is not None), default=None)


def put(connection: Connection, recording_id: RecordingId, clip: Clip, render_key: str, embedding_key: str) -> None:
    """Write a clip, in place of its former row; its address is gone no longer. Whoever calls it notes the change."""
    connection.execute(delete(retired).where(retired.c.clip_id == clip.id))
    values = {
        "clip_id": clip.id,
        "recording_id": recording_id,
        "render_key": render_key,
        "embedding_key": embedding_key,
        "document": clip.model_dump_json(),
        "starts": clip.span.start,
        "ends": clip.span.end,
        "content": content_of(clip),
        "names": clip.names.value,
    }
    connection.execute(upsert(clips).values(values).on_conflict_do_update(index_elements=["clip_id"], set_=values))


def retire(connection: Connection, recording_id: RecordingId, keep: Sequence[ClipId]) -> int:
    """Take a recording's clips out, but those of ``keep``; how many."""
    leaving = select(clips.c.clip_id).where((clips.c.recording_id == recording_id) & clips.c.clip_id.not_in(list(keep)))
    ids = [row.clip_id for row in connection.execute(leaving)]
    known = {row.clip_id for row in connection.execute(select(retired).where(retired.c.clip_id.in_(ids)))}
    for clip_id in ids:
        if clip_id not in known:
            connection.execute(insert(retired).values(clip_id=clip_id))
    connection.execute(delete(clips).where(clips.c.clip_id.in_(ids)))
    if ids:  # night after night, most recordings lose nothing
        note_change(connection, recording_id)
    return len(ids)


def published(row: Row[Any], title: str | None, until: datetime | None = None) -> PublishedClip:
    """The clip of a row, under its corrected title where it has one."""
    clip = Clip.model_validate_json(row.document)
    return PublishedClip(
        clip=clip if title is None else clip.model_copy(update={"title": title}),
        render_key=row.render_key,
        embedding_key=row.embedding_key,
        until=until,
    )
