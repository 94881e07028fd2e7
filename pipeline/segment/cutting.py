"""Cut a talk into topics: the one function behind ``videotheque segment`` and the benchmark.

Takes the lines of a talk, what is wished (a number of topics, lengths, or nothing) and perhaps an embedder; gives the
lines that open a topic. An interview is cut where a question opens a topic, and small talk at its ends stands apart;
anything else is cut into chapters. Lengths wished for are kept by the same programme as the clips of a meeting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from consent.records import PersonId, Role
from pipeline.segment.askers import asks, marked_near
from pipeline.segment.boundaries import best_cut
from pipeline.segment.chapters import Chapters, Limits
from pipeline.segment.cohesion import tf_idf
from pipeline.segment.courtesy import courtesy_at_ends
from pipeline.segment.embedding import PassageEmbedder, rows_of
from pipeline.segment.exchanges import Exchange, exchanges_of
from pipeline.segment.lexicon import is_back_channel
from pipeline.segment.openings import openings_of
from pipeline.segment.sentences import Block, SentenceUnit, blocks_of, sentences_of
from pipeline.segment.shape import Shape, shape_of
from pipeline.segment.snapping import cut_times
from pipeline.segment.talk import Said, Timed, timed
from pipeline.segment.topics import newness
from pipeline.settings import ClipLengths


@dataclass(frozen=True, slots=True)
class Wish:
    """How many topics, or how long; neither: the talk decides."""

    count: int | None = None
    lengths: ClipLengths | None = None


@dataclass(frozen=True, slots=True)
class _Talk:
    said: tuple[Said, ...]  # lines with a word at least
    timed: Timed
    sentences: tuple[SentenceUnit, ...]
    exchanges: tuple[Exchange, ...]

    def line(self, sentence: int) -> int:
        """The line in which a sentence begins."""
        return self.timed.lines[min(place.utterance for place in self.sentences[sentence].places)]


def cut(
    talk: Sequence[Said],
    wish: Wish | None = None,
    embedder: PassageEmbedder | None = None,
    roles: dict[PersonId, Role] | None = None,
) -> tuple[int, ...]:
    """Find where topics open.

    Args:
        talk: the lines in the order in which they were said; some may be empty.
        wish: a number of topics or lengths in seconds (of speech at 2.6 words a second where times are missing).
        embedder: none: words alone tell.
        roles: of the speakers, where known.

    Returns:
        Indexes into ``talk`` of the lines that open a topic, ascending, without the first line.
    """
    wish = wish or Wish()
    heard = _hear(talk, roles or {})
    if heard is None:
        return ()
    shape = _shape(heard)
    if wish.count is None and shape.interview:
        opens = _clips(heard, wish.lengths, embedder) if wish.lengths is not None else _topics(heard)
    else:
        asked = _surest(heard, wish.count) if wish.count is not None and shape.interview else []
        opens = asked or _chapters(heard, wish, shape, embedder)
    return tuple(sorted(set(opens) - {heard.timed.lines[0], 0}))


def prepared(talk: Sequence[Said], embedder: PassageEmbedder | None) -> tuple[Chapters, Shape, tuple[int, ...]] | None:
    """What :func:`cut` works on, for the benchmark: chapters, shape, and the line of each of their lines."""
    heard = _hear(talk, {})
    return None if heard is None else (_ready(heard, embedder), _shape(heard), heard.timed.lines)


def _hear(talk: Sequence[Said], roles: dict[PersonId, Role]) -> _Talk | None:
    when = timed(talk)
    if not when.utterances:
        return None
    sentences = sentences_of(when.utterances, roles)
    return _Talk(tuple(talk[line] for line in when.lines), when, sentences, exchanges_of(sentences))


def _shape(heard: _Talk) -> Shape:
    marked = marked_near([one.text for one in heard.sentences])
    asked = [asks(one.text, marked=near) for one, near in zip(heard.sentences, marked, strict=True)]
    return shape_of(heard.sentences, asked, len(heard.exchanges))


def _topics(heard: _Talk) -> list[int]:
    """Where questions open topics, and where courtesy ends and begins."""
    sentences, exchanges = heard.sentences, heard.exchanges
    head, tail = courtesy_at_ends(sentences, exchanges)
    opens = [exchange.first for exchange, new in zip(exchanges, newness(sentences, exchanges), strict=True) if new > 0]
    first = head if head else exchanges[0].first
    asked = [heard.line(one) for one in [first, *(one for one in opens[1:] if one > first)]]
    return [*asked, *_farewell(heard, tail)]


def _surest(heard: _Talk, count: int) -> list[int]:
    """The surest ``count - 1`` of the lines where courtesy ends, begins, or a question is put; none if too few."""
    sentences, exchanges = heard.sentences, heard.exchanges
    head, tail = courtesy_at_ends(sentences, exchanges)
    ends = [head or exchanges[0].first, *([len(sentences) - tail] if tail else [])]
    new = newness(sentences, exchanges)
    surest = sorted(range(1, len(exchanges)), key=lambda number: -new[number])
    lines = dict.fromkeys(heard.line(one) for one in [*ends, *(exchanges[number].first for number in surest)])
    lines.pop(heard.timed.lines[0], None)
    return list(lines)[: count - 1] if len(lines) >= count - 1 else []


def _clips(heard: _Talk, lengths: ClipLengths, embedder: PassageEmbedder | None) -> list[int]:
    """As the clips of a meeting, within the lengths wished for, but cut only where a line begins."""
    sentences, exchanges = heard.sentences, heard.exchanges
    head, tail = courtesy_at_ends(sentences, exchanges)
    ends = _farewell(heard, tail)
    past_line = ends[0] if ends else heard.timed.lines[-1] + 1
    blocks = [
        one for one in _whole_lines(sentences, exchanges, head) if one.past > head and heard.line(one.first) < past_line
    ]
    if not blocks:
        return ends
    edges = cut_times(blocks, blocks[-1].end)
    openings, vectors = openings_of(sentences, blocks, edges, exchanges, lengths, embedder)
    asked = {exchange.first for exchange in exchanges}
    opens: list[int] = []
    cuts = best_cut(openings, vectors, lengths)
    for opened, past in pairwise([*cuts, len(blocks)]):
        # A scrap of an answer stays with it, though that is longer than the maximum.
        scrap = openings[past - 1].closes - openings[opened].opens < lengths.minimum_s
        inside = asked.isdisjoint(range(blocks[opened].first, blocks[opened].past))
        if not opened or not (inside and scrap):
            opens.append(heard.line(blocks[opened].first))
    return [*opens, *ends]


def _farewell(heard: _Talk, tail: int) -> list[int]:
    """The line that opens the last courtesy, if there is one: never the line of the last answer."""
    if not tail:
        return []
    line = heard.line(len(heard.sentences) - tail)
    if line > heard.line(heard.exchanges[-1].answer):
        return [line]
    return [after for after in heard.timed.lines if after > line][:1]


def _whole_lines(sentences: Sequence[SentenceUnit], exchanges: Sequence[Exchange], head: int) -> tuple[Block, ...]:
    """Blocks at which lines may open a topic: not « d'accord », nor what parts a question from its first answer."""
    broken = {index for one in exchanges for index in range(max(one.first, head) + 1, one.answer + 1)}
    says = {one.places[0].utterance for one in sentences if not is_back_channel(one.text)}
    blocks: list[Block] = []
    for block in blocks_of(sentences):
        place = sentences[block.first].places[0]
        if not blocks or (place.word == 0 and place.utterance in says and block.first not in broken):
            blocks.append(block)
        else:
            blocks[-1] = Block(blocks[-1].first, block.past, blocks[-1].start, block.end)
    return tuple(blocks)


def _chapters(heard: _Talk, wish: Wish, shape: Shape, embedder: PassageEmbedder | None) -> list[int]:
    chapters = _ready(heard, embedder)
    if wish.lengths is None:
        opens = chapters.cut(wish.count or shape.topics)
    else:
        spans = [utterance.span for utterance in heard.timed.utterances]
        limits = Limits(wish.lengths.minimum_s, wish.lengths.maximum_s)
        count = min(chapters.most, (spans[-1].end - spans[0].start) / wish.lengths.ideal_s)
        opens = chapters.cut(max(1, round(count)), limits)
    return [heard.timed.lines[one] for one in opens]


def _ready(heard: _Talk, embedder: PassageEmbedder | None) -> Chapters:
    texts = [said.text for said in heard.said]
    meanings = None if embedder is None else rows_of(texts, embedder)
    starts = [utterance.span.start for utterance in heard.timed.utterances]
    return Chapters(heard.said, [*starts, heard.timed.utterances[-1].span.end], tf_idf(texts), meanings)
