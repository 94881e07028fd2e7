"""espeak-ng through ctypes: text in, sound out, with espeak's own word and phoneme events.

Owns the library and the voices of the ``espeakng-loader`` wheel. espeak-ng keeps global state, which drifts from one
text to the next: the library is loaded anew for each call (6 ms), one call at a time under a lock, and the C library's
random numbers, of which breath is made, begin again. The same words then sound alike at each call.
"""

from __future__ import annotations

import _ctypes
import ctypes
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 22_050
"""Hz. What espeak-ng's formant synthesiser gives; checked when it starts."""

NATURAL = 50
"""espeak's pitch and range of pitch, 0 to 99, where a voice is as it was drawn."""

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: sound comes through the callback, before espeak_Synth returns
_PHONEME_EVENTS = 1  # espeakINITIALIZE_PHONEME_EVENTS
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_CHARACTERS_UTF8 = 1
_BUFFER_MS = 0  # the default length of each callback's sound
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is said. ``voice``: espeak's (``fr+f2``); ``speed``: words a minute; ``pitch``, ``range``: 0–99."""

    voice: str
    speed: int = 155
    pitch: int = NATURAL
    range: int = NATURAL


@dataclass(frozen=True, slots=True)
class WordEvent:
    """A word as espeak sees it: where it begins in the text and its length (characters), where it is heard (sample)."""

    sample: int
    first: int
    length: int


@dataclass(frozen=True, slots=True)
class PhonemeEvent:
    """A phoneme begins: espeak's name with stress and length, « _ » and « _: » are pauses."""

    sample: int
    name: str


@dataclass(frozen=True, slots=True)
class Said:
    """``wave``: float32 mono in [-1, 1] at :data:`SAMPLE_RATE`; events in order of their samples."""

    wave: NDArray[np.float32]
    words: tuple[WordEvent, ...]
    phonemes: tuple[PhonemeEvent, ...]


def say(text: str, manner: Manner) -> Said:
    """Speak ``text``.

    Raises:
        ValueError: espeak has no such voice.
    """
    with _LOCK:
        engine = _Engine()
        try:
            return engine.say(text, manner)
        finally:
            engine.close()


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
    """espeak-ng, freshly loaded; :meth:`close` unloads it with all its state."""

    def __init__(self) -> None:
        self._sound = bytearray()
        self._words: list[WordEvent] = []
        self._phonemes: list[PhonemeEvent] = []
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path())
        self._variants = Path(data) / "voices" / "!v"
        rate = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data.encode(), _PHONEME_EVENTS)
        if rate != SAMPLE_RATE:
            raise RuntimeError(f"espeak-ng did not start as expected (sample rate {rate})")
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))
        self._callback = kind(self._receive)  # kept: ctypes does not
        self._library.espeak_SetSynthCallback(self._callback)
        ctypes.CDLL(None).srand(1)

    def close(self) -> None:
        self._library.espeak_Terminate()
        _ctypes.dlclose(self._library._handle)  # ctypes offers no public way

    def _receive(self, wave: int | None, count: int, events: Any) -> int:
        if wave and count > 0:
            self._sound.extend(ctypes.string_at(wave, 2 * count))
        place = 0
        while events and events[place].type != _EVENT_END:
            event = events[place]
            if event.type == _EVENT_WORD:
                self._words.append(WordEvent(event.sample, event.text_position - 1, event.length))
            elif event.type == _EVENT_PHONEME:
                self._phonemes.append(PhonemeEvent(event.sample, event.phoneme.decode("utf-8", "replace")))
            place += 1
        return 0

    def say(self, text: str, manner: Manner) -> Said:
        # espeak takes an unknown variant for none, silently.
        _, _, variant = manner.voice.partition("+")
        known = not variant or (self._variants / variant).is_file()
        if not known or self._library.espeak_SetVoiceByName(manner.voice.encode()) != 0:
            raise ValueError(f"unknown voice {manner.voice}")
        for parameter, value in ((_RATE, manner.speed), (_PITCH, manner.pitch), (_RANGE, manner.range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        # Same length, so that event positions are those of the text; espeak knows no narrow space.
        data = "".join(" " if character.isspace() else character for character in text).encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARACTERS_UTF8, None, None)
        self._library.espeak_Synchronize()
        return Said(
            wave=np.frombuffer(bytes(self._sound), np.int16).astype(np.float32) / np.float32(32768),
            words=tuple(sorted(self._words, key=lambda event: (event.sample, event.first))),
            phonemes=tuple(sorted(self._phonemes, key=lambda event: event.sample)),
        )
