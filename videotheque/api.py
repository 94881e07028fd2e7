"""The JSON API, version 1: search, and one clip. Keys may be added to an answer, never removed or renamed.

Takes the library's records and gives only what visitors may have: no recording id, no path, no name.
"""

from __future__ import annotations

from typing import Self

from fastapi import APIRouter
from pydantic import Field

from consent.records import Frozen, Role
from pipeline.records import Clip, ClipId, Facet, Hit, Mark, Mode, Moment, Suggestion, Tag, TagKind, Why
from videotheque import addresses
from videotheque.parameters import (
    DEFAULT_LIMIT,
    Chosen,
    Cursor,
    Limit,
    ModeChoice,
    OptionalQuestion,
    PerMeeting,
    Question,
    Seed,
    Shown,
)
from videotheque.problems import documented
from videotheque.view import Options

router = APIRouter(prefix="/api/v1", tags=["clips"])


class TagItem(Frozen):
    """What the clip is about, and the sentence that says so."""

    kind: TagKind
    value: str = Field(description="Stable identifier.")
    label: str = Field(description="In French.")
    confidence: float = Field(description="Between 0 and 1.")
    sentence: int | None = Field(description="Rank, from 0, of the sentence that earned it; null: declared, not said.")
    at: float | None = Field(description="Where that sentence begins, in seconds from the clip's start.")
    rome: str | None = Field(description="ROME code of an occupation, where the operator supplied the list.")
    onisep: str | None = Field(description="ONISEP identifier of an occupation, likewise.")

    @classmethod
    def of(cls, clip: Clip, tag: Tag) -> Self:
        """A tag of a clip."""
        known = tag.sentence is not None and tag.sentence < len(clip.sentences)
        at = clip.sentences[tag.sentence].span.start if known and tag.sentence is not None else None
        return cls(**{**dict(tag), "sentence": tag.sentence if known else None, "at": at})


class ClipItem(Frozen):
    """A clip, as listed. Addresses are paths on this host."""

    id: ClipId
    title: str
    occupation: str | None = Field(description="The professional's occupation; never a name.")
    language: str
    duration: float = Field(description="Seconds.")
    width: int
    height: int
    url: str = Field(description="The clip's page.")
    video_url: str
    captions_url: str
    poster_url: str
    summary: tuple[str, ...] = Field(description="At most two sentences of the answer.")
    tags: tuple[TagItem, ...] = Field(description="Kinds of question (the main one first), sector, occupation, levels.")


class MomentItem(Frozen):
    """The sentence that answers, and the addresses that open the clip there."""

    at: float = Field(description="Seconds from the clip's start.")
    in_meeting: float = Field(description="Seconds from the recording's start.")
    text: str
    marks: tuple[Mark, ...] = Field(description="Characters [start, end) of the text that match the query.")
    url: str
    video_url: str

    @classmethod
    def of(cls, clip_id: ClipId, moment: Moment) -> Self:
        """The moment of a hit."""
        return cls(
            at=moment.at,
            in_meeting=moment.in_meeting,
            text=moment.text,
            marks=moment.marks,
            url=addresses.clip_url(clip_id, moment.at),
            video_url=addresses.video_url(clip_id, moment.at),
        )


class HitItem(ClipItem):
    """A clip that answers the query: why, how well, and at which moment."""

    score: float = Field(description="Higher is better; comparable inside one answer only.")
    why: Why
    title_marks: tuple[Mark, ...]
    moment: MomentItem


class SentenceItem(Frozen):
    """A sentence of the transcript; seconds from the clip's start."""

    role: Role | None
    start: float
    end: float
    text: str


class ClipDetail(ClipItem):
    """A clip with its transcript."""

    sentences: tuple[SentenceItem, ...]


