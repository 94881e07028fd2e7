"""Search: a question in, a page of clips out, each with the second that answers.

Keyword (BM25), semantic (cosine) or both (reciprocal rank fusion). Nothing reaches the page that ``live`` does
not return at this instant: it is the consent gate, and where it holds something back, the page is refilled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from consent.records import RecordingId
from pipeline.errors import InvalidQuery
from pipeline.index.analysis import mark
from pipeline.index.embed import Embedder, Vectors
from pipeline.index.moment import find_moment
from pipeline.index.ranking import Scored, fuse
from pipeline.index.reader import Generation, IndexReader
from pipeline.records import Clip, ClipId, Hit, Mode, SearchPage, Why

MAX_QUERY_CHARACTERS = 1_000
"""A question of a hundred and fifty words; beyond, it is a document, and costs the server for nothing."""

_OVERFETCH = 4
"""Candidates asked of each engine for one place on the page; the same factor again where they do not suffice."""

_LEAST_CANDIDATES = 50
"""Fusion compares ranks: on a short page it still needs lists long enough to overlap."""

Live = Callable[[Sequence[ClipId]], Mapping[ClipId, Clip]]


def search(
    reader: IndexReader,
    embedder: Callable[[], Embedder],
    text: str,
    mode: Mode,
    limit: int,
    live: Live,
    per_recording: int | None = None,
) -> SearchPage:
    """Find the ``limit`` clips that answer ``text`` best.

    Args:
        reader: the index.
        embedder: gives the loaded model; called in semantic and hybrid mode only.
        text: the question, as typed.
        mode: what to match by.
        limit: how many hits at most, at least 1.
        live: of the clip ids asked, the clips that may be shown now.
        per_recording: how many clips of one meeting at most; None for any number.

    Raises:
        InvalidQuery: the question is empty or too long.
        IndexUnavailable: the index is damaged, or (IndexMismatch) was built with another model.
        ModelUnavailable: the model is needed and cannot be loaded.
    """
    if limit < 1:
        raise ValueError("a page has at least one place")
    query = clean_query(text)
    if reader.is_empty:
        return SearchPage(query=query, mode=mode, hits=(), generation="")
    generation = reader.current()
    vector = None if mode is Mode.KEYWORD else _vector(generation, embedder(), query)
    page = _Page(generation, query, vector, mode, limit)
    return SearchPage(query=query, mode=mode, hits=page.fill(live, per_recording), generation=generation.name)


def clean_query(text: str) -> str:
    """The question without surrounding space; a lone surrogate, which no encoding can carry, becomes U+FFFD.

    Raises:
        InvalidQuery: it is empty, or longer than :data:`MAX_QUERY_CHARACTERS`.
    """
    query = re.sub(r"[\ud800-\udfff]", "\ufffd", text).strip()
    if not query:
        raise InvalidQuery("La question est vide ; écrivez un mot, un métier ou une question.")
    if len(query) > MAX_QUERY_CHARACTERS:
        raise InvalidQuery(
            f"La question est trop longue ({len(query)} caractères, {MAX_QUERY_CHARACTERS} au plus) ; raccourcissez-la."
        )
    return query


def _vector(generation: Generation, embedder: Embedder, query: str) -> Vectors:
    generation.require_embedder(embedder.identity)
    return embedder.query(query)


class _Page:
    """One search under way."""

    def __init__(self, generation: Generation, query: str, vector: Vectors | None, mode: Mode, limit: int) -> None:
        self._generation = generation
        self._query = query
        self._vector = vector
        self._mode = mode
        self._limit = limit
        self._shown: dict[ClipId, Clip] = {}
        self._asked: set[ClipId] = set()

    def fill(self, live: Live, per_recording: int | None) -> tuple[Hit, ...]:
        """Ask for more candidates until the page is full or there are none left."""
        depth = min(self._generation.size, max(_LEAST_CANDIDATES, _OVERFETCH * self._limit))
        while True:
            words, meanings = self._candidates(depth)
            ranked = self._rank(words, meanings)
            kept = self._keep(ranked, live, per_recording)
            exhausted = depth >= self._generation.size or max(len(words), len(meanings)) < depth
            if len(kept) == self._limit or exhausted:
                return tuple(self._hit(one, words, meanings) for one in kept)
            depth = min(self._generation.size, depth * _OVERFETCH)

    def _candidates(self, depth: int) -> tuple[list[Scored], list[Scored]]:
        words = [] if self._mode is Mode.SEMANTIC else self._generation.keyword(self._query, depth)
        meanings = [] if self._vector is None else self._generation.semantic(self._vector, depth)
        return words, meanings

    def _rank(self, words: list[Scored], meanings: list[Scored]) -> list[Scored]:
        if self._mode is Mode.HYBRID:
            return fuse(words, meanings)
        return words if self._mode is Mode.KEYWORD else meanings

    def _keep(self, ranked: list[Scored], live: Live, per_recording: int | None) -> list[Scored]:
        """The first of ``ranked`` that may be shown, as many as the page holds."""
        kept: list[Scored] = []
        by_recording: dict[RecordingId, int] = {}
        for first in range(0, len(ranked), self._limit):  # a page at a time: most often the first is enough
            part = ranked[first : first + self._limit]
            self._ask([one.clip_id for one in part], live)
            for one in part:
                clip = self._shown.get(one.clip_id)
                if clip is None or len(kept) == self._limit:
                    continue
                count = by_recording.get(clip.recording_id, 0)
                if per_recording is None or count < per_recording:
                    by_recording[clip.recording_id] = count + 1
                    kept.append(one)
            if len(kept) == self._limit:
                break
        return kept

    def _ask(self, clip_ids: Sequence[ClipId], live: Live) -> None:
        """Ask the gate about clips it was not asked about in this search."""
        new = [clip_id for clip_id in clip_ids if clip_id not in self._asked]
        if new:
            allowed = live(new)
            self._asked.update(new)
            self._shown.update({clip_id: allowed[clip_id] for clip_id in new if clip_id in allowed})

    def _hit(self, one: Scored, words: list[Scored], meanings: list[Scored]) -> Hit:
        clip = self._shown[one.clip_id]
        why = self._why(one.clip_id, words, meanings)
        return Hit(
            clip=clip,
            score=one.score,
            why=why,
            title_marks=mark(clip.title, self._query),
            moment=find_moment(self._generation, clip, self._query, self._vector, why),
        )

    def _why(self, clip_id: ClipId, words: list[Scored], meanings: list[Scored]) -> Why:
        """What found a clip. Every clip has a cosine: beside words, only the page's nearest count as meaning."""
        by_words = any(one.clip_id == clip_id for one in words)
        near = meanings[: self._limit] if by_words else meanings
        by_meaning = any(one.clip_id == clip_id for one in near)
        if by_words and by_meaning:
            return Why.BOTH
        return Why.WORDS if by_words else Why.MEANING
