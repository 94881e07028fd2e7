"""A command's temporary folder: empty again whatever ends the command.

Gives a folder in the system's temporary one, which only its owner may read. An error, Ctrl-C, a closed terminal or a
polite stop (SIGHUP, SIGTERM) takes it away at once; what a killed command left (SIGKILL, power) is taken away by the
next one, which knows it by a lock that nobody holds any more.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

_PREFIX = "videotheque-"
_LOCK = "lock"
_STOPS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for the time of one command; only the main thread may ask for it.

    Raises:
        SystemExit: a signal asked the command to stop; the folder is gone, the status is that of a shell.
        OSError: no folder can be made.
    """
    _sweep()
    former = {number: signal.signal(number, _stop) for number in _STOPS}
    try:
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as name, _held(Path(name)):
            yield Path(name)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> None:
    for one in _STOPS:
        signal.signal(one, signal.SIG_IGN)  # a second one must not end the cleaning
    raise SystemExit(128 + number)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sweep() -> None:
    """Take away the folders of commands that were killed: ours, with a lock that is free."""
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError):  # another user's, or gone meanwhile
            if lock.parent.is_symlink() or lock.parent.stat().st_uid != os.getuid():
                continue
            descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent)
            finally:
                os.close(descriptor)
