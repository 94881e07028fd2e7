"""The catalogue: what is published, what is shown now, and what is remembered of what is gone."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consent.database import Database
from consent.errors import ConsentDenied, RegisterUnavailable
from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role
from consent.register import Register
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue
from pipeline.counting import Count, count
from pipeline.errors import UnknownRecording
from pipeline.journal import Journal
from pipeline.records import Clip, ClipId
from tests.videotheque.shelf import make_clip

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE, TWO = RecordingId("rec-0000000000000001"), RecordingId("rec-0000000000000002")
PEOPLE = (
    Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT),
    Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT),
)


class Clock:
    """The present, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The present."""
    return Clock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: Clock) -> Catalogue:
    """Two recordings, everybody agreed; nothing published."""
    catalogue = Catalogue(Register(Database(tmp_path / "videotheque.sqlite3"), clock), Reviewers.NOBODY)
    for recording_id, name in ((ONE, "un"), (TWO, "deux")):
        catalogue.register_meeting(recording_id, name, tmp_path / name, NOW)
        catalogue.register.declare(recording_id, PEOPLE, [_given(recording_id, one) for one in PEOPLE])
    return catalogue


def _given(recording_id: RecordingId, party: Party, expires_at: datetime | None = None) -> ConsentEvent:
    return ConsentEvent(
        event_id=f"{recording_id}-{party.id}",
        recording_id=recording_id,
        person_id=party.id,
        kind=EventKind.GIVEN,
        purposes=frozenset(Purpose),
        indicated_at=NOW - timedelta(days=1),
        recorded_at=NOW,
        expires_at=expires_at,
    )


def _clip(number: int, recording_id: RecordingId = ONE) -> Clip:
    made = make_clip(ClipId(f"clip-{number:020x}"), f"Titre {number}", "boulangère", ("Pourquoi ?", "Parce que."))
    return made.model_copy(update={"recording_id": recording_id})


def _publish(catalogue: Catalogue, *clips: Clip, recording_id: RecordingId = ONE) -> None:
    clearance = catalogue.register.clear(recording_id, *PUBLICATION)
    catalogue.publish(clearance, recording_id, clips, "render-key", "index-key")


def test_a_published_clip_is_given_back_as_it_was(catalogue: Catalogue) -> None:
    """Record and keys, whole."""
    _publish(catalogue, _clip(1))

    found = catalogue.live([_clip(1).id])[_clip(1).id]
    assert (_clip(1), "render-key", "index-key") == (found.clip, found.render_key, found.embedding_key)


def test_publishing_again_replaces_what_was(catalogue: Catalogue) -> None:
    """Clips that are no longer made are retired; another recording's clips stay."""
    _publish(catalogue, _clip(1), _clip(2))
    _publish(catalogue, _clip(3, TWO), recording_id=TWO)

    _publish(catalogue, _clip(2), _clip(4))

    assert {_clip(2).id, _clip(4).id} == set(catalogue.live_of(ONE))
    assert {_clip(3).id} == set(catalogue.live_of(TWO))
    assert catalogue.was_published(_clip(1).id)


def test_a_clip_that_comes_back_is_no_longer_gone(catalogue: Catalogue) -> None:
    """Unpublished then published again, it is shown under the same address."""
    _publish(catalogue, _clip(1))
    removed = catalogue.unpublish(ONE)
    hidden = catalogue.live([_clip(1).id])

    _publish(catalogue, _clip(1))

    assert (1, {}) == (removed, hidden)
    assert {_clip(1).id} == set(catalogue.live([_clip(1).id]))


def test_a_clearance_for_another_recording_publishes_nothing(catalogue: Catalogue) -> None:
    """Nor does one for less than publication."""
    with pytest.raises(PermissionError):
        catalogue.publish(catalogue.register.clear(TWO, *PUBLICATION), ONE, [_clip(1)], "r", "i")
    with pytest.raises(PermissionError):
        catalogue.publish(catalogue.register.clear(ONE, Purpose.TRANSCRIBE), ONE, [_clip(1)], "r", "i")
    assert catalogue.clip_ids() == ()


def test_an_agreement_that_ended_since_the_clearance_publishes_nothing(catalogue: Catalogue, clock: Clock) -> None:
    """The decision is made again in the transaction; what was published before is left as it was."""
    _publish(catalogue, _clip(1))
    ends = NOW + timedelta(days=1)
    catalogue.register.declare(ONE, PEOPLE, [_given(ONE, PEOPLE[0]), _later(PEOPLE[1], ends)])
    clearance = catalogue.register.clear(ONE, *PUBLICATION)
    clock.now = ends

    with pytest.raises(ConsentDenied, match="arrivé à son terme"):
        catalogue.publish(clearance, ONE, [_clip(2)], "r", "i")
    assert len(catalogue.clip_ids()) == 1
    assert catalogue.live([_clip(1).id, _clip(2).id]) == {}


def _later(party: Party, ends: datetime) -> ConsentEvent:
    return _given(ONE, party, ends).model_copy(update={"event_id": "with-a-term"})


def test_the_gate_closes_at_the_instant_of_a_term(catalogue: Catalogue, clock: Clock) -> None:
    """Shown until the last instant, not at the term; nobody has to do anything."""
    ends = NOW + timedelta(days=30)
    catalogue.register.declare(ONE, PEOPLE, [_given(ONE, PEOPLE[0]), _later(PEOPLE[1], ends)])
    _publish(catalogue, _clip(1))

    clock.now = ends - timedelta(microseconds=1)
    before = set(catalogue.live([_clip(1).id]))
    clock.now = ends
    after = set(catalogue.live([_clip(1).id]))

    assert ({_clip(1).id}, set()) == (before, after)


