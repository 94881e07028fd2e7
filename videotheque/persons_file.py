"""A person's file: all that is held about them, in one archive for them alone (GDPR articles 15 and 20).

Takes the catalogue, the outputs and one person of one recording; writes a ZIP that only its owner may read, and never
over another file. It holds what that person said and agreed to, the clips they are in, and what is kept of the
recording; of the others' answers, nothing but what they make of the clips. A guardian's holds what is their child's,
until that child is an adult.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from consent.clearance import Clearance
from consent.dossier import file_of
from consent.errors import ConsentDenied
from consent.majority import is_outgrown
from consent.records import PART, Frozen, Party, PersonId, Purpose, RecordingId, Role
from consent.register import Register
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue, PublishedClip, place_of
from pipeline.errors import InvalidMeeting, PipelineError
from pipeline.meeting import read_description
from pipeline.outputs import OutputStore
from pipeline.records import Recording, Stage, Transcript
from pipeline.settings import Settings


class Said(Frozen):
    """Something the person said: seconds from the recording's start, and the words as they were written down."""

    start: float
    end: float
    text: str


class Kept(Frozen):
    """Something kept of the recording: what it is, how many files, how many bytes."""

    what: str
    files: int
    size_bytes: int


class Holdings(Frozen):
    """What is kept of the recording: its source, and what was made of it; who erases the source."""

    source: Kept
    source_sha256: str | None
    source_erased_by: str
    made: tuple[Kept, ...]


def write(settings: Settings, catalogue: Catalogue, recording: RecordingId, person: PersonId, path: Path) -> bool:
    """Write the archive, for its owner's eyes only.

    Returns:
        False where it is a guardian's whose child is an adult: the words and the clips are then left out.

    Raises:
        UnknownPerson: the register holds nothing about them.
        PipelineError: there is a file of that name already; it is not touched.
        OSError: it cannot be written.
    """
    outputs = OutputStore(settings.recordings_folder)
    dossier = file_of(catalogue.register, settings.controller, recording, person)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise PipelineError(f"« {path} » existe déjà ; donnez un autre nom, ou effacez-le d'abord.") from None
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("dossier.json", dossier.model_dump_json(indent=1))
            archive.writestr("recu.json", dossier.receipt.model_dump_json(indent=1))
            for notice in dossier.notices:
                archive.writestr(f"notice-{notice.version}.md", notice.text)
            held = _holdings(settings, catalogue, outputs, recording)
            archive.writestr("ce-qui-est-garde.json", held.model_dump_json(indent=1))
            whose = _whose(catalogue.register, recording, person)
            _write_words(archive, catalogue.register, outputs, recording, whose)
            _write_clips(archive, catalogue, outputs, recording, whose)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return bool(whose)


def _whose(register: Register, recording: RecordingId, person: PersonId) -> tuple[Party, ...]:
    """Whose words and clips a person is handed: their own; a guardian's, their child's, while it is one."""
    held = register.held(recording)
    if is_outgrown(person, held.parties, held.events, register.clock(), register.policy):
        return ()
    own = next((one for one in held.parties if one.id == person), None)
    if own is None:  # no longer declared: what they said is theirs, in which clips they are nobody can tell
        return (Party(id=person, role=Role.THIRD_PARTY, present=()),)
    if own.role is Role.GUARDIAN:
        return tuple(one for one in held.parties if one.role is Role.YOUNG_PERSON)
    return (own,)


def _write_words(
    archive: zipfile.ZipFile,
    register: Register,
    outputs: OutputStore,
    recording: RecordingId,
    whose: Collection[Party],
) -> None:
    try:
        clearance = register.clear(recording, Purpose.TRANSCRIBE, place=PART)
    except ConsentDenied:
        return  # nothing was written down, or it is being erased
    lines = [one.model_dump_json() for one in _said(outputs, clearance, recording, {one.id for one in whose})]
    archive.writestr("paroles.jsonl", "".join(f"{line}\n" for line in lines))


def _said(outputs: OutputStore, clearance: Clearance, recording: RecordingId, whose: set[PersonId]) -> Iterator[Said]:
    """What they said, but for the seconds that somebody does not want written down."""
    clearance.require(recording, Purpose.TRANSCRIBE)
    out = [span for one in clearance.exclusions for span in one.scope.passages]
    made = max(
        outputs.loaded(recording, Stage.TRANSCRIBE, Transcript), key=lambda one: one.provenance.made_at, default=None
    )
    for one in made.utterances if made is not None else ():
        if one.speaker in whose and not any(one.span.overlaps(span) for span in out):
            yield Said(start=one.span.start, end=one.span.end, text=one.text)


def _write_clips(
    archive: zipfile.ZipFile,
    catalogue: Catalogue,
    outputs: OutputStore,
    recording: RecordingId,
    whose: Collection[Party],
) -> None:
    for made in catalogue.made_of(recording).values():
        place = place_of(made.clip)
        if not any(one.is_at(place) for one in whose):
            continue
        try:
            clearance = catalogue.register.clear(recording, *PUBLICATION, place=place)
        except ConsentDenied:
            continue  # taken back since the question before
        _write_clip(archive, outputs, clearance, made)


def _write_clip(archive: zipfile.ZipFile, outputs: OutputStore, clearance: Clearance, made: PublishedClip) -> None:
    clip = made.clip
    clearance.require(clip.recording_id, *PUBLICATION)
    archive.writestr(f"extraits/{clip.id}.json", clip.model_dump_json(indent=1))
    folder = outputs.folder(clip.recording_id, Stage.RENDER, made.render_key)
    for name in (clip.video, clip.captions, clip.poster):
        archive.write(folder / name, f"extraits/{clip.id}/{name}")


def _holdings(settings: Settings, catalogue: Catalogue, outputs: OutputStore, recording: RecordingId) -> Holdings:
    meeting = catalogue.meeting(recording)
    try:
        files = [meeting.folder / name for name in read_description(meeting.folder).files()]
    except InvalidMeeting:
        files = []
    there = [path for path in files if path.exists()]
    ingested = outputs.loaded(recording, Stage.INGEST, Recording)
    made = [(stage, outputs.files(recording, stage)) for stage in Stage]
    return Holdings(
        source=Kept(what="enregistrement source et ses pistes", files=len(there), size_bytes=_size(there)),
        source_sha256=ingested[-1].media.sha256 if ingested else None,
        source_erased_by="l'opérateur" if settings.source_kept_by_operator else "la vidéothèque",
        made=tuple(
            Kept(what=stage.french, files=len(paths), size_bytes=_size(paths)) for stage, paths in made if paths
        ),
    )


def _size(paths: list[Path] | tuple[Path, ...]) -> int:
    return sum(path.stat().st_size for path in paths)
