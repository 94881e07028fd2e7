"""A person's file: their own words and clips, or their child's while it is one, and nothing that the rules refuse."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from consent.records import AgeBand, Party, PersonId, Purpose, RecordingId, Role, Scope, Span
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue
from pipeline.opening import open_register
from pipeline.outputs import OutputStore, provenance
from pipeline.records import ClipId, Rendering, Stage, Transcript, TranscriptOrigin, Utterance, Word
from pipeline.settings import Settings
from tests.consent.people import PRO, RECORDING, given_by
from tests.databases import Clock
from tests.videotheque.shelf import make_clip
from videotheque.persons_file import write

EIGHTEEN = date(2028, 1, 1)
YOUNG = Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.FROM_15_TO_17, comes_of_age_on=EIGHTEEN)
PARENTS = tuple(Party(id=PersonId(one), role=Role.GUARDIAN) for one in ("mere", "pere"))
PASSING = Party(id=PersonId("tiers"), role=Role.THIRD_PARTY, present=(Span(start=200, end=210),))
SAID = {"jeune": (60, "Pourquoi ce métier ?"), "pro": (61, "Pour soigner."), "tiers": (201, "Pardon !")}
CLIPS = (ClipId("clip-" + "a" * 20), ClipId("clip-" + "b" * 20))


class Scene:
    """A meeting of two clips (at one minute, and where somebody walks in), its transcript, and its files."""

    def __init__(self, home: Path, media: Path, clock: Clock, young: Party = YOUNG) -> None:
        self.settings = Settings(home=home, inbox=home / "inbox", reviewers=Reviewers.NOBODY)
        self.catalogue = Catalogue(open_register(self.settings, clock), Reviewers.NOBODY)
        self.register = self.catalogue.register
        people = (PRO, young, *PARENTS, PASSING)
        self.catalogue.register_meeting(RecordingId(RECORDING), "essai", home / "inbox" / "essai", clock())
        self.register.declare(RECORDING, people, [given_by(one, at=clock.now) for one in people])
        self.outputs = OutputStore(self.settings.recordings_folder)
        self._transcribe()
        self._render(media)

    def _transcribe(self) -> None:
        made = provenance(Stage.TRANSCRIBE, "test", (), {}, datetime(2026, 5, 1, tzinfo=UTC))
        transcript = Transcript(
            recording_id=RECORDING,
            language="fr",
            origin=TranscriptOrigin.MODEL,
            utterances=tuple(
                Utterance(
                    speaker=PersonId(who), words=(Word(text=text, span=Span(start=at, end=at + 1), probability=1),)
                )
                for who, (at, text) in SAID.items()
            ),
            provenance=made,
        )
        self.outputs.produce(RECORDING, Stage.TRANSCRIBE, made.key, lambda _: transcript)

    def _render(self, media: Path) -> None:
        made = provenance(Stage.RENDER, "test", (), {}, datetime(2026, 5, 1, tzinfo=UTC))
        clips = [
            make_clip(one, "Un titre", "boulangère", ("Pourquoi ?", "Parce que.")).model_copy(
                update={
                    "recording_id": RECORDING,
                    "span": Span(start=at, end=at + 3),
                    "video": "video.mp4",
                    "captions": "captions.vtt",
                    "poster": "poster.jpg",
                }
            )
            for one, at in zip(CLIPS, (60, 200), strict=True)
        ]

        def make(into: Path) -> Rendering:
            shutil.copytree(media, into, dirs_exist_ok=True)
            return Rendering(recording_id=RECORDING, clips=tuple(clips), provenance=made)

        self.outputs.produce(RECORDING, Stage.RENDER, made.key, make)
        clearance = self.register.clear(RECORDING, *PUBLICATION)
        self.catalogue.publish(clearance, RECORDING, clips, made.key, "i")

    def file(self, person: str, path: Path) -> tuple[list[str], set[str]]:
        """The words, and the clips with their video, of somebody's file."""
        path.unlink(missing_ok=True)
        write(self.settings, self.catalogue, RECORDING, PersonId(person), path)
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            lines = archive.read("paroles.jsonl").decode().splitlines() if "paroles.jsonl" in names else []
            assert json.loads(archive.read("dossier.json"))["identity"]["person_id"] == person
        return [json.loads(line)["text"] for line in lines], {
            one.split("/")[1] for one in names if one.endswith("/video.mp4")
        }


@pytest.fixture
def scene(tmp_path: Path, media_folder: Path) -> Scene:
    """In the spring of 2026, at sixteen."""
    return Scene(tmp_path / "home", media_folder, Clock())


def test_each_is_given_their_own_words_and_the_clips_they_are_in(scene: Scene, tmp_path: Path) -> None:
    """Both who speak are in every clip, whoever walks in where they are; a guardian's file is their child's."""
    path, own = tmp_path / "dossier.zip", {who: [text] for who, (_, text) in SAID.items()}

    assert (own["jeune"], set(CLIPS)) == scene.file("jeune", path)
    assert (own["pro"], set(CLIPS)) == scene.file("pro", path)
    assert (own["tiers"], {CLIPS[1]}) == scene.file("tiers", path)
    assert (own["jeune"], set(CLIPS)) == scene.file("mere", path)


@pytest.mark.parametrize(
    ("young", "last", "first"),
    [
        (YOUNG, datetime(2027, 12, 31, 23, 59, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)),
        (YOUNG.model_copy(update={"comes_of_age_on": None}), timedelta(days=1095), timedelta(days=1096)),
    ],
)
def test_a_guardian_is_given_nothing_of_somebody_who_is_of_age(
    tmp_path: Path, media_folder: Path, young: Party, last: datetime | timedelta, first: datetime | timedelta
) -> None:
    """Up to the minute before; then their own answers only. Without a birthday, once an adult for certain."""
    clock, path = Clock(), tmp_path / "dossier.zip"
    scene, begun = Scene(tmp_path / "home", media_folder, clock, young), clock.now
    clock.now = last if isinstance(last, datetime) else begun + last
    before = scene.file("mere", path)
    clock.now = first if isinstance(first, datetime) else begun + first

    after = scene.file("mere", path)

    assert ["Pourquoi ce métier ?"] == before[0]
    assert ([], set()) == after
    assert ["Pourquoi ce métier ?"] == scene.file("jeune", path)[0]


def test_nothing_that_was_taken_back_is_read(scene: Scene, tmp_path: Path) -> None:
    """A clip that the other took back, seconds that somebody wants written nowhere, and all once recording ended."""
    path = tmp_path / "dossier.zip"
    scene.register.withdraw(RECORDING, PRO.id, frozenset(), Scope(clip_id=CLIPS[0]))
    assert (["Pourquoi ce métier ?"], {CLIPS[1]}) == scene.file("jeune", path)

    passage = Scope(passages=(Span(start=59, end=60.5),))
    scene.register.withdraw(RECORDING, PRO.id, frozenset({Purpose.TRANSCRIBE}), passage)
    assert ([], {CLIPS[1]}) == scene.file("jeune", path)
    assert ["Pour soigner."] == scene.file("pro", path)[0]

    scene.register.withdraw(RECORDING, PRO.id)
    assert ([], set()) == scene.file("pro", path)


def test_who_is_declared_no_longer_is_given_what_they_said(scene: Scene, tmp_path: Path) -> None:
    """Their words are theirs; of the clips, nobody can tell any more in which they are."""
    people = [one for one in scene.register.parties(RECORDING) if one.id != PASSING.id]
    scene.register.declare(RECORDING, people, [given_by(one) for one in people])

    assert (["Pardon !"], set()) == scene.file("tiers", tmp_path / "dossier.zip")
