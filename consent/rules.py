"""The rules: pure functions from parties and events to a decision. No clock, no file, no network.

Laws (property-tested): total; deterministic; indifferent to the order and repetition of events; adding a
refusal, a withdrawal or an invalidation never allows more; unknown means no; an unknown age means under 15.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from consent.clearance import SEAL, Clearance
from consent.errors import ConsentDenied
from consent.records import (
    AgeBand,
    ConsentEvent,
    Decision,
    EventKind,
    Obstacle,
    Party,
    Purpose,
    Reason,
    RecordingId,
    Role,
)

PREREQUISITES: dict[Purpose, tuple[Purpose, ...]] = {
    Purpose.RECORD: (),
    Purpose.TRANSCRIBE: (Purpose.RECORD,),
    Purpose.CUT_AND_INDEX: (Purpose.TRANSCRIBE,),
    Purpose.PUBLISH: (Purpose.CUT_AND_INDEX,),
    Purpose.SHOW_FACE: (Purpose.PUBLISH,),
    Purpose.ORIGINAL_VOICE: (Purpose.PUBLISH,),
}
"""What must be agreed to before a purpose counts."""

PUBLICATION = frozenset({Purpose.PUBLISH, Purpose.SHOW_FACE, Purpose.ORIGINAL_VOICE})
"""What a published clip needs today: both faces are in its picture, both voices in its sound."""

_GUARDIAN_FOR_15_TO_17 = PUBLICATION
"""From 15 a young person decides alone up to the cut; what others will see takes a guardian too."""


def with_prerequisites(purposes: Iterable[Purpose]) -> frozenset[Purpose]:
    """Close a set of purposes under :data:`PREREQUISITES`."""
    closed: set[Purpose] = set()
    waiting = list(purposes)
    while waiting:
        purpose = waiting.pop()
        if purpose not in closed:
            closed.add(purpose)
            waiting.extend(PREREQUISITES[purpose])
    return frozenset(closed)


def decide(
    recording_id: RecordingId,
    parties: Sequence[Party],
    events: Iterable[ConsentEvent],
    purposes: Iterable[Purpose],
    now: datetime,
) -> Decision:
    """Say whether ``purposes`` (and what they presuppose) are allowed for a recording at ``now``.

    Events of other recordings are ignored. Every required person must hold, for every purpose, a consent
    that was given, is in force, and came after that person's last refusal or withdrawal.
    """
    asked = with_prerequisites(purposes)
    known = [event for event in events if event.recording_id == recording_id]
    reasons: list[Reason] = []
    ends: list[datetime] = []
    for purpose in sorted(asked, key=list(Purpose).index):
        for role, people in _consenters(parties, purpose):
            if not people:
                reasons.append(Reason(obstacle=Obstacle.NO_SUCH_PERSON, role=role, purpose=purpose))
            for party in people:
                outcome = _standing(party, purpose, known, now)
                no = _no_before(party, purpose, known, now)
                if no is not None or isinstance(outcome, Obstacle):
                    obstacle = outcome if isinstance(outcome, Obstacle) else no or Obstacle.MISSING
                    reasons.append(Reason(obstacle=obstacle, role=role, purpose=purpose))
                elif outcome.expires_at is not None:
                    ends.append(outcome.expires_at)
        reasons += _undeclared_noes(parties, purpose, known)
    return Decision(
        recording_id=recording_id,
        purposes=asked,
        allowed=bool(asked) and not reasons,
        reasons=tuple(reasons),
        decided_at=now,
        valid_until=min(ends, default=None),
    )


def clear(
    recording_id: RecordingId,
    parties: Sequence[Party],
    events: Iterable[ConsentEvent],
    purposes: Iterable[Purpose],
    now: datetime,
) -> Clearance:
    """Decide, and make the :class:`Clearance` that stages ask for.

    Raises:
        ConsentDenied: the decision is no; it carries the reasons.
    """
    decision = decide(recording_id, parties, events, purposes, now)
    if not decision.allowed:
        raise ConsentDenied(decision)
    return Clearance(recording_id, decision.purposes, now, decision.valid_until, SEAL)


def _consenters(parties: Sequence[Party], purpose: Purpose) -> list[tuple[Role, list[Party]]]:
    """Who must agree: always the two who speak; guardians as the young person's age asks."""
    by_role = {role: [party for party in parties if party.role is role] for role in Role}
    required = [
        (Role.PROFESSIONAL, by_role[Role.PROFESSIONAL]),
        (Role.YOUNG_PERSON, by_role[Role.YOUNG_PERSON]),
    ]
    if any(_needs_guardian(young.age_band, purpose) for young in by_role[Role.YOUNG_PERSON]):
        required.append((Role.GUARDIAN, by_role[Role.GUARDIAN]))
    return required


