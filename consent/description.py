"""What a meeting's description changes in the register: what it says anew, and what it no longer says.

Pure. A description is read again every night; what it said before is not added twice, and a consent that it no
longer has is invalidated: silence is not agreement. A "no" that it no longer has stays: only a later yes undoes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from consent.records import ConsentEvent, EventKind


def changes(known: Sequence[ConsentEvent], described: Mapping[str, ConsentEvent], now: datetime) -> list[ConsentEvent]:
    """The events that bring the register to what a description says.

    Args:
        known: what descriptions brought before, in the order of the register.
        described: what this one says, by ``event_id``.
        now: when it is read.
    """
    cancelled = {event.invalidates for event in known}
    in_place = {
        _statement(event.event_id): event
        for event in known
        if event.kind is not EventKind.INVALIDATED and event.event_id not in cancelled
    }
    found = [  # in the order in which things were said, which their places in the register then tell
        _invalidation(event, now)
        for statement, event in in_place.items()
        if event.kind.is_yes and statement not in described
    ]
    for statement, event in sorted(described.items(), key=lambda item: item[1].indicated_at):
        if statement not in in_place:
            times = sum(1 for other in known if _statement(other.event_id) == statement)
            again = event.model_copy(update={"event_id": f"{statement}.{times + 1}"})
            found.append(again if times else event)
    return found


def _invalidation(event: ConsentEvent, now: datetime) -> ConsentEvent:
    return ConsentEvent(
        event_id=hashlib.sha256(f"invalidate:{event.event_id}:{now.isoformat()}".encode()).hexdigest()[:32],
        recording_id=event.recording_id,
        person_id=event.person_id,
        kind=EventKind.INVALIDATED,
        indicated_at=now,
        recorded_at=now,
        channel="meeting file",
        invalidates=event.event_id,
    )


def _statement(event_id: str) -> str:
    """The id that a description gives to what was said; the register numbers its repetitions from ``.2`` on."""
    return event_id.partition(".")[0]
