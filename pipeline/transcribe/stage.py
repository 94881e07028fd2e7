"""The transcribe stage: from a :class:`Recording` to its :class:`Transcript`.

The transcript that came with the recording is used where there is one, and then no model is looked for, loaded
or imported; where people are heard on tracks of their own, the sound says whose each caption is. Else faster-whisper
listens to each track in a process of its own; each person's words are put on the recording's clock, and merged by time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from consent.clearance import Clearance
from consent.records import Purpose
from pipeline import outputs
from pipeline.records import Provenance, Recording, Stage, Transcript, TranscriptOrigin
from pipeline.transcribe.captions import read_captions
from pipeline.transcribe.listening import Source, listen
from pipeline.transcribe.options import DecodingOptions, SpeechSettings, options_for
from pipeline.transcribe.timing import PAUSE_S

TRANSCRIBE_VERSION = "4"
"""Raised whenever the same inputs would give another output."""


def provenance_of(recording: Recording, model: str | None, options: DecodingOptions, made_at: datetime) -> Provenance:
    """The provenance, hence the key, of a transcript.

    Args:
        recording: the ingest output, whose key stands for the tracks and the sidecar.
        model: identity of the speech model (:func:`pipeline.transcribe.model.find_model`); ignored, like
            ``options``, where the recording has its own transcript.
        options: how the model listens (:func:`pipeline.transcribe.options.options_for`).
        made_at: the present.
    """
    parameters: dict[str, object] = {"pause_s": PAUSE_S}
    if recording.sidecar is None:
        parameters |= options.model_dump(mode="json")
    return outputs.provenance(
        Stage.TRANSCRIBE,
        TRANSCRIBE_VERSION,
        (recording.provenance.key,),
        parameters,
        made_at,
        model=model if recording.sidecar is None else None,
    )


def transcribe(
    recording: Recording,
    folder: Path,
    clearance: Clearance,
    settings: SpeechSettings,
    partial: Path,
    provenance: Provenance,
    progress: Callable[[float, float], None],
) -> Transcript:
    """Transcribe a recording; the transcript has no utterance where nobody speaks.

    Args:
        recording: the ingest output.
        folder: the folder that holds its tracks.
        clearance: must cover ``Purpose.TRANSCRIBE``.
        settings: which speech model, and how it runs.
        partial: folder of this provenance's key that keeps each finished block; a later call goes on from there.
        provenance: of :func:`provenance_of`.
        progress: told the seconds of audio done and in all, from 0 to the end.

    Raises:
        ModelUnavailable: the model is missing or damaged, or the hub cannot be reached.
        TranscriptionFailed: the worker process died, or a track is unreadable; finished blocks are kept.
        StorageFull: no room left; finished blocks are kept.
    """
    clearance.require(recording.id, Purpose.TRANSCRIBE)
    source = Source(
        recording_id=recording.id, tracks=recording.tracks, folder=folder, duration=recording.media.duration
    )
    if recording.sidecar is not None:
        progress(0.0, source.duration)
        heard = read_captions(recording.sidecar.cues, source, clearance)
        progress(source.duration, source.duration)
    else:
        heard = listen(source, clearance, settings, options_for(recording, settings), partial, progress)
    return Transcript(
        recording_id=recording.id,
        language=recording.language,
        origin=recording.sidecar.origin if recording.sidecar is not None else TranscriptOrigin.MODEL,
        utterances=heard.utterances,
        provenance=provenance,
        doubts=heard.doubts,
    )
