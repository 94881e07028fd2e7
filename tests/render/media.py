"""Test recordings in which every frame tells its number and every second of sound its tone."""

from __future__ import annotations

import hashlib
import re
import subprocess
import wave
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from consent.clearance import Clearance
from consent.records import PersonId, Purpose, RecordingId, Role
from pipeline.outputs import provenance
from pipeline.records import MediaInfo, Participant, Recording, Stage, Track, TrackOrigin
from tests.clearances import clearance_for

WIDTH, HEIGHT = 320, 180
BITS = 12
NOW = datetime(2026, 3, 12, 14, tzinfo=UTC)
RECORDING = RecordingId("rec-0123456789abcdef")
PRO, YOUNG = PersonId("pro"), PersonId("jeune")
RATE = 48_000
SECRET = "Entretien-Zoe-Marqueur"
"""A title that must not be found in any clip."""

GAP_S = 0.1
"""Each second of sound begins with this much silence, then has its own tone."""


def ffmpeg(*arguments: str, feed: bytes = b"") -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y", *arguments]
    return subprocess.run(command, input=feed, check=True, capture_output=True).stdout


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A grey frame: ``BITS`` columns, light for 1 and dark for 0, over a moving texture."""
    bits = (number >> np.arange(BITS)) & 1
    columns = np.minimum(np.arange(width) * BITS // width, BITS - 1)
    frame = np.tile((60 + 140 * bits[columns]).astype(np.uint8), (height, 1))
    texture = (np.indices((height // 3, width)).sum(axis=0) * 7 + number * 5) % 120 + 60
    frame[-(height // 3) :] = texture
    return frame


def read_number(frame: NDArray[np.uint8]) -> int:
    """The number that :func:`numbered` wrote."""
    height, width = frame.shape
    row = frame[height // 8 : height // 2].mean(axis=0)
    centres = ((np.arange(BITS) + 0.5) * width / BITS).astype(int)
    return int(((row[centres] > 130) << np.arange(BITS)).sum())


def tone_of(second: int) -> float:
    """Frequency of the tone heard in that second."""
    return 400.0 + 90.0 * second


def tones(seconds: int) -> NDArray[np.float64]:
    time = np.arange(RATE) / RATE
    return np.concatenate(
        [np.where(time < GAP_S, 0, 0.5 * np.sin(2 * np.pi * tone_of(second) * time)) for second in range(seconds)]
    )


def write_wav(path: Path, *channels: NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.stack(channels, axis=1) * 32767).astype("<i2").tobytes())


def make(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    rate: str,
    sounds: Sequence[Path],
    *options: str,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> None:
    """Write a recording from grey frames and WAV files."""
    inputs = [part for sound in sounds for part in ("-i", str(sound))]
    maps = [part for index in range(len(sounds) + 1) for part in ("-map", str(index))]
    raw = b"".join(frame.tobytes() for frame in frames)
    picture = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{size[0]}x{size[1]}", "-r", rate, "-i", "pipe:0"]
    ffmpeg(*picture, *inputs, *maps, "-pix_fmt", "yuv420p", *options, str(path), feed=raw)


def pictures(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> list[NDArray[np.uint8]]:
    """Every frame in the file, edit lists ignored."""
    raw = ffmpeg(
        *("-ignore_editlist", "1", "-i", str(path), "-map", "0:v", "-fps_mode", "passthrough"),
        *("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
    )
    return list(np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0]))


def shown(path: Path) -> int:
    """How many frames a player shows, edit lists honoured."""
    raw = ffmpeg("-i", str(path), "-map", "0:v", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1")
    return len(raw) // (WIDTH * HEIGHT)


def numbers(path: Path) -> list[int]:
    """The number of every frame in the file, edit lists ignored."""
    return [read_number(frame) for frame in pictures(path)]


def heard(path: Path, *options: str) -> NDArray[np.float32]:
    """The sound of a file, mono at 48 kHz; ``-ignore_editlist 1`` among the options for all of it."""
    raw = ffmpeg(*options, "-i", str(path), "-map", "0:a", "-f", "f32le", "-ac", "1", "-ar", str(RATE), "pipe:1")
    return np.frombuffer(raw, np.float32)


def level(sound: NDArray[np.float32], frequency: float) -> float:
    """Amplitude of one frequency."""
    window = np.hanning(len(sound))
    wave_ = np.exp(-2j * np.pi * frequency * np.arange(len(sound)) / RATE)
    return float(abs((sound * window * wave_).sum()) * 2 / window.sum())


def described(path: Path) -> str:
    """What ffmpeg says of a file: its streams and every metadata."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, check=False, capture_output=True).stderr.decode()


def streams(path: Path) -> list[str]:
    return re.findall(r"Stream #0:\d+.*?: (\w+):", described(path))


def clearance(*purposes: Purpose) -> Clearance:
    """A clearance from real events, for ``purposes`` or for every purpose."""
    return clearance_for(RECORDING, *purposes)


def recording(
    path: Path,
    rate: Fraction | str = "25",
    *,
    duration: float = 30,
    varies: bool = False,
    streams_: int = 1,
    own: Sequence[int] = (),
) -> Recording:
    """The ingest output for a test file; ``own`` are the audio streams of the professional and the young person."""
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return Recording(
        id=RECORDING,
        recorded_at=NOW,
        language="fr",
        participants=(
            Participant(id=PRO, role=Role.PROFESSIONAL, occupation="Soudeuse"),
            Participant(id=YOUNG, role=Role.YOUNG_PERSON),
        ),
        media=MediaInfo(
            sha256=sha256,
            size_bytes=len(content),
            container=path.suffix[1:],
            duration=duration,
            width=WIDTH,
            height=HEIGHT,
            frame_rate=Fraction(rate),
            variable_frame_rate=varies,
            audio_streams=streams_,
        ),
        tracks=tuple(
            Track(
                person=person,
                origin=TrackOrigin.OWN_STREAM,
                stream=stream,
                file=f"{person}.wav",
                offset=0,
                duration=duration,
            )
            for person, stream in zip((PRO, YOUNG), own, strict=False)
        ),
        sidecar=None,
        provenance=provenance(Stage.INGEST, "1", (sha256,), {}, NOW),
    )
