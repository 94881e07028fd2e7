"""What each command does. Every function takes the parsed options and the settings, and returns the exit status."""

from __future__ import annotations

import argparse
import gc
import json
import socket
import sys
import threading
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from consent.records import PART, Purpose
from consent.rules import PUBLICATION
from flows import night
from flows.approvals import told_of, waiting_for
from flows.erasing import reports as pending
from flows.inbox import register_folder
from flows.reminders import reminders
from flows.workshop import Workshop
from pipeline.catalogue import PublishedClip, RegisteredMeeting
from pipeline.errors import InvalidMeeting, PipelineError
from pipeline.meeting import Meeting
from pipeline.records import Mode, Outcome, Stage
from pipeline.referential import import_referential
from pipeline.settings import Settings
from videotheque import console as shown
from videotheque import texting
from videotheque.desk import Desk
from videotheque.example import EXAMPLE
from videotheque.french import french_channel, french_instant, french_purposes
from videotheque.library import Library
from videotheque.view import Options


def terminal() -> Console:
    """Standard output; wide enough for our tables where it is no terminal."""
    width = None if sys.stdout.isatty() else 140
    # What is told may quote a file: brackets and colons there are no markup (a lone « [/b] » would end the command).
    return Console(highlight=False, markup=False, emoji=False, width=width, soft_wrap=False)


def add(options: argparse.Namespace, settings: Settings) -> int:
    """Register folders; a bad one is told and does not stop the others."""
    workshop, console, failed = Workshop(settings), terminal(), 0
    workshop.note_stops()
    for folder in options.folders:
        try:
            meeting, new = register_folder(workshop, _folder(folder), claimed=True)
        except InvalidMeeting as error:
            sys.stderr.write(f"{error}\n")
            failed += 1
            continue
        decision = workshop.register.decide(meeting.recording_id, PUBLICATION, PART)
        what = "enregistrée" if new else "déjà enregistrée, relue"
        console.print(f"{meeting.id} : {what} ({meeting.recording_id}). {decision.explanation}")
    return 1 if failed else 0


def nightly(options: argparse.Namespace, settings: Settings) -> int:
    """Process what is new or changed; 1 where something failed."""
    console, workshop = terminal(), Workshop(settings)
    report = night.nightly(workshop, shown.ConsoleProgress(console), _wait(options))
    return print_run(console, report)


def reprocess(options: argparse.Namespace, settings: Settings) -> int:
    """Do one recording again."""
    console, workshop = terminal(), Workshop(settings)
    report = night.reprocess(
        workshop, options.recording, shown.ConsoleProgress(console), Stage(options.stage), _wait(options)
    )
    return print_run(console, report)


def print_run(console: Console, report: night.RunReport) -> int:
    """Print a run's table and its index line; the exit status."""
    if report.recordings:
        console.print(shown.run_table(report))
    else:
        console.print("Aucune rencontre : déposez des dossiers dans l'inbox, ou ajoutez-les (videotheque add).")
    console.print(Text(report.index.sentence))
    shown.print_erasures(console, report.erasures)
    for problem in report.sources:
        console.print(Text(problem, style="red"))
    for reminder in report.reminders:
        console.print(Text(reminder.sentence, style="yellow"))
    return 1 if report.failed else 0


def search(options: argparse.Namespace, settings: Settings) -> int:
    """Search; finding nothing is no error, but an empty library is told as such."""
    if options.index is not None or options.queries is not None:
        return texting.search(options, settings)
    if options.query is None:
        raise PipelineError("Il manque la question ; écrivez-la après « search » (ou donnez --index et --queries).")
    limit = texting.limit_of(options, 5)
    library = Library(settings)
    page = library.search(
        options.query, Mode(options.mode), limit, Options(filters=texting.filters_of(options), facets=options.facets)
    )
    if options.json:
        sys.stdout.write(page.model_dump_json(indent=2) + "\n")
    else:
        shown.print_hits(terminal(), page)
    if not page.generation:
        sys.stderr.write(
            "La vidéothèque est vide : lancez « videotheque nightly » après avoir ajouté des rencontres.\n"
        )
        return 1
    return 0


def serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve the page and the API until interrupted."""
    return serve_library(settings, Library(settings), options.host, options.port)


def serve_library(settings: Settings, library: Library, host: str | None = None, port: int | None = None) -> int:
    """Serve a library on the address given, or on that of the settings.

    Raises:
        PipelineError: the address is taken, or not allowed.
    """
    from videotheque.server import serve as run_server  # the web server is no use to the other commands

    host, port = host or settings.host, settings.port if port is None else port
    _check_free(host, port)
    desk = Desk(settings)

    def started() -> None:
        terminal().print(f"La vidéothèque est sur http://{host}:{port} (Ctrl-C pour arrêter).")
        # Loading the model costs seconds: before the first question, not during it.
        threading.Thread(target=ready, daemon=True).start()

    def ready() -> None:
        library.warm()
        # What is loaded by now stays: Python, looking for rings among objects during a question, passes it over.
        gc.collect()
        gc.freeze()

    try:
        run_server(library, host, port, started, desk)
    except KeyboardInterrupt:
        terminal().print("La vidéothèque est arrêtée.")
    return 0


def _check_free(host: str, port: int) -> None:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        raise PipelineError(
            f"La page ne peut pas être servie sur {host}:{port} ({getattr(error, 'strerror', None) or error}) ; "
            "choisissez un autre port avec --port (ou VIDEOTHEQUE_PORT)."
        ) from error


def status(options: argparse.Namespace, settings: Settings) -> int:
    """Show every meeting, or the stages and clips of one."""
    console, workshop = terminal(), Workshop(settings)
    if options.recording:
        meeting = workshop.catalogue.meeting(options.recording)
        console.print(shown.stage_table(meeting.meeting_id, workshop.journal.reports(meeting.recording_id)))
        console.print(shown.clip_table(meeting.meeting_id, live_clips(workshop, meeting)))
        return 0
    table = Table(title="Rencontres", title_justify="left", header_style="bold")
    for heading in ("Rencontre", "Numéro", "Extraits visibles", "À relire", "Dernière étape", "Détail"):
        table.add_column(heading, overflow="fold")
    waiting = 0
    for meeting in workshop.catalogue.meetings():
        waiting += waiting_for(workshop, meeting.recording_id)[0]
        clips = live_clips(workshop, meeting)
        table.add_row(
            meeting.meeting_id,
            meeting.recording_id,
            str(len(clips)),
            str(sum(one.clip.standalone is not None and one.clip.standalone.needs_review for one in clips) or ""),
            *_last(workshop, meeting),
        )
    console.print(table)
    if waiting:
        told = "extrait attend" if waiting == 1 else "extraits attendent"
        console.print(
            Text(f"{waiting} {told} la relecture des personnes filmées (videotheque review links).", "yellow")
        )
    erasures = pending(workshop)
    shown.print_erasures(console, erasures)
    for reminder in reminders(workshop):
        console.print(Text(reminder.sentence, style="yellow"))
    failing = any(one.outcome is Outcome.FAILED for one in workshop.journal.failures())
    return 1 if failing or erasures else 0


def _last(workshop: Workshop, meeting: RegisteredMeeting) -> tuple[str, str]:
    """The last stage and what became of it; a missing agreement is told as it is at this instant."""
    reports = workshop.journal.reports(meeting.recording_id)
    decision = workshop.register.decide(meeting.recording_id, PUBLICATION, PART)
    if decision.allowed and waiting_for(workshop, meeting.recording_id)[0]:
        return "à relire par les personnes", told_of(workshop, meeting.recording_id, meeting.meeting_id)
    if workshop.register.held(meeting.recording_id).unread:
        return "à relire", "La base a été restaurée : sa description doit être relue (videotheque add, ou nightly)."
    if not decision.allowed and not any(one.outcome is Outcome.FAILED for one in reports):
        return "sans accord", decision.explanation
    return (reports[-1].stage.french, reports[-1].detail) if reports else ("à traiter", "")


def live_clips(workshop: Workshop, meeting: RegisteredMeeting) -> list[PublishedClip]:
    """The clips of a meeting that may be shown now, in order of time."""
    clips = workshop.catalogue.live_of(meeting.recording_id).values()
    return sorted(clips, key=lambda one: one.clip.span.start)


def remove(options: argparse.Namespace, settings: Settings) -> int:
    """Take a meeting out of the library; the operator's own folder is not touched."""
    console, workshop = terminal(), Workshop(settings)
    meeting = workshop.catalogue.meeting(options.recording)
    erasures = night.remove(workshop, meeting, shown.ConsoleProgress(console))
    console.print(
        f"{meeting.meeting_id} : retirée, avec ses extraits et ses fichiers dérivés. Son dossier n'est pas touché : "
        "s'il est dans l'inbox, retirez-le aussi, sinon la prochaine nuit la reprendra."
    )
    return shown.print_erasures(console, erasures)


def schema(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one signature for all
    """Print the JSON Schema of ``meeting.json``, or an example of one."""
    if options.example:
        sys.stdout.write(EXAMPLE.model_dump_json(indent=2, exclude_none=True) + "\n")
    else:
        sys.stdout.write(json.dumps(Meeting.model_json_schema(), ensure_ascii=False, indent=2) + "\n")
    return 0


def referential_import(options: argparse.Namespace, settings: Settings) -> int:
    """Import a list of occupations with their codes, in place of the former one of the same kind."""
    imported = import_referential(options.file, settings.referentials_folder)
    plural = "s" if imported.trades > 1 else ""
    terminal().print(
        f"{imported.trades} métier{plural} importé{plural} ({imported.rome} avec un code ROME, {imported.onisep} "
        "avec un identifiant ONISEP) ; la prochaine nuit les portera sur les extraits."
    )
    return 0


def consent_show(options: argparse.Namespace, settings: Settings) -> int:
    """Show who said what, and what it allows now."""
    console, workshop = terminal(), Workshop(settings)
    meeting = workshop.catalogue.meeting(options.recording)
    table = Table(title=f"Accords de {meeting.meeting_id}", title_justify="left", header_style="bold")
    for heading in ("Dit le", "Noté le", "Personne", "Quoi", "Finalités", "Portée", "Par", "Jusqu'au"):
        table.add_column(heading, overflow="fold")
    for event in workshop.register.history(meeting.recording_id):
        table.add_row(
            french_instant(event.indicated_at),
            french_instant(event.recorded_at),
            event.person_id,
            event.kind.french,
            "" if event.invalidates else french_purposes([one for one in Purpose if event.covers(one)]),
            event.scope.french,
            french_channel(event.channel),
            french_instant(event.expires_at) if event.expires_at else "",
        )
    console.print(table)
    console.print(workshop.register.decide(meeting.recording_id, PUBLICATION, PART).explanation)
    return 0


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise InvalidMeeting(f"« {path} » n'est pas un dossier ; donnez le dossier qui contient meeting.json.")
    return path


def _wait(options: argparse.Namespace) -> float | None:
    return 0.0 if options.no_wait else None
