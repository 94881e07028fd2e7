"""Media files of a demo meeting: the recording in each of its forms, and one person's own sound.

Takes a conversation and its pictures; writes through :func:`pipeline.ffmpeg.run` only. The forms are those met
in life: a mix, a side per person, a browser's WebM, a file cut short.
"""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ffmpeg as graph
import numpy as np
from numpy.typing import NDArray

from consent.records import Role
from demo import picture
from demo.conversation import FRAME_RATE, Conversation
from demo.espeak import SAMPLE_RATE
from pipeline import ffmpeg
from pipeline.settings import MediaLimits

_LIMITS = MediaLimits()
_AUDIO_RATE = 48_000  # Hz: what platforms record, and the one rate that Opus knows
_TRUNCATED_SHARE = 0.6

# Pictures dropped at random, and two long freezes a minute, as a browser does on a busy machine. The first
# picture is always kept; ffmpeg's random() starts from the same seed at each run.
_DROP = "eq(n,0)+gt(random(0),0.22)*not(between(mod(n,750),300,318))"


def write_mp4(path: Path, conversation: Conversation, pictures: Iterable[bytes], *, stereo: bool) -> None:
    """H.264 and AAC at a constant 25 pictures a second, index first. ``stereo``: professional on the left."""
    sides = (conversation.professional, conversation.young_person)
    _write(
        path,
        sides if stereo else (conversation.mix,),
        pictures,
        vcodec="libx264",
        preset="veryfast",
        crf=25,  # flat drawings: no visible loss
        acodec="aac",
        audio_bitrate="128k" if stereo else "80k",
        movflags="+faststart",
    )


def write_webm(path: Path, conversation: Conversation, pictures: Iterable[bytes]) -> None:
    """VP8 and Opus as a browser's MediaRecorder writes them: irregular pictures, no duration, no index."""
    _write(
        path,
        (conversation.mix,),
        pictures,
        vf=f"select='{_DROP}'",
        fps_mode="vfr",
        vcodec="libvpx",
        deadline="realtime",
        threads=2,
        **{"cpu-used": 8, "static-thresh": 100, "b:v": "400k", "b:a": "64k"},
        acodec="libopus",
        live=1,
    )


def write_own_sound(path: Path, conversation: Conversation, role: Role, offset_s: float) -> None:
    """One person's AAC file, begun ``offset_s`` seconds after the recording."""
    track = conversation.track(role)[round(offset_s * SAMPLE_RATE) :]
    sound = path.with_suffix(".wav")
    _write_wav(sound, (track,))
    node = graph.output(ffmpeg.source(sound), f"file:{path}", acodec="aac", audio_bitrate="80k", ar=_AUDIO_RATE)
    ffmpeg.run(node, _LIMITS)
    sound.unlink()


def truncate(path: Path) -> None:
    """Keep the first 60 % of the bytes: a copy that was interrupted. Its header still tells the full length."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(int(size * _TRUNCATED_SHARE))


def _write(path: Path, channels: tuple[NDArray[np.float32], ...], pictures: Iterable[bytes], **options: Any) -> None:
    sound = path.with_suffix(".wav")
    _write_wav(sound, channels)
    raw = ffmpeg.pipe(format="rawvideo", pix_fmt="yuv420p", s=f"{picture.WIDTH}x{picture.HEIGHT}", framerate=FRAME_RATE)
    node = graph.output(
        raw.video, ffmpeg.source(sound).audio, f"file:{path}", pix_fmt="yuv420p", ar=_AUDIO_RATE, **options
    )
    ffmpeg.run(node, _LIMITS, feed=pictures)
    sound.unlink()


def _write_wav(path: Path, channels: tuple[NDArray[np.float32], ...]) -> None:
    samples = np.round(np.stack(channels, axis=1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
