"""One question put to everybody: their answer to each purpose, and the form that all of them agreed to.

Pure. The sides are the professional, the young person with the guardians whom their age asks for, and whoever else
is seen, heard or named; what may be published is the meet of what the sides allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.majority import majority
from consent.policy import Guardians, Policy
from consent.purposes import BEFORE, CLOSED, ORDER
from consent.records import (
    NOTHING,
    Asking,
    Exclusion,
    Form,
    Naming,
    Obstacle,
    Party,
    Place,
    Purpose,
    Reason,
    Role,
    Scope,
    Showing,
)
from consent.standing import Standing, Standings


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands in the way of one purpose, and when the agreements relied upon end."""

    reasons: tuple[Reason, ...]
    ends: tuple[datetime, ...]


class Inquiry:
    """One question about one recording: its sides are the professional, the young person, whoever else is there."""

    def __init__(
        self, parties: Sequence[Party], standings: Standings, place: Place, now: datetime, policy: Policy
    ) -> None:
        self._parties = parties
        self._standings = standings
        self._place = place
        self._now = now
        self._policy = policy
        self._answers: dict[Purpose, Answer] = {}
        self._by_role = {role: [party for party in parties if party.role is role] for role in Role}

    def answer(self, purpose: Purpose) -> Answer:
        """Everybody's answer to one purpose."""
        if purpose not in self._answers:
            self._answers[purpose] = self._answer(purpose)
        return self._answers[purpose]

    def _answer(self, purpose: Purpose) -> Answer:
        sides = [self._professional(purpose), self._young(purpose), self._others(purpose)]
        return Answer(
            tuple(reason for side in sides for reason in side.reasons),
            tuple(end for side in sides for end in side.ends),
        )

    def form(self) -> Form:
        """The fullest form that everybody present agreed to; nothing where publishing is not allowed."""
        if any(self.answer(purpose).reasons for purpose in CLOSED[Purpose.PUBLISH]):
            return NOTHING
        audio = self._shown(Purpose.ORIGINAL_VOICE)
        return Form(
            video=self._shown(Purpose.SHOW_FACE),
            audio=audio,
            names=self._named(Purpose.SHOW_FIRST_NAME),
            organisations=self._named(Purpose.SHOW_ORGANISATION),
            question=Asking.ORIGINAL if audio is Showing.ALL else Asking.CARD,
        )

    def exclusions(self, purposes: frozenset[Purpose]) -> tuple[Exclusion, ...]:
        """What must be left out of a recording of which a part is allowed."""
        found = []
        for purpose in sorted(purposes, key=ORDER.__getitem__):
            silent = [
                Scope(passages=party.present)
                for party in self._by_role[Role.THIRD_PARTY]
                if party.present and self._outcome(party, purpose).obstacle
            ]
            apart = self._standings.apart(purpose, self._parties)
            found += [Exclusion(purpose=purpose, scope=scope) for scope in (*apart, *silent)]
        return tuple(found)

    @property
    def uniform(self) -> bool:
        """Whether the answer is the same at every place: nobody spoke of a part, nobody is there for a part only."""
        return self._standings.uniform and all(party.present is None for party in self._parties)

    def next_change(self) -> datetime | None:
        """When the clock alone may change this answer."""
        instants = self._standings.instants(self._parties)
        for young in self._by_role[Role.YOUNG_PERSON]:
            adult = majority(young)
            instants += [] if adult is None else [adult, adult + self._policy.coming_of_age.grace]
        return min((one for one in instants if one > self._now), default=None)

    def _professional(self, purpose: Purpose) -> Answer:
        return self._all_of(Role.PROFESSIONAL, self._by_role[Role.PROFESSIONAL], purpose)

    def _others(self, purpose: Purpose) -> Answer:
        """Third parties where they are; and the "no" of somebody who is declared no longer.

        A "no" outlives its sender's place in the description: renaming or removing somebody does not undo it.
        """
        there = [party for party in self._by_role[Role.THIRD_PARTY] if party.is_at(self._place)]
        if self._place.part:  # where they are known to be is left out, and said so
            there = [party for party in there if party.present is None]
        answer = self._all_of(Role.THIRD_PARTY, there, purpose) if there else Answer((), ())
        if not self._standings.noes(self._parties, CLOSED[purpose]):
            return answer
        gone = Reason(obstacle=Obstacle.UNDECLARED_NO, role=None, purpose=purpose)
        return Answer((*answer.reasons, gone), answer.ends)

    def _young(self, purpose: Purpose) -> Answer:
        """The young person, and with them the guardians whom their age asks for."""
        own = self._all_of(Role.YOUNG_PERSON, self._by_role[Role.YOUNG_PERSON], purpose)
        answers = [own, *(self._guardians(young, purpose) for young in self._by_role[Role.YOUNG_PERSON])]
        return Answer(
            tuple(reason for answer in answers for reason in answer.reasons),
            tuple(end for answer in answers for end in answer.ends),
        )

    def _guardians(self, young: Party, purpose: Purpose) -> Answer:
        wanted = self._policy.guardians_for(young.age_band, purpose)
        if wanted is Guardians.NONE:
            return Answer((), ())
        adult = majority(young)
        if adult is None:
            return self._agreeing(wanted, purpose)
        grace_ends = adult + self._policy.coming_of_age.grace
        routes = []
        if self._now < grace_ends:
            answer = self._agreeing(wanted, purpose)
            routes.append(Answer(answer.reasons, (*answer.ends, grace_ends)))
        confirmed = self._standings.of(young, purpose, since=adult) if self._now >= adult else None
        if confirmed is not None and confirmed.ends is not None:  # they now speak for themselves
            routes.append(Answer((), (confirmed.ends,)))
        if not routes:
            reason = Reason(obstacle=Obstacle.CAME_OF_AGE, role=young.role, purpose=purpose, person_id=young.id)
            return Answer((reason,), ())
        return max(routes, key=lambda route: (not route.reasons, min(route.ends)))  # the one that lasts

    def _agreeing(self, wanted: Guardians, purpose: Purpose) -> Answer:
        guardians = self._by_role[Role.GUARDIAN]
        if wanted is Guardians.ONE:
            outcomes = [self._outcome(party, purpose) for party in guardians]
            ends = [outcome.ends for outcome in outcomes if outcome.ends is not None]
            if ends and not any(outcome.is_no for outcome in outcomes):
                return Answer((), (max(ends),))
        answer = self._all_of(Role.GUARDIAN, guardians, purpose)
        alone = len(guardians) == 1 and guardians[0].sole_authority is None
        if wanted is Guardians.ALL and alone:
            reason = Reason(obstacle=Obstacle.SECOND_GUARDIAN, role=Role.GUARDIAN, purpose=purpose)
            return Answer((*answer.reasons, reason), answer.ends)
        return answer

    def _all_of(self, role: Role, people: Sequence[Party], purpose: Purpose) -> Answer:
        """The answer of people who must all agree; nobody there is no answer."""
        if not people:
            return Answer((Reason(obstacle=Obstacle.NO_SUCH_PERSON, role=role, purpose=purpose),), ())
        outcomes = [(party, self._outcome(party, purpose)) for party in people]
        return Answer(
            tuple(
                Reason(obstacle=outcome.obstacle, role=role, purpose=purpose, person_id=party.id)
                for party, outcome in outcomes
                if outcome.obstacle is not None
            ),
            tuple(outcome.ends for _, outcome in outcomes if outcome.ends is not None),
        )

    def _outcome(self, party: Party, purpose: Purpose) -> Standing:
        """A person's standing, where no "no" to what the purpose presupposes comes first.

        A guardian need not agree to a transcription at 16, but whoever says no to it says no to its publication.
        """
        own = self._standings.of(party, purpose)
        if own.obstacle is None:
            for before in BEFORE[purpose]:
                standing = self._standings.of(party, before)
                if standing.is_no:
                    return standing
        return own

    def _shown(self, purpose: Purpose) -> Showing:
        if self._others(purpose).reasons or self._professional(purpose).reasons:
            return Showing.NONE
        return Showing.PROFESSIONAL if self._young(purpose).reasons else Showing.ALL

    def _named(self, purpose: Purpose) -> Naming:
        return Naming.MASKED if self.answer(purpose).reasons else Naming.SHOWN