def test_what_guardians_agreed_to_goes_after_majority_unless_the_person_confirms(
    catalogue: Catalogue, clock: Clock
) -> None:
    """Shown while a minor and for the days of grace; then only if they agree again themselves, of age."""
    eighteen = NOW + timedelta(days=30)
    minor = PEOPLE[1].model_copy(update={"age_band": AgeBand.FROM_15_TO_17, "comes_of_age_on": eighteen.date()})
    parents = [Party(id=PersonId(one), role=Role.GUARDIAN, age_band=AgeBand.ADULT) for one in ("un", "deux")]
    people = [PEOPLE[0], minor, *parents]
    catalogue.register.declare(ONE, people, [_given(ONE, one) for one in people])
    _publish(catalogue, _clip(1))
    grace = catalogue.register.policy.coming_of_age.grace
    midnight = eighteen.replace(hour=0)
    seen = []

    for instant in (NOW, midnight, midnight + grace - timedelta(seconds=1), midnight + grace):
        clock.now = instant
        seen.append(bool(catalogue.live([_clip(1).id])))
    yes = _given(ONE, minor).model_copy(
        update={"event_id": "of-age", "indicated_at": clock.now, "recorded_at": clock.now}
    )
    catalogue.register.append(yes)
    seen.append(bool(catalogue.live([_clip(1).id])))

    assert seen == [True, True, True, False, True]


def test_the_gate_hides_one_recording_and_not_the_other(catalogue: Catalogue) -> None:
    """A withdrawal hides every clip of its recording, in the same answer that shows the others."""
    _publish(catalogue, _clip(1), _clip(2))
    _publish(catalogue, _clip(3, TWO), recording_id=TWO)

    catalogue.register.withdraw(ONE, PersonId("pro"), frozenset({Purpose.SHOW_FACE}))

    assert {_clip(3).id} == set(catalogue.live([_clip(number).id for number in (1, 2, 3)]))


def test_a_page_of_thousands_of_clips_passes_the_gate(catalogue: Catalogue) -> None:
    """No limit of the database on the length of a question is met."""
    clips = [_clip(number) for number in range(1, 3001)]
    _publish(catalogue, *clips)

    assert len(catalogue.live([clip.id for clip in clips])) == 3000
    assert len(catalogue.clip_ids()) == 3000


def test_a_meeting_is_found_by_either_name(catalogue: Catalogue) -> None:
    """The operator's id and the opaque id; any other name is refused with it."""
    assert catalogue.meeting("un") == catalogue.meeting(ONE)
    with pytest.raises(UnknownRecording, match="« trois »"):
        catalogue.meeting("trois")


def test_a_meeting_that_moved_is_the_same_meeting(catalogue: Catalogue, tmp_path: Path) -> None:
    """Registered again elsewhere: the new folder, nothing else changes."""
    catalogue.settle(ONE, "state")

    assert not catalogue.register_meeting(ONE, "un", tmp_path / "ailleurs", NOW)
    moved = catalogue.meeting("un")
    assert (tmp_path / "ailleurs", "state") == (moved.folder, moved.settled)


def test_forgetting_takes_all_but_the_consents_and_the_addresses(catalogue: Catalogue) -> None:
    """Clips go; the register keeps its history; the address still says "gone"."""
    _publish(catalogue, _clip(1))

    catalogue.forget(ONE)

    assert catalogue.live([_clip(1).id]) == {}
    assert catalogue.was_published(_clip(1).id)
    assert len(catalogue.register.history(ONE)) == 2


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    """Nothing is shown without the register."""
    (tmp_path / "videotheque.sqlite3").write_bytes(b"x" * 4096)

    with pytest.raises(RegisterUnavailable, match="VIDEOTHEQUE_HOME"):
        Catalogue(Register(Database(tmp_path / "videotheque.sqlite3")), Reviewers.NOBODY)


def test_every_catalogue_of_the_product_knows_who_reviews() -> None:
    """Whose approval a clip needs is a setting: nothing of the product forgets to hand it over."""
    root = Path(__file__).parents[2]
    made = [
        (path.name, len(node.args) + len(node.keywords))
        for folder in ("consent", "pipeline", "flows", "videotheque", "demo")
        for path in sorted((root / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Catalogue"
    ]

    assert len(made) >= 3
    assert {2} == {count for _, count in made}


def test_the_count_is_made_again_only_where_something_changed(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a night notes of its stages costs no visitor a count of everything; a withdrawal, a clip, a term do."""
    for number, recording_id in enumerate((ONE, TWO)):
        _publish(catalogue, _clip(number, recording_id), recording_id=recording_id)
    counted: list[object] = []

    def noted(*given: Any) -> Count:
        counted.append(given)
        return count(*given)

    monkeypatch.setattr("pipeline.catalogue.count", noted)
    totals = [catalogue.count_live()[0]]
    Journal(catalogue.database).forget(RecordingId("rec-ffffffffffffffff"))
    totals.append(catalogue.count_live()[0])
    catalogue.register.withdraw(ONE, PersonId("pro"))
    totals.append(catalogue.count_live()[0])
    catalogue.unpublish(TWO)
    totals.append(catalogue.count_live()[0])

    assert [2, 2, 1, 0] == totals
    assert 3 == len(counted)
