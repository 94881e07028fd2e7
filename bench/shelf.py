"""A library of many consented clips without media, for measuring search: made of our own development texts.

Takes how many clips are wanted and an empty home; gives the catalogue, the register and one index generation, built by
the product's own functions. The passages of ``bench/data`` are taken in turn, their sentences in another order at each
turn, so that words keep their real frequencies and no two clips are the same.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.agreed import approve_all
from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role, Span
from consent.reviewers import Reviewers
from pipeline.catalogue import Catalogue
from pipeline.index.embed import Embedder
from pipeline.index.entries import Entry
from pipeline.index.generation import build, publish
from pipeline.index.manifest import Manifest
from pipeline.index.stage import embed, provenance_of
from pipeline.index.texts import sentences_of
from pipeline.opening import open_register
from pipeline.outputs import provenance
from pipeline.records import Clip, ClipId, Rendering, Sentence, Stage
from pipeline.settings import Settings

DATA = Path(__file__).with_name("data")
CLIPS_A_MEETING = 5
_SECONDS_A_WORD = 0.4
_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def questions() -> list[str]:
    """Real French questions: paraphrases, keywords and teenage spelling of the development set, in a fixed order."""
    lines = [json.loads(line) for line in (DATA / "retrieval.jsonl").read_text("utf-8").splitlines()]
    asked = [line[kind] for line in lines for kind in ("paraphrase", "keywords", "teen")]
    random.Random(1).shuffle(asked)
    return asked


def open_catalogue(home: Path) -> Catalogue:
    """The catalogue under a home."""
    return Catalogue(open_register(Settings(home=home)), Reviewers.NOBODY)


def fill(home: Path, clips: int, embedder: Embedder, told: Callable[[str], None] = lambda _: None) -> list[Entry]:
    """Publish ``clips`` clips of meetings that everybody agreed to; give what their index is built of.

    ``told`` is said every five hundred clips how many are published.
    """
    catalogue, entries = open_catalogue(home), list[Entry]()
    for number, meeting in enumerate(_meetings(clips)):
        if len(entries) % 500 == 0:
            told(f"{len(entries)} extraits publiés sur {clips}…")
        recording_id = meeting[0].recording_id
        parties = [
            Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT),
            Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT),
        ]
        catalogue.register.declare(recording_id, parties, [_given(recording_id, party) for party in parties])
        catalogue.register_meeting(recording_id, f"banc-{number}", home / f"banc-{number}", _AT)
        clearance = catalogue.register.clear(recording_id, *Purpose)
        catalogue.publish(clearance, recording_id, meeting, "render", "index")
        approve_all(catalogue, recording_id, meeting, parties)
        rendering = Rendering(
            recording_id=recording_id, clips=tuple(meeting), provenance=provenance(Stage.RENDER, "bench", (), {}, _AT)
        )
        folder = home / "vectors" / recording_id
        folder.mkdir(parents=True)
        made = embed(rendering, clearance, embedder, folder, provenance_of(rendering, embedder.identity, _AT))
        entries += [Entry(clip, made, folder, clearance) for clip in meeting]
    return entries


def swap(home: Path, manifest: Manifest) -> None:
    """Make a generation current."""
    publish(Settings(home=home).index_folder, manifest)


def built(home: Path, entries: Sequence[Entry], embedder: Embedder) -> Manifest:
    """Build a generation that is not current yet."""
    return build(entries, embedder.identity, Settings(home=home).index_folder, datetime.now(UTC))


def _given(recording_id: RecordingId, party: Party) -> ConsentEvent:
    return ConsentEvent(
        event_id=f"given-{recording_id}-{party.id}",
        recording_id=recording_id,
        person_id=party.id,
        kind=EventKind.GIVEN,
        purposes=frozenset(Purpose),
        indicated_at=_AT,
        recorded_at=_AT,
    )


def _meetings(clips: int) -> Iterator[list[Clip]]:
    texts = [json.loads(line) for line in (DATA / "retrieval.jsonl").read_text("utf-8").splitlines()]
    luck = random.Random(2)
    for first in range(0, clips, CLIPS_A_MEETING):
        recording_id = RecordingId("rec-" + hashlib.sha256(f"bench {first}".encode()).hexdigest()[:16])
        made: list[Clip] = []
        for number in range(first, min(first + CLIPS_A_MEETING, clips)):
            line = texts[number % len(texts)]
            said = sentences_of(line["text"])
            if number >= len(texts):
                luck.shuffle(said)
            made.append(_clip(recording_id, number, str(line["occupation"]), said))
        yield made


def _clip(recording_id: RecordingId, number: int, occupation: str, said: Sequence[str]) -> Clip:
    sentences: list[Sentence] = []
    at = 0.0
    for text in said:
        end = at + _SECONDS_A_WORD * len(text.split())
        sentences.append(Sentence(role=Role.PROFESSIONAL, span=Span(start=at, end=end), text=text))
        at = end
    start = 200.0 * (number % CLIPS_A_MEETING)
    return Clip(
        id=ClipId(f"clip-{number:020x}"),
        recording_id=recording_id,
        span=Span(start=start, end=start + at),
        duration=at,
        title=said[0][:80],
        occupation=occupation,
        language="fr",
        recorded_at=_AT + timedelta(days=number % 300),
        width=640,
        height=360,
        sentences=tuple(sentences),
        video="clip.mp4",
        captions="clip.vtt",
        poster="clip.jpg",
        video_sha256="0" * 64,
    )
