"""Find the meetings: the folders registered before, and those that appeared in the inbox.

Registering reads the description only; no media is opened here.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

from consent.records import PART, Frozen, Purpose, RecordingId
from flows.returning import note_returned, take_up_again
from flows.workshop import STAGE_PURPOSES, Workshop
from pipeline.catalogue import RegisteredMeeting
from pipeline.errors import InvalidMeeting
from pipeline.index.embed import model_folder
from pipeline.index.stage import EMBED_VERSION
from pipeline.ingest.stage import INGEST_VERSION
from pipeline.meeting import MEETING_FILE, Meeting, check_files, read_description
from pipeline.naming import known_names
from pipeline.outputs import system_sentence
from pipeline.records import ClipId
from pipeline.render.stage import RENDER_VERSION
from pipeline.segment.stage import SEGMENT_VERSION
from pipeline.segment.typed import names_somebody
from pipeline.transcribe.stage import TRANSCRIBE_VERSION

_CLOCKS_DIFFER = timedelta(days=1)
"""A platform in another time zone may write tomorrow's date; never a later one."""

_VERSIONS = (INGEST_VERSION, TRANSCRIBE_VERSION, SEGMENT_VERSION, RENDER_VERSION, EMBED_VERSION)


class FoundMeeting(Frozen):
    """A meeting that can be processed, and the state it is in (files, consents, settings)."""

    registered: RegisteredMeeting
    meeting: Meeting
    state: str

    @property
    def changed(self) -> bool:
        """Whether it was never processed to the end in this state."""
        return self.state != self.registered.settled


class Unreadable(Frozen):
    """A folder that cannot be registered, or no longer read, and why (one French sentence)."""

    name: str
    recording_id: RecordingId | None
    problem: str


class Inbox(Frozen):
    """What was found."""

    meetings: tuple[FoundMeeting, ...]
    unreadable: tuple[Unreadable, ...]


def register_folder(workshop: Workshop, folder: Path, *, claimed: bool = False) -> tuple[Meeting, bool]:
    """Register one meeting's folder and take over its consents; True where it is new.

    ``claimed``: the operator names it as this library's own, which a copy of a library does not do by itself.

    Raises:
        InvalidMeeting: the description, or a file it names, is not acceptable; nothing is registered.
        DatabaseLost: no meeting is known, and outputs are there.
    """
    folder = folder.resolve()
    meeting = _acceptable(workshop, folder)
    holder = workshop.catalogue.find_meeting(meeting.id)
    if holder is None:
        # Else the first meeting registered would have the outputs of all the others deleted.
        workshop.refuse_lost_database(meeting.recording_id)
        check_files(folder, meeting)
    elif holder.folder != folder:
        # Another folder speaks for this meeting: nothing is shown until its own recording has been read, which,
        # where it is the same, takes a moment and makes nothing again.
        workshop.catalogue.unpublish(holder.recording_id)
        workshop.catalogue.settle(holder.recording_id, None)
    now = workshop.clock()
    if holder is None:
        take_up_again(workshop, meeting, now)
    new = workshop.catalogue.register_meeting(meeting.recording_id, meeting.id, folder, now, claimed=claimed)
    # Who must approve comes first: an agreement that counts again must not count a moment without that.
    workshop.catalogue.approvals.declare(meeting.recording_id, meeting.parties, meeting.waived)
    unread = workshop.register.held(meeting.recording_id).unread
    workshop.register.declare(meeting.recording_id, meeting.parties, meeting.consent_events(workshop.clock()))
    _drop_names(workshop, meeting.recording_id)
    if holder is not None:  # once what it takes back was heard: more may be due than the removal
        take_up_again(workshop, meeting, now)
    if unread:  # while it was, some of its clips may have been taken out
        workshop.catalogue.settle(meeting.recording_id, None)
    # Only now: a withdrawal is heard even where the recording itself is no longer there.
    if workshop.catalogue.source_gone(meeting.recording_id) is None or (folder / meeting.recording).exists():
        check_files(folder, meeting)
        note_returned(workshop, meeting.recording_id, now)
    return meeting, new


