"""The register: append-only, asked anew each time, and fail-closed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import connect

import pytest

from consent.database import Database
from consent.errors import ConsentDenied, RegisterUnavailable
from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role
from consent.register import Register
from consent.rules import PUBLICATION

RECORDING = RecordingId("rec-0123456789abcdef")
MORNING = datetime(2026, 5, 1, 8, tzinfo=UTC)
PRO = Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT)
YOUNG = Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.ADULT)


def given_by(person: Party, name: str | None = None, at: datetime = MORNING) -> ConsentEvent:
    return ConsentEvent(
        event_id=name or f"given-{person.id}",
        recording_id=RECORDING,
        person_id=person.id,
        kind=EventKind.GIVEN,
        purposes=frozenset(Purpose),
        indicated_at=at,
        recorded_at=at,
    )


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = MORNING + timedelta(hours=4)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(Database(tmp_path / "register.sqlite3"), Clock())


def test_the_same_description_twice_adds_nothing(register: Register) -> None:
    """Declaring a meeting again with the same consents leaves the register as it is."""
    both = [given_by(PRO), given_by(YOUNG)]

    assert register.declare(RECORDING, [PRO, YOUNG], both) == 2
    assert register.declare(RECORDING, [PRO, YOUNG], both) == 0
    assert register.decide(RECORDING, PUBLICATION).allowed


def test_a_consent_that_leaves_the_description_no_longer_counts(register: Register) -> None:
    """Silence is not agreement: what the file no longer says is invalidated, and counts again once it is back."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])

    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO)])
    assert not register.decide(RECORDING, PUBLICATION).allowed

    for _ in range(2):
        register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
        assert register.decide(RECORDING, PUBLICATION).allowed


def test_a_withdrawal_survives_every_reading_of_the_file(register: Register) -> None:
    """Reading the same, or a reworded, description never undoes a person's withdrawal."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])

    register.withdraw(RECORDING, YOUNG.id)

    for name in ("given-jeune", "given-jeune-reworded"):
        register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG, name)])
        with pytest.raises(ConsentDenied, match="le jeune a retiré son accord"):
            register.clear(RECORDING, *PUBLICATION)


def test_agreeing_anew_after_a_withdrawal_counts(register: Register) -> None:
    """A consent said after the withdrawal, through the file, is one."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    withdrawn = register.withdraw(RECORDING, YOUNG.id)

    again = given_by(YOUNG, "again", withdrawn.recorded_at + timedelta(seconds=1))
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), again])

    assert register.decide(RECORDING, PUBLICATION).allowed


@pytest.mark.parametrize("statement", ["UPDATE consent_events SET document = ''", "DELETE FROM consent_events"])
def test_the_database_itself_refuses_to_rewrite_history(register: Register, statement: str) -> None:
    """No update and no deletion passes the trigger, whoever asks."""
    register.declare(RECORDING, [PRO], [given_by(PRO)])

    with connect(register.database.path) as connection, pytest.raises(Exception, match="append-only"):
        connection.execute(statement)
    connection.close()


def test_an_unreadable_register_denies_everything(tmp_path: Path) -> None:
    """A register that is no database answers nothing, in French."""
    path = tmp_path / "register.sqlite3"
    path.write_bytes(b"this is no database at all, and long enough to be read as one" * 40)

    with pytest.raises(RegisterUnavailable, match="registre des accords"):
        Register(Database(path))


def test_a_register_broken_while_serving_denies_everything(register: Register) -> None:
    """A register that breaks after it was opened stops answering; it never answers from memory."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    register.database.close()
    for path in register.database.path.parent.glob("register.sqlite3*"):
        path.write_bytes(b"\x00" * 4096)

    with pytest.raises(RegisterUnavailable):
        register.decide(RECORDING, PUBLICATION)


def test_a_refusal_and_a_later_yes_in_one_description_is_a_yes(register: Register) -> None:
    """Whatever their order in the file, what was said last counts."""
    refused = given_by(YOUNG, "no", MORNING - timedelta(days=3)).model_copy(update={"kind": EventKind.REFUSED})

    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG), refused])

    assert register.decide(RECORDING, PUBLICATION).allowed


def test_deleted_content_is_overwritten_and_nothing_is_lost_at_a_crash(register: Register) -> None:
    """The database overwrites what it deletes and waits for the disk at each commit."""
    with register.database.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("secure_delete", "synchronous", "journal_mode")
        }

    assert pragmas == {"secure_delete": 1, "synchronous": 2, "journal_mode": "wal"}


def test_a_writer_holds_the_lock_before_it_reads(register: Register) -> None:
    """Nobody else can write between what a transaction reads and what it writes."""
    with register.database.writing():
        other = connect(register.database.path, timeout=0, isolation_level=None)
        with pytest.raises(Exception, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
