"""What ``bench.transcribe`` listens to: synthetic talks as 16 kHz WAV, alone, mixed, or by microphones that leak.

Takes lengths, voices and levels; gives files with the truth of every word. The same seeds give the same talks.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.hearing import Sound
from consent.records import Role
from demo import script
from demo.cast import MEETINGS
from demo.conversation import PEOPLE, Conversation, converse
from demo.espeak import SAMPLE_RATE
from demo.meetings import long_script
from pipeline.transcribe.blocks import SAMPLE_RATE as HEARD_RATE

ROOM_S = 0.02
"""How much later a microphone in the same room hears the other person."""

_SEED, _NOISE = 31, 0.0006
"""And the RMS of a quiet room, as in the demo's talks."""


def long_talk(minutes: float) -> Conversation:
    """A talk of at least so many minutes."""
    return converse("bench", long_script(MEETINGS[1], minutes), MEETINGS[1].voices, _SEED)


def short_talk(number: int, exchanges: int) -> Conversation:
    """The shortest exchanges of the demo meeting of that number, by its own voices, with pauses of our own."""
    meeting = MEETINGS[number]
    return converse("bench", script.load(meeting.script).shortened(exchanges), meeting.voices, _SEED + number)


def mixed(path: Path, talk: Conversation) -> Sound:
    """Everybody together, in a file."""
    return Sound(file=_write(path, talk.mix))


def lopsided(talk: Conversation, share: float) -> Conversation:
    """The same talk, in which the young person says only so large a share of the words, and is silent elsewhere."""
    person = PEOPLE[Role.YOUNG_PERSON]
    kept = [one for one in talk.truth.utterances if one.speaker != person]
    left = round(share / (1 - share) * sum(len(one.words) for one in kept))
    noise = np.random.default_rng(_SEED).normal(0, _NOISE, len(talk.young_person))
    sound = np.asarray(noise, dtype=np.float32)
    for one in (one for one in talk.truth.utterances if one.speaker == person):
        words = one.words[:left]
        left -= len(words)
        if words:
            first, last = (round(at * SAMPLE_RATE) for at in (words[0].span.start - 0.02, words[-1].span.end + 0.02))
            sound[first:last] = talk.young_person[first:last]
            kept.append(one.model_copy(update={"words": words}))
    utterances = tuple(sorted(kept, key=lambda one: one.words[0].span.start))
    return Conversation(talk.professional, sound, talk.truth.model_copy(update={"utterances": utterances}))


def tracks(
    folder: Path, name: str, talk: Conversation, bleed_db: float | None = None, late_s: float = ROOM_S
) -> tuple[Sound, ...]:
    """A file a person, in which the other is heard ``bleed_db`` decibels louder (below 0: softer), so much later."""
    late = round(late_s * SAMPLE_RATE)
    gain = 10 ** (bleed_db / 20) if bleed_db is not None else 0.0
    made = []
    for role, other in ((Role.PROFESSIONAL, Role.YOUNG_PERSON), (Role.YOUNG_PERSON, Role.PROFESSIONAL)):
        leaked = np.concatenate([np.zeros(late, np.float32), talk.track(other)[:-late]])
        sound = np.asarray(talk.track(role) + gain * leaked, dtype=np.float32)
        file = _write(folder / f"{name}-{PEOPLE[role]}.wav", sound)
        made.append(Sound(file=file, person=PEOPLE[role]))
    return tuple(made)


def repeated(path: Path, talk: Conversation, minutes: float) -> Sound:
    """The same talk over and over, for so many minutes."""
    times = int(np.ceil(minutes * 60 / talk.truth.duration))
    return Sound(file=_write(path, talk.mix, times))


def _write(path: Path, sound: NDArray[np.float32], times: int = 1) -> Path:
    length = int(len(sound) * HEARD_RATE / SAMPLE_RATE)
    heard = np.interp(np.arange(length) * SAMPLE_RATE / HEARD_RATE, np.arange(len(sound)), sound)
    return write_wav(path, heard, times)


def write_wav(path: Path, heard: NDArray[np.floating], times: int = 1) -> Path:
    """Write a sound in [-1, 1] at 16 kHz, over and over; gives the absolute path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = np.round(np.clip(heard, -1, 1) * 32767).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HEARD_RATE)
        for _ in range(times):
            file.writeframes(content)
    return path.resolve()
