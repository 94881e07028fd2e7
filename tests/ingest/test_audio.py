"""Which sound is each person's: who is only seen needs no track, and what is not heard is told."""

from __future__ import annotations

import pytest

from consent.records import Role
from demo.cast import Variant
from pipeline.ingest.audio import mixed_although, named_by_titles, plan_tracks, told_of_streams
from pipeline.meeting import FileTrack, Meeting, MeetingParticipant, read_meeting
from pipeline.records import TrackOrigin
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


def _untracked(meeting: Meeting) -> Meeting:
    bare = _with(meeting, without_track=(Role.PROFESSIONAL, Role.YOUNG_PERSON))
    names = {Role.PROFESSIONAL: "Claire Martin", Role.YOUNG_PERSON: "Léo Nguyen"}
    people = tuple(one.model_copy(update={"name": names.get(one.role)}) for one in bare.participants)
    return bare.model_copy(update={"participants": people})


def test_streams_that_bear_the_participants_names_are_theirs(meeting: Meeting) -> None:
    """Each stream has the title of somebody else of the meeting: each is that person's track, and this is told."""
    bare = _untracked(meeting)

    named = named_by_titles(bare, ["Léo Nguyen", "CLAIRE MARTIN"])

    assert [("pro", (1,)), ("jeune", (0,))] == [(plan.person, plan.streams) for plan in plan_tracks(named, 2)]
    assert "portent les noms des participants" in str(told_of_streams(bare, named, 2))


@pytest.mark.parametrize(
    "titles",
    [
        ["Claire Martin"],
        ["Claire Martin", "Claire M."],
        ["Claire Martin", "Léo Nguyen", "Musique"],
        ["Claire Martin", ""],
        ["Claire Martin", "parent"],
        ["SoundHandler", "SoundHandler"],
        ["Claire Martn", "Léo Nguyen"],
    ],
)
def test_streams_of_which_one_is_nobody_s_are_mixed(meeting: Meeting, titles: list[str]) -> None:
    """A stream without a name may hold anybody: all are mixed, of nobody, and several are told."""
    bare = _untracked(meeting)

    named = named_by_titles(bare, titles)

    plans = plan_tracks(named, len(titles))
    told = told_of_streams(bare, named, len(titles))
    assert [(None, tuple(range(len(titles))))] == [(plan.person, plan.streams) for plan in plans]
    assert (len(titles) > 1) is ("rien ne dit à qui ils sont : ils sont mélangés" in str(told))


def test_tracks_that_meeting_json_declares_stand_against_titles(meeting: Meeting) -> None:
    """Own files are declared: the titles of the recording's streams change nothing, and nothing is told."""
    assert meeting == named_by_titles(meeting, ["jeune", "pro"])
    assert told_of_streams(meeting, meeting, 2) is None
