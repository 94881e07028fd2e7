"""Recordings as ingest leaves them, and the clearance to transcribe them."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np

from consent.clearance import Clearance
from consent.records import PersonId, Purpose, RecordingId, Role
from pipeline.outputs import provenance
from pipeline.records import MediaInfo, Participant, Recording, Sidecar, Stage, Track, TrackOrigin
from tests.clearances import clearance_for
from tests.transcribe.speech import RATE, Samples, write_wav

NOW = datetime(2026, 3, 12, 14, tzinfo=UTC)
RECORDING = RecordingId("rec-0123456789abcdef")
PRO, YOUNG = PersonId("pro"), PersonId("jeune")


def clearance(recording_id: RecordingId = RECORDING, *, purpose: Purpose = Purpose.TRANSCRIBE) -> Clearance:
    """A clearance from real events: both adults agree."""
    return clearance_for(recording_id, purpose)


def recording(
    folder: Path,
    tracks: dict[PersonId | None, Samples],
    *,
    offsets: dict[PersonId | None, float] | None = None,
    sidecar: Sidecar | None = None,
    duration: float | None = None,
) -> Recording:
    """A recording whose tracks are written into ``folder``; a person of None is the mix of all."""
    made = []
    for number, (person, samples) in enumerate(tracks.items()):
        name = f"track-{number}.wav"
        origin = TrackOrigin.MIX if person is None else TrackOrigin.OWN_FILE
        length = write_wav(folder / name, samples)
        offset = (offsets or {}).get(person, 0.0)
        made.append(Track(person=person, origin=origin, file=name, offset=offset, duration=length))
    longest = max((len(samples) / RATE for samples in tracks.values()), default=60.0)
    return Recording(
        id=RECORDING,
        recorded_at=NOW,
        language="fr",
        participants=(
            Participant(id=PRO, role=Role.PROFESSIONAL, occupation="boulangère"),
            Participant(id=YOUNG, role=Role.YOUNG_PERSON),
        ),
        media=MediaInfo(
            sha256="0" * 64,
            size_bytes=1000,
            container="mov",
            duration=duration or longest,
            width=640,
            height=360,
            frame_rate=Fraction(25),
            variable_frame_rate=False,
            audio_streams=1,
        ),
        tracks=tuple(made),
        sidecar=sidecar,
        provenance=provenance(Stage.INGEST, "1", ("0" * 64,), {}, NOW),
    )


def after(seconds: float, samples: Samples, total: float) -> Samples:
    """The samples placed ``seconds`` into ``total`` seconds of silence."""
    placed = np.zeros(round(total * RATE), np.int16)
    first = round(seconds * RATE)
    end = min(len(placed), first + len(samples))
    placed[first:end] = samples[: end - first]
    return placed
