"""Silencing: the seconds that somebody does not want kept are made silent, and their captions left out.

Takes the tracks that ingest has just written (16 kHz mono 16-bit WAV) and spans of the recording; writes zeros over
exactly the samples that were heard in them. What no model hears and no sidecar says is in nothing that follows.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from math import ceil, floor
from pathlib import Path

from consent.records import Span
from pipeline.records import Sidecar, Track

_CHUNK_FRAMES = 1 << 20
"""Samples written at once: two megabytes."""


def silence(track: Track, path: Path, spans: Sequence[Span]) -> None:
    """Zero the samples of a track that were heard during ``spans`` (seconds of the recording), in place.

    Raises:
        OSError: the file cannot be read or written.
    """
    with wave.open(str(path), "rb") as file:
        rate, frames, width = file.getframerate(), file.getnframes(), file.getsampwidth()
    first_byte = path.stat().st_size - frames * width  # the samples are the last thing that ingest's ffmpeg writes
    with path.open("r+b") as raw:
        for span in spans:
            start = max(0, floor((span.start - track.offset) / track.rate * rate))
            end = min(frames, ceil((span.end - track.offset) / track.rate * rate))
            raw.seek(first_byte + start * width)
            for at in range(start, end, _CHUNK_FRAMES):
                raw.write(bytes(min(_CHUNK_FRAMES, end - at) * width))


def without(sidecar: Sidecar | None, spans: Sequence[Span]) -> Sidecar | None:
    """The sidecar without the captions that share an instant with ``spans``."""
    if sidecar is None:
        return None
    kept = tuple(cue for cue in sidecar.cues if not any(cue.span.overlaps(span) for span in spans))
    return sidecar.model_copy(update={"cues": kept})
