"""The ledger: whatever is done to it behind its back is found, and the first bad entry is named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from consent import merkle
from consent.database import Database
from consent.errors import ProofInvalid
from consent.heads import Head, read_head
from consent.keys import Signer, verifies
from consent.ledger import entries
from consent.records import EventKind, Purpose
from consent.register import Register
from consent.restoring import announce_restoring, finish_restoring
from tests.consent.people import PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock, Opens


@pytest.fixture
def history(register: Register) -> Register:
    """A register of nine entries: one that declares two persons, and eight that they said."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    for _ in range(3):
        register.withdraw(RECORDING, YOUNG.id, frozenset({Purpose.SHOW_FACE}))
        register.append(given_by(YOUNG, f"again-{register.clock()}", register.clock()))
    return register


def behind_its_back(register: Register, change: Callable[[Connection], None]) -> None:
    """What somebody who owns the database can do: remove the triggers, write what they like, put them back."""
    with register.database.writing() as connection:
        if register.database.is_sqlite:
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS consent_events_no_{verb}")
        else:
            connection.exec_driver_sql("ALTER TABLE consent_events DISABLE TRIGGER USER")
        change(connection)
        if not register.database.is_sqlite:
            connection.exec_driver_sql("ALTER TABLE consent_events ENABLE TRIGGER USER")


