"""Grant, refuse, withdraw, take a clip back, expire, start, publish, crash, search, clock: against a small model.

The product's own register and catalogue, on both databases, beside a model so small that it can be read; and two
processes that race, whose history is checked afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bench.agreed import recording_of
from consent.clearance import Clearance
from consent.database import Database
from consent.errors import ConsentDenied
from consent.purposes import SHOWING
from consent.records import (
    PART,
    AgeBand,
    Basis,
    ConsentEvent,
    EventKind,
    Frozen,
    Party,
    PersonId,
    Purpose,
    RecordingId,
    Role,
    Scope,
    Span,
)
from consent.register import Register
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock, Opens
from tests.videotheque.shelf import CLIPS

ROOT = Path(__file__).parents[2]
MINOR = YOUNG.model_copy(update={"age_band": AgeBand.FROM_15_TO_17})
PARENT = Party(id=PersonId("parent"), role=Role.GUARDIAN, sole_authority=Basis.COURT_DECISION)
EVERYTHING = frozenset(Purpose)
Answer = TypeVar("Answer")


class Said(Frozen):
    """What the model keeps of an event; ``clip`` is the only one that a "no" is about, None where it is about all."""

    person: PersonId
    yes: bool
    purposes: frozenset[Purpose]
    ends: datetime | None
    clip: str | None = None


class Model:
    """Both agree, and the guardian of a minor: the last thing that each said of each purpose is a yes in force.

    Asked of a clip, what was said of that clip counts too; asked of none, only what was said of all.
    """

    def __init__(self, people: tuple[Party, ...]) -> None:
        self.people = people
        self.said: list[Said] = []
        self.published: set[str] = set()

    def words(self, person: Party, purpose: Purpose, clip: str | None) -> list[Said]:
        """What a person said of a purpose, there."""
        own = [one for one in self.said if one.person == person.id and purpose in one.purposes]
        return [one for one in own if one.clip in (None, clip)]

    def agrees(self, person: Party, purpose: Purpose, now: datetime, clip: str | None) -> bool:
        """Whether a person's last word on a purpose is a yes that lasts."""
        own = self.words(person, purpose, clip)
        since: list[Said] = []
        for one in own:
            since = [*since, one] if one.yes else []
        return any(one.ends is None or one.ends > now for one in since)

    def refused(self, person: Party, purpose: Purpose, clip: str | None) -> bool:
        """Whether a person's last word on a purpose is a no."""
        own = self.words(person, purpose, clip)
        return bool(own) and not own[-1].yes

    def allowed(self, now: datetime, clip: str | None = None) -> bool:
        """Whether a clip of full form (any, where None) may be published and shown."""
        before = (Purpose.RECORD, Purpose.TRANSCRIBE, Purpose.CUT_AND_INDEX)
        for person in self.people:
            if person.role is not Role.GUARDIAN and not all(self.agrees(person, one, now, clip) for one in before):
                return False
            if not all(self.agrees(person, one, now, clip) for one in PUBLICATION):
                return False
            if any(self.refused(person, one, clip) for one in before):
                return False
        return True


