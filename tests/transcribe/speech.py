"""Spoken French for tests: the demo's synthetic voices as 16 kHz samples.

Through :mod:`demo.voices` and nothing else: the speech library keeps one state for the whole process, and two owners
of it end in a crash.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo import voices
from demo.espeak import SAMPLE_RATE

RATE = 16_000
"""Hertz, of everything here."""

Samples = NDArray[np.int16]


def say(text: str, voice: str = "fr") -> Samples:
    """Speak ``text``: int16, shape ``(samples,)``, 16 kHz."""
    spoken = voices.say(text, voices.Voice(name=voice, speed=175)).wave
    times = np.arange(int(len(spoken) * RATE / SAMPLE_RATE)) * SAMPLE_RATE / RATE
    return (np.interp(times, np.arange(len(spoken)), spoken) * np.iinfo(np.int16).max).astype(np.int16)


def silence(seconds: float) -> Samples:
    """Digital silence."""
    return np.zeros(round(seconds * RATE), np.int16)


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> float:
    """Write a mono 16-bit WAV; its length in seconds."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return len(samples) / rate
