"""Search: a question in, a page of clips out, each with the second that answers.

Keyword (BM25), semantic (cosine) or both. Nothing reaches the page that the gate does not let through at this instant,
neither a clip nor a count; where it holds something back, the page is refilled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Protocol

from consent.records import RecordingId
from pipeline.errors import InvalidQuery
from pipeline.index.counting import facets_of, nearby_occupations
from pipeline.index.cursor import Cursor
from pipeline.index.embed import Embedder
from pipeline.index.living import living
from pipeline.index.matching import Asked, Found, answers, means_it, rank
from pipeline.index.moment import find_moment, wants_of
from pipeline.index.opened import Generation
from pipeline.index.question import understand
from pipeline.index.ranking import Candidate
from pipeline.index.reader import IndexReader
from pipeline.records import EVERYTHING, Clip, ClipId, FacetName, Filters, Hit, Mode, SearchPage, Why

MAX_QUERY_CHARACTERS = 1_000
"""A question of a hundred and fifty words; beyond, it is a document, and costs the server for nothing."""

POOL = 200
"""Candidates asked of each engine: ten pages of a phone. Totals and facets count among them."""

_DEEPER = 4
"""How many times more where those that may be shown do not fill the page."""


class Gate(Protocol):
    """What may be shown at this instant."""

    def clips(self, clip_ids: Sequence[ClipId]) -> Mapping[ClipId, Clip]:
        """Of the clips asked, those that may be shown."""
        ...

    def showable(self, clip_ids: Sequence[ClipId]) -> AbstractSet[ClipId]:
        """The same, without reading them: for counts."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What a visitor asks. ``per_meeting`` clips of one meeting at most on a page; None for any number."""

    text: str
    mode: Mode = Mode.HYBRID
    limit: int = 10
    filters: Filters = EVERYTHING
    per_meeting: int | None = 2
    cursor: str | None = None
    facets: bool = False


def search(reader: IndexReader, embedder: Callable[[], Embedder], request: Request, gate: Gate) -> SearchPage:
    """Find the clips that answer best; ``embedder`` is called in semantic and hybrid mode only.

    Raises:
        InvalidQuery: the question is empty or too long, or the cursor is not of this question.
        IndexUnavailable: the index is damaged, or (IndexMismatch) was built with another model.
        ModelUnavailable: the model is needed and cannot be loaded.
    """
    if request.limit < 1:
        raise ValueError("a page has at least one place")
    request = replace(request, text=clean_query(request.text))
    if reader.is_empty:
        return SearchPage(query=request.text, mode=request.mode, hits=(), generation="")
    cursor = Cursor.read(request)
    generation = reader.current() if cursor is None else reader.named(cursor.generation)
    return _Search(generation, request, embedder, gate).page(0 if cursor is None else cursor.page)


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


class _Search:
    """One search under way."""

    def __init__(self, generation: Generation, request: Request, embedder: Callable[[], Embedder], gate: Gate) -> None:
        self._generation = generation
        self._request = request
        self._gate = gate
        question = understand(request.text, generation.speller, living(generation, gate))
        vector, noise = None, -1.0
        if request.mode is not Mode.KEYWORD:
            model = embedder()
            generation.require_embedder(model.identity)
            vector, noise = model.query(question.written), generation.noise(model)
        self._asked = Asked(question, vector, request.mode, noise, request.filters)
        self._wants = wants_of(generation, question)
        self._clips: dict[ClipId, Clip] = {}
        self._refused: set[ClipId] = set()

    def page(self, number: int) -> SearchPage:
        """The page of that number, from 0."""
        kept, more, found = self._fill(number)
        request, question = self._request, self._asked.question
        total = len(self._showable(found))
        return SearchPage(
            query=request.text,
            mode=request.mode,
            hits=tuple(self._hit(one) for one in kept),
            generation=self._generation.name,
            understood=question.text if question.changed else "",
            total=max(total, len(kept)),
            facets=facets_of(self._generation, request.filters, self._rows) if request.facets else (),
            nearby=() if kept else nearby_occupations(self._generation, self._asked.vector, self._gate),
            cursor=Cursor(self._generation.name, number + 1).written(request) if more else None,
        )

    def _fill(self, number: int) -> tuple[list[Candidate], bool, list[Candidate]]:
        """Lay out pages up to ``number``, asking for more candidates until it is full or there are none left."""
        depth = min(self._generation.size, max(POOL, 2 * (number + 1) * self._request.limit))
        while True:
            found = rank(self._generation, self._asked, max(1, depth))
            matching = _matching(found, self._asked)
            kept, more = self._layout(matching, number)
            if len(kept) == self._request.limit or found.exhausted or depth >= self._generation.size:
                return kept, more, matching
            depth = min(self._generation.size, depth * _DEEPER)

    def _layout(self, matching: Sequence[Candidate], number: int) -> tuple[list[Candidate], bool]:
        """The clips of one page, and whether another follows: each page takes the best left, few of a meeting."""
        waiting = list(matching)
        for page in range(number + 1):
            kept: list[Candidate] = []
            left: list[Candidate] = []
            by_meeting: dict[RecordingId, int] = {}
            for first, one in enumerate(waiting):
                if len(kept) == self._request.limit:
                    left += waiting[first:]
                    break
                clip = self._clip(one.clip_id, waiting[first : first + self._request.limit])
                if clip is None:
                    continue
                count = by_meeting.get(clip.recording_id, 0)
                if self._request.per_meeting is not None and count >= self._request.per_meeting:
                    left.append(one)
                    continue
                by_meeting[clip.recording_id] = count + 1
                kept.append(one)
            if page == number:
                return kept, any(self._clip(one.clip_id, (one,)) is not None for one in left)
            waiting = left
        return [], False

    def _clip(self, clip_id: ClipId, soon: Sequence[Candidate]) -> Clip | None:
        """A clip that may be shown; the gate is asked once about each, with those that come ``soon``."""
        if clip_id not in self._clips and clip_id not in self._refused:
            new = [one.clip_id for one in soon if one.clip_id not in self._clips and one.clip_id not in self._refused]
            allowed = self._gate.clips(new)
            self._clips.update(allowed)
            self._refused.update(one for one in new if one not in allowed)
        return self._clips.get(clip_id)

    def _showable(self, found: Sequence[Candidate]) -> list[int]:
        """Rows of the candidates that may be shown."""
        allowed = self._gate.showable([one.clip_id for one in found])
        return [one.row for one in found if one.clip_id in allowed]

    def _rows(self, without: FacetName | None) -> list[int]:
        """Rows that answer and may be shown, with every filter but those of one facet."""
        filters = self._request.filters if without is None else self._request.filters.without(without)
        found = rank(self._generation, replace(self._asked, filters=filters), max(1, min(self._generation.size, POOL)))
        return self._showable(_matching(found, self._asked))

    def _why(self, one: Candidate) -> Why:
        """What found a clip."""
        if one.words > 0 and means_it(one, self._asked):
            return Why.BOTH
        return Why.WORDS if one.words > 0 else Why.MEANING

    def _hit(self, one: Candidate) -> Hit:
        clip, asked = self._clips[one.clip_id], self._asked
        moment, title_marks = find_moment(self._generation, clip, asked.question, self._wants, asked.vector)
        return Hit(clip=clip, score=one.score, why=self._why(one), title_marks=title_marks, moment=moment)


def _matching(found: Found, asked: Asked) -> list[Candidate]:
    return [one for one in found.candidates if answers(one, asked)]
