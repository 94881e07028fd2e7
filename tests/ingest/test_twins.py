"""One sound on two tracks is recognised; two persons who hear one another, or of whom one is silent, are not."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from consent.records import PersonId, Role
from demo import script
from demo.cast import MEETINGS
from demo.conversation import Conversation, converse
from demo.espeak import SAMPLE_RATE
from pipeline.ingest.twins import hold_one_sound
from pipeline.records import Track, TrackOrigin

Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def talk() -> Conversation:
    """About a minute and a half."""
    return converse("essai", script.load("ebeniste").shortened(2), MEETINGS[1].voices, 5)


def _one_sound(folder: Path, talk: Conversation, *sounds: Sound) -> bool:
    tracks = []
    for person, sound in zip(("pro", "jeune"), sounds, strict=True):
        with wave.open(str(folder / f"{person}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        origin, seconds = TrackOrigin.STEREO_SIDE, len(sound) / SAMPLE_RATE
        tracks.append(Track(person=PersonId(person), origin=origin, file=f"{person}.wav", offset=0, duration=seconds))
    return hold_one_sound(tracks, folder, talk.truth.duration)


def _noise(talk: Conversation, seed: int, level: float) -> Sound:
    return np.random.default_rng(seed).normal(0, level, len(talk.mix)).astype(np.float32)


@pytest.mark.parametrize(("gain", "noise"), [(1.0, 0.0), (0.6, 0.0), (1.0, 0.001), (1.5, 0.0)])
def test_a_mono_sound_written_as_stereo_is_one_sound(
    talk: Conversation, tmp_path: Path, gain: float, noise: float
) -> None:
    """Everybody on both sides, whatever the balance and a codec's noise."""
    assert _one_sound(tmp_path, talk, talk.mix, np.float32(gain) * talk.mix + _noise(talk, 1, noise))


@pytest.mark.parametrize("bleed_db", [-8, -10, -20, -40])
@pytest.mark.parametrize("gain", [0.3, 1.0])
def test_open_microphones_are_two_sounds(talk: Conversation, tmp_path: Path, bleed_db: int, gain: float) -> None:
    """Each hears the other person softer."""
    pro, young = (talk.track(role) for role in (Role.PROFESSIONAL, Role.YOUNG_PERSON))
    bleed = np.float32(10 ** (bleed_db / 20))

    assert not _one_sound(tmp_path, talk, pro + bleed * young, np.float32(gain) * (young + bleed * pro))


@pytest.mark.parametrize("bleed", [0.0, 0.1, 0.3])
def test_a_person_who_says_nothing_has_another_sound(talk: Conversation, tmp_path: Path, bleed: float) -> None:
    """One side nearly silent: what it holds of the other is far softer."""
    pro = talk.track(Role.PROFESSIONAL)

    assert not _one_sound(tmp_path, talk, pro, np.float32(bleed) * pro + _noise(talk, 2, 0.0006))


def test_two_steady_hums_are_two_sounds(talk: Conversation, tmp_path: Path) -> None:
    """Two silent rooms with as loud a fan: a constant difference tells nothing where nothing rises or falls."""
    assert not _one_sound(tmp_path, talk, _noise(talk, 3, 0.01), _noise(talk, 4, 0.01))
