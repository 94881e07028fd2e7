"""Backup and restore: copies of a library that a later withdrawal still reaches.

A backup is a folder: the register's rows in clear (pseudonyms and numbers), and one sealed archive a recording. The
keys and the list of withdrawals are never in it. So that nothing withdrawn comes back: an erasure destroys the
recording's key, which makes its copies unreadable wherever they are; and before anything restored may be shown, the
list of withdrawals is said again to the register. Taken while a run is at work, without waiting for it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from pydantic import AwareDatetime, ValidationError

from consent.errors import ConsentDenied
from consent.records import PART, Frozen, Purpose, RecordingId
from flows.erasing import pursue
from flows.generations import refresh_index
from flows.progress import Progress
from flows.workshop import Workshop
from pipeline.archive import read_archive, write_archive
from pipeline.errors import PipelineError
from pipeline.outputs import sync, write_synced
from pipeline.sealed import SealBroken
from pipeline.stops import read_stops
from pipeline.tables import insert_rows, is_empty, lines_of, recording_rows, register_rows

_MANIFEST, _REGISTER, _RECORDINGS, _REFERENTIALS = "backup.json", "register.jsonl", "recordings", "referentials"
_ATTEMPTS = 5
"""A run replaces a recording's outputs within minutes at worst; each attempt starts from fresh rows."""


class BackupRefused(PipelineError):
    """A backup cannot be written or read there: the sentence says what to do."""


class CopiedFile(Frozen):
    """A file of the backup."""

    name: str
    sha256: str


class Manifest(Frozen):
    """What a backup holds."""

    version: int = 1
    made_at: AwareDatetime
    register_file: CopiedFile
    recordings: dict[RecordingId, CopiedFile]


class BackupReport(Frozen):
    """What was copied, and what was not: without agreement, or replaced again and again meanwhile."""

    recordings: tuple[RecordingId, ...]
    denied: tuple[RecordingId, ...]
    missed: tuple[RecordingId, ...]


class RestoreReport(Frozen):
    """What came back, and what did not: withdrawn or erased since, already there, or damaged."""

    recordings: tuple[RecordingId, ...]
    withdrawn: tuple[RecordingId, ...]
    present: tuple[RecordingId, ...]
    damaged: tuple[RecordingId, ...]
    replayed: int
    problem: str = ""


def backup(workshop: Workshop, folder: Path, told: Callable[[str], None]) -> BackupReport:
    """Copy the library into a new folder.

    Raises:
        BackupRefused: the folder exists and is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"« {folder} » existe déjà et n'est pas vide ; donnez un dossier nouveau à la sauvegarde.")
    aside = folder.with_name(f".{folder.name}.tmp-{uuid4().hex}")
    copied: dict[RecordingId, CopiedFile] = {}
    denied: list[RecordingId] = []
    missed: list[RecordingId] = []
    try:
        (aside / _RECORDINGS).mkdir(parents=True)
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
                copied[meeting.recording_id] = file
        if workshop.settings.referentials_folder.is_dir():
            shutil.copytree(workshop.settings.referentials_folder, aside / _REFERENTIALS)
        _seal_off(workshop, aside, copied)
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(folder)
        sync(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return BackupReport(recordings=tuple(copied), denied=tuple(denied), missed=tuple(missed))


def _copied(workshop: Workshop, recording_id: RecordingId, aside: Path) -> CopiedFile | None:
    """One recording's archive; None where a run replaced its outputs each time."""
    path = aside / _RECORDINGS / f"{recording_id}.sealed"
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
        if _same(workshop, recording_id, rows):
            return CopiedFile(name=f"{_RECORDINGS}/{path.name}", sha256=_sha256(path))
    path.unlink(missing_ok=True)
    return None


def _same(workshop: Workshop, recording_id: RecordingId, rows: list[str]) -> bool:
    with workshop.register.database.reading() as connection:
        return rows == recording_rows(connection, recording_id)


