"""The bundled demo model, through the real worker: it hears synthetic French, places its words, and invents nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demo import script
from demo.cast import MEETINGS
from demo.conversation import Conversation, converse
from demo.espeak import SAMPLE_RATE
from pipeline.records import Transcript
from pipeline.transcribe.model import find_model
from pipeline.transcribe.options import SpeechSettings, options_for
from pipeline.transcribe.stage import provenance_of, transcribe
from pipeline.transcribe.tokens import tokens_of
from tests.transcribe.recordings import NOW, PRO, YOUNG, clearance, recording
from tests.transcribe.speech import RATE, Samples

MODEL = Path(__file__).parents[2] / "demo" / "models" / "demo-espeak-fr"


def _samples(sound: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Samples:
    length = int(len(sound) * RATE / SAMPLE_RATE)
    heard = np.interp(np.arange(length) * SAMPLE_RATE / RATE, np.arange(len(sound)), sound)
    return np.asarray(np.clip(heard, -1, 1) * 32767, dtype=np.int16)


def _transcribed(folder: Path, tracks: dict[object, Samples]) -> Transcript:
    one = recording(folder, tracks)  # type: ignore[arg-type]
    settings = SpeechSettings(model=str(MODEL), threads=1)
    made = provenance_of(one, find_model(settings.model).identity, options_for(one, settings), NOW)
    return transcribe(one, folder, clearance(), settings, folder / "partial", made, lambda _done, _total: None)


@pytest.fixture(scope="module")
def talk() -> Conversation:
    """Less than a minute, two voices."""
    return converse("essai", script.load("ebeniste").shortened(1), MEETINGS[1].voices, 5)


def test_words_are_recognised_at_their_time_by_the_right_person(talk: Conversation, tmp_path: Path) -> None:
    """Six words in ten at least, nine in ten of those within 0.4 s of their true time, by their own speaker."""
    transcript = _transcribed(tmp_path, {PRO: _samples(talk.professional), YOUNG: _samples(talk.young_person)})

    found, near = 0, 0
    for true in talk.truth.words:
        starts = [
            word.span.start
            for one in transcript.utterances
            if one.speaker == true.speaker
            for word in one.words
            if tokens_of(word.text) == tokens_of(true.text) and abs(word.span.start - true.span.start) < 2
        ]
        if starts:
            found += 1
            near += min(abs(start - true.span.start) for start in starts) < 0.4
    assert found >= 0.6 * len(talk.truth.words)
    assert near >= 0.9 * found


@pytest.mark.parametrize("level", [0, 40, 1500])
def test_silence_and_noise_give_no_text(tmp_path: Path, level: int) -> None:
    """Twenty seconds of nothing, of a quiet room, of a loud fan: nobody speaks, and nobody is quoted."""
    noise = (np.random.default_rng(3).standard_normal(20 * RATE) * level).astype(np.int16)

    transcript = _transcribed(tmp_path, {PRO: noise})

    assert ((), ()) == (transcript.utterances, transcript.doubts)


@pytest.mark.parametrize("seed", [1, 2])
def test_music_gives_no_published_text(tmp_path: Path, seed: int) -> None:
    """Twenty seconds of chords, bass and drums: whatever the model makes of them is set aside."""
    random = np.random.default_rng(seed)
    beat = np.arange(RATE // 2) / RATE
    beats = []
    for number in range(40):
        notes = 220 * 2 ** (random.choice([0, 3, 5, 7, 10, 12], 3, replace=False) / 12)
        chord = sum(np.sin(2 * np.pi * note * harmonic * beat) / harmonic for note in notes for harmonic in (1, 2, 3))
        drum = random.standard_normal(len(beat)) * np.exp(-beat * (30 if number % 2 else 12))
        beats.append((np.asarray(chord) * np.exp(-3 * beat) + 2 * drum) * 1500)

    transcript = _transcribed(tmp_path, {PRO: np.concatenate(beats).astype(np.int16)})

    assert transcript.utterances == ()
