"""Spoken French for tests: eSpeak NG (the library that ``espeakng-loader`` carries) as 16 kHz samples."""

from __future__ import annotations

import ctypes
import wave
from functools import cache
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
"""Hertz, of everything here."""

Samples = NDArray[np.int16]

_SYNCHRONOUS, _UTF8 = 2, 1
_heard = bytearray()


def _hear(samples: int | None, count: int, _events: int | None) -> int:
    if samples and count:
        _heard.extend(ctypes.string_at(samples, 2 * count))
    return 0


_callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(_hear)


@cache
def _espeak() -> tuple[Any, int]:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_SetSynthCallback(_callback)
    return library, rate


def say(text: str, voice: str = "fr") -> Samples:
    """Speak ``text``: int16, shape ``(samples,)``, 16 kHz."""
    library, rate = _espeak()
    _heard.clear()
    assert library.espeak_SetVoiceByName(voice.encode()) == 0, voice
    spoken = text.encode()
    library.espeak_Synth(spoken, len(spoken) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    samples = np.frombuffer(bytes(_heard), np.int16).astype(np.float64)
    times = np.arange(int(len(samples) * RATE / rate)) * rate / RATE
    return np.interp(times, np.arange(len(samples)), samples).astype(np.int16)


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
