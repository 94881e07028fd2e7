"""Prefect's part: one flow for the run, one task for each stage of each recording, one for the index.

Tasks are thin wrappers; only opaque ids reach Prefect, as names of task runs. A task never raises: what became
of it is in its report, and its Prefect state says it too, so that a server's page shows what the table shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Completed, Failed

from consent.records import RecordingId
from flows.generations import IndexReport, refresh_index
from flows.progress import Progress
from flows.recording import RecordingRun
from flows.server import temporary_server
from flows.workshop import Workshop
from pipeline.errors import OrchestratorUnavailable
from pipeline.records import Outcome, Stage, StageReport


def orchestrate(
    workshop: Workshop, runs: Sequence[RecordingRun], progress: Progress, whole: bool = True
) -> tuple[list[list[StageReport]], IndexReport]:
    """Run every recording, one after the other, then refresh the index (``whole`` or by what changed), as one flow.

    Returns:
        The stage reports of each run, in the order given, and the index's.
    """
    gathered: list[list[StageReport]] = []
    index: list[IndexReport] = []

    @flow(name="videotheque", persist_result=False, validate_parameters=False)
    def videotheque() -> State[Any]:
        for number, run in enumerate(runs, start=1):
            progress.recording(run.name, number, len(runs))
            gathered.append(_process(run))
        index.append(_index_task(workshop, None if whole else [run.id for run in runs]))
        failed = sum(_any_failed(reports) for reports in gathered) + bool(index[0].problem)
        return Failed(message=f"{failed} failed") if failed else Completed(message=f"{len(runs)} recordings")

    try:
        with _server():
            state = videotheque(return_state=True)
    except (httpx.HTTPError, RuntimeError, OSError) as error:
        raise OrchestratorUnavailable(
            f"Le serveur Prefect ne répond pas ({type(error).__name__}) ; vérifiez PREFECT_API_URL, ou retirez-la pour "
            "travailler sans serveur, puis relancez : ce qui était produit est gardé."
        ) from error
    if not index:
        state.result()  # raises what stopped the flow
    return gathered, index[0]


@contextmanager
def _server() -> Iterator[None]:
    """The operator's Prefect server, or one for this run."""
    if PREFECT_API_URL.value():
        yield
        return
    with temporary_server() as address, temporary_settings({PREFECT_API_URL: address}):
        yield


def _process(run: RecordingRun) -> list[StageReport]:
    reports: list[StageReport] = []
    for stage in Stage:
        report = _stage_task(run, stage)
        reports.append(report)
        if report.outcome in (Outcome.FAILED, Outcome.DENIED) or run.empty:
            break
    return reports


def _stage_task(run: RecordingRun, stage: Stage) -> StageReport:
    kept: list[StageReport] = []

    @task(name=stage.value, task_run_name=f"{stage.value}-{run.id}", cache_policy=NO_CACHE, persist_result=False)
    def do_stage() -> State[Any]:
        report = run.run(stage)
        kept.append(report)
        message = report.outcome.value
        return Failed(message=message) if report.outcome is Outcome.FAILED else Completed(message=message)

    state = do_stage(return_state=True)
    if not kept:
        state.result()  # raises what stopped the task before its report: no register, no room for it
    return kept[0]


def _index_task(workshop: Workshop, only: Sequence[RecordingId] | None) -> IndexReport:
    kept: list[IndexReport] = []

    @task(name="generation", cache_policy=NO_CACHE, persist_result=False)
    def do_index() -> State[Any]:
        report = refresh_index(workshop, only)
        kept.append(report)
        return Failed(message="index") if report.problem else Completed(message=report.generation)

    state = do_index(return_state=True)
    if not kept:
        state.result()  # raises what stopped the task
    return kept[0]


def _any_failed(reports: Sequence[StageReport]) -> bool:
    return any(report.outcome is Outcome.FAILED for report in reports)
