"""What the commands about persons' choices do: withdraw, erase, certificates, review links.

Every function takes the parsed options and the settings, and returns the exit status, like :mod:`videotheque.commands`.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import RootModel
from rich.table import Table

from consent.links import PersonalLink, sign_link
from consent.records import Frozen, PersonId, RecordingId, Role, Span
from consent.revocations import Revocations
from flows import night
from flows.backup import backup as write_backup
from flows.backup import restore as read_backup
from flows.workshop import Workshop
from pipeline.certificate import read_certificate
from pipeline.erasure import StepState
from pipeline.errors import PipelineError
from pipeline.records import ClipId
from pipeline.settings import Settings
from pipeline.store import Store
from pipeline.withdrawal import Taken, check_passage, person_of, purposes_of
from videotheque import console as shown
from videotheque.addresses import review_url
from videotheque.commands import terminal


class ReviewLink(Frozen):
    """The personal link of one person of a meeting, as ``review links --json`` gives it."""

    meeting: str
    person: PersonId
    role: Role
    url: str
    expires_at: datetime


class ReviewLinks(RootModel[list[ReviewLink]]):
    """The links of a meeting, one a person."""


_STATES = {
    StepState.PENDING: "à faire",
    StepState.VERIFIED: "effacé et vérifié",
    StepState.FAILED: "échec, sera repris",
}


def withdraw(options: argparse.Namespace, settings: Settings) -> int:
    """Withdraw an agreement, one clip or one passage; in force before anything is printed."""
    console, workshop = terminal(), Workshop(settings)
    meeting = workshop.catalogue.meeting(options.recording)
    person = person_of(workshop.catalogue, meeting, options.person)
    progress = shown.ConsoleProgress(console)
    if options.clip is not None and options.passage is not None:
        raise PipelineError("Donnez --clip ou --passage, un seul à la fois.")
    if "" in (options.clip, options.passage):  # an unset variable of a script must not take everything back
        raise PipelineError("--clip ou --passage est vide ; nommez l'extrait ou le passage, ou ôtez l'option.")
    taken = Taken(
        purposes=purposes_of(options.purpose),
        clip_id=ClipId(options.clip) if options.clip else None,
        passages=(_passage(options.passage),) if options.passage else (),
    )
    for passage in taken.passages:
        check_passage(workshop.outputs, meeting.recording_id, passage, settings.media.max_duration_s)
    report = night.take_back(workshop, meeting, person, taken, progress)
    what = f"l'accord de « {person} » est retiré"
    if report.again:
        what = f"l'extrait {options.clip} avait déjà été retiré par « {person} », rien n'est à faire"
    elif options.clip or options.passage:
        what = f"l'extrait {options.clip} est retiré" if options.clip else f"le passage {options.passage} est retiré"
    gone = f"{report.clips} extrait{'s' if report.clips > 1 else ''} en moins"
    rest = "d'autres extraits restent visibles" if report.still_shown else "plus rien n'en est montré"
    console.print(f"{meeting.meeting_id} : {what} ; {gone}, {rest}.")
    if report.postponed:
        console.print("Une exécution est en cours : elle, ou la prochaine nuit, effacera les fichiers qui en restent.")
    return shown.print_erasures(console, report.erasures)


def erase(options: argparse.Namespace, settings: Settings) -> int:
    """Go on with every erasure that is not finished."""
    console, workshop = terminal(), Workshop(settings)
    reports = night.erase(workshop, shown.ConsoleProgress(console), 0.0 if options.no_wait else None)
    if not reports:
        console.print("Aucun effacement en attente.")
    return shown.print_erasures(console, reports)


def erasures(options: argparse.Namespace, settings: Settings) -> int:
    """List the erasures, or the stores of one, with its certificate's place."""
    console, workshop = terminal(), Workshop(settings)
    if options.erasure:
        job = workshop.erasures.job(options.erasure)
        table = Table(title=f"Effacement {job.id}", title_justify="left", header_style="bold")
        for heading in ("Où", "État", "Essais", "Effacés", "Détail"):
            table.add_column(heading, overflow="fold")
        for store in Store:
            step = job.step(store)
            if step is None and job.completed_at is not None:
                continue  # a place that the version which erased did not have
            state = _STATES[step.state if step else StepState.PENDING]
            counted = (str(step.attempts), str(step.erased), step.detail) if step else ("0", "", "")
            table.add_row(store.french, state, *counted)
        console.print(table)
        return int(job.completed_at is None)
    table = Table(title="Effacements", title_justify="left", header_style="bold")
    for heading in ("Effacement", "Rencontre", "Pourquoi", "Demandé le", "Terminé le", "Certificat"):
        table.add_column(heading, overflow="fold")
    jobs = workshop.erasures.jobs()
    for job in jobs:
        ended = f"{job.completed_at.astimezone():%Y-%m-%d %H:%M}" if job.completed_at else "en cours"
        place = str(settings.certificates_folder / f"{job.id}.json") if job.completed_at else ""
        asked = f"{job.requested_at.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(job.id, job.recording_id, job.cause.french, asked, ended, place)
    console.print(table)
    return int(any(job.completed_at is None for job in jobs))


