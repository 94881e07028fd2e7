"""Alignment: a person's own file is found in the recording, where it lies and at which pace, or not at all."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from consent.records import Role
from demo import script
from demo.cast import MEETINGS
from demo.conversation import Conversation, converse
from demo.espeak import SAMPLE_RATE
from pipeline.ingest.alignment import align

RATE = 16_000
Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def talk() -> Conversation:
    """Two to three minutes, one sound a person and the mix of both."""
    return converse("essai", script.load("ebeniste").shortened(4), MEETINGS[1].voices, 5)


def _written(path: Path, sound: Sound) -> Path:
    """A 16 kHz WAV of sound at the generator's rate."""
    length = int(len(sound) * RATE / SAMPLE_RATE)
    samples = np.interp(np.arange(length) * SAMPLE_RATE / RATE, np.arange(max(1, len(sound))), sound if length else [0])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def _drifted(sound: Sound, rate: float) -> Sound:
    """The sound as a slower clock samples it: its n-th second is the recording's n x ``rate``-th."""
    times = np.arange(int(len(sound) / rate)) * rate
    return np.asarray(np.interp(times, np.arange(len(sound)), sound), dtype=np.float32)


@pytest.mark.parametrize("late", [0.0, 7.35, 40.0])
def test_a_file_that_begins_late_is_found(talk: Conversation, tmp_path: Path, late: float) -> None:
    """Whoever joins late has a file whose first second is the recording's n-th."""
    own = talk.track(Role.PROFESSIONAL)[round(late * SAMPLE_RATE) :]

    found = align(_written(tmp_path / "own.wav", own), _written(tmp_path / "mix.wav", talk.mix))

    assert found is not None
    assert pytest.approx(late, abs=0.02) == found.offset
    assert found.rate == 1.0


def test_a_file_that_began_before_the_recording_is_found(talk: Conversation, tmp_path: Path) -> None:
    """Its offset is negative."""
    recording = talk.mix[round(20 * SAMPLE_RATE) :]

    found = align(
        _written(tmp_path / "own.wav", talk.track(Role.PROFESSIONAL)), _written(tmp_path / "mix.wav", recording)
    )

    assert found is not None
    assert pytest.approx(-20, abs=0.02) == found.offset


@pytest.mark.parametrize("drift", [1.001, 0.999, 1.0004])
def test_a_clock_that_drifts_is_measured(talk: Conversation, tmp_path: Path, drift: float) -> None:
    """At 0.1 % an hour's end is 3.6 s off: offset and pace are both found, at either end within 50 ms."""
    own = _drifted(talk.track(Role.PROFESSIONAL)[round(5 * SAMPLE_RATE) :], drift)

    found = align(_written(tmp_path / "own.wav", own), _written(tmp_path / "mix.wav", talk.mix))

    assert found is not None
    end = len(own) / SAMPLE_RATE
    assert pytest.approx(5, abs=0.05) == found.offset
    assert pytest.approx(5 + drift * end, abs=0.05) == found.offset + found.rate * end


def test_a_noisy_quieter_file_that_hears_the_other_person_is_found(talk: Conversation, tmp_path: Path) -> None:
    """Another gain, a fan, and the other voice 15 dB below do not hide where the file lies."""
    fan = np.random.default_rng(1).normal(0, 0.004, len(talk.mix)).astype(np.float32)
    own = 0.3 * (talk.track(Role.YOUNG_PERSON) + 0.18 * talk.track(Role.PROFESSIONAL) + fan)[3 * SAMPLE_RATE :]

    found = align(_written(tmp_path / "own.wav", own), _written(tmp_path / "mix.wav", talk.mix))

    assert found is not None
    assert pytest.approx(3, abs=0.03) == found.offset


def test_another_meeting_s_file_is_found_nowhere(talk: Conversation, tmp_path: Path) -> None:
    """Speech that is not in the recording lies on no line: the declared offset stands."""
    other = converse("autre", script.load("cheffe").shortened(3), MEETINGS[3].voices, 8)

    assert None is align(
        _written(tmp_path / "own.wav", other.track(Role.PROFESSIONAL)), _written(tmp_path / "mix.wav", talk.mix)
    )


@pytest.mark.parametrize("seconds", [0, 1, 90])
def test_silence_is_found_nowhere(talk: Conversation, tmp_path: Path, seconds: int) -> None:
    """A muted microphone, and a file of no sample at all."""
    silence = np.zeros(seconds * SAMPLE_RATE, dtype=np.float32)

    assert None is align(_written(tmp_path / "own.wav", silence), _written(tmp_path / "mix.wav", talk.mix))
    assert None is align(_written(tmp_path / "own.wav", talk.mix), _written(tmp_path / "mix.wav", silence))
