"""Times for talk that has none, or none to be trusted."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.talk import Said, timed

_TIME = st.one_of(st.none(), st.floats(0, 1e4), st.floats())  # also infinite, negative, not a number
_TALK = st.lists(
    st.builds(Said, st.sampled_from([None, "a", "b"]), st.sampled_from(["", "oui", "un deux trois"]), _TIME, _TIME)
)


@given(talk=_TALK)
def test_every_word_gets_a_time_in_order(talk: list[Said]) -> None:
    """All words are there, lines in order, starts never go back, and every word lasts."""
    found = timed(talk)

    assert [said.text for said in talk if said.text] == [one.text for one in found.utterances]
    assert sorted(found.lines) == list(found.lines)
    assert all(a.span.start <= b.span.start for a, b in pairwise(found.utterances))


def test_times_that_are_there_are_kept() -> None:
    """Starts of the file, not of our pace."""
    found = timed([Said("a", "un deux", 5.0, 6.0), Said("b", "trois", 9.0, 9.5)])

    assert [(5.0, 6.0), (9.0, 9.5)] == [(one.span.start, one.span.end) for one in found.utterances]


def test_half_a_clock_is_none() -> None:
    """One missing start, and every line is timed by its words."""
    found = timed([Said("a", "un deux", 500.0), Said("b", "trois")])

    assert 0.0 == found.utterances[0].span.start


@pytest.mark.parametrize("start", [-1.0, 1.7e18, math.inf, math.nan])
def test_what_no_clock_tells_is_no_time(start: float) -> None:
    """A negative instant, nanoseconds since 1970, infinity: the words are timed by their pace."""
    found = timed([Said("a", "un deux", start, start), Said("b", "trois", start)])

    assert 0.0 == found.utterances[0].span.start
