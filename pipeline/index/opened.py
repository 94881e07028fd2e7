"""One opened generation: its parts searched as one index.

Takes a manifest and its opened parts, gives :class:`Generation`, the embedded engine. Its rows are those of its parts,
one part after the other, less what later parts replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import IndexMismatch
from pipeline.index.embed import Embedder, Vectors
from pipeline.index.facets import FacetColumns, Mask
from pipeline.index.keywords import Collection
from pipeline.index.manifest import Manifest
from pipeline.index.matching import NONSENSE
from pipeline.index.part import OpenedPart, Said, nearest
from pipeline.index.question import Wanted
from pipeline.index.ranking import Background, RowScore, background_of, clip_cosine, cosines_with
from pipeline.index.spelling import Speller
from pipeline.records import EVERYTHING, ClipId, Filters

Rows = NDArray[np.int64]

_BACKGROUND_CLIPS = 256
"""Ordinary clips that a question is compared with; their deviation is then known within about 5 %."""


_NONE: Vectors = np.zeros((0, 1), dtype=np.float32)


class _Ordinary(NamedTuple):
    """Vectors of ordinary clips, of their sentences one clip's after the other, and how many each clip has."""

    clips: Vectors
    sentences: Vectors
    counts: Rows


class Generation:
    """The embedded :class:`pipeline.index.engine.Engine`. Safe to use from several threads."""

    def __init__(self, manifest: Manifest, parts: Sequence[OpenedPart]) -> None:
        """Join opened parts, the generation's own files last."""
        self.manifest = manifest
        self._parts = tuple(parts)
        dropped = [*(part.dropped for part in manifest.parts), ()]
        self._living = [_without(part.size, gone) for part, gone in zip(parts, dropped, strict=True)]
        self._starts = np.cumsum([0, *map(len, self._living)])
        self.facets = (
            parts[0].facets
            if len(parts) == 1
            else FacetColumns.joined([(part.facets, rows) for part, rows in zip(parts, self._living, strict=True)])
        )
        self._keywords = Collection([part.keywords for part in parts])
        self._noise: float | None = None
        self._ids: list[ClipId] = [
            part.clips[row].clip_id for part, rows in zip(parts, self._living, strict=True) for row in rows
        ]
        self._rows = {clip_id: row for row, clip_id in enumerate(self._ids)}

    @property
    def name(self) -> str:
        """The generation's name, new with each build."""
        return self.manifest.name

    @property
    def size(self) -> int:
        """How many clips it holds."""
        return len(self._ids)

    @property
    def parts(self) -> dict[str, OpenedPart]:
        """Its opened parts, by the SHA-256 of what they are made of."""
        names = [*(part.manifest_sha256 for part in self.manifest.parts), self.manifest.sha256]
        return dict(zip(names, self._parts, strict=True))

    @cached_property
    def speller(self) -> Speller:
        """The words of its clips, to correct questions with."""
        counts: Counter[str] = Counter()
        for part in self._parts:
            counts.update(part.vocabulary)
        words = sorted(counts)
        return Speller(words, [counts[word] for word in words])

    def clip_id(self, row: int) -> ClipId:
        """The clip of a row."""
        return self._ids[row]

    def row(self, clip_id: ClipId) -> int | None:
        """The row of a clip; None where the generation does not hold it."""
        return self._rows.get(clip_id)

    def keyword(self, words: Sequence[Wanted], limit: int, filters: Filters = EVERYTHING) -> list[RowScore]:
        """The ``limit`` rows that match the words best (BM25, 1 at most or nearly) and pass the filters."""
        found: list[RowScore] = []
        for place, part in enumerate(self._parts):
            # What was replaced is still in the part's files: that many more, and all that is left is found.
            deeper = limit + part.size - len(self._living[place])
            found += self._scored(place, self._keywords.search(place, words, deeper, filters))
        return _best(found, limit, len(self._parts))

    def starting_with(self, words: Sequence[str], limit: int) -> list[int]:
        """Rows whose title, occupation or tags hold every folded word, the last of which may be unfinished."""
        found: list[RowScore] = []
        for place, part in enumerate(self._parts):
            rows = part.keywords.starting_with(words, limit + part.size - len(self._living[place]))
            found += self._scored(place, [RowScore(row, 0.0) for row in rows])
        return [row for row, _ in found[:limit]]

    def semantic(self, vector: Vectors, limit: int, filters: Filters = EVERYTHING) -> list[RowScore]:
        """The ``limit`` rows nearest to a ``(dimension,)`` unit vector (cosine) that pass the filters."""
        allowed = self.facets.allowed(filters)
        found: list[RowScore] = []
        for place, part in enumerate(self._parts):
            found += self._scored(place, part.vectors.search(vector, limit, self._mask(place, allowed)))
        return _best(found, limit, len(self._parts))

    def cosines(self, rows: Rows, vector: Vectors) -> Vectors:
        """Cosine of each row's clip with a unit vector: ``(len(rows),)`` float32."""
        cosines = np.empty(len(rows), dtype=np.float32)
        for part, places, own in self._by_part(rows):
            cosines[places] = part.cosines(own, vector)
        return cosines

    def vector(self, row: int) -> Vectors:
        """The vector of a row: ``(dimension,)`` float32."""
        ((part, _, own),) = self._by_part(np.asarray([row], dtype=np.int64))
        found: Vectors = part.vectors.rows(own)[0]
        return found

    def nearest_sentence(self, rows: Rows, vector: Vectors) -> Vectors:
        """Cosine of each row's nearest sentence: ``(len(rows),)`` float32; that of the clip where it has none."""
        best = np.empty(len(rows), dtype=np.float32)
        for part, places, own in self._by_part(rows):
            best[places] = part.nearest_sentence(own, vector)
        return best

    def background(self, vector: Vectors) -> Background:
        """How near an ordinary clip of this generation is to a unit vector."""
        ordinary = self._ordinary
        clips, sentences = (cosines_with(rows, vector) for rows in (ordinary.clips, ordinary.sentences))
        return background_of(clip_cosine(clips, nearest(sentences, ordinary.counts, clips)))

    def noise(self, embedder: Embedder) -> float:
        """The cosine that a question without meaning reaches among its clips, by this model; computed once."""
        if self._noise is None:
            reached = [-1.0]
            for one in NONSENSE:
                vector = embedder.query(one)
                rows = np.asarray([found.row for found in self.semantic(vector, 1)], dtype=np.int64)
                reached += clip_cosine(self.cosines(rows, vector), self.nearest_sentence(rows, vector)).tolist()
            self._noise = max(reached)
        return self._noise

    @cached_property
    def _ordinary(self) -> _Ordinary:
        """Clips taken at equal distances, with their sentences: some megabytes, that each question reads."""
        rows = np.unique(np.linspace(0, max(0, self.size - 1), min(self.size, _BACKGROUND_CLIPS)).astype(np.int64))
        clips, sentences, counts = [_NONE], [_NONE], [np.zeros(0, dtype=np.int64)]
        for part, _, own in self._by_part(rows):  # in the order of the rows
            spoken, own_counts = part.spoken(own)
            clips.append(part.vectors.rows(own))
            sentences.append(spoken)
            counts.append(own_counts)
        joined = [np.concatenate(blocks[1:] or blocks) for blocks in (clips, sentences)]
        return _Ordinary(joined[0], joined[1], np.concatenate(counts))

    def sentence_scores(self, clip_id: ClipId, vector: Vectors) -> Vectors:
        """Cosine of each sentence of a clip with a unit vector: ``(sentences,)`` float32; empty if unknown."""
        row = self._rows.get(clip_id)
        if row is None:
            return np.zeros(0, dtype=np.float32)
        ((part, _, own),) = self._by_part(np.asarray([row], dtype=np.int64))
        return part.sentence_scores(int(own[0]), vector)

    def remembered(self, clip_id: ClipId, texts: tuple[str, ...], analyse: Callable[[str], Said]) -> tuple[Said, ...]:
        """What ``analyse`` gives for each of a clip's texts, kept; see :meth:`OpenedPart.remembered`."""
        row = self._rows.get(clip_id)
        if row is None:
            return tuple(map(analyse, texts))
        ((part, _, _),) = self._by_part(np.asarray([row], dtype=np.int64))
        return part.remembered(clip_id, texts, analyse)

    def rarity(self, word: Wanted) -> float:
        """Weight of a word among the clips of this generation, above 0: the rarer, the more it says."""
        return self._keywords.rarity(word)

    def require_embedder(self, identity: str) -> None:
        """Check that queries are embedded by the model that embedded the clips.

        Raises:
            IndexMismatch: they are not.
        """
        if identity != self.manifest.embedder:
            raise IndexMismatch(
                "L'index a été construit avec un autre modèle sémantique que celui du réglage VIDEOTHEQUE_EMBEDDER ; "
                "reconstruisez l'index, ou remettez l'ancien réglage."
            )

    def _by_part(self, rows: Rows) -> Iterator[tuple[OpenedPart, Rows, Rows]]:
        """Each part that holds some of ``rows``: which of them (places), and their rows in the part."""
        if len(self._parts) == 1:
            if len(rows):
                yield self._parts[0], np.arange(len(rows)), rows
            return
        parts = np.searchsorted(self._starts, rows, side="right") - 1
        for number in np.unique(parts):
            places = np.flatnonzero(parts == number)
            yield self._parts[number], places, self._living[number][rows[places] - self._starts[number]]

    def _scored(self, place: int, found: Sequence[RowScore]) -> list[RowScore]:
        """What a part found, by the generation's rows; what was replaced is left out."""
        living, start = self._living[place], int(self._starts[place])
        if len(living) == self._parts[place].size:
            return [RowScore(start + row, score) for row, score in found] if start else list(found)
        at = np.searchsorted(living, [row for row, _ in found])
        return [
            RowScore(start + int(own), score)
            for own, (row, score) in zip(at, found, strict=True)
            if own < len(living) and living[own] == row
        ]

    def _mask(self, place: int, allowed: Mask | None) -> Mask | None:
        """The rows of a part that may be found; None where all may."""
        living, size = self._living[place], self._parts[place].size
        if allowed is None and len(living) == size:
            return None
        mask = np.zeros(size, dtype=np.bool_)
        mask[living] = True if allowed is None else allowed[self._starts[place] : self._starts[place + 1]]
        return mask


def _without(size: int, dropped: Sequence[int]) -> Rows:
    living = np.ones(size, dtype=np.bool_)
    living[list(dropped)] = False
    return np.flatnonzero(living)


def _best(found: list[RowScore], limit: int, parts: int) -> list[RowScore]:
    """The best of what several parts found; of equals the first row."""
    return found[:limit] if parts == 1 else sorted(found, key=lambda one: (-one.score, one.row))[:limit]
