"""Speech to learn from: text in, sound out, with the time of each word and each phoneme (:mod:`demo.espeak`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo import espeak
from demo.espeak import SAMPLE_RATE, Manner, WordEvent

_SILENCE = "_"
_BREATH_S = 0.02
"""A pause that begins sooner than this after a word's start is before the word, not after it."""


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


def say(text: str, manner: Manner) -> Speech:
    """Speak ``text``.

    Raises:
        ValueError: espeak has no such voice.
    """
    said = espeak.say(text, manner)
    phonemes = tuple((_name(event.name), event.sample / SAMPLE_RATE) for event in said.phonemes)
    return Speech(said.wave, _words(said.words, phonemes, len(said.wave) / SAMPLE_RATE), phonemes)


def _name(raw: str) -> str:
    """The phoneme without stress and length: « _: » is a pause like « _ »."""
    return _SILENCE if raw.startswith(_SILENCE) else raw.lstrip("',%=").rstrip(":")


def _words(
    events: tuple[WordEvent, ...], phonemes: tuple[tuple[str, float], ...], duration: float
) -> tuple[Spoken, ...]:
    """A word lasts until the next one, or until the first pause after its start."""
    pauses = np.array([start for name, start in phonemes if name == _SILENCE] + [duration])
    found = []
    for place, event in enumerate(events):
        start = event.sample / SAMPLE_RATE
        following = events[place + 1].sample / SAMPLE_RATE if place + 1 < len(events) else duration
        after = int(np.searchsorted(pauses, start + _BREATH_S, "right"))
        pause = float(pauses[min(after, len(pauses) - 1)])
        found.append(Spoken(event.first, event.first + event.length, start, max(start, min(following, pause))))
    return tuple(found)
