"""Measuring: processes, their children, laps. Known things are measured; no duration is ever asserted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.measure import Failed, Laps, Timer, in_child, measure, plain_environment
from consent.records import Frozen

_MEGABYTES = 200
_TOUCH = f"x = bytearray({_MEGABYTES} * 10**6)"


class Numbers(Frozen):
    values: tuple[int, ...]


class Total(Frozen):
    total: int
    pid_differs: bool


def add(numbers: Numbers) -> Total:
    """Is called in another process."""
    import os

    return Total(total=sum(numbers.values), pid_differs=os.getpid() not in numbers.values)


def fail(_numbers: Numbers) -> Total:
    raise ValueError("on purpose")


def test_memory_of_a_process_is_at_least_what_it_touched() -> None:
    """A child that writes 200 MB needs 200 MB."""
    cost = measure([sys.executable, "-c", _TOUCH])

    assert cost.largest_process_bytes >= _MEGABYTES * 10**6


def test_memory_of_a_grandchild_counts() -> None:
    """The stage's memory is that of its largest process, ffmpeg or the speech model's worker included."""
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_TOUCH!r}], check=True)"

    cost = measure([sys.executable, "-c", nested])

    assert cost.largest_process_bytes >= _MEGABYTES * 10**6


def test_memory_of_the_benchmark_does_not_count() -> None:
    """A small process measured from a large one stays small: the watcher stands between them."""
    ballast = bytearray(_MEGABYTES * 10**6)

    cost = measure([sys.executable, "-I", "-S", "-c", "pass"])

    assert len(ballast) == _MEGABYTES * 10**6
    assert cost.largest_process_bytes < _MEGABYTES * 10**6 / 2


def test_processor_time_of_a_grandchild_counts() -> None:
    """A grandchild that works until it has used half a second of processor makes the cost at least that."""
    work = "import time\nwhile time.process_time() < 0.5: pass"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}], check=True)"

    cost = measure([sys.executable, "-c", nested])

    assert cost.cpu_s >= 0.5


def test_sleeping_is_wall_time_and_no_processor_time() -> None:
    """A child that sleeps takes at least that long, and more than it computes."""
    cost = measure([sys.executable, "-I", "-S", "-c", "import time; time.sleep(2)"])

    assert cost.wall_s >= 2
    assert cost.cpu_s < cost.wall_s


def test_a_command_that_fails_is_never_reported() -> None:
    """An error status is an error, with what the command said."""
    with pytest.raises(Failed, match="on purpose"):
        measure([sys.executable, "-c", "import sys; sys.exit('on purpose')"])


def test_a_function_runs_in_a_process_of_its_own() -> None:
    """Request and result travel as records; the function sees another process."""
    import os

    child = in_child(add, Numbers(values=(1, 2, os.getpid())))

    assert Total(total=3 + os.getpid(), pid_differs=True) == child.result


def test_a_function_that_raises_is_never_reported() -> None:
    """Its error reaches the one who asked."""
    with pytest.raises(Failed, match="ValueError: on purpose"):
        in_child(fail, Numbers(values=()))


def test_a_lap_counts_the_children_started_in_it() -> None:
    """CPU of a child that was waited for belongs to the lap."""
    import subprocess

    timer = Timer()

    with timer.lap("work"):
        work = "import time\nwhile time.process_time() < 0.3: pass"
        subprocess.run([sys.executable, "-c", work], check=True)

    assert timer.laps().of("work")[0].cpu_s >= 0.3


def test_a_lap_that_raises_is_not_kept() -> None:
    """Half a stage is no measure of it."""
    timer = Timer()

    with pytest.raises(ZeroDivisionError), timer.lap("work"):
        _ = 1 / 0

    assert Laps(laps=()) == timer.laps()


def test_a_missing_lap_is_an_error() -> None:
    """Nothing is reported for what was not measured."""
    with pytest.raises(KeyError):
        Laps(laps=()).of("work")


def test_the_operators_settings_do_not_change_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured processes see the defaults, and no Prefect server of the operator's."""
    monkeypatch.setenv("VIDEOTHEQUE_CLIPS__IDEAL_S", "30")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")

    environment = plain_environment(PREFECT_HOME="here")

    assert "VIDEOTHEQUE_CLIPS__IDEAL_S" not in environment
    assert "PREFECT_API_URL" not in environment
    assert environment["PREFECT_HOME"] == "here"
    assert environment["LANG"] == "fr_FR.UTF-8"


def test_the_watcher_needs_nothing_but_the_standard_library() -> None:
    """It runs isolated and without site packages, or its own memory would be measured."""
    watch = Path(__file__).parents[2] / "bench" / "watch.py"

    cost = measure([sys.executable, "-I", "-S", "-c", f"compile(open({str(watch)!r}).read(), 'watch', 'exec')"])

    assert cost.largest_process_bytes > 0
