"""Measure a command, or one of our functions in a fresh process, and what is done inside such a process.

Takes an argument list, or a module-level function with its request (frozen models in, frozen models out); gives
:class:`Cost` for whole processes and :class:`Lap` for parts of one. CPU seconds count every descendant that was
waited for, ffmpeg included. Source: ``getrusage(2)``, ``wait4(2)``.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from consent.records import Frozen

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)

_WATCH = Path(__file__).with_name("watch.py")
_ROOT = Path(__file__).parents[1]
_TOLD_CHARACTERS = 4000
_OWN_SETTINGS = ("VIDEOTHEQUE_", "PREFECT_")


class Cost(Frozen):
    """What a process cost from its start to its end, with all its descendants.

    ``largest_process_bytes`` is the peak resident memory of its largest process, ``tree_bytes`` the largest sum
    seen over all of them (looked at five times a second, shared pages counted twice; None without ``/proc``).
    """

    wall_s: float
    cpu_s: float
    largest_process_bytes: int
    tree_bytes: int | None


class Lap(Frozen):
    """What one named part of a process cost, with the children that it started and waited for."""

    name: str
    wall_s: float
    cpu_s: float


class Laps(Frozen):
    """The laps of one process, in order."""

    laps: tuple[Lap, ...]

    def of(self, name: str) -> tuple[Lap, ...]:
        """The laps of that name, in order.

        Raises:
            KeyError: there is none.
        """
        found = tuple(lap for lap in self.laps if lap.name == name)
        if not found:
            raise KeyError(name)
        return found


class Child(Frozen, Generic[Result]):
    """What a function gave in its own process, and what that whole process cost (interpreter and imports too)."""

    result: Result
    cost: Cost


class Failed(RuntimeError):
    """A measured command ended with an error: nothing about it may be reported."""


class Timer:
    """Collects laps."""

    def __init__(self) -> None:
        self._laps: list[Lap] = []

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Measure the body, unless it raises."""
        cpu, started = _cpu_seconds(), time.monotonic()
        yield
        self._laps.append(Lap(name=name, wall_s=time.monotonic() - started, cpu_s=_cpu_seconds() - cpu))

    def laps(self) -> Laps:
        """What was measured so far."""
        return Laps(laps=tuple(self._laps))


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end in a fresh process and say what it cost.

    Raises:
        Failed: it ended with another status than 0; the error holds the end of what it printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "cost.json"
        # -I -S: the watcher itself stays a few megabytes.
        watched = [sys.executable, "-I", "-S", str(_WATCH), str(written), *command]
        done = subprocess.run(
            watched,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment if environment is not None else plain_environment()),
            cwd=_ROOT,
            check=False,
        )
        if done.returncode != 0:
            told = done.stdout.decode("utf-8", "replace")[-_TOLD_CHARACTERS:]
            raise Failed(f"{Path(command[0]).name} ended with {done.returncode}\n{told}")
        return Cost.model_validate_json(written.read_bytes())


def in_child(
    function: Callable[[Request], Result], request: Request, environment: Mapping[str, str] | None = None
) -> Child[Result]:
    """Call a module-level function in a fresh process.

    Args:
        function: annotated with the types of its one argument and its result, both pydantic models.
        request: its argument.
        environment: of the process; by default :func:`plain_environment`.

    Raises:
        Failed: it raised, or its process died.
    """
    kind = typing.get_type_hints(function)["return"]
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "request.json", Path(folder) / "result.json"
        asked.write_text(request.model_dump_json(), "utf-8")
        command = [sys.executable, "-m", "bench.child", function.__module__, function.__qualname__]
        cost = measure([*command, str(asked), str(answered)], environment)
        return Child(result=kind.model_validate_json(answered.read_bytes()), cost=cost)


def plain_environment(**more: str) -> dict[str, str]:
    """This process's environment without any setting of ours or of Prefect: defaults are what is measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
    return kept | {"HF_HUB_OFFLINE": "1"} | more


def _cpu_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
