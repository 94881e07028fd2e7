"""The vector engine, exact and approximate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.index.vectors import VectorIndex, write_vectors


def unit_rows(count: int, dimension: int = 32) -> NDArray[np.float32]:
    rows = np.random.default_rng(7).normal(size=(count, dimension)).astype(np.float32)
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


def test_the_inverted_index_finds_each_row_by_itself(tmp_path: Path) -> None:
    """Beyond the limit of the flat one: quantised and approximate, but row numbers and order hold."""
    rows = unit_rows(3000)
    write_vectors(rows, tmp_path / "v", flat_limit=1000)
    index = VectorIndex(tmp_path / "v")

    assert list(range(0, 3000, 100)) == [index.search(rows[row], 1)[0].row for row in range(0, 3000, 100)]
    assert (tmp_path / "v").stat().st_size < rows.nbytes / 2


def test_the_same_rows_give_the_same_file(tmp_path: Path) -> None:
    """Training is seeded."""
    rows = unit_rows(2000)
    for name in ("a", "b"):
        write_vectors(rows, tmp_path / name, flat_limit=1000)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_asking_for_more_than_there_is_gives_what_there_is(tmp_path: Path) -> None:
    """No row -1 ever comes out."""
    write_vectors(unit_rows(3), tmp_path / "few")
    write_vectors(unit_rows(0), tmp_path / "none")
    probe = unit_rows(1)[0]

    assert {0, 1, 2} == {one.row for one in VectorIndex(tmp_path / "few").search(probe, 50)}
    assert VectorIndex(tmp_path / "none").search(probe, 50) == []
    assert VectorIndex(tmp_path / "few").search(probe, 0) == []
