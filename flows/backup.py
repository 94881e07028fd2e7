"""Backup and restore: copies of a library that a later withdrawal still reaches.

A backup is a folder: the register's rows in clear (pseudonyms and numbers), and one sealed archive a recording. The
keys and the list of withdrawals are never in it. So that nothing withdrawn comes back: an erasure destroys the
recording's key, which makes its copies unreadable wherever they are; and before anything restored may be shown, the
list of withdrawals is said again to the register. Taken while a run is at work, without waiting for it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from consent import facts
from consent.errors import ConsentDenied
from consent.facts import Fact
from consent.records import PART, Frozen, Purpose, RecordingId
from flows.erasing import pursue
from flows.generations import refresh_index
from flows.inbox import register_folder
from flows.progress import Progress
from flows.reinstating import put_register_back
from flows.workshop import Workshop
from pipeline.archive import read_archive, write_archive
from pipeline.errors import PipelineError
from pipeline.manifest import (
    CERTIFICATES,
    MANIFEST,
    RECORDINGS,
    REFERENTIALS,
    REGISTER,
    BackupRefused,
    CopiedFile,
    Manifest,
    check_backup,
    copied,
    is_named,
    read_manifest,
)
from pipeline.outputs import sync, write_synced
from pipeline.records import Stage
from pipeline.sealed import SealBroken
from pipeline.stops import StopBook
from pipeline.tables import insert_rows, recording_rows, register_rows

_ATTEMPTS = 5
"""A run replaces a recording's outputs within minutes at worst; each attempt starts from fresh rows."""


class BackupReport(Frozen):
    """What was copied, and what was not: without agreement, or replaced again and again meanwhile."""

    recordings: tuple[RecordingId, ...]
    denied: tuple[RecordingId, ...]
    missed: tuple[RecordingId, ...]


class RestoreReport(Frozen):
    """What came back, and why the rest did not.

    It is there already; the agreements no longer allow it (``denied``); no key opens its copy since all or a part of it
    was erased (``erased``); the operator is having it removed (``removed``); or the copy is damaged. ``replayed``: how
    much of the list of stops the register did not know. ``unread``: their description was another one since, and
    nothing of them is shown before it is read again.
    """

    recordings: tuple[RecordingId, ...] = ()
    present: tuple[RecordingId, ...] = ()
    denied: tuple[RecordingId, ...] = ()
    erased: tuple[RecordingId, ...] = ()
    removed: tuple[RecordingId, ...] = ()
    damaged: tuple[RecordingId, ...] = ()
    unread: tuple[RecordingId, ...] = ()
    replayed: int = 0
    problem: str = ""


