"""Synthetic voices: text in, sound and the exact time of each written word out.

Word times are espeak-ng's own word events (:mod:`demo.espeak`), brought to written words: "aujourd'hui," or
"peut-être" is one word here whatever espeak makes of it. Times and samples may differ minutely from one machine to
another, so the truth is always taken from the very sound that was made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consent.records import Frozen
from demo import espeak
from demo.espeak import SAMPLE_RATE, Manner, PhonemeEvent, WordEvent

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


def say(text: str, voice: Voice) -> Speech:
    """Speak ``text`` (French; words separated by single ordinary spaces).

    Raises:
        ValueError: espeak has no such voice, or left a part of the text unspoken.
    """
    said = espeak.say(text, Manner(voice.name, voice.speed, voice.pitch))
    return Speech(wave=said.wave, words=_aligned(text, said.words, said.phonemes, len(said.wave)))


def _aligned(
    text: str, events: tuple[WordEvent, ...], phonemes: tuple[PhonemeEvent, ...], samples: int
) -> tuple[SpokenWord, ...]:
    """Bring word events to written words: a word starts at its first event.

    It ends at the next word's start, or at the first silence after its last event. Words that espeak says in
    one breath ("parce que", "est-ce que": one event) share their time, in proportion to their letters.
    """
    words = text.split(" ")
    firsts = np.cumsum([0, *(len(word) + 1 for word in words)])
    owned: list[list[int]] = [[] for _ in words]
    for event in events:
        owned[int(np.searchsorted(firsts, event.first, side="right")) - 1].append(event.sample)
    silences = [event.sample for event in phonemes if event.name.startswith("_")]
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
