"""Cut times: the middle of the silence, at most half a second away, inside the recording."""

from __future__ import annotations

from pipeline.segment.sentences import Block
from pipeline.segment.snapping import CutTimes, cut_times


def test_a_short_silence_is_shared() -> None:
    """Between two blocks less than a second apart, both cuts are in the middle of the silence."""
    edges = cut_times([Block(0, 1, 1.0, 2.0), Block(1, 2, 2.5, 4.0)], 10.0)

    assert 2.25 == edges[0].closes == edges[1].opens


def test_a_long_silence_leaves_half_a_second_on_each_side() -> None:
    """A clip does not begin or end with dead air."""
    edges = cut_times([Block(0, 1, 1.0, 2.0), Block(1, 2, 8.0, 9.0)], 20.0)

    assert [CutTimes(0.5, 2.5), CutTimes(7.5, 9.5)] == list(edges)


def test_cuts_stay_inside_the_recording() -> None:
    """No cut is negative or beyond the end, even where the last word is dated after it."""
    edges = cut_times([Block(0, 1, 0.2, 1.0), Block(1, 2, 9.0, 10.4)], 10.0)

    assert (0.0, 10.0) == (edges[0].opens, edges[1].closes)


def test_blocks_that_touch_are_cut_where_they_touch() -> None:
    """Without any silence the cut is the shared instant: never inside a word."""
    edges = cut_times([Block(0, 1, 0.1, 0.3), Block(1, 2, 0.3, 0.7)], 10.0)

    assert 0.3 == edges[0].closes == edges[1].opens
