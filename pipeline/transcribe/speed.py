"""What an hour of meeting costs on this machine: measured on its parts, with the model that the night will use.

Takes a model's directory; gives seconds. Half a minute of modulated noise goes through voice detection, the encoder,
the search with five beams and the placing of words; each part is then counted as often as an hour of dense speech needs
it. The search is forced to write, since noise says nothing. Nothing is guessed but that hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from consent.records import Frozen
from pipeline.errors import ModelUnavailable
from pipeline.transcribe.blocks import SAMPLE_RATE
from pipeline.transcribe.loading import LOADING_ERRORS, NO_MEMORY, lacks_memory, load
from pipeline.transcribe.options import DecodingOptions
from pipeline.transcribe.processor import Processor

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

_WINDOW_S = 30
_WINDOWS_AN_HOUR = 120
_TOKENS_AN_HOUR = 15_000
"""Of two people who hardly pause: ten thousand words, a token and a half each. Real hours cost less."""

_WRITTEN = 60
"""Tokens written to be timed: about half of what a dense window holds."""


class Speed(Frozen):
    """``hour_s``: seconds that an hour of dense speech takes. ``compute_type``: the numbers the model computes with.

    ``notice``: what the operator should know of the processor, in French; empty where it is the wanted one.
    """

    hour_s: float
    compute_type: str
    notice: str = ""


def measure(folder: Path, processor: Processor, threads: int) -> Speed:
    """Load a model and time its parts; takes as long as loading it and about two windows.

    Raises:
        ModelUnavailable: it cannot be loaded, or the memory does not hold it.
    """
    try:
        loaded = load(folder, processor, threads)
        hour_s = _hour(loaded.model)
    except LOADING_ERRORS as error:
        if lacks_memory(error):
            raise ModelUnavailable(NO_MEMORY) from error
        why = " ".join(str(error).split())[:200]
        raise ModelUnavailable(
            f"Le modèle de parole ne peut pas être chargé ({why}) ; copiez-le de nouveau, ou corrigez "
            "VIDEOTHEQUE_ASR_MODEL."
        ) from error
    return Speed(hour_s=hour_s, compute_type=loaded.compute_type, notice=loaded.notice)


def _hour(model: WhisperModel) -> float:
    from faster_whisper.tokenizer import Tokenizer
    from faster_whisper.vad import get_speech_timestamps

    options = DecodingOptions(language="fr", hotwords="", block_s=900)
    audio = _modulated_noise()
    tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language="fr")
    opening = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    listening, features = _timed(lambda: (get_speech_timestamps(audio), model.feature_extractor(audio))[1])
    window = features[:, : model.feature_extractor.nb_max_frames]
    model.encode(window)  # the first call sets things up
    encoding, encoded = _timed(lambda: model.encode(window))

    def write() -> Any:
        return model.model.generate(
            encoded,
            [opening],
            beam_size=options.beam_size,
            max_length=len(opening) + _WRITTEN,
            suppress_tokens=[-1, tokenizer.eot],
        )[0]

    writing, written = _timed(write)
    tokens = [token for token in written.sequences_ids[0] if token < tokenizer.eot] or [0]
    placing, _ = _timed(
        lambda: model.model.align(encoded, tokenizer.sot_sequence, [tokens], window.shape[-1], median_filter_width=7)
    )
    per_token = writing / max(1, len(written.sequences_ids[0])) + placing / len(tokens)
    return _WINDOWS_AN_HOUR * (listening + encoding) + _TOKENS_AN_HOUR * per_token


def _modulated_noise() -> NDArray[np.float32]:
    """Half a minute that rises and falls like syllables."""
    times = np.arange(_WINDOW_S * SAMPLE_RATE) / SAMPLE_RATE
    noise = np.random.default_rng(0).standard_normal(len(times))
    return np.asarray(0.05 * noise * (1 + np.sin(2 * np.pi * 4 * times)), dtype=np.float32)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.monotonic()
    result = work()
    return time.monotonic() - started, result
