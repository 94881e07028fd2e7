"""Stops: whatever was taken back, in whatever way, stays so in an older copy put back under a site that is serving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from consent.errors import KeysUnusable
from consent.narrowings import narrowings
from consent.records import (
    PART,
    AgeBand,
    ConsentEvent,
    EventKind,
    Frozen,
    Party,
    PersonId,
    Purpose,
    Role,
)
from consent.register import Register
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue
from pipeline.keys import LibraryKeys
from pipeline.opening import open_register
from pipeline.settings import Settings
from pipeline.stops import keep_stops
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock, events_of, on_either, stops_beside
from tests.pipeline.sites import CLIPS, EVERYONE, OTHER, Site, agreed, site

__all__ = ["site"]

MINOR = YOUNG.model_copy(update={"age_band": AgeBand.FROM_15_TO_17})
COLLEAGUE = Party(id=PersonId("collegue"), role=Role.THIRD_PARTY)


def _read(catalogue: Catalogue, parties: tuple[Party, ...], events: list[ConsentEvent]) -> None:
    """Take over a description of the recording, as ingest does."""
    waived = [one.id for one in parties if one.waived]
    catalogue.approvals.declare(RECORDING, parties, waived)
    catalogue.register.declare(RECORDING, parties, events)


def _refused(catalogue: Catalogue) -> None:
    no = given_by(YOUNG, "no", MORNING + timedelta(hours=2))
    _read(catalogue, EVERYONE, [*agreed(), no.model_copy(update={"kind": EventKind.REFUSED})])


def _left_out(catalogue: Catalogue) -> None:
    _read(catalogue, EVERYONE, agreed()[:1])


def _sooner_over(catalogue: Catalogue) -> None:
    ends = MORNING + timedelta(hours=3)
    shorter = given_by(YOUNG, "shorter").model_copy(update={"expires_at": ends})
    _read(catalogue, EVERYONE, [agreed()[0], shorter])


def _expired(catalogue: Catalogue) -> None:
    over = given_by(YOUNG, "over").model_copy(update={"kind": EventKind.EXPIRED})
    catalogue.register.append(over)


def _withdrawn(catalogue: Catalogue) -> None:
    catalogue.register.withdraw(RECORDING, PRO.id)


def _younger(catalogue: Catalogue) -> None:
    _read(catalogue, (EVERYONE[0], MINOR.model_copy(update={"waived": True})), agreed())


def _not_alone(catalogue: Catalogue) -> None:
    _read(catalogue, (*EVERYONE, COLLEAGUE), agreed())


def _asked_after_all(catalogue: Catalogue) -> None:
    _read(catalogue, (EVERYONE[0], YOUNG), agreed())


NARROWINGS = [
    _refused,
    _left_out,
    _sooner_over,
    _expired,
    _withdrawn,
    _younger,
    _not_alone,
    _asked_after_all,
]


@pytest.mark.parametrize("narrow", NARROWINGS)
@on_either
def test_no_older_copy_undoes_what_was_taken_back(site: Site, narrow: Callable[[Catalogue], None]) -> None:
    """Said by a person or read in a description, an event or not: put back under the site, twice, it holds."""
    site.save()
    assert set(CLIPS) == site.shown()
    narrow(site.catalogue)
    narrowed = site.shown()

    found = []
    for _ in range(2):
        site.put_back()
        found.append(site.shown())

    assert {OTHER} == narrowed
    assert [{OTHER}, {OTHER}] == found


@pytest.mark.parametrize("narrow", [_younger, _not_alone, _asked_after_all])
def test_what_waits_for_its_description_is_as_it_says_once_it_was_read(
    site: Site, narrow: Callable[[Catalogue], None]
) -> None:
    """Read as it was corrected, it stays away; read as it was before the correction, it is shown again."""
    site.save()
    narrow(site.catalogue)
    site.put_back()
    unread = site.shown()

    narrow(site.catalogue)
    corrected = site.shown()
    _read(site.catalogue, EVERYONE, agreed())

    assert [{OTHER}, {OTHER}, set(CLIPS)] == [unread, corrected, site.shown()]


def test_a_copy_that_knows_nothing_of_a_recording_does_not_make_it_forgotten(site: Site) -> None:
    """Put back after it, a copy that knows the recording as it first was is held to the list too."""
    _younger(site.catalogue)

    site.put_back(f"with_{OTHER[4:]}")
    without = site.shown()
    site.put_back(f"with_{RECORDING[4:]}")

    assert [{OTHER}, {OTHER}] == [without, site.shown()]


def test_a_yes_that_was_left_out_and_said_again_counts_after_an_older_copy(site: Site) -> None:
    """The invalidation is said again as the description's own: the yes, read again, is a new one."""
    site.save()
    _left_out(site.catalogue)
    site.put_back()

    _read(site.catalogue, EVERYONE, agreed())

    assert set(CLIPS) == site.shown()


