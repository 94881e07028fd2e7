"""What consent costs: ``python -m bench.consent`` writes ``bench/results/consent.json``.

On SQLite and on a PostgreSQL of its own (both waiting for the disk): a decision with the liveness of 50 candidates, an
append with its signature and its sync, the verification of 100,000 entries, a withdrawal to suppressed and to erased
in a library of 1,000 clips, and a thousand races of a publication against a withdrawal, with what was seen.
Goals were set before anything was measured.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.agreed import PEOPLE, given, make_library, recording_of
from bench.conditions import Conditions, before, conditions
from bench.consent_costs import CANDIDATES, CHECK_GOAL_MS, OneDatabase, cost_of, milliseconds, postgres
from bench.report import Spread
from consent.database import Database
from consent.ledger import NewEntry
from consent.records import Frozen
from consent.register import OPERATOR, Register
from flows import night
from flows.progress import Silence
from pipeline.catalogue import Catalogue
from pipeline.outputs import replace_synced
from pipeline.settings import Settings
from pipeline.withdrawal import Channel, withdraw

RESULTS = Path(__file__).with_name("results") / "consent.json"


class Sizes(Frozen):
    """How much is measured."""

    checks: int = 200
    appends: int = 300
    entries: int = 100_000
    meetings: int = 100
    clips_each: int = 10
    withdrawals: int = 10
    races: int = 1000


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
        some = {"checks": sizes.checks, "appends": sizes.appends, "races": sizes.races}
        console.print(f"SQLite puis PostgreSQL : décisions, ajouts, {sizes.races} courses…")
        databases = [cost_of(root / "sqlite", root / "sqlite" / "bench.sqlite3", "SQLite", **some)]
        with postgres() as address:
            databases.append(cost_of(root / "postgres", address, "PostgreSQL", **some))
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
        withdraw(workshop.catalogue, workshop.erasures, meeting, PEOPLE[1].id, Channel.OPERATOR)
        returned.append((time.perf_counter() - start) * 1000)
        assert visitor.live(ids) == {}
        suppressed.append((time.perf_counter() - start) * 1000)
        (done,) = night.erase(workshop, Silence())
        assert done.done
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

    return Spread.of([milliseconds(once) for _ in range(50)])


def _show(report: ConsentReport, console: Console) -> None:
    """The result in French; every number comes from the report."""
    table = Table(title="Ce que coûte le consentement (millisecondes, médiane et extrêmes)")
    table.add_column("quoi")
    for one in report.databases:
        table.add_column(one.database, justify="right")
    rows: tuple[tuple[str, Callable[[OneDatabase], str]], ...] = (
        (f"décision et validité de {CANDIDATES} extraits", lambda one: _spread(one.checks.check_ms)),
        (f"objectif : au plus {CHECK_GOAL_MS}", lambda one: "atteint" if one.checks.goal.reached else "manqué"),
        ("dont les décisions", lambda one: _spread(one.checks.decisions_ms)),
        ("les décisions, processus neuf", lambda one: _spread(one.checks.first_ms)),
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
