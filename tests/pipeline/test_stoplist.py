"""The list of stops as a file: added to, signed, never written again; lost, and made anew; and what is in it."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from consent import facts
from consent.errors import KeysUnusable, ProofInvalid
from consent.facts import Fact
from consent.links import PersonalLink
from consent.records import PART, PersonId, Purpose, RecordingId, Scope, Span
from consent.register import Register
from consent.revocations import Revocations, expect_former
from consent.rules import PUBLICATION
from pipeline import stoplist
from pipeline.erasure import Cause, ErasureBook
from pipeline.former_stops import FormerStops
from pipeline.keys import LibraryKeys
from pipeline.opening import open_register
from pipeline.settings import Settings
from pipeline.stops import StopBook, keep_stops
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock, events_of, on_either, stops_beside
from tests.pipeline.sites import CLIPS, EVERYONE, OTHER, Site, agreed, site
from videotheque.consents import add_proof_commands
from videotheque.french import FrenchParser

__all__ = ["site"]


def _narrowed(settings: Settings, times: int) -> Register:
    """A register of which that many passages were taken back."""
    register = open_register(settings, Clock())
    register.declare(RECORDING, EVERYONE, agreed())
    for start in range(times):
        scope = Scope(passages=(Span(start=start, end=start + 1),))
        register.withdraw(RECORDING, PRO.id, scope=scope)
    return register


def test_a_line_is_added_and_none_is_written_again(tmp_path: Path) -> None:
    """What a narrowing writes is as long at the hundredth as at the second, and nothing before it changes."""
    settings = Settings(home=tmp_path / "home")
    path = LibraryKeys(settings.keys_folder).stops_path
    register = _narrowed(settings, 1)
    states = [path.read_bytes()]
    inode = path.stat().st_ino
    for start in range(100, 200):
        register.withdraw(RECORDING, PRO.id, scope=Scope(passages=(Span(start=start, end=start + 1),)))
        states.append(path.read_bytes())

    assert all(after.startswith(before) for before, after in pairwise(states))
    assert inode == path.stat().st_ino
    assert 16 > max(len(after) - len(before) for before, after in pairwise(states)) - (len(states[2]) - len(states[1]))
    assert 101 == len(stops_beside(settings.keys_folder).told)


def test_a_line_that_a_crash_cut_short_is_written_over(site: Site) -> None:
    """Half a line, of any length, is no damage: what was said before holds, and the next word follows it."""
    path = site.settings.keys_folder / "withdrawals.jsonl"
    site.save()
    before = path.read_bytes()
    site.catalogue.register.withdraw(RECORDING, PRO.id)
    line = path.read_bytes()[len(before) :]

    for length in (1, len(line) // 2, len(line) - 1):
        path.write_bytes(before + line[:length])
        assert 0 == len(stops_beside(site.settings.keys_folder).told)
        site.opened()  # it is in the ledger: whoever opens the library next adds it
        site.put_back()

        assert {OTHER} == site.shown()
        assert path.read_bytes().startswith(before)
        assert 1 == len(stops_beside(site.settings.keys_folder).told)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.95])
def test_a_list_changed_anywhere_is_refused(site: Site, place: float) -> None:
    """One letter of any line, of the same length: nothing is served, by whoever had read it before or not."""
    for start in range(3):
        scope = Scope(passages=(Span(start=start, end=start + 1),))
        site.catalogue.register.withdraw(OTHER, PRO.id, scope=scope)
    path = site.settings.keys_folder / "withdrawals.jsonl"
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 1

    path.write_bytes(bytes(content))

    for ask in (lambda: site.catalogue.live(list(CLIPS.values())), site.opened):
        with pytest.raises(KeysUnusable, match="abîmée, ou d'une autre"):
            ask()


def test_a_line_left_out_of_the_list_is_seen(site: Site) -> None:
    """Every line vouches for all before it."""
    site.catalogue.register.withdraw(RECORDING, PRO.id)
    site.catalogue.register.withdraw(OTHER, PRO.id, frozenset({Purpose.SEARCH_ENGINES}))
    path = site.settings.keys_folder / "withdrawals.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)

    path.write_bytes(b"".join(one for one in lines if b"search_engines" in one or one is not lines[-2]))

    with pytest.raises(KeysUnusable, match="abîmée, ou d'une autre"):
        site.catalogue.live(list(CLIPS.values()))


def test_the_list_of_another_library_is_refused(site: Site, tmp_path: Path) -> None:
    """It is signed with the key beside it."""
    other = Settings(home=tmp_path / "other")
    _narrowed(other, 1)

    shutil.copy(other.keys_folder / "withdrawals.jsonl", site.settings.keys_folder / "withdrawals.jsonl")

    with pytest.raises(KeysUnusable, match="d'une autre vidéothèque"):
        site.catalogue.live(list(CLIPS.values()))


def test_whom_the_operator_calls_a_pseudonym_goes_with_the_persons_key(tmp_path: Path) -> None:
    """The list holds no id of the operator's that is readable once the person's key is destroyed: nothing to clean."""
    settings = Settings(home=tmp_path / "home")
    register = open_register(settings, Clock())
    named = PRO.model_copy(update={"id": PersonId("awa.ndiaye")})
    register.declare(RECORDING, (named,), [given_by(named)])
    register.withdraw(RECORDING, named.id)
    content = (settings.keys_folder / "withdrawals.jsonl").read_bytes()

    (sealed,) = stops_beside(settings.keys_folder).people
    before = register.vault._open(sealed.pseudonym, RECORDING, base64.b64decode(sealed.sealed))
    register.forget_people(RECORDING)
    after = register.vault._open(sealed.pseudonym, RECORDING, base64.b64decode(sealed.sealed))

    assert b"awa" not in content
    assert (named.id, None) == (before.person_id if before else None, after)


def test_who_took_back_may_give_again_after_an_older_copy(site: Site) -> None:
    """Said again to a copy that never knew the person, the word is still theirs, and only theirs to lift."""
    late = RecordingId("rec-00000000000000ee")
    site.save()
    site.catalogue.register.declare(late, EVERYONE, agreed(late))
    site.catalogue.register.withdraw(late, PRO.id, frozenset({Purpose.PUBLISH}))
    site.put_back()
    register = site.catalogue.register
    register.declare(late, EVERYONE, agreed(late))
    refused = register.decide(late, PUBLICATION, PART).allowed

    again = given_by(PRO, "again", site.clock(), recording_id=late)
    register.append(again)

    assert [False, True] == [refused, register.decide(late, PUBLICATION, PART).allowed]


# --- libraries of before, and lists that were lost ---


def _as_before(settings: Settings, register: Register) -> None:
    """Make of a home's list one document, as a version before wrote it."""
    stops = stops_beside(settings.keys_folder)
    with register.database.reading() as connection:
        known = register.vault.of(connection, [RECORDING, OTHER])
        leaf = register.ledger.leaf_at(connection, stops.through)
    events = [
        one.model_copy(update={"person_id": known[one.person_id].person_id}).model_dump(mode="json")
        for one in events_of(stops)
    ]
    written = {
        "version": 3, "written_at": MORNING.isoformat(), "through": stops.through, "leaf": leaf, "events": events,
        "declared": stops.declared, "removing": [],
    }  # fmt: skip
    (settings.keys_folder / "withdrawals.json").write_text(json.dumps(written), "utf-8")
    (settings.keys_folder / "withdrawals.jsonl").unlink()


