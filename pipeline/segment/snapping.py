"""Cut times: the middle of the silence around a block of speech, never inside a word.

Takes the blocks of a meeting in order (no instant of one lies in another), gives for each the time at which a
clip that begins with it opens and the time at which a clip that ends with it closes. The silence is that between
the words of the transcript; at most half a second of it is kept on each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.segment.sentences import Block

_MARGIN_S = 0.5  # a breath before the first word and after the last; more is dead air at the start of a clip


@dataclass(frozen=True, slots=True)
class CutTimes:
    """Seconds of the recording: where a clip opens before a block, where it closes after it."""

    opens: float
    closes: float


def cut_times(blocks: Sequence[Block], duration: float) -> tuple[CutTimes, ...]:
    """Snap the ends of every block to silence.

    Args:
        blocks: in order, disjoint (they may touch), each starting before ``duration``.
        duration: of the recording in seconds; no cut lies beyond it.

    Returns:
        One pair a block, never decreasing: ``opens <= start``, ``closes >= min(end, duration)``, and what closes
        after a block never lies after what opens before the next.
    """
    edges: list[CutTimes] = []
    for index, block in enumerate(blocks):
        opens = max(0.0, block.start - _MARGIN_S)
        closes = min(duration, block.end + _MARGIN_S)
        if index:
            opens = max(opens, _middle(blocks[index - 1].end, block.start))
        if index + 1 < len(blocks):
            closes = min(closes, _middle(block.end, blocks[index + 1].start))
        edges.append(CutTimes(opens, closes))
    return tuple(edges)


def _middle(end: float, start: float) -> float:
    """Half-way, kept between the two whatever the rounding."""
    return min(max((end + start) / 2, end), start)
