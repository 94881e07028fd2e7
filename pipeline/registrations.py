"""Registered meetings: which folders the library knows, under which ids, and in what state each was last processed.

A folder inside the library's home is kept by its place in it, so that a copy of the home means its own copy of the
folder; of any other, which home registered it is kept too, so that a copy erases nothing that is the first one's.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Row, String, Table, delete, insert, select, update

from consent.database import Database, columns_of
from consent.records import Frozen, RecordingId
from pipeline.errors import UnknownRecording

_metadata = MetaData()

_recordings = Table(
    "recordings",
    _metadata,
    Column("recording_id", String, primary_key=True),
    Column("meeting_id", String, nullable=False, unique=True),
    Column("folder", String, nullable=False, index=True),
    Column("registered_at", String, nullable=False),
    Column("settled", String),
    Column("home", String),
)

_gone = Table(
    "sources_gone",
    _metadata,
    Column("recording_id", String, primary_key=True),
    Column("at", String, nullable=False),
)


class RegisteredMeeting(Frozen):
    """A meeting's place: its opaque id, the operator's id, its folder.

    ``settled`` is the state (of its files, consents and settings) that was last processed to the end. ``ours``: the
    folder is in this home, or this home registered it; else it is that of the library of which this is a copy.
    """

    recording_id: RecordingId
    meeting_id: str
    folder: Path
    registered_at: str
    settled: str | None
    ours: bool


class Registrations:
    """The meetings that are registered, in the library's database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._home = database.home.resolve()
        database.create(_metadata)
        self._upgrade()

    def register_meeting(
        self, recording_id: RecordingId, meeting_id: str, folder: Path, now: datetime, *, claimed: bool = False
    ) -> bool:
        """Note a meeting's folder; True where it was unknown before. ``claimed``: the operator says that it is ours."""
        place = {"folder": self._kept(folder), "home": str(self._home)}
        with self.database.writing() as connection:
            known = _recordings.c.recording_id == recording_id
            row = connection.execute(select(_recordings).where(known)).first()
            if row is None:
                new = {"recording_id": recording_id, "meeting_id": meeting_id, "registered_at": now.isoformat()}
                connection.execute(insert(_recordings).values(**new, **place))
            elif claimed or self._home / row.folder != folder:
                connection.execute(update(_recordings).where(known).values(place))
            return row is None

    def meetings(self) -> tuple[RegisteredMeeting, ...]:
        """Every registered meeting, in the order of registration."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(_recordings).order_by(_recordings.c.registered_at, _recordings.c.meeting_id)
            )
            return tuple(self._meeting(row) for row in rows)

    def is_empty(self) -> bool:
        """Whether no meeting is registered."""
        with self.database.reading() as connection:
            return connection.execute(select(_recordings.c.recording_id).limit(1)).first() is None

    def around(self, folder: Path) -> tuple[RegisteredMeeting, ...]:
        """The meetings registered for a folder, for one that holds it, or for one inside it."""
        within = _recordings.c.folder.startswith(f"{self._kept(folder)}/", autoescape=True)
        if self._home.is_relative_to(folder):  # those of the home are kept by their place in it
            within |= ~_recordings.c.folder.startswith("/")
        holding = _recordings.c.folder.in_([self._kept(one) for one in (folder, *folder.parents)])
        with self.database.reading() as connection:
            rows = connection.execute(select(_recordings).where(within | holding)).all()
        return tuple(self._meeting(row) for row in rows)

    def find_meeting(self, name: str) -> RegisteredMeeting | None:
        """The meeting with that operator's id or opaque id, if there is one."""
        with self.database.reading() as connection:
            row = connection.execute(
                select(_recordings).where((_recordings.c.meeting_id == name) | (_recordings.c.recording_id == name))
            ).first()
        return None if row is None else self._meeting(row)

    def meeting_of_folder(self, folder: Path) -> RegisteredMeeting | None:
        """The meeting registered for a folder, if there is one."""
        with self.database.reading() as connection:
            row = connection.execute(select(_recordings).where(_recordings.c.folder == self._kept(folder))).first()
        return None if row is None else self._meeting(row)

    def meeting(self, name: str) -> RegisteredMeeting:
        """The meeting with that operator's id or opaque id.

        Raises:
            UnknownRecording: there is none.
        """
        found = self.find_meeting(name)
        if found is None:
            raise UnknownRecording(
                f"Aucune rencontre « {name[:80]} » n'est enregistrée ; ajoutez son dossier avec « videotheque add », "
                "ou voyez la liste avec « videotheque status »."
            )
        return found

    def settle(self, recording_id: RecordingId, state: str | None) -> None:
        """Note that a recording was processed to the end in that state (None: it must be looked at again)."""
        with self.database.writing() as connection:
            self.settle_within(connection, recording_id, state)

    def settle_within(self, connection: Connection, recording_id: RecordingId, state: str | None) -> None:
        """The same inside the caller's transaction."""
        known = _recordings.c.recording_id == recording_id
        connection.execute(update(_recordings).where(known).values(settled=state))

    def note_source_gone(self, recording_id: RecordingId, at: datetime | None) -> None:
        """Note that a recording's source is erased as somebody asked, or (None) that it is there again."""
        with self.database.writing() as connection:
            self.note_source_gone_within(connection, recording_id, at)

    def note_source_gone_within(self, connection: Connection, recording_id: RecordingId, at: datetime | None) -> None:
        """The same inside the caller's transaction."""
        connection.execute(delete(_gone).where(_gone.c.recording_id == recording_id))
        if at is not None:
            connection.execute(insert(_gone).values(recording_id=recording_id, at=at.isoformat()))

    def source_gone(self, recording_id: RecordingId) -> datetime | None:
        """Since when a recording's source is erased, as somebody asked; None where it was not."""
        with self.database.reading() as connection:
            at = connection.execute(select(_gone.c.at).where(_gone.c.recording_id == recording_id)).scalar()
        return None if at is None else datetime.fromisoformat(at)

    def sources_gone_within(self, connection: Connection) -> dict[RecordingId, datetime]:
        """Every recording whose source is erased as somebody asked, and since when."""
        rows = connection.execute(select(_gone)).all()
        return {RecordingId(row.recording_id): datetime.fromisoformat(row.at) for row in rows}

    def forget_within(self, connection: Connection, recording_id: RecordingId) -> None:
        """Remove a meeting inside the caller's transaction."""
        connection.execute(delete(_gone).where(_gone.c.recording_id == recording_id))
        connection.execute(delete(_recordings).where(_recordings.c.recording_id == recording_id))

    def knows_within(self, connection: Connection, recording_id: RecordingId) -> bool:
        """Whether a recording is registered, inside the caller's transaction."""
        known = select(_recordings.c.recording_id).where(_recordings.c.recording_id == recording_id)
        return connection.execute(known).first() is not None

    def _kept(self, folder: Path) -> str:
        """How a folder is written down: by its place in the home, where it is in it."""
        return str(folder.relative_to(self._home) if folder.is_relative_to(self._home) else folder)

    def _meeting(self, row: Row[Any]) -> RegisteredMeeting:
        folder = self._home / row.folder  # the home counts for nothing before an absolute path
        return RegisteredMeeting(
            recording_id=RecordingId(row.recording_id),
            meeting_id=row.meeting_id,
            folder=folder,
            registered_at=row.registered_at,
            settled=row.settled,
            ours=folder.is_relative_to(self._home) or row.home == str(self._home),
        )

    def _upgrade(self) -> None:
        """Take the folders that a version before registered for those of the home in which they are found."""
        with self.database.reading() as connection:
            if "home" in columns_of(connection, _recordings.name):
                return
        with self.database.writing() as connection:
            if "home" in columns_of(connection, _recordings.name):
                return  # another process did it meanwhile
            connection.exec_driver_sql("ALTER TABLE recordings ADD COLUMN home VARCHAR")
            for row in connection.execute(select(_recordings)).all():
                own = _recordings.c.recording_id == row.recording_id
                place = {"folder": self._kept(Path(row.folder)), "home": str(self._home)}
                connection.execute(update(_recordings).where(own).values(place))
