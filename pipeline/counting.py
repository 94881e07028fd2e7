"""Counting what may be shown: by recording where its clips are alike, clip by clip where they are not.

Takes the catalogue's own two questions; gives a number, and all that says whether it still stands: of which ledger,
approvals and clips it was counted, and when the clock may change it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from consent.database import parts
from consent.records import PART, Decision, RecordingId
from consent.register import Register
from consent.rules import PUBLICATION
from pipeline.clips import ASKED, Seen
from pipeline.clips import clips as table

_NEVER = datetime.max.replace(tzinfo=UTC)

Mixed = Callable[[dict[RecordingId, Decision]], Collection[RecordingId]]
"""Of these recordings, those of which some clips may be shown and others not."""

Ends = Callable[[Sequence[Row[Any]]], Mapping[Any, datetime | None]]
"""Of these clips, those that may be shown, and until when."""


class Count(NamedTuple):
    """How many clips may be shown and until when, of which state, asked when, and when the clock may change it."""

    shown: int
    until: datetime | None
    state: Seen
    asked_at: datetime
    changes: datetime | None

    def stands(self, state: Seen, now: datetime) -> bool:
        """Whether counting again in that state, then, would give the same."""
        return self.state == state and self.asked_at <= now < (self.changes or _NEVER)


def count(connection: Connection, register: Register, state: Seen, now: datetime, mixed: Mixed, ends: Ends) -> Count:
    """Count the clips that may be shown, inside the caller's transaction."""
    shown, until, changes = 0, list[datetime | None](), list[datetime | None]()
    counting = select(table.c.recording_id, func.count()).group_by(table.c.recording_id)
    for part in parts((RecordingId(one), int(number)) for one, number in connection.execute(counting)):
        decisions = register.decide_within(connection, [one for one, _ in part], PUBLICATION, PART)
        apart = mixed(decisions)
        permitted = ends(connection.execute(select(*ASKED).where(table.c.recording_id.in_(apart))).all())
        alike = [(decisions[one], number) for one, number in part if one not in apart and decisions[one].allowed]
        shown += len(permitted) + sum(number for _, number in alike)
        until += [*permitted.values(), *(decision.valid_until for decision, _ in alike)]
        changes += [decision.next_change for decision in decisions.values()]
    first, change = (min(filter(None, instants), default=None) for instants in (until, changes))
    return Count(shown, first, state, now, change)
