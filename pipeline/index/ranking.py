"""Ranked lists, and how words and meaning become one score.

A keyword score says which share of what the question's words could bring a clip brings; a cosine is told against
those of ordinary clips with the same question (in standard deviations above their mean). Both are absolute: where no
clip holds the question's rare words, every keyword score is low and meaning decides; where one holds them all, it
comes first whatever the model thinks. Method: convex combination of scores normalised by what they could be (Bruch,
Gai and Ingber, 2023) instead of reciprocal ranks; weights and their reasons in decision 0011.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.index.embed import Vectors
from pipeline.records import ClipId

MEANING_SCALE = 6.0
"""Standard deviations above an ordinary clip that count as a full match by meaning; tuned on the development sets."""

SENTENCE_SHARE = 0.2
"""What a clip's nearest sentence counts beside its whole, by meaning; tuned likewise."""

MOST_WORDS = 0.75
"""What a full match by words counts, meaning counting for the rest, where one clip holds nearly all of the question
that a short clip can: nothing where none holds much; tuned likewise."""

FEW_WORDS, MANY_WORDS = 0.1, 0.25
"""How much of a question some clip holds, up to which words count nothing, and from which they count most; tuned
likewise."""

SHORT_QUESTION = 5
"""Words up to which a clip may hold them all: of longer questions, none holds as large a share; tuned likewise."""

_USUAL_DEVIATION = 0.08
"""Of the cosines of one question with ordinary clips, bundled model."""

_GUESSES = 8
"""How many clips the guess counts for: a library of a dozen clips says little of what is ordinary."""


class RowScore(NamedTuple):
    """What an engine found: a clip's row in the generation, and a score (more is better)."""

    row: int
    score: float


class Background(NamedTuple):
    """Cosines of a question with ordinary clips: their mean and standard deviation, for clips and sentences alike."""

    mean: float
    deviation: float


class Candidate(NamedTuple):
    """A clip that may answer: its score, and what words and meaning each said (0: nothing).

    A tuple: each question makes hundreds, and a frozen dataclass takes five times as long to make.

    ``words`` is the engine's keyword score; ``meaning`` is ``cosine`` in standard deviations above an ordinary clip.
    """

    row: int
    clip_id: ClipId
    score: float
    words: float
    meaning: float = 0.0
    cosine: float = 0.0


def best_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Sorted by falling score; equal scores by clip id, so that a page is always the same."""
    return sorted(candidates, key=lambda one: (-one.score, one.clip_id))


def cosines_with(rows: Vectors, vector: Vectors) -> Vectors:
    """The product of ``(n, dimension)`` rows with one vector: ``(n,)`` float32.

    Not ``@``: OpenBLAS shares some thousand rows among threads that then wait for each other. On two busy cores that
    took 7 ms of processor for 2,100 rows of 256, this .04.
    """
    found: Vectors = np.vecdot(rows, vector)
    return found


def clip_cosine(clip: Vectors, sentence: Vectors) -> Vectors:
    """One cosine a clip, of its whole and of its nearest sentence."""
    cosine: Vectors = (1 - SENTENCE_SHARE) * clip + SENTENCE_SHARE * sentence
    return cosine


def background_of(cosines: Vectors) -> Background:
    """The median and the deviation below it, which the clips that answer cannot raise; a guess where there are few."""
    if not len(cosines):
        return Background(0.0, _USUAL_DEVIATION)
    middle = float(np.median(cosines))
    below = cosines[cosines <= middle] - middle
    variance = float(below @ below) + _GUESSES * _USUAL_DEVIATION**2
    return Background(middle, (variance / (len(below) + _GUESSES)) ** 0.5)


def words_weight(best: float, known: float, count: int) -> float:
    """What words count for a question of ``count`` words whose best keyword score is ``best``.

    ``known`` is the share of its words, by rarity, that some clip holds as typed: a score that roots and guesses alone
    brought says little.
    """
    held = best * known * max(1.0, count / SHORT_QUESTION)
    sure = min(1.0, max(0.0, (held - FEW_WORDS) / (MANY_WORDS - FEW_WORDS)))
    return MOST_WORDS * sure


def combined(words: Vectors, meanings: Vectors, known: float, count: int) -> Vectors:
    """The score of each clip from its keyword score and its meaning (standard deviations above the ordinary)."""
    weight = words_weight(float(words.max(initial=0.0)), known, count)
    score: Vectors = weight * words + (1 - weight) * meanings / MEANING_SCALE
    return score
