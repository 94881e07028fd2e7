"""A script spoken by two voices: one sound per person on a common clock, and the truth.

Takes a script and two voices; gives two tracks of equal length, as each person's microphone would hear them,
and the exact times of everything said.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consent.records import Frozen, PersonId, Role, Span
from demo.espeak import SAMPLE_RATE
from demo.script import Script, Turn
from demo.truth import TrueExchange, TrueUtterance, TrueWord, Truth, utterance
from demo.voices import Speech, Voice, say

FRAME_RATE = 25
"""Pictures a second; the sound's length is a whole number of pictures."""

PEOPLE = {Role.PROFESSIONAL: PersonId("pro"), Role.YOUNG_PERSON: PersonId("jeune")}
"""Pseudonyms of the two who speak."""

_LEAD_IN_S = 0.8
_LEAD_OUT_S = 1.2
_PAUSE_S = (0.3, 0.8)  # between turns: what people leave when they listen to each other
_TOPIC_PAUSE_S = (0.6, 1.0)  # before a new question: a breath more
_LEVEL = 0.09  # RMS of speech, about -21 dBFS: what a platform's automatic gain gives
_NOISE = 0.0006  # RMS, about -64 dBFS: a quiet room; digital silence does not exist in life


class Voices(Frozen):
    """Who speaks with which voice."""

    professional: Voice
    young_person: Voice

    def of(self, role: Role) -> Voice:
        """The voice of a role."""
        return self.professional if role is Role.PROFESSIONAL else self.young_person


@dataclass(frozen=True, slots=True)
class Conversation:
    """Two tracks, float32 mono in [-1, 1] at :data:`demo.voices.SAMPLE_RATE`, same length; and the truth."""

    professional: NDArray[np.float32]
    young_person: NDArray[np.float32]
    truth: Truth

    @property
    def mix(self) -> NDArray[np.float32]:
        """Both in one, as a platform records it."""
        mix: NDArray[np.float32] = np.clip(self.professional + self.young_person, -1, 1)
        return mix

    @property
    def frames(self) -> int:
        """Number of pictures."""
        return round(self.truth.duration * FRAME_RATE)

    def track(self, role: Role) -> NDArray[np.float32]:
        """The track of a role."""
        return self.professional if role is Role.PROFESSIONAL else self.young_person


def converse(meeting: str, script: Script, voices: Voices, seed: int) -> Conversation:
    """Speak a script. ``seed`` draws the pauses and the noise."""
    chance = random.Random(seed)
    spoken = [(turn, say(turn.text, voices.of(turn.role))) for turn in script.turns]
    openers = _openers(script)
    starts: list[float] = []
    clock = _LEAD_IN_S
    for place, (_, speech) in enumerate(spoken):
        if place:
            clock += chance.uniform(*(_TOPIC_PAUSE_S if place in openers else _PAUSE_S))
        starts.append(clock)
        clock += speech.words[-1].end
    frames = int(np.ceil((clock + _LEAD_OUT_S) * FRAME_RATE))
    utterances = tuple(_heard(turn, speech, start) for (turn, speech), start in zip(spoken, starts, strict=True))
    truth = Truth(
        meeting=meeting,
        duration=frames / FRAME_RATE,
        utterances=utterances,
        exchanges=_exchanges(script, utterances),
    )
    samples = frames * SAMPLE_RATE // FRAME_RATE
    tracks = {role: _track(role, spoken, starts, samples, seed) for role in PEOPLE}
    return Conversation(tracks[Role.PROFESSIONAL], tracks[Role.YOUNG_PERSON], truth)


def _openers(script: Script) -> set[int]:
    """Places of the turns that open an exchange, or the farewells."""
    places = {len(script.opening)}
    for exchange in script.exchanges:
        places.add(max(places) + len(exchange.turns))
    return places


def _heard(turn: Turn, speech: Speech, start: float) -> TrueUtterance:
    return utterance(
        [
            TrueWord(
                text=word.text,
                speaker=PEOPLE[turn.role],
                span=Span(start=round(start + word.start, 4), end=round(start + word.end, 4)),
            )
            for word in speech.words
        ]
    )


def _exchanges(script: Script, utterances: tuple[TrueUtterance, ...]) -> tuple[TrueExchange, ...]:
    found: list[TrueExchange] = []
    place = len(script.opening)
    for exchange in script.exchanges:
        first, last = utterances[place], utterances[place + len(exchange.turns) - 1]
        span = Span(start=first.span.start, end=last.span.end)
        found.append(TrueExchange(topic=exchange.topic, question=exchange.question, span=span))
        place += len(exchange.turns)
    return tuple(found)


def _track(
    role: Role, spoken: list[tuple[Turn, Speech]], starts: list[float], samples: int, seed: int
) -> NDArray[np.float32]:
    noise = np.random.default_rng([seed, list(PEOPLE).index(role)])
    track = noise.normal(0, _NOISE, samples).astype(np.float32)
    own = [(speech, start) for (turn, speech), start in zip(spoken, starts, strict=True) if turn.role is role]
    loud = np.concatenate([speech.wave for speech, _ in own]) if own else np.zeros(1, np.float32)
    gain = _LEVEL / max(float(np.sqrt(np.mean(loud**2))), 1e-6)
    for speech, start in own:
        first = round(start * SAMPLE_RATE)
        heard = speech.wave[: samples - first]
        track[first : first + len(heard)] += gain * heard
    return np.clip(track, -1, 1)
