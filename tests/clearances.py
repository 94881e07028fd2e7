"""Clearances for tests, made as the product makes them: by the rules, from events."""

from datetime import UTC, datetime, timedelta

from consent.clearance import Clearance
from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role
from consent.rules import clear

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def clearance_for(recording_id: RecordingId, *purposes: Purpose) -> Clearance:
    """A clearance for ``purposes`` (all by default), from two adults who agreed to everything."""
    parties = [
        Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT),
        Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT),
    ]
    events = [
        ConsentEvent(
            event_id=f"given-{party.id}",
            recording_id=recording_id,
            person_id=party.id,
            kind=EventKind.GIVEN,
            purposes=frozenset(Purpose),
            indicated_at=AT,
            recorded_at=AT,
        )
        for party in parties
    ]
    return clear(recording_id, parties, events, purposes or tuple(Purpose), AT + timedelta(days=1))
