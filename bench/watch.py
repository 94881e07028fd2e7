"""Run one command and write down what it cost: seconds, CPU seconds, memory. Standard library only.

Started as a small process of its own between the benchmark and what it measures. Linux counts the memory of a
process from before its ``exec``, when it was still a copy of the one that started it: measured straight from the
benchmark, a bare ffmpeg would seem to need the benchmark's own memory. Source: ``wait4(2)``, ``proc(5)``.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_EVERY_S = 0.2
"""Between two looks at the tree's memory: often enough for stages of seconds, a thousandth of a core."""

_PROC = Path("/proc")
_KIBIBYTE = 1024
_PARENT_FIELD = 1  # of /proc/PID/stat, after the command's closing parenthesis
_RSS_FIELD = 21


def main(arguments: list[str]) -> int:
    """Run ``arguments[1:]``, write the cost as JSON into the file ``arguments[0]``, return the exit status."""
    target, command = Path(arguments[0]), arguments[1:]
    started = time.monotonic()
    process = subprocess.Popen(command)
    for sign in (signal.SIGTERM, signal.SIGINT):  # meant for the command, whose end must still be written down
        signal.signal(sign, lambda *_: None)
    peak = _TreePeak(process.pid)
    peak.start()
    # wait4 gives the process and every descendant that was waited for; its memory is that of the largest one.
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not wait again for what is gone
    peak.stop()
    cost = {
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "largest_process_bytes": _bytes(usage),
        "tree_bytes": peak.bytes,
    }
    target.write_text(json.dumps(cost), "utf-8")
    return process.returncode


def _bytes(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else _KIBIBYTE)


class _TreePeak(threading.Thread):
    """The largest sum of the resident memory of a process and its descendants; None without ``/proc``."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.bytes: int | None = None
        self._root = root
        self._over = threading.Event()
        self._page = resource.getpagesize()

    def run(self) -> None:
        while not self._over.is_set():
            found = _resident_pages(self._root)
            if found is not None:
                self.bytes = max(self.bytes or 0, found * self._page)
            self._over.wait(_EVERY_S)

    def stop(self) -> None:
        """End the looking."""
        self._over.set()
        self.join()


def _resident_pages(root: int) -> int | None:
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for entry in _PROC.glob("[0-9]*/stat"):
        try:
            fields = entry.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        pid = int(entry.parent.name)
        parents[pid], pages[pid] = int(fields[_PARENT_FIELD]), int(fields[_RSS_FIELD])
    if root not in parents:
        return None
    return sum(size for pid, size in pages.items() if _descends(pid, root, parents))


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid not in (root, 0):
        pid = parents.get(pid, 0)
    return pid == root


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
