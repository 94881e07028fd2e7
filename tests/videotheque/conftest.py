"""Real media of three seconds, a library that shows it, and a client of the site on top."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import ffmpeg
import pytest
from starlette.testclient import TestClient

from demo.cast import MEETINGS
from pipeline import ffmpeg as door
from pipeline.opening import open_register
from pipeline.settings import MediaLimits, Settings
from tests.videotheque.shelf import Shelf
from videotheque import cli
from videotheque.app import create_app

Command = Callable[..., tuple[int, str, str]]
"""Runs the command in this process: its status, its output, its errors."""

DESCRIBED = MEETINGS[0].description("Infirmière")

TOKEN = "un-jeton-de-quarante-caracteres-au-moins-0"
"""The platform's, where a test opens its door."""

BEARER = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:01.000\nÀ quoi ressemble une journée ?\n"


@pytest.fixture(scope="session")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with video.mp4 (3 s, with sound), captions.vtt and poster.jpg."""
    folder = tmp_path_factory.mktemp("clip-media")
    picture = ffmpeg.input("testsrc=size=320x180:rate=10:duration=3", f="lavfi")
    sound = ffmpeg.input("sine=frequency=300:duration=3", f="lavfi")
    door.run(
        ffmpeg.output(picture, sound, str(folder / "video.mp4"), pix_fmt="yuv420p", movflags="+faststart"),
        MediaLimits(),
    )
    door.run(ffmpeg.output(picture, str(folder / "poster.jpg"), vframes=1, update=1), MediaLimits())
    (folder / "captions.vtt").write_text(CAPTIONS, "utf-8")
    return folder


@pytest.fixture
def shelf(media_folder: Path) -> Shelf:
    """A library of two clips."""
    return Shelf(media_folder)


@pytest.fixture
def client(shelf: Shelf) -> Iterator[TestClient]:
    """A visitor of the site on that library."""
    with TestClient(create_app(shelf)) as visitor:
        yield visitor


@pytest.fixture
def empty_client(media_folder: Path) -> Iterator[TestClient]:
    """A visitor of a library in which nothing is published yet."""
    with TestClient(create_app(Shelf(media_folder, clips=()))) as visitor:
        yield visitor


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data home, named by the environment."""
    for name in [name for name in os.environ if name.startswith(("VIDEOTHEQUE_", "PREFECT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VIDEOTHEQUE_CONTROLLER__NAME", "Association Exemple")
    return tmp_path / "home"


@pytest.fixture
def videotheque(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, on a home where one meeting was added."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    folder = tmp_path / DESCRIBED.id
    folder.mkdir()
    (folder / "meeting.json").write_text(DESCRIBED.model_dump_json(exclude_none=True), "utf-8")
    for name in DESCRIBED.files():
        (folder / name).touch()
    assert call("add", str(folder))[0] == 0
    return call


@pytest.fixture
def described(home: Path, videotheque: Command) -> Settings:
    """The settings of a home where one meeting was added, with the platform's door open."""
    return Settings(home=home, withdrawal_token=TOKEN)


def entries(settings: Settings) -> int:
    """How many lines the register has, all of them verified."""
    found = open_register(settings).ledger.verify()
    assert found.problem == ""
    return found.entries
