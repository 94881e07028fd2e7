"""The ingest stage: from a meeting's folder to a :class:`Recording`, its tracks and its sidecar transcript."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path

from consent.clearance import Clearance
from consent.records import PersonId, Purpose
from pipeline.errors import TranscriptRefused
from pipeline.ingest.audio import extract_tracks, plan_tracks
from pipeline.ingest.probe import probe_recording
from pipeline.ingest.sidecar import read_sidecar
from pipeline.meeting import Meeting
from pipeline.outputs import provenance
from pipeline.records import Participant, Provenance, Recording, Sidecar, Stage, TranscriptOrigin
from pipeline.settings import MediaLimits

INGEST_VERSION = "2"
"""Raised whenever the same inputs would give another output."""

_CUES_AT_LEAST, _CUES_PER_S = 30, 5
"""Nobody speaks in more pieces than that; cues that pile up would cost the segmentation minutes."""


def provenance_of(meeting: Meeting, file_hashes: dict[str, str], language: str, made_at: datetime) -> Provenance:
    """The provenance, hence the key, of a meeting's ingest output.

    Args:
        meeting: the description, of which only a hash is kept, for it holds names; consents do not enter it, for
            they change nothing in the output.
        file_hashes: SHA-256 of each file that the description names.
        language: the language where the meeting names none.
        made_at: the present.
    """
    described = json.dumps(meeting.model_dump(mode="json", exclude={"consents"}), sort_keys=True)
    return provenance(
        Stage.INGEST,
        INGEST_VERSION,
        tuple(file_hashes[name] for name in meeting.files()),
        {"meeting_sha256": hashlib.sha256(described.encode()).hexdigest(), "language": meeting.language or language},
        made_at,
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
) -> Recording:
    """Check the recording, extract each participant's sound into ``into``, read the sidecar.

    Raises:
        RefusedMedia: the recording or a track is broken, hostile, or beyond a limit.
        TranscriptRefused: the sidecar is no text, empty, or does not fit.
        UnreadableFile: a file cannot be opened now.
        FfmpegStopped: a limit of time or memory was reached.
    """
    clearance.require(meeting.recording_id, Purpose.TRANSCRIBE)
    recording_id = meeting.recording_id
    media = probe_recording(folder / meeting.recording, recording_id, clearance, limits, made.inputs[0])
    tracks = extract_tracks(folder, plan_tracks(meeting), recording_id, clearance, limits, into)
    return Recording(
        id=recording_id,
        recorded_at=meeting.recorded_at,
        language=meeting.language or language,
        participants=tuple(
            Participant(id=PersonId(one.id), role=one.role, occupation=one.occupation) for one in meeting.participants
        ),
        media=media,
        tracks=tracks,
        sidecar=_sidecar(meeting, folder, media.duration, clearance),
        provenance=made,
    )


def _sidecar(meeting: Meeting, folder: Path, duration: float, clearance: Clearance) -> Sidecar | None:
    if meeting.transcript is None:
        return None
    origin = TranscriptOrigin(meeting.transcript.origin)
    path = folder / meeting.transcript.file
    sidecar = read_sidecar(path, origin, meeting.participants, duration, meeting.recording_id, clearance)
    if len(sidecar.cues) > _CUES_AT_LEAST + _CUES_PER_S * duration:
        raise TranscriptRefused(
            f"La transcription compte {len(sidecar.cues)} répliques pour {duration:.0f} s d'enregistrement ; elle est "
            "sans doute abîmée : exportez-la de nouveau."
        )
    return sidecar