def _seal_off(workshop: Workshop, aside: Path, copied: dict[RecordingId, CopiedFile]) -> None:
    """Write the register, newer than every archive, then the manifest."""
    with workshop.register.database.reading() as connection:
        content = "".join(f"{line}\n" for line in register_rows(connection)).encode()
    write_synced(aside / _REGISTER, content)
    register_file = CopiedFile(name=_REGISTER, sha256=hashlib.sha256(content).hexdigest())
    manifest = Manifest(made_at=workshop.clock(), register_file=register_file, recordings=copied)
    write_synced(aside / _MANIFEST, manifest.model_dump_json(indent=1).encode())
    sync(aside)


def restore(workshop: Workshop, folder: Path, progress: Progress, told: Callable[[str], None]) -> RestoreReport:
    """Bring back the recordings of a backup that the library does not have, and that may still be had.

    A register that already knows anything is newer, and is kept; an empty one is filled from the backup. In both
    cases the list of withdrawals is said again first.

    Raises:
        BackupRefused: the folder is no backup, is damaged, or the list of withdrawals is not there.
        LibraryBusy: another run holds the library.
    """
    manifest = _manifest(folder)
    listed = read_stops(workshop.keyring)
    if listed is None:
        raise BackupRefused(
            "La liste des retraits n'est pas dans le dossier des clés, et sans elle une sauvegarde montrerait ce qui a "
            "été retiré depuis ; remettez d'abord le dossier des clés (VIDEOTHEQUE_KEYS), le plus récent que vous ayez."
        )
    removing = frozenset(listed.removing)
    with workshop.locked(progress, 0):
        with workshop.register.database.writing() as connection:
            empty = is_empty(connection)
            if empty:
                insert_rows(connection, lines_of((folder / _REGISTER).read_bytes().decode()))
            # In the transaction that puts it back: nobody else sees it without what was taken back since.
            replayed = listed.replay_within(workshop.register, connection)
        if empty:  # an older register, put back knowingly: else its proof would rightly say that entries are missing
            workshop.register.ledger.restored()
        workshop.note_stops()
        report = _bring_back(workshop, folder, manifest, removing, told)
        if (folder / _REFERENTIALS).is_dir() and not workshop.settings.referentials_folder.exists():
            shutil.copytree(folder / _REFERENTIALS, workshop.settings.referentials_folder)
        for recording_id in report.recordings:  # what was taken back in part since must not stay on the disk
            workshop.catalogue.unpublish_denied(recording_id)
        index = refresh_index(workshop)
        erasures = pursue(workshop, progress)
        left = " ; ".join(one.sentence for one in erasures if not one.done)
        problem = " ; ".join(filter(None, (index.problem, left)))
        return report.model_copy(update={"replayed": replayed, "problem": problem})


def _bring_back(
    workshop: Workshop, folder: Path, manifest: Manifest, removing: frozenset[RecordingId], told: Callable[[str], None]
) -> RestoreReport:
    back: list[RecordingId] = []
    withdrawn: list[RecordingId] = []
    present: list[RecordingId] = []
    damaged: list[RecordingId] = []
    for recording_id, file in manifest.recordings.items():
        told(f"  · {recording_id}")
        key = workshop.keyring.known(recording_id)
        allowed = workshop.register.decide(recording_id, [Purpose.TRANSCRIBE], PART).allowed
        if workshop.catalogue.find_meeting(recording_id) is not None:
            present.append(recording_id)
        elif key is None or not allowed or recording_id in removing:
            withdrawn.append(recording_id)
        else:
            try:
                _place(workshop, recording_id, key, folder / file.name)
                back.append(recording_id)
            except SealBroken:
                damaged.append(recording_id)
    return RestoreReport(
        recordings=tuple(back),
        withdrawn=tuple(withdrawn),
        present=tuple(present),
        damaged=tuple(damaged),
        replayed=0,
    )


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
        with workshop.register.database.writing() as connection:
            insert_rows(connection, rows)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _manifest(folder: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
        files = (manifest.register_file, *manifest.recordings.values())
        sound = all(_sha256(folder / file.name) == file.sha256 for file in files)
    except (OSError, ValidationError) as error:
        raise BackupRefused(f"« {folder} » n'est pas une sauvegarde lisible ; donnez son dossier.") from error
    if not sound:
        raise BackupRefused("Un fichier de la sauvegarde a changé depuis qu'elle a été faite ; prenez-en une autre.")
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
