"""The benchmark's result on the terminal, in French; every number comes from the report, none is computed here."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bench.report import Comparison, Goal, Orchestration, PipelineReport, Spread, StageCost

FRENCH = {
    "ingest": "lecture",
    "transcribe (sidecar)": "transcription fournie",
    "transcribe (model)": "transcription par le modèle",
    "segment": "découpage",
    "render": "montage",
    "index, model load": "chargement du modèle sémantique",
    "index": "vecteurs et publication",
    "generation": "construction de l'index",
    "audio extraction": "extraction du son",
    "whole ingest beside extraction": "lecture entière / extraction",
    "clip cutting": "coupe des extraits",
    "whole render beside transcode": "montage entier / transcodage",
}
"""What the report names in English."""


def show(report: PipelineReport, console: Console) -> None:
    """Print three tables and the conditions."""
    console.print(_stages(report.stages))
    console.print(_comparisons(report.comparisons))
    console.print(_orchestration(report.orchestration))
    meeting, where = report.meeting, report.conditions
    console.print(
        f"Rencontre de {_number(meeting.seconds / 60, 1)} min ({meeting.width}×{meeting.height}), {meeting.clips} "
        f"extraits, {_number(meeting.clip_seconds / 60, 1)} min d'extraits. Modèle de parole : {report.speech_model}."
    )
    console.print(
        f"{where.cores} cœurs ({where.processor}), charge {_number(where.load_before.one_minute, 1)} au début, "
        f"{_number(where.load_after.one_minute, 1)} à la fin ; Python {where.python}, ffmpeg {where.ffmpeg}."
    )
    if where.load_before.one_minute > where.cores / 2:
        console.print("La machine était occupée : ne publiez pas ces durées, relancez au calme.", style="yellow")


def _stages(stages: tuple[StageCost, ...]) -> Table:
    table = Table(title="Étapes (médiane, et du plus petit au plus grand)")
    table.add_column("étape", no_wrap=True)
    for name in ("durée (s)", "processeur (s)", "mémoire (Mio)", "mémoire, tout l'arbre", "s de rencontre par s"):
        table.add_column(name, justify="right")
    for one in stages:
        memory, tree = _number(one.largest_process_mib.median, 0), one.tree_mib
        whole = _number(tree.median, 0) if tree is not None else "–"
        pace = "" if one.media_per_cpu is None else _number(one.media_per_cpu, 0)
        table.add_row(FRENCH[one.name], _spread(one.wall_s), _spread(one.cpu_s), memory, whole, pace)
    return table


def _comparisons(comparisons: tuple[Comparison, ...]) -> Table:
    table = Table(title="À côté de ffmpeg seul (secondes de processeur)")
    table.add_column("quoi", no_wrap=True)
    for name in ("nous", "ffmpeg seul", "rapport", "objectif"):
        table.add_column(name, justify="right")
    for one in comparisons:
        ours, theirs = _spread(one.product_cpu_s), _spread(one.peer_cpu_s)
        table.add_row(FRENCH[one.name], ours, theirs, _spread(one.ratio), _goal(one.goal))
    return table


def _orchestration(found: Orchestration) -> Table:
    table = Table(title="Ce que Prefect ajoute (secondes)")
    table.add_column("quoi", no_wrap=True)
    table.add_column("mesure", justify="right")
    table.add_column("objectif", justify="right")
    for each, what in ((found.night, f"par rencontre, nuit de {found.night.recordings}"), (found.single, "nuit d'une")):
        table.add_row(what, _spread(each.per_recording_wall_s), _goal(each.goal))
    table.add_row("importer Prefect, une fois", _spread(found.import_s), "")
    table.add_row("premier flux d'un processus, vide", _spread(found.first_flow_s), "")
    table.add_row("flux vide", _spread(found.empty_flow_s), "")
    table.add_row("démarrer le serveur", _number(found.server_start_s, 1), "")
    table.add_row("sans serveur : le premier flux", _number(found.temporary_server_s, 1), "")
    return table


def _goal(goal: Goal | None) -> str:
    if goal is None:
        return ""
    return f"≤ {_number(goal.at_most, 2)} : {'atteint' if goal.reached else 'manqué'}"


def _spread(found: Spread) -> str:
    low, high = _number(found.minimum, 2), _number(found.maximum, 2)
    return _number(found.median, 2) if len(found.values) == 1 else f"{_number(found.median, 2)} ({low} – {high})"


def _number(value: float, digits: int) -> str:
    """French: a comma, and a narrow space before each three digits."""
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace(".", ",")
