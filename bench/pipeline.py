"""``python -m bench.pipeline``: what each stage costs, and what the product costs beside bare ffmpeg and no Prefect.

Makes one meeting (20 minutes by default), runs every stage through the product's own code in a fresh process at
each repeat, interleaves product and peer, and writes one JSON file. CPU seconds are compared, not wall seconds:
they hardly depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bench import jobs, material, peers, prefect_cost
from bench.conditions import before, conditions
from bench.jobs import Place, StageJob
from bench.measure import Child, Cost, Lap, Laps, in_child, measure, plain_environment
from bench.report import (
    Comparison,
    Orchestration,
    Overhead,
    PipelineReport,
    Spread,
    StageCost,
    goal_for,
)
from bench.server import running_server
from bench.table import show
from consent.records import Frozen
from pipeline.meeting import read_meeting
from pipeline.records import Stage
from pipeline.settings import Settings
from videotheque.french import FrenchParser, speak_french

MINUTES = 20.0
RESULT = Path(__file__).parent / "results" / "pipeline.json"

CUT_GOAL = 1.15
"""CPU of cutting ÷ CPU of one plain transcode of the same seconds: the goal set before anything was measured."""

ORCHESTRATION_GOAL_S = 2.0
"""Wall seconds that Prefect may add to a recording, beside a running server: the goal set beforehand."""

NIGHT_RECORDINGS = 10
"""Recordings of the night that is orchestrated: enough for the flow's own start to be a small part of it."""

_MIB = 1024**2

NOTES = (
    "CPU seconds count every descendant process (ffmpeg, the speech model's worker).",
    "A stage is measured as the night runs it: consent asked, output written, synced and renamed, report stored.",
    "Ingest starts from an empty library each time, so that the file is hashed; other stages read earlier outputs.",
    "Product laps leave out the interpreter and imports (see process_cpu_s); bare ffmpeg is its whole process.",
    "Peers are run right after the product, at each repeat; the file is in the page cache for both.",
    "The orchestrated night runs the same recording several times, every stage reused.",
)


class Taken(Frozen):
    """One repeat of one product job: its lap and the whole process."""

    lap: Lap
    cost: Cost


class Paired(Frozen):
    """Repeats of the product and of its peers, in the order taken."""

    ingest: tuple[Taken, ...]
    extraction: tuple[Taken, ...]
    bare_extraction: tuple[Cost, ...]
    render: tuple[Taken, ...]
    cutting: tuple[Taken, ...]
    transcode: tuple[Cost, ...]


def main() -> int:
    """Run the benchmark, print its tables, write its result."""
    speak_french()
    options = _parser().parse_args()
    console = Console(highlight=False)
    # A shorter run must not replace the committed result by accident.
    out: Path = options.out or (RESULT if options.minutes == MINUTES else _home() / f"pipeline-{options.minutes:g}.json")
    report = run(options.minutes, options.repeats, console.print)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(report.model_dump_json(indent=2) + "\n", "utf-8")
    show(report, console)
    console.print(f"Résultat écrit dans {out}.")
    return 0


def run(minutes: float, repeats: int, told: Callable[[str], None]) -> PipelineReport:
    """Measure everything on a meeting of at least ``minutes``.

    Args:
        minutes: length of the meeting.
        repeats: of each measure.
        told: hears one French line before each part.

    Raises:
        Failed: something measured ended with an error.
    """
    told(f"Fabrication de la rencontre de {minutes:g} minutes (gardée pour la fois suivante)…")
    folder = material.meeting(_home(), minutes)
    speech = material.speech_model(_home())
    place = Place(
        home=_fresh("library"), meeting=folder, speech_model=speech.name, speech_revision=speech.revision
    )
    told("Première passe, non mesurée…")
    in_child(jobs.prepare, place)
    start = before()
    paired = _paired(place, repeats, told)
    stages = (*_paired_stages(paired), *_other_stages(place, repeats, told))
    orchestration = _orchestration(place, repeats, told)
    facts = in_child(jobs.facts, place).result
    return PipelineReport(
        benchmark="pipeline",
        command=f"python -m bench.pipeline --minutes {minutes:g} --repeats {repeats}",
        conditions=conditions(start),
        repeats=repeats,
        meeting=facts,
        speech_model=speech.told,
        stages=tuple(_stage_cost(name, what, taken, facts.seconds) for name, what, taken in stages),
        comparisons=_comparisons(paired),
        orchestration=orchestration,
        notes=NOTES,
    )
