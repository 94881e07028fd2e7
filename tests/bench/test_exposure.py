"""Who is shown without a question: the measure is right, and its committed result is of the product's own draw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.exposure import RESULT, ExposureReport, exposure, gini, shelf_of
from pipeline.index.discovery import turns


@pytest.mark.parametrize(("counts", "expected"), [([5, 5, 5], 0.0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25)])
def test_gini_is_none_where_all_are_alike_and_most_where_one_has_all(counts: list[float], expected: float) -> None:
    """Among four, one that has all: three quarters."""
    assert expected == pytest.approx(gini(counts))


def test_a_rare_occupation_is_shown_as_often_as_a_common_one(tmp_path: Path) -> None:
    """A shuffle shows who has most clips; the draw shows everybody, within what chance does."""
    shelf = shelf_of(["boulanger", "infirmière", "avocate", "maçon", "juge", "souffleuse de verre"], most=60)
    columns, rows = shelf.columns(tmp_path), np.arange(len(shelf.names))
    shuffled = exposure(shelf, "shuffled", lambda one: np.random.default_rng(one).permutation(len(rows)), 300, 3)
    drawn = exposure(shelf, "drawn", lambda one: turns(columns, rows, str(one)), 300, 3)

    assert shuffled.gini > 0.3
    assert drawn.gini < 0.05
    assert 0 == drawn.never


def test_the_committed_result_shows_every_occupation_alike() -> None:
    """No occupation twice as often as the mean, none never, though one has four hundred times the clips of another."""
    report = ExposureReport.model_validate_json(RESULT.read_bytes())
    drawn = next(one for one in report.orders if one.order == "drawn")

    assert drawn.most < 2
    assert 0 == drawn.never
    assert drawn.gini < 0.1
    assert all(abs(one.shown - one.occupations) < 0.03 for one in drawn.genders)
