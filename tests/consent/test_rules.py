"""The rules: both agree or nothing, unknown means no, and a "no" never widens anything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.clearance import Clearance
from consent.errors import ConsentDenied
from consent.policy import read_policy, strict
from consent.records import (
    NOTHING,
    PART,
    WHOLE,
    AgeBand,
    Asking,
    Basis,
    ConsentEvent,
    Decision,
    EventKind,
    Form,
    Naming,
    Obstacle,
    Party,
    PersonId,
    Place,
    Purpose,
    RecordingId,
    Role,
    Scope,
    Showing,
    Span,
)
from consent.rules import PREREQUISITES, PUBLICATION, clear, decide, with_prerequisites

RECORDING = RecordingId("rec-0123456789abcdef")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PRO = Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT)
YOUNG = Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT)
OTHER_GUARDIAN = Party(id=PersonId("parent2"), role=Role.GUARDIAN)
PASSER_BY = Party(id=PersonId("passant"), role=Role.THIRD_PARTY, present=(Span(start=40, end=50),))
GUARDIAN = Party(
    id=PersonId("parent"), role=Role.GUARDIAN, age_band=AgeBand.ADULT, sole_authority=Basis.SINGLE_PARENTAGE
)


LENIENT = read_policy(
    (files("consent") / "policies" / "fr-strict.toml")
    .read_bytes()
    .replace(b'default = "all"', b'default = "one"')
    .replace(b"fr-strict", b"one-guardian")
)
"""The policy under which one of two guardians is enough."""


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


def test_a_lone_guardian_says_why_they_decide_alone() -> None:
    """One guardian of a minor is not enough, unless it is said on what basis they hold parental authority alone."""
    young = minor(AgeBand.FROM_15_TO_17)
    undeclared = GUARDIAN.model_copy(update={"sole_authority": None})
    events = [event(PRO), event(YOUNG), event(GUARDIAN)]

    assert allowed([PRO, young, GUARDIAN], events)
    denied = decide(RECORDING, [PRO, young, undeclared], events, PUBLICATION, NOW)
    assert {reason.obstacle for reason in denied.reasons} == {Obstacle.SECOND_GUARDIAN}
    assert allowed([PRO, young, undeclared, OTHER_GUARDIAN], [*events, event(OTHER_GUARDIAN)])


def test_a_policy_may_be_content_with_one_guardian_and_hears_the_others_no() -> None:
    """Where one of two is enough, the silence of the other does not count, and their refusal does."""
    young = minor(AgeBand.UNDER_15)
    parties = [PRO, young, GUARDIAN, OTHER_GUARDIAN]
    events = [event(PRO), event(YOUNG), event(GUARDIAN)]

    def verdict(said: list[ConsentEvent]) -> bool:
        return decide(RECORDING, parties, said, PUBLICATION, NOW, policy=LENIENT).allowed

    assert verdict(events)
    assert not verdict([*events, event(OTHER_GUARDIAN, EventKind.REFUSED)])
    assert not verdict(events[:2])
    assert not verdict([event(PRO), event(GUARDIAN), event(OTHER_GUARDIAN)])


def test_at_eighteen_the_guardians_yes_stands_for_the_grace_only() -> None:
    """After 18 and the grace a clip published on the guardians' word is not shown, unless the person confirmed."""
    grace = strict().coming_of_age.grace.days
    events = [event(PRO), event(YOUNG, days=-200), event(GUARDIAN, days=-200)]

    def decision(adult_for: int, said: list[ConsentEvent]) -> Decision:
        return decide(RECORDING, [PRO, minor(AgeBand.FROM_15_TO_17, -adult_for), GUARDIAN], said, PUBLICATION, NOW)

    assert decision(grace - 1, events).allowed
    late = decision(grace, events)
    assert {(reason.obstacle, reason.person_id) for reason in late.reasons} == {(Obstacle.CAME_OF_AGE, YOUNG.id)}
    parties = [PRO, minor(AgeBand.FROM_15_TO_17, -grace), GUARDIAN]
    very_end = NOW.replace(hour=0)
    assert not decide(RECORDING, parties, events, PUBLICATION, very_end).allowed
    assert decide(RECORDING, parties, events, PUBLICATION, very_end - timedelta(microseconds=1)).allowed
    confirmed = event(YOUNG, EventKind.RENEWED, days=-1)
    assert decision(grace, [*events, confirmed]).allowed
    assert decision(30, [event(PRO), confirmed]).allowed  # an adult needs no guardian
    assert not decision(-1, [event(PRO), confirmed]).allowed  # not yet one
    assert not decision(30, [*events, event(YOUNG, EventKind.WITHDRAWN, days=-2)]).allowed


