"""What people say of clips can only narrow what is shown."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from consent.records import AgeBand, Party, PersonId, RecordingId, Role, Span
from consent.reviewers import Reviewers
from consent.wishes import Reviewer, Wish, Wishes, WishKind

RECORDING = RecordingId("rec-0000000000000001")
AT = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = (
    Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT),
    Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.UNKNOWN),
    Party(id=PersonId("parent"), role=Role.GUARDIAN, age_band=AgeBand.ADULT),
)
CLIPS = {"clip-a": Span(start=10, end=60), "clip-b": Span(start=60, end=90), "clip-c": Span(start=20, end=50)}

spans = st.builds(lambda start, length: Span(start=start, end=start + length), st.integers(0, 90), st.integers(1, 40))


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """Something that one of the three says of a clip, or of a passage."""
    kind = draw(st.sampled_from(WishKind))
    clip = draw(st.sampled_from(sorted(CLIPS)))
    return Wish(
        recording_id=RECORDING,
        person_id=draw(st.sampled_from([one.id for one in PEOPLE])),
        kind=kind,
        clip_id=None if kind is WishKind.HIDDEN else clip,
        content=draw(st.sampled_from(["as it is", "as it was"])),
        span=draw(spans) if kind is WishKind.HIDDEN else CLIPS[clip],
        said_at=AT,
        channel="test",
    )


def _numbered(said: list[Wish]) -> tuple[Wish, ...]:
    return tuple(wish.model_copy(update={"seq": number}) for number, wish in enumerate(said, start=1))


def _all(said: list[Wish], waived: set[str]) -> Wishes:
    people = tuple(Reviewer(party=one, waived=one.id in waived) for one in PEOPLE)
    return Wishes(said=_numbered(said), reviewers=people)


def _shown(held: Wishes, reviewers: Reviewers) -> set[str]:
    return {clip for clip, span in CLIPS.items() if held.allow(clip, span, "as it is", reviewers)}


@given(
    st.lists(wishes(), max_size=12),
    wishes(),
    st.sets(st.sampled_from(["pro", "jeune", "parent"])),
    st.sampled_from(Reviewers),
)
def test_one_more_no_never_shows_more(said: list[Wish], last: Wish, waived: set[str], reviewers: Reviewers) -> None:
    """Whatever was said, a refusal or a hidden passage on top of it shows the same clips or fewer."""
    refusing = last.model_copy(update={"kind": WishKind.REFUSED}) if last.kind is WishKind.APPROVED else last

    before, after = _shown(_all(said, waived), reviewers), _shown(_all([*said, refusing], waived), reviewers)

    assert after <= before


@given(st.lists(wishes(), max_size=12), st.sets(st.sampled_from(["pro", "jeune", "parent"])))
def test_asking_more_people_never_shows_more(said: list[Wish], waived: set[str]) -> None:
    """Both (and the guardian of a minor) show a part of what the young person alone shows; nobody asked shows most."""
    held = _all(said, waived)

    assert _shown(held, Reviewers.BOTH) <= _shown(held, Reviewers.YOUNG_PERSON) <= _shown(held, Reviewers.NOBODY)


def test_nobody_to_ask_is_a_no() -> None:
    """A recording of which no person is declared is shown only where nobody has to be asked."""
    held = Wishes()

    assert _shown(held, Reviewers.BOTH) == _shown(held, Reviewers.YOUNG_PERSON) == set()
    assert _shown(held, Reviewers.NOBODY) == set(CLIPS)


def test_a_refusal_reaches_what_is_cut_again_from_the_same_seconds_and_not_the_neighbour() -> None:
    """clip-c is a part of the refused clip-a; clip-b begins where clip-a ends."""
    refusal = Wish(
        recording_id=RECORDING,
        person_id=PersonId("jeune"),
        kind=WishKind.REFUSED,
        clip_id="clip-a",
        span=CLIPS["clip-a"],
        said_at=AT,
        channel="test",
    )

    assert _shown(_all([refusal], set()), Reviewers.NOBODY) == {"clip-b"}


def test_only_who_refused_may_agree_again() -> None:
    """Another person's approval does not lift a refusal; the same person's does."""
    said = [
        Wish(
            recording_id=RECORDING,
            person_id=PersonId(person),
            kind=kind,
            clip_id="clip-b",
            content="as it is",
            span=CLIPS["clip-b"],
            said_at=AT,
            channel="test",
        )
        for person, kind in (("jeune", WishKind.REFUSED), ("pro", WishKind.APPROVED), ("jeune", WishKind.APPROVED))
    ]

    shown = ["clip-b" in _shown(_all(said[:count], set()), Reviewers.NOBODY) for count in (0, 1, 2, 3)]

    assert shown == [True, False, False, True]
