"""What is nobody's agreement outlives an older database too: a meeting removed, a source released, and their proof."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from consent import facts
from consent.facts import Fact
from consent.records import ConsentEvent, EventKind, PersonId, Purpose
from flows import night
from flows.backup import backup, restore
from flows.inbox import look, register_folder
from flows.progress import Silence
from flows.retention import SourceGone, release_sources
from pipeline.certificate import read_certificate
from pipeline.erasure import Cause
from pipeline.errors import InvalidMeeting, LibraryBusy
from pipeline.lock import library_lock
from pipeline.meeting import MEETING_FILE, read_description
from pipeline.records import Stage
from pipeline.settings import Settings
from pipeline.store import Store
from tests.databases import on_either
from tests.flows.nights import ROOT, workshop_of
from tests.pipeline.sites import Copies

NAME = "essai-plain"


@on_either
def test_a_removed_meeting_is_not_brought_back_by_an_older_database(
    alone: tuple[Settings, Path], tmp_path: Path
) -> None:
    """Its clips are out before anything is asked, its folder is not read again, and it is erased and certified anew."""
    settings, folder = alone
    workshop, copies = workshop_of(settings), Copies(settings, tmp_path)
    recording = workshop.catalogue.meeting(NAME).recording_id
    shown = bool(workshop.catalogue.live_of(recording))
    copies.save()
    night.remove(workshop, workshop.catalogue.meeting(NAME), Silence())
    workshop.register.database.close()
    copies.put_back()

    found = workshop_of(settings)
    left = found.catalogue.live_of(recording)
    with pytest.raises(InvalidMeeting, match="a été retirée"):
        register_folder(found, folder)
    (report,) = night.erase(found, Silence())

    assert (True, {}, True) == (shown, left, report.done)
    assert found.catalogue.find_meeting(NAME) is None
    assert (folder / MEETING_FILE).exists()
    assert Cause.REMOVAL == found.erasures.job(report.erasure_id).cause


def test_a_meeting_taken_up_again_stays_in_an_older_database(alone: tuple[Settings, Path], tmp_path: Path) -> None:
    """The operator removed it and added it again: the last of the two words counts."""
    settings, folder = alone
    workshop, copies = workshop_of(settings), Copies(settings, tmp_path)
    recording = workshop.catalogue.meeting(NAME).recording_id
    copies.save()
    night.remove(workshop, workshop.catalogue.meeting(NAME), Silence())
    register_folder(workshop, folder, claimed=True)
    workshop.register.database.close()

    copies.put_back()

    found = workshop_of(settings)
    assert found.catalogue.live_of(recording)
    assert () == found.erasures.jobs(of=recording, pending=True)


def test_a_removed_meeting_is_in_no_restored_library(alone: tuple[Settings, Path], tmp_path: Path) -> None:
    """Removed while a run held the library, its key is still there: the list alone says that it must not come back."""
    settings = alone[0].model_copy(update={"lock_wait_s": 0.0})
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(NAME).recording_id
    backup(workshop, tmp_path / "sauvegarde", print)
    with library_lock(settings.home / "library.lock", 0, print), pytest.raises(LibraryBusy):
        night.remove(workshop, workshop.catalogue.meeting(NAME), Silence())
    empty = Settings(home=tmp_path / "other", inbox=tmp_path / "other-inbox")
    shutil.copytree(settings.keys_folder, empty.keys_folder)

    report = restore(workshop_of(empty), tmp_path / "sauvegarde", Silence(), print)

    assert workshop.keyring.known(recording) is not None
    assert ((), None) == (report.recordings, workshop_of(empty).catalogue.find_meeting(NAME))


def _released(settings: Settings) -> None:
    """Somebody does not want the recording kept; a night's end has it erased."""
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(NAME).recording_id
    workshop.catalogue.settle(recording, "done")
    workshop.register.withdraw(recording, PersonId("jeune"), frozenset({Purpose.RETAIN_SOURCE}))
    assert () == release_sources(workshop, Silence())
    workshop.register.database.close()