def test_coming_of_age_is_foreseen() -> None:
    """Before eighteen the decision says until when it holds: the end of the grace."""
    events = [event(PRO), event(YOUNG), event(GUARDIAN)]
    young = minor(AgeBand.UNDER_15, 10)

    decision = decide(RECORDING, [PRO, young, GUARDIAN], events, PUBLICATION, NOW)

    midnight = NOW.replace(hour=0)
    assert decision.valid_until == midnight + timedelta(days=10) + strict().coming_of_age.grace
    assert decision.next_change == midnight + timedelta(days=10)


def test_an_agreement_without_a_term_ends_with_the_policys() -> None:
    """Nobody agrees for ever; nor does a guardian for someone who was 15 to 17 so long ago that they are an adult."""
    longest = strict().validity.longest
    parties = [PRO, YOUNG]

    decision = decide(RECORDING, parties, [event(PRO), event(YOUNG, days=-20)], PUBLICATION, NOW)
    assert decision.valid_until == NOW - timedelta(days=20) + longest
    assert not decide(RECORDING, parties, [event(PRO), event(YOUNG)], PUBLICATION, NOW + longest).allowed

    coming = strict().coming_of_age
    minors = [PRO, minor(AgeBand.FROM_15_TO_17), GUARDIAN]
    said = [event(PRO), event(YOUNG), event(GUARDIAN)]
    ends = decide(RECORDING, minors, said, PUBLICATION, NOW).valid_until
    assert ends == NOW - timedelta(days=10) + coming.adult_for_certain + coming.grace


@pytest.mark.parametrize(
    ("who", "refused", "form"),
    [
        (None, None, Form(video=Showing.ALL, audio=Showing.ALL, names=Naming.SHOWN, organisations=Naming.SHOWN,
                          question=Asking.ORIGINAL)),
        (YOUNG, Purpose.SHOW_FACE, Form(video=Showing.PROFESSIONAL, audio=Showing.ALL, names=Naming.SHOWN,
                                        organisations=Naming.SHOWN, question=Asking.ORIGINAL)),
        (YOUNG, Purpose.ORIGINAL_VOICE, Form(video=Showing.ALL, audio=Showing.PROFESSIONAL, names=Naming.SHOWN,
                                             organisations=Naming.SHOWN, question=Asking.CARD)),
        (PRO, Purpose.SHOW_FACE, Form(video=Showing.NONE, audio=Showing.ALL, names=Naming.SHOWN,
                                      organisations=Naming.SHOWN, question=Asking.ORIGINAL)),
        (PRO, Purpose.ORIGINAL_VOICE, Form(video=Showing.ALL, audio=Showing.NONE, names=Naming.SHOWN,
                                           organisations=Naming.SHOWN, question=Asking.CARD)),
        (PRO, Purpose.SHOW_FIRST_NAME, Form(video=Showing.ALL, audio=Showing.ALL, names=Naming.MASKED,
                                            organisations=Naming.SHOWN, question=Asking.ORIGINAL)),
        (YOUNG, Purpose.SHOW_ORGANISATION, Form(video=Showing.ALL, audio=Showing.ALL, names=Naming.SHOWN,
                                                organisations=Naming.MASKED, question=Asking.ORIGINAL)),
        (YOUNG, Purpose.PUBLISH, NOTHING),
        (PRO, Purpose.RECORD, NOTHING),
        (PASSER_BY, Purpose.SHOW_FACE, Form(video=Showing.NONE, audio=Showing.ALL, names=Naming.SHOWN,
                                            organisations=Naming.SHOWN, question=Asking.ORIGINAL)),
        (PASSER_BY, Purpose.TRANSCRIBE, NOTHING),
    ],
)  # fmt: skip
def test_the_form_is_what_everybody_agreed_to(who: Party | None, refused: Purpose | None, form: Form) -> None:
    """Each refusal takes out its own part of the form, and no other."""
    events = [event(one) for one in (PRO, YOUNG, PASSER_BY)]
    if who is not None and refused is not None:
        events.append(event(who, EventKind.REFUSED, days=-1, purposes=frozenset({refused})))

    decision = decide(RECORDING, [PRO, YOUNG, PASSER_BY], events, [Purpose.PUBLISH], NOW)

    assert decision.form == form
    assert clear(RECORDING, [PRO, YOUNG], [event(PRO), event(YOUNG)], PUBLICATION, NOW).form.audio is Showing.ALL


