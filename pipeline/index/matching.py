"""Which clips answer a question, and in what order: the engine's lists joined, scored and cut where nothing answers.

Takes an :class:`~pipeline.index.engine.Engine`, a question and (where meaning counts) its vector; gives candidates,
best first. Nothing here knows of consent, pages or the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.index.embed import Vectors
from pipeline.index.engine import Engine
from pipeline.index.question import Question
from pipeline.index.ranking import Background, Candidate, best_first, clip_cosine, combined
from pipeline.records import EVERYTHING, Filters, Mode

MEANING_FLOOR = 1.0
"""Standard deviations above an ordinary clip from which a clip answers by its meaning alone; see decision 0008."""

WORDS_FLOOR = 0.08
"""Share of what its words could bring from which a clip answers by words in a hybrid search; see decision 0008."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to an engine. ``vector`` is None where only words count."""

    question: Question
    vector: Vectors | None
    mode: Mode
    filters: Filters = EVERYTHING


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates, best first; ``exhausted`` where asking for more would bring none that answers."""

    candidates: tuple[Candidate, ...]
    exhausted: bool


def rank(engine: Engine, asked: Asked, depth: int) -> Found:
    """The candidates among the ``depth`` best of each side, best first, whether they answer or not."""
    if not engine.size:
        return Found((), exhausted=True)
    words = [] if asked.mode is Mode.SEMANTIC else engine.keyword(asked.question.words, depth, asked.filters)
    if asked.vector is None or asked.mode is Mode.KEYWORD:
        found = [Candidate(one.row, engine.clip_id(one.row), one.score, one.score, 0.0) for one in words]
        return Found(tuple(best_first(found)), len(words) < depth)
    near = engine.semantic(asked.vector, depth, asked.filters)
    rows = np.asarray(sorted({one.row for one in words} | {one.row for one in near}), dtype=np.int64)
    background = engine.background(asked.vector)
    meanings = _meanings(engine, rows, asked.vector, background)
    by_words = dict(words)
    held = np.asarray([by_words.get(int(row), 0.0) for row in rows], dtype=np.float32)
    scores = combined(held, meanings) if asked.mode is Mode.HYBRID else meanings
    found = [
        Candidate(int(row), engine.clip_id(int(row)), float(score), float(word), float(meaning))
        for row, score, word, meaning in zip(rows, scores, held, meanings, strict=True)
    ]
    # The nearest clip left out is no nearer than the last one found, its sentences hardly more.
    spent = len(near) < depth or (near[-1].score - background.mean) / background.deviation < MEANING_FLOOR - 1
    return Found(tuple(best_first(found)), spent and (len(words) < depth or words[-1].score < WORDS_FLOOR))


def answers(candidate: Candidate, mode: Mode) -> bool:
    """Whether a candidate answers at all; judged on it alone, so that no filter and no other clip changes it."""
    if mode is Mode.KEYWORD:
        return candidate.words > 0
    by_meaning = candidate.meaning >= MEANING_FLOOR
    return by_meaning or (mode is Mode.HYBRID and candidate.words >= WORDS_FLOOR)


def _meanings(engine: Engine, rows: np.ndarray, vector: Vectors, background: Background) -> Vectors:
    if not len(rows):
        return np.zeros(0, dtype=np.float32)
    cosines = clip_cosine(engine.cosines(rows, vector), engine.nearest_sentence(rows, vector))
    meanings: Vectors = (cosines - background.mean) / background.deviation
    return meanings
