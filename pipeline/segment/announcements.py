"""Announcements: how surely a turn opens a topic, learned from meetings whose topics people listed.

Takes a talk, the lines where its turns begin and its words as vectors; gives one number a turn: the log-odds of a
logistic regression over the words that open the turn, close the one before and begin the one after, who speaks, how
long the turns around it are, and how much the words change there. The weights are in ``announcements.json``, made by
``python -m training.announcements``; English words were learned, so in another language the rest decides.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from consent.records import Frozen
from pipeline.segment.cohesion import Vectors, in_columns
from pipeline.segment.lexicon import fold
from pipeline.segment.talk import Said
from pipeline.segment.transitions import transition

Matrix = NDArray[np.float64]

WEIGHTS = Path(__file__).with_suffix(".json")

# What a feature sees was chosen with the weights, on the training transcripts alone.
_OPENING_WORDS = 25  # of the turn itself
_NEAR_WORDS = 8  # of the turn before, its last ones, and of the turn after, its first ones
_AROUND_LINES = (15, 40, 100)  # on each side, over which words are compared
_NEAR_TURNS = 4
_OPENING_SHARE, _CLOSING_SHARE = 0.05, 0.93  # of a talk's words: greetings, goodbyes
_LENGTH_UNIT = 3.0  # natural logarithm of words: brings lengths near 1, as the other features are

_WORD = re.compile(r"[a-z']+")

Features = dict[str, float]


class Learned(Frozen):
    """The weights, and where they come from."""

    about: str
    sources: tuple[str, ...]
    transcripts: int
    intercept: float
    weights: Mapping[str, float]


@cache
def learned() -> Learned:
    """The weights that the package carries."""
    return Learned.model_validate_json(WEIGHTS.read_bytes())


def log_odds(found: Sequence[Features], model: Learned) -> Matrix:
    """One number for each turn's features, float64: above 0, more likely an opening than not."""
    weights = model.weights
    return np.array([model.intercept + sum(weights.get(name, 0.0) * one[name] for name in one) for one in found])


def features_of(talk: Sequence[Said], places: Sequence[int], words: Vectors) -> list[Features]:
    """What is seen of each turn.

    Args:
        talk: every line has a word at least.
        places: the lines where turns begin, ascending, the first being 0.
        words: one row a line: exact tf-idf.
    """
    lines = [_WORD.findall(fold(said.text)) for said in talk]
    turns = [range(start, stop) for start, stop in zip(places, [*places[1:], len(talk)], strict=True)]
    said_in = [[word for line in turn for word in lines[line]] for turn in turns]
    told = _Talk(talk, lines, turns, said_in)
    change = _changes(words, np.array([len(line) for line in lines]), places)
    return [
        _worded(said_in, number) | told.shape(number) | {f"_coh{n}": value for n, value in change[number].items()}
        for number in range(len(turns))
    ]


def _worded(turns: Sequence[Sequence[str]], number: int) -> Features:
    """Words and pairs of words that open the turn (c), its first ones (1), those before (p) and after (n)."""
    opening = turns[number][:_OPENING_WORDS]
    before = turns[number - 1][-_NEAR_WORDS:] if number else ()
    after = turns[number + 1][:_NEAR_WORDS] if number + 1 < len(turns) else ()
    names = [f"c:{word}" for word in opening]
    names += [f"c:{one} {two}" for one, two in pairwise(opening)]
    names += [f"1:{' '.join(opening[:count])}" for count in (1, 2) if opening]
    names += [f"p:{word}" for word in before]
    names += [f"n:{word}" for word in after]
    return dict.fromkeys(names, 1.0)


class _Talk:
    """Who speaks how much, and who leads."""

    def __init__(
        self,
        talk: Sequence[Said],
        lines: Sequence[Sequence[str]],
        turns: Sequence[range],
        said_in: Sequence[Sequence[str]],
    ) -> None:
        self._talk, self._turns = talk, turns
        self._lengths = [math.log1p(len(words)) / _LENGTH_UNIT for words in said_in]
        self._before = np.concatenate([[0], np.cumsum([len(words) for words in said_in])])
        self._words: Counter[str | None] = Counter()
        leads: Counter[str | None] = Counter()
        for said, words in zip(talk, lines, strict=True):
            self._words[said.speaker] += len(words)
            leads[said.speaker] += transition(said.text)  # type: ignore[assignment]  # a Counter of float
        self._chair = max(leads, key=lambda one: leads[one])

    def shape(self, number: int) -> Features:
        """Speaker, lengths around, place in the talk, and how plainly a move is announced."""
        turn, whole = self._turns[number], max(1, int(self._before[-1]))
        speaker = self._talk[turn.start].speaker
        at = float(self._before[number]) / whole
        opening = " ".join(self._talk[line].text for line in turn[:3])
        return {
            "_chair": float(speaker == self._chair),
            "_share": self._words[speaker] / whole,
            "_len": self._lengths[number],
            "_lenprev": self._lengths[number - 1] if number else 0.0,
            "_longnear": max(self._lengths[max(0, number - _NEAR_TURNS) : number], default=0.0),
            "_longnext": max(self._lengths[number : number + _NEAR_TURNS]),
            "_tr": transition(opening),
            "_pos": at,
            "_pos05": float(at < _OPENING_SHARE),
            "_pos95": float(at > _CLOSING_SHARE),
        }


def _changes(words: Vectors, lengths: NDArray[np.int64], places: Sequence[int]) -> list[dict[int, float]]:
    """The cosine of what is said before each place and after it, over some lines on each side."""
    weights, at = np.sqrt(np.maximum(1, lengths))[:, None], np.array(places)
    shared, left, right = np.zeros((3, len(_AROUND_LINES), len(at)))
    for rows in in_columns(words):
        summed = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows * weights, axis=0)])
        for number, reach in enumerate(_AROUND_LINES):
            before = summed[at] - summed[np.maximum(0, at - reach)]
            after = summed[np.minimum(len(rows), at + reach)] - summed[at]
            shared[number] += (before * after).sum(axis=1)
            left[number] += (before**2).sum(axis=1)
            right[number] += (after**2).sum(axis=1)
    norms = np.sqrt(left) * np.sqrt(right)
    cosines = np.where(norms > 0, shared / np.where(norms > 0, norms, 1.0), 0.0)
    return [dict(zip(_AROUND_LINES, map(float, column), strict=True)) for column in cosines.T]
