"""Majority: when the young person of a meeting comes of age, and so until when guardians are told of them. Pure.

The grace of the policy is for agreements, so that a clip does not vanish on a birthday; nobody else is handed what an
adult said, were it for a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from consent.policy import Policy
from consent.records import AgeBand, ConsentEvent, Party, PersonId, Role


def majority(young: Party) -> datetime | None:
    """The first instant of a minor's eighteenth birthday, where it is known."""
    if young.age_band is AgeBand.ADULT or young.comes_of_age_on is None:
        return None
    return datetime.combine(young.comes_of_age_on, time(), UTC)


def as_of(party: Party, now: datetime) -> Party:
    """Somebody as they are at ``now``: an adult, where their eighteenth birthday has come."""
    adult = majority(party)
    return party if adult is None or now < adult else party.model_copy(update={"age_band": AgeBand.ADULT})


def is_outgrown(
    person: PersonId, parties: Sequence[Party], events: Iterable[ConsentEvent], now: datetime, policy: Policy
) -> bool:
    """Whether somebody is the guardian of a young person who may no longer be a minor, and speaks for themself.

    Without a birthday, that is the policy's ``adult_for_certain_days`` after the first word of anybody: from then on
    only a birthday would tell.
    """
    if not any(one.id == person and one.role is Role.GUARDIAN for one in parties):
        return False
    said = min((event.indicated_at for event in events), default=None)
    certain = None if said is None else said + policy.coming_of_age.adult_for_certain
    young = [as_of(one, now) for one in parties if one.role is Role.YOUNG_PERSON]
    return any(
        one.age_band is AgeBand.ADULT or (one.comes_of_age_on is None and certain is not None and now >= certain)
        for one in young
    )
