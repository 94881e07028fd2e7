"""The retrieval sets and the figures made of them."""

from __future__ import annotations

import numpy as np
import pytest

from bench.retrieval import KINDS, NOWHERE, difference, quality, rank_of, sets, spoken
from pipeline.index.analysis import analyse
from training.encoder.material import TEXT


def test_a_rank_counts_what_is_above_and_what_ties() -> None:
    """Equal scores earn nothing: a method that scores everything alike is last, not first."""
    scores = np.array([0.5, 0.9, 0.5, 0.1])

    assert [3, 1, 3, 4] == [rank_of(scores, right) for right in range(4)]


def test_quality_is_the_share_found_and_the_mean_reciprocal_rank() -> None:
    """Rank 1, 2, 6, 11 and nowhere: beyond ten, a rank is worth nothing."""
    found = quality([1, 2, 6, 11, NOWHERE])

    assert (0.2, 0.4, round((1 + 1 / 2 + 1 / 6) / 5, 4)) == (
        found.first.value,
        found.within_five.value,
        found.reciprocal_rank.value,
    )
    assert found.first.low <= found.first.value <= found.first.high


def test_a_difference_is_paired() -> None:
    """The same ranks differ by nothing, surely; better ranks everywhere are surely better."""
    same, better = difference([1, 5, 9], [1, 5, 9]), difference([1, 1, 1], [2, 2, 2])

    assert (0.0, 0.0, 0.0) == (same.value, same.low, same.high)
    assert (0.5, 0.5, 0.5) == (better.value, better.low, better.high)


def test_there_are_two_hundred_passages_and_a_quarter_is_held_out() -> None:
    """Each has its three queries, and ids are unique."""
    rows = spoken()

    assert len(rows) >= 200
    assert len({one.id for one in rows}) == len(rows)
    assert 0.2 < sum(one.split == "held_out" for one in rows) / len(rows) < 0.3
    assert all(getattr(one, kind).strip() for one in rows for kind in KINDS)


def test_a_paraphrase_shares_no_word_with_its_passage() -> None:
    """By the product's own stems, function words apart: nothing but meaning can find it."""
    shared = {}
    for one in spoken():
        said = {term for token in analyse(one.text) if not token.function_word for term in token.terms}
        asked = [token for token in analyse(one.paraphrase) if not token.function_word]
        words = [one.paraphrase[token.start : token.end] for token in asked if said & set(token.terms)]
        if words:
            shared[one.id] = words

    assert {} == shared


@pytest.mark.parametrize("split", ["dev", "held_out"])
def test_every_question_has_its_passage(split: str) -> None:
    """In each set of both halves; no query stands in the two halves."""
    chosen = [one for one in sets() if one.split == split]

    assert [*KINDS, "exchanges"] == [one.name for one in chosen]
    for one in chosen:
        ids = {passage.id for passage in one.passages}
        assert {question.passage_id for question in one.questions} <= ids


def test_nobody_trained_on_the_passages() -> None:
    """No passage and no query of the sets stands in the training text of this repository."""
    text = "\n".join(path.read_text("utf-8") for path in TEXT.glob("*.txt"))
    found = [one.id for one in spoken() if any(words in text for words in (one.text, one.paraphrase, one.teen))]

    assert [] == found
