"""The journal: the last report of each stage, and the hashes of files already read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent.database import Database
from consent.records import RecordingId
from pipeline.journal import Journal, KnownFile
from pipeline.records import Outcome, Stage, StageReport

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = RecordingId("rec-0000000000000001")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An empty journal."""
    return Journal(Database(tmp_path / "videotheque.sqlite3"))


def test_a_stage_has_one_report_the_last(journal: Journal) -> None:
    """Failures that were mended are no failures any more; reports come in the order of the flow."""
    for stage, outcome in ((Stage.TRANSCRIBE, Outcome.FAILED), (Stage.INGEST, Outcome.DONE)):
        journal.report(_report(stage, outcome))
    failing = journal.failures()

    journal.report(_report(Stage.TRANSCRIBE, Outcome.DONE))

    assert [Stage.TRANSCRIBE] == [report.stage for report in failing]
    assert journal.failures() == ()
    assert [Stage.INGEST, Stage.TRANSCRIBE] == [report.stage for report in journal.reports(ONE)]


def _report(stage: Stage, outcome: Outcome) -> StageReport:
    return StageReport(recording_id=ONE, stage=stage, outcome=outcome, seconds=1.5, detail="dit", finished_at=NOW)


def test_a_file_is_known_until_its_recording_is_forgotten(journal: Journal, tmp_path: Path) -> None:
    """Reports and file hashes of a recording go together."""
    journal.report(_report(Stage.INGEST, Outcome.DONE))
    file = KnownFile(path=tmp_path / "a.mp4", size_bytes=1, modified_ns=2, sha256="0" * 64)
    journal.remember_file(ONE, file)
    known = journal.known_file(file.path)

    journal.forget(ONE)

    assert file == known
    assert journal.known_file(file.path) is None
    assert journal.reports(ONE) == ()


def test_the_same_content_elsewhere_is_found(journal: Journal, tmp_path: Path) -> None:
    """Another recording with a file of the same bytes is named; one's own file is no twin."""
    two = RecordingId("rec-0000000000000002")
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    status = path.stat()
    file = KnownFile(path=path, size_bytes=1, modified_ns=status.st_mtime_ns, sha256="0" * 64)
    journal.remember_file(ONE, file)

    assert journal.same_content("0" * 64, two) == {ONE: file}
    assert journal.same_content("0" * 64, ONE) == {}
    assert file.is_unchanged()
    path.write_bytes(b"yy")
    assert not file.is_unchanged()