def certificate(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one signature for all
    """Check a certificate of erasure, offline, and say plainly whether the key that signed it is one that is known."""
    read = read_certificate(Path(options.file).read_bytes(), options.key)
    whose = (
        "Signé par la clé que vous donnez."
        if options.key
        else f"Clé comparée à aucune autre : sans --key, rien ne dit qui a signé. Clé publique : {read.public_key}"
    )
    terminal().print(
        f"Certificat intact : {read.recording}, effacé pour « {read.cause.french} », demandé le "
        f"{read.requested_at.astimezone():%d/%m/%Y %H:%M}, terminé et vérifié le "
        f"{read.completed_at.astimezone():%d/%m/%Y %H:%M}, {len(read.stores)} endroits. "
        f"{f'Portée : {read.extent}. ' if read.extent else ''}"
        f"{whose}"
    )
    return 0


def backup(options: argparse.Namespace, settings: Settings) -> int:
    """Copy the library into a new folder, even while a run is at work."""
    console, workshop = terminal(), Workshop(settings)
    report = write_backup(workshop, options.folder, console.print)
    console.print(f"{len(report.recordings)} rencontres sauvegardées dans {options.folder}.")
    if report.denied:
        console.print(f"{len(report.denied)} sans accord, laissées de côté.")
    if report.missed:
        sys.stderr.write(f"{len(report.missed)} rencontres ont changé sans cesse pendant la copie ; recommencez.\n")
    console.print(
        f"Les clés n'y sont pas : sans {settings.keys_folder}, cette sauvegarde est illisible. Gardez une copie à jour "
        "de ce dossier, ailleurs, et une seule : une ancienne rendrait lisible ce qui a été retiré depuis."
    )
    return int(bool(report.missed))


def restore(options: argparse.Namespace, settings: Settings) -> int:
    """Bring back from a backup what the library does not have and may still have."""
    console, workshop = terminal(), Workshop(settings)
    report = read_backup(workshop, options.folder, shown.ConsoleProgress(console), console.print)
    console.print(f"{len(report.recordings)} rencontres rétablies, {len(report.present)} déjà là.")
    left_out = {
        "que les accords ne permettent plus de garder (refus, retrait ou échéance)": report.denied,
        "dont tout ou partie a été effacé depuis : leur copie ne s'ouvre plus": report.erased,
        "que vous faites retirer de la vidéothèque": report.removed,
    }
    for why, recordings in left_out.items():
        if recordings:
            console.print(f"Laissées de côté : {len(recordings)} {why}.")
    if report.replayed:
        console.print(
            f"La sauvegarde ignorait {report.replayed} refus, retraits, échéances, effacements ou corrections, redits "
            "au registre."
        )
    if report.unread:
        sys.stderr.write(
            f"{len(report.unread)} rencontres ne sont pas montrées : leur meeting.json a changé depuis la sauvegarde "
            "et n'a pas pu être relu ; remettez leur dossier, puis lancez « videotheque nightly ».\n"
        )
    if report.damaged:
        sys.stderr.write(f"{len(report.damaged)} copies sont abîmées ; essayez une autre sauvegarde.\n")
    if report.problem:
        sys.stderr.write(f"{report.problem}\n")
    return int(bool(report.damaged or report.unread or report.problem))


def review_links(options: argparse.Namespace, settings: Settings) -> int:
    """Print the personal links of a meeting, one line a person, whole; nothing is kept of them."""
    workshop = Workshop(settings)
    meeting = workshop.catalogue.meeting(options.recording)
    links = []
    for party in workshop.register.parties(meeting.recording_id):
        link = _link(workshop, meeting.recording_id, party.id)
        url = _address(workshop, link)
        links.append(
            ReviewLink(
                meeting=meeting.meeting_id, person=party.id, role=party.role, url=url, expires_at=link.expires_at
            )
        )
    if options.json:
        sys.stdout.write(ReviewLinks(links).model_dump_json(indent=2) + "\n")
        return _warned(settings)
    # Not through the console, which would cut a link at the terminal's edge.
    for one in links:
        sys.stdout.write(f"{one.meeting} · {one.person} ({one.role.french}) : {one.url}\n")
    ends = workshop.clock() + timedelta(days=settings.review_link_days)
    sys.stdout.write(
        f"Pour relire jusqu'au {ends.astimezone():%d/%m/%Y %H:%M}, et pour retirer tant que quelque chose est gardé. "
        "Chacun n'est à donner qu'à sa personne : qui a le lien parle pour elle.\n"
    )
    return _warned(settings)


def review_revoke(options: argparse.Namespace, settings: Settings) -> int:
    """Kill every link given to one person so far: lost, stolen, sent to somebody else."""
    workshop = Workshop(settings)
    meeting = workshop.catalogue.meeting(options.recording)
    person = person_of(workshop.catalogue, meeting, options.person)
    Revocations(workshop.register).revoke(meeting.recording_id, person)
    sys.stdout.write(
        f"Les liens donnés à « {person} » jusqu'ici ne marchent plus. Donnez-lui-en un nouveau (videotheque review "
        f"links {meeting.meeting_id}) : retirer son accord doit rester aussi simple que le donner.\n"
    )
    return 0


def withdrawal_link(options: argparse.Namespace, settings: Settings) -> int:
    """Print the personal link by which one person takes their agreement back; nothing is kept of it."""
    console, workshop = terminal(), Workshop(settings)
    meeting = workshop.catalogue.meeting(options.recording)
    person = person_of(workshop.catalogue, meeting, options.person)
    console.print(f"{_address(workshop, _link(workshop, meeting.recording_id, person))}/retrait", soft_wrap=True)
    console.print(
        f"Lien de retrait de « {person} », à ne donner qu'à cette personne ; valable tant que quelque chose de cette "
        "rencontre est gardé."
    )
    return _warned(settings)


def _link(workshop: Workshop, recording_id: RecordingId, person: PersonId) -> PersonalLink:
    now = workshop.clock()
    ends = now + timedelta(days=workshop.settings.review_link_days)
    return PersonalLink(recording_id=recording_id, person_id=person, expires_at=ends, issued_at=now)


def _address(workshop: Workshop, link: PersonalLink) -> str:
    token = sign_link(link, workshop.keyring.for_links())
    return workshop.settings.public_url.rstrip("/") + review_url(token)


def _warned(settings: Settings) -> int:
    if not settings.public_url:
        sys.stderr.write("Réglez VIDEOTHEQUE_PUBLIC_URL pour que les liens soient des adresses entières.\n")
    return 0


def _passage(text: str) -> Span:
    start, _, end = text.partition("-")
    try:
        return Span(start=float(start.replace(",", ".")), end=float(end.replace(",", ".")))
    except ValueError:
        raise PipelineError(
            f"« {text[:40]} » n'est pas un passage ; donnez deux instants en secondes de l'enregistrement (61,5-90)."
        ) from None
