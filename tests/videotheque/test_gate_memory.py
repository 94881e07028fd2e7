"""What the gate and the catalogue remember: nothing that lets a clip be seen longer than somebody allows."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.approvals import Approval
from consent.database import Database
from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role, Scope, Span
from consent.register import Register
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue, content_of
from pipeline.records import Clip, ClipId
from tests.videotheque.shelf import make_clip
from videotheque.gate import Gate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECORDING = RecordingId("rec-0000000000000001")
OTHER = RecordingId("rec-0000000000000002")
OTHER_CLIP = ClipId(f"clip-{9:020x}")
PEOPLE = (
    Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT),
    Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT),
)


class Library:
    """One recording of two clips that everybody agreed to, and both must approve; the present is moved by hand."""

    def __init__(self, home: Path) -> None:
        self.now = NOW
        self.path = home / "videotheque.sqlite3"
        self.catalogue = self.another()
        self.clips = tuple(self._clip(number) for number in range(2))
        self._publish(RECORDING, self.clips, waived=())
        self.gate = Gate(self.catalogue)

    def publish_other(self) -> None:
        """Another recording, of one clip that nobody wants to see before it is shown."""
        clip = self._clip(9).model_copy(update={"recording_id": OTHER})
        self._publish(OTHER, (clip,), waived=[one.id for one in PEOPLE])

    @property
    def ids(self) -> list[ClipId]:
        """Both clips."""
        return [clip.id for clip in self.clips]

    def another(self) -> Catalogue:
        """A catalogue with a connection of its own, as another process has."""
        return Catalogue(Register(Database(self.path), lambda: self.now), Reviewers.BOTH)

    def approve(self, clip: Clip, title: str | None = None) -> None:
        """Everybody approves, elsewhere, perhaps under another title."""
        book = self.another().approvals
        for one in PEOPLE:
            approval = Approval(
                recording_id=RECORDING,
                person_id=one.id,
                clip_id=clip.id,
                content=content_of(clip),
                said_at=NOW,
                channel="test",
            )
            with book.database.writing() as connection:
                book.say_within(connection, approval, title)

    def _publish(self, recording: RecordingId, clips: Sequence[Clip], waived: Sequence[PersonId]) -> None:
        said = [given(one).model_copy(update={"recording_id": recording}) for one in PEOPLE]
        said = [one.model_copy(update={"event_id": f"{recording}-{one.event_id}"}) for one in said]
        self.catalogue.register_meeting(recording, f"essai-{recording}", self.path.parent / recording, NOW)
        self.catalogue.register.declare(recording, PEOPLE, said)
        self.catalogue.approvals.declare(recording, PEOPLE, waived)
        clearance = self.catalogue.register.clear(recording, *PUBLICATION)
        self.catalogue.publish(clearance, recording, clips, "render-key", "index-key")

    def _clip(self, number: int) -> Clip:
        made = make_clip(ClipId(f"clip-{number:020x}"), f"Titre {number}", "boulangère", ("Pourquoi ?", "Parce que."))
        span = Span(start=60 + 10 * number, end=63 + 10 * number)
        return made.model_copy(update={"recording_id": RECORDING, "span": span})


def given(party: Party, begins: datetime = NOW) -> ConsentEvent:
    """Everything, from that day on."""
    return ConsentEvent(
        event_id=f"{party.id}-{begins.isoformat()}",
        recording_id=RECORDING,
        person_id=party.id,
        kind=EventKind.GIVEN,
        purposes=frozenset(Purpose),
        indicated_at=begins,
        recorded_at=NOW,
    )


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Nothing is approved yet."""
    return Library(tmp_path)


def test_an_approval_shows_at_the_next_question(library: Library) -> None:
    """A refusal that was remembered does not outlive what is written since."""
    before = library.gate.clips(library.ids), library.gate.showable(library.ids)
    library.approve(library.clips[0])

    assert ({}, set()) == before
    assert {library.ids[0]} == set(library.gate.clips(library.ids)) == library.gate.showable(library.ids)


def test_a_refusal_hides_at_the_next_question(library: Library) -> None:
    """One person is enough, and the other clip stays."""
    for clip in library.clips:
        library.approve(clip)
    before = library.gate.showable(library.ids)
    place = Scope.of_clip(library.ids[0], library.clips[0].span)
    library.another().register.withdraw(RECORDING, PEOPLE[1].id, scope=place)

    assert set(library.ids) == before
    assert {library.ids[1]} == library.gate.showable(library.ids) == set(library.gate.clips(library.ids))


