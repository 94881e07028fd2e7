"""The dynamic programme: exact, and within the limits whenever they can be kept."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.boundaries import ClipCosts, Opening, best_cut
from pipeline.segment.cohesion import tf_idf
from pipeline.settings import ClipLengths

_WORDS = st.sampled_from(["hôpital soin", "jardin arbre", "salaire euros", "le la"])
_BLOCK = st.tuples(st.floats(1, 60), st.floats(0, 20), st.floats(0, 6), st.floats(0, 2), st.booleans(), _WORDS)


def _openings(rows: list[tuple[float, float, float, float, bool, str]]) -> list[Opening]:
    openings: list[Opening] = []
    at = 0.0
    for seconds, silence, opening, joining, breaks, _ in rows:
        openings.append(Opening(at, at + seconds, opening, joining, breaks))
        at += seconds + silence
    return openings


@given(rows=st.lists(_BLOCK, min_size=1, max_size=7))
def test_no_other_cut_costs_less(rows: list[tuple[float, float, float, float, bool, str]]) -> None:
    """The cut found costs as little as the cheapest of all possible ones, tried one by one."""
    lengths = ClipLengths(minimum_s=20, ideal_s=50, maximum_s=90)
    openings, vectors = _openings(rows), tf_idf([row[-1] for row in rows])
    costs = ClipCosts(openings, vectors, lengths)
    prices = {
        (first, past): cost for past in range(1, len(rows) + 1) for first, cost in costs.clips_ending_before(past)
    }

    def price(cuts: tuple[int, ...]) -> float:
        return sum(
            prices.get((first, past), float("inf")) for first, past in zip(cuts, [*cuts[1:], len(rows)], strict=True)
        )

    inner = range(1, len(rows))
    every = [(0, *some) for count in range(len(rows)) for some in combinations(inner, count)]

    assert min(map(price, every)) == pytest.approx(price(best_cut(openings, vectors, lengths)))


def test_nothing_is_cut_into_nothing() -> None:
    """No block, no clip."""
    assert () == best_cut([], tf_idf([]), ClipLengths())


def test_work_grows_with_the_meeting_not_with_its_square() -> None:
    """A meeting twice as long is tried twice as many times: pairs beyond the longest clip are never looked at."""

    def pairs(count: int) -> int:
        openings = [Opening(at * 5.0, at * 5.0 + 4.5, 0, 0) for at in range(count)]
        costs = ClipCosts(openings, tf_idf(["jardin"] * count), ClipLengths())
        return sum(1 for past in range(1, count + 1) for _ in costs.clips_ending_before(past))

    longest = 180 // 5 + 1
    assert pairs(200) <= 200 * longest
    assert pairs(400) - pairs(200) == 200 * (pairs(201) - pairs(200))
