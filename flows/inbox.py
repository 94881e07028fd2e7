"""Find the meetings: the folders registered before, and those that appeared in the inbox.

Registering reads the description only; no media is opened here.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from consent.records import Frozen, RecordingId
from flows.workshop import STAGE_PURPOSES, Workshop
from pipeline.catalogue import RegisteredMeeting
from pipeline.errors import InvalidMeeting
from pipeline.index.stage import EMBED_VERSION
from pipeline.ingest.stage import INGEST_VERSION
from pipeline.meeting import MEETING_FILE, Meeting, read_meeting
from pipeline.render.stage import RENDER_VERSION
from pipeline.segment.stage import SEGMENT_VERSION
from pipeline.transcribe.stage import TRANSCRIBE_VERSION

_VERSIONS = (INGEST_VERSION, TRANSCRIBE_VERSION, SEGMENT_VERSION, RENDER_VERSION, EMBED_VERSION)


class FoundMeeting(Frozen):
    """A meeting that can be processed, and the state it is in (files, consents, settings)."""

    registered: RegisteredMeeting
    meeting: Meeting
    state: str

    @property
    def changed(self) -> bool:
        """Whether it was never processed to the end in this state."""
        return self.registered.settled != self.state


class Unreadable(Frozen):
    """A folder that cannot be registered, or no longer read, and why (one French sentence)."""

    name: str
    recording_id: RecordingId | None
    problem: str


class Inbox(Frozen):
    """What was found."""

    meetings: tuple[FoundMeeting, ...]
    unreadable: tuple[Unreadable, ...]


def register_folder(workshop: Workshop, folder: Path) -> tuple[Meeting, bool]:
    """Register one meeting's folder and take over its consents; True where it is new.

    Raises:
        InvalidMeeting: the description, or a file it names, is not acceptable; nothing is registered.
    """
    folder = folder.resolve()
    shown = str(folder).encode(errors="replace").decode()
    if shown != str(folder):  # bytes that are no text: the catalogue cannot keep such a path
        raise InvalidMeeting(f"Le nom du dossier « {shown} » n'est pas en UTF-8 ; renommez-le.")
    meeting = read_meeting(folder)
    holder = workshop.catalogue.find_meeting(meeting.id)
    if holder is not None and holder.folder != folder and (holder.folder / MEETING_FILE).exists():
        raise InvalidMeeting(
            f"L'identifiant « {meeting.id} » est déjà celui de la rencontre du dossier « {holder.folder} » ; donnez-en "
            f"un autre dans {MEETING_FILE} de « {folder.name} »."
        )
    new = workshop.catalogue.register_meeting(meeting.recording_id, meeting.id, folder, workshop.clock())
    workshop.register.declare(meeting.recording_id, meeting.parties, meeting.consent_events(workshop.clock()))
    return meeting, new


def look(workshop: Workshop) -> Inbox:
    """Register what is new in the inbox, read every registered meeting again, and say what state each is in."""
    unreadable: dict[str, Unreadable] = {}
    known = {one.folder: one for one in workshop.catalogue.meetings()}
    for folder in _inbox_folders(workshop.settings.inbox_folder):
        if folder.resolve() not in known:
            try:
                register_folder(workshop, folder)
            except InvalidMeeting as error:
                unreadable[str(folder)] = Unreadable(name=folder.name, recording_id=None, problem=str(error))
    found = []
    for registered in workshop.catalogue.meetings():
        try:
            meeting, _ = register_folder(workshop, registered.folder)
        except InvalidMeeting as error:
            unreadable[str(registered.folder)] = Unreadable(
                name=registered.meeting_id, recording_id=registered.recording_id, problem=str(error)
            )
        else:
            state = state_of(workshop, registered.folder, meeting)
            found.append(FoundMeeting(registered=registered, meeting=meeting, state=state))
    return Inbox(meetings=tuple(found), unreadable=tuple(unreadable.values()))


def state_of(workshop: Workshop, folder: Path, meeting: Meeting) -> str:
    """A hash of all that can change what a meeting becomes; cheap: files are looked at, not read."""
    settings = workshop.settings
    files = []
    for name in meeting.files():
        status = (folder / name).stat()
        files.append((name, status.st_size, status.st_mtime_ns))
    decisions = workshop.register.decide_each(meeting.recording_id, STAGE_PURPOSES)
    verdicts = {stage.value: decision.allowed for stage, decision in decisions.items()}
    chosen = settings.model_dump(
        mode="json",
        include={"language", "media", "clips", "asr_model", "asr_revision", "embedder", "embedder_revision"},
    )
    described = meeting.model_dump(mode="json", exclude={"consents"})
    codes = workshop.referential_identity
    canonical = json.dumps([described, files, verdicts, chosen, codes, _VERSIONS], sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _inbox_folders(inbox: Path) -> list[Path]:
    if not inbox.is_dir():
        return []
    return sorted(path for path in inbox.iterdir() if path.is_dir() and not path.name.startswith("."))
