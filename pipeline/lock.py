"""One writer at a time: a lock on the library, held by the process and released even by ``kill -9``."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import LibraryBusy
from pipeline.outputs import raise_if_full

_POLL_SECONDS = 0.2


@contextmanager
def library_lock(path: Path, wait_s: float, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the library's lock.

    Args:
        path: the lock file; it stays there, only the system's lock on it matters.
        wait_s: how long to wait for another holder; 0 does not wait.
        waiting: told once, with the holder's process number, when there is somebody to wait for.

    Raises:
        LibraryBusy: another run still holds it after ``wait_s`` seconds.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise_if_full(error)
        raise LibraryBusy(
            f"Le verrou de la vidéothèque ne peut pas être ouvert ({error.strerror}) ; vérifiez les droits sur "
            "VIDEOTHEQUE_HOME."
        ) from error
    try:
        _acquire(descriptor, wait_s, waiting)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, wait_s: float, waiting: Callable[[str], None]) -> None:
    deadline, told = time.monotonic() + wait_s, False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace") or "?"
            if time.monotonic() >= deadline:
                raise LibraryBusy(
                    f"Une autre exécution (processus {holder}) travaille déjà sur cette vidéothèque ; attendez sa fin "
                    "puis relancez."
                ) from None
            if not told:
                waiting(holder)
                told = True
            time.sleep(_POLL_SECONDS)
        else:
            return
