"""The gate: what it remembers never outlives what made it true."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from consent.errors import RegisterUnavailable
from consent.records import ConsentEvent, EventKind, Purpose
from pipeline.catalogue import Catalogue
from pipeline.records import ClipId
from tests.conftest import SmallMeeting
from tests.flows.nights import Library as Made
from tests.flows.nights import library_of, workshop_of
from videotheque.gate import Gate


@pytest.fixture(scope="session")
def made(small_meeting: SmallMeeting, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Six meetings after a real night."""
    return library_of(small_meeting, tmp_path_factory)


@pytest.fixture
def catalogue(made: Made, tmp_path: Path) -> Catalogue:
    """Their catalogue, free to change."""
    return workshop_of(made.copy(tmp_path / "home")).catalogue


def test_the_gate_says_what_the_catalogue_says(catalogue: Catalogue) -> None:
    """Asked once, twice, in parts: the same clips, and as many as are counted."""
    gate, ids = Gate(catalogue), catalogue.clip_ids()
    expected = {one: published.clip for one, published in catalogue.live(ids).items()}

    assert expected == gate.clips(ids) == gate.clips(ids)
    assert set(expected) == gate.showable(ids[:2]) | gate.showable(ids)
    assert len(expected) == gate.count() == gate.count()
    assert {} == gate.clips([ClipId("clip-00000000000000000000")])


def test_a_withdrawal_by_another_process_holds_at_the_next_question(catalogue: Catalogue, made: Made) -> None:
    """Another connection writes it, as another process would: nothing remembered survives it."""
    gate, ids = Gate(catalogue), catalogue.clip_ids()
    before = gate.clips(ids)
    gate.showable(ids)
    total = gate.count()
    gone = next(iter(before.values())).recording_id
    party = catalogue.register.parties(gone)[0]

    from consent.database import Database
    from consent.register import Register

    Register(Database(catalogue.database.path)).withdraw(gone, party.id)

    left = {one for one, clip in before.items() if clip.recording_id != gone}
    assert left == set(gate.clips(ids)) == gate.showable(ids)
    assert len(left) == gate.count() < total


def test_an_agreement_ends_at_its_instant(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written when time passes: what is remembered knows its own end."""
    gate, ids, register = Gate(catalogue), catalogue.clip_ids(), catalogue.register
    recording = next(iter(catalogue.live(ids).values())).clip.recording_id
    party = register.parties(recording)[0]
    register.withdraw(recording, party.id)
    later = register.clock() + timedelta(minutes=1)
    end = later + timedelta(hours=1)
    given = ConsentEvent(
        event_id="for-an-hour",
        recording_id=recording,
        person_id=party.id,
        kind=EventKind.GIVEN,
        purposes=frozenset(Purpose),
        indicated_at=later,
        recorded_at=later,
        expires_at=end,
    )
    register.append(given)
    monkeypatch.setattr(register, "clock", lambda: later)
    own = {one for one, held in gate.clips(ids).items() if held.recording_id == recording}
    before = (gate.showable(ids), gate.count())

    monkeypatch.setattr(register, "clock", lambda: end)

    assert own
    assert before[0] - own == gate.showable(ids) == set(gate.clips(ids))
    assert before[1] - len(own) == gate.count()


def test_without_a_register_nothing_is_shown(catalogue: Catalogue) -> None:
    """Remembered or not: a register that is gone allows nothing."""
    gate, ids = Gate(catalogue), catalogue.clip_ids()
    gate.clips(ids)
    catalogue.database.close()
    for path in catalogue.database.path.parent.glob(f"{catalogue.database.path.name}*"):
        path.unlink()

    with pytest.raises(RegisterUnavailable):
        gate.clips(ids)
