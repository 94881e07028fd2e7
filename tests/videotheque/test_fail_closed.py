"""A register that cannot be read shows nothing, and says so: 503 in French, never a page without its filter."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.flows.nights import Library as Night
from tests.flows.nights import library_of, workshop_of
from videotheque import addresses
from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.library import Library
from videotheque.view import MediaKind

Breaks = Callable[[Path], AbstractContextManager[None]]
"""Spoils a database file for a while."""


@contextmanager
def _overwritten(file: Path) -> Iterator[None]:
    """Its bytes are no database any more."""
    for left in file.parent.glob(f"{file.name}-*"):
        left.unlink()
    file.write_bytes(b"plus rien ici n'est une base " * 1000)
    yield


@contextmanager
def _of_another_version(file: Path) -> Iterator[None]:
    """A version to come keeps its hashes under another name."""
    raw = sqlite3.connect(file)
    raw.execute("ALTER TABLE consent_events RENAME COLUMN leaf TO hash")
    raw.commit()
    raw.close()
    yield


@contextmanager
def _gone(file: Path) -> Iterator[None]:
    """It is not there any more."""
    for part in file.parent.glob(f"{file.name}*"):
        part.rename(part.with_name(f"elsewhere-{part.name}"))
    yield


@pytest.fixture(scope="session")
def night(small_meeting: SmallMeeting, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Six meetings after a real night; copied before any change."""
    return library_of(small_meeting, tmp_path_factory)


@pytest.mark.logs_errors
@pytest.mark.parametrize("broken", [_overwritten, _of_another_version, _gone])
@pytest.mark.parametrize("warm", [True, False])
def test_without_the_register_every_door_is_closed(night: Night, tmp_path: Path, broken: Breaks, warm: bool) -> None:
    """Search, pages, API, media, suggestions, health: 503 and not one clip, asked before or not."""
    copy = night.copy(tmp_path / "data" / "home")
    settings = Settings(home=copy.home, inbox=copy.inbox, keys=tmp_path / "keys")
    shutil.move(copy.home / "keys", tmp_path / "keys")
    catalogue = workshop_of(settings).catalogue
    clips = [one.clip for one in catalogue.live(catalogue.clip_ids()).values()]
    catalogue.database.close()
    (clip, *_) = clips
    places = [
        f"/?q={clip.title}",
        f"/api/v1/clips?q={clip.title}",
        "/api/v1/discover",
        f"/api/v1/suggestions?q={clip.title}",
    ]
    places += [addresses.clip_url(clip.id), f"/api/v1/clips/{clip.id}", f"/api/v1/clips/{clip.id}/related", "/sante"]
    places += [addresses.media_url(clip.id, kind) for kind in MediaKind]
    with TestClient(create_app(Library(settings), Desk(settings))) as client:
        for place in places if warm else ():
            assert client.get(place).status_code == 200, place

        with broken(settings.database_file):
            answers = {place: client.get(place) for place in places}
            head = {place: client.head(place).status_code for place in places[-3:]}

    assert {503} == {answer.status_code for answer in answers.values()}, answers
    assert {503} == set(head.values())
    for answer in answers.values():
        assert not any(one.id in answer.text or one.sentences[-1].text in answer.text for one in clips[1:])
    assert "ne peuvent pas être vérifiés" in answers["/sante"].json()["detail"]
