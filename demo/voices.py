"""Synthetic voices: text in, sound and the exact time of each written word out.

Owns espeak-ng (the library and voices of the ``espeakng-loader`` wheel, called through ctypes). Word times are
espeak's own word events, brought to written words: "aujourd'hui," or "peut-être" is one word here whatever
espeak makes of it. espeak-ng keeps global state, which drifts from one sentence to the next: the library is
loaded anew for each call, one call at a time under a lock. The same words then sound alike at each call; times
and samples may still differ minutely, so the truth is always taken from the very sound that was made.
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

from consent.records import Frozen

SAMPLE_RATE = 22_050
"""Hz. What espeak-ng's formant synthesiser gives; checked when it starts."""

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: sound comes through the callback, before espeak_Synth returns
_PHONEME_EVENTS = 1  # espeakINITIALIZE_PHONEME_EVENTS: they tell where words are followed by silence
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_PARAMETER_RATE, _PARAMETER_PITCH = 1, 3
_CHARACTERS_UTF8 = 1
_BUFFER_MS = 0  # the default length of each callback's sound
_MOST_IN_ONE_BREATH = 3  # written words under one event; more would mean that espeak skipped some
_SHORTEST_S = 0.04  # two events may fall on one sample: a word still lasts a video frame


class Voice(Frozen):
    """A voice. ``name``: espeak's (``fr+f2``); ``speed``: words a minute; ``pitch``: 0 to 99, 50 is natural."""

    name: str
    speed: int = 155
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A written word and when it is heard, in seconds from the start of the sound."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Speech:
    """Sound of one turn: float32 mono in [-1, 1] at :data:`SAMPLE_RATE`, and its words."""

    wave: NDArray[np.float32]
    words: tuple[SpokenWord, ...]


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


_LOCK = Lock()


class _Engine:
    """espeak-ng, freshly loaded; :meth:`close` unloads it with all its state."""

    def __init__(self) -> None:
        self._sound = bytearray()
        self._word_events: list[tuple[int, int]] = []  # (character, sample)
        self._silences: list[int] = []  # samples
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path())
        self._variants = Path(data) / "voices" / "!v"
        rate = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data.encode(), _PHONEME_EVENTS)
        if rate != SAMPLE_RATE:
            raise RuntimeError(f"espeak-ng did not start as expected (sample rate {rate})")
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))
        self._callback = kind(self._receive)  # kept: ctypes does not
        self._library.espeak_SetSynthCallback(self._callback)
        ctypes.CDLL(None).srand(1)  # breath noise comes from the C library's rand()

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
                self._word_events.append((event.text_position - 1, event.sample))
            elif event.type == _EVENT_PHONEME and event.phoneme.startswith(b"_"):
                self._silences.append(event.sample)
            place += 1
        return 0

    def say(self, text: str, voice: Voice) -> Speech:
        # espeak takes an unknown variant for none, silently.
        _, _, variant = voice.name.partition("+")
        known = not variant or (self._variants / variant).is_file()
        if not known or self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise ValueError(f"unknown voice {voice.name}")
        self._library.espeak_SetParameter(_PARAMETER_RATE, voice.speed, 0)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, voice.pitch, 0)
        # Same length, so that event positions are those of the text; espeak knows no narrow space.
        data = "".join(" " if character.isspace() else character for character in text).encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARACTERS_UTF8, None, None)
        self._library.espeak_Synchronize()
        wave = np.frombuffer(bytes(self._sound), np.int16).astype(np.float32) / np.float32(32768)
        return Speech(wave=wave, words=_aligned(text, self._word_events, self._silences, len(wave)))


def say(text: str, voice: Voice) -> Speech:
    """Speak ``text`` (French; words separated by single ordinary spaces).

    Raises:
        ValueError: espeak has no such voice, or left a part of the text unspoken.
    """
    with _LOCK:
        engine = _Engine()
        try:
            return engine.say(text, voice)
        finally:
            engine.close()


def _aligned(text: str, events: list[tuple[int, int]], silences: list[int], samples: int) -> tuple[SpokenWord, ...]:
    """Bring word events to written words: a word starts at its first event.

    It ends at the next word's start, or at the first silence after its last event. Words that espeak says in
    one breath ("parce que", "est-ce que": one event) share their time, in proportion to their letters.
    """
    words = text.split(" ")
    firsts = np.cumsum([0, *(len(word) + 1 for word in words)])
    owned: list[list[int]] = [[] for _ in words]
    for character, sample in sorted(events):
        owned[int(np.searchsorted(firsts, character, side="right")) - 1].append(sample)
    heads = [place for place, own in enumerate(owned) if own]
    gaps = np.diff([*heads, len(words)])
    if not heads or heads[0] != 0 or max(gaps) > _MOST_IN_ONE_BREATH:
        raise ValueError(f"espeak left out a part of {text!r}")
    spoken: list[SpokenWord] = []
    for head, count in zip(heads, gaps, strict=True):
        start, last = min(owned[head]), max(owned[head])
        following = min(owned[head + count]) if head + count < len(words) else samples
        end = min([following, *(at for at in silences if last + SAMPLE_RATE // 50 < at < following)])
        end = max(end, start + round(_SHORTEST_S * SAMPLE_RATE))
        spoken.extend(_shared(words[head : head + count], start / SAMPLE_RATE, end / SAMPLE_RATE))
    return tuple(spoken)


def _shared(words: list[str], start: float, end: float) -> list[SpokenWord]:
    letters = np.cumsum([0, *(len(word) for word in words)])
    bounds = start + (end - start) * letters / letters[-1]
    return [
        SpokenWord(text=word, start=float(bounds[place]), end=float(bounds[place + 1]))
        for place, word in enumerate(words)
    ]
