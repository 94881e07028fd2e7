"""By how much a transcript is late: found in dense speech, corrected, and never made up."""

from __future__ import annotations

import random
import wave
from pathlib import Path

import numpy as np
import pytest

from consent.records import PersonId, Role, Span
from demo import script
from demo.cast import MEETINGS
from demo.conversation import PEOPLE, Conversation, converse
from demo.espeak import SAMPLE_RATE
from pipeline.ingest.lag import find_lag, on_the_sound, remark_on
from pipeline.records import Cue, Track, TrackOrigin


@pytest.fixture(scope="module")
def talk() -> Conversation:
    """About three minutes in which somebody nearly always speaks."""
    return converse("essai", script.load("infirmiere").shortened(7), MEETINGS[2].voices, 9)


def _track(folder: Path, person: PersonId | None, sound: np.ndarray) -> Track:
    name = f"track-{person or 'mix'}.wav"
    with wave.open(str(folder / name), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    origin = TrackOrigin.MIX if person is None else TrackOrigin.OWN_FILE
    return Track(person=person, origin=origin, file=name, offset=0.0, duration=len(sound) / SAMPLE_RATE)


def _own(folder: Path, talk: Conversation) -> list[Track]:
    return [_track(folder, PEOPLE[role], talk.track(role)) for role in (Role.PROFESSIONAL, Role.YOUNG_PERSON)]


def _cues(talk: Conversation, late: float, rough: float = 0.0, *, named: bool = True) -> list[Cue]:
    """Captions of a sentence each, all so late, each so much off."""
    chance = random.Random(3)
    found = []
    for utterance in talk.truth.utterances:
        for sentence in utterance.sentences():
            off = late + chance.uniform(-rough, rough)
            start, end = sentence.span.start + off, sentence.span.end + off
            if start >= 0 and end <= talk.truth.duration:
                person = utterance.speaker if named else None
                found.append(Cue(span=Span(start=start, end=end), speaker=person, text=sentence.text))
    return sorted(found, key=lambda cue: cue.span.start)


@pytest.mark.parametrize("late", [-12.0, 0.0, 0.8, 20.0, 60.0])
def test_named_captions_are_found_where_their_persons_speak(talk: Conversation, tmp_path: Path, late: float) -> None:
    """Each person's own track says where their captions belong, each of them half a second off."""
    found = find_lag(_cues(talk, late, 0.5), _own(tmp_path, talk), tmp_path, talk.truth.duration)

    assert found == pytest.approx(late, abs=0.5)


@pytest.mark.parametrize("late", [0.0, 20.0])
def test_captions_of_a_mix_are_found_by_the_pauses_between_them(
    talk: Conversation, tmp_path: Path, late: float
) -> None:
    """Without names or tracks: sentences end where people breathe."""
    mix = _track(tmp_path, None, talk.mix)

    found = find_lag(_cues(talk, late, named=False), [mix], tmp_path, talk.truth.duration)

    assert found == pytest.approx(late, abs=0.5)


def test_captions_of_another_talk_have_no_lag(talk: Conversation, tmp_path: Path) -> None:
    """Nothing fits: nothing is moved."""
    other = converse("autre", script.load("conducteur").shortened(6), MEETINGS[0].voices, 2)

    found = find_lag(_cues(other, 0.0), _own(tmp_path, talk), tmp_path, talk.truth.duration)

    assert found is None


def test_cues_are_moved_onto_the_sound_and_the_operator_is_told() -> None:
    """Those that would lie before the start are left out; a small lag is put right without a word."""
    cues = [Cue(span=Span(start=at, end=at + 2), speaker=None, text="Oui.") for at in (5.0, 30.0)]

    moved = on_the_sound(cues, 20.0, 60.0)

    assert [Span(start=10.0, end=12.0)] == [cue.span for cue in moved]
    assert tuple(cues) == on_the_sound(cues, None, 60.0)
    assert "en retard de 20 s" in str(remark_on(20.0))
    assert "en avance de 12 s" in str(remark_on(-12.2))
    assert remark_on(0.8) is None
