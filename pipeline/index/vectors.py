"""The vector engine: one FAISS file of clip vectors, searched by inner product (cosine: rows are of unit length).

Exact up to :data:`FLAT_LIMIT` rows, then inverted lists with 8-bit scalar quantisation. Never HNSW: it cannot
forget a clip, and it finds little under a filter. Row numbers are the order of the rows handed in.
"""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np

from pipeline.index.embed import Vectors
from pipeline.index.ranking import RowScore
from pipeline.outputs import write_synced

FLAT_LIMIT = 50_000
"""Rows searched exactly: about 7 ms of one core a query (15 ms were measured for 100,000 rows of 384)."""

_LISTS_PER_ROOT = 4
"""Inverted lists: four times the square root of the rows, FAISS's own advice."""

_TRAINING_ROWS_PER_LIST = 64
"""FAISS warns below 39 and samples down above 256; training time grows with it."""

_PROBED_LISTS = 64
"""Lists read by a query: .991 of the ten nearest found among 100,000 synthetic vectors in 1,024 lists, for 0.9 ms."""


def write_vectors(rows: Vectors, path: Path, flat_limit: int = FLAT_LIMIT) -> None:
    """Write the index of ``(n, dimension)`` float32 rows of unit length. The same rows give the same file.

    Raises:
        StorageFull: no room left.
    """
    count, dimension = rows.shape
    index: faiss.Index
    if count <= flat_limit:
        index = faiss.IndexFlatIP(dimension)
    else:
        lists = max(1, int(_LISTS_PER_ROOT * count**0.5))
        index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        sample = np.random.default_rng(0).permutation(count)[: lists * _TRAINING_ROWS_PER_LIST]
        index.train(rows[np.sort(sample)])
    index.add(rows)
    # Not faiss.write_index: on a full disk it raises an error that says nothing of it.
    write_synced(path, faiss.serialize_index(index).tobytes())


class VectorIndex:
    """An opened vector file. Safe to search from several threads."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            RuntimeError: it is no FAISS file.
        """
        self._index = faiss.read_index(str(path))
        if isinstance(self._index, faiss.IndexIVF):
            self._index.nprobe = min(_PROBED_LISTS, self._index.nlist)

    def search(self, vector: Vectors, limit: int) -> list[RowScore]:
        """The ``limit`` nearest rows to a ``(dimension,)`` vector, nearest first; fewer where there are fewer."""
        wanted = min(limit, int(self._index.ntotal))
        if wanted <= 0:
            return []
        scores, rows = self._index.search(np.ascontiguousarray(vector[np.newaxis], dtype=np.float32), wanted)
        # FAISS answers -1 where the lists it probed held fewer rows than asked.
        return [RowScore(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]
