"""One writer at a time, and a dead one holds nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import LibraryBusy
from pipeline.lock import library_lock

HOLD = """
import sys, time
from pathlib import Path
from pipeline.lock import library_lock
with library_lock(Path(sys.argv[1]), 0, print):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_says_who_holds_it(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    """Without waiting, the second run names the first one's process and stops."""
    try:
        with pytest.raises(LibraryBusy, match=f"processus {holder.pid}"), library_lock(tmp_path / "lock", 0, print):
            pass
    finally:
        _end(holder)


def test_a_killed_holder_frees_the_lock(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    """After kill -9 the next run starts; waiting is told once, with the holder's number."""
    told: list[str] = []

    def kill(pid: str) -> None:
        told.append(pid)
        os.kill(holder.pid, signal.SIGKILL)

    with library_lock(tmp_path / "lock", 60, kill):
        assert told == [str(holder.pid)]
    _end(holder)


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()
