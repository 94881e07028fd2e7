"""Windows of eight seconds, as faster-whisper cuts them, with everything that is to be learnt from each.

Takes sentences; gives shards (files of windows): the picture of the sound, the phoneme and the piece of text at each
20 ms, and the tokens with the time at which each is heard. Sentences are joined into turns and turns into streams of
one or two voices; a window begins where the words of the one before it ended, often in the middle of a sentence, and
its text ends with the last word that is heard whole, exactly as the product's listening goes on from one window to
the next.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.speech import sounds
from training.speech.sentences import TEXT
from training.speech.sounds import MELS, RATE
from training.speech.speaking import Sentence, Stream, streams
from training.speech.tokens import STEPS_PER_S, Alphabet
from training.speech.utterances import Spoken

WINDOW_S = 8.0
COLUMNS = round(WINDOW_S * 100)
STEPS = round(WINDOW_S * STEPS_PER_S)
"""Of the picture, 10 ms each; and of the encoder, 20 ms each."""

IGNORED = -1
"""Of a step: nothing to learn (a word cut by the window's edge, nothing heard yet)."""

PHONEMES = tuple((TEXT / "phonemes.txt").read_text("utf-8").split())
"""espeak-ng's, in French; any other counts as the neutral vowel."""

_HEARD_WHOLE_S = 0.1
"""A word that ends closer to the window's end than this may be cut."""

_CUT_S = 0.1
"""A word that loses no more than this at the window's beginning is still written."""

_EMPTY_SHARE = 0.05
"""Windows in which nobody speaks."""


@dataclass(frozen=True, slots=True)
class Window:
    """``picture`` (80, 800) float16; ``phonemes``, ``pieces`` (400,); ``tokens`` with ``middle`` and ``half`` (s)."""

    picture: NDArray[np.float16]
    phonemes: NDArray[np.int16]
    pieces: NDArray[np.int16]
    tokens: NDArray[np.int16]
    middle: NDArray[np.float32]
    half: NDArray[np.float32]


def windows(stream: Stream, alphabet: Alphabet, chance: random.Random) -> Iterator[Window]:
    """Cut a stream into windows, each from where the words of the one before end."""
    picture = sounds.log_mel(stream.sound)
    picture = sounds.scaled(picture, float(picture.max()) + chance.uniform(0, 0.4))
    length = picture.shape[1] / 100
    phonemes = _steps(stream.phonemes, length)
    at = 0.0
    while at < length - 0.5:
        first = round(at * 50) * 2
        window, end = _cut(stream, alphabet, first / 100, min(length, first / 100 + WINDOW_S), length)
        whole = np.zeros((MELS, COLUMNS), np.float16)
        here = picture[:, first : first + COLUMNS]
        whole[:, : here.shape[1]] = here
        sounding = np.full(STEPS, IGNORED, np.int16)
        spoken = phonemes[first // 2 : first // 2 + STEPS]
        sounding[: len(spoken)] = spoken
        if len(window[1]):
            yield Window(whole, sounding, *window)
        following = end if end > at + 1 else at + WINDOW_S
        at = max(at + 1, following + chance.uniform(-0.1, 0.06))


def _steps(phonemes: Sequence[tuple[str, float]], length: float) -> NDArray[np.int16]:
    """The phoneme at each 20 ms."""
    known = {name: number for number, name in enumerate(PHONEMES)}
    names = [known.get(name, known["@"]) for name, _ in phonemes]
    starts = np.array([start for _, start in phonemes])
    centres = (np.arange(int(length * STEPS_PER_S)) + 0.5) / STEPS_PER_S
    return np.array(names, np.int16)[np.clip(np.searchsorted(starts, centres, "right") - 1, 0, None)]


Targets = tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.float32], NDArray[np.float32]]


