"""Grant, refuse, withdraw, expire, start, stage, publish, crash, put back, search, clock: against a small model.

The product's own register and catalogue, on both databases, beside a model so small that it can be read; and two
processes that race, whose history is checked afterwards.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import SecretStr

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
from consent.restoring import announce_restoring, finish_restoring
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from flows.workshop import STAGE_PURPOSES, Workshop
from pipeline.catalogue import Catalogue
from pipeline.records import Stage
from pipeline.settings import Settings
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock, Opens, on_either
from tests.videotheque.shelf import CLIPS

ROOT = Path(__file__).parents[2]
PARENT = Party(id=PersonId("parent"), role=Role.GUARDIAN, sole_authority=Basis.COURT_DECISION)
PARENTS = tuple(Party(id=PersonId(one), role=Role.GUARDIAN) for one in ("mere", "pere"))
EVERYTHING = frozenset(Purpose)
Answer = TypeVar("Answer")


class Said(Frozen):
    """What the model keeps of an event; ``clip`` is the only one that a "no" is about, None where it is about all."""

    person: PersonId
    yes: bool
    purposes: frozenset[Purpose]
    at: datetime
    ends: datetime | None = None
    clip: str | None = None


BEFORE = (Purpose.RECORD, Purpose.TRANSCRIBE, Purpose.CUT_AND_INDEX)
LONGEST, GRACE, CERTAIN = timedelta(days=1826), timedelta(days=90), timedelta(days=1096)
"""As docs/consentement.md says them."""


class Model:
    """The two agree, and a minor's guardians: the last thing that each said of each purpose is a yes in force.

    At 15 to 17 nobody asks the guardians what is recorded, written and cut, and their "no" to it counts all the same;
    from eighteen on the person's own word of then takes the place of theirs, and after the grace nothing else does.
    Asked of a clip, what was said of that clip counts too; asked of none, only what was said of all.
    """

    def __init__(self, people: tuple[Party, ...]) -> None:
        self.people = people
        self.young = next(one for one in people if one.role is Role.YOUNG_PERSON)
        self.guardians = [one for one in people if one.role is Role.GUARDIAN]
        self.said: list[Said] = []
        self.published: set[str] = set()
        self.stages: set[Stage] = set()

    def last(self, person: Party, purpose: Purpose, clip: str | None) -> list[Said]:
        """What a person said of a purpose, there, since their last "no" to it, that one included."""
        since: list[Said] = []
        for one in self.said:
            if one.person == person.id and purpose in one.purposes and one.clip in (None, clip):
                since = [*since, one] if one.yes else [one]
        return since

    def agrees(
        self, person: Party, purpose: Purpose, now: datetime, clip: str | None, since: datetime | None = None
    ) -> bool:
        """Whether a person said yes, after their last no, and that still lasts."""
        longest = CERTAIN + GRACE if person.role is Role.GUARDIAN else LONGEST
        return any(
            one.yes and min(one.ends or now + LONGEST, one.at + longest) > now and (since is None or one.at >= since)
            for one in self.last(person, purpose, clip)
        )

    def refuses(self, person: Party, purpose: Purpose, clip: str | None) -> bool:
        """Whether a person's last word on a purpose is a no."""
        own = self.last(person, purpose, clip)
        return bool(own) and not own[-1].yes

    def guarded(self, purpose: Purpose, now: datetime, clip: str | None) -> bool:
        """Whether a minor's guardians agree to a purpose, or the person does who was a minor."""
        band = self.young.age_band
        if band is AgeBand.ADULT or (band is AgeBand.FROM_15_TO_17 and purpose in BEFORE):
            return True
        earlier = BEFORE[: BEFORE.index(purpose)] if purpose in BEFORE else BEFORE
        theirs = all(
            self.agrees(one, purpose, now, clip) and not any(self.refuses(one, each, clip) for each in earlier)
            for one in self.guardians
        )
        birthday = self.young.comes_of_age_on
        if birthday is None:
            return theirs
        adult = datetime.combine(birthday, time(), UTC)
        own = now >= adult and self.agrees(self.young, purpose, now, clip, since=adult)
        return own or (theirs and now < adult + GRACE)

    def allowed(self, now: datetime, clip: str | None = None, purposes: frozenset[Purpose] = PUBLICATION) -> bool:
        """Whether the purposes are agreed to, by all whom they ask."""
        rank = max((BEFORE.index(one) for one in purposes if one in BEFORE), default=-1)
        asked = set(BEFORE if purposes - set(BEFORE) else BEFORE[: rank + 1]) | purposes
        both = [one for one in self.people if one.role is not Role.GUARDIAN]
        return all(
            all(self.agrees(one, purpose, now, clip) for one in both) and self.guarded(purpose, now, clip)
            for purpose in asked
        )