def test_a_released_source_is_erased_verified_and_certified(alone: tuple[Settings, Path]) -> None:
    """As any erasure: a job, every place verified, a signed certificate that says what went and that the rest stays."""
    settings, folder = alone
    _released(settings)

    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(NAME).recording_id
    (job,) = workshop.erasures.jobs(of=recording)
    document = (settings.certificates_folder / f"{job.id}.json").read_bytes()
    read = read_certificate(document, workshop.register.ledger.signer.public_key)
    erased = {one.store: one.erased for one in read.stores}
    assert (Cause.RELEASE, True) == (read.cause, job.completed_at is not None)
    assert "l'enregistrement source et les pistes" in read.extent
    assert erased[Store.SOURCE.value] > 0
    assert erased[Store.OUTPUTS.value] > 0
    assert not any((folder / name).exists() for name in read_description(folder).files())
    assert not workshop.outputs.has(recording, Stage.INGEST)
    assert workshop.catalogue.live_of(recording)


def test_a_disk_that_is_not_there_is_not_an_erased_one(alone: tuple[Settings, Path], tmp_path: Path) -> None:
    """A release that was begun waits for the folder, and says so; no certificate claims what nobody looked at."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(NAME).recording_id
    workshop.register.withdraw(recording, PersonId("jeune"), frozenset({Purpose.RETAIN_SOURCE}))
    with workshop.register.writing() as connection:
        facts.note(connection, workshop.register.ledger, recording, Fact.RELEASED, workshop.clock())
        workshop.erasures.request_within(connection, recording, Cause.RELEASE)
    folder.rename(tmp_path / "away")

    (waiting,) = night.erase(workshop, Silence())
    noted = workshop.catalogue.source_gone(recording)
    (tmp_path / "away").rename(folder)
    (report,) = night.erase(workshop, Silence())

    assert (False, None) == (waiting.done, noted)
    assert "débranché" in waiting.problem
    assert report.done
    assert not any((folder / name).exists() for name in read_description(folder).files())


_KILLED = """
import os, sys
from pathlib import Path
from consent import facts
from flows import erasing, stores
from flows.progress import Silence
from flows.retention import release_sources
from flows.workshop import Workshop
from pipeline.settings import Settings
from tests.killing import Killing

def run(settings, at):
    watched = Killing(at).watched
    for store, handling in list(stores.HANDLINGS.items()):
        stores.HANDLINGS[store] = stores.Handling(watched(handling.erase), handling.verify)
    facts.note = watched(facts.note)
    Path.unlink = watched(Path.unlink)
    erasing.certify = watched(erasing.certify)
    workshop = Workshop(settings)
    workshop.erasures.request_within = watched(workshop.erasures.request_within)
    workshop.erasures.note = watched(workshop.erasures.note)
    workshop.erasures.complete = watched(workshop.erasures.complete)
    workshop.catalogue.note_source_gone = watched(workshop.catalogue.note_source_gone)
    with workshop.locked(Silence()):
        erasing.pursue(workshop, Silence())
        release_sources(workshop, Silence())

