"""Decoding options: what faster-whisper is asked, word for word."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import _LANGUAGE_CODES
from faster_whisper.vad import VadOptions
from pydantic import ValidationError

from pipeline.errors import ModelUnavailable
from pipeline.records import Participant
from pipeline.transcribe.options import DecodingOptions, SpeechSettings, check_language, options_for
from tests.transcribe.recordings import recording


def test_every_argument_exists_in_the_library() -> None:
    """A misspelt voice-detection setting would be dropped without a word."""
    arguments = DecodingOptions(language="fr", hotwords="BTS", block_s=900).arguments()

    known = inspect.signature(WhisperModel.transcribe).parameters
    assert set() == set(arguments) - set(known)
    assert VadOptions(threshold=0.5, min_silence_duration_ms=500, speech_pad_ms=200) == VadOptions(
        **arguments["vad_parameters"]
    )
    assert (
        arguments["language"],
        arguments["condition_on_previous_text"],
        arguments["word_timestamps"],
    ) == ("fr", False, True)


def test_hot_words_are_the_occupation_then_the_guidance_words_and_never_too_many(tmp_path: Path) -> None:
    """A long occupation pushes guidance words out; sixty words is the limit."""
    usual = recording(tmp_path, {})
    long = usual.model_copy(
        update={"participants": (usual.participants[0].model_copy(update={"occupation": "chef " * 70}),)}
    )
    settings = SpeechSettings(model="small")

    assert options_for(usual, settings).hotwords.startswith("boulangère, Parcoursup, ")
    assert options_for(long, settings).hotwords.split() == ["chef"] * 60


def test_a_meeting_s_own_vocabulary_comes_before_the_guidance_words(tmp_path: Path) -> None:
    """Employer and acronyms follow the occupation; a word said twice is asked once; no term is cut in two."""
    one = recording(tmp_path, {}).model_copy(update={"vocabulary": ("Boulangerie du Port", "parcoursup", "x " * 59)})

    hotwords = options_for(one, SpeechSettings(model="small")).hotwords

    assert hotwords.startswith("boulangère, Boulangerie du Port, parcoursup, Onisep, ")
    assert "x" not in hotwords.split()


def test_hot_words_do_without_an_occupation(tmp_path: Path) -> None:
    """The guidance words stand alone where the professional's occupation is not told."""
    usual = recording(tmp_path, {})
    untold = usual.model_copy(
        update={"participants": tuple(Participant(id=one.id, role=one.role) for one in usual.participants)}
    )

    assert options_for(untold, SpeechSettings(model="small")).hotwords.startswith("Parcoursup, ")


def test_a_model_trained_without_prompts_gets_none(tmp_path: Path) -> None:
    """Not even an empty one, which would still open a prompt."""
    options = options_for(recording(tmp_path, {}), SpeechSettings(model="small")).heard_by(prompted=False)

    assert options.arguments()["hotwords"] is None


def test_a_block_never_passes_fifteen_minutes() -> None:
    """Beyond it the library's memory grows past a small server's."""
    with pytest.raises(ValidationError):
        SpeechSettings(model="small", block_s=901)


def test_what_the_library_would_drop_without_a_word_is_asked_for() -> None:
    """No silence threshold and no « no speech » threshold: every text comes back, to be counted."""
    arguments = DecodingOptions(language="fr", hotwords="", block_s=900).arguments()

    assert (None, None) == (arguments["hallucination_silence_threshold"], arguments["no_speech_threshold"])


@pytest.mark.parametrize("language", ["klingon", "FR", "xx", "", "fr-FR"])
def test_a_language_that_no_model_knows_is_refused(language: str) -> None:
    """In one sentence with the places where it is written; the codes that Whisper knows pass."""
    for known in _LANGUAGE_CODES:
        check_language(known)

    with pytest.raises(ModelUnavailable, match=f"la langue « {language} ».*VIDEOTHEQUE_LANGUAGE"):
        check_language(language)
