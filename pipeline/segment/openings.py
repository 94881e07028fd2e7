"""What each block is worth as the start of a clip: free where an exchange opens, dear inside an answer.

Takes sentences, blocks, their cut times and the exchanges; gives one :class:`Opening` a block and the blocks'
vectors, for :func:`boundaries.best_cut`. A follow-up (its question points back, or speaks with the words of the
exchange before it) is cheap to leave joined; a new topic is dear, so that an answer that is long enough becomes a
clip of its own. The surest opening for a longest clip around is an anchor, always cut, so that an edit on one side of
it moves nothing on the other. The weights were reasoned from cases, each in the comment beside it, not fitted: real
clips to tune them on do not exist yet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.segment.boundaries import Opening
from pipeline.segment.cohesion import Vectors, cosine, joined, smoothed, tf_idf, total
from pipeline.segment.embedding import PassageEmbedder, rows_of
from pipeline.segment.exchanges import Exchange
from pipeline.segment.lexicon import fold, is_back_channel, is_question
from pipeline.segment.sentences import Block, SentenceUnit
from pipeline.segment.snapping import CutTimes
from pipeline.segment.topics import newness
from pipeline.settings import ClipLengths

# With length costs 0.53 for 35 s, 0.83 for 25 s and 1 for 20 s (limits 20, 75, 180): two topics stay two clips
# even at 20 s each (joining 2 > 2 x 1 - 0.4), a follow-up of 25 s joins a long answer (2 x 0.3 < 0.83).
_NEW_TOPIC = 2.0
_REMARK = 0.5  # a remark that set off an answer opens half as surely as a question
_STEEPNESS = 1.5  # newness 1 (another theme): 0.2 follow-up; -1: 0.8
_LEANS_ON = 0.8  # what opens with a follow-up is understood less well alone
_TOO_SHORT_ALONE = 0.4  # too short for a clip: it follows what came before rather than opens what comes next
_UNRELATED = 0.1  # cosine that any two answers of one meeting have
_RELATED_SLOPE = 1.5  # cosine 0.4 and above: as telling as « et … »

_ANCHORED = 20.0  # more than all that clips on both sides may gain by another cut; less than a clip too short

_IN_ANSWER = 6.0  # a whole answer that fits is never cut to please the ideal (at most 2 x 1 to gain)
_IN_LONG_ANSWER = 2.0  # one that must be cut anyway: as few cuts as may be
_PAUSE_GAIN = 0.5  # … and rather after a breath,
_PAUSE_S = 0.6
_CUE_GAIN = 0.5  # … or where the speaker turns to something else,
_LEANING_LOSS = 0.5  # … not on « Et il … »

_MAX_LEAD_S = 4.0  # of the end of an answer that a question overlaps, kept before the question
_LONG_SILENCE_S = 8.0  # nobody watches more
_SILENCE_SLOPE_S = 20.0  # each further 20 s of silence inside a clip cost as much as a clip too short
_MAX_SILENCE = 2.0
_REACH = 2  # blocks on each side that lend their words to a block: five in all, as in TreeSeg's windows

_CUE = re.compile(
    r"^(?:alors|ensuite|apres|sinon|maintenant|par ailleurs|en revanche|par contre|concernant|quant a|cote|niveau|"
    r"pour ce qui|l'autre|une autre|deuxieme|troisieme|enfin|il y a aussi|au quotidien|aujourd'hui)\b"
)
_LEANING = re.compile(r"^(?:et|donc|mais|parce que|car|puis|c'est|il|elle|ils|elles|ca|du coup|voila|ou)\b")


@dataclass(frozen=True, slots=True)
class _Opener:
    """The block at which a clip may open with an exchange."""

    block: int
    exchange: Exchange


def openings_of(
    sentences: Sequence[SentenceUnit],
    blocks: Sequence[Block],
    edges: Sequence[CutTimes],
    exchanges: Sequence[Exchange],
    lengths: ClipLengths,
    embedder: PassageEmbedder | None = None,
) -> tuple[tuple[Opening, ...], Vectors]:
    """Weigh every block as a place to cut.

    Args:
        sentences: of the whole meeting.
        blocks: the part of the meeting to cut, in order.
        edges: their cut times, one a block.
        exchanges: with indexes into ``sentences``.
        lengths: decides which answers are too long to stay whole.
        embedder: adds what is meant to the words that are said; there may be none.

    Returns:
        One opening and one vector (the words of five blocks, within one exchange) a block.
    """
    openers = _openers(sentences, blocks, exchanges)
    starts = {opener.block for opener in openers}
    texts = [" ".join(one.text for one in sentences[block.first : block.past]) for block in blocks]
    rows = tf_idf(texts)
    parts = _parts(starts, len(blocks))
    reach = [(max(part.start, index - _REACH), min(part.stop, index + _REACH + 1)) for part in parts for index in part]
    opening = _answer_costs(sentences, blocks, edges, parts, lengths)
    joining = _silences(blocks)
    new = dict(zip(exchanges, newness(sentences, exchanges), strict=True))
    for before, part, opener in _with_neighbours(parts, openers):
        exchange = opener.exchange
        certainty = 1.0 if exchange.asked else _REMARK
        opening[part.start] = 1.0 - certainty
        near = cosine(total(rows, before.start, before.stop), total(rows, part.start, part.stop)) if before else 0.0
        seconds = edges[part[-1]].closes - edges[part.start].opens
        stays = 1.0 / (1.0 + math.exp(_STEEPNESS * new[exchange]))
        short = _TOO_SHORT_ALONE if seconds < lengths.minimum_s else 0.0
        follow_up = min(1.0, stays + short + max(0.0, near - _UNRELATED) * _RELATED_SLOPE)
        joining[part.start] += _NEW_TOPIC * certainty * (1.0 - follow_up)
        opening[part.start] += _LEANS_ON * stays
    for block in _anchors(openers, new, blocks, lengths):
        joining[block] += _ANCHORED
    broken = _broken(blocks, exchanges) - starts
    openings = tuple(
        Opening(edge.opens, edge.closes, opening[index], joining[index], index in broken)
        for index, edge in enumerate(edges)
    )
    near_rows = smoothed(rows, reach)
    return openings, near_rows if embedder is None else joined(near_rows, rows_of(texts, embedder), reach)


def _anchors(
    openers: Sequence[_Opener], new: Mapping[Exchange, float], blocks: Sequence[Block], lengths: ClipLengths
) -> list[int]:
    """Blocks of the questions that open a topic more surely than any other as near as the longest clip.

    As in content-defined chunking: what is cut on one side of them does not depend on the other side.
    """
    told = [(blocks[one.block].start, new[one.exchange], one.block) for one in openers if one.exchange.asked]
    found: list[int] = []
    first = past = 0
    for at, own, block in told:
        while told[first][0] < at - lengths.maximum_s:
            first += 1
        while past < len(told) and told[past][0] <= at + lengths.maximum_s:
            past += 1
        if own > 0 and all(other < own for _, other, rival in told[first:past] if rival != block):
            found.append(block)
    return found


def _openers(
    sentences: Sequence[SentenceUnit], blocks: Sequence[Block], exchanges: Sequence[Exchange]
) -> list[_Opener]:
    """Where each exchange can open; one whose question lies under the end of an answer cannot."""
    block_of = _block_of(blocks)
    found: list[_Opener] = []
    for exchange in exchanges:
        asked = [index for index in exchange.questions if is_question(sentences[index].text)]
        last = min(asked, default=exchange.first)
        for index in range(exchange.first, last + 1):
            number = block_of.get(index)
            if number is None or (found and number <= found[-1].block):
                continue
            if blocks[number].start >= sentences[exchange.first].start - _MAX_LEAD_S:
                found.append(_Opener(number, exchange))
                break
    return found


def _block_of(blocks: Sequence[Block]) -> dict[int, int]:
    """The block of each sentence."""
    return {index: number for number, block in enumerate(blocks) for index in range(block.first, block.past)}


def _broken(blocks: Sequence[Block], exchanges: Sequence[Exchange]) -> set[int]:
    """Blocks at which a cut parts a question from the beginning of its answer."""
    block_of = _block_of(blocks)
    return {
        number
        for exchange in exchanges
        if exchange.answer in block_of
        for number in range(block_of.get(exchange.first, -1) + 1, block_of[exchange.answer] + 1)
    }


def _parts(starts: set[int], count: int) -> list[range]:
    """The stretches between openings, the first of which may have no question."""
    edges = sorted(starts | {0})
    return [range(start, stop) for start, stop in zip(edges, [*edges[1:], count], strict=True)]


def _with_neighbours(parts: Sequence[range], openers: Sequence[_Opener]) -> list[tuple[range | None, range, _Opener]]:
    by_block = {opener.block: opener for opener in openers}
    return [
        (parts[index - 1] if index else None, part, by_block[part.start])
        for index, part in enumerate(parts)
        if part.start in by_block
    ]


def _answer_costs(
    sentences: Sequence[SentenceUnit],
    blocks: Sequence[Block],
    edges: Sequence[CutTimes],
    parts: Sequence[range],
    lengths: ClipLengths,
) -> list[float]:
    costs = [_IN_ANSWER] * len(blocks)
    for part in parts:
        if edges[part[-1]].closes - edges[part[0]].opens <= lengths.maximum_s:
            continue
        for index in part:
            words = fold(sentences[blocks[index].first].text)
            costs[index] = _IN_LONG_ANSWER + (_LEANING_LOSS if _LEANING.match(words) else 0.0)
            if index and blocks[index].start - blocks[index - 1].end >= _PAUSE_S:
                costs[index] -= _PAUSE_GAIN
            if _CUE.match(words):
                costs[index] -= _CUE_GAIN
            if is_back_channel(sentences[blocks[index].first].text):
                costs[index] = _IN_ANSWER  # « mm-hm » opens nothing
    return costs


def _silences(blocks: Sequence[Block]) -> list[float]:
    """What leaving the silence before each block inside a clip costs."""
    gaps = [0.0, *(after.start - before.end for before, after in pairwise(blocks))]
    return [min(_MAX_SILENCE, max(0.0, gap - _LONG_SILENCE_S) / _SILENCE_SLOPE_S) for gap in gaps]
