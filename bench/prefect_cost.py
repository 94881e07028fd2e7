"""The measured process of the orchestration benchmark: the same reused recordings with Prefect and without.

Takes a prepared library; gives laps. Everything that both ways share (the embedding model's load, the first read
of each output) is done once before the first lap.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.jobs import Place, runs
from bench.measure import Laps, Timer
from consent.records import Frozen
from flows.environment import prepare_prefect
from flows.generations import IndexReport, refresh_index
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.workshop import Workshop
from pipeline.records import Outcome, Stage, StageReport

IMPORT, FIRST, EMPTY = "import", "first_flow", "empty_flow"
NIGHT, NIGHT_PLAIN = "night", "night_plain"
SINGLE, SINGLE_PLAIN = "single", "single_plain"
TEMPORARY = "temporary_server"


class PrefectJob(Frozen):
    """How many recordings in a night, and how often."""

    place: Place
    recordings: int
    repeats: int


def beside_a_server(job: PrefectJob) -> Laps:
    """The laps where ``PREFECT_API_URL`` names a running server."""
    prepare_prefect(job.place.home)
    workshop, timer = job.place.workshop(), Timer()
    _plain(workshop, runs(workshop, job.place, 1))
    with timer.lap(IMPORT):
        from flows.orchestration import orchestrate  # its import is what is measured
    with timer.lap(FIRST):
        orchestrate(workshop, [], Silence())
    for _ in range(job.repeats):
        with timer.lap(EMPTY):
            orchestrate(workshop, [], Silence())
        for count, orchestrated, plain in ((job.recordings, NIGHT, NIGHT_PLAIN), (1, SINGLE, SINGLE_PLAIN)):
            todo = runs(workshop, job.place, count)
            with timer.lap(orchestrated):
                reports, index = orchestrate(workshop, todo, Silence())
            _check([one for each in reports for one in each], index, count)
            todo = runs(workshop, job.place, count)
            with timer.lap(plain):
                _plain(workshop, todo)
    return timer.laps()


def without_a_server(job: PrefectJob) -> Laps:
    """One flow without recordings, for which Prefect starts a server of its own, its database included."""
    prepare_prefect(job.place.home)
    workshop, timer = job.place.workshop(), Timer()
    from flows.orchestration import orchestrate  # after the environment; not in the lap

    with timer.lap(TEMPORARY):
        orchestrate(workshop, [], Silence())
    return timer.laps()


def _plain(workshop: Workshop, todo: Sequence[RecordingRun]) -> None:
    """What :func:`flows.orchestration.orchestrate` does, without Prefect."""
    reports = [run.run(stage) for run in todo for stage in Stage]
    _check(reports, refresh_index(workshop), len(todo))


def _check(reports: Sequence[StageReport], index: IndexReport, count: int) -> None:
    outcomes = [report.outcome for report in reports]
    if outcomes != [Outcome.REUSED] * (count * len(Stage)) or index.problem:
        raise RuntimeError(f"not every stage was reused: {[report.detail for report in reports]} {index.problem}")