def test_an_older_copy_opened_by_whoever_comes_first_is_held_to_the_list(site: Site) -> None:
    """No page needs to be served, no night to run: opening the register is enough; and verification tells."""
    site.save()
    _younger(site.catalogue)
    site.put_back()

    register = open_register(site.settings, site.clock)

    assert not register.decide(RECORDING, PUBLICATION, PART).allowed
    assert register.decide(OTHER, PUBLICATION, PART).allowed
    assert {PRO.id, YOUNG.id} == {one.id for one in register.parties(RECORDING)}  # who may still take back
    assert "la tête" in register.ledger.verify().problem


def test_a_newer_list_put_beside_the_keys_holds_at_once(site: Site, tmp_path: Path) -> None:
    """The database is put back first, the keys' folder after it: nothing remembered outlives its return."""
    listed = site.settings.keys_folder / "withdrawals.jsonl"
    keep_stops(site.catalogue.register, LibraryKeys(site.settings.keys_folder))
    older = listed.read_bytes()
    site.save()
    _withdrawn(site.catalogue)
    newer = listed.read_bytes()
    listed.write_bytes(older)
    site.put_back()
    assert set(CLIPS) == site.shown()

    before = site.gate.showable(list(CLIPS.values()))
    (tmp_path / "newer.json").write_bytes(newer)
    (tmp_path / "newer.json").replace(listed)
    remembered = site.gate.showable(list(CLIPS.values()))

    assert [set(CLIPS.values()), {CLIPS[OTHER]}] == [before, remembered]
    assert {OTHER} == site.shown()


def test_under_a_damaged_list_nothing_is_served(site: Site) -> None:
    """It says so, at the next question."""
    _withdrawn(site.catalogue)
    (site.settings.keys_folder / "withdrawals.jsonl").write_bytes(b"{")

    with pytest.raises(KeysUnusable, match="liste des retraits"):
        site.catalogue.live(list(CLIPS.values()))


def test_without_its_list_nothing_is_served(site: Site) -> None:
    """It was there from the first opening on: gone, it is lost, and an older copy of the database could show all."""
    _withdrawn(site.catalogue)
    site.put_back("with_" + OTHER[4:])
    (site.settings.keys_folder / "withdrawals.jsonl").unlink()

    for ask in (lambda: site.catalogue.live(list(CLIPS.values())), site.opened):
        with pytest.raises(KeysUnusable, match="n'est plus dans le dossier des clés"):
            ask()


def test_the_list_is_begun_with_the_library(tmp_path: Path) -> None:
    """Before anybody says anything: from then on, that it is not there tells something."""
    settings = Settings(home=tmp_path / "home")

    open_register(settings)

    begun = stops_beside(settings.keys_folder)
    assert (0, ()) == (begun.through, begun.told)