def _needs_guardian(age_band: AgeBand, purpose: Purpose) -> bool:
    if age_band is AgeBand.ADULT:
        return False
    if age_band is AgeBand.FROM_15_TO_17:
        return purpose in _GUARDIAN_FOR_15_TO_17
    return True


def _standing(party: Party, purpose: Purpose, events: list[ConsentEvent], now: datetime) -> ConsentEvent | Obstacle:
    """The consent in force of one person for one purpose, or what stands in its way."""
    own = [event for event in events if event.person_id == party.id and event.covers(purpose)]
    cancelled = {event.invalidates for event in events if event.kind is EventKind.INVALIDATED}
    stops = [event for event in own if event.kind in (EventKind.REFUSED, EventKind.WITHDRAWN)]
    grants = [event for event in own if event.kind is EventKind.GIVEN and event.event_id not in cancelled]
    # A consent counts only if it was said after every "no", and was not already known when that "no" arrived:
    # neither a file that comes late with an older date, nor a wrong clock, undoes a withdrawal.
    after = [
        grant
        for grant in grants
        if all(grant.indicated_at > stop.indicated_at and _known_after(grant, stop) for stop in stops)
    ]
    begun = [grant for grant in after if grant.indicated_at <= now]
    in_force = [grant for grant in begun if grant.expires_at is None or grant.expires_at > now]
    if in_force:
        return max(in_force, key=lambda grant: (grant.expires_at is None, grant.expires_at or now, grant.event_id))
    if begun:
        return Obstacle.EXPIRED
    if stops:
        last = max(stops, key=lambda stop: (stop.recorded_at, stop.kind))
        return Obstacle.REFUSED if last.kind is EventKind.REFUSED else Obstacle.WITHDRAWN
    return Obstacle.MISSING


def _known_after(grant: ConsentEvent, stop: ConsentEvent) -> bool:
    """Whether the register learnt of ``grant`` after ``stop``: by place, which no clock can change."""
    if grant.seq and stop.seq:
        return grant.seq > stop.seq
    return grant.recorded_at >= stop.recorded_at


def _undeclared_noes(parties: Sequence[Party], purpose: Purpose, events: list[ConsentEvent]) -> list[Reason]:
    """A "no" outlives its sender's place in the description: renaming or removing somebody does not undo it."""
    declared = {party.id for party in parties}
    covered = with_prerequisites([purpose])
    for event in events:
        no = event.kind in (EventKind.REFUSED, EventKind.WITHDRAWN)
        if no and event.person_id not in declared and any(event.covers(one) for one in covered):
            return [Reason(obstacle=Obstacle.UNDECLARED_NO, role=None, purpose=purpose)]
    return []


def _no_before(party: Party, purpose: Purpose, events: list[ConsentEvent], now: datetime) -> Obstacle | None:
    """A refusal or withdrawal in force of something that ``purpose`` presupposes.

    A guardian need not agree to a transcription at 16, but whoever says no to it says no to its publication.
    """
    for before in sorted(with_prerequisites([purpose]) - {purpose}):
        outcome = _standing(party, before, events, now)
        if outcome is Obstacle.REFUSED or outcome is Obstacle.WITHDRAWN:
            return outcome
    return None
