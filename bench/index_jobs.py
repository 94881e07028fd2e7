"""What the processes of ``bench.index`` do: one builds an engine, another opens it and asks it everything.

Take a :class:`Work`, give :class:`Built` or :class:`Asked`; module-level functions, for :func:`bench.measure.in_child`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

from bench.index_engines import ENGINES, Ask
from bench.index_material import SHARES, Material, exact
from consent.records import Frozen


class Work(Frozen):
    """What a process is asked to do."""

    material: Material
    engine: str
    place: Path


class Built(Frozen):
    """What a build cost, in processor and wall seconds, and its size on the disk in megabytes."""

    cpu_s: float
    wall_s: float
    size_mb: float


class Answers(Frozen):
    """One engine's answers to one kind of questions (« all », or the share that a filter lets through).

    Milliseconds; ``recall`` is the mean share of the exact ten nearest, None for words.
    """

    kind: str
    cpu_p50_ms: float
    cpu_p99_ms: float
    wall_p50_ms: float
    wall_p99_ms: float
    recall: float | None


class Asked(Frozen):
    """Everything that was asked of an opened index, and the memory it then held, in megabytes."""

    memory_mb: float
    answers: tuple[Answers, ...]


def build(work: Work) -> Built:
    """Build one engine, in a process of its own."""
    cpu, wall = time.process_time(), time.monotonic()
    ENGINES[work.engine]().build(work.material, work.place)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    size = sum(path.stat().st_size for path in work.place.rglob("*") if path.is_file())
    return Built(cpu_s=round(cpu, 1), wall_s=round(wall, 1), size_mb=round(size / 1e6, 1))


def ask(work: Work) -> Asked:
    """Open one engine and ask it everything, in a process of its own."""
    engine, process = ENGINES[work.engine](), psutil.Process()
    empty = process.memory_info().rss
    questions = engine.asks(work.material, work.place)
    found = [
        _answers(kind, asks, exact(work.material, _SHARE_OF[kind]) if engine.exact else None)
        for kind, asks in questions.items()
    ]
    return Asked(memory_mb=round((process.memory_info().rss - empty) / 1e6, 1), answers=tuple(found))


_SHARE_OF: dict[str, float | None] = {"all": None, **{f"{share:.0%}": share for share in SHARES}}


def _answers(kind: str, asks: Sequence[Ask], nearest: list[set[int]] | None) -> Answers:
    for one in asks:
        one()
    cpu, wall, recalls = [], [], []
    for number, one in enumerate(asks):
        at, spent = time.perf_counter(), time.process_time()
        found = one()
        cpu.append(1000 * (time.process_time() - spent))
        wall.append(1000 * (time.perf_counter() - at))
        if nearest is not None:
            recalls.append(len(nearest[number] & set(found)) / len(nearest[number]))
    numbers = [round(float(np.percentile(times, at)), 3) for times in (cpu, wall) for at in (50, 99)]
    return Answers(
        kind=kind,
        cpu_p50_ms=numbers[0],
        cpu_p99_ms=numbers[1],
        wall_p50_ms=numbers[2],
        wall_p99_ms=numbers[3],
        recall=round(float(np.mean(recalls)), 4) if recalls else None,
    )
