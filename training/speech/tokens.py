"""The model's alphabet: byte-level BPE pieces of French, then Whisper's special and time tokens.

Takes sentences; gives a ``tokenizer.json`` and the numbers of its special tokens. Their order is what CTranslate2 and
faster-whisper rely on: pieces, ``<|endoftext|>``, ``<|startoftranscript|>``, the language, tasks, marks, times.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from training.speech.utterances import Spoken

SPECIAL = (
    "endoftext",
    "startoftranscript",
    "fr",
    "translate",
    "transcribe",
    "startoflm",
    "startofprev",
    "nospeech",
    "notimestamps",
)
TIMES = 1501
"""Time tokens, every 20 ms from 0 to 30 s."""

STEPS_PER_S = 50
"""Of time tokens, and of the encoder's output."""

_MARGIN_S = 0.1
"""How much wider than a token's own sounds its stretch of audio is taken, on either side."""


class Alphabet:
    """Text to numbers."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.tokenizer = Tokenizer.from_file(str(file))
        self.end, self.start, self.french, _, self.transcribe, _, _, self.no_speech, self.no_times = (
            self._number(name) for name in SPECIAL
        )
        self.pieces = self.end
        self.time = self.no_times + 1
        self.size = self.time + TIMES

    def _number(self, name: str) -> int:
        number = self.tokenizer.token_to_id(f"<|{name}|>")
        if number is None:
            raise ValueError(f"{self.file} has no token {name}")
        return int(number)

    def at(self, seconds: float) -> int:
        """The token of a time in the window."""
        return self.time + min(TIMES - 1, max(0, round(seconds * STEPS_PER_S)))

    def spoken(
        self, text: str, words: Iterable[Spoken], stop: float
    ) -> tuple[list[int], NDArray[np.float32], NDArray[np.float32]]:
        """The pieces of ``" " + text``, and where each is heard.

        Args:
            text: what is said.
            words: its words; those of a number or an abbreviation may overlap in characters.
            stop: when the last sound ends, in seconds.

        Returns:
            Ids; the middle of each piece's stretch of audio and half its length, in seconds, float32.
        """
        times = _letter_times(text, words, stop)
        encoded = self.tokenizer.encode(" " + text)
        spans = [(max(0, first - 1), max(1, end - 1)) for first, end in encoded.offsets]
        firsts = [first + (text[first] == " " and end - first > 1) for first, end in spans]
        low = np.array([times[min(first, len(text) - 1)] for first in firsts], np.float32)
        high = np.array([times[end - 1] for _, end in spans], np.float32)
        middle = np.asarray((low + high) / 2, dtype=np.float32)
        return list(encoded.ids), middle, np.asarray(np.abs(high - low) / 2 + _MARGIN_S, dtype=np.float32)


def _letter_times(text: str, words: Iterable[Spoken], stop: float) -> NDArray[np.float64]:
    """The middle of each character's share of its word; signs have their word's end, spaces the next word's start."""
    times = np.full(len(text), np.nan)
    for word in words:
        end = min(word.end, len(text))
        count = end - word.first
        if count > 0:
            share = (np.arange(count) + 0.5) / count
            times[word.first : end] = word.start + share * (word.stop - word.start)
    following = stop
    for at in range(len(text) - 1, -1, -1):  # spaces first, from what follows
        if np.isnan(times[at]) and text[at] == " ":
            times[at] = following
        elif not np.isnan(times[at]):
            following = times[at]
    last = times[~np.isnan(times)][0] if (~np.isnan(times)).any() else 0.0
    for at in range(len(text)):
        last = times[at] = last if np.isnan(times[at]) else times[at]
    return times


def train(sentences: Iterable[str], size: int, target: Path) -> None:
    """Learn ``size`` pieces from the sentences and write ``tokenizer.json``."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator((" " + sentence for sentence in sentences), trainer)
    tokenizer.add_special_tokens([f"<|{name}|>" for name in SPECIAL])
    target.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(target))