def test_another_title_is_approved_anew(library: Library) -> None:
    """What was approved is the clip with what is read beside it."""
    for clip in library.clips:
        library.approve(clip)
    before = library.catalogue.showable(library.ids)
    library.approve(library.clips[0], "Un autre titre")  # of the clip as it was, not as it is then called

    assert set(library.ids) == set(before)
    assert {library.ids[1]} == set(library.catalogue.showable(library.ids)) == library.gate.showable(library.ids)


def test_another_output_is_read_anew(library: Library) -> None:
    """A clip of the same id whose summary changed waits for its approval again."""
    for clip in library.clips:
        library.approve(clip)
    before = library.catalogue.showable(library.ids)
    changed = library.clips[0].model_copy(update={"summary": ("Autre chose.",)})
    clearance = library.catalogue.register.clear(RECORDING, *PUBLICATION)
    library.another().publish(clearance, RECORDING, (changed, library.clips[1]), "another-key", "index-key")

    assert set(library.ids) == set(before)
    assert {library.ids[1]} == set(library.catalogue.showable(library.ids))


def test_a_refusal_is_remembered_for_seconds(library: Library) -> None:
    """Nothing is written when time passes: an agreement that begins is seen a few seconds later at most."""
    for clip in library.clips:
        library.approve(clip)
    elsewhere = library.another().register
    elsewhere.withdraw(RECORDING, PEOPLE[0].id)
    elsewhere.append(given(PEOPLE[0], NOW + timedelta(minutes=2)))
    library.now = NOW + timedelta(minutes=1)
    before = library.gate.showable(library.ids)
    library.now = NOW + timedelta(minutes=2, seconds=5)

    assert set() == before
    assert set(library.ids) == library.gate.showable(library.ids) == set(library.gate.clips(library.ids))


def test_many_who_ask_at_once_get_the_same_answer(library: Library) -> None:
    """One of them reads for all."""
    library.approve(library.clips[0])
    found: list[set[ClipId]] = []
    threads = [threading.Thread(target=lambda: found.append(set(library.gate.clips(library.ids)))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [{library.ids[0]}] * 16 == found


def test_a_change_of_one_recording_forgets_that_one_alone(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """After another recording's withdrawal, unpublishing or approval, nothing of this one is asked again."""
    for clip in library.clips:
        library.approve(clip)
    library.publish_other()
    shown = library.gate.clips([*library.ids, OTHER_CLIP])
    asked: list[ClipId] = []

    def noted(ids: Sequence[ClipId], ask: Callable[[Sequence[ClipId]], object]) -> object:
        asked.extend(ids)
        return ask(ids)

    for name in ("live", "showable"):
        ask = getattr(library.catalogue, name)
        monkeypatch.setattr(library.catalogue, name, lambda ids, ask=ask: noted(ids, ask))
    elsewhere = library.another()
    changes = (
        lambda: elsewhere.approvals.declare(OTHER, PEOPLE, waived=()),  # both must see it first now
        lambda: elsewhere.register.withdraw(OTHER, PEOPLE[1].id),
        lambda: elsewhere.unpublish_denied(OTHER),
    )
    left = []
    for change in changes:
        change()
        left.append(set(library.gate.clips([*library.ids, OTHER_CLIP])))
        left.append(set(library.gate.showable([*library.ids, OTHER_CLIP])))

    own = set(library.ids)
    assert {*own, OTHER_CLIP} == set(shown)
    assert [own] * 6 == left
    assert {OTHER_CLIP} == set(asked)


def test_clips_are_decided_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a page decides in the transaction that reads it; counting it then asks nothing."""
    for clip in library.clips:
        library.approve(clip)
    decided: list[object] = []
    decide = library.catalogue.register.decide_within

    def noted(*asked: object) -> object:
        decided.append(asked)
        return decide(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(library.catalogue.register, "decide_within", noted)
    read = set(library.gate.clips(library.ids))
    counted = library.gate.showable(library.ids)

    assert set(library.ids) == read == counted
    assert 1 == len(decided)


def test_a_history_put_back_is_forgotten_whole(library: Library) -> None:
    """Where the entries no longer continue those that were seen, nothing that was remembered is left."""
    for clip in library.clips:
        library.approve(clip)
    shown = library.gate.clips(library.ids)
    with closing(sqlite3.connect(library.path)) as held:
        held.execute("DELETE FROM clip_reviewers")  # nobody to ask: nothing is approved
        held.execute("UPDATE changes SET mark = 'of another history'")
        held.commit()

    assert set(library.ids) == set(shown)
    assert {} == library.gate.clips(library.ids)
