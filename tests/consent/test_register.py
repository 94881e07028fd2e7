"""The register: append-only, asked anew each time, and fail-closed."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import pytest

from consent.database import Database
from consent.errors import ConsentDenied, RegisterUnavailable
from consent.records import EventKind, PersonId, Place, Scope, Span
from consent.register import Register
from consent.rules import PUBLICATION
from consent.vault import Identity
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock, Opens


class _Killed(Exception):
    """The process ends in the middle of a transaction."""


@pytest.fixture
def on_disk(tmp_path: Path, clock: Clock) -> Register:
    """A register in a file, for what is SQLite's own."""
    return Register(Database(tmp_path / "register.sqlite3"), clock)


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

    with pytest.raises(RegisterUnavailable, match="append-only"), register.database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_an_unreadable_register_denies_everything(tmp_path: Path) -> None:
    """A register that is no database answers nothing, in French."""
    path = tmp_path / "register.sqlite3"
    path.write_bytes(b"this is no database at all, and long enough to be read as one" * 40)

    with pytest.raises(RegisterUnavailable, match="registre des accords"):
        Register(Database(path))


def test_a_register_broken_while_serving_denies_everything(on_disk: Register) -> None:
    """A register that breaks after it was opened stops answering; it never answers from memory."""
    on_disk.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    on_disk.database.close()
    for path in on_disk.database.path.parent.glob("register.sqlite3*"):
        path.write_bytes(b"\x00" * 4096)

    with pytest.raises(RegisterUnavailable):
        on_disk.decide(RECORDING, PUBLICATION)


def test_a_refusal_and_a_later_yes_in_one_description_is_a_yes(register: Register) -> None:
    """Whatever their order in the file, what was said last counts."""
    refused = given_by(YOUNG, "no", MORNING - timedelta(days=3)).model_copy(update={"kind": EventKind.REFUSED})

    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG), refused])

    assert register.decide(RECORDING, PUBLICATION).allowed


def test_deleted_content_is_overwritten_and_nothing_is_lost_at_a_crash(on_disk: Register) -> None:
    """The database overwrites what it deletes and waits for the disk at each commit."""
    with on_disk.database.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("secure_delete", "synchronous", "journal_mode")
        }

    assert pragmas == {"secure_delete": 1, "synchronous": 2, "journal_mode": "wal"}


def test_a_writer_holds_the_lock_before_it_reads(on_disk: Register) -> None:
    """Nobody else can write between what a transaction reads and what it writes."""
    with on_disk.database.writing():
        other = connect(on_disk.database.path, timeout=0, isolation_level=None)
        with pytest.raises(Exception, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_decision_is_remembered_only_for_the_entries_it_was_made_from(reopen: Opens, clock: Clock) -> None:
    """What another process appends counts at the very next question, and what it rolled back never does."""
    here, elsewhere = Register(reopen(), clock), Register(reopen(), clock)
    here.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    assert elsewhere.decide(RECORDING, PUBLICATION).allowed

    with suppress(_Killed), elsewhere.writing() as connection:
        elsewhere.withdraw_within(connection, RECORDING, YOUNG.id)
        assert not elsewhere.decide_within(connection, [RECORDING], PUBLICATION)[RECORDING].allowed
        raise _Killed
    assert elsewhere.decide(RECORDING, PUBLICATION).allowed

    here.withdraw(RECORDING, PRO.id)
    assert not elsewhere.decide(RECORDING, PUBLICATION).allowed


def test_a_remembered_decision_ends_with_the_agreement_it_rests_on(register: Register, clock: Clock) -> None:
    """The clock alone ends an agreement; nothing needs to be written for that."""
    ends = clock.now + timedelta(hours=1)
    short = given_by(YOUNG).model_copy(update={"expires_at": ends})
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), short])
    assert register.decide(RECORDING, PUBLICATION).valid_until == ends

    clock.now = ends

    assert not register.decide(RECORDING, PUBLICATION).allowed


def test_a_clip_outside_a_withdrawn_passage_stays(register: Register) -> None:
    """A passage taken back closes the clips that hold a second of it, and the recording asked about as a whole."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    register.withdraw(RECORDING, YOUNG.id, scope=Scope(passages=(Span(start=60, end=70),)))

    def shown(start: float, end: float) -> bool:
        place = Place(clip_id="clip-1", spans=(Span(start=start, end=end),))
        return register.decide(RECORDING, PUBLICATION, place).allowed

    assert (shown(0, 60), shown(30, 61), shown(70, 90)) == (True, False, True)
    assert not register.decide(RECORDING, PUBLICATION).allowed


def test_the_ledger_holds_pseudonyms_only(register: Register, tmp_path: Path) -> None:
    """Neither the operator's ids for people nor their names are in an entry, nor anywhere else in clear."""
    marker = "marqueur-zxq"
    person = YOUNG.model_copy(update={"id": PersonId(marker)})
    register.declare(RECORDING, [PRO, person], [given_by(PRO), given_by(person, "said-1")])
    register.identify(
        RECORDING, Identity(person_id=person.id, name=f"Zoé {marker}", contacts=(f"{marker}@exemple.fr",))
    )

    with register.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM consent_events").all()
        sealed = connection.exec_driver_sql("SELECT * FROM consent_vault").all()
    stored = repr([*rows, *sealed]).encode() + b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )

    assert len(rows) == 3
    assert marker.encode() not in stored
    assert {one.id for one in register.parties(RECORDING)} == {PRO.id, person.id}


