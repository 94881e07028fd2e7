"""Reminders: the agreements that end soon, so that the operator asks for them again before the clips go.

Takes what the rules say now; gives one line a recording, nearest end first. At the end itself nothing has to be done:
the gate closes at that instant and the night erases.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from consent.records import PART, Frozen, PersonId, Purpose, RecordingId, Role
from consent.rules import PUBLICATION
from consent.standing import Standings
from flows.workshop import Workshop


class Reminder(Frozen):
    """A person whose agreement to some purposes ends at ``ends_at``: what rests on it goes unless it is given again."""

    name: str
    role: Role
    purposes: tuple[Purpose, ...]
    recording_id: RecordingId
    ends_at: datetime
    days: int

    @property
    def sentence(self) -> str:
        """One French sentence."""
        left = "moins d'un jour" if self.days < 1 else f"{self.days} jour{'s' if self.days > 1 else ''}"
        return (
            f"Échéance : dans {self.name}, l'accord du {self.role.french} ({self._what}) prend fin le "
            f"{self.ends_at.astimezone():%d/%m/%Y} (dans {left}) ; demandez-le de nouveau, sans quoi ce qu'il couvre "
            "sera effacé."
        )

    @property
    def _what(self) -> str:
        everything = len(self.purposes) == len(Purpose)
        return "toutes les finalités" if everything else ", ".join(one.french for one in self.purposes)


def reminders(workshop: Workshop) -> tuple[Reminder, ...]:
    """Every agreement of a meeting still shown that ends within the days of the setting, one line a person and end."""
    now = workshop.clock()
    limit = now + timedelta(days=workshop.settings.reminder_days)
    meetings = workshop.catalogue.meetings()
    decisions = workshop.register.decide_many([one.recording_id for one in meetings], PUBLICATION, PART)
    found = []
    for meeting in meetings:
        decision = decisions[meeting.recording_id]
        if decision.allowed:
            ends = _ends(workshop, meeting.recording_id, now, limit)
            last = decision.valid_until
            if last is not None and last <= limit and all(ends_at != last for _, _, ends_at in ends):
                # Of no agreement of its own term: the young person came of age, and must now say yes alone.
                young = PersonId(Role.YOUNG_PERSON.value)
                ends[Role.YOUNG_PERSON, young, last] = [one for one in Purpose if one in PUBLICATION]
            for (role, _, ends_at), purposes in ends.items():
                found.append(
                    Reminder(
                        name=meeting.meeting_id,
                        role=role,
                        purposes=tuple(purposes),
                        recording_id=meeting.recording_id,
                        ends_at=ends_at,
                        days=(ends_at - now).days,
                    )
                )
    return tuple(sorted(found, key=lambda one: (one.ends_at, one.name, one.role)))


def _ends(
    workshop: Workshop, recording_id: RecordingId, now: datetime, limit: datetime
) -> dict[tuple[Role, PersonId, datetime], list[Purpose]]:
    """The purposes that end until ``limit``, by person and instant, as each person's own words stand."""
    register = workshop.register
    standings = Standings(register.history(recording_id), PART, now, register.policy)
    found: dict[tuple[Role, PersonId, datetime], list[Purpose]] = {}
    for party in register.parties(recording_id):
        for purpose in Purpose:
            ends = standings.of(party, purpose).ends
            if ends is not None and ends <= limit:
                found.setdefault((party.role, party.id, ends), []).append(purpose)
    return found