def test_a_third_party_counts_where_they_are() -> None:
    """Somebody who walked in closes the seconds where they are, and nothing else; everywhere, if nobody knows."""
    events = [event(PRO), event(YOUNG)]

    def verdict(passer_by: Party, place: Place) -> bool:
        return decide(RECORDING, [PRO, YOUNG, passer_by], events, PUBLICATION, NOW, place).allowed

    there, elsewhere = (Place(spans=(Span(start=start, end=start + 5),)) for start in (45, 50))
    assert (verdict(PASSER_BY, there), verdict(PASSER_BY, elsewhere)) == (False, True)
    assert not verdict(PASSER_BY, WHOLE)
    part = decide(RECORDING, [PRO, YOUNG, PASSER_BY], events, PUBLICATION, NOW, PART)
    assert part.allowed
    assert {one.scope.passages for one in part.exclusions} == {PASSER_BY.present}
    anywhere = PASSER_BY.model_copy(update={"present": None})
    assert not any(verdict(anywhere, place) for place in (there, elsewhere, WHOLE, PART))


def test_a_withdrawn_passage_is_left_out_of_a_part() -> None:
    """Asked about a part, the rules allow it and name what must be left out; a later yes gives it back."""
    passage = Scope(passages=(Span(start=60, end=70),))
    no = event(YOUNG, EventKind.WITHDRAWN, days=-5).model_copy(update={"scope": passage})
    events = [event(PRO), event(YOUNG), no]

    part = decide(RECORDING, [PRO, YOUNG], events, PUBLICATION, NOW, PART)
    assert part.allowed
    assert {one.scope for one in part.exclusions} == {passage}
    assert clear(RECORDING, [PRO, YOUNG], events, PUBLICATION, NOW, PART).exclusions == part.exclusions
    assert not allowed([PRO, YOUNG], events)
    back = decide(RECORDING, [PRO, YOUNG], [*events, event(YOUNG, days=-1)], PUBLICATION, NOW, PART)
    assert back.exclusions == ()


@pytest.mark.parametrize(
    ("scope", "place", "covers", "touches"),
    [
        (Scope(), WHOLE, True, True),
        (Scope(), PART, True, True),
        (Scope(clip_id="a"), WHOLE, False, True),
        (Scope(clip_id="a"), PART, False, False),
        (Scope(clip_id="a"), Place(clip_id="a"), True, True),
        (Scope(clip_id="a"), Place(clip_id="b"), False, False),
        (Scope(clip_id="a"), Place(spans=(Span(start=0, end=1),)), False, True),
        (Scope(passages=(Span(start=0, end=9),)), Place(clip_id="a"), False, True),
        (Scope(passages=(Span(start=0, end=9),)), Place(clip_id="a", spans=(Span(start=1, end=9),)), True, True),
        (Scope(passages=(Span(start=0, end=9),)), Place(spans=(Span(start=1, end=10),)), False, True),
        (Scope(passages=(Span(start=0, end=9),)), Place(spans=(Span(start=9, end=10),)), False, False),
        (Scope(clip_id="a", passages=(Span(start=0, end=9),)), Place(clip_id="b", spans=(Span(start=1, end=2),)),
         False, True),
        (Scope(passages=(Span(start=0, end=4), Span(start=5, end=9))), Place(spans=(Span(start=3, end=6),)),
         False, True),
    ],
)  # fmt: skip
def test_a_yes_reaches_what_it_surely_means_and_a_no_what_it_may_mean(
    scope: Scope, place: Place, covers: bool, touches: bool
) -> None:
    """Where nobody can tell, a yes does not reach and a no does."""
    assert (scope.covers(place), scope.touches(place)) == (covers, touches)