class Lives(RuleBasedStateMachine):
    """One recording's life; each run takes a new recording in the same database."""

    opens: Opens
    clock: Clock
    catalogue: Catalogue

    @initialize(minor=st.booleans())
    def declare(self, minor: bool) -> None:
        self.recording = RecordingId(f"rec-{uuid4().hex[:16]}")
        people = (PRO, MINOR, PARENT) if minor else (PRO, YOUNG)
        self.clips = [
            clip.model_copy(
                update={
                    "id": f"clip-{uuid4().hex[:20]}",
                    "recording_id": self.recording,
                    "span": Span(start=100 * number, end=100 * number + 50),
                }
            )
            for number, clip in enumerate(CLIPS)
        ]
        self.model = Model(people)
        self.held: Clearance | None = None
        self.open()
        self.catalogue.register_meeting(self.recording, self.recording, Path("folder") / self.recording, MORNING)
        self.catalogue.register.declare(self.recording, people, ())

    def open(self) -> None:
        """Another process: nothing in memory is kept."""
        if hasattr(self, "catalogue"):
            self.catalogue.database.close()
        self.catalogue = Catalogue(Register(self.opens(), self.clock))

    def say(self, who: int, kind: EventKind, purposes: frozenset[Purpose], lasts: timedelta | None = None) -> None:
        person = self.model.people[who % len(self.model.people)]
        now = self.clock()
        ends = None if lasts is None else now + lasts
        event = given_by(person, uuid4().hex, now, self.recording)
        changed = {"kind": kind, "purposes": purposes, "expires_at": ends}
        self.catalogue.register.append(ConsentEvent.model_validate(event.model_copy(update=changed).model_dump()))
        self.model.said.append(Said(person=person.id, yes=kind.is_yes, purposes=purposes or EVERYTHING, ends=ends))

    @rule(who=st.integers(0, 2), lasts=st.none() | st.integers(1, 60))
    def grant(self, who: int, lasts: int | None) -> None:
        self.say(who, EventKind.GIVEN, EVERYTHING, None if lasts is None else timedelta(minutes=lasts))

    @rule()
    def everybody_grants(self) -> None:
        for who in range(len(self.model.people)):
            self.say(who, EventKind.RENEWED, EVERYTHING)

    @rule(who=st.integers(0, 2), purposes=st.frozensets(st.sampled_from(list(Purpose)[:6])))
    def refuse(self, who: int, purposes: frozenset[Purpose]) -> None:
        self.say(who, EventKind.REFUSED, purposes)

    @rule(who=st.integers(0, 2))
    def withdraw(self, who: int) -> None:
        person = self.model.people[who % len(self.model.people)]
        self.catalogue.register.withdraw(self.recording, person.id)
        self.model.said.append(Said(person=person.id, yes=False, purposes=EVERYTHING, ends=None))

    @rule(who=st.integers(0, 2), which=st.integers(0, 2), narrow=st.booleans())
    def take_a_clip_back(self, who: int, which: int, narrow: bool) -> None:
        """In one transaction with what it takes out of the catalogue, as every door does."""
        person, clip = self.model.people[who % len(self.model.people)], self.clips[which % len(self.clips)]
        purposes = frozenset({Purpose.SHOW_FACE}) if narrow else SHOWING
        scope = Scope.of_clip(clip.id, clip.span)
        with self.catalogue.register.writing() as connection:
            self.catalogue.register.withdraw_within(connection, self.recording, person.id, purposes, scope)
            gone = self.catalogue.unpublish_denied_within(connection, self.recording)
        self.model.said.append(Said(person=person.id, yes=False, purposes=purposes, ends=None, clip=clip.id))
        now = self.clock.now
        assert set(gone) == {one for one in self.model.published if not self.model.allowed(now, one)}
        self.model.published -= set(gone)

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.clock.now += timedelta(minutes=minutes)

    @rule()
    def start(self) -> None:
        allowed = self.model.allowed(self.clock.now + timedelta(seconds=1))
        try:
            self.held = self.catalogue.register.clear(self.recording, *PUBLICATION, place=PART)
        except ConsentDenied:
            assert not allowed
        else:
            assert allowed

    @rule(crash=st.booleans())
    def publish(self, crash: bool) -> None:
        """With whatever clearance was taken, however long ago; a crash comes before the commit."""
        if self.held is None:
            return
        allowed = self.model.allowed(self.clock.now + timedelta(seconds=1))
        if crash:
            with self.catalogue.database.writing() as connection:
                self.catalogue.register.decide_within(connection, [self.recording], PUBLICATION)
                connection.rollback()
            self.open()
            return
        try:
            self.catalogue.publish(self.held, self.recording, self.clips, "render", "embedding")
        except ConsentDenied:
            assert not allowed
        else:
            assert allowed
            ids = [clip.id for clip in self.clips]
            self.model.published = {one for one in ids if self.model.allowed(self.clock.now, one)}

    @rule()
    def crash(self) -> None:
        self.open()

    @invariant()
    def a_search_shows_what_is_published_and_agreed_to(self) -> None:
        if not hasattr(self, "catalogue"):
            return
        shown = self.catalogue.live([clip.id for clip in self.clips])
        expected = {one for one in self.model.published if self.model.allowed(self.clock.now, one)}

        assert set(shown) == expected
        assert self.at_one_instant(self.catalogue.count_live)[0] == len(self.at_one_instant(self.everything))

    def everything(self) -> set[str]:
        """What is shown of this recording and of those of the runs before, in the same database."""
        return set(self.catalogue.live(self.catalogue.clip_ids()))

    def at_one_instant(self, ask: Callable[[], Answer]) -> Answer:
        """An answer while the clock stands still."""
        register, now = self.catalogue.register, self.clock.now
        moving, register.clock = register.clock, lambda: now
        try:
            return ask()
        finally:
            register.clock = moving

    def teardown(self) -> None:
        if hasattr(self, "catalogue"):
            assert self.catalogue.register.ledger.verify().problem == ""
            self.catalogue.database.close()


def test_the_register_and_the_catalogue_do_what_the_model_does(reopen: Opens, clock: Clock) -> None:
    """Whatever is said, started, published, interrupted and asked, and in whatever order."""

    class Here(Lives):
        """This test's database."""

    Here.opens, Here.clock = staticmethod(reopen), clock
    run_state_machine_as_test(Here, settings=settings(max_examples=10, stateful_step_count=15, deadline=None))


