"""Windows: what is heard, what is to be written of it, and when."""

from __future__ import annotations

import random
import re
from pathlib import Path

import espeakng_loader
import numpy as np

from demo.espeak import SAMPLE_RATE, Manner
from tests.training.speech.conftest import TEXTS
from training.speech import sounds, speaking, utterances, windows
from training.speech.sentences import TEXT
from training.speech.speaking import Stream
from training.speech.tokens import Alphabet
from training.speech.windows import IGNORED, PHONEMES, STEPS


def test_words_have_the_times_at_which_they_are_heard() -> None:
    """Word events cover the text in order, a pause belongs to no word, and phonemes span the sound."""
    speech = utterances.say("Je suis là. Et toi ?", Manner("fr+f2", 150, 50))
    starts = [word.start for word in speech.words]
    length = len(speech.wave) / SAMPLE_RATE

    assert sorted(starts) == starts
    assert 5 == len(speech.words)
    assert speech.words[2].stop < speech.words[3].start
    assert 1.0 < length < 3.0
    assert all(0 <= start <= length for _, start in speech.phonemes)
    assert len({name for name, _ in speech.phonemes} & set(PHONEMES)) > 5


def test_successive_windows_write_each_word_once(stream: Stream, alphabet: Alphabet) -> None:
    """What one window leaves at its end the next one begins with: nothing is lost, nothing is written twice."""
    made = list(windows.windows(stream, alphabet, random.Random(2)))
    text = " ".join(
        alphabet.tokenizer.decode([token for token in one.tokens.tolist() if token < alphabet.end]) for one in made
    )

    assert len(made) >= 3
    assert " ".join(one.text for one in stream.sentences) == re.sub(r"\s+", " ", text).strip()
    assert " ".join(TEXTS).startswith(re.sub(r"\s+", " ", text).strip())


def test_a_window_tells_when_each_token_is_heard(stream: Stream, alphabet: Alphabet) -> None:
    """Times rise, lie inside the window, and agree with the piece written at that step."""
    for one in windows.windows(stream, alphabet, random.Random(2)):
        guided = one.middle >= 0
        letters = [alphabet.tokenizer.decode([token]).strip().isalnum() for token in one.tokens.tolist()]
        pieces = guided & (one.tokens < alphabet.end) & np.array(letters)

        assert (np.diff(one.middle[guided]) >= -0.16).all()  # signs share their word's end
        assert one.middle.max() <= windows.WINDOW_S
        at = np.clip((one.middle[pieces] * 50).astype(int), 0, STEPS - 1)
        agreed = np.mean(one.pieces[at] == one.tokens[pieces])
        assert agreed > 0.75  # the others are shorter than a step, or silent
        assert (one.pieces[one.pieces != IGNORED] <= alphabet.end).all()


def test_time_tokens_open_and_close_sentences(stream: Stream, alphabet: Alphabet) -> None:
    """A window's tokens are pairs of times around text; a sentence that goes on ends with its time twice."""
    for one in windows.windows(stream, alphabet, random.Random(2)):
        timed = one.tokens >= alphabet.time

        assert timed[0]
        assert timed[-1]
        times = one.tokens[timed].astype(int)
        assert (np.diff(times) >= 0).all()
        assert int(timed.sum()) % 2 == 0 or one.tokens[-1] == one.tokens[-2]


def test_features_are_those_of_faster_whisper(stream: Stream) -> None:
    """The picture is what the library computes from the same sound."""
    from faster_whisper.feature_extractor import FeatureExtractor

    wanted = FeatureExtractor()(stream.sound)
    picture = sounds.log_mel(stream.sound)
    found = sounds.scaled(picture, float(picture.max()))
    length = min(wanted.shape[1], found.shape[1])

    assert float(np.abs(wanted[:, :length] - found[:, :length]).max()) < 0.01


def test_a_shard_is_whole_and_has_windows_without_speech(tmp_path: Path, alphabet: Alphabet) -> None:
    """Every array speaks of the same windows; one in twenty holds nobody."""
    target = tmp_path / "s_0000.npz"
    count = windows.write_shard(target, TEXTS * 5, alphabet, seed=3)
    with np.load(target) as archive:
        found = {name: archive[name] for name in archive.files}

    assert [target] == list(tmp_path.iterdir())
    assert {count} == {len(found[name]) for name in ("pictures", "phonemes", "pieces", "counts")}
    assert found["counts"].sum() == len(found["tokens"]) == len(found["middle"]) == len(found["half"])
    assert 1 == int((found["counts"] == 0).sum())


def test_every_voice_of_training_is_one_of_the_synthesiser() -> None:
    """A name that espeak-ng does not have would end a training after hours of speech."""
    names = (TEXT / "voices.txt").read_text("utf-8").split()
    known = {file.name for file in (Path(espeakng_loader.get_data_path()) / "voices" / "!v").iterdir()}

    assert set() == {*names, *speaking.HELD_OUT_VOICES} - known
    assert set() == set(names) & set(speaking.HELD_OUT_VOICES)
