"""The folder of a meeting, when it must be erased: all of it, or the recording alone, and never another's.

Takes a workshop (holding the library's lock) and :class:`flows.due.Due`. A folder right in the inbox, one meeting's
alone, goes entire; elsewhere what the description names, and what was read. Of a released recording the description
stays: it says who agreed to what.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from consent.records import RecordingId
from flows.due import Due
from flows.workshop import Workshop
from pipeline.errors import InvalidMeeting, PipelineError, UnreadableFile
from pipeline.meeting import MEETING_FILE, read_description


class ForeignSource(PipelineError):
    """A source is another library's: say whose it is, and erase again."""


def erase_source(workshop: Workshop, due: Due) -> int:
    """Erase what is due of a meeting's folder: all of it, or the recording alone; how many files."""
    folder = _source(workshop, due)
    if folder is None:
        return 0
    if due.released and not due.source:
        return _release(workshop, due, folder)
    if not folder.exists():
        return 0
    _refuse_foreign(workshop, due)
    if _is_its_own(workshop, due.recording_id, folder):
        count = sum(path.is_file() for path in folder.rglob("*"))
        shutil.rmtree(folder)
        return count
    # Elsewhere, or where it is the inbox itself or holds another meeting's folder, only what the description names,
    # and what was read, is ours to erase. The description goes last: killed before, it still names the others.
    files = {*(folder / name for name in _described(folder)), *workshop.journal.files_of(due.recording_id)}
    present = [
        path for path in (*sorted(files), folder / MEETING_FILE) if path.is_relative_to(folder) and path.exists()
    ]
    for path in present:
        path.unlink()
    if folder != workshop.settings.inbox_folder.resolve() and not any(folder.iterdir()):
        folder.rmdir()
    return len(present)


def _refuse_foreign(workshop: Workshop, due: Due) -> None:
    if not workshop.catalogue.meeting(due.recording_id).ours:
        raise ForeignSource(
            "Le dossier de la rencontre a été enregistré par une autre vidéothèque, dont celle-ci est une copie, ou "
            "par celle-ci à une autre place ; rien n'y est effacé : s'il est bien à celle-ci, dites-le (videotheque "
            "add), sinon réglez-la avec VIDEOTHEQUE_SOURCE_KEPT_BY_OPERATOR=true."
        )


def _release(workshop: Workshop, due: Due, folder: Path) -> int:
    """Erase what a description names, and not the description, which says who agreed to what."""
    gone = workshop.catalogue.source_gone(due.recording_id) is not None
    if not (folder / MEETING_FILE).exists():
        if gone or due.whole:
            return 0
        raise UnreadableFile(  # a disk that is not there is not an erased one
            "Le dossier de la rencontre, ou son meeting.json, n'est pas là, et l'enregistrement y est peut-être "
            "encore ; remettez-le (un disque débranché ?), ou retirez la rencontre (videotheque remove)."
        )
    _refuse_foreign(workshop, due)
    present = _released_files(workshop, due, folder)
    for path in present:
        path.unlink()
    if not gone:
        workshop.catalogue.note_source_gone(due.recording_id, workshop.clock())  # not before it is true
    return len(present)


def _released_files(workshop: Workshop, due: Due, folder: Path) -> list[Path]:
    # The recording first: while it is there, all the others are asked for again.
    described = [folder / name for name in _described(folder)]
    files = dict.fromkeys((*described, *sorted(workshop.journal.files_of(due.recording_id))))
    place = folder.resolve()
    return [path for path in files if path.exists() and path.resolve().is_relative_to(place)]


def verify_source(workshop: Workshop, due: Due) -> str:
    """What of it is still there, as a French phrase; nothing where all went."""
    folder = _source(workshop, due)
    if folder is None or not folder.exists():
        return ""
    if due.released and not due.source:
        return "un de ses fichiers est encore là" if _released_files(workshop, due, folder) else ""
    own = _is_its_own(workshop, due.recording_id, folder)
    read = any(path.exists() for path in workshop.journal.files_of(due.recording_id) if path.is_relative_to(folder))
    left = own or read or (folder / MEETING_FILE).exists()
    return "le dossier de la rencontre, ou un de ses fichiers, est encore là" if left else ""


def _source(workshop: Workshop, due: Due) -> Path | None:
    """The folder to erase; None where there is none, or where it is the operator's affair."""
    meeting = workshop.catalogue.find_meeting(due.recording_id)
    if not (due.source or due.released) or meeting is None or workshop.settings.source_kept_by_operator:
        return None
    return meeting.folder


def _is_its_own(workshop: Workshop, recording_id: RecordingId, folder: Path) -> bool:
    """Whether a folder is one meeting's alone, right in the inbox: then all of it goes, whatever is in it."""
    others = (one.folder for one in workshop.catalogue.meetings() if one.recording_id != recording_id)
    in_inbox = folder.parent == workshop.settings.inbox_folder.resolve()
    return in_inbox and not any(other.is_relative_to(folder) for other in others)


def _described(folder: Path) -> tuple[str, ...]:
    if not (folder / MEETING_FILE).exists():
        return ()
    try:
        return read_description(folder).files()
    except InvalidMeeting as error:
        raise UnreadableFile(
            f"Le {MEETING_FILE} de l'enregistrement à effacer ne peut pas être lu, et son dossier n'est pas un de ceux "
            "de l'inbox, à lui seul ; réparez-le, ou effacez vous-même le dossier."
        ) from error
