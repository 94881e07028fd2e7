"""``python -m bench.index``: the engines of the index on a million synthetic clips, beside others on the same data.

Takes how many clips and questions; gives ``bench/results/index.json``: for each engine what its build cost, its size on
the disk and in memory, its answers in processor and wall milliseconds, and the share of the exact ten nearest that it
found; then the ratios that were goals before anything was measured. Every engine is built in one process and asked in
another (:mod:`bench.index_jobs`), every question once to warm up and once to measure. Processor time is that of all
threads of the process: other programs of the machine change it less than wall time.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.conditions import Conditions, before, conditions
from bench.index_engines import ENGINES
from bench.index_jobs import Answers, Asked, Built, Work, ask, build
from bench.index_material import Material, make
from bench.measure import in_child
from consent.records import Frozen
from pipeline.outputs import replace_synced
from videotheque.french import FrenchParser, speak_french

RESULT = Path(__file__).with_name("results") / "index.json"

_NEEDS = {"hnswlib": "hnswlib", "lance-words": "lancedb", "lance-vectors": "lancedb"}
"""Peers that are measured where they are installed: the project does not need them."""

NOTES = (
    "Text and vectors are synthetic: no syntax, clusters instead of real nearness. Ratios say more than figures.",
    "Our keyword engine asks four fields, word roots and several forms of each word; its peers one form in one field.",
    "Memory is what opening the index and asking every question added to the process.",
    "The hybrid is the product's own fusion of both our engines; sentences of clips are not indexed here.",
)


class EngineResult(Frozen):
    """One engine, whole."""

    name: str
    built: Built
    asked: Asked


class IndexGoal(Frozen):
    """A limit set in advance and what was found; ratios are of processor medians, or of memory."""

    name: str
    found: float
    limit: float
    at_most: bool
    reached: bool

    @classmethod
    def of(cls, name: str, found: float, limit: float, at_most: bool) -> IndexGoal:
        """With its verdict."""
        kept = round(found, 4)
        return cls(
            name=name, found=kept, limit=limit, at_most=at_most, reached=kept <= limit if at_most else kept >= limit
        )


class IndexReport(Frozen):
    """What was measured, on how much."""

    conditions: Conditions
    documents: int
    dimension: int
    questions: int
    absent: tuple[str, ...]
    notes: tuple[str, ...]
    engines: tuple[EngineResult, ...]
    goals: tuple[IndexGoal, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, write the result."""
    speak_french()
    parser = FrenchParser(prog="bench.index", description="Les moteurs de l'index, et d'autres sur les mêmes données.")
    parser.add_argument("--documents", type=int, default=1_000_000, help="extraits fabriqués")
    parser.add_argument("--dimension", type=int, default=256, help="longueur des vecteurs (celle de l'encodeur fourni)")
    parser.add_argument("--queries", type=int, default=200, help="questions par moteur")
    parser.add_argument("--result", type=Path, default=RESULT, help="fichier JSON à écrire")
    options = parser.parse_args(arguments)
    start, console = before(), Console()
    absent = tuple(name for name, needed in _NEEDS.items() if importlib.util.find_spec(needed) is None)
    with tempfile.TemporaryDirectory() as folder:
        material = Material(
            folder=Path(folder), documents=options.documents, dimension=options.dimension, queries=options.queries
        )
        console.print(f"Fabrication de {material.documents} extraits…")
        make(material)
        engines = []
        for name in ENGINES:
            if name not in absent:
                console.print(f"{name}…")
                engines.append(_engine(name, material))
    report = IndexReport(
        conditions=conditions(start),
        documents=material.documents,
        dimension=material.dimension,
        questions=material.queries,
        absent=absent,
        notes=NOTES,
        engines=tuple(engines),
        goals=tuple(_goals({one.name: one for one in engines})),
    )
    replace_synced(options.result, (report.model_dump_json(indent=1) + "\n").encode())
    show(report, console)
    return 0


def show(report: IndexReport, console: Console) -> None:
    """Print a table of the engines and the goals."""
    table = Table(title=f"{report.documents} extraits, {report.questions} questions (ms de processeur)")
    for column in ("Moteur", "Bâti (s)", "Disque", "Mo", "Filtre", "p50", "p99", "Rappel"):
        table.add_column(column, justify="left" if column in {"Moteur", "Filtre"} else "right")
    for one in report.engines:
        for number, answers in enumerate(one.asked.answers):
            head = (one.name, f"{one.built.cpu_s:.0f}", f"{one.built.size_mb:.0f}", f"{one.asked.memory_mb:.0f}")
            recall = "" if answers.recall is None else f"{answers.recall:.3f}"
            tail = (answers.kind, f"{answers.cpu_p50_ms:.2f}", f"{answers.cpu_p99_ms:.2f}", recall)
            table.add_row(*(head if number == 0 else ("",) * 4), *tail)
    console.print(table)
    for goal in report.goals:
        sign = "≤" if goal.at_most else "≥"
        console.print(f"{'✓' if goal.reached else '✗'} {goal.name} : {goal.found} ({sign} {goal.limit})")


def _engine(name: str, material: Material) -> EngineResult:
    place = material.folder / name
    place.mkdir()
    work = Work(material=material, engine=name, place=place)
    result = EngineResult(name=name, built=in_child(build, work).result, asked=in_child(ask, work).result)
    if not name.startswith("our-"):  # ours are asked again by the hybrid
        shutil.rmtree(place)
    return result


def _goals(engines: dict[str, EngineResult]) -> list[IndexGoal]:
    """What was wanted before it was measured, for the peers that are here."""

    def all_of(name: str) -> Answers:
        return engines[name].asked.answers[0]

    vectors, words = engines["our-vectors"], all_of("our-words")
    lowest = min(one.recall or 0.0 for one in vectors.asked.answers[1:])
    goals = [
        IndexGoal.of("FTS5 p50 / our words p50", all_of("fts5").cpu_p50_ms / words.cpu_p50_ms, 20, at_most=False),
        IndexGoal.of("recall of our vectors", all_of("our-vectors").recall or 0.0, 0.98, at_most=False),
        IndexGoal.of("lowest recall of our vectors under a filter", lowest, 0.98, at_most=False),
    ]
    if "hnswlib" in engines:
        peer = engines["hnswlib"]
        ratio = all_of("our-vectors").cpu_p50_ms / all_of("hnswlib").cpu_p50_ms
        memory = vectors.asked.memory_mb / peer.asked.memory_mb
        goals += [
            IndexGoal.of("our vectors p50 / hnswlib p50", ratio, 1, at_most=True),
            IndexGoal.of("our vectors memory / hnswlib memory", memory, 1 / 3, at_most=True),
        ]
    return goals


if __name__ == "__main__":
    sys.exit(main())
