"""The vector engine: one FAISS file of clip vectors, searched by inner product (cosine: rows are of unit length).

Exact up to :data:`FLAT_LIMIT` rows. Above, rows are ranked by short codes (products of four bits, looked up in
registers: André, Kermarrec and Le Scouarnec, 2017), and the best ranked again by eight bits a number. Short codes lie
in inverted lists where reading a few of these finds what reading all does, tried at build on these very rows; else in
one block. Never HNSW: it cannot forget a clip, and it finds little under a filter. Row numbers are the order of the
rows handed in. See decision 0017.
"""

from __future__ import annotations

from math import ceil, sqrt
from pathlib import Path
from typing import cast

import faiss
import numpy as np
from numpy.typing import NDArray

from pipeline.index.embed import Vectors
from pipeline.index.facets import Mask
from pipeline.index.ranking import RowScore
from pipeline.outputs import write_synced

FLAT_LIMIT = 10_000
"""Rows searched exactly: about 1.5 ms of one core a query, beyond which short codes are several times faster."""

BLOCK_LIMIT = 50_000
"""Rows whose short codes are one block without trying lists: .25 ms a query among 68,000 real passages."""

_LISTS_PER_ROOT = 4
"""Inverted lists: four times the square root of the rows, FAISS's own advice."""

_TRAINING_ROWS_PER_LIST = 40
"""FAISS warns below 39; training time grows with it."""

_TRAINING_ROWS = 10_000
"""For short codes and the range of each number: some hundred for each of sixteen values."""

_TRIED, _TRIED_DEPTH = 500, 10
"""Questions tried at build, between two rows each, and how many rows each should find: a miss in a thousand shows."""

_FOUND_SHARE = 0.997
"""Of what reading every list finds, what reading some must. Real questions are a little harder than those tried: where
these found .995, questions of ours found .985 among 136,000 passages."""

_OPENING_ROWS = 400
"""Reading a list costs as much as this many rows of one block, beside its own rows (1 µs, and 2.5 ns a row)."""

_EXACT_ROWS = 40
"""Ranking a row that a filter leaves by its eight bits alone costs as much as this many of one block (100 ns)."""

_BYTE = 127
"""The largest number of one byte, for the largest of a row of unit length."""

_LEAST_RANKED = 300
"""Rows ranked again for a question: among 136,000 real passages, 100 held .985 of the ten nearest, 200 .9905, 400 no
more (what eight bits a number can tell apart); among 20,000 that are more alike, 200 held .980."""


def write_vectors(rows: Vectors, path: Path, flat_limit: int = FLAT_LIMIT, block_limit: int = BLOCK_LIMIT) -> None:
    """Write the index of ``(n, dimension)`` float32 rows of unit length. The same rows give the same file.

    Raises:
        StorageFull: no room left.
    """
    count, dimension = rows.shape
    # On two busy cores two threads waited for each other: 21 s instead of 1.1 for 20,000 rows.
    faiss.omp_set_num_threads(1)
    index: faiss.Index
    if count <= flat_limit:
        index = faiss.IndexFlatIP(dimension)
        index.add(rows)
    else:
        index = (_in_lists(rows) if count > block_limit else None) or _filled(1, rows)
    # Not faiss.write_index: on a full disk it raises an error that says nothing of it.
    write_synced(path, faiss.serialize_index(index).tobytes())


