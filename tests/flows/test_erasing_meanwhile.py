"""What is taken back while an erasure runs, or before the operator removes the meeting, is done before it is signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consent.records import PersonId
from flows import night
from flows.due import Due, due_of
from flows.erasing import pursue
from flows.progress import Silence
from flows.stores import HANDLINGS
from flows.workshop import Workshop
from pipeline.catalogue import RegisteredMeeting
from pipeline.certificate import read_certificate
from pipeline.erasure import Cause
from pipeline.index.manifest import CLIPS
from pipeline.settings import Settings
from pipeline.store import Store
from pipeline.withdrawal import EVERYTHING, Channel, Taken, withdraw
from tests.databases import few_values, on_either
from tests.flows.nights import workshop_of


def _said(workshop: Workshop, meeting: RegisteredMeeting, taken: Taken = EVERYTHING) -> None:
    """A withdrawal at the desk, without the erasure that follows it."""
    withdraw(workshop.catalogue, workshop.erasures, meeting, PersonId("jeune"), Channel.LINK, taken)


def _say_meanwhile(
    monkeypatch: pytest.MonkeyPatch, store: Store, settings: Settings, meeting: RegisteredMeeting
) -> None:
    """Have everything taken back, by another process's door, once that store was erased and verified."""
    real = HANDLINGS[store]
    said: list[bool] = []

    def verify(workshop: Workshop, due: Due) -> str:
        left = real.verify(workshop, due)
        if not said:
            said.append(True)
            _said(workshop_of(settings), meeting)
        return left

    monkeypatch.setitem(HANDLINGS, store, real._replace(verify=verify))


def _assert_all_gone(workshop: Workshop, meeting: RegisteredMeeting) -> None:
    """One job, one certificate; it says of no store that it was not concerned, and nothing is there."""
    (job,) = workshop.erasures.jobs()
    content = (workshop.settings.certificates_folder / f"{job.id}.json").read_bytes()
    details = {one.store: one.detail for one in read_certificate(content).stores}
    assert job.completed_at is not None
    assert [] == [store for store, detail in details.items() if detail.startswith("non concerné")]
    assert not meeting.folder.exists()
    assert not any(workshop.outputs.files(meeting.recording_id))
    assert workshop.catalogue.find_meeting(meeting.recording_id) is None
    assert () == workshop.register.parties(meeting.recording_id)


@on_either
@pytest.mark.parametrize("store", [Store.OUTPUTS, Store.BACKUP_KEY, Store.MEETING, Store.DATABASE])
def test_all_taken_back_while_a_clip_is_erased_is_erased_before_it_is_certified(
    alone: tuple[Settings, Path], monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    """Whichever store the running erasure was at: what it verified before counts no more."""
    settings, _ = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    clip = next(iter(workshop.catalogue.live_of(meeting.recording_id)))
    _said(workshop, meeting, Taken(clip_id=clip))
    _say_meanwhile(monkeypatch, store, settings, meeting)

    (report,) = pursue(workshop, Silence())

    assert report.done, report.sentence
    _assert_all_gone(workshop, meeting)


@pytest.mark.parametrize("store", [Store.CATALOGUE, Store.BACKUP_KEY])
def test_all_taken_back_while_a_meeting_is_removed_takes_its_source_too(
    alone: tuple[Settings, Path], monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    """Its entry alone says where the source is: it is not forgotten before the source that is due by now."""
    settings, _ = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    _say_meanwhile(monkeypatch, store, settings, meeting)

    (report,) = night.remove(workshop, meeting, Silence())

    assert report.done, report.sentence
    _assert_all_gone(workshop, meeting)


def test_an_agreement_taken_back_once_a_removed_meeting_is_forgotten_is_certified_truthfully(
    alone: tuple[Settings, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows any more where its folder was: the certificate says so, and does not say that it was erased."""
    settings, _ = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    _say_meanwhile(monkeypatch, Store.MEETING, settings, meeting)

    (report,) = night.remove(workshop, meeting, Silence())

    step = workshop.erasures.job(report.erasure_id).step(Store.SOURCE)
    assert step is not None
    assert report.done, report.sentence
    assert "s'il en reste un dossier, l'opérateur l'efface" in step.detail
    assert () == workshop.register.parties(meeting.recording_id)


@on_either
@pytest.mark.parametrize("removed_first", [False, True])
def test_a_removal_takes_nothing_out_of_what_a_person_is_owed(
    alone: tuple[Settings, Path], *, removed_first: bool
) -> None:
    """Everything taken back and the meeting removed, in either order: source, names and entry all go."""
    settings, _ = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    if removed_first:
        workshop.erasures.request(meeting.recording_id, Cause.REMOVAL)
    _said(workshop, meeting)

    (report,) = night.remove(workshop, meeting, Silence())

    assert report.done, report.sentence
    _assert_all_gone(workshop, meeting)


def test_an_index_of_more_clips_than_a_statement_takes_is_verified(alone: tuple[Settings, Path]) -> None:
    """What the catalogue no longer has is counted, however long the list, and no document is read for it."""
    workshop = workshop_of(alone[0])
    meeting = workshop.catalogue.meeting("essai-plain")
    (rows,) = alone[0].index_folder.glob(f"*/{CLIPS}")
    listed = json.loads(rows.read_bytes())
    listed["clips"] += [{**listed["clips"][0], "clip_id": f"clip-{number:020x}"} for number in range(300)]
    rows.write_text(json.dumps(listed), "utf-8")
    few_values(workshop.register.database, 200)

    left = HANDLINGS[Store.INDEX].verify(workshop, due_of(workshop, meeting.recording_id, Cause.WITHDRAWAL))

    assert left == "300 extraits y sont encore"
