"""``python -m bench.pipeline``: what each stage costs, and the product beside bare ffmpeg and beside no Prefect.

Makes one meeting (20 minutes by default), runs every stage through the product's own code in a fresh process at
each repeat, interleaves product and peer, and writes one JSON file. CPU seconds are compared where the peer is
ffmpeg: unlike wall seconds, they depend little on what else the machine does.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bench import jobs, material
from bench.conditions import before, conditions
from bench.jobs import Place
from bench.measure import in_child
from bench.night_cost import orchestration_cost
from bench.report import PipelineReport
from bench.stage_cost import stage_costs
from bench.table import show
from pipeline.settings import Settings
from videotheque.french import FrenchParser, speak_french

MINUTES = 20.0
RESULT = Path(__file__).parent / "results" / "pipeline.json"

NOTES = (
    "CPU seconds count every descendant process (ffmpeg, the speech model's worker).",
    "A stage is measured as the night runs it: consent asked, output written, synced and renamed, report stored.",
    "Ingest starts from an empty library at each repeat, so that the file is hashed; other stages read what exists.",
    "Product laps leave out the interpreter and the imports (see process_cpu_s); bare ffmpeg is its whole process.",
    "The peer runs right after the product at each repeat; the recording is in the page cache for both.",
    "An orchestrated night runs the same recording several times, every stage reused.",
)


def main() -> int:
    """Run the benchmark, write its result, print its tables."""
    speak_french()
    options = _parser().parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    report = run(options.minutes, options.repeats, console.print)
    out = options.out or _default_out(options.minutes)
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
        Failed: something that was measured ended with an error.
    """
    told(f"Fabrication de la rencontre de {minutes:g} minutes (gardée pour la fois suivante)…")
    folder = material.meeting(_home(), minutes)
    speech = material.speech_model(_home())
    place = Place(home=_fresh_library(), meeting=folder, speech_model=speech.name, speech_revision=speech.revision)
    start = before()
    told("Première passe, qui n'est pas mesurée…")
    in_child(jobs.prepare, place)
    facts = in_child(jobs.facts, place).result
    untranscribed = material.without_transcript(folder)
    costs = stage_costs(place, untranscribed, speech.told, facts.seconds, repeats, told)
    orchestration = orchestration_cost(place, repeats, told)
    return PipelineReport(
        benchmark="pipeline",
        command=f"python -m bench.pipeline --minutes {minutes:g} --repeats {repeats}",
        conditions=conditions(start),
        repeats=repeats,
        meeting=facts,
        speech_model=speech.told,
        stages=costs.stages,
        comparisons=costs.comparisons,
        orchestration=orchestration,
        notes=NOTES,
    )


def _parser() -> argparse.ArgumentParser:
    parser = FrenchParser(
        prog="python -m bench.pipeline", description="Mesure chaque étape sur une rencontre fabriquée."
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, metavar="MIN", help="durée de la rencontre (20)")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="passes de chaque mesure (3)")
    parser.add_argument("--out", type=Path, default=None, metavar="FICHIER", help="fichier JSON du résultat")
    return parser


def _default_out(minutes: float) -> Path:
    """The committed result; a run of another length must not replace it by accident."""
    return RESULT if minutes == MINUTES else _home() / f"pipeline-{minutes:g}.json"


def _home() -> Path:
    """Where the meeting is kept and everything else is made: out of the repository's history."""
    return Settings().home.resolve() / "bench"


def _fresh_library() -> Path:
    home = _home() / "library"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return home


if __name__ == "__main__":
    raise SystemExit(main())