def _in_lists(rows: Vectors) -> faiss.IndexRefine | None:
    """The short codes in lists, as few of which are read as will do; None where one block is read faster."""
    count = len(rows)
    lists = max(1, min(int(_LISTS_PER_ROOT * sqrt(count)), count // _TRAINING_ROWS_PER_LIST))
    index = _filled(lists, rows)
    base = _short_codes(index)
    ends = np.random.default_rng(1).integers(0, count, (2, _TRIED))
    tried = rows[ends[0]] + rows[ends[1]]
    index.k_factor = _LEAST_RANKED / _TRIED_DEPTH
    base.nprobe = lists
    # Equal scores are as good: which of several copies of a row is found does not matter.
    wanted = index.search(tried, _TRIED_DEPTH)[0][:, -1:] - 1e-6
    probed = 1
    while probed * (_OPENING_ROWS + count / lists) < count:
        base.nprobe = probed
        if np.mean(index.search(tried, _TRIED_DEPTH)[0] >= wanted) >= _FOUND_SHARE:
            return index
        probed = ceil(1.5 * probed)
    return None


def _filled(lists: int, rows: Vectors) -> faiss.IndexRefine:
    """Short codes in so many lists (one: a block) over eight bits a number, trained and filled."""
    dimension = rows.shape[1]
    # One code for two numbers: one for four held .967 of the ten nearest real passages, not .9905.
    codes = dimension // 2 if dimension % 2 == 0 else dimension
    index = faiss.index_factory(dimension, f"IVF{lists},PQ{codes}x4fs,Refine(SQ8)", faiss.METRIC_INNER_PRODUCT)
    sample = np.random.default_rng(0).permutation(len(rows))[: max(_TRAINING_ROWS, lists * _TRAINING_ROWS_PER_LIST)]
    index.train(rows[np.sort(sample)])
    index.add(rows)
    return cast("faiss.IndexRefine", index)


def _short_codes(index: faiss.Index) -> faiss.IndexIVF:
    """Those of an index that ranks again. FAISS's types know the parent of what it gives."""
    return cast("faiss.IndexIVF", faiss.downcast_index(cast("faiss.IndexRefine", index).base_index))


def quantised(rows: Vectors) -> NDArray[np.int8]:
    """Rows of unit length as one byte a number, for files of sentences: their cosines stay within about .005.

    Reading them as float32 costs a tenth of what it does from half precision, which was a fifth of an answer.
    """
    whole: NDArray[np.int8] = np.rint(rows * _BYTE).astype(np.int8)
    return whole


def dequantised(rows: NDArray[np.int8]) -> Vectors:
    """The rows that :func:`quantised` took, nearly."""
    found: Vectors = rows.astype(np.float32)
    found *= 1 / _BYTE
    return found


class VectorIndex:
    """An opened vector file. Safe to search from several threads."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            RuntimeError: it is no FAISS file.
        """
        self._index = faiss.read_index(str(path))
        refined = isinstance(self._index, faiss.IndexRefine)
        # Where every row can be ranked and read back: eight bits a number beside short codes, else all there is.
        whole = cast("faiss.IndexRefine", self._index).refine_index if refined else self._index
        self._whole = faiss.downcast_index(whole)
        self._short = _short_codes(self._index) if refined else None
        self._cost_of_codes = 0 if self._short is None else self.count + _OPENING_ROWS * self._short.nlist

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
        selector = None
        if allowed is not None:
            # FAISS's own Python wrapper takes these; the types of its generated part do not know it.
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
        if self._short is None or left * _EXACT_ROWS <= self._cost_of_codes:
            scores, rows = self._whole.search(probe, wanted, params=faiss.SearchParameters(sel=selector))  # type: ignore[call-arg]
        else:
            scores, rows = self._index.search(probe, wanted, params=_reading(self._short, wanted, selector))
        found = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
        # FAISS answers -1 where the lists it read held fewer rows than asked.
        return [RowScore(row, score) for row, score in found if row >= 0]

    def rows(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of some rows: ``(len(rows), dimension)`` float32; quantised ones are decoded."""
        if not len(rows):
            return np.zeros((0, int(self._index.d)), dtype=np.float32)
        found: Vectors = self._whole.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return found


def _reading(short: faiss.IndexIVF, wanted: int, selector: faiss.IDSelector | None) -> faiss.SearchParameters:
    """Which lists are read, and how many rows ranked again.

    As many lists as were needed for ten rows; for more rows, as many times more: the two hundred nearest are of twenty
    subjects rather than of one. Under a filter all: those near the question may hold none of what is left.
    """
    probed = short.nlist if selector is not None else min(short.nlist, ceil(short.nprobe * wanted / _TRIED_DEPTH))
    ranked = max(_LEAST_RANKED, 3 * wanted)
    reading = faiss.SearchParametersIVF(nprobe=probed, sel=selector)  # type: ignore[call-arg]
    return faiss.IndexRefineSearchParameters(k_factor=ranked / wanted, base_index_params=reading)  # type: ignore[call-arg]
