"""Blocks: a track is covered once, in order, in short enough pieces, cut where nobody speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import TranscriptionFailed
from pipeline.transcribe.blocks import SAMPLE_RATE, BlockSpan, WavTrack, cut_blocks
from tests.transcribe.speech import Samples, say, write_wav


class InMemory:
    """Samples that are already there."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    @property
    def total(self) -> int:
        return len(self._samples)

    def read(self, first: int, last: int) -> Samples:
        return self._samples[first:last]


def _noise(seconds: float, level: float, seed: int = 0) -> Samples:
    random = np.random.default_rng(seed)
    return (random.standard_normal(round(seconds * SAMPLE_RATE)) * level).astype(np.int16)


@given(st.integers(0, 30_000), st.integers(1, 9_000), st.integers(0, 3_000))
def test_blocks_cover_the_track_once_in_order_and_none_is_too_long(total: int, maximum: int, level: int) -> None:
    """Cut cover everything, in order, without overlap, each at most the maximum."""
    track = InMemory((np.random.default_rng(total).standard_normal(total) * level).astype(np.int16))

    spans = cut_blocks(track, maximum)

    edges = [0, *(span.last for span in spans)]
    assert edges[:-1] == [span.first for span in spans]
    assert total == edges[-1]
    assert all(0 < span.last - span.first <= maximum for span in spans)


def test_a_track_no_longer_than_the_maximum_is_one_block() -> None:
    """Nothing is cut that need not be."""
    track = InMemory(_noise(2, 1000))

    assert (BlockSpan(first=0, last=track.total),) == cut_blocks(track, track.total)


@pytest.mark.parametrize("floor", [0.0, 300.0])
def test_the_cut_falls_in_the_middle_of_the_longest_pause(floor: float) -> None:
    """Of two pauses in the last third the longer is taken, in a silent room as beside a fan."""
    voice, room = _noise(10, 6000), _noise(10, floor, seed=1)
    samples = np.concatenate([voice[: 7 * SAMPLE_RATE], room[: SAMPLE_RATE // 5], voice[:SAMPLE_RATE]])
    pause = len(samples)
    samples = np.concatenate([samples, room[:SAMPLE_RATE], voice])

    first = cut_blocks(InMemory(samples), 10 * SAMPLE_RATE)[0]

    assert first.last == pytest.approx(pause + SAMPLE_RATE / 2, abs=SAMPLE_RATE * 0.02)


def test_no_word_of_real_speech_is_cut() -> None:
    """Between spoken sentences the sound at every cut is silence."""
    spoken = [say("Je travaille le bois, je monte des charpentes.", "fr") for _ in range(5)]
    samples = np.concatenate([np.concatenate([one, np.zeros(SAMPLE_RATE // 2, np.int16)]) for one in spoken])

    spans = cut_blocks(InMemory(samples), 6 * SAMPLE_RATE)

    around = [samples[span.last - 800 : span.last + 800] for span in spans[:-1]]
    assert len(around) > 1
    assert [0] * len(around) == [int(np.abs(one).max()) for one in around]


def test_a_truncated_track_is_told_in_french(tmp_path: Path) -> None:
    """A WAV that holds less than its header says is no silence: it is an error."""
    path = tmp_path / "track-0.wav"
    write_wav(path, _noise(2, 1000))
    path.write_bytes(path.read_bytes()[:20_000])

    with (
        pytest.raises(TranscriptionFailed, match=r"« track-0\.wav » n'est pas un WAV complet"),
        WavTrack(path) as track,
    ):
        track.read(0, track.total)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\x00" * 100])
def test_what_is_no_wav_is_told_in_french(tmp_path: Path, content: bytes) -> None:
    """Whatever lies in the file, the error is ours."""
    path = tmp_path / "track-0.wav"
    path.write_bytes(content)

    with pytest.raises(TranscriptionFailed, match="relancez la lecture"):
        WavTrack(path)


def test_another_rate_is_refused(tmp_path: Path) -> None:
    """Samples at another rate would put every word at a wrong time."""
    path = tmp_path / "track-0.wav"
    write_wav(path, _noise(1, 1000), rate=48_000)

    with pytest.raises(TranscriptionFailed, match="16 kHz"):
        WavTrack(path)


def test_a_cut_falls_in_the_last_third() -> None:
    """A longer pause before it does not make the block shorter; one just inside is taken."""
    voice, pause = _noise(10, 6000), np.zeros(SAMPLE_RATE // 2, np.int16)
    early = np.concatenate([voice[: 5 * SAMPLE_RATE], pause, pause, voice[:SAMPLE_RATE], pause, voice])

    first = cut_blocks(InMemory(early), 9 * SAMPLE_RATE)[0]

    assert first.last == pytest.approx(7.25 * SAMPLE_RATE, abs=SAMPLE_RATE * 0.02)
