"""A person's file: all that is held about them, in one archive for them alone (GDPR articles 15 and 20).

Takes the catalogue, the outputs and one person of one recording; writes a ZIP that only its owner may read, and never
over another file. It holds what that person said and agreed to, the clips they are in, and what is kept of the
recording; of the others' answers, nothing but what they make of the clips.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from consent.clearance import Clearance
from consent.dossier import file_of
from consent.errors import ConsentDenied
from consent.records import PART, Frozen, PersonId, Purpose, RecordingId, Role
from pipeline.catalogue import Catalogue
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


def write(settings: Settings, catalogue: Catalogue, recording: RecordingId, person: PersonId, path: Path) -> None:
    """Write the archive, for its owner's eyes only.

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
            _write_words(archive, catalogue, outputs, recording, person)
            _write_clips(archive, catalogue, outputs, recording)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_words(
    archive: zipfile.ZipFile, catalogue: Catalogue, outputs: OutputStore, recording: RecordingId, person: PersonId
) -> None:
    try:
        clearance = catalogue.register.clear(recording, Purpose.TRANSCRIBE, place=PART)
    except ConsentDenied:
        return  # nothing was written down, or it is being erased
    parties = catalogue.register.parties(recording)
    role = next((one.role for one in parties if one.id == person), None)
    # A guardian's file is about their child.
    whose = {one.id for one in parties if one.role is Role.YOUNG_PERSON} if role is Role.GUARDIAN else {person}
    lines = [one.model_dump_json() for one in _said(outputs, clearance, recording, whose)]
    archive.writestr("paroles.jsonl", "".join(f"{line}\n" for line in lines))


def _said(outputs: OutputStore, clearance: Clearance, recording: RecordingId, whose: set[PersonId]) -> Iterator[Said]:
    clearance.require(recording, Purpose.TRANSCRIBE)
    for folder in outputs.finished(recording, Stage.TRANSCRIBE)[-1:]:
        made = outputs.load(recording, Stage.TRANSCRIBE, folder.name, Transcript)
        for one in made.utterances if made is not None else ():
            if one.speaker in whose:
                yield Said(start=one.span.start, end=one.span.end, text=one.text)


def _write_clips(archive: zipfile.ZipFile, catalogue: Catalogue, outputs: OutputStore, recording: RecordingId) -> None:
    for clip_id, made in catalogue.made_of(recording).items():
        archive.writestr(f"extraits/{clip_id}.json", made.clip.model_dump_json(indent=1))
        folder = outputs.folder(recording, Stage.RENDER, made.render_key)
        for name in (made.clip.video, made.clip.captions, made.clip.poster):
            archive.write(folder / name, f"extraits/{clip_id}/{name}")


def _holdings(settings: Settings, catalogue: Catalogue, outputs: OutputStore, recording: RecordingId) -> Holdings:
    meeting = catalogue.meeting(recording)
    try:
        files = [meeting.folder / name for name in read_description(meeting.folder).files()]
    except InvalidMeeting:
        files = []
    there = [path for path in files if path.exists()]
    ingested = [
        found
        for folder in outputs.finished(recording, Stage.INGEST)
        if (found := outputs.load(recording, Stage.INGEST, folder.name, Recording)) is not None
    ]
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
