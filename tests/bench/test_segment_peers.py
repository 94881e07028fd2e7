"""The methods that ours is compared with: each finds a plain change, or the comparison is worth nothing."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from bench.segment_peers import clips_tiling, even, kernel_cpd, scatters, text_tiling, tree_seg

_CHANGE = np.repeat(np.eye(2), 12, axis=0)  # twelve lines one way, twelve lines another


def test_each_method_finds_a_plain_change() -> None:
    """At its line; TreeSeg, whose blocks look back, up to half a block late."""
    care, flight = "patient hôpital chirurgie ordonnance infirmière", "moteur avion mécanicien réacteur soudure"

    assert (12,) == even(24, 2) == kernel_cpd(_CHANGE, 2) == clips_tiling(_CHANGE)
    assert 0 <= tree_seg(_CHANGE, 2)[0] - 12 <= 2
    assert (48,) == text_tiling([care] * 48 + [flight] * 48)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_kernel_cpd_is_exact(count: int) -> None:
    """No cut of nine lines scatters less."""
    rows = np.random.default_rng(count).normal(size=(9, 3))
    costs = scatters(rows)

    def price(opens: tuple[int, ...]) -> float:
        return sum(float(costs[first, past]) for first, past in zip((0, *opens), (*opens, 9), strict=True))

    assert min(map(price, combinations(range(1, 9), count - 1))) == pytest.approx(price(kernel_cpd(rows, count)))


@pytest.mark.parametrize("lines", [1, 2, 9])
def test_short_talks_are_no_error(lines: int) -> None:
    """Fewer lines than a window: no cut, and no crash."""
    assert () == clips_tiling(np.ones((lines, 2)))
    assert () == text_tiling(["oui"] * lines)
    assert () == tree_seg(np.ones((lines, 2)), 3)
