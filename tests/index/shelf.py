"""Twelve clips of six meetings, in the French that is spoken in them, and a library made of them for real."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from consent.records import RecordingId, Role, Span
from pipeline.index.embed import Embedder
from pipeline.index.entries import Entry
from pipeline.index.generation import build, publish
from pipeline.index.manifest import Manifest
from pipeline.index.reader import IndexReader
from pipeline.index.search import Request, search
from pipeline.index.stage import embed, provenance_of
from pipeline.outputs import provenance
from pipeline.records import EVERYTHING, Clip, ClipId, Filters, Mode, Rendering, SearchPage, Sentence, Stage
from tests.clearances import clearance_for

NOW = datetime(2026, 3, 20, 3, tzinfo=UTC)

MEETINGS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "infirmière": (
        (
            "À quoi ressemble une journée à l'hôpital ?",
            (
                "À quoi ressemble une de vos journées ?",
                "J'arrive à six heures quarante-cinq pour les transmissions avec l'équipe de nuit.",
                "Ensuite je prépare les médicaments et je fais le tour des chambres.",
                "L'après-midi, les aides-soignantes et moi, nous accueillons les familles.",
            ),
        ),
        (
            "Quelles études pour devenir infirmière ?",
            (
                "Et pour y arriver, il faut faire quoi comme études ?",
                "Il y a trois ans d'école après le bac, avec la moitié du temps en stage.",
                "On passe par Parcoursup, il n'y a plus de concours.",
            ),
        ),
    ),
    "boulanger": (
        (
            "À quelle heure se lève un boulanger ?",
            (
                "Vous vous levez à quelle heure ?",
                "Mon réveil sonne à deux heures du matin, et le four est chaud à trois heures.",
                "On pétrit la pâte, on façonne les baguettes, puis on enfourne.",
            ),
        ),
        (
            "Combien gagne un boulanger débutant ?",
            (
                "C'est indiscret, mais on gagne combien ?",
                "Au début, j'étais payé au SMIC, avec les heures de nuit majorées.",
                "Aujourd'hui, à mon compte, je me verse deux mille cinq cents euros.",
            ),
        ),
    ),
    "développeuse": (
        (
            "Est-ce qu'il faut être fort en maths pour coder ?",
            (
                "Est-ce qu'il faut être très fort en maths ?",
                "Non, il faut surtout de la logique et aimer chercher ses erreurs.",
                "J'écris du Python et du C++ toute la journée.",
            ),
        ),
        (
            "Est-ce que vous travaillez depuis chez vous ?",
            (
                "Vous allez au bureau tous les jours ?",
                "Je suis en télétravail trois jours par semaine, avec des réunions en visio.",
                "Le reste du temps, je retrouve mon équipe dans les locaux.",
            ),
        ),
    ),
    "électricien": (
        (
            "Est-ce que c'est dangereux, l'électricité ?",
            (
                "Ça ne vous fait pas peur, le courant ?",
                "On coupe toujours l'alimentation avant d'intervenir, et on porte des gants isolants.",
                "En quinze ans de chantier, je n'ai jamais eu d'accident.",
            ),
        ),
        (
            "Comment s'est passé votre apprentissage ?",
            (
                "Vous avez appris en alternance ?",
                "J'ai fait un CAP d'électricien en deux ans, une semaine au CFA et trois en entreprise.",
                "Mon patron m'a embauché tout de suite après.",
            ),
        ),
    ),
    "vétérinaire": (
        (
            "Qu'est-ce qui est le plus dur dans votre métier ?",
            (
                "C'est quoi, le plus difficile ?",
                "Annoncer à quelqu'un qu'on ne pourra pas sauver son chien.",
                "On s'attache aux animaux, et pourtant il faut garder son calme.",
            ),
        ),
        (
            "Est-ce que vous soignez aussi les vaches ?",
            (
                "Vous ne voyez que des chats ?",
                "Non, deux jours par semaine je vais dans les fermes, pour les vaches et les brebis.",
                "Un vêlage, ça peut tomber au milieu de la nuit.",
            ),
        ),
    ),
    "ingénieur du son": (
        (
            "Comment devient-on ingénieur du son ?",
            (
                "Vous avez commencé comment ?",
                "J'ai enregistré les groupes de mes copains dans un garage, puis j'ai fait un BTS audiovisuel.",
                "Mon premier contrat, c'était sur une tournée, l'été de mes vingt ans.",
            ),
        ),
        (
            "Est-ce que vous avez une vie de famille ?",
            (
                "Et la famille, avec ces horaires ?",
                "Les concerts, c'est le soir et le week-end, donc il faut s'organiser.",
                "Mes enfants viennent parfois me voir en coulisses.",
            ),
        ),
    ),
}
"""Title and sentences of two clips for each occupation; the young person speaks first."""


def recording_of(occupation: str) -> RecordingId:
    """The recording of that meeting."""
    return RecordingId("rec-" + hashlib.sha256(occupation.encode()).hexdigest()[:16])


def make_clip(occupation: str, number: int, title: str, texts: Sequence[str]) -> Clip:
    """A clip whose sentences last five seconds each; the n-th clip of a meeting begins at n minutes."""
    digest = hashlib.sha256(f"{occupation}{title}".encode()).hexdigest()[:20]
    return Clip(
        id=ClipId(f"clip-{digest}"),
        recording_id=recording_of(occupation),
        span=Span(start=60.0 * (number + 1), end=60.0 * (number + 1) + 5 * len(texts)),
        duration=5.0 * len(texts),
        title=title,
        occupation=occupation,
        language="fr",
        recorded_at=NOW,
        width=320,
        height=180,
        sentences=tuple(
            Sentence(
                role=Role.PROFESSIONAL if place else Role.YOUNG_PERSON,
                span=Span(start=5.0 * place, end=5.0 * (place + 1)),
                text=text,
            )
            for place, text in enumerate(texts)
        ),
        video=f"{digest}.mp4",
        captions=f"{digest}.vtt",
        poster=f"{digest}.jpg",
        video_sha256="0" * 64,
    )


def make_rendering(occupation: str) -> Rendering:
    """The render output of a meeting."""
    clips = tuple(make_clip(occupation, number, *clip) for number, clip in enumerate(MEETINGS[occupation]))
    parameters: dict[str, object] = {"clips": [clip.id for clip in clips]}
    return Rendering(
        recording_id=recording_of(occupation),
        clips=clips,
        provenance=provenance(Stage.RENDER, "test", (), parameters, NOW),
    )


def make_entries(embedder: Embedder, home: Path, occupations: Iterable[str] = MEETINGS) -> tuple[Entry, ...]:
    """Embed meetings under ``home`` and give their clips, cleared for publication."""
    entries: list[Entry] = []
    for occupation in occupations:
        rendering = make_rendering(occupation)
        folder = home / rendering.recording_id
        folder.mkdir(parents=True)
        clearance = clearance_for(rendering.recording_id)
        made = embed(rendering, clearance, embedder, folder, provenance_of(rendering, embedder.identity, NOW))
        entries += [Entry(clip, made, folder, clearance) for clip in rendering.clips]
    return tuple(entries)


@dataclass
class Shelf:
    """A library: its entries, its index, and which clips may be shown at this instant."""

    embedder: Embedder
    entries: tuple[Entry, ...]
    root: Path
    withdrawn: set[ClipId] = field(default_factory=set)
    asked: list[tuple[ClipId, ...]] = field(default_factory=list)

    @property
    def reader(self) -> IndexReader:
        """A fresh reader."""
        return IndexReader(self.root)

    def rebuild(self, entries: Sequence[Entry], now: datetime = NOW) -> Manifest:
        """Build and publish."""
        manifest = build(entries, self.embedder.identity, self.root, now)
        publish(self.root, manifest)
        return manifest

    def copy(self, home: Path) -> Shelf:
        """The same with an index of its own, to be changed or damaged."""
        shutil.copytree(self.root, home / "index")
        return Shelf(self.embedder, self.entries, home / "index")

    def clips(self, clip_ids: Sequence[ClipId]) -> Mapping[ClipId, Clip]:
        """The consent gate."""
        self.asked.append(tuple(clip_ids))
        known = {entry.clip.id: entry.clip for entry in self.entries}
        return {one: known[one] for one in clip_ids if one in known and one not in self.withdrawn}

    def showable(self, clip_ids: Sequence[ClipId]) -> set[ClipId]:
        """The consent gate, for counts."""
        known = {entry.clip.id for entry in self.entries}
        return {one for one in clip_ids if one in known and one not in self.withdrawn}

    def find(
        self,
        text: str,
        mode: Mode = Mode.KEYWORD,
        limit: int = 10,
        per_meeting: int | None = None,
        filters: Filters = EVERYTHING,
        cursor: str | None = None,
    ) -> SearchPage:
        """Search as a visitor does."""
        request = Request(text, mode, limit, filters, per_meeting, cursor, facets=True)
        return search(self.reader, lambda: self.embedder, request, self)

    def titles(self, text: str, mode: Mode = Mode.KEYWORD, limit: int = 10) -> list[str]:
        """The titles that a query finds, best first."""
        return [hit.clip.title for hit in self.find(text, mode, limit).hits]
