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
from pipeline.index.ranking import Candidate, best_first, clip_cosine, combined
from pipeline.records import EVERYTHING, Filters, Mode

MEANING_FLOOR = 1.0
"""Standard deviations above an ordinary clip from which a clip answers by its meaning alone; see decision 0011."""

NONSENSE = ("zglub frtz", "asdfgh", "xqzvbn", "qsdf jklm wxcv", "aaaaaaa", "blablabla", "klmno", "1234567", "le la les")
"""Questions that mean nothing: a clip no nearer than the nearest clip to these answers nothing either. Measured with
each model, for each has its own scale of cosines."""

WORDS_FLOOR = 0.08
"""Share of what its words could bring from which a clip answers by words in a hybrid search; see decision 0011."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to an engine.

    ``vector`` is None where only words count; ``noise`` is the cosine that a question without meaning reaches.
    """

    question: Question
    vector: Vectors | None
    mode: Mode
    noise: float = -1.0
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
    cosines = clip_cosine(engine.cosines(rows, asked.vector), engine.nearest_sentence(rows, asked.vector))
    meanings = (cosines - background.mean) / background.deviation
    by_words = dict(words)
    held = np.asarray([by_words.get(int(row), 0.0) for row in rows], dtype=np.float32)
    scores = meanings
    if asked.mode is Mode.HYBRID:
        scores = combined(held, meanings, _known(engine, asked.question), len(asked.question.words))
    columns = (rows, scores, held, meanings, cosines)
    found = [
        Candidate(row, engine.clip_id(row), *numbers)
        for row, *numbers in zip(*(column.tolist() for column in columns), strict=True)
    ]
    # The nearest clip left out is no nearer than the last one found, its sentences hardly more.
    spent = len(near) < depth or (near[-1].score - background.mean) / background.deviation < MEANING_FLOOR - 1
    return Found(tuple(best_first(found)), spent and (len(words) < depth or words[-1].score < WORDS_FLOOR))


def _known(engine: Engine, question: Question) -> float:
    """The share of a question's words, by rarity, that some clip holds as typed; 0 where it has none."""
    rarities = [(word.known, engine.rarity(word)) for word in question.words]
    total = sum(rarity for _, rarity in rarities)
    return sum(rarity for known, rarity in rarities if known) / total if total > 0 else 0.0


def answers(candidate: Candidate, asked: Asked) -> bool:
    """Whether a candidate answers at all; judged on it alone, so that no filter and no other clip changes it."""
    if asked.mode is Mode.KEYWORD:
        return candidate.words > 0
    by_meaning = means_it(candidate, asked)
    return by_meaning or (asked.mode is Mode.HYBRID and candidate.words >= WORDS_FLOOR)


def means_it(candidate: Candidate, asked: Asked) -> bool:
    """Whether a candidate's meaning answers: above what is ordinary, and above what nonsense reaches."""
    return candidate.meaning >= MEANING_FLOOR and candidate.cosine > asked.noise
