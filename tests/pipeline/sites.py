"""A library that serves, and copies of its database that tests put back under it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url

from consent.records import PART, ConsentEvent, RecordingId, Span
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue
from pipeline.opening import open_register
from pipeline.records import ClipId
from pipeline.settings import Settings
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock
from tests.videotheque.shelf import make_clip
from videotheque.gate import Gate

OTHER = RecordingId("rec-00000000000000ff")
CLIPS = {OTHER: ClipId("clip-" + "b" * 20), RECORDING: ClipId("clip-" + "a" * 20)}
EVERYONE = (PRO.model_copy(update={"waived": True}), YOUNG.model_copy(update={"waived": True}))


def agreed(recording_id: RecordingId = RECORDING) -> list[ConsentEvent]:
    """What everyone said of a recording: yes, to everything."""
    return [given_by(one, recording_id=recording_id) for one in (PRO, YOUNG)]


class Copies:
    """Copies of a library's database, on either kind of it, which are put back under whoever has it open."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self._folder = folder

    def save(self, name: str = "copy") -> None:
        """Copy the database as it is."""
        if self.settings.database_url is None:
            _copy(self.settings.database_file, self._folder / name)
            return
        self._on_server(f"DROP DATABASE IF EXISTS {{0}}_{name}", f"CREATE DATABASE {{0}}_{name} TEMPLATE {{0}}")

    def put_back(self, name: str = "copy") -> None:
        """Put the copy back where the database is: the same file, as SQLite's online ``.restore`` does it."""
        if self.settings.database_url is None:
            _copy(self._folder / name, self.settings.database_file)
            return
        self._on_server("DROP DATABASE {0} WITH (FORCE)", f"CREATE DATABASE {{0}} TEMPLATE {{0}}_{name}")

    def _on_server(self, *statements: str) -> None:
        assert self.settings.database_url is not None
        address = make_url(self.settings.database_url.get_secret_value())
        engine = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            kick = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{address.database}'"
            for statement in (kick, *statements):
                connection.exec_driver_sql(statement.format(address.database))
        engine.dispose()


class Site(Copies):
    """A library that serves, and copies of its database that can be put back under it."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(settings, folder)
        self.clock = Clock()
        self.catalogue = self.opened()
        self.gate = Gate(self.catalogue)
        for recording_id, clip_id in CLIPS.items():
            self.catalogue.register_meeting(recording_id, recording_id, folder / recording_id, MORNING)
            self.catalogue.approvals.declare(recording_id, EVERYONE, [one.id for one in EVERYONE])
            self.catalogue.register.declare(recording_id, EVERYONE, agreed(recording_id))
            clearance = self.catalogue.register.clear(recording_id, *PUBLICATION, place=PART)
            made = make_clip(clip_id, "Titre", "boulangère", ("Pourquoi ?", "Parce que."))
            clip = made.model_copy(update={"recording_id": recording_id, "span": Span(start=10, end=60)})
            self.catalogue.publish(clearance, recording_id, [clip], "render", "index")
            self.save(f"with_{recording_id[4:]}")  # copies of before there was more

    def opened(self) -> Catalogue:
        """The same library, as another process opens it."""
        return Catalogue(open_register(self.settings, self.clock), Reviewers.BOTH)

    def shown(self) -> set[RecordingId]:
        """The recordings of which a visitor sees something; every way of asking must agree."""
        ids = list(CLIPS.values())
        live = set(self.catalogue.live(ids))
        assert live == set(self.gate.clips(ids)) == set(self.gate.showable(ids)) == set(self.opened().live(ids))
        assert len(live) == self.gate.count()
        return {one for one, clip_id in CLIPS.items() if clip_id in live}


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as held, closing(sqlite3.connect(target)) as made:
        held.backup(made)


@pytest.fixture
def site(tmp_path: Path, server_address: str | None) -> Site:
    """Two meetings of one clip each, that their persons agreed to and gave up approving."""
    settings = Settings(home=tmp_path / "home", inbox=tmp_path / "inbox")
    if server_address is not None:
        settings = settings.model_copy(update={"database_url": SecretStr(server_address)})
    return Site(settings, tmp_path)
