"""An example of ``meeting.json``, complete enough to be copied and changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from consent.records import AgeBand, Purpose, Role
from consent.rules import PUBLICATION, with_prerequisites
from pipeline.meeting import (
    FileTrack,
    Meeting,
    MeetingConsent,
    MeetingParticipant,
    MeetingTranscript,
)

_PURPOSES = with_prerequisites(PUBLICATION)
_PARIS = timezone(timedelta(hours=1))
_PEOPLE = ("pro", "jeune", "parent", "parent2")

EXAMPLE = Meeting(
    id="rencontre-0412",
    recording="rencontre.mp4",
    recorded_at=datetime(2026, 3, 12, 14, tzinfo=_PARIS),
    participants=(
        MeetingParticipant(
            id="pro",
            role=Role.PROFESSIONAL,
            name="Sophie M.",
            occupation="Géomètre",
            age_band=AgeBand.ADULT,
            track=FileTrack(file="pro.m4a"),
        ),
        MeetingParticipant(
            id="jeune",
            role=Role.YOUNG_PERSON,
            name="Théo",
            age_band=AgeBand.FROM_15_TO_17,
            comes_of_age_on=date(2027, 9, 4),
            track=FileTrack(file="jeune.m4a", offset_s=2.4),
        ),
        MeetingParticipant(id="parent", role=Role.GUARDIAN, age_band=AgeBand.ADULT),
        MeetingParticipant(id="parent2", role=Role.GUARDIAN, age_band=AgeBand.ADULT),
    ),
    transcript=MeetingTranscript(file="transcription.vtt"),
    consents=tuple(
        MeetingConsent(
            participant=person,
            purposes=tuple(purpose for purpose in Purpose if purpose in _PURPOSES),
            at=datetime(2026, 3, 5, 18, 30, tzinfo=_PARIS),
            notice_version="2026-01",
            channel="web",
        )
        for person in _PEOPLE
    ),
)
"""Each participant's own file and the platform's transcript may be left out."""
