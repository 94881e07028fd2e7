"""The vault: what is sealed for one person of one recording opens nowhere else, whoever moves it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, text

from consent.records import AgeBand, PersonId, RecordingId
from consent.register import Register
from consent.vault import Sealed
from tests.consent.people import PRO, RECORDING, YOUNG

OTHER = RecordingId("rec-00000000000000ff")
AWA = Sealed(person_id=YOUNG.id, name="Awa N.", contacts=("awa@example.org",))


@pytest.fixture
def kept(register: Register) -> PersonId:
    """The pseudonym of a person whose name is kept; another person and another recording are known too."""
    for recording_id in (RECORDING, OTHER):
        register.declare(recording_id, [PRO, YOUNG], ())
    register.identify(RECORDING, AWA)
    return _pseudonym(register, RECORDING, YOUNG.id)


def _pseudonym(register: Register, recording_id: RecordingId, person_id: PersonId) -> PersonId:
    with register.database.reading() as connection:
        people = register.vault.of(connection, [recording_id])
    return next(name for name, identity in people.items() if identity.person_id == person_id)


def _of(register: Register, recording_id: RecordingId) -> dict[PersonId, Sealed]:
    with register.database.reading() as connection:
        return register.vault.of(connection, [recording_id])


def _set(connection: Connection, column: str, value: object, pseudonym: PersonId) -> None:
    statement = f"UPDATE consent_vault SET {column} = :value WHERE pseudonym = :pseudonym"
    connection.execute(text(statement), {"value": value, "pseudonym": pseudonym})


def test_what_is_kept_is_read_back(register: Register, kept: PersonId) -> None:
    """Where nothing was moved, the name and contacts are those that were given."""
    assert AWA == _of(register, RECORDING)[kept]


def test_a_row_moved_to_another_recording_speaks_of_nobody(register: Register, kept: PersonId) -> None:
    """With its own key at hand: the seal says of which recording the person is."""
    with register.database.writing() as connection:
        _set(connection, "recording_id", OTHER, kept)

    assert kept not in _of(register, OTHER)
    assert kept not in _of(register, RECORDING)


def test_a_row_given_to_another_person_with_its_key_speaks_of_nobody(register: Register, kept: PersonId) -> None:
    """The bytes and the key of one put in the place of another's: the seal says whose pseudonym it is."""
    other = _pseudonym(register, RECORDING, PRO.id)
    with register.database.writing() as connection:
        query = "SELECT sealed FROM consent_vault WHERE pseudonym = '" + kept + "'"
        sealed = connection.exec_driver_sql(query).scalar_one()
        _set(connection, "sealed", sealed, other)
    keys = register.vault.keys.folder
    (keys / f"{other}.key").write_bytes((keys / f"{kept}.key").read_bytes())

    assert other not in _of(register, RECORDING)
    assert AWA == _of(register, RECORDING)[kept]


def test_the_ledger_has_the_month_of_a_birthday_and_the_rules_the_day(register: Register) -> None:
    """The day is sealed with the person's key: decisions turn on it, no row tells it, and it goes with the key."""
    eighteen = date(2027, 9, 24)
    minor = YOUNG.model_copy(update={"age_band": AgeBand.FROM_15_TO_17, "comes_of_age_on": eighteen})
    register.declare(RECORDING, [PRO, minor], ())
    known = register.parties(RECORDING)
    told = _rows(register)
    register.identify(RECORDING, AWA)
    after_naming = register.parties(RECORDING)
    register.declare(RECORDING, [PRO, minor], ())
    again = register.ledger.head()
    register.forget_people(RECORDING)

    assert {PRO, minor} == set(known)
    assert known == after_naming
    assert again is not None
    assert 1 == again.size
    assert b"2027-09-24" not in told
    assert b"2027-09-01" in told
    assert b"2027-09-24" not in _rows(register)


def test_a_birthday_that_is_taken_out_or_corrected_counts_as_it_is_said_last(register: Register) -> None:
    """In the same month too, where the ledger alone would not tell the difference."""
    found = []
    for day in (date(2027, 9, 4), date(2027, 9, 24), None):
        minor = YOUNG.model_copy(update={"age_band": AgeBand.FROM_15_TO_17, "comes_of_age_on": day})
        register.declare(RECORDING, [PRO, minor], ())
        found.append({one.comes_of_age_on for one in register.parties(RECORDING) if one.id == YOUNG.id})

    assert [{date(2027, 9, 4)}, {date(2027, 9, 24)}, {None}] == found


def _rows(register: Register) -> bytes:
    """Every row of the ledger and of the vault."""
    with register.database.reading() as connection:
        tables = ("consent_events", "consent_vault")
        return repr([connection.exec_driver_sql(f"SELECT * FROM {one}").all() for one in tables]).encode()


def test_a_changed_byte_of_a_row_opens_to_nobody(register: Register, kept: PersonId) -> None:
    """The seal is checked, not only removed."""
    with register.database.writing() as connection:
        query = "SELECT sealed FROM consent_vault WHERE pseudonym = '" + kept + "'"
        sealed = bytearray(connection.exec_driver_sql(query).scalar_one())
        sealed[-1] ^= 1
        _set(connection, "sealed", bytes(sealed), kept)

    assert kept not in _of(register, RECORDING)
