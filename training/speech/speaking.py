"""Sentences spoken: half a minute at a time by one voice or two, as a track or a mix holds them.

Takes texts; gives sound with the time of every word and phoneme. Voices are espeak-ng's three French ones with most of
its variants; some variants are never used, to judge by.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from demo.espeak import SAMPLE_RATE, Manner
from training.speech import sounds
from training.speech.sentences import TEXT
from training.speech.sounds import RATE, Sound
from training.speech.utterances import Spoken, say

HELD_OUT_VOICES = ("f5", "m5", "Andrea", "Michael")
"""Variants that no training voice has."""

_USUAL = ("f1", "f2", "f3", "f4", "m1", "m2", "m3", "m4", "m6", "m7", "m8")
_OTHER = tuple((TEXT / "voices.txt").read_text("utf-8").split())
"""Other variants, chosen two times in ten."""
_STREAM_S = 28.0
_GAPS_S = (0.02, 0.1, 0.2, 0.3, 0.4, 0.4, 0.5, 0.6, 0.8, 1.2, 2.5)
"""Between turns: a voice detector leaves four tenths of a longer pause, a mix leaves all of it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Of a stream: the text, its words, and when its last sound ends (s)."""

    text: str
    words: tuple[Spoken, ...]
    stop: float


@dataclass(frozen=True, slots=True)
class Stream:
    """Half a minute of speech at 16 kHz, its sentences and its phonemes (name, start in s)."""

    sound: Sound
    sentences: tuple[Sentence, ...]
    phonemes: tuple[tuple[str, float], ...]


def any_manner(chance: random.Random) -> Manner:
    """A voice of training."""
    draw = chance.random()
    variant = "" if draw < 0.08 else "+" + chance.choice(_USUAL if draw < 0.72 else _OTHER)
    language = chance.choice(("fr", "fr", "fr", "fr", "fr-be", "fr-ch"))
    speed = round(min(215, max(115, chance.gauss(165, 18))))
    pitch = round(min(92, max(12, chance.gauss(50, 14))))
    return Manner(language + variant, speed, pitch, chance.choice((50, 50, 50, 30, 70)))


def streams(texts: Sequence[str], seed: int) -> Iterator[Stream]:
    """Speak all the texts, in order."""
    chance, noises = random.Random(seed), np.random.default_rng(seed)
    waiting = list(reversed(texts))
    while waiting:
        voices = [any_manner(chance)] * 2 if chance.random() < 0.5 else [any_manner(chance), any_manner(chance)]
        waves, sentences, phonemes = list[Sound](), list[Sentence](), list[tuple[str, float]]()
        at, place = 0.0, 0
        gaps = [gap for gap in _GAPS_S if gap <= 1 or chance.random() < 0.4]
        while waiting and at < _STREAM_S:
            gap = chance.choice(gaps) if waves else chance.uniform(0, 0.5)
            turn = [waiting.pop() for _ in range(min(len(waiting), chance.choice((1, 1, 2, 2, 3, 4))))]
            speech = say(" ".join(turn), voices[place % 2])
            if not speech.words:
                continue
            stop = min(len(speech.wave) / SAMPLE_RATE, speech.words[-1].stop + 0.05)
            wave = sounds.brought_down(speech.wave[: round(stop * SAMPLE_RATE)], SAMPLE_RATE, noises)
            waves += [np.zeros(round(gap * RATE), np.float32), wave]
            at += len(waves[-2]) / RATE
            sentences += _sentences(turn, speech.words, at)
            phonemes += [("_", at - gap), *((name, at + start) for name, start in speech.phonemes if start < stop)]
            at += len(wave) / RATE
            place += 1
        tail = chance.choice((0.1, 0.3, 0.6, 1.5))
        sound = np.concatenate([*waves, np.zeros(round(tail * RATE), np.float32)])
        yield Stream(sounds.recorded(sound, noises), tuple(sentences), (*phonemes, ("_", at)))


def _sentences(turn: Sequence[str], words: Sequence[Spoken], at: float) -> Iterator[Sentence]:
    first = 0
    for text in turn:
        own = [
            Spoken(word.first - first, min(word.end - first, len(text)), at + word.start, at + word.stop)
            for word in words
            if first <= word.first < first + len(text)
        ]
        if own:
            yield Sentence(text, tuple(own), own[-1].stop)
        first += len(text) + 1
