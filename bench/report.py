"""What the pipeline benchmark found: the frozen record behind ``bench/results/pipeline.json``.

Every ratio and every verdict is computed from the values beside it, and computed again whenever the file is
read: a number or a verdict typed by hand does not validate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Self

from pydantic import Field, model_validator

from bench.conditions import Conditions
from consent.records import Frozen

_DIGITS = 4
"""Kept of a measured value: a tenth of a millisecond is already noise."""


class Spread(Frozen):
    """Repeated measures of one thing, in the order taken, and what they come to."""

    values: tuple[float, ...] = Field(min_length=1)
    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise ``values``, rounded."""
        kept = tuple(round(value, _DIGITS) for value in values)
        return cls(values=kept, median=round(median(kept), _DIGITS), minimum=min(kept), maximum=max(kept))

    @model_validator(mode="after")
    def _computed(self) -> Self:
        found = (round(median(self.values), _DIGITS), min(self.values), max(self.values))
        if found != (self.median, self.minimum, self.maximum):
            raise ValueError("median, minimum and maximum are not those of the values")
        return self


class Goal(Frozen):
    """A limit set in advance on a median, and whether it held."""

    at_most: float
    reached: bool

    def holds_for(self, found: Spread) -> bool:
        """Whether the verdict is the one that ``found`` gives."""
        return self.reached == (found.median <= self.at_most)


def goal_for(found: Spread, at_most: float) -> Goal:
    """The goal with its verdict."""
    return Goal(at_most=at_most, reached=found.median <= at_most)


class StageCost(Frozen):
    """One stage through the product's own code, in a fresh process at each repeat.

    ``wall_s`` and ``cpu_s`` are those of the stage alone; ``process_cpu_s`` adds the interpreter, the imports
    and the reading of what came before, which a night pays once. Memory is the whole process's.
    ``media_per_cpu`` is seconds of meeting handled by one CPU second, at the median; None for what is paid once.
    """

    name: str
    what: str
    wall_s: Spread
    cpu_s: Spread
    process_cpu_s: Spread
    largest_process_mib: Spread
    tree_mib: Spread | None
    media_per_cpu: float | None


class Comparison(Frozen):
    """The product against a named peer, in CPU seconds, repeats interleaved.

    ``ratio`` holds product ÷ peer for each pair of neighbouring repeats, and the median of those.
    """

    name: str
    product: str
    peer: str
    product_cpu_s: Spread
    peer_cpu_s: Spread
    product_wall_s: Spread
    peer_wall_s: Spread
    ratio: Spread
    goal: Goal | None

    @model_validator(mode="after")
    def _computed(self) -> Self:
        pairs = zip(self.product_cpu_s.values, self.peer_cpu_s.values, self.ratio.values, strict=True)
        for product, peer, ratio in pairs:
            # Both were rounded before the division.
            if not math.isclose(product / peer, ratio, rel_tol=1e-2, abs_tol=1e-3):
                raise ValueError("a ratio is not that of its two values")
        if self.goal is not None and not self.goal.holds_for(self.ratio):
            raise ValueError("the verdict on a goal is not the one that the ratio gives")
        return self


class Overhead(Frozen):
    """What Prefect adds to a recording, beside a running server.

    ``recordings`` recordings go through :func:`flows.orchestration.orchestrate` with every stage reused, then
    through the same code without Prefect; the difference is divided by ``recordings``.
    """

    recordings: int
    with_prefect_wall_s: Spread
    without_wall_s: Spread
    per_recording_wall_s: Spread
    per_recording_cpu_s: Spread
    goal: Goal

    @model_validator(mode="after")
    def _computed(self) -> Self:
        walls = zip(
            self.with_prefect_wall_s.values, self.without_wall_s.values, self.per_recording_wall_s.values, strict=True
        )
        for orchestrated, plain, each in walls:
            if not math.isclose((orchestrated - plain) / self.recordings, each, abs_tol=1e-3):
                raise ValueError("an overhead is not that of its two values")
        if not self.goal.holds_for(self.per_recording_wall_s):
            raise ValueError("the verdict on a goal is not the one that the overhead gives")
        return self


class Orchestration(Frozen):
    """Prefect's cost: per recording in a night of several, in a night of one, and once per run.

    ``empty_flow_s`` is the wall time of a flow without recordings, ``first_flow_s`` that of the first one of a
    process, ``import_s`` of importing Prefect. ``temporary_server_s`` is a whole first flow where no server runs,
    Prefect starting one of its own. The server's CPU and memory are those of its whole life here.
    """

    night: Overhead
    single: Overhead
    import_s: Spread
    first_flow_s: Spread
    empty_flow_s: Spread
    server_start_s: float
    server_cpu_s: float
    server_mib: float
    temporary_server_s: float


class MeetingFacts(Frozen):
    """The generated meeting that everything is measured on."""

    seconds: float
    size_bytes: int
    width: int
    height: int
    frame_rate: str
    tracks: int
    clips: int
    clip_seconds: float
    sentences: int


class PipelineReport(Frozen):
    """The whole result."""

    benchmark: str
    command: str
    conditions: Conditions
    repeats: int
    meeting: MeetingFacts
    speech_model: str
    stages: tuple[StageCost, ...]
    comparisons: tuple[Comparison, ...]
    orchestration: Orchestration
    notes: tuple[str, ...]
