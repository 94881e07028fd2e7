"""Lexical cohesion: exact tf-idf, and a scatter that grows as it should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.cohesion import GrowingScatter, cosine, in_columns, smoothed, tf_idf, total

_TEXTS = st.lists(
    st.lists(st.sampled_from(["hôpital", "patient", "jardin", "arbre", "salaire", "euros", "le"]), max_size=6),
    min_size=1,
    max_size=8,
).map(lambda rows: [" ".join(row) for row in rows])


@given(texts=_TEXTS, seed=st.integers(0, 1000))
def test_growing_scatter_is_the_scatter(texts: list[str], seed: int) -> None:
    """Adding rows one by one gives the weighted squared distance to their weighted mean."""
    vectors = tf_idf(texts)
    weights = np.random.default_rng(seed).uniform(0.1, 2, len(texts))
    dense = np.stack([total(vectors, row, row + 1) for row in range(len(texts))])
    growing = GrowingScatter(vectors, list(weights))
    for _ in range(2):  # the second time after a reset
        growing.reset()
        for row in reversed(range(len(texts))):
            found = growing.add(row)

            centre = np.average(dense[row:], axis=0, weights=weights[row:])
            expected = float(weights[row:] @ ((dense[row:] - centre) ** 2).sum(axis=1))
            assert expected == pytest.approx(found, abs=1e-9)


def test_columns_side_by_side_are_the_rows() -> None:
    """However many stems there are, a few at a time, nothing is lost or moved."""
    vectors = tf_idf([*(f"a{number}b c{number % 7}d" for number in range(700)), "le la"])
    parts = list(in_columns(vectors))

    assert vectors.dimension > 600
    assert len(parts) > 2
    assert max(part.shape[1] for part in parts) <= 256
    whole = np.stack([total(vectors, row, row + 1) for row in range(len(vectors.rows))])
    assert np.array_equal(whole, np.concatenate(parts, axis=1))


def test_the_same_subject_is_nearer_than_another() -> None:
    """Two answers about patients are nearer to each other than to one about gardens."""
    vectors = tf_idf(
        ["Je soigne les patients à l'hôpital.", "Chaque patient reste à l'hôpital.", "Je plante des arbres au jardin."]
    )
    care, again, garden = (total(vectors, row, row + 1) for row in range(3))

    assert cosine(care, again) > 0.3 > cosine(care, garden) == 0.0


def test_smoothed_rows_have_unit_length() -> None:
    """A block that borrows its neighbours' words is a direction, as the others."""
    near = smoothed(tf_idf(["jardin arbre", "arbre salaire", "le la"]), [(0, 2), (0, 3), (2, 3)])

    assert [1.0, 1.0, 0.0] == pytest.approx([float(row.values @ row.values) for row in near.rows])
