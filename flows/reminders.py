"""Reminders: the agreements that end soon, so that the operator asks for them again before the clips go.

Takes what the rules say now; gives one line a recording, nearest end first. At the end itself nothing has to be done:
the gate closes at that instant and the night erases.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from consent.records import PART, Frozen, RecordingId
from consent.rules import PUBLICATION
from flows.workshop import Workshop


class Reminder(Frozen):
    """A meeting whose clips go at ``ends_at`` unless an agreement is given again."""

    name: str
    recording_id: RecordingId
    ends_at: datetime
    days: int

    @property
    def sentence(self) -> str:
        """One French sentence."""
        left = "moins d'un jour" if self.days < 1 else f"{self.days} jour{'s' if self.days > 1 else ''}"
        return (
            f"Échéance : un accord de {self.name} prend fin le {self.ends_at.astimezone():%d/%m/%Y} (dans {left}) ; "
            "demandez-le de nouveau, sans quoi ce qu'il couvre sera effacé."
        )


def reminders(workshop: Workshop) -> tuple[Reminder, ...]:
    """The meetings of which an agreement ends within the days of the setting."""
    now = workshop.clock()
    limit = now + timedelta(days=workshop.settings.reminder_days)
    meetings = workshop.catalogue.meetings()
    decisions = workshop.register.decide_many([one.recording_id for one in meetings], PUBLICATION, PART)
    found = []
    for meeting in meetings:
        decision = decisions[meeting.recording_id]
        if decision.allowed and decision.valid_until is not None and decision.valid_until <= limit:
            found.append(
                Reminder(
                    name=meeting.meeting_id,
                    recording_id=meeting.recording_id,
                    ends_at=decision.valid_until,
                    days=(decision.valid_until - now).days,
                )
            )
    return tuple(sorted(found, key=lambda one: one.ends_at))
