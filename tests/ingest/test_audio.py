"""Which sound is each person's: who is only seen needs no track, and what is not heard is told."""

from __future__ import annotations

import pytest

from consent.records import Role
from demo.cast import Variant
from pipeline.ingest.audio import mixed_although, plan_tracks, unheard_streams
from pipeline.meeting import FileTrack, Meeting, MeetingParticipant, read_meeting
from pipeline.records import Track, TrackOrigin
from tests.conftest import SmallMeeting


@pytest.fixture
def meeting(small_meeting: SmallMeeting) -> Meeting:
    """The professional and the young person, a file each."""
    return read_meeting(small_meeting(Variant.SEPARATE_FILES))


def _with(meeting: Meeting, *more: MeetingParticipant, without_track: tuple[Role, ...] = ()) -> Meeting:
    people = tuple(
        one.model_copy(update={"track": None}) if one.role in without_track else one for one in meeting.participants
    )
    return meeting.model_copy(update={"participants": (*people, *more)})


def test_somebody_who_is_only_seen_leaves_the_two_their_tracks(meeting: Meeting) -> None:
    """A colleague who walks past has no track: the two who talk keep theirs, and nothing is remarked."""
    passing = MeetingParticipant(id="collegue", role=Role.THIRD_PARTY)

    assert [TrackOrigin.OWN_FILE] * 2 == [plan.origin for plan in plan_tracks(_with(meeting, passing))]
    assert mixed_although(_with(meeting, passing)) is None


def test_a_third_party_with_a_track_is_heard(meeting: Meeting) -> None:
    """Who has a track of their own is transcribed with the others."""
    third = MeetingParticipant(id="collegue", role=Role.THIRD_PARTY, track=FileTrack(file="collegue.wav"))

    assert ["pro", "jeune", "collegue"] == [plan.person for plan in plan_tracks(_with(meeting, third))]


def test_the_remark_on_missing_tracks_is_written_in_french(meeting: Meeting) -> None:
    """One or several who have a track, one or several who lack it."""
    third = MeetingParticipant(id="collegue", role=Role.THIRD_PARTY, track=FileTrack(file="collegue.wav"))
    one = _with(meeting, without_track=(Role.YOUNG_PERSON,))

    assert "Le professionnel a sa piste séparée, mais pas le jeune :" in str(mixed_although(one))
    assert "Le professionnel et le tiers présent ont leur piste séparée, mais pas le jeune :" in str(
        mixed_although(_with(one, third))
    )
    assert "Le tiers présent a sa piste séparée, mais ni le professionnel ni le jeune :" in str(
        mixed_although(_with(meeting, third, without_track=(Role.PROFESSIONAL, Role.YOUNG_PERSON)))
    )


def test_streams_that_nobody_listens_to_are_told() -> None:
    """A mix is made of the first stream: a recording with more of them says so; declared streams are all heard."""
    mix = Track(person=None, origin=TrackOrigin.MIX, file="track-0.wav", offset=0, duration=60)
    own = mix.model_copy(update={"origin": TrackOrigin.OWN_STREAM})

    assert "a 3 flux audio, et seul le premier est transcrit" in str(unheard_streams([mix], 3))
    assert unheard_streams([mix], 1) is None
    assert unheard_streams([own, own], 2) is None