def test_what_cannot_be_listed_is_in_force_and_listed_by_the_next_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The keys' folder fails for a moment: the person is not told that nothing was done, and their erasure begins."""
    settings = Settings(home=tmp_path / "home")
    register = open_register(settings, Clock())
    register.declare(RECORDING, EVERYONE, agreed())
    keep_stops(register, LibraryKeys(settings.keys_folder))
    lock = settings.keys_folder / "withdrawals.lock"
    lock.unlink()
    lock.mkdir()

    register.withdraw(RECORDING, PRO.id, frozenset({Purpose.PUBLISH}))
    lock.rmdir()
    missed = stops_beside(settings.keys_folder).told
    register.append(given_by(YOUNG, "another", MORNING, recording_id=OTHER))

    assert "La liste des retraits ne peut pas" in caplog.text
    assert not register.decide(RECORDING, PUBLICATION, PART).allowed
    assert () == missed
    assert 1 == len(stops_beside(settings.keys_folder).told)


class _Kept(Frozen):
    """What the list has of one history."""

    kinds: tuple[EventKind, ...]
    declared: bool


@pytest.mark.parametrize("kind", list(EventKind))
def test_the_list_keeps_every_kind_that_narrows_and_no_other(tmp_path: Path, kind: EventKind) -> None:
    """A yes put back by the list would give what nobody agreed to any more; a no that it lacks would be undone."""
    settings = Settings(home=tmp_path / "home", inbox=tmp_path / "inbox")
    register = open_register(settings, Clock())
    register.declare(RECORDING, EVERYONE, agreed())
    said = {"kind": kind.value, "purposes": ["publish"], "event_id": "said"}
    said |= {"invalidates": agreed()[0].event_id} if kind is EventKind.INVALIDATED else {}
    register.append(ConsentEvent.model_validate(given_by(PRO).model_dump(mode="json") | said))
    keep_stops(register, LibraryKeys(settings.keys_folder))

    listed = stops_beside(settings.keys_folder)

    allows = {EventKind.REQUESTED, EventKind.GIVEN, EventKind.RENEWED}
    assert _Kept(kinds=() if kind in allows else (kind,), declared=False) == _Kept(
        kinds=tuple(one.kind for one in events_of(listed)), declared=bool(listed.declared)
    )


def test_what_a_person_took_back_is_in_the_list_before_anybody_asks_for_it(tmp_path: Path) -> None:
    """Whoever opens a register as the settings say writes the list with each thing that is taken back."""
    settings = Settings(home=tmp_path / "home", inbox=tmp_path / "inbox")
    register = open_register(settings, Clock())
    register.declare(RECORDING, EVERYONE, agreed())
    before = stops_beside(settings.keys_folder).told

    register.withdraw(RECORDING, PRO.id, frozenset({Purpose.PUBLISH}))

    assert () == before
    (event,) = events_of(stops_beside(settings.keys_folder))
    with register.database.reading() as connection:
        known = register.vault.of(connection, [RECORDING])
    assert (PRO.id, EventKind.WITHDRAWN) == (known[event.person_id].person_id, event.kind)


def test_a_first_declaration_is_no_narrowing_and_a_second_is(tmp_path: Path) -> None:
    """Only what takes the place of another, or of all, can be undone by an older copy."""
    register = Register(open_register(Settings(home=tmp_path / "home")).database, Clock())
    counts = []
    for parties in ((PRO,), EVERYONE, ()):
        register.declare(RECORDING, parties, ())
        with register.database.reading() as connection:
            head = register.ledger.head_within(connection)
            assert head is not None
            found = narrowings(connection, head.size - 1, head.size)
        counts.append(len(found.declared))

    assert [0, 1, 1] == counts


def test_the_day_of_a_birthday_is_not_in_the_list(site: Site) -> None:
    """The list tells hashes of declarations, not who is declared."""
    born = MINOR.model_copy(update={"comes_of_age_on": date(2027, 9, 4)})
    _read(site.catalogue, (EVERYONE[0], born), agreed())

    assert b"2027-09" not in (site.settings.keys_folder / "withdrawals.jsonl").read_bytes()