def run(*statements: str) -> Callable[[Connection], None]:
    def change(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    return change


def test_an_untouched_ledger_is_whole(history: Register) -> None:
    """Everything computed again is what was written."""
    found = history.ledger.verify()

    assert (found.entries, found.first_bad, found.problem) == (9, None, "")


@pytest.mark.parametrize(
    ("column", "value", "seq"),
    [
        ("document", "'{}'", 1),
        ("document", "'{}'", 5),
        ("document", "'{}'", 9),
        ("recording_id", "'rec-ffffffffffffffff'", 5),
        ("event_id", "'another'", 4),
        ("source", "'operator '", 5),
        ("appended_at", "'2020-01-01T00:00:00+00:00'", 9),
        ("leaf", "'00'", 1),
        ("leaf", "node", 4),
        ("leaf", "'00'", 9),
        ("node", "'00'", 1),
        ("node", "leaf", 4),
        ("signature", "'AAAA'", 1),
        ("signature", "'AAAA'", 4),
        ("signature", "'AAAA'", 9),
    ],
)
def test_an_edited_entry_is_named(history: Register, column: str, value: str, seq: int) -> None:
    """Whatever column of whatever entry is changed, verification names that entry."""
    behind_its_back(history, run(f"UPDATE consent_events SET {column} = {value} WHERE seq = {seq}"))

    assert history.ledger.verify().first_bad == seq


@pytest.mark.parametrize("seq", [1, 5])
def test_a_deleted_entry_is_named(history: Register, seq: int) -> None:
    """An entry that is gone is missed, with or without its successors being renumbered."""
    behind_its_back(history, run(f"DELETE FROM consent_events WHERE seq = {seq}"))
    assert history.ledger.verify().first_bad == seq

    for later in range(seq + 1, 10):
        behind_its_back(history, run(f"UPDATE consent_events SET seq = {later - 1} WHERE seq = {later}"))
    assert history.ledger.verify().first_bad == seq


def test_reordered_entries_are_named(history: Register) -> None:
    """Two entries that changed places are found at the first of them."""
    moves = ((4, 99), (6, 4), (99, 6))
    behind_its_back(history, run(*(f"UPDATE consent_events SET seq = {to} WHERE seq = {seq}" for seq, to in moves)))

    assert history.ledger.verify().first_bad == 4


def test_a_cut_end_is_named(history: Register) -> None:
    """Without its last entries the database alone looks whole; the head beside the keys tells."""
    behind_its_back(history, run("DELETE FROM consent_events WHERE seq > 6"))

    found = history.ledger.verify()

    assert (found.entries, found.first_bad) == (6, 7)
    assert "les entrées 7 à 9 manquent" in found.problem


def test_a_cut_end_is_named_however_much_is_added_since(history: Register) -> None:
    """Life goes on after the cut, beyond the former length: the head beside the keys still says what is missing."""
    behind_its_back(history, run("DELETE FROM consent_events WHERE seq > 6"))
    for number in range(5):
        history.append(given_by(YOUNG, f"later-{number}", history.clock()))

    found = history.ledger.verify()

    assert found.entries > 9
    assert found.first_bad == 9  # the first entry that the kept head knows to be another one


def test_a_head_kept_elsewhere_replaces_the_one_beside_the_keys(history: Register) -> None:
    """Whoever cuts the end and puts the head back too is found by a head that was sent elsewhere."""
    elsewhere = history.ledger.head()
    assert elsewhere is not None
    behind_its_back(history, run("DELETE FROM consent_events WHERE seq > 6"))
    history.ledger.anchor_file.unlink()
    assert history.ledger.verify().first_bad == 6  # the missing head is told, though no entry is known to miss
    history.ledger.anchor()
    assert history.ledger.verify().first_bad is None

    assert history.ledger.verify([elsewhere]).first_bad == 7


def test_a_rollback_to_an_older_file_is_named(tmp_path: Path, clock: Clock) -> None:
    """A whole, valid, older copy in place of the file lacks what came since; a restore that is owned to is accepted."""
    path = tmp_path / "register.sqlite3"
    register = Register(Database(path), clock)
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    register.database.close()
    copy(path, tmp_path / "older.sqlite3")
    register = Register(Database(path), clock)
    register.withdraw(RECORDING, YOUNG.id)
    register.database.close()
    for left in tmp_path.glob("register.sqlite3*"):
        left.unlink()
    copy(tmp_path / "older.sqlite3", path)

    rolled_back = Register(Database(path), clock)
    found = rolled_back.ledger.verify()
    assert (found.entries, found.first_bad) == (3, 4)

    _own_to(rolled_back)
    assert rolled_back.ledger.verify().first_bad is None
    assert [one.name for one in rolled_back.keys.glob("head-before-*")] == ["head-before-restore-4.json"]


def _own_to(register: Register) -> None:
    """Say that the older register in place was put back knowingly."""
    with register.database.writing() as connection:
        announce_restoring(register.ledger, connection)
    finish_restoring(register.ledger)


def test_hashes_computed_anew_are_not_signed(history: Register, reopen: Opens, clock: Clock, tmp_path: Path) -> None:
    """Who edits an entry and hashes all that follows anew, without the key, is found at that very entry."""

    def rewrite(connection: Connection) -> None:
        rows = [dict(row._mapping) for row in connection.execute(entries.select().order_by(entries.c.seq))]
        connection.exec_driver_sql("DELETE FROM consent_events")
        rows[4]["document"] = rows[4]["document"].replace("withdrawn", "given") + " "
        forger = Register(Database(tmp_path / "forger" / "f.sqlite3"), clock).ledger
        with forger.database.writing() as own:
            for row in rows:
                known = {name: row[name] for name in ("event_id", "recording_id", "source", "document")}
                forger.append(own, **known, now=clock())
            forged = [dict(row._mapping) for row in own.execute(entries.select().order_by(entries.c.seq))]
        connection.execute(entries.insert(), [*rows[:4], *forged[4:]])

    behind_its_back(history, rewrite)

    assert Register(reopen(), clock).ledger.verify().first_bad == 5


def test_another_history_under_the_same_key_is_found(history: Register, reopen: Opens, clock: Clock) -> None:
    """A fork that our own key signed is told by the head of the history that was kept."""
    kept = history.ledger.head()
    assert kept is not None
    behind_its_back(history, run("DELETE FROM consent_events WHERE seq > 8"))
    forked = Register(reopen(), clock)
    for _ in range(3):
        forked.withdraw(RECORDING, PRO.id)

    found = forked.ledger.verify([kept])

    assert (found.entries, found.first_bad) == (11, 9)


def test_a_head_of_another_library_is_refused(history: Register, tmp_path: Path, clock: Clock) -> None:
    """A head signed by another key, changed or cut is never taken for ours."""
    other = Register(Database(tmp_path / "other" / "o.sqlite3"), clock)
    other.declare(RECORDING, [PRO], [given_by(PRO)])
    theirs, ours = other.ledger.head(), history.ledger.head()
    assert theirs is not None
    assert ours is not None

    assert "autre clé" in history.ledger.verify([theirs]).problem
    assert history.ledger.verify([ours.model_copy(update={"size": 8})]).first_bad == 8
    with pytest.raises(ProofInvalid, match="tête signée"):
        read_head(ours.model_dump_json().encode()[:-20])
    assert Head.model_validate_json(ours.model_dump_json()).is_genuine


def test_every_append_is_on_the_disk_with_its_head(history: Register) -> None:
    """After each write the head beside the keys is that of the whole ledger, and verifies without the database."""
    history.append(given_by(PRO, "one-more", history.clock()).model_copy(update={"kind": EventKind.RENEWED}))

    kept = history.ledger.anchored()

    assert kept == history.ledger.head()
    assert kept is not None
    assert (kept.size, verifies(kept.public_key, kept.message, kept.signature)) == (10, True)


def test_the_kept_head_never_goes_back(history: Register) -> None:
    """Called on a register whose end is cut, or where entries were added after the cut: the longer head stays."""
    kept = history.ledger.anchored()
    behind_its_back(history, run("DELETE FROM consent_events WHERE seq > 6"))
    history.ledger.anchor()
    after_cut = history.ledger.anchored()
    for number in range(5):
        history.append(given_by(YOUNG, f"later-{number}", history.clock()))

    assert (kept, kept) == (after_cut, history.ledger.anchored())


def test_a_kept_head_that_somebody_else_signed_is_told(history: Register, tmp_path: Path) -> None:
    """The very tree under another key, or under no signature of the key it names: both are named, and kept."""
    head, anchor = history.ledger.head(), history.ledger.anchor_file
    assert head is not None
    stranger = Signer(tmp_path / "stranger")
    theirs = {"public_key": stranger.public_key, "signature": stranger.sign(head.message)}
    told = []
    for change in (theirs, {"signature": theirs["signature"]}, {"size": 8}):
        anchor.write_text(head.model_copy(update=change).model_dump_json(), "utf-8")
        told.append(history.ledger.verify().problem)

    assert ["autre clé" in told[0], *("n'est pas signée" in one for one in told[1:])] == [True, True, True]


def test_a_restoration_that_is_owned_to_keeps_the_former_head_aside(history: Register) -> None:
    """What was the longest history can still be shown; verification then holds the register to the new head."""
    former = history.ledger.anchored()
    behind_its_back(history, run("DELETE FROM consent_events WHERE seq > 6"))

    _own_to(history)

    aside = history.ledger.anchor_file.with_name("head-before-restore-9.json")
    assert former == read_head(aside.read_bytes())
    assert history.ledger.anchored() == history.ledger.head()
    assert history.ledger.verify().problem == ""
    assert history.ledger.verify([read_head(aside.read_bytes())]).first_bad == 7


# --- the tree -----------------------------------------------------------------------------------------------------

EXAMPLES = (b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43", bytes(range(0x50, 0x58)),
            bytes(range(0x60, 0x70)))  # fmt: skip
"""The leaves with which implementations of RFC 6962 are compared."""

ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def by_definition(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 defines it, 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = max(2**power for power in range(20) if 2**power < len(leaves))
    return hashlib.sha256(b"\x01" + by_definition(leaves[:half]) + by_definition(leaves[half:])).digest()


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_published_examples(size: int) -> None:
    """The known trees have the known roots."""
    assert merkle.root([merkle.leaf_hash(entry) for entry in EXAMPLES[:size]]).hex() == ROOTS[size]


@given(st.integers(0, 70))
def test_a_tree_grown_leaf_by_leaf_is_the_defined_one(size: int) -> None:
    """Growing by peaks gives the root of the definition, and each entry stores the peaks of every size it closes."""
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(size)]
    stored: dict[int, bytes] = {}
    peaks: list[bytes] = []
    for number, leaf in enumerate(leaves):
        peaks = merkle.grow(peaks, number, leaf)
        stored[number + 1] = peaks[-1]

    assert merkle.root_of(peaks) == by_definition(leaves)
    assert [stored[one] for one in merkle.peaks_of(size)] == peaks


@given(st.integers(1, 70), st.data())
def test_an_audit_path_leads_to_the_root_from_its_own_leaf_alone(size: int, data: st.DataObject) -> None:
    """With another leaf, place, size or path it leads elsewhere, or nowhere."""
    index = data.draw(st.integers(0, size - 1))
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(size)]
    path = merkle.audit_path(index, leaves)
    root = by_definition(leaves)

    assert merkle.root_from_path(index, size, leaves[index], path) == root
    assert merkle.root_from_path(index, size, merkle.leaf_hash(b"x"), path) != root
    assert merkle.root_from_path(index, size, leaves[index], (*path, root)) is None
    assert merkle.root_from_path(size, size, leaves[index], path) is None
    if path:
        assert merkle.root_from_path(index, size, leaves[index], path[:-1]) is None


def test_a_clock_that_stands_still_changes_nothing(register: Register, clock: Clock) -> None:
    """Entries are ordered by place, never by time."""
    register.clock = lambda: clock.now - timedelta(days=400)
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])

    assert register.ledger.verify().first_bad is None