FAMILIES = (
    (AgeBand.ADULT, 0, None),
    (AgeBand.FROM_15_TO_17, 1, None),
    (AgeBand.FROM_15_TO_17, 2, None),
    (AgeBand.FROM_15_TO_17, 2, 20),
    (AgeBand.UNDER_15, 2, 400),
    (AgeBand.UNKNOWN, 1, None),
)
"""How old the young person is, how many guardians decide, and in how many days they come of age."""


class Lives(RuleBasedStateMachine):
    """One recording's life; each run takes a new recording in the same database."""

    settings: Settings
    clock: Clock
    workshop: Workshop
    register: Register
    catalogue: Catalogue

    @initialize(family=st.sampled_from(FAMILIES), begun=st.booleans())
    def declare(self, family: tuple[AgeBand, int, int | None], begun: bool) -> None:
        """A family, and half of the time everybody said yes and the clips are shown."""
        self.recording = RecordingId(f"rec-{uuid4().hex[:16]}")
        band, guardians, days = family
        birthday = None if days is None else self.clock.now.date() + timedelta(days=days)
        young = YOUNG.model_copy(update={"age_band": band, "comes_of_age_on": birthday})
        parents = (PARENT,) if guardians == 1 else PARENTS[:guardians]
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
        self.model = Model((PRO, young, *parents))
        self.held: Clearance | None = None
        self.copy: tuple[list[Said], set[str]] | None = None
        self.open()
        folder = self.settings.home / "folders" / self.recording
        self.catalogue.register_meeting(self.recording, self.recording, folder, MORNING)
        self.register.declare(self.recording, self.model.people, ())
        if begun:
            self.everybody_grants()
            self.start()
            self.publish(crash=False)

    def open(self) -> None:
        """Another process: nothing in memory is kept."""
        if hasattr(self, "workshop"):
            self.register.database.close()
        self.workshop = Workshop(self.settings, self.clock)
        self.register, self.catalogue = self.workshop.register, self.workshop.catalogue

    def soon(self, clip: str | None = None, purposes: frozenset[Purpose] = PUBLICATION) -> bool:
        """What the model allows at the next question: the clock never stands still."""
        return self.model.allowed(self.clock.now + timedelta(seconds=1), clip, purposes)

    def say(self, who: int, kind: EventKind, purposes: frozenset[Purpose], lasts: timedelta | None = None) -> None:
        person = self.model.people[who % len(self.model.people)]
        now = self.clock()
        ends = None if lasts is None else now + lasts
        event = given_by(person, uuid4().hex, now, self.recording)
        changed = {"kind": kind, "purposes": purposes, "expires_at": ends}
        self.register.append(ConsentEvent.model_validate(event.model_copy(update=changed).model_dump()))
        self.model.said.append(
            Said(person=person.id, yes=kind.is_yes, purposes=purposes or EVERYTHING, at=now, ends=ends)
        )

    @rule(who=st.integers(0, 3), lasts=st.none() | st.integers(1, 60))
    def grant(self, who: int, lasts: int | None) -> None:
        self.say(who, EventKind.GIVEN, EVERYTHING, None if lasts is None else timedelta(minutes=lasts))

    @rule()
    def everybody_grants(self) -> None:
        for who in range(len(self.model.people)):
            self.say(who, EventKind.RENEWED, EVERYTHING)

    @rule(who=st.integers(0, 3), purposes=st.frozensets(st.sampled_from(list(Purpose)[:6])))
    def refuse(self, who: int, purposes: frozenset[Purpose]) -> None:
        self.say(who, EventKind.REFUSED, purposes)

    @rule(who=st.integers(0, 3))
    def withdraw(self, who: int) -> None:
        person = self.model.people[who % len(self.model.people)]
        said = self.register.withdraw(self.recording, person.id)
        self.model.said.append(Said(person=person.id, yes=False, purposes=EVERYTHING, at=said.indicated_at))

    @rule(who=st.integers(0, 3), which=st.integers(0, 2), narrow=st.booleans())
    def take_a_clip_back(self, who: int, which: int, narrow: bool) -> None:
        """In one transaction with what it takes out of the catalogue, as every door does."""
        person, clip = self.model.people[who % len(self.model.people)], self.clips[which % len(self.clips)]
        purposes = frozenset({Purpose.SHOW_FACE}) if narrow else SHOWING
        scope = Scope.of_clip(clip.id, clip.span)
        with self.register.writing() as connection:
            said = self.register.withdraw_within(connection, self.recording, person.id, purposes, scope)
            gone = self.catalogue.unpublish_denied_within(connection, self.recording)
        self.model.said.append(Said(person=person.id, yes=False, purposes=purposes, at=said.indicated_at, clip=clip.id))
        now = self.clock.now
        assert set(gone) == {one for one in self.model.published if not self.model.allowed(now, one)}
        self.model.published -= set(gone)

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.clock.now += timedelta(minutes=minutes)

    @rule(days=st.sampled_from([1, 19, 20, 90, 111, 400, 700]))
    def a_long_time_passes(self, days: int) -> None:
        self.clock.now += timedelta(days=days)

    @rule()
    def start(self) -> None:
        allowed = self.soon()
        try:
            self.held = self.register.clear(self.recording, *PUBLICATION, place=PART)
        except ConsentDenied:
            assert not allowed
        else:
            assert allowed

    @rule(stage=st.sampled_from(list(Stage)))
    def stage(self, stage: Stage) -> None:
        """One step of a run: allowed, it leaves an output; denied, it leaves nothing of what is over."""
        purposes = STAGE_PURPOSES[stage]
        allowed = self.soon(purposes=purposes)
        try:
            self.register.clear(self.recording, *purposes, place=PART)
        except ConsentDenied:
            assert not allowed
            self.enforce()
        else:
            assert allowed
            self.workshop.outputs.produce(self.recording, stage, "key", lambda _: Scope())
            self.model.stages.add(stage)

    @rule()
    def enforce(self) -> None:
        """A night's first deed: what the agreements of that instant do not carry any more is there no more."""
        allowed = {stage for stage in Stage if self.soon(purposes=STAGE_PURPOSES[stage])}
        self.at_one_instant(lambda: self.workshop.enforce_consent(self.recording), later=timedelta(seconds=1))
        self.model.stages &= allowed
        if Stage.INDEX not in allowed:
            self.model.published = set()

        assert self.model.stages == {one for one in Stage if self.workshop.outputs.has(self.recording, one)}

    @rule(crash=st.booleans())
    def publish(self, crash: bool) -> None:
        """With whatever clearance was taken, however long ago; a crash comes before the commit."""
        if self.held is None:
            return
        allowed = self.soon()
        if crash:
            with self.catalogue.database.writing() as connection:
                self.register.decide_within(connection, [self.recording], PUBLICATION)
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

    @precondition(lambda self: self.settings.database_url is None)
    @rule()
    def copy_the_database(self) -> None:
        """As whoever copies the file by hand has it."""
        (self.settings.home / "copy.sqlite3").unlink(missing_ok=True)
        with closing(sqlite3.connect(self.settings.database_file)) as source:
            source.execute("VACUUM INTO ?", (str(self.settings.home / "copy.sqlite3"),))
        self.copy = (list(self.model.said), set(self.model.published))

    @precondition(lambda self: self.copy is not None)
    @rule()
    def put_the_copy_back(self) -> None:
        """What was agreed to since is lost; what was taken back since is said again before anything is answered."""
        assert self.copy is not None
        said, published = self.copy
        self.register.database.close()
        for left in self.settings.home.glob("videotheque.sqlite3*"):
            left.unlink()
        shutil.copy(self.settings.home / "copy.sqlite3", self.settings.database_file)
        self.open()
        with self.register.database.writing() as connection:
            announce_restoring(self.register.ledger, connection)
        finish_restoring(self.register.ledger)
        self.model.said = said + [one for one in self.model.said if not one.yes and one not in said]
        self.model.published = set(published)
        self.copy = None

    @invariant()
    def every_stage_is_allowed_as_the_model_says(self) -> None:
        if not hasattr(self, "workshop"):
            return
        now = self.clock.now
        asked = {one.value: purposes for one, purposes in STAGE_PURPOSES.items()}
        asked["source"] = frozenset({Purpose.RECORD})
        decided = self.at_one_instant(lambda: self.register.decide_each(self.recording, asked, PART))

        expected = {key: self.model.allowed(now, purposes=purposes) for key, purposes in asked.items()}
        assert {key: decision.allowed for key, decision in decided.items()} == expected

    @invariant()
    def a_search_shows_what_is_published_and_agreed_to(self) -> None:
        if not hasattr(self, "workshop"):
            return
        shown = self.catalogue.live([clip.id for clip in self.clips])
        expected = {one for one in self.model.published if self.model.allowed(self.clock.now, one)}

        assert set(shown) == expected
        assert self.at_one_instant(self.catalogue.count_live)[0] == len(self.at_one_instant(self.everything))

    def everything(self) -> set[str]:
        """What is shown of this recording and of those of the runs before, in the same database."""
        return set(self.catalogue.live(self.catalogue.clip_ids()))

    def at_one_instant(self, ask: Callable[[], Answer], later: timedelta = timedelta()) -> Answer:
        """An answer while the clock stands still."""
        now = self.clock.now + later
        moving, self.register.clock = self.register.clock, lambda: now
        try:
            return ask()
        finally:
            self.register.clock = moving

    def teardown(self) -> None:
        if hasattr(self, "workshop"):
            assert self.register.ledger.verify().problem == ""
            self.register.database.close()


