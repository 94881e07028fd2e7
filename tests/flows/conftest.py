"""A library made by a real night, a home rendered but not published, and a Prefect server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.cast import Variant
from pipeline.records import Outcome, Stage
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.flows.nights import (
    GENEROUS_S,
    Library,
    copied,
    copy_home,
    environment,
    library_of,
    on_server,
    registered,
    stages,
    workshop_of,
)
from tests.shared import once


@pytest.fixture(scope="session")
def library(small_meeting: SmallMeeting, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Six meetings after a real night; copy it (``library.copy``) before changing it."""
    return library_of(small_meeting, tmp_path_factory)


@pytest.fixture(scope="session")
def rendered(small_meeting: SmallMeeting, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One meeting, every stage done but the last: nothing was ever published. Copy its home before changing it."""

    def make(base: Path) -> None:
        shutil.copytree(small_meeting(Variant.PLAIN), base / "inbox" / "plain")
        workshop = workshop_of(Settings(home=base / "home", inbox=base / "inbox"))
        stages(workshop, registered(workshop, base / "inbox" / "plain"), Stage.RENDER)

    base = once(tmp_path_factory, "rendered", make)
    return Settings(home=base / "home", inbox=base / "inbox")


@pytest.fixture
def unpublished(rendered: Settings, tmp_path: Path) -> Settings:
    """A copy of that meeting's home and inbox, free to change."""
    return copied(rendered, tmp_path / "home")


@pytest.fixture
def alone(
    small_meeting: SmallMeeting, rendered: Settings, tmp_path: Path, server_address: str | None
) -> tuple[Settings, Path]:
    """One published meeting with its own folder, which a test may change: the home's settings, the folder."""
    folder = tmp_path / "inbox" / "plain"
    shutil.copytree(small_meeting(Variant.PLAIN), folder)
    copy_home(rendered.home, tmp_path / "home")
    settings = Settings(home=tmp_path / "home", inbox=tmp_path / "inbox")
    if server_address is not None:
        settings = on_server(settings, server_address)
    workshop = workshop_of(settings)
    workshop.catalogue.forget(workshop.catalogue.meeting("essai-plain").recording_id)  # its folder was another one
    reports = stages(workshop, registered(workshop, folder))
    assert [report.outcome for report in reports][:4] == [Outcome.REUSED] * 4
    return settings, folder


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the Prefect server of the tests keeps its files."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def prefect_api(prefect_home: Path) -> Iterator[str]:
    """Address of a real Prefect server, started once a session: nights that use it begin at once."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = environment(prefect_home, PREFECT_HOME=str(prefect_home), PREFECT_SERVER_ANALYTICS_ENABLED="false")
    factory = ["--factory", "prefect.server.api.server:create_app"]
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", *factory, "--port", str(port), "--log-level", "error"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api", server)
        yield f"http://127.0.0.1:{port}/api"
    finally:
        server.kill()
        server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + GENEROUS_S
    while True:
        assert server.poll() is None, "the Prefect server ended"
        assert time.monotonic() < deadline, "the Prefect server did not answer"
        try:
            if httpx.get(f"{address}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
