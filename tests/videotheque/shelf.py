"""A small library held in memory over real files: what the web layer's tests show."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from consent.errors import RegisterUnavailable
from consent.records import RecordingId, Role, Span
from pipeline.errors import PipelineError
from pipeline.records import (
    EVERYTHING,
    Choice,
    Clip,
    ClipId,
    Facet,
    FacetName,
    FacetValue,
    Filters,
    Hit,
    Mark,
    Mode,
    Moment,
    SearchPage,
    Sentence,
    Standalone,
    Suggestion,
    SuggestionKind,
    Tag,
    TagKind,
    Why,
)
from videotheque.view import USUAL, ClipUnknown, ClipWithdrawn, MediaKind, Options

SECRET_PATH = "/srv/rencontres/Camille-Durand.mp4"
"""What an operator's error names, and no visitor may read."""

RECORDING = RecordingId("rec-00112233aabbccdd")
BAKER = ClipId("clip-00000000000000000001")
CODER = ClipId("clip-00000000000000000002")


def make_clip(clip_id: ClipId, title: str, occupation: str | None, texts: tuple[str, ...]) -> Clip:
    """A clip of three seconds; the young person asks the first sentence, the professional answers."""
    step = 3.0 / len(texts)
    sentences = tuple(
        Sentence(
            role=Role.YOUNG_PERSON if number == 0 else Role.PROFESSIONAL,
            span=Span(start=number * step, end=(number + 1) * step),
            text=text,
        )
        for number, text in enumerate(texts)
    )
    return Clip(
        id=clip_id,
        recording_id=RECORDING,
        span=Span(start=60, end=63),
        duration=3.0,
        title=title,
        occupation=occupation,
        language="fr",
        recorded_at=datetime(2026, 3, 12, 14, tzinfo=UTC),
        width=320,
        height=180,
        sentences=sentences,
        video="clip.mp4",
        captions="clip.vtt",
        poster="clip.jpg",
        video_sha256="0" * 64,
    )


TAGS = (
    Tag(kind=TagKind.QUESTION, value="typical_day", label="Journée type", confidence=0.93, sentence=0, at=60.2),
    Tag(kind=TagKind.SECTOR, value="food", label="Hôtellerie & restauration", confidence=0.99),
    Tag(kind=TagKind.OCCUPATION, value="patissiere", label="Pâtissière", confidence=1, rome="D1104", onisep="MET.450"),
    Tag(kind=TagKind.LEVEL, value="cap", label="CAP, BEP", confidence=0.91, sentence=2, at=62.4),
)
"""One of each kind: earned by a sentence, or declared."""


CLIPS = (
    make_clip(
        BAKER,
        "À quoi ressemble une journée en pâtisserie ?",
        "pâtissière",
        (
            "À quoi ressemble une journée ?",
            "La journée commence à quatre heures.",
            "Ensuite on nettoie tout : c'est long !",
        ),
    ).model_copy(
        update={
            "summary": ("La journée commence à quatre heures.", "Ensuite on nettoie tout : c'est long !"),
            "tags": TAGS,
            "standalone": Standalone(score=0.5, reasons=("l'extrait s'ouvre sur une suite",), needs_review=True),
        }
    ),
    make_clip(
        CODER,
        "Coder <script>alert(1)</script> & cie",
        "développeuse",
        ("Faut-il être bonne en maths ?", "Ma journée, c'est lire du <b>code</b> & poser des questions."),
    ),
)