@on_either
def test_the_register_and_the_catalogue_do_what_the_model_does(
    server_address: str | None, clock: Clock, tmp_path: Path
) -> None:
    """Whatever is said, started, made, published, interrupted, put back and asked, and in whatever order."""
    url = None if server_address is None else SecretStr(server_address)

    class Here(Lives):
        """This test's database."""

    Here.settings = Settings(home=tmp_path / "home", database_url=url, reviewers=Reviewers.NOBODY)
    Here.clock = clock
    run_state_machine_as_test(Here, settings=settings(max_examples=10, stateful_step_count=20, deadline=None))


ROUNDS = int(os.environ.get("VIDEOTHEQUE_TEST_RACES", "25"))
"""Races on each database; ``python -m bench.consent`` runs a thousand on each."""


def test_of_a_publication_and_a_withdrawal_that_race_none_is_seen_after_the_withdrawal(
    reopen: Opens, tmp_path: Path
) -> None:
    """Two processes, round after round: once withdraw() returned, no answer shows the clip.

    Each process writes what it did and saw, in its order; the history is checked when both are done.
    """
    register = Register(reopen())
    catalogue = Catalogue(register, Reviewers.NOBODY)
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
    after = Catalogue(Register(reopen()), Reviewers.NOBODY)
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
    catalogue = Catalogue(Register(reopen(), clock), Reviewers.NOBODY)
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