for line in sys.stdin:  # each in a process of its own, which has imported everything already
    child = os.fork()
    if not child:
        run(Settings(home=Path(sys.argv[1]), inbox=Path(sys.argv[2])), int(line))
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_killed_anywhere_a_release_ends_all_the_same(alone: tuple[Settings, Path]) -> None:
    """Kill -9, ever further on: in the end the source is gone, known gone, and certified once; the clips are shown."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(NAME).recording_id
    workshop.catalogue.settle(recording, "done")
    workshop.register.withdraw(recording, PersonId("jeune"), frozenset({Purpose.RETAIN_SOURCE}))
    workshop.register.database.close()
    ends = []
    arguments = [sys.executable, "-c", _KILLED, str(settings.home), str(settings.inbox)]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdin is not None
        assert killed.stdout is not None
        for at in range(1, 80):
            killed.stdin.write(f"{at}\n")
            killed.stdin.flush()
            ends.append(int(killed.stdout.readline()))
            if not ends[-1]:
                break
        killed.stdin.close()

    found = workshop_of(settings)
    (job,) = found.erasures.jobs(of=recording)
    assert {signal.SIGKILL, 0} == set(ends)
    assert len(ends) > 8
    assert job.completed_at is not None
    assert [f"{job.id}.json"] == [path.name for path in settings.certificates_folder.iterdir()]
    assert not any((folder / name).exists() for name in read_description(folder).files())
    assert found.catalogue.source_gone(recording) is not None
    assert found.catalogue.live_of(recording)
    assert "" == found.register.ledger.verify().problem


@on_either
def test_a_released_source_is_known_gone_in_an_older_database(alone: tuple[Settings, Path], tmp_path: Path) -> None:
    """The meeting is readable, its clips are shown, and whoever wants it done again is told what is gone."""
    settings, _ = alone
    copies = Copies(settings, tmp_path)
    copies.save()
    _released(settings)
    copies.put_back()

    workshop = workshop_of(settings)
    found = look(workshop)

    assert ((), 1) == (found.unreadable, len(found.meetings))
    assert workshop.catalogue.live_of(workshop.catalogue.meeting(NAME).recording_id)
    with pytest.raises(SourceGone, match=r"a été effacé le .* ses extraits ne peuvent pas être refaits"):
        night.reprocess(workshop, NAME, Silence(), Stage.RENDER)


def test_a_source_put_back_by_the_operator_is_no_longer_known_gone(
    alone: tuple[Settings, Path], tmp_path: Path
) -> None:
    """Nor by an older database: that it is there again is a fact as well."""
    settings, folder = alone
    name = read_description(folder).recording
    kept = (folder / name).read_bytes()
    others = {one: (folder / one).read_bytes() for one in read_description(folder).files()}
    copies = Copies(settings, tmp_path)
    copies.save()
    _released(settings)
    for one, content in {name: kept, **others}.items():
        (folder / one).write_bytes(content)
    workshop = workshop_of(settings)
    register_folder(workshop, folder)
    recording = workshop.catalogue.meeting(NAME).recording_id
    before = workshop.catalogue.source_gone(recording)
    workshop.register.database.close()

    copies.put_back()

    assert (None, None) == (before, workshop_of(settings).catalogue.source_gone(recording))


def test_a_no_in_the_description_is_heard_while_a_removal_waits(alone: tuple[Settings, Path]) -> None:
    """The operator removes, a person takes back more: the recording itself is due too, and the folder is refused."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(NAME).recording_id
    with workshop.register.writing() as connection:
        facts.note(connection, workshop.register.ledger, recording, Fact.REMOVED, workshop.clock())
        workshop.erasures.request_within(connection, recording, Cause.REMOVAL)
    before = workshop.record_ended(recording)
    written = json.loads((folder / MEETING_FILE).read_bytes())
    no = {"participant": "jeune", "decision": "withdrawn", "purposes": ["record"], "at": workshop.clock().isoformat()}
    written["consents"].append(no)
    (folder / MEETING_FILE).write_text(json.dumps(written), "utf-8")

    with pytest.raises(InvalidMeeting, match="a été retirée"):
        register_folder(workshop, folder)

    assert (False, True) == (before, workshop.record_ended(recording))


def test_a_source_put_back_as_everybody_agrees_is_not_erased_with_something_else(alone: tuple[Settings, Path]) -> None:
    """Before its folder was read again, an erasure of another cause leaves it where it is."""
    settings, folder = alone
    kept = {one: (folder / one).read_bytes() for one in read_description(folder).files()}
    _released(settings)
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(NAME).recording_id
    for party in workshop.register.parties(recording):
        yes = ConsentEvent(
            event_id=f"keep-{party.id}", recording_id=recording, person_id=party.id, kind=EventKind.GIVEN,
            purposes=frozenset({Purpose.RECORD, Purpose.RETAIN_SOURCE}), indicated_at=workshop.clock(),
            recorded_at=workshop.clock(),
        )  # fmt: skip
        workshop.register.append(yes)
    for one, content in kept.items():
        (folder / one).write_bytes(content)

    workshop.erasures.request(recording, Cause.WITHDRAWAL)
    (report,) = night.erase(workshop, Silence())

    assert report.done
    assert kept == {one: (folder / one).read_bytes() for one in kept if (folder / one).exists()}


def test_a_source_known_gone_by_a_version_before_is_known_to_be_back(alone: tuple[Settings, Path]) -> None:
    """No fact says that it went; that it is there is enough."""
    workshop = workshop_of(alone[0])
    recording = workshop.catalogue.meeting(NAME).recording_id
    workshop.catalogue.note_source_gone(recording, workshop.clock())

    register_folder(workshop, alone[1])

    assert workshop.catalogue.source_gone(recording) is None
