"""The people of these tests, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime

from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role

RECORDING = RecordingId("rec-0123456789abcdef")
MORNING = datetime(2026, 5, 1, 8, tzinfo=UTC)
PRO = Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT)
YOUNG = Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT)


def given_by(
    person: Party, name: str | None = None, at: datetime = MORNING, recording_id: RecordingId = RECORDING
) -> ConsentEvent:
    """A consent to everything."""
    return ConsentEvent(
        event_id=name or f"given-{recording_id}-{person.id}",
        recording_id=recording_id,
        person_id=person.id,
        kind=EventKind.GIVEN,
        purposes=frozenset(Purpose),
        indicated_at=at,
        recorded_at=at,
    )
