"""A library of agreed meetings made without any media: real rows, files, vectors and index, of drawn content.

Takes a folder and sizes; gives a workshop whose catalogue holds the clips, published, and whose index is current.
Texts are drawn from a small vocabulary with a fixed seed, vectors at random: what is measured is what is kept, not
what it means.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from consent.approvals import Approval
from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role, Span
from flows.generations import refresh_index
from flows.inbox import register_folder
from flows.workshop import Workshop
from pipeline.catalogue import Catalogue, content_of
from pipeline.index.embed import Embedder, Vectors
from pipeline.index.stage import embed, provenance_of
from pipeline.outputs import provenance
from pipeline.records import Clip, ClipId, Rendering, Sentence, Stage
from pipeline.settings import Settings

SPOKEN = datetime.now(UTC) - timedelta(days=30)
"""When everybody agreed: lately enough for every agreement to stand."""

PEOPLE = (
    Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT),
    Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT),
)
_WORDS = (
    "métier", "école", "bac", "stage", "salaire", "journée", "équipe", "client", "atelier", "machine", "patron",
    "diplôme", "lycée", "chantier",
)  # fmt: skip
_DIMENSION = 384
_FILE_BYTES = 64 * 1024
"""Of a clip's video here: enough to be a file that must be unlinked, too little to measure the disk."""


class Drawn(Embedder):
    """An embedder whose vectors are drawn: of unit length, the same for the same seed."""

    def __init__(self) -> None:
        self.identity = "drawn"
        self.dimension = _DIMENSION
        self.window_words = 512  # more than any text here has
        self._random = np.random.default_rng(4)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text."""
        rows = self._random.standard_normal((len(texts), _DIMENSION)).astype(np.float32)
        normal: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return normal


def approve_all(
    catalogue: Catalogue, recording_id: RecordingId, clips: Sequence[Clip], people: Sequence[Party]
) -> None:
    """Everybody has seen every clip, and is content: without it, nothing would be shown."""
    catalogue.approvals.declare(recording_id, people, waived=())
    with catalogue.database.writing() as connection:
        for clip in clips:
            for person in people:
                approval = Approval(
                    recording_id=recording_id,
                    person_id=person.id,
                    clip_id=clip.id,
                    content=content_of(clip),
                    said_at=SPOKEN,
                    channel="bench",
                )
                catalogue.approvals.say_within(connection, approval)


def recording_of(number: int) -> RecordingId:
    """The opaque id of the n-th recording."""
    return RecordingId(f"rec-{number:016x}")


def given(person: Party, recording_id: RecordingId, at: datetime = SPOKEN) -> ConsentEvent:
    """A consent to everything."""
    return ConsentEvent(
        event_id=f"{recording_id}-{person.id}-{at.timestamp()}",
        recording_id=recording_id,
        person_id=person.id,
        kind=EventKind.GIVEN,
        purposes=frozenset(Purpose),
        indicated_at=at,
        recorded_at=at,
        notice_version="2026-11-3",
        channel="web",
    )


def clip_of(recording_id: RecordingId, number: int, draw: random.Random) -> Clip:
    """A clip of five sentences."""
    texts = [" ".join(draw.choices(_WORDS, k=12)).capitalize() + "." for _ in range(5)]
    name = f"{recording_id[4:]}{number:04x}"
    return Clip(
        id=ClipId(f"clip-{name}"),
        recording_id=recording_id,
        span=Span(start=60.0 * number, end=60.0 * number + 50),
        duration=50.0,
        title=texts[0],
        occupation="exemple",
        language="fr",
        recorded_at=SPOKEN,
        width=640,
        height=360,
        sentences=tuple(
            Sentence(
                role=Role.PROFESSIONAL if place else Role.YOUNG_PERSON,
                span=Span(start=10.0 * place, end=10.0 * (place + 1)),
                text=text,
            )
            for place, text in enumerate(texts)
        ),
        video=f"{name}.mp4",
        captions=f"{name}.vtt",
        poster=f"{name}.jpg",
        video_sha256="0" * 64,
    )


def make_library(settings: Settings, inbox: Path, meetings: int, clips: int) -> Workshop:
    """Register, agree, publish and index ``meetings`` of ``clips`` clips each.

    Raises:
        RuntimeError: the index could not be made.
    """
    workshop, draw, embedder = Workshop(settings), random.Random(4), Drawn()
    for number in range(meetings):
        _publish(workshop, _meeting(inbox, number), clips, draw, embedder)
    report = refresh_index(workshop)
    if report.problem or report.clips != meetings * clips:
        raise RuntimeError(f"the index of the library was not made: {report}")
    return workshop


def _meeting(inbox: Path, number: int) -> Path:
    folder = inbox / f"rencontre-{number:04d}"
    folder.mkdir(parents=True)
    (folder / "rencontre.mp4").write_bytes(bytes(_FILE_BYTES))
    people = [{"id": one.id, "role": one.role.value, "age_band": "adult", "review": "waived"} for one in PEOPLE]
    consents = [
        {"participant": one.id, "purposes": [purpose.value for purpose in Purpose], "at": SPOKEN.isoformat()}
        for one in PEOPLE
    ]
    described = {
        "id": folder.name,
        "recording": "rencontre.mp4",
        "recorded_at": (SPOKEN + timedelta(days=1)).isoformat(),
        "participants": people,
        "consents": consents,
    }
    (folder / "meeting.json").write_text(json.dumps(described), "utf-8")
    return folder


def _publish(workshop: Workshop, folder: Path, clips: int, draw: random.Random, embedder: Drawn) -> None:
    meeting, _ = register_folder(workshop, folder)
    recording_id = meeting.recording_id
    made = tuple(clip_of(recording_id, number, draw) for number in range(clips))
    address = provenance(Stage.RENDER, "bench", (recording_id,), {}, SPOKEN)
    rendering = Rendering(recording_id=recording_id, clips=made, provenance=address)

    def render(into: Path) -> Rendering:
        for name in _files(made):
            (into / name).write_bytes(bytes(_FILE_BYTES))
        return rendering

    workshop.outputs.produce(recording_id, Stage.RENDER, address.key, render)
    clearance = workshop.register.clear(recording_id, *Purpose)
    vectors = provenance_of(rendering, embedder.identity, SPOKEN)
    workshop.outputs.produce(
        recording_id, Stage.INDEX, vectors.key, lambda into: embed(rendering, clearance, embedder, into, vectors)
    )
    workshop.catalogue.publish(clearance, recording_id, made, address.key, vectors.key)


def _files(clips: Sequence[Clip]) -> Iterator[str]:
    for clip in clips:
        yield from (clip.video, clip.captions, clip.poster)
