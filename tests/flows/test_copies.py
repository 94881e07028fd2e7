"""Copies of a home: what one erases is its own, never the sources of the home that it was copied from."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from consent.records import PersonId, Purpose
from demo.cast import Variant
from flows import night
from flows.erasing import ErasureReport
from flows.progress import Silence
from flows.retention import release_sources
from flows.workshop import Workshop
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.flows.nights import copy_home, registered
from videotheque.cli import main


def _withdrawn(settings: Settings) -> ErasureReport:
    workshop = Workshop(settings)
    (meeting,) = workshop.catalogue.meetings()
    (report,) = night.withdraw(workshop, meeting, PersonId("jeune"), Silence()).erasures
    return report


def _registered(settings: Settings, meeting: Path) -> Path:
    """A folder of the inbox, registered, of which nothing was made yet."""
    folder = settings.inbox_folder / "plain"
    shutil.copytree(meeting, folder)
    registered(Workshop(settings), folder)
    return folder


def test_a_copy_erases_nothing_of_the_first_home(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """Their inbox is the same folder, elsewhere: the copy says whose it is and its certificate waits."""
    first = Settings(home=tmp_path / "first", inbox=tmp_path / "inbox")
    folder = _registered(first, small_meeting(Variant.PLAIN))
    copy_home(first.home, tmp_path / "copy")

    foreign = _withdrawn(first.model_copy(update={"home": tmp_path / "copy"}))
    there = (folder / "meeting.json").exists()
    own = _withdrawn(first)

    assert (False, True) == (foreign.done, there)
    assert "autre vidéothèque" in foreign.problem
    assert own.done
    assert not folder.exists()


def test_a_copy_erases_its_own_copy_of_a_folder_that_is_in_the_home(
    small_meeting: SmallMeeting, tmp_path: Path
) -> None:
    """The inbox is in the home and was copied with it: that one goes, the first one's stays."""
    first = Settings(home=tmp_path / "first")
    folder = _registered(first, small_meeting(Variant.PLAIN))
    copy_home(first.home, tmp_path / "copy")
    copy = Settings(home=tmp_path / "copy")

    report = _withdrawn(copy)

    assert report.done
    assert not (copy.inbox_folder / "plain").exists()
    assert (folder / "meeting.json").exists()


def test_a_copy_leaves_the_source_that_nobody_wants_kept(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """It is for the library that registered the folder to erase it: the copy does not even note it gone."""
    first = Settings(home=tmp_path / "first", inbox=tmp_path / "inbox")
    folder = _registered(first, small_meeting(Variant.PLAIN))
    taken = frozenset({Purpose.PUBLISH, Purpose.RETAIN_SOURCE})
    (recording,) = Workshop(first).catalogue.meetings()
    Workshop(first).register.withdraw(recording.recording_id, PersonId("jeune"), taken)
    copy_home(first.home, tmp_path / "copy")
    copy = Workshop(first.model_copy(update={"home": tmp_path / "copy"}))
    files = sorted(folder.iterdir())

    release_sources(copy, Silence())
    left = sorted(folder.iterdir())
    release_sources(Workshop(first), Silence())

    assert (files, None) == (left, copy.catalogue.source_gone(recording.recording_id))
    assert set(folder.iterdir()) < set(files)


def test_what_the_operator_adds_by_name_is_the_librarys_own(
    small_meeting: SmallMeeting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that was moved takes its folders over again; the erasure that waited is then done."""
    first = Settings(home=tmp_path / "first", inbox=tmp_path / "inbox")
    folder = _registered(first, small_meeting(Variant.PLAIN))
    first.home.rename(tmp_path / "moved")
    moved = first.model_copy(update={"home": tmp_path / "moved"})
    waiting = _withdrawn(moved)
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(moved.home))
    monkeypatch.setenv("VIDEOTHEQUE_INBOX", str(moved.inbox_folder))

    statuses = [main(["add", str(folder)]), main(["erase"])]

    assert not waiting.done
    assert [0, 0] == statuses
    assert not folder.exists()


def test_a_home_of_before_keeps_its_folders(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """Its table does not say which home registered them: it is the one in which they are found."""
    settings = Settings(home=tmp_path / "home", inbox=tmp_path / "inbox")
    folder = _registered(settings, small_meeting(Variant.PLAIN))
    with closing(sqlite3.connect(settings.database_file)) as held:
        held.execute("ALTER TABLE recordings DROP COLUMN home")
        held.commit()

    report = _withdrawn(settings)

    assert report.done
    assert not folder.exists()