class Shelf:
    """Implements ``LibraryView``: finds the sentences that hold the question's longer words."""

    def __init__(self, folder: Path, clips: tuple[Clip, ...] = CLIPS) -> None:
        self.folder = folder
        self.clips = clips
        self.withdrawn: set[ClipId] = set()
        self.erased: set[ClipId] = set()
        self.failure: Exception | None = None
        self.asked: list[str] = []
        self.seeds: list[str] = []
        self.options = USUAL
        self.media_asked = 0

    def search(self, text: str, mode: Mode, limit: int, options: Options = USUAL) -> SearchPage:
        """Find clips."""
        self._gate()
        self.asked.append(text)
        self.options = options
        found = [clip for clip in self._shown() if _passes(clip, options.filters)]
        hits = [hit for clip in found if (hit := _hit(clip, text)) is not None]
        return SearchPage(
            query=text,
            mode=mode,
            hits=tuple(hits[:limit]),
            generation="gen-1",
            understood=text.replace("koi", "quoi") if "koi" in text else "",
            total=len(hits),
            facets=_facets([hit.clip for hit in hits], options.filters) if options.facets else (),
            nearby=() if hits else tuple(_occupation(clip) for clip in self._shown()),
            cursor="suite-2" if len(hits) > limit else None,
        )

    def clip(self, clip_id: ClipId) -> Clip:
        """Give one clip."""
        self._gate()
        if clip_id in self.withdrawn:
            raise ClipWithdrawn(f"Retiré : {SECRET_PATH}")
        for clip in self.clips:
            if clip.id == clip_id:
                return clip
        raise ClipUnknown(f"Inconnu : {SECRET_PATH}")

    def media(self, clip_id: ClipId, kind: MediaKind) -> Path:
        """Give a file."""
        self.media_asked += 1
        self.clip(clip_id)
        if clip_id in self.erased:  # withdrawn, and erased, just after this very check
            self.withdrawn.add(clip_id)
            return self.folder / "erased" / kind.value
        return self.folder / kind.value

    def count(self) -> int:
        """Count the clips shown."""
        self._gate()
        return len(self._shown())

    def explore(self, limit: int, seed: str = "", filters: Filters = EVERYTHING) -> tuple[Clip, ...]:
        """Give the first clips."""
        self._gate()
        self.seeds.append(seed)
        return tuple(clip for clip in self._shown() if _passes(clip, filters))[:limit]

    def related(self, clip_id: ClipId, limit: int) -> tuple[Clip, ...]:
        """Give the others."""
        self.clip(clip_id)
        return tuple(clip for clip in self._shown() if clip.id != clip_id)[:limit]

    def suggest(self, typed: str, limit: int) -> tuple[Suggestion, ...]:
        """Give the occupations that begin so."""
        self._gate()
        return tuple(
            _occupation(clip)
            for clip in self._shown()
            if typed and (clip.occupation or "").startswith(typed.rsplit(maxsplit=1)[-1].casefold())
        )[:limit]

    def _gate(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _shown(self) -> tuple[Clip, ...]:
        return tuple(clip for clip in self.clips if clip.id not in self.withdrawn)


def _passes(clip: Clip, filters: Filters) -> bool:
    wanted = filters.of(FacetName.OCCUPATION)
    return not wanted or clip.occupation in wanted


def _occupation(clip: Clip) -> Suggestion:
    return Suggestion(kind=SuggestionKind.OCCUPATION, text=clip.occupation or "", clips=1)


def _facets(clips: list[Clip], filters: Filters) -> tuple[Facet, ...]:
    values = tuple(
        FacetValue(
            value=one.occupation or "",
            label=one.occupation or "",
            count=1,
            chosen=Choice(facet=FacetName.OCCUPATION, value=one.occupation or "") in filters.chosen,
        )
        for one in clips
    )
    return (Facet(name=FacetName.OCCUPATION, values=values),) if values else ()


def _hit(clip: Clip, text: str) -> Hit | None:
    words = [word for word in re.findall(r"\w+", text.casefold()) if len(word) > 4]
    for sentence in reversed(clip.sentences):
        marks = _marks(sentence.text, words)
        if marks:
            return Hit(
                clip=clip,
                score=0.5,
                why=Why.BOTH,
                title_marks=_marks(clip.title, words),
                moment=Moment(
                    at=sentence.span.start,
                    in_meeting=clip.span.start + sentence.span.start,
                    text=sentence.text,
                    marks=marks,
                ),
            )
    return None


def _marks(text: str, words: list[str]) -> tuple[Mark, ...]:
    return tuple(
        Mark(start=found.start(), end=found.end())
        for word in words
        for found in re.finditer(re.escape(word), text.casefold())
    )


REGISTER_LOST = RegisterUnavailable(f"Le registre ne s'ouvre pas : {SECRET_PATH}")
FORGOTTEN = PipelineError(f"Une erreur d'une autre famille : {SECRET_PATH}")
