"""What every test shares: real small meetings, no hub, and no silent error."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports the hub's client
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
if "PYTEST_XDIST_WORKER" in os.environ:
    # One process a core: threads of each would only wait for one another, spinning.
    os.environ["OMP_NUM_THREADS"] = "1"

import pytest
from hypothesis import settings

from demo.cast import Variant
from demo.meetings import make_small_meeting
from tests.databases import closed_at_end, postgres_server, reopen, server_address, where
from tests.shared import once

__all__ = ["closed_at_end", "postgres_server", "reopen", "server_address", "where"]

# A test may be slow on a busy machine; it must not fail for that.
settings.register_profile("videotheque", deadline=None)
settings.load_profile("videotheque")

SmallMeeting = Callable[[Variant], Path]
"""Type of the ``small_meeting`` fixture."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare our marker."""
    config.addinivalue_line("markers", "logs_errors: this test provokes errors that must be logged")


@pytest.fixture(scope="session")
def small_meeting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallMeeting]:
    """Give the folder of a small meeting of a form, made once per session.

    It is shared: copy it (``shutil.copytree``) before changing it. The session fails if someone did not.
    """
    made: dict[Variant, Path] = {}
    before: dict[Path, tuple[int, int]] = {}

    def make(variant: Variant) -> Path:
        if variant not in made:
            home = once(tmp_path_factory, variant.value, lambda home: _make(home, variant))
            made[variant] = home / variant.value
            before.update(_state(made[variant]))
        return made[variant]

    yield make

    after = {path: state for folder in made.values() for path, state in _state(folder).items()}
    assert before == after, "a test changed a shared small meeting"


def _make(home: Path, variant: Variant) -> None:
    assert make_small_meeting(home / variant.value, variant) == home / variant.value


def _state(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.fixture(autouse=True)
def _no_error_logged(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test during which something logged an error, unless it is marked ``logs_errors``."""
    yield
    if request.node.get_closest_marker("logs_errors") is None:
        records = [record for phase in ("setup", "call") for record in caplog.get_records(phase)]
        errors = [record.getMessage() for record in records if record.levelno >= logging.ERROR]
        assert errors == []
