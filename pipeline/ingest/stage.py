"""The ingest stage: from a meeting's folder to a :class:`Recording`, its tracks and its sidecar transcript."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from consent.clearance import Clearance
from consent.records import Frozen, PersonId, Purpose, Span
from pipeline.errors import TranscriptRefused
from pipeline.ingest.audio import (
    extract_tracks,
    mixed_although,
    named_by_titles,
    plan_mix,
    plan_tracks,
    told_of_streams,
)
from pipeline.ingest.fit import check_language, check_sound
from pipeline.ingest.lag import find_lag, on_the_sound, remark_on
from pipeline.ingest.placing import Placed, check_offsets, place_tracks
from pipeline.ingest.probe import audio_titles, probe_recording
from pipeline.ingest.sidecar import read_sidecar
from pipeline.ingest.silencing import silence, without
from pipeline.ingest.twins import ONE_SOUND, hold_one_sound
from pipeline.meeting import Meeting
from pipeline.outputs import provenance
from pipeline.records import (
    MediaInfo,
    Participant,
    Provenance,
    Recording,
    Sidecar,
    Stage,
    Track,
    TrackOrigin,
    TranscriptOrigin,
)
from pipeline.settings import MediaLimits

INGEST_VERSION = "6"
"""Raised whenever the same inputs would give another output."""

_GIVE_OWN = "donnez à chaque personne la sienne, ou retirez « track » de meeting.json"

_CUES_AT_LEAST, _CUES_PER_S = 30, 5
"""Nobody speaks in more pieces than that; cues that pile up would cost the segmentation minutes."""


def provenance_of(
    meeting: Meeting, file_hashes: dict[str, str], language: str, made_at: datetime, unheard: Sequence[Span] = ()
) -> Provenance:
    """The provenance, hence the key, of a meeting's ingest output.

    Args:
        meeting: the description, of which only a hash is kept, for it holds names; what changes nothing in the output
            (consents, say) does not enter it.
        file_hashes: SHA-256 of each file that the description names.
        language: the language where the meeting names none.
        made_at: the present.
        unheard: as for :func:`ingest`.
    """
    described = json.dumps(meeting.made_of(), sort_keys=True)
    parameters: dict[str, object] = {
        "meeting_sha256": hashlib.sha256(described.encode()).hexdigest(),
        "language": meeting.language or language,
    }
    if unheard:
        parameters["unheard"] = [[span.start, span.end] for span in unheard]
    return provenance(
        Stage.INGEST, INGEST_VERSION, tuple(file_hashes[name] for name in meeting.files()), parameters, made_at
    )


def ingest(
    meeting: Meeting,
    folder: Path,
    clearance: Clearance,
    limits: MediaLimits,
    into: Path,
    made: Provenance,
    *,
    language: str,
    unheard: Sequence[Span] = (),
) -> Recording:
    """Check the recording, extract each participant's sound into ``into``, read the sidecar.

    A sidecar that cannot be used is left out, with a remark: the speech model transcribes instead. ``unheard`` are the
    seconds of the recording that somebody took back: silent in every track, and in no caption.

    Raises:
        RefusedMedia: the recording or a track is broken, hostile, beyond a limit, or outside the recording.
        UnreadableFile: a file cannot be opened now.
        FfmpegStopped: a limit of time or memory was reached.
    """
    clearance.require(meeting.recording_id, Purpose.TRANSCRIBE)
    recording_id = meeting.recording_id
    media = probe_recording(folder / meeting.recording, recording_id, clearance, limits, made.inputs[0])
    heard = _heard(meeting, media, folder, clearance, limits, into)
    spoken = meeting.language or language
    fitted = _fitted(meeting, folder, heard.tracks, into, media.duration, spoken, clearance)
    for track in heard.tracks if unheard else ():
        silence(track, into / track.file, unheard)
    return Recording(
        id=recording_id,
        recorded_at=meeting.recorded_at,
        language=spoken,
        participants=tuple(
            Participant(id=PersonId(one.id), role=one.role, occupation=one.occupation) for one in meeting.participants
        ),
        media=media,
        tracks=heard.tracks,
        sidecar=without(fitted.sidecar, unheard),
        provenance=made,
        vocabulary=meeting.vocabulary,
        remarks=(*heard.remarks, *fitted.remarks),
    )


class _Heard(Frozen):
    """The tracks, and what the operator should know of them."""

    tracks: tuple[Track, ...]
    remarks: tuple[str, ...]


def _heard(
    meeting: Meeting, media: MediaInfo, folder: Path, clearance: Clearance, limits: MediaLimits, into: Path
) -> _Heard:
    """Each person's own tracks where they tell one from another, else the mix."""
    titles = audio_titles(folder / meeting.recording, meeting.recording_id, clearance, limits)
    named = named_by_titles(meeting, titles)
    plans = plan_tracks(named, len(titles))
    tracks = extract_tracks(folder, plans, meeting.recording_id, clearance, limits, into)
    placed = _placed(named, tracks, media, folder, clearance, limits, into)
    told = (mixed_although(named), told_of_streams(meeting, named, len(titles)))
    remarks = (*(one for one in told if one), *placed.remarks)
    if not hold_one_sound(placed.tracks, into, media.duration):
        return _Heard(tracks=placed.tracks, remarks=remarks)
    for track in tracks:
        (into / track.file).unlink()
    plans = (plan_mix(meeting.recording, len(titles)),)
    tracks = extract_tracks(folder, plans, meeting.recording_id, clearance, limits, into)
    return _Heard(tracks=tracks, remarks=(*remarks, f"{ONE_SOUND} ; {_GIVE_OWN}."))


