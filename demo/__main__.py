"""``make demo``: make the meetings, run the night on them, answer three questions, serve the page.

Everything goes through the product's own functions, as an operator's night would; the demo adds nothing but the
meetings and a summary.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from consent.errors import ConsentError
from demo.cast import MEETINGS, Variant
from demo.meetings import make_meetings
from flows.night import RunReport, nightly
from flows.workshop import Workshop
from pipeline.errors import PipelineError
from pipeline.records import Mode, Outcome, TranscriptOrigin
from pipeline.settings import Settings
from videotheque import commands
from videotheque import console as shown
from videotheque.french import FrenchParser, speak_french
from videotheque.library import Library

QUESTIONS = (
    "À quoi ressemble une journée de travail ?",
    "quelles etudes pour devenir infirmiere",
    "est-ce que l'intelligence artificielle va remplacer ce métier ?",
)
"""The second is typed as people type: no accent, no question mark."""

MODEL = Path(__file__).parent / "models" / "demo-espeak-fr"
"""Listens to the meetings unless VIDEOTHEQUE_ASR_MODEL names another; it knows only these synthetic voices."""

_EXPECTED = {Variant.NOT_CONSENTED: Outcome.DENIED, Variant.TRUNCATED: Outcome.FAILED}
"""What must become of the two meetings that are not fit to be published; every other one must be."""


def main() -> int:
    """Run the demo; 0 when every meeting became what it should."""
    speak_french()
    options = _parser().parse_args()
    base = Settings()
    settings = base.model_copy(update={"home": base.home / "demo", "inbox": None})
    if "asr_model" not in base.model_fields_set:
        settings = settings.model_copy(update={"asr_model": str(MODEL)})
    try:
        return _run(options, settings)
    except (PipelineError, ConsentError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrompu ; ce qui était terminé est gardé.\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = FrenchParser(prog="make demo", description="La démonstration de la vidéothèque d'orientation.")
    parser.add_argument("--no-serve", action="store_true", help="s'arrêter après les trois questions")
    parser.add_argument("--port", type=int, default=None, metavar="PORT", help="port de la page (8000 par défaut)")
    return parser


def _run(options: argparse.Namespace, settings: Settings) -> int:
    console = commands.terminal()
    console.print(Text("1. Les rencontres de démonstration (voix et images de synthèse)", style="bold"))
    made = make_meetings(settings.inbox_folder, console.print, heard=True)
    console.print(f"{len(made)} rencontres sont prêtes dans {_short(settings.inbox_folder)}.")
    console.print(Text("\n2. La nuit", style="bold"))
    workshop = Workshop(settings)
    report = nightly(workshop, shown.ConsoleProgress(console))
    console.print(Text("\n3. Le bilan", style="bold"))
    _summary(console, workshop, report)
    console.print(Text("\n4. Trois questions", style="bold"))
    library = Library(settings)
    for question in QUESTIONS:
        console.print(Text(f"\n« {question} »", style="bold cyan"))
        shown.print_hits(console, library.search(question, Mode.HYBRID, 3))
    as_expected = _as_expected(report) and not report.index.problem
    if not as_expected:
        sys.stderr.write("La démonstration ne s'est pas déroulée comme prévu : voyez le bilan ci-dessus.\n")
        return 1
    if options.no_serve:
        return 0
    console.print(Text("\n5. La page", style="bold"))
    return commands.serve_library(settings, library, port=options.port)


def _summary(console: Console, workshop: Workshop, report: RunReport) -> None:
    console.print(shown.run_table(report))
    for meeting in workshop.catalogue.meetings():
        clips = commands.live_clips(workshop, meeting)
        if clips:
            console.print(shown.clip_table(meeting.meeting_id, clips))
    console.print(Text(report.index.sentence))
    told = [stage.detail for recording in report.recordings for stage in recording.stages]
    if workshop.settings.asr_model == str(MODEL) and any(TranscriptOrigin.MODEL.french in detail for detail in told):
        console.print(
            "Les rencontres sans transcription de la plateforme ont été écoutées par le petit modèle de parole fourni "
            "avec la démonstration : il ne connaît que les voix de synthèse d'espeak-ng et se trompe encore sur des "
            "mots. Leurs scénarios n'ont servi qu'à les fabriquer."
        )


def _as_expected(report: RunReport) -> bool:
    wanted = {meeting.id: _EXPECTED.get(meeting.variant) for meeting in MEETINGS}
    found = {recording.name: recording.outcome for recording in report.recordings}
    return all(
        found.get(name) is outcome if outcome else found.get(name) in (Outcome.DONE, Outcome.REUSED)
        for name, outcome in wanted.items()
    )


def _short(path: Path) -> Path:
    resolved = path.resolve()
    return resolved.relative_to(Path.cwd()) if resolved.is_relative_to(Path.cwd()) else resolved


if __name__ == "__main__":
    sys.exit(main())
