"""Majority: until when somebody's guardians are told of them, to the second, and of whom that is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from consent.majority import as_of, is_outgrown, majority
from consent.policy import strict
from consent.records import AgeBand, Party, PersonId, Role
from tests.consent.people import MORNING, PRO, YOUNG, given_by

BIRTHDAY = datetime(2027, 3, 1, tzinfo=UTC)
MINOR = YOUNG.model_copy(update={"age_band": AgeBand.FROM_15_TO_17, "comes_of_age_on": date(2027, 3, 1)})
CHILD = YOUNG.model_copy(update={"age_band": AgeBand.UNDER_15})
MOTHER, FATHER = (Party(id=PersonId(one), role=Role.GUARDIAN) for one in ("mere", "pere"))
SECOND = timedelta(seconds=1)


def outgrown(person: Party, young: Party, now: datetime, *, said: bool = True) -> bool:
    """Whether somebody's guardianship is over, the first word having been said one morning, another one later."""
    events = [given_by(MOTHER, "later", MORNING + timedelta(days=9)), given_by(PRO)] if said else []
    return is_outgrown(person.id, (PRO, young, MOTHER, FATHER), events, now, strict())


def test_the_first_instant_of_the_eighteenth_birthday_makes_an_adult() -> None:
    """Not a second before; who was an adult at the meeting, or whose birthday is unknown, does not become one."""
    assert BIRTHDAY == majority(MINOR)
    assert [MINOR, AgeBand.ADULT] == [as_of(MINOR, BIRTHDAY - SECOND), as_of(MINOR, BIRTHDAY).age_band]
    for same in (YOUNG, CHILD, MINOR.model_copy(update={"age_band": AgeBand.ADULT})):
        assert None is majority(same)
        assert same is as_of(same, BIRTHDAY)


@pytest.mark.parametrize("guardian", [MOTHER, FATHER])
def test_a_guardian_is_told_of_a_minor_alone(guardian: Party) -> None:
    """Each of the two, until the birthday; of an adult never; nobody else is anybody's guardian."""
    assert not outgrown(guardian, MINOR, BIRTHDAY - SECOND)
    assert outgrown(guardian, MINOR, BIRTHDAY)
    assert outgrown(guardian, YOUNG, MORNING)
    for other in (PRO, MINOR, Party(id=PersonId("voisin"), role=Role.GUARDIAN)):
        assert not outgrown(other, MINOR, BIRTHDAY)


@pytest.mark.parametrize("young", [CHILD, CHILD.model_copy(update={"age_band": AgeBand.UNKNOWN})])
def test_without_a_birthday_it_is_until_they_may_be_an_adult(young: Party) -> None:
    """Counted from the first word of anybody, as the policy says; where nobody spoke, nothing is over."""
    certain = MORNING + strict().coming_of_age.adult_for_certain

    assert not outgrown(MOTHER, young, certain - SECOND)
    assert outgrown(MOTHER, young, certain)
    assert not outgrown(MOTHER, young, certain, said=False)


def test_a_birthday_that_is_known_is_waited_for() -> None:
    """At fourteen, with their birthday said, three years change nothing."""
    born = CHILD.model_copy(update={"comes_of_age_on": date(2030, 3, 1)})

    assert not outgrown(MOTHER, born, MORNING + strict().coming_of_age.adult_for_certain)