def _placed(
    meeting: Meeting,
    tracks: tuple[Track, ...],
    media: MediaInfo,
    folder: Path,
    clearance: Clearance,
    limits: MediaLimits,
    into: Path,
) -> Placed:
    """Own files on the recording's clock, by the recording's own sound, which is not kept."""
    if all(track.origin is not TrackOrigin.OWN_FILE for track in tracks):
        return Placed(tracks=tracks)
    people = {PersonId(one.id): one.role for one in meeting.participants}
    roles = [people[track.person] if track.person is not None else None for track in tracks]
    check_offsets(tracks, roles, media.duration)
    with TemporaryDirectory(dir=into) as aside:
        plan = plan_mix(meeting.recording, media.audio_streams)
        mix = extract_tracks(folder, (plan,), meeting.recording_id, clearance, limits, Path(aside))
        reference = Path(aside) / mix[0].file
        return place_tracks(tracks, roles, into, reference, meeting.recording_id, clearance)


class _Fitted(Frozen):
    """The sidecar, where it can be used, and what the operator should know of it."""

    sidecar: Sidecar | None = None
    remarks: tuple[str, ...] = ()


def _fitted(
    meeting: Meeting,
    folder: Path,
    tracks: tuple[Track, ...],
    into: Path,
    duration: float,
    language: str,
    clearance: Clearance,
) -> _Fitted:
    if meeting.transcript is None:
        return _Fitted()
    origin = TranscriptOrigin(meeting.transcript.origin)
    path = folder / meeting.transcript.file
    try:
        sidecar = read_sidecar(path, origin, meeting.participants, duration, meeting.recording_id, clearance)
        _check_count(sidecar, duration)
        check_language(sidecar.cues, language)
        lag = find_lag(sidecar.cues, tracks, into, duration)
        cues = on_the_sound(sidecar.cues, lag, duration)
        remarks = (remark_on(lag), check_sound(cues, tracks, into, duration))
    except TranscriptRefused as refusal:
        told = str(refusal).rstrip(".")
        return _Fitted(remarks=(f"{told} ; en attendant, le modèle de parole transcrit l'enregistrement.",))
    return _Fitted(sidecar=sidecar.model_copy(update={"cues": cues}), remarks=tuple(one for one in remarks if one))


def _check_count(sidecar: Sidecar, duration: float) -> None:
    if len(sidecar.cues) > _CUES_AT_LEAST + _CUES_PER_S * duration:
        raise TranscriptRefused(
            f"La transcription compte {len(sidecar.cues)} répliques pour {duration:.0f} s d'enregistrement ; elle est "
            "sans doute abîmée : exportez-la de nouveau."
        )
