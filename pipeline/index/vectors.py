"""The vector engine: one FAISS file of clip vectors, searched by inner product (cosine: rows are of unit length).

Exact up to :data:`FLAT_LIMIT` rows, then inverted lists with 8-bit scalar quantisation, all of which are read where a
filter leaves few rows. Never HNSW: it cannot forget a clip, and it finds little under a filter. Row numbers are the
order of the rows handed in.
"""

from __future__ import annotations

import os
from math import ceil
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from pipeline.index.embed import Vectors
from pipeline.index.facets import Mask
from pipeline.index.ranking import RowScore
from pipeline.outputs import write_synced

FLAT_LIMIT = 50_000
"""Rows searched exactly: about 7 ms of one core a query (15 ms were measured for 100,000 rows of 384)."""

_LISTS_PER_ROOT = 4
"""Inverted lists: four times the square root of the rows, FAISS's own advice."""

_TRAINING_ROWS_PER_LIST = 64
"""FAISS warns below 39 and samples down above 256; training time grows with it."""

_PROBED_SHARE = 0.22
"""Of the lists, those read by a query. Among 81,000 real French passages in 1,141 lists, by the bundled encoder, 64
lists held .931 of the ten nearest, 128 .964, 256 .982 (for 1.1 ms)."""

_LEAST_PROBED = 64


EXACT_SHARE = 0.15
"""Up to this share of the rows, every list is read: under a filter of 1 %, 64 lists found .884 of what they should."""


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
        faiss.omp_set_num_threads(os.cpu_count() or 1)  # a search may have asked for one
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
            probed = max(_LEAST_PROBED, ceil(_PROBED_SHARE * self._index.nlist))
            self._index.nprobe = min(probed, self._index.nlist)
            self._index.make_direct_map()  # where each row is: its vector can be read back

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self._index.ntotal)

    def search(self, vector: Vectors, limit: int, allowed: Mask | None = None) -> list[RowScore]:
        """The ``limit`` nearest rows to a ``(dimension,)`` vector, nearest first; fewer where there are fewer.

        ``allowed`` is a ``(count,)`` mask of the rows that may be found.
        """
        left = self.count if allowed is None else int(np.count_nonzero(allowed))
        wanted = min(limit, left)
        if wanted <= 0:
            return []
        # Threads of its own for each thread that asks would spend more waiting than searching.
        faiss.omp_set_num_threads(1)
        probe = np.ascontiguousarray(vector[np.newaxis], dtype=np.float32)
        parameters = self._parameters(allowed, left)
        scores, rows = self._index.search(probe, wanted, params=parameters)
        # FAISS answers -1 where the lists it probed held fewer rows than asked.
        return [RowScore(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]

    def rows(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of some rows: ``(len(rows), dimension)`` float32; quantised ones are decoded."""
        if not len(rows):
            return np.zeros((0, int(self._index.d)), dtype=np.float32)
        found: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return found

    def _parameters(self, allowed: Mask | None, left: int) -> faiss.SearchParameters | None:
        if allowed is None:
            return None
        # FAISS's own Python wrapper takes these; the types of its generated part do not know it.
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
        if not isinstance(self._index, faiss.IndexIVF):
            return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        probed = self._index.nlist if left <= EXACT_SHARE * self.count else self._index.nprobe
        return faiss.SearchParametersIVF(sel=selector, nprobe=probed)  # type: ignore[call-arg]
