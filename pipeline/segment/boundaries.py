"""Where a meeting is cut: an exact dynamic programme over the blocks of speech.

Takes, for each block, its cut times and what it costs to open a clip there or to leave it inside one, and the
blocks' vectors; gives the blocks that open a clip. The cost of a cut into clips is the sum over clips of: how
badly the opening suits, how far the length is from the ideal, what is left uncut inside, and the lexical scatter
around the clip's own centre. Every pair of blocks at most one longest clip apart is tried once, so the result is
the exact optimum in O(n · longest clip): lengths and openings by prefix sums, scatter by growing one row at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.segment.cohesion import GrowingScatter, Vectors
from pipeline.settings import ClipLengths

# All costs are in one unit: the discomfort of a clip as short as the minimum (or as long as the maximum).
_SCATTER = 1.0  # a clip of ideal length with no word in common between its blocks costs this
_BROKEN_QUESTION = 1e6  # never, as long as a clip may hold the question with the beginning of its answer
_TOO_SHORT = 1e3  # rather anything but a broken question; grows with what is missing


@dataclass(frozen=True, slots=True)
class Opening:
    """A block as a place to cut: what it costs to open a clip there, and to leave it inside a clip.

    ``opens`` and ``closes`` are the cut times around the block, in seconds. ``breaks_question`` tells that a cut
    before this block would part a question from its answer.
    """

    opens: float
    closes: float
    opening: float
    joining: float
    breaks_question: bool = False


def best_cut(openings: Sequence[Opening], vectors: Vectors, lengths: ClipLengths) -> tuple[int, ...]:
    """Find the cheapest cut of all blocks into clips.

    No clip is longer than the maximum unless it is a single block; none is shorter than the minimum unless no
    other cut exists (or it would part a question from its answer).

    Args:
        openings: one a block, in order.
        vectors: one row a block.
        lengths: minimum, ideal and maximum of a clip, in seconds.

    Returns:
        The indexes of the blocks that open a clip, ascending, the first being 0; empty for no block.
    """
    costs = ClipCosts(openings, vectors, lengths)
    best = [0.0] * (len(openings) + 1)
    came_from = [0] * (len(openings) + 1)
    for past in range(1, len(openings) + 1):
        best[past], came_from[past] = min(
            (best[first] + cost, first) for first, cost in costs.clips_ending_before(past)
        )
    cuts: list[int] = []
    past = len(openings)
    while past:
        past = came_from[past]
        cuts.append(past)
    return tuple(reversed(cuts))


class ClipCosts:
    """What each possible clip costs."""

    def __init__(self, openings: Sequence[Opening], vectors: Vectors, lengths: ClipLengths) -> None:
        self._openings = openings
        self._lengths = lengths
        self._joined = [0.0, *accumulate(opening.joining for opening in openings)]
        # A clip as long as the ideal weighs 1, so scatter compares with the other costs whatever the setting.
        weights = [(opening.closes - opening.opens) / lengths.ideal_s for opening in openings]
        self._scatter = GrowingScatter(vectors, weights)

    def clips_ending_before(self, past: int) -> Iterator[tuple[int, float]]:
        """Every clip ``[first, past)`` that may be: its first block, from the last one back, and its cost."""
        self._scatter.reset()
        closes = self._openings[past - 1].closes
        for first in range(past - 1, -1, -1):
            opening = self._openings[first]
            seconds = closes - opening.opens
            if seconds > self._lengths.maximum_s and first < past - 1:
                return
            inside = self._joined[past] - self._joined[first + 1]
            cost = opening.opening + self.of_length(seconds) + inside + _SCATTER * self._scatter.add(first)
            yield first, cost + (_BROKEN_QUESTION if opening.breaks_question else 0.0)

    def of_length(self, seconds: float) -> float:
        """0 at the ideal, 1 at either limit, growing as the square between; far more below the minimum."""
        low, ideal, high = self._lengths.minimum_s, self._lengths.ideal_s, self._lengths.maximum_s
        if seconds < low:
            return _TOO_SHORT * (1 + (low - seconds) / low)
        limit = low if seconds < ideal else high
        return ((seconds - ideal) / (limit - ideal)) ** 2 if limit != ideal else max(0.0, seconds - ideal)
