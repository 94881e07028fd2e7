"""What an operator sees in the terminal: progress while it runs, tables when it ends. All in French."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.erasing import ErasureReport
from flows.night import RecordingReport, RunReport
from pipeline.catalogue import PublishedClip
from pipeline.records import Clip, Hit, Mark, Outcome, SearchPage, Stage, StageReport, TagKind, Why

_OUTCOMES = {
    Outcome.DONE: ("traité", "green"),
    Outcome.REUSED: ("à jour", "cyan"),
    Outcome.DENIED: ("sans accord", "yellow"),
    Outcome.FAILED: ("refusé", "red"),
}
_STAGE_OUTCOMES = {
    Outcome.DONE: "fait",
    Outcome.REUSED: "déjà fait",
    Outcome.DENIED: "sans accord",
    Outcome.FAILED: "échec",
}
_WHY = {Why.WORDS: "par les mots", Why.MEANING: "par le sens", Why.BOTH: "par les mots et le sens"}
_ADVANCE_EVERY_S = 5.0
"""Seconds between two lines about a stage that lasts: enough to see it live, few enough for a night's log."""


class ConsoleProgress:
    """Prints one line an event, so that a terminal and a log file read alike."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told_at = 0.0

    def waiting(self, holder: str) -> None:
        """Another run holds the library."""
        self._console.print(f"Une autre exécution (processus {holder}) est en cours ; j'attends qu'elle finisse…")

    def recording(self, name: str, number: int, total: int) -> None:
        """A recording begins."""
        self._console.print(Text(f"[{number}/{total}] {name}", style="bold"))

    def stage(self, name: str, stage: Stage) -> None:  # noqa: ARG002 - the recording was named above
        """A stage begins."""
        self._told_at = time.monotonic()
        self._console.print(Text(f"  · {stage.french}…", style="dim"))

    def advance(self, name: str, stage: Stage, done: float, total: float) -> None:  # noqa: ARG002 - as above
        """A long stage advanced."""
        now = time.monotonic()
        if now - self._told_at < _ADVANCE_EVERY_S or total <= 0:
            return
        self._told_at = now
        what = f"{done / 60:.1f} / {total / 60:.1f} min" if stage is Stage.TRANSCRIBE else f"{done:.0f} / {total:.0f}"
        self._console.print(Text(f"    {stage.french} : {what.replace('.', ',')} ({done / total:.0%})", style="dim"))

    def finished(self, name: str, report: StageReport) -> None:  # noqa: ARG002 - as above
        """A stage ended."""
        sign, style = ("✗", "red") if report.outcome is Outcome.FAILED else ("✓", "green")
        if report.outcome is Outcome.DENIED:
            sign, style = "–", "yellow"
        what = f"  {sign} {report.stage.french} : {_STAGE_OUTCOMES[report.outcome]} ({seconds(report.seconds)})"
        self._console.print(Text(f"{what} — {report.detail}" if report.detail else what, style=style))

    def note(self, text: str) -> None:
        """A sentence about the whole run."""
        self._console.print(Text(text))


def seconds(value: float) -> str:
    """A length of time: ``0,4 s``, ``1 min 05 s``."""
    if value < 60:
        return f"{value:.1f} s".replace(".", ",")
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def instant(value: float) -> str:
    """A place in a recording: ``4:07``, ``1:02:03``."""
    minutes, rest = divmod(int(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def run_table(report: RunReport) -> Table:
    """One line a recording: what became of it, why, how long."""
    table = Table(title="Bilan", title_justify="left", header_style="bold", show_lines=False)
    table.add_column("Rencontre", overflow="fold")
    table.add_column("Résultat")
    table.add_column("Durée", justify="right")
    table.add_column("Pourquoi", overflow="fold", ratio=1)
    for recording in report.recordings:
        word, style = _OUTCOMES[recording.outcome]
        table.add_row(recording.name, Text(word, style=style), seconds(recording.seconds), _why(recording))
    return table


def _why(recording: RecordingReport) -> str:
    if recording.outcome is Outcome.FAILED and recording.unchanged:
        return f"{recording.why} (fichiers inchangés : pas essayé de nouveau)"
    if recording.outcome in (Outcome.FAILED, Outcome.DENIED):
        return recording.why
    details = {one.stage: one.detail for one in recording.stages}
    remarks = details.get(Stage.INGEST, "").partition(" ; ")[2]  # after the recording's length and tracks
    return " ; ".join(filter(None, (recording.why, details.get(Stage.TRANSCRIBE, ""), remarks)))


def print_erasures(console: Console, erasures: Sequence[ErasureReport]) -> int:
    """One line an erasure; 1 where one is not finished."""
    for one in erasures:
        console.print(Text(one.sentence, style="green" if one.done else "red"))
    return int(any(not one.done for one in erasures))


def stage_table(name: str, reports: tuple[StageReport, ...]) -> Table:
    """One line a stage of one recording."""
    table = Table(title=name, title_justify="left", header_style="bold")
    for heading in ("Étape", "Résultat", "Durée", "Détail"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "Durée" else "left")
    for report in reports:
        table.add_row(report.stage.french, _STAGE_OUTCOMES[report.outcome], seconds(report.seconds), report.detail)
    return table


def clip_table(name: str, clips: list[PublishedClip]) -> Table:
    """One line a clip of one recording: title, times, what it is about, and why a person should look at it."""
    table = Table(title=f"Extraits de {name}", title_justify="left", header_style="bold")
    table.add_column("Début", justify="right")
    table.add_column("Durée", justify="right")
    table.add_column("Titre", overflow="fold", ratio=2)
    table.add_column("Thèmes", overflow="fold", ratio=1)
    table.add_column("À relire", overflow="fold", ratio=1)
    for published in sorted(clips, key=lambda one: one.clip.span.start):
        clip = published.clip
        table.add_row(instant(clip.span.start), seconds(clip.duration), clip.title, _themes(clip), _review(clip))
    return table


def _themes(clip: Clip) -> str:
    return ", ".join(tag.label for tag in clip.tags if tag.kind is not TagKind.OCCUPATION)


def _review(clip: Clip) -> str:
    """Why a clip may not stand alone; empty where it does."""
    alone = clip.standalone
    return "" if alone is None or not alone.needs_review else " ; ".join(alone.reasons)


def print_hits(console: Console, page: SearchPage) -> None:
    """The hits of a search, best first, the answering words in bold."""
    if page.generation and not page.hits:
        console.print(Text(f"Aucun extrait ne répond à « {page.query} »."))
    for number, hit in enumerate(page.hits, start=1):
        console.print(Text.assemble(f"{number}. ", (hit.clip.title, "bold"), _context(hit)), soft_wrap=True)
        console.print(Text.assemble("   « ", _marked(hit.moment.text, hit.moment.marks), " »"), soft_wrap=True)


def _context(hit: Hit) -> str:
    about = f" — {hit.clip.occupation}" if hit.clip.occupation else ""
    return f"{about}, à {instant(hit.moment.at)} ({_WHY[hit.why]}) [{hit.clip.id}]"


def _marked(text: str, marks: tuple[Mark, ...]) -> Text:
    styled = Text(text)
    for mark in marks:
        styled.stylize("bold yellow", mark.start, mark.end)
    return styled