def backup(workshop: Workshop, folder: Path, told: Callable[[str], None]) -> BackupReport:
    """Copy the library into a new folder.

    Raises:
        BackupRefused: the folder exists and is not empty.
    """
    folder = folder.resolve()  # « . » has no name to write aside of
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"« {folder} » existe déjà et n'est pas vide ; donnez un dossier nouveau à la sauvegarde.")
    aside = folder.with_name(f".{folder.name}.tmp-{uuid4().hex}")
    recordings: dict[RecordingId, CopiedFile] = {}
    denied: list[RecordingId] = []
    missed: list[RecordingId] = []
    try:
        (aside / RECORDINGS).mkdir(parents=True)
        workshop.note_stops()
        for meeting in workshop.catalogue.meetings():
            told(f"  · {meeting.meeting_id}")
            try:
                file = _copied(workshop, meeting.recording_id, aside)
            except ConsentDenied:
                denied.append(meeting.recording_id)
                continue
            if file is None:
                missed.append(meeting.recording_id)
            else:
                recordings[meeting.recording_id] = file
        _seal_off(workshop, aside, recordings)
        folder.mkdir(parents=True, exist_ok=True)
        for one in sorted(aside.iterdir(), key=lambda path: path.name == MANIFEST):
            one.rename(folder / one.name)  # the manifest last: without it this is no backup
        sync(folder)
        sync(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return BackupReport(recordings=tuple(recordings), denied=tuple(denied), missed=tuple(missed))


def _copied(workshop: Workshop, recording_id: RecordingId, aside: Path) -> CopiedFile | None:
    """One recording's archive; None where a run replaced its outputs each time."""
    path = aside / RECORDINGS / f"{recording_id}.sealed"
    for _ in range(_ATTEMPTS):
        clearance = workshop.register.clear(recording_id, Purpose.TRANSCRIBE, place=PART)
        with workshop.register.database.reading() as connection:
            rows = recording_rows(connection, recording_id)
        try:
            key = workshop.keyring.for_recording(recording_id)
            write_archive(recording_id, clearance, workshop.outputs, rows, key, path)
        except FileNotFoundError:
            continue
        finally:
            # Withdrawn while it was being copied: the copy must not be kept.
            if not workshop.register.decide(recording_id, [Purpose.TRANSCRIBE], PART).allowed:
                path.unlink(missing_ok=True)
                workshop.register.clear(recording_id, Purpose.TRANSCRIBE, place=PART)
        # The rows must be those of the files copied: a run may have published other ones in between.
        with workshop.register.database.reading() as connection:
            if rows == recording_rows(connection, recording_id):
                return copied(aside, f"{RECORDINGS}/{path.name}")
    path.unlink(missing_ok=True)
    return None


def _seal_off(workshop: Workshop, aside: Path, recordings: dict[RecordingId, CopiedFile]) -> None:
    """Write the register, newer than every archive, then what has no recording's key, then the manifest, signed."""
    with workshop.register.database.reading() as connection:
        head = workshop.register.ledger.head_within(connection)
        content = "".join(f"{line}\n" for line in register_rows(connection)).encode()
    write_synced(aside / REGISTER, content)
    manifest = Manifest(
        made_at=workshop.clock(),
        register_file=copied(aside, REGISTER),
        recordings=recordings,
        others=tuple(_copied_others(workshop, aside)),
        head=head,
    ).signed(workshop.keyring.for_certificates())
    write_synced(aside / MANIFEST, manifest.model_dump_json(indent=1).encode())
    sync(aside)


def _copied_others(workshop: Workshop, aside: Path) -> Iterator[CopiedFile]:
    """Copy the lists of occupations, and the certificates: they hold no personal data."""
    for name, folder in _others(workshop).items():
        for path in sorted(one for one in folder.glob("*.json") if is_named(f"{name}/{one.name}")):
            (aside / name).mkdir(exist_ok=True)
            write_synced(aside / name / path.name, path.read_bytes())
            yield copied(aside, f"{name}/{path.name}")


def _others(workshop: Workshop) -> dict[str, Path]:
    return {REFERENTIALS: workshop.settings.referentials_folder, CERTIFICATES: workshop.settings.certificates_folder}


def restore(workshop: Workshop, folder: Path, progress: Progress, told: Callable[[str], None]) -> RestoreReport:
    """Bring back the recordings of a backup that the library does not have, and that may still be had.

    A register that already knows anything is newer, and is kept; an empty one is filled from the backup. In both
    cases the list of withdrawals is said again first.

    Raises:
        BackupRefused: the folder is no backup, was changed, or the list of withdrawals is not there.
        LibraryBusy: another run holds the library.
    """
    manifest = read_manifest(folder)
    book = StopBook(workshop.register, workshop.keyring)
    listed = book.listed()
    if listed is None or not listed.through:  # none but the one just begun here
        raise BackupRefused(
            "La liste des retraits n'est pas dans le dossier des clés, et sans elle une sauvegarde montrerait ce qui a "
            "été retiré depuis ; remettez d'abord le dossier des clés (VIDEOTHEQUE_KEYS), le plus récent que vous ayez."
        )
    check_backup(folder, manifest, workshop.register.ledger.signer.public_key)
    with workshop.locked(progress, 0):
        replayed = put_register_back(workshop, folder, manifest, listed)
        book.begin()  # of a version before, it is written anew
        workshop.note_stops()
        report = _bring_back(workshop, folder, manifest, told)
        _put_others_back(workshop, folder, manifest)
        unread = _read_again(workshop)
        index = refresh_index(workshop)
        erasures = pursue(workshop, progress)
        left = " ; ".join(one.sentence for one in erasures if not one.done)
        problem = " ; ".join(filter(None, (index.problem, left)))
        return report.model_copy(update={"replayed": replayed, "unread": unread, "problem": problem})


def _put_others_back(workshop: Workshop, folder: Path, manifest: Manifest) -> None:
    """Each list of occupations, and each certificate, that is not there."""
    places = _others(workshop)
    for file in manifest.others:
        kind, _, name = file.name.partition("/")
        if not (places[kind] / name).exists():
            places[kind].mkdir(parents=True, exist_ok=True)
            write_synced(places[kind] / name, (folder / file.name).read_bytes())


def _read_again(workshop: Workshop) -> tuple[RecordingId, ...]:
    """Read the descriptions that were others since the backup, where their folders are; those that still wait."""
    waiting = []
    for meeting in workshop.catalogue.meetings():
        if not workshop.register.held(meeting.recording_id).unread:
            continue
        with suppress(PipelineError, OSError, RuntimeError):
            register_folder(workshop, meeting.folder)
        if workshop.register.held(meeting.recording_id).unread:
            waiting.append(meeting.recording_id)
    return tuple(waiting)


def _bring_back(workshop: Workshop, folder: Path, manifest: Manifest, told: Callable[[str], None]) -> RestoreReport:
    fates: dict[str, list[RecordingId]] = {}
    for recording_id, file in manifest.recordings.items():
        told(f"  · {recording_id}")
        fates.setdefault(_fate(workshop, recording_id, folder / file.name), []).append(recording_id)
    return RestoreReport.model_validate({fate: tuple(found) for fate, found in fates.items()})


def _fate(workshop: Workshop, recording_id: RecordingId, archive: Path) -> str:
    """Put a recording in place where it may be; what became of it, as the report's field."""
    key = workshop.keyring.known(recording_id)
    with workshop.register.database.reading() as connection:
        denied = Stage.INGEST in workshop.denied_within(connection, recording_id)
        removed = facts.since(connection, recording_id, Fact.REMOVED, Fact.ADDED) is not None
    if workshop.catalogue.find_meeting(recording_id) is not None:
        return "present"
    if removed:
        return "removed"
    if denied:
        return "denied"
    if key is None:
        return "erased"
    try:
        _place(workshop, recording_id, key, archive)
    except SealBroken:
        return "damaged"
    return "recordings"


def _place(workshop: Workshop, recording_id: RecordingId, key: bytes, archive: Path) -> None:
    """Read an archive aside, then put its outputs and its rows in place."""
    root = workshop.outputs.root
    aside = root / f".tmp-{uuid4().hex}"
    try:
        aside.mkdir(parents=True)
        rows = read_archive(recording_id, key, archive, aside)
        shutil.rmtree(root / recording_id, ignore_errors=True)
        aside.rename(root / recording_id)
        sync(root)
        # Who must approve is what the register says, which may be newer than the copy.
        own = [row for row in rows if json.loads(row)["table"] != "clip_reviewers"]
        parties = workshop.register.parties(recording_id)
        workshop.catalogue.approvals.declare(recording_id, parties, [one.id for one in parties if one.waived])
        with workshop.register.database.writing() as connection:
            insert_rows(connection, own)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
