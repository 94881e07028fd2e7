"""The people of the demo: who agreed to what."""

from datetime import UTC, datetime

import pytest

from consent.records import AgeBand, Obstacle, Role
from consent.rules import PUBLICATION, decide
from demo import script
from demo.cast import MEETINGS, DemoMeeting, Variant
from demo.conversation import PEOPLE

NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.id)
def test_only_the_meeting_without_the_young_persons_consent_is_denied(meeting: DemoMeeting) -> None:
    """The consents in each ``meeting.json`` are enough to publish, except in the one made for that."""
    description = meeting.description("Métier")
    events = description.consent_events(NOW)

    decision = decide(description.recording_id, description.parties, events, PUBLICATION, NOW)
    assert decision.allowed == (meeting.variant is not Variant.NOT_CONSENTED)
    assert {(reason.role, reason.obstacle) for reason in decision.reasons} == (
        set() if decision.allowed else {(Role.YOUNG_PERSON, Obstacle.MISSING)}
    )


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.id)
def test_consents_precede_the_meeting(meeting: DemoMeeting) -> None:
    """Everybody decided before being recorded."""
    description = meeting.description("Métier")

    assert all(given.at < description.recorded_at for given in description.consents)


def test_the_cast_covers_every_form_age_and_script_once() -> None:
    """Six meetings: six forms, six scripts, an adult, a 15-to-17 and an under-15."""
    forms = [meeting.variant for meeting in MEETINGS]

    assert sorted(forms) == sorted(set(Variant) - {Variant.PLAIN})
    assert tuple(sorted(meeting.script for meeting in MEETINGS)) == script.names()
    assert {meeting.age_band for meeting in MEETINGS} == {
        AgeBand.ADULT, AgeBand.FROM_15_TO_17, AgeBand.UNDER_15,
    }  # fmt: skip


def test_meetings_to_be_heard_come_without_their_script() -> None:
    """Only a platform's transcript is left: everything else must be listened to."""
    left = {one.variant: one.description("Métier", heard=True).transcript for one in MEETINGS}
    files = {variant: found and (found.file, found.origin) for variant, found in left.items()}

    assert ("transcription.vtt", "platform") == files.pop(Variant.PLATFORM_TRANSCRIPT)
    assert {None} == set(files.values())
    assert all(one.description("Métier").transcript for one in MEETINGS)


def test_labels_can_be_drawn() -> None:
    """Pillow's own font has no accented letter: a label is ASCII."""
    labels = [meeting.character(role).label for meeting in MEETINGS for role in PEOPLE]

    assert all(label.isascii() for label in labels)