def test_people_who_are_forgotten_cannot_be_named_again(reopen: Opens, register: Register, clock: Clock) -> None:
    """Once their keys are destroyed, entries speak of nobody, nothing is allowed, and no description changes that."""
    both = [given_by(PRO), given_by(YOUNG)]
    register.declare(RECORDING, [PRO, YOUNG], both)
    register.withdraw(RECORDING, YOUNG.id)

    assert register.forget_people(RECORDING) == 2
    assert not {event.person_id for event in register.history(RECORDING)} & {PRO.id, YOUNG.id}

    again = given_by(YOUNG, "again", clock.now + timedelta(seconds=1))
    register.declare(RECORDING, [PRO, YOUNG], [*both, given_by(PRO, "pro-again", again.indicated_at), again])
    assert not Register(reopen(), clock).decide(RECORDING, PUBLICATION).allowed
    assert register.ledger.verify().problem == ""


def test_a_withdrawal_is_in_force_even_where_the_head_cannot_be_written(register: Register) -> None:
    """What was committed is told as committed; the head is missing, and verification says so until it is back."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    register.ledger.anchor_file.unlink()
    register.ledger.anchor_file.mkdir()

    register.withdraw(RECORDING, YOUNG.id)
    assert not register.decide(RECORDING, PUBLICATION).allowed

    register.ledger.anchor_file.rmdir()
    assert "n'est plus à côté des clés" in register.ledger.verify().problem
    register.withdraw(RECORDING, PRO.id)
    assert register.ledger.verify().problem == ""


def test_a_key_that_is_lost_opens_nothing(register: Register) -> None:
    """A person whose key file is gone is nobody; what they refused keeps its effect."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    register.withdraw(RECORDING, YOUNG.id)
    for path in (register.keys / "people").iterdir():
        path.unlink()

    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO, "p"), given_by(YOUNG, "j", MORNING + timedelta(hours=9))])

    assert "une personne qui n'est plus déclarée" in register.decide(RECORDING, PUBLICATION).explanation


def test_a_register_of_before_the_ledger_is_taken_over(tmp_path: Path, clock: Clock) -> None:
    """Events and persons of the former tables become entries, a withdrawal among them; the old tables are gone."""
    path = tmp_path / "register.sqlite3"
    withdrawn = given_by(YOUNG, "no", MORNING + timedelta(hours=1)).model_copy(update={"kind": EventKind.WITHDRAWN})
    former = connect(path)
    former.executescript(
        "CREATE TABLE consent_events (seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id, recording_id, source, document);"
        "CREATE TABLE consent_parties (recording_id, person_id, document);"
        "CREATE TRIGGER consent_events_no_delete BEFORE DELETE ON consent_events BEGIN SELECT RAISE(ABORT, 'no'); END;"
    )
    for event in (given_by(PRO), given_by(YOUNG), withdrawn):
        values = (event.event_id, RECORDING, "meeting-file", event.model_dump_json())
        former.execute("INSERT INTO consent_events (event_id, recording_id, source, document) VALUES (?,?,?,?)", values)
    for party in (PRO, YOUNG):
        former.execute("INSERT INTO consent_parties VALUES (?,?,?)", (RECORDING, party.id, party.model_dump_json()))
    former.commit()
    former.close()

    register = Register(Database(path), clock)

    assert "le jeune a retiré son accord" in register.decide(RECORDING, PUBLICATION).explanation
    assert [event.event_id for event in register.history(RECORDING)] == [
        given_by(PRO).event_id,
        given_by(YOUNG).event_id,
        "no",
    ]
    assert register.ledger.verify().entries == 4
    with connect(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert not tables & {"consent_parties", "consent_events_before"}


def test_a_database_that_does_not_answer_denies_everything(tmp_path: Path) -> None:
    """A PostgreSQL that cannot be reached, or an address that is none, is told in French, without its password."""
    for address in ("postgresql://u:secret@127.0.0.1:1/x", "mysql://u:secret@h/x", "n'importe quoi"):
        with pytest.raises(RegisterUnavailable, match="VIDEOTHEQUE_DATABASE_URL") as caught:
            Register(Database(address, tmp_path))
        assert "secret" not in str(caught.value)