def _drop_names(workshop: Workshop, recording_id: RecordingId) -> None:
    """Take away the titles that name somebody whose name was declared after they were typed; they are asked again."""
    titles = workshop.catalogue.approvals.of(recording_id).titles
    if not titles:
        return
    declared = known_names(workshop.register, workshop.catalogue.meeting(recording_id))
    made = workshop.catalogue.made_of(recording_id)
    said = {ClipId(one): [each.text for each in made[ClipId(one)].clip.sentences] for one in titles if one in made}
    kept = [one for one, title in titles.items() if not names_somebody(title, said.get(ClipId(one), ()), declared)]
    if len(kept) < len(titles):
        workshop.catalogue.approvals.erase_titles(recording_id, kept)


def _acceptable(workshop: Workshop, folder: Path) -> Meeting:
    """A folder's description, if this library can hold what it says.

    Raises:
        InvalidMeeting: it cannot.
    """
    shown = str(folder).encode(errors="replace").decode()
    if shown != str(folder):  # bytes that are no text: the catalogue cannot keep such a path
        raise InvalidMeeting(f"Le nom du dossier « {shown} » n'est pas en UTF-8 ; renommez-le.")
    meeting = read_description(folder)
    _check_same_id(workshop, folder, meeting)
    _check_place(workshop, folder, meeting)
    if meeting.recorded_at > workshop.clock() + _CLOCKS_DIFFER:
        raise InvalidMeeting(
            f"La rencontre « {meeting.id} » est datée du {meeting.recorded_at:%d/%m/%Y}, qui n'est pas encore venu ; "
            f"corrigez « recorded_at » dans {MEETING_FILE}."
        )
    holder = workshop.catalogue.find_meeting(meeting.id)
    if holder is not None and holder.folder != folder and (holder.folder / MEETING_FILE).exists():
        raise InvalidMeeting(
            f"L'identifiant « {meeting.id} » est déjà celui de la rencontre du dossier « {holder.folder} » ; donnez-en "
            f"un autre dans {MEETING_FILE} de « {folder.name} »."
        )
    return meeting


def _check_same_id(workshop: Workshop, folder: Path, meeting: Meeting) -> None:
    """A folder keeps its meeting's id: with another one, nobody would speak for the former's consents."""
    former = workshop.catalogue.meeting_of_folder(folder)
    if former is not None and former.meeting_id != meeting.id:
        # The description that brought them no longer names them: silence is not agreement.
        workshop.register.declare(former.recording_id, workshop.register.parties(former.recording_id), ())
        raise InvalidMeeting(
            f"L'identifiant de la rencontre « {former.meeting_id} » est devenu « {meeting.id} » dans {MEETING_FILE}, "
            "et ses extraits ne sont plus montrés ; remettez l'ancien, ou retirez d'abord l'ancienne rencontre "
            "(videotheque remove)."
        )


def _check_place(workshop: Workshop, folder: Path, meeting: Meeting) -> None:
    """A meeting's folder is its own: it goes with the meeting. One that is registered there already is still heard."""
    if workshop.catalogue.meeting_of_folder(folder) is not None:  # asked of every folder, every night
        return
    if workshop.settings.inbox_folder.resolve().is_relative_to(folder):
        raise InvalidMeeting(
            f"Le dossier « {folder.name} » est l'inbox elle-même, ou la contient ; donnez à la rencontre "
            f"« {meeting.id} » un dossier à elle, avec son {MEETING_FILE} et ses fichiers."
        )
    for one in workshop.catalogue.around(folder):
        if one.recording_id != meeting.recording_id:
            raise InvalidMeeting(
                f"Le dossier « {folder.name} » contient celui de la rencontre « {one.meeting_id} », ou est dedans ; "
                "mettez-les côte à côte : un retrait efface un dossier entier."
            )


def look(workshop: Workshop) -> Inbox:
    """Register what is new in the inbox, read every registered meeting again, and say what state each is in."""
    known = {one.folder for one in workshop.catalogue.meetings()}
    new = [path for path in _inbox_folders(workshop.settings.inbox_folder) if path.resolve() not in known]
    unreadable = [
        Unreadable(name=path.name, recording_id=None, problem=why) for path in new if (why := _new(workshop, path))
    ]
    found: list[FoundMeeting] = []
    for registered in workshop.catalogue.meetings():
        looked = _again(workshop, registered)
        if isinstance(looked, FoundMeeting):
            found.append(looked)
        else:
            unreadable.append(looked)
    return Inbox(meetings=tuple(found), unreadable=tuple(unreadable))


