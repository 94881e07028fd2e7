"""Ranked lists, and how two of them become one: reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009).

Only ranks are added, because BM25 scores and cosines have no common scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.records import ClipId

RRF_K = 60
"""The constant of the 2009 paper: how fast the weight of a rank falls."""


class RowScore(NamedTuple):
    """What an engine found: a clip's row in the generation, and a score (more is better)."""

    row: int
    score: float


class Scored(NamedTuple):
    """A clip and its score (more is better)."""

    clip_id: ClipId
    score: float


def best_first(scored: Sequence[Scored]) -> list[Scored]:
    """Sorted by falling score; equal scores by clip id, so that a page is always the same."""
    return sorted(scored, key=lambda one: (-one.score, one.clip_id))


def fuse(*lists: Sequence[Scored]) -> list[Scored]:
    """One list of several, best first: a clip's score is the sum of ``1 / (RRF_K + rank)``, ranks from 1."""
    totals: dict[ClipId, float] = {}
    for ranked in lists:
        for rank, one in enumerate(ranked, start=1):
            totals[one.clip_id] = totals.get(one.clip_id, 0.0) + 1.0 / (RRF_K + rank)
    return best_first([Scored(clip_id, score) for clip_id, score in totals.items()])
