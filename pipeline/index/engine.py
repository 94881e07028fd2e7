"""The seam: what search asks of an engine, embedded or distributed.

One interface over words already analysed and vectors already computed, so that no engine's own French decides what is
found. :class:`pipeline.index.opened.Generation` is the embedded one. Rows are the engine's own numbers of clips, valid
as long as the engine is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.index.embed import Vectors
from pipeline.index.question import Wanted
from pipeline.index.ranking import Background, RowScore
from pipeline.records import ClipId, Filters


class Engine(Protocol):
    """An opened index. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """The generation's name, new with each build."""
        ...

    @property
    def size(self) -> int:
        """How many clips it holds."""
        ...

    def clip_id(self, row: int) -> ClipId:
        """The clip of a row."""
        ...

    def keyword(self, words: Sequence[Wanted], limit: int, filters: Filters) -> list[RowScore]:
        """The ``limit`` rows that match the words best and pass the filters, best first (1: every word, often)."""
        ...

    def semantic(self, vector: Vectors, limit: int, filters: Filters) -> list[RowScore]:
        """The ``limit`` rows nearest to a unit vector that pass the filters, nearest first (cosine)."""
        ...

    def cosines(self, rows: NDArray[np.int64], vector: Vectors) -> Vectors:
        """Cosine of each row's clip with a unit vector: ``(len(rows),)`` float32."""
        ...

    def nearest_sentence(self, rows: NDArray[np.int64], vector: Vectors) -> Vectors:
        """Cosine of each row's nearest sentence: ``(len(rows),)`` float32; that of the clip where it has none."""
        ...

    def background(self, vector: Vectors) -> Background:
        """How near an ordinary clip is to a unit vector."""
        ...

    def rarity(self, word: Wanted) -> float:
        """Weight of a word, above 0: the rarer, the more it says."""
        ...
