"""The rules: both agree or nothing, unknown means no, and a "no" never widens anything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.clearance import Clearance
from consent.errors import ConsentDenied
from consent.records import (
    AgeBand,
    Basis,
    ConsentEvent,
    EventKind,
    Obstacle,
    Party,
    PersonId,
    Purpose,
    RecordingId,
    Role,
)
from consent.rules import PREREQUISITES, PUBLICATION, clear, decide, with_prerequisites

RECORDING = RecordingId("rec-0123456789abcdef")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PRO = Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT)
YOUNG = Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT)
GUARDIAN = Party(
    id=PersonId("parent"), role=Role.GUARDIAN, age_band=AgeBand.ADULT, sole_authority=Basis.SINGLE_PARENTAGE
)


def event(
    person: Party,
    kind: EventKind = EventKind.GIVEN,
    days: float = -10,
    purposes: frozenset[Purpose] = frozenset(Purpose),
    expires_days: float | None = None,
    name: str | None = None,
) -> ConsentEvent:
    at = NOW + timedelta(days=days)
    return ConsentEvent(
        event_id=name or f"{person.id}-{kind}-{days}",
        recording_id=RECORDING,
        person_id=person.id,
        kind=kind,
        purposes=purposes,
        indicated_at=at,
        recorded_at=at,
        expires_at=None if expires_days is None else NOW + timedelta(days=expires_days),
    )


def allowed(parties: list[Party], events: list[ConsentEvent], *purposes: Purpose) -> bool:
    return decide(RECORDING, parties, events, purposes or PUBLICATION, NOW).allowed


def test_both_adults_agreeing_to_everything_is_enough() -> None:
    """Two adults who agree to every purpose may be published."""
    assert allowed([PRO, YOUNG], [event(PRO), event(YOUNG)])


@pytest.mark.parametrize("alone", [PRO, YOUNG])
def test_one_agreement_alone_allows_nothing(alone: Party) -> None:
    """One person's agreement never replaces the other's, for any purpose."""
    for purpose in Purpose:
        assert not allowed([PRO, YOUNG], [event(alone)], purpose)


def test_nothing_known_means_no() -> None:
    """No person, no event, no purpose: every absence is a refusal."""
    assert not allowed([], [])
    assert not allowed([PRO, YOUNG], [])
    assert not decide(RECORDING, [PRO, YOUNG], [event(PRO), event(YOUNG)], (), NOW).allowed


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_purpose_needs_what_comes_before_it(purpose: Purpose) -> None:
    """Agreeing to a purpose without what it presupposes does not count."""
    needed = with_prerequisites([purpose])
    for missing in needed:
        partial = needed - {missing}
        events = [event(PRO), event(YOUNG, purposes=partial)] if partial else [event(PRO)]

        assert not allowed([PRO, YOUNG], events, purpose)


def test_an_unknown_age_is_the_youngest() -> None:
    """A young person whose age nobody noted needs a guardian for everything, as under 15."""
    for age in (AgeBand.UNKNOWN, AgeBand.UNDER_15):
        young = YOUNG.model_copy(update={"age_band": age})

        assert not allowed([PRO, young], [event(PRO), event(YOUNG)], Purpose.RECORD)
        assert not allowed([PRO, young, GUARDIAN], [event(PRO), event(YOUNG)], Purpose.RECORD)
        assert not allowed([PRO, young, GUARDIAN], [event(PRO), event(GUARDIAN)], Purpose.RECORD)
        assert allowed([PRO, young, GUARDIAN], [event(PRO), event(YOUNG), event(GUARDIAN)])


def test_from_15_to_17_publication_takes_a_guardian() -> None:
    """At 16 one decides alone up to the cut, and with a guardian for what others will see."""
    young = YOUNG.model_copy(update={"age_band": AgeBand.FROM_15_TO_17})
    without = [event(PRO), event(YOUNG)]

    assert allowed([PRO, young], without, Purpose.CUT_AND_INDEX)
    assert not allowed([PRO, young], without)
    assert allowed([PRO, young, GUARDIAN], [*without, event(GUARDIAN)])


def test_every_guardian_named_must_agree() -> None:
    """Two guardians: one agreement is not enough."""
    young = YOUNG.model_copy(update={"age_band": AgeBand.UNDER_15})
    other = Party(id=PersonId("parent2"), role=Role.GUARDIAN)

    assert not allowed([PRO, young, GUARDIAN, other], [event(PRO), event(YOUNG), event(GUARDIAN)])


def test_a_consent_ends_at_its_term() -> None:
    """At the very second of its expiry a consent no longer counts, and the decision says until when it did."""
    lasting = decide(RECORDING, [PRO, YOUNG], [event(PRO), event(YOUNG, expires_days=1)], PUBLICATION, NOW)
    ended = decide(RECORDING, [PRO, YOUNG], [event(PRO), event(YOUNG, expires_days=0)], PUBLICATION, NOW)

    assert lasting.valid_until == NOW + timedelta(days=1)
    assert {reason.obstacle for reason in ended.reasons} == {Obstacle.EXPIRED}


def test_a_consent_dated_in_the_future_does_not_count_yet() -> None:
    """A consent counts from when it is said, not before."""
    assert not allowed([PRO, YOUNG], [event(PRO), event(YOUNG, days=1)])


def test_a_withdrawal_beats_an_older_consent_that_arrives_later() -> None:
    """A file that arrives after a withdrawal, with an older date, does not undo it."""
    late = event(YOUNG, days=-10, name="late").model_copy(update={"recorded_at": NOW})

    assert not allowed([PRO, YOUNG], [event(PRO), event(YOUNG, EventKind.WITHDRAWN, days=-5), late])


def test_a_clock_that_runs_ahead_does_not_undo_a_withdrawal() -> None:
    """A consent known before a withdrawal stays void, whatever later hour its sender wrote on it."""
    ahead = event(YOUNG, days=-1, name="ahead").model_copy(update={"recorded_at": NOW - timedelta(days=9)})

    assert not allowed([PRO, YOUNG], [event(PRO), event(YOUNG, EventKind.WITHDRAWN, days=-5), ahead])


def test_no_clock_undoes_a_withdrawal() -> None:
    """A withdrawal noted by a clock a year late still ends what the register already held."""
    held = event(YOUNG, days=-10).model_copy(update={"seq": 2})
    no = event(YOUNG, EventKind.WITHDRAWN, days=-400).model_copy(update={"seq": 3})

    assert not allowed([PRO, YOUNG], [event(PRO).model_copy(update={"seq": 1}), held, no])


def test_a_consent_dated_in_the_future_does_not_survive_a_withdrawal() -> None:
    """A date written too late does not bring a consent back after the person withdrew."""
    future = event(YOUNG, days=20).model_copy(update={"seq": 2})
    no = event(YOUNG, EventKind.WITHDRAWN, days=-1).model_copy(update={"seq": 3})
    events = [event(PRO).model_copy(update={"seq": 1}), future, no]

    assert not decide(RECORDING, [PRO, YOUNG], events, PUBLICATION, NOW + timedelta(days=30)).allowed


def test_renaming_or_removing_somebody_does_not_undo_their_no() -> None:
    """A "no" from someone who is no longer declared keeps blocking the recording."""
    young = YOUNG.model_copy(update={"id": PersonId("jeune2")})
    renamed = event(YOUNG, name="again").model_copy(update={"person_id": PersonId("jeune2")})
    no = event(YOUNG, EventKind.WITHDRAWN, days=-1)
    guardian_no = event(GUARDIAN, EventKind.WITHDRAWN, days=-1)

    assert not allowed([PRO, young], [event(PRO), event(YOUNG), no, renamed])
    assert not allowed([PRO, YOUNG], [event(PRO), event(YOUNG), event(GUARDIAN), guardian_no])


def test_a_refusal_then_an_agreement_learnt_together_is_an_agreement() -> None:
    """One description that tells of a first no and of a later yes means yes."""
    events = [
        event(PRO),
        event(YOUNG, EventKind.REFUSED, days=-9).model_copy(update={"recorded_at": NOW}),
        event(YOUNG, days=-5).model_copy(update={"recorded_at": NOW}),
    ]

    assert allowed([PRO, YOUNG], events)


def test_a_guardian_who_refuses_the_transcription_refuses_the_publication() -> None:
    """At 16 a guardian need not agree to the transcription, but a no to it is a no to what follows."""
    young = YOUNG.model_copy(update={"age_band": AgeBand.FROM_15_TO_17})
    transcribe = frozenset({Purpose.TRANSCRIBE})
    no = event(GUARDIAN, EventKind.WITHDRAWN, days=-1, purposes=transcribe)

    assert not allowed([PRO, young, GUARDIAN], [event(PRO), event(YOUNG), event(GUARDIAN), no])
    assert allowed([PRO, young, GUARDIAN], [event(PRO), event(YOUNG), event(GUARDIAN), no], Purpose.TRANSCRIBE)


def test_agreeing_again_after_a_withdrawal_counts() -> None:
    """A new consent, said after the withdrawal, is a consent."""
    events = [event(PRO), event(YOUNG), event(YOUNG, EventKind.WITHDRAWN, days=-5), event(YOUNG, days=-1)]

    assert allowed([PRO, YOUNG], events)


def test_withdrawing_the_face_leaves_the_cut_and_ends_the_publication() -> None:
    """A partial withdrawal touches its purpose and what presupposes it, nothing else."""
    face = event(YOUNG, EventKind.WITHDRAWN, days=-1, purposes=frozenset({Purpose.SHOW_FACE}))
    events = [event(PRO), event(YOUNG), face]

    assert allowed([PRO, YOUNG], events, Purpose.CUT_AND_INDEX)
    assert not allowed([PRO, YOUNG], events)


def test_events_of_another_recording_do_not_count() -> None:
    """Consent is given for one recording."""
    elsewhere = event(YOUNG).model_copy(update={"recording_id": RecordingId("rec-ffffffffffffffff")})

    assert not allowed([PRO, YOUNG], [event(PRO), elsewhere])


def test_only_the_rules_make_a_clearance() -> None:
    """A clearance made by hand is a TypeError; one made by the rules names its purposes and its end."""
    with pytest.raises(TypeError, match="only consent"):
        Clearance(RECORDING, PUBLICATION, NOW, None, object())
    with pytest.raises(ConsentDenied, match="le jeune n'a pas donné son accord"):
        clear(RECORDING, [PRO, YOUNG], [event(PRO)], PUBLICATION, NOW)

    made = clear(RECORDING, [PRO, YOUNG], [event(PRO), event(YOUNG)], [Purpose.TRANSCRIBE], NOW)

    assert made.purposes == {Purpose.RECORD, Purpose.TRANSCRIBE}
    with pytest.raises((TypeError, ValueError)):
        replace(made, purposes=PUBLICATION)  # type: ignore[call-arg]
    with pytest.raises(PermissionError):
        made.require(RECORDING, Purpose.PUBLISH)
    with pytest.raises(PermissionError):
        made.require(RecordingId("rec-ffffffffffffffff"), Purpose.TRANSCRIBE)


PEOPLE = st.sampled_from([PRO, YOUNG, GUARDIAN])
PURPOSE_SETS = st.frozensets(st.sampled_from(list(Purpose)), min_size=1)


@st.composite
def histories(draw: st.DrawFn) -> list[ConsentEvent]:
    events: list[ConsentEvent] = []
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from([EventKind.GIVEN] * 4 + [EventKind.REFUSED, EventKind.WITHDRAWN]))
        expires = draw(st.none() | st.integers(-5, 5)) if kind is EventKind.GIVEN else None
        purposes = draw(st.just(frozenset(Purpose)) | PURPOSE_SETS)
        events.append(event(draw(PEOPLE), kind, draw(st.integers(-20, 3)), purposes, expires, str(number)))
    return events


ROSTERS = st.sampled_from(
    [
        [PRO, YOUNG],
        [PRO, YOUNG.model_copy(update={"age_band": AgeBand.FROM_15_TO_17}), GUARDIAN],
        [PRO, YOUNG.model_copy(update={"age_band": AgeBand.UNDER_15}), GUARDIAN],
    ]
)


@given(
    ROSTERS,
    histories(),
    PEOPLE,
    st.frozensets(st.sampled_from(list(Purpose))),
    st.integers(-20, 3),
    st.integers(-12, 11),
)
def test_adding_a_no_never_allows_more(
    parties: list[Party],
    events: list[ConsentEvent],
    person: Party,
    purposes: frozenset[Purpose],
    days: int,
    target: int,
) -> None:
    """A refusal, a withdrawal or an invalidation, of anything at any time, never turns a no into a yes."""
    kind = EventKind.REFUSED if target % 2 else EventKind.WITHDRAWN
    no = event(person, kind, days, purposes, name="the-no")
    if events and target >= 0:
        invalidated = events[target % len(events)].event_id
        no = no.model_copy(update={"kind": EventKind.INVALIDATED, "invalidates": invalidated})
    for purpose in Purpose:
        before = decide(RECORDING, parties, events, [purpose], NOW)
        after = decide(RECORDING, parties, [*events, no], [purpose], NOW)

        assert before.allowed or not after.allowed
        if after.allowed and before.valid_until is not None:
            assert after.valid_until is not None
            assert after.valid_until <= before.valid_until


@given(ROSTERS, histories(), st.randoms(use_true_random=False), st.sampled_from(list(Purpose)))
def test_order_and_repetition_change_nothing(
    parties: list[Party], events: list[ConsentEvent], random: object, purpose: Purpose
) -> None:
    """The decision depends on which events there are, not on their order or on hearing one twice."""
    shuffled = [*events, *events[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert decide(RECORDING, parties, events, [purpose], NOW) == decide(RECORDING, parties, shuffled, [purpose], NOW)


@given(ROSTERS, histories())
def test_a_purpose_allowed_allows_what_it_presupposes(parties: list[Party], events: list[ConsentEvent]) -> None:
    """Allowed purposes are closed under what they presuppose."""
    verdicts = {purpose: decide(RECORDING, parties, events, [purpose], NOW).allowed for purpose in Purpose}

    for purpose, before in PREREQUISITES.items():
        assert not verdicts[purpose] or all(verdicts[one] for one in before)