@pytest.mark.parametrize("older", [False, True])
def test_the_list_of_a_version_before_is_taken_over(site: Site, older: bool) -> None:
    """At the first opening, of the same database or of an older one; its names for persons are gone with it."""
    site.save()
    site.catalogue.register.withdraw(RECORDING, PRO.id)
    _as_before(site.settings, site.catalogue.register)
    if older:
        site.put_back()

    site.catalogue = site.opened()

    assert set(site.catalogue.live(list(CLIPS.values()))) == {CLIPS[OTHER]}
    assert not (site.settings.keys_folder / "withdrawals.json").exists()
    assert 1 == len(stops_beside(site.settings.keys_folder).told)


def test_what_a_version_before_kept_in_its_tables_alone_is_held_too(site: Site) -> None:
    """A source that it released, a meeting that it removed: facts from the first opening on."""
    site.save()
    site.catalogue.note_source_gone(RECORDING, site.clock())
    site.catalogue.forget(OTHER)
    ErasureBook(site.catalogue.database, site.clock).request(OTHER, Cause.REMOVAL)
    keep_stops(site.catalogue.register, LibraryKeys(site.settings.keys_folder))
    _as_before(site.settings, site.catalogue.register)

    site.opened()
    site.put_back()

    found = site.opened()
    (job,) = ErasureBook(found.database, site.clock).jobs(pending=True)
    assert (OTHER, Cause.REMOVAL) == (job.recording_id, job.cause)
    assert {CLIPS[RECORDING]} == set(found.live(list(CLIPS.values())))
    assert found.source_gone(RECORDING) is not None