def test_a_yes_for_one_clip_is_a_yes_for_no_other() -> None:
    """Two people who agree to one clip agree to that one."""
    scope = Scope(clip_id="clip-a")
    events = [event(one).model_copy(update={"scope": scope}) for one in (PRO, YOUNG)]

    verdicts = [
        decide(RECORDING, [PRO, YOUNG], events, PUBLICATION, NOW, place).allowed
        for place in (Place(clip_id="clip-a"), Place(clip_id="clip-b"), WHOLE, PART)
    ]

    assert verdicts == [True, False, False, False]


def test_a_request_is_no_answer() -> None:
    """Having been asked is not having agreed, nor having refused."""
    asked = event(YOUNG, EventKind.REQUESTED, days=-1)

    assert not allowed([PRO, YOUNG], [event(PRO), asked])
    assert allowed([PRO, YOUNG], [event(PRO), event(YOUNG), asked])


def test_an_expiry_written_down_ends_what_came_before() -> None:
    """What the night noted as expired needs a new agreement, and is told as an expiry."""
    noted = event(YOUNG, EventKind.EXPIRED, days=-2)

    decision = decide(RECORDING, [PRO, YOUNG], [event(PRO), event(YOUNG), noted], PUBLICATION, NOW)

    assert {reason.obstacle for reason in decision.reasons} == {Obstacle.EXPIRED}
    assert allowed([PRO, YOUNG], [event(PRO), event(YOUNG), noted, event(YOUNG, EventKind.RENEWED, days=-1)])


def test_a_yes_counts_once_it_is_said_known_and_in_force() -> None:
    """The latest of the three instants begins it."""
    late = {"recorded_at": NOW + timedelta(days=1)}
    later = {"valid_from": NOW + timedelta(days=2)}

    for changed in (late, later, {**late, **later}):
        yes = event(YOUNG).model_copy(update=changed)
        decision = decide(RECORDING, [PRO, YOUNG], [event(PRO), yes], PUBLICATION, NOW)
        assert not decision.allowed
        assert decision.next_change == max(changed.values())
        assert decide(RECORDING, [PRO, YOUNG], [event(PRO), yes], PUBLICATION, max(changed.values())).allowed


def test_a_denial_says_whom_to_ask_for_what() -> None:
    """The operator reads who is missing, person by person, with what to ask them."""
    decision = decide(RECORDING, [PRO, YOUNG], [event(PRO)], [Purpose.TRANSCRIBE], NOW, ledger_seq=7)

    (request,) = decision.missing
    assert (request.role, request.person_id) == (Role.YOUNG_PERSON, YOUNG.id)
    assert request.purposes == (Purpose.RECORD, Purpose.TRANSCRIBE)
    assert (decision.ledger_seq, decision.policy_sha256) == (7, strict().sha256)


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


def test_of_a_yes_and_a_no_said_at_the_same_instant_the_no_holds() -> None:
    """A tie is a no, in whatever order the register learnt of the two."""
    for yes, no in ((2, 3), (3, 2), (0, 0)):
        events = [
            event(PRO),
            event(YOUNG, days=-5).model_copy(update={"seq": yes}),
            event(YOUNG, EventKind.WITHDRAWN, days=-5).model_copy(update={"seq": no}),
        ]

        assert not allowed([PRO, YOUNG], events)


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


def test_the_no_of_somebody_undeclared_reaches_as_far_as_they_said() -> None:
    """Of a passage or a purpose, it closes that and what presupposes it; what merely ran out was never a no."""
    no = event(GUARDIAN, EventKind.WITHDRAWN, days=-1)
    passage = no.model_copy(update={"scope": Scope(passages=(Span(start=5, end=9),))})
    ran_out = no.model_copy(update={"kind": EventKind.EXPIRED})

    def verdict(said: ConsentEvent, start: float) -> bool:
        place = Place(clip_id="clip-a", spans=(Span(start=start, end=start + 5),))
        return decide(RECORDING, [PRO, YOUNG], [event(PRO), event(YOUNG), said], PUBLICATION, NOW, place).allowed

    face = event(GUARDIAN, EventKind.WITHDRAWN, days=-1, purposes=frozenset({Purpose.SHOW_FACE}))
    without_face = [event(PRO), event(YOUNG), face]

    assert allowed([PRO, YOUNG], without_face, Purpose.PUBLISH)
    assert not allowed([PRO, YOUNG], without_face, Purpose.SHOW_FACE)
    assert (verdict(no, 20), verdict(passage, 5), verdict(passage, 20), verdict(ran_out, 20)) == (
        False, False, True, True,
    )  # fmt: skip


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


