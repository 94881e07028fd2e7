"""What became of each stage, and the hashes of files already read: notes that can always be made again.

They live in the library's database, beside the catalogue. No text of a meeting enters a report: its ``detail`` is
one French sentence of the program's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Column, Float, MetaData, Row, String, Table, Text, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert  # the form that SQLite understands too

from consent.database import Database
from consent.records import Frozen, RecordingId
from pipeline.records import Outcome, Stage, StageReport

_metadata = MetaData()

_files = Table(
    "files",
    _metadata,
    Column("path", String, primary_key=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Column("sha256", String, nullable=False, index=True),
)

_reports = Table(
    "stage_reports",
    _metadata,
    Column("recording_id", String, primary_key=True),
    Column("stage", String, primary_key=True),
    Column("outcome", String, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("detail", Text, nullable=False),
    Column("finished_at", String, nullable=False),
)


class KnownFile(Frozen):
    """A file already hashed; the hash stands while size and modification time do."""

    path: Path
    size_bytes: int
    modified_ns: int
    sha256: str

    def is_unchanged(self) -> bool:
        """Whether the file is still there as it was hashed."""
        try:
            status = self.path.stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (self.size_bytes, self.modified_ns)


class Journal:
    """Stage reports and file hashes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.create(_metadata)

    def forget(self, recording_id: RecordingId) -> None:
        """Remove all that is noted of a recording."""
        with self.database.writing() as connection:
            for table in (_files, _reports):
                connection.execute(delete(table).where(table.c.recording_id == recording_id))

    def knows(self, recording_id: RecordingId) -> bool:
        """Whether anything is noted of a recording."""
        with self.database.reading() as connection:
            queries = (
                select(table.c.recording_id).where(table.c.recording_id == recording_id) for table in (_files, _reports)
            )
            return any(connection.execute(query).first() is not None for query in queries)

    # --- files ---

    def known_file(self, path: Path) -> KnownFile | None:
        """What is known of a file."""
        with self.database.reading() as connection:
            row = connection.execute(select(_files).where(_files.c.path == str(path))).first()
        return None if row is None else _known(row)

    def same_content(self, sha256: str, but: RecordingId) -> dict[RecordingId, KnownFile]:
        """The files of that content that other recordings had when they were last read."""
        query = select(_files).where((_files.c.sha256 == sha256) & (_files.c.recording_id != but))
        with self.database.reading() as connection:
            return {RecordingId(row.recording_id): _known(row) for row in connection.execute(query)}

    def files_of(self, recording_id: RecordingId) -> tuple[Path, ...]:
        """The files of a recording that were ever read."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_files.c.path).where(_files.c.recording_id == recording_id))
            return tuple(Path(row.path) for row in rows)

    def remember_file(self, recording_id: RecordingId, file: KnownFile) -> None:
        """Keep a file's hash."""
        values = {**file.model_dump(mode="json"), "recording_id": recording_id}
        with self.database.writing() as connection:
            connection.execute(
                upsert(_files).values(values).on_conflict_do_update(index_elements=["path"], set_=values)
            )

    # --- reports ---

    def report(self, report: StageReport) -> None:
        """Keep what became of a stage, in place of the former report."""
        values = report.model_dump(mode="json")
        with self.database.writing() as connection:
            statement = upsert(_reports).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["recording_id", "stage"], set_=values))

    def reports(self, recording_id: RecordingId) -> tuple[StageReport, ...]:
        """The last report of each stage, in the order of the flow."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_reports).where(_reports.c.recording_id == recording_id)).all()
        found = [StageReport.model_validate(dict(row._mapping)) for row in rows]
        return tuple(sorted(found, key=lambda one: list(Stage).index(one.stage)))

    def failures(self) -> tuple[StageReport, ...]:
        """The reports of stages that failed and were not mended since."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_reports).where(_reports.c.outcome == Outcome.FAILED.value)).all()
        return tuple(StageReport.model_validate(dict(row._mapping)) for row in rows)

    def drop_reports(self, recording_id: RecordingId, stages: Iterable[Stage]) -> None:
        """Remove reports that no longer tell the truth."""
        with self.database.writing() as connection:
            own = _reports.c.recording_id == recording_id
            connection.execute(delete(_reports).where(own & _reports.c.stage.in_([stage.value for stage in stages])))


def _known(row: Row[Any]) -> KnownFile:
    return KnownFile(path=Path(row.path), size_bytes=row.size_bytes, modified_ns=row.modified_ns, sha256=row.sha256)