def test_a_lost_list_is_made_again_of_a_whole_register(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """By a command of its own: then the library serves as before, and an older copy is held to it as before."""
    site.save()
    site.catalogue.register.withdraw(RECORDING, PRO.id)
    told = stops_beside(site.settings.keys_folder).told
    (site.settings.keys_folder / "withdrawals.jsonl").unlink()

    status = _rebuild(site.settings)
    site.put_back()

    assert (0, told) == (status, stops_beside(site.settings.keys_folder).told)
    assert ": 1 retrait, jusqu" in capsys.readouterr().out
    assert {OTHER} == site.shown()


def test_a_lost_list_is_not_made_of_an_older_database(site: Site) -> None:
    """What was taken back since would not be in it: the last signed head tells, and nothing is written."""
    site.save()
    site.catalogue.register.withdraw(RECORDING, PRO.id)
    site.put_back()
    (site.settings.keys_folder / "withdrawals.jsonl").unlink()

    with pytest.raises(ProofInvalid, match=r"ne peut pas être refaite .*manquent.* dossier des clés"):
        _rebuild(site.settings)

    assert not (site.settings.keys_folder / "withdrawals.jsonl").exists()


def test_without_the_keys_folder_no_new_list_is_begun(site: Site) -> None:
    """A register that says anything, and no key: an older copy could show all."""
    site.catalogue.register.withdraw(RECORDING, PRO.id)
    site.put_back("with_" + OTHER[4:])
    shutil.rmtree(site.settings.keys_folder)

    with pytest.raises(KeysUnusable, match="n'est plus dans le dossier des clés"):
        site.opened()


def _rebuild(settings: Settings) -> int:
    parser = FrenchParser()
    add_proof_commands(parser.add_subparsers())
    options = parser.parse_args(["rebuild-list"])
    return int(options.run(options, settings))


# --- what is nobody's agreement ---


@on_either
def test_a_revoked_link_stays_dead_in_an_older_copy(site: Site) -> None:
    """It is in the ledger and in the list, as a withdrawal is; the next link given lives."""
    link = PersonalLink(recording_id=RECORDING, person_id=YOUNG.id, expires_at=site.clock(), issued_at=site.clock())
    site.save()
    Revocations(site.catalogue.register).revoke(RECORDING, YOUNG.id)

    found = []
    for _ in range(2):
        site.put_back()
        found.append(Revocations(site.opened().register).kills(link))
    new = link.model_copy(update={"issued_at": site.clock()})
    others = link.model_copy(update={"person_id": PRO.id})

    assert [True, True] == found
    assert [False, False] == [Revocations(site.catalogue.register).kills(one) for one in (new, others)]
    assert set(CLIPS) == site.shown()


def test_links_revoked_by_a_version_before_are_facts_now(site: Site) -> None:
    """Its table, out of the ledger, is taken over once, and held by the list."""
    register = site.catalogue.register
    link = PersonalLink(recording_id=RECORDING, person_id=YOUNG.id, expires_at=site.clock(), issued_at=site.clock())
    site.save()
    with register.database.writing() as connection:
        expect_former(connection)
        hidden = register.vault.pseudonym(connection, RECORDING, YOUNG.id)
        row = f"('a', '{RECORDING}', '{hidden}', '{site.clock().isoformat()}')"
        connection.exec_driver_sql(f"INSERT INTO consent_links_revoked VALUES {row}")

    taken_over = Revocations(site.opened().register).kills(link)
    site.put_back()

    assert [True, True] == [taken_over, Revocations(site.opened().register).kills(link)]


def test_a_copy_of_a_version_without_the_table_of_changes_is_held_too(site: Site) -> None:
    """The operator removed a meeting; a copy of before that table opens, time and again, and its clips are out."""
    site.save()
    with site.catalogue.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE changes")
    site.save("of_before")
    site.put_back()
    register = site.catalogue.register
    with register.writing() as connection:
        facts.note(connection, register.ledger, RECORDING, Fact.REMOVED, site.clock())
        site.catalogue.unpublish_within(connection, RECORDING)
    site.catalogue.database.close()

    site.put_back("of_before")

    assert [{CLIPS[OTHER]}] * 2 == [set(site.opened().live(list(CLIPS.values()))) for _ in range(2)]


def test_keys_of_a_version_before_put_beside_a_list_that_says_nothing_are_not_lost(site: Site, tmp_path: Path) -> None:
    """A new machine began a list of its own before the keys came: theirs is the one that counts, and it stays."""
    site.catalogue.register.withdraw(RECORDING, PRO.id)
    _as_before(site.settings, site.catalogue.register)
    new = Settings(home=tmp_path / "new", inbox=tmp_path / "new-inbox")
    open_register(new)
    shutil.copytree(site.settings.keys_folder, new.keys_folder, dirs_exist_ok=True)

    listed = [StopBook(open_register(new), LibraryKeys(new.keys_folder)).listed() for _ in range(2)]

    assert (new.keys_folder / "withdrawals.json").exists()
    assert all(isinstance(one, FormerStops) and len(one.events) == 1 for one in listed)


def test_a_library_of_before_the_ledger_begins_its_list(tmp_path: Path) -> None:
    """It never had one: it opens, now and later, with all that was said."""
    settings = Settings(home=tmp_path / "home", inbox=tmp_path / "inbox")
    _of_before_the_ledger(settings)

    counts = [len(open_register(settings).history(RECORDING)) for _ in range(2)]

    assert [2, 2] == counts
    assert () == stops_beside(settings.keys_folder).told


def test_a_copy_of_before_the_ledger_does_not_begin_a_lost_list_anew(site: Site) -> None:
    """A head was signed beside these keys: there was a list, and an older copy could show all."""
    site.catalogue.register.withdraw(RECORDING, PRO.id)
    site.catalogue.database.close()
    (site.settings.keys_folder / "withdrawals.jsonl").unlink()
    for left in site.settings.home.glob(f"{site.settings.database_file.name}*"):
        left.unlink()
    _of_before_the_ledger(site.settings)

    with pytest.raises(KeysUnusable, match="n'est plus dans le dossier des clés"):
        site.opened()


def test_a_field_that_a_later_version_adds_breaks_no_list(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is signed is what is written: a default of before is no part of it."""

    class Later(stoplist.Line):
        version: int = 5
        more: tuple[str, ...] = ()

    site.catalogue.register.withdraw(RECORDING, PRO.id)
    monkeypatch.setattr(stoplist, "Line", Later)

    assert {OTHER} == site.shown()


def _of_before_the_ledger(settings: Settings) -> None:
    """A library as the first version wrote it: events without hashes."""
    settings.database_file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(settings.database_file)) as connection, connection:
        connection.executescript(
            "CREATE TABLE consent_events (seq INTEGER PRIMARY KEY, event_id, recording_id, source, document);"
            "CREATE TABLE consent_parties (recording_id, person_id, document);"
        )
        for party in (PRO, YOUNG):
            event = given_by(party)
            connection.execute(
                "INSERT INTO consent_events (event_id, recording_id, source, document) VALUES (?, ?, ?, ?)",
                (event.event_id, RECORDING, "meeting-file", event.model_dump_json()),
            )
            connection.execute(
                "INSERT INTO consent_parties VALUES (?, ?, ?)", (RECORDING, party.id, party.model_dump_json())
            )
