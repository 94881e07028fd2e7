"""The vector engine, exact and approximate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.index.vectors import VectorIndex, write_vectors


def unit_rows(count: int, dimension: int = 32) -> NDArray[np.float32]:
    rows = np.random.default_rng(7).normal(size=(count, dimension)).astype(np.float32)
    result: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return result


def clustered_rows(count: int, spread: float) -> NDArray[np.float32]:
    """Unit rows around two hundred middles, so far from them."""
    luck = np.random.default_rng(11)
    middles = luck.normal(size=(200, 96))
    rows = (middles[luck.integers(0, 200, count)] + luck.normal(0, spread, (count, 96))).astype(np.float32)
    result: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return result


def test_the_flat_index_is_exact(tmp_path: Path) -> None:
    """The same rows as a product of matrices, nearest first, with their cosines."""
    rows = unit_rows(300)
    write_vectors(rows, tmp_path / "v")
    found = VectorIndex(tmp_path / "v").search(rows[5], 10)

    cosines = rows @ rows[5]
    assert np.argsort(-cosines)[:10].tolist() == [one.row for one in found]
    assert np.allclose(np.sort(cosines)[::-1][:10], [one.score for one in found], atol=1e-6)


@pytest.mark.parametrize("dimension", [32, 33])
def test_each_row_finds_itself_by_short_codes(tmp_path: Path, dimension: int) -> None:
    """Beyond the limit of the flat one: quantised and approximate, but row numbers and order hold."""
    rows = unit_rows(3000, dimension)
    write_vectors(rows, tmp_path / "v", flat_limit=1000)
    index = VectorIndex(tmp_path / "v")

    assert list(range(0, 3000, 100)) == [index.search(rows[row], 1)[0].row for row in range(0, 3000, 100)]
    assert (tmp_path / "v").stat().st_size < 0.6 * rows.nbytes
    assert np.allclose(rows[:50], index.rows(np.arange(50)), atol=0.01)


@pytest.mark.parametrize("spread", [0.5, 10.0])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.2, 0.01])
def test_nearly_all_of_the_nearest_are_found_whatever_is_left(tmp_path: Path, spread: float, share: float) -> None:
    """Rows in clusters (read by lists) or everywhere (read as one block), under any filter: .98 of the ten nearest."""
    rows, luck = clustered_rows(20_000, spread), np.random.default_rng(3)
    write_vectors(rows, tmp_path / "v", flat_limit=1000, block_limit=1000)
    index = VectorIndex(tmp_path / "v")
    allowed = luck.random(len(rows)) < share
    asked = rows[:40] + luck.normal(0, 0.05, (40, rows.shape[1])).astype(np.float32)

    found = [{one.row for one in index.search(one, 10, None if share == 1.0 else allowed)} for one in asked]
    cosines = np.where(allowed, asked @ rows.T, -2)
    nearest = [set(np.argpartition(-row, 10)[:10].tolist()) for row in cosines]
    assert sum(len(one & other) for one, other in zip(found, nearest, strict=True)) >= 0.98 * 400


def test_a_filter_far_from_the_question_leaves_what_it_lets_through(tmp_path: Path) -> None:
    """The lists near the question hold nothing of it: all are read."""
    rows = clustered_rows(20_000, 0.5)
    write_vectors(rows, tmp_path / "v", flat_limit=1000, block_limit=1000)
    cosines = rows @ rows[0]
    allowed = cosines < np.quantile(cosines, 0.3)
    found = [one.row for one in VectorIndex(tmp_path / "v").search(rows[0], 10, allowed)]

    assert 10 == len(found)
    assert allowed[found].all()
    assert np.allclose(cosines[allowed].max(), cosines[found], atol=0.002)


def test_lists_are_kept_only_where_reading_few_is_enough(tmp_path: Path) -> None:
    """Clusters: a few lists. Rows everywhere: one block, for many lists would be read, each at its price."""
    read: list[tuple[int, int]] = []
    for name, spread in (("clusters", 0.5), ("everywhere", 10.0)):
        write_vectors(clustered_rows(20_000, spread), tmp_path / name, flat_limit=1000, block_limit=1000)
        index: Any = faiss.read_index(str(tmp_path / name))
        short: Any = faiss.downcast_index(index.base_index)
        read.append((short.nprobe, short.nlist))

    assert read[0][0] < 0.05 * read[0][1]
    assert read[1] == (1, 1)


def test_the_same_rows_give_the_same_file(tmp_path: Path) -> None:
    """Training is seeded."""
    rows = unit_rows(2000)
    for name in ("a", "b"):
        write_vectors(rows, tmp_path / name, flat_limit=1000, block_limit=1000)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_asking_for_more_than_there_is_gives_what_there_is(tmp_path: Path) -> None:
    """No row -1 ever comes out."""
    write_vectors(unit_rows(3), tmp_path / "few")
    write_vectors(unit_rows(0), tmp_path / "none")
    probe = unit_rows(1)[0]

    assert {0, 1, 2} == {one.row for one in VectorIndex(tmp_path / "few").search(probe, 50)}
    assert VectorIndex(tmp_path / "none").search(probe, 50) == []
    assert VectorIndex(tmp_path / "few").search(probe, 0) == []


@pytest.mark.parametrize("dimension", [32, 33])
def test_short_codes_give_everything_where_everything_is_asked(tmp_path: Path, dimension: int) -> None:
    """Each row that a filter leaves once, best first, none that it does not leave, and no row -1."""
    rows = unit_rows(3000, dimension)
    write_vectors(rows, tmp_path / "v", flat_limit=1000)
    index, allowed = VectorIndex(tmp_path / "v"), np.arange(3000) % 2 == 0
    half, whole = index.search(rows[0], 5000, allowed), index.search(rows[0], 5000)

    assert sorted(one.row for one in half) == list(range(0, 3000, 2))
    assert sorted(one.row for one in whole) == list(range(3000))
    assert [one.score for one in half] == sorted((one.score for one in half), reverse=True)