def test_an_invalidated_consent_does_not_count_and_an_invalidated_no_does() -> None:
    """A description can take back the yes that it brought; nothing takes back somebody's no but their yes."""
    taken_back = event(YOUNG, days=-1, name="taken-back").model_copy(
        update={"kind": EventKind.INVALIDATED, "purposes": frozenset(), "invalidates": event(YOUNG).event_id}
    )
    no = event(YOUNG, EventKind.WITHDRAWN, days=-5)
    against_the_no = taken_back.model_copy(update={"invalidates": no.event_id})

    assert not allowed([PRO, YOUNG], [event(PRO), event(YOUNG), taken_back])
    assert not allowed([PRO, YOUNG], [event(PRO), event(YOUNG), no, against_the_no])


def test_the_last_no_is_the_one_that_is_told() -> None:
    """Somebody who withdrew, then refused, has refused."""
    events = [event(PRO), event(YOUNG), event(YOUNG, EventKind.WITHDRAWN, -5), event(YOUNG, EventKind.REFUSED, -2)]

    decision = decide(RECORDING, [PRO, YOUNG], events, [Purpose.RECORD], NOW)

    assert {reason.obstacle for reason in decision.reasons} == {Obstacle.REFUSED}


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


PEOPLE = st.sampled_from([PRO, YOUNG, GUARDIAN, OTHER_GUARDIAN, PASSER_BY])
PURPOSE_SETS = st.frozensets(st.sampled_from(list(Purpose)), min_size=1)
SPANS = st.sampled_from([Span(start=0, end=10), Span(start=5, end=20), Span(start=40, end=50)])
SCOPES = st.just(Scope()) | st.builds(
    Scope, clip_id=st.none() | st.sampled_from(["clip-a", "clip-b"]), passages=st.lists(SPANS, max_size=2).map(tuple)
)
PLACES = st.sampled_from([WHOLE, PART]) | st.builds(
    Place, clip_id=st.none() | st.sampled_from(["clip-a", "clip-b"]), spans=st.lists(SPANS, max_size=2).map(tuple)
)


@st.composite
def histories(draw: st.DrawFn) -> list[ConsentEvent]:
    events: list[ConsentEvent] = []
    seqs = draw(st.booleans())
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from([EventKind.GIVEN] * 4 + [EventKind.RENEWED, EventKind.REFUSED, EventKind.EXPIRED]))
        expires = draw(st.none() | st.integers(-5, 5)) if kind.is_yes else None
        purposes = draw(st.just(frozenset(Purpose)) | PURPOSE_SETS)
        one = event(draw(PEOPLE), kind, draw(st.integers(-20, 3)), purposes, expires, str(number))
        changed = {"scope": draw(st.just(Scope()) | SCOPES), "seq": number + 1 if seqs else 0}
        events.append(one.model_copy(update=changed))
    return events


def minor(age_band: AgeBand, adult_in_days: int | None = None) -> Party:
    eighteen = None if adult_in_days is None else (NOW + timedelta(days=adult_in_days)).date()
    return YOUNG.model_copy(update={"age_band": age_band, "comes_of_age_on": eighteen})


ROSTERS = st.sampled_from(
    [
        [PRO, YOUNG],
        [PRO, YOUNG, PASSER_BY],
        [PRO, minor(AgeBand.FROM_15_TO_17), GUARDIAN],
        [PRO, minor(AgeBand.FROM_15_TO_17, -5), GUARDIAN, OTHER_GUARDIAN],
        [PRO, minor(AgeBand.UNDER_15), GUARDIAN, PASSER_BY],
        [PRO, minor(AgeBand.UNKNOWN, -200), GUARDIAN],
    ]
)
POLICIES = st.sampled_from([strict(), LENIENT])


