"""Words and meaning together, on the development sets: joined, they lose nothing that one of them finds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bench.derived import derived
from bench.retrieval import NOWHERE, RetrievalSet, quality, rank_of, sets
from pipeline.index.embed import Embedder
from pipeline.index.ranking import FEW_WORDS, MANY_WORDS, MOST_WORDS, combined, words_weight
from pipeline.index.texts import Text, TextSearch, index_texts
from pipeline.records import Mode

DEV = {one.name: one for one in (*sets(), *derived()) if one.split == "dev"}

BY_NOISE = 0.03
"""Reciprocal rank that a hundred questions or so may cost by luck; what is measured is in bench/results/search.json."""


def reciprocal_rank(search: TextSearch, one: RetrievalSet, mode: Mode) -> float:
    ranks = []
    for question in one.questions:
        found = search.find(question.text, mode, 10)
        ranks.append(found.index(question.passage_id) + 1 if question.passage_id in found else NOWHERE)
    return quality(ranks).reciprocal_rank.value


def alone(embedder: Embedder, one: RetrievalSet) -> float:
    passages = embedder.passages([passage.text for passage in one.passages])
    place = {passage.id: row for row, passage in enumerate(one.passages)}
    scores = [(passages @ embedder.query(question.text)).astype(np.float64) for question in one.questions]
    ranks = [rank_of(row, place[asked.passage_id]) for row, asked in zip(scores, one.questions, strict=True)]
    return quality(ranks).reciprocal_rank.value


@pytest.mark.parametrize("name", ["paraphrase", "keywords", "teen", "exchanges", "questions", "occupations"])
def test_hybrid_loses_nothing_to_its_sides_nor_meaning_to_its_encoder(
    embedder: Embedder, tmp_path: Path, name: str
) -> None:
    """On questions in other words, in the same words, mistyped, and on titles."""
    one = DEV[name]
    texts = [Text(id=passage.id, text=passage.text) for passage in one.passages]
    index_texts(texts, embedder, tmp_path, datetime(2026, 3, 20, tzinfo=UTC))
    search = TextSearch(tmp_path, embedder)
    keyword, semantic, hybrid = (
        reciprocal_rank(search, one, mode) for mode in (Mode.KEYWORD, Mode.SEMANTIC, Mode.HYBRID)
    )

    assert semantic >= alone(embedder, one) - BY_NOISE
    assert hybrid >= max(keyword, semantic) - BY_NOISE


def test_words_weigh_more_the_more_of_the_question_they_are() -> None:
    """From the least to the most; what roots and guesses brought, of words that nobody said, stays at the least."""
    between = (FEW_WORDS + MANY_WORDS) / 2

    assert 0.0 == words_weight(FEW_WORDS, 1.0, 3) == words_weight(1.0, 0.0, 3)
    assert MOST_WORDS == words_weight(MANY_WORDS, 1.0, 3) == words_weight(1.0, 1.0, 3)
    assert 0 < words_weight(between, 1.0, 3) < words_weight(between, 1.0, 6) <= MOST_WORDS


def test_a_clip_that_both_sides_prefer_comes_first() -> None:
    """Agreement needs no term of its own."""
    words, meanings = np.asarray([0.4, 0.4, 0.0], np.float32), np.asarray([4.0, 1.0, 4.0], np.float32)

    assert 0 == int(np.argmax(combined(words, meanings, 1.0, 3)))