def _new(workshop: Workshop, folder: Path) -> str:
    """Register a folder of the inbox; what is wrong with it, or nothing."""
    try:
        register_folder(workshop, folder)
    except (InvalidMeeting, OSError, RuntimeError) as error:
        return _told(error)
    return ""


def _again(workshop: Workshop, registered: RegisteredMeeting) -> FoundMeeting | Unreadable:
    """Read a registered meeting again; where its description no longer reads, its clips are suspended."""
    name, recording_id = registered.meeting_id, registered.recording_id
    try:
        meeting, _ = register_folder(workshop, registered.folder)
        state = state_of(workshop, registered.folder, meeting)
        registered = workshop.catalogue.meeting(recording_id)  # reading it may have said that it is to be done again
    except (InvalidMeeting, OSError, RuntimeError) as error:
        return Unreadable(name=name, recording_id=recording_id, problem=_told(error) + _suspended(workshop, registered))
    return FoundMeeting(registered=registered, meeting=meeting, state=state)


def _told(error: Exception) -> str:
    if isinstance(error, OSError):
        return system_sentence(error)
    if isinstance(error, InvalidMeeting):
        return str(error)
    return f"Le dossier ne peut pas être lu ({type(error).__name__}) ; vérifiez les liens qu'il contient."


def _suspended(workshop: Workshop, registered: RegisteredMeeting) -> str:
    """A description that is there and cannot be read may say "no": until it can, nothing of it is shown."""
    try:
        read_description(registered.folder)
    except InvalidMeeting:
        if (registered.folder / MEETING_FILE).exists() and workshop.catalogue.has_clips(registered.recording_id):
            workshop.catalogue.unpublish(registered.recording_id)
            workshop.catalogue.settle(registered.recording_id, None)
            return " Ses extraits ne sont plus montrés d'ici là."
    return ""


def state_of(workshop: Workshop, folder: Path, meeting: Meeting) -> str:
    """A hash of all that can change what a meeting becomes; cheap: files are looked at, not read."""
    if workshop.catalogue.source_gone(meeting.recording_id) is not None:
        return source_gone_state(workshop)
    settings = workshop.settings
    files = []
    for name in meeting.files():
        status = (folder / name).stat()
        files.append((name, status.st_size, status.st_mtime_ns))
    decisions = workshop.register.decide_each(meeting.recording_id, STAGE_PURPOSES, PART)
    verdicts = {stage.value: decision.allowed for stage, decision in decisions.items()}
    chosen = settings.model_dump(
        mode="json",
        include={
            "language",
            "media",
            "clips",
            "asr_model",
            "asr_revision",
            "asr_block_s",
            "embedder",
            "embedder_revision",
        },
    )
    models = [_stamp(Path(settings.asr_model)), _stamp(model_folder(settings.embedder))]
    naming = workshop.register.decide(meeting.recording_id, [Purpose.SHOW_FIRST_NAME], PART)
    verdicts["names"] = naming.allowed
    asked = (*decisions.values(), naming)
    left_out = [one.model_dump(mode="json") for decision in asked for one in decision.exclusions]
    codes = workshop.referential_identity
    canonical = json.dumps(
        [meeting.made_of(), files, verdicts, chosen, models, codes, _VERSIONS, left_out], sort_keys=True, default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def source_gone_state(workshop: Workshop) -> str:
    """The state of a meeting whose recording was erased as somebody asked: its vectors alone can be made again."""
    chosen = workshop.settings
    told = [chosen.embedder, chosen.embedder_revision, _stamp(model_folder(chosen.embedder)), EMBED_VERSION]
    return "source-gone-" + hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:20]


def _stamp(folder: Path | None) -> list[tuple[str, int, int]]:
    """Names, sizes and dates of a model's files where it is a directory: one replaced in place is another model."""
    if folder is None or not folder.is_dir():
        return []
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in found]


def _inbox_folders(inbox: Path) -> list[Path]:
    if not inbox.is_dir():
        return []
    return sorted(path for path in inbox.iterdir() if path.is_dir() and not path.name.startswith("."))
