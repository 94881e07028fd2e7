"""Recordings made once for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.render import media

GOP = ("-g", "300", "-keyint_min", "300", "-sc_threshold", "0")
"""Key frames ten seconds apart at 30 images a second, as a recorded video call has."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("render")
    media.write_wav(path / "tones.wav", media.tones(30))
    return path


@pytest.fixture(scope="session")
def ntsc(folder: Path) -> Path:
    """29.97 images a second, 30 s, B-frames, a title, a comment, a chapter and x264's and AAC's signatures."""
    path = folder / "ntsc.mp4"
    chapters = folder / "chapters.txt"
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=9\ntitle={media.SECRET}\n")
    named = ("-metadata", f"title={media.SECRET}", "-metadata", f"comment={media.SECRET}")
    stream_named = ("-metadata:s:v", f"handler_name={media.SECRET}", "-metadata:s:a", f"handler_name={media.SECRET}")
    encoded = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", *GOP, "-c:a", "aac")
    plain = folder / "plain.mp4"
    frames = (media.numbered(number) for number in range(899))
    media.make(plain, frames, "30000/1001", [folder / "tones.wav"], *encoded)
    inputs = ("-i", str(plain), "-i", str(chapters), "-map", "0", "-map_metadata", "1", "-map_chapters", "1")
    media.ffmpeg(*inputs, "-c", "copy", *named, *stream_named, str(path))
    return path


def kept(number: int) -> bool:
    """Which frames of a 50 per second sequence the variable recording holds: gaps from 20 ms to 2 s."""
    return number % 3 == 0 and number % 7 < 5 and not 500 < number < 600


@pytest.fixture(scope="session")
def webm(folder: Path) -> Path:
    """A WebM as a browser records it: variable rate, Opus, written to a pipe (no cues, no duration)."""
    path = folder / "vfr.webm"
    held = [number for number in range(1500) if kept(number)]
    # The numbers are instants, in fiftieths of a second.
    choice = r"select=not(mod(n\,3))*lt(mod(n\,7)\,5)*not(between(n\,501\,599))"
    encoded = ("-vf", choice, "-fps_mode", "vfr", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")
    whole = folder / "whole.webm"
    frames = (media.numbered(number) for number in range(1500))
    sound = ("-b:v", "2M", "-g", "250", "-c:a", "libopus")
    media.make(whole, frames, "50", [folder / "tones.wav"], *encoded, *sound)
    path.write_bytes(media.ffmpeg("-i", str(whole), "-c", "copy", "-f", "webm", "-live", "1", "pipe:1"))
    assert len(held) > 300
    return path
