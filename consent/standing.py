"""Where one person stands on one purpose at one place: until when they agree, or what stands in the way.

Takes the events of one recording, an instant and a policy; pure. A yes counts only if it was said after every
"no" that touches the place, and was not already known when that "no" arrived: neither a file that comes late with
an older date, nor a wrong clock, undoes a withdrawal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.policy import Policy
from consent.records import ConsentEvent, EventKind, Obstacle, Party, PersonId, Place, Purpose, Role, Scope


@dataclass(frozen=True, slots=True)
class Standing:
    """Either what stands in the way, or until when the agreement lasts; ``by`` is the event that says so, if any."""

    obstacle: Obstacle | None
    ends: datetime | None = None
    by: ConsentEvent | None = None

    @property
    def is_no(self) -> bool:
        """Whether the person said no, and not yes since."""
        return self.obstacle in (Obstacle.REFUSED, Obstacle.WITHDRAWN)


class Standings:
    """The events of one recording, asked about one place at one instant."""

    def __init__(self, events: Sequence[ConsentEvent], place: Place, now: datetime, policy: Policy) -> None:
        self._place = place
        self._now = now
        self._policy = policy
        self._cancelled = {event.invalidates for event in events if event.kind is EventKind.INVALIDATED}
        self._own: dict[PersonId, list[ConsentEvent]] = {}
        for event in events:
            self._own.setdefault(event.person_id, []).append(event)
        self._known: dict[tuple[PersonId, Purpose, datetime | None], Standing] = {}

    def of(self, party: Party, purpose: Purpose, since: datetime | None = None) -> Standing:
        """Where a person stands on a purpose, counting only what was said from ``since`` on."""
        key = party.id, purpose, since
        if key not in self._known:
            self._known[key] = self._find(party, purpose, since)
        return self._known[key]

    def noes(self, but: Sequence[Party], purposes: frozenset[Purpose]) -> bool:
        """Whether somebody who is not among ``but`` said no to one of ``purposes`` here."""
        declared = {party.id for party in but}
        return any(
            event.kind.is_no and any(event.covers(one) for one in purposes) and event.scope.touches(self._place)
            for person, own in self._own.items()
            if person not in declared
            for event in own
        )

    @property
    def uniform(self) -> bool:
        """Whether nobody spoke of less than the whole recording."""
        return all(event.scope.is_whole for own in self._own.values() for event in own)

    def apart(self, purpose: Purpose, parties: Sequence[Party]) -> tuple[Scope, ...]:
        """Places smaller than the recording that somebody took out for a purpose, and has not given back.

        A yes that came to its end gives nothing back: what was taken out before it is out again.
        """
        roles = {party.id: party.role for party in parties}
        found = []
        for person, own in self._own.items():
            said = [event for event in own if event.covers(purpose)]
            role = roles.get(person, Role.PROFESSIONAL)
            yes = [
                one
                for one in self._yes(said)
                if one.scope.is_whole and one.begins <= self._now < end_of(one, role, self._policy)
            ]
            found += [
                stop.scope
                for stop in said
                if stop.kind.ends and not stop.scope.is_whole and not any(_follows(one, stop) for one in yes)
            ]
        return tuple(sorted(dict.fromkeys(found), key=Scope.model_dump_json))

    def instants(self, parties: Sequence[Party]) -> list[datetime]:
        """When the passing of time alone begins or ends an agreement."""
        yes = [event for own in self._own.values() for event in self._yes(own)]
        found = [event.begins for event in yes]
        for party in parties:
            found += [end_of(event, party.role, self._policy) for event in yes if event.person_id == party.id]
        return found

    def _find(self, party: Party, purpose: Purpose, since: datetime | None) -> Standing:
        own = [event for event in self._own.get(party.id, ()) if event.covers(purpose)]
        stops = [event for event in own if event.kind.ends and event.scope.touches(self._place)]
        begun = [
            grant
            for grant in self._yes(own)
            if grant.scope.covers(self._place)
            and (since is None or grant.indicated_at >= since)
            and all(_follows(grant, stop) for stop in stops)
            and grant.begins <= self._now
        ]
        last = max(begun, key=lambda grant: end_of(grant, party.role, self._policy), default=None)
        if last is not None:
            ends = end_of(last, party.role, self._policy)
            return Standing(None if ends > self._now else Obstacle.EXPIRED, ends, last)
        if stops:
            latest = max(stops, key=lambda stop: (stop.recorded_at, stop.kind))
            return Standing(_OBSTACLES[latest.kind], by=latest)
        return Standing(Obstacle.MISSING)

    def _yes(self, events: Sequence[ConsentEvent]) -> list[ConsentEvent]:
        return [event for event in events if event.kind.is_yes and event.event_id not in self._cancelled]


def end_of(grant: ConsentEvent, role: Role, policy: Policy) -> datetime:
    """When a yes ends: at its own term, at the policy's, and a guardian's once the child is surely an adult."""
    coming = policy.coming_of_age
    ends = [_later(grant.indicated_at, policy.validity.longest)]
    if grant.expires_at is not None:
        ends.append(grant.expires_at)
    if role is Role.GUARDIAN:
        ends.append(_later(grant.indicated_at, coming.adult_for_certain + coming.grace))
    return min(ends)


_OBSTACLES = {
    EventKind.REFUSED: Obstacle.REFUSED,
    EventKind.WITHDRAWN: Obstacle.WITHDRAWN,
    EventKind.EXPIRED: Obstacle.EXPIRED,
}


def _follows(grant: ConsentEvent, stop: ConsentEvent) -> bool:
    """Whether a yes was said after what ended the former ones, and the register learnt of it later too."""
    if grant.indicated_at <= stop.indicated_at:
        return False
    if grant.seq and stop.seq:  # by place, which no clock can change
        return grant.seq > stop.seq
    return grant.recorded_at >= stop.recorded_at


def _later(instant: datetime, length: timedelta) -> datetime:
    """``instant + length``, or the end of time where the calendar has no such day."""
    try:
        return instant + length
    except OverflowError:
        return datetime.max.replace(tzinfo=instant.tzinfo)