@settings(max_examples=300)
@given(
    ROSTERS, histories(), PEOPLE, st.frozensets(st.sampled_from(list(Purpose))), st.integers(-20, 3), PLACES, st.data()
)
def test_adding_a_no_never_widens_anything(
    parties: list[Party],
    events: list[ConsentEvent],
    person: Party,
    purposes: frozenset[Purpose],
    days: int,
    place: Place,
    data: st.DataObject,
) -> None:
    """A refusal, a withdrawal, an expiry or an invalidation never allows more, nor longer, nor in a fuller form."""
    policy = data.draw(POLICIES)
    place_in = data.draw(st.integers(0, 23))
    kind = data.draw(st.sampled_from([EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.EXPIRED]))
    no = event(person, kind, days, purposes, name="the-no")
    no = no.model_copy(update={"scope": data.draw(SCOPES), "seq": data.draw(st.sampled_from([0, 1, 99]))})
    if events and place_in % 2:
        invalidated = events[place_in % len(events)].event_id
        no = no.model_copy(update={"kind": EventKind.INVALIDATED, "invalidates": invalidated})
    for purpose in Purpose:
        before = decide(RECORDING, parties, events, [purpose], NOW, place, policy)
        after = decide(RECORDING, parties, [*events, no], [purpose], NOW, place, policy)

        assert before.allowed or not after.allowed
        assert after.form.fits(before.form)
        if after.allowed:
            assert before.valid_until is not None
            assert after.valid_until is not None
            assert after.valid_until <= before.valid_until
            assert {one.scope for one in before.exclusions} <= {one.scope for one in after.exclusions}


@given(ROSTERS, histories(), PLACES)
def test_a_smaller_place_is_never_denied_what_the_whole_is_allowed(
    parties: list[Party], events: list[ConsentEvent], place: Place
) -> None:
    """What is allowed everywhere is allowed in each place, in a form at least as full."""
    whole = decide(RECORDING, parties, events, PUBLICATION, NOW)
    there = decide(RECORDING, parties, events, PUBLICATION, NOW, place)

    assert there.allowed or not whole.allowed
    assert whole.form.fits(there.form)


@given(ROSTERS, histories(), PLACES)
def test_where_nobody_spoke_of_a_part_every_place_has_one_answer(
    parties: list[Party], events: list[ConsentEvent], place: Place
) -> None:
    """A recording that is uniform is decided once for all of its clips."""
    part, there = (decide(RECORDING, parties, events, PUBLICATION, NOW, where) for where in (PART, place))

    if part.uniform:
        assert (part.allowed, part.form, part.reasons, part.valid_until) == (
            there.allowed,
            there.form,
            there.reasons,
            there.valid_until,
        )


@given(ROSTERS, histories(), PLACES)
def test_what_a_part_does_not_leave_out_is_allowed(
    parties: list[Party], events: list[ConsentEvent], place: Place
) -> None:
    """What is made of the rest of a recording may be published, wherever in it."""
    part, there = (decide(RECORDING, parties, events, PUBLICATION, NOW, where) for where in (PART, place))
    left_out = any(one.scope.touches(place) for one in part.exclusions)

    if part.allowed and not place.part:
        assert there.allowed or left_out


@given(ROSTERS, histories(), PLACES, st.integers(0, 2000))
def test_between_two_changes_of_the_clock_nothing_changes(
    parties: list[Party], events: list[ConsentEvent], place: Place, hours: int
) -> None:
    """A decision stands until the instant that it names, and no earlier nor later does one that was allowed end."""
    now = decide(RECORDING, parties, events, PUBLICATION, NOW, place)
    later_at = NOW + timedelta(hours=hours)
    later = decide(RECORDING, parties, events, PUBLICATION, later_at, place)

    if now.next_change is None or later_at < now.next_change:
        assert (later.allowed, later.form, later.reasons) == (now.allowed, now.form, now.reasons)
    if now.allowed and now.valid_until is not None:
        ending = decide(RECORDING, parties, events, PUBLICATION, now.valid_until - timedelta(microseconds=1), place)
        assert ending.allowed


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