def _cut(stream: Stream, alphabet: Alphabet, start: float, end: float, length: float) -> tuple[Targets, float]:
    """Pieces by step, tokens, their middles and halves; and where the next window goes on (s, in the stream)."""
    pieces = np.full(STEPS, alphabet.end, np.int16)  # « nothing said » where no piece is
    pieces[round((length - start) * STEPS_PER_S) :] = IGNORED if end < length else alphabet.end
    tokens, middle, half = list[int](), list[float](), list[float]()
    resume = end
    for sentence in stream.sentences:
        inside = [word for word in sentence.words if word.stop > start and word.start < end]
        latest = end if end >= length else end - _HEARD_WHOLE_S
        whole = [word for word in inside if word.start >= start - _CUT_S and word.stop <= latest]
        for word in inside:
            if word not in whole:
                pieces[_span(word.start - start, word.stop - start)] = IGNORED
        if not whole:
            if inside and inside[0].start >= start - _CUT_S and inside[0] is sentence.words[0]:
                resume = min(resume, max(start, inside[0].start))
            continue
        text, words = _slice(sentence, whole)
        shifted = [Spoken(word.first, word.end, word.start - start, word.stop - start) for word in words]
        ids, centres, widths = alphabet.spoken(text, shifted, shifted[-1].stop)
        for number, centre, width in zip(ids, centres, widths, strict=True):
            pieces[_span(centre - width + 0.1, centre + width - 0.1)] = number
        for word in shifted:
            _fill(pieces[_span(word.start, word.stop)], alphabet.end)
        opening, closing = max(0.0, shifted[0].start), shifted[-1].stop
        tokens += [alphabet.at(opening), *ids, alphabet.at(closing)]
        middle += [opening, *centres, closing]
        half += [0.15, *widths, 0.15]
        if whole[-1] is not sentence.words[-1]:  # goes on in the next window
            tokens.append(alphabet.at(closing))
            middle.append(-1)
            half.append(0)
            resume = start + closing
            break
        if end - (start + closing) < 0.6:
            resume = start + closing
    return (
        pieces,
        np.array(tokens, np.int16),
        np.array(middle, np.float32),
        np.array(half, np.float32),
    ), resume


def _fill(pieces: NDArray[np.int16], blank: int) -> None:
    """Inside a word no step is blank: it belongs to the piece before it."""
    for at in range(1, len(pieces)):
        if pieces[at] == blank:
            pieces[at] = pieces[at - 1]


def _span(start: float, end: float) -> slice:
    first = max(0, int(np.floor(start * STEPS_PER_S)))
    return slice(min(first, STEPS), max(first + 1, min(STEPS, int(np.ceil(end * STEPS_PER_S)))))


def _slice(sentence: Sentence, whole: Sequence[Spoken]) -> tuple[str, list[Spoken]]:
    """The text of the words heard whole, with the signs that follow them."""
    first = whole[0].first if whole[0] is not sentence.words[0] else 0
    end = max(word.end for word in whole)
    following = next((word.first for word in sentence.words if word.first >= end), len(sentence.text))
    text = sentence.text[first:following].rstrip(" ")
    return text, [Spoken(word.first - first, min(word.end - first, len(text)), word.start, word.stop) for word in whole]


def empty(chance: np.random.Generator) -> Window:
    """A window in which nobody speaks."""
    picture = sounds.log_mel(sounds.nobody(round(WINDOW_S * RATE), chance))
    picture = sounds.scaled(picture, float(picture.max()) + chance.choice((0, 0, chance.uniform(0, 3))))
    nothing = np.zeros(0, np.float32)
    silence = np.full(STEPS, PHONEMES.index("_"), np.int16)
    blank = np.full(STEPS, IGNORED, np.int16)
    return Window(picture.astype(np.float16), silence, blank, np.zeros(0, np.int16), nothing, nothing)


def write_shard(target: Path, texts: Sequence[str], alphabet: Alphabet, seed: int) -> int:
    """Speak the texts into a shard; it appears complete or not at all.

    Returns:
        The number of windows.
    """
    chance, noises = random.Random(seed), np.random.default_rng(seed)
    made: list[Window] = []
    for stream in streams(texts, seed):
        made += windows(stream, alphabet, chance)
    made += [empty(noises) for _ in range(round(_EMPTY_SHARE * len(made)))]
    chance.shuffle(made)
    temporary = target.with_suffix(".tmp.npz")
    np.savez(
        temporary,
        pictures=np.stack([one.picture for one in made]),
        phonemes=np.stack([one.phonemes for one in made]),
        pieces=np.stack([one.pieces for one in made]),
        counts=np.array([len(one.tokens) for one in made]),
        tokens=np.concatenate([one.tokens for one in made]),
        middle=np.concatenate([one.middle for one in made]),
        half=np.concatenate([one.half for one in made]),
    )
    temporary.replace(target)
    return len(made)
