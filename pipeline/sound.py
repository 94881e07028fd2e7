"""How loud a track is, moment by moment: what tells who speaks, whether a text fits, and where two clocks part.

Takes the 16 kHz mono 16-bit WAV files that ingest makes, read minute by minute; gives the loudness of frames of equal
length, on the track's own clock or on the recording's, which for four hours at 10 ms is six megabytes. It belongs to no
stage: ingest compares tracks with the recording, transcribe compares tracks with one another.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.records import Track

Loudness = NDArray[np.float32]
"""Root mean square of each frame, in sample units (full scale is 32 768)."""

_CHUNK_S = 60
"""Seconds read at once: two megabytes of samples."""


def frame_loudness(path: Path, frame_s: float) -> Loudness:
    """Root mean square of each whole frame of a WAV, shape ``(frames,)``, in sample units.

    Args:
        path: a mono 16-bit WAV.
        frame_s: length of a frame in seconds.

    Raises:
        OSError: it cannot be read.
        wave.Error: it is no such WAV.
        EOFError: it holds nothing.
    """
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise wave.Error("mono 16-bit samples expected")
        size = max(1, round(frame_s * file.getframerate()))
        per_chunk = max(1, _CHUNK_S * file.getframerate() // size)
        found = []
        while content := file.readframes(per_chunk * size):
            samples = np.frombuffer(content[: len(content) // 2 * 2], dtype="<i2")
            frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float32)
            found.append(np.sqrt(np.mean(frames * frames, axis=1)))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.float32)


def on_the_clock(track: Track, folder: Path, frames: int, frame_s: float) -> Loudness:
    """A track's loudness for each frame of the recording, shape ``(frames,)``; -1 where the track does not reach.

    Args:
        track: placed on the recording's clock.
        folder: where its file is.
        frames: how many the recording has.
        frame_s: length of a frame in seconds.

    Raises:
        OSError, wave.Error, EOFError: as :func:`frame_loudness`.
    """
    own = frame_loudness(folder / track.file, frame_s)
    places = np.round((np.arange(frames) * frame_s - track.offset) / track.rate / frame_s).astype(int)
    there = (places >= 0) & (places < len(own))
    heard = np.full(frames, -1.0, dtype=np.float32)
    heard[there] = own[places[there]]
    return heard
