"""Lexical cohesion: how much two stretches of a meeting speak with the same words.

Takes texts, gives exact sparse tf-idf vectors (no projection, no model) and what is computed from them: the
cosine of two stretches and the scatter of a stretch around its own centre. Words are folded French stems without
stop words; inverse document frequency is counted over documents of about sixty content words, the scale of an
exchange. Sentence embeddings, where there are any, stand beside them (:func:`joined`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.segment.english import ENGLISH_STOP_WORDS
from pipeline.segment.lexicon import content, stem

_DOCUMENT_WORDS = 60  # content words: roughly one spoken answer of a minute
_COLUMNS = 256  # with their zeros at once: 40 MB for a talk of twenty thousand lines


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Non-zero coordinates: ``indices`` int64 ascending, ``values`` float64, same length."""

    indices: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Vectors:
    """One vector of unit length (or empty) a text, over ``dimension`` stems."""

    rows: tuple[SparseVector, ...]
    dimension: int


def tf_idf(texts: Sequence[str]) -> Vectors:
    """Weigh the words of each text by how rare they are in the whole meeting."""
    stems = [[stem(one) for one in content(text) if one not in ENGLISH_STOP_WORDS] for text in texts]
    vocabulary = {one: index for index, one in enumerate(dict.fromkeys(one for row in stems for one in row))}
    frequency: Counter[str] = Counter()
    documents = 0
    document: list[str] = []
    for number, row in enumerate(stems):
        document += row
        if len(document) >= _DOCUMENT_WORDS or (number == len(stems) - 1 and document):
            frequency.update(set(document))
            documents += 1
            document = []
    idf = {one: math.log((1 + documents) / count) for one, count in frequency.items()}
    return Vectors(tuple(_row(row, vocabulary, idf) for row in stems), len(vocabulary))


def total(vectors: Vectors, start: int, stop: int) -> NDArray[np.float64]:
    """The sum of rows ``[start, stop)``, dense, shape ``(dimension,)``."""
    summed = np.zeros(vectors.dimension)
    for row in vectors.rows[start:stop]:
        summed[row.indices] += row.values
    return summed


def in_columns(vectors: Vectors) -> Iterator[NDArray[np.float64]]:
    """The rows with their zeros, some stems at a time, ``(rows, stems)``: all at once would fill the memory."""
    counts = [len(row.indices) for row in vectors.rows]
    lines = np.repeat(np.arange(len(counts)), counts)
    stems = np.concatenate([row.indices for row in vectors.rows])
    values = np.concatenate([row.values for row in vectors.rows])
    order = np.argsort(stems, kind="stable")
    for start in range(0, vectors.dimension, _COLUMNS):
        stop = min(start + _COLUMNS, vectors.dimension)
        part = order[slice(*np.searchsorted(stems[order], [start, stop]))]
        rows = np.zeros((len(counts), stop - start))
        rows[lines[part], stems[part] - start] = values[part]
        yield rows


def smoothed(vectors: Vectors, reach: Sequence[tuple[int, int]]) -> Vectors:
    """For each ``[start, stop)``, the sum of those rows brought to unit length."""
    rows: list[SparseVector] = []
    for start, stop in reach:
        near = vectors.rows[start:stop]
        indices, places = np.unique(np.concatenate([row.indices for row in near]), return_inverse=True)
        values = np.zeros(len(indices))
        np.add.at(values, places, np.concatenate([row.values for row in near]))
        rows.append(SparseVector(indices, _unit(values)))
    return Vectors(tuple(rows), vectors.dimension)


def joined(vectors: Vectors, meanings: NDArray[np.float64], reach: Sequence[tuple[int, int]]) -> Vectors:
    """Words and meanings side by side, half of the weight each: their scatter is the mean of the two.

    Args:
        vectors: smoothed rows, by words.
        meanings: one row a text, ``(rows, dimension)``, by an embedder; zeros where a text says too little.
        reach: as for :func:`smoothed`.
    """
    rows: list[SparseVector] = []
    after = np.arange(vectors.dimension, vectors.dimension + meanings.shape[1], dtype=np.int64)
    for row, (start, stop) in zip(vectors.rows, reach, strict=True):
        meant = _unit(meanings[start:stop].sum(axis=0))
        values = np.concatenate([row.values, meant]) * math.sqrt(0.5)
        rows.append(SparseVector(np.concatenate([row.indices, after]), values))
    return Vectors(tuple(rows), vectors.dimension + meanings.shape[1])


def cosine(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """The cosine of two dense vectors; 0 where one is empty."""
    norms = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / norms if norms > 0 else 0.0


class GrowingScatter:
    """The scatter of a stretch that grows by one row at a time, without summing it again.

    For rows of unit length ``v`` and weights ``w``, the scatter is ``Σ w|v|² - |Σ w v|² / Σ w``, in the unit of
    the weights: 0 when all rows agree.
    """

    def __init__(self, vectors: Vectors, weights: Sequence[float]) -> None:
        self._vectors = vectors
        self._weights = weights
        self._sum = np.zeros(vectors.dimension)
        self._touched: list[NDArray[np.int64]] = []
        self.reset()

    def reset(self) -> None:
        """Start again from nothing."""
        for indices in self._touched:
            self._sum[indices] = 0.0
        self._touched = []
        self._square = self._own = self._weight = 0.0

    def add(self, row: int) -> float:
        """Add one row and give the scatter of all the rows added since the last reset."""
        vector, weight = self._vectors.rows[row], self._weights[row]
        added = weight * vector.values
        before = self._sum[vector.indices]
        self._square += float(added @ (2 * before + added))
        self._sum[vector.indices] = before + added
        self._own += weight * float(vector.values @ vector.values)
        self._weight += weight
        self._touched.append(vector.indices)
        return max(0.0, self._own - self._square / self._weight)


def _row(stems: list[str], vocabulary: dict[str, int], idf: dict[str, float]) -> SparseVector:
    counts = Counter(stems)
    ordered = sorted(counts, key=vocabulary.__getitem__)
    indices = np.array([vocabulary[one] for one in ordered], dtype=np.int64)
    values = np.array([(1 + math.log(counts[one])) * idf[one] for one in ordered], dtype=np.float64)
    return SparseVector(indices, _unit(values))


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = float(np.linalg.norm(values))
    return values / norm if norm > 0 else values