class SearchAnswer(Frozen):
    """The clips that answer a query, best first."""

    query: str
    mode: Mode
    generation: str = Field(description="Which index answered; empty where there is none yet.")
    items: tuple[HitItem, ...]
    understood: str = Field(description="The question as it was read, where it was not read as typed; else empty.")
    total: int = Field(description="Clips that answer and may be shown; two hundred or more are not all counted.")
    facets: tuple[Facet, ...] = Field(description="Counts by facet, where asked for.")
    nearby: tuple[Suggestion, ...] = Field(description="Occupations near a question that nothing answers.")
    cursor: str | None = Field(description="Leads to the next page; null where there is none.")


class ClipList(Frozen):
    """Clips without a question."""

    items: tuple[ClipItem, ...]


class Suggestions(Frozen):
    """What a visitor may mean: occupations first, then themes, then titles."""

    items: tuple[Suggestion, ...]


@router.get("/clips", summary="Search clips", responses=documented(422, 503))
def search_clips(
    library: Shown,
    q: Question,
    filters: Chosen,
    mode: ModeChoice = Mode.HYBRID,
    limit: Limit = DEFAULT_LIMIT,
    per_meeting: PerMeeting = 2,
    facets: bool = False,
    cursor: Cursor = None,
) -> SearchAnswer:
    """Find the clips, and in each the second, that answer a question asked in French."""
    page = library.search(q, mode, limit, Options(filters, per_meeting or None, facets, cursor))
    return SearchAnswer(
        query=page.query,
        mode=page.mode,
        generation=page.generation,
        items=tuple(_hit_item(hit) for hit in page.hits),
        understood=page.understood,
        total=page.total,
        facets=page.facets,
        nearby=page.nearby,
        cursor=page.cursor,
    )


@router.get("/suggestions", summary="Suggest while typing", responses=documented(422, 503))
def suggestions(library: Shown, q: OptionalQuestion = "", limit: Limit = 8) -> Suggestions:
    """Occupations, themes and titles that begin as what is typed; mistyped beginnings are corrected."""
    return Suggestions(items=library.suggest(q, limit))


@router.get("/discover", summary="Clips without a question", responses=documented(422, 503))
def discover(library: Shown, filters: Chosen, seed: Seed = "", limit: Limit = DEFAULT_LIMIT) -> ClipList:
    """Clips in an order drawn for the day and the seed, occupations taking turns."""
    return ClipList(items=tuple(map(_listed, library.explore(limit, seed, filters))))


@router.get("/clips/{clip_id}/related", summary="Clips like one", responses=documented(404, 410, 422, 503))
def related_clips(library: Shown, clip_id: str, limit: Limit = 6) -> ClipList:
    """Clips like one, those of other meetings first."""
    return ClipList(items=tuple(map(_listed, library.related(addresses.checked(clip_id), limit))))


@router.get("/clips/{clip_id}", summary="Read one clip", responses=documented(404, 410, 422, 503))
def read_clip(library: Shown, clip_id: str) -> ClipDetail:
    """One clip with its transcript."""
    clip = library.clip(addresses.checked(clip_id))
    sentences = tuple(
        SentenceItem(role=one.role, start=one.span.start, end=one.span.end, text=one.text) for one in clip.sentences
    )
    return ClipDetail(**dict(_listed(clip)), sentences=sentences)


def _hit_item(hit: Hit) -> HitItem:
    return HitItem(
        **dict(_listed(hit.clip)),
        score=hit.score,
        why=hit.why,
        title_marks=hit.title_marks,
        moment=MomentItem.of(hit.clip.id, hit.moment),
    )


def _listed(clip: Clip) -> ClipItem:
    return ClipItem(
        id=clip.id,
        title=clip.title,
        occupation=clip.occupation,
        language=clip.language,
        duration=clip.duration,
        width=clip.width,
        height=clip.height,
        url=addresses.clip_url(clip.id),
        video_url=addresses.video_url(clip.id),
        captions_url=addresses.captions_url(clip.id),
        poster_url=addresses.poster_url(clip.id),
        summary=clip.summary,
        tags=tuple(TagItem.of(clip, tag) for tag in clip.tags),
    )
