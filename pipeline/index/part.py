"""One opened part of a generation: the files of one directory, as they were written.

Takes a verified directory, gives its clips, vectors, keywords and facets by its own row numbers, whether or not a row
is still searched: :class:`pipeline.index.opened.Generation` knows that. Never written to, so generations share it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from pipeline.index.analysis import Token
from pipeline.index.embed import Vectors
from pipeline.index.facets import FacetColumns
from pipeline.index.keywords import KeywordIndex
from pipeline.index.manifest import (
    CLIPS,
    FACETS,
    KEYWORDS,
    LABELS,
    SENTENCES,
    VECTORS,
    VOCABULARY,
    ClipRows,
    Manifest,
    damaged,
)
from pipeline.index.ranking import cosines_with
from pipeline.index.vectors import VectorIndex, dequantised
from pipeline.records import ClipId

_REMEMBERED_CLIPS = 5_000
"""Clips whose terms by sentence are kept in memory, ten kilobytes or so each: analysing them anew is half of an
answer."""


class Said(NamedTuple):
    """A sentence as search sees it: its words' terms and places, and whether it says something.

    An « Alors, euh » does not.
    """

    tokens: tuple[Token, ...]
    terms: frozenset[str]
    says_something: bool


class OpenedPart:
    """The files of one directory. Safe to use from several threads."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open a verified directory.

        Raises:
            IndexUnavailable: a file cannot be opened; the sentence names it.
        """
        try:
            opening = CLIPS
            self.clips = ClipRows.model_validate_json((folder / CLIPS).read_bytes()).clips
            opening = VECTORS
            self.vectors = VectorIndex(folder / VECTORS)
            opening = SENTENCES
            # NumPy cannot map a file without rows.
            self._sentences = np.load(folder / SENTENCES, mmap_mode="r" if manifest.sentences else None)
            opening = KEYWORDS
            self.keywords = KeywordIndex(folder / KEYWORDS)
            opening = FACETS
            self.facets = FacetColumns.read(folder / FACETS, folder / LABELS)
            opening = VOCABULARY
            lines = [line.split(" ", 1) for line in (folder / VOCABULARY).read_text("utf-8").splitlines()]
            self.vocabulary = {word: int(count) for count, word in lines}
        except (OSError, ValueError, KeyError, RuntimeError, ValidationError) as error:
            raise damaged(opening) from error
        self._said: dict[ClipId, tuple[int, tuple[Said, ...]]] = {}
        self._firsts = np.asarray([clip.first_sentence for clip in self.clips], dtype=np.int64)
        self._counts = np.asarray([clip.sentences for clip in self.clips], dtype=np.int64)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.clips)

    def cosines(self, rows: NDArray[np.int64], vector: Vectors) -> Vectors:
        """Cosine of each row's clip with a unit vector: ``(len(rows),)`` float32."""
        return cosines_with(self.vectors.rows(rows), vector)

    def nearest_sentence(self, rows: NDArray[np.int64], vector: Vectors) -> Vectors:
        """Cosine of each row's nearest sentence: ``(len(rows),)`` float32; that of the clip where it has none."""
        spoken, counts = self.spoken(rows)
        return nearest(cosines_with(spoken, vector), counts, self.cosines(rows, vector) if not counts.all() else None)

    def spoken(self, rows: NDArray[np.int64]) -> tuple[Vectors, NDArray[np.int64]]:
        """The vectors of the sentences of some rows, one row's after the other, and how many each row has."""
        counts = self._counts[rows]
        starts = np.cumsum(counts) - counts
        places = np.repeat(self._firsts[rows] - starts, counts) + np.arange(counts.sum())
        return dequantised(self._sentences[places]), counts

    def sentence_scores(self, row: int, vector: Vectors) -> Vectors:
        """Cosine of each sentence of a row's clip with a unit vector: ``(sentences,)`` float32."""
        first, count = self._firsts[row], self._counts[row]
        return cosines_with(dequantised(self._sentences[first : first + count]), vector)

    def remembered(self, clip_id: ClipId, texts: tuple[str, ...], analyse: Callable[[str], Said]) -> tuple[Said, ...]:
        """What ``analyse`` gives for each of a clip's texts, kept as long as the part is open and they are the same.

        Terms only, like in its files.
        """
        now = hash(texts)
        held = self._said.get(clip_id)
        if held is None or held[0] != now:
            if len(self._said) >= _REMEMBERED_CLIPS:
                self._said.clear()
            held = self._said[clip_id] = now, tuple(map(analyse, texts))
        return held[1]


def nearest(scores: Vectors, counts: NDArray[np.int64], otherwise: Vectors | None) -> Vectors:
    """The best of each row's scores, ``counts`` of which belong to each: ``(len(counts),)`` float32.

    ``otherwise`` is taken where a row has none; without one, every row has some.
    """
    best = np.empty(len(counts), dtype=np.float32) if otherwise is None else otherwise.copy()
    some = np.flatnonzero(counts)
    if len(some):
        best[some] = np.maximum.reduceat(scores, (np.cumsum(counts) - counts)[some])
    return best