ROUNDS = int(os.environ.get("VIDEOTHEQUE_TEST_RACES", "25"))
"""Races on each database; ``python -m bench.consent`` runs a thousand on each."""


def test_of_a_publication_and_a_withdrawal_that_race_none_is_seen_after_the_withdrawal(
    reopen: Opens, tmp_path: Path
) -> None:
    """Two processes, round after round: once withdraw() returned, no answer shows the clip.

    Each process writes what it did and saw, in its order; the history is checked when both are done.
    """
    register = Register(reopen())
    catalogue = Catalogue(register)
    recordings = [recording_of(number) for number in range(ROUNDS)]
    with register.writing() as connection:
        for recording in recordings:
            register._declare(connection, recording, (PRO, YOUNG))
            for person in (PRO, YOUNG):
                register.append_within(connection, given_by(person, recording_id=recording))
    for recording in recordings:
        catalogue.register_meeting(recording, recording, tmp_path / recording, MORNING)
    where = str(register.database.path) if register.database.is_sqlite else _address(register.database)
    register.database.close()

    command = [sys.executable, "-m", "bench.race", where, str(tmp_path / "home"), str(len(recordings)), "0"]
    racers = [
        subprocess.Popen([*command, part], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for part in ("publish", "withdraw")
    ]
    histories = [racer.communicate(timeout=500)[0].splitlines() for racer in racers]

    assert [racer.returncode for racer in racers] == [0, 0]
    published, withdrawn = (dict(line.split(" ", 1) for line in history) for history in histories)
    assert set(published) == set(withdrawn) == set(recordings)
    assert set(withdrawn.values()) == {"unseen"}  # after its return, by the one who withdrew
    assert set(published.values()) <= {"published then unseen", "denied then unseen"}
    after = Catalogue(Register(reopen()))
    for recording in recordings:
        assert after.live_of(recording) == {}
    assert after.register.ledger.verify().problem == ""


_SPEAKER = """
import sys
from pathlib import Path
from consent.database import Database
from consent.register import Register
from tests.consent.people import PRO, RECORDING, given_by
where, home = sys.argv[1:]
register = Register(Database(where if where.startswith("postgresql") else Path(where), Path(home)))
for number in range(10_000):
    register.append(given_by(PRO, f"said-{number}"))
    print(number, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 4])
def test_what_was_acknowledged_survives_a_kill(reopen: Opens, clock: Clock, tmp_path: Path, acknowledged: int) -> None:
    """Killed (-9) while it writes, a process leaves everything it had acknowledged, and a whole ledger."""
    register = Register(reopen(), clock)
    where = str(register.database.path) if register.database.is_sqlite else _address(register.database)
    speaker = subprocess.Popen(
        [sys.executable, "-c", _SPEAKER, where, str(tmp_path / "home")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert speaker.stdout is not None
    heard = [speaker.stdout.readline() for _ in range(acknowledged)]
    speaker.kill()
    heard += speaker.stdout.readlines()
    speaker.wait()
    speaker.stdout.close()

    after = Register(reopen(), clock)
    kept = [event.event_id for event in after.history(RECORDING)]
    assert kept[: len(heard)] == [f"said-{number}" for number in range(len(heard))]
    assert len(kept) - len(heard) in (0, 1)  # at most the one that was being written
    assert after.ledger.verify().problem == ""
    assert after.append(given_by(PRO, "after")) == 1


def _address(database: Database) -> str:
    with database.reading() as connection:
        return connection.engine.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("order", ["publish first", "withdraw first"])
def test_whichever_comes_first_the_clip_is_not_shown(reopen: Opens, clock: Clock, order: str) -> None:
    """Published then withdrawn it is gone; withdrawn between the clearance and the commit it is never published."""
    catalogue = Catalogue(Register(reopen(), clock))
    recording = CLIPS[0].recording_id
    catalogue.register_meeting(recording, "une", Path("une"), MORNING)
    both = [given_by(one, recording_id=recording) for one in (PRO, YOUNG)]
    catalogue.register.declare(recording, [PRO, YOUNG], both)
    clearance = catalogue.register.clear(recording, *PUBLICATION)
    other = Register(reopen(), clock)

    if order == "publish first":
        catalogue.publish(clearance, recording, CLIPS[:1], "render", "embedding")
        assert list(catalogue.live_of(recording)) == [CLIPS[0].id]
        other.withdraw(recording, YOUNG.id)
    else:
        other.withdraw(recording, YOUNG.id)
        with pytest.raises(ConsentDenied):
            catalogue.publish(clearance, recording, CLIPS[:1], "render", "embedding")

    assert catalogue.live_of(recording) == {}
