"""espeak-ng through ctypes: text in, sound out, with the time of each word and each phoneme.

Owns the library of the ``espeakng-loader`` wheel for this process. Unlike :mod:`demo.voices` it is loaded once: the
small drift of its state from one sentence to the next is welcome variety in training, and speed matters here.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 22_050
"""Hz, of espeak-ng's formant synthesiser."""

_SYNCHRONOUS, _PHONEME_EVENTS, _CHARACTERS_UTF8 = 2, 1, 1
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_SILENCE = "_"
_BREATH_S = 0.02
"""A pause that begins sooner than this after a word's start is before the word, not after it."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is said: espeak's voice, words a minute, pitch (0 to 99, 50 natural), range of pitch (same)."""

    voice: str
    speed: int
    pitch: int
    range: int = 50


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of text, ``first`` to ``end`` in characters, heard from ``start`` to ``stop`` in seconds."""

    first: int
    end: int
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class Speech:
    """``wave``: float32 mono in [-1, 1] at :data:`SAMPLE_RATE`; ``phonemes``: name and start (s), « _ » a pause."""

    wave: NDArray[np.float32]
    words: tuple[Spoken, ...]
    phonemes: tuple[tuple[str, float], ...]


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("phoneme", ctypes.c_char * 8),
    )


class _Engine:
    def __init__(self) -> None:
        self.sound = bytearray()
        self.words: list[tuple[int, int, int]] = []  # sample, first character, length
        self.phonemes: list[tuple[int, str]] = []
        self.library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path()).encode()
        if self.library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS) != SAMPLE_RATE:
            raise RuntimeError("espeak-ng did not start as expected")
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))
        self._callback = kind(self._receive)  # kept: ctypes does not
        self.library.espeak_SetSynthCallback(self._callback)

    def _receive(self, wave: int | None, count: int, events: Any) -> int:
        if wave and count > 0:
            self.sound.extend(ctypes.string_at(wave, 2 * count))
        place = 0
        while events and events[place].type != _EVENT_END:
            event = events[place]
            if event.type == _EVENT_WORD:
                self.words.append((event.sample, event.text_position - 1, event.length))
            elif event.type == _EVENT_PHONEME:
                self.phonemes.append((event.sample, event.phoneme.decode("utf-8", "replace")))
            place += 1
        return 0


@cache
def _engine() -> _Engine:
    return _Engine()


def say(text: str, manner: Manner) -> Speech:
    """Speak ``text``.

    Raises:
        ValueError: espeak has no such voice.
    """
    engine = _engine()
    engine.sound.clear()
    engine.words.clear()
    engine.phonemes.clear()
    if engine.library.espeak_SetVoiceByName(manner.voice.encode()) != 0:
        raise ValueError(f"unknown voice {manner.voice}")
    for parameter, value in ((_RATE, manner.speed), (_PITCH, manner.pitch), (_RANGE, manner.range)):
        engine.library.espeak_SetParameter(parameter, value, 0)
    data = text.encode()
    engine.library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARACTERS_UTF8, None, None)
    engine.library.espeak_Synchronize()
    wave = np.frombuffer(bytes(engine.sound), np.int16).astype(np.float32) / np.float32(32768)
    phonemes = tuple((_name(raw), sample / SAMPLE_RATE) for sample, raw in sorted(engine.phonemes))
    return Speech(wave=wave, words=_words(engine.words, phonemes, len(wave) / SAMPLE_RATE), phonemes=phonemes)


def _name(raw: str) -> str:
    """The phoneme without stress and length: « _: » is a pause like « _ »."""
    return _SILENCE if raw.startswith(_SILENCE) else raw.lstrip("',%=").rstrip(":")


def _words(
    events: list[tuple[int, int, int]], phonemes: tuple[tuple[str, float], ...], duration: float
) -> tuple[Spoken, ...]:
    """A word lasts until the next one, or until the first pause after its start."""
    pauses = np.array([start for name, start in phonemes if name == _SILENCE] + [duration])
    events = sorted(events)
    found = []
    for place, (sample, first, length) in enumerate(events):
        start = sample / SAMPLE_RATE
        following = events[place + 1][0] / SAMPLE_RATE if place + 1 < len(events) else duration
        after = int(np.searchsorted(pauses, start + _BREATH_S, "right"))
        pause = float(pauses[min(after, len(pauses) - 1)])
        found.append(Spoken(first, first + length, start, max(start, min(following, pause))))
    return tuple(found)
